class RedisError(Exception):
    __module__ = "redis.exceptions"
class ConnectionError(RedisError):
    __module__ = "redis.exceptions"
class TimeoutError(RedisError):
    __module__ = "redis.exceptions"
class ResponseError(RedisError):
    __module__ = "redis.exceptions"

class Redis:
    def __init__(self, host="localhost", port=6379, db=0, password=None, decode_responses=False, **others):
        self.host = host
        self.port = int(port)
        self.decode = decode_responses
    def execute_command(self, *words):
        kind, value = _redis_call(self.host, self.port, words)
        if kind == "refused":
            raise ConnectionError(value)
        if kind == "error":
            raise ResponseError(value)
        return self._decoded(value) if self.decode else value
    def _decoded(self, value):
        if type(value) == bytes:
            return value.decode()
        if type(value) == list:
            return [self._decoded(item) for item in value]
        return value
    def ping(self):
        return self.execute_command("PING")
    def get(self, name):
        return self.execute_command("GET", name)
    def set(self, name, value, ex=None, px=None, nx=False, xx=False):
        words = ["SET", name, value]
        if ex is not None:
            words += ["EX", ex]
        if px is not None:
            words += ["PX", px]
        if nx:
            words.append("NX")
        if xx:
            words.append("XX")
        return True if self.execute_command(*words) else None
    def setex(self, name, time, value):
        return self.execute_command("SETEX", name, time, value) is not None
    def setnx(self, name, value):
        return bool(self.execute_command("SETNX", name, value))
    def mget(self, *names):
        return self.execute_command("MGET", *(names[0] if type(names[0]) == list else names))
    def incr(self, name, amount=1):
        return self.execute_command("INCRBY", name, amount)
    incrby = incr
    def decr(self, name, amount=1):
        return self.execute_command("DECRBY", name, amount)
    def append(self, name, value):
        return self.execute_command("APPEND", name, value)
    def exists(self, *names):
        return self.execute_command("EXISTS", *names)
    def delete(self, *names):
        return self.execute_command("DEL", *names)
    def expire(self, name, time):
        return bool(self.execute_command("EXPIRE", name, time))
    def ttl(self, name):
        return self.execute_command("TTL", name)
    def keys(self, pattern="*"):
        return self.execute_command("KEYS", pattern)
    def type(self, name):
        return self.execute_command("TYPE", name)
    def rpush(self, name, *values):
        return self.execute_command("RPUSH", name, *values)
    def lpush(self, name, *values):
        return self.execute_command("LPUSH", name, *values)
    def lpop(self, name):
        return self.execute_command("LPOP", name)
    def rpop(self, name):
        return self.execute_command("RPOP", name)
    def llen(self, name):
        return self.execute_command("LLEN", name)
    def lrange(self, name, start, end):
        return self.execute_command("LRANGE", name, start, end)
    def lindex(self, name, index):
        return self.execute_command("LINDEX", name, index)
    def lrem(self, name, count, value):
        return self.execute_command("LREM", name, count, value)
    def ltrim(self, name, start, end):
        return self.execute_command("LTRIM", name, start, end)
    def _waited(self, pair):
        return None if pair is None else tuple(pair)
    def blpop(self, keys, timeout=0):
        return self._waited(self.execute_command("BLPOP", *(keys if type(keys) == list else [keys]), timeout or 0))
    def brpop(self, keys, timeout=0):
        return self._waited(self.execute_command("BRPOP", *(keys if type(keys) == list else [keys]), timeout or 0))
    def rpoplpush(self, src, dst):
        return self.execute_command("RPOPLPUSH", src, dst)
    def brpoplpush(self, src, dst, timeout=0):
        return self.execute_command("BRPOPLPUSH", src, dst, timeout or 0)
    def sadd(self, name, *values):
        return self.execute_command("SADD", name, *values)
    def srem(self, name, *values):
        return self.execute_command("SREM", name, *values)
    def scard(self, name):
        return self.execute_command("SCARD", name)
    def sismember(self, name, value):
        return self.execute_command("SISMEMBER", name, value)
    def smembers(self, name):
        return set(self.execute_command("SMEMBERS", name))
    def hset(self, name, key=None, value=None, mapping=None):
        words = [] if key is None else [key, value]
        for field in mapping or {}:
            words += [field, mapping[field]]
        return self.execute_command("HSET", name, *words)
    def hget(self, name, key):
        return self.execute_command("HGET", name, key)
    def hgetall(self, name):
        words = self.execute_command("HGETALL", name)
        return {words[place]: words[place + 1] for place in range(0, len(words), 2)}
    def hdel(self, name, *keys):
        return self.execute_command("HDEL", name, *keys)
    def hincrby(self, name, key, amount=1):
        return self.execute_command("HINCRBY", name, key, amount)
    def flushall(self):
        return bool(self.execute_command("FLUSHALL"))
    flushdb = flushall
    def close(self):
        pass

StrictRedis = Redis
class exceptions:
    RedisError = RedisError
    ConnectionError = ConnectionError
    TimeoutError = TimeoutError
    ResponseError = ResponseError

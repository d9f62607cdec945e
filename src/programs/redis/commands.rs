//! The commands of Redis, each a row of one table: its name, how many arguments it wants, and what it does.

use super::protocol::Reply;
use super::server::{End, Entry, Redis, Value, Waiting};
use super::words::Bytes;
use crate::programs::server::Client;
use crate::sim::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// A command that a client sent.
pub(super) struct Call<'a> {
    pub now: Timestamp,
    pub client: Client,
    /// The name first.
    pub arguments: &'a [Bytes],
    /// Whether the client can wait for an answer: not in the middle of others that belong together.
    pub may_wait: bool,
}

/// `None`: the answer comes later.
type Answer = Result<Option<Reply>, Reply>;

pub(super) struct Command {
    name: &'static str,
    /// How many words there are, the name among them; if negative, at least as many.
    arity: isize,
    run: fn(&mut Redis, &Call) -> Answer,
}

#[rustfmt::skip] // a table
const COMMANDS: &[Command] = &[
    Command { name: "append",       arity: 3,  run: append },
    Command { name: "auth",         arity: -2, run: auth },
    Command { name: "blmove",       arity: 6,  run: |redis, call| list_move(redis, call, Some(call.text(5))) },
    Command { name: "blpop",        arity: -3, run: |redis, call| blocking_pop(redis, call, End::Left) },
    Command { name: "brpop",        arity: -3, run: |redis, call| blocking_pop(redis, call, End::Right) },
    Command { name: "brpoplpush",   arity: 4,  run: |redis, call| pop_push(redis, call, Some(call.text(3))) },
    Command { name: "client",       arity: -2, run: |_, _| ok() },
    Command { name: "command",      arity: -1, run: |_, _| answer(Reply::List(Vec::new())) },
    Command { name: "config",       arity: -2, run: |_, _| answer(Reply::List(Vec::new())) },
    Command { name: "dbsize",       arity: 1,  run: |redis, call| integer(redis.live(call.now).count()) },
    Command { name: "decr",         arity: 2,  run: |redis, call| add(redis, call, -1) },
    Command { name: "decrby",       arity: 3,  run: decrby },
    Command { name: "del",          arity: -2, run: del },
    Command { name: "echo",         arity: 2,  run: |_, call| bulk(call.word(1)) },
    Command { name: "exists",       arity: -2, run: exists },
    Command { name: "expire",       arity: -3, run: |redis, call| expire(redis, call, 1000) },
    Command { name: "flushall",     arity: -1, run: flush },
    Command { name: "flushdb",      arity: -1, run: flush },
    Command { name: "get",          arity: 2,  run: get },
    Command { name: "getdel",       arity: 2,  run: getdel },
    Command { name: "getset",       arity: 3,  run: getset },
    Command { name: "hdel",         arity: -3, run: hdel },
    Command { name: "hexists",      arity: 3,  run: |redis, call| integer(usize::from(field(redis, call)?.is_some())) },
    Command { name: "hget",         arity: 3,  run: |redis, call| answer(field(redis, call)?.map_or(Reply::Nil, Reply::Bulk)) },
    Command { name: "hgetall",      arity: 2,  run: |redis, call| fields(redis, call, |pair| vec![pair.0.clone(), pair.1.clone()]) },
    Command { name: "hincrby",      arity: 4,  run: hincrby },
    Command { name: "hkeys",        arity: 2,  run: |redis, call| fields(redis, call, |pair| vec![pair.0.clone()]) },
    Command { name: "hlen",         arity: 2,  run: |redis, call| integer(hash(redis, call)?.map_or(0, <[_]>::len)) },
    Command { name: "hset",         arity: -4, run: hset },
    Command { name: "hvals",        arity: 2,  run: |redis, call| fields(redis, call, |pair| vec![pair.1.clone()]) },
    Command { name: "incr",         arity: 2,  run: |redis, call| add(redis, call, 1) },
    Command { name: "incrby",       arity: 3,  run: |redis, call| add(redis, call, call.number(2)?) },
    Command { name: "info",         arity: -1, run: info },
    Command { name: "keys",         arity: 2,  run: keys },
    Command { name: "lindex",       arity: 3,  run: lindex },
    Command { name: "linsert",      arity: 5,  run: linsert },
    Command { name: "llen",         arity: 2,  run: |redis, call| integer(list(redis, call, 1)?.map_or(0, VecDeque::len)) },
    Command { name: "lmove",        arity: 5,  run: |redis, call| list_move(redis, call, None) },
    Command { name: "lpop",         arity: -2, run: |redis, call| pop(redis, call, End::Left) },
    Command { name: "lpos",         arity: 3,  run: lpos },
    Command { name: "lpush",        arity: -3, run: |redis, call| push(redis, call, End::Left, true) },
    Command { name: "lpushx",       arity: -3, run: |redis, call| push(redis, call, End::Left, false) },
    Command { name: "lrange",       arity: 4,  run: lrange },
    Command { name: "lrem",         arity: 4,  run: lrem },
    Command { name: "lset",         arity: 4,  run: lset },
    Command { name: "ltrim",        arity: 4,  run: ltrim },
    Command { name: "mget",         arity: -2, run: mget },
    Command { name: "mset",         arity: -3, run: mset },
    Command { name: "persist",      arity: 2,  run: persist },
    Command { name: "pexpire",      arity: -3, run: |redis, call| expire(redis, call, 1) },
    Command { name: "ping",         arity: -1, run: ping },
    Command { name: "psetex",       arity: 4,  run: |redis, call| setex(redis, call, 1) },
    Command { name: "pttl",         arity: 2,  run: |redis, call| ttl(redis, call, 1) },
    Command { name: "quit",         arity: -1, run: |_, _| ok() },
    Command { name: "rename",       arity: 3,  run: rename },
    Command { name: "rpop",         arity: -2, run: |redis, call| pop(redis, call, End::Right) },
    Command { name: "rpoplpush",    arity: 3,  run: |redis, call| pop_push(redis, call, None) },
    Command { name: "rpush",        arity: -3, run: |redis, call| push(redis, call, End::Right, true) },
    Command { name: "rpushx",       arity: -3, run: |redis, call| push(redis, call, End::Right, false) },
    Command { name: "sadd",         arity: -3, run: sadd },
    Command { name: "scard",        arity: 2,  run: |redis, call| integer(members(redis, call)?.len()) },
    Command { name: "select",       arity: 2,  run: select },
    Command { name: "set",          arity: -3, run: set },
    Command { name: "setex",        arity: 4,  run: |redis, call| setex(redis, call, 1000) },
    Command { name: "setnx",        arity: 3,  run: setnx },
    Command { name: "sismember",    arity: 3,  run: |redis, call| integer(usize::from(members(redis, call)?.contains(call.word(2)))) },
    Command { name: "smembers",     arity: 2,  run: |redis, call| bulks(members(redis, call)?.to_vec()) },
    Command { name: "srem",         arity: -3, run: srem },
    Command { name: "strlen",       arity: 2,  run: |redis, call| integer(string(redis, call.now, call.word(1))?.map_or(0, Vec::len)) },
    Command { name: "time",         arity: 1,  run: time },
    Command { name: "ttl",          arity: 2,  run: |redis, call| ttl(redis, call, 1000) },
    Command { name: "type",         arity: 2,  run: kind },
    Command { name: "unlink",       arity: -2, run: del },
];

/// Runs a command; `None` says that the client waits.
pub(super) fn run(redis: &mut Redis, call: &Call) -> Option<Reply> {
    check(call.arguments).and_then(|command| (command.run)(redis, call)).unwrap_or_else(Some)
}

/// The command, or what is wrong with how it was called.
pub(super) fn check(arguments: &[Bytes]) -> Result<&'static Command, Reply> {
    let name = String::from_utf8_lossy(&arguments[0]);
    let lower = name.to_ascii_lowercase();
    let Some(command) = COMMANDS.iter().find(|command| command.name == lower) else {
        let words = arguments[1..].iter().map(|word| format!("'{}' ", String::from_utf8_lossy(word)));
        return Err(error(&format!(
            "unknown command '{name}', with args beginning with: {}",
            words.collect::<String>()
        )));
    };
    let count = arguments.len() as isize;
    if if command.arity < 0 { count < -command.arity } else { count != command.arity } {
        return Err(wrong_number(&lower));
    }
    Ok(command)
}

fn error(text: &str) -> Reply {
    Reply::Error(format!("ERR {text}"))
}

fn wrong_number(name: &str) -> Reply {
    error(&format!("wrong number of arguments for '{name}' command"))
}

/// What Redis says of a command for another kind of value.
pub(super) fn wrong_type() -> Reply {
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value".to_owned())
}

fn no_number() -> Reply {
    error("value is not an integer or out of range")
}

fn syntax() -> Reply {
    error("syntax error")
}

fn answer(reply: Reply) -> Answer {
    Ok(Some(reply))
}

fn ok() -> Answer {
    answer(Reply::Simple("OK"))
}

fn integer(number: usize) -> Answer {
    answer(Reply::Integer(number as i64))
}

fn bulk(bytes: &[u8]) -> Answer {
    answer(Reply::Bulk(bytes.to_vec()))
}

fn bulks(list: Vec<Bytes>) -> Answer {
    answer(Reply::List(list.into_iter().map(Reply::Bulk).collect()))
}

fn parse(bytes: &[u8]) -> Result<i64, Reply> {
    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(no_number)
}

impl<'a> Call<'a> {
    fn word(&self, place: usize) -> &'a Bytes {
        &self.arguments[place]
    }

    /// A word in lower case.
    fn text(&self, place: usize) -> String {
        String::from_utf8_lossy(self.word(place)).to_ascii_lowercase()
    }

    fn number(&self, place: usize) -> Result<i64, Reply> {
        parse(self.word(place))
    }

    /// The name of the command, for its errors.
    fn name(&self) -> String {
        self.text(0)
    }
}

fn string<'a>(redis: &'a Redis, now: Timestamp, key: &[u8]) -> Result<Option<&'a Bytes>, Reply> {
    match redis.value(now, key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong_type()),
    }
}

fn list<'a>(redis: &'a Redis, call: &Call, place: usize) -> Result<Option<&'a VecDeque<Bytes>>, Reply> {
    match redis.value(call.now, call.word(place)) {
        None => Ok(None),
        Some(Value::List(list)) => Ok(Some(list)),
        Some(_) => Err(wrong_type()),
    }
}

fn list_mut<'a>(redis: &'a mut Redis, call: &Call, place: usize) -> Result<Option<&'a mut VecDeque<Bytes>>, Reply> {
    match redis.value_mut(call.now, call.word(place)) {
        None => Ok(None),
        Some(Value::List(list)) => Ok(Some(list)),
        Some(_) => Err(wrong_type()),
    }
}

fn members<'a>(redis: &'a Redis, call: &Call) -> Result<&'a [Bytes], Reply> {
    match redis.value(call.now, call.word(1)) {
        None => Ok(&[]),
        Some(Value::Set(members)) => Ok(members),
        Some(_) => Err(wrong_type()),
    }
}

fn hash<'a>(redis: &'a Redis, call: &Call) -> Result<Option<&'a [(Bytes, Bytes)]>, Reply> {
    match redis.value(call.now, call.word(1)) {
        None => Ok(None),
        Some(Value::Hash(fields)) => Ok(Some(fields)),
        Some(_) => Err(wrong_type()),
    }
}

// Strings

fn get(redis: &mut Redis, call: &Call) -> Answer {
    answer(string(redis, call.now, call.word(1))?.map_or(Reply::Nil, |text| Reply::Bulk(text.clone())))
}

fn getdel(redis: &mut Redis, call: &Call) -> Answer {
    let reply = get(redis, call)?;
    redis.remove(call.now, call.word(1));
    Ok(reply)
}

fn getset(redis: &mut Redis, call: &Call) -> Answer {
    let reply = get(redis, call)?;
    redis.set(call.word(1), Entry { value: Value::String(call.word(2).clone()), expires: None });
    Ok(reply)
}

fn set(redis: &mut Redis, call: &Call) -> Answer {
    let there = redis.entry(call.now, call.word(1));
    let mut expires = None;
    let (mut may, mut old) = (true, None);
    let mut place = 3;
    while place < call.arguments.len() {
        match call.text(place).as_str() {
            "nx" => may = there.is_none(),
            "xx" => may = there.is_some(),
            "keepttl" => expires = there.and_then(|entry| entry.expires),
            "get" => old = Some(string(redis, call.now, call.word(1))?.cloned()),
            unit @ ("ex" | "px") if place + 1 < call.arguments.len() => {
                place += 1;
                expires = Some(call.now + span(call, call.number(place)?, if unit == "ex" { 1000 } else { 1 })?);
            }
            _ => return Err(syntax()),
        }
        place += 1;
    }
    if may {
        redis.set(call.word(1), Entry { value: Value::String(call.word(2).clone()), expires });
    }
    match old {
        Some(old) => answer(old.map_or(Reply::Nil, Reply::Bulk)),
        None if may => ok(),
        None => answer(Reply::Nil),
    }
}

/// A time to live, of so many units of so many milliseconds.
fn span(call: &Call, count: i64, unit: i64) -> Result<Duration, Reply> {
    let millis = count.checked_mul(unit).filter(|&millis| millis > 0);
    let millis = millis.ok_or_else(|| error(&format!("invalid expire time in '{}' command", call.name())))?;
    Ok(Duration::from_millis(millis as u64))
}

fn setex(redis: &mut Redis, call: &Call, unit: i64) -> Answer {
    let expires = Some(call.now + span(call, call.number(2)?, unit)?);
    redis.set(call.word(1), Entry { value: Value::String(call.word(3).clone()), expires });
    ok()
}

fn setnx(redis: &mut Redis, call: &Call) -> Answer {
    let free = redis.entry(call.now, call.word(1)).is_none();
    if free {
        redis.set(call.word(1), Entry { value: Value::String(call.word(2).clone()), expires: None });
    }
    integer(usize::from(free))
}

fn mget(redis: &mut Redis, call: &Call) -> Answer {
    let one = |key: &Bytes| match redis.value(call.now, key) {
        Some(Value::String(text)) => Reply::Bulk(text.clone()),
        _ => Reply::Nil,
    };
    answer(Reply::List(call.arguments[1..].iter().map(one).collect()))
}

fn mset(redis: &mut Redis, call: &Call) -> Answer {
    if call.arguments.len().is_multiple_of(2) {
        return Err(wrong_number("mset"));
    }
    for pair in call.arguments[1..].chunks(2) {
        redis.set(&pair[0], Entry { value: Value::String(pair[1].clone()), expires: None });
    }
    ok()
}

fn append(redis: &mut Redis, call: &Call) -> Answer {
    match redis.value_or(call.now, call.word(1), || Value::String(Vec::new())) {
        Value::String(text) => {
            text.extend(call.word(2));
            integer(text.len())
        }
        _ => Err(wrong_type()),
    }
}

fn decrby(redis: &mut Redis, call: &Call) -> Answer {
    let by = call.number(2)?.checked_neg().ok_or_else(|| error("decrement would overflow"))?;
    add(redis, call, by)
}

fn add(redis: &mut Redis, call: &Call, by: i64) -> Answer {
    let old = string(redis, call.now, call.word(1))?.map_or(Ok(0), |text| parse(text))?;
    let sum = old.checked_add(by).ok_or_else(|| error("increment or decrement would overflow"))?;
    *redis.value_or(call.now, call.word(1), || Value::String(Vec::new())) = Value::String(sum.to_string().into_bytes());
    answer(Reply::Integer(sum))
}

// Lists

fn push(redis: &mut Redis, call: &Call, at: End, create: bool) -> Answer {
    if list(redis, call, 1)?.is_none() && !create {
        return integer(0);
    }
    for element in &call.arguments[2..] {
        redis.push(call.now, call.word(1), element.clone(), at);
    }
    integer(list(redis, call, 1)?.map_or(0, VecDeque::len))
}

fn pop(redis: &mut Redis, call: &Call, from: End) -> Answer {
    let there = list(redis, call, 1)?.map(VecDeque::len);
    if call.arguments.len() > 3 {
        return Err(wrong_number(&call.name()));
    }
    if call.arguments.len() == 2 {
        return answer(redis.pop(call.now, call.word(1), from).map_or(Reply::Nil, Reply::Bulk));
    }
    let count = usize::try_from(call.number(2)?).map_err(|_| error("value is out of range, must be positive"))?;
    let Some(len) = there else { return answer(Reply::NilList) };
    bulks((0..count.min(len)).filter_map(|_| redis.pop(call.now, call.word(1), from)).collect())
}

/// The span of a list that two numbers name; the last element is -1.
fn span_of(len: usize, start: i64, stop: i64) -> (usize, usize) {
    let len = len as i64;
    let from_front = |place: i64| if place < 0 { place.saturating_add(len) } else { place };
    let start = from_front(start).clamp(0, len);
    let stop = from_front(stop).clamp(-1, len - 1);
    (start as usize, (stop + 1).max(start) as usize)
}

fn lrange(redis: &mut Redis, call: &Call) -> Answer {
    let (start, stop) = (call.number(2)?, call.number(3)?);
    let Some(list) = list(redis, call, 1)? else { return bulks(Vec::new()) };
    let (start, end) = span_of(list.len(), start, stop);
    bulks(list.range(start..end).cloned().collect())
}

fn ltrim(redis: &mut Redis, call: &Call) -> Answer {
    let (start, stop) = (call.number(2)?, call.number(3)?);
    if let Some(list) = list_mut(redis, call, 1)? {
        let (start, end) = span_of(list.len(), start, stop);
        list.truncate(end);
        list.drain(..start);
    }
    redis.tidy(call.word(1));
    ok()
}

/// The place that a number names in a list.
fn place_in(list: &VecDeque<Bytes>, number: i64) -> Option<usize> {
    let place = if number < 0 { number + list.len() as i64 } else { number };
    usize::try_from(place).ok().filter(|&place| place < list.len())
}

fn lindex(redis: &mut Redis, call: &Call) -> Answer {
    let number = call.number(2)?;
    let element = list(redis, call, 1)?.and_then(|list| list.get(place_in(list, number)?));
    answer(element.map_or(Reply::Nil, |element| Reply::Bulk(element.clone())))
}

fn lset(redis: &mut Redis, call: &Call) -> Answer {
    let list = list_mut(redis, call, 1)?.ok_or_else(|| error("no such key"))?;
    let place = place_in(list, call.number(2)?).ok_or_else(|| error("index out of range"))?;
    list[place] = call.word(3).clone();
    ok()
}

fn lpos(redis: &mut Redis, call: &Call) -> Answer {
    let place = list(redis, call, 1)?.and_then(|list| list.iter().position(|element| element == call.word(2)));
    answer(place.map_or(Reply::Nil, |place| Reply::Integer(place as i64)))
}

fn linsert(redis: &mut Redis, call: &Call) -> Answer {
    let after = match call.text(2).as_str() {
        "before" => 0,
        "after" => 1,
        _ => return Err(syntax()),
    };
    let Some(list) = list_mut(redis, call, 1)? else { return integer(0) };
    let Some(pivot) = list.iter().position(|element| element == call.word(3)) else {
        return answer(Reply::Integer(-1));
    };
    list.insert(pivot + after, call.word(4).clone());
    integer(list.len())
}

fn lrem(redis: &mut Redis, call: &Call) -> Answer {
    let count = call.number(2)?;
    let Some(list) = list_mut(redis, call, 1)? else { return integer(0) };
    let mut places: Vec<usize> = (0..list.len()).filter(|&place| &list[place] == call.word(3)).collect();
    if count < 0 {
        places.reverse();
    }
    if count != 0 {
        places.truncate(count.unsigned_abs() as usize);
    }
    places.sort_unstable();
    for place in places.iter().rev() {
        list.remove(*place);
    }
    redis.tidy(call.word(1));
    integer(places.len())
}

/// How long a client wants to wait; for ever if it says 0.
fn until(call: &Call, seconds: &str) -> Result<Option<Timestamp>, Reply> {
    let seconds: f64 = seconds.parse().map_err(|_| error("timeout is not a float or out of range"))?;
    if seconds.is_nan() || seconds > 1e12 {
        return Err(error("timeout is not a float or out of range"));
    }
    if seconds < 0.0 {
        return Err(error("timeout is negative"));
    }
    let millis = (seconds * 1000.0).ceil() as u64;
    Ok((millis > 0).then(|| call.now + Duration::from_millis(millis)))
}

/// Takes an element, or waits for one.
fn take_or_wait(redis: &mut Redis, call: &Call, waiting: Waiting) -> Answer {
    for key in &waiting.keys {
        match redis.value(call.now, key) {
            None => {}
            Some(Value::List(_)) => return Ok(redis.take(call.now, key, &waiting)),
            Some(_) => return Err(wrong_type()),
        }
    }
    if call.may_wait {
        redis.wait(waiting);
    } else if waiting.to.is_some() {
        return answer(Reply::Nil);
    }
    Ok(None)
}

fn blocking_pop(redis: &mut Redis, call: &Call, from: End) -> Answer {
    let last = call.arguments.len() - 1;
    let until = until(call, &call.text(last))?;
    let keys = call.arguments[1..last].to_vec();
    take_or_wait(redis, call, Waiting { client: call.client, keys, from, to: None, until })
}

/// Takes from one list and puts into another; waits for something to take if a timeout says how long.
fn move_element(redis: &mut Redis, call: &Call, from: End, to: End, timeout: Option<String>) -> Answer {
    let until = timeout.as_ref().map_or(Ok(None), |timeout| until(call, timeout))?;
    let may_wait = call.may_wait && timeout.is_some();
    let to = Some((call.word(2).clone(), to));
    let waiting = Waiting { client: call.client, keys: vec![call.word(1).clone()], from, to, until };
    let call = Call { may_wait, ..*call };
    take_or_wait(redis, &call, waiting)
}

fn pop_push(redis: &mut Redis, call: &Call, timeout: Option<String>) -> Answer {
    move_element(redis, call, End::Right, End::Left, timeout)
}

fn list_move(redis: &mut Redis, call: &Call, timeout: Option<String>) -> Answer {
    let end = |place| match call.text(place).as_str() {
        "left" => Ok(End::Left),
        "right" => Ok(End::Right),
        _ => Err(syntax()),
    };
    move_element(redis, call, end(3)?, end(4)?, timeout)
}

// Sets and hashes

fn sadd(redis: &mut Redis, call: &Call) -> Answer {
    let Value::Set(members) = redis.value_or(call.now, call.word(1), || Value::Set(Vec::new())) else {
        return Err(wrong_type());
    };
    let before = members.len();
    for member in &call.arguments[2..] {
        if !members.contains(member) {
            members.push(member.clone());
        }
    }
    integer(members.len() - before)
}

fn srem(redis: &mut Redis, call: &Call) -> Answer {
    let before = members(redis, call)?.len();
    if let Some(Value::Set(members)) = redis.value_mut(call.now, call.word(1)) {
        members.retain(|member| !call.arguments[2..].contains(member));
    }
    let after = members(redis, call)?.len();
    redis.tidy(call.word(1));
    integer(before - after)
}

fn field(redis: &Redis, call: &Call) -> Result<Option<Bytes>, Reply> {
    let pair = hash(redis, call)?.and_then(|fields| fields.iter().find(|(name, _)| name == call.word(2)));
    Ok(pair.map(|(_, value)| value.clone()))
}

fn fields(redis: &Redis, call: &Call, part: fn(&(Bytes, Bytes)) -> Vec<Bytes>) -> Answer {
    bulks(hash(redis, call)?.unwrap_or_default().iter().flat_map(part).collect())
}

fn put_field(redis: &mut Redis, call: &Call, name: &Bytes, value: Bytes) -> Result<bool, Reply> {
    let Value::Hash(fields) = redis.value_or(call.now, call.word(1), || Value::Hash(Vec::new())) else {
        return Err(wrong_type());
    };
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => {
            fields.push((name.clone(), value));
            return Ok(true);
        }
    }
    Ok(false)
}

fn hset(redis: &mut Redis, call: &Call) -> Answer {
    if !call.arguments.len().is_multiple_of(2) {
        return Err(wrong_number("hset"));
    }
    let mut new = 0;
    for pair in call.arguments[2..].chunks(2) {
        new += usize::from(put_field(redis, call, &pair[0], pair[1].clone())?);
    }
    integer(new)
}

fn hdel(redis: &mut Redis, call: &Call) -> Answer {
    let before = hash(redis, call)?.map_or(0, <[_]>::len);
    if let Some(Value::Hash(fields)) = redis.value_mut(call.now, call.word(1)) {
        fields.retain(|(name, _)| !call.arguments[2..].contains(name));
    }
    let after = hash(redis, call)?.map_or(0, <[_]>::len);
    redis.tidy(call.word(1));
    integer(before - after)
}

fn hincrby(redis: &mut Redis, call: &Call) -> Answer {
    let no_integer = |_| error("hash value is not an integer");
    let old = field(redis, call)?.map_or(Ok(0), |value| parse(&value).map_err(no_integer))?;
    let sum = old.checked_add(call.number(3)?).ok_or_else(|| error("increment or decrement would overflow"))?;
    put_field(redis, call, call.word(2), sum.to_string().into_bytes())?;
    answer(Reply::Integer(sum))
}

// Keys

fn del(redis: &mut Redis, call: &Call) -> Answer {
    integer(call.arguments[1..].iter().filter(|key| redis.remove(call.now, key).is_some()).count())
}

fn exists(redis: &mut Redis, call: &Call) -> Answer {
    integer(call.arguments[1..].iter().filter(|key| redis.entry(call.now, key).is_some()).count())
}

fn expire(redis: &mut Redis, call: &Call, unit: i64) -> Answer {
    let count = call.number(2)?;
    let now = call.now;
    if redis.entry(now, call.word(1)).is_none() {
        return integer(0);
    }
    if count <= 0 {
        redis.remove(now, call.word(1));
    } else if let Some(entry) = redis.entry_mut(now, call.word(1)) {
        entry.expires = Some(now + span(call, count, unit)?);
    }
    integer(1)
}

fn persist(redis: &mut Redis, call: &Call) -> Answer {
    let expiry = redis.entry_mut(call.now, call.word(1)).and_then(|entry| entry.expires.take());
    integer(usize::from(expiry.is_some()))
}

/// The time left in units of so many milliseconds, rounded; -1 of a key that stays, -2 of none.
fn ttl(redis: &mut Redis, call: &Call, unit: i64) -> Answer {
    let left = |at: Timestamp| (at.since(call.now).as_millis() as i64 + unit / 2) / unit;
    answer(Reply::Integer(redis.entry(call.now, call.word(1)).map_or(-2, |entry| entry.expires.map_or(-1, left))))
}

fn kind(redis: &mut Redis, call: &Call) -> Answer {
    answer(Reply::Simple(redis.value(call.now, call.word(1)).map_or("none", Value::kind)))
}

fn rename(redis: &mut Redis, call: &Call) -> Answer {
    let entry = redis.remove(call.now, call.word(1)).ok_or_else(|| error("no such key"))?;
    redis.set(call.word(2), entry);
    ok()
}

fn keys(redis: &mut Redis, call: &Call) -> Answer {
    bulks(redis.live(call.now).map(|(key, _)| key).filter(|key| glob(call.word(1), key)).cloned().collect())
}

/// Whether a text is as a pattern of `*`, `?`, `[a-c]` and `\x` says.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // The last star, and from where on it has not been tried to cover more: earlier ones need not cover more.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                star = Some((rest, text));
                pattern = rest;
                continue;
            }
            ([], []) => return true,
            ([_, ..], [byte, rest @ ..]) => {
                if let Some(after) = one(pattern, *byte) {
                    (pattern, text) = (after, rest);
                    continue;
                }
            }
            _ => {}
        }
        let Some((after, [_, rest @ ..])) = star else { return false };
        (pattern, text) = (after, rest);
        star = Some((after, rest));
    }
}

/// What is left of a pattern whose first part stands for this byte.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (fits, rest) = match pattern {
        [b'?', rest @ ..] => (true, rest),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b']')?;
            let (not, class) = rest[..end].strip_prefix(b"^").map_or((false, &rest[..end]), |class| (true, class));
            (in_class(class, byte) != not, &rest[end + 1..])
        }
        [b'\\', wanted, rest @ ..] | [wanted, rest @ ..] => (*wanted == byte, rest),
        [] => return None,
    };
    fits.then_some(rest)
}

fn in_class(mut class: &[u8], byte: u8) -> bool {
    loop {
        class = match class {
            [low, b'-', high, ..] if (*low..=*high).contains(&byte) => return true,
            [_, b'-', _, rest @ ..] => rest,
            [one, ..] if *one == byte => return true,
            [_, rest @ ..] => rest,
            [] => return false,
        };
    }
}

// The server

fn ping(_: &mut Redis, call: &Call) -> Answer {
    match call.arguments {
        [_] => answer(Reply::Simple("PONG")),
        [_, text] => bulk(text),
        _ => Err(wrong_number("ping")),
    }
}

fn auth(_: &mut Redis, _: &Call) -> Answer {
    let hint = "AUTH <password> called without any password configured for the default user. \
                Are you sure your configuration is correct?";
    Err(error(hint))
}

fn select(_: &mut Redis, call: &Call) -> Answer {
    match call.number(1).map_err(|_| error("invalid DB index"))? {
        0 => ok(),
        // There is one database here; a server has 16.
        1..=15 => Err(error("only database 0 is simulated")),
        _ => Err(error("DB index is out of range")),
    }
}

fn flush(redis: &mut Redis, _: &Call) -> Answer {
    redis.clear();
    ok()
}

fn info(redis: &mut Redis, call: &Call) -> Answer {
    let keys = redis.live(call.now).count();
    let expires = redis.live(call.now).filter(|(_, entry)| entry.expires.is_some()).count();
    let keyspace = if keys > 0 { format!("db0:keys={keys},expires={expires},avg_ttl=0\r\n") } else { String::new() };
    bulk(format!("# Server\r\nredis_mode:standalone\r\ntcp_port:6379\r\n\r\n# Keyspace\r\n{keyspace}").as_bytes())
}

fn time(_: &mut Redis, call: &Call) -> Answer {
    let millis = call.now.as_millis();
    bulks(vec![(millis / 1000).to_string().into_bytes(), (millis % 1000 * 1000).to_string().into_bytes()])
}

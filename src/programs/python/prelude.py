class BaseException:
    def __init__(self, *args):
        self.args = args
class Exception(BaseException): pass
class SystemExit(BaseException):
    def __init__(self, *args):
        self.args = args
        self.code = args[0] if args else None
class KeyboardInterrupt(BaseException): pass
class GeneratorExit(BaseException): pass
class StopIteration(Exception): pass
class ArithmeticError(Exception): pass
class ZeroDivisionError(ArithmeticError): pass
class OverflowError(ArithmeticError): pass
class LookupError(Exception): pass
class KeyError(LookupError): pass
class IndexError(LookupError): pass
class ValueError(Exception): pass
class UnicodeDecodeError(ValueError): pass
class TypeError(Exception): pass
class NameError(Exception): pass
class UnboundLocalError(NameError): pass
class AttributeError(Exception): pass
class RuntimeError(Exception): pass
class RecursionError(RuntimeError): pass
class NotImplementedError(RuntimeError): pass
class AssertionError(Exception): pass
class MemoryError(Exception): pass
class EOFError(Exception): pass
class ImportError(Exception): pass
class ModuleNotFoundError(ImportError): pass
class OSError(Exception): pass
IOError = OSError
class FileNotFoundError(OSError): pass
class PermissionError(OSError): pass
class ConnectionError(OSError): pass
class ConnectionRefusedError(ConnectionError): pass
class TimeoutError(OSError): pass

def __drain(generator):
    return [item for item in generator]
def __iterate(iterator):
    while True:
        try:
            item = iterator.__next__()
        except StopIteration:
            return
        yield item
def __over(method, value):
    for item in method(value):
        yield item
def __lines(file):
    while True:
        line = file.readline()
        if not line:
            return
        yield line
def __not_in(item, container):
    return not container.__contains__(item)
def __not_equal(a, b):
    return not a.__eq__(b)
def __call_property(self, *args, **named):
    return self[0](self[1])(*args, **named)
def __fromkeys(keys, value=None):
    return {key: value for key in keys}
def sorted(iterable, key=None, reverse=False):
    items = list(iterable)
    keys = items if key is None else [key(item) for item in items]
    if keys and hasattr(keys[0], "__lt__"):
        return __merge(list(zip(keys, items)), reverse)
    return __sort(items, keys, reverse)
def __merge(pairs, reverse):
    sorted_pairs = []
    for pair in pairs:
        low, high = 0, len(sorted_pairs)
        while low < high:
            middle = (low + high) // 2
            other = sorted_pairs[middle]
            if other[0] < pair[0] if reverse else pair[0] < other[0]:
                high = middle
            else:
                low = middle + 1
        sorted_pairs.insert(low, pair)
    return [item for key, item in sorted_pairs]
def __list_sort(self, key=None, reverse=False):
    self[:] = sorted(self, key=key, reverse=reverse)
def min(*items, key=None, default=...):
    items = list(items[0]) if len(items) == 1 else items
    return __extreme(items, items if key is None else [key(item) for item in items], False, default)
def max(*items, key=None, default=...):
    items = list(items[0]) if len(items) == 1 else items
    return __extreme(items, items if key is None else [key(item) for item in items], True, default)
def sum(iterable, start=0):
    for item in iterable:
        start = start + item
    return start
def any(iterable):
    for item in iterable:
        if item:
            return True
    return False
def all(iterable):
    for item in iterable:
        if not item:
            return False
    return True
def enumerate(iterable, start=0):
    for item in iterable:
        yield start, item
        start += 1
def zip(*iterables):
    lists = [list(iterable) for iterable in iterables]
    if lists:
        for place in range(min([len(one) for one in lists])):
            yield tuple([one[place] for one in lists])
def map(function, *iterables):
    if len(iterables) == 1:
        for item in iterables[0]:
            yield function(item)
    else:
        for items in zip(*iterables):
            yield function(*items)
def filter(function, iterable):
    for item in iterable:
        if item if function is None else function(item):
            yield item
def reversed(iterable):
    for item in list(iterable)[::-1]:
        yield item
class __UUID:
    def __str__(self):
        return self._text
    def __repr__(self):
        return "UUID('" + self._text + "')"

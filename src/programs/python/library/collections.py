class defaultdict:
    def __init__(self, default_factory=None, items=None):
        self.default_factory = default_factory
        self.items_ = dict(items or {})
    def __getitem__(self, key):
        if key not in self.items_ and self.default_factory is not None:
            self.items_[key] = self.default_factory()
        return self.items_[key]
    def __setitem__(self, key, value):
        self.items_[key] = value
    def __delitem__(self, key):
        del self.items_[key]
    def __contains__(self, key):
        return key in self.items_
    def __len__(self):
        return len(self.items_)
    def __iter__(self):
        return iter(self.items_)
    def __repr__(self):
        return "defaultdict(" + repr(self.default_factory) + ", " + repr(self.items_) + ")"
    def get(self, key, default=None):
        return self.items_.get(key, default)
    def keys(self):
        return self.items_.keys()
    def values(self):
        return self.items_.values()
    def items(self):
        return self.items_.items()

class Counter(defaultdict):
    def __init__(self, iterable=()):
        self.default_factory = int
        self.items_ = {}
        for item in iterable:
            self.items_[item] = self.items_.get(item, 0) + 1
    def __getitem__(self, key):
        return self.items_.get(key, 0)
    def __repr__(self):
        return "Counter(" + repr(dict(self.most_common())) + ")"
    def most_common(self, n=None):
        return sorted(self.items_.items(), key=lambda pair: pair[1], reverse=True)[:n]

class deque:
    def __init__(self, iterable=()):
        self.items_ = list(iterable)
    def append(self, item):
        self.items_.append(item)
    def appendleft(self, item):
        self.items_.insert(0, item)
    def pop(self):
        return self.items_.pop()
    def popleft(self):
        return self.items_.pop(0)
    def __len__(self):
        return len(self.items_)
    def __iter__(self):
        return iter(self.items_)
    def __getitem__(self, place):
        return self.items_[place]
    def __repr__(self):
        return "deque(" + repr(self.items_) + ")"

function Error(message) { if (this === undefined) return new Error(message); this.message = message === undefined ? "" : String(message); }
function __kind(name) {
  var kind = function (message) { if (this === undefined) return new kind(message); this.message = message === undefined ? "" : String(message); };
  kind.prototype = Object.create(Error.prototype);
  kind.prototype.name = name;
  return kind;
}
Error.prototype.name = "Error";
Error.prototype.stack = "";
var TypeError = __kind("TypeError"), ReferenceError = __kind("ReferenceError"), RangeError = __kind("RangeError"), SyntaxError = __kind("SyntaxError");
var MemoryError = __kind("RangeError"), MongoServerError = __kind("MongoServerError"), MongoNetworkError = __kind("MongoNetworkError");
var MongoBulkWriteError = __kind("MongoBulkWriteError"), MongoshInvalidInputError = __kind("MongoshInvalidInputError");
function __Array_map(f) { var out = []; for (var i = 0; i < this.length; i++) out.push(f(this[i], i, this)); return out; }
function __Array_forEach(f) { for (var i = 0; i < this.length; i++) f(this[i], i, this); }
function __Array_filter(f) { var out = []; for (var i = 0; i < this.length; i++) if (f(this[i], i, this)) out.push(this[i]); return out; }
function __Array_find(f) { for (var i = 0; i < this.length; i++) if (f(this[i], i, this)) return this[i]; }
function __Array_findIndex(f) { for (var i = 0; i < this.length; i++) if (f(this[i], i, this)) return i; return -1; }
function __Array_some(f) { for (var i = 0; i < this.length; i++) if (f(this[i], i, this)) return true; return false; }
function __Array_every(f) { for (var i = 0; i < this.length; i++) if (!f(this[i], i, this)) return false; return true; }
function __Array_reduce(f, start) {
  var i = 0;
  if (start === undefined) start = this[i++];
  for (; i < this.length; i++) start = f(start, this[i], i, this);
  return start;
}
function __Array_flatMap(f) { return [].concat(...this.map(f)); }
function __Array_sort(f) {
  if (f === undefined) f = (a, b) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);
  for (var i = 1; i < this.length; i++) {
    var item = this[i], low = 0, high = i;
    while (low < high) { var middle = (low + high) >> 1; if (f(item, this[middle]) < 0) high = middle; else low = middle + 1; }
    this.splice(i, 1);
    this.splice(low, 0, item);
  }
  return this;
}

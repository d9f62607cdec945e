function __run(what, command) {
  var reply = __command(Object.assign({ do: what }, command));
  if (reply.ok === 1) return reply;
  var error = new MongoServerError(reply.errmsg);
  error.code = reply.code;
  error.codeName = reply.codeName;
  throw error;
}
function Cursor(collection, query, project) {
  this.__of = collection;
  this.__command = { db: collection.__db, in: collection.__name, query: query || {}, project: project || {} };
  this.__place = 0;
}
Cursor.prototype.sort = function (by) { this.__command.sort = by; return this; };
Cursor.prototype.limit = function (count) { this.__command.limit = count; return this; };
Cursor.prototype.skip = function (count) { this.__command.skip = count; return this; };
Cursor.prototype.projection = function (project) { this.__command.project = project; return this; };
Cursor.prototype.pretty = function () { return this; };
Cursor.prototype.toArray = function () {
  if (this.__documents === undefined) this.__documents = __run("find", this.__command).documents;
  return this.__documents.slice(this.__place);
};
Cursor.prototype.hasNext = function () { return this.toArray().length > 0; };
Cursor.prototype.next = function () { var all = this.toArray(); if (all.length === 0) return null; this.__place++; return all[0]; };
Cursor.prototype.tryNext = Cursor.prototype.next;
Cursor.prototype.forEach = function (f) { this.toArray().forEach(f); };
Cursor.prototype.map = function (f) { return this.toArray().map(f); };
Cursor.prototype.count = function () { return __run("count", this.__command).n; };
Cursor.prototype.itcount = function () { return this.toArray().length; };
Cursor.prototype.close = function () {};
Cursor.prototype.__shown = function () {
  var all = this.toArray();
  this.__place += 20;
  return all.slice(0, 20);
};
Cursor.prototype.__more = function () { return this.toArray().length > 0; };

function Collection(db, name) { this.__db = db; this.__name = name; }
Collection.prototype.__getAttribute = function (self, name) { return __collection(name, self); };
function __collection(name, of) { return name.startsWith("__") ? undefined : new Collection(of.__db, of.__name + "." + name); }
Collection.prototype.__do = function (what, command) { return __run(what, Object.assign({ db: this.__db, in: this.__name }, command)); };
Collection.prototype.getName = function () { return this.__name; };
Collection.prototype.find = function (query, project) { return new Cursor(this, query, project); };
Collection.prototype.findOne = function (query, project) { return new Cursor(this, query, project).limit(1).next(); };
Collection.prototype.countDocuments = function (query) { return this.__do("count", { query: query || {} }).n; };
Collection.prototype.estimatedDocumentCount = function () { return this.countDocuments({}); };
Collection.prototype.count = Collection.prototype.countDocuments;
Collection.prototype.insertOne = function (document) {
  var ids = this.__do("insert", { documents: [document] }).ids;
  return { acknowledged: true, insertedId: ids[0] };
};
Collection.prototype.insertMany = function (documents) {
  if (!Array.isArray(documents)) throw new MongoshInvalidInputError("[COMMON-10001] Missing required argument at position 0 (Collection.insertMany)");
  var inserted = {};
  this.__do("insert", { documents: documents }).ids.forEach(function (id, place) { inserted[place] = id; });
  return { acknowledged: true, insertedIds: inserted };
};
Collection.prototype.insert = function (documents) { return Array.isArray(documents) ? this.insertMany(documents) : this.insertMany([documents]); };
Collection.prototype.deleteOne = function (query) { return { acknowledged: true, deletedCount: this.__do("delete", { query: query, one: true }).n }; };
Collection.prototype.deleteMany = function (query) { return { acknowledged: true, deletedCount: this.__do("delete", { query: query }).n }; };
Collection.prototype.remove = Collection.prototype.deleteMany;
Collection.prototype.__update = function (query, update, options, one) {
  var reply = this.__do("update", { query: query, update: update, one: one, upsert: !!(options && options.upsert) });
  return {
    acknowledged: true, insertedId: reply.upserted, matchedCount: reply.n, modifiedCount: reply.modified,
    upsertedCount: reply.upserted === null ? 0 : 1,
  };
};
Collection.prototype.updateOne = function (query, update, options) { return this.__update(query, update, options, true); };
Collection.prototype.updateMany = function (query, update, options) { return this.__update(query, update, options, false); };
Collection.prototype.replaceOne = function (query, update, options) { return this.__update(query, update, options, true); };
Collection.prototype.__modify = function (query, more, options) {
  options = options || {};
  var after = options.returnDocument === "after" || options.returnNewDocument === true;
  var command = { query: query || {}, sort: options.sort || {}, upsert: !!options.upsert, new: after };
  return this.__do("findAndModify", Object.assign(command, more)).value;
};
Collection.prototype.findOneAndDelete = function (query, options) { return this.__modify(query, { remove: true }, options); };
Collection.prototype.findOneAndUpdate = function (query, update, options) { return this.__modify(query, { update: update }, options); };
Collection.prototype.findOneAndReplace = function (query, update, options) { return this.__modify(query, { update: update }, options); };
Collection.prototype.aggregate = function (pipeline) {
  var stages = Array.isArray(pipeline) ? pipeline : [pipeline];
  var cursor = new Cursor(this, {});
  cursor.__documents = this.__do("aggregate", { pipeline: stages }).documents;
  return cursor;
};
Collection.prototype.distinct = function (key, query) { return this.__do("distinct", { key: key, query: query || {} }).values; };
Collection.prototype.drop = function () { return this.__do("drop", {}).existed; };
Collection.prototype.createIndex = function (fields) { return Object.entries(fields).map((pair) => pair.join("_")).join("_"); };
Collection.prototype.__shown = function () { return __Plain(this.__db + "." + this.__name); };

function __Plain(text) { return { __plain: text }; }
function Database(name) { this.__name = name; }
Database.prototype.__getAttribute = function (self, name) { return name.startsWith("__") ? undefined : new Collection(self.__name, name); };
Database.prototype.getName = function () { return this.__name; };
Database.prototype.getCollection = function (name) { return new Collection(this.__name, name); };
Database.prototype.getSiblingDB = function (name) { return new Database(name); };
Database.prototype.getCollectionNames = function () { return __run("collections", { db: this.__name }).names; };
Database.prototype.dropDatabase = function () { __run("dropDatabase", { db: this.__name }); return { ok: 1, dropped: this.__name }; };
Database.prototype.createCollection = function () { return { ok: 1 }; };
Database.prototype.hello = function () { var reply = __run("hello", { host: __address() }); return reply; };
Database.prototype.isMaster = Database.prototype.hello;
Database.prototype.adminCommand = function (command) {
  if (command.ping) return __run("ping", {});
  if (command.hello) return this.hello();
  if (command.replSetInitiate !== undefined) return rs.initiate(command.replSetInitiate);
  if (command.replSetGetStatus) return rs.status();
  if (command.replSetStepDown) return rs.stepDown();
  throw new MongoServerError("no such command: '" + Object.keys(command)[0] + "'");
};
Database.prototype.runCommand = Database.prototype.adminCommand;
Database.prototype.__shown = function () { return __Plain(this.__name); };
var rs = {
  initiate: function (config) { __run("replSetInitiate", { config: config || {}, host: __address() }); return { ok: 1 }; },
  status: function () { return __run("replSetGetStatus", {}); },
  conf: function () { return __run("replSetGetConfig", {}).config; },
  stepDown: function () { __run("replSetStepDown", {}); return { ok: 1 }; },
  hello: function () { return db.hello(); },
  isMaster: function () { return db.hello(); },
  secondaryOk: function () {},
};
function __use(name) { db = new Database(name); __database(name); return __Plain("switched to db " + name); }
function __show(what) {
  if (what === "collections" || what === "tables") return __Plain(db.getCollectionNames().join("\n"));
  if (what === "dbs" || what === "databases") return __Plain(__run("databases", {}).names.join("\n"));
  throw new MongoshInvalidInputError("[COMMON-10001] '" + what + "' is not a valid argument for \"show\".");
}
function __present(value) {
  if (value !== null && value !== undefined && typeof value === "object" && !Array.isArray(value)) {
    if (value.__more !== undefined) {
      var first = value.__shown();
      print(first);
      if (value.__more()) print('Type "it" for more');
      return;
    }
    if (value.__shown !== undefined) value = value.__shown();
    if (value.__plain !== undefined) { print(value.__plain); return; }
  }
  if (value !== undefined) print(value);
}

//! The objects of a running script. They are named by numbers: whatever nobody can reach any more is found by going
//! through those that can be reached.

use super::compile::Code;
use super::machine::{Frame, Native};
use super::tree::Name;
use crate::sim::Map;
use std::rc::Rc;

/// The number of an object.
pub type Ref = u32;

/// A value of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// `None` and `null`.
    None,
    Undefined,
    Bool(bool),
    Int(i64),
    Float(f64),
    Ref(Ref),
}

/// What a number names.
#[derive(Clone)]
pub enum Object {
    Free,
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    List(Vec<Value>),
    Tuple(Rc<[Value]>),
    Set(Table),
    Dict(Table),
    /// An object of a class, a class, or an object of JavaScript: the fields it has itself, and who has more.
    Record {
        kind: Kind,
        parent: Option<Ref>,
        fields: Table,
    },
    Function {
        code: Rc<Code>,
        env: Ref,
        defaults: Vec<Value>,
        this: Option<Value>,
        home: Option<Ref>,
        fields: Table,
    },
    Native(&'static Native),
    /// A method with the object that it is of.
    Bound {
        receiver: Value,
        function: Value,
    },
    /// `staticmethod`, `classmethod`, `property`.
    Wrapped(&'static str, Value),
    /// The names of a scope, and the scope around it.
    Env {
        names: Vec<(Name, Value)>,
        parent: Option<Ref>,
        class: bool,
    },
    Slice([Value; 3]),
    Range {
        next: i64,
        stop: i64,
        step: i64,
    },
    /// Goes over the items of a list as long as there are more.
    Items {
        of: Ref,
        next: usize,
    },
    /// A function that stopped in the middle; `None` once it has ended.
    Generator(Option<Box<Frame>>),
    Super {
        parent: Option<Ref>,
        receiver: Value,
    },
    /// Something that only a library knows: its kind, a number and values of its own.
    Foreign {
        kind: &'static str,
        number: i64,
        values: Vec<Value>,
    },
}

/// What a record is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Instance,
    Class(Name),
    Module(Name),
}

/// What a value is found by in a dictionary: equal values have equal keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    None,
    Undefined,
    Int(i64),
    /// The bits of a number that is not whole.
    Float(u64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Key>),
    /// An object that equals only itself.
    Id(Ref),
}

/// Entries by their keys, in the order in which they came.
#[derive(Clone, Default)]
pub struct Table {
    entries: Vec<Option<(Key, Value, Value)>>,
    places: Map<Key, u32>,
}

impl Table {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn get(&self, key: &Key) -> Option<Value> {
        let place = *self.places.get(key)?;
        self.entries[place as usize].as_ref().map(|(.., value)| *value)
    }

    pub fn get_str(&self, name: &str) -> Option<Value> {
        self.get(&Key::Str(name.into()))
    }

    /// Puts an entry; one that is there keeps its place and its key.
    pub fn insert(&mut self, key: Key, shown: Value, value: Value) {
        if let Some(&place) = self.places.get(&key) {
            if let Some(entry) = &mut self.entries[place as usize] {
                entry.2 = value;
            }
            return;
        }
        self.places.insert(key.clone(), self.entries.len() as u32);
        self.entries.push(Some((key, shown, value)));
    }

    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        let place = self.places.remove(key)?;
        let removed = self.entries[place as usize].take();
        if self.entries.len() > 2 * self.places.len() + 8 {
            self.entries.retain(Option::is_some);
            let keys = self.entries.iter().flatten().zip(0..).map(|((key, ..), place)| (key.clone(), place));
            self.places = keys.collect();
        }
        removed.map(|(.., value)| value)
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, Value, Value)> {
        self.entries.iter().flatten().map(|(key, shown, value)| (key, *shown, *value))
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Every object of a script.
#[derive(Clone, Default)]
pub struct Heap {
    objects: Vec<Object>,
    free: Vec<Ref>,
    /// Bytes that were asked for since things were last tidied up.
    asked: usize,
    /// Bytes that were in use then.
    used: usize,
}

/// How many bytes an object takes beside what it holds, roughly.
const OBJECT: usize = 64;

impl Heap {
    pub fn add(&mut self, object: Object) -> Ref {
        self.asked += size(&object);
        match self.free.pop() {
            Some(place) => {
                self.objects[place as usize] = object;
                place
            }
            None => {
                self.objects.push(object);
                self.objects.len() as Ref - 1
            }
        }
    }

    pub fn get(&self, place: Ref) -> &Object {
        &self.objects[place as usize]
    }

    pub fn get_mut(&mut self, place: Ref) -> &mut Object {
        &mut self.objects[place as usize]
    }

    pub fn object(&self, value: Value) -> &Object {
        match value {
            Value::Ref(place) => self.get(place),
            _ => &Object::Free,
        }
    }

    pub fn str(&mut self, text: impl Into<Rc<str>>) -> Value {
        Value::Ref(self.add(Object::Str(text.into())))
    }

    pub fn bytes(&mut self, bytes: impl Into<Rc<[u8]>>) -> Value {
        Value::Ref(self.add(Object::Bytes(bytes.into())))
    }

    pub fn list(&mut self, items: Vec<Value>) -> Value {
        Value::Ref(self.add(Object::List(items)))
    }

    pub fn tuple(&mut self, items: Vec<Value>) -> Value {
        Value::Ref(self.add(Object::Tuple(items.into())))
    }

    pub fn dict(&mut self, table: Table) -> Value {
        Value::Ref(self.add(Object::Dict(table)))
    }

    /// An object with fields, of a class or none.
    pub fn record(&mut self, kind: Kind, parent: Option<Ref>) -> Ref {
        self.add(Object::Record { kind, parent, fields: Table::default() })
    }

    pub fn as_str(&self, value: Value) -> Option<Rc<str>> {
        match self.object(value) {
            Object::Str(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The entries of a dictionary, an object or a function.
    pub fn fields(&self, value: Value) -> Option<&Table> {
        match self.object(value) {
            Object::Dict(table) | Object::Record { fields: table, .. } | Object::Function { fields: table, .. } => {
                Some(table)
            }
            _ => None,
        }
    }

    pub fn fields_mut(&mut self, value: Value) -> Option<&mut Table> {
        let Value::Ref(place) = value else { return None };
        self.asked += OBJECT;
        match self.get_mut(place) {
            Object::Dict(table) | Object::Record { fields: table, .. } | Object::Function { fields: table, .. } => {
                Some(table)
            }
            _ => None,
        }
    }

    pub fn field(&self, value: Value, name: &str) -> Option<Value> {
        self.fields(value).and_then(|fields| fields.get_str(name))
    }

    pub fn set_field(&mut self, value: Value, name: &str, to: Value) {
        let shown = self.str(name);
        if let Some(fields) = self.fields_mut(value) {
            fields.insert(Key::Str(name.into()), shown, to);
        }
    }

    /// A field of an object or of what it descends from; `true` if it is its own.
    pub fn find(&self, value: Value, name: &str) -> Option<(Value, bool)> {
        let key = Key::Str(name.into());
        let mut at = value;
        for depth in 0..64 {
            if let Some(found) = self.fields(at).and_then(|fields| fields.get(&key)) {
                return Some((found, depth == 0));
            }
            match self.object(at) {
                Object::Record { parent: Some(parent), .. } => at = Value::Ref(*parent),
                _ => return None,
            }
        }
        None
    }

    /// Whether an object descends from a class, or is it.
    pub fn descends(&self, value: Value, class: Ref) -> bool {
        let mut at = value;
        for _ in 0..64 {
            if at == Value::Ref(class) {
                return true;
            }
            match self.object(at) {
                Object::Record { parent: Some(parent), .. } => at = Value::Ref(*parent),
                _ => return false,
            }
        }
        false
    }

    /// The list to change it.
    pub fn list_mut(&mut self, value: Value) -> Option<&mut Vec<Value>> {
        self.asked += 16;
        match value {
            Value::Ref(place) => match self.get_mut(place) {
                Object::List(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    /// Bytes in use, roughly; at most what was asked for too much.
    pub fn memory(&self) -> usize {
        self.used + self.asked
    }

    /// Counts bytes that an object grew by.
    pub fn grow(&mut self, bytes: usize) {
        self.asked += bytes;
    }

    /// Whether it is worth while to tidy up.
    pub fn is_untidy(&self) -> bool {
        self.asked > self.used + (1 << 20)
    }

    /// Frees what cannot be reached from these.
    pub fn tidy(&mut self, roots: &[Value]) {
        let mut reached = vec![false; self.objects.len()];
        let mut open: Vec<Value> = roots.to_vec();
        while let Some(value) = open.pop() {
            let Value::Ref(place) = value else { continue };
            if std::mem::replace(&mut reached[place as usize], true) {
                continue;
            }
            reach(self.get(place), &mut open);
        }
        self.used = 0;
        self.asked = 0;
        for (place, reached) in (0..).zip(reached) {
            let object = &mut self.objects[place as usize];
            if reached {
                self.used += size(object);
            } else if !matches!(object, Object::Free) {
                *object = Object::Free;
                self.free.push(place);
            }
        }
    }
}

fn size(object: &Object) -> usize {
    OBJECT
        + match object {
            Object::Str(text) => text.len(),
            Object::Bytes(bytes) => bytes.len(),
            Object::List(items) => 16 * items.len(),
            Object::Tuple(items) => 16 * items.len(),
            Object::Set(table) | Object::Dict(table) | Object::Record { fields: table, .. } => OBJECT * table.len(),
            Object::Env { names, .. } => 32 * names.len(),
            _ => 0,
        }
}

/// What an object holds.
fn reach(object: &Object, open: &mut Vec<Value>) {
    let mut optional = |place: &Option<Ref>| open.extend(place.map(Value::Ref));
    match object {
        Object::Free | Object::Str(_) | Object::Bytes(_) | Object::Native(_) | Object::Range { .. } => {}
        Object::List(items) => open.extend(items),
        Object::Tuple(items) => open.extend(items.iter()),
        Object::Set(table) | Object::Dict(table) => open.extend(table.iter().flat_map(|(_, key, value)| [key, value])),
        Object::Record { parent, fields, .. } => {
            optional(parent);
            open.extend(fields.iter().flat_map(|(_, key, value)| [key, value]));
        }
        Object::Function { env, defaults, this, home, fields, .. } => {
            optional(home);
            open.extend(this);
            open.push(Value::Ref(*env));
            open.extend(defaults);
            open.extend(fields.iter().flat_map(|(_, key, value)| [key, value]));
        }
        Object::Bound { receiver, function } => open.extend([*receiver, *function]),
        Object::Wrapped(_, value) => open.push(*value),
        Object::Env { names, parent, .. } => {
            optional(parent);
            open.extend(names.iter().map(|(_, value)| *value));
        }
        Object::Slice(parts) => open.extend(parts),
        Object::Items { of, .. } => open.push(Value::Ref(*of)),
        Object::Generator(frame) => {
            if let Some(frame) = frame {
                frame.reach(open);
            }
        }
        Object::Super { parent, receiver } => {
            optional(parent);
            open.push(*receiver);
        }
        Object::Foreign { values, .. } => open.extend(values),
    }
}

//! The machine that takes the steps of a script.

use super::compile::{Code, Step as Op};
use super::heap::{Heap, Key, Kind, Object, Ref, Table, Value};
use super::tree::{Binary, Collects, Name, Takes, Unary};
use crate::programs::host::{Connection, Host, Step};
use crate::sim::Timestamp;
use std::rc::Rc;

/// A script that runs: everything about it, as data.
#[derive(Clone)]
pub struct Script {
    pub heap: Heap,
    pub language: &'static dyn Language,
    /// The names of the language's own, and those of the script around its functions.
    pub builtins: Ref,
    pub globals: Ref,
    pub modules: Vec<(Name, Value)>,
    /// The servers that it is connected to.
    pub links: Vec<Link>,
    /// What a function of the library waits for that is called again.
    pub waiting: Option<Waiting>,
    /// Where failures are said to have happened, by the name of each piece of code's file.
    pub sources: Vec<(Name, Rc<str>)>,
    /// What was not printed yet: the library's buffers.
    pub unread: Vec<u8>,
    pub input_ended: bool,
    /// The value of the script, once it has ended.
    pub result: Value,
    /// How objects look, by what the script said: for how deep a call, for what, as a program writes it or not.
    pub looks: Vec<(usize, Value, bool, Rc<str>)>,
    /// The functions through which a raised failure went, innermost first: their names and lines.
    pub trace: Vec<(Rc<Code>, u32)>,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    ended: Option<i32>,
    quit: bool,
}

/// A connection to a server, and what came of an answer that is not complete.
#[derive(Clone)]
pub struct Link {
    pub host: Name,
    pub port: u16,
    pub connection: Connection,
    pub incoming: Vec<u8>,
}

/// What a function of the library waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    pub until: Option<Timestamp>,
    /// Something that it has to remember.
    pub number: u64,
}

/// A function that is being run.
#[derive(Clone)]
pub struct Frame {
    code: Rc<Code>,
    at: usize,
    env: Ref,
    function_env: Ref,
    /// Where its part of the stack begins.
    base: usize,
    tries: Vec<Handler>,
    this: Value,
    home: Option<Ref>,
    then: Then,
    /// Its part of the stack, while it is not run.
    saved: Vec<Value>,
    generator: Option<Ref>,
}

#[derive(Clone, Copy)]
struct Handler {
    target: usize,
    /// How much of its part of the stack is kept.
    depth: usize,
    env: Ref,
}

/// What becomes of the value that a function returns.
#[derive(Clone)]
enum Then {
    Push,
    /// The object that was made counts, unless an object is returned.
    Construct(Value),
    /// It is the next item of a loop, which ends at that step.
    Item(usize),
    /// It is what was asked of a generator.
    Asked(Option<Value>),
    /// It takes the place of a value on the stack from there on.
    Replace(Value, usize),
    /// It is how a value looks.
    Look(Value, bool),
    /// A module was run.
    Module(Name),
}

impl Frame {
    pub(super) fn reach(&self, open: &mut Vec<Value>) {
        open.extend([Value::Ref(self.env), Value::Ref(self.function_env), self.this]);
        open.extend(self.home.map(Value::Ref));
        open.extend(self.generator.map(Value::Ref));
        open.extend(self.tries.iter().map(|handler| Value::Ref(handler.env)));
        open.extend(&self.saved);
        match self.then {
            Then::Construct(value) | Then::Asked(Some(value)) | Then::Replace(value, _) | Then::Look(value, _) => {
                open.push(value)
            }
            _ => {}
        }
    }
}

/// Why a step fails.
#[derive(Clone, Debug)]
pub enum Raise {
    /// An object of the script.
    Value(Value),
    /// One of the language's own failures, by the name of its kind.
    Error(&'static str, String),
    /// The script ends, whatever it would catch.
    Exit(i32),
}

/// What calling something comes to.
#[derive(Clone, Debug)]
pub enum Answer {
    Value(Value),
    /// What this call comes to.
    Call(Value, Vec<Value>),
    /// First a value among the arguments must be replaced by what this call comes to.
    Prepare(Value, Value, Vec<Value>),
    /// First an object has to list its items, by this method.
    Method(Value, Value),
    /// First the script has to say how a value looks, as a program writes it or not, by this method.
    Look(Value, bool, Value),
    /// Later: it is to be called again.
    Wait(Wait),
    /// Code of a module, which is run first.
    Module(Name, Rc<Code>),
    /// The next item of a generator, or a value if there is none.
    Next(Ref, Option<Value>),
}

/// Until when, or for whatever comes in.
pub type Wait = Option<Timestamp>;

/// What a call of the library is given.
#[derive(Clone, Debug, Default)]
pub struct Args {
    pub this: Option<Value>,
    pub items: Vec<Value>,
    pub named: Vec<(Name, Value)>,
}

/// A function of the library.
pub struct Native {
    pub name: &'static str,
    pub run: fn(&mut Script, &mut dyn Host, &Args) -> Result<Answer, Raise>,
}

/// What the values and operators of a language mean.
pub trait Language {
    fn is_python(&self) -> bool;
    fn truth(&self, script: &Script, value: Value) -> bool;
    fn unary(&self, script: &mut Script, operator: Unary, value: Value) -> Result<Answer, Raise>;
    fn binary(
        &self,
        script: &mut Script,
        operator: Binary,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Answer, Raise>;
    fn attribute(&self, script: &mut Script, value: Value, name: &Name) -> Result<Answer, Raise>;
    /// What a method call calls; `true` if the receiver goes with it.
    fn method(&self, script: &mut Script, value: Value, name: &Name) -> Result<(Value, bool), Raise>;
    fn set_attribute(&self, script: &mut Script, object: Value, name: &Name, value: Value) -> Result<(), Raise>;
    fn delete_attribute(&self, script: &mut Script, object: Value, name: &Name) -> Result<(), Raise>;
    fn index(&self, script: &mut Script, object: Value, place: Value) -> Result<Answer, Raise>;
    fn set_index(&self, script: &mut Script, object: Value, place: Value, value: Value) -> Result<Answer, Raise>;
    fn delete_index(&self, script: &mut Script, object: Value, place: Value) -> Result<Answer, Raise>;
    /// Something to go over: items of a list, a range, a generator.
    fn iterate(&self, script: &mut Script, value: Value, by_key: bool) -> Result<Answer, Raise>;
    fn format(&self, script: &mut Script, value: Value, as_written: bool, format: &str) -> Result<Answer, Raise>;
    fn import(&self, script: &mut Script, host: &mut dyn Host, name: &Name) -> Result<Answer, Raise>;
    fn key(&self, script: &Script, value: Value) -> Result<Key, Raise>;
    fn unknown_name(&self, name: &Name, local: bool) -> Raise;
    fn not_callable(&self, script: &Script, value: Value) -> Raise;
    /// The failure as an object.
    fn failure(&self, script: &mut Script, kind: &'static str, message: &str) -> Value;
    fn is_caught(&self, script: &Script, failure: Value, kind: Value) -> bool;
    /// Says that a failure was not caught; the exit code.
    fn uncaught(&self, script: &mut Script, host: &mut dyn Host, failure: Value) -> i32;
    /// What is wrong with the arguments of a call.
    fn wrong_arguments(&self, code: &Code, problem: String) -> Raise;
    fn type_of(&self, script: &Script, value: Value) -> &'static str;
}

/// How deep calls may nest.
const DEPTH: usize = 1000;

/// How many bytes a script may use.
pub const MEMORY: usize = 64 << 20;

type Flow = Result<Option<Wait>, Raise>;

const GO: Flow = Ok(None);

impl Script {
    /// A machine for a language, with nothing to do.
    pub fn new(language: &'static dyn Language) -> Self {
        let mut heap = Heap::default();
        let builtins = heap.add(Object::Env { names: Vec::new(), parent: None, class: false });
        let globals = heap.add(Object::Env { names: Vec::new(), parent: Some(builtins), class: false });
        Self {
            heap,
            language,
            builtins,
            globals,
            modules: Vec::new(),
            links: Vec::new(),
            waiting: None,
            sources: Vec::new(),
            unread: Vec::new(),
            input_ended: false,
            result: Value::None,
            looks: Vec::new(),
            trace: Vec::new(),
            stack: Vec::new(),
            frames: Vec::new(),
            ended: None,
            quit: false,
        }
    }

    /// Whether the script itself ended everything.
    pub fn was_quit(&self) -> bool {
        self.quit
    }

    /// Lets the machine run a piece of code next, with these names around it.
    pub fn start(&mut self, code: Rc<Code>, env: Ref) {
        self.ended = None;
        let this = Value::Undefined;
        self.push_frame(Frame {
            code,
            at: 0,
            env,
            function_env: env,
            base: 0,
            tries: Vec::new(),
            this,
            home: None,
            then: Then::Push,
            saved: Vec::new(),
            generator: None,
        });
    }

    /// Interrupts the script with a failure, as if the step it is at had failed.
    pub fn interrupt(&mut self, host: &mut dyn Host, kind: &'static str) {
        self.waiting = None;
        self.unwind(host, Raise::Error(kind, String::new()));
    }

    fn push_frame(&mut self, mut frame: Frame) {
        frame.base = self.stack.len();
        self.stack.append(&mut frame.saved);
        self.frames.push(frame);
    }

    /// Runs until the script ends or waits, but not more than so many steps.
    pub fn run(&mut self, host: &mut dyn Host, fuel: u32) -> Step {
        for _ in 0..fuel {
            if let Some(code) = self.ended {
                return Step::Exited(code);
            }
            let Some(frame) = self.frames.last_mut() else { return Step::Exited(0) };
            let (code, at) = (frame.code.clone(), frame.at);
            frame.at += 1;
            let depth = self.frames.len();
            match self.step(host, &code.steps[at]) {
                Ok(None) => {}
                Ok(Some(until)) => {
                    if let Some(frame) = self.frames.get_mut(depth - 1) {
                        frame.at = at;
                    }
                    return Step::Waits(until);
                }
                Err(raise) => self.unwind(host, raise),
            }
            if self.heap.is_untidy() {
                self.tidy();
                if self.heap.memory() > MEMORY {
                    self.unwind(host, Raise::Error("MemoryError", String::new()));
                }
            }
        }
        Step::Ready
    }

    fn tidy(&mut self) {
        let mut roots = self.stack.clone();
        roots.extend([Value::Ref(self.builtins), Value::Ref(self.globals), self.result]);
        roots.extend(self.looks.iter().map(|(_, of, ..)| *of));
        roots.extend(self.modules.iter().map(|(_, module)| *module));
        self.frames.iter().for_each(|frame| frame.reach(&mut roots));
        self.heap.tidy(&roots);
    }

    /// The line that is being run.
    pub fn line(&self) -> u32 {
        let frame = self.frames.last();
        frame.and_then(|frame| frame.code.lines.get(frame.at.saturating_sub(1))).copied().unwrap_or(0)
    }

    /// Whom `super()` means: the class of the function that is being run, and its object.
    pub fn here(&self) -> Option<(Ref, Value)> {
        let frame = self.frames.last()?;
        let first = match (frame.code.parameters.first(), self.heap.get(frame.function_env)) {
            (Some((name, ..)), Object::Env { names, .. }) => {
                names.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
            }
            _ => None,
        };
        Some((frame.home?, first.unwrap_or(frame.this)))
    }

    fn unwind(&mut self, host: &mut dyn Host, raise: Raise) {
        let failure = match raise {
            Raise::Exit(code) => {
                self.ended = Some(code);
                self.quit = true;
                return;
            }
            Raise::Value(value) => value,
            Raise::Error(kind, message) => self.language.failure(self, kind, &message),
        };
        self.trace.clear();
        while let Some(frame) = self.frames.last_mut() {
            let line = frame.code.lines.get(frame.at.saturating_sub(1)).copied().unwrap_or(0);
            self.trace.push((frame.code.clone(), line));
            if let Some(handler) = frame.tries.pop() {
                frame.at = handler.target;
                frame.env = handler.env;
                self.stack.truncate(frame.base + handler.depth);
                self.stack.push(failure);
                return;
            }
            self.stack.truncate(frame.base);
            self.frames.pop();
        }
        self.ended = Some(self.language.uncaught(self, host, failure));
    }

    // Names

    fn scope(&mut self, env: Ref) -> &mut Vec<(Name, Value)> {
        match self.heap.get_mut(env) {
            Object::Env { names, .. } => names,
            // Only scopes are ever taken for scopes.
            _ => unreachable!("no scope"),
        }
    }

    /// Gives a name of a scope a value.
    pub fn declare(&mut self, env: Ref, name: &Name, value: Value) {
        let names = self.scope(env);
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => {
                names.push((name.clone(), value));
                self.heap.grow(32);
            }
        }
    }

    /// The value of a name, here or in a scope around.
    pub fn lookup(&self, env: Ref, name: &str) -> Option<Value> {
        self.holder(env, name).map(|(_, value)| value)
    }

    fn holder(&self, env: Ref, name: &str) -> Option<(Ref, Value)> {
        let mut at = Some(env);
        while let Some(env) = at {
            let Object::Env { names, parent, .. } = self.heap.get(env) else { return None };
            if let Some((_, value)) = names.iter().find(|(known, _)| &**known == name) {
                return Some((env, *value));
            }
            at = *parent;
        }
        None
    }

    /// The names of a scope with their values.
    pub fn names(&self, env: Ref) -> Vec<(Name, Value)> {
        match self.heap.get(env) {
            Object::Env { names, .. } => names.clone(),
            _ => Vec::new(),
        }
    }

    fn open_scope(&mut self, class: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.env = self.heap.add(Object::Env { names: Vec::new(), parent: Some(frame.env), class });
        }
    }

    fn close_scope(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && let Object::Env { parent: Some(parent), .. } = self.heap.get(frame.env)
        {
            frame.env = *parent;
        }
    }

    // Steps

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::None)
    }

    fn top(&self) -> Value {
        self.stack.last().copied().unwrap_or(Value::None)
    }

    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    fn jump(&mut self, to: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = to;
        }
    }

    fn env(&self) -> (Ref, Ref) {
        self.frames.last().map_or((self.globals, self.globals), |frame| (frame.env, frame.function_env))
    }

    fn step(&mut self, host: &mut dyn Host, op: &Op) -> Flow {
        let language = self.language;
        match op {
            Op::None => self.stack.push(Value::None),
            Op::Undefined => self.stack.push(Value::Undefined),
            Op::Bool(value) => self.stack.push(Value::Bool(*value)),
            Op::Int(number) => self.stack.push(Value::Int(*number)),
            Op::Float(number) => self.stack.push(Value::Float(*number)),
            Op::Str(text) => {
                let value = self.heap.str(text.clone());
                self.stack.push(value);
            }
            Op::Bytes(bytes) => {
                let value = self.heap.bytes(bytes.clone());
                self.stack.push(value);
            }
            Op::This => self.stack.push(self.frames.last().map_or(Value::Undefined, |frame| frame.this)),
            Op::Load(name) => {
                let value = self.lookup(self.env().0, name).ok_or_else(|| language.unknown_name(name, false))?;
                self.stack.push(value);
            }
            Op::LoadLocal(name) => {
                let names = self.names_of(self.env().1);
                let value = names.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
                self.stack.push(value.ok_or_else(|| language.unknown_name(name, true))?);
            }
            Op::Store(name) => {
                let value = self.pop();
                let holder = self.holder(self.env().0, name).map_or(self.globals, |(env, _)| env);
                self.declare(holder, name, value);
            }
            Op::Declare(name) => {
                let value = self.pop();
                self.declare(self.env().0, name, value);
            }
            Op::DeclareInFunction(name) => {
                let value = self.pop();
                self.declare(self.env().1, name, value);
            }
            Op::StoreGlobal(name) => {
                let value = self.pop();
                let mut env = self.env().1;
                // The outermost scope but the language's own.
                while let Object::Env { parent: Some(parent), .. } = self.heap.get(env)
                    && *parent != self.builtins
                {
                    env = *parent;
                }
                self.declare(env, name, value);
            }
            Op::StoreOuter(name) => {
                let value = self.pop();
                let around = match self.heap.get(self.env().1) {
                    Object::Env { parent: Some(parent), .. } => *parent,
                    _ => self.globals,
                };
                let holder = self.holder(around, name).map_or(around, |(env, _)| env);
                self.declare(holder, name, value);
            }
            Op::DeleteName(name) => {
                let holder = self.holder(self.env().0, name).filter(|(env, _)| *env != self.builtins);
                let (holder, _) = holder.ok_or_else(|| language.unknown_name(name, false))?;
                self.scope(holder).retain(|(known, _)| known != name);
            }
            Op::Pop => drop(self.pop()),
            Op::Dup => self.stack.push(self.top()),
            Op::DupTwo => {
                let at = self.stack.len().saturating_sub(2);
                self.stack.extend_from_within(at..);
            }
            Op::List(count) => {
                let items = self.pop_many(*count);
                let list = self.heap.list(items);
                self.stack.push(list);
            }
            Op::ListToTuple => {
                let list = self.pop();
                let items = self.items_of(list);
                let tuple = self.heap.tuple(items);
                self.stack.push(tuple);
            }
            Op::ListToSet => {
                let list = self.pop();
                let mut table = Table::default();
                for item in self.items_of(list) {
                    table.insert(language.key(self, item)?, item, Value::None);
                }
                let set = Value::Ref(self.heap.add(Object::Set(table)));
                self.stack.push(set);
            }
            Op::Dict => {
                let dict = match language.is_python() {
                    true => self.heap.dict(Table::default()),
                    false => Value::Ref(self.new_object("Object")),
                };
                self.stack.push(dict);
            }
            Op::Append => {
                let item = self.pop();
                let list = self.top();
                if let Some(items) = self.heap.list_mut(list) {
                    items.push(item);
                }
            }
            Op::Extend => {
                let value = self.top();
                match language.iterate(self, value, false)? {
                    Answer::Value(Value::Ref(iterator)) => {
                        let mut more = Vec::new();
                        if let Object::Generator(_) = self.heap.get(iterator) {
                            return self.prepare(Value::Ref(iterator), value);
                        }
                        while let Some(item) = self.next_item(iterator) {
                            more.push(item);
                        }
                        self.pop();
                        self.heap.grow(16 * more.len());
                        let list = self.top();
                        if let Some(items) = self.heap.list_mut(list) {
                            items.extend(more);
                        }
                    }
                    answer => return self.answer(answer, self.stack.len() - 1),
                }
            }
            Op::Entry => {
                let (value, key) = (self.pop(), self.pop());
                let dict = self.top();
                let (key, shown) = self.entry_key(key)?;
                if let Some(fields) = self.heap.fields_mut(dict) {
                    fields.insert(key, shown, value);
                }
            }
            Op::Entries => {
                let from = self.pop();
                let dict = self.top();
                let entries: Vec<_> = self.heap.fields(from).map_or(Vec::new(), |fields| {
                    fields.iter().map(|(key, shown, value)| (key.clone(), shown, value)).collect()
                });
                if let Some(fields) = self.heap.fields_mut(dict) {
                    entries.into_iter().for_each(|(key, shown, value)| fields.insert(key, shown, value));
                }
            }
            Op::Collect(kind, depth) => {
                let value = self.pop();
                let key = (*kind == Collects::Dict).then(|| self.pop());
                let into = self.stack[self.stack.len() - 1 - depth];
                match key {
                    Some(key) => {
                        let (key, shown) = self.entry_key(key)?;
                        if let Some(fields) = self.heap.fields_mut(into) {
                            fields.insert(key, shown, value);
                        }
                    }
                    None => {
                        if let Some(items) = self.heap.list_mut(into) {
                            items.push(value);
                        }
                    }
                }
            }
            Op::Slice => {
                let parts = self.pop_many(3);
                let slice = Value::Ref(self.heap.add(Object::Slice([parts[0], parts[1], parts[2]])));
                self.stack.push(slice);
            }
            Op::Unary(Unary::Not) => {
                let value = self.top();
                if let Some(call) = self.asks_truth(value) {
                    return self.prepare_call(value, call);
                }
                let truth = language.truth(self, value);
                self.pop();
                self.stack.push(Value::Bool(!truth));
            }
            Op::Unary(operator) => {
                let value = self.top();
                let answer = language.unary(self, *operator, value)?;
                return self.answer(answer, self.stack.len() - 1);
            }
            Op::Binary(operator) | Op::InPlace(operator) => {
                let at = self.stack.len() - 2;
                let (a, b) = (self.stack[at], self.stack[at + 1]);
                let answer = language.binary(self, *operator, a, b, matches!(op, Op::InPlace(_)))?;
                return self.answer(answer, at);
            }
            Op::Attribute(name) => {
                let value = self.top();
                let answer = language.attribute(self, value, name)?;
                return self.answer(answer, self.stack.len() - 1);
            }
            Op::Index => {
                let at = self.stack.len() - 2;
                let answer = language.index(self, self.stack[at], self.stack[at + 1])?;
                return self.answer(answer, at);
            }
            Op::SetAttribute(name) => {
                let (object, value) = (self.pop(), self.pop());
                language.set_attribute(self, object, name, value)?;
            }
            Op::SetIndex => {
                let at = self.stack.len() - 3;
                let [value, object, place] = [self.stack[at], self.stack[at + 1], self.stack[at + 2]];
                let answer = language.set_index(self, object, place, value)?;
                return self.discarding(answer, at);
            }
            Op::ChangeAttribute(name, old) => {
                let new = self.pop();
                let kept = if *old { self.pop() } else { new };
                let object = self.pop();
                language.set_attribute(self, object, name, new)?;
                self.stack.push(kept);
            }
            Op::ChangeIndex(old) => {
                let new = self.pop();
                let kept = if *old { self.pop() } else { new };
                let (place, object) = (self.pop(), self.pop());
                self.stack.push(kept);
                let at = self.stack.len();
                let answer = language.set_index(self, object, place, new)?;
                return self.discarding(answer, at);
            }
            Op::DeleteAttribute(name) => {
                let object = self.pop();
                language.delete_attribute(self, object, name)?;
            }
            Op::DeleteIndex => {
                let (place, object) = (self.pop(), self.pop());
                let at = self.stack.len();
                let answer = language.delete_index(self, object, place)?;
                return self.discarding(answer, at);
            }
            Op::Jump(to) => self.jump(*to),
            Op::JumpIfFalse(_) | Op::JumpIfTrue(_) | Op::JumpAnd(_) | Op::JumpOr(_) => {
                let value = self.top();
                if let Some(call) = self.asks_truth(value) {
                    return self.prepare_call(value, call);
                }
                let truth = language.truth(self, value);
                match op {
                    Op::JumpIfFalse(to) | Op::JumpIfTrue(to) => {
                        self.pop();
                        if truth == matches!(op, Op::JumpIfTrue(_)) {
                            self.jump(*to);
                        }
                    }
                    Op::JumpAnd(to) | Op::JumpOr(to) if truth == matches!(op, Op::JumpOr(_)) => self.jump(*to),
                    _ => drop(self.pop()),
                }
            }
            Op::JumpElse(to) => match self.top() {
                Value::None | Value::Undefined => drop(self.pop()),
                _ => self.jump(*to),
            },
            Op::JumpIfNothing(to) => {
                if matches!(self.top(), Value::None | Value::Undefined) {
                    self.pop();
                    self.stack.push(Value::Undefined);
                    self.jump(*to);
                }
            }
            Op::Call(count) => {
                let at = self.stack.len() - count - 1;
                let args = Args { items: self.stack[at + 1..].to_vec(), ..Args::default() };
                return self.call(host, self.stack[at], args, at, false);
            }
            Op::CallMethod(name, count) => {
                let at = self.stack.len() - count - 1;
                let (function, with) = language.method(self, self.stack[at], name)?;
                let this = with.then(|| self.stack[at]);
                let args = Args { this, items: self.stack[at + 1..].to_vec(), named: Vec::new() };
                return self.call(host, function, args, at, false);
            }
            Op::CallList => {
                let at = self.stack.len() - 3;
                let args = self.listed(at, None);
                return self.call(host, self.stack[at], args, at, false);
            }
            Op::CallMethodList(name) => {
                let at = self.stack.len() - 3;
                let (function, with) = language.method(self, self.stack[at], name)?;
                let args = self.listed(at, with.then(|| self.stack[at]));
                return self.call(host, function, args, at, false);
            }
            Op::New(count) => {
                let at = self.stack.len() - count - 1;
                let args = Args { items: self.stack[at + 1..].to_vec(), ..Args::default() };
                return self.call(host, self.stack[at], args, at, true);
            }
            Op::Function(code, defaults) => {
                let defaults = self.pop_many(*defaults);
                let mut env = self.env().0;
                // The names of a class are not those of its functions.
                while let Object::Env { class: true, parent: Some(parent), .. } = self.heap.get(env) {
                    env = *parent;
                }
                let this = self.frames.last().filter(|_| code.arrow).map(|frame| frame.this);
                let function =
                    Object::Function { code: code.clone(), env, defaults, this, home: None, fields: Table::default() };
                let function = Value::Ref(self.heap.add(function));
                self.stack.push(function);
            }
            Op::Class(name) => self.class(name)?,
            Op::Return => return self.returned(),
            Op::Yield => self.yielded(),
            Op::Iterate(by_key) => {
                let value = self.top();
                let answer = language.iterate(self, value, *by_key)?;
                return self.answer(answer, self.stack.len() - 1);
            }
            Op::Next(end) => return self.next(*end),
            Op::Unpack(count) => {
                let items = match self.unpacked()? {
                    Ok(items) => items,
                    Err(flow) => return flow,
                };
                if items.len() != *count {
                    let problem = match items.len() < *count {
                        true => format!("not enough values to unpack (expected {count}, got {})", items.len()),
                        false => format!("too many values to unpack (expected {count})"),
                    };
                    return Err(Raise::Error("ValueError", problem));
                }
                self.stack.extend(items.into_iter().rev());
            }
            Op::UnpackRest(before, after) => {
                let mut items = match self.unpacked()? {
                    Ok(items) => items,
                    Err(flow) => return flow,
                };
                if items.len() < before + after {
                    let problem = format!(
                        "not enough values to unpack (expected at least {}, got {})",
                        before + after,
                        items.len()
                    );
                    return Err(Raise::Error("ValueError", problem));
                }
                let last = items.split_off(items.len() - after);
                let rest = items.split_off(*before);
                let rest = self.heap.list(rest);
                self.stack.extend(last.into_iter().rev());
                self.stack.push(rest);
                self.stack.extend(items.into_iter().rev());
            }
            Op::UnpackLoosely(count, rest) => {
                let mut items = match self.unpacked()? {
                    Ok(items) => items,
                    Err(flow) => return flow,
                };
                let more = if *rest { items.split_off(items.len().min(count - 1)) } else { Vec::new() };
                items.resize(if *rest { count - 1 } else { *count }, Value::Undefined);
                if *rest {
                    let more = self.heap.list(more);
                    items.push(more);
                }
                self.stack.extend(items.into_iter().rev());
            }
            Op::OpenScope(class) => self.open_scope(*class),
            Op::CloseScope => self.close_scope(),
            Op::CopyScope => {
                if let Some(frame) = self.frames.last_mut()
                    && let copy @ Object::Env { .. } = self.heap.get(frame.env).clone()
                {
                    frame.env = self.heap.add(copy);
                }
            }
            Op::Try(target) => {
                let len = self.stack.len();
                if let Some(frame) = self.frames.last_mut() {
                    frame.tries.push(Handler { target: *target, depth: len - frame.base, env: frame.env });
                }
            }
            Op::EndTry => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.tries.pop();
                }
            }
            Op::Raise => {
                let value = self.pop();
                if language.is_python() {
                    if let Object::Record { kind: Kind::Class(_), .. } = self.heap.object(value) {
                        // A class is raised as an object of it.
                        self.stack.push(value);
                        let at = self.stack.len() - 1;
                        let again = self.frames.last().map_or(0, |frame| frame.at - 1);
                        self.jump(again);
                        return self.call(host, value, Args::default(), at, false);
                    }
                    if !matches!(self.heap.object(value), Object::Record { .. }) {
                        let problem = match value {
                            Value::None => "No active exception to reraise",
                            _ => "exceptions must derive from BaseException",
                        };
                        return Err(Raise::Error(
                            if value == Value::None { "RuntimeError" } else { "TypeError" },
                            problem.to_owned(),
                        ));
                    }
                }
                return Err(Raise::Value(value));
            }
            Op::Caught => {
                let (kind, failure) = (self.pop(), self.pop());
                let caught = language.is_caught(self, failure, kind);
                self.stack.push(Value::Bool(caught));
            }
            Op::Format(as_written) => {
                let at = self.stack.len() - 2;
                let format = self.heap.as_str(self.stack[at + 1]).unwrap_or_default();
                let answer = language.format(self, self.stack[at], *as_written, &format)?;
                return self.answer(answer, at);
            }
            Op::Join(count) => {
                let pieces = self.pop_many(*count);
                let text: String = pieces
                    .into_iter()
                    .filter_map(|piece| self.heap.as_str(piece))
                    .map(|piece| piece.to_string())
                    .collect();
                let text = self.heap.str(text);
                self.stack.push(text);
            }
            Op::Import(name) => {
                if let Some((_, module)) = self.modules.iter().find(|(known, _)| known == name) {
                    self.stack.push(*module);
                    return GO;
                }
                let answer = language.import(self, host, name)?;
                if let Answer::Value(module) = answer {
                    self.modules.push((name.clone(), module));
                }
                return self.answer(answer, self.stack.len());
            }
            Op::ImportFrom(name) => {
                let module = self.pop();
                let Some(value) = self.heap.field(module, name) else {
                    let of = match self.heap.object(module) {
                        Object::Record { kind: Kind::Module(of), .. } => of.clone(),
                        _ => "?".into(),
                    };
                    return Err(Raise::Error("ImportError", format!("cannot import name '{name}' from '{of}'")));
                };
                self.stack.push(value);
            }
            Op::TypeOf => {
                let value = self.pop();
                let text = self.heap.str(language.type_of(self, value));
                self.stack.push(text);
            }
            Op::TypeOfName(name) => {
                let value = self.lookup(self.env().0, name).unwrap_or(Value::Undefined);
                let text = self.heap.str(language.type_of(self, value));
                self.stack.push(text);
            }
        }
        GO
    }

    fn names_of(&self, env: Ref) -> &[(Name, Value)] {
        match self.heap.get(env) {
            Object::Env { names, .. } => names,
            _ => &[],
        }
    }

    /// A method of the script that says whether an object counts as true.
    fn asks_truth(&mut self, value: Value) -> Option<Value> {
        if !self.language.is_python() || !matches!(self.heap.object(value), Object::Record { kind: Kind::Instance, .. })
        {
            return None;
        }
        let method = self.heap.find(value, "__bool__").or_else(|| self.heap.find(value, "__len__"))?.0;
        Some(method)
    }

    fn prepare_call(&mut self, value: Value, method: Value) -> Flow {
        let at = self.stack.len() - 1;
        self.answer(Answer::Prepare(value, method, vec![value]), at)
    }

    /// Lets a generator list its items, in the place of a value on top of the stack.
    fn prepare(&mut self, generator: Value, value: Value) -> Flow {
        let drain = self.lookup(self.builtins, "__drain").unwrap_or(Value::None);
        let at = self.stack.len() - 1;
        self.answer(Answer::Prepare(value, drain, vec![generator]), at)
    }

    fn entry_key(&mut self, key: Value) -> Result<(Key, Value), Raise> {
        let found = self.language.key(self, key)?;
        let shown = match (&found, self.language.is_python()) {
            // The names of JavaScript's fields are texts.
            (Key::Str(text), false) => self.heap.str(text.clone()),
            _ => key,
        };
        Ok((found, shown))
    }

    /// An object of a class that the prelude defines.
    pub fn new_object(&mut self, class: &str) -> Ref {
        let prototype = self.lookup(self.builtins, class).and_then(|class| self.heap.field(class, "prototype"));
        let parent = match prototype {
            Some(Value::Ref(prototype)) => Some(prototype),
            _ => None,
        };
        self.heap.record(Kind::Instance, parent)
    }

    fn listed(&self, at: usize, this: Option<Value>) -> Args {
        let items = self.items_of(self.stack[at + 1]);
        let named = self.heap.fields(self.stack[at + 2]).map_or(Vec::new(), |fields| {
            let name = |(key, _, value): (&Key, Value, Value)| match key {
                Key::Str(name) => Some((name.clone(), value)),
                _ => None,
            };
            fields.iter().filter_map(name).collect()
        });
        Args { this, items, named }
    }

    /// The items of a list or a tuple.
    pub fn items_of(&self, value: Value) -> Vec<Value> {
        match self.heap.object(value) {
            Object::List(items) => items.clone(),
            Object::Tuple(items) => items.to_vec(),
            _ => Vec::new(),
        }
    }

    /// The items of what is unpacked, which is taken from the stack.
    #[allow(clippy::type_complexity)]
    fn unpacked(&mut self) -> Result<Result<Vec<Value>, Flow>, Raise> {
        let value = self.top();
        match self.language.iterate(self, value, false)? {
            Answer::Value(Value::Ref(iterator)) => {
                if let Object::Generator(_) = self.heap.get(iterator) {
                    return Ok(Err(self.prepare(Value::Ref(iterator), value)));
                }
                let mut items = Vec::new();
                while let Some(item) = self.next_item(iterator) {
                    items.push(item);
                }
                self.pop();
                Ok(Ok(items))
            }
            answer => {
                let at = self.stack.len() - 1;
                Ok(Err(self.answer(answer, at)))
            }
        }
    }

    /// The next item of something that no script has to be asked for.
    pub fn next_item(&mut self, iterator: Ref) -> Option<Value> {
        let (of, next) = match self.heap.get_mut(iterator) {
            Object::Items { of, next } => {
                *next += 1;
                (*of, *next - 1)
            }
            Object::Range { next, stop, step } => {
                let more = if *step > 0 { *next < *stop } else { *next > *stop };
                if !more {
                    return None;
                }
                let item = *next;
                *next = next.saturating_add(*step);
                return Some(Value::Int(item));
            }
            _ => return None,
        };
        match self.heap.get(of) {
            Object::List(items) => items.get(next).copied(),
            _ => None,
        }
    }

    fn next(&mut self, end: usize) -> Flow {
        let Value::Ref(iterator) = self.top() else { return GO };
        if let Object::Generator(frame) = self.heap.get_mut(iterator) {
            match frame.take() {
                Some(frame) => self.resume(*frame, iterator, Then::Item(end)),
                None => {
                    self.pop();
                    self.jump(end);
                }
            }
            return GO;
        }
        match self.next_item(iterator) {
            Some(item) => self.stack.push(item),
            None => {
                self.pop();
                self.jump(end);
            }
        }
        GO
    }

    fn resume(&mut self, mut frame: Frame, generator: Ref, then: Then) {
        frame.then = then;
        frame.generator = Some(generator);
        // What the `yield` before comes to.
        if frame.at > 0 {
            frame.saved.push(Value::None);
        }
        self.push_frame(frame);
    }

    fn yielded(&mut self) {
        let value = self.pop();
        let Some(mut frame) = self.frames.pop() else { return };
        frame.saved = self.stack.split_off(frame.base);
        let then = std::mem::replace(&mut frame.then, Then::Push);
        if let Some(generator) = frame.generator {
            *self.heap.get_mut(generator) = Object::Generator(Some(Box::new(frame)));
        }
        if let Then::Replace(old, from) = then {
            self.replace(old, value, from);
        } else {
            self.stack.push(value);
        }
    }

    fn returned(&mut self) -> Flow {
        let value = self.pop();
        let Some(frame) = self.frames.pop() else { return GO };
        self.stack.truncate(frame.base);
        match frame.then {
            Then::Push if self.frames.is_empty() => {
                self.result = value;
                self.ended = Some(0);
            }
            Then::Push => self.stack.push(value),
            Then::Construct(made) => {
                let other = !self.language.is_python() && matches!(self.heap.object(value), Object::Record { .. });
                self.stack.push(if other { value } else { made });
            }
            Then::Item(end) => {
                self.pop();
                self.jump(end);
            }
            Then::Asked(default) => match default {
                Some(default) => self.stack.push(default),
                None => return Err(Raise::Error("StopIteration", String::new())),
            },
            Then::Replace(old, from) => self.replace(old, value, from),
            Then::Look(of, as_written) => match self.heap.as_str(value) {
                Some(text) => self.looks.push((self.frames.len(), of, as_written, text)),
                None => {
                    let method = if as_written { "__repr__" } else { "__str__" };
                    return Err(Raise::Error("TypeError", format!("{method} returned non-string")));
                }
            },
            Then::Module(name) => {
                let module = self.heap.record(Kind::Module(name.clone()), None);
                for (field, value) in self.names(frame.function_env) {
                    self.heap.set_field(Value::Ref(module), &field, value);
                }
                self.modules.push((name, Value::Ref(module)));
                self.stack.push(Value::Ref(module));
            }
        }
        GO
    }

    /// Puts a value in the place of another that was not ready, in arguments that lie on the stack or in a list there.
    fn replace(&mut self, old: Value, new: Value, from: usize) {
        for place in from..self.stack.len() {
            if self.stack[place] == old {
                self.stack[place] = new;
            }
        }
        let step = self.frames.last().and_then(|frame| frame.code.steps.get(frame.at));
        if matches!(step, Some(Op::CallList | Op::CallMethodList(_)))
            && let Some(&list) = self.stack.get(from + 1)
            && let Some(items) = self.heap.list_mut(list)
        {
            items.iter_mut().filter(|item| **item == old).for_each(|item| *item = new);
        }
    }

    /// Does what a call of the library came to; its operands lie on the stack from `at` on.
    fn answer(&mut self, answer: Answer, at: usize) -> Flow {
        match answer {
            Answer::Value(value) => {
                let depth = self.frames.len();
                self.looks.retain(|(asked, ..)| *asked < depth);
                self.stack.truncate(at);
                self.stack.push(value);
                GO
            }
            Answer::Call(function, items) => {
                self.stack.truncate(at);
                self.enter(function, Args { items, ..Args::default() }, Then::Push)
            }
            Answer::Method(value, method) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.at -= 1;
                }
                let args = Args { this: Some(value), ..Args::default() };
                self.enter(method, args, Then::Replace(value, at))
            }
            Answer::Look(value, as_written, method) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.at -= 1;
                }
                self.enter(method, Args { items: vec![value], ..Args::default() }, Then::Look(value, as_written))
            }
            Answer::Prepare(old, function, items) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.at -= 1;
                }
                self.enter(function, Args { items, ..Args::default() }, Then::Replace(old, at))
            }
            Answer::Wait(until) => Ok(Some(until)),
            Answer::Module(name, code) => {
                self.stack.truncate(at);
                let env = self.heap.add(Object::Env { names: Vec::new(), parent: Some(self.builtins), class: false });
                let own_name = self.heap.str(name.clone());
                self.declare(env, &"__name__".into(), own_name);
                self.push_frame(Frame {
                    code,
                    at: 0,
                    env,
                    function_env: env,
                    base: 0,
                    tries: Vec::new(),
                    this: Value::Undefined,
                    home: None,
                    then: Then::Module(name),
                    saved: Vec::new(),
                    generator: None,
                });
                GO
            }
            Answer::Next(generator, default) => {
                self.stack.truncate(at);
                let frame = match self.heap.get_mut(generator) {
                    Object::Generator(frame) => frame.take(),
                    _ => None,
                };
                match (frame, default) {
                    (Some(frame), default) => self.resume(*frame, generator, Then::Asked(default)),
                    (None, Some(default)) => self.stack.push(default),
                    (None, None) => return Err(Raise::Error("StopIteration", String::new())),
                }
                GO
            }
        }
    }

    /// The same where the value does not matter.
    fn discarding(&mut self, answer: Answer, at: usize) -> Flow {
        match answer {
            Answer::Value(_) => {
                self.stack.truncate(at);
                GO
            }
            // What a method for setting returns takes the place of nothing.
            Answer::Call(function, items) => {
                self.stack.truncate(at);
                self.enter(function, Args { items, ..Args::default() }, Then::Replace(Value::Ref(Ref::MAX), at))
            }
            answer => self.answer(answer, at),
        }
    }

    /// Calls a function of the script that some other call needs.
    fn enter(&mut self, function: Value, args: Args, then: Then) -> Flow {
        match self.heap.object(function).clone() {
            Object::Function { .. } => self.call_function(function, args, then),
            Object::Bound { receiver, function } => {
                let args = self.with_receiver(args, receiver);
                self.enter(function, args, then)
            }
            _ => Err(self.language.not_callable(self, function)),
        }
    }

    fn with_receiver(&self, mut args: Args, receiver: Value) -> Args {
        args.this = Some(receiver);
        args
    }

    /// Calls whatever can be called.
    fn call(&mut self, host: &mut dyn Host, function: Value, args: Args, at: usize, new: bool) -> Flow {
        match self.heap.object(function).clone() {
            Object::Native(native) => {
                let answer = (native.run)(self, host, &args)?;
                if !matches!(answer, Answer::Wait(_)) {
                    self.waiting = None;
                }
                self.answer(answer, at)
            }
            Object::Function { .. } if new => {
                self.stack.truncate(at);
                let prototype = self.prototype(function);
                let made = Value::Ref(self.heap.record(Kind::Instance, prototype));
                let args = Args { this: Some(made), ..args };
                self.call_function(function, args, Then::Construct(made))
            }
            Object::Function { .. } => {
                self.stack.truncate(at);
                self.call_function(function, args, Then::Push)
            }
            Object::Bound { receiver, function } => {
                let args = self.with_receiver(args, receiver);
                self.call(host, function, args, at, new)
            }
            Object::Wrapped("staticmethod", function) => {
                self.call(host, function, Args { this: None, ..args }, at, new)
            }
            Object::Record { kind: Kind::Class(_), .. } if self.language.is_python() || new => {
                let Value::Ref(class) = function else { return GO };
                self.construct(host, class, args, at)
            }
            Object::Record { kind: Kind::Instance, .. } if self.language.is_python() => {
                match self.heap.find(function, "__call__") {
                    Some((method, _)) => {
                        let args = self.with_receiver(args, function);
                        self.call(host, method, args, at, false)
                    }
                    None => Err(self.language.not_callable(self, function)),
                }
            }
            _ => Err(self.language.not_callable(self, function)),
        }
    }

    /// The object from which those that a function of JavaScript makes descend.
    pub fn prototype(&mut self, function: Value) -> Option<Ref> {
        if let Some(Value::Ref(prototype)) = self.heap.field(function, "prototype") {
            return Some(prototype);
        }
        let prototype = self.new_object("Object");
        self.heap.set_field(function, "prototype", Value::Ref(prototype));
        self.heap.set_field(Value::Ref(prototype), "constructor", function);
        Some(prototype)
    }

    fn construct(&mut self, host: &mut dyn Host, class: Ref, args: Args, at: usize) -> Flow {
        let made = Value::Ref(self.heap.record(Kind::Instance, Some(class)));
        let name = if self.language.is_python() { "__init__" } else { "constructor" };
        match self.heap.find(Value::Ref(class), name) {
            Some((function, _)) if matches!(self.heap.object(function), Object::Function { .. }) => {
                self.stack.truncate(at);
                let args = self.with_receiver(args, made);
                self.call_function(function, args, Then::Construct(made))
            }
            Some((function, _)) if matches!(self.heap.object(function), Object::Native(_)) => {
                let args = self.with_receiver(args, made);
                self.call(host, function, args, at, false)
            }
            _ if args.items.is_empty() || !self.language.is_python() => self.answer(Answer::Value(made), at),
            _ => {
                let problem = match self.heap.get(class) {
                    Object::Record { kind: Kind::Class(name), .. } => format!("{name}() takes no arguments"),
                    _ => "takes no arguments".to_owned(),
                };
                Err(Raise::Error("TypeError", problem))
            }
        }
    }

    fn call_function(&mut self, function: Value, args: Args, then: Then) -> Flow {
        let Object::Function { code, env, defaults, this: own, home, .. } = self.heap.object(function).clone() else {
            return GO;
        };
        if self.frames.len() >= DEPTH {
            return Err(match self.language.is_python() {
                true => Raise::Error("RecursionError", "maximum recursion depth exceeded".to_owned()),
                false => Raise::Error("RangeError", "Maximum call stack size exceeded".to_owned()),
            });
        }
        let mut items = args.items;
        let this = own.or(args.this).unwrap_or(Value::Undefined);
        if self.language.is_python()
            && let Some(receiver) = args.this
        {
            items.insert(0, receiver);
        }
        let names = self.bind(&code, &defaults, items, args.named)?;
        let env = self.heap.add(Object::Env { names, parent: Some(env), class: false });
        let frame = Frame {
            code: code.clone(),
            at: 0,
            env,
            function_env: env,
            base: 0,
            tries: Vec::new(),
            this,
            home,
            then,
            saved: Vec::new(),
            generator: None,
        };
        if !code.generator {
            self.push_frame(frame);
            return GO;
        }
        let then = frame.then.clone();
        let made = Frame { then: Then::Push, ..frame };
        let generator = Value::Ref(self.heap.add(Object::Generator(Some(Box::new(made)))));
        match then {
            Then::Replace(old, from) => self.replace(old, generator, from),
            _ => self.stack.push(generator),
        }
        GO
    }

    /// The names of a function that is called.
    fn bind(
        &mut self,
        code: &Code,
        defaults: &[Value],
        items: Vec<Value>,
        named: Vec<(Name, Value)>,
    ) -> Result<Vec<(Name, Value)>, Raise> {
        let python = self.language.is_python();
        let given = items.len();
        let mut items = items.into_iter();
        let mut named = named;
        let mut defaults = defaults.iter();
        let mut names = Vec::with_capacity(code.parameters.len());
        let mut missing = Vec::new();
        for (name, kind, has_default) in &code.parameters {
            let default = if *has_default { defaults.next().copied() } else { None };
            let by_name = |named: &mut Vec<(Name, Value)>| {
                let place = named.iter().position(|(known, _)| known == name)?;
                Some(named.remove(place).1)
            };
            let value = match kind {
                Takes::Rest => {
                    let rest: Vec<Value> = items.by_ref().collect();
                    if python { self.heap.tuple(rest) } else { self.heap.list(rest) }
                }
                Takes::Entries => {
                    let mut table = Table::default();
                    for (name, value) in std::mem::take(&mut named) {
                        let shown = self.heap.str(name.clone());
                        table.insert(Key::Str(name), shown, value);
                    }
                    self.heap.dict(table)
                }
                Takes::One | Takes::Named => {
                    let first = if *kind == Takes::One { items.next() } else { None };
                    if first.is_some() && python && named.iter().any(|(known, _)| known == name) {
                        return Err(self
                            .language
                            .wrong_arguments(code, format!("got multiple values for argument '{name}'")));
                    }
                    match first.or_else(|| by_name(&mut named)).or(default) {
                        Some(value) => value,
                        None if python => {
                            missing.push(format!("'{name}'"));
                            Value::None
                        }
                        None => Value::Undefined,
                    }
                }
            };
            names.push((name.clone(), value));
        }
        if !python {
            return Ok(names);
        }
        if let Some(last) = missing.pop() {
            let count = missing.len() + 1;
            let (plural, list) = match count {
                1 => ("", last),
                2 => ("s", format!("{} and {last}", missing[0])),
                _ => ("s", format!("{}, and {last}", missing.join(", "))),
            };
            let problem = format!("missing {count} required positional argument{plural}: {list}");
            return Err(self.language.wrong_arguments(code, problem));
        }
        if items.next().is_some() {
            let takes = code.parameters.iter().filter(|(_, kind, _)| *kind == Takes::One).count();
            let optional = code.parameters.iter().filter(|(_, kind, default)| *kind == Takes::One && *default).count();
            let range = if optional > 0 { format!("from {} to {takes}", takes - optional) } else { takes.to_string() };
            let plural = if takes == 1 { "" } else { "s" };
            let were = if given == 1 { "was" } else { "were" };
            let problem = format!("takes {range} positional argument{plural} but {given} {were} given");
            return Err(self.language.wrong_arguments(code, problem));
        }
        if let Some((name, _)) = named.first() {
            return Err(self.language.wrong_arguments(code, format!("got an unexpected keyword argument '{name}'")));
        }
        Ok(names)
    }

    /// Makes a class of the innermost scope.
    fn class(&mut self, name: &Name) -> Result<(), Raise> {
        let scope = self.env().0;
        let names = self.names(scope);
        self.close_scope();
        let base = self.pop();
        let parent = match base {
            Value::Ref(place) if matches!(self.heap.get(place), Object::Record { kind: Kind::Class(_), .. }) => {
                Some(place)
            }
            Value::None => None,
            // `object`, and whatever else is called to make things.
            _ if matches!(self.heap.object(base), Object::Native(native) if native.name == "object") => None,
            _ => {
                return Err(Raise::Error(
                    "TypeError",
                    format!("class {name} cannot descend from that: it is not simulated"),
                ));
            }
        };
        let class = self.heap.record(Kind::Class(name.clone()), parent);
        for (field, value) in names {
            let function = match self.heap.object(value) {
                Object::Wrapped(_, function) => *function,
                _ => value,
            };
            if let Value::Ref(place) = function
                && let Object::Function { home, .. } = self.heap.get_mut(place)
            {
                *home = Some(class);
            }
            self.heap.set_field(Value::Ref(class), &field, value);
        }
        self.stack.push(Value::Ref(class));
        Ok(())
    }
}

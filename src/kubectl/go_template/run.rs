//! A template, filled in (`text/template/exec.go`).

use super::functions;
use super::parser::{Branch, Call, Command, Node, Number, Operand, Pipe, What};
use super::value::{LONGEST, TOO_LONG, Value};
use crate::sim::Map;
use serde_json::Value as Json;
use std::ops::ControlFlow;

/// No template takes more steps than this.
const MOST_STEPS: u32 = 1_000_000;
/// Templates call each other no deeper than this, counted in lists of nodes. Go gives up at 100000.
const DEEPEST: u32 = 300;

/// Fills in a template. An error is told with what was printed before it.
pub fn run(
    text: &str,
    templates: &Map<String, Vec<Node>>,
    object: &Json,
    strict: bool,
) -> Result<String, (String, String)> {
    let data = Value::Known(object);
    let mut run = Run {
        text,
        templates,
        strict,
        name: "output",
        variables: vec![("$", data.clone())],
        at: At::Nowhere,
        out: String::new(),
        steps: 0,
        depth: 0,
    };
    let ended = templates.get("").map_or(Ok(ControlFlow::Continue(())), |nodes| run.nodes(nodes, &data));
    match ended {
        Ok(_) => Ok(run.out),
        Err(why) => Err((run.out, why)),
    }
}

/// What an error is about.
#[derive(Clone, Copy)]
enum At<'t> {
    Nowhere,
    Operand(&'t Operand),
    Command(&'t Command),
    Call(&'t Call),
}

struct Run<'t> {
    text: &'t str,
    templates: &'t Map<String, Vec<Node>>,
    /// Whether a key must not be missing.
    strict: bool,
    /// Which template is filled in.
    name: &'t str,
    /// The innermost last.
    variables: Vec<(&'t str, Value<'t>)>,
    at: At<'t>,
    out: String,
    steps: u32,
    depth: u32,
}

/// Whether a range goes on; with `true`, it was left for good.
type Flow = ControlFlow<bool>;
type Outcome<T> = Result<T, String>;

impl<'t> Run<'t> {
    fn error(&self, what: impl std::fmt::Display) -> String {
        let (position, context) = match self.at {
            At::Nowhere => return what.to_string(),
            At::Operand(operand) => (operand.position, operand.what.to_string()),
            At::Command(command) => (command.position, command.to_string()),
            At::Call(call) => (call.position, call.to_string()),
        };
        let before = &self.text[..position];
        let line = before.matches('\n').count() + 1;
        let column = position - before.rfind('\n').map_or(0, |newline| newline + 1);
        format!("template: output:{line}:{column}: executing {:?} at <{context}>: {what}", self.name)
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Value<'t>) -> Outcome<Flow> {
        self.depth += 1;
        let flow = self.each(nodes, dot);
        self.depth -= 1;
        flow
    }

    fn each(&mut self, nodes: &'t [Node], dot: &Value<'t>) -> Outcome<Flow> {
        for node in nodes {
            self.step()?;
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        let missing = matches!(value, Value::Nothing);
                        self.out.push_str(&if missing { "<no value>".into() } else { value.printed() });
                    }
                }
                Node::If(branch) | Node::With(branch) => {
                    let outside = self.variables.len();
                    let value = self.pipe(&branch.pipe, dot)?;
                    let body = if value.is_true() { &branch.body } else { &branch.otherwise };
                    let inner = if matches!(node, Node::With(_)) && value.is_true() { &value } else { dot };
                    let flow = self.nodes(body, inner)?;
                    self.variables.truncate(outside);
                    if flow.is_break() {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => {
                    let outside = self.variables.len();
                    let flow = self.range(branch, dot)?;
                    self.variables.truncate(outside);
                    if flow.is_break() {
                        return Ok(flow);
                    }
                }
                Node::Break => return Ok(Flow::Break(true)),
                Node::Continue => return Ok(Flow::Break(false)),
                Node::Call(call) => self.call(call, dot)?,
            }
        }
        Ok(Flow::Continue(()))
    }

    fn step(&mut self) -> Outcome<()> {
        self.steps += 1;
        let goes_on = self.out.len() <= LONGEST && self.steps <= MOST_STEPS;
        goes_on.then_some(()).ok_or_else(|| self.error(TOO_LONG))
    }

    fn range(&mut self, branch: &'t Branch, dot: &Value<'t>) -> Outcome<Flow> {
        let all = self.pipe(&branch.pipe, dot)?;
        let items: Box<dyn Iterator<Item = (Value<'t>, Value<'t>)>> = match (&all, all.items(), all.json()) {
            (_, Some(items), _) => {
                Box::new(items.iter().enumerate().map(|(place, item)| (Value::Int(place as i64), Value::Any(item))))
            }
            (_, _, Some(Json::Object(map))) => {
                Box::new(map.iter().map(|(key, value)| (Value::Text(key.as_str().into()), Value::Any(value))))
            }
            (Value::Nothing, ..) => Box::new(std::iter::empty()),
            (number, ..) => match number.int() {
                Some(_) if branch.pipe.variables.len() > 1 => {
                    let what = number.printed();
                    return Err(self.error(format!("can't use {what} to iterate over more than one variable")));
                }
                Some(count) => Box::new((0..count).map(|number| (Value::Nothing, Value::Int(number)))),
                None => return Err(self.error(format!("range can't iterate over {}", all.printed()))),
            },
        };
        let (inside, mut any) = (self.variables.len(), false);
        for (key, item) in items {
            any = true;
            self.step()?;
            let element = item.clone();
            match (branch.pipe.variables.as_slice(), branch.pipe.assigns) {
                ([], _) => {}
                ([one], true) => self.assign(one, element)?,
                ([one, other, ..], true) => {
                    self.assign(one, key)?;
                    self.assign(other, element)?;
                }
                ([_], false) => self.variables[inside - 1].1 = element,
                ([..], false) => {
                    self.variables[inside - 1].1 = element;
                    self.variables[inside - 2].1 = key;
                }
            }
            let flow = self.nodes(&branch.body, &item)?;
            self.variables.truncate(inside);
            if flow == Flow::Break(true) {
                break;
            }
        }
        if any { Ok(Flow::Continue(())) } else { self.nodes(&branch.otherwise, dot) }
    }

    fn call(&mut self, call: &'t Call, dot: &Value<'t>) -> Outcome<()> {
        self.at = At::Call(call);
        let Some(nodes) = self.templates.get(&call.name).filter(|_| !call.name.is_empty()) else {
            return Err(self.error(format!("template {:?} not defined", call.name)));
        };
        if self.depth > DEEPEST {
            return Err(self.error("exceeded maximum template depth (100000)"));
        }
        let data = match &call.pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Value::Nothing,
        };
        let outside = std::mem::replace(&mut self.variables, vec![("$", data.clone())]);
        let name = std::mem::replace(&mut self.name, &call.name);
        // A break does not reach out of a template: it would not have been read.
        let _ = self.nodes(nodes, &data)?;
        (self.variables, self.name) = (outside, name);
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value<'t>) -> Outcome<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                *known = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    /// The value of a pipe; variables take it on.
    fn pipe(&mut self, pipe: &'t Pipe, dot: &Value<'t>) -> Outcome<Value<'t>> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?.known());
        }
        let value = last.unwrap_or(Value::Nothing);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &'t Command, dot: &Value<'t>, last: Option<Value<'t>>) -> Outcome<Value<'t>> {
        let first = &command.words[0];
        match &first.what {
            What::Function(name) => return self.function(name, first, Some(command), dot, last),
            What::Field(_) | What::Chain(..) => {
                return self.fields(first, dot, command.words.len() > 1 || last.is_some());
            }
            What::Variable(path) if path.len() > 1 => {
                return self.fields(first, dot, command.words.len() > 1 || last.is_some());
            }
            What::Pipe(_) => {}
            _ => self.at = At::Operand(first),
        }
        if command.words.len() > 1 || last.is_some() {
            let what = match &first.what {
                What::Pipe(pipe) => format!("{pipe}"),
                other => other.to_string(),
            };
            return Err(self.error(format!("can't give argument to non-function {what}")));
        }
        match &first.what {
            What::Nil => Err(self.error("nil is not a command")),
            _ => self.operand(first, dot),
        }
    }

    /// The value of a word.
    fn operand(&mut self, operand: &'t Operand, dot: &Value<'t>) -> Outcome<Value<'t>> {
        self.at = At::Operand(operand);
        Ok(match &operand.what {
            What::Dot => dot.clone(),
            What::Nil => Value::Nothing,
            What::Bool(flag) => Value::Bool(*flag),
            What::Number(Number::Int(number), _) => Value::Int(*number),
            What::Number(Number::Float(number), _) => Value::Float(*number),
            What::Text(text, _) => Value::Text(text.as_str().into()),
            What::Function(name) => self.function(name, operand, None, dot, None)?,
            What::Pipe(pipe) => self.pipe(pipe, dot)?,
            What::Variable(path) if path.len() == 1 => self.variable(&path[0])?,
            What::Variable(_) | What::Field(_) | What::Chain(..) => self.fields(operand, dot, false)?,
        })
    }

    fn variable(&self, name: &str) -> Outcome<Value<'t>> {
        let known = self.variables.iter().rev().find(|(known, _)| *known == name);
        known.map(|(_, value)| value.clone()).ok_or_else(|| self.error(format!("undefined variable: {name}")))
    }

    /// What lies below a value. A field takes no arguments.
    fn fields(&mut self, operand: &'t Operand, dot: &Value<'t>, argued: bool) -> Outcome<Value<'t>> {
        self.at = At::Operand(operand);
        let (mut value, path) = match &operand.what {
            What::Field(path) => (dot.clone(), path.as_slice()),
            What::Variable(path) => (self.variable(&path[0])?, &path[1..]),
            What::Chain(base, path) => {
                let value = self.operand(base, dot)?;
                (value, path.as_slice())
            }
            _ => (dot.clone(), &[][..]),
        };
        for (place, name) in path.iter().enumerate() {
            value = self.field(value, name, argued && place + 1 == path.len())?;
        }
        Ok(value)
    }

    fn field(&self, value: Value<'t>, name: &str, argued: bool) -> Outcome<Value<'t>> {
        match &value {
            Value::Nothing if self.strict => Err(self.error(format!("nil data; no entry for key {name:?}"))),
            Value::Nothing => Ok(Value::Nothing),
            Value::Any(Json::Null) => Err(self.error(format!("nil pointer evaluating interface {{}}.{name}"))),
            Value::Any(Json::Object(_)) | Value::Known(Json::Object(_)) if argued => {
                Err(self.error(format!("{name} is not a method but has arguments")))
            }
            Value::Any(Json::Object(map)) | Value::Known(Json::Object(map)) => match map.get(name) {
                Some(found) => Ok(Value::Any(found)),
                None if self.strict => Err(self.error(format!("map has no entry for key {name:?}"))),
                None => Ok(Value::Nothing),
            },
            other => Err(self.error(format!("can't evaluate field {name} in type {}", other.static_type()))),
        }
    }

    fn function(
        &mut self,
        name: &'t str,
        word: &'t Operand,
        command: Option<&'t Command>,
        dot: &Value<'t>,
        last: Option<Value<'t>>,
    ) -> Outcome<Value<'t>> {
        self.at = At::Operand(word);
        let words = command.map_or(&[][..], |command| &command.words[1..]);
        let (least, most) = functions::takes(name);
        let count = words.len() + usize::from(last.is_some());
        if most.is_none() && count < least {
            let given = words.len();
            return Err(self.error(format!("wrong number of args for {name}: want at least {least} got {given}")));
        }
        if let Some(most) = most.filter(|most| count != *most) {
            return Err(self.error(format!("wrong number of args for {name}: want {most} got {count}")));
        }
        if ["and", "or"].contains(&name) {
            let mut value = Value::Nothing;
            for word in words {
                value = self.operand(word, dot)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut arguments = Vec::with_capacity(count);
        for (place, word) in words.iter().enumerate() {
            let value = self.argument(name, place, word, dot)?;
            arguments.push(value);
        }
        if let Some(last) = last {
            let last = self.fitting(name, arguments.len(), last)?;
            arguments.push(last);
        }
        // What a function was called with, as it was written.
        let given =
            |value: &Value<'_>| value.text().map_or_else(|| format!("<{} Value>", value.dynamic_type()), str::to_owned);
        let called = match words {
            [word, ..] => word.what.to_string(),
            [] => arguments.first().map(given).unwrap_or_default(),
        };
        functions::call(name, arguments, &called).map_err(|why| {
            self.at = command.map_or(At::Operand(word), At::Command);
            self.error(format!("error calling {name}: {why}"))
        })
    }

    fn argument(&mut self, name: &str, place: usize, word: &'t Operand, dot: &Value<'t>) -> Outcome<Value<'t>> {
        self.at = At::Operand(word);
        if functions::wants_text(name, place) {
            match &word.what {
                What::Nil => return Err(self.error("cannot assign nil to string")),
                What::Bool(_) | What::Number(..) => {
                    return Err(self.error(format!("expected string; found {}", word.what)));
                }
                _ => {}
            }
        }
        let value = self.operand(word, dot)?;
        self.fitting(name, place, value)
    }

    /// The same, if a function can take it.
    fn fitting(&self, name: &str, place: usize, value: Value<'t>) -> Outcome<Value<'t>> {
        if !functions::wants_text(name, place) || value.text().is_some() {
            return Ok(value);
        }
        match value {
            Value::Nothing => Err(self.error("invalid value; expected string")),
            other => {
                let got = other.dynamic_type();
                Err(self.error(format!("wrong type for value; expected string; got {got}")))
            }
        }
    }
}

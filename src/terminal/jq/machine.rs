//! What a jq program does: each filter gives any number of values to whoever comes after it.

use super::json::{Json, number_text};
use super::program::{Filter, Piece};
use crate::api::Time;
use crate::shell::Regex;
use crate::sim::{base64, from_base64};
use std::rc::Rc;

/// How many steps a program may take, for one input.
const MOST_STEPS: usize = 3_000_000;
/// The longest array, and the longest text in bytes.
const LONGEST: usize = 1 << 20;

/// Why a program does not go on.
pub(super) enum Stop {
    /// `error`, or something that cannot be done; `try` catches it.
    Error(Json),
    /// `first` and `limit` have enough; the number says which.
    Enough(usize),
    /// `halt`, or more than is allowed.
    Halt(String, i32),
}

pub(super) type Done<T = ()> = Result<T, Stop>;

/// A value, and how it is reached from the input of what is to be updated, where that matters.
#[derive(Clone)]
struct At {
    path: Option<Vec<Json>>,
    value: Json,
}

impl At {
    fn new(value: Json) -> Self {
        Self { path: None, value }
    }

    /// What lies at a key.
    fn step(&self, key: Json, value: Json) -> Self {
        let path = self.path.as_ref().map(|path| path.iter().cloned().chain([key]).collect());
        Self { path, value }
    }
}

/// Variables, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Scope(Option<Rc<(Rc<str>, Json, Scope)>>);

impl Scope {
    pub fn with(&self, name: &str, value: Json) -> Self {
        Self(Some(Rc::new((name.into(), value, self.clone()))))
    }

    fn get(&self, name: &str) -> Option<&Json> {
        let mut scope = self;
        while let Some(inner) = &scope.0 {
            if *inner.0 == *name {
                return Some(&inner.1);
            }
            scope = &inner.2;
        }
        None
    }
}

type Next<'n> = &'n mut dyn FnMut(&mut Machine, At) -> Done;

/// Runs programs.
pub(super) struct Machine {
    /// The environment.
    pub env: Json,
    /// Milliseconds since 1970.
    pub now: u64,
    /// Values that `input` would read, the last first.
    pub inputs: Vec<Json>,
    steps: usize,
    labels: usize,
}

fn error(text: impl AsRef<str>) -> Stop {
    Stop::Error(Json::text(text.as_ref()))
}

fn too_much() -> Stop {
    Stop::Halt("[Jobscope] the program takes too much".into(), 5)
}

/// A value in a message, shortened.
fn shown(value: &Json) -> String {
    let text = value.print(None, false);
    match text.char_indices().nth(11) {
        Some((end, _)) if text.len() > 14 => format!("{}...", &text[..end]),
        _ => text,
    }
}

impl Machine {
    pub fn new(env: Json, now: u64) -> Self {
        Self { env, now, inputs: Vec::new(), steps: 0, labels: 0 }
    }

    /// Runs a program on an input.
    pub fn start(&mut self, filter: &Filter, scope: &Scope, input: Json, out: &mut dyn FnMut(Json) -> Done) -> Done {
        self.steps = 0;
        self.run(filter, scope, At::new(input), &mut |_, at| out(at.value))
    }

    fn step(&mut self) -> Done {
        self.steps += 1;
        if self.steps > MOST_STEPS { Err(too_much()) } else { Ok(()) }
    }

    /// Each value of a filter, wherever it comes from.
    fn each(
        &mut self,
        filter: &Filter,
        scope: &Scope,
        input: &Json,
        out: &mut dyn FnMut(&mut Self, Json) -> Done,
    ) -> Done {
        self.run(filter, scope, At::new(input.clone()), &mut |machine, at| out(machine, at.value))
    }

    fn all(&mut self, filter: &Filter, scope: &Scope, input: &Json) -> Done<Vec<Json>> {
        let mut all = Vec::new();
        self.each(filter, scope, input, &mut |_, value| {
            all.push(value);
            if all.len() > LONGEST { Err(too_much()) } else { Ok(()) }
        })?;
        Ok(all)
    }

    /// The paths of a filter.
    fn paths(&mut self, filter: &Filter, scope: &Scope, input: &Json) -> Done<Vec<Vec<Json>>> {
        let mut all = Vec::new();
        let at = At { path: Some(Vec::new()), value: input.clone() };
        self.run(filter, scope, at, &mut |_, at| {
            all.push(
                at.path.ok_or_else(|| error(format!("Invalid path expression with result {}", shown(&at.value))))?,
            );
            if all.len() > LONGEST { Err(too_much()) } else { Ok(()) }
        })?;
        Ok(all)
    }

    fn run(&mut self, filter: &Filter, scope: &Scope, at: At, out: Next<'_>) -> Done {
        self.step()?;
        match filter {
            Filter::Identity => out(self, at),
            Filter::Recurse => self.recurse(at, out),
            Filter::Value(value) => out(self, At::new(value.clone())),
            Filter::Format(name) => {
                let text = format_as(name, &at.value)?;
                out(self, At::new(Json::text(&text)))
            }
            Filter::Text(pieces, format) => self.text(pieces, format, scope, &at.value, String::new(), out),
            Filter::Variable(name) => {
                let value = match &**name {
                    "ENV" => self.env.clone(),
                    name => scope.get(name).cloned().ok_or_else(|| Stop::Halt(format!("${name} is not defined"), 3))?,
                };
                out(self, At::new(value))
            }
            Filter::Index(of, key) => {
                let keys = self.all(key, scope, &at.value)?;
                self.run(of, scope, at, &mut |machine, at| {
                    for key in &keys {
                        let found = at.step(key.clone(), index(&at.value, key)?);
                        out(machine, found)?;
                    }
                    Ok(())
                })
            }
            Filter::Slice(of, from, to) => {
                let mut end = |end: &Option<Box<Filter>>| match end {
                    Some(filter) => Ok(self.all(filter, scope, &at.value)?.into_iter().next().unwrap_or(Json::Null)),
                    None => Ok(Json::Null),
                };
                let (from, to) = (end(from)?, end(to)?);
                self.run(of, scope, at, &mut |machine, at| out(machine, At::new(slice(&at.value, &from, &to)?)))
            }
            Filter::Iterate(of) => self.run(of, scope, at, &mut |machine, at| match &at.value {
                Json::Array(items) => {
                    for (place, item) in items.iter().enumerate() {
                        out(machine, at.step(Json::Number(place as f64), item.clone()))?;
                    }
                    Ok(())
                }
                Json::Object(fields) => {
                    for (key, value) in fields.iter() {
                        out(machine, at.step(Json::String(key.clone()), value.clone()))?;
                    }
                    Ok(())
                }
                Json::Null => Err(error("Cannot iterate over null")),
                other => Err(error(format!("Cannot iterate over {} ({})", other.kind(), shown(other)))),
            }),
            Filter::Try(tried, caught) => {
                // What comes after it is not tried.
                let mut after = None;
                let done = self.run(tried, scope, at, &mut |machine, at| {
                    out(machine, at).map_err(|stop| {
                        after = Some(stop);
                        Stop::Enough(usize::MAX)
                    })
                });
                match (after, done) {
                    (Some(stop), _) => Err(stop),
                    (None, Err(Stop::Error(what))) => match caught {
                        Some(caught) => self.run(caught, scope, At::new(what), out),
                        None => Ok(()),
                    },
                    (None, done) => done,
                }
            }
            Filter::Pipe(left, right) => {
                self.run(left, scope, at, &mut |machine, at| machine.run(right, scope, at, out))
            }
            Filter::Comma(left, right) => {
                self.run(left, scope, at.clone(), out)?;
                self.run(right, scope, at, out)
            }
            Filter::Binary(operator, left, right) => self.binary(operator, left, right, scope, at, out),
            Filter::Negate(inner) => self.run(inner, scope, at, &mut |machine, at| match at.value {
                Json::Number(number) => out(machine, At::new(Json::Number(-number))),
                other => Err(error(format!("{} ({}) cannot be negated", other.kind(), shown(&other)))),
            }),
            Filter::Array(None) => out(self, At::new(Json::array(Vec::new()))),
            Filter::Array(Some(inner)) => {
                let items = self.all(inner, scope, &at.value)?;
                out(self, At::new(Json::array(items)))
            }
            Filter::Object(fields) => self.object(fields, Vec::new(), scope, &at.value, out),
            Filter::If(parts) => {
                for condition in self.all(&parts[0], scope, &at.value)? {
                    self.run(&parts[if condition.truth() { 1 } else { 2 }], scope, at.clone(), out)?;
                }
                Ok(())
            }
            Filter::Reduce(of, name, first, update) => {
                for mut state in self.all(first, scope, &at.value)? {
                    for value in self.all(of, scope, &at.value)? {
                        let inner = scope.with(name, value);
                        state = self.all(update, &inner, &state)?.pop().unwrap_or(Json::Null);
                    }
                    out(self, At::new(state))?;
                }
                Ok(())
            }
            Filter::Let(of, name, body) => {
                for value in self.all(of, scope, &at.value)? {
                    self.run(body, &scope.with(name, value), at.clone(), out)?;
                }
                Ok(())
            }
            Filter::Call(name, arguments) => self.call(name, arguments, scope, at, out),
        }
    }

    fn recurse(&mut self, at: At, out: Next<'_>) -> Done {
        self.step()?;
        out(self, at.clone())?;
        match &at.value {
            Json::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    self.recurse(at.step(Json::Number(place as f64), item.clone()), out)?;
                }
            }
            Json::Object(fields) => {
                for (key, value) in fields.iter() {
                    self.recurse(at.step(Json::String(key.clone()), value.clone()), out)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A text with filters in it, piece by piece.
    fn text(
        &mut self,
        pieces: &[Piece],
        format: &str,
        scope: &Scope,
        input: &Json,
        before: String,
        out: Next<'_>,
    ) -> Done {
        match pieces.split_first() {
            None => out(self, At::new(Json::text(&before))),
            Some((Piece::Text(text), rest)) => self.text(rest, format, scope, input, before + text, out),
            Some((Piece::Filter(filter), rest)) => {
                for value in self.all(filter, scope, input)? {
                    let text = format!("{before}{}", format_as(format, &value)?);
                    self.text(rest, format, scope, input, text, out)?;
                }
                Ok(())
            }
        }
    }

    fn object(
        &mut self,
        fields: &[(Filter, Filter)],
        made: Vec<(Rc<str>, Json)>,
        scope: &Scope,
        input: &Json,
        out: Next<'_>,
    ) -> Done {
        let Some(((key, value), rest)) = fields.split_first() else {
            return out(self, At::new(Json::object(made)));
        };
        for key in self.all(key, scope, input)? {
            let Json::String(key) = key else {
                return Err(error(format!("Object keys must be strings, not {}", key.kind())));
            };
            for value in self.all(value, scope, input)? {
                let mut made: Vec<_> = made.iter().filter(|(known, _)| *known != key).cloned().collect();
                made.push((key.clone(), value));
                self.object(rest, made, scope, input, out)?;
            }
        }
        Ok(())
    }

    fn binary(
        &mut self,
        operator: &'static str,
        left: &Filter,
        right: &Filter,
        scope: &Scope,
        at: At,
        out: Next<'_>,
    ) -> Done {
        match operator {
            "and" | "or" => {
                for first in self.all(left, scope, &at.value)? {
                    if first.truth() == (operator == "or") {
                        out(self, At::new(Json::Bool(operator == "or")))?;
                        continue;
                    }
                    for second in self.all(right, scope, &at.value)? {
                        out(self, At::new(Json::Bool(second.truth())))?;
                    }
                }
                Ok(())
            }
            "//" => {
                let mut found = Vec::new();
                let done = self.run(left, scope, at.clone(), &mut |_, at| {
                    if at.value.truth() {
                        found.push(at);
                    }
                    Ok(())
                });
                match done {
                    Ok(()) | Err(Stop::Error(_)) => {}
                    Err(stop) => return Err(stop),
                }
                if found.is_empty() {
                    return self.run(right, scope, at, out);
                }
                found.into_iter().try_for_each(|at| out(self, at))
            }
            "=" => {
                let paths = self.paths(left, scope, &at.value)?;
                for value in self.all(right, scope, &at.value)? {
                    let mut whole = at.value.clone();
                    for path in &paths {
                        whole = put(&whole, path, value.clone())?;
                    }
                    out(self, At::new(whole))?;
                }
                Ok(())
            }
            "|=" => {
                let mut whole = at.value.clone();
                for path in self.paths(left, scope, &at.value)?.iter().rev() {
                    let old = lookup(&whole, path)?;
                    whole = match self.all(right, scope, &old)?.into_iter().next() {
                        Some(new) => put(&whole, path, new)?,
                        None => removed(&whole, path)?,
                    };
                }
                out(self, At::new(whole))
            }
            "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => {
                for value in self.all(right, scope, &at.value)? {
                    let mut whole = at.value.clone();
                    for path in &self.paths(left, scope, &at.value)? {
                        let old = lookup(&whole, path)?;
                        let new = match operator {
                            "//=" if old.truth() => old,
                            "//=" => value.clone(),
                            operator => arithmetic(&operator[..1], &old, &value)?,
                        };
                        whole = put(&whole, path, new)?;
                    }
                    out(self, At::new(whole))?;
                }
                Ok(())
            }
            _ => {
                let lefts = self.all(left, scope, &at.value)?;
                for second in self.all(right, scope, &at.value)? {
                    for first in &lefts {
                        let order = first.order(&second);
                        let value = match operator {
                            "==" => Json::Bool(order.is_eq()),
                            "!=" => Json::Bool(order.is_ne()),
                            "<" => Json::Bool(order.is_lt()),
                            "<=" => Json::Bool(order.is_le()),
                            ">" => Json::Bool(order.is_gt()),
                            ">=" => Json::Bool(order.is_ge()),
                            operator => arithmetic(operator, first, &second)?,
                        };
                        out(self, At::new(value))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// The values of a filter for each item, for `sort_by` and its like.
    fn keyed(&mut self, arguments: &[Filter], scope: &Scope, input: &Json) -> Done<Vec<(Json, Json)>> {
        let Json::Array(items) = input else {
            return Err(error(format!("{} ({}) cannot be sorted, as it is not an array", input.kind(), shown(input))));
        };
        let mut all = Vec::new();
        for item in items.iter() {
            let key = match arguments.first() {
                Some(filter) => Json::array(self.all(filter, scope, item)?),
                None => item.clone(),
            };
            all.push((key, item.clone()));
        }
        Ok(all)
    }

    fn call(&mut self, name: &str, arguments: &[Filter], scope: &Scope, at: At, out: Next<'_>) -> Done {
        let input = &at.value;
        let value = match (name, arguments) {
            ("empty", []) => return Ok(()),
            ("error", []) => return Err(Stop::Error(input.clone())),
            ("error", [what]) => {
                let what = self.all(what, scope, input)?.into_iter().next();
                return what.map_or(Ok(()), |what| Err(Stop::Error(what)));
            }
            ("halt", []) => return Err(Stop::Halt(String::new(), 0)),
            ("not", []) => Json::Bool(!input.truth()),
            ("recurse", []) => return self.recurse(at, out),
            ("select", [condition]) => {
                for one in self.all(condition, scope, input)? {
                    if one.truth() {
                        out(self, at.clone())?;
                    }
                }
                return Ok(());
            }
            ("values", [])
            | ("nulls", [])
            | ("strings", [])
            | ("numbers", [])
            | ("arrays", [])
            | ("objects", [])
            | ("booleans", [])
            | ("scalars", [])
            | ("iterables", []) => {
                let kind = input.kind();
                let wanted = match name {
                    "values" => kind != "null",
                    "scalars" => !matches!(kind, "array" | "object"),
                    "iterables" => matches!(kind, "array" | "object"),
                    name => name.strip_suffix('s') == Some(kind),
                };
                return if wanted { out(self, at) } else { Ok(()) };
            }
            ("map", [inner]) => {
                let mut items = Vec::new();
                for item in members(input)? {
                    items.extend(self.all(inner, scope, &item)?);
                }
                Json::array(items)
            }
            ("map_values", [inner]) => match input {
                Json::Object(fields) => {
                    let mut made = Vec::new();
                    for (key, value) in fields.iter() {
                        let new = self.all(inner, scope, value)?.into_iter().next();
                        made.extend(new.map(|new| (key.clone(), new)));
                    }
                    Json::object(made)
                }
                other => {
                    let mut items = Vec::new();
                    for item in members(other)? {
                        items.extend(self.all(inner, scope, &item)?.into_iter().next());
                    }
                    Json::array(items)
                }
            },
            ("first", [inner]) => return self.limited(1, inner, scope, at, out),
            ("limit", [count, inner]) => {
                for count in self.all(count, scope, input)? {
                    let Json::Number(count) = count else { return Err(error("Invalid limit")) };
                    self.limited(count.max(0.0) as usize, inner, scope, at.clone(), out)?;
                }
                return Ok(());
            }
            ("last", [inner]) => match self.all(inner, scope, input)?.pop() {
                Some(last) => last,
                None => return Ok(()),
            },
            ("isempty", [inner]) => Json::Bool(self.all(inner, scope, input)?.is_empty()),
            ("any" | "all", []) => {
                let is = |wanted: bool| members(input).map(|items| items.iter().any(|item| item.truth() == wanted));
                Json::Bool(if name == "any" { is(true)? } else { !is(false)? })
            }
            ("any" | "all", [condition]) => {
                let mut found = false;
                for item in members(input)? {
                    found |= self.all(condition, scope, &item)?.iter().any(|one| one.truth() == (name == "any"));
                }
                Json::Bool(found == (name == "any"))
            }
            ("any" | "all", [of, condition]) => {
                let mut found = false;
                for item in self.all(of, scope, input)? {
                    found |= self.all(condition, scope, &item)?.iter().any(|one| one.truth() == (name == "any"));
                }
                Json::Bool(found == (name == "any"))
            }
            ("range", bounds @ ([_] | [_, _] | [_, _, _])) => {
                let mut ends = Vec::new();
                for bound in bounds {
                    let Some(Json::Number(number)) = self.all(bound, scope, input)?.into_iter().next() else {
                        return Err(error("Range bounds must be numeric"));
                    };
                    ends.push(number);
                }
                let (mut number, end, by) = match ends.as_slice() {
                    [end] => (0.0, *end, 1.0),
                    [from, end] => (*from, *end, 1.0),
                    [from, end, by, ..] => (*from, *end, *by),
                    [] => return Ok(()),
                };
                while (by > 0.0 && number < end) || (by < 0.0 && number > end) {
                    self.step()?;
                    out(self, At::new(Json::Number(number)))?;
                    number += by;
                }
                return Ok(());
            }
            ("until", [condition, update]) => {
                let mut value = input.clone();
                while !self.all(condition, scope, &value)?.first().is_some_and(Json::truth) {
                    self.step()?;
                    value = self.all(update, scope, &value)?.into_iter().next().unwrap_or(Json::Null);
                }
                value
            }
            ("sort_by" | "sort", _) => {
                let mut all = self.keyed(arguments, scope, input)?;
                all.sort_by(|a, b| a.0.order(&b.0));
                Json::array(all.into_iter().map(|(_, item)| item).collect())
            }
            ("group_by" | "unique_by" | "unique", _) => {
                let mut all = self.keyed(arguments, scope, input)?;
                all.sort_by(|a, b| a.0.order(&b.0));
                let groups = all.chunk_by(|a, b| a.0.order(&b.0).is_eq());
                let items = |group: &[(Json, Json)]| match name {
                    "group_by" => Json::array(group.iter().map(|(_, item)| item.clone()).collect()),
                    _ => group[0].1.clone(),
                };
                Json::array(groups.map(items).collect())
            }
            ("min_by" | "min", _) => {
                let all = self.keyed(arguments, scope, input)?.into_iter();
                all.min_by(|a, b| a.0.order(&b.0)).map_or(Json::Null, |(_, item)| item)
            }
            ("max_by" | "max", _) => {
                let all = self.keyed(arguments, scope, input)?.into_iter();
                all.max_by(|a, b| a.0.order(&b.0)).map_or(Json::Null, |(_, item)| item)
            }
            ("with_entries", [inner]) => {
                let mut entries = Vec::new();
                for entry in to_entries(input)? {
                    entries.extend(self.all(inner, scope, &entry)?);
                }
                from_entries(&entries)?
            }
            ("path", [inner]) => {
                for path in self.paths(inner, scope, input)? {
                    out(self, At::new(Json::array(path)))?;
                }
                return Ok(());
            }
            ("paths", _) => {
                for path in self.paths(&Filter::Recurse, scope, input)?.into_iter().filter(|path| !path.is_empty()) {
                    let wanted = match arguments.first() {
                        Some(condition) => self.all(condition, scope, &lookup(input, &path)?)?.iter().any(Json::truth),
                        None => true,
                    };
                    if wanted {
                        out(self, At::new(Json::array(path)))?;
                    }
                }
                return Ok(());
            }
            ("del", [inner]) => {
                let mut whole = input.clone();
                let mut paths = self.paths(inner, scope, input)?;
                paths.sort_by(|a, b| Json::array(a.clone()).order(&Json::array(b.clone())));
                for path in paths.iter().rev() {
                    whole = removed(&whole, path)?;
                }
                whole
            }
            ("getpath", [path]) => {
                for path in self.all(path, scope, input)? {
                    let mut found = at.clone();
                    for key in path.items() {
                        let value = if found.value == Json::Null { Json::Null } else { index(&found.value, key)? };
                        found = found.step(key.clone(), value);
                    }
                    out(self, found)?;
                }
                return Ok(());
            }
            ("input", []) => self.inputs.pop().ok_or_else(|| error("No more inputs"))?,
            ("inputs", []) => {
                while let Some(next) = self.inputs.pop() {
                    out(self, At::new(next))?;
                }
                return Ok(());
            }
            ("env", []) => self.env.clone(),
            ("now", []) => Json::Number(self.now as f64 / 1000.0),
            ("debug", _) => return out(self, at),
            (name, []) => plain(name, input)?,
            // With values of their arguments, all with all.
            (name, arguments) => {
                let mut rows: Vec<Vec<Json>> = vec![Vec::new()];
                for argument in arguments {
                    let values = self.all(argument, scope, input)?;
                    let longer = |value: &Json| {
                        let with = |row: &Vec<Json>| row.iter().cloned().chain([value.clone()]).collect::<Vec<Json>>();
                        rows.iter().map(with).collect::<Vec<_>>()
                    };
                    rows = values.iter().flat_map(longer).collect();
                }
                for row in rows {
                    for value in with_values(name, input, &row)? {
                        out(self, At::new(value))?;
                    }
                }
                return Ok(());
            }
        };
        out(self, At::new(value))
    }

    fn limited(&mut self, count: usize, inner: &Filter, scope: &Scope, at: At, out: Next<'_>) -> Done {
        if count == 0 {
            return Ok(());
        }
        self.labels += 1;
        let (label, mut left) = (self.labels, count);
        let done = self.run(inner, scope, at, &mut |machine, at| {
            left -= 1;
            out(machine, at)?;
            if left == 0 { Err(Stop::Enough(label)) } else { Ok(()) }
        });
        match done {
            Err(Stop::Enough(found)) if found == label => Ok(()),
            done => done,
        }
    }
}

fn members(value: &Json) -> Done<Vec<Json>> {
    match value {
        Json::Array(items) => Ok(items.to_vec()),
        Json::Object(fields) => Ok(fields.iter().map(|(_, value)| value.clone()).collect()),
        Json::Null => Err(error("Cannot iterate over null")),
        other => Err(error(format!("Cannot iterate over {} ({})", other.kind(), shown(other)))),
    }
}

/// The place that an index means in a list of so many.
fn place(number: f64, len: usize) -> Option<usize> {
    let number = libm::floor(number) as i64;
    let number = if number < 0 { number + len as i64 } else { number };
    usize::try_from(number).ok()
}

fn index(value: &Json, key: &Json) -> Done<Json> {
    match (value, key) {
        (Json::Object(_), Json::String(key)) => Ok(value.get(key).cloned().unwrap_or(Json::Null)),
        (Json::Array(items), Json::Number(number)) => {
            Ok(place(*number, items.len()).and_then(|place| items.get(place)).cloned().unwrap_or(Json::Null))
        }
        (Json::Null, Json::String(_) | Json::Number(_) | Json::Null) => Ok(Json::Null),
        (value, Json::String(key)) => Err(error(format!("Cannot index {} with \"{key}\"", value.kind()))),
        (value, key) => Err(error(format!("Cannot index {} with {}", value.kind(), key.kind()))),
    }
}

fn slice(value: &Json, from: &Json, to: &Json) -> Done<Json> {
    let ends = |len: usize| {
        let end = |end: &Json, preset: usize| match end {
            Json::Number(number) => {
                Ok((if *number < 0.0 { *number + len as f64 } else { *number }).clamp(0.0, len as f64) as usize)
            }
            Json::Null => Ok(preset),
            _ => Err(error("Start and end indices of an array slice must be numbers")),
        };
        let (from, to) = (end(from, 0)?, end(to, len)?);
        Ok((from, to.max(from)))
    };
    match value {
        Json::Null => Ok(Json::Null),
        Json::Array(items) => {
            let (from, to) = ends(items.len())?;
            Ok(Json::array(items[from..to].to_vec()))
        }
        Json::String(text) => {
            let (from, to) = ends(text.chars().count())?;
            Ok(Json::text(&text.chars().skip(from).take(to - from).collect::<String>()))
        }
        other => Err(error(format!("Cannot index {} with object", other.kind()))),
    }
}

fn lookup(value: &Json, path: &[Json]) -> Done<Json> {
    path.iter().try_fold(value.clone(), |value, key| index(&value, key))
}

/// The value with another at the end of a path.
fn put(value: &Json, path: &[Json], new: Json) -> Done<Json> {
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    let inner = put(&index(value, key)?, rest, new)?;
    match (value, key) {
        (Json::Object(_) | Json::Null, Json::String(key)) => {
            let mut fields = match value {
                Json::Object(fields) => fields.to_vec(),
                _ => Vec::new(),
            };
            match fields.iter_mut().find(|(known, _)| known == key) {
                Some((_, old)) => *old = inner,
                None => fields.push((key.clone(), inner)),
            }
            Ok(Json::object(fields))
        }
        (Json::Array(_) | Json::Null, Json::Number(number)) => {
            let mut items = value.items().to_vec();
            let place = place(*number, items.len()).ok_or_else(|| error("Out of bounds negative array index"))?;
            if place > LONGEST {
                return Err(too_much());
            }
            items.resize(items.len().max(place + 1), Json::Null);
            items[place] = inner;
            Ok(Json::array(items))
        }
        _ => Err(error(format!("Cannot index {} with {}", value.kind(), key.kind()))),
    }
}

/// The value without what lies at the end of a path.
fn removed(value: &Json, path: &[Json]) -> Done<Json> {
    match (path, value) {
        ([], _) => Ok(Json::Null),
        (_, Json::Null) => Ok(Json::Null),
        ([Json::String(key)], Json::Object(fields)) => {
            Ok(Json::object(fields.iter().filter(|(known, _)| known != key).cloned().collect()))
        }
        ([Json::Number(number)], Json::Array(items)) => {
            let gone = place(*number, items.len());
            let kept = items.iter().enumerate().filter(|(place, _)| Some(*place) != gone);
            Ok(Json::array(kept.map(|(_, item)| item.clone()).collect()))
        }
        ([key], value) => Err(error(format!("Cannot delete field at object index of {}", value.kind())))
            .or_else(|stop| if *key == Json::Null { Ok(value.clone()) } else { Err(stop) }),
        ([key, rest @ ..], value) => {
            let inner = index(value, key)?;
            if inner == Json::Null {
                Ok(value.clone())
            } else {
                put(value, std::slice::from_ref(key), removed(&inner, rest)?)
            }
        }
    }
}

fn arithmetic(operator: &str, left: &Json, right: &Json) -> Done<Json> {
    let cannot = |what: &str| {
        let (a, b) = (left, right);
        Err(error(format!("{} ({}) and {} ({}) cannot be {what}", a.kind(), shown(a), b.kind(), shown(b))))
    };
    Ok(match (operator, left, right) {
        ("+", Json::Null, other) | ("+", other, Json::Null) => other.clone(),
        ("+", Json::Number(a), Json::Number(b)) => Json::Number(a + b),
        ("+", Json::String(a), Json::String(b)) if a.len() + b.len() <= LONGEST => Json::text(&format!("{a}{b}")),
        ("+", Json::Array(a), Json::Array(b)) if a.len() + b.len() <= LONGEST => Json::array([&a[..], &b[..]].concat()),
        ("+", Json::Object(_), Json::Object(fields)) => fields
            .iter()
            .try_fold(left.clone(), |whole, (key, value)| put(&whole, &[Json::String(key.clone())], value.clone()))?,
        ("+", Json::String(_), Json::String(_)) | ("+", Json::Array(_), Json::Array(_)) => return Err(too_much()),
        ("+", ..) => return cannot("added"),
        ("-", Json::Number(a), Json::Number(b)) => Json::Number(a - b),
        ("-", Json::Array(a), Json::Array(b)) => {
            Json::array(a.iter().filter(|item| !b.iter().any(|other| other.order(item).is_eq())).cloned().collect())
        }
        ("-", ..) => return cannot("subtracted"),
        ("*", Json::Number(a), Json::Number(b)) => Json::Number(a * b),
        ("*", Json::String(text), Json::Number(count)) => match *count {
            count if count <= 0.0 => Json::Null,
            count if text.len() as f64 * count > LONGEST as f64 => return Err(too_much()),
            count => Json::text(&text.repeat((count as usize).max(1))),
        },
        ("*", Json::Object(_), Json::Object(fields)) => {
            let mut whole = left.clone();
            for (key, value) in fields.iter() {
                let new = match (left.get(key), value) {
                    (Some(old @ Json::Object(_)), Json::Object(_)) => arithmetic("*", old, value)?,
                    _ => value.clone(),
                };
                whole = put(&whole, &[Json::String(key.clone())], new)?;
            }
            whole
        }
        ("*", ..) => return cannot("multiplied"),
        ("/", Json::Number(_), Json::Number(b)) if *b == 0.0 => {
            return cannot("divided because the divisor is zero");
        }
        ("/", Json::Number(a), Json::Number(b)) => Json::Number(a / b),
        ("/", Json::String(text), Json::String(separator)) => split(text, separator),
        ("/", ..) => return cannot("divided"),
        ("%", Json::Number(a), Json::Number(b)) => match libm::trunc(*b) {
            0.0 => return cannot("divided because the divisor is zero"),
            b => Json::Number(libm::fmod(libm::trunc(*a), b)),
        },
        _ => return cannot("divided"),
    })
}

fn split(text: &str, separator: &str) -> Json {
    match (text, separator) {
        ("", _) => Json::array(Vec::new()),
        (text, "") => Json::array(text.chars().map(|symbol| Json::text(&symbol.to_string())).collect()),
        (text, separator) => Json::array(text.split(separator).map(Json::text).collect()),
    }
}

fn to_entries(value: &Json) -> Done<Vec<Json>> {
    let entry = |key: Json, value: &Json| Json::object(vec![("key".into(), key), ("value".into(), value.clone())]);
    match value {
        Json::Object(fields) => Ok(fields.iter().map(|(key, value)| entry(Json::String(key.clone()), value)).collect()),
        Json::Array(items) => {
            let numbered = items.iter().enumerate();
            Ok(numbered.map(|(place, item)| entry(Json::Number(place as f64), item)).collect())
        }
        other => Err(error(format!("{} ({}) has no keys", other.kind(), shown(other)))),
    }
}

fn from_entries(entries: &[Json]) -> Done<Json> {
    let mut whole = Json::object(Vec::new());
    for entry in entries {
        let keys = ["key", "k", "name", "Name", "Key", "K"];
        let key = keys.iter().find_map(|key| entry.get(key).filter(|key| **key != Json::Null));
        let key = match key {
            Some(Json::String(key)) => key.clone(),
            Some(other @ (Json::Number(_) | Json::Bool(_))) => other.plain().into(),
            Some(other) => return Err(error(format!("Cannot use {} ({}) as object key", other.kind(), shown(other)))),
            None => "null".into(),
        };
        let value = ["value", "v", "Value", "V"].iter().find_map(|name| entry.get(name)).cloned();
        whole = put(&whole, &[Json::String(key)], value.unwrap_or(Json::Null))?;
    }
    Ok(whole)
}

fn format_as(name: &str, value: &Json) -> Done<String> {
    let row = |quote: &dyn Fn(&str) -> String, between: &str| {
        let Json::Array(items) = value else {
            return Err(error(format!(
                "{} ({}) cannot be {name}-formatted, only an array can be",
                value.kind(),
                shown(value)
            )));
        };
        let mut cells = Vec::new();
        for item in items.iter() {
            cells.push(match item {
                Json::String(text) => quote(text),
                Json::Null => String::new(),
                Json::Number(_) | Json::Bool(_) => item.plain(),
                other => {
                    return Err(error(format!("{} ({}) is not valid in a csv row", other.kind(), shown(other))));
                }
            });
        }
        Ok(cells.join(between))
    };
    let plain = value.plain();
    match name {
        "text" => Ok(plain),
        "json" => Ok(value.print(None, false)),
        "csv" => row(&|text| format!("\"{}\"", text.replace('"', "\"\"")), ","),
        "tsv" => {
            row(&|text| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"), "\t")
        }
        "html" => Ok(plain
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\'', "&#39;")
            .replace('"', "&quot;")),
        "sh" => {
            let quoted = |value: &Json| match value {
                Json::String(text) => format!("'{}'", text.replace('\'', "'\\''")),
                other => other.plain(),
            };
            Ok(match value {
                Json::Array(items) => items.iter().map(quoted).collect::<Vec<_>>().join(" "),
                other => quoted(other),
            })
        }
        "uri" => {
            let byte = |byte: u8| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            };
            Ok(plain.bytes().map(byte).collect())
        }
        "base64" => Ok(base64(plain.as_bytes())),
        "base64d" => match from_base64(plain.as_bytes()) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(_) => Err(error(format!("{} ({}) is not valid base64 data", value.kind(), shown(value)))),
        },
        other => Err(Stop::Halt(format!("{other} is not a valid format"), 3)),
    }
}

/// Functions of the input alone.
fn plain(name: &str, input: &Json) -> Done<Json> {
    let number = |operation: fn(f64) -> f64| match input {
        Json::Number(number) => Ok(Json::Number(operation(*number))),
        other => Err(error(format!("{} ({}) number required", other.kind(), shown(other)))),
    };
    let text = || match input {
        Json::String(text) => Ok(text.clone()),
        other => Err(error(format!("{} ({}) cannot be treated as a string", other.kind(), shown(other)))),
    };
    Ok(match name {
        "length" => Json::Number(match input {
            Json::Null => 0.0,
            Json::Bool(_) => return Err(error(format!("boolean ({}) has no length", shown(input)))),
            Json::Number(number) => number.abs(),
            Json::String(text) => text.chars().count() as f64,
            Json::Array(items) => items.len() as f64,
            Json::Object(fields) => fields.len() as f64,
        }),
        "utf8bytelength" => Json::Number(text()?.len() as f64),
        "keys" | "keys_unsorted" => match input {
            Json::Object(fields) if name == "keys_unsorted" => {
                Json::array(fields.iter().map(|(key, _)| Json::String(key.clone())).collect())
            }
            Json::Object(_) => Json::array(input.keys().into_iter().map(Json::String).collect()),
            Json::Array(items) => Json::array((0..items.len()).map(|place| Json::Number(place as f64)).collect()),
            other => return Err(error(format!("{} ({}) has no keys", other.kind(), shown(other)))),
        },
        "add" => members(input)?.iter().try_fold(Json::Null, |sum, item| arithmetic("+", &sum, item))?,
        "type" => Json::text(input.kind()),
        "tostring" => Json::text(&input.plain()),
        "tonumber" => match input {
            Json::Number(_) => input.clone(),
            Json::String(text) => match text.trim().parse::<f64>() {
                Ok(number) => Json::Number(number),
                Err(_) => return Err(error(format!("Cannot parse '{text}' as JSON"))),
            },
            other => return Err(error(format!("{} ({}) cannot be parsed as a number", other.kind(), shown(other)))),
        },
        "tojson" => Json::text(&input.print(None, false)),
        "fromjson" => {
            let text = text()?;
            serde_json::from_str(&text).map_err(|why| error(format!("{why} (while parsing '{text}')")))?
        }
        "reverse" => match input {
            Json::Null => Json::array(Vec::new()),
            Json::String(text) => Json::text(&text.chars().rev().collect::<String>()),
            input => Json::array(members(input)?.into_iter().rev().collect()),
        },
        "first" => index(input, &Json::Number(0.0))?,
        "last" => index(input, &Json::Number(-1.0))?,
        "floor" => number(libm::floor)?,
        "ceil" => number(libm::ceil)?,
        "round" => number(libm::round)?,
        "fabs" | "abs" => number(f64::abs)?,
        "sqrt" => number(libm::sqrt)?,
        "flatten" => Json::array(flattened(input, 1000)?),
        "to_entries" => Json::array(to_entries(input)?),
        "from_entries" => from_entries(&members(input)?)?,
        "ascii_downcase" => Json::text(&text()?.to_ascii_lowercase()),
        "ascii_upcase" => Json::text(&text()?.to_ascii_uppercase()),
        "trim" => Json::text(text()?.trim()),
        "ltrim" => Json::text(text()?.trim_start()),
        "rtrim" => Json::text(text()?.trim_end()),
        "explode" => Json::array(text()?.chars().map(|symbol| Json::Number(f64::from(u32::from(symbol)))).collect()),
        "implode" => {
            let symbol = |item: &Json| match item {
                Json::Number(number) => char::from_u32(*number as u32).unwrap_or('\u{fffd}'),
                _ => '\u{fffd}',
            };
            Json::text(&members(input)?.iter().map(symbol).collect::<String>())
        }
        "transpose" => {
            let rows = members(input)?;
            let longest = rows.iter().map(|row| row.items().len()).max().unwrap_or(0);
            let column = |place: usize| {
                Json::array(rows.iter().map(|row| row.items().get(place).cloned().unwrap_or(Json::Null)).collect())
            };
            Json::array((0..longest).map(column).collect())
        }
        "infinite" => Json::Number(f64::INFINITY),
        "nan" => Json::Number(f64::NAN),
        "isnan" => Json::Bool(matches!(input, Json::Number(number) if number.is_nan())),
        "fromdateiso8601" | "fromdate" => {
            let text = text()?;
            let wrong = |_| error(format!("date \"{text}\" does not match format \"%Y-%m-%dT%H:%M:%SZ\""));
            Json::Number(text.parse::<Time>().map_err(wrong)?.as_secs() as f64)
        }
        "todateiso8601" | "todate" => match input {
            Json::Number(seconds) => {
                let at = Time::from_secs(*seconds as i64);
                Json::text(&at.to_string())
            }
            other => return Err(error(format!("strftime/1 requires parsed datetime inputs, not {}", other.kind()))),
        },
        name => return Err(Stop::Halt(format!("{name}/0 is not defined"), 3)),
    })
}

fn flattened(value: &Json, depth: usize) -> Done<Vec<Json>> {
    let mut all = Vec::new();
    for item in members(value)? {
        match (&item, depth) {
            (Json::Array(_), 1..) => all.extend(flattened(&item, depth - 1)?),
            _ => all.push(item),
        }
    }
    Ok(all)
}

/// Functions of the input and the values of arguments.
fn with_values(name: &str, input: &Json, values: &[Json]) -> Done<Vec<Json>> {
    let word = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        other => Err(error(format!("{} ({}) cannot be matched, as it is not a string", other.kind(), shown(other)))),
    };
    let regex = |expression: &Json, flags: Option<&Json>| {
        let flags = flags.map(Json::plain).unwrap_or_default();
        let text = word(expression)?;
        let text = text.replace("\\d", "[0-9]").replace("(?:", "(");
        let made = Regex::new(&text, true, flags.contains('i'));
        Ok::<_, Stop>((made.map_err(|why| error(format!("{text} (at offset 0) is not a valid regex: {why}")))?, flags))
    };
    let one = match (name, values) {
        ("has", [Json::String(key)]) if matches!(input, Json::Object(_)) => Json::Bool(input.get(key).is_some()),
        ("has", [Json::Number(number)]) if matches!(input, Json::Array(_)) => {
            Json::Bool(*number >= 0.0 && (*number as usize) < input.items().len())
        }
        ("has", [key]) => return Err(error(format!("Cannot check whether {} has a {} key", input.kind(), key.kind()))),
        ("in", [of]) => return with_values("has", of, std::slice::from_ref(input)),
        ("contains", [other]) => Json::Bool(contains(input, other)?),
        ("inside", [other]) => Json::Bool(contains(other, input)?),
        ("startswith" | "endswith", [part]) => match (input, part) {
            (Json::String(text), Json::String(part)) => {
                Json::Bool(if name == "startswith" { text.starts_with(&**part) } else { text.ends_with(&**part) })
            }
            _ => return Err(error(format!("{name}() requires string inputs"))),
        },
        ("ltrimstr" | "rtrimstr", [part]) => match (input, part) {
            (Json::String(text), Json::String(part)) => {
                let cut = if name == "ltrimstr" { text.strip_prefix(&**part) } else { text.strip_suffix(&**part) };
                Json::text(cut.unwrap_or(text))
            }
            _ => input.clone(),
        },
        ("split", [separator]) => split(&word(input)?, &word(separator)?),
        ("join", [separator]) => {
            let mut texts = Vec::new();
            for item in members(input)? {
                texts.push(match item {
                    Json::Null => String::new(),
                    Json::Array(_) | Json::Object(_) => {
                        return Err(error(format!("Cannot join with {} ({})", item.kind(), shown(&item))));
                    }
                    item => item.plain(),
                });
            }
            Json::text(&texts.join(&word(separator)?))
        }
        ("test", [expression, flags @ ..]) => {
            let (regex, _) = regex(expression, flags.first())?;
            Json::Bool(regex.is_match(&word(input)?))
        }
        ("sub" | "gsub", [expression, with, flags @ ..]) => {
            let (regex, flags) = regex(expression, flags.first())?;
            let (text, with) = (word(input)?, word(with)?);
            let all = name == "gsub" || flags.contains('g');
            let (mut out, mut from) = (String::new(), 0);
            while let Some(Some((start, end))) = regex.find(&text, from).and_then(|found| found.first().copied()) {
                out += &text[from..start];
                out += &with;
                from = end;
                if start == end {
                    let Some(symbol) = text[end..].chars().next() else { break };
                    out.push(symbol);
                    from = end + symbol.len_utf8();
                }
                if !all || out.len() > LONGEST {
                    break;
                }
            }
            Json::text(&(out + text.get(from..).unwrap_or("")))
        }
        ("index" | "rindex" | "indices", [part]) => {
            let places: Vec<Json> = match (input, part) {
                (Json::String(text), Json::String(part)) if !part.is_empty() => {
                    text.match_indices(&**part).map(|(at, _)| Json::Number(text[..at].chars().count() as f64)).collect()
                }
                (Json::Array(items), part) => {
                    let found = items.iter().enumerate().filter(|(_, item)| item.order(part).is_eq());
                    found.map(|(place, _)| Json::Number(place as f64)).collect()
                }
                _ => Vec::new(),
            };
            match name {
                "index" => places.first().cloned().unwrap_or(Json::Null),
                "rindex" => places.last().cloned().unwrap_or(Json::Null),
                _ => Json::array(places),
            }
        }
        ("flatten", [Json::Number(depth)]) => Json::array(flattened(input, depth.max(0.0) as usize)?),
        ("nth", [number]) => index(input, number)?,
        ("tojson", _) => Json::text(&input.print(None, false)),
        ("setpath", [path, new]) => put(input, path.items(), new.clone())?,
        ("delpaths", [paths]) => {
            let mut paths = members(paths)?;
            paths.sort_by(Json::order);
            paths.iter().rev().try_fold(input.clone(), |whole, path| removed(&whole, path.items()))?
        }
        ("pow", [Json::Number(a), Json::Number(b)]) => Json::Number(libm::pow(*a, *b)),
        ("splits", [expression]) => {
            let (regex, _) = regex(expression, None)?;
            let text = word(input)?;
            let (mut all, mut from) = (Vec::new(), 0);
            while let Some(Some((start, end))) = regex.find(&text, from).and_then(|found| found.first().copied()) {
                if start == end {
                    break;
                }
                all.push(Json::text(&text[from..start]));
                from = end;
            }
            all.push(Json::text(&text[from..]));
            return Ok(all);
        }
        (name, values) => return Err(Stop::Halt(format!("{name}/{} is not defined", values.len()), 3)),
    };
    Ok(vec![one])
}

fn contains(whole: &Json, part: &Json) -> Done<bool> {
    Ok(match (whole, part) {
        (Json::Object(_), Json::Object(fields)) => {
            let mut all = true;
            for (key, value) in fields.iter() {
                all &= match whole.get(key) {
                    Some(inner) => contains(inner, value)?,
                    None => false,
                };
            }
            all
        }
        (Json::Array(items), Json::Array(parts)) => {
            let mut all = true;
            for part in parts.iter() {
                let mut any = false;
                for item in items.iter().filter(|item| item.kind() == part.kind()) {
                    any |= contains(item, part)?;
                }
                all &= any;
            }
            all
        }
        (Json::String(text), Json::String(part)) => text.contains(&**part),
        (a, b) if a.kind() == b.kind() => a.order(b).is_eq(),
        (a, b) => {
            return Err(error(format!(
                "{} ({}) and {} ({}) cannot have their containment checked",
                a.kind(),
                shown(a),
                b.kind(),
                shown(b)
            )));
        }
    })
}

/// What an error says where nobody catches it.
pub(super) fn message(what: &Json) -> String {
    match what {
        Json::String(text) => text.to_string(),
        Json::Number(number) => format!("{} (not a string)", number_text(*number)),
        other => format!("{} (not a string)", other.print(None, false)),
    }
}

//! JSONPath as kubectl speaks it: `{.items[*].metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`,
//! `{.status.conditions[?(@.type=="Failed")].reason}` (spec 05 §3.5).
//!
//! In Kubernetes: `client-go/util/jsonpath`. A key that is missing yields nothing; an index that is out of bounds is an
//! error. What Go finds in an order of chance, the fields of a map, comes in that of the alphabet.

use super::go_text::{any, code_point, unquoted};
use crate::api::yaml::print;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Filters nest no deeper than this, and no more ranges stand in each other.
const DEEPEST: usize = 50;
/// A template finds no more than this.
const MOST: usize = 1_000_000;

/// A template: text, and in braces what is taken from the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<Node>,
    /// Whether a key must not be missing.
    strict: bool,
}

/// A step from some values to others.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// What stands in braces: one step after the other.
    Steps(Vec<Node>),
    /// A text or a number that stands there.
    Literal(Value),
    Field(String),
    /// A bare word: `range`, `end`, or nothing that is known.
    Word(String),
    Wildcard,
    Recursive,
    Slice(Slice),
    /// What must be there, or be compared: how, and with what.
    Filter(Vec<Node>, Option<(String, Vec<Node>)>),
    Union(Vec<Vec<Node>>),
}

/// Some items of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
    /// Whether the end is only what follows the start.
    single: bool,
}

/// What was found; where a range goes over nothing, it is nothing at all.
type Found<'a> = Vec<Option<&'a Value>>;

impl Template {
    /// Reads a template as given to `-o jsonpath=`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { parts: Reader { text, at: 0, start: 0, depth: 0 }.parts()?, strict: false })
    }

    /// Reads a path as columns and `--sort-by` take it: `.a.b`, `a.b` and `{.a.b}` are the same.
    pub fn relaxed(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        if inner.is_empty() || inner.contains(['{', '}']) {
            let forms = "'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
            return Err(format!("unexpected path string, expected a {forms}"));
        }
        Self::parse(&format!("{{.{}}}", inner.strip_prefix('.').unwrap_or(inner)))
    }

    /// The same, but a key that is missing everywhere is an error.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// The text for an object.
    pub fn print(&self, object: &Value) -> Result<String, String> {
        let mut text = String::new();
        for found in self.results(object)? {
            let words: Vec<String> = found.into_iter().map(printed).collect();
            text.push_str(&words.join(" "));
        }
        Ok(text)
    }

    /// Everything that the template finds.
    pub fn find<'a>(&'a self, object: &'a Value) -> Result<Vec<&'a Value>, String> {
        Ok(self.results(object)?.into_iter().flatten().flatten().collect())
    }

    fn results<'a>(&'a self, object: &'a Value) -> Result<Vec<Found<'a>>, String> {
        let mut run =
            Run { parts: &self.parts, strict: self.strict, begun: 0, inside: 0, ended: 0, last_end: None, left: MOST };
        let mut found = Vec::new();
        run.results(0, Some(object), &mut found)?;
        Ok(found)
    }
}

/// A value as JSONPath prints it.
fn printed(value: Option<&Value>) -> String {
    match value {
        None => "<no value>".into(),
        Some(Value::Null) => "null".into(),
        Some(value) => word(value),
    }
}

/// A value's name in Go, where it was read from JSON.
fn go_type(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "<nil>",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(number)) if number.is_f64() => "float64",
        Some(Value::Number(_)) => "int64",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "[]interface {}",
        Some(Value::Object(_)) => "map[string]interface {}",
    }
}

/// A value in a word: text bare, lists and maps as JSON.
pub fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".into(),
        other => print::json_compact(other),
    }
}

/// A template, being filled in (`jsonpath.go`).
struct Run<'a> {
    parts: &'a [Node],
    strict: bool,
    /// How many ranges begin with what was just walked, how many are gone through, and how many end.
    begun: usize,
    inside: usize,
    ended: usize,
    /// The part that has ended one last.
    last_end: Option<usize>,
    /// How much may still be found.
    left: usize,
}

impl<'a> Run<'a> {
    /// What the parts from one on find, up to the end of the range that they are in.
    fn results(&mut self, from: usize, data: Option<&'a Value>, all: &mut Vec<Found<'a>>) -> Result<(), String> {
        let mut at = from;
        while let Some(part) = self.parts.get(at) {
            let found = self.walk(vec![data], part)?;
            if self.ended > 0 && self.ended <= self.inside {
                self.ended -= 1;
                self.last_end = Some(at);
                break;
            }
            if self.begun > 0 {
                self.begun -= 1;
                self.inside += 1;
                if self.inside > DEEPEST {
                    return Err("it nests too deeply".into());
                }
                if found.is_empty() {
                    // To see where it ends.
                    self.results(at + 1, None, &mut Vec::new())?;
                }
                for value in found {
                    self.results(at + 1, value, all)?;
                }
                self.inside -= 1;
                at = self.last_end.filter(|end| *end > at).unwrap_or(at);
            } else {
                all.push(found);
            }
            at += 1;
        }
        Ok(())
    }

    fn steps(&mut self, mut values: Found<'a>, steps: &'a [Node]) -> Result<Found<'a>, String> {
        for step in steps {
            values = self.walk(values, step)?;
        }
        Ok(values)
    }

    fn walk(&mut self, values: Found<'a>, node: &'a Node) -> Result<Found<'a>, String> {
        self.left = self.left.checked_sub(values.len() + 1).ok_or("it finds too much")?;
        // What there is none of is passed over by most.
        let there = values.iter().flatten().copied().filter(|value| !value.is_null());
        Ok(match node {
            Node::Steps(steps) => self.steps(values, steps)?,
            Node::Literal(text @ Value::String(_)) => vec![Some(text)],
            Node::Literal(number) => vec![Some(number); values.len()],
            Node::Word(word) => match word.as_str() {
                "range" => {
                    self.begun += 1;
                    values
                }
                "end" if self.inside > 0 => {
                    self.ended += 1;
                    Vec::new()
                }
                "end" => return Err("not in range, nothing to end".into()),
                _ => return Err(format!("unrecognized identifier {word}")),
            },
            Node::Field(name) => {
                let found: Found<'_> = there.filter_map(|value| value.get(name)).map(Some).collect();
                if found.is_empty() && !values.is_empty() && self.strict {
                    return Err(format!("{name} is not found"));
                }
                found
            }
            Node::Wildcard => there.flat_map(children).map(Some).collect(),
            Node::Recursive => {
                let mut found = Vec::new();
                there.for_each(|value| descend(value, &mut found));
                found
            }
            Node::Slice(slice) => {
                let mut found = Vec::new();
                for value in values.iter().filter(|value| !value.is_some_and(Value::is_null)) {
                    let Some(Value::Array(items)) = value else {
                        return Err(format!("{} is not array or slice", go_type(*value)));
                    };
                    found.extend(slice.of(items)?.map(Some));
                }
                found
            }
            Node::Filter(left, right) => {
                let mut found = Vec::new();
                for value in values {
                    let Some(Value::Array(items)) = value else {
                        let what = value.map_or_else(|| "<invalid reflect.Value>".into(), any);
                        return Err(format!("{what} is not array or slice and cannot be filtered"));
                    };
                    for item in items {
                        if self.passes(left, right.as_ref(), item)? {
                            found.push(Some(item));
                        }
                    }
                }
                found
            }
            // One path after the other, each for all that was found.
            Node::Union(paths) => {
                let mut found = Vec::new();
                for path in paths {
                    found.extend(self.steps(values.clone(), path)?);
                }
                found
            }
        })
    }

    fn passes(
        &mut self,
        left: &'a [Node],
        right: Option<&'a (String, Vec<Node>)>,
        item: &'a Value,
    ) -> Result<bool, String> {
        let found = self.steps(vec![Some(item)], left);
        let Some((sign, right)) = right else { return Ok(found.is_ok_and(|found| !found.is_empty())) };
        let Some(found) = only(&found?)? else { return Ok(false) };
        let Some(wanted) = only(&self.steps(vec![Some(item)], right)?)? else { return Ok(false) };
        let order = || order(found, wanted, sign);
        match sign.as_str() {
            "==" => Ok(order()?.is_eq()),
            "!=" => Ok(order()?.is_ne()),
            "<" => Ok(order()?.is_lt()),
            "<=" => Ok(order()?.is_le()),
            ">" => Ok(order()?.is_gt()),
            ">=" => Ok(order()?.is_ge()),
            _ => Err(format!("unrecognized filter operator {sign}")),
        }
    }
}

/// The value that is compared, if there is one.
fn only<'a>(found: &[Option<&'a Value>]) -> Result<Option<&'a Value>, String> {
    match found {
        [] => Ok(None),
        [one] => Ok(Some(one.unwrap_or(&Value::Null))),
        _ => Err("can only compare one element at a time".into()),
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// A value that holds others, and all such in it.
fn descend<'a>(value: &'a Value, found: &mut Found<'a>) {
    if children(value).next().is_some() {
        found.push(Some(value));
        children(value).for_each(|child| descend(child, found));
    }
}

impl Slice {
    fn of(self, items: &[Value]) -> Result<impl Iterator<Item = &Value>, String> {
        let length = items.len() as i64;
        let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        let first = self.start.unwrap_or(0);
        // One index means what lies between it and the next; after the last one that is the end.
        let last = if self.single { Some(first.saturating_add(1)) } else { self.end };
        let first = if first < 0 { first + length } else { first };
        let last = match last {
            None => length,
            Some(0) if self.single => length,
            Some(last) if last < 0 => last + length,
            Some(last) => last,
        };
        if first == last {
            return Ok(items[..0].iter().step_by(1));
        }
        if !(0..length).contains(&first) {
            return out_of_bounds(first);
        }
        if !(0..=length).contains(&last) {
            return out_of_bounds(last - 1);
        }
        if first > last {
            return Err(format!("starting index {first} is greater than ending index {last}"));
        }
        let step = usize::try_from(self.step.unwrap_or(1)).ok().filter(|step| *step > 0).ok_or("step must be > 0")?;
        Ok(items[first as usize..last as usize].iter().step_by(step))
    }
}

/// How two values compare that are of the same kind. In Kubernetes: `third_party/forked/golang/template/funcs.go`.
fn order(a: &Value, b: &Value, sign: &str) -> Result<Ordering, String> {
    let basic = |value: &Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    if !basic(a) || !basic(b) {
        return Err("invalid type for comparison".into());
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) if matches!(sign, "==" | "!=") => Ok(a.cmp(b)),
        (Value::Bool(_), Value::Bool(_)) => Err("invalid type for comparison".into()),
        (Value::Number(x), Value::Number(y)) if x.is_f64() == y.is_f64() => {
            let order = x.as_f64().zip(y.as_f64()).and_then(|(x, y)| x.partial_cmp(&y));
            Ok(order.unwrap_or(Ordering::Equal))
        }
        _ => Err("incompatible types for comparison".into()),
    }
}

/// A template, being read (`parser.go`).
struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Where begins what is read.
    start: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn parts(mut self) -> Result<Vec<Node>, String> {
        let mut parts = Vec::new();
        while let Some(before) = self.rest().find('{') {
            self.at += before;
            parts.extend(self.plain());
            self.at += 1;
            self.take();
            parts.push(Node::Steps(self.action()?));
        }
        self.at = self.text.len();
        parts.extend(self.plain());
        Ok(parts)
    }

    fn plain(&mut self) -> Option<Node> {
        let text = self.take();
        (!text.is_empty()).then(|| Node::Literal(text.into()))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// What was read since this was called last.
    fn take(&mut self) -> &'t str {
        let taken = &self.text[self.start..self.at];
        self.start = self.at;
        taken
    }

    /// What stands in braces, up to the one that closes.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut steps = Vec::new();
        loop {
            if self.rest().starts_with("[?(") {
                steps.push(self.filter()?);
                continue;
            }
            if self.rest().starts_with("..") {
                if steps.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".into());
                }
                self.at += 2;
                self.take();
                steps.push(Node::Recursive);
                if self.peek().is_some_and(is_of_word) {
                    steps.push(self.field());
                }
                continue;
            }
            match self.next() {
                Some('}') => {
                    self.take();
                    return Ok(steps);
                }
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => drop(self.take()),
                Some('[') => self.brackets(&mut steps)?,
                Some(quote @ ('"' | '\'')) => steps.push(self.quoted(quote)?),
                Some('.') => {
                    self.take();
                    steps.push(self.field());
                }
                Some(sign) if sign == '+' || sign == '-' || sign.is_numeric() => steps.push(self.number()?),
                Some(sign) if is_of_word(sign) => {
                    while self.peek().is_some_and(|next| !ends_word(next)) {
                        self.next();
                    }
                    steps.push(match self.take() {
                        "true" => Node::Literal(true.into()),
                        "false" => Node::Literal(false.into()),
                        word => Node::Word(word.into()),
                    });
                }
                Some(sign) => return Err(format!("unrecognized character in action: {}", code_point(sign))),
            }
        }
    }

    fn field(&mut self) -> Node {
        self.start = self.at;
        while let Some(next) = self.peek().filter(|next| !ends_word(*next)) {
            self.next();
            if next == '\\' {
                self.next();
            }
        }
        match self.take() {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        while self.peek().is_some_and(|next| next == '.' || next.is_numeric()) {
            self.next();
        }
        let text = self.take();
        let int = text.parse::<i64>().ok().map(|int| json!(int));
        let float = || text.parse::<f64>().ok().filter(|float| float.is_finite()).map(|float| json!(float));
        let number = int.or_else(float).ok_or_else(|| format!("cannot parse number {text}"))?;
        Ok(Node::Literal(number))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(next) if next == quote && !self.text[..self.at - 1].ends_with('\\') => break,
                Some(_) => {}
            }
        }
        let text = self.take();
        let inside = unquoted(text).ok_or_else(|| format!("unquote string {text} error invalid syntax"))?;
        Ok(Node::Literal(inside.into()))
    }

    /// What stands in brackets: `0`, `1:3`, `*`, `'name'`, `0,1`.
    fn brackets(&mut self, steps: &mut Vec<Node>) -> Result<(), String> {
        let end = self.rest().find([']', '\n']).filter(|end| self.rest()[*end..].starts_with(']'));
        self.at += end.ok_or("unterminated array")? + 1;
        let text = self.take();
        let text = match &text[1..text.len() - 1] {
            "*" => ":",
            text => text,
        };
        if text.contains(',') {
            let paths = text.split(',').map(|path| self.inner(&format!("[{}]", path.trim_matches(' '))));
            steps.push(Node::Union(paths.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let name = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(name) = name.filter(|name| !name.contains('\'')) {
            // It is read like what follows a dot: other dots in it lead on, unless a backslash stands before them.
            steps.extend(self.inner(&format!(".{name}"))?);
            return Ok(());
        }
        steps.push(Node::Slice(slice(text)?));
        Ok(())
    }

    /// `@.a`, `@.a == "b"`: what stands before the first signs is compared with what stands after them.
    fn filter(&mut self) -> Result<Node, String> {
        const SIGNS: [char; 4] = ['!', '<', '>', '='];
        self.at += "[?(".len();
        self.take();
        let (mut open, mut closed) = (None, false);
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(quote @ ('"' | '\'')) => match open {
                    None => open = Some(quote),
                    Some(open) => closed |= open == quote && !self.text[..self.at - 1].ends_with('\\'),
                },
                Some(')') if open.is_some() == closed => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        let text = self.take();
        let text = &text[..text.len() - 2];
        let compared = text.find(SIGNS).filter(|at| *at > 0).and_then(|at| {
            let (left, rest) = text.split_at(at);
            // The last of the signs may have to stand for what there is nothing of.
            let signs = rest.len() - rest.trim_start_matches(SIGNS).len();
            let signs = if signs == rest.len() { signs - 1 } else { signs };
            (signs > 0).then(|| (left, &rest[..signs], &rest[signs..]))
        });
        Ok(match compared {
            None => Node::Filter(self.inner(text)?, None),
            Some((left, sign, right)) => {
                let left = self.inner(left)?;
                Node::Filter(left, Some((sign.into(), self.inner(right)?)))
            }
        })
    }

    /// A path that stands by itself.
    fn inner(&self, text: &str) -> Result<Vec<Node>, String> {
        if self.depth == DEEPEST {
            return Err("it nests too deeply".into());
        }
        let text = format!("{{{text}}}");
        let parts = Reader { text: &text, at: 0, start: 0, depth: self.depth + 1 }.parts()?;
        match parts.into_iter().next() {
            Some(Node::Steps(steps)) => Ok(steps),
            _ => Ok(Vec::new()),
        }
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let wrong = || format!("invalid array index {text}");
    let pieces: Vec<&str> = text.split(':').collect();
    let is_number = |piece: &&str| {
        let digits = piece.strip_prefix('-').unwrap_or(piece);
        digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    if pieces.len() > 3 || !pieces.iter().all(is_number) {
        return Err(wrong());
    }
    let number = |place: usize| match pieces.get(place) {
        None | Some(&"") => Ok(None),
        Some(piece) => piece.parse().map(Some).map_err(|_| format!("array index {piece} is not a number")),
    };
    Ok(Slice { start: number(0)?, end: number(1)?, step: number(2)?, single: pieces.len() == 1 })
}

fn is_of_word(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

fn ends_word(sign: char) -> bool {
    matches!(sign, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({
            "kind": "List",
            "items": [
                {"metadata": {"name": "a", "labels": {"x.io/y": "1"}}, "status": {"n": 3, "conditions": [
                    {"type": "Failed", "status": "True"}, {"type": "Complete", "status": "False"}]}},
                {"metadata": {"name": "b"}, "status": {"n": 5}},
            ],
        })
    }

    #[test]
    fn templates_print_what_they_find() {
        for (template, expected) in [
            ("{.kind}", "List"),
            ("kind={.kind}!", "kind=List!"),
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name}/{.items[-1].metadata.name}", "a/b"),
            ("{.items[0:1].metadata.name}", "a"),
            ("{.nothing.here}", ""),
            ("{..name}", "a b"),
            ("{.items[0].metadata.labels.x\\.io/y}", "1"),
            ("{.items[0].metadata.labels['x\\.io/y']}", "1"),
            ("{.items[0].metadata.labels['x.io/y']}", ""),
            ("{.items[*]['metadata.name', 'status.n']}", "a b 3 5"),
            ("{.items[0].metadata['name','labels']}", "a {\"x.io/y\":\"1\"}"),
            ("{.items[0].status.conditions[?(@.type==\"Failed\")].status}", "True"),
            ("{.items[?(@.status.n>3)].metadata.name}", "b"),
            ("{.items[?(@.metadata.labels)].metadata.name}", "a"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.status.n}{\"\\n\"}{end}", "a\t3\nb\t5\n"),
            ("{range .items[*]}{@.metadata.name},{end}", "a,b,"),
            ("{.kind} {$.items[1].status.n}", "List 5"),
            ("{range .items[*]}{$.metadata.name} {end}", "a b "),
            ("{range .items[*]}{.metadata.name}", "ab"),
        ] {
            let printed = Template::parse(template).and_then(|parsed| parsed.print(&sample()));
            assert_eq!(printed.as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_cannot_be_compared_or_counted_is_told() {
        let check = |template: &str, expected: Result<&str, &str>| {
            let printed = Template::parse(template).and_then(|parsed| parsed.print(&sample()));
            assert_eq!(printed.as_deref().map_err(String::as_str), expected, "{template}");
        };
        check("{.items[?(@.status.n==\"3\")].metadata.name}", Err("incompatible types for comparison"));
        check("{.items[?(@.status.n>3.5)].metadata.name}", Err("incompatible types for comparison"));
        check("{.items[?(@.metadata==1)].metadata.name}", Err("invalid type for comparison"));
        check("{.items[?(@.status.n=3)].metadata.name}", Err("unrecognized filter operator ="));
        check("{.items[?(@.metadata.name=~\"a\")]}", Err("unrecognized character in action: U+007E '~'"));
        check("{.items[?(@.status.conditions[*].type==\"x\")]}", Err("can only compare one element at a time"));
        check("{.items[?(@.metadata.name!=\"a\")].status.n}", Ok("5"));
        check("{.items[?(@.nothing==1)].status.n}", Ok(""));
        check("{.items[0:9].metadata.name}", Err("array index out of bounds: index 8, length 2"));
        check("{.items[-3].metadata.name}", Err("array index out of bounds: index -1, length 2"));
        check("{.items[1:0].metadata.name}", Err("starting index 1 is greater than ending index 0"));
        check("{.items[2:2].metadata.name}", Ok(""));
        check("{.items[-2:].metadata.name}", Ok("a b"));
        check("{.items[].metadata.name}", Ok("a"));
        check("{.kind[0]}", Err("string is not array or slice"));
        check("{.items[0].metadata[0]}", Err("map[string]interface {} is not array or slice"));
        check("{.items[0].metadata[*]}", Err("map[string]interface {} is not array or slice"));
        check("{.items[0].metadata.*}", Ok("{\"x.io/y\":\"1\"} a"));
        check("{.items[?(@.metadata[?(@.name)])]}", Err("unterminated filter"));
        check("{.kind[?(@.x)]}", Err("List is not array or slice and cannot be filtered"));
        check(
            "{.items[1][?(@.x)]}",
            Err("map[metadata:map[name:b] status:map[n:5]] is not array or slice and cannot be filtered"),
        );
        check("{.items[*].status.n 7 true}", Ok("true true"));
        check("{.kind .items}", Ok(""));
        check("{range .nothing}{.x}{end}{.kind}", Ok("List"));
        check(
            "{range .items[*]}{range .status.conditions[*]}{.type} {end}{.metadata.name},{end}!",
            Ok("Failed Complete a,b,!"),
        );
        // Without an end, each range goes over all that follow once more.
        check(&"{range .items[*]}".repeat(40), Err("it finds too much"));
        check(&"{range ..}".repeat(40), Err("it finds too much"));
        check(&"{range $}".repeat(60), Err("it nests too deeply"));
    }

    #[test]
    fn missing_keys_are_told_where_they_must_be_there() {
        let check = |template: &str, expected: Result<&str, &str>| {
            let printed = Template::parse(template).and_then(|parsed| parsed.strict().print(&sample()));
            assert_eq!(printed.as_deref().map_err(String::as_str), expected, "{template}");
        };
        check("{.kind}", Ok("List"));
        check("{.nothing}", Err("nothing is not found"));
        check("{.items[*].metadata.labels}", Ok("{\"x.io/y\":\"1\"}"));
        check("{range .items[*]}{.metadata.nothing}{end}", Err("nothing is not found"));
    }

    #[test]
    fn mistakes_are_told() {
        let out_of_bounds = Template::parse("{.items[2]}").and_then(|template| template.print(&sample()));
        assert_eq!(out_of_bounds, Err("array index out of bounds: index 2, length 2".into()));
        for (text, expected) in [
            ("{.a", "unclosed action"),
            ("{.items[0}", "unterminated array"),
            ("{.items[0", "unterminated array"),
            ("{.items[?(@.a==\"b\"]}", "unterminated filter"),
            ("{.items[?(@.a==\"b\")}", "unclosed array expect ]"),
            ("{\"abc", "unterminated quoted string"),
        ] {
            assert_eq!(Template::parse(text), Err(expected.into()), "{text}");
        }
        let bare = Template::parse("{status.active}").and_then(|template| template.print(&sample()));
        assert_eq!(bare, Err("unrecognized identifier status".into()));
        assert_eq!(Template::parse("{|}"), Err("unrecognized character in action: U+007C '|'".into()));
        let no_range = Template::parse("{end}").and_then(|template| template.print(&sample()));
        assert_eq!(no_range, Err("not in range, nothing to end".into()));
        for (text, expected) in [
            ("{[}", "unterminated array"),
            ("{.a[?(}", "unterminated filter"),
            ("{'a}", "unterminated quoted string"),
            ("{\\", "unrecognized character in action: U+005C '\\'"),
            ("{.a{.b}}", "unrecognized character in action: U+007B '{'"),
            ("{.a[ 0]}", "invalid array index  0"),
            ("{.a[+1]}", "invalid array index +1"),
            ("{.a[1:2:3:4]}", "invalid array index 1:2:3:4"),
            ("{.a[99999999999999999999]}", "array index 99999999999999999999 is not a number"),
            ("{-[0]}", "cannot parse number -"),
            ("{1.2.3}", "cannot parse number 1.2.3"),
            ("{.. ..}", "invalid multiple recursive descent"),
            ("{\"\\q\"}", "unquote string \"\\q\" error invalid syntax"),
            (&format!("{{{}", "[?(".repeat(60)), "unterminated filter"),
        ] {
            assert_eq!(Template::parse(text), Err(expected.into()), "{text}");
        }
    }
}

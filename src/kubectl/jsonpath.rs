//! JSONPath as kubectl speaks it: `{.items[*].metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`,
//! `{.status.conditions[?(@.type=="Failed")].reason}` (spec 05 §3.5).
//!
//! In Kubernetes: `client-go/util/jsonpath`. A key that is missing yields nothing; an index that is out of bounds is an
//! error.

use serde_json::Value;
use std::cmp::Ordering;

/// A template: text, and in braces what is taken from the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    /// Prints what is found.
    Find(Vec<Step>),
    /// Once for everything that is found.
    Range(Vec<Step>, Vec<Part>),
    /// The end of a range that nothing has begun.
    End,
}

/// From some values to those below them.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Wildcard,
    Recursive,
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
        single: bool,
    },
    /// An operand that must be there, or be compared: how, and with what.
    Filter(Operand, Option<(String, Operand)>),
    Union(Vec<Vec<Step>>),
    Literal(Value),
    /// A bare word: nothing that can be looked up.
    Unknown(String),
    /// Something must have been found under this key.
    Required(String),
}

/// One side of a filter's comparison.
type Operand = Vec<Step>;

impl Template {
    /// Reads a template as given to `-o jsonpath=`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let (parts, _) = reader.parts(false)?;
        Ok(Self { parts })
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
        Self { parts: self.parts.into_iter().map(Part::strict).collect() }
    }

    /// The text for an object.
    pub fn print(&self, object: &Value) -> Result<String, String> {
        let mut text = String::new();
        print(&self.parts, object, &mut text)?;
        Ok(text)
    }

    /// Everything that the template's paths find.
    pub fn find<'a>(&'a self, object: &'a Value) -> Result<Vec<&'a Value>, String> {
        let mut found = Vec::new();
        for part in &self.parts {
            if let Part::Find(steps) = part {
                found.extend(walk(steps, object)?);
            }
        }
        Ok(found)
    }
}

impl Part {
    fn strict(self) -> Self {
        fn steps(path: Vec<Step>) -> Vec<Step> {
            let strict = |step| match step {
                Step::Field(name) => vec![Step::Field(name.clone()), Step::Required(name)],
                Step::Union(paths) => vec![Step::Union(paths.into_iter().map(steps).collect())],
                step => vec![step],
            };
            path.into_iter().flat_map(strict).collect()
        }
        match self {
            Self::Find(path) => Self::Find(steps(path)),
            Self::Range(path, body) => Self::Range(steps(path), body.into_iter().map(Self::strict).collect()),
            part => part,
        }
    }
}

fn print(parts: &[Part], here: &Value, text: &mut String) -> Result<(), String> {
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Find(steps) => {
                let found: Vec<String> = walk(steps, here)?.into_iter().map(printed).collect();
                text.push_str(&found.join(" "));
            }
            Part::Range(steps, body) => {
                for each in walk(steps, here)? {
                    print(body, each, text)?;
                }
            }
            Part::End => return Err("not in range, nothing to end".into()),
        }
    }
    Ok(())
}

/// A value as JSONPath prints it.
fn printed(value: &Value) -> String {
    if value.is_null() { "null".into() } else { word(value) }
}

/// A value's name in Go, where it was read from JSON.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value in a word: text bare, lists and maps as JSON.
pub fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".into(),
        other => other.to_string(),
    }
}

fn walk<'a>(steps: &'a [Step], here: &'a Value) -> Result<Vec<&'a Value>, String> {
    let mut found = vec![here];
    for step in steps {
        let mut next: Vec<&Value> = Vec::new();
        if let Step::Required(name) = step {
            if found.is_empty() {
                return Err(format!("{name} is not found"));
            }
            continue;
        }
        // A union is one path after the other, each for all that was found.
        if let Step::Union(paths) = step {
            for path in paths {
                for value in &found {
                    next.extend(walk(path, value)?);
                }
            }
            found = next;
            continue;
        }
        for value in found {
            match step {
                Step::Literal(literal) => next.push(literal),
                Step::Field(name) => next.extend(value.get(name)),
                Step::Wildcard => next.extend(children(value)),
                Step::Recursive => descend(value, &mut next),
                Step::Slice { start, end, step, single } => {
                    if let Value::Array(items) = value {
                        slice(items, *start, *end, *step, *single, &mut next)?;
                    } else if !value.is_null() {
                        return Err(format!("{} is not array or slice", go_type(value)));
                    }
                }
                Step::Filter(left, right) => {
                    let Value::Array(items) = value else {
                        return Err(format!("{} is not array or slice and cannot be filtered", word(value)));
                    };
                    for item in items {
                        if passes(left, right.as_ref(), item)? {
                            next.push(item);
                        }
                    }
                }
                Step::Unknown(word) => return Err(format!("unrecognized identifier {word}")),
                Step::Union(_) | Step::Required(_) => {}
            }
        }
        found = next;
    }
    Ok(found)
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

/// A value and everything in it.
fn descend<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    children(value).into_iter().for_each(|child| descend(child, found));
}

fn slice<'a>(
    items: &'a [Value],
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    single: bool,
    found: &mut Vec<&'a Value>,
) -> Result<(), String> {
    let length = items.len() as i64;
    let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    let first = start.unwrap_or(0);
    // One index means what lies between it and the next; after the last one that is the end.
    let last = if single { Some(first + 1) } else { end };
    let first = if first < 0 { first + length } else { first };
    let last = match last {
        None => length,
        Some(0) if single => length,
        Some(last) if last < 0 => last + length,
        Some(last) => last,
    };
    if first == last {
        return Ok(());
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
    let step = usize::try_from(step).ok().filter(|step| *step > 0).ok_or("step must be > 0")?;
    found.extend((first..last).step_by(step).filter_map(|i| items.get(i as usize)));
    Ok(())
}

fn passes(left: &[Step], right: Option<&(String, Operand)>, item: &Value) -> Result<bool, String> {
    let Some((sign, right)) = right else { return Ok(walk(left, item).is_ok_and(|found| !found.is_empty())) };
    let (found, wanted) = (walk(left, item)?, walk(right, item)?);
    let (found, wanted) = match (&found[..], &wanted[..]) {
        ([], _) | (_, []) => return Ok(false),
        ([found], [wanted]) => (*found, *wanted),
        _ => return Err("can only compare one element at a time".into()),
    };
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

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Parts up to the end, or up to `{end}`, and whether that was there.
    fn parts(&mut self, in_range: bool) -> Result<(Vec<Part>, bool), String> {
        let mut parts = Vec::new();
        loop {
            let Some(open) = self.rest.find('{') else {
                if !self.rest.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut self.rest).to_owned()));
                }
                return Ok((parts, false));
            };
            if open > 0 {
                parts.push(Part::Text(self.rest[..open].to_owned()));
            }
            let close = closing(&self.rest[open..])? + open;
            let action = self.rest[open + 1..close].trim();
            self.rest = &self.rest[close + 1..];
            if action == "end" {
                if in_range {
                    return Ok((parts, true));
                }
                parts.push(Part::End);
            } else if let Some(over) = action.strip_prefix("range ") {
                let steps = steps(over.trim())?;
                let (body, is_closed) = self.parts(true)?;
                parts.push(Part::Range(steps, body.clone()));
                // A range without an end is over with the template, and then what is in it comes once more.
                if !is_closed {
                    parts.extend(body);
                }
            } else {
                // Several paths in one action print one after the other.
                for path in words(action) {
                    parts.push(match literal(path)? {
                        Some(Value::String(text)) => Part::Text(text),
                        Some(other) => Part::Text(word(&other)),
                        None => Part::Find(steps(path)?),
                    });
                }
            }
        }
    }
}

/// Where the brace that opens a text is closed: not in quotes, and not in brackets, which are looked for only in turn.
fn closing(text: &str) -> Result<usize, &'static str> {
    let mut at = 1;
    loop {
        let rest = &text[at..];
        at += match rest.chars().next().ok_or("unclosed action")? {
            '}' => return Ok(at),
            quote @ ('"' | '\'') => after(&rest[1..], quote).ok_or("unterminated quoted string")? + 1,
            '[' if rest.starts_with("[?(") => {
                let end = outside_quotes(rest).find(|(_, c)| *c == ')').ok_or("unterminated filter")?.0 + 1;
                if !rest[end..].starts_with(']') {
                    return Err("unclosed array expect ]");
                }
                end + 1
            }
            '[' => rest.find(']').ok_or("unterminated array")? + 1,
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            other => other.len_utf8(),
        };
    }
}

/// What follows the first of these quotes that no backslash stands before.
fn after(text: &str, quote: char) -> Option<usize> {
    let mut ends = text.match_indices(quote).filter(|(at, _)| !text[..*at].ends_with('\\'));
    ends.next().map(|(at, _)| at + quote.len_utf8())
}

/// The characters of a text that are not in quotes, with their places.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |(_, c)| {
        if escaped {
            escaped = false;
            return false;
        }
        match quote {
            _ if *c == '\\' => escaped = true,
            Some(open) if *c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(*c),
            None => return true,
        }
        false
    })
}

/// Splits at blanks outside of quotes, brackets and parentheses.
fn words(text: &str) -> Vec<&str> {
    split(text, char::is_whitespace).into_iter().filter(|word| !word.is_empty()).collect()
}

fn split(text: &str, at: fn(char) -> bool) -> Vec<&str> {
    let (mut pieces, mut start, mut depth) = (Vec::new(), 0, 0);
    for (place, c) in outside_quotes(text) {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            c if depth == 0 && at(c) => {
                pieces.push(&text[start..place]);
                start = place + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// A quoted text, a number or a boolean.
fn literal(text: &str) -> Result<Option<Value>, String> {
    let mut chars = text.chars();
    Ok(match chars.next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = text.get(1..text.len().saturating_sub(1)).filter(|_| text.len() > 1 && text.ends_with(quote));
            Some(Value::String(unescape(inner.ok_or("unterminated quoted string")?)))
        }
        Some('0'..='9' | '-' | '+') => {
            let number = text.strip_prefix('+').unwrap_or(text);
            Some(serde_json::from_str(number).map_err(|_| format!("cannot parse number {text}"))?)
        }
        _ if text == "true" || text == "false" => Some(Value::Bool(text == "true")),
        _ => None,
    })
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

/// Reads one path: `.a.b[0]..c`, `$`, `@`, `['a','b']`.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        match c {
            // Both are where one is, in a range and in a filter too.
            '$' | '@' => rest = &rest[1..],
            '[' => {
                let mut depth = 0;
                let close = outside_quotes(rest).find(|(_, c)| {
                    depth += i32::from(*c == '[') - i32::from(*c == ']');
                    depth == 0
                });
                let (close, _) = close.ok_or("unterminated array")?;
                steps.push(bracket(rest[1..close].trim())?);
                rest = &rest[close + 1..];
            }
            '.' if rest.starts_with("..") => {
                steps.push(Step::Recursive);
                rest = rest[2..].strip_prefix('.').unwrap_or(&rest[2..]);
                let (name, after) = field(rest);
                if !name.is_empty() {
                    steps.push(if name == "*" { Step::Wildcard } else { Step::Field(name) });
                    rest = after;
                }
            }
            '.' => {
                let (name, after) = field(&rest[1..]);
                match name.as_str() {
                    "" => {}
                    "*" => steps.push(Step::Wildcard),
                    _ => steps.push(Step::Field(name)),
                }
                rest = after;
            }
            '*' => {
                steps.push(Step::Wildcard);
                rest = &rest[1..];
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                let (name, after) = field(rest);
                steps.push(Step::Unknown(name));
                rest = after;
            }
            _ => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c))),
        }
    }
    Ok(steps)
}

/// A field's name, where `\.` is a dot in it, and what follows.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            '.' | '[' | ' ' | '}' | ')' | '=' | '!' | '<' | '>' | ',' => return (name, &text[at..]),
            _ => name.push(c),
        }
    }
    (name, "")
}

/// What stands in brackets: `0`, `1:3`, `*`, `?(…)`, `'name'`, `0,1`.
fn bracket(text: &str) -> Result<Step, String> {
    if text == "*" {
        return Ok(Step::Wildcard);
    }
    if let Some(condition) = text.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        return filter(condition.trim());
    }
    let pieces = split(text, |c| c == ',');
    if pieces.len() > 1 {
        let paths = pieces.into_iter().map(|piece| Ok(vec![bracket(piece.trim())?]));
        return Ok(Step::Union(paths.collect::<Result<_, String>>()?));
    }
    if let Some(name) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        // It is read like what follows a dot: other dots in it lead on, unless a backslash stands before them.
        return Ok(Step::Union(vec![steps(&format!(".{name}"))?]));
    }
    let numbers: Vec<&str> = text.split(':').collect();
    let number = |at: usize| match numbers.get(at) {
        None | Some(&"") => Ok(None),
        Some(number) => number.parse().map(Some).map_err(|_| format!("invalid array index {text}")),
    };
    if numbers.len() > 3 {
        return Err(format!("invalid array index {text}"));
    }
    Ok(Step::Slice { start: number(0)?, end: number(1)?, step: number(2)?.unwrap_or(1), single: numbers.len() == 1 })
}

/// `@.a`, `@.a == "b"`: what stands before the first signs is compared with what stands after them.
fn filter(condition: &str) -> Result<Step, String> {
    const SIGNS: [char; 4] = ['!', '<', '>', '='];
    let operand = |text: &str| match literal(text)? {
        Some(value) => Ok(vec![Step::Literal(value)]),
        None => steps(text),
    };
    let compared = condition.find(SIGNS).filter(|at| *at > 0).and_then(|at| {
        let (left, rest) = condition.split_at(at);
        let after = rest.find(|c: char| !SIGNS.contains(&c))?;
        Some((left.trim(), &rest[..after], rest[after..].trim()))
    });
    Ok(match compared {
        Some((left, sign, right)) => Step::Filter(operand(left)?, Some((sign.to_owned(), operand(right)?))),
        None => Step::Filter(operand(condition)?, None),
    })
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
        for text in ["{[}", "{.a[?(}", "{'a}", "{[1:2:3:4]}", "{\\"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}

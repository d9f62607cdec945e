//! Go templates as kubectl speaks them: `{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}` (spec 05 §3.5).
//!
//! In Go: `text/template`. Numbers are floats, as JSON has them there; a key that is missing prints `<no value>`. Left out:
//! named templates, methods, complex numbers, and the functions that escape for HTML, JavaScript and URLs.

use crate::sim::from_base64;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// A template: text, and in double braces what is done with the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Node>);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Print(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
}

/// Commands, each with the value of the one before as its last argument; the result may be kept in variables.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pipe {
    variables: Vec<String>,
    commands: Vec<Vec<Operand>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operand {
    what: What,
    /// The fields below it.
    fields: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Dot,
    Variable(String),
    Function(String),
    Literal(Value),
    Pipe(Box<Pipe>),
}

/// Templates nest no deeper than this.
const DEEPEST: usize = 50;
/// No text grows larger than this, in bytes.
const LONGEST: usize = 16 << 20;
/// No template takes more steps than this.
const MOST_STEPS: u32 = 1_000_000;
const FUNCTIONS: [&str; 16] = [
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "index",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
];

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text, depth: 0 };
        let (nodes, end) = reader.nodes()?;
        match end {
            None => Ok(Self(nodes)),
            Some(word) => Err(format!("unexpected {{{{{word}}}}}")),
        }
    }

    /// The text for an object.
    pub fn print(&self, object: &Value) -> Result<String, String> {
        let mut run = Run { out: String::new(), variables: vec![("$".into(), object.clone())], steps: 0 };
        run.nodes(&self.0, object)?;
        Ok(run.out)
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    /// Up to `else`, `end` or the end of the text: what comes first is told.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<String>), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it nests too deeply".into());
        }
        let mut nodes = Vec::new();
        while let Some((text, rest)) = self.rest.split_once("{{") {
            let (inside, rest) = split_action(rest).ok_or("unclosed action")?;
            let trimmed = inside.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace));
            nodes.push(Node::Text(if trimmed.is_some() { text.trim_end() } else { text }.to_owned()));
            let inside = trimmed.unwrap_or(inside);
            let ended = inside.strip_suffix('-').filter(|rest| rest.ends_with(char::is_whitespace));
            self.rest = if ended.is_some() { rest.trim_start() } else { rest };
            let words = ended.unwrap_or(inside).trim();
            if words.starts_with("/*") {
                continue;
            }
            let (keyword, argument) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
            match keyword {
                "end" | "else" => {
                    self.depth -= 1;
                    return Ok((nodes, Some(words.to_owned())));
                }
                "if" | "with" | "range" => nodes.push(self.control(keyword, argument)?),
                _ => nodes.push(Node::Print(pipe(words)?)),
            }
        }
        nodes.push(Node::Text(std::mem::take(&mut self.rest).to_owned()));
        self.depth -= 1;
        Ok((nodes, None))
    }

    fn control(&mut self, keyword: &str, argument: &str) -> Result<Node, String> {
        if argument.trim().is_empty() {
            return Err(format!("missing value for {keyword}"));
        }
        let condition = pipe(argument)?;
        let (body, end) = self.nodes()?;
        let otherwise = match end.as_deref() {
            Some("end") => Vec::new(),
            Some("else") => match self.nodes()? {
                (nodes, Some(end)) if end == "end" => nodes,
                _ => return Err("unexpected EOF".into()),
            },
            // `else if …` is an `if` that shares its end.
            Some(more) => {
                let more = more.strip_prefix("else").unwrap_or_default().trim();
                let (keyword, argument) = more.split_once(char::is_whitespace).ok_or("unexpected {{else}}")?;
                vec![self.control(keyword, argument)?]
            }
            None => return Err("unexpected EOF".into()),
        };
        Ok(match keyword {
            "if" => Node::If(condition, body, otherwise),
            "with" => Node::With(condition, body, otherwise),
            _ => Node::Range(condition, body, otherwise),
        })
    }
}

/// What stands before the braces that close an action, and what after; braces in quotes do not.
fn split_action(text: &str) -> Option<(&str, &str)> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match quote {
            None if text[at..].starts_with("}}") => return Some((&text[..at], &text[at + 2..])),
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            Some(_) if escaped => escaped = false,
            Some('"' | '\'') if c == '\\' => escaped = true,
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn pipe(text: &str) -> Result<Pipe, String> {
    let tokens = tokens(text)?;
    let mut at = 0;
    let pipe = read_pipe(&tokens, &mut at, 0)?;
    if at < tokens.len() {
        return Err(format!("unexpected {:?} in command", tokens[at]));
    }
    Ok(pipe)
}

/// Words, quoted texts, and the signs `|`, `(`, `)`, `,`, `:=`, `=`.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '|' | '(' | ')' | ',' | '=' => 1,
            ':' if rest.starts_with(":=") => 2,
            '"' | '`' | '\'' => {
                let mut escaped = false;
                let closes = rest.char_indices().skip(1).find(|&(_, c)| {
                    let end = c == first && !escaped;
                    escaped = c == '\\' && !escaped && first != '`';
                    end
                });
                closes.ok_or("unterminated quoted string")?.0 + 1
            }
            _ => rest
                .find(|c: char| c.is_whitespace() || "|(),=:\"`'".contains(c))
                .unwrap_or(rest.len())
                .max(first.len_utf8()),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn read_pipe(tokens: &[String], at: &mut usize, depth: usize) -> Result<Pipe, String> {
    if depth > DEEPEST {
        return Err("it nests too deeply".into());
    }
    let mut pipe = Pipe::default();
    if let Some(sign) = tokens[*at..].iter().position(|token| token == ":=" || token == "=") {
        let names = &tokens[*at..*at + sign];
        pipe.variables = names.iter().filter(|name| *name != ",").cloned().collect();
        if pipe.variables.is_empty() || pipe.variables.iter().any(|name| !name.starts_with('$')) {
            return Err("a variable expected before :=".into());
        }
        *at += sign + 1;
    }
    let mut command = Vec::new();
    loop {
        match tokens.get(*at).map(String::as_str) {
            Some("|") => {
                *at += 1;
                pipe.commands.push(std::mem::take(&mut command));
            }
            Some("(") => {
                *at += 1;
                let inner = read_pipe(tokens, at, depth + 1)?;
                if tokens.get(*at).map(String::as_str) != Some(")") {
                    return Err("unclosed left paren".into());
                }
                *at += 1;
                // `(index .a 0).b`
                let below = tokens.get(*at).filter(|token| token.len() > 1 && token.starts_with('.'));
                let fields = below.map_or_else(Vec::new, |below| split_fields(below));
                *at += usize::from(below.is_some());
                command.push(Operand { what: What::Pipe(Box::new(inner)), fields });
            }
            None | Some(")") => break,
            Some(token) => {
                command.push(operand(token)?);
                *at += 1;
            }
        }
    }
    pipe.commands.push(command);
    if pipe.commands.iter().any(Vec::is_empty) {
        return Err("missing value for command".into());
    }
    Ok(pipe)
}

fn split_fields(path: &str) -> Vec<String> {
    path.split('.').filter(|field| !field.is_empty()).map(str::to_owned).collect()
}

fn operand(token: &str) -> Result<Operand, String> {
    let plain = |what| Ok(Operand { what, fields: Vec::new() });
    match token.chars().next() {
        Some('.') => Ok(Operand { what: What::Dot, fields: split_fields(token) }),
        Some('$') => {
            let (name, below) = token.split_once('.').unwrap_or((token, ""));
            Ok(Operand { what: What::Variable(name.into()), fields: split_fields(below) })
        }
        Some('`') => plain(What::Literal(token.trim_matches('`').into())),
        Some('"') => {
            let text = serde_json::from_str(token).map_err(|_| format!("bad string syntax: {token}"))?;
            plain(What::Literal(Value::String(text)))
        }
        Some('\'') => {
            let mut inside = token.trim_matches('\'').chars();
            let code = inside.next().map_or(0, u32::from);
            plain(What::Literal(code.into()))
        }
        _ => match token {
            "true" => plain(What::Literal(true.into())),
            "false" => plain(What::Literal(false.into())),
            "nil" => plain(What::Literal(Value::Null)),
            _ if FUNCTIONS.contains(&token) => plain(What::Function(token.into())),
            _ => match token.parse::<f64>() {
                Ok(number) => plain(What::Literal(json!(number))),
                Err(_) => Err(format!("function {token:?} not defined")),
            },
        },
    }
}

struct Run {
    out: String,
    /// The innermost last.
    variables: Vec<(String, Value)>,
    steps: u32,
}

impl Run {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        let outside = self.variables.len();
        for node in nodes {
            self.steps += 1;
            if self.out.len() > LONGEST || self.steps > MOST_STEPS {
                return Err("the text grows too long".into());
            }
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.out.push_str(&printed(&value));
                    }
                }
                Node::If(pipe, body, otherwise) => {
                    let body = if is_true(&self.pipe(pipe, dot)?) { body } else { otherwise };
                    self.nodes(body, dot)?;
                }
                Node::With(pipe, body, otherwise) => match self.pipe(pipe, dot)? {
                    value if is_true(&value) => self.nodes(body, &value)?,
                    _ => self.nodes(otherwise, dot)?,
                },
                Node::Range(pipe, body, otherwise) => self.range(pipe, body, otherwise, dot)?,
            }
            if !matches!(node, Node::Print(_)) {
                self.variables.truncate(outside.max(self.declared(nodes, node, outside)));
            }
        }
        self.variables.truncate(outside);
        Ok(())
    }

    /// How many variables stand after a node: what its siblings have declared stays.
    fn declared(&self, nodes: &[Node], node: &Node, outside: usize) -> usize {
        let before = nodes.iter().take_while(|other| !std::ptr::eq(*other, node));
        outside + before.filter(|other| matches!(other, Node::Print(pipe) if !pipe.variables.is_empty())).count()
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Value) -> Result<(), String> {
        let all = self.value(pipe, dot)?;
        let items: Vec<(Value, Value)> = match all {
            Value::Array(items) => items.into_iter().enumerate().map(|(i, item)| (json!(i), item)).collect(),
            Value::Object(map) => map.into_iter().map(|(key, value)| (key.into(), value)).collect(),
            Value::Null => Vec::new(),
            other => return Err(format!("range can't iterate over {}", printed(&other))),
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let outside = self.variables.len();
        for (key, item) in items {
            match &pipe.variables[..] {
                [one] => self.variables.push((one.clone(), item.clone())),
                [one, other, ..] => self.variables.extend([(one.clone(), key), (other.clone(), item.clone())]),
                [] => {}
            }
            self.nodes(body, &item)?;
            self.variables.truncate(outside);
        }
        Ok(())
    }

    /// The value of a pipe; variables take it on.
    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Result<Value, String> {
        let value = self.value(pipe, dot)?;
        for name in &pipe.variables {
            self.variables.push((name.clone(), value.clone()));
        }
        Ok(value)
    }

    fn value(&self, pipe: &Pipe, dot: &Value) -> Result<Value, String> {
        let mut last = None;
        for command in &pipe.commands {
            let mut arguments =
                command[1..].iter().map(|operand| self.operand(operand, dot)).collect::<Result<Vec<_>, _>>()?;
            arguments.extend(last.take());
            last = Some(match &command[0] {
                Operand { what: What::Function(name), .. } => call(name, arguments)?,
                operand if arguments.is_empty() => self.operand(operand, dot)?,
                _ => return Err("can't give argument to non-function".into()),
            });
        }
        last.ok_or_else(|| "missing value for command".into())
    }

    fn operand(&self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        let made;
        let base = match &operand.what {
            What::Dot => dot,
            What::Literal(value) => value,
            What::Function(name) => {
                made = call(name, Vec::new())?;
                &made
            }
            What::Pipe(pipe) => {
                made = self.value(pipe, dot)?;
                &made
            }
            What::Variable(name) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map(|(_, value)| value).ok_or_else(|| format!("undefined variable {name:?}"))?
            }
        };
        let found = operand.fields.iter().try_fold(base, |value, field| match value {
            Value::Object(map) => Ok(map.get(field).unwrap_or(&Value::Null)),
            Value::Null => Ok(&Value::Null),
            other => Err(format!("can't evaluate field {field} in type {}", go_type(other))),
        });
        found.cloned()
    }
}

fn call(name: &str, arguments: Vec<Value>) -> Result<Value, String> {
    let first = arguments.first();
    let one = || first.ok_or_else(|| format!("wrong number of args for {name}: want at least 1 got 0"));
    Ok(match name {
        "and" => arguments.iter().find(|value| !is_true(value)).or(arguments.last()).cloned().unwrap_or(Value::Null),
        "or" => arguments.iter().find(|value| is_true(value)).or(arguments.last()).cloned().unwrap_or(Value::Null),
        "not" => (!is_true(one()?)).into(),
        "len" => match one()? {
            Value::String(text) => text.len().into(),
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            other => return Err(format!("error calling len: len of type {}", go_type(other))),
        },
        "index" => arguments.get(1..).unwrap_or(&[]).iter().try_fold(one()?.clone(), index)?,
        "exists" => arguments
            .get(1..)
            .unwrap_or(&[])
            .iter()
            .try_fold(one()?.clone(), index)
            .is_ok_and(|found| !found.is_null())
            .into(),
        "print" => arguments.iter().map(printed).collect::<String>().into(),
        "println" => (arguments.iter().map(printed).collect::<Vec<_>>().join(" ") + "\n").into(),
        "printf" => format_text(one()?.as_str().unwrap_or_default(), &arguments[1..]).into(),
        "base64decode" => decode(one()?.as_str().unwrap_or_default())?.into(),
        "eq" => arguments
            .get(1..)
            .unwrap_or(&[])
            .iter()
            .any(|other| compare(one().ok(), other) == Some(Ordering::Equal))
            .into(),
        _ => {
            let [a, b] = &arguments[..] else {
                return Err(format!("wrong number of args for {name}: want 2 got {}", arguments.len()));
            };
            let order = compare(Some(a), b);
            let comparable = order.is_some() || name == "ne";
            if !comparable {
                return Err(format!("error calling {name}: incompatible types for comparison"));
            }
            match name {
                "ne" => order != Some(Ordering::Equal),
                "lt" => order == Some(Ordering::Less),
                "le" => order != Some(Ordering::Greater),
                "gt" => order == Some(Ordering::Greater),
                _ => order != Some(Ordering::Less),
            }
            .into()
        }
    })
}

fn index(value: Value, key: &Value) -> Result<Value, String> {
    match (value, key) {
        (Value::Object(mut map), Value::String(key)) => Ok(map.remove(key).unwrap_or(Value::Null)),
        (Value::Array(mut items), key) => {
            let at = key.as_f64().filter(|at| *at >= 0.0 && (*at as usize) < items.len());
            at.map(|at| items.swap_remove(at as usize))
                .ok_or_else(|| format!("error calling index: index out of range: {}", printed(key)))
        }
        (Value::Null, _) => Err("error calling index: index of untyped nil".into()),
        (other, _) => Err(format!("error calling index: can't index item of type {}", go_type(&other))),
    }
}

fn compare(a: Option<&Value>, b: &Value) -> Option<Ordering> {
    match (a?, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as Go prints it; nothing is `<no value>`.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".into(),
        other => within(other),
    }
}

fn within(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) => float(number.as_f64().unwrap_or_default()),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(within).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| format!("{key}:{}", within(value));
            format!("map[{}]", Map::iter(map).map(pair).collect::<Vec<_>>().join(" "))
        }
    }
}

/// A float in as few digits as tell it, with an exponent from a million on and for the very small.
fn float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) || number == 0.0 {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `printf`: the verbs `%s`, `%v`, `%q`, `%d`, `%f` and `%t`, with a width.
fn format_text(format: &str, arguments: &[Value]) -> String {
    let (mut out, mut rest, mut left) = (String::new(), format, arguments.iter());
    while let Some((text, after)) = rest.split_once('%') {
        out.push_str(text);
        let spec = after.len() - after.trim_start_matches(|c: char| "-+0123456789.".contains(c)).len();
        let (options, after) = after.split_at(spec);
        let Some(verb) = after.chars().next() else {
            out.push_str("%!(NOVERB)");
            return out;
        };
        rest = &after[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = left.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let (width, precision) = options
            .trim_start_matches(['-', '+'])
            .split_once('.')
            .unwrap_or((options.trim_start_matches(['-', '+']), "6"));
        let word = match (verb, value) {
            ('v', value) => within(value),
            ('s', Value::String(text)) => text.clone(),
            ('q', Value::String(text)) => format!("{text:?}"),
            ('t', Value::Bool(flag)) => flag.to_string(),
            ('f', Value::Number(number)) => {
                format!("{:.*}", precision.parse().unwrap_or(6).min(30), number.as_f64().unwrap_or_default())
            }
            // `len` and the keys of lists are whole numbers; what the object holds is not.
            ('d', Value::Number(number)) if number.is_i64() && !number.is_f64() => number.to_string(),
            (verb, value) => format!("%!{verb}({}={})", go_type(value), within(value)),
        };
        let width = width.parse().unwrap_or(0).min(1000);
        let padded = if options.starts_with('-') { format!("{word:<width$}") } else { format!("{word:>width$}") };
        out.push_str(&padded);
    }
    out + rest
}

/// Text out of base64.
fn decode(text: &str) -> Result<String, String> {
    let bytes = from_base64(text.as_bytes()).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| "illegal base64 data".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_print_what_they_find() {
        let object = json!({
            "kind": "List",
            "items": [
                {"metadata": {"name": "a", "labels": {"x": "1", "y.z/w": "2"}}, "status": {"succeeded": 3}},
                {"metadata": {"name": "b"}, "spec": {"completions": 1000000, "suspend": true}, "list": [1, "t", null]},
            ],
            "data": {"k": "aGk="},
        });
        let check = |text: &str, expected: &str| {
            let template = Template::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(template.print(&object).as_deref(), Ok(expected), "{text}");
        };
        check("plain", "plain");
        check("{{.kind}}", "List");
        check("{{.nothing}}", "<no value>");
        check("{{.nothing.more}}", "<no value>");
        check(r#"{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}"#, "a\nb\n");
        check("{{range $i, $e := .items}}{{$i}}={{$e.metadata.name}} {{end}}", "0=a 1=b ");
        check("{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}:{{$v}},{{end}}", "x:1,y.z/w:2,");
        check("{{range .none}}x{{else}}empty{{end}}", "empty");
        check("{{range .items}}{{if .spec}}{{.spec.completions}}{{else}}-{{end}} {{end}}", "- 1e+06 ");
        check("{{if eq .kind \"Job\"}}1{{else if eq .kind \"Pod\" \"List\"}}2{{else}}3{{end}}", "2");
        check("{{with (index .items 0).status}}{{.succeeded}}{{end}}", "3");
        check("{{len .items}} {{len .kind}}", "2 4");
        check("{{index (index .items 0).metadata.labels \"y.z/w\"}}", "2");
        check("{{.kind | printf \"%-6s|\"}}", "List  |");
        check("{{printf \"%s has %d of %v\" .kind (len .items) (index .items 0).status.succeeded}}", "List has 2 of 3");
        check("{{(index .items 1).list}} {{(index .items 0).metadata.labels}}", "[1 t <nil>] map[x:1 y.z/w:2]");
        check("a {{- /* no */ -}} b", "ab");
        check("a {{- .kind -}} b", "aListb");
        check("{{$n := .kind}}{{$n}}{{$n}}", "ListList");
        check("{{and true .none}}|{{or .none .kind}}|{{not .none}}", "<no value>|List|true");
        check("{{base64decode .data.k}}", "hi");
        check("{{exists . \"data\" \"k\"}} {{exists . \"data\" \"l\"}}", "true false");
        check("{{gt (index .items 0).status.succeeded 2.0}}", "true");
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        let check = |text: &str, why: &str| {
            let told = Template::parse(text).and_then(|template| template.print(&json!({"a": "b"})));
            assert_eq!(told, Err(why.into()), "{text}");
        };
        check("{{.a", "unclosed action");
        check("{{if .a}}x", "unexpected EOF");
        check("{{end}}", "unexpected {{end}}");
        check("{{foo .a}}", "function \"foo\" not defined");
        check("{{.a.b}}", "can't evaluate field b in type string");
        check("{{range .a}}{{end}}", "range can't iterate over b");
        check("{{$x}}", "undefined variable \"$x\"");
        check("{{(.a}}", "unclosed left paren");
        check("{{index}}", "wrong number of args for index: want at least 1 got 0");
        check("{{printf}}", "wrong number of args for printf: want at least 1 got 0");
        check(&"{{(".repeat(100), "unclosed action");
        check(&"{{if .a}}".repeat(100), "it nests too deeply");
    }
}

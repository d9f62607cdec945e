//! Tokens as a tree (`text/template/parse/parse.go`).

use super::functions::FUNCTIONS;
use super::lexer::{Kind, Token, tokens};
use crate::kubectl::go_text::unquoted;
use crate::sim::Map;
use std::fmt;

/// Templates nest no deeper than this; Go's have no limit.
const DEEPEST: usize = 100;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Break,
    Continue,
    Call(Call),
}

/// What is done if, or for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Another template in the place of `{{template "name" pipe}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub position: usize,
    pub name: String,
    pub pipe: Option<Pipe>,
}

/// Commands, each with the value of the one before as its last argument; the result may be kept in variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    pub variables: Vec<String>,
    /// Whether the variables were there before.
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// A function or a value, and arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub position: usize,
    pub words: Vec<Operand>,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    pub position: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Dot,
    Nil,
    Bool(bool),
    Number(Number, String),
    /// The text, and how it was written.
    Text(String, String),
    Field(Vec<String>),
    /// The variable, and the fields below it.
    Variable(Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
    /// Fields of something else.
    Chain(Box<Operand>, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

/// The templates of a text, by name; its own has none. The errors are Go's.
pub fn parse(text: &str) -> Result<Map<String, Vec<Node>>, String> {
    let parser = Parser {
        tokens: tokens(text),
        at: 0,
        seen: 0,
        variables: vec!["$".into()],
        ranges: 0,
        depth: 0,
        action_line: None,
        templates: Map::new(),
    };
    parser.text()
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// The last token that was looked at: errors tell its line.
    seen: usize,
    variables: Vec<String>,
    /// How many ranges stand around.
    ranges: usize,
    depth: usize,
    /// The line in which the action begins that is read.
    action_line: Option<usize>,
    templates: Map<String, Vec<Node>>,
}

/// What a list of nodes ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    End,
    Else,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::End { "{{end}}" } else { "{{else}}" })
    }
}

impl Parser {
    fn text(mut self) -> Result<Map<String, Vec<Node>>, String> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::End {
            if self.peek().kind == Kind::LeftDelimiter {
                let start = self.at;
                self.next();
                if self.peek_word().is("define") {
                    self.next_word();
                    self.define()?;
                    continue;
                }
                self.at = start;
            }
            match self.node()? {
                Ok(node) => nodes.push(node),
                Err(ending) => return Err(self.error(&format!("unexpected {ending}"))),
            }
        }
        self.templates.insert(String::new(), nodes);
        Ok(self.templates)
    }

    fn error(&self, what: &str) -> String {
        format!("template: output:{}: {what}", self.tokens[self.seen].line)
    }

    fn unexpected(&self, token: &Token, context: &str) -> String {
        if token.kind != Kind::Error {
            return self.error(&format!("unexpected {} in {context}", token.quoted()));
        }
        let started = match self.action_line {
            Some(line) if line != token.line => format!(" in action started at output:{line}"),
            _ => String::new(),
        };
        let of_action = if token.text.ends_with(" action") { " in action".len().min(started.len()) } else { 0 };
        self.error(&format!("{}{}", token.text, &started[of_action..]))
    }

    /// The next token; after the last, that once more.
    fn peek(&mut self) -> &Token {
        self.seen = self.at.min(self.tokens.len() - 1);
        &self.tokens[self.seen]
    }

    fn next(&mut self) -> Token {
        let next = self.peek().clone();
        self.at += 1;
        next
    }

    fn peek_word(&mut self) -> &Token {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
        self.peek()
    }

    fn next_word(&mut self) -> Token {
        self.peek_word();
        self.next()
    }

    fn expect_right(&mut self, context: &str) -> Result<(), String> {
        match self.next_word() {
            token if token.kind == Kind::RightDelimiter => Ok(()),
            token => Err(self.unexpected(&token, context)),
        }
    }

    /// Something inside of something else.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("it nests too deeply"));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn define(&mut self) -> Result<(), String> {
        let context = "define clause";
        let token = self.next_word();
        let name = self.name(&token, context)?;
        self.expect_right(context)?;
        self.template(name, context)
    }

    /// A template with a name, up to its end. It knows no variable of those around it.
    fn template(&mut self, name: String, context: &str) -> Result<(), String> {
        let outside = (std::mem::replace(&mut self.variables, vec!["$".into()]), std::mem::take(&mut self.ranges));
        let (body, ending) = self.list()?;
        (self.variables, self.ranges) = outside;
        if ending != Ending::End {
            return Err(self.error(&format!("unexpected {ending} in {context}")));
        }
        self.add(name, body)
    }

    fn add(&mut self, name: String, body: Vec<Node>) -> Result<(), String> {
        let is_empty =
            |nodes: &[Node]| nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()));
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) && !is_empty(&body) => {
                Err(self.error(&format!("template: multiple definition of template {name:?}")))
            }
            Some(known) if !is_empty(known) => Ok(()),
            _ => {
                self.templates.insert(name, body);
                Ok(())
            }
        }
    }

    fn name(&mut self, token: &Token, context: &str) -> Result<String, String> {
        if token.kind != Kind::String {
            return Err(self.unexpected(token, context));
        }
        unquoted(&token.text).ok_or_else(|| self.error("invalid syntax"))
    }

    /// Up to `{{else}}` or `{{end}}`.
    fn list(&mut self) -> Result<(Vec<Node>, Ending), String> {
        self.nested(|parser| {
            let mut nodes = Vec::new();
            while parser.peek_word().kind != Kind::End {
                match parser.node()? {
                    Ok(node) => nodes.push(node),
                    Err(ending) => return Ok((nodes, ending)),
                }
            }
            Err(parser.error("unexpected EOF"))
        })
    }

    fn node(&mut self) -> Result<Result<Node, Ending>, String> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Ok(Node::Text(token.text))),
            Kind::LeftDelimiter => {
                self.action_line = Some(token.line);
                let node = self.action();
                self.action_line = None;
                node
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Result<Node, Ending>, String> {
        let token = self.peek_word().clone();
        if token.kind != Kind::Keyword {
            return Ok(Ok(Node::Action(self.pipe("command", Kind::RightDelimiter)?)));
        }
        let start = self.at;
        self.next();
        Ok(match token.text.as_str() {
            "if" => Ok(Node::If(self.branch("if")?)),
            "with" => Ok(Node::With(self.branch("with")?)),
            "range" => Ok(Node::Range(self.branch("range")?)),
            "end" => {
                self.expect_right("end")?;
                Err(Ending::End)
            }
            "else" => {
                let next = self.peek_word();
                if !next.is("if") && !next.is("with") {
                    self.expect_right("else")?;
                }
                Err(Ending::Else)
            }
            "break" => Ok(self.leave("{{break}}", Node::Break)?),
            "continue" => Ok(self.leave("{{continue}}", Node::Continue)?),
            "template" => Ok(self.call()?),
            "block" => Ok(self.block()?),
            _ => {
                self.at = start;
                Ok(Node::Action(self.pipe("command", Kind::RightDelimiter)?))
            }
        })
    }

    fn leave(&mut self, what: &str, node: Node) -> Result<Node, String> {
        self.expect_right(what)?;
        if self.ranges == 0 { Err(self.error(&format!("{what} outside {{{{range}}}}"))) } else { Ok(node) }
    }

    fn call(&mut self) -> Result<Node, String> {
        let context = "template clause";
        let token = self.next_word();
        let name = self.name(&token, context)?;
        let pipe = if self.peek_word().kind == Kind::RightDelimiter {
            self.next();
            None
        } else {
            Some(self.pipe(context, Kind::RightDelimiter)?)
        };
        Ok(Node::Call(Call { position: token.position, name, pipe }))
    }

    fn block(&mut self) -> Result<Node, String> {
        let context = "block clause";
        let token = self.next_word();
        let name = self.name(&token, context)?;
        let pipe = self.pipe(context, Kind::RightDelimiter)?;
        self.template(name.clone(), context)?;
        Ok(Node::Call(Call { position: token.position, name, pipe: Some(pipe) }))
    }

    fn branch(&mut self, keyword: &'static str) -> Result<Branch, String> {
        let outside = self.variables.len();
        let pipe = self.pipe(keyword, Kind::RightDelimiter)?;
        let is_range = keyword == "range";
        self.ranges += usize::from(is_range);
        let (body, ending) = self.list()?;
        self.ranges -= usize::from(is_range);
        let mut otherwise = Vec::new();
        if ending == Ending::Else {
            let shares_end = ["if", "with"].contains(&keyword) && self.peek().is(keyword);
            if shares_end {
                // It is one inside of the other, and they share their end.
                self.next();
                let inner = self.nested(|parser| parser.branch(keyword))?;
                otherwise.push(if keyword == "if" { Node::If(inner) } else { Node::With(inner) });
            } else {
                let (nodes, ending) = self.list()?;
                if ending != Ending::End {
                    return Err(self.error(&format!("expected end; found {ending}")));
                }
                otherwise = nodes;
            }
        }
        self.variables.truncate(outside);
        Ok(Branch { pipe, body, otherwise })
    }

    fn pipe(&mut self, context: &str, end: Kind) -> Result<Pipe, String> {
        self.nested(|parser| {
            let mut pipe = Pipe { variables: Vec::new(), assigns: false, commands: Vec::new() };
            parser.variables_of(&mut pipe, context)?;
            loop {
                let start = parser.at;
                let token = parser.next_word();
                match token.kind {
                    kind if kind == end => break,
                    Kind::Bool
                    | Kind::Char
                    | Kind::Number
                    | Kind::String
                    | Kind::Field
                    | Kind::Variable
                    | Kind::Identifier
                    | Kind::LeftParen => {}
                    Kind::Keyword if ["nil", "."].contains(&token.text.as_str()) => {}
                    _ => return Err(parser.unexpected(&token, context)),
                }
                parser.at = start;
                let command = parser.command()?;
                pipe.commands.push(command);
            }
            parser.check(&pipe, context)?;
            Ok(pipe)
        })
    }

    /// `$i, $x :=`
    fn variables_of(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), String> {
        loop {
            let variable = self.peek_word().clone();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let start = self.at;
            self.next();
            let next = self.peek_word().clone();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = next.kind == Kind::Assign;
                    self.next();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    return Ok(());
                }
                Kind::Sign if next.text == "," => {
                    self.next();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return Err(self.error(&format!("too many declarations in {context}")));
                    }
                    if !matches!(self.peek_word().kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParen) {
                        return Err(self.error("range can only initialize variables"));
                    }
                }
                _ => {
                    self.at = start;
                    return Ok(());
                }
            }
        }
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Result<(), String> {
        if pipe.commands.is_empty() {
            return Err(self.error(&format!("missing value for {context}")));
        }
        for (place, command) in pipe.commands.iter().enumerate().skip(1) {
            let what = &command.words[0].what;
            if matches!(what, What::Bool(_) | What::Dot | What::Nil | What::Number(..) | What::Text(..)) {
                return Err(self.error(&format!("non executable command in pipeline stage {}", place + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut command = Command { position: self.peek_word().position, words: Vec::new() };
        loop {
            self.peek_word();
            let word = self.operand()?;
            command.words.extend(word);
            let start = self.at;
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParen => self.at = start,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if command.words.is_empty() { Err(self.error("empty command")) } else { Ok(command) }
    }

    fn operand(&mut self) -> Result<Option<Operand>, String> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let position = self.peek().position;
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.next().text[1..].to_owned());
        }
        match &mut operand.what {
            What::Field(path) | What::Variable(path) => {
                path.append(&mut fields);
                operand.position = position;
            }
            What::Bool(_) | What::Text(..) | What::Number(..) | What::Nil | What::Dot => {
                return Err(self.error(&format!("unexpected . after term {:?}", operand.what.to_string())));
            }
            _ => operand = Operand { position, what: What::Chain(Box::new(operand), fields) },
        }
        Ok(Some(operand))
    }

    fn term(&mut self) -> Result<Option<Operand>, String> {
        let start = self.at;
        let Token { kind, text, position, .. } = self.next_word();
        let what = match kind {
            Kind::Identifier if FUNCTIONS.contains(&text.as_str()) => What::Function(text),
            Kind::Identifier => return Err(self.error(&format!("function {text:?} not defined"))),
            Kind::Keyword if text == "." => What::Dot,
            Kind::Keyword if text == "nil" => What::Nil,
            Kind::Variable if self.variables.contains(&text) => What::Variable(vec![text]),
            Kind::Variable => return Err(self.error(&format!("undefined variable {text:?}"))),
            Kind::Field => What::Field(vec![text[1..].to_owned()]),
            Kind::Bool => What::Bool(text == "true"),
            Kind::Char => {
                let mut inside = unquoted(&text).unwrap_or_default();
                match (inside.pop(), inside.is_empty()) {
                    (Some(sign), true) => What::Number(Number::Int(u32::from(sign).into()), text),
                    _ => return Err(self.error(&format!("malformed character constant: {text}"))),
                }
            }
            Kind::Number => What::Number(number(&text).map_err(|why| self.error(&why))?, text),
            Kind::String => match unquoted(&text) {
                Some(inside) => What::Text(inside, text),
                None => return Err(self.error("invalid syntax")),
            },
            Kind::LeftParen => What::Pipe(Box::new(self.pipe("parenthesized pipeline", Kind::RightParen)?)),
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        Ok(Some(Operand { position, what }))
    }
}

fn number(text: &str) -> Result<Number, String> {
    let plain = text.replace('_', "");
    let unsigned = plain.trim_start_matches(['+', '-']);
    let sign = if plain.starts_with('-') { "-" } else { "" };
    let based = |prefixes: [&str; 2], base| {
        let digits = prefixes.iter().find_map(|prefix| unsigned.strip_prefix(prefix))?;
        Some(i64::from_str_radix(&format!("{sign}{digits}"), base))
    };
    let octal = unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|digit| digit.is_ascii_digit());
    let int = based(["0x", "0X"], 16)
        .or_else(|| based(["0b", "0B"], 2))
        .or_else(|| based(["0o", "0O"], 8))
        .or_else(|| octal.then(|| i64::from_str_radix(&format!("{sign}{unsigned}"), 8)))
        .unwrap_or_else(|| plain.parse());
    if let Ok(int) = int {
        return Ok(Number::Int(int));
    }
    let is_float = unsigned.contains(['.', 'e', 'E']) && !unsigned.starts_with("0x");
    match plain.parse::<f64>() {
        Ok(float) if is_float && float.is_finite() => Ok(Number::Float(float)),
        Ok(_) if !is_float => Err(format!("integer overflow: {text:?}")),
        _ => Err(format!("illegal number syntax: {text:?}")),
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dot => f.write_str("."),
            Self::Nil => f.write_str("nil"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(_, written) | Self::Text(_, written) => f.write_str(written),
            Self::Field(path) => path.iter().try_for_each(|field| write!(f, ".{field}")),
            Self::Variable(path) => f.write_str(&path.join(".")),
            Self::Function(name) => f.write_str(name),
            Self::Pipe(pipe) => write!(f, "{pipe}"),
            Self::Chain(base, fields) => {
                match &base.what {
                    What::Pipe(pipe) => write!(f, "({pipe})")?,
                    other => write!(f, "{other}")?,
                }
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, word) in self.words.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            match &word.what {
                What::Pipe(pipe) => write!(f, "({pipe})")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        let commands: Vec<String> = self.commands.iter().map(Command::to_string).collect();
        f.write_str(&commands.join(" | "))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {:?}", self.name)?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

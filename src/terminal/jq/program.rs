//! What a jq program says: its words, and what they make of each other.

use super::json::Json;
use std::rc::Rc;

/// How deep a program may nest.
const DEEPEST: usize = 60;

/// A filter.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    Identity,
    /// `..`
    Recurse,
    Value(Json),
    /// Pieces of text, and filters between them; with the name of a format for these.
    Text(Vec<Piece>, Rc<str>),
    Format(Rc<str>),
    Variable(Rc<str>),
    /// What is looked into, and at what.
    Index(Box<Filter>, Box<Filter>),
    Slice(Box<Filter>, Option<Box<Filter>>, Option<Box<Filter>>),
    Iterate(Box<Filter>),
    Try(Box<Filter>, Option<Box<Filter>>),
    Pipe(Box<Filter>, Box<Filter>),
    Comma(Box<Filter>, Box<Filter>),
    Binary(&'static str, Box<Filter>, Box<Filter>),
    Negate(Box<Filter>),
    Array(Option<Box<Filter>>),
    Object(Vec<(Filter, Filter)>),
    If(Box<[Filter; 3]>),
    Reduce(Box<Filter>, Rc<str>, Box<Filter>, Box<Filter>),
    Let(Box<Filter>, Rc<str>, Box<Filter>),
    Call(Rc<str>, Vec<Filter>),
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Filter(Filter),
}

#[derive(Clone, Debug)]
enum Token {
    Sign(&'static str),
    Number(f64),
    Text(Vec<Piece>),
    Name(String),
    Variable(String),
    Field(String),
    Format(String),
}

const SIGNS: &[&str] = &[
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", ".", "[", "]", "(", ")", "{",
    "}", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?",
];

type Parsed<T> = Result<T, String>;

/// The filter that a text stands for, or what is wrong with it.
pub(super) fn parse(text: &str) -> Parsed<Filter> {
    parse_within(text, 0)
}

fn parse_within(text: &str, depth: usize) -> Parsed<Filter> {
    let tokens = tokens(text, depth)?;
    let mut parser = Parser { tokens, at: 0, depth };
    if parser.tokens.is_empty() {
        return Ok(Filter::Identity);
    }
    let filter = parser.pipe()?;
    if parser.at < parser.tokens.len() { Err(parser.unexpected()) } else { Ok(filter) }
}

fn is_name(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_'
}

fn tokens(text: &str, depth: usize) -> Parsed<Vec<Token>> {
    if depth > DEEPEST {
        return Err("the program is nested too deeply".into());
    }
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        let name_length = |text: &str| text.find(|c| !is_name(c)).unwrap_or(text.len());
        match symbol {
            symbol if symbol.is_whitespace() => rest = &rest[symbol.len_utf8()..],
            '#' => rest = &rest[rest.find('\n').unwrap_or(rest.len())..],
            '"' => {
                let (pieces, after) = string(&rest[1..], depth)?;
                all.push(Token::Text(pieces));
                rest = after;
            }
            '0'..='9' => {
                let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                let mut end = digits;
                if rest[end..].starts_with(['e', 'E']) {
                    let signed = end + 1 + usize::from(rest[end + 1..].starts_with(['+', '-']));
                    let len = rest[signed..].bytes().take_while(u8::is_ascii_digit).count();
                    end = if len > 0 { signed + len } else { end };
                }
                all.push(Token::Number(rest[..end].parse().map_err(|_| format!("no number: {}", &rest[..end]))?));
                rest = &rest[end..];
            }
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                let len = name_length(&rest[1..]);
                all.push(Token::Field(rest[1..=len].to_owned()));
                rest = &rest[1 + len..];
            }
            '$' | '@' => {
                let len = name_length(&rest[1..]);
                let name = rest[1..=len].to_owned();
                all.push(if symbol == '$' { Token::Variable(name) } else { Token::Format(name) });
                rest = &rest[1 + len..];
            }
            symbol if is_name(symbol) => {
                let len = name_length(rest);
                all.push(Token::Name(rest[..len].to_owned()));
                rest = &rest[len..];
            }
            symbol => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("syntax error, unexpected INVALID_CHARACTER `{symbol}`"))?;
                all.push(Token::Sign(sign));
                rest = &rest[sign.len()..];
            }
        }
    }
    Ok(all)
}

/// A text up to its quote, and what stands behind it.
fn string(text: &str, depth: usize) -> Parsed<(Vec<Piece>, &str)> {
    let unfinished = || "syntax error, unexpected end of file".to_owned();
    let mut pieces = Vec::new();
    let mut now = String::new();
    let mut symbols = text.char_indices();
    while let Some((at, symbol)) = symbols.next() {
        match symbol {
            '"' => {
                pieces.push(Piece::Text(now));
                return Ok((pieces, &text[at + 1..]));
            }
            '\\' => match symbols.next().ok_or_else(unfinished)? {
                (_, 'n') => now.push('\n'),
                (_, 't') => now.push('\t'),
                (_, 'r') => now.push('\r'),
                (_, 'b') => now.push('\x08'),
                (_, 'f') => now.push('\x0c'),
                (at, 'u') => {
                    let code = text.get(at + 1..at + 5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    now.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                    symbols.by_ref().take(4).for_each(|_| {});
                }
                (at, '(') => {
                    let len = closing(&text[at + 1..]).ok_or_else(unfinished)?;
                    pieces.push(Piece::Text(std::mem::take(&mut now)));
                    pieces.push(Piece::Filter(parse_within(&text[at + 1..at + 1 + len], depth + 1)?));
                    symbols = text.char_indices();
                    symbols.by_ref().take_while(|(place, _)| *place < at + 1 + len).for_each(drop);
                }
                (_, other) => now.push(other),
            },
            symbol => now.push(symbol),
        }
    }
    Err(unfinished())
}

/// Where the parenthesis is closed that was opened before this text.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut skip) = (1, false, false);
    for (at, symbol) in text.char_indices() {
        match symbol {
            _ if skip => skip = false,
            '\\' if quoted => skip = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// `?`: behind an index or brackets only these are tried, and not what they look into.
fn optional(filter: Filter) -> Filter {
    let tried = |filter| Box::new(Filter::Try(Box::new(filter), None));
    match filter {
        Filter::Iterate(of) => Filter::Pipe(of, tried(Filter::Iterate(Box::new(Filter::Identity)))),
        Filter::Index(of, key) if matches!(*key, Filter::Value(_)) => {
            Filter::Pipe(of, tried(Filter::Index(Box::new(Filter::Identity), key)))
        }
        other => *tried(other),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// The operators between filters, weakest first, and whether they group to the right.
const LEVELS: &[(&[&str], bool)] = &[
    (&["//"], true),
    (&["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="], true),
    (&["or"], false),
    (&["and"], false),
    (&["==", "!=", "<", "<=", ">", ">="], false),
    (&["+", "-"], false),
    (&["*", "/", "%"], false),
];

impl Parser {
    fn is(&self, sign: &str) -> bool {
        match self.tokens.get(self.at) {
            Some(Token::Sign(found)) => *found == sign,
            Some(Token::Name(name)) => name == sign,
            _ => false,
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let what = match self.tokens.get(self.at) {
            None => "end of file".to_owned(),
            Some(Token::Sign(sign)) => format!("'{sign}'"),
            Some(Token::Name(name)) => format!("IDENT '{name}'"),
            Some(Token::Variable(name)) => format!("'${name}'"),
            Some(Token::Field(name)) => format!("FIELD '.{name}'"),
            Some(Token::Format(name)) => format!("FORMAT '@{name}'"),
            Some(Token::Number(_)) => "LITERAL".to_owned(),
            Some(Token::Text(_)) => "QQSTRING_START".to_owned(),
        };
        format!("syntax error, unexpected {what}")
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the program is nested too deeply".into());
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn pipe(&mut self) -> Parsed<Filter> {
        self.deeper(|parser| {
            if parser.is("def") {
                return Err("functions of one's own are not simulated".into());
            }
            let left = parser.comma()?;
            if parser.take("as") {
                let Some(Token::Variable(name)) = parser.tokens.get(parser.at).cloned() else {
                    return Err(parser.unexpected());
                };
                parser.at += 1;
                parser.expect("|")?;
                return Ok(Filter::Let(Box::new(left), name.into(), Box::new(parser.pipe()?)));
            }
            match parser.take("|") {
                true => Ok(Filter::Pipe(Box::new(left), Box::new(parser.pipe()?))),
                false => Ok(left),
            }
        })
    }

    fn comma(&mut self) -> Parsed<Filter> {
        let mut left = self.level(0)?;
        while self.take(",") {
            left = Filter::Comma(Box::new(left), Box::new(self.level(0)?));
        }
        Ok(left)
    }

    fn level(&mut self, level: usize) -> Parsed<Filter> {
        let Some((signs, right)) = LEVELS.get(level) else { return self.postfix() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.is(sign)) {
            self.at += 1;
            let other = if *right { self.deeper(|parser| parser.level(level))? } else { self.level(level + 1)? };
            left = Filter::Binary(sign, Box::new(left), Box::new(other));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Parsed<Filter> {
        let mut filter = self.deeper(Self::term)?;
        loop {
            match self.tokens.get(self.at).cloned() {
                Some(Token::Field(name)) => {
                    self.at += 1;
                    filter = Filter::Index(Box::new(filter), Box::new(Filter::Value(Json::text(&name))));
                }
                Some(Token::Sign("?")) => {
                    self.at += 1;
                    filter = optional(filter);
                }
                Some(Token::Sign(".")) if matches!(self.tokens.get(self.at + 1), Some(Token::Text(_))) => {
                    self.at += 1;
                    filter = Filter::Index(Box::new(filter), Box::new(self.term()?));
                }
                Some(Token::Sign(".")) if matches!(self.tokens.get(self.at + 1), Some(Token::Sign("["))) => {
                    self.at += 1
                }
                Some(Token::Sign("[")) => {
                    self.at += 1;
                    filter = self.bracket(filter)?;
                }
                _ => return Ok(filter),
            }
        }
    }

    /// What stands in brackets behind a filter.
    fn bracket(&mut self, of: Filter) -> Parsed<Filter> {
        let of = Box::new(of);
        if self.take("]") {
            return Ok(Filter::Iterate(of));
        }
        let from = if self.is(":") { None } else { Some(Box::new(self.pipe()?)) };
        if self.take(":") {
            let to = if self.is("]") { None } else { Some(Box::new(self.pipe()?)) };
            self.expect("]")?;
            return Ok(Filter::Slice(of, from, to));
        }
        self.expect("]")?;
        let from = from.ok_or_else(|| self.unexpected())?;
        Ok(Filter::Index(of, from))
    }

    fn term(&mut self) -> Parsed<Filter> {
        let Some(token) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
        self.at += 1;
        let text = |pieces: Vec<Piece>, format: &str| match pieces.as_slice() {
            [Piece::Text(text)] => Filter::Value(Json::text(text)),
            _ => Filter::Text(pieces, format.into()),
        };
        Ok(match token {
            Token::Number(number) => Filter::Value(Json::Number(number)),
            Token::Text(pieces) => text(pieces, "text"),
            Token::Format(name) => match self.tokens.get(self.at).cloned() {
                Some(Token::Text(pieces)) => {
                    self.at += 1;
                    text(pieces, &name)
                }
                _ => Filter::Format(name.into()),
            },
            Token::Variable(name) => Filter::Variable(name.into()),
            Token::Field(name) => Filter::Index(Box::new(Filter::Identity), Box::new(Filter::Value(Json::text(&name)))),
            Token::Sign("..") => Filter::Recurse,
            Token::Sign(".") => match self.tokens.get(self.at) {
                Some(Token::Text(_)) => Filter::Index(Box::new(Filter::Identity), Box::new(self.term()?)),
                _ => Filter::Identity,
            },
            Token::Sign("-") => Filter::Negate(Box::new(self.postfix()?)),
            Token::Sign("(") => {
                let inner = self.pipe()?;
                self.expect(")")?;
                inner
            }
            Token::Sign("[") if self.take("]") => Filter::Array(None),
            Token::Sign("[") => {
                let inner = self.pipe()?;
                self.expect("]")?;
                Filter::Array(Some(Box::new(inner)))
            }
            Token::Sign("{") => self.object()?,
            Token::Name(name) => self.named(&name)?,
            Token::Sign(_) => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        })
    }

    fn named(&mut self, name: &str) -> Parsed<Filter> {
        Ok(match name {
            "null" => Filter::Value(Json::Null),
            "true" => Filter::Value(Json::Bool(true)),
            "false" => Filter::Value(Json::Bool(false)),
            "if" => self.condition()?,
            "try" => {
                let tried = Box::new(self.postfix()?);
                let caught = if self.take("catch") { Some(Box::new(self.postfix()?)) } else { None };
                Filter::Try(tried, caught)
            }
            "reduce" => {
                let of = Box::new(self.postfix()?);
                self.expect("as")?;
                let Some(Token::Variable(name)) = self.tokens.get(self.at).cloned() else {
                    return Err(self.unexpected());
                };
                self.at += 1;
                self.expect("(")?;
                let first = Box::new(self.pipe()?);
                self.expect(";")?;
                let update = Box::new(self.pipe()?);
                self.expect(")")?;
                Filter::Reduce(of, name.into(), first, update)
            }
            "then" | "elif" | "else" | "end" | "as" | "and" | "or" | "catch" => {
                self.at -= 1;
                return Err(self.unexpected());
            }
            "def" | "foreach" | "label" | "import" | "include" => return Err(format!("{name} is not simulated")),
            name => {
                let mut arguments = Vec::new();
                if self.take("(") {
                    arguments.push(self.pipe()?);
                    while self.take(";") {
                        arguments.push(self.pipe()?);
                    }
                    self.expect(")")?;
                }
                Filter::Call(name.into(), arguments)
            }
        })
    }

    fn condition(&mut self) -> Parsed<Filter> {
        let condition = self.pipe()?;
        self.expect("then")?;
        let then = self.pipe()?;
        let other = match () {
            () if self.take("elif") => self.deeper(Self::condition)?,
            () if self.take("else") => {
                let other = self.pipe()?;
                self.expect("end")?;
                other
            }
            () => {
                self.expect("end")?;
                Filter::Identity
            }
        };
        Ok(Filter::If(Box::new([condition, then, other])))
    }

    fn object(&mut self) -> Parsed<Filter> {
        let mut fields = Vec::new();
        while !self.take("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let Some(token) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
            self.at += 1;
            let own = |key: &Filter| Filter::Index(Box::new(Filter::Identity), Box::new(key.clone()));
            let (key, preset) = match token {
                Token::Name(name) => {
                    let key = Filter::Value(Json::text(&name));
                    let preset = own(&key);
                    (key, Some(preset))
                }
                Token::Variable(name) => {
                    (Filter::Value(Json::text(&name)), Some(Filter::Variable(name.as_str().into())))
                }
                Token::Text(_) => {
                    self.at -= 1;
                    let key = self.term()?;
                    let preset = own(&key);
                    (key, Some(preset))
                }
                Token::Sign("(") => {
                    let key = self.pipe()?;
                    self.expect(")")?;
                    (key, None)
                }
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            };
            let value = match (self.take(":"), preset) {
                (true, _) => {
                    let mut value = self.level(0)?;
                    while self.take("|") {
                        value = Filter::Pipe(Box::new(value), Box::new(self.level(0)?));
                    }
                    value
                }
                (false, Some(preset)) => preset,
                (false, None) => return Err(self.unexpected()),
            };
            fields.push((key, value));
        }
        Ok(Filter::Object(fields))
    }
}

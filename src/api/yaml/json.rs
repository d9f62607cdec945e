//! JSON manifests. They have a reader of their own because YAML has no place for their escapes (`"\ud83d\ude00"`) and
//! their tabs, and because kubectl's errors for them are those of Go's `encoding/json`.

use super::{Chunk, Content, Entry, MAX_DEPTH, Position, Remark, Span, SyntaxError, Tree, scalar};
use crate::sim::Map;
use std::rc::Rc;

/// Reads one JSON value after the other from a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
    line: usize,
    /// Where the current line starts.
    line_start: usize,
    /// Where the document being read starts, and its line.
    document: (usize, usize),
    warnings: Vec<Remark>,
}

type Read<T> = Result<T, SyntaxError>;

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Reader { text, at: 0, line: 1, line_start: 0, document: (0, 1), warnings: Vec::new() }
    }

    /// The next value, or `None` at the end.
    pub fn next_document(&mut self) -> Read<Option<Tree>> {
        self.document = (self.at, self.line);
        if self.peek().is_none() {
            return Ok(None);
        }
        self.value("looking for beginning of value", 0).map(Some)
    }

    /// The only value.
    pub fn only_document(&mut self) -> Read<Tree> {
        let root = self.value("looking for beginning of value", 0)?;
        if self.peek().is_some() { Err(self.error("after top-level value")) } else { Ok(root) }
    }

    pub fn take_warnings(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.warnings)
    }

    /// What follows the last complete value: all of it, for YAML to try.
    pub fn rest(&self) -> Chunk<'a> {
        let (start, mut first_line) = self.document;
        let mut text = &self.text[start..];
        // The rest of the line on which the last value ended does not count if it is empty.
        let end_of_line = text.find('\n').filter(|&end| start > 0 && text[..end].trim().is_empty());
        if let Some(end) = end_of_line {
            text = &text[end + 1..];
            first_line += 1;
        }
        Chunk { text, first_line }
    }

    fn position(&self) -> Position {
        Position { line: self.line, column: self.text[self.line_start..self.at].chars().count() + 1 }
    }

    /// The next byte that is not white space, not yet taken.
    fn peek(&mut self) -> Option<u8> {
        while let Some(&b) = self.text.as_bytes().get(self.at) {
            match b {
                b'\n' => (self.line, self.line_start) = (self.line + 1, self.at + 1),
                b' ' | b'\t' | b'\r' => {}
                _ => return Some(b),
            }
            self.at += 1;
        }
        None
    }

    fn error(&self, context: &str) -> SyntaxError {
        let start = self.position();
        let span = Span { start, end: Position { column: start.column + 1, ..start } };
        let Some(found) = self.text[self.at..].chars().next() else {
            let plain = "The JSON ends too early: a bracket, brace or quote is still open.".into();
            return SyntaxError { span, kubectl: "unexpected EOF".into(), plain };
        };
        let shown = match found {
            '\'' => "'\\''".to_owned(),
            '"' => "'\"'".to_owned(),
            c => format!("'{}'", c.escape_debug()),
        };
        let kubectl = format!("json: offset {}: invalid character {shown} {context}", self.at + 1);
        SyntaxError { span, kubectl, plain: format!("JSON does not allow {shown} here ({context}).") }
    }

    fn value(&mut self, context: &str, depth: usize) -> Read<Tree> {
        let first = self.peek();
        let start = self.position();
        if depth > MAX_DEPTH {
            let plain = "This is nested deeper than anything in Kubernetes.".into();
            return Err(SyntaxError { span: Span { start, end: start }, kubectl: "exceeded max depth".into(), plain });
        }
        let content = match first {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Content::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Content::Bool(true))?,
            Some(b'f') => self.word("false", Content::Bool(false))?,
            Some(b'n') => self.word("null", Content::Null)?,
            _ => return Err(self.error(context)),
        };
        Ok(Tree { span: Span { start, end: self.position() }, content })
    }

    fn array(&mut self, depth: usize) -> Read<Content> {
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() != Some(b']') {
            loop {
                items.push(self.value("looking for beginning of value", depth + 1)?);
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break,
                    _ => return Err(self.error("after array element")),
                }
            }
        }
        self.at += 1;
        Ok(Content::List(items.into()))
    }

    fn object(&mut self, depth: usize) -> Read<Content> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: Map<Rc<str>, usize> = Map::new();
        let mut looking_for = "looking for beginning of object key string";
        if self.peek() != Some(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.error(looking_for));
                }
                looking_for = "looking for beginning of object key string";
                let start = self.position();
                let key = self.string()?;
                let key_span = Span { start, end: self.position() };
                if self.peek() != Some(b':') {
                    return Err(self.error("after object key"));
                }
                self.at += 1;
                let value = self.value("looking for beginning of value", depth + 1)?;
                let entry = Entry { key: key.clone(), key_span, value };
                match seen.get(&key) {
                    Some(&at) => {
                        let text = format!("{key} is given twice here. kubectl keeps the last one and says nothing.");
                        self.warnings.push(Remark { span: key_span, text });
                        entries[at] = entry;
                    }
                    None => {
                        seen.insert(key, entries.len());
                        entries.push(entry);
                    }
                }
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.error("after object key:value pair")),
                }
            }
        }
        self.at += 1;
        Ok(Content::Map(entries.into()))
    }

    fn word(&mut self, word: &str, content: Content) -> Read<Content> {
        for (index, expected) in word.char_indices() {
            if self.text.as_bytes().get(self.at) != Some(&(expected as u8)) {
                let context = format!("in literal {word} (expecting '{expected}')");
                return Err(if index == 0 {
                    self.error("looking for beginning of value")
                } else {
                    self.error(&context)
                });
            }
            self.at += 1;
        }
        Ok(content)
    }

    fn number(&mut self) -> Read<Content> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |reader: &mut Self, context: &str| {
            let from = reader.at;
            while bytes.get(reader.at).is_some_and(u8::is_ascii_digit) {
                reader.at += 1;
            }
            if reader.at == from { Err(reader.error(context)) } else { Ok(()) }
        };
        if bytes[self.at] == b'-' {
            self.at += 1;
        }
        if bytes.get(self.at) == Some(&b'0') {
            self.at += 1; // Nothing but a point or an exponent may follow a leading zero.
        } else {
            digits(self, "in numeric literal")?;
        }
        if bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            digits(self, "after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = bytes.get(self.at) {
                self.at += 1;
            }
            digits(self, "in exponent of numeric literal")?;
        }
        let text = &self.text[start..self.at];
        Ok(match text.parse::<i64>() {
            Ok(int) => Content::Int(int),
            Err(_) => scalar::number_content(text.parse().unwrap_or(f64::MAX)),
        })
    }

    fn string(&mut self) -> Read<Rc<str>> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.error("in string literal")),
            }
        }
        self.at += 1;
        Ok(text.into())
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let escaped = match self.text.as_bytes().get(self.at) {
            Some(b'u') => {
                self.at += 1;
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) || !self.text[self.at..].starts_with("\\u") {
                    return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let before = self.at;
                self.at += 2;
                let low = self.hex()?;
                if !(0xdc00..0xe000).contains(&low) {
                    self.at = before;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                return Ok(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                    .unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(&b @ (b'"' | b'\\' | b'/')) => b as char,
            _ => return Err(self.error("in string escape code")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn hex(&mut self) -> Read<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.text.as_bytes().get(self.at).and_then(|&b| (b as char).to_digit(16));
            let Some(digit) = digit else { return Err(self.error("in \\u hexadecimal character escape")) };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

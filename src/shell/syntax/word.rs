//! Words: quotes, and what begins with `$`.

use super::parser::{Mistake, Parser};
use super::tree::*;
use std::rc::Rc;

/// Where text is that a word's parts are read from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// A word of a command.
    Command,
    /// The right side of `=~`: parentheses and bars belong to it.
    Regex,
    /// `"…"`
    Quotes,
    /// The text of a here-document.
    Document,
    /// `$((…))`, and what else is computed: quotes do not count.
    Arithmetic,
    /// `${name-…}`: up to the brace.
    Braces,
    /// The same within `"…"`.
    QuotedBraces,
}

impl Within {
    fn is_quoted(self) -> bool {
        matches!(self, Self::Quotes | Self::Document | Self::Arithmetic | Self::QuotedBraces)
    }
}

impl Parser {
    /// A word; without parts if there is none.
    pub(super) fn word(&mut self) -> Result<Word, Mistake> {
        Ok(Word { parts: self.parts(Within::Command, &[])? })
    }

    /// Parts up to one of the stops, which is not consumed, or to where a word of this sort ends.
    pub(super) fn parts(&mut self, within: Within, stops: &[char]) -> Result<Vec<Part>, Mistake> {
        self.deeper()?;
        let mut parts = Vec::new();
        let mut depth = 0;
        while let Some(symbol) = self.peek() {
            if stops.contains(&symbol) && depth == 0 {
                break;
            }
            match symbol {
                ' ' | '\t' | '\n' | ';' | '&' | '<' | '>' if matches!(within, Within::Command | Within::Regex) => {
                    let process = within == Within::Command && matches!(symbol, '<' | '>') && self.next_is("(", 1);
                    if !process || !self.is_bash() || self.posix {
                        break;
                    }
                    self.at += 2;
                    let body = self.list_until_parenthesis()?;
                    parts.push(Part::Process { input: symbol == '<', body });
                }
                '(' if within == Within::Command && self.extglob && ends_in_glob(&parts) => {
                    let start = self.at;
                    self.skip_parentheses()?;
                    let text = self.text[start..self.at].to_owned();
                    push_text(&mut parts, &text);
                }
                '|' | ')' | '(' if within == Within::Command => break,
                '|' if within == Within::Regex && depth == 0 => break,
                '(' | ')' if within == Within::Regex => {
                    depth += if symbol == '(' { 1 } else { -1 };
                    if depth < 0 {
                        break;
                    }
                    self.at += 1;
                    push_text(&mut parts, if symbol == '(' { "(" } else { ")" });
                }
                '\\' => self.backslash(within, &mut parts),
                '\'' if !within.is_quoted() => {
                    self.at += 1;
                    let text = self.until_quote('\'')?;
                    parts.push(Part::Quoted(text));
                }
                '"' if !matches!(within, Within::Quotes | Within::Document) => {
                    self.at += 1;
                    let inner = self.parts(Within::Quotes, &['"'])?;
                    self.close('"')?;
                    parts.push(Part::Double(inner));
                }
                '$' => self.dollar(within, &mut parts)?,
                '`' => {
                    self.at += 1;
                    let part = self.backquotes(within)?;
                    parts.push(part);
                }
                symbol => {
                    self.at += symbol.len_utf8();
                    self.count_line(symbol);
                    let mut buffer = [0; 4];
                    let text = &*symbol.encode_utf8(&mut buffer);
                    if within.is_quoted() { push_quoted(&mut parts, text) } else { push_text(&mut parts, text) }
                }
            }
        }
        self.depth -= 1;
        Ok(parts)
    }

    fn backslash(&mut self, within: Within, parts: &mut Vec<Part>) {
        self.at += 1;
        let Some(next) = self.peek() else {
            push_quoted(parts, "\\");
            return;
        };
        let escapes = match within {
            Within::Quotes | Within::QuotedBraces => matches!(next, '$' | '`' | '"' | '\\' | '\n' | '}'),
            Within::Document | Within::Arithmetic => matches!(next, '$' | '`' | '\\' | '\n'),
            Within::Command | Within::Regex | Within::Braces => true,
        };
        if next == '}' && within == Within::Quotes || !escapes {
            push_quoted(parts, "\\");
            return;
        }
        self.at += next.len_utf8();
        self.count_line(next);
        if next != '\n' {
            let mut buffer = [0; 4];
            parts.push(Part::Quoted(next.encode_utf8(&mut buffer).to_owned()));
        }
    }

    /// Text up to a quote, which is consumed.
    fn until_quote(&mut self, quote: char) -> Result<String, Mistake> {
        let line = self.line;
        let Some(len) = self.rest().find(quote) else { return Err(Mistake::Unclosed { what: quote, line }) };
        let text = self.rest()[..len].to_owned();
        self.line += text.matches('\n').count() as u32;
        self.at += len + 1;
        Ok(text)
    }

    pub(super) fn close(&mut self, quote: char) -> Result<(), Mistake> {
        if self.peek() == Some(quote) {
            self.at += quote.len_utf8();
            return Ok(());
        }
        Err(Mistake::Unclosed { what: quote, line: self.line })
    }

    fn dollar(&mut self, within: Within, parts: &mut Vec<Part>) -> Result<(), Mistake> {
        self.at += 1;
        let line = self.line;
        let Some(next) = self.peek() else {
            push_quoted(parts, "$");
            return Ok(());
        };
        match next {
            '(' if self.next_is("((", 0) && self.arithmetic_end(self.at + 2).is_some() => {
                self.at += 2;
                let end = self.arithmetic_end(self.at).unwrap_or(self.at);
                let word = self.arithmetic(end)?;
                self.at = end + 2;
                parts.push(Part::Arithmetic(Rc::new(word)));
            }
            '(' => {
                let start = self.at;
                self.at += 1;
                let body = self.list_until_parenthesis().map_err(|mistake| match mistake {
                    Mistake::End { .. } if self.is_bash() => {
                        Mistake::Unclosed { what: ')', line: line + self.text[start..].lines().count() as u32 }
                    }
                    mistake => mistake,
                })?;
                parts.push(Part::Command(body));
            }
            '{' => {
                let start = self.at - 1;
                self.at += 1;
                let quoted = within.is_quoted();
                match self.braces(quoted)? {
                    Some(parameter) => parts.push(Part::Parameter(Rc::new(parameter))),
                    None => {
                        self.skip_braces(start + 2)?;
                        let text = self.text[start..self.at].to_owned();
                        parts.push(Part::Parameter(Rc::new(parameter(&text, Operation::Bad(text.clone())))));
                    }
                }
            }
            '\'' if !within.is_quoted() && !self.is_dash() => {
                self.at += 1;
                let start = self.at;
                loop {
                    match self.peek() {
                        Some('\\') => self.at += 1 + self.rest()[1..].chars().next().map_or(0, char::len_utf8),
                        Some('\'') => break,
                        Some(symbol) => self.at += symbol.len_utf8(),
                        None => return Err(Mistake::Unclosed { what: '\'', line }),
                    }
                }
                let text = unescape(&self.text[start..self.at], true).0;
                self.at += 1;
                parts.push(Part::Quoted(text));
            }
            '"' if !within.is_quoted() && self.is_bash() => {}
            '@' | '*' | '#' | '?' | '-' | '$' | '!' => {
                self.at += 1;
                parts.push(Part::Parameter(Rc::new(parameter(&next.to_string(), Operation::Get))));
            }
            '0'..='9' => {
                self.at += 1;
                parts.push(Part::Parameter(Rc::new(parameter(&next.to_string(), Operation::Get))));
            }
            _ => {
                let name = self.identifier();
                if name.is_empty() {
                    push_quoted(parts, "$");
                } else {
                    parts.push(Part::Parameter(Rc::new(parameter(&name, Operation::Get))));
                }
            }
        }
        Ok(())
    }

    fn backquotes(&mut self, within: Within) -> Result<Part, Mistake> {
        let line = self.line;
        let mut inner = String::new();
        loop {
            let Some(symbol) = self.peek() else { return Err(Mistake::Unclosed { what: '`', line }) };
            self.at += symbol.len_utf8();
            self.count_line(symbol);
            match symbol {
                '`' => break,
                '\\' => match self.peek() {
                    Some(next @ ('`' | '\\' | '$')) => {
                        self.at += 1;
                        inner.push(next);
                    }
                    Some('"') if within == Within::Quotes => {
                        self.at += 1;
                        inner.push('"');
                    }
                    _ => inner.push('\\'),
                },
                symbol => inner.push(symbol),
            }
        }
        let mut parser = self.inner(&inner, line)?;
        let mut list = List::default();
        while let Some(more) = parser.next()? {
            list.items.extend(more.items);
        }
        Ok(Part::Command(Rc::new(list)))
    }

    /// What follows `${`, the closing brace included; nothing if it is no substitution.
    fn braces(&mut self, quoted: bool) -> Result<Option<Parameter>, Mistake> {
        let within = if quoted { Within::QuotedBraces } else { Within::Braces };
        let length =
            self.peek() == Some('#') && !matches!(self.second(), Some('}' | ':' | '-' | '+' | '=' | '%' | '/'));
        let indirect =
            self.peek() == Some('!') && !matches!(self.second(), Some('}' | ':' | '-' | '+' | '=' | '%' | '/'));
        if length || indirect {
            self.at += 1;
        }
        let mut name = self.identifier();
        if name.is_empty() {
            let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
            match self.peek() {
                _ if digits > 0 => {
                    name = self.rest()[..digits].to_owned();
                    self.at += digits;
                }
                Some(symbol @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                    name = symbol.to_string();
                    self.at += 1;
                }
                _ => return Ok(None),
            }
        }
        let mut index = None;
        if self.peek() == Some('[') && !self.is_dash() {
            self.at += 1;
            index = Some(match self.peek() {
                Some('@') if self.next_is("]", 1) => Subscript::At,
                Some('*') if self.next_is("]", 1) => Subscript::Star,
                _ => Subscript::Index(Word { parts: self.parts(Within::Arithmetic, &[']'])? }),
            });
            if !matches!(index, Some(Subscript::Index(_))) {
                self.at += 1;
            }
            if self.peek() != Some(']') {
                return Ok(None);
            }
            self.at += 1;
        }
        let Some(sign) = self.peek() else { return Err(Mistake::Unclosed { what: '}', line: self.line }) };
        let mut result = Parameter { name, index, indirect, operation: Operation::Get };
        if sign == '}' {
            self.at += 1;
            if length {
                result.operation = Operation::Length;
            } else if indirect && matches!(result.index, Some(Subscript::At | Subscript::Star)) {
                result.operation = Operation::Keys;
                result.indirect = false;
            }
            return Ok(Some(result));
        }
        if length {
            return Ok(None);
        }
        if indirect && matches!(sign, '*' | '@') && self.second() == Some('}') {
            self.at += 2;
            result.indirect = false;
            result.operation = Operation::Names { at: sign == '@' };
            return Ok(Some(result));
        }
        self.at += 1;
        let doubled = self.peek() == Some(sign);
        result.operation = match sign {
            ':' if matches!(self.peek(), Some('-' | '=' | '?' | '+')) => {
                let sign = self.peek().unwrap_or('-');
                self.at += 1;
                Operation::Default { colon: true, sign, word: Word { parts: self.parts(within, &['}'])? } }
            }
            '-' | '=' | '?' | '+' => {
                Operation::Default { colon: false, sign, word: Word { parts: self.parts(within, &['}'])? } }
            }
            '#' | '%' => {
                self.at += usize::from(doubled);
                // A pattern is no longer within the quotes around it.
                let pattern = Word { parts: self.parts(Within::Braces, &['}'])? };
                Operation::Trim { sign, longest: doubled, pattern }
            }
            _ if self.is_dash() => return Ok(None),
            '/' => {
                let anchor = self.peek().filter(|sign| matches!(sign, '#' | '%'));
                self.at += usize::from(doubled || anchor.is_some());
                let pattern = Word { parts: self.parts(Within::Braces, &['/', '}'])? };
                let mut with = Word::default();
                if self.peek() == Some('/') {
                    self.at += 1;
                    with.parts = self.parts(Within::Braces, &['}'])?;
                }
                Operation::Replace { all: doubled, anchor, pattern, with }
            }
            ':' => {
                let offset = Word { parts: self.parts(Within::Arithmetic, &[':', '}'])? };
                let mut length = None;
                if self.peek() == Some(':') {
                    self.at += 1;
                    length = Some(Word { parts: self.parts(Within::Arithmetic, &['}'])? });
                }
                Operation::Slice { offset, length }
            }
            '^' | ',' if self.is_bash() => {
                self.at += usize::from(doubled);
                Operation::Case { sign, all: doubled, pattern: Word { parts: self.parts(Within::Braces, &['}'])? } }
            }
            '@' if self.is_bash() && self.next_is("}", 1) => {
                let letter = self.peek().unwrap_or('Q');
                self.at += 1;
                Operation::Transform(letter)
            }
            _ => return Ok(None),
        };
        self.close('}')?;
        Ok(Some(result))
    }

    /// Goes behind the brace that closes those from `start`.
    fn skip_braces(&mut self, start: usize) -> Result<(), Mistake> {
        self.at = start;
        let mut depth = 1;
        while let Some(symbol) = self.peek() {
            self.at += symbol.len_utf8();
            self.count_line(symbol);
            depth += match symbol {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Mistake::Unclosed { what: '}', line: self.line })
    }

    /// Goes behind the parenthesis that closes the one here.
    fn skip_parentheses(&mut self) -> Result<(), Mistake> {
        let mut depth = 0;
        while let Some(symbol) = self.peek() {
            self.at += symbol.len_utf8();
            depth += match symbol {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Mistake::Unclosed { what: ')', line: self.line })
    }

    /// Where the `))` is that ends an expression which begins at a place; nothing if parentheses do not match.
    pub(super) fn arithmetic_end(&self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut depth = 0;
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return (bytes.get(at + 1) == Some(&b')')).then_some(at),
                b'\\' => at += 1,
                b'\'' | b'"' => at += 1 + bytes.get(at + 1..)?.iter().position(|other| other == byte)?,
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// An expression up to a place.
    pub(super) fn arithmetic(&mut self, end: usize) -> Result<Word, Mistake> {
        let inner = self.text[self.at..end].to_owned();
        let mut parser = self.inner(&inner, self.line)?;
        let parts = parser.parts(Within::Arithmetic, &[])?;
        self.line += inner.matches('\n').count() as u32;
        Ok(Word { parts })
    }

    pub(super) fn identifier(&mut self) -> String {
        let rest = self.rest();
        let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if rest.starts_with(|first: char| first.is_ascii_digit()) {
            return String::new();
        }
        let name = rest[..len].to_owned();
        self.at += len;
        name
    }
}

fn parameter(name: &str, operation: Operation) -> Parameter {
    Parameter { name: name.to_owned(), index: None, indirect: false, operation }
}

fn ends_in_glob(parts: &[Part]) -> bool {
    matches!(parts.last(), Some(Part::Text(text)) if text.ends_with(['?', '*', '+', '@', '!']))
}

pub(super) fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

fn push_quoted(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Quoted(last)) => last.push_str(text),
        _ => parts.push(Part::Quoted(text.to_owned())),
    }
}

/// Text with its backslash escapes replaced, as `echo -e`, `printf` and `$'…'` have them, and whether `\c` ended it.
/// `\0ooo` has its own zero for echo; `$'…'` and a printf format count it among the three digits.
pub(crate) fn unescape(text: &str, three_digits: bool) -> (String, bool) {
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(symbol) = rest.chars().next() else {
            bytes.push(b'\\');
            break;
        };
        let from_symbol = rest;
        rest = &rest[symbol.len_utf8()..];
        if three_digits && symbol.is_digit(8) {
            rest = from_symbol;
        }
        let mut number = |radix: u32, most: usize| {
            let digits = rest.chars().take(most).take_while(|digit| digit.is_digit(radix)).count();
            let value = u32::from_str_radix(&rest[..digits], radix).ok();
            rest = &rest[digits..];
            value
        };
        match symbol {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(11),
            '\\' => bytes.push(b'\\'),
            '\'' | '"' | '?' if three_digits => bytes.push(symbol as u8),
            'c' if !three_digits => return (String::from_utf8_lossy(&bytes).into_owned(), true),
            '0' if !three_digits => bytes.push(number(8, 3).unwrap_or(0) as u8),
            '0'..='7' if three_digits => bytes.push(number(8, 3).unwrap_or(0) as u8),
            'x' => match number(16, 2) {
                Some(value) => bytes.push(value as u8),
                None => bytes.extend_from_slice(b"\\x"),
            },
            'u' | 'U' => match number(16, if symbol == 'u' { 4 } else { 8 }).and_then(char::from_u32) {
                Some(value) => bytes.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes()),
                None => bytes.extend_from_slice(&[b'\\', symbol as u8]),
            },
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    (String::from_utf8_lossy(&bytes).into_owned(), false)
}

//! The words of a Python script, with the beginnings and ends of its blocks.

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub line: u32,
    pub message: String,
}

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Name(String),
    Int(String),
    Float(f64),
    /// The text, and its line.
    Str(String),
    Bytes(Vec<u8>),
    /// What stands between the quotes of an `f""`; `true` if backslashes are themselves.
    Format(String, bool),
    Symbol(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// Longer ones first.
const SYMBOLS: [&str; 47] = [
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", ":=", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{",
    "}", ",", ":", ".", ";", "=", "!",
];

/// The words of a script with their lines.
pub fn tokens(text: &str) -> Result<Vec<(Token, u32)>, SyntaxError> {
    Lexer { rest: text, line: 1, tokens: Vec::new(), indents: vec![0], open: Vec::new() }.run()
}

struct Lexer<'a> {
    rest: &'a str,
    line: u32,
    tokens: Vec<(Token, u32)>,
    indents: Vec<usize>,
    /// The brackets that are open, with their lines: no line ends inside of them.
    open: Vec<(&'static str, u32)>,
}

impl Lexer<'_> {
    fn fail<T>(&self, message: &str) -> Result<T, SyntaxError> {
        Err(SyntaxError { line: self.line, message: message.to_owned() })
    }

    fn add(&mut self, token: Token) {
        self.tokens.push((token, self.line));
    }

    fn run(mut self) -> Result<Vec<(Token, u32)>, SyntaxError> {
        let mut fresh = true;
        loop {
            if fresh && self.open.is_empty() {
                self.indent()?;
                fresh = false;
            }
            self.rest = self.rest.trim_start_matches([' ', '\t', '\x0c', '\r']);
            if self.rest.starts_with('#') {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
            if self.rest.starts_with("\\\n") || self.rest.starts_with("\\\r\n") {
                self.rest = &self.rest[self.rest.find('\n').map_or(1, |end| end + 1)..];
                self.line += 1;
                continue;
            }
            let Some(first) = self.rest.chars().next() else { break };
            if first == '\n' {
                if self.open.is_empty() {
                    if !matches!(self.tokens.last(), None | Some((Token::Newline | Token::Indent | Token::Dedent, _))) {
                        self.add(Token::Newline);
                    }
                    fresh = true;
                }
                self.rest = &self.rest[1..];
                self.line += 1;
                continue;
            }
            self.word(first)?;
        }
        if let Some((bracket, line)) = self.open.pop() {
            self.line = line;
            return self.fail(&format!("'{bracket}' was never closed"));
        }
        if !matches!(self.tokens.last(), None | Some((Token::Newline, _))) {
            self.add(Token::Newline);
        }
        for _ in 1..self.indents.len() {
            self.add(Token::Dedent);
        }
        self.add(Token::End);
        Ok(self.tokens)
    }

    fn indent(&mut self) -> Result<(), SyntaxError> {
        let mut width = 0;
        let mut len = 0;
        for byte in self.rest.bytes() {
            match byte {
                b' ' => width += 1,
                b'\t' => width = width / 8 * 8 + 8,
                _ => break,
            }
            len += 1;
        }
        // Empty lines are in no block.
        if self.rest[len..].starts_with(['\n', '\r', '#']) || self.rest.len() == len {
            return Ok(());
        }
        self.rest = &self.rest[len..];
        let mut current = self.indents.last().copied().unwrap_or(0);
        if width > current {
            self.indents.push(width);
            self.add(Token::Indent);
        }
        while width < current {
            self.indents.pop();
            self.add(Token::Dedent);
            current = self.indents.last().copied().unwrap_or(0);
            if width > current {
                return self.fail("unindent does not match any outer indentation level");
            }
        }
        Ok(())
    }

    fn word(&mut self, first: char) -> Result<(), SyntaxError> {
        if first.is_alphabetic() || first == '_' {
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            let name = &self.rest[..end];
            let prefix = name.to_ascii_lowercase();
            if matches!(prefix.as_str(), "r" | "b" | "f" | "u" | "rb" | "br" | "rf" | "fr")
                && self.rest[end..].starts_with(['"', '\''])
            {
                self.rest = &self.rest[end..];
                return self.string(&prefix);
            }
            let name = name.to_owned();
            self.rest = &self.rest[end..];
            self.add(Token::Name(name));
            return Ok(());
        }
        if first.is_ascii_digit() || first == '.' && self.rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        if first == '"' || first == '\'' {
            return self.string("");
        }
        let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest.starts_with(symbol)) else {
            return self.fail("invalid syntax");
        };
        match symbol {
            "(" | "[" | "{" => self.open.push((symbol, self.line)),
            ")" | "]" | "}" if self.open.pop().is_none() => return self.fail(&format!("unmatched '{symbol}'")),
            _ => {}
        }
        self.rest = &self.rest[symbol.len()..];
        self.add(Token::Symbol(symbol));
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let lower = self.rest.to_ascii_lowercase();
        if lower.starts_with("0x") || lower.starts_with("0o") || lower.starts_with("0b") {
            let end = lower.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(lower.len());
            let radix = match &lower[1..2] {
                "x" => 16,
                "o" => 8,
                _ => 2,
            };
            let digits = lower[2..end].replace('_', "");
            self.rest = &self.rest[end..];
            return match i64::from_str_radix(&digits, radix) {
                Ok(number) => {
                    self.add(Token::Int(number.to_string()));
                    Ok(())
                }
                Err(_) => self.fail("invalid number"),
            };
        }
        let mut end = 0;
        let mut float = false;
        let bytes = lower.as_bytes();
        while end < bytes.len() {
            match bytes[end] {
                b'0'..=b'9' | b'_' => {}
                b'.' => float = true,
                b'e' => {
                    float = true;
                    if matches!(bytes.get(end + 1), Some(b'+' | b'-')) {
                        end += 1;
                    }
                }
                _ => break,
            }
            end += 1;
        }
        let digits = lower[..end].replace('_', "");
        self.rest = &self.rest[end..];
        if float {
            let Ok(number) = digits.parse() else { return self.fail("invalid decimal literal") };
            self.add(Token::Float(number));
        } else {
            self.add(Token::Int(digits));
        }
        if self.rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.fail("invalid decimal literal");
        }
        Ok(())
    }

    fn string(&mut self, prefix: &str) -> Result<(), SyntaxError> {
        let quote = &self.rest[..1];
        let triple = quote.repeat(3);
        let close = if self.rest.starts_with(&triple) { triple } else { quote.to_owned() };
        let line = self.line;
        let body = &self.rest[close.len()..];
        let mut end = 0;
        loop {
            let Some(next) = body[end..].chars().next() else {
                return self.fail(match close.len() {
                    3 => "unterminated triple-quoted string literal",
                    _ => "unterminated string literal",
                });
            };
            if body[end..].starts_with(&close) {
                break;
            }
            if next == '\n' {
                if close.len() == 1 {
                    return self.fail("unterminated string literal");
                }
                self.line += 1;
            }
            end += next.len_utf8();
            if next == '\\' {
                let escaped = body[end..].chars().next();
                if escaped == Some('\n') {
                    self.line += 1;
                }
                end += escaped.map_or(0, char::len_utf8);
            }
        }
        let text = &body[..end];
        let raw = prefix.contains('r');
        let token = if prefix.contains('f') {
            Token::Format(text.to_owned(), raw)
        } else if prefix.contains('b') {
            let text = if raw { text.to_owned() } else { unescape(text) };
            Token::Bytes(text.chars().map(|c| c as u8).collect())
        } else {
            Token::Str(if raw { text.to_owned() } else { unescape(text) })
        };
        self.rest = &body[end + close.len()..];
        self.tokens.push((token, line));
        Ok(())
    }
}

/// A text with its escapes resolved; unknown ones are themselves.
pub fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let Some(next) = rest.chars().next() else { break };
        rest = &rest[next.len_utf8()..];
        let mut code = |len: usize| {
            let found =
                rest.get(..len).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            if found.is_some() {
                rest = &rest[len..];
            }
            found
        };
        match next {
            '\n' => {}
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'v' => out.push('\x0b'),
            '\\' | '\'' | '"' => out.push(next),
            'x' => out.extend(code(2)),
            'u' => out.extend(code(4)),
            'U' => out.extend(code(8)),
            '0'..='7' => {
                let digits: String =
                    std::iter::once(next).chain(rest.chars().take(2).take_while(|c| ('0'..='7').contains(c))).collect();
                rest = &rest[digits.len() - 1..];
                out.extend(u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32));
            }
            other => out.extend(['\\', other]),
        }
    }
    out + rest
}

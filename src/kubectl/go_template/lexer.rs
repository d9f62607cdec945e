//! A template as tokens (`text/template/parse/lex.go`).

use crate::kubectl::go_text::code_point;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something that is no template; the token is what is wrong.
    Error,
    End,
    Text,
    LeftDelimiter,
    RightDelimiter,
    LeftParen,
    RightParen,
    Pipe,
    Space,
    /// `=`
    Assign,
    /// `:=`
    Declare,
    /// A sign that means nothing by itself: a comma.
    Sign,
    Bool,
    Char,
    Number,
    String,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    Identifier,
    /// `if`, `.`, `nil` and the other words with a meaning of their own.
    Keyword,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// Where it begins, in bytes.
    pub position: usize,
    /// In which line, counted from 1.
    pub line: usize,
}

impl Token {
    /// Whether it is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Keyword && self.text == keyword
    }

    /// As errors quote it.
    pub fn quoted(&self) -> String {
        match self.kind {
            Kind::End => "EOF".into(),
            Kind::Error => self.text.clone(),
            Kind::Keyword => format!("<{}>", self.text),
            _ if self.text.len() > 10 => format!("{:?}...", self.text.chars().take(10).collect::<String>()),
            _ => format!("{:?}", self.text),
        }
    }
}

const KEYWORDS: [&str; 12] =
    ["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with", "."];
const LEFT: &str = "{{";
const RIGHT: &str = "}}";

/// All tokens; the last is the end or an error.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, start: 0, line: 1, parens: 0, tokens: Vec::new() };
    if let Err(wrong) = lexer.read() {
        lexer.put(Kind::Error, wrong);
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Where the token begins that is read.
    start: usize,
    line: usize,
    parens: u32,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
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

    fn skip(&mut self, is_meant: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&is_meant) {
            self.next();
        }
    }

    fn accept(&mut self, signs: &str) -> bool {
        let accepted = self.peek().is_some_and(|next| signs.contains(next));
        if accepted {
            self.next();
        }
        accepted
    }

    fn put(&mut self, kind: Kind, text: String) {
        self.tokens.push(Token { kind, text, position: self.start, line: self.line });
        self.pass();
    }

    /// What was read is a token.
    fn emit(&mut self, kind: Kind) {
        let text = self.text[self.start..self.at].to_owned();
        self.put(kind, text);
    }

    /// What was read is none.
    fn pass(&mut self) {
        self.line += self.text[self.start..self.at].matches('\n').count();
        self.start = self.at;
    }

    fn read(&mut self) -> Result<(), String> {
        while let Some(before) = self.rest().find(LEFT) {
            let action = self.at + before;
            let after = &self.text[action + LEFT.len()..];
            let trims = trims_left(after);
            let kept = &self.text[self.at..action];
            self.at += if trims { kept.trim_end_matches(is_space).len() } else { kept.len() };
            if self.at > self.start {
                self.emit(Kind::Text);
            }
            self.at = action;
            self.pass();
            let opens = LEFT.len() + if trims { 2 } else { 0 };
            if self.text[action + opens..].starts_with("/*") {
                self.at += opens;
                self.comment()?;
            } else {
                self.at += LEFT.len();
                self.emit(Kind::LeftDelimiter);
                self.at = action + opens;
                self.pass();
                self.parens = 0;
                self.action()?;
            }
        }
        self.at = self.text.len();
        if self.at > self.start {
            self.emit(Kind::Text);
        }
        self.emit(Kind::End);
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let end = self.rest().find("*/").ok_or("unclosed comment")?;
        self.at += end + 2;
        let (closes, trims) = self.closes();
        if !closes {
            return Err("comment ends before closing delimiter".into());
        }
        self.close(trims);
        self.pass();
        Ok(())
    }

    /// Whether an action ends here, and whether the blanks after it go.
    fn closes(&self) -> (bool, bool) {
        let trims = trims_right(self.rest()) && self.rest()[2..].starts_with(RIGHT);
        (trims || self.rest().starts_with(RIGHT), trims)
    }

    fn close(&mut self, trims: bool) {
        self.at += RIGHT.len() + if trims { 2 } else { 0 };
        if trims {
            self.skip(is_space);
        }
    }

    fn action(&mut self) -> Result<(), String> {
        loop {
            let (closes, trims) = self.closes();
            if closes && self.parens == 0 {
                self.at += if trims { 2 } else { 0 };
                self.pass();
                self.at += RIGHT.len();
                self.emit(Kind::RightDelimiter);
                if trims {
                    self.skip(is_space);
                    self.pass();
                }
                return Ok(());
            }
            if closes {
                return Err("unclosed left paren".into());
            }
            self.inside()?;
        }
    }

    fn inside(&mut self) -> Result<(), String> {
        let next = self.next().ok_or("unclosed action")?;
        match next {
            next if is_space(next) => {
                // The blank before a closing mark that trims belongs to it.
                while self.peek().is_some_and(is_space) && !self.closes().0 {
                    self.next();
                }
                self.emit(Kind::Space);
            }
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.next() != Some('=') {
                    return Err("expected :=".into());
                }
                self.emit(Kind::Declare);
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string")?,
            '`' => {
                let end = self.rest().find('`').ok_or("unterminated raw quoted string")?;
                self.at += end + 1;
                self.emit(Kind::String);
            }
            '\'' => self.quoted('\'', Kind::Char, "unterminated character constant")?,
            '$' => self.name(Kind::Variable)?,
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                if self.ends_word() {
                    self.emit(Kind::Keyword);
                } else {
                    self.name(Kind::Field)?;
                }
            }
            '.' | '+' | '-' | '0'..='9' => self.number()?,
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen);
            }
            ')' => {
                self.parens = self.parens.checked_sub(1).ok_or("unexpected right paren")?;
                self.emit(Kind::RightParen);
            }
            next if is_of_word(next) => {
                self.name(Kind::Identifier)?;
                let token = self.tokens.last_mut().filter(|token| token.kind == Kind::Identifier);
                if let Some(token) = token {
                    token.kind = match token.text.as_str() {
                        word if KEYWORDS.contains(&word) => Kind::Keyword,
                        "true" | "false" => Kind::Bool,
                        _ => Kind::Identifier,
                    };
                }
            }
            next if next.is_ascii_graphic() => self.emit(Kind::Sign),
            next => return Err(format!("unrecognized character in action: {}", code_point(next))),
        }
        Ok(())
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &str) -> Result<(), String> {
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|next| next != '\n') => {
                    self.next();
                }
                Some('\n') | None => return Err(unterminated.into()),
                Some(next) if next == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    fn name(&mut self, kind: Kind) -> Result<(), String> {
        self.skip(is_of_word);
        match self.peek() {
            Some(next) if !self.ends_word() => Err(format!("bad character {}", code_point(next))),
            _ => {
                self.emit(kind);
                Ok(())
            }
        }
    }

    fn ends_word(&self) -> bool {
        self.peek().is_none_or(|next| is_space(next) || ".,|:()".contains(next)) || self.rest().starts_with(RIGHT)
    }

    fn number(&mut self) -> Result<(), String> {
        self.at = self.start;
        self.accept("+-");
        let (mut digits, mut exponents) = ("0123456789_", "eE");
        if self.accept("0") {
            if self.accept("xX") {
                (digits, exponents) = ("0123456789abcdefABCDEF_", "pP");
            } else if self.accept("oO") {
                (digits, exponents) = ("01234567_", "");
            } else if self.accept("bB") {
                (digits, exponents) = ("01_", "");
            }
        }
        self.skip(|next| digits.contains(next));
        if self.accept(".") {
            self.skip(|next| digits.contains(next));
        }
        if self.accept(exponents) {
            self.accept("+-");
            self.skip(|next| "0123456789_".contains(next));
        }
        self.accept("i");
        // A sign would begin the other half of a complex number.
        if self.peek().is_some_and(|next| is_of_word(next) || "+-".contains(next)) {
            self.next();
            return Err(format!("bad number syntax: {:?}", &self.text[self.start..self.at]));
        }
        self.emit(Kind::Number);
        Ok(())
    }
}

fn is_space(sign: char) -> bool {
    matches!(sign, ' ' | '\t' | '\r' | '\n')
}

fn is_of_word(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

/// `- ` after an opening delimiter.
fn trims_left(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_space))
}

/// ` -` before a closing one.
fn trims_right(text: &str) -> bool {
    text.strip_prefix(is_space).is_some_and(|rest| rest.starts_with('-'))
}

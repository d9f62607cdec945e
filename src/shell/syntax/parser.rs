//! Commands: what the words and operators of a script make of each other.

use super::super::machine::Dialect;
use super::tree::*;
use super::word::Within;
use crate::sim::Map;
use std::cell::OnceCell;
use std::rc::Rc;

/// How deep a script may nest.
const DEEPEST: u32 = 60;

/// The operators, longest first.
const OPERATORS: &[&str] = &[
    "&>>", "<<-", "<<<", ";;&", "&&", "||", ";;", ";&", "|&", "&>", "<<", ">>", "<&", ">&", "<>", ">|", "\n", ";", "&",
    "|", "<", ">", "(", ")",
];

/// Words that end a list.
const ENDS: &[&str] = &["then", "else", "elif", "fi", "do", "done", "esac", "}"];

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// A token where it does not belong, and what would belong there.
    Unexpected { token: String, expecting: Option<&'static str>, line: u32 },
    /// The text ends too early.
    End { expecting: Option<&'static str>, line: u32 },
    /// So does what stands between quotes or braces.
    Unclosed { what: char, line: u32 },
    /// Something else, in bash's words.
    Other { text: String, line: u32 },
}

impl Mistake {
    /// Whether more text could make it right.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Unclosed { .. })
    }

    /// What the shell says, without what stands before it; `source` is the line that is wrong.
    pub fn lines(&self, dialect: Dialect, source: &str) -> (u32, Vec<String>) {
        let expecting =
            |expecting: &Option<&str>| expecting.map_or(String::new(), |word| format!(" (expecting \"{word}\")"));
        let syntax = if dialect == Dialect::Dash { "Syntax error: " } else { "syntax error: " };
        match self {
            Self::Unexpected { token, line, .. } if dialect == Dialect::Bash => {
                let shown = if token == "\n" { "newline" } else { token };
                let near = format!("syntax error near unexpected token `{shown}'");
                (*line, vec![near, format!("`{}'", source.lines().nth(*line as usize - 1).unwrap_or(""))])
            }
            Self::Unexpected { token, expecting: word, line } => {
                let shown = match token.as_str() {
                    "\n" => "newline".to_owned(),
                    word if OPERATORS.contains(&word) || ENDS.contains(&word) => format!("\"{word}\""),
                    _ => "word".to_owned(),
                };
                let text = match dialect {
                    Dialect::Dash => format!("{syntax}{shown} unexpected{}", expecting(word)),
                    _ => format!("{syntax}unexpected {shown}{}", expecting(word)),
                };
                (*line, vec![text])
            }
            Self::End { line, expecting: word } => match dialect {
                Dialect::Bash => (source.lines().count() as u32 + 1, vec![format!("{syntax}unexpected end of file")]),
                Dialect::Dash => (*line, vec![format!("{syntax}end of file unexpected{}", expecting(word))]),
                Dialect::BusyBox => (*line, vec![format!("{syntax}unexpected end of file{}", expecting(word))]),
            },
            Self::Unclosed { what, line } => match (dialect, what) {
                (Dialect::Bash, what) => (*line, vec![format!("unexpected EOF while looking for matching `{what}'")]),
                (Dialect::Dash, '}') => (*line, vec![format!("{syntax}Missing '}}'")]),
                (_, '}') => (*line, vec![format!("{syntax}missing '}}'")]),
                (_, '`') => (*line, vec![format!("{syntax}EOF in backquote substitution")]),
                (Dialect::Dash, _) => (*line, vec![format!("{syntax}Unterminated quoted string")]),
                _ => (*line, vec![format!("{syntax}unterminated quoted string")]),
            },
            Self::Other { text, line } => (*line, vec![text.clone()]),
        }
    }
}

/// A here-document whose text is still to come.
struct Pending {
    end: String,
    strip_tabs: bool,
    literal: bool,
    line: u32,
    document: Rc<OnceCell<Word>>,
}

/// Reads a script command by command: what comes first can be run before the rest is read.
pub struct Parser {
    pub(super) text: String,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) depth: u32,
    /// With `?(…)` and its like in patterns.
    pub extglob: bool,
    /// bash that was started as `sh`.
    pub(super) posix: bool,
    dialect: Dialect,
    pub aliases: Rc<Map<String, String>>,
    /// Names of aliases that were replaced, and up to where they are not to be replaced again.
    replaced: Vec<(String, usize)>,
    documents: Vec<Pending>,
    /// Whether the command that was read last ended with `;` or `&`.
    separated: bool,
    /// What bash says of here-documents that end with the text.
    pub warnings: Vec<(u32, String)>,
}

impl Parser {
    pub fn new(text: &str, dialect: Dialect, aliases: Rc<Map<String, String>>) -> Self {
        Self {
            text: text.to_owned(),
            at: 0,
            line: 1,
            depth: 0,
            extglob: false,
            posix: false,
            dialect,
            aliases,
            replaced: Vec::new(),
            documents: Vec::new(),
            separated: false,
            warnings: Vec::new(),
        }
    }

    /// Begins to count lines at another number than 1.
    pub fn counting_from(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// A parser for a part of the text that stands on its own.
    pub(super) fn inner(&self, text: &str, line: u32) -> Result<Parser, Mistake> {
        let mut parser = Parser::new(text, self.dialect, self.aliases.clone()).counting_from(line);
        parser.depth = self.depth;
        parser.extglob = self.extglob;
        parser.deeper()?;
        Ok(parser)
    }

    pub(super) fn is_bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    pub(super) fn is_dash(&self) -> bool {
        self.dialect == Dialect::Dash
    }

    pub(super) fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::Other { text: "memory exhausted".into(), line: self.line });
        }
        Ok(())
    }

    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn next_is(&self, text: &str, after: usize) -> bool {
        self.text.as_bytes()[self.at..].get(after..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    pub(super) fn count_line(&mut self, symbol: char) {
        self.line += u32::from(symbol == '\n');
    }

    /// The next command line with all it needs; nothing at the end.
    pub fn next(&mut self) -> Result<Option<List>, Mistake> {
        loop {
            self.blanks();
            if self.operator() != Some("\n") {
                break;
            }
            self.new_line()?;
        }
        if self.rest().is_empty() {
            return Ok(None);
        }
        let mut list = List::default();
        loop {
            list.items.push(self.item()?);
            self.blanks();
            match self.operator() {
                Some("\n") => {
                    self.new_line()?;
                    return Ok(Some(list));
                }
                None if self.rest().is_empty() => {
                    self.read_documents()?;
                    return Ok(Some(list));
                }
                _ if self.separated => {}
                _ => return Err(self.unexpected(None)),
            }
        }
    }

    /// A chain of pipelines and the `;` or `&` after it.
    fn item(&mut self) -> Result<Item, Mistake> {
        let start = self.at;
        let chain = Rc::new(self.chain()?);
        let mut text = String::new();
        let mut background = false;
        let operator = self.operator();
        // What the chain holds may have been separated as well: only now it is known.
        self.separated = matches!(operator, Some("&" | ";"));
        if self.separated {
            background = operator == Some("&");
            if background {
                text = self.text[start..self.at].trim().to_owned();
            }
            self.at += 1;
        }
        self.blanks();
        Ok(Item { chain, background, text })
    }

    /// Commands up to a word that ends a list, a parenthesis or `;;`.
    fn list(&mut self, expecting: &'static str) -> Result<Rc<List>, Mistake> {
        self.deeper()?;
        let mut list = List::default();
        loop {
            self.new_lines()?;
            if self.rest().is_empty() {
                return Err(Mistake::End { expecting: Some(expecting), line: self.line });
            }
            if self.at_end_of_list() {
                break;
            }
            list.items.push(self.item()?);
            if !self.separated && self.operator() != Some("\n") {
                if self.rest().is_empty() {
                    return Err(Mistake::End { expecting: Some(expecting), line: self.line });
                }
                if !matches!(self.operator(), Some(")" | ";;" | ";&" | ";;&")) {
                    return Err(self.unexpected(Some(expecting)));
                }
            }
        }
        self.depth -= 1;
        if list.items.is_empty() && !matches!(self.operator(), Some(";;" | ";&" | ";;&")) && expecting != ";;" {
            return Err(self.unexpected(None));
        }
        Ok(Rc::new(list))
    }

    fn at_end_of_list(&self) -> bool {
        match self.operator() {
            Some(")" | ";;" | ";&" | ";;&") => true,
            Some(_) => false,
            None => ENDS.contains(&self.peek_word()),
        }
    }

    /// What stands between `$(` and `)`, which is consumed.
    pub(super) fn list_until_parenthesis(&mut self) -> Result<Rc<List>, Mistake> {
        let documents = std::mem::take(&mut self.documents);
        let extglob = self.extglob;
        self.new_lines()?;
        let list = if self.operator() == Some(")") { Rc::default() } else { self.list(")")? };
        self.expect_operator(")")?;
        self.extglob = extglob;
        // A here-document whose text did not come before the parenthesis comes after the line.
        let inner = std::mem::replace(&mut self.documents, documents);
        self.documents.extend(inner);
        Ok(list)
    }

    fn chain(&mut self) -> Result<Chain, Mistake> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let and = match self.operator() {
                Some("&&") => true,
                Some("||") => false,
                _ => return Ok(Chain { first, rest }),
            };
            self.at += 2;
            self.new_lines()?;
            if self.rest().is_empty() {
                return Err(Mistake::End { expecting: None, line: self.line });
            }
            rest.push((and, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Mistake> {
        let mut pipeline = Pipeline { negated: false, timed: false, commands: Vec::new(), with_errors: Vec::new() };
        loop {
            self.blanks();
            self.replace_alias();
            match self.peek_word() {
                "!" => {
                    self.at += 1;
                    pipeline.negated = !pipeline.negated;
                }
                "time" if self.is_bash() && pipeline.commands.is_empty() => {
                    self.at += 4;
                    pipeline.timed = true;
                    self.blanks();
                    if self.peek_word() == "-p" {
                        self.at += 2;
                    }
                }
                _ => break,
            }
        }
        loop {
            let command = self.command()?;
            pipeline.commands.push(Rc::new(command));
            self.blanks();
            let (len, with_errors) = match self.operator() {
                Some("|") => (1, false),
                Some("|&") => (2, true),
                _ => return Ok(pipeline),
            };
            self.at += len;
            pipeline.with_errors.push(with_errors);
            self.new_lines()?;
            if self.rest().is_empty() {
                return Err(Mistake::End { expecting: None, line: self.line });
            }
        }
    }

    fn command(&mut self) -> Result<Command, Mistake> {
        self.deeper()?;
        self.blanks();
        self.replace_alias();
        let line = self.line;
        let word = self.peek_word().to_owned();
        let kind = match word.as_str() {
            "if" => self.conditional()?,
            "while" | "until" => {
                self.at += word.len();
                let condition = self.list("do")?;
                let body = self.do_group()?;
                Kind::While { until: word == "until", condition, body }
            }
            "for" => self.for_loop()?,
            "case" => self.case()?,
            "{" => {
                self.at += 1;
                let list = self.list("}")?;
                self.expect_word("}")?;
                Kind::Group(list)
            }
            "[[" if !self.is_dash() => {
                self.at += 2;
                let condition = self.condition()?;
                self.blanks();
                if self.peek_word() != "]]" {
                    return Err(self.bad_condition());
                }
                self.at += 2;
                Kind::Condition(condition)
            }
            "function" if !self.is_dash() => {
                self.at += word.len();
                self.blanks();
                let name = self.peek_word().to_owned();
                self.at += name.len();
                self.blanks();
                if self.next_is("(", 0) {
                    self.at += 1;
                    self.expect_operator(")")?;
                }
                self.function(name)?
            }
            _ if ENDS.contains(&word.as_str()) => return Err(self.unexpected(None)),
            _ => match self.operator() {
                Some("(") if self.next_is("((", 0) && self.arithmetic_end(self.at + 2).is_some() && !self.is_dash() => {
                    self.at += 2;
                    let end = self.arithmetic_end(self.at).unwrap_or(self.at);
                    let word = self.arithmetic(end)?;
                    self.at = end + 2;
                    Kind::Arithmetic(word)
                }
                Some("(") => {
                    self.at += 1;
                    let list = self.list(")")?;
                    self.expect_operator(")")?;
                    Kind::Subshell(list)
                }
                _ => {
                    let command = self.simple(line)?;
                    self.depth -= 1;
                    return Ok(command);
                }
            },
        };
        let mut redirects = Vec::new();
        if !matches!(kind, Kind::Function { .. }) {
            self.blanks();
            while let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                self.blanks();
            }
        }
        self.depth -= 1;
        Ok(Command { line, kind, redirects })
    }

    fn conditional(&mut self) -> Result<Kind, Mistake> {
        self.at += 2;
        let mut branches = Vec::new();
        loop {
            let condition = self.list("then")?;
            self.expect_word("then")?;
            branches.push((condition, self.list("fi")?));
            match self.peek_word() {
                "elif" => self.at += 4,
                "else" => {
                    self.at += 4;
                    let otherwise = Some(self.list("fi")?);
                    self.expect_word("fi")?;
                    return Ok(Kind::If { branches, otherwise });
                }
                _ => {
                    self.expect_word("fi")?;
                    return Ok(Kind::If { branches, otherwise: None });
                }
            }
        }
    }

    fn do_group(&mut self) -> Result<Rc<List>, Mistake> {
        self.new_lines()?;
        if self.is_bash() && self.peek_word() == "{" {
            self.at += 1;
            let list = self.list("}")?;
            self.expect_word("}")?;
            return Ok(list);
        }
        self.expect_word("do")?;
        let list = self.list("done")?;
        self.expect_word("done")?;
        Ok(list)
    }

    fn for_loop(&mut self) -> Result<Kind, Mistake> {
        let start = self.at;
        self.at += 3;
        self.blanks();
        if self.next_is("((", 0) && self.is_bash() {
            self.at += 2;
            let Some(end) = self.arithmetic_end(self.at) else {
                return Err(self.unexpected(None));
            };
            let mut parts = Vec::new();
            let pieces = self.text[self.at..end].to_owned();
            for piece in pieces.split(';') {
                parts.push(Word { parts: self.inner(piece, self.line)?.parts(Within::Arithmetic, &[])? });
            }
            let [start, condition, step] = <[Word; 3]>::try_from(parts).map_err(|_| Mistake::Other {
                text: "syntax error: arithmetic expression required".into(),
                line: self.line,
            })?;
            self.at = end + 2;
            self.blanks();
            if self.operator() == Some(";") {
                self.at += 1;
            }
            return Ok(Kind::ForArithmetic { start, condition, step, body: self.do_group()? });
        }
        let name = self.peek_word().to_owned();
        if name.is_empty() {
            return Err(self.unexpected(None));
        }
        let valid = !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !valid && self.is_dash() {
            return Err(Mistake::Other { text: "Syntax error: Bad for loop variable".into(), line: self.line });
        }
        self.at += name.len();
        self.new_lines()?;
        let mut words = None;
        if self.peek_word() == "in" {
            self.at += 2;
            let mut list = Vec::new();
            loop {
                self.blanks();
                let word = self.word()?;
                if word.parts.is_empty() {
                    break;
                }
                list.push(word);
            }
            match self.operator() {
                Some(";" | "\n") => {}
                None if self.rest().is_empty() => return Err(Mistake::End { expecting: Some("do"), line: self.line }),
                _ => return Err(self.unexpected(None)),
            }
            words = Some(list);
        }
        let text = self.text[start..self.at].trim_end().to_owned();
        if self.operator() == Some(";") {
            self.at += 1;
        }
        Ok(Kind::For { name, words, text, body: self.do_group()? })
    }

    fn case(&mut self) -> Result<Kind, Mistake> {
        self.at += 4;
        self.blanks();
        let word = self.word()?;
        if word.parts.is_empty() {
            let token = if self.rest().is_empty() { "\n".to_owned() } else { self.token() };
            return Err(Mistake::Unexpected { token, expecting: None, line: self.line });
        }
        self.new_lines()?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.new_lines()?;
            if self.peek_word() == "esac" {
                self.at += 4;
                return Ok(Kind::Case { word, arms });
            }
            if self.rest().is_empty() {
                return Err(Mistake::End { expecting: Some(")"), line: self.line });
            }
            if self.operator() == Some("(") {
                self.at += 1;
            }
            let mut patterns = Vec::new();
            let extglob = self.extglob;
            self.extglob |= self.is_bash();
            loop {
                self.blanks();
                let pattern = self.word()?;
                if pattern.parts.is_empty() {
                    return Err(self.unexpected(None));
                }
                patterns.push(pattern);
                self.blanks();
                if self.operator() != Some("|") {
                    break;
                }
                self.at += 1;
            }
            self.extglob = extglob;
            self.expect_operator(")")?;
            let body = self.list(";;")?;
            let (len, after) = match self.operator() {
                Some(";;") => (2, After::End),
                Some(";&") => (2, After::NextArm),
                Some(";;&") => (3, After::NextMatch),
                _ => (0, After::End),
            };
            if len == 0 && self.peek_word() != "esac" {
                return Err(self.unexpected(Some(";;")));
            }
            self.at += len;
            arms.push(Arm { patterns, body, after });
        }
    }

    fn function(&mut self, name: String) -> Result<Kind, Mistake> {
        self.new_lines()?;
        let begins = matches!(self.peek_word(), "{" | "if" | "while" | "until" | "for" | "case" | "[[");
        if self.is_bash() && !begins && self.operator() != Some("(") {
            return Err(self.unexpected(None));
        }
        let body = Rc::new(self.command()?);
        Ok(Kind::Function { name, body })
    }

    fn simple(&mut self, line: u32) -> Result<Command, Mistake> {
        let mut assignments = Vec::new();
        let mut words: Vec<Argument> = Vec::new();
        let mut redirects = Vec::new();
        let mut declares = false;
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if words.is_empty() {
                self.replace_alias();
            }
            if (words.is_empty() || declares)
                && let Some(assignment) = self.assignment()?
            {
                if words.is_empty() {
                    assignments.push(assignment);
                } else {
                    words.push(Argument::Assignment(assignment));
                }
                continue;
            }
            let word = self.word()?;
            if word.parts.is_empty() {
                break;
            }
            if words.is_empty() {
                declares = word.plain().is_some_and(|name| match name {
                    "export" | "readonly" | "local" => true,
                    "declare" | "typeset" => self.is_bash(),
                    _ => false,
                });
            }
            words.push(Argument::Word(word));
            let at = self.at;
            self.blanks();
            if self.operator() == Some("(") && words.len() == 1 && assignments.is_empty() && redirects.is_empty() {
                let name = match words.first() {
                    Some(Argument::Word(word)) => word.plain().map(str::to_owned),
                    _ => None,
                };
                self.at += 1;
                self.blanks();
                match name {
                    Some(name) if self.operator() == Some(")") => {
                        self.at += 1;
                        let kind = self.function(name)?;
                        return Ok(Command { line, kind, redirects });
                    }
                    _ => {
                        let inside = self.peek_word().to_owned();
                        self.at = at;
                        self.blanks();
                        if self.is_bash() && !inside.is_empty() {
                            return Err(Mistake::Unexpected { token: inside, expecting: None, line: self.line });
                        }
                        return Err(self.unexpected(None));
                    }
                }
            }
        }
        if assignments.is_empty() && words.is_empty() && redirects.is_empty() {
            if self.rest().is_empty() {
                return Err(Mistake::End { expecting: None, line: self.line });
            }
            return Err(self.unexpected(None));
        }
        if self.operator() == Some("(") {
            return Err(self.unexpected(None));
        }
        Ok(Command { line, kind: Kind::Simple { assignments, words }, redirects })
    }

    /// `name=…`, if that is what is here.
    fn assignment(&mut self) -> Result<Option<Assignment>, Mistake> {
        let start = self.at;
        let name = self.identifier();
        let mut index = None;
        if name.is_empty() {
            return Ok(None);
        }
        if self.next_is("[", 0) && self.is_bash() {
            let line = self.line;
            self.at += 1;
            match self.parts(Within::Arithmetic, &[']', '\n']) {
                Ok(parts) if self.next_is("]=", 0) || self.next_is("]+=", 0) => {
                    self.at += 1;
                    index = Some(Word { parts });
                }
                _ => {
                    (self.at, self.line) = (start, line);
                    return Ok(None);
                }
            }
        }
        let append = self.next_is("+=", 0) && self.is_bash();
        if !append && !self.next_is("=", 0) {
            self.at = start;
            return Ok(None);
        }
        self.at += if append { 2 } else { 1 };
        if !self.next_is("(", 0) || !self.is_bash() || index.is_some() {
            let value = Value::Word(self.word()?);
            return Ok(Some(Assignment { name, index, append, value }));
        }
        let line = self.line;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.new_lines()?;
            if self.operator() == Some(")") {
                self.at += 1;
                return Ok(Some(Assignment { name, index, append, value: Value::Array(items) }));
            }
            if self.rest().is_empty() {
                return Err(Mistake::Unclosed { what: ')', line });
            }
            let before = self.at;
            let mut key = None;
            if self.next_is("[", 0) {
                self.at += 1;
                let parts = self.parts(Within::Arithmetic, &[']', '\n'])?;
                if self.next_is("]=", 0) {
                    self.at += 2;
                    key = Some(Word { parts });
                } else {
                    self.at = before;
                }
            }
            let word = self.word()?;
            if word.parts.is_empty() && key.is_none() {
                return Err(self.unexpected(None));
            }
            items.push((key, word));
        }
    }

    fn redirect(&mut self) -> Result<Option<Redirect>, Mistake> {
        let start = self.at;
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let descriptor = self.rest()[..digits].parse().ok();
        self.at += digits;
        let kind = match self.operator() {
            Some("<") => RedirectKind::Read,
            Some(">") => RedirectKind::Write,
            Some(">|") => RedirectKind::Clobber,
            Some(">>") => RedirectKind::Append,
            Some("<>") => RedirectKind::ReadWrite,
            Some("<&") => RedirectKind::DuplicateInput,
            Some(">&") => RedirectKind::DuplicateOutput,
            Some("&>") if digits == 0 => RedirectKind::Both,
            Some("&>>") if digits == 0 => RedirectKind::BothAppend,
            Some("<<" | "<<-") => RedirectKind::Document,
            Some("<<<") => RedirectKind::HereString,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        // `<(…)` is a word, not a redirection.
        if matches!(kind, RedirectKind::Read | RedirectKind::Write) && self.next_is("(", 1) && self.is_bash() {
            self.at = start;
            return Ok(None);
        }
        let operator = self.operator().unwrap_or("");
        self.at += operator.len();
        self.blanks();
        let (word_start, line) = (self.at, self.line);
        let target = self.word()?;
        if target.parts.is_empty() {
            if self.rest().is_empty() {
                return Err(Mistake::Unexpected { token: "\n".into(), expecting: None, line: self.line });
            }
            return Err(self.unexpected(None));
        }
        let document = Rc::new(OnceCell::new());
        if kind == RedirectKind::Document {
            let written = &self.text[word_start..self.at];
            let literal = written.contains(['\'', '"', '\\']);
            let end = written.chars().filter(|symbol| !matches!(symbol, '\'' | '"' | '\\')).collect();
            let strip_tabs = operator == "<<-";
            self.documents.push(Pending { end, strip_tabs, literal, line, document: document.clone() });
        }
        Ok(Some(Redirect { descriptor, kind, target, document }))
    }

    /// The texts of the here-documents of the line that ends here.
    fn read_documents(&mut self) -> Result<(), Mistake> {
        for pending in std::mem::take(&mut self.documents) {
            let first = self.line;
            let mut text = String::new();
            let mut ended = false;
            while !self.rest().is_empty() {
                let len = self.rest().find('\n').map_or(self.rest().len(), |at| at + 1);
                let line = self.rest()[..len].to_owned();
                self.at += len;
                self.line += u32::from(line.ends_with('\n'));
                let line = if pending.strip_tabs { line.trim_start_matches('\t') } else { &line };
                if line.trim_end_matches('\n') == pending.end {
                    ended = true;
                    break;
                }
                text.push_str(line);
            }
            if !ended && self.is_bash() {
                let (line, end) = (pending.line, &pending.end);
                let warning = format!("here-document at line {line} delimited by end-of-file (wanted `{end}')");
                self.warnings.push((self.line.max(pending.line + 1), warning));
            }
            let parts = match pending.literal {
                true => vec![Part::Quoted(text)],
                false => self.inner(&text, first)?.parts(Within::Document, &[])?,
            };
            // Set here and nowhere else.
            let _ = pending.document.set(Word { parts });
        }
        Ok(())
    }

    /// Whether a here-document was cut off by the end of the text.
    pub fn lacks_document(&self) -> bool {
        !self.warnings.is_empty()
    }

    // `[[ … ]]`

    fn condition(&mut self) -> Result<Condition, Mistake> {
        let mut left = self.condition_and()?;
        loop {
            self.new_lines()?;
            if !self.next_is("||", 0) {
                return Ok(left);
            }
            self.at += 2;
            left = Condition::Or(Box::new(left), Box::new(self.condition_and()?));
        }
    }

    fn condition_and(&mut self) -> Result<Condition, Mistake> {
        let mut left = self.condition_not()?;
        loop {
            self.new_lines()?;
            if !self.next_is("&&", 0) {
                return Ok(left);
            }
            self.at += 2;
            left = Condition::And(Box::new(left), Box::new(self.condition_not()?));
        }
    }

    fn condition_not(&mut self) -> Result<Condition, Mistake> {
        self.deeper()?;
        self.new_lines()?;
        let result = if self.peek_word() == "!" {
            self.at += 1;
            Condition::Not(Box::new(self.condition_not()?))
        } else if self.operator() == Some("(") {
            self.at += 1;
            let inner = self.condition()?;
            self.expect_operator(")")?;
            inner
        } else {
            self.condition_primary()?
        };
        self.depth -= 1;
        Ok(result)
    }

    fn condition_primary(&mut self) -> Result<Condition, Mistake> {
        if self.peek_word() == "]]" {
            return Err(self.bad_condition());
        }
        let first = self.word()?;
        if first.parts.is_empty() {
            return Err(self.bad_condition());
        }
        self.blanks();
        let is_unary = first.plain().is_some_and(|text| text.len() == 2 && text.starts_with('-'));
        let closes = self.peek_word() == "]]" || matches!(self.operator(), Some("&&" | "||" | ")" | "\n"));
        if let (true, false, Some(flag)) = (is_unary, closes, first.plain()) {
            let operand = self.word()?;
            return Ok(Condition::Unary(flag.to_owned(), operand));
        }
        if closes {
            return Ok(Condition::Word(first));
        }
        let operator = match self.operator() {
            Some(operator @ ("<" | ">")) => operator.to_owned(),
            _ => self.peek_word().to_owned(),
        };
        let known = ["=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
        if !known.contains(&operator.as_str()) {
            return Err(self.bad_condition());
        }
        self.at += operator.len();
        self.blanks();
        let within = if operator == "=~" { Within::Regex } else { Within::Command };
        let extglob = std::mem::replace(&mut self.extglob, true);
        let second = Word { parts: self.parts(within, &[])? };
        self.extglob = extglob;
        Ok(Condition::Binary(first, operator, second))
    }

    fn bad_condition(&self) -> Mistake {
        let token = self.token();
        let text = match token.as_str() {
            "" | "\n" => "unexpected token `newline', conditional binary operator expected".to_owned(),
            "]]" => "syntax error near `]]'".to_owned(),
            _ => "conditional binary operator expected".to_owned(),
        };
        Mistake::Other { text, line: self.line }
    }

    // Tokens.

    /// The operator here, if there is one.
    pub(super) fn operator(&self) -> Option<&'static str> {
        let known = |operator: &&&str| match **operator {
            "&>>" | "&>" | "<<<" | "|&" | ";&" | ";;&" => !self.is_dash(),
            _ => true,
        };
        OPERATORS.iter().filter(known).find(|operator| self.next_is(operator, 0)).copied()
    }

    /// The word here if nothing in it is quoted; it may be empty.
    fn peek_word(&self) -> &str {
        let rest = self.rest();
        let end = rest.find([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.contains(['\'', '"', '\\', '$', '`']) { "" } else { word }
    }

    /// Skips blanks, comments and lines that go on in the next.
    fn blanks(&mut self) {
        loop {
            if self.next_is("\\\n", 0) {
                self.at += 2;
                self.line += 1;
            } else if self.next_is(" ", 0) || self.next_is("\t", 0) {
                self.at += 1;
            } else if self.next_is("#", 0) && self.at_start_of_word() {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else {
                return;
            }
        }
    }

    fn at_start_of_word(&self) -> bool {
        self.text[..self.at].ends_with([' ', '\t', '\n', ';', '&', '|', '(', ')']) || self.at == 0
    }

    /// The end of a line, and the here-documents that follow it.
    fn new_line(&mut self) -> Result<(), Mistake> {
        self.at += 1;
        self.line += 1;
        self.read_documents()
    }

    fn new_lines(&mut self) -> Result<(), Mistake> {
        loop {
            self.blanks();
            if self.operator() != Some("\n") {
                return Ok(());
            }
            self.new_line()?;
        }
    }

    fn expect_word(&mut self, word: &'static str) -> Result<(), Mistake> {
        self.new_lines()?;
        if self.peek_word() == word {
            self.at += word.len();
            return Ok(());
        }
        Err(self.unexpected(Some(word)))
    }

    fn expect_operator(&mut self, operator: &'static str) -> Result<(), Mistake> {
        self.blanks();
        if self.operator() == Some(operator) {
            self.at += operator.len();
            return Ok(());
        }
        Err(self.unexpected(Some(operator)))
    }

    fn token(&self) -> String {
        if let Some(operator) = self.operator() {
            return operator.to_owned();
        }
        let rest = self.rest();
        let end = rest.find([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']).unwrap_or(rest.len());
        rest[..end].to_owned()
    }

    fn unexpected(&self, expecting: Option<&'static str>) -> Mistake {
        let token = self.token();
        if token.is_empty() {
            return Mistake::End { expecting, line: self.line };
        }
        Mistake::Unexpected { token, expecting, line: self.line }
    }

    /// Replaces the word here by what it is an alias of.
    fn replace_alias(&mut self) {
        loop {
            let word = self.peek_word();
            let Some(value) = self.aliases.get(word).filter(|_| !word.is_empty()) else { return };
            if self.replaced.iter().any(|(name, until)| name == word && self.at < *until) {
                return;
            }
            let (name, len, value) = (word.to_owned(), word.len(), value.clone());
            let grown = value.len() as isize - len as isize;
            for (_, until) in &mut self.replaced {
                *until = until.saturating_add_signed(grown);
            }
            self.text.replace_range(self.at..self.at + len, &value);
            self.replaced.push((name, self.at + value.len()));
            self.blanks();
        }
    }
}

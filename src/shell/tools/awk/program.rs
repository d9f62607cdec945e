//! The program: its words, and what they make of each other.

use std::rc::Rc;

/// How deep expressions may nest.
const DEEPEST: usize = 50;

#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(f64),
    Text(Rc<str>),
    /// A text that came from outside: it is a number where it looks like one.
    Input(Rc<str>),
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Value(Value),
    Regex(Rc<str>),
    Variable(Rc<str>),
    Field(Box<Expr>),
    Item(Rc<str>, Vec<Expr>),
    /// The operator, or `=`.
    Assign(char, Box<Expr>, Box<Expr>),
    /// What is added, and whether the value is that of before.
    Step(Box<Expr>, f64, bool),
    Choice(Box<[Expr; 3]>),
    Logic(bool, Box<[Expr; 2]>),
    Not(Box<Expr>),
    Sign(f64, Box<Expr>),
    Arithmetic(char, Box<[Expr; 2]>),
    Compare(&'static str, Box<[Expr; 2]>),
    Match(bool, Box<[Expr; 2]>),
    In(Vec<Expr>, Rc<str>),
    Concat(Box<[Expr; 2]>),
    Call(Function, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Length,
    Substr,
    Index,
    Split,
    Sub,
    Gsub,
    Match,
    Sprintf,
    Lower,
    Upper,
    Int,
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Atan2,
    Rand,
    Srand,
}

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("length", Function::Length),
    ("substr", Function::Substr),
    ("index", Function::Index),
    ("split", Function::Split),
    ("sub", Function::Sub),
    ("gsub", Function::Gsub),
    ("match", Function::Match),
    ("sprintf", Function::Sprintf),
    ("tolower", Function::Lower),
    ("toupper", Function::Upper),
    ("int", Function::Int),
    ("sqrt", Function::Sqrt),
    ("exp", Function::Exp),
    ("log", Function::Log),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("atan2", Function::Atan2),
    ("rand", Function::Rand),
    ("srand", Function::Srand),
];

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Print(Vec<Expr>),
    Printf(Vec<Expr>),
    Expr(Expr),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    /// Condition, body, what is done after each round, and whether the body comes first.
    Loop(Option<Expr>, Box<Statement>, Option<Box<Statement>>, bool),
    Each(Rc<str>, Rc<str>, Box<Statement>),
    Block(Vec<Statement>),
    Delete(Rc<str>, Option<Vec<Expr>>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
}

pub(super) enum Pattern {
    Begin,
    End,
    Always,
    If(Expr),
    /// From one line to another; whether it has begun.
    Range(Expr, Expr, bool),
}

// Words and signs.

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with a parenthesis right after it.
    Called(String),
    Sign(&'static str),
    Line,
}

const SIGNS: &[&str] = &[
    "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "<=", ">=", "!=", "!~", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
];

/// What follows a backslash in a text.
fn escaped(symbol: char) -> Option<char> {
    Some(match symbol {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '\\' | '"' | '/' => symbol,
        _ => return None,
    })
}

pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut symbols = text.chars();
    while let Some(symbol) = symbols.next() {
        match (symbol, symbol == '\\') {
            (_, true) => match symbols.next() {
                Some(next) => match escaped(next) {
                    Some(meant) => out.push(meant),
                    None => out.extend(['\\', next]),
                },
                None => out.push('\\'),
            },
            (symbol, _) => out.push(symbol),
        }
    }
    out
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut all: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        let after = &rest[symbol.len_utf8()..];
        match symbol {
            '\n' => all.push(Token::Line),
            '\\' if after.starts_with('\n') => {
                rest = &after[1..];
                continue;
            }
            '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            ' ' | '\t' | '\r' => {}
            '"' | '/' if symbol == '"' || begins_regex(all.last()) => {
                let mut end = None;
                let mut skip = false;
                for (at, inner) in after.char_indices() {
                    match inner {
                        _ if skip => skip = false,
                        '\\' => skip = true,
                        '\n' => break,
                        inner if inner == symbol => {
                            end = Some(at);
                            break;
                        }
                        _ => {}
                    }
                }
                let end =
                    end.ok_or(if symbol == '"' { "runaway string constant" } else { "runaway regular expression" })?;
                all.push(match symbol {
                    '"' => Token::Text(unescaped(&after[..end])),
                    _ => Token::Regex(after[..end].replace("\\/", "/")),
                });
                rest = &after[end + 1..];
                continue;
            }
            '0'..='9' | '.' => {
                let len = number_length(rest);
                if len == 0 {
                    return Err(format!("unexpected {symbol}"));
                }
                all.push(Token::Number(rest[..len].parse().unwrap_or(0.0)));
                rest = &rest[len..];
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let name = rest[..len].to_owned();
                rest = &rest[len..];
                all.push(if rest.starts_with('(') { Token::Called(name) } else { Token::Name(name) });
                continue;
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| format!("unexpected character '{symbol}'"))?;
                all.push(Token::Sign(sign));
                rest = &rest[sign.len()..];
                continue;
            }
        }
        rest = after;
    }
    Ok(all)
}

/// Whether a `/` after this begins an expression: otherwise it divides.
fn begins_regex(before: Option<&Token>) -> bool {
    const WORDS: [&str; 7] = ["print", "printf", "return", "in", "else", "do", "exit"];
    match before {
        Some(Token::Name(name)) => WORDS.contains(&name.as_str()),
        Some(Token::Number(_) | Token::Text(_) | Token::Sign(")" | "]" | "++" | "--")) => false,
        _ => true,
    }
}

/// How much of the beginning of a text is a number.
pub(super) fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let mut len = sign + digits(sign);
    let whole = len - sign;
    let mut fraction = 0;
    if bytes.get(len) == Some(&b'.') {
        fraction = digits(len + 1);
        if whole + fraction > 0 {
            len += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'-' | b'+')));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}

// The grammar.

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Whether `>` would be a file to print to.
    printing: bool,
    /// Whether `in` belongs to a `for`.
    in_for: bool,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(name) | Token::Called(name)) if name == word)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let near = match self.peek() {
            None => "end of file".to_owned(),
            Some(Token::Line) => "end of line".to_owned(),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
            Some(Token::Name(name) | Token::Called(name)) => name.clone(),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Text(text)) => format!("\"{text}\""),
            Some(Token::Regex(text)) => format!("/{text}/"),
        };
        format!("syntax error at or near {near}")
    }

    fn lines(&mut self) {
        while matches!(self.peek(), Some(Token::Line)) || self.is(";") {
            self.at += 1;
        }
    }

    fn new_lines(&mut self) {
        while matches!(self.peek(), Some(Token::Line)) {
            self.at += 1;
        }
    }

    fn program(&mut self) -> Parsed<Vec<(Pattern, Option<Statement>)>> {
        let mut rules = Vec::new();
        loop {
            self.lines();
            if self.peek().is_none() {
                return Ok(rules);
            }
            if self.is_word("function") || self.is_word("func") {
                return Err("functions of one's own are not simulated".into());
            }
            let pattern = match () {
                () if self.take_word("BEGIN") => Pattern::Begin,
                () if self.take_word("END") => Pattern::End,
                () if self.is("{") => Pattern::Always,
                () => {
                    let first = self.expr()?;
                    match self.take(",") {
                        true => {
                            self.new_lines();
                            Pattern::Range(first, self.expr()?, false)
                        }
                        false => Pattern::If(first),
                    }
                }
            };
            let action = if self.is("{") { Some(self.block()?) } else { None };
            if action.is_none() && matches!(pattern, Pattern::Begin | Pattern::End) {
                return Err(self.unexpected());
            }
            rules.push((pattern, action));
        }
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

    fn block(&mut self) -> Parsed<Statement> {
        self.deeper(|parser| {
            parser.expect("{")?;
            let mut statements = Vec::new();
            loop {
                parser.lines();
                if parser.take("}") {
                    return Ok(Statement::Block(statements));
                }
                statements.push(parser.statement()?);
            }
        })
    }

    /// A statement with what ends it.
    fn statement(&mut self) -> Parsed<Statement> {
        self.deeper(|parser| {
            if parser.is("{") {
                return parser.block();
            }
            if parser.take(";") {
                return Ok(Statement::Block(Vec::new()));
            }
            let compound = ["if", "while", "for"].iter().any(|word| parser.is_word(word));
            let statement = parser.plain()?;
            if !compound && !parser.is("}") {
                match parser.peek() {
                    None | Some(Token::Line) => parser.at += usize::from(parser.peek().is_some()),
                    _ => parser.expect(";")?,
                }
            }
            Ok(statement)
        })
    }

    fn body(&mut self) -> Parsed<Box<Statement>> {
        self.new_lines();
        Ok(Box::new(self.statement()?))
    }

    fn condition(&mut self) -> Parsed<Expr> {
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn plain(&mut self) -> Parsed<Statement> {
        if self.take_word("if") {
            let condition = self.condition()?;
            let then = self.body()?;
            let before = self.at;
            self.lines();
            if self.take_word("else") {
                return Ok(Statement::If(condition, then, Some(self.body()?)));
            }
            self.at = before;
            return Ok(Statement::If(condition, then, None));
        }
        if self.take_word("while") {
            let condition = self.condition()?;
            return Ok(Statement::Loop(Some(condition), self.body()?, None, false));
        }
        if self.take_word("do") {
            let body = self.body()?;
            self.lines();
            if !self.take_word("while") {
                return Err(self.unexpected());
            }
            return Ok(Statement::Loop(Some(self.condition()?), body, None, true));
        }
        if self.take_word("for") {
            return self.for_loop();
        }
        if self.take_word("next") {
            return Ok(Statement::Next);
        }
        if self.take_word("break") {
            return Ok(Statement::Break);
        }
        if self.take_word("continue") {
            return Ok(Statement::Continue);
        }
        if self.take_word("exit") {
            let ends = matches!(self.peek(), None | Some(Token::Line)) || self.is(";") || self.is("}");
            return Ok(Statement::Exit(if ends { None } else { Some(self.expr()?) }));
        }
        self.simple()
    }

    /// What may stand in the head of a `for` as well.
    fn simple(&mut self) -> Parsed<Statement> {
        if self.take_word("delete") {
            let Some(Token::Name(name)) = self.peek().cloned() else { return Err(self.unexpected()) };
            self.at += 1;
            let keys = if self.take("[") { Some(self.list("]")?) } else { None };
            return Ok(Statement::Delete(name.into(), keys));
        }
        let printf = self.is_word("printf");
        if printf || self.is_word("print") {
            self.at += 1;
            let outer = std::mem::replace(&mut self.printing, true);
            let mut items = Vec::new();
            // Parentheses around all of it are no part of the first item.
            let around = self.is("(") && self.closes_statement();
            if around {
                self.at += 1;
                self.printing = false;
                items = self.list(")")?;
            } else if !matches!(self.peek(), None | Some(Token::Line))
                && !self.is(";")
                && !self.is("}")
                && !self.is(">")
            {
                items.push(self.expr()?);
                while self.take(",") {
                    self.new_lines();
                    items.push(self.expr()?);
                }
            }
            self.printing = outer;
            if self.is(">") || self.is("|") {
                return Err("printing to files and pipes is not simulated".into());
            }
            return Ok(if printf { Statement::Printf(items) } else { Statement::Print(items) });
        }
        Ok(Statement::Expr(self.expr()?))
    }

    /// Whether the parenthesis that opens here is closed at the end of the statement.
    fn closes_statement(&self) -> bool {
        let mut depth = 0;
        for (place, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token {
                Token::Sign("(") => depth += 1,
                Token::Sign(")") => {
                    depth -= 1;
                    if depth == 0 {
                        let next = self.tokens.get(place + 1);
                        return matches!(next, None | Some(Token::Line | Token::Sign(";" | "}" | ">" | "|")));
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.expect("(")?;
        if let [Token::Name(key), Token::Name(word), Token::Name(array), Token::Sign(")"), ..] = &self.tokens[self.at..]
            && word == "in"
        {
            let (key, array) = (Rc::from(key.as_str()), Rc::from(array.as_str()));
            self.at += 4;
            return Ok(Statement::Each(key, array, self.body()?));
        }
        self.in_for = true;
        let first = if self.is(";") { None } else { Some(self.simple()?) };
        self.in_for = false;
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        let last = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        let body = self.body()?;
        let mut all: Vec<Statement> = first.into_iter().collect();
        all.push(Statement::Loop(condition, body, last, false));
        Ok(Statement::Block(all))
    }

    fn list(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        self.new_lines();
        while !self.take(end) {
            if !items.is_empty() {
                self.expect(",")?;
                self.new_lines();
            }
            items.push(self.expr()?);
            self.new_lines();
        }
        Ok(items)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper(Self::ternary)
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let first = self.or()?;
        if self.take("?") {
            self.new_lines();
            let yes = self.expr()?;
            self.new_lines();
            self.expect(":")?;
            self.new_lines();
            return Ok(Expr::Choice(Box::new([first, yes, self.expr()?])));
        }
        let is_place = matches!(first, Expr::Variable(_) | Expr::Field(_) | Expr::Item(..));
        let Some(Token::Sign(sign)) = self.peek().filter(|_| is_place) else { return Ok(first) };
        let operator = match *sign {
            "=" => '=',
            "+=" | "-=" | "*=" | "/=" | "%=" | "^=" => sign.chars().next().unwrap_or('='),
            _ => return Ok(first),
        };
        self.at += 1;
        self.new_lines();
        Ok(Expr::Assign(operator, Box::new(first), Box::new(self.expr()?)))
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.take("||") {
            self.new_lines();
            left = Expr::Logic(false, Box::new([left, self.and()?]));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.membership()?;
        while self.take("&&") {
            self.new_lines();
            left = Expr::Logic(true, Box::new([left, self.membership()?]));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while !self.in_for && self.is_word("in") {
            self.at += 1;
            left = Expr::In(vec![left], self.array()?);
        }
        Ok(left)
    }

    fn array(&mut self) -> Parsed<Rc<str>> {
        let Some(Token::Name(name)) = self.peek() else { return Err(self.unexpected()) };
        let name = name.as_str().into();
        self.at += 1;
        Ok(name)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        while self.is("~") || self.is("!~") {
            let negated = self.is("!~");
            self.at += 1;
            left = Expr::Match(negated, Box::new([left, self.comparison()?]));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concat()?;
        let Some(Token::Sign(sign)) = self.peek() else { return Ok(left) };
        let sign = *sign;
        if !["<", "<=", "==", "!=", ">", ">="].contains(&sign) || (sign == ">" && self.printing) {
            return Ok(left);
        }
        self.at += 1;
        Ok(Expr::Compare(sign, Box::new([left, self.concat()?])))
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            let begins = match self.peek() {
                Some(Token::Number(_) | Token::Text(_) | Token::Called(_) | Token::Regex(_)) => true,
                Some(Token::Name(name)) => name != "in",
                Some(Token::Sign(sign)) => ["$", "!", "(", "-", "+", "++", "--"].contains(sign),
                _ => false,
            };
            // A sign after a value is a sum, which is read by now.
            if !begins || self.is("+") || self.is("-") {
                return Ok(left);
            }
            left = Expr::Concat(Box::new([left, self.sum()?]));
        }
    }

    fn chain(&mut self, signs: &[&'static str], inner: fn(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        let mut left = inner(self)?;
        while let Some(sign) = signs.iter().find(|sign| self.is(sign)) {
            self.at += 1;
            let operator = sign.chars().next().unwrap_or('+');
            left = Expr::Arithmetic(operator, Box::new([left, inner(self)?]));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed<Expr> {
        self.chain(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Parsed<Expr> {
        self.chain(&["*", "/", "%"], Self::unary)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| match () {
            () if parser.take("!") => Ok(Expr::Not(Box::new(parser.unary()?))),
            () if parser.take("-") => Ok(Expr::Sign(-1.0, Box::new(parser.unary()?))),
            () if parser.take("+") => Ok(Expr::Sign(1.0, Box::new(parser.unary()?))),
            () => parser.power(),
        })
    }

    fn power(&mut self) -> Parsed<Expr> {
        let left = self.postfix()?;
        if self.take("^") || self.take("**") {
            // It groups to the right, and a sign may stand before the exponent.
            return Ok(Expr::Arithmetic('^', Box::new([left, self.unary()?])));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let value = self.primary()?;
        let is_place = matches!(value, Expr::Variable(_) | Expr::Field(_) | Expr::Item(..));
        match () {
            () if is_place && self.take("++") => Ok(Expr::Step(Box::new(value), 1.0, true)),
            () if is_place && self.take("--") => Ok(Expr::Step(Box::new(value), -1.0, true)),
            () => Ok(value),
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected()) };
        self.at += 1;
        Ok(match token {
            Token::Number(number) => Expr::Value(Value::Number(number)),
            Token::Text(text) => Expr::Value(Value::Text(text.into())),
            Token::Regex(text) => Expr::Regex(text.into()),
            Token::Sign("$") => {
                let step = if self.is("++") || self.is("--") { self.unary_step()? } else { self.primary()? };
                Expr::Field(Box::new(step))
            }
            Token::Sign("++" | "--") => {
                self.at -= 1;
                self.unary_step()?
            }
            Token::Sign("(") => {
                let outer = (std::mem::take(&mut self.printing), std::mem::take(&mut self.in_for));
                let mut items = self.list(")")?;
                (self.printing, self.in_for) = outer;
                match items.len() {
                    // In parentheses nothing can be assigned to.
                    1 => Expr::Sign(0.0, Box::new(items.remove(0))),
                    0 => return Err(self.unexpected()),
                    _ if self.take_word("in") => Expr::In(items, self.array()?),
                    _ => return Err(self.unexpected()),
                }
            }
            Token::Name(name) if name == "getline" => return Err("getline is not simulated".into()),
            Token::Name(name) if name == "length" => Expr::Call(Function::Length, Vec::new()),
            Token::Name(name) => match self.take("[") {
                true => Expr::Item(name.into(), self.list("]")?),
                false => Expr::Variable(name.into()),
            },
            Token::Called(name) => match FUNCTIONS.iter().find(|(known, _)| *known == name) {
                Some((_, function)) => {
                    self.expect("(")?;
                    let outer = (std::mem::take(&mut self.printing), std::mem::take(&mut self.in_for));
                    let arguments = self.list(")")?;
                    (self.printing, self.in_for) = outer;
                    Expr::Call(*function, arguments)
                }
                None => return Err(format!("function {name} is not simulated")),
            },
            _ => {
                self.at -= 1;
                return Err(self.unexpected());
            }
        })
    }

    /// `++x`
    fn unary_step(&mut self) -> Parsed<Expr> {
        let by = if self.take("++") { 1.0 } else { -1.0 };
        if by < 0.0 {
            self.expect("--")?;
        }
        let place = self.deeper(Self::primary)?;
        match place {
            Expr::Variable(_) | Expr::Field(_) | Expr::Item(..) => Ok(Expr::Step(Box::new(place), by, false)),
            _ => Err(self.unexpected()),
        }
    }
}

/// The rules of a program, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<(Pattern, Option<Statement>)>, String> {
    Parser { tokens: tokens(text)?, at: 0, depth: 0, printing: false, in_for: false }.program()
}

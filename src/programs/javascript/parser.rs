//! JavaScript's grammar, as far as it is simulated; what is not is refused by its name.

use crate::programs::script::*;
use std::rc::Rc;

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub line: u32,
    pub message: String,
}

type Parsed<T> = Result<T, SyntaxError>;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Number(f64),
    Str(String),
    /// The texts of a template and the sources between them.
    Template(Vec<String>, Vec<String>),
    Symbol(&'static str),
    End,
}

const SYMBOLS: [&str; 56] = [
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**", "<<", ">>", "{", "}", "(", ")",
    "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=",
];

/// A token, its line, and whether a line ended before it.
type Word = (Token, u32, bool);

fn tokens(text: &str) -> Parsed<Vec<Word>> {
    let mut out: Vec<Word> = Vec::new();
    let mut rest = text;
    let mut line = 1;
    let mut fresh = false;
    'words: while let Some(first) = rest.chars().next() {
        if first == '\n' {
            line += 1;
            fresh = true;
        }
        let here = line;
        let fail = |message: &str| Err(SyntaxError { line: here, message: message.to_owned() });
        let value_before = matches!(
            out.last(),
            Some((Token::Name(_) | Token::Number(_) | Token::Str(_) | Token::Symbol(")" | "]" | "}"), ..))
        );
        if first.is_whitespace() || first == '\u{feff}' {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if rest.starts_with("//") || rest.starts_with("#!") && out.is_empty() {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            continue;
        }
        if rest.starts_with("/*") {
            let Some(end) = rest.find("*/") else { return fail("Unterminated comment") };
            line += rest[..end].matches('\n').count() as u32;
            fresh |= rest[..end].contains('\n');
            rest = &rest[end + 2..];
            continue;
        }
        let mut push = |token: Token, len: usize, rest: &mut &str| {
            out.push((token, here, std::mem::take(&mut fresh)));
            *rest = &rest[len..];
        };
        if first.is_alphabetic() || first == '_' || first == '$' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            push(Token::Name(rest[..end].to_owned()), end, &mut rest);
            continue;
        }
        if first.is_ascii_digit() || first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            if let Some(digits) = rest.strip_prefix("0x") {
                let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
                let Ok(number) = u64::from_str_radix(&digits[..end], 16) else { return fail("Invalid number") };
                push(Token::Number(number as f64), end + 2, &mut rest);
                continue;
            }
            let bytes = rest.as_bytes();
            let mut end = 0;
            while end < bytes.len() {
                match bytes[end] {
                    b'0'..=b'9' | b'_' | b'.' => {}
                    b'e' | b'E' if matches!(bytes.get(end + 1), Some(b'+' | b'-')) => end += 1,
                    b'e' | b'E' => {}
                    _ => break,
                }
                end += 1;
            }
            let Ok(number) = rest[..end].replace('_', "").parse() else { return fail("Invalid or unexpected token") };
            push(Token::Number(number), end, &mut rest);
            continue;
        }
        if first == '"' || first == '\'' {
            let mut escaped = false;
            for (place, symbol) in rest.char_indices().skip(1) {
                match symbol {
                    '\n' if !escaped => return fail("Invalid or unexpected token"),
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    _ if symbol == first => {
                        let text = unescape(&rest[1..place]);
                        push(Token::Str(text), place + 1, &mut rest);
                        continue 'words;
                    }
                    _ => {}
                }
            }
            return fail("Invalid or unexpected token");
        }
        if first == '`' {
            let (mut texts, mut sources) = (Vec::new(), Vec::new());
            let (mut start, mut at, mut depth) = (1, 1, 0);
            let bytes = rest.as_bytes();
            loop {
                match bytes.get(at) {
                    None => return fail("Unterminated template literal"),
                    Some(b'\\') if depth == 0 => at += 1,
                    Some(b'`') if depth == 0 => break,
                    Some(b'$') if depth == 0 && bytes.get(at + 1) == Some(&b'{') => {
                        texts.push(unescape(&rest[start..at]));
                        depth = 1;
                        at += 1;
                        start = at + 1;
                    }
                    Some(b'{') if depth > 0 => depth += 1,
                    Some(b'}') if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            sources.push(rest[start..at].to_owned());
                            start = at + 1;
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            texts.push(unescape(&rest[start..at]));
            let lines = rest[..at].matches('\n').count() as u32;
            push(Token::Template(texts, sources), at + 1, &mut rest);
            line += lines;
            continue;
        }
        if first == '/' && !value_before {
            return fail("regular expressions are not simulated");
        }
        if first == '.' && !rest.starts_with("...") {
            push(Token::Symbol("."), 1, &mut rest);
            continue;
        }
        let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) else {
            return fail("Invalid or unexpected token");
        };
        push(Token::Symbol(symbol), symbol.len(), &mut rest);
    }
    out.push((Token::End, line, true));
    Ok(out)
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let Some(next) = rest.chars().next() else { break };
        rest = &rest[next.len_utf8()..];
        match next {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\x08'),
            '0' => out.push('\0'),
            '\n' => {}
            'u' | 'x' => {
                let len = if next == 'u' { 4 } else { 2 };
                let code =
                    rest.get(..len).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                out.extend(code);
                rest = rest.get(len..).unwrap_or_default();
            }
            other => out.push(other),
        }
    }
    out + rest
}

/// Reads a script.
pub fn parse(text: &str) -> Parsed<Vec<Statement>> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, patterns: 0 };
    let mut body = Vec::new();
    while parser.peek() != &Token::End {
        parser.statement(&mut body)?;
    }
    Ok(body)
}

const DEPTH: usize = 100;

struct Parser {
    tokens: Vec<Word>,
    at: usize,
    depth: usize,
    /// How many parameters were patterns so far.
    patterns: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, ..)| token)
    }

    fn ahead(&self, count: usize) -> &Token {
        self.tokens.get(self.at + count).map_or(&Token::End, |(token, ..)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line, _)| *line)
    }

    fn fresh(&self) -> bool {
        self.tokens.get(self.at).is_none_or(|(_, _, fresh)| *fresh)
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { line: self.line(), message: message.into() })
    }

    fn unexpected<T>(&self) -> Parsed<T> {
        match self.peek() {
            Token::End => self.fail("Unexpected end of input"),
            Token::Name(name) => self.fail(format!("Unexpected token '{name}'")),
            Token::Symbol(symbol) => self.fail(format!("Unexpected token '{symbol}'")),
            Token::Number(_) => self.fail("Unexpected number"),
            _ => self.fail("Unexpected string"),
        }
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(found) if found == word)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat(symbol) { Ok(()) } else { self.unexpected() }
    }

    fn name(&mut self) -> Parsed<Name> {
        match self.peek().clone() {
            Token::Name(name) => {
                self.at += 1;
                Ok(name.as_str().into())
            }
            _ => self.unexpected(),
        }
    }

    /// The end of a statement: a `;`, a bracket, or just a new line.
    fn end(&mut self) -> Parsed<()> {
        if self.eat(";") || self.is("}") || self.peek() == &Token::End || self.fresh() {
            return Ok(());
        }
        self.unexpected()
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { self.fail("the script is nested too deeply") } else { Ok(()) }
    }

    // Statements

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect("{")?;
        self.deeper()?;
        let mut body = Vec::new();
        while !self.is("}") {
            if self.peek() == &Token::End {
                return self.unexpected();
            }
            self.statement(&mut body)?;
        }
        self.at += 1;
        self.depth -= 1;
        Ok(body)
    }

    /// A block, or one statement.
    fn body(&mut self) -> Parsed<Vec<Statement>> {
        if self.is("{") {
            return self.block();
        }
        self.deeper()?;
        let mut body = Vec::new();
        self.statement(&mut body)?;
        self.depth -= 1;
        Ok(body)
    }

    fn condition(&mut self) -> Parsed<Expr> {
        self.expect("(")?;
        let condition = self.sequence()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn statement(&mut self, out: &mut Vec<Statement>) -> Parsed<()> {
        let line = self.line();
        if self.eat(";") {
            return Ok(());
        }
        if self.is("{") {
            let body = self.block()?;
            out.push(Statement { line, what: What::Block(body) });
            return Ok(());
        }
        let word = match self.peek() {
            Token::Name(word) => word.clone(),
            _ => String::new(),
        };
        let is_async = word == "async" && matches!(self.ahead(1), Token::Name(next) if next == "function");
        let what = match word.as_str() {
            "var" | "let" | "const" => {
                self.declarations(out)?;
                return self.end();
            }
            "function" => What::Function(self.function()?, Vec::new()),
            _ if is_async => {
                self.at += 1;
                What::Function(self.function()?, Vec::new())
            }
            "class" => {
                self.at += 1;
                What::Class(self.class()?, Vec::new())
            }
            "if" => {
                self.at += 1;
                let condition = self.condition()?;
                let then = self.body()?;
                let otherwise = if self.eat_word("else") { self.body()? } else { Vec::new() };
                What::If(condition, then, otherwise)
            }
            "while" => {
                self.at += 1;
                let condition = self.condition()?;
                What::While(condition, self.body()?, Vec::new())
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                if !self.eat_word("while") {
                    return self.unexpected();
                }
                let condition = self.condition()?;
                self.eat(";");
                What::DoWhile(body, condition)
            }
            "for" => {
                self.at += 1;
                self.for_loop()?
            }
            "switch" => {
                self.at += 1;
                let value = self.condition()?;
                self.expect("{")?;
                let mut cases = Vec::new();
                while !self.eat("}") {
                    let case = if self.eat_word("default") {
                        None
                    } else if self.eat_word("case") {
                        Some(self.sequence()?)
                    } else {
                        return self.unexpected();
                    };
                    self.expect(":")?;
                    let mut body = Vec::new();
                    while !self.is("}") && !self.is_word("case") && !self.is_word("default") {
                        self.statement(&mut body)?;
                    }
                    cases.push((case, body));
                }
                What::Switch(value, cases)
            }
            "try" => {
                self.at += 1;
                let mut tried = Try { body: self.block()?, ..Try::default() };
                if self.eat_word("catch") {
                    let target = if self.eat("(") {
                        let target = self.target()?;
                        self.expect(")")?;
                        Some(target)
                    } else {
                        None
                    };
                    let body = self.block()?;
                    tried.handlers.push((None, target, body));
                }
                if self.eat_word("finally") {
                    tried.finally = self.block()?;
                } else if tried.handlers.is_empty() {
                    return self.fail("Missing catch or finally after try");
                }
                What::Try(Box::new(tried))
            }
            "return" | "throw" => {
                self.at += 1;
                let ended = self.is(";") || self.is("}") || self.peek() == &Token::End || self.fresh();
                let value = if ended { None } else { Some(self.sequence()?) };
                self.end()?;
                if word == "return" { What::Return(value) } else { What::Raise(value) }
            }
            "break" | "continue" => {
                self.at += 1;
                if matches!(self.peek(), Token::Name(_)) && !self.fresh() {
                    return self.fail("labels are not simulated");
                }
                self.end()?;
                if word == "break" { What::Break } else { What::Continue }
            }
            "import" | "export" | "with" | "enum" => return self.fail(format!("{word} is not simulated")),
            "debugger" => {
                self.at += 1;
                What::Pass
            }
            // A command of mongosh.
            "use" | "show" if matches!(self.ahead(1), Token::Name(_)) && !self.tokens[self.at + 1].2 => {
                self.at += 1;
                let name = self.name()?;
                let argument = vec![Argument::Plain(Expr::Str(name))];
                self.end()?;
                What::Expr(Expr::Call(Box::new(Expr::Name(format!("__{word}").into())), argument))
            }
            _ => {
                let value = self.sequence()?;
                self.end()?;
                What::Expr(value)
            }
        };
        out.push(Statement { line, what });
        Ok(())
    }

    fn declares(&mut self) -> Option<Declares> {
        let declares = match self.peek() {
            Token::Name(word) if word == "var" => Declares::Var,
            Token::Name(word) if word == "let" => Declares::Let,
            Token::Name(word) if word == "const" => Declares::Const,
            _ => return None,
        };
        self.at += 1;
        Some(declares)
    }

    fn declarations(&mut self, out: &mut Vec<Statement>) -> Parsed<()> {
        let Some(declares) = self.declares() else { return self.unexpected() };
        loop {
            let line = self.line();
            let target = self.target()?;
            let value = if self.eat("=") { Some(self.assignment()?) } else { None };
            out.push(Statement { line, what: What::Declare(declares, target, value) });
            if !self.eat(",") {
                return Ok(());
            }
        }
    }

    /// A name, or a pattern of names.
    fn target(&mut self) -> Parsed<Expr> {
        if !self.is("[") && !self.is("{") {
            return Ok(Expr::Name(self.name()?));
        }
        self.deeper()?;
        let value = self.atom()?;
        self.depth -= 1;
        self.pattern(value)
    }

    /// An array or object read as a pattern.
    fn pattern(&self, value: Expr) -> Parsed<Expr> {
        Ok(match value {
            Expr::List(items) => Expr::List(items.into_iter().map(|item| self.pattern(item)).collect::<Parsed<_>>()?),
            Expr::Dict(entries) => {
                let entry = |(key, value): (Option<Expr>, Expr)| match key {
                    Some(key) => Ok((Some(key), self.pattern(value)?)),
                    None => self.fail("the rest of an object in a pattern is not simulated"),
                };
                Expr::Dict(entries.into_iter().map(entry).collect::<Parsed<_>>()?)
            }
            Expr::Assign(target, default) => Expr::Default(Box::new(self.pattern(*target)?), default),
            Expr::Spread(target) => Expr::Spread(Box::new(self.pattern(*target)?)),
            Expr::Name(_) | Expr::Attribute(..) | Expr::Index(..) | Expr::Undefined | Expr::Default(..) => value,
            _ => return self.fail("Invalid destructuring assignment target"),
        })
    }

    fn for_loop(&mut self) -> Parsed<What> {
        self.eat_word("await");
        self.expect("(")?;
        let start = self.at;
        let declares = self.declares();
        if !self.is(";") {
            let target = if declares.is_some() { self.target() } else { self.unary() };
            let by_key = self.is_word("in");
            if let Ok(target) = target
                && (by_key || self.is_word("of"))
            {
                self.at += 1;
                let over = self.sequence()?;
                self.expect(")")?;
                let body = self.body()?;
                return Ok(What::For(Box::new(For { target, declares, over, by_key, body, otherwise: Vec::new() })));
            }
        }
        self.at = start;
        let mut first = Vec::new();
        if matches!(self.peek(), Token::Name(word) if matches!(word.as_str(), "var" | "let" | "const")) {
            self.declarations(&mut first)?;
        } else if !self.is(";") {
            let line = self.line();
            let value = self.sequence()?;
            first.push(Statement { line, what: What::Expr(value) });
        }
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.sequence()?) };
        self.expect(";")?;
        let step = if self.is(")") { None } else { Some(self.sequence()?) };
        self.expect(")")?;
        Ok(What::Count(first, condition, step, self.body()?))
    }

    fn function(&mut self) -> Parsed<Rc<Function>> {
        if !self.eat_word("function") {
            return self.unexpected();
        }
        if self.is("*") {
            return self.fail("generators are not simulated");
        }
        let name = if self.is("(") { "".into() } else { self.name()? };
        self.rest_of_function(name)
    }

    fn rest_of_function(&mut self, name: Name) -> Parsed<Rc<Function>> {
        self.expect("(")?;
        let parameters = self.parameters()?;
        let body = self.block()?;
        Ok(Rc::new(Function { name, parameters, body, generator: false, arrow: false }))
    }

    /// Up to the closing bracket.
    fn parameters(&mut self) -> Parsed<Vec<Parameter>> {
        let mut parameters = Vec::new();
        while !self.is(")") {
            let kind = if self.eat("...") { Takes::Rest } else { Takes::One };
            let target = self.target()?;
            let value = if self.eat("=") { Some(self.assignment()?) } else { None };
            let (name, default) = match (target, value) {
                (Expr::Name(name), value) => (name, value),
                (pattern, value) => {
                    self.patterns += 1;
                    let name: Name = format!("%p{}", self.patterns).into();
                    let pattern = match value {
                        Some(value) => Expr::Default(Box::new(pattern), Box::new(value)),
                        None => pattern,
                    };
                    (name, Some(Expr::Assign(Box::new(pattern), Box::new(Expr::Undefined))))
                }
            };
            parameters.push(Parameter { name, kind, default });
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(parameters)
    }

    fn class(&mut self) -> Parsed<Rc<Class>> {
        let name = self.name()?;
        if self.is_word("extends") {
            return self.fail("extends is not simulated");
        }
        self.expect("{")?;
        let mut body = Vec::new();
        while !self.eat("}") {
            if self.eat(";") {
                continue;
            }
            let line = self.line();
            self.eat_word("async");
            let name = self.name()?;
            if !self.is("(") {
                return self.fail("only methods of classes are simulated");
            }
            let function = self.rest_of_function(name)?;
            body.push(Statement { line, what: What::Function(function, Vec::new()) });
        }
        Ok(Rc::new(Class { name, base: None, body }))
    }

    // Expressions

    fn sequence(&mut self) -> Parsed<Expr> {
        let first = self.assignment()?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut values = vec![first];
        while self.eat(",") {
            values.push(self.assignment()?);
        }
        Ok(Expr::Sequence(values))
    }

    /// Whether an arrow function begins here.
    fn is_arrow(&self) -> bool {
        if matches!(self.peek(), Token::Name(_)) {
            return matches!(self.ahead(1), Token::Symbol("=>"));
        }
        if !self.is("(") {
            return false;
        }
        let mut depth = 0;
        for place in 0.. {
            match self.ahead(place) {
                Token::Symbol("(" | "[" | "{") => depth += 1,
                Token::Symbol(")" | "]" | "}") => {
                    depth -= 1;
                    if depth == 0 {
                        return matches!(self.ahead(place + 1), Token::Symbol("=>"));
                    }
                }
                Token::End => return false,
                _ => {}
            }
        }
        false
    }

    fn arrow(&mut self) -> Parsed<Expr> {
        let parameters = if self.eat("(") {
            self.parameters()?
        } else {
            vec![Parameter { name: self.name()?, kind: Takes::One, default: None }]
        };
        self.expect("=>")?;
        let line = self.line();
        let body = match self.is("{") {
            true => self.block()?,
            false => vec![Statement { line, what: What::Return(Some(self.assignment()?)) }],
        };
        Ok(Expr::Function(Rc::new(Function { name: "".into(), parameters, body, generator: false, arrow: true })))
    }

    fn assignment(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        if self.is_word("async") && !matches!(self.ahead(1), Token::Symbol(_)) {
            self.at += 1;
        }
        let expr = if self.is_arrow() { self.arrow() } else { self.assigned() };
        self.depth -= 1;
        expr
    }

    fn assigned(&mut self) -> Parsed<Expr> {
        let left = self.choice()?;
        const CHANGES: [(&str, Binary); 12] = [
            ("+=", Binary::Add),
            ("-=", Binary::Subtract),
            ("*=", Binary::Multiply),
            ("/=", Binary::Divide),
            ("%=", Binary::Remainder),
            ("**=", Binary::Power),
            ("<<=", Binary::LeftShift),
            (">>=", Binary::RightShift),
            (">>>=", Binary::RightShift),
            ("&=", Binary::BitAnd),
            ("|=", Binary::BitOr),
            ("^=", Binary::BitXor),
        ];
        if self.eat("=") {
            let target = self.pattern(left)?;
            let value = self.assignment()?;
            return Ok(Expr::Assign(Box::new(target), Box::new(value)));
        }
        for (symbol, operator) in CHANGES {
            if self.eat(symbol) {
                self.check_target(&left)?;
                let value = self.assignment()?;
                return Ok(Expr::Change(operator, Box::new(left), Box::new(value), false));
            }
        }
        for (symbol, logic) in [("&&=", Logic::And), ("||=", Logic::Or), ("??=", Logic::Else)] {
            if self.eat(symbol) {
                self.check_target(&left)?;
                let value = self.assignment()?;
                let assigned = Expr::Assign(Box::new(left.clone()), Box::new(value));
                return Ok(Expr::Logic(logic, Box::new(left), Box::new(assigned)));
            }
        }
        Ok(left)
    }

    fn check_target(&self, target: &Expr) -> Parsed<()> {
        match target {
            Expr::Name(_) | Expr::Attribute(..) | Expr::Index(..) => Ok(()),
            _ => self.fail("Invalid left-hand side in assignment"),
        }
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let then = self.assignment()?;
        self.expect(":")?;
        let otherwise = self.assignment()?;
        Ok(Expr::Choice(Box::new(condition), Box::new(then), Box::new(otherwise)))
    }

    fn binary(&mut self, level: usize) -> Parsed<Expr> {
        enum Operator {
            Logic(Logic),
            Binary(Binary),
        }
        use Operator::{Binary as B, Logic as L};
        const LEVELS: [&[(&str, Operator)]; 11] = [
            &[("??", L(Logic::Else)), ("||", L(Logic::Or))],
            &[("&&", L(Logic::And))],
            &[("|", B(Binary::BitOr))],
            &[("^", B(Binary::BitXor))],
            &[("&", B(Binary::BitAnd))],
            &[
                ("===", B(Binary::Same)),
                ("!==", B(Binary::NotSame)),
                ("==", B(Binary::Equal)),
                ("!=", B(Binary::NotEqual)),
            ],
            &[
                ("<", B(Binary::Less)),
                (">", B(Binary::Greater)),
                ("<=", B(Binary::LessEqual)),
                (">=", B(Binary::GreaterEqual)),
                ("in", B(Binary::In)),
                ("instanceof", B(Binary::InstanceOf)),
            ],
            &[("<<", B(Binary::LeftShift)), (">>", B(Binary::RightShift)), (">>>", B(Binary::RightShift))],
            &[("+", B(Binary::Add)), ("-", B(Binary::Subtract))],
            &[("*", B(Binary::Multiply)), ("/", B(Binary::Divide)), ("%", B(Binary::Remainder))],
            &[("**", B(Binary::Power))],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let found = operators.iter().find(|(symbol, _)| self.is(symbol) || self.is_word(symbol));
            let Some((_, operator)) = found else { return Ok(left) };
            self.at += 1;
            // Powers associate to the right.
            let right = self.binary(if level == 10 { level } else { level + 1 })?;
            left = match operator {
                Operator::Logic(logic) => Expr::Logic(*logic, Box::new(left), Box::new(right)),
                Operator::Binary(operator) => Expr::Binary(*operator, Box::new(left), Box::new(right)),
            };
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = self.unary_inside();
        self.depth -= 1;
        expr
    }

    fn unary_inside(&mut self) -> Parsed<Expr> {
        for (symbol, operator) in [("!", Unary::Not), ("-", Unary::Minus), ("+", Unary::Plus), ("~", Unary::Invert)] {
            if self.eat(symbol) {
                return Ok(Expr::Unary(operator, Box::new(self.unary()?)));
            }
        }
        for (symbol, operator) in [("++", Binary::Add), ("--", Binary::Subtract)] {
            if self.eat(symbol) {
                let target = self.unary()?;
                self.check_target(&target)?;
                return Ok(Expr::Change(operator, Box::new(target), Box::new(Expr::Int(1)), false));
            }
        }
        if self.eat_word("typeof") {
            return Ok(Expr::TypeOf(Box::new(self.unary()?)));
        }
        if self.eat_word("delete") {
            return Ok(Expr::Delete(Box::new(self.unary()?)));
        }
        if self.eat_word("void") {
            return Ok(Expr::Sequence(vec![self.unary()?, Expr::Undefined]));
        }
        // Everything is awaited anyway.
        if self.eat_word("await") {
            return self.unary();
        }
        let value = self.member()?;
        if !self.fresh() {
            for (symbol, operator) in [("++", Binary::Add), ("--", Binary::Subtract)] {
                if self.eat(symbol) {
                    self.check_target(&value)?;
                    return Ok(Expr::Change(operator, Box::new(value), Box::new(Expr::Int(1)), true));
                }
            }
        }
        Ok(value)
    }

    fn member(&mut self) -> Parsed<Expr> {
        let mut value = if self.eat_word("new") {
            self.deeper()?;
            let mut class = self.atom()?;
            while self.eat(".") {
                class = Expr::Attribute(Box::new(class), self.name()?, false);
            }
            let arguments = if self.eat("(") { self.arguments()? } else { Vec::new() };
            self.depth -= 1;
            Expr::New(Box::new(class), arguments)
        } else {
            self.atom()?
        };
        loop {
            if self.eat(".") {
                value = Expr::Attribute(Box::new(value), self.name()?, false);
            } else if self.eat("?.") {
                if self.is("[") || self.is("(") {
                    return self.fail("?.[ and ?.( are not simulated");
                }
                value = Expr::Attribute(Box::new(value), self.name()?, true);
            } else if self.eat("(") {
                let arguments = self.arguments()?;
                value = Expr::Call(Box::new(value), arguments);
            } else if self.eat("[") {
                let place = self.sequence()?;
                self.expect("]")?;
                value = Expr::Index(Box::new(value), Box::new(place));
            } else {
                return Ok(value);
            }
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let mut arguments = Vec::new();
        while !self.is(")") {
            let spread = self.eat("...");
            let value = self.assignment()?;
            arguments.push(if spread { Argument::Spread(value) } else { Argument::Plain(value) });
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn atom(&mut self) -> Parsed<Expr> {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(match number == libm::trunc(number) && number.abs() < 9e15 {
                true => Expr::Int(number as i64),
                false => Expr::Float(number),
            }),
            Token::Str(text) => Ok(Expr::Str(text.into())),
            Token::Template(texts, sources) => {
                let mut pieces = Vec::new();
                let line = self.line();
                for (place, text) in texts.into_iter().enumerate() {
                    pieces.push(Piece::Text(text.into()));
                    if let Some(source) = sources.get(place) {
                        let tokens = tokens(source).map_err(|error| SyntaxError { line, ..error })?;
                        let mut inner = Parser { tokens, at: 0, depth: self.depth + 1, patterns: 0 };
                        let value = inner.sequence().map_err(|error| SyntaxError { line, ..error })?;
                        pieces.push(Piece::Value(value, false, Vec::new()));
                    }
                }
                Ok(Expr::Format(pieces))
            }
            Token::Symbol("(") => {
                let value = self.sequence()?;
                self.expect(")")?;
                Ok(value)
            }
            Token::Symbol("[") => {
                let mut items = Vec::new();
                while !self.eat("]") {
                    if self.eat(",") {
                        items.push(Expr::Undefined);
                        continue;
                    }
                    let spread = self.eat("...");
                    let item = self.assignment()?;
                    items.push(if spread { Expr::Spread(Box::new(item)) } else { item });
                    if !self.is("]") {
                        self.expect(",")?;
                    }
                }
                Ok(Expr::List(items))
            }
            Token::Symbol("{") => self.object(),
            Token::Name(name) => match name.as_str() {
                "null" => Ok(Expr::None),
                "undefined" => Ok(Expr::Undefined),
                "true" => Ok(Expr::Bool(true)),
                "false" => Ok(Expr::Bool(false)),
                "this" => Ok(Expr::This),
                "function" => {
                    self.at -= 1;
                    Ok(Expr::Function(self.function()?))
                }
                "class" | "super" | "yield" => self.fail(format!("{name} is not simulated here")),
                "if" | "else" | "for" | "while" | "return" | "var" | "const" | "case" | "default" | "throw"
                | "catch" => {
                    self.at -= 1;
                    self.unexpected()
                }
                _ => Ok(Expr::Name(name.as_str().into())),
            },
            _ => {
                self.at -= 1;
                self.unexpected()
            }
        }
    }

    fn object(&mut self) -> Parsed<Expr> {
        let mut entries = Vec::new();
        while !self.eat("}") {
            if self.eat("...") {
                entries.push((None, self.assignment()?));
            } else {
                if self.is_word("async") && matches!(self.ahead(1), Token::Name(_)) {
                    self.at += 1;
                }
                let word = self.peek().clone();
                self.at += 1;
                let key = match &word {
                    Token::Name(name) | Token::Str(name) => Expr::Str(name.as_str().into()),
                    Token::Number(number) => Expr::Str(format!("{number}").into()),
                    Token::Symbol("[") => {
                        let key = self.assignment()?;
                        self.expect("]")?;
                        key
                    }
                    _ => {
                        self.at -= 1;
                        return self.unexpected();
                    }
                };
                let value = if self.eat(":") {
                    self.assignment()?
                } else if self.is("(") {
                    let name = if let Token::Name(name) = &word { name.as_str().into() } else { "".into() };
                    Expr::Function(self.rest_of_function(name)?)
                } else if let Token::Name(name) = word {
                    let name = Expr::Name(name.as_str().into());
                    // A default, where it is a pattern.
                    match self.eat("=") {
                        true => Expr::Default(Box::new(name), Box::new(self.assignment()?)),
                        false => name,
                    }
                } else {
                    return self.unexpected();
                };
                entries.push((Some(key), value));
            }
            if !self.is("}") {
                self.expect(",")?;
            }
        }
        Ok(Expr::Dict(entries))
    }
}

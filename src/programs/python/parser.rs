//! Python's grammar, as far as it is simulated; what is not is refused by its name.

use super::lexer::{SyntaxError, Token, tokens, unescape};
use crate::programs::script::*;
use std::rc::Rc;

type Parsed<T> = Result<T, SyntaxError>;

/// Reads a script.
pub fn parse(text: &str) -> Parsed<Vec<Statement>> {
    let mut parser = Parser::new(tokens(text)?);
    let mut body = Vec::new();
    while parser.peek() != &Token::End {
        parser.statement(&mut body)?;
    }
    Ok(body)
}

/// How deep expressions and blocks may nest.
const DEPTH: usize = 60;

struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    depth: usize,
    /// Whether the function that is being read yields.
    yields: Vec<bool>,
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

impl Parser {
    fn new(tokens: Vec<(Token, u32)>) -> Self {
        Self { tokens, at: 0, depth: 0, yields: Vec::new() }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line)| *line)
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { line: self.line(), message: message.into() })
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
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
        if self.eat(symbol) {
            return Ok(());
        }
        match symbol {
            ":" => self.fail("expected ':'"),
            _ => self.fail("invalid syntax"),
        }
    }

    fn name(&mut self) -> Parsed<Name> {
        match self.peek().clone() {
            Token::Name(name) if !KEYWORDS.contains(&name.as_str()) => {
                self.at += 1;
                Ok(name.as_str().into())
            }
            _ => self.fail("invalid syntax"),
        }
    }

    // Statements

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect(":")?;
        let mut body = Vec::new();
        if self.peek() != &Token::Newline {
            self.simple(&mut body)?;
            return Ok(body);
        }
        self.at += 1;
        if self.peek() != &Token::Indent {
            return self.fail("expected an indented block");
        }
        self.at += 1;
        self.deeper()?;
        while self.peek() != &Token::Dedent && self.peek() != &Token::End {
            self.statement(&mut body)?;
        }
        self.depth -= 1;
        self.at += usize::from(self.peek() == &Token::Dedent);
        Ok(body)
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { self.fail("too many statically nested blocks") } else { Ok(()) }
    }

    fn statement(&mut self, body: &mut Vec<Statement>) -> Parsed<()> {
        let line = self.line();
        let Token::Name(word) = self.peek().clone() else {
            if self.peek() == &Token::Indent {
                return self.fail("unexpected indent");
            }
            if self.is("@") {
                let what = self.decorated()?;
                body.push(Statement { line, what });
                return Ok(());
            }
            return self.simple(body);
        };
        let what = match word.as_str() {
            "if" => self.conditional()?,
            "while" => {
                self.at += 1;
                let condition = self.named_expr()?;
                let inner = self.block()?;
                let otherwise = self.otherwise()?;
                What::While(condition, inner, otherwise)
            }
            "for" => {
                self.at += 1;
                let target = self.targets()?;
                if !self.eat_word("in") {
                    return self.fail("invalid syntax");
                }
                let over = self.tuple()?;
                let inner = self.block()?;
                let otherwise = self.otherwise()?;
                What::For(Box::new(For { target, declares: None, over, by_key: false, body: inner, otherwise }))
            }
            "try" => self.tried()?,
            "with" => {
                self.at += 1;
                self.with()?
            }
            "def" => What::Function(self.function()?, Vec::new()),
            "class" => self.class(Vec::new())?,
            "async" => return self.fail("async is not simulated"),
            "match" if matches!(self.tokens.get(self.at + 1), Some((Token::Name(_) | Token::Str(_), _))) => {
                return self.fail("match is not simulated");
            }
            _ => return self.simple(body),
        };
        body.push(Statement { line, what });
        Ok(())
    }

    fn conditional(&mut self) -> Parsed<What> {
        self.at += 1;
        let condition = self.named_expr()?;
        let then = self.block()?;
        let line = self.line();
        let otherwise = if self.is_word("elif") {
            self.deeper()?;
            let what = self.conditional()?;
            self.depth -= 1;
            vec![Statement { line, what }]
        } else {
            self.otherwise()?
        };
        Ok(What::If(condition, then, otherwise))
    }

    fn otherwise(&mut self) -> Parsed<Vec<Statement>> {
        if self.eat_word("else") { self.block() } else { Ok(Vec::new()) }
    }

    fn tried(&mut self) -> Parsed<What> {
        self.at += 1;
        let mut tried = Try { body: self.block()?, ..Try::default() };
        while self.eat_word("except") {
            let kind = if self.is(":") { None } else { Some(self.expr()?) };
            let target = if self.eat_word("as") { Some(Expr::Name(self.name()?)) } else { None };
            let body = self.block()?;
            tried.handlers.push((kind, target, body));
        }
        tried.otherwise = self.otherwise()?;
        if self.eat_word("finally") {
            tried.finally = self.block()?;
        }
        if tried.handlers.is_empty() && tried.finally.is_empty() {
            return self.fail("expected 'except' or 'finally' block");
        }
        Ok(What::Try(Box::new(tried)))
    }

    fn with(&mut self) -> Parsed<What> {
        let line = self.line();
        let manager = self.expr()?;
        let target = if self.eat_word("as") { Some(self.primary()?) } else { None };
        let body = match self.eat(",") {
            true => vec![Statement { line, what: self.with()? }],
            false => self.block()?,
        };
        Ok(What::With(manager, target, body))
    }

    fn decorated(&mut self) -> Parsed<What> {
        let mut decorators = Vec::new();
        while self.eat("@") {
            decorators.push(self.expr()?);
            if self.next() != Token::Newline {
                return self.fail("invalid syntax");
            }
        }
        if self.is_word("class") { self.class(decorators) } else { Ok(What::Function(self.function()?, decorators)) }
    }

    fn function(&mut self) -> Parsed<Rc<Function>> {
        if !self.eat_word("def") {
            return self.fail("invalid syntax");
        }
        let name = self.name()?;
        self.expect("(")?;
        let parameters = self.parameters(")")?;
        self.expect(")")?;
        if self.eat("->") {
            self.expr()?;
        }
        self.yields.push(false);
        let body = self.block()?;
        let generator = self.yields.pop().unwrap_or(false);
        Ok(Rc::new(Function { name, parameters, body, generator, arrow: false }))
    }

    fn parameters(&mut self, end: &str) -> Parsed<Vec<Parameter>> {
        let mut parameters = Vec::new();
        let mut named = false;
        while !self.is(end) {
            let kind = if self.eat("**") {
                Takes::Entries
            } else if self.eat("*") {
                named = true;
                if self.eat(",") {
                    continue;
                }
                Takes::Rest
            } else if self.eat("/") {
                self.eat(",");
                continue;
            } else if named {
                Takes::Named
            } else {
                Takes::One
            };
            let name = self.name()?;
            if end == ")" && self.eat(":") {
                self.expr()?;
            }
            let default = if self.eat("=") { Some(self.expr()?) } else { None };
            parameters.push(Parameter { name, kind, default });
            if !self.eat(",") {
                break;
            }
        }
        Ok(parameters)
    }

    fn class(&mut self, decorators: Vec<Expr>) -> Parsed<What> {
        self.at += 1;
        let name = self.name()?;
        let mut base = None;
        if self.eat("(") {
            while !self.is(")") {
                if base.is_some() {
                    return self.fail("several base classes are not simulated");
                }
                base = Some(self.expr()?);
                self.eat(",");
            }
            self.expect(")")?;
        }
        let body = self.block()?;
        Ok(What::Class(Rc::new(Class { name, base, body }), decorators))
    }

    /// Statements on one line.
    fn simple(&mut self, body: &mut Vec<Statement>) -> Parsed<()> {
        loop {
            let line = self.line();
            let what = self.small()?;
            body.push(Statement { line, what });
            if self.eat(";") {
                if self.peek() == &Token::Newline {
                    break;
                }
                continue;
            }
            if self.peek() != &Token::Newline {
                return self.fail("invalid syntax");
            }
            break;
        }
        self.at += 1;
        Ok(())
    }

    fn small(&mut self) -> Parsed<What> {
        let ended = |parser: &Self| parser.peek() == &Token::Newline || parser.is(";");
        if let Token::Name(word) = self.peek().clone() {
            let at = self.at;
            self.at += 1;
            match word.as_str() {
                "pass" => return Ok(What::Pass),
                "break" => return Ok(What::Break),
                "continue" => return Ok(What::Continue),
                "return" => {
                    if self.yields.is_empty() {
                        return self.fail("'return' outside function");
                    }
                    return Ok(What::Return(if ended(self) { None } else { Some(self.tuple()?) }));
                }
                "raise" => {
                    let value = if ended(self) { None } else { Some(self.expr()?) };
                    if self.eat_word("from") {
                        self.expr()?;
                    }
                    return Ok(What::Raise(value));
                }
                "global" | "nonlocal" => {
                    let mut names = vec![self.name()?];
                    while self.eat(",") {
                        names.push(self.name()?);
                    }
                    return Ok(if word == "global" { What::Global(names) } else { What::Nonlocal(names) });
                }
                "del" => {
                    let target = self.targets()?;
                    return Ok(What::Delete(vec![target]));
                }
                "assert" => {
                    let condition = self.expr()?;
                    let message = if self.eat(",") { Some(self.expr()?) } else { None };
                    return Ok(What::Assert(condition, message));
                }
                "import" => return self.import(),
                "from" => return self.import_from(),
                _ => self.at = at,
            }
        }
        let first = self.tuple()?;
        const CHANGES: [(&str, Binary); 12] = [
            ("+=", Binary::Add),
            ("-=", Binary::Subtract),
            ("*=", Binary::Multiply),
            ("/=", Binary::Divide),
            ("//=", Binary::FloorDivide),
            ("%=", Binary::Remainder),
            ("**=", Binary::Power),
            (">>=", Binary::RightShift),
            ("<<=", Binary::LeftShift),
            ("&=", Binary::BitAnd),
            ("|=", Binary::BitOr),
            ("^=", Binary::BitXor),
        ];
        for (symbol, operator) in CHANGES {
            if self.eat(symbol) {
                self.check_target(&first)?;
                let value = self.tuple()?;
                return Ok(What::Expr(Expr::Change(operator, Box::new(first), Box::new(value), false)));
            }
        }
        if self.eat(":") {
            // What it is meant to be says nothing here.
            self.expr()?;
            if !self.eat("=") {
                return Ok(What::Pass);
            }
            let value = self.tuple()?;
            return Ok(What::Assign(vec![first], value));
        }
        let mut targets = Vec::new();
        let mut value = first;
        while self.eat("=") {
            self.check_target(&value)?;
            targets.push(value);
            value = if self.is_word("yield") { self.expr()? } else { self.tuple()? };
        }
        Ok(if targets.is_empty() { What::Expr(value) } else { What::Assign(targets, value) })
    }

    fn check_target(&self, target: &Expr) -> Parsed<()> {
        match target {
            Expr::Name(_) | Expr::Attribute(..) | Expr::Index(..) | Expr::Spread(_) => Ok(()),
            Expr::Tuple(targets) | Expr::List(targets) => {
                targets.iter().try_for_each(|target| self.check_target(target))
            }
            Expr::Call(..) => self.fail("cannot assign to function call here. Maybe you meant '==' instead of '='?"),
            Expr::Bool(_) | Expr::None => self.fail("cannot assign to True, False or None"),
            Expr::Int(_) | Expr::Float(_) | Expr::Str(_) => {
                self.fail("cannot assign to literal here. Maybe you meant '==' instead of '='?")
            }
            _ => self.fail("cannot assign to expression here. Maybe you meant '==' instead of '='?"),
        }
    }

    fn dotted(&mut self) -> Parsed<Name> {
        let mut path = self.name()?.to_string();
        while self.eat(".") {
            path.push('.');
            path.push_str(&self.name()?);
        }
        Ok(path.into())
    }

    fn import(&mut self) -> Parsed<What> {
        let mut all = Vec::new();
        loop {
            let line = self.line();
            let module = self.dotted()?;
            let name = if self.eat_word("as") { Some(self.name()?) } else { None };
            all.push(Statement { line, what: What::Import(module, name, Vec::new()) });
            if !self.eat(",") {
                break;
            }
        }
        Ok(if all.len() == 1 { all.remove(0).what } else { What::Block(all) })
    }

    fn import_from(&mut self) -> Parsed<What> {
        let module = self.dotted()?;
        if !self.eat_word("import") {
            return self.fail("invalid syntax");
        }
        if self.is("*") {
            return self.fail("import * is not simulated");
        }
        let bracket = self.eat("(");
        let mut taken = Vec::new();
        loop {
            let from = self.name()?;
            let name = if self.eat_word("as") { self.name()? } else { from.clone() };
            taken.push((from, name));
            if !self.eat(",") || self.is(")") {
                break;
            }
        }
        if bracket {
            self.expect(")")?;
        }
        Ok(What::Import(module, None, taken))
    }

    // Expressions

    /// Targets of `for` and `del`, before `in`.
    fn targets(&mut self) -> Parsed<Expr> {
        let mut targets = vec![self.target()?];
        if !self.is(",") {
            return Ok(targets.remove(0));
        }
        while self.eat(",") {
            if self.is_word("in") || self.peek() == &Token::Newline {
                break;
            }
            targets.push(self.target()?);
        }
        Ok(Expr::Tuple(targets))
    }

    fn target(&mut self) -> Parsed<Expr> {
        let star = self.eat("*");
        let target = self.primary()?;
        self.check_target(&target)?;
        Ok(if star { Expr::Spread(Box::new(target)) } else { target })
    }

    /// An expression, or several with commas between them.
    fn tuple(&mut self) -> Parsed<Expr> {
        let first = self.item()?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(",") {
            let ends =
                matches!(self.peek(), Token::Newline | Token::End | Token::Symbol(")" | "]" | "}" | "=" | ":" | ";"));
            if ends {
                break;
            }
            items.push(self.item()?);
        }
        Ok(Expr::Tuple(items))
    }

    fn item(&mut self) -> Parsed<Expr> {
        if self.eat("*") { Ok(Expr::Spread(Box::new(self.binary(0)?))) } else { self.named_expr() }
    }

    fn named_expr(&mut self) -> Parsed<Expr> {
        let expr = self.expr()?;
        if self.eat(":=") {
            self.check_target(&expr)?;
            let value = self.expr()?;
            return Ok(Expr::Assign(Box::new(expr), Box::new(value)));
        }
        Ok(expr)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = self.expr_inside();
        self.depth -= 1;
        expr
    }

    fn expr_inside(&mut self) -> Parsed<Expr> {
        if self.eat_word("lambda") {
            let parameters = self.parameters(":")?;
            self.expect(":")?;
            let line = self.line();
            self.yields.push(false);
            let value = self.expr()?;
            let generator = self.yields.pop().unwrap_or(false);
            let body = vec![Statement { line, what: What::Return(Some(value)) }];
            return Ok(Expr::Function(Rc::new(Function {
                name: "<lambda>".into(),
                parameters,
                body,
                generator,
                arrow: false,
            })));
        }
        if self.eat_word("yield") {
            match self.yields.last_mut() {
                Some(yields) => *yields = true,
                None => return self.fail("'yield' outside function"),
            }
            if self.is_word("from") {
                return self.fail("yield from is not simulated");
            }
            let ended = matches!(self.peek(), Token::Newline | Token::Symbol(")"));
            return Ok(Expr::Yield(if ended { None } else { Some(Box::new(self.tuple()?)) }));
        }
        if self.is_word("await") {
            return self.fail("await is not simulated");
        }
        let then = self.either()?;
        if self.eat_word("if") {
            let condition = self.either()?;
            if !self.eat_word("else") {
                return self.fail("expected 'else' after 'if' expression");
            }
            let otherwise = self.expr()?;
            return Ok(Expr::Choice(Box::new(condition), Box::new(then), Box::new(otherwise)));
        }
        Ok(then)
    }

    fn either(&mut self) -> Parsed<Expr> {
        let mut left = self.both()?;
        while self.eat_word("or") {
            left = Expr::Logic(Logic::Or, Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expr> {
        let mut left = self.not()?;
        while self.eat_word("and") {
            left = Expr::Logic(Logic::And, Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed<Expr> {
        if self.eat_word("not") {
            self.deeper()?;
            let value = self.not();
            self.depth -= 1;
            return Ok(Expr::Unary(Unary::Not, Box::new(value?)));
        }
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.comparison() {
            rest.push((operator, self.binary(0)?));
        }
        Ok(match rest.len() {
            0 => first,
            1 => {
                let (operator, value) = rest.remove(0);
                Expr::Binary(operator, Box::new(first), Box::new(value))
            }
            _ => Expr::Chain(Box::new(first), rest),
        })
    }

    fn comparison(&mut self) -> Option<Binary> {
        let symbols = [
            ("==", Binary::Equal),
            ("!=", Binary::NotEqual),
            ("<=", Binary::LessEqual),
            (">=", Binary::GreaterEqual),
            ("<", Binary::Less),
            (">", Binary::Greater),
        ];
        if let Some((_, operator)) = symbols.into_iter().find(|(symbol, _)| self.eat(symbol)) {
            return Some(operator);
        }
        if self.eat_word("in") {
            return Some(Binary::In);
        }
        if self.eat_word("is") {
            return Some(if self.eat_word("not") { Binary::NotSame } else { Binary::Same });
        }
        if self.is_word("not") && matches!(self.tokens.get(self.at + 1), Some((Token::Name(word), _)) if word == "in") {
            self.at += 2;
            return Some(Binary::NotIn);
        }
        None
    }

    fn binary(&mut self, level: usize) -> Parsed<Expr> {
        const LEVELS: [&[(&str, Binary)]; 6] = [
            &[("|", Binary::BitOr)],
            &[("^", Binary::BitXor)],
            &[("&", Binary::BitAnd)],
            &[("<<", Binary::LeftShift), (">>", Binary::RightShift)],
            &[("+", Binary::Add), ("-", Binary::Subtract)],
            &[("*", Binary::Multiply), ("/", Binary::Divide), ("//", Binary::FloorDivide), ("%", Binary::Remainder)],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.is(symbol)) {
            self.at += 1;
            left = Expr::Binary(*operator, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        for (symbol, operator) in [("-", Unary::Minus), ("+", Unary::Plus), ("~", Unary::Invert)] {
            if self.eat(symbol) {
                self.deeper()?;
                let value = self.unary();
                self.depth -= 1;
                return Ok(match value? {
                    Expr::Int(number) if operator == Unary::Minus => Expr::Int(-number),
                    value => Expr::Unary(operator, Box::new(value)),
                });
            }
        }
        let base = self.primary()?;
        if self.eat("**") {
            self.deeper()?;
            let exponent = self.unary();
            self.depth -= 1;
            return Ok(Expr::Binary(Binary::Power, Box::new(base), Box::new(exponent?)));
        }
        Ok(base)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let mut value = self.atom()?;
        loop {
            if self.eat(".") {
                value = Expr::Attribute(Box::new(value), self.name()?, false);
            } else if self.eat("(") {
                let arguments = self.arguments()?;
                value = Expr::Call(Box::new(value), arguments);
            } else if self.eat("[") {
                let place = self.subscript()?;
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
            let argument = if self.eat("**") {
                Argument::Entries(self.expr()?)
            } else if self.eat("*") {
                Argument::Spread(self.expr()?)
            } else if matches!(self.tokens.get(self.at + 1), Some((Token::Symbol("="), _))) {
                let name = self.name()?;
                self.at += 1;
                Argument::Named(name, self.expr()?)
            } else {
                let value = self.named_expr()?;
                match self.is_word("for") {
                    true => Argument::Plain(self.comprehension(Collects::List, value, None)?),
                    false => Argument::Plain(value),
                }
            };
            arguments.push(argument);
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn subscript(&mut self) -> Parsed<Expr> {
        let mut parts: Vec<Option<Box<Expr>>> = vec![None];
        let mut slice = false;
        loop {
            if self.eat(":") {
                slice = true;
                parts.push(None);
            } else if self.is("]") {
                break;
            } else {
                let part = self.tuple()?;
                match parts.last_mut() {
                    Some(last) if last.is_none() => *last = Some(Box::new(part)),
                    _ => return self.fail("invalid syntax"),
                }
            }
        }
        if !slice {
            return match parts.pop().flatten() {
                Some(place) => Ok(*place),
                None => self.fail("invalid syntax"),
            };
        }
        if parts.len() > 3 {
            return self.fail("invalid syntax");
        }
        parts.resize(3, None);
        let mut parts = parts.into_iter();
        Ok(Expr::Slice([parts.next().flatten(), parts.next().flatten(), parts.next().flatten()]))
    }

    fn comprehension(&mut self, kind: Collects, element: Expr, value: Option<Expr>) -> Parsed<Expr> {
        let mut clauses = Vec::new();
        while self.eat_word("for") {
            let target = self.targets()?;
            if !self.eat_word("in") {
                return self.fail("invalid syntax");
            }
            let over = self.either()?;
            let mut conditions = Vec::new();
            while self.eat_word("if") {
                conditions.push(self.either()?);
            }
            clauses.push((target, over, conditions));
        }
        Ok(Expr::Comprehension(Box::new(Comprehension { kind, element, value, clauses })))
    }

    fn atom(&mut self) -> Parsed<Expr> {
        let token = self.next();
        match token {
            Token::Name(word) => match word.as_str() {
                "None" => Ok(Expr::None),
                "True" => Ok(Expr::Bool(true)),
                "False" => Ok(Expr::Bool(false)),
                _ => {
                    self.at -= 1;
                    Ok(Expr::Name(self.name()?))
                }
            },
            Token::Int(digits) => match digits.parse() {
                Ok(number) => Ok(Expr::Int(number)),
                Err(_) => self.fail("whole numbers of more than 64 bits are not simulated"),
            },
            Token::Float(number) => Ok(Expr::Float(number)),
            Token::Bytes(mut bytes) => {
                while let Token::Bytes(more) = self.peek().clone() {
                    bytes.extend(more);
                    self.at += 1;
                }
                Ok(Expr::Bytes(bytes.into()))
            }
            Token::Str(_) | Token::Format(..) => {
                self.at -= 1;
                self.strings()
            }
            Token::Symbol("(") => {
                if self.eat(")") {
                    return Ok(Expr::Tuple(Vec::new()));
                }
                if self.is_word("yield") {
                    let value = self.expr()?;
                    self.expect(")")?;
                    return Ok(value);
                }
                let value = self.tuple()?;
                let value = if self.is_word("for") { self.comprehension(Collects::List, value, None)? } else { value };
                self.expect(")")?;
                Ok(value)
            }
            Token::Symbol("[") => {
                if self.eat("]") {
                    return Ok(Expr::List(Vec::new()));
                }
                let first = self.item()?;
                if self.is_word("for") {
                    let list = self.comprehension(Collects::List, first, None)?;
                    self.expect("]")?;
                    return Ok(list);
                }
                let items = self.rest_of_list(first, "]")?;
                Ok(Expr::List(items))
            }
            Token::Symbol("{") => self.braces(),
            Token::Symbol("...") => Ok(Expr::None),
            _ => {
                self.at -= 1;
                self.fail("invalid syntax")
            }
        }
    }

    fn rest_of_list(&mut self, first: Expr, end: &str) -> Parsed<Vec<Expr>> {
        let mut items = vec![first];
        while self.eat(",") && !self.is(end) {
            items.push(self.item()?);
        }
        self.expect(end)?;
        Ok(items)
    }

    fn braces(&mut self) -> Parsed<Expr> {
        if self.eat("}") {
            return Ok(Expr::Dict(Vec::new()));
        }
        if !self.is("**") {
            let first = self.item()?;
            if !self.is(":") {
                if self.is_word("for") {
                    let set = self.comprehension(Collects::Set, first, None)?;
                    self.expect("}")?;
                    return Ok(set);
                }
                return Ok(Expr::Set(self.rest_of_list(first, "}")?));
            }
            self.expect(":")?;
            let value = self.expr()?;
            if self.is_word("for") {
                let dict = self.comprehension(Collects::Dict, first, Some(value))?;
                self.expect("}")?;
                return Ok(dict);
            }
            let mut entries = vec![(Some(first), value)];
            while self.eat(",") && !self.is("}") {
                entries.push(self.entry()?);
            }
            self.expect("}")?;
            return Ok(Expr::Dict(entries));
        }
        let mut entries = vec![self.entry()?];
        while self.eat(",") && !self.is("}") {
            entries.push(self.entry()?);
        }
        self.expect("}")?;
        Ok(Expr::Dict(entries))
    }

    fn entry(&mut self) -> Parsed<(Option<Expr>, Expr)> {
        if self.eat("**") {
            return Ok((None, self.binary(0)?));
        }
        let key = self.expr()?;
        self.expect(":")?;
        Ok((Some(key), self.expr()?))
    }

    /// Texts beside each other are one.
    fn strings(&mut self) -> Parsed<Expr> {
        let mut pieces = Vec::new();
        loop {
            match self.peek().clone() {
                Token::Str(text) => pieces.push(Piece::Text(text.into())),
                Token::Format(text, raw) => pieces.extend(self.pieces(&text, raw, 0)?),
                _ => break,
            }
            self.at += 1;
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            let text = |piece: &Piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Value(..) => String::new(),
            };
            return Ok(Expr::Str(pieces.iter().map(text).collect::<String>().into()));
        }
        Ok(Expr::Format(pieces))
    }

    /// What stands in an `f""`.
    fn pieces(&self, text: &str, raw: bool, depth: usize) -> Parsed<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        let flush = |plain: &mut String, pieces: &mut Vec<Piece>| {
            if !plain.is_empty() {
                let text = std::mem::take(plain);
                pieces.push(Piece::Text(if raw { text } else { unescape(&text) }.into()));
            }
        };
        while let Some(first) = rest.chars().next() {
            if depth == 0 && (rest.starts_with("{{") || rest.starts_with("}}")) {
                plain.push(first);
                rest = &rest[2..];
                continue;
            }
            if first == '}' {
                return self.fail("f-string: single '}' is not allowed");
            }
            if first != '{' {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            flush(&mut plain, &mut pieces);
            let (source, as_written, format, after, shown) = self.replacement(&rest[1..])?;
            if depth > 1 {
                return self.fail("f-string: expressions nested too deeply");
            }
            if let Some(shown) = shown {
                pieces.push(Piece::Text(shown.into()));
            }
            let mut inner = Parser::new(tokens(&format!("({source})")).map_err(|error| self.inside(error))?);
            inner.depth = self.depth + 1;
            let value = inner.tuple().map_err(|error| self.inside(error))?;
            if inner.peek() != &Token::Newline {
                return self.fail("f-string: invalid syntax");
            }
            let format = self.pieces(format, raw, depth + 1)?;
            pieces.push(Piece::Value(value, as_written, format));
            rest = after;
        }
        flush(&mut plain, &mut pieces);
        Ok(pieces)
    }

    fn inside(&self, error: SyntaxError) -> SyntaxError {
        SyntaxError { line: self.line(), message: format!("f-string: {}", error.message) }
    }

    /// An expression of an `f""`: its source, whether it has `!r`, its format, what comes after it, and `x=`.
    #[allow(clippy::type_complexity)]
    fn replacement<'a>(&self, text: &'a str) -> Parsed<(&'a str, bool, &'a str, &'a str, Option<&'a str>)> {
        let mut depth = 0;
        let mut quote = None;
        let mut source_end = None;
        for (place, symbol) in text.char_indices() {
            if let Some(open) = quote {
                if symbol == open {
                    quote = None;
                }
                continue;
            }
            let next = text[place + 1..].chars().next();
            match symbol {
                '\'' | '"' if source_end.is_none() => quote = Some(symbol),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' => depth -= 1,
                '}' if depth > 0 => depth -= 1,
                ':' if depth == 0 && source_end.is_none() => source_end = Some(place),
                '!' if depth == 0 && source_end.is_none() && next != Some('=') => source_end = Some(place),
                '}' => {
                    let end = source_end.unwrap_or(place);
                    let (mut source, mut tail) = (&text[..end], &text[end..place]);
                    let mut as_written = false;
                    if let Some(conversion) = tail.strip_prefix('!') {
                        as_written = conversion.starts_with(['r', 'a']);
                        tail = conversion.get(1..).unwrap_or_default();
                    }
                    let format = tail.strip_prefix(':').unwrap_or(tail);
                    let mut shown = None;
                    if let Some(name) = source.trim_end().strip_suffix('=')
                        && !name.ends_with(['=', '!', '<', '>'])
                    {
                        shown = Some(source);
                        as_written |= format.is_empty();
                        source = name;
                    }
                    if source.trim().is_empty() {
                        return self.fail("f-string: empty expression not allowed");
                    }
                    return Ok((source, as_written, format, &text[place + 1..], shown));
                }
                _ => {}
            }
        }
        self.fail("f-string: expecting '}'")
    }
}

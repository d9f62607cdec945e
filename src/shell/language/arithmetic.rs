//! Arithmetic: `$((…))`, `((…))`, indexes and offsets. Whole numbers of 64 bits, as in C.

use super::super::machine::Dialect;
use super::Shell;

/// How deep an expression may nest, variables that hold expressions included.
const DEEPEST: u32 = 100;

/// Computes an expression. The error is what the shell says.
pub fn evaluate(shell: &Shell, text: &str) -> Result<i64, String> {
    Evaluation { shell, text, at: 0, depth: 0, skip: 0, token: 0 }.all()
}

struct Evaluation<'a> {
    shell: &'a Shell,
    text: &'a str,
    at: usize,
    depth: u32,
    /// Inside of what is not to be computed (`0 && x++`).
    skip: u32,
    /// Where the last token began.
    token: usize,
}

/// Binary operators with how tightly they bind.
const BINARY: &[(&str, u32)] = &[
    ("||", 1),
    ("&&", 2),
    ("|", 3),
    ("^", 4),
    ("&", 5),
    ("==", 6),
    ("!=", 6),
    ("<=", 7),
    (">=", 7),
    ("<<", 8),
    (">>", 8),
    ("<", 7),
    (">", 7),
    ("+", 9),
    ("-", 9),
    ("**", 11),
    ("*", 10),
    ("/", 10),
    ("%", 10),
];

const ASSIGNMENTS: &[&str] = &["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="];

type Answer = Result<i64, String>;

impl Evaluation<'_> {
    fn all(&mut self) -> Answer {
        self.blanks();
        if self.rest().is_empty() {
            return Ok(0);
        }
        let value = self.comma()?;
        self.blanks();
        if !self.rest().is_empty() {
            let rest = self.rest().trim_end();
            // What cannot follow an operand.
            let said =
                if rest.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '_' | ')' | '(')) {
                    "syntax error in expression"
                } else {
                    "syntax error: invalid arithmetic operator"
                };
            return Err(self.error(said, "expecting EOF", self.at));
        }
        Ok(value)
    }

    fn error(&self, bash: &str, dash: &str, at: usize) -> String {
        let text = self.text;
        match self.shell.dialect() {
            Dialect::Bash => {
                let shown = text.trim_start();
                format!("{shown}: {bash} (error token is \"{}\")", text[at.min(text.len())..].trim_start())
            }
            Dialect::Dash => format!("arithmetic expression: {dash}: \"{text}\""),
            Dialect::BusyBox if bash.starts_with("division") => "divide by zero".into(),
            Dialect::BusyBox => "arithmetic syntax error".into(),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.token = self.at;
            self.at += token.len();
        }
        found
    }

    fn comma(&mut self) -> Answer {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("expression recursion level exceeded", "expression too deep", self.at));
        }
        Ok(())
    }

    fn assignment(&mut self) -> Answer {
        self.deeper()?;
        self.blanks();
        let start = self.at;
        if let Some((name, index)) = self.variable()? {
            self.blanks();
            let rest = self.rest();
            let operator = ASSIGNMENTS.iter().find(|operator| rest.starts_with(**operator) && !rest.starts_with("=="));
            if let Some(operator) = operator {
                self.token = self.at;
                self.at += operator.len();
                let right = self.assignment()?;
                let mut value = right;
                if let Some(binary) = operator.strip_suffix('=').filter(|binary| !binary.is_empty()) {
                    let left = self.value(&name, index.as_deref())?;
                    value = self.apply(binary, left, right, self.token)?;
                }
                self.store(&name, index.as_deref(), value)?;
                self.depth -= 1;
                return Ok(value);
            }
            self.at = start;
        }
        let value = self.ternary();
        self.depth -= 1;
        value
    }

    fn ternary(&mut self) -> Answer {
        let condition = self.binary(1)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        self.skip += u32::from(condition == 0);
        let yes = self.comma()?;
        self.skip -= u32::from(condition == 0);
        if !self.eat(":") {
            return Err(self.error("`:' expected for conditional expression", "expecting ':'", self.at));
        }
        self.skip += u32::from(condition != 0);
        let no = self.assignment()?;
        self.skip -= u32::from(condition != 0);
        Ok(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, least: u32) -> Answer {
        let mut left = self.unary()?;
        loop {
            self.blanks();
            let rest = self.rest();
            let longest =
                BINARY.iter().filter(|(operator, _)| rest.starts_with(operator)).max_by_key(|(op, _)| op.len());
            let Some(&(operator, tightness)) = longest else { return Ok(left) };
            let is_assignment =
                ASSIGNMENTS.iter().any(|assign| rest.starts_with(assign) && assign.len() > operator.len());
            if tightness < least || is_assignment {
                return Ok(left);
            }
            self.at += operator.len();
            self.token = self.at;
            let skipped = operator == "&&" && left == 0 || operator == "||" && left != 0;
            self.skip += u32::from(skipped);
            let start = self.at;
            let right = self.binary(if operator == "**" { tightness } else { tightness + 1 })?;
            self.skip -= u32::from(skipped);
            left = self.apply(operator, left, right, start)?;
        }
    }

    fn apply(&self, operator: &str, left: i64, right: i64, at: usize) -> Answer {
        Ok(match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" | "%" if right == 0 && self.skip > 0 => 0,
            "/" | "%" if right == 0 => return Err(self.error("division by 0", "division by zero", at)),
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            _ if right < 0 => return Err(self.error("exponent less than 0", "expecting primary", at)),
            _ => left.wrapping_pow(right.min(i64::from(u32::MAX)) as u32),
        })
    }

    fn unary(&mut self) -> Answer {
        self.deeper()?;
        self.blanks();
        let value = if self.rest().starts_with("++") || self.rest().starts_with("--") {
            let step = if self.rest().starts_with('+') { 1 } else { -1 };
            let start = self.at;
            self.at += 2;
            self.blanks();
            match self.variable()? {
                Some((name, index)) => {
                    let value = self.value(&name, index.as_deref())?.wrapping_add(step);
                    self.store(&name, index.as_deref(), value)?;
                    value
                }
                None => {
                    self.at = start + 1;
                    let value = self.unary()?;
                    if step == 1 { value } else { value.wrapping_neg() }
                }
            }
        } else if self.eat("!") {
            i64::from(self.unary()? == 0)
        } else if self.eat("~") {
            !self.unary()?
        } else if self.eat("-") {
            self.unary()?.wrapping_neg()
        } else if self.eat("+") {
            self.unary()?
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Answer {
        self.blanks();
        if self.eat("(") {
            let value = self.comma()?;
            if !self.eat(")") {
                return Err(self.error("missing `)'", "expecting ')'", self.at));
            }
            return Ok(value);
        }
        if let Some((name, index)) = self.variable()? {
            let value = self.value(&name, index.as_deref())?;
            for (sign, step) in [("++", 1), ("--", -1)] {
                if self.rest().trim_start().starts_with(sign) {
                    self.eat(sign);
                    self.store(&name, index.as_deref(), value.wrapping_add(step))?;
                    break;
                }
            }
            return Ok(value);
        }
        let len =
            self.rest().bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'_' | b'@'));
        let digits = self.rest()[..len.count()].to_owned();
        if digits.is_empty() {
            // What was read last is what bash points at when nothing is left.
            let at = if self.rest().trim().is_empty() { self.token.min(self.at) } else { self.at };
            let at = if self.rest().trim().is_empty() { self.last_operator(at) } else { at };
            return Err(self.error("syntax error: operand expected", "expecting primary", at));
        }
        self.token = self.at;
        let start = self.at;
        self.at += digits.len();
        let (digits, radix) = match digits.split_once('#') {
            Some((radix, digits)) => (digits.to_owned(), radix.parse().unwrap_or(0)),
            None if digits.starts_with("0x") || digits.starts_with("0X") => (digits[2..].to_owned(), 16),
            None if digits.starts_with('0') && digits.len() > 1 => (digits[1..].to_owned(), 8),
            None => (digits, 10),
        };
        if !(2..=36).contains(&radix) {
            return Err(self.error("invalid arithmetic base", "expecting primary", start));
        }
        let mut value = 0_i64;
        for digit in digits.chars() {
            let Some(digit) = digit.to_digit(radix) else {
                return Err(self.error("value too great for base", "expecting EOF", start));
            };
            value = value.wrapping_mul(i64::from(radix)).wrapping_add(i64::from(digit));
        }
        Ok(value)
    }

    /// Where the operator before a place begins.
    fn last_operator(&self, from: usize) -> usize {
        let before = self.text[..self.at].trim_end();
        before.char_indices().last().map_or(from, |(at, _)| at)
    }

    /// The name of a variable, and its index.
    fn variable(&mut self) -> Result<Option<(String, Option<String>)>, String> {
        let rest = self.rest();
        let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if len == 0 || rest.starts_with(|first: char| first.is_ascii_digit()) {
            return Ok(None);
        }
        let name = rest[..len].to_owned();
        let mut index = None;
        let mut used = len;
        if rest[len..].starts_with('[') {
            let mut depth = 0;
            for (at, symbol) in rest[len..].char_indices() {
                depth += match symbol {
                    '[' => 1,
                    ']' => -1,
                    _ => 0,
                };
                if depth == 0 {
                    index = Some(rest[len + 1..len + at].to_owned());
                    used = len + at + 1;
                    break;
                }
            }
        }
        self.token = self.at;
        self.at += used;
        let key = match index {
            Some(index) => Some(self.shell.key(&name, &index)?),
            None => None,
        };
        Ok(Some((name, key)))
    }

    fn value(&mut self, name: &str, key: Option<&str>) -> Answer {
        if self.skip > 0 {
            return Ok(0);
        }
        let Some(text) = self.shell.element(name, key) else {
            if self.shell.is_nounset() && self.shell.element(name, None).is_none() {
                return Err(format!("{name}: unbound variable"));
            }
            return Ok(0);
        };
        if let Ok(number) = text.trim().parse()
            && (!text.trim().starts_with('0') || text.trim().len() == 1)
        {
            return Ok(number);
        }
        let (shell, depth) = (self.shell, self.depth + 1);
        if depth > DEEPEST {
            return Err(self.error("expression recursion level exceeded", "expression too deep", self.at));
        }
        Evaluation { shell, text: &text, at: 0, depth, skip: 0, token: 0 }.all()
    }

    fn store(&mut self, name: &str, key: Option<&str>, value: i64) -> Result<(), String> {
        if self.skip > 0 {
            return Ok(());
        }
        self.shell.assign_number(name, key, value)
    }
}

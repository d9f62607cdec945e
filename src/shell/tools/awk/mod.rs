//! `awk`: patterns and actions, line by line.
//!
//! The language of POSIX, without functions of one's own, `getline`, pipes and files to print to.

mod program;

use super::super::regex::Regex;
use super::{Desk, Filter, Plan, Run, Tool, Want, or_input};
use crate::sim::Map;
use program::{Expr, Function, Pattern, Statement, Value, number_length, parse, unescaped};
use std::rc::Rc;

pub(super) const TOOLS: &[Tool] = &[Tool { name: "awk", run: Run::Filter(awk) }];

/// How many steps the actions of one line may take: a loop may never end.
const MOST_STEPS: usize = 2_000_000;
/// The longest text, in bytes.
const LONGEST: usize = 8 << 20;
/// How many fields a line may be given.
const MOST_FIELDS: usize = 100_000;

/// Why the actions of a line do not go on.
enum Stop {
    Next,
    Exit,
    Break,
    Continue,
    Error(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Error(text)
    }
}

type Done<T> = Result<T, Stop>;

struct Awk {
    rules: Vec<(Pattern, Option<Statement>)>,
    variables: Map<Rc<str>, Value>,
    arrays: Map<Rc<str>, Map<String, Value>>,
    regexes: Map<Rc<str>, Rc<Regex>>,
    line: Rc<str>,
    /// The fields, while they are those of the line.
    fields: Option<Vec<Value>>,
    /// Whether a field was changed, and the line is not put together yet.
    is_stale: bool,
    steps: usize,
    code: i32,
    exited: bool,
    seed: u64,
    out: Vec<u8>,
}

fn number_of(text: &str) -> f64 {
    let text = text.trim_start();
    text[..number_length(text)].parse().unwrap_or(0.0)
}

/// `%g` with so many digits, as C prints it.
fn general(number: f64, digits: usize, alternate: bool) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let digits = digits.max(1);
    let text = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: String| match alternate || !text.contains('.') {
        true => text,
        false => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(mantissa.to_owned()), exponent.abs())
    } else {
        trimmed(format!("{number:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
    }
}

impl Value {
    fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => number_of(text),
        }
    }

    fn text(&self) -> Rc<str> {
        match self {
            Self::Number(number) if *number == libm::trunc(*number) && number.abs() < 1e16 => {
                (*number as i64).to_string().into()
            }
            Self::Number(number) => general(*number, 6, false).into(),
            Self::Text(text) | Self::Input(text) => text.clone(),
        }
    }

    /// Whether it is a number for comparisons.
    fn is_number(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Text(_) => false,
            Self::Input(text) => {
                let trimmed = text.trim();
                !trimmed.is_empty() && number_length(trimmed) == trimmed.len()
            }
        }
    }

    fn truth(&self) -> bool {
        match self {
            value if value.is_number() => value.number() != 0.0,
            Self::Number(_) => true,
            Self::Text(text) | Self::Input(text) => !text.is_empty(),
        }
    }
}

fn truth(is: bool) -> Value {
    Value::Number(f64::from(u8::from(is)))
}

impl Awk {
    fn variable(&self, name: &str) -> Value {
        self.variables.get(name).cloned().unwrap_or(Value::Input("".into()))
    }

    fn word(&self, name: &str) -> Rc<str> {
        self.variable(name).text()
    }

    fn step(&mut self) -> Done<()> {
        self.steps += 1;
        match self.steps > MOST_STEPS || self.out.len() > LONGEST {
            true => Err(Stop::Error("[Jobscope] the program takes too many steps".into())),
            false => Ok(()),
        }
    }

    fn regex(&mut self, text: &Rc<str>) -> Done<Rc<Regex>> {
        if let Some(known) = self.regexes.get(text) {
            return Ok(Rc::clone(known));
        }
        let made = Regex::new(text, true, false).map_err(|why| format!("regular expression /{text}/: {why}"))?;
        let made = Rc::new(made);
        if self.regexes.len() > 500 {
            self.regexes = Map::new();
        }
        self.regexes.insert(text.clone(), Rc::clone(&made));
        Ok(made)
    }

    /// The expression that an operand stands for.
    fn pattern(&mut self, expr: &Expr) -> Done<Rc<Regex>> {
        let text = match expr {
            Expr::Regex(text) => text.clone(),
            expr => self.eval(expr)?.text(),
        };
        self.regex(&text)
    }

    fn set_line(&mut self, line: &str) {
        self.line = line.into();
        (self.fields, self.is_stale) = (None, false);
    }

    fn pieces(&mut self, text: &str, separator: &Rc<str>) -> Done<Vec<String>> {
        let all: Vec<String> = match &**separator {
            " " => text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            _ if text.is_empty() => Vec::new(),
            "" => text.chars().map(String::from).collect(),
            one if one.chars().count() == 1 && one != "\\" => text.split(one).map(str::to_owned).collect(),
            _ => {
                let regex = self.regex(separator)?;
                let (mut all, mut from, mut search) = (Vec::new(), 0, 0);
                while let Some(Some((start, end))) = regex.find(text, search).and_then(|found| found.first().copied()) {
                    search = end + text[end..].chars().next().map_or(1, char::len_utf8);
                    if end > start {
                        all.push(text[from..start].to_owned());
                        (from, search) = (end, end);
                    }
                    if search > text.len() || all.len() > MOST_FIELDS {
                        break;
                    }
                }
                all.push(text[from..].to_owned());
                all
            }
        };
        Ok(all)
    }

    fn split_line(&mut self) -> Done<&mut Vec<Value>> {
        if self.fields.is_none() {
            let (line, separator) = (self.line.clone(), self.word("FS"));
            let pieces = self.pieces(&line, &separator)?;
            self.variables.insert("NF".into(), Value::Number(pieces.len() as f64));
            self.fields = Some(pieces.into_iter().map(|piece| Value::Input(piece.into())).collect());
        }
        Ok(self.fields.get_or_insert_default())
    }

    /// The whole line, put together again if a field was changed.
    fn whole(&mut self) -> Rc<str> {
        if std::mem::take(&mut self.is_stale) {
            let separator = self.word("OFS");
            let fields = self.fields.iter().flatten().map(Value::text).collect::<Vec<_>>();
            self.line = fields.join(&*separator).into();
        }
        self.line.clone()
    }

    fn field(&mut self, number: f64) -> Done<Value> {
        match number as i64 {
            0 => Ok(Value::Input(self.whole())),
            number if number > 0 => {
                let fields = self.split_line()?;
                Ok(fields.get(number as usize - 1).cloned().unwrap_or(Value::Input("".into())))
            }
            number => Err(Stop::Error(format!("negative field index ${number}"))),
        }
    }

    fn set_count(&mut self, count: usize) -> Done<()> {
        if count > MOST_FIELDS {
            return Err(Stop::Error("[Jobscope] too many fields".into()));
        }
        self.split_line()?.resize(count, Value::Input("".into()));
        self.variables.insert("NF".into(), Value::Number(count as f64));
        self.is_stale = true;
        Ok(())
    }

    fn key(&mut self, keys: &[Expr]) -> Done<String> {
        let mut texts = Vec::new();
        for key in keys {
            texts.push(self.eval(key)?.text());
        }
        let separator = self.word("SUBSEP");
        Ok(texts.join(&*separator))
    }

    fn assign(&mut self, place: &Expr, value: Value) -> Done<()> {
        match place {
            Expr::Variable(name) if &**name == "NF" => self.set_count(value.number().max(0.0) as usize)?,
            Expr::Variable(name) if &**name == "RS" && &*value.text() != "\n" => {
                return Err(Stop::Error("records other than lines are not simulated".into()));
            }
            Expr::Variable(name) => drop(self.variables.insert(name.clone(), value)),
            Expr::Item(name, keys) => {
                let key = self.key(keys)?;
                self.arrays.entry(name.clone()).or_default().insert(key, value);
            }
            Expr::Field(number) => match self.eval(number)?.number() as i64 {
                0 => {
                    let text = value.text();
                    self.set_line(&text);
                }
                number if number > 0 => {
                    let number = number as usize;
                    let count = self.split_line()?.len();
                    self.set_count(count.max(number))?;
                    self.split_line()?[number - 1] = value;
                }
                number => return Err(Stop::Error(format!("negative field index ${number}"))),
            },
            _ => {}
        }
        Ok(())
    }

    fn eval(&mut self, expr: &Expr) -> Done<Value> {
        self.step()?;
        Ok(match expr {
            Expr::Value(value) => value.clone(),
            Expr::Regex(text) => {
                let (regex, line) = (self.regex(text)?, self.whole());
                truth(regex.is_match(&line))
            }
            Expr::Variable(name) => {
                if &**name == "NF" {
                    self.split_line()?;
                }
                self.variable(name)
            }
            Expr::Field(number) => {
                let number = self.eval(number)?.number();
                self.field(number)?
            }
            Expr::Item(name, keys) => {
                let key = self.key(keys)?;
                let array = self.arrays.entry(name.clone()).or_default();
                array.entry(key).or_insert(Value::Input("".into())).clone()
            }
            Expr::Assign(operator, place, value) => {
                let value = match (*operator, self.eval(value)?) {
                    ('=', value) => value,
                    (operator, value) => {
                        let old = self.eval(place)?.number();
                        Value::Number(arithmetic(operator, old, value.number())?)
                    }
                };
                self.assign(place, value.clone())?;
                value
            }
            Expr::Step(place, by, before) => {
                let old = self.eval(place)?.number();
                self.assign(place, Value::Number(old + by))?;
                Value::Number(if *before { old } else { old + by })
            }
            Expr::Choice(parts) => {
                let place = if self.eval(&parts[0])?.truth() { 1 } else { 2 };
                self.eval(&parts[place])?
            }
            Expr::Logic(and, parts) => {
                let left = self.eval(&parts[0])?.truth();
                if left == *and { truth(self.eval(&parts[1])?.truth()) } else { truth(left) }
            }
            Expr::Not(inner) => truth(!self.eval(inner)?.truth()),
            Expr::Sign(sign, inner) if *sign == 0.0 => self.eval(inner)?,
            Expr::Sign(sign, inner) => Value::Number(sign * self.eval(inner)?.number()),
            Expr::Arithmetic(operator, parts) => {
                let left = self.eval(&parts[0])?.number();
                let right = self.eval(&parts[1])?.number();
                Value::Number(arithmetic(*operator, left, right)?)
            }
            Expr::Compare(sign, parts) => {
                let (left, right) = (self.eval(&parts[0])?, self.eval(&parts[1])?);
                let order = match left.is_number() && right.is_number() {
                    true => left.number().partial_cmp(&right.number()),
                    // What nobody has set is equal to zero and to nothing.
                    false if is_unset(&left) && matches!(right, Value::Number(_)) => 0f64.partial_cmp(&right.number()),
                    false if is_unset(&right) && matches!(left, Value::Number(_)) => left.number().partial_cmp(&0.0),
                    false => Some(left.text().cmp(&right.text())),
                };
                truth(match *sign {
                    "<" => order.is_some_and(|order| order.is_lt()),
                    "<=" => order.is_some_and(|order| order.is_le()),
                    "==" => order.is_some_and(|order| order.is_eq()),
                    "!=" => order.is_none_or(|order| order.is_ne()),
                    ">" => order.is_some_and(|order| order.is_gt()),
                    _ => order.is_some_and(|order| order.is_ge()),
                })
            }
            Expr::Match(negated, parts) => {
                let text = self.eval(&parts[0])?.text();
                let regex = self.pattern(&parts[1])?;
                truth(regex.is_match(&text) != *negated)
            }
            Expr::In(keys, array) => {
                let key = self.key(keys)?;
                truth(self.arrays.get(array).is_some_and(|array| array.contains_key(&key)))
            }
            Expr::Concat(parts) => {
                let (left, right) = (self.eval(&parts[0])?.text(), self.eval(&parts[1])?.text());
                if left.len() + right.len() > LONGEST {
                    return Err(Stop::Error("[Jobscope] the text is too long".into()));
                }
                Value::Text(format!("{left}{right}").into())
            }
            Expr::Call(function, arguments) => self.call(*function, arguments)?,
        })
    }

    fn call(&mut self, function: Function, arguments: &[Expr]) -> Done<Value> {
        let missing = || Stop::Error("a function has too few arguments".to_owned());
        let number = Value::Number;
        let text = |awk: &mut Self, place: usize| awk.eval(arguments.get(place).ok_or_else(missing)?);
        Ok(match function {
            Function::Length => match arguments.first() {
                Some(Expr::Variable(name)) if self.arrays.contains_key(name) => number(self.arrays[name].len() as f64),
                Some(_) => number(text(self, 0)?.text().chars().count() as f64),
                None => number(self.whole().chars().count() as f64),
            },
            Function::Substr => {
                let whole = text(self, 0)?.text();
                let from = libm::rint(text(self, 1)?.number());
                let to = match arguments.get(2) {
                    Some(_) => from + libm::rint(text(self, 2)?.number()),
                    None => f64::INFINITY,
                };
                let inside = |place: usize| (place as f64) + 1.0 >= from && (place as f64) + 1.0 < to;
                let kept = whole.chars().enumerate().filter(|(place, _)| inside(*place));
                Value::Text(kept.map(|(_, symbol)| symbol).collect::<String>().into())
            }
            Function::Index => {
                let (whole, part) = (text(self, 0)?.text(), text(self, 1)?.text());
                number(whole.find(&*part).map_or(0.0, |at| whole[..at].chars().count() as f64 + 1.0))
            }
            Function::Split => {
                let whole = text(self, 0)?.text();
                let Some(Expr::Variable(array)) = arguments.get(1) else { return Err(missing()) };
                let separator = match arguments.get(2) {
                    Some(Expr::Regex(text)) => text.clone(),
                    Some(expr) => self.eval(expr)?.text(),
                    None => self.word("FS"),
                };
                let pieces = self.pieces(&whole, &separator)?;
                let count = pieces.len();
                let items = pieces.into_iter().enumerate();
                let items = items.map(|(place, piece)| ((place + 1).to_string(), Value::Input(piece.into())));
                self.arrays.insert(array.clone(), items.collect());
                number(count as f64)
            }
            Function::Sub | Function::Gsub => {
                let regex = self.pattern(arguments.first().ok_or_else(missing)?)?;
                let with = text(self, 1)?.text();
                let line = Expr::Field(Box::new(Expr::Value(number(0.0))));
                let place = arguments.get(2).unwrap_or(&line);
                let old = self.eval(place)?.text();
                let (new, count) = replaced(&regex, &old, &with, function == Function::Gsub);
                if count > 0 {
                    self.assign(place, Value::Text(new.into()))?;
                }
                number(count as f64)
            }
            Function::Match => {
                let whole = text(self, 0)?.text();
                let regex = self.pattern(arguments.get(1).ok_or_else(missing)?)?;
                let found = regex.find(&whole, 0).and_then(|found| found.first().copied().flatten());
                let count = |to: usize| whole[..to].chars().count() as f64;
                let (start, length) =
                    found.map_or((0.0, -1.0), |(start, end)| (count(start) + 1.0, count(end) - count(start)));
                self.variables.insert("RSTART".into(), number(start));
                self.variables.insert("RLENGTH".into(), number(length));
                number(start)
            }
            Function::Sprintf => Value::Text(self.format(arguments)?.into()),
            Function::Lower => Value::Text(text(self, 0)?.text().to_lowercase().into()),
            Function::Upper => Value::Text(text(self, 0)?.text().to_uppercase().into()),
            Function::Int => number(libm::trunc(text(self, 0)?.number())),
            Function::Sqrt => number(libm::sqrt(text(self, 0)?.number())),
            Function::Exp => number(libm::exp(text(self, 0)?.number())),
            Function::Log => number(libm::log(text(self, 0)?.number())),
            Function::Sin => number(libm::sin(text(self, 0)?.number())),
            Function::Cos => number(libm::cos(text(self, 0)?.number())),
            Function::Atan2 => number(libm::atan2(text(self, 0)?.number(), text(self, 1)?.number())),
            Function::Rand => {
                self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                number((self.seed >> 11) as f64 / (1u64 << 53) as f64)
            }
            Function::Srand => {
                let old = self.seed;
                if !arguments.is_empty() {
                    self.seed = text(self, 0)?.number() as i64 as u64;
                }
                number(old as f64)
            }
        })
    }

    /// `printf`
    fn format(&mut self, arguments: &[Expr]) -> Done<String> {
        let Some((format, rest)) = arguments.split_first() else {
            return Err(Stop::Error("printf: no format".into()));
        };
        let format = self.eval(format)?.text();
        let mut values = Vec::new();
        for argument in rest {
            values.push(self.eval(argument)?);
        }
        let mut values = values.into_iter();
        let mut out = String::new();
        let mut symbols = format.chars().peekable();
        while let Some(symbol) = symbols.next() {
            if symbol != '%' {
                out.push(symbol);
                continue;
            }
            let mut flags = String::new();
            while let Some(flag) = symbols.next_if(|symbol| "-+ #0".contains(*symbol)) {
                flags.push(flag);
            }
            let mut size = || {
                if symbols.next_if_eq(&'*').is_some() {
                    return values.next().map(|value| value.number() as i64);
                }
                let mut number = None;
                while let Some(digit) = symbols.next_if(char::is_ascii_digit) {
                    number = Some((number.unwrap_or(0) * 10 + i64::from(digit as u8 - b'0')).min(LONGEST as i64));
                }
                number
            };
            let width = size().unwrap_or(0);
            let left = flags.contains('-') || width < 0;
            let width = (width.unsigned_abs() as usize).min(LONGEST);
            let precision = symbols.next_if_eq(&'.').map(|_| size_after(&mut symbols, &mut values).min(1000));
            let Some(letter) = symbols.next() else { break };
            let mut next = || values.next().unwrap_or(Value::Text("".into()));
            let signed = |text: String| match () {
                () if text.starts_with('-') => text,
                () if flags.contains('+') => format!("+{text}"),
                () if flags.contains(' ') => format!(" {text}"),
                () => text,
            };
            let whole = |number: f64| libm::trunc(number) as i64;
            let zeros = |text: String| format!("{text:0>width$}", width = precision.unwrap_or(1));
            let body = match letter {
                '%' => "%".to_owned(),
                'c' => match next() {
                    value if matches!(value, Value::Number(_)) => {
                        char::from_u32(value.number() as u32).map_or(String::new(), String::from)
                    }
                    value => value.text().chars().take(1).collect(),
                },
                's' => next().text().chars().take(precision.unwrap_or(usize::MAX)).collect(),
                'd' | 'i' => {
                    let number = whole(next().number());
                    let digits = zeros(number.unsigned_abs().to_string());
                    signed(if number < 0 { format!("-{digits}") } else { digits })
                }
                'o' => zeros(format!("{:o}", whole(next().number()))),
                'x' => zeros(format!("{:x}", whole(next().number()))),
                'X' => zeros(format!("{:X}", whole(next().number()))),
                'u' => zeros((whole(next().number()) as u64).to_string()),
                'f' | 'F' => signed(format!("{:.*}", precision.unwrap_or(6), next().number())),
                'g' | 'G' => signed(general(next().number(), precision.unwrap_or(6), flags.contains('#'))),
                'e' | 'E' => {
                    let text = format!("{:.*e}", precision.unwrap_or(6), next().number());
                    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                    let exponent: i32 = exponent.parse().unwrap_or(0);
                    signed(format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()))
                }
                other => return Err(Stop::Error(format!("printf: unknown conversion %{other}"))),
            };
            let pad = width.saturating_sub(body.chars().count());
            let numeric = !matches!(letter, 'c' | 's' | '%');
            match () {
                () if left => out.extend([body, " ".repeat(pad)]),
                () if flags.contains('0') && numeric => {
                    let at = usize::from(body.starts_with(['-', '+', ' ']));
                    out.extend([&body[..at], &"0".repeat(pad), &body[at..]]);
                }
                () => out.extend([" ".repeat(pad), body]),
            }
            if out.len() > LONGEST {
                return Err(Stop::Error("[Jobscope] the text is too long".into()));
            }
        }
        Ok(out)
    }

    fn execute(&mut self, statement: &Statement) -> Done<()> {
        self.step()?;
        match statement {
            Statement::Print(items) => {
                let mut texts = Vec::new();
                for item in items {
                    texts.push(match self.eval(item)? {
                        Value::Number(number) => Value::Number(number).text(),
                        value => value.text(),
                    });
                }
                if items.is_empty() {
                    texts.push(self.whole());
                }
                let (between, end) = (self.word("OFS"), self.word("ORS"));
                self.out.extend_from_slice(texts.join(&*between).as_bytes());
                self.out.extend_from_slice(end.as_bytes());
            }
            Statement::Printf(items) => {
                let text = self.format(items)?;
                self.out.extend_from_slice(text.as_bytes());
            }
            Statement::Expr(expr) => drop(self.eval(expr)?),
            Statement::If(condition, then, other) => {
                if self.eval(condition)?.truth() {
                    self.execute(then)?;
                } else if let Some(other) = other {
                    self.execute(other)?;
                }
            }
            Statement::Loop(condition, body, after, body_first) => {
                let mut is_first = *body_first;
                loop {
                    if !std::mem::take(&mut is_first)
                        && let Some(condition) = condition
                        && !self.eval(condition)?.truth()
                    {
                        break;
                    }
                    self.step()?;
                    match self.execute(body) {
                        Err(Stop::Break) => break,
                        Ok(()) | Err(Stop::Continue) => {}
                        Err(stop) => return Err(stop),
                    }
                    if let Some(after) = after {
                        self.execute(after)?;
                    }
                }
            }
            Statement::Each(key, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).into_iter().flat_map(Map::keys).cloned().collect();
                for one in keys {
                    self.variables.insert(key.clone(), Value::Input(one.into()));
                    match self.execute(body) {
                        Err(Stop::Break) => break,
                        Ok(()) | Err(Stop::Continue) => {}
                        Err(stop) => return Err(stop),
                    }
                }
            }
            Statement::Block(statements) => {
                for statement in statements {
                    self.execute(statement)?;
                }
            }
            Statement::Delete(array, None) => drop(self.arrays.remove(array)),
            Statement::Delete(array, Some(keys)) => {
                let key = self.key(keys)?;
                if let Some(array) = self.arrays.get_mut(array) {
                    array.remove(&key);
                }
            }
            Statement::Next => return Err(Stop::Next),
            Statement::Break => return Err(Stop::Break),
            Statement::Continue => return Err(Stop::Continue),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.code = self.eval(code)?.number() as i64 as i32 & 255;
                }
                return Err(Stop::Exit);
            }
        }
        Ok(())
    }

    /// Runs the rules that are wanted; whether to go on.
    fn run(&mut self, desk: &mut Desk<'_>, wanted: fn(&Pattern) -> bool) -> bool {
        self.steps = 0;
        let mut rules = std::mem::take(&mut self.rules);
        let mut done = Ok(());
        for (pattern, action) in rules.iter_mut().filter(|(pattern, _)| wanted(pattern)) {
            done = self.rule(pattern, action.as_ref());
            if done.is_err() {
                break;
            }
        }
        self.rules = rules;
        desk.out(std::mem::take(&mut self.out));
        match done {
            Ok(()) | Err(Stop::Next | Stop::Break | Stop::Continue) => true,
            Err(Stop::Exit) => {
                self.exited = true;
                false
            }
            Err(Stop::Error(text)) => {
                desk.complain(text);
                (self.code, self.exited) = (2, true);
                // What comes at the end does not come any more.
                self.rules.clear();
                false
            }
        }
    }

    fn rule(&mut self, pattern: &mut Pattern, action: Option<&Statement>) -> Done<()> {
        let holds = match pattern {
            Pattern::Begin | Pattern::End | Pattern::Always => true,
            Pattern::If(condition) => self.eval(condition)?.truth(),
            Pattern::Range(from, to, begun) => {
                let holds = *begun || self.eval(from)?.truth();
                *begun = holds && !self.eval(to)?.truth();
                holds
            }
        };
        match (holds, action) {
            (true, Some(action)) => self.execute(action),
            (true, None) => self.execute(&Statement::Print(Vec::new())),
            (false, _) => Ok(()),
        }
    }
}

/// A precision that is given as digits or as `*`.
fn size_after(
    symbols: &mut std::iter::Peekable<std::str::Chars<'_>>,
    values: &mut impl Iterator<Item = Value>,
) -> usize {
    if symbols.next_if_eq(&'*').is_some() {
        return values.next().map_or(0, |value| value.number().max(0.0) as usize);
    }
    let mut number = 0usize;
    while let Some(digit) = symbols.next_if(char::is_ascii_digit) {
        number = (number * 10 + usize::from(digit as u8 - b'0')).min(LONGEST);
    }
    number
}

fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Input(text) if text.is_empty())
}

fn arithmetic(operator: char, left: f64, right: f64) -> Result<f64, String> {
    Ok(match operator {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' | '%' if right == 0.0 => {
            return Err(format!("division by zero{}", if operator == '%' { " in %" } else { "" }));
        }
        '/' => left / right,
        '%' => libm::fmod(left, right),
        _ => libm::pow(left, right),
    })
}

/// A text with the first match, or all, replaced: `&` is what was found.
fn replaced(regex: &Regex, text: &str, with: &str, all: bool) -> (String, usize) {
    let (mut out, mut count, mut from, mut last) = (String::new(), 0, 0, None);
    while let Some(Some((start, end))) = regex.find(text, from).and_then(|found| found.first().copied()) {
        // Nothing is not found right behind what was found.
        if !(start == end && last == Some(start)) {
            out.push_str(&text[from..start]);
            let mut symbols = with.chars().peekable();
            while let Some(symbol) = symbols.next() {
                match symbol {
                    '\\' if symbols.next_if_eq(&'&').is_some() => out.push('&'),
                    '\\' if symbols.next_if_eq(&'\\').is_some() => out.push('\\'),
                    '&' => out.push_str(&text[start..end]),
                    symbol => out.push(symbol),
                }
            }
            count += 1;
            (from, last) = (end, Some(end));
        }
        if !all || out.len() > LONGEST {
            break;
        }
        if start == end {
            let Some(symbol) = text[end..].chars().next() else { break };
            out.push(symbol);
            from = end + symbol.len_utf8();
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
    (out, count)
}

impl Filter for Awk {
    fn wants_any(&self) -> bool {
        !self.exited && self.rules.iter().any(|(pattern, _)| !matches!(pattern, Pattern::Begin))
    }

    fn file(&mut self, name: &str, _: &mut Desk<'_>) {
        let shown = if name == "-" { "" } else { name };
        self.variables.insert("FILENAME".into(), Value::Text(shown.into()));
        self.variables.insert("FNR".into(), Value::Number(0.0));
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        let text = String::from_utf8_lossy(line);
        self.set_line(text.strip_suffix('\n').unwrap_or(&text));
        for counter in ["NR", "FNR"] {
            let count = self.variable(counter).number() + 1.0;
            self.variables.insert(counter.into(), Value::Number(count));
        }
        let goes_on = self.run(desk, |pattern| !matches!(pattern, Pattern::Begin | Pattern::End));
        if goes_on { Want::More } else { Want::Enough }
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        self.run(desk, |pattern| matches!(pattern, Pattern::End));
        self.code
    }

    fn failed(&mut self) -> i32 {
        2
    }
}

fn awk(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, mut rest) = desk.flags("+", "Fvf")?;
    let program = match flags.value('f') {
        Some(file) => match desk.files().read_text(&desk.path(file)) {
            Ok(text) => text,
            Err(errno) => {
                desk.complain(format!("cannot open {file} ({errno})"));
                return Err(2);
            }
        },
        None if rest.is_empty() => {
            desk.err("Usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
            return Err(2);
        }
        None => rest.remove(0),
    };
    let rules = match parse(&program) {
        Ok(rules) => rules,
        Err(why) => {
            desk.complain(why);
            return Err(2);
        }
    };
    let mut awk = Awk {
        rules,
        variables: Map::new(),
        arrays: Map::new(),
        regexes: Map::new(),
        line: "".into(),
        fields: None,
        is_stale: false,
        steps: 0,
        code: 0,
        exited: false,
        seed: 0,
        out: Vec::new(),
    };
    for (name, value) in [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n"), ("SUBSEP", "\x1c")] {
        awk.variables.insert(name.into(), Value::Text(value.into()));
    }
    for name in ["NF", "NR", "FNR"] {
        awk.variables.insert(name.into(), Value::Number(0.0));
    }
    let environment = desk.env.iter().map(|(name, value)| (name.clone(), Value::Input(value.as_str().into())));
    awk.arrays.insert("ENVIRON".into(), environment.collect());
    if let Some(separator) = flags.value('F') {
        let separator = if separator == "t" { "\t".to_owned() } else { unescaped(separator) };
        awk.variables.insert("FS".into(), Value::Text(separator.into()));
    }
    for (name, value) in flags.values('v').filter_map(|pair| pair.split_once('=')) {
        awk.variables.insert(name.into(), Value::Input(unescaped(value).into()));
    }
    awk.run(desk, |pattern| matches!(pattern, Pattern::Begin));
    Ok(Plan { filter: Box::new(awk), files: or_input(rest) })
}

//! `echo` and `printf`.

use super::super::syntax::unescape;
use super::{Desk, Dialect, Run, Tool};

pub(super) const TOOLS: &[Tool] =
    &[Tool { name: "echo", run: Run::Plain(echo) }, Tool { name: "printf", run: Run::Plain(printf) }];

/// The most that one `printf` prints, in bytes.
const MOST: usize = 4 << 20;

fn echo(desk: &mut Desk<'_>) -> i32 {
    let dash = desk.dialect == Dialect::Dash && !desk.is_program();
    let (mut escapes, mut newline) = (dash, true);
    let mut at = 1;
    while let Some(flags) = desk.args.get(at).and_then(|arg| arg.strip_prefix('-')) {
        let known =
            if dash { flags == "n" } else { !flags.is_empty() && flags.chars().all(|flag| "neE".contains(flag)) };
        if !known {
            break;
        }
        for flag in flags.chars() {
            match flag {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        at += 1;
    }
    let text = desk.args[at.min(desk.args.len())..].join(" ");
    if escapes {
        let (text, stopped) = unescape(&text, false);
        desk.out(text);
        newline &= !stopped;
    } else {
        desk.out(text);
    }
    if newline {
        desk.out("\n");
    }
    0
}

fn printf(desk: &mut Desk<'_>) -> i32 {
    let (text, status) = printf_text(desk);
    desk.out(text);
    status
}

/// What `printf` prints for its arguments, and its exit code; complaints are printed.
pub(crate) fn printf_text(desk: &mut Desk<'_>) -> (String, i32) {
    let skip = 1 + usize::from(desk.args.get(1).is_some_and(|arg| arg == "--"));
    let Some(format) = desk.args.get(skip).cloned() else {
        let text = match desk.dialect {
            Dialect::Bash => "usage: printf [-v var] format [arguments]",
            _ => "usage: printf format [arg ...]",
        };
        desk.complain(text);
        return (String::new(), 2);
    };
    let mut printf =
        Printf { args: desk.args[skip + 1..].to_vec(), next: 0, text: String::new(), status: 0, stopped: false };
    loop {
        let before = printf.next;
        printf.once(desk, &format);
        let more = printf.next < printf.args.len() && printf.next > before;
        if !more || printf.stopped || printf.text.len() > MOST {
            break;
        }
    }
    (printf.text, printf.status)
}

/// Text as `%q` shows it, so that a shell reads it back.
fn backslashed(text: &str) -> String {
    if text.is_empty() || text.chars().any(char::is_control) {
        return super::super::language::quote(text);
    }
    let mut quoted = String::new();
    for symbol in text.chars() {
        if !symbol.is_alphanumeric() && !"_-./:=+,%@".contains(symbol) {
            quoted.push('\\');
        }
        quoted.push(symbol);
    }
    quoted
}

struct Printf {
    args: Vec<String>,
    next: usize,
    text: String,
    status: i32,
    stopped: bool,
}

impl Printf {
    fn arg(&mut self) -> Option<String> {
        let arg = self.args.get(self.next).cloned();
        self.next += 1;
        arg
    }

    fn once(&mut self, desk: &mut Desk<'_>, format: &str) {
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            let (text, stopped) = unescape(&rest[..at], true);
            self.text.push_str(&text);
            rest = &rest[at + 1..];
            if stopped {
                self.stopped = true;
                return;
            }
            rest = self.conversion(desk, rest);
            if self.stopped {
                return;
            }
        }
        let (text, _) = unescape(rest, true);
        match text.split_once("\\c") {
            Some((text, _)) => {
                self.text.push_str(text);
                self.stopped = true;
            }
            None => self.text.push_str(&text),
        }
    }

    fn conversion<'f>(&mut self, desk: &mut Desk<'_>, format: &'f str) -> &'f str {
        let flags_len = format.bytes().take_while(|byte| b"-+ #0".contains(byte)).count();
        let (flags, mut rest) = format.split_at(flags_len);
        let mut left = flags.contains('-');
        let (width, negative) = self.size(&mut rest);
        left |= negative;
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            precision = Some(self.size(&mut rest).0.unwrap_or(0));
        }
        rest = rest.trim_start_matches(['l', 'h', 'z']);
        if rest.starts_with(')') || format.starts_with('(') {
            return self.time(desk, format);
        }
        let Some(letter) = rest.chars().next() else {
            desk.complain("`%': missing format character");
            self.status = 1;
            self.text.push('%');
            return rest;
        };
        rest = &rest[letter.len_utf8()..];
        let zeros = flags.contains('0') && !left;
        let body = match letter {
            '%' => {
                self.text.push('%');
                return rest;
            }
            's' => {
                let text = self.arg().unwrap_or_default();
                text.chars().take(precision.unwrap_or(usize::MAX)).collect()
            }
            'b' => {
                let (text, stopped) = unescape(&self.arg().unwrap_or_default(), false);
                self.stopped |= stopped;
                text
            }
            'q' => backslashed(&self.arg().unwrap_or_default()),
            'c' => self.arg().unwrap_or_default().chars().take(1).collect(),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let number = self.number(desk);
                let digits = match letter {
                    'x' => format!("{number:x}"),
                    'X' => format!("{number:X}"),
                    'o' => format!("{number:o}"),
                    'u' => (number as u64).to_string(),
                    _ => number.unsigned_abs().to_string(),
                };
                let mut digits = format!("{digits:0>width$}", width = precision.unwrap_or(1).min(MOST));
                if flags.contains('#') && number != 0 {
                    digits = match letter {
                        'x' => format!("0x{digits}"),
                        'X' => format!("0X{digits}"),
                        'o' => format!("0{digits}"),
                        _ => digits,
                    };
                }
                let signed = matches!(letter, 'd' | 'i');
                let sign = match () {
                    () if signed && number < 0 => "-",
                    () if signed && flags.contains('+') => "+",
                    () if signed && flags.contains(' ') => " ",
                    () => "",
                };
                if zeros && precision.is_none() {
                    let fill = width.unwrap_or(0).saturating_sub(sign.len());
                    digits = format!("{digits:0>fill$}");
                }
                format!("{sign}{digits}")
            }
            'f' | 'F' | 'e' | 'g' => self.fraction(desk, precision.unwrap_or(6).min(100), letter),
            other => {
                let text = match desk.dialect {
                    Dialect::Bash => format!("`{other}': invalid format character"),
                    Dialect::Dash => format!("%{other}: invalid directive"),
                    Dialect::BusyBox => format!("%{other}: invalid format"),
                };
                desk.complain(text);
                self.status = 1;
                self.stopped = true;
                return rest;
            }
        };
        let width = width.unwrap_or(0).min(MOST);
        let pad = width.saturating_sub(body.chars().count());
        let blanks = " ".repeat(pad);
        match left {
            true => self.text += &(body + &blanks),
            false => self.text += &(blanks + &body),
        }
        rest
    }

    /// A width or a precision; whether it was negative.
    fn size(&mut self, rest: &mut &str) -> (Option<usize>, bool) {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            let number = self.arg().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            return (Some(number.unsigned_abs().min(MOST as u64) as usize), number < 0);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse::<usize>().ok().map(|number| number.min(MOST));
        *rest = &rest[digits..];
        (number, false)
    }

    fn number(&mut self, desk: &mut Desk<'_>) -> i64 {
        let Some(text) = self.arg() else { return 0 };
        if let Some(symbol) = text.strip_prefix(['\'', '"']).map(|rest| rest.chars().next()) {
            return symbol.map_or(0, |symbol| i64::from(u32::from(symbol)));
        }
        let trimmed = text.trim();
        let (sign, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (digits, radix) = match digits {
            hex if hex.starts_with("0x") || hex.starts_with("0X") => (&hex[2..], 16),
            octal if octal.len() > 1 && octal.starts_with('0') => (&octal[1..], 8),
            digits => (digits, 10),
        };
        let len = digits.chars().take_while(|digit| digit.is_digit(radix)).count();
        let number = i64::from_str_radix(&digits[..len], radix).unwrap_or(if len > 0 { i64::MAX } else { 0 });
        if len < digits.len() || (trimmed.is_empty() && !text.is_empty()) || digits.is_empty() && !trimmed.is_empty() {
            let said = match desk.dialect {
                Dialect::Bash => format!("{text}: invalid number"),
                Dialect::Dash if len > 0 => format!("{text}: not completely converted"),
                Dialect::Dash => format!("{text}: expected numeric value"),
                Dialect::BusyBox => format!("invalid number '{text}'"),
            };
            desk.complain(said);
            self.status = 1;
        }
        number.saturating_mul(sign)
    }

    /// A number with a fraction, rounded as C does: half to even.
    fn fraction(&mut self, desk: &mut Desk<'_>, precision: usize, letter: char) -> String {
        let text = self.arg().unwrap_or_else(|| "0".into());
        let number = text.trim().parse::<f64>().unwrap_or_else(|_| {
            if !text.is_empty() {
                desk.complain(format!("{text}: invalid number"));
                self.status = 1;
            }
            0.0
        });
        match letter {
            'g' => format!("{number}"),
            'e' => {
                let text = format!("{number:.precision$e}");
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
            }
            _ => format!("{number:.precision$}"),
        }
    }

    /// `%(format)T`
    fn time<'f>(&mut self, desk: &mut Desk<'_>, format: &'f str) -> &'f str {
        let inner = format.trim_start_matches('(');
        let Some((inner, rest)) = inner.split_once(")T") else {
            self.status = 1;
            return "";
        };
        let secs = match self.arg().and_then(|text| text.parse::<i64>().ok()) {
            Some(secs) if secs >= 0 => crate::sim::Timestamp::from_secs(secs as u64),
            _ => desk.now(),
        };
        self.text += &super::date::format(secs, inner);
        rest
    }
}

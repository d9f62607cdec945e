//! `perl`, for the one program by which Jobs are known: `perl -Mbignum=bpi -wle 'print bpi(2000)'`.
//!
//! Pi is computed. Beside it `print`, `sleep`, `exit` and `die` of plain texts and numbers are simulated; everything else
//! is refused in plain words.

use super::host::{Host, Output, Program, Step};
use crate::sim::Timestamp;
use std::time::Duration;

/// A running `perl`.
pub struct Perl {
    deeds: Vec<Deed>,
    next: usize,
    until: Option<Timestamp>,
}

enum Deed {
    Print(String),
    /// So many digits of pi, and what follows them.
    Pi(u32, &'static str),
    Sleep(u64),
    Exit(i32),
    Die(String),
}

/// How many digits of pi are computed at most.
const MOST_DIGITS: u32 = 20_000;

impl Perl {
    /// The program for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(arguments: &[String]) -> Result<Self, (String, i32)> {
        let refused = |what: &str| (format!("perl: {what} is not simulated\n"), 255);
        let (mut script, mut line_end, mut bpi) = (None, "", false);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let Some(letters) = argument.strip_prefix('-') else { return Err(refused("a script in a file")) };
            if let Some(module) = letters.strip_prefix('M') {
                bpi |= module == "bignum=bpi" || module == "bignum=bpi,bexp";
                if !module.starts_with("bignum") && module != "strict" && module != "warnings" {
                    return Err(refused(&format!("the module {module}")));
                }
                continue;
            }
            if letters == "v" || letters == "-version" {
                return Err(("\nThis is perl 5, version 36, subversion 0 (v5.36.0)\n".to_owned(), 0));
            }
            for letter in letters.chars() {
                match letter {
                    'w' | 'W' => {}
                    'l' => line_end = "\n",
                    'e' | 'E' => script = arguments.next(),
                    _ => return Err(refused(&format!("-{letter}"))),
                }
            }
        }
        let script = script.ok_or_else(|| refused("a script that comes from the input"))?;
        let mut deeds = Vec::new();
        for statement in statements(script) {
            let deed = Deed::parse(statement, line_end, bpi);
            deeds.push(deed.map_err(|problem| (format!("perl: `{statement}` is not simulated: {problem}\n"), 255))?);
        }
        Ok(Self { deeds, next: 0, until: None })
    }
}

/// The statements of a script; a `;` inside of quotes ends none.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let ends = move |symbol: char| {
        match quote {
            Some(open) if symbol == open => quote = None,
            None if symbol == '"' || symbol == '\'' => quote = Some(symbol),
            _ => {}
        }
        symbol == ';' && quote.is_none()
    };
    script.split(ends).map(str::trim).filter(|statement| !statement.is_empty())
}

impl Deed {
    fn parse(statement: &str, line_end: &'static str, bpi: bool) -> Result<Self, &'static str> {
        let (word, rest) =
            statement.split_at(statement.find(|c: char| !c.is_alphanumeric()).unwrap_or(statement.len()));
        let value = rest.trim();
        let value = value.strip_prefix('(').and_then(|value| value.strip_suffix(')')).unwrap_or(value).trim();
        let number = || value.parse::<u32>().map_err(|_| "a whole number is expected");
        match word {
            "print" | "say" => {
                let line_end = if word == "say" { "\n" } else { line_end };
                if let Some(digits) = value.strip_prefix("bpi(").and_then(|digits| digits.strip_suffix(')')) {
                    if !bpi {
                        return Err("bpi comes with -Mbignum=bpi");
                    }
                    let digits: u32 = digits.trim().parse().map_err(|_| "a whole number is expected")?;
                    return if digits > MOST_DIGITS {
                        Err("so many digits take too long")
                    } else {
                        Ok(Self::Pi(digits, line_end))
                    };
                }
                Ok(Self::Print(text(value)? + line_end))
            }
            "sleep" => Ok(Self::Sleep(u64::from(number()?))),
            "exit" => Ok(Self::Exit(if value.is_empty() { 0 } else { number()? as i32 & 255 })),
            "die" => Ok(Self::Die(text(value)?)),
            "use" => Ok(Self::Print(String::new())),
            _ => Err("only print, sleep, exit and die are"),
        }
    }
}

/// A text in quotes, or a number.
fn text(value: &str) -> Result<String, &'static str> {
    if let Some(inside) = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')) {
        return Ok(inside.to_owned());
    }
    if let Some(inside) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        if inside.contains(['$', '@']) {
            return Err("texts are without variables");
        }
        return Ok(inside.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\""));
    }
    if value.parse::<f64>().is_ok() { Ok(value.to_owned()) } else { Err("a text or a number is expected") }
}

impl Program for Perl {
    fn advance(&mut self, host: &mut dyn Host, _: u32) -> Step {
        while let Some(deed) = self.deeds.get(self.next) {
            let takes = match deed {
                Deed::Pi(digits, _) => thinking(*digits),
                Deed::Sleep(seconds) => Duration::from_secs(*seconds),
                _ => Duration::ZERO,
            };
            let until = *self.until.get_or_insert(host.now() + takes);
            if host.now() < until {
                return Step::Waits(Some(until));
            }
            self.until = None;
            self.next += 1;
            match deed {
                Deed::Print(text) => host.write(Output::Standard, text.as_bytes()),
                Deed::Pi(digits, line_end) => {
                    host.write(Output::Standard, format!("{}{line_end}", pi(*digits)).as_bytes());
                }
                Deed::Sleep(_) => {}
                Deed::Exit(code) => return Step::Exited(*code),
                Deed::Die(text) => {
                    let place = if text.ends_with('\n') { "" } else { " at -e line 1.\n" };
                    host.write(Output::Error, format!("{text}{place}").as_bytes());
                    return Step::Exited(255);
                }
            }
        }
        Step::Exited(0)
    }
}

/// How long perl thinks about so many digits: the time grows with their square, and 2000 took perl 5.36 three seconds on
/// the machine on which this was written.
fn thinking(digits: u32) -> Duration {
    let digits = u64::from(digits);
    Duration::from_millis(50 + digits * digits * 3000 / 4_000_000)
}

/// Pi to so many digits, the last of them rounded: by Machin's formula, in whole numbers of nine decimal digits.
pub fn pi(digits: u32) -> String {
    let digits = digits.max(1) as usize;
    // Some more, for what is cut off on the way.
    let places = digits / 9 + 3;
    let mut sum = vec![0; places];
    add_arctangent(&mut sum, 5, 16, true);
    add_arctangent(&mut sum, 239, 4, false);
    let fraction: String = sum[1..].iter().map(|word| format!("{word:09}")).collect();
    let mut all: Vec<u8> = format!("{}{fraction}", sum[0]).into_bytes();
    let up = all[digits] >= b'5';
    all.truncate(digits);
    if up {
        for digit in all.iter_mut().rev() {
            *digit += 1;
            if *digit <= b'9' {
                break;
            }
            *digit = b'0';
        }
    }
    let fraction: String = all[1..].iter().map(|&digit| digit as char).collect();
    if fraction.is_empty() { (all[0] as char).to_string() } else { format!("{}.{fraction}", all[0] as char) }
}

const BASE: u64 = 1_000_000_000;

/// Adds or takes away `factor * arctan(1 / of)`.
fn add_arctangent(sum: &mut [u64], of: u64, factor: u64, positive: bool) {
    let mut power = vec![0; sum.len()];
    power[0] = factor;
    divide(&mut power, of);
    let mut term = power.clone();
    for k in 0.. {
        term.copy_from_slice(&power);
        divide(&mut term, 2 * k + 1);
        if term.iter().all(|&word| word == 0) {
            return;
        }
        if k.is_multiple_of(2) == positive {
            add(sum, &term)
        } else {
            subtract(sum, &term)
        }
        divide(&mut power, of * of);
    }
}

fn divide(number: &mut [u64], by: u64) {
    let mut rest = 0;
    for word in number {
        let all = rest * BASE + *word;
        *word = all / by;
        rest = all % by;
    }
}

fn add(number: &mut [u64], other: &[u64]) {
    let mut carry = 0;
    for (word, other) in number.iter_mut().zip(other).rev() {
        let all = *word + other + carry;
        *word = all % BASE;
        carry = all / BASE;
    }
}

fn subtract(number: &mut [u64], other: &[u64]) {
    let mut borrowed = 0;
    for (word, other) in number.iter_mut().zip(other).rev() {
        let all = *word + BASE - other - borrowed;
        *word = all % BASE;
        borrowed = u64::from(all < BASE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::testing::World;

    fn run(arguments: &[&str]) -> (String, i32, u64) {
        let mut world = World::new();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        world.start_or_end(Perl::new(&arguments), "");
        let start = world.now;
        world.run(3600);
        let (end, code) = world.containers[0].ended.unwrap_or((world.now, -1));
        (world.printed(0), code, end.since(start).as_secs())
    }

    #[test]
    fn pi_is_computed() {
        let (printed, code, seconds) = run(&["-Mbignum=bpi", "-wle", "print bpi(2000)"]);
        assert_eq!((printed.len(), code, seconds), (2002, 0, 3));
        assert!(
            printed.starts_with("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
        );
        // What a second program, of Python's large numbers, ended with.
        assert!(printed.ends_with("908658326459958133904780275901\n"));
        assert_eq!(pi(20), "3.1415926535897932385");
        assert_eq!(pi(1), "3");
    }

    #[test]
    fn a_little_more_is_known_and_the_rest_is_refused() {
        let check = |arguments: &[&str], expected: (&str, i32, u64)| {
            let (printed, code, seconds) = run(arguments);
            assert_eq!((printed.as_str(), code, seconds), expected, "{arguments:?}");
        };
        check(&["-e", "print \"one; \"; sleep 3; print 'two'; exit 4"], ("one; two", 4, 3));
        check(&["-le", "print 42"], ("42\n", 0, 0));
        check(&["-e", "die \"no input\""], ("no input at -e line 1.\n", 255, 0));
        check(
            &["-e", "while (1) { }"],
            ("perl: `while (1) { }` is not simulated: only print, sleep, exit and die are\n", 255, 0),
        );
        check(
            &["-e", "print bpi(5)"],
            ("perl: `print bpi(5)` is not simulated: bpi comes with -Mbignum=bpi\n", 255, 0),
        );
        check(&["-de0"], ("perl: -d is not simulated\n", 255, 0));
        check(&["script.pl"], ("perl: a script in a file is not simulated\n", 255, 0));
    }
}

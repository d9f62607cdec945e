//! Quantities: `500m` of a CPU, `1Gi` of memory.
//!
//! What a learner writes as `0.5` or `1024Mi` comes back as `500m` and `1Gi`: the API server stores the canonical form,
//! the largest suffix that needs no fraction. It takes much for canonical that is not, though: `1.125` and `1E3` come back
//! as they were written. What is no quantity is refused while the object is decoded.
//! In Kubernetes: `apimachinery/pkg/api/resource/{quantity,suffix,amount}.go`. Finer than a billionth is rounded up.

use super::yaml::print;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Sub};

/// An exact amount, in billionths, and the family of suffixes it was written with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// `m`, `k`, `M`
    #[default]
    Decimal,
    /// `Ki`, `Mi`
    Binary,
    /// `e3`
    Exponent,
}

/// The text is no quantity: Kubernetes' words for it.
pub const FORMAT: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/// The number is one, but not what follows it.
pub const SUFFIX: &str = "unable to parse quantity's suffix";
/// The number is none.
pub const NUMERIC: &str = "unable to parse numeric part of quantity";

const ONE: i128 = 1_000_000_000;
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    /// Reads what a manifest says.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let parts = Parts::of(text)?;
        let magnitude = nanos(parts.whole, parts.fraction, parts.power, parts.binary);
        // Kubernetes caps those with a binary suffix only; far beyond that, we do the others.
        let most = if parts.format == Format::Binary { i128::from(i64::MAX) * ONE } else { TOO_LARGE };
        let magnitude = magnitude.min(most);
        Ok(Self { nanos: if text.starts_with('-') { -magnitude } else { magnitude }, format: parts.format })
    }

    /// So many thousandths, e.g. of a CPU.
    pub const fn from_milli(milli: i64) -> Self {
        Self { nanos: milli as i128 * 1_000_000, format: Format::Decimal }
    }

    /// So many whole ones, e.g. bytes or pods.
    pub const fn from_units(units: i64) -> Self {
        Self { nanos: units as i128 * ONE, format: Format::Decimal }
    }

    /// Thousandths, rounded up.
    pub fn milli(self) -> i64 {
        i64::try_from(round_up(self.nanos, 1_000_000)).unwrap_or(i64::MAX)
    }

    /// Whole ones, rounded up.
    pub fn units(self) -> i64 {
        i64::try_from(round_up(self.nanos, ONE)).unwrap_or(i64::MAX)
    }

    /// The same, at least to the thousandth.
    pub fn rounded(self) -> Self {
        Self { nanos: round_up(self.nanos, 1_000_000) * 1_000_000, ..self }
    }

    pub fn at_least(self, other: Self) -> Self {
        if self < other { other } else { self }
    }

    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }
}

/// What a quantity is written as: `whole.fraction · 10^power · 2^binary`.
struct Parts<'a> {
    /// Without zeros before it.
    whole: &'a str,
    fraction: &'a str,
    power: i32,
    binary: u32,
    format: Format,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err(FORMAT);
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let after_letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let after_sign = after_letters.strip_prefix(['+', '-']).unwrap_or(after_letters);
        if !digits(after_sign).1.is_empty() {
            return Err(FORMAT);
        }
        let exponent = |text: &str| text.parse::<i32>().ok().filter(|e| e.abs() < 1000);
        let (format, power, binary) = match suffix {
            "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" => {
                let power = DECIMAL.iter().find(|(name, _)| *name == suffix).map_or(0, |&(_, power)| power);
                (Format::Decimal, power, 0)
            }
            _ => match (BINARY.iter().position(|name| *name == suffix), suffix.strip_prefix(['e', 'E'])) {
                (Some(index), _) => (Format::Binary, 0, 10 * (index as u32 + 1)),
                (None, Some(power)) => (Format::Exponent, exponent(power).ok_or(SUFFIX)?, 0),
                (None, None) => return Err(SUFFIX),
            },
        };
        Ok(Self { whole: whole.trim_start_matches('0'), fraction, power, binary, format })
    }

    /// Whether the API server takes it for canonical, where no power of ten less than this one may be left.
    fn passes(&self, least: i32) -> bool {
        let whole = if self.whole.is_empty() { "0" } else { self.whole };
        let len = (whole.len() + self.fraction.len()) as i32;
        match self.format {
            // It has three bits of its own besides those of the suffix.
            Format::Binary => {
                let short = self.fraction.is_empty() && len + self.binary as i32 * 3 / 10 < 15;
                short && !whole.parse::<i64>().is_ok_and(|value| value % 8 == 0)
            }
            Format::Decimal | Format::Exponent => {
                let power = self.power - self.fraction.len() as i32;
                let zeros = [whole, self.fraction].concat().bytes().rev().take_while(|digit| *digit == b'0').count();
                len <= 18 && power >= least && power % 3 == 0 && zeros < 3 && !whole.starts_with('0')
            }
        }
    }
}

/// The least power of ten that the amounts of a list of resources have; what is finer is rounded up.
pub const MILLI: i32 = -3;
/// That of all other quantities.
pub const NANO: i32 = -9;

/// How the API server writes a quantity again.
pub fn written(text: &str, least: i32) -> String {
    if Parts::of(text).is_ok_and(|parts| parts.passes(least)) {
        return text.to_owned();
    }
    let quantity = Quantity::parse(text).unwrap_or_default();
    if least == MILLI { quantity.rounded().to_string() } else { quantity.to_string() }
}

/// How a quantity is written in a manifest, where it may be a number.
pub fn spelling(value: &Value) -> String {
    value.as_str().map_or_else(|| print::json_compact(value), |text| text.trim().to_owned())
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// More billionths than anybody writes.
const TOO_LARGE: i128 = 10_i128.pow(37);

/// `whole.fraction · 10^power · 2^binary` in billionths, rounded up; very large numbers as one that is too large.
fn nanos(whole: &str, fraction: &str, power: i32, binary: u32) -> i128 {
    let appended = |value: i128, digit: u8| {
        let digit = i128::from(digit - b'0');
        value.checked_mul(10).and_then(|value| value.checked_add(digit)).unwrap_or(TOO_LARGE)
    };
    let (mut value, mut shift, mut lost) = (whole.bytes().fold(0, appended), power + 9, false);
    for digit in fraction.bytes() {
        // With a binary suffix, nine digits more than are kept are exact enough.
        if shift > 0 || binary > 0 && shift > -9 {
            value = appended(value, digit);
            shift -= 1;
        } else {
            lost |= digit != b'0';
        }
    }
    if value > 0 {
        value = (0..shift).fold(value, |value, _| appended(value, b'0'));
    }
    value = value.checked_mul(1 << binary).unwrap_or(TOO_LARGE);
    for _ in 0..(-shift).clamp(0, 60) {
        lost |= value % 10 != 0;
        value /= 10;
    }
    value.min(TOO_LARGE) + i128::from(lost)
}

/// Away from zero, as Kubernetes rounds.
fn round_up(value: i128, unit: i128) -> i128 {
    value / unit + (value % unit).signum()
}

impl fmt::Display for Quantity {
    /// The canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        // Small or odd amounts are written in decimals even if they were not to begin with.
        if self.format == Format::Binary && self.nanos.abs() >= 1024 * ONE && self.nanos % ONE == 0 {
            let mut amount = self.nanos / ONE;
            let mut suffix = "";
            for name in BINARY {
                if amount % 1024 == 0 {
                    (amount, suffix) = (amount / 1024, name);
                }
            }
            return write!(f, "{amount}{suffix}");
        }
        let (mut amount, mut power) = (self.nanos, -9);
        while amount % 1000 == 0 && power < 18 {
            (amount, power) = (amount / 1000, power + 3);
        }
        match (self.format, power) {
            (Format::Exponent, 0) => write!(f, "{amount}"),
            (Format::Exponent, _) => write!(f, "{amount}e{power}"),
            _ => write!(f, "{amount}{}", DECIMAL[(power / 3 + 3) as usize].0),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Add for Quantity {
    type Output = Self;

    /// The sum, in the suffixes of the first that is not zero.
    fn add(self, other: Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self { nanos: self.nanos.saturating_add(other.nanos), format }
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self { nanos: -other.nanos, ..other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_come_back_in_canonical_form() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = Quantity::parse(text).map(|quantity| quantity.to_string());
            assert_eq!(found.as_deref(), expected.as_ref().map(|text| *text), "{text:?}");
        };
        //    written        canonical
        check("0.5", Ok("500m"));
        check("500m", Ok("500m"));
        check("1500m", Ok("1500m"));
        check("1000m", Ok("1"));
        check("2", Ok("2"));
        check("-2", Ok("-2"));
        check("1000", Ok("1k"));
        check("1024", Ok("1024"));
        check("1Gi", Ok("1Gi"));
        check("1024Mi", Ok("1Gi"));
        check("1.5Gi", Ok("1536Mi"));
        check("0.5Ki", Ok("512"));
        check("100Mi", Ok("100Mi"));
        check("0.1Gi", Ok("107374182400m"));
        check("1e3", Ok("1e3"));
        check("12E2", Ok("1200"));
        check("1E", Ok("1E"));
        check("0", Ok("0"));
        check("00", Ok("0"));
        check("1n", Ok("1n"));
        check("0.0000000001", Ok("1n"));
        check("100000000000000000000", Ok("100E"));
        check("9999999999999999999999E", Ok("10000000000E"));
        check("9999999999999999999999Ei", Ok("9223372036854775807"));
        check("1e999", Ok("10000000000e18"));
        check("1e9999", Err(SUFFIX));
        check("half", Err(FORMAT));
        check("", Err(FORMAT));
        check("1 Gi", Err(FORMAT));
        check("1GB", Err(FORMAT));
        check("1K", Err(SUFFIX));
        check("1Mk", Err(SUFFIX));
    }

    #[test]
    fn what_passes_for_canonical_stays_as_it_was_written() {
        let check = |text: &str, in_a_list: &str, elsewhere: &str| {
            assert_eq!((written(text, MILLI), written(text, NANO)), (in_a_list.into(), elsewhere.into()), "{text:?}");
        };
        //    written       in a list of resources, elsewhere
        check("1.125", "1.125", "1.125");
        check("1.500", "1.500", "1.500");
        check("1.5", "1500m", "1500m");
        check("0.125", "125m", "125m");
        check("1.000", "1", "1");
        check("+1", "+1", "+1");
        check("1E3", "1E3", "1E3");
        check("1e+3", "1e+3", "1e+3");
        check("12e2", "1200", "1200");
        check("007", "007", "007");
        check("5.", "5.", "5.");
        check("1000", "1k", "1k");
        check("1.000001", "1001m", "1.000001");
        check("1.123456", "1124m", "1.123456");
        check("05Mi", "05Mi", "05Mi");
        check("1024Mi", "1Gi", "1Gi");
        check("1.5Gi", "1536Mi", "1536Mi");
        check("", "0", "0");
    }

    #[test]
    fn quantities_are_compared_by_amount() {
        let quantity = |text| Quantity::parse(text).unwrap();
        assert!(quantity("500m") < quantity("1"));
        assert_eq!(quantity("1Ki"), quantity("1024"));
        assert_eq!((quantity("1Gi") + quantity("512Mi")).to_string(), "1536Mi");
        assert_eq!((quantity("0") + quantity("1Gi")).to_string(), "1Gi");
        assert_eq!((quantity("2") - quantity("500m")).milli(), 1500);
        assert_eq!(quantity("1n").units(), 1);
    }
}

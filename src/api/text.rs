//! Strings that are cheap to copy: most of what a cluster says, it says a hundred thousand times.

use crate::sim::Key;
use arrayvec::ArrayString;
use serde::{Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// An immutable string, shared between its copies.
#[derive(Clone)]
pub enum Text {
    /// Known when the program was built.
    Static(&'static str),
    /// Made while it runs.
    Shared(Rc<str>),
}

impl Text {
    /// The empty string.
    pub const EMPTY: Self = Self::Static("");

    /// The characters.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }

    /// The parts one after the other.
    pub fn concat(parts: &[&str]) -> Self {
        let mut text = Draft::default();
        parts.iter().for_each(|part| text.push(part));
        text.into()
    }

    /// A number in decimal digits.
    pub fn decimal(number: u64) -> Self {
        Self::concat(&[Decimal::of(number).as_str()])
    }

    /// Whether it is a copy of `other`, which says nothing if it is not.
    fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.as_str(), other.as_str())
    }

    /// Whether it has the same characters.
    pub fn is(&self, other: &str) -> bool {
        // Names that differ mostly begin alike.
        let (one, two) = (self.as_bytes(), other.as_bytes());
        std::ptr::eq(one, two) || (one.len() == two.len() && one.last() == two.last() && one == two)
    }
}

/// A text that is being put together: it has a place of its own only once it is long.
#[derive(Default)]
pub struct Draft {
    short: ArrayString<SHORT>,
    long: String,
}

/// How many bytes of a draft need no place of their own.
const SHORT: usize = 192;

impl Draft {
    /// Adds to its end.
    pub fn push(&mut self, part: &str) {
        if !self.long.is_empty() {
            self.long.push_str(part);
        } else if self.short.try_push_str(part).is_err() {
            self.long = [&*self.short, part].concat();
        }
    }
}

impl fmt::Write for Draft {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push(part);
        Ok(())
    }
}

impl From<Draft> for Text {
    fn from(draft: Draft) -> Self {
        Self::Shared(if draft.long.is_empty() { &*draft.short } else { &*draft.long }.into())
    }
}

impl From<fmt::Arguments<'_>> for Text {
    /// What `format_args!` says.
    fn from(said: fmt::Arguments<'_>) -> Self {
        let mut draft = Draft::default();
        // A draft takes whatever is written.
        let _ = fmt::write(&mut draft, said);
        draft.into()
    }
}

/// A number in decimal digits.
pub struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub fn of(mut number: u64) -> Self {
        let (mut digits, mut start) = ([b'0'; 20], 20);
        while number > 0 || start == 20 {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        Self { digits, start }
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.digits[self.start..]).unwrap_or_default()
    }
}

/// A number in sixteen hexadecimal digits. Hundreds of thousands of names and IDs end so, and the formatting of the
/// standard library takes ten times as long.
pub struct Hex([u8; 16]);

/// The digits of every byte.
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let (mut pairs, mut byte) = ([[0; 2]; 256], 0);
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

impl Hex {
    pub fn of(number: u64) -> Self {
        let mut digits = [0; 16];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(number.to_be_bytes()) {
            pair.copy_from_slice(&PAIRS[usize::from(byte)]);
        }
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Rc<str>> for Text {
    fn from(text: Rc<str>) -> Self {
        Self::Shared(text)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Copies of one text are compared over and over: every key of the storage begins with its namespace.
        if self.is_same(other) { std::cmp::Ordering::Equal } else { self.as_str().cmp(other.as_str()) }
    }
}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Key for Text {
    fn hashed(&self) -> u32 {
        self.as_str().hashed()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

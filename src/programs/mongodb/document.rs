//! Documents, the values in them, their order, and how they go over the wire.

use crate::programs::dates;
use crate::programs::python::json_quoted;
use std::cmp::Ordering;

/// The fields of a document, in order.
pub type Document = Vec<(String, Bson)>;

/// A value of MongoDB.
#[derive(Clone, Debug, PartialEq)]
pub enum Bson {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    /// Milliseconds since 1970.
    Date(i64),
    /// 24 hexadecimal digits.
    Id(String),
    Array(Vec<Bson>),
    Document(Document),
}

impl Bson {
    pub fn text(text: &str) -> Self {
        Self::String(text.to_owned())
    }

    /// The field of a document.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Document(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value at the end of a path with dots.
    pub fn at(&self, path: &str) -> Option<&Self> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let value = match self {
            Self::Array(items) => items.get(first.parse::<usize>().ok()?)?,
            _ => self.get(first)?,
        };
        rest.map_or(Some(value), |rest| value.at(rest))
    }

    /// Puts a value at the end of a path, with documents on the way to it.
    pub fn set(&mut self, path: &str, new: Self) {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        if !matches!(self, Self::Document(_)) {
            *self = Self::Document(Vec::new());
        }
        let Self::Document(fields) = self else { return };
        let place = fields.iter().position(|(known, _)| known == first).unwrap_or_else(|| {
            fields.push((first.to_owned(), Self::Null));
            fields.len() - 1
        });
        match rest {
            Some(rest) => fields[place].1.set(rest, new),
            None => fields[place].1 = new,
        }
    }

    pub fn remove(&mut self, path: &str) {
        let Self::Document(fields) = self else { return };
        match path.split_once('.') {
            Some((first, rest)) => {
                fields.iter_mut().filter(|(known, _)| known == first).for_each(|(_, value)| value.remove(rest))
            }
            None => fields.retain(|(known, _)| known != path),
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Id(text) => Some(text),
            _ => None,
        }
    }

    pub fn truth(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false)) && *self != Self::Number(0.0)
    }

    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    pub fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Document(fields) => fields,
            _ => &[],
        }
    }

    /// Where a value's type stands in MongoDB's order.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
            Self::Document(_) => 4,
            Self::Array(_) => 5,
            Self::Id(_) => 7,
            Self::Bool(_) => 8,
            Self::Date(_) => 9,
        }
    }

    /// MongoDB's order of all values.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::String(a), Self::String(b)) | (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => {
                let first = a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|order| order.is_ne());
                first.unwrap_or(a.len().cmp(&b.len()))
            }
            (Self::Document(a), Self::Document(b)) => {
                let field =
                    |((name, a), (other, b)): (&(String, Self), &(String, Self))| name.cmp(other).then(a.compare(b));
                a.iter().zip(b).map(field).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// As it goes over the wire.
    pub fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => format!("{number}"),
            Self::String(text) => json_quoted(text, false),
            Self::Date(millis) => format!("{{\"$date\":{millis}}}"),
            Self::Id(hex) => format!("{{\"$oid\":\"{hex}\"}}"),
            Self::Array(items) => format!("[{}]", items.iter().map(Self::json).collect::<Vec<_>>().join(",")),
            Self::Document(fields) => {
                let field = |(name, value): &(String, Self)| format!("{}:{}", json_quoted(name, false), value.json());
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// Reads the first value of a text, and how long it was.
    pub fn parse(text: &str) -> Option<(Self, usize)> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        Some((value, reader.at))
    }
}

/// Reads Extended JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, symbol: char) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(symbol);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Option<Bson> {
        if depth > 100 {
            return None;
        }
        self.space();
        let rest = &self.text[self.at..];
        for (word, value) in [("null", Bson::Null), ("true", Bson::Bool(true)), ("false", Bson::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Some(value);
            }
        }
        if rest.starts_with('"') {
            return self.string().map(Bson::String);
        }
        if self.eat('[') {
            let mut items = Vec::new();
            while !self.eat(']') {
                items.push(self.value(depth + 1)?);
                if !self.eat(',') {
                    return self.eat(']').then_some(Bson::Array(items));
                }
            }
            return Some(Bson::Array(items));
        }
        if self.eat('{') {
            let mut fields: Document = Vec::new();
            while !self.eat('}') {
                self.space();
                let name = self.string()?;
                if !self.eat(':') {
                    return None;
                }
                fields.push((name, self.value(depth + 1)?));
                if !self.eat(',') {
                    if !self.eat('}') {
                        return None;
                    }
                    break;
                }
            }
            return Some(match fields.as_slice() {
                [(name, Bson::Number(millis))] if name == "$date" => Bson::Date(*millis as i64),
                [(name, Bson::String(text))] if name == "$date" => Bson::Date(dates::parse(text)?),
                [(name, Bson::String(hex))] if name == "$oid" => Bson::Id(hex.clone()),
                [(name, Bson::String(text))]
                    if name == "$numberLong" || name == "$numberInt" || name == "$numberDouble" =>
                {
                    Bson::Number(text.parse().ok()?)
                }
                _ => Bson::Document(fields),
            });
        }
        let end = rest.find(|symbol: char| !"+-.0123456789eE".contains(symbol)).unwrap_or(rest.len());
        let number = rest[..end].parse().ok()?;
        self.at += end;
        Some(Bson::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.text[self.at..].strip_prefix('"')?;
        let mut escaped = false;
        let end = rest.find(|symbol: char| {
            let ends = symbol == '"' && !escaped;
            escaped = symbol == '\\' && !escaped;
            ends
        })?;
        let whole = &self.text[self.at..self.at + end + 2];
        self.at += end + 2;
        serde_json::from_str(whole).ok()
    }
}

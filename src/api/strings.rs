//! Labels, annotations, amounts: a few texts by their names.

use super::Text;
use super::fields::{self, Field, Mismatch};
use serde_json::Value;
use std::rc::Rc;

/// Texts by name, in the order of the names. There are few of them, and a hundred thousand pods have some: a list takes a
/// fifth of the room of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strings(Vec<(Text, Text)>);

/// Labels or annotations. Pods of one Job share theirs.
pub type StringMap = Rc<Strings>;

impl Strings {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A copy that has room for some more.
    pub fn with_room(&self, more: usize) -> Self {
        let mut copy = Vec::with_capacity(self.len() + more);
        copy.extend_from_slice(&self.0);
        Self(copy)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// The text of this name.
    pub fn get(&self, name: &str) -> Option<&Text> {
        // That two names differ is mostly seen from their lengths, which orders do not go by.
        self.0.iter().find(|(known, _)| known.is(name)).map(|(_, text)| text)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the text that the name had.
    pub fn insert(&mut self, name: Text, text: Text) -> Option<Text> {
        match self.place(&name) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, text)),
            Err(place) => {
                self.0.insert(place, (name, text));
                None
            }
        }
    }

    /// The same, unless the name has a text.
    pub fn insert_new(&mut self, name: &Text, text: &Text) {
        if !self.contains_key(name) {
            self.insert(name.clone(), text.clone());
        }
    }

    /// Returns the text that the name had.
    pub fn remove(&mut self, name: &str) -> Option<Text> {
        self.place(name).ok().map(|place| self.0.remove(place).1)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and texts, in the order of the names.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|(name, text)| (name, text))
    }

    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Text> + Clone {
        self.iter().map(|(name, _)| name)
    }

    pub fn values(&self) -> impl ExactSizeIterator<Item = &Text> + Clone {
        self.iter().map(|(_, text)| text)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        self.0.iter_mut().map(|(_, text)| text)
    }
}

/// Names and texts.
pub type Iter<'a> = std::iter::Map<std::slice::Iter<'a, (Text, Text)>, fn(&(Text, Text)) -> (&Text, &Text)>;

impl<'a> IntoIterator for &'a Strings {
    type Item = (&'a Text, &'a Text);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Strings {
    type Item = (Text, Text);
    type IntoIter = std::vec::IntoIter<(Text, Text)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(Text, Text)> for Strings {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(texts: I) -> Self {
        let mut strings = Self::new();
        strings.extend(texts);
        strings
    }
}

impl Extend<(Text, Text)> for Strings {
    fn extend<I: IntoIterator<Item = (Text, Text)>>(&mut self, texts: I) {
        for (name, text) in texts {
            self.insert(name, text);
        }
    }
}

impl<const N: usize> From<[(Text, Text); N]> for Strings {
    fn from(texts: [(Text, Text); N]) -> Self {
        texts.into_iter().collect()
    }
}

impl Field for Strings {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let Value::Object(entries) = value else { return Err(Mismatch::new("an object expected")) };
        let texts = entries.into_iter().map(|(name, value)| {
            let text = fields::read(value).map_err(|mismatch: Mismatch| mismatch.within(&name))?;
            Ok((name.into(), text))
        });
        *self = texts.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn write(&self) -> Value {
        self.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }

    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_name_and_listed_in_order() {
        let mut strings =
            Strings::from([("b", "2"), ("a", "1"), ("b", "3")].map(|(name, text)| (name.into(), text.into())));
        let told = |strings: &Strings| {
            strings.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(&strings), "a=1 b=3");
        assert_eq!(strings.insert("c".into(), "4".into()), None);
        assert_eq!(strings.remove("a"), Some("1".into()));
        assert_eq!((strings.get("a"), strings.get("b"), strings.contains_key("c")), (None, Some(&"3".into()), true));
        assert_eq!(told(&strings), "b=3 c=4");
    }
}

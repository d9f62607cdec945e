//! Variables: text, arrays, and who may see or change them.

use crate::sim::Map;
use std::rc::Rc;

/// The longest value, in bytes, and the most that all together may hold.
pub const LONGEST: usize = 4 << 20;
const MOST: usize = 32 << 20;

/// A variable. Values are shared with subshells, that have a copy of all variables each.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    pub value: Option<Value>,
    pub exported: bool,
    pub read_only: bool,
    /// What is assigned is computed (`declare -i`).
    pub integer: bool,
    /// `declare -u` and `-l`.
    pub case: Option<char>,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(Rc<str>),
    Array(Array),
}

/// An array, by numbers or by words.
#[derive(Clone, Debug, Default)]
pub struct Array {
    pub keyed: bool,
    /// In the order of the places.
    pub items: Vec<Element>,
}

#[derive(Clone, Debug)]
pub struct Element {
    /// The index. With words as keys, where bash has it in its table: that is the order it lists them in.
    place: i64,
    key: Rc<str>,
    value: Rc<str>,
}

impl Array {
    pub fn indexed(values: impl IntoIterator<Item = String>) -> Self {
        let element =
            |(place, value): (usize, String)| Element { place: place as i64, key: "".into(), value: value.into() };
        Self { keyed: false, items: values.into_iter().enumerate().map(element).collect() }
    }

    fn place(&self, key: &str) -> i64 {
        if !self.keyed {
            return key.parse().unwrap_or(0);
        }
        let hash = key.bytes().fold(2_166_136_261_u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte));
        i64::from(hash & 1023)
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        let place = self.place(key);
        let start = self.items.partition_point(|element| element.place < place);
        let mut at = start;
        while self.items.get(at).is_some_and(|element| element.place == place) {
            if !self.keyed || &*self.items[at].key == key {
                return Ok(at);
            }
            at += 1;
        }
        Err(start)
    }

    pub fn get(&self, key: &str) -> Option<Rc<str>> {
        self.find(key).ok().map(|at| self.items[at].value.clone())
    }

    pub fn set(&mut self, key: &str, value: Rc<str>) {
        match self.find(key) {
            Ok(at) => self.items[at].value = value,
            Err(at) => self.items.insert(at, Element { place: self.place(key), key: key.into(), value }),
        }
    }

    pub fn remove(&mut self, key: &str) {
        if let Ok(at) = self.find(key) {
            self.items.remove(at);
        }
    }

    /// The index after the last.
    pub fn next_index(&self) -> i64 {
        self.items.last().map_or(0, |element| element.place + 1)
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn values(&self) -> Vec<String> {
        self.items.iter().map(|element| element.value.to_string()).collect()
    }

    pub fn keys(&self) -> Vec<String> {
        let key = |element: &Element| if self.keyed { element.key.to_string() } else { element.place.to_string() };
        self.items.iter().map(key).collect()
    }
}

impl Value {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Array(array) => array.items.iter().map(|element| element.value.len() + 64).sum(),
        }
    }
}

/// Why a variable was not set.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    ReadOnly,
    /// So many bytes were asked for.
    Memory(usize),
}

/// All variables of a shell.
#[derive(Clone, Default)]
pub struct Variables {
    all: Map<String, Variable>,
    /// For each function that runs, what its local variables hide.
    hidden: Vec<Vec<(String, Option<Variable>)>>,
    /// What the values take, in bytes; a little more once some were made smaller.
    size: usize,
}

impl Variables {
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.all.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Variable)> {
        self.all.iter()
    }

    /// The variable, made if it is missing.
    pub fn entry(&mut self, name: &str) -> &mut Variable {
        self.all.entry(name.to_owned()).or_default()
    }

    pub fn text(&self, name: &str) -> Option<Rc<str>> {
        match self.all.get(name)?.value.as_ref()? {
            Value::Text(text) => Some(text.clone()),
            Value::Array(array) => array.get("0"),
        }
    }

    pub fn set(&mut self, name: &str, value: Value) -> Result<(), Refusal> {
        let grown = value.size();
        let variable = self.all.entry(name.to_owned()).or_default();
        if variable.read_only {
            return Err(Refusal::ReadOnly);
        }
        let shrunk = variable.value.as_ref().map_or(0, Value::size);
        let size = (self.size + grown).saturating_sub(shrunk);
        if size > MOST || matches!(&value, Value::Text(text) if text.len() > LONGEST) {
            return Err(Refusal::Memory(grown));
        }
        self.size = size;
        variable.value = Some(value);
        Ok(())
    }

    pub fn set_text(&mut self, name: &str, text: impl Into<Rc<str>>) -> Result<(), Refusal> {
        let text: Rc<str> = text.into();
        // An array's first element is what its bare name means.
        if let Some(Variable { value: Some(Value::Array(array)), read_only: false, .. }) = self.all.get_mut(name) {
            array.set("0", text);
            return Ok(());
        }
        self.set(name, Value::Text(text))
    }

    pub fn set_element(&mut self, name: &str, key: &str, text: String) -> Result<(), Refusal> {
        let variable = self.all.entry(name.to_owned()).or_default();
        if variable.read_only {
            return Err(Refusal::ReadOnly);
        }
        if self.size + text.len() + 64 > MOST {
            return Err(Refusal::Memory(text.len()));
        }
        self.size += text.len() + 64;
        match &mut variable.value {
            Some(Value::Array(array)) => array.set(key, text.into()),
            other => {
                let mut array = Array::indexed(match other.take() {
                    Some(Value::Text(text)) => Some(text.to_string()),
                    _ => None,
                });
                array.set(key, text.into());
                *other = Some(Value::Array(array));
            }
        }
        Ok(())
    }

    pub fn unset(&mut self, name: &str) -> Result<(), Refusal> {
        match self.all.get(name) {
            Some(variable) if variable.read_only => return Err(Refusal::ReadOnly),
            Some(variable) => {
                self.size = self.size.saturating_sub(variable.value.as_ref().map_or(0, Value::size));
                self.all.remove(name);
            }
            None => {}
        }
        Ok(())
    }

    /// Puts back what was there before; nobody is asked.
    pub fn restore(&mut self, name: &str, variable: Option<Variable>) {
        match variable {
            Some(variable) => {
                self.all.insert(name.to_owned(), variable);
            }
            None => {
                self.all.remove(name);
            }
        }
    }

    /// A function begins.
    pub fn enter(&mut self) {
        self.hidden.push(Vec::new());
    }

    /// A function ends: what its local variables hid is seen again.
    pub fn leave(&mut self) {
        for (name, variable) in self.hidden.pop().unwrap_or_default().into_iter().rev() {
            self.restore(&name, variable);
        }
    }

    pub fn in_function(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Makes a variable the own one of the function that runs.
    pub fn make_local(&mut self, name: &str) {
        let old = self.all.get(name).cloned();
        let Some(frame) = self.hidden.last_mut() else { return };
        if frame.iter().any(|(known, _)| known == name) {
            return;
        }
        let exported = old.as_ref().is_some_and(|variable| variable.exported);
        frame.push((name.to_owned(), old));
        self.all.insert(name.to_owned(), Variable { exported, ..Variable::default() });
    }

    /// What programs get.
    pub fn environment(&self) -> Vec<(String, String)> {
        let exported = self.all.iter().filter(|(_, variable)| variable.exported);
        let text = |(name, variable): (&String, &Variable)| match &variable.value {
            Some(Value::Text(text)) => Some((name.clone(), text.to_string())),
            _ => None,
        };
        exported.filter_map(text).collect()
    }
}

/// Whether a text can be a variable's name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

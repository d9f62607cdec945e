//! Words: texts that occur often, each known by a number; and so with all that events say.

use crate::api::{Said, Text};
use crate::sim::{Hashed, hash};
use std::rc::Rc;

/// A text made at run time that has occurred this often becomes a word. Names of objects never do.
const OFTEN: u8 = 12;
/// How many texts are watched for whether they come again.
const WATCHED: usize = 4096;
/// Of how many words the number is at hand.
const KNOWN: usize = 256;

/// Texts by number, and numbers by text.
#[derive(Clone, Debug, Default)]
pub struct Words {
    words: Vec<Text>,
    numbers: Hashed,
    /// Of many words the number, by where their characters lie: mostly it is the very same text that comes again.
    known: Vec<u32>,
    /// How often a text of this hash was met with.
    met: Vec<(u32, u8)>,
}

impl Words {
    /// The number of a text, if it is a word; it may be on its way to become one.
    pub fn number(&mut self, text: &Text) -> Option<u32> {
        self.known.resize(KNOWN, 0);
        let hash = hash(&[text]);
        let known = self.numbers.find(hash, |number| self.words[number as usize] == *text);
        if let Some(number) = known {
            self.known[place_of(text)] = number;
            return known;
        }
        if let Text::Shared(_) = text {
            self.met.resize(WATCHED, (0, 0));
            let met = &mut self.met[hash as usize % WATCHED];
            *met = if met.0 == hash { (hash, met.1 + 1) } else { (hash, 1) };
            if met.1 < OFTEN {
                return None;
            }
        }
        let number = self.words.len() as u32;
        self.words.push(text.clone());
        self.numbers.insert(hash, number);
        Some(number)
    }

    /// The number of the very same text, if it was met with lately and is a word.
    pub fn known(&self, text: &Text) -> Option<u32> {
        let guess = *self.known.get(place_of(text))?;
        let word = self.words.get(guess as usize)?;
        std::ptr::eq(word.as_str(), text.as_str()).then_some(guess)
    }

    /// The word of a number.
    pub fn word(&self, number: u64) -> Text {
        self.words[number as usize].clone()
    }
}

fn place_of(text: &Text) -> usize {
    let lies = text.as_ptr() as usize;
    (lies >> 3 ^ lies >> 11) % KNOWN
}

/// What more than one event says, by number.
#[derive(Clone, Debug, Default)]
pub struct Sayings {
    sayings: Vec<Rc<Said>>,
    /// Of many the number, by where they lie.
    known: Vec<Option<(Rc<Said>, u32)>>,
    /// What was said once lately.
    once: Vec<Option<Rc<Said>>>,
}

impl Sayings {
    /// The number of what an event shares with one before it.
    pub fn number(&mut self, said: &Rc<Said>) -> Option<u32> {
        self.known.resize(KNOWN, None);
        self.once.resize(KNOWN, None);
        let lies = Rc::as_ptr(said) as usize;
        let place = (lies >> 4 ^ lies >> 11) % KNOWN;
        if let Some((known, number)) = &self.known[place]
            && Rc::ptr_eq(known, said)
        {
            return Some(*number);
        }
        if !self.once[place].as_ref().is_some_and(|once| Rc::ptr_eq(once, said)) {
            self.once[place] = Some(Rc::clone(said));
            return None;
        }
        let number = self.sayings.len() as u32;
        self.sayings.push(Rc::clone(said));
        self.known[place] = Some((Rc::clone(said), number));
        Some(number)
    }

    /// What has a number.
    pub fn saying(&self, number: u64) -> Rc<Said> {
        Rc::clone(&self.sayings[number as usize])
    }
}

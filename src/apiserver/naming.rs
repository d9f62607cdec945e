//! Names and UIDs that the API server makes up.

use crate::api::job::COMPLETION_INDEX;
use crate::api::{Kind, NAME_ALPHABET, Object, Text, Uid};
use crate::sim::{Chance, Map};

/// The number of everything that is not counted.
const NOBODY: u32 = 9999;
/// A generated name has at most 63 characters, 5 of which are made up.
const LONGEST_PREFIX: usize = 58;

/// Where made-up names come from.
#[derive(Clone, Debug)]
pub enum Naming {
    /// Five characters by chance, as in a real cluster.
    Random(Chance),
    /// Counted: `p0003` is the fourth pod of its Job, `a0001` the second of its index. UIDs are counted as well.
    /// This is how the recorded runs of a real control plane were made comparable.
    /// Names that were refused have numbers apart: `x0000` and on.
    Numbered { names: Map<(Text, Uid), u32>, uids: Map<Kind, u32>, refused: u32 },
}

impl Naming {
    /// Names by chance, from a seed.
    pub fn random(seed: u64) -> Self {
        Self::Random(Chance::stream(seed, 1))
    }

    /// Counted names.
    pub fn numbered() -> Self {
        Self::Numbered { names: Map::new(), uids: Map::new(), refused: 0 }
    }

    /// A name for an object that has only a `generateName`.
    pub fn name(&mut self, object: &Object) -> Text {
        let prefix = prefix_of(object);
        match self {
            Self::Random(chance) => {
                let suffix: [u8; 5] =
                    std::array::from_fn(|_| NAME_ALPHABET[chance.below(NAME_ALPHABET.len() as u32) as usize]);
                Text::concat(&[prefix, str::from_utf8(&suffix).unwrap_or_default()])
            }
            Self::Numbered { names, .. } => {
                let count = names.entry(counted_as(object)).or_insert(0);
                let letter = if object.metadata().annotations.contains_key(COMPLETION_INDEX) { 'a' } else { 'p' };
                *count += 1;
                Text::from(format_args!("{prefix}{letter}{:04}", *count - 1))
            }
        }
    }

    /// A UID for a new object of this kind, which may be tried out only.
    pub fn uid(&mut self, kind: Kind, trial: bool) -> Uid {
        /// The version and variant bits of a random UUID.
        const RANDOM_UUID: u128 = 0x4000_8000_0000_0000_0000;
        match self {
            Self::Random(chance) => {
                let bits = u128::from(chance.next_u64()) << 64 | u128::from(chance.next_u64());
                Uid(bits & !(0xf000_c000_0000_0000_0000) | RANDOM_UUID)
            }
            Self::Numbered { uids, .. } => {
                let count = uids.entry(kind).or_insert(0);
                *count += 1;
                let number = match kind {
                    _ if trial => NOBODY,
                    Kind::Job => *count,
                    Kind::CronJob => 500 + *count,
                    Kind::Pod => 1000 + *count,
                    _ => NOBODY,
                };
                numbered(number)
            }
        }
    }
}

impl Naming {
    /// Takes back what was made up for an object that did not come to be, where names and UIDs are counted: only objects
    /// that exist have numbers of their own. Says what the object is to be called instead, as (made up, instead).
    pub(super) fn take_back(&mut self, object: &Object) -> Vec<(String, String)> {
        let Self::Numbered { names, uids, refused } = self else { return Vec::new() };
        let metadata = object.metadata();
        if let Some(count) = uids.get_mut(&object.kind()) {
            *count -= 1;
        }
        let mut instead = vec![(metadata.uid.to_string(), numbered(NOBODY).to_string())];
        let last = names.get_mut(&counted_as(object));
        let is_last = |count: &&mut u32| metadata.name.ends_with(&format!("{:04}", count.saturating_sub(1)));
        if let Some(count) = last.filter(is_last) {
            *count -= 1;
            instead.push((metadata.name.to_string(), format!("{}x{refused:04}", prefix_of(object))));
            *refused += 1;
        }
        instead
    }
}

/// What a made-up name begins with.
fn prefix_of(object: &Object) -> &str {
    let wanted = &object.metadata().generate_name;
    wanted.get(..LONGEST_PREFIX).unwrap_or(wanted)
}

/// What names are counted for: what they begin with, and whose they are.
fn counted_as(object: &Object) -> (Text, Uid) {
    let metadata = object.metadata();
    (metadata.generate_name.clone(), metadata.controller().map_or(Uid::default(), |owner| owner.uid))
}

fn numbered(number: u32) -> Uid {
    format!("00000000-0000-4000-8000-{number:012}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_uids_are_version_4() {
        let uid = Naming::random(1).uid(Kind::Pod, false).to_string();
        assert_eq!((&uid[14..15], uid.len()), ("4", 36), "{uid}");
        assert!("89ab".contains(&uid[19..20]), "{uid}");
    }
}

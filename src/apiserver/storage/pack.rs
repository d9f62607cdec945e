//! Pods and events as bytes: what one differs in from another that is much like it.
//!
//! A struct is a number, each bit of which says whether a field differs, and then the fields that do. Times count from
//! the instant of the write; a text is the number of a word that occurs often, or its end, after as much of the
//! beginning as it has in common with the text that stood there before. So most versions of a pod take some thirty bytes.

use super::words::{Sayings, Words};
use crate::api::pod::HostIp;
use crate::api::{
    Condition, ConditionStatus, ContainerState, ContainerStatus, Draft, Event, EventSeries, EventSource, Hex,
    ObjectMeta, ObjectReference, OwnerReference, Pod, PodPhase, PodSpec, PodStatus, Report, Running, Said, StringMap,
    Strings, Terminated, Text, Time, Uid, Waiting,
};
use crate::sim::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// From this many digits on, a text's hexadecimal end is written as the number it is.
const LEAST_HEX: usize = 8;

/// Where a packed object is written to.
pub struct Writer<'a> {
    pub bytes: &'a mut Vec<u8>,
    pub words: &'a mut Words,
    pub sayings: &'a mut Sayings,
    /// When the object was written.
    pub at: Timestamp,
    /// The text that was written last: the next one may begin like it.
    pub last: Text,
    /// Whether something was met with that cannot be packed.
    pub failed: bool,
}

/// What a packed object is read from: always something that a [`Writer`] wrote.
pub struct Reader<'a> {
    pub bytes: &'a [u8],
    pub words: &'a Words,
    pub sayings: &'a Sayings,
    pub at: Timestamp,
    pub revision: u64,
    pub last: Text,
}

impl Writer<'_> {
    /// A number in as few bytes as it takes, seven bits in each.
    pub fn number(&mut self, number: u64) {
        write_number(self.bytes, number);
    }

    fn signed(&mut self, number: i64) {
        self.number((number.wrapping_shl(1) ^ (number >> 63)) as u64);
    }
}

/// A number in as few bytes as it takes, seven bits in each.
pub fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

impl<'a> Reader<'a> {
    pub fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        while let Some((&byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            if byte < 0x80 {
                return number | u64::from(byte) << shift;
            }
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        number
    }

    fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at(count.min(self.bytes.len()));
        self.bytes = rest;
        taken
    }
}

/// What can be packed, given something like it.
pub trait Pack: Clone + PartialEq {
    /// Writes what differs from `base`.
    fn pack(&self, base: &Self, to: &mut Writer<'_>);

    /// Turns what it was packed with into what was packed. What nobody else holds is changed where it is.
    fn unpack(&mut self, from: &mut Reader<'_>);
}

/// Packs structs field by field, but for those fields that come after a semicolon.
macro_rules! packed {
    ($($Struct:ident { $($field:ident),* $(; $($other:ident),*)? })*) => {
        $(
            impl $Struct {
                fn pack_fields(&self, base: &Self, to: &mut Writer<'_>) {
                    let Self { $($field,)* $($($other: _),*)? } = self;
                    let (mut differs, mut bit) = (0_u64, 1);
                    $(
                        if $field != &base.$field {
                            differs |= bit;
                        }
                        bit <<= 1;
                    )*
                    debug_assert!(bit > 0);
                    to.number(differs);
                    $(
                        if differs & 1 == 1 {
                            $field.pack(&base.$field, to);
                        }
                        differs >>= 1;
                    )*
                    debug_assert_eq!(differs, 0);
                }

                fn unpack_fields(&mut self, from: &mut Reader<'_>) {
                    let mut differs = from.number();
                    $(
                        if differs & 1 == 1 {
                            self.$field.unpack(from);
                        }
                        differs >>= 1;
                    )*
                    debug_assert_eq!(differs, 0);
                }
            }
        )*
    };
}

packed! {
    Pod { metadata, spec, node_name, hostname, host_ip, ip; status, resource_version }
    ObjectMeta {
        uid, name, generate_name, labels, annotations, creation_timestamp, deletion_grace_period_seconds,
        deletion_timestamp, finalizers, generation, namespace, owner_references
    }
    OwnerReference { api_version, block_owner_deletion, controller, kind, name, uid }
    PodStatus {
        conditions, container_statuses, phase, start_time, pod_ip, pod_ips, host_ip, host_ips, qos_class,
        observed_generation, reason, message, nominated_node_name, init_container_statuses
    }
    Condition { status, reason, last_transition_time, kind, message, last_probe_time, observed_generation }
    HostIp { ip }
    ContainerStatus {
        container_id, run, state, started, ready, image_id, image, name, last_state, restart_count, reported, rest
    }
    Waiting { message, reason }
    Running { started_at }
    Terminated { container_id, run, exit_code, finished_at, reason, started_at, message, signal }
    Event { metadata, said, involved_object, first_timestamp, last_timestamp, event_time, count, series; resource_version }
    Said { reason, message, kind, action, reporting_component, reporting_instance, source }
    EventSeries { count, last_observed_time }
    EventSource { component, host }
    ObjectReference { name, uid, field_path, resource_version, api_version, kind, namespace }
}

/// Structs of which all fields are packed.
macro_rules! by_fields {
    ($($Struct:ident)*) => {
        $(
            impl Pack for $Struct {
                fn pack(&self, base: &Self, to: &mut Writer<'_>) {
                    self.pack_fields(base, to);
                }

                fn unpack(&mut self, from: &mut Reader<'_>) {
                    self.unpack_fields(from);
                }
            }
        )*
    };
}

by_fields! {
    ObjectMeta OwnerReference PodStatus Condition HostIp ContainerStatus Waiting Running Terminated Said EventSeries
    EventSource ObjectReference
}

/// After a number that tells how it was packed.
impl Pack for Event {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        to.number(0);
        self.pack_fields(base, to);
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        self.resource_version = from.revision;
        let head = from.number();
        if head == 0 {
            return self.unpack_fields(from);
        }
        if head & OTHER_OBJECT > 0 {
            self.involved_object.unpack(from);
        }
        self.said.unpack(from);
        let mut uid = Uid::default();
        uid.unpack(from);
        let (about, said) = (self.involved_object.clone(), self.said.clone());
        let report = Report { about, said, is_newer: head & NEWER > 0 };
        *self = report.event(from.at, from.revision, uid, self.metadata.clone());
    }
}

/// An event that is said for the first time.
const REPORT: u64 = 1;
/// By the newer events API.
const NEWER: u64 = 2;
/// About another object than the event that it is compared with, or another part of it.
const OTHER_OBJECT: u64 = 4;

/// Writes what a report differs in from an event: what follows from when it is written need not be.
pub fn pack_report(report: &Report, uid: Uid, base: &Report, to: &mut Writer<'_>) {
    let Report { about, said, is_newer } = report;
    let is_other = *about != base.about;
    to.number(REPORT | if *is_newer { NEWER } else { 0 } | if is_other { OTHER_OBJECT } else { 0 });
    if is_other {
        about.pack(&base.about, to);
    }
    said.pack(&base.said, to);
    uid.pack(&uid, to);
}

/// The status comes first, after the number of its bytes: either part can be read without the other.
impl Pack for Pod {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        pack_pod(self, base, &base.status, to);
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        unpack_status(&mut self.status, from);
        unpack_rest(self, from);
    }
}

/// Writes what differs from a pod, or where its status is concerned, from another's.
pub fn pack_pod(pod: &Pod, base: &Pod, base_status: &Rc<PodStatus>, to: &mut Writer<'_>) {
    let start = to.bytes.len();
    if pod.status != *base_status {
        pod.status.pack(base_status, to);
    }
    match to.bytes.len() - start {
        0 => to.number(0),
        len => {
            to.number(len as u64);
            // What was written last belongs before what it measures.
            let digits = to.bytes.len() - start - len;
            to.bytes[start..].rotate_right(digits);
        }
    }
    to.last = Text::EMPTY;
    pod.pack_fields(base, to);
}

/// Reads the first part of a packed pod.
pub fn unpack_status(status: &mut Rc<PodStatus>, from: &mut Reader<'_>) {
    if from.number() > 0 {
        status.unpack(from);
    }
    from.last = Text::EMPTY;
}

/// Skips it.
pub fn skip_status(from: &mut Reader<'_>) {
    let len = from.number() as usize;
    from.take(len);
}

/// Reads the other part of a packed pod.
pub fn unpack_rest(pod: &mut Pod, from: &mut Reader<'_>) {
    pod.unpack_fields(from);
    pod.resource_version = from.revision;
}

impl Pack for Text {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        if let Some(word) = to.words.known(self) {
            return to.number(u64::from(word) << 2);
        }
        let (of_base, of_last) = (common(self, base), common(self, &to.last));
        let kept = of_base.max(of_last);
        // What begins like another is a name, and no word.
        let is_name = kept * 2 > self.len();
        if let Some(word) = (!is_name).then(|| to.words.number(self)).flatten() {
            return to.number(u64::from(word) << 2);
        }
        to.number((kept as u64) << 2 | if of_base >= of_last { 1 } else { 2 });
        let rest = &self[kept..];
        let digits = hex_end(rest);
        to.number((rest.len() - digits) as u64);
        to.number(digits as u64 / 2);
        let (plain, hex) = rest.as_bytes().split_at(rest.len() - digits);
        to.bytes.extend_from_slice(plain);
        to.bytes.extend(hex.chunks_exact(2).map(|pair| from_digit(pair[0]) << 4 | from_digit(pair[1])));
        to.last = self.clone();
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        let head = from.number();
        let start = match head & 3 {
            0 => {
                *self = from.words.word(head >> 2);
                return;
            }
            2 => std::mem::take(&mut from.last),
            _ => std::mem::take(self),
        };
        let kept = start.get(..(head >> 2) as usize).unwrap_or_default();
        let (plain, hex) = (from.number() as usize, from.number() as usize);
        if plain + hex == 0 && kept.len() == start.len() {
            *self = start.clone();
            from.last = start;
            return;
        }
        let mut text = Draft::default();
        text.push(kept);
        text.push(str::from_utf8(from.take(plain)).unwrap_or_default());
        for bytes in from.take(hex).chunks(8) {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            text.push(&Hex::of(u64::from_be_bytes(eight)).as_str()[..2 * bytes.len()]);
        }
        from.last = text.into();
        *self = from.last.clone();
    }
}

/// How many bytes two texts have in common at their beginning, cut where a character ends.
fn common(one: &str, other: &str) -> usize {
    let word = |eight: &[u8]| eight.try_into().map_or(0, u64::from_le_bytes);
    let eights = one.as_bytes().chunks_exact(8).zip(other.as_bytes().chunks_exact(8));
    let alike = 8 * eights.take_while(|(a, b)| word(a) == word(b)).count();
    let rest = one.as_bytes()[alike..].iter().zip(&other.as_bytes()[alike..]);
    let mut same = alike + rest.take_while(|(a, b)| a == b).count();
    while !one.is_char_boundary(same) {
        same -= 1;
    }
    same
}

/// How many hexadecimal digits a text ends in: an even number, or none if they are few.
fn hex_end(text: &str) -> usize {
    if text.len() < LEAST_HEX {
        return 0;
    }
    let digits = text.bytes().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count() & !1;
    if digits < LEAST_HEX { 0 } else { digits }
}

fn from_digit(digit: u8) -> u8 {
    if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 }
}

impl Pack for Uid {
    fn pack(&self, _: &Self, to: &mut Writer<'_>) {
        to.bytes.extend_from_slice(&self.0.to_le_bytes());
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        self.0 = from.take(16).try_into().map_or(0, u128::from_le_bytes);
    }
}

impl Pack for Time {
    fn pack(&self, _: &Self, to: &mut Writer<'_>) {
        to.signed(self.as_secs().wrapping_sub(Self::from(to.at).as_secs()));
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        *self = Self::from_secs(Self::from(from.at).as_secs().wrapping_add(from.signed()));
    }
}

impl Pack for Timestamp {
    fn pack(&self, _: &Self, to: &mut Writer<'_>) {
        to.signed(self.as_millis().wrapping_sub(to.at.as_millis()) as i64);
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        *self = Self::from_millis(from.at.as_millis().wrapping_add(from.signed() as u64));
    }
}

/// Types that are as good as a number.
macro_rules! as_numbers {
    ($($Type:ty: $of:expr, $to:expr;)*) => {
        $(
            impl Pack for $Type {
                fn pack(&self, _: &Self, to: &mut Writer<'_>) {
                    to.signed($of(*self));
                }

                fn unpack(&mut self, from: &mut Reader<'_>) {
                    *self = $to(from.signed());
                }
            }
        )*
    };
}

as_numbers! {
    i64: |number| number, |number| number;
    i32: i64::from, |number| number as i32;
    bool: i64::from, |number| number == 1;
    PodPhase: |phase| phase as i64, |number| match number {
        0 => PodPhase::Pending,
        1 => PodPhase::Running,
        2 => PodPhase::Succeeded,
        3 => PodPhase::Failed,
        _ => PodPhase::Unknown,
    };
    ConditionStatus: |status| status as i64, |number| match number {
        0 => ConditionStatus::True,
        1 => ConditionStatus::False,
        _ => ConditionStatus::Unknown,
    };
}

/// Waiting, running and terminated as 0, 1 and 2; packed with another state, it has nothing to begin from.
impl Pack for ContainerState {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        match self {
            Self::Waiting(new) => {
                to.number(0);
                match base {
                    Self::Waiting(base) => new.pack(base, to),
                    _ => new.pack(&Waiting::default(), to),
                }
            }
            Self::Running(new) => {
                to.number(1);
                match base {
                    Self::Running(base) => new.pack(base, to),
                    _ => new.pack(&Running::default(), to),
                }
            }
            Self::Terminated(new) => {
                to.number(2);
                match base {
                    Self::Terminated(base) => new.pack(base, to),
                    _ => new.pack(&Terminated::default(), to),
                }
            }
        }
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        match (from.number(), &*self) {
            (0, Self::Waiting(_)) | (1, Self::Running(_)) | (2, Self::Terminated(_)) => {}
            (0, _) => *self = Self::Waiting(Waiting::default()),
            (1, _) => *self = Self::Running(Running::default()),
            _ => *self = Self::Terminated(Terminated::default()),
        }
        match self {
            Self::Waiting(state) => state.unpack(from),
            Self::Running(state) => state.unpack(from),
            Self::Terminated(state) => state.unpack(from),
        }
    }
}

/// What stands in the place of a base where there is none.
trait Nothing: Pack {
    fn nothing() -> Self;
}

impl<T: Pack + Default> Nothing for T {
    fn nothing() -> Self {
        T::default()
    }
}

impl Nothing for ContainerState {
    fn nothing() -> Self {
        Self::Running(Running::default())
    }
}

impl<T: Nothing> Pack for Option<T> {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        to.number(u64::from(self.is_some()));
        if let Some(new) = self {
            match base {
                Some(base) => new.pack(base, to),
                None => new.pack(&T::nothing(), to),
            }
        }
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        match from.number() {
            1 => self.get_or_insert_with(T::nothing).unpack(from),
            _ => *self = None,
        }
    }
}

/// Each item from the one in its place; those that are new from the one before them.
impl<T: Pack + Default> Pack for Vec<T> {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        to.number(self.len() as u64);
        for (place, item) in self.iter().enumerate() {
            match base.get(place).or_else(|| self.get(place.wrapping_sub(1))) {
                Some(base) => item.pack(base, to),
                None => item.pack(&T::default(), to),
            }
        }
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        let len = from.number() as usize;
        self.truncate(len);
        for item in self.iter_mut() {
            item.unpack(from);
        }
        self.reserve_exact(len - self.len());
        while self.len() < len {
            let mut item = self.last().cloned().unwrap_or_default();
            item.unpack(from);
            self.push(item);
        }
    }
}

/// What is shared as long as it is the same.
macro_rules! behind_pointers {
    ($($Shared:ty)*) => {
        $(
            impl Pack for $Shared {
                fn pack(&self, base: &Self, to: &mut Writer<'_>) {
                    (**self).pack(base, to);
                }

                fn unpack(&mut self, from: &mut Reader<'_>) {
                    Self::make_mut(self).unpack(from);
                }
            }
        )*
    };
}

behind_pointers! {
    Rc<ObjectMeta> Rc<PodSpec> Rc<PodStatus> Rc<ObjectReference> Rc<Vec<OwnerReference>> Rc<Vec<Text>> StringMap
}

/// As a number, if another event says the same.
impl Pack for Rc<Said> {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        match to.sayings.number(self) {
            Some(number) => to.number(u64::from(number) + 1),
            None => {
                to.number(0);
                (**self).pack(base, to);
            }
        }
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        match from.number() {
            0 => Self::make_mut(self).unpack(from),
            number => *self = from.sayings.saying(number - 1),
        }
    }
}

/// Labels and annotations: mostly the same keys, so that only values differ.
impl Pack for Strings {
    fn pack(&self, base: &Self, to: &mut Writer<'_>) {
        let same_keys = self.len() == base.len() && self.keys().eq(base.keys());
        to.number(if same_keys { 0 } else { self.len() as u64 + 1 });
        if same_keys {
            for (value, base) in self.values().zip(base.values()) {
                let differs = value != base;
                to.number(u64::from(differs));
                if differs {
                    value.pack(base, to);
                }
            }
        } else {
            for text in self.iter().flat_map(|(key, value)| [key, value]) {
                text.pack(&Text::EMPTY, to);
            }
        }
    }

    fn unpack(&mut self, from: &mut Reader<'_>) {
        let more = from.number();
        if more == 0 {
            for value in self.values_mut() {
                if from.number() == 1 {
                    value.unpack(from);
                }
            }
            return;
        }
        let mut text = || {
            let mut text = Text::EMPTY;
            text.unpack(from);
            text
        };
        self.clear();
        for _ in 1..more {
            let key = text();
            self.insert(key, text());
        }
    }
}

/// What never differs in a packed object.
macro_rules! shared {
    ($($Type:ty)*) => {
        $(
            impl Pack for $Type {
                fn pack(&self, _: &Self, to: &mut Writer<'_>) {
                    to.failed = true;
                }

                fn unpack(&mut self, _: &mut Reader<'_>) {}
            }
        )*
    };
}

shared! { PodSpec BTreeMap<String, Value> }

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;

    const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

    /// Packs something, compared with something else, and unpacks it again.
    fn check<T: Pack + Debug>(situation: &str, base: T, new: T, most_bytes: usize) {
        let (mut bytes, mut words, mut sayings) = (Vec::new(), Words::default(), Sayings::default());
        let (at, last, failed) = (NOW, "last".into(), false);
        let mut to = Writer { bytes: &mut bytes, words: &mut words, sayings: &mut sayings, at, last, failed };
        new.pack(&base, &mut to);
        assert!(!to.failed && bytes.len() <= most_bytes, "{situation}: {bytes:?}");
        let (revision, last) = (7, "last".into());
        let mut from = Reader { bytes: &bytes, words: &words, sayings: &sayings, at, revision, last };
        let mut told = base;
        told.unpack(&mut from);
        assert_eq!(told, new, "{situation}");
        assert!(from.bytes.is_empty(), "{situation}");
    }

    #[test]
    fn what_is_packed_is_unpacked_as_it_was() {
        let text = |text: &str| Text::from(text.to_owned());
        check("a word", Text::EMPTY, Text::from("Started"), 1);
        check("no text", text("before"), Text::EMPTY, 1);
        check("a text like the one before", text("demo-17-abcde"), text("demo-18-fghij"), 10);
        check("a text like the last one", Text::EMPTY, text("lastly"), 5);
        check("one that ends in the middle of a character", text("näher"), text("nöher"), 9);
        check("one that ends in digits", Text::EMPTY, text("demo.18a1b2c3d4e5f607"), 16);
        check("an odd number of digits", Text::EMPTY, text("demo.8a1b2c3d4e5f607"), 16);
        check("few digits, which are as good as letters", Text::EMPTY, text("facade"), 9);
        check("capital digits", Text::EMPTY, text("18A1B2C3D4E5F607"), 19);

        check("a number", 0, i64::MIN, 10);
        check("a time of now", Time::default(), Time::from_secs(1_767_225_600), 1);
        check("a time before", Time::default(), Time::from_secs(-5), 6);
        check("what is no more", Some(5), None, 1);
        check("more items", vec![1, 2], vec![1, 2, 3, 4], 5);
        check("fewer items", vec![1, 2, 3], vec![7], 2);

        let labels = |pairs: &[(&'static str, &'static str)]| -> Strings {
            pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect()
        };
        check("other values", labels(&[("a", "1"), ("b", "2")]), labels(&[("a", "1"), ("b", "3")]), 4);
        check("other keys", labels(&[("a", "1")]), labels(&[("a", "1"), ("b", "2")]), 5);
        check("none left", labels(&[("a", "1")]), labels(&[]), 1);

        let terminated = |code| ContainerState::Terminated(Terminated { exit_code: code, ..Terminated::default() });
        let waiting = ContainerState::Waiting(Waiting { reason: "ContainerCreating".into(), ..Waiting::default() });
        check("another state", Some(waiting), Some(terminated(1)), 6);
        check("the same state", Some(terminated(1)), Some(terminated(2)), 4);
    }
}

//! Events as components report them: repeats are counted, crowds are merged, floods are cut (spec 05 §5).
//!
//! In Kubernetes this is client-go's `tools/record`, which every component carries with it. That is why a Job of many
//! pods shows nine `Created pod:` lines and one that is combined, and may lack its `Completed`.

use super::{ApiServer, Request};
use crate::api::{Event, EventSource, Kind, Object, ObjectKey, ObjectReference, Report, Said, Text, Time, Uid};
use crate::sim::{Key, Table, Timestamp, hash};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// From this many different messages on, events of one reason about one object are merged.
const MOST_SIMILAR: usize = 10;
/// Messages further apart than this are not similar any more.
const SIMILAR_WITHIN: Duration = Duration::from_secs(600);
/// How many events about one object get through before the flood is cut.
const BURST: u64 = 25;
/// After that, one gets through in this time.
const REFILL: Duration = Duration::from_secs(300);
/// About how many objects a component remembers what it said; the oldest are forgotten first. A node holds no more than
/// 110 pods at a time.
const MEMORY: usize = 512;

/// How many groups there are of the last things said, and how many are at hand in each, to be said again.
const SAYINGS: (usize, usize) = (8, 4);

/// Reports what one component has to say.
#[derive(Clone, Debug)]
pub struct EventRecorder {
    sayings: Sayings,
    subjects: Subjects,
}

/// What was said about whom.
#[derive(Clone, Debug, Default)]
struct Subjects {
    known: Table<SubjectKey, Subject>,
    /// The oldest first.
    order: VecDeque<SubjectKey>,
}

/// What a component has said lately: who says it again shares it.
#[derive(Clone, Debug)]
struct Sayings {
    source: EventSource,
    /// Grouped by the hash of the words, the last first.
    last: Vec<Option<Rc<Said>>>,
}

/// What is to be said. Most of what a flood washes away need not be put down.
#[derive(Clone, Copy)]
struct Words<'a> {
    kind: &'static str,
    reason: &'a Text,
    message: &'a Text,
}

/// The UID, and the name for what has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SubjectKey(Uid, Text);

impl Key for SubjectKey {
    fn hashed(&self) -> u32 {
        if self.0 == Uid::default() { self.1.hashed() } else { self.0.hashed() }
    }
}

/// What was said about one object. There is little of it: lists are searched from end to end.
#[derive(Clone, Debug, Default)]
struct Subject {
    crowds: Vec<Crowd>,
    sentences: Vec<Sentence>,
    /// Of normal events, and of warnings.
    floods: [Option<Flood>; 2],
}

/// Events that may be merged: they have their type and reason in common.
#[derive(Clone, Debug)]
struct Crowd {
    /// The first of them.
    said: Rc<Said>,
    /// What they say, in alphabetical order; empty while it is all the same.
    messages: Vec<Text>,
    last: Timestamp,
}

/// An event that is only counted when it comes again.
#[derive(Clone, Debug)]
struct Sentence {
    field_path: Text,
    said: Rc<Said>,
    /// Whether it stands for all that are like it, whatever their messages.
    merged: bool,
    first: Time,
    /// When it was written first, and as which revision: its name tells both.
    written: Option<(Timestamp, u64)>,
    count: i32,
}

/// A token bucket; tokens are counted in milliseconds of refill.
#[derive(Clone, Copy, Debug)]
struct Flood {
    spare: u64,
    seen: Timestamp,
}

impl EventRecorder {
    /// A recorder for a component; `host` is the node for a kubelet, empty for the control plane.
    pub fn new(component: impl Into<Text>, host: impl Into<Text>) -> Self {
        let source = EventSource { component: component.into(), host: host.into() };
        let sayings = Sayings { source, last: vec![None; SAYINGS.0 * SAYINGS.1] };
        Self { sayings, subjects: Subjects::default() }
    }

    /// Reports something about an object. `kind` is `Normal` or `Warning`.
    pub fn event(
        &mut self,
        api: &mut ApiServer,
        about: impl Into<Rc<ObjectReference>>,
        kind: &'static str,
        reason: impl Into<Text>,
        message: impl Into<Text>,
    ) {
        self.tell(api, about.into(), Words { kind, reason: &reason.into(), message: &message.into() });
    }

    fn tell(&mut self, api: &mut ApiServer, about: Rc<ObjectReference>, words: Words<'_>) {
        let now = api.now();
        let subject = self.subjects.about(&about);
        let mut said = None;
        let mut share = || Rc::clone(said.get_or_insert_with(|| self.sayings.share(words)));
        let merged = subject.merges(now, words, &mut share);
        let lets_through = subject.lets_through(now, words.kind == "Warning");
        let sentence = subject.say(&about.field_path, words, merged, &mut share, now.into());
        if !lets_through {
            return;
        }
        let said = match merged {
            true => {
                let message = &Text::concat(&["(combined from similar events): ", words.message]);
                self.sayings.share(Words { message, ..words })
            }
            false => share(),
        };
        let report = Report { about, said, is_newer: false };
        if sentence.count == 1 {
            sentence.written = api.report(report).map(|revision| (now, revision));
        } else {
            sentence.repeat(api, report);
        }
    }

    /// Nothing more will be said about an object.
    pub fn forget(&mut self, uid: Uid, name: &Text) {
        self.subjects.forget(&SubjectKey(uid, name.clone()));
    }
}

impl Subjects {
    /// What was said about an object so far.
    fn about(&mut self, object: &ObjectReference) -> &mut Subject {
        let key = SubjectKey(object.uid, object.name.clone());
        if self.known.len() >= MEMORY
            && !self.known.contains_key(&key)
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        let order = &mut self.order;
        self.known.get_or_insert_with(key.clone(), || {
            order.push_back(key);
            Subject::default()
        })
    }

    fn forget(&mut self, key: &SubjectKey) {
        self.known.remove(key);
        if self.order.len() > 2 * MEMORY {
            self.order.retain(|key| self.known.contains_key(key));
        }
    }
}

impl Sayings {
    /// What is to be said, shared with whoever was told the same lately.
    fn share(&mut self, words: Words<'_>) -> Rc<Said> {
        let Words { kind, reason, message } = words;
        let start = hash(&[reason, message]) as usize % SAYINGS.0 * SAYINGS.1;
        let group = &mut self.last[start..start + SAYINGS.1];
        let same = |known: &Rc<Said>| words.is_of(known) && known.message == *message;
        let known = group.iter().position(|known| known.as_ref().is_some_and(same));
        group[..=known.unwrap_or(SAYINGS.1 - 1)].rotate_right(1);
        let first = &mut group[0];
        if let (Some(_), Some(known)) = (known, &*first) {
            return Rc::clone(known);
        }
        let source = self.source.clone();
        let said = Rc::new(Said {
            action: Text::EMPTY,
            message: message.clone(),
            reason: reason.clone(),
            reporting_component: source.component.clone(),
            reporting_instance: source.host.clone(),
            source,
            kind: kind.into(),
        });
        *first = Some(Rc::clone(&said));
        said
    }
}

impl Words<'_> {
    /// Whether something is said for the same reason.
    fn is_of(&self, said: &Said) -> bool {
        said.reason == *self.reason && said.kind == self.kind
    }
}

impl Subject {
    /// Whether there are too many messages like this one by now, so that one stands for all.
    fn merges(&mut self, now: Timestamp, words: Words<'_>, share: &mut dyn FnMut() -> Rc<Said>) -> bool {
        let is_it = |crowd: &Crowd| words.is_of(&crowd.said);
        let new = || Crowd { said: share(), messages: Vec::new(), last: now };
        let crowd = first_or_new(&mut self.crowds, is_it, new);
        if now.since(crowd.last) > SIMILAR_WITHIN {
            (crowd.said, crowd.messages) = (share(), Vec::new());
        }
        crowd.last = now;
        if crowd.messages.is_empty() {
            if crowd.said.message == *words.message {
                return false;
            }
            crowd.messages.push(crowd.said.message.clone());
        }
        if let Err(place) = crowd.messages.binary_search(words.message) {
            crowd.messages.insert(place, words.message.clone());
        }
        let merges = crowd.messages.len() >= MOST_SIMILAR;
        if merges {
            crowd.messages.remove(0);
        }
        merges
    }

    /// Counts an event.
    fn say(
        &mut self,
        field_path: &Text,
        words: Words<'_>,
        merged: bool,
        share: &mut dyn FnMut() -> Rc<Said>,
        now: Time,
    ) -> &mut Sentence {
        let same = |sentence: &Sentence| {
            sentence.merged == merged
                && words.is_of(&sentence.said)
                && (merged || sentence.said.message == *words.message && sentence.field_path == *field_path)
        };
        let sentence = first_or_new(&mut self.sentences, same, || Sentence {
            field_path: field_path.clone(),
            said: share(),
            merged,
            first: now,
            written: None,
            count: 0,
        });
        sentence.count += 1;
        sentence
    }

    fn lets_through(&mut self, now: Timestamp, is_warning: bool) -> bool {
        let token = REFILL.as_millis() as u64;
        let full = BURST * token;
        let flood = self.floods[usize::from(is_warning)].get_or_insert(Flood { spare: full, seen: now });
        let refilled = flood.spare + now.since(flood.seen).as_millis() as u64;
        (flood.spare, flood.seen) = (refilled.min(full), now);
        let through = flood.spare >= token;
        if through {
            flood.spare -= token;
        }
        through
    }
}

impl Sentence {
    /// Writes an event that is said again: if the one before it stands, it is counted there.
    fn repeat(&mut self, api: &mut ApiServer, report: Report) {
        let now = api.now();
        let next = (now, api.storage().revision() + 1);
        let (at, revision) = self.written.unwrap_or(next);
        let new = report.event(at, revision, Uid::default(), Rc::default());
        let key = ObjectKey::new(Kind::Event, new.metadata.namespace.clone(), new.metadata.name.clone());
        let stored = api.live().get(&key).and_then(Object::into_event);
        // One that stands for several stays with the container that it was first said of.
        let known = stored.as_deref().unwrap_or(&new);
        let (metadata, involved_object) = (known.metadata.clone(), known.involved_object.clone());
        let event = Event {
            resource_version: 0,
            count: self.count,
            first_timestamp: Some(self.first),
            last_timestamp: Some(now.into()),
            metadata,
            involved_object,
            ..new
        };
        // An event that cannot be written (its namespace may be ending) is lost, as it is in Kubernetes.
        match stored {
            Some(_) => drop(api.handle(Request::Update(event.into()))),
            None if api.handle(Request::Create(event.into())).is_ok() => self.written = Some((at, revision)),
            None => {}
        }
    }
}

/// The first item that is meant; if there is none, a new one.
fn first_or_new<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let place = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[place]
}

/// A reference to an object by its parts, for components that hold no object.
impl ObjectReference {
    /// `Job default/demo`, with its UID.
    pub fn to(kind: Kind, namespace: &Text, name: &Text, uid: Uid) -> Self {
        let resource = kind.resource();
        Self {
            api_version: resource.api_version.into(),
            kind: resource.name.into(),
            name: name.clone(),
            namespace: namespace.clone(),
            uid,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::Naming;

    fn told(reports: impl Iterator<Item = (u64, String)>) -> Vec<(i32, String)> {
        let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
        let mut recorder = EventRecorder::new("job-controller", "");
        let about = ObjectReference::to(Kind::Job, &"default".into(), &"demo".into(), Uid(7));
        for (second, message) in reports {
            api.set_now(Timestamp::from_secs(second));
            recorder.event(&mut api, about.clone(), "Normal", "SuccessfulCreate", message);
        }
        let events = api.live().list(Kind::Event).filter_map(Object::into_event);
        events.map(|event| (event.count, event.said.message.to_string())).collect()
    }

    #[test]
    fn repeats_are_counted() {
        assert_eq!(told((0..3).map(|s| (s, "again".into()))), [(3, "again".into())]);
    }

    #[test]
    fn from_the_tenth_similar_event_on_they_are_combined() {
        let events = told((0..12).map(|s| (s, format!("Created pod: p{s}"))));
        assert_eq!(events.len(), 10);
        assert_eq!(events[9], (3, "(combined from similar events): Created pod: p11".into()));
    }

    #[test]
    fn what_containers_of_a_pod_have_in_common_is_combined() {
        let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
        let mut recorder = EventRecorder::new("kubelet", "node-1");
        for number in 0..12 {
            let about = ObjectReference::to(Kind::Pod, &"default".into(), &"demo".into(), Uid(7));
            let field_path = if number % 2 == 0 { "spec.containers{a}" } else { "spec.containers{b}" }.into();
            let message = format!("Container image {number} already present");
            recorder.event(&mut api, ObjectReference { field_path, ..about }, "Normal", "Pulled", message);
        }
        let events: Vec<_> = api.live().list(Kind::Event).filter_map(Object::into_event).collect();
        let combined = events.iter().find(|event| event.count > 1).expect("one that stands for several");
        assert_eq!((events.len(), combined.count), (10, 3));
        assert_eq!(combined.involved_object.field_path, "spec.containers{b}");
    }

    #[test]
    fn a_flood_is_cut_after_25_events_and_drips_afterwards() {
        let total = |events: Vec<(i32, String)>| events.iter().map(|event| event.0).sum::<i32>();
        assert_eq!(total(told((0..40).map(|_| (0, "again".into())))), 25);
        // The one that gets through later tells how often it was said meanwhile.
        assert_eq!(total(told((0..40).map(|_| (0, "again".into())).chain([(300, "again".into())]))), 41);
    }
}

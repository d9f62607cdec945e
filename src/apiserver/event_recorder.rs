//! Events as components report them: repeats are counted, crowds are merged, floods are cut (spec 05 §5).
//!
//! In Kubernetes this is client-go's `tools/record`, which every component carries with it. That is why a Job of many
//! pods shows nine `Created pod:` lines and one that is combined, and may lack its `Completed`.

use super::storage::stamp;
use super::{ApiServer, Request};
use crate::api::{Event, EventSource, Kind, Object, ObjectKey, ObjectMeta, ObjectReference, Said, Text, Time, Uid};
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
    source: EventSource,
    /// Metadata without anything in it: a hundred thousand events share its empty maps.
    blank: ObjectMeta,
    /// What was said lately, grouped by the hash of its words, the last first: who says it again shares it.
    sayings: Vec<Option<Rc<Said>>>,
    subjects: Table<SubjectKey, Subject>,
    /// The subjects, oldest first.
    order: VecDeque<SubjectKey>,
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
    name: Text,
    first: Time,
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
        let (blank, sayings) = (ObjectMeta::default(), vec![None; SAYINGS.0 * SAYINGS.1]);
        Self { source, blank, sayings, subjects: Table::new(), order: VecDeque::new() }
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
        let said = self.said(kind, reason.into(), message.into());
        self.tell(api, about.into(), said);
    }

    fn tell(&mut self, api: &mut ApiServer, about: Rc<ObjectReference>, mut said: Rc<Said>) {
        let (now, stamp) = (api.now(), Time::from(api.now()));
        let subject = self.subject(&about);
        let merged = subject.merges(now, &said);
        let fresh = || (event_name(&about.name, api), stamp);
        let Sentence { name, first, count, .. } = subject.say(&about.field_path, &said, merged, fresh);
        let (name, first_timestamp, count) = (name.clone(), Some(*first), *count);
        if !subject.lets_through(now, said.kind == "Warning") {
            return;
        }
        if merged {
            let message = Text::concat(&["(combined from similar events): ", &said.message]);
            said = Rc::new(Said { message, ..(*said).clone() });
        }
        let namespace = if about.namespace.is_empty() { "default".into() } else { about.namespace.clone() };
        let event = Event {
            resource_version: 0,
            count,
            event_time: None,
            first_timestamp,
            involved_object: about,
            last_timestamp: Some(stamp),
            metadata: Rc::new(ObjectMeta { name, namespace, ..self.blank.clone() }),
            series: None,
            said,
        };
        report(api, event);
    }

    /// What is to be said, shared with whoever was told the same lately.
    fn said(&mut self, kind: &'static str, reason: Text, message: Text) -> Rc<Said> {
        let start = hash(&[&reason, &message]) as usize % SAYINGS.0 * SAYINGS.1;
        let group = &mut self.sayings[start..start + SAYINGS.1];
        let same = |known: &Rc<Said>| known.message == message && known.reason == reason && known.kind == kind;
        let known = group.iter().position(|known| known.as_ref().is_some_and(same));
        group[..=known.unwrap_or(SAYINGS.1 - 1)].rotate_right(1);
        let first = &mut group[0];
        if let (Some(_), Some(known)) = (known, &*first) {
            return Rc::clone(known);
        }
        let source = self.source.clone();
        let said = Rc::new(Said {
            action: Text::EMPTY,
            message,
            reason,
            reporting_component: source.component.clone(),
            reporting_instance: source.host.clone(),
            source,
            kind: kind.into(),
        });
        *first = Some(Rc::clone(&said));
        said
    }

    /// Nothing more will be said about an object.
    pub fn forget(&mut self, uid: Uid, name: &Text) {
        self.subjects.remove(&SubjectKey(uid, name.clone()));
        if self.order.len() > 2 * MEMORY {
            self.order.retain(|key| self.subjects.contains_key(key));
        }
    }

    /// What was said about an object so far.
    fn subject(&mut self, about: &ObjectReference) -> &mut Subject {
        let key = SubjectKey(about.uid, about.name.clone());
        if self.subjects.len() >= MEMORY
            && !self.subjects.contains_key(&key)
            && let Some(oldest) = self.order.pop_front()
        {
            self.subjects.remove(&oldest);
        }
        let order = &mut self.order;
        self.subjects.get_or_insert_with(key.clone(), || {
            order.push_back(key);
            Subject::default()
        })
    }
}

impl Subject {
    /// Whether there are too many messages like this one by now, so that one stands for all.
    fn merges(&mut self, now: Timestamp, said: &Rc<Said>) -> bool {
        let is_it = |crowd: &Crowd| crowd.said.reason == said.reason && crowd.said.kind == said.kind;
        let new = || Crowd { said: Rc::clone(said), messages: Vec::new(), last: now };
        let crowd = first_or_new(&mut self.crowds, is_it, new);
        if now.since(crowd.last) > SIMILAR_WITHIN {
            (crowd.said, crowd.messages) = (Rc::clone(said), Vec::new());
        }
        crowd.last = now;
        if crowd.messages.is_empty() {
            if crowd.said.message == said.message {
                return false;
            }
            crowd.messages.push(crowd.said.message.clone());
        }
        if let Err(place) = crowd.messages.binary_search(&said.message) {
            crowd.messages.insert(place, said.message.clone());
        }
        let merges = crowd.messages.len() >= MOST_SIMILAR;
        if merges {
            crowd.messages.remove(0);
        }
        merges
    }

    /// Counts an event; one that is said for the first time gets a name and its first instant.
    fn say(
        &mut self,
        field_path: &Text,
        said: &Rc<Said>,
        merged: bool,
        fresh: impl FnOnce() -> (Text, Time),
    ) -> &Sentence {
        let same = |sentence: &Sentence| {
            let before = &sentence.said;
            let alike = before.reason == said.reason && before.kind == said.kind;
            sentence.merged == merged
                && (alike && (merged || before.message == said.message))
                && sentence.field_path == *field_path
        };
        let sentence = first_or_new(&mut self.sentences, same, || {
            let (name, first) = fresh();
            Sentence { field_path: field_path.clone(), said: Rc::clone(said), merged, name, first, count: 0 }
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

/// The first item that is meant; if there is none, a new one.
fn first_or_new<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let place = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[place]
}

/// Writes an event: a new one is created, one that is said again is updated.
fn report(api: &mut ApiServer, event: Event) {
    // Here and below: an event that cannot be written (its namespace may be ending) is lost, as it is in Kubernetes.
    if event.count == 1 {
        // Its name was made just now: nothing has it.
        let _ = api.handle(Request::Create(event.into()));
        return;
    }
    let key = ObjectKey::new(Kind::Event, event.metadata.namespace.clone(), event.metadata.name.clone());
    let _ = match api.live().get(&key).and_then(Object::into_event) {
        None => api.handle(Request::Create(event.into())),
        Some(stored) => {
            let metadata = stored.metadata.clone();
            api.handle(Request::Update(Event { metadata, ..event }.into()))
        }
    };
}

/// `demo.18a1b2c3d4e5f607`: the object, and when the event is written.
pub fn event_name(object: &str, api: &ApiServer) -> Text {
    Text::concat(&[object, ".", stamp(api.now(), api.storage().revision() + 1).as_str()])
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
    fn a_flood_is_cut_after_25_events_and_drips_afterwards() {
        let total = |events: Vec<(i32, String)>| events.iter().map(|event| event.0).sum::<i32>();
        assert_eq!(total(told((0..40).map(|_| (0, "again".into())))), 25);
        // The one that gets through later tells how often it was said meanwhile.
        assert_eq!(total(told((0..40).map(|_| (0, "again".into())).chain([(300, "again".into())]))), 41);
    }
}

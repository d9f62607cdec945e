//! Events as components report them: repeats are counted, crowds are merged, floods are cut (spec 05 §5).
//!
//! In Kubernetes this is client-go's `tools/record`, which every component carries with it. That is why a Job of many
//! pods shows nine `Created pod:` lines and one that is combined, and may lack its `Completed`.

use super::{ApiServer, Request};
use crate::api::{Event, EventSource, Kind, Object, ObjectKey, ObjectMeta, ObjectReference, Text, Time, Uid};
use crate::sim::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
/// How much of the past is remembered, in keys.
const MEMORY: usize = 4096;

/// Reports what one component has to say.
#[derive(Clone, Debug)]
pub struct EventRecorder {
    source: EventSource,
    similar: Memory<Crowd, Similar>,
    said: Memory<Sentence, Said>,
    floods: Memory<(ObjectReference, Text), Bucket>,
}

/// Who, what, why: events that may be merged.
type Crowd = (ObjectReference, Text, Text);
/// An event that is only counted when it comes again.
type Sentence = (ObjectReference, Text, Text, Text);

#[derive(Clone, Debug, Default)]
struct Similar {
    messages: BTreeSet<Text>,
    last: Timestamp,
}

#[derive(Clone, Debug)]
struct Said {
    name: Text,
    first: Time,
    count: i32,
}

/// A token bucket; tokens are counted in milliseconds of refill.
#[derive(Clone, Debug)]
struct Bucket {
    spare: u64,
    seen: Timestamp,
}

impl EventRecorder {
    /// A recorder for a component; `host` is the node for a kubelet, empty for the control plane.
    pub fn new(component: impl Into<Text>, host: impl Into<Text>) -> Self {
        let source = EventSource { component: component.into(), host: host.into() };
        Self { source, similar: Memory::new(), said: Memory::new(), floods: Memory::new() }
    }

    /// Reports something about an object. `kind` is `Normal` or `Warning`.
    pub fn event(
        &mut self,
        api: &mut ApiServer,
        about: ObjectReference,
        kind: &'static str,
        reason: impl Into<Text>,
        message: impl Into<Text>,
    ) {
        let (now, kind, reason, message) = (api.now(), Text::from(kind), reason.into(), message.into());
        let subject = ObjectReference { resource_version: Text::EMPTY, ..about.clone() };
        let message = self.merge(now, &subject, &kind, &reason, message);
        let stamp = Time::from(now);
        let key = (subject.clone(), kind.clone(), reason.clone(), message.key);
        let fresh = Said { name: event_name(&about.name, api), first: stamp, count: 0 };
        let said = self.said.entry(key, fresh);
        said.count += 1;
        let said = said.clone();
        if !self.lets_through(now, subject, &kind) {
            return;
        }
        let namespace = if about.namespace.is_empty() { "default".into() } else { about.namespace.clone() };
        let event = Event {
            count: said.count,
            first_timestamp: Some(said.first),
            last_timestamp: Some(stamp),
            involved_object: about,
            message: message.text,
            metadata: Rc::new(ObjectMeta { name: said.name, namespace, ..ObjectMeta::default() }),
            reason,
            reporting_component: self.source.component.clone(),
            reporting_instance: self.source.host.clone(),
            source: self.source.clone(),
            kind,
            ..Event::default()
        };
        report(api, event);
    }

    /// The message, or what stands for it once there are too many like it.
    fn merge(&mut self, now: Timestamp, about: &ObjectReference, kind: &Text, reason: &Text, text: Text) -> Message {
        let crowd = ObjectReference { field_path: Text::EMPTY, ..about.clone() };
        let similar = self.similar.entry((crowd, kind.clone(), reason.clone()), Similar::default());
        if now.since(similar.last) > SIMILAR_WITHIN {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(text.clone());
        if similar.messages.len() < MOST_SIMILAR {
            return Message { key: text.clone(), text };
        }
        similar.messages.pop_first();
        Message { key: Text::EMPTY, text: Text::from(format!("(combined from similar events): {text}")) }
    }

    fn lets_through(&mut self, now: Timestamp, about: ObjectReference, kind: &Text) -> bool {
        let token = REFILL.as_millis() as u64;
        let subject = ObjectReference { field_path: Text::EMPTY, ..about };
        let bucket = self.floods.entry((subject, kind.clone()), Bucket { spare: BURST * token, seen: now });
        let refilled = bucket.spare + now.since(bucket.seen).as_millis() as u64;
        (bucket.spare, bucket.seen) = (refilled.min(BURST * token), now);
        let through = bucket.spare >= token;
        if through {
            bucket.spare -= token;
        }
        through
    }
}

struct Message {
    /// What makes it the same as an earlier one; all that are merged share one key.
    key: Text,
    text: Text,
}

/// Writes an event: a new one is created, one that is said again is updated.
fn report(api: &mut ApiServer, event: Event) {
    let key = ObjectKey::new(Kind::Event, event.metadata.namespace.clone(), event.metadata.name.clone());
    // An event that cannot be written (its namespace may be ending) is lost, as it is in Kubernetes.
    let _ = match api.live().get(&key).and_then(Object::as_event) {
        None => api.handle(Request::Create(event.into())),
        Some(stored) => {
            let metadata = stored.metadata.clone();
            api.handle(Request::Update(Event { metadata, ..event }.into()))
        }
    };
}

/// `demo.18a1b2c3d4e5f607`: the object, and the instant in nanoseconds. The revision keeps names of one instant apart.
pub fn event_name(object: &str, api: &ApiServer) -> Text {
    let nanos = api.now().as_millis() * 1_000_000 + api.storage().revision() % 1_000_000;
    Text::from(format!("{object}.{nanos:016x}"))
}

/// A map that forgets its oldest keys.
#[derive(Clone, Debug)]
struct Memory<K, V> {
    kept: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V> Memory<K, V> {
    fn new() -> Self {
        Self { kept: BTreeMap::new(), order: VecDeque::new() }
    }

    fn entry(&mut self, key: K, fresh: V) -> &mut V {
        if !self.kept.contains_key(&key) {
            self.order.push_back(key.clone());
            if self.order.len() > MEMORY
                && let Some(oldest) = self.order.pop_front()
            {
                self.kept.remove(&oldest);
            }
        }
        self.kept.entry(key).or_insert(fresh)
    }
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
        let events = api.live().list(Kind::Event).filter_map(Object::as_event);
        events.map(|event| (event.count, event.message.to_string())).collect()
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

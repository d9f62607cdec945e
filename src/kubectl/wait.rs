//! `kubectl wait`: until something is so (spec 05 §9).

use super::call::{Action, Call};
use super::delete::A_WEEK;
use super::each::Printer;
use super::failure::{Failure, Outcome};
use super::jsonpath::{self, Template};
use super::printers::{Format, Formats};
use super::selection::{Selection, Target, What, missing};
use super::session::{Session, Step, Task};
use crate::api::{Object, Uid};
use crate::sim::Timestamp;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// `kubectl wait`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let conditions = call.all("for").iter().map(|text| Condition::parse(text)).collect::<Outcome<Vec<_>>>()?;
    if conditions.is_empty() {
        return Err(Failure::client("unrecognized condition: []"));
    }
    let timeout = match call.duration("timeout").unwrap_or(30_000) {
        millis if millis < 0 => A_WEEK,
        millis => Duration::from_millis(millis.unsigned_abs()),
    };
    let selection = Selection::of(call, &call.arguments, false)?;
    // Before anything else can be so, it must be there.
    let (first, others): (Vec<_>, Vec<_>) = conditions.into_iter().partition(|it| matches!(it, Condition::Create));
    let conditions = first.into_iter().chain(others).collect();
    Action::run(Wait {
        selection,
        conditions,
        queue: None,
        timeout,
        deadline: None,
        failures: Vec::new(),
        timed_out: false,
        printer,
    })
}

/// What is waited for.
#[derive(Clone)]
enum Condition {
    Delete,
    Create,
    /// The type, and the status in lower case.
    Status(String, String),
    /// The value, if it matters which.
    Path(Template, Option<String>),
}

impl Condition {
    fn parse(text: &str) -> Outcome<Self> {
        let lower = text.to_lowercase();
        if lower == "delete" {
            return Ok(Self::Delete);
        }
        if lower == "create" {
            return Ok(Self::Create);
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (kind, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Status(kind.to_lowercase(), status.to_lowercase()));
        }
        if let Some(path) = text.strip_prefix("jsonpath=") {
            let (path, value) = match split(path)[..] {
                [path] => (path, None),
                [path, value] => (path, Some(value)),
                _ => {
                    return Err(Failure::client(
                        "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                         --for=jsonpath='{.status.readyReplicas}'",
                    ));
                }
            };
            let unquoted = |text: &str| text.trim_matches(['\'', '"']).to_owned();
            if path.is_empty() {
                return Err(Failure::client("jsonpath expression cannot be empty"));
            }
            let template = Template::relaxed(&unquoted(path)).map_err(Failure::client)?;
            if value.is_some_and(str::is_empty) {
                return Err(Failure::client(
                    "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
                ));
            }
            return Ok(Self::Path(template, value.map(unquoted)));
        }
        Err(Failure::client(format!("unrecognized condition: \"{text}\"")))
    }

    /// Whether it is so for an object.
    fn holds(&self, object: Option<&Object>, uid: Option<Uid>) -> Outcome<bool> {
        match (self, object) {
            (Self::Delete, object) => {
                Ok(object.is_none_or(|object| uid.is_some_and(|uid| uid != object.metadata().uid)))
            }
            (Self::Create, object) => Ok(object.is_some()),
            (_, None) => Ok(false),
            (Self::Status(kind, status), Some(object)) => {
                let value = object.to_value();
                let conditions = value["status"]["conditions"].as_array().map_or(&[] as &[Value], Vec::as_slice);
                let text = |value: &Value| value.as_str().unwrap_or("").to_lowercase();
                let condition = conditions.iter().find(|condition| text(&condition["type"]) == *kind);
                Ok(condition
                    .is_some_and(|condition| is_current(condition, &value) && text(&condition["status"]) == *status))
            }
            (Self::Path(template, wanted), Some(object)) => {
                let value = object.to_value();
                let found = template.find(&value).map_err(Failure::client)?;
                match (found.as_slice(), wanted) {
                    ([], _) => Ok(false),
                    ([_], None) => Ok(true),
                    ([Value::Object(_) | Value::Array(_)], Some(_)) => {
                        Err(Failure::client("jsonpath leads to a nested object or list which is not supported"))
                    }
                    ([one], Some(wanted)) => Ok(jsonpath::word(one).trim() == wanted.trim()),
                    _ => Err(Failure::client("given jsonpath expression matches more than one value")),
                }
            }
        }
    }
}

/// Whether whoever wrote a condition had seen the object as it is by now, as far as it says.
fn is_current(condition: &Value, object: &Value) -> bool {
    let seen = condition["observedGeneration"].as_i64().or(object["status"]["observedGeneration"].as_i64());
    let generation = object["metadata"]["generation"].as_i64();
    seen.zip(generation).is_none_or(|(seen, generation)| seen >= generation)
}

/// What stands between equal signs, of which two in a row are none. A filter that asks for what is unlike something has
/// one too many.
fn split(text: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let mut signs = text.match_indices('=').map(|(at, _)| at).peekable();
    while let Some(at) = signs.next() {
        if signs.next_if_eq(&(at + 1)).is_none() {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

#[derive(Clone)]
struct Wait {
    selection: Selection,
    conditions: VecDeque<Condition>,
    /// What is still waited for, with the identities found at first.
    queue: Option<Queue>,
    timeout: Duration,
    deadline: Option<Timestamp>,
    /// What there is to tell of objects of which it did not become so.
    failures: Vec<Failure>,
    /// Time is up: nobody looks at the objects that are left.
    timed_out: bool,
    printer: Printer,
}

impl Task for Wait {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        let deadline = *self.deadline.get_or_insert(session.now() + self.timeout);
        while let Some(condition) = self.conditions.front() {
            if self.queue.is_none() {
                match self.targets(condition, session) {
                    Ok(Some(queue)) => self.queue = Some(queue),
                    Ok(None) if session.now() >= deadline => {
                        return Step::Done(vec![Failure::client("timed out waiting for the condition")]);
                    }
                    Ok(None) => return Step::Wait(Some(deadline)),
                    Err(failures) => return Step::Done(failures),
                }
            }
            while let Some((target, uid)) = self.queue.as_mut().and_then(|queue| queue.front()) {
                let live = session.api.live().get(&target.key);
                let told = match condition.holds(live.as_ref(), *uid) {
                    Err(failure) => Err(failure),
                    Ok(false) if uid.is_none() && live.is_none() => Err(missing(&target.key, session.reading())),
                    // An object that was never there is not worth a word.
                    Ok(true) if !self.timed_out || matches!(condition, Condition::Delete) => {
                        match live.or(target.object.clone()) {
                            Some(object) => self.printer.object(&object, "condition met", session),
                            None => Ok(()),
                        }
                    }
                    Ok(_) if session.now() >= deadline => {
                        self.timed_out = !self.timeout.is_zero();
                        let what = format!("{}/{}", target.key.kind.resource().plural, target.key.name);
                        Err(Failure::client(if self.timeout.is_zero() {
                            format!("condition not met for {what}")
                        } else {
                            format!("timed out waiting for the condition on {what}")
                        }))
                    }
                    Ok(_) => return Step::Wait(Some(deadline)),
                };
                self.failures.extend(told.err());
                self.queue.as_mut().map(VecDeque::pop_front);
            }
            if !self.failures.is_empty() {
                break;
            }
            self.queue = None;
            self.conditions.pop_front();
        }
        Step::Done(std::mem::take(&mut self.failures))
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }

    fn writes(&self) -> bool {
        false
    }
}

/// What is waited for, one after the other, with the identities found at first.
type Queue = VecDeque<(Target, Option<Uid>)>;

impl Wait {
    /// The objects to wait for. What is waited for to be gone need not exist; nothing, as long as what is waited for to
    /// come is not all there.
    fn targets(&self, condition: &Condition, session: &Session<'_>) -> Result<Option<Queue>, Vec<Failure>> {
        let created = matches!(condition, Condition::Create);
        let (targets, failures) = self.selection.resolve(session.reading(), created);
        if created && (targets.is_empty() || failures.iter().any(Failure::is_not_found)) {
            return Ok(None);
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        let is_deletion = matches!(condition, Condition::Delete);
        if targets.is_empty() && matches!(self.selection.what, What::Listed(_)) && !is_deletion {
            return Err(vec![Failure::client("no matching resources found")]);
        }
        let uid = |target: &Target| target.object.as_ref().map(|object| object.metadata().uid);
        Ok(Some(targets.into_iter().map(|target| (target.clone(), uid(&target))).collect()))
    }
}

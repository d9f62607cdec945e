//! `kubectl diff`: what `kubectl apply` would change. In Kubernetes: `kubectl/pkg/cmd/diff`.
//!
//! The real one writes each object twice into temporary folders, as it stands and as it would stand, and lets diff(1)
//! compare the two; here nothing is written, and the folders' names are made up. Exit code 1 says that something differs,
//! 2 that something went wrong.

use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::failure::{Failure, Outcome};
use super::last_applied::{bare, patch_to};
use super::manifest::{self, Manifest};
use super::printers::sanitized;
use super::session::{Session, Step, Stream, Task};
use crate::api::yaml::print;
use crate::api::{Kind, Object, Time};
use crate::apiserver::{Patch, PatchType, Request, Validate};
use crate::sim::{Order, Timestamp, hash};
use serde_json::Value;
use similar::TextDiff;
use std::collections::VecDeque;
use std::task::Poll;

/// Lines of unchanged text around a change.
const CONTEXT: usize = 3;
/// How many lines are compared at most: what differs in every line takes time with the square of their number.
const MOST_LINES: usize = 10_000;

/// `kubectl diff`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.arguments.join(" "))));
    }
    if !call.given("filename") && !call.given("kustomize") {
        return Err(Failure::client("must specify one of -f and -k"));
    }
    Action::run(Diff { queue: manifest::load(call).into(), pairs: Vec::new() })
}

#[derive(Clone)]
struct Diff {
    queue: VecDeque<Outcome<Manifest>>,
    pairs: Vec<Pair>,
}

/// An object as it stands and as it would stand.
#[derive(Clone)]
struct Pair {
    /// `batch.v1.Job.default.demo`
    file: String,
    live: String,
    merged: String,
}

impl Diff {
    fn look(manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<Pair>> {
        let live = session.api.live().get(&manifest.key);
        match merged(manifest, live.as_ref(), session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(failure)) => Poll::Ready(Err(failure)),
            Poll::Ready(Ok(merged)) => {
                let (mut live, mut merged) = (live.as_ref().map(|live| shown(live, session)), shown(&merged, session));
                if manifest.key.kind == Kind::Secret {
                    mask(live.as_mut(), &mut merged);
                }
                let (live, merged) = (live.as_ref().map_or(String::new(), print::yaml), print::yaml(&merged));
                Poll::Ready(Ok(Pair { file: file_name(manifest), live, merged }))
            }
        }
    }

    fn tell(&self, session: &mut Session<'_>) -> Outcome<i32> {
        let mut exit_code = 0;
        let written = date(session.now());
        for Pair { file, live, merged } in self.pairs.iter().filter(|pair| pair.live != pair.merged) {
            if live.lines().count() + merged.lines().count() > MOST_LINES {
                return Err(Failure::client(format!("{file} has too many lines to be compared here")));
            }
            let [old, new] = ["LIVE", "MERGED"].map(|side| {
                let made_up = hash(&[side, &written]);
                format!("/tmp/{side}-{made_up}/{file}")
            });
            let diff = TextDiff::from_lines(live.as_str(), merged.as_str());
            let hunks = diff.unified_diff().context_radius(CONTEXT).to_string();
            session.print(
                Stream::Out,
                format!("diff -u -N {old} {new}\n--- {old}\t{written}\n+++ {new}\t{written}\n{hunks}"),
            );
            exit_code = 1;
        }
        Ok(exit_code)
    }
}

impl Task for Diff {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        while let Some(manifest) = self.queue.front() {
            let looked = match manifest {
                Ok(manifest) => Self::look(manifest, session),
                Err(failure) => Poll::Ready(Err(failure.clone())),
            };
            match looked {
                Poll::Pending => return session.until_next_write(),
                Poll::Ready(Err(failure)) => return Step::Done(vec![failure]),
                Poll::Ready(Ok(pair)) => self.pairs.push(pair),
            }
            self.queue.pop_front();
        }
        self.pairs.order_by(|one, other| one.file.cmp(&other.file));
        self.tell(session).map_or_else(|failure| Step::Done(vec![failure]), Step::Exit)
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// What the API server would make of a manifest.
fn merged(manifest: &Manifest, live: Option<&Object>, session: &mut Session<'_>) -> Poll<Outcome<Object>> {
    let Manifest { key, value, source } = manifest;
    let Some(live) = live else {
        return create(key.kind, value, Validate::Strict, DryRun::Server, session).map_err(Failure::from);
    };
    if session.next_write().is_some_and(|at| at > session.now()) {
        return Poll::Pending;
    }
    // The note of what was applied last stays as it is: that it would be another is no news.
    let mut value = value.clone();
    bare(&mut value);
    let patch = Patch::new(PatchType::Strategic, patch_to(live, &value)?);
    let request = Request::Patch { key: key.clone(), patch, subresource: None };
    session.write(request, true).map_err(|error| Failure::from_file(error, "patching", Some(source)))
}

fn file_name(manifest: &Manifest) -> String {
    let (key, resource) = (&manifest.key, manifest.key.kind.resource());
    let group_and_version = resource.api_version.replace('/', ".");
    format!("{group_and_version}.{}.{}.{}", resource.name, key.namespace, key.name)
}

fn shown(object: &Object, session: &Session<'_>) -> Value {
    sanitized(object, session.reading())
}

/// A date as diff(1) writes it: `2026-01-01 00:00:05.250000000 +0000`.
fn date(at: Timestamp) -> String {
    let seconds = Time::from(at).to_string().replace('T', " ");
    format!("{}.{:03}000000 +0000", seconds.trim_end_matches('Z'), at.as_millis() % 1000)
}

/// What is secret is not shown, only whether it differs.
fn mask(live: Option<&mut Value>, merged: &mut Value) {
    let data = |object: &Value, key: &str| object.pointer(&format!("/data/{key}")).cloned();
    let before = live.as_ref().map(|live| (**live).clone()).unwrap_or_default();
    let hide = |object: &mut Value, other: &Value, word: &str| {
        let fields = object.get_mut("data").and_then(Value::as_object_mut);
        for (key, secret) in fields.into_iter().flatten() {
            let changes = data(other, key).is_some_and(|other| other != *secret);
            *secret = if changes { format!("*** ({word})") } else { "***".to_owned() }.into();
        }
    };
    let after = merged.clone();
    hide(merged, &before, "after");
    live.into_iter().for_each(|live| hide(live, &after, "before"));
}

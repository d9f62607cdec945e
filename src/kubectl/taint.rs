//! `kubectl taint`: keeps pods off nodes, or no longer.

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::Session;
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use crate::api::{ApiError, Kind, Taint, Text};
use crate::apiserver::{Patch, PatchType};
use serde_json::json;
use std::task::Poll;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `kubectl taint`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let is_spec = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = call.arguments.iter().skip(1).position(is_spec).map_or(call.arguments.len(), |at| at + 1);
    let (objects, specs) = call.arguments.split_at(first);
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => remove.push(parse(spec, true)?),
            None => add.push(parse(spec, false)?),
        }
    }
    if specs.is_empty() {
        return Err(call.usage("at least one taint update is required"));
    }
    if let Some(taint) = add.iter().find(|taint| remove.iter().any(|other| is_meant(other, taint))) {
        let why = format!("can not both modify and remove the following taint(s) in the same command: {}", taint.key);
        return Err(Failure::client(why));
    }
    let selection = Selection::of(call, objects, false)?;
    if let Some(kind) = selection.kinds().into_iter().find(|kind| *kind != Kind::Node) {
        let known = "must be one of [node nodes no]";
        let plural = kind.resource().plural;
        return Err(call.usage(format!("invalid resource type {plural}, only node is supported; {known}")));
    }
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let act = Tainting { add, remove, overwrite: call.has("overwrite"), printer, dry_run: call.dry_run()? };
    Action::run(Each::over(selection, true, act))
}

/// Reads `key=value:Effect`, `key:Effect`, or, to remove, also `key`.
fn parse(spec: &str, remove: bool) -> Outcome<Taint> {
    let invalid = || Failure::client(format!("invalid taint spec: {spec}"));
    let (pair, effect) = match spec.split_once(':') {
        Some((pair, effect)) if !effect.contains(':') => (pair, effect),
        None if remove && !spec.contains('=') => (spec, ""),
        _ => return Err(invalid()),
    };
    if !effect.is_empty() && !EFFECTS.contains(&effect) {
        return Err(Failure::client(format!("invalid taint effect: {effect}, unsupported taint effect")));
    }
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if key.is_empty() || (effect.is_empty() && !remove) {
        return Err(invalid());
    }
    let text = |text: &str| Text::from(text.to_owned());
    Ok(Taint { key: text(key), value: text(value), effect: text(effect), time_added: None })
}

/// Whether `taint` is one of those that `which` names: by key, and effect if it has one.
fn is_meant(which: &Taint, taint: &Taint) -> bool {
    which.key == taint.key && (which.effect.is_empty() || which.effect == taint.effect)
}

fn words(taint: &Taint) -> String {
    match taint.value.as_str() {
        "" => format!("{}:{}", taint.key, taint.effect),
        value => format!("{}={value}:{}", taint.key, taint.effect),
    }
}

#[derive(Clone)]
struct Tainting {
    add: Vec<Taint>,
    remove: Vec<Taint>,
    overwrite: bool,
    printer: Printer,
    dry_run: DryRun,
}

impl Tainting {
    /// The node's taints afterwards.
    fn changed(&self, name: &str, old: &[Taint]) -> Outcome<Vec<Taint>> {
        let taken = |taint: &&Taint| old.iter().any(|other| is_meant(taint, other));
        let conflicts: Vec<&str> = self.add.iter().filter(taken).map(|taint| taint.key.as_str()).collect();
        if !self.overwrite && !conflicts.is_empty() {
            let why = format!("node {name} already has {} taint(s) with same effect(s)", conflicts.join(","));
            return Err(Failure::client(format!("{why} and --overwrite is false")));
        }
        for taint in &self.remove {
            if !old.iter().any(|other| is_meant(taint, other)) {
                let missing = if taint.effect.is_empty() { taint.key.to_string() } else { words(taint) };
                return Err(Failure::client(format!("taint \"{missing}\" not found")));
            }
        }
        let stays = |taint: &&Taint| !self.add.iter().chain(&self.remove).any(|change| is_meant(change, taint));
        Ok(self.add.iter().chain(old.iter().filter(stays)).cloned().collect())
    }
}

impl Act<Target> for Tainting {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = session.api.live().get(&target.key).cloned() else {
            return Poll::Ready(Err(ApiError::not_found(&target.key).into()));
        };
        let old = object.as_node().map(|node| node.spec.taints.clone()).unwrap_or_default();
        let taints = match self.changed(&target.key.name, &old) {
            Ok(taints) => taints,
            Err(failure) => return Poll::Ready(Err(failure)),
        };
        let what = match (self.add.is_empty(), self.remove.is_empty()) {
            (false, true) => "tainted",
            (true, false) => "untainted",
            _ => "modified",
        };
        let what = format!("{what}{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            return Poll::Ready(self.printer.object(&object, &what, session));
        }
        let patch = Patch { kind: PatchType::Merge, value: json!({"spec": {"taints": taints}}) };
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }
}

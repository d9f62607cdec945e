//! `kubectl taint`: keeps pods off nodes, or no longer.

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::patch;
use super::printers::{Format, Formats, sanitized};
use super::selection::{self, Selection, Target};
use super::session::Session;
use crate::api::fields::Field;
use crate::api::validation::names;
use crate::api::{ApiError, Kind, Taint, Text};
use crate::apiserver::{Patch, PatchType};
use serde_json::json;
use std::task::Poll;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `kubectl taint`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let is_spec = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = call.arguments.iter().position(is_spec).unwrap_or(call.arguments.len());
    let (objects, specs) = call.arguments.split_at(first);
    if let Some(word) = specs.iter().find(|word| !is_spec(word)) {
        return Err(Failure::client(format!("all resources must be specified before taint changes: {word}")));
    }
    if objects.is_empty() {
        return Err(Failure::client("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(Failure::client("at least one taint update is required"));
    }
    let (mut add, mut remove) = (Vec::<Taint>::new(), Vec::new());
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => {
                remove.push(Taint { value: Text::EMPTY, ..parse(spec, true).map_err(|why| call.usage(why))? })
            }
            None => {
                let taint = parse(spec, false).map_err(|why| call.usage(why))?;
                if add.iter().any(|other| is_meant(other, &taint)) {
                    let twice = format!("{{{} {} {} <nil>}}", taint.key, taint.value, taint.effect);
                    return Err(call.usage(format!("duplicated taints with the same key and effect: {twice}")));
                }
                add.push(taint);
            }
        }
    }
    let unknown = |_| Failure::Plain(format!("the server doesn't have a resource type \"{}\"", objects[0]));
    if selection::kind(&objects[0]).map_err(unknown)? != Kind::Node {
        let word = objects[0].to_lowercase();
        return Err(Failure::client(format!("invalid resource type {word}, only node types are supported")));
    }
    let both = remove.iter().filter(|which| add.iter().any(|taint| is_meant(which, taint)));
    let both: Vec<String> = both.map(|taint| format!("{}={}", taint.key, taint.effect)).collect();
    if !both.is_empty() {
        let why = "can not both modify and remove the following taint(s) in the same command";
        return Err(Failure::client(format!("{why}: {}", both.join(", "))));
    }
    let (all, selects) = (call.has("all"), call.nonempty("selector").is_some());
    if all && selects {
        return Err(Failure::client("setting 'all' parameter with a non empty selector is prohibited"));
    }
    if !all && !selects && objects.len() < 2 {
        let why = "at least one resource name must be specified since 'all' parameter is not set";
        return Err(Failure::client(why));
    }
    // Names mean nothing where nodes are chosen otherwise.
    let objects = if all || selects { &objects[..1] } else { objects };
    let selection = Selection::of(call, objects, false)?;
    let mut printer = Printer::late(Format::of(call, Formats::Objects));
    printer.separates = false;
    let act = Tainting { add, remove, overwrite: call.has("overwrite"), printer, dry_run: call.dry_run()? };
    Action::run(Each::over(selection, true, act))
}

/// Reads `key=value:Effect`, `key:Effect`, or, to remove, also `key`.
fn parse(spec: &str, remove: bool) -> Result<Taint, String> {
    let invalid = || format!("invalid taint spec: {spec}");
    let parts: Vec<&str> = spec.split(':').collect();
    let (key, value, effect) = match parts[..] {
        [key] => (key, "", ""),
        [_, effect] if !EFFECTS.contains(&effect) => {
            return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
        }
        [pair, effect] => match pair.split('=').collect::<Vec<_>>()[..] {
            [key] => (key, "", effect),
            [key, value] => (key, value, effect),
            _ => return Err(invalid()),
        },
        _ => return Err(invalid()),
    };
    let rules = [names::label_value(value), names::qualified_name(key)];
    if let Some(broken) = rules.iter().find(|messages| !messages.is_empty()) {
        return Err(format!("{}, {}", invalid(), broken.join("; ")));
    }
    if effect.is_empty() && !remove {
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
        let Some(object) = session.api.live().get(&target.key) else {
            return Poll::Ready(Err(ApiError::not_found(&target.key).into()));
        };
        let old = object.as_node().map(|node| node.spec.taints.clone()).unwrap_or_default();
        let taints = match self.changed(&target.key.name, &old) {
            Ok(taints) => taints,
            Err(failure) => return Poll::Ready(Err(failure)),
        };
        let added = self.add.iter().any(|taint| !old.iter().any(|other| is_meant(taint, other)));
        let what = match (added, self.remove.is_empty()) {
            _ if self.overwrite => "modified",
            (true, false) => "modified",
            (true, true) => "tainted",
            (false, _) => "untainted",
        };
        // A dry run is not told.
        if self.dry_run == DryRun::Client {
            let mut shown = sanitized(&object, session.reading());
            match taints.is_empty() {
                true => drop(shown["spec"].as_object_mut().map(|spec| spec.remove("taints"))),
                false => shown["spec"]["taints"] = taints.write(),
            }
            let name = object.kind().resource().name_form(&target.key.name);
            return Poll::Ready(self.printer.value(&name, &shown, what, session));
        }
        let patch = Patch::new(PatchType::Merge, json!({"spec": {"taints": taints.write()}}));
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, what, session)),
        }
    }
}

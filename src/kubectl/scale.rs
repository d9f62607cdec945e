//! `kubectl scale`, and what else Jobs cannot do: `autoscale` (spec 05 §7, §12).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use super::session::{Printed, Read, Reading, Session};
use crate::api::{Kind, Object};
use crate::apiserver::{Patch, PatchType};
use serde_json::json;
use std::task::Poll;

/// `kubectl scale`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["replicas"])?;
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let (replicas, current) = (call.number("replicas"), call.number("current-replicas"));
    let replicas = replicas.filter(|replicas| *replicas >= 0).ok_or_else(|| {
        let why = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        Failure::client(why)
    })?;
    if current.is_some_and(|current| current < -1) {
        return Err(Failure::client("The --current-replicas must specify an integer of -1 or greater"));
    }
    let selection = Selection::of(call, &call.arguments, false)?;
    let dry_run = call.dry_run()?;
    let selection = if dry_run == DryRun::Client { selection.trusting_files() } else { selection };
    let current = current.filter(|current| *current >= 0);
    Action::run(Each::over(selection, true, Scale { replicas, current, printer, dry_run, over: false }))
}

#[derive(Clone)]
struct Scale {
    replicas: i64,
    /// How many there must be.
    current: Option<i64>,
    printer: Printer,
    dry_run: DryRun,
    /// It stops at the first that cannot be scaled.
    over: bool,
}

impl Act<Target> for Scale {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        if self.over {
            return Poll::Ready(Ok(()));
        }
        let what = format!("scaled{}", self.dry_run.suffix());
        let scales = target.key.kind == Kind::StatefulSet;
        if let (DryRun::Client, Some(written)) = (self.dry_run, &target.written) {
            let name = target.key.kind.resource().name_form(&target.key.name);
            return Poll::Ready(self.printer.value(&name, written, &what, session));
        }
        let answer = match (self.dry_run, &target.object) {
            // It does not ask whether it can.
            (DryRun::Client, Some(object)) => Poll::Ready(Ok(object.clone())),
            _ if !scales => session.refuse("patch", target.key.clone(), patch::no_such_resource()),
            (_, Some(object)) if self.current.is_some_and(|wanted| wanted != replicas(object)) => {
                let (wanted, found) = (self.current.unwrap_or_default(), replicas(object));
                self.over = true;
                let why = format!("Expected replicas to be {wanted}, was {found}");
                return Poll::Ready(Err(Failure::client(why)));
            }
            _ => {
                let patch = Patch::new(PatchType::Merge, json!({"spec": {"replicas": self.replicas}}));
                patch::send(session, target, patch, None, self.dry_run != DryRun::None)
            }
        };
        match answer {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                self.over = true;
                Poll::Ready(Err(error.into()))
            }
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }

    fn finish(&mut self, count: usize, _: &mut Session<'_>) -> Outcome<()> {
        if count == 0 { Err(Failure::client("no objects passed to scale")) } else { Ok(()) }
    }

    fn summary(&mut self, mut failures: Vec<Failure>) -> Vec<Failure> {
        if self.over {
            failures.truncate(1);
        }
        failures
    }
}

/// How many pods an object shall have.
fn replicas(object: &Object) -> i64 {
    object.to_value()["spec"]["replicas"].as_i64().unwrap_or(0)
}

/// `kubectl autoscale`
pub fn autoscale(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["max"])?;
    let (least, most) = (call.number("min").unwrap_or(-1), call.number("max").unwrap_or(-1));
    if most < 1 {
        return Err(Failure::client(format!("--max=MAXPODS is required and must be at least 1, max: {most}")));
    }
    if call.given("cpu-percent") && call.given("cpu") {
        return Err(Failure::client("--cpu-percent and --cpu are mutually exclusive"));
    }
    if most < least {
        let why = format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}");
        return Err(Failure::client(why));
    }
    refuse(call, |object| {
        let resource = object.kind().resource();
        let version = resource.api_version.rsplit('/').next().unwrap_or("");
        format!(
            "cannot autoscale a {}: could not find scale subresource for {}/{version}, Resource={} in discovery \
             information",
            resource.name, resource.group, resource.plural
        )
    })
}

/// A command that the types of this cluster do not have: it only ever complains, once it has found the objects.
pub fn refuse(call: &Call<'_>, why: fn(&Object) -> String) -> Outcome<Action> {
    Action::read(Refuse { selection: Selection::of(call, &call.arguments, false)?, why })
}

#[derive(Clone)]
struct Refuse {
    selection: Selection,
    why: fn(&Object) -> String,
}

impl Read for Refuse {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let (targets, mut failures) = self.selection.resolve(reading, true);
        let objects = targets.iter().filter_map(|target| target.object.as_ref());
        failures.extend(objects.map(|object| Failure::client((self.why)(object))));
        Printed { failures, ..Printed::default() }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

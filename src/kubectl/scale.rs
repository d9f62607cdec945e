//! `kubectl scale`, and what else Jobs cannot do: `autoscale`, `expose` (spec 05 §7, §12).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::{Printed, Read, Reading, Session};
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use crate::api::{Kind, Object};
use crate::apiserver::{Patch, PatchType};
use serde_json::json;
use std::task::Poll;

/// `kubectl scale`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["replicas"])?;
    let replicas = call.number("replicas")?.filter(|replicas| *replicas >= 0).ok_or_else(|| {
        let why = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        Failure::client(why)
    })?;
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let selection = Selection::of(call, &call.arguments, false)?;
    Action::run(Each::over(selection, true, Scale { replicas, printer, dry_run: call.dry_run()?, failed: false }))
}

#[derive(Clone)]
struct Scale {
    replicas: i64,
    printer: Printer,
    dry_run: DryRun,
    failed: bool,
}

impl Act<Target> for Scale {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        // It stops at the first that cannot be scaled.
        if self.failed {
            return Poll::Ready(Ok(()));
        }
        let answer = if target.key.kind == Kind::StatefulSet {
            let patch = Patch::new(PatchType::Merge, json!({"spec": {"replicas": self.replicas}}));
            patch::send(session, target, patch, None, self.dry_run != DryRun::None)
        } else {
            session.refuse("patch", target.key.clone(), patch::no_such_resource())
        };
        match answer {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                self.failed = true;
                Poll::Ready(Err(error.into()))
            }
            Poll::Ready(Ok(object)) => {
                Poll::Ready(self.printer.object(&object, &format!("scaled{}", self.dry_run.suffix()), session))
            }
        }
    }

    fn finish(&mut self, count: usize, _: &mut Session<'_>) -> Outcome<()> {
        if count == 0 { Err(Failure::client("no objects passed to scale")) } else { Ok(()) }
    }
}

/// `kubectl autoscale`
pub fn autoscale(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["max"])?;
    refuse(call, |object| {
        let resource = object.kind().resource();
        let (version, plural) = (resource.api_version, resource.plural);
        format!(
            "cannot autoscale a {}: could not find scale subresource for {version}, Resource={plural} in discovery \
             information",
            resource.name
        )
    })
}

/// `kubectl expose`
pub fn expose(call: &Call<'_>) -> Outcome<Action> {
    refuse(call, |object| format!("cannot expose a {}", object.kind().resource().qualified_kind()))
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

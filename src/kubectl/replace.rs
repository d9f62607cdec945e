//! `kubectl replace`: an object by what a manifest says.

use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::delete::{self, A_WEEK, Gone, Vacancy};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::last_applied;
use super::manifest::{self, Manifest};
use super::printers::{Format, Formats};
use super::session::{Session, Step, Task};
use crate::api::{ApiError, Reason};
use crate::apiserver::{DeleteOptions, Request, Validate};
use serde_json::Value;
use std::task::Poll;
use std::time::Duration;

/// How long an object that is to be made anew is waited for, unless the line says.
const PATIENCE: Duration = Duration::from_secs(300);

/// `kubectl replace`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if !call.given("filename") && !call.given("kustomize") {
        return Err(Failure::client("must specify one of -f and -k"));
    }
    if call.has("force") && call.dry_run()? != DryRun::None {
        return Err(Failure::client("--dry-run can not be used when --force is set"));
    }
    if !call.has("force") {
        if call.number("grace-period").is_some_and(|seconds| seconds >= 0) {
            return Err(Failure::client("--grace-period must have --force specified"));
        }
        if call.duration("timeout").is_some_and(|millis| millis != 0) {
            return Err(Failure::client("--timeout must have --force specified"));
        }
    }
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let replace = Replace {
        printer,
        dry_run: call.dry_run()?,
        validate: manifest::validate_flag(call)?,
        save: call.has("save-config"),
    };
    if !call.has("force") {
        return Action::run(Each::of(manifest::load(call), replace));
    }
    let propagation = delete::propagation(call)?;
    let grace = call.number("grace-period").filter(|seconds| *seconds >= 0);
    let timeout = delete::timeout(call)?;
    let (manifests, unread): (Vec<_>, Vec<_>) = manifest::load(call).into_iter().partition(Result::is_ok);
    Action::run(Anew {
        replace,
        // A slip of the finger should not kill at once.
        options: DeleteOptions { grace_period_seconds: grace.map(|seconds| seconds.max(1)), propagation, uid: None },
        only_names: call.text("output") == Some("name"),
        patience: if timeout == A_WEEK { PATIENCE } else { timeout },
        manifests: manifests.into_iter().flatten().collect(),
        failures: unread.into_iter().filter_map(Result::err).collect(),
        stage: Stage::Delete(Gone::new(call.has("wait") || grace == Some(0), timeout)),
        place: 0,
    })
}

#[derive(Clone)]
struct Replace {
    printer: Printer,
    dry_run: DryRun,
    validate: Validate,
    save: bool,
}

impl Act<Manifest> for Replace {
    fn act(&mut self, manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (key, trial) = (&manifest.key, self.dry_run == DryRun::Server);
        let refused = |error| Poll::Ready(Err(Failure::from_file(error, "replacing", Some(&manifest.source))));
        let value = self.value(manifest);
        if self.dry_run == DryRun::Client {
            let name = key.kind.resource().name_form(&key.name);
            return Poll::Ready(self.printer.value(&name, &value, "replaced (dry run)", session));
        }
        if key.name.is_empty() {
            return Poll::Ready(Err(nameless(manifest, "replacing")));
        }
        if session.api.live().get(key).is_none() {
            return refused(ApiError::not_found(key));
        }
        let object = match manifest::decode(key.kind, &value, self.validate) {
            Err(error) => return refused(error),
            Ok((object, unknown)) => {
                if session.next_write().is_none_or(|at| at <= session.now()) {
                    session.warn(unknown);
                }
                object
            }
        };
        match session.write(Request::Update(object), trial) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => refused(error),
            Poll::Ready(Ok(object)) => {
                Poll::Ready(self.printer.object(&object, &format!("replaced{}", self.dry_run.suffix()), session))
            }
        }
    }
}

impl Replace {
    /// What is sent.
    fn value(&self, manifest: &Manifest) -> Value {
        let mut value = manifest.value.clone();
        if self.save || last_applied::is_written(&value) {
            last_applied::note(&mut value);
        }
        value
    }
}

fn nameless(manifest: &Manifest, doing: &str) -> Failure {
    Failure::client(format!("error when {doing} {:?}: resource name may not be empty", manifest.source))
}

/// `--force`: deletes what stands, waits until it is gone, makes it anew; each of these for all objects before the next.
#[derive(Clone)]
struct Anew {
    replace: Replace,
    options: DeleteOptions,
    only_names: bool,
    /// How long an old object is waited for.
    patience: Duration,
    manifests: Vec<Manifest>,
    failures: Vec<Failure>,
    stage: Stage,
    /// The object that is next in this stage.
    place: usize,
}

#[derive(Clone)]
enum Stage {
    /// With what is waited for after that, if anything is.
    Delete(Gone),
    Look(Option<Vacancy>),
    Create,
}

impl Task for Anew {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        loop {
            while let Some(manifest) = self.manifests.get(self.place).cloned() {
                match self.act(&manifest, session) {
                    Poll::Pending => return session.until_next_write(),
                    Poll::Ready(done) => self.failures.extend(done.err()),
                }
                self.place += 1;
            }
            if let Stage::Delete(gone) = &mut self.stage
                && self.failures.is_empty()
            {
                if self.manifests.is_empty() {
                    session.line("No resources found");
                    self.failures.push(Failure::client("no objects passed to replace"));
                }
                match gone.poll(session) {
                    Ok(Step::Wait(until)) => return Step::Wait(until),
                    Ok(_) => {}
                    Err(failure) => self.failures.push(failure),
                }
            }
            let next = match self.stage {
                Stage::Delete(_) => Stage::Look(None),
                Stage::Look(_) => Stage::Create,
                Stage::Create => return Step::Done(std::mem::take(&mut self.failures)),
            };
            if !self.failures.is_empty() {
                return Step::Done(std::mem::take(&mut self.failures));
            }
            (self.stage, self.place) = (next, 0);
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

impl Anew {
    /// Does for one object what is done in this stage.
    fn act(&mut self, manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (key, source) = (&manifest.key, Some(manifest.source.as_str()));
        match &mut self.stage {
            Stage::Delete(_) if key.name.is_empty() => Poll::Ready(Err(nameless(manifest, "deleting"))),
            Stage::Delete(gone) => {
                let uid = session.api.live().get(key).map(|object| object.metadata().uid);
                session.write(Request::Delete { key: key.clone(), options: self.options.clone() }, false).map(
                    |answer| {
                        match answer {
                            Ok(_) => {
                                session.line(delete::told(key, self.only_names, |place| format!("deleted{place}")));
                                gone.expect(key.clone(), uid);
                            }
                            Err(error) if error.reason == Reason::NotFound => {}
                            Err(error) => return Err(Failure::from_file(error, "deleting", source)),
                        }
                        Ok(())
                    },
                )
            }
            Stage::Look(vacancy) => {
                let looked =
                    vacancy.get_or_insert_with(|| Vacancy::new(session.now(), self.patience)).poll(key, session);
                if looked.is_ready() {
                    *vacancy = None;
                }
                looked
            }
            Stage::Create => {
                let value = self.replace.value(manifest);
                let made = create(key.kind, &value, self.replace.validate, DryRun::None, session);
                made.map(|made| match made {
                    Ok(object) => self.replace.printer.object(&object, "replaced", session),
                    Err(error) => Err(Failure::from_file(error, "creating", source)),
                })
            }
        }
    }
}

//! `kubectl replace`: an object by what a manifest says.

use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::delete::{A_WEEK, Gone, grace_period};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::last_applied;
use super::manifest::{self, Manifest};
use super::printers::{Format, Formats};
use super::session::{Session, Step};
use crate::api::{ApiError, ObjectKey};
use crate::apiserver::{DeleteOptions, Request, Validate};
use std::task::Poll;

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
    let replace = Replace {
        printer: Printer::new(Format::of(call, Formats::Objects)?),
        dry_run: call.dry_run()?,
        validate: manifest::validate_flag(call)?,
        save: call.has("save-config"),
        force: call.has("force"),
        options: DeleteOptions { grace_period_seconds: grace_period(call)?, ..DeleteOptions::default() },
        clearing: Clearing::default(),
    };
    Action::run(Each::of(manifest::load(call), replace))
}

#[derive(Clone)]
struct Replace {
    printer: Printer,
    dry_run: DryRun,
    validate: Validate,
    save: bool,
    force: bool,
    options: DeleteOptions,
    /// While the old object of `--force` is waited for.
    clearing: Clearing,
}

/// An object that makes way for a new one of its name.
#[derive(Clone, Default)]
pub struct Clearing(Option<Gone>);

impl Clearing {
    /// Deletes what stands under that name; ready once nothing stands there. `told` is called when it has been deleted.
    /// An error is the API server's, or that it still stands after a week.
    pub fn poll(
        &mut self,
        key: &ObjectKey,
        options: &DeleteOptions,
        session: &mut Session<'_>,
        told: impl FnOnce(&mut Session<'_>),
    ) -> Poll<Outcome<()>> {
        if self.0.is_none() {
            let mut gone = Gone::new(true, A_WEEK);
            if let Some(uid) = session.api.live().get(key).map(|object| object.metadata().uid) {
                match session.write(Request::Delete { key: key.clone(), options: options.clone() }, false) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                    Poll::Ready(Ok(_)) => gone.expect(key.clone(), Some(uid)),
                }
                told(session);
            }
            self.0 = Some(gone);
        }
        match self.0.as_mut().map(|gone| gone.poll(session)) {
            Some(Err(failure)) => Poll::Ready(Err(failure)),
            Some(Ok(Step::Wait(_))) => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl Act<Manifest> for Replace {
    fn act(&mut self, manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (key, trial) = (&manifest.key, self.dry_run == DryRun::Server);
        let refused = |error| Poll::Ready(Err(Failure::from_file(error, "replacing", Some(&manifest.source))));
        let mut value = manifest.value.clone();
        if self.save || last_applied::is_written(&value) {
            last_applied::note(&mut value);
        }
        if self.dry_run == DryRun::Client {
            let name = key.kind.resource().name_form(&key.name);
            return Poll::Ready(self.printer.value(&name, &value, "replaced (dry run)", session));
        }
        if self.force && !key.name.is_empty() {
            return self.anew(manifest, &value, session);
        }
        if key.name.is_empty() {
            let doing = if self.force { "deleting" } else { "replacing" };
            let why = format!("error when {doing} {:?}: resource name may not be empty", manifest.source);
            return Poll::Ready(Err(Failure::client(why)));
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

    fn finish(&mut self, count: usize, _: &mut Session<'_>) -> Outcome<()> {
        if count == 0 && self.force { Err(Failure::client("no objects passed to replace")) } else { Ok(()) }
    }
}

impl Replace {
    /// Deletes the object, waits until it is gone, makes it anew.
    fn anew(&mut self, manifest: &Manifest, value: &serde_json::Value, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let key = &manifest.key;
        let told = |session: &mut Session<'_>| {
            let name = key.kind.resource().name_form(&key.name);
            let kind = name.split('/').next().unwrap_or_default();
            let place =
                if key.namespace.is_empty() { String::new() } else { format!(" from {} namespace", key.namespace) };
            session.line(format!("{kind} \"{}\" deleted{place}", key.name));
        };
        match self.clearing.poll(key, &self.options, session, told) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(failure)) => {
                return Poll::Ready(
                    Err(failure.with_prefix(&format!("error when deleting \"{}\": ", manifest.source))),
                );
            }
            Poll::Ready(Ok(())) => {}
        }
        let answer = create(key.kind, value, self.validate, DryRun::None, session);
        match answer {
            Poll::Pending => Poll::Pending,
            Poll::Ready(answer) => {
                self.clearing = Clearing::default();
                Poll::Ready(match answer {
                    Ok(object) => self.printer.object(&object, "replaced", session),
                    Err(error) => Err(Failure::from_file(error, "creating", Some(&manifest.source))),
                })
            }
        }
    }
}

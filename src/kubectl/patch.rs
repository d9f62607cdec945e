//! `kubectl patch`: some fields of an object, in one of three languages (spec 05 §6). What other commands make may be
//! changed so as well, before it is sent: `--overrides`.

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::printers::{Format, Formats, sanitized};
use super::selection::{Selection, Target};
use super::session::Session;
use crate::api::patch;
use crate::api::{ApiError, Kind, Object, Reason, yaml};
use crate::apiserver::{Patch, PatchType, Request, Subresource};
use serde_json::Value;
use std::task::Poll;

/// `kubectl patch`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let dry_run = call.dry_run()?;
    let (given, file) = (call.text("patch").unwrap_or(""), call.text("patch-file"));
    match (given, file) {
        ("", None) => {
            let why = "must specify --patch or --patch-file containing the contents of the patch";
            return Err(Failure::client(why));
        }
        (given, Some(_)) if !given.is_empty() => {
            return Err(Failure::client("cannot specify --patch and --patch-file together"));
        }
        _ => {}
    }
    if call.has("local") && !call.arguments.is_empty() {
        return Err(Failure::client("cannot specify --local and server resources"));
    }
    let word = call.nonempty("type").unwrap_or("strategic");
    let Some(kind) = kind_of(&word.to_lowercase()) else {
        return Err(Failure::client(format!("--type must be one of [json merge strategic], not {word:?}")));
    };
    let subresource = match call.text("subresource").unwrap_or("") {
        "" => None,
        "status" => Some(Subresource::Status),
        "scale" => Some(Subresource::Scale),
        _ => return Err(no_such_resource().into()),
    };
    let missing =
        |file: &str| Failure::client(format!("unable to read patch file: open {file}: no such file or directory"));
    let text = match file {
        Some(file) => call.files.get(file).ok_or_else(|| missing(file))?,
        None => given,
    };
    let selection = Selection::of(call, &call.arguments, false)?;
    let (selection, stays_here) = match dry_run {
        DryRun::Client => (selection.trusting_files(), true),
        _ => (selection, call.has("local")),
    };
    let patch = Patch::new(kind, parse(text, given, kind, stays_here)?);
    let mut printer = Printer::late(Format::of(call, Formats::Objects));
    printer.separates = false;
    let act = Patching { patch, subresource, printer, dry_run };
    Action::run(Each::over(selection, true, act))
}

fn kind_of(word: &str) -> Option<PatchType> {
    match word {
        "strategic" => Some(PatchType::Strategic),
        "merge" => Some(PatchType::Merge),
        "json" => Some(PatchType::Json),
        _ => None,
    }
}

/// `--overrides`: changes to what a command is about to make.
#[derive(Clone)]
pub struct Overrides(Patch);

impl Overrides {
    /// Those of a call, if it has any.
    pub fn of(call: &Call<'_>) -> Outcome<Option<Self>> {
        let Some(text) = call.nonempty("overrides") else { return Ok(None) };
        let word = call.nonempty("override-type").unwrap_or("merge");
        let how = kind_of(word).ok_or_else(|| Failure::client(format!("invalid override type: {word}")))?;
        let patch = serde_json::from_str(text).map_err(|_| Failure::client("Invalid JSON Patch"))?;
        Ok(Some(Self(Patch::new(how, patch))))
    }

    /// An object as they change it.
    pub fn apply(&self, kind: Kind, object: &Value) -> Outcome<Value> {
        applied(kind, object, &self.0)
    }
}

/// Reads a patch, JSON or YAML. What looks like JSON goes to the API server as it is, and the complaint comes from there,
/// unless all `stays_here`. `given`: what kubectl quotes of it, which of a file is nothing.
fn parse(text: &str, given: &str, kind: PatchType, stays_here: bool) -> Outcome<Value> {
    // What begins like JSON is sent as it is.
    if text.trim_start().starts_with('{') {
        return yaml::read_json(text).map(|root| root.to_value()).map_err(|error| {
            let why = match error.kubectl.split_once(": ").filter(|(place, _)| *place == "json") {
                Some((_, rest)) => rest.split_once(": ").map_or(rest, |(_, why)| why),
                None if error.kubectl == "unexpected EOF" => "unexpected end of JSON input",
                None => &error.kubectl,
            };
            match kind {
                PatchType::Strategic if stays_here => return Failure::client("invalid JSON document"),
                PatchType::Merge if stays_here => return Failure::client("Invalid JSON Patch"),
                _ if stays_here => return Failure::client(why),
                _ => {}
            }
            let doing = if kind == PatchType::Strategic { "" } else { "error decoding patch: " };
            ApiError::new(Reason::BadRequest, format!("{doing}{why}")).into()
        });
    }
    let stream = yaml::read(text);
    if let Some(error) = stream.error {
        let why = error.kubectl.trim_start_matches("error converting YAML to JSON: ").to_owned();
        return Err(Failure::client(format!("unable to parse {given:?}: {why}")));
    }
    Ok(stream.documents.first().map_or(Value::Null, |document| document.root.to_value()))
}

#[derive(Clone)]
struct Patching {
    patch: Patch,
    subresource: Option<Subresource>,
    printer: Printer,
    dry_run: DryRun,
}

impl Act<Target> for Patching {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let before = target.object.as_ref();
        if let Some(before) = before.filter(|_| self.dry_run == DryRun::Client || target.local) {
            return Poll::Ready(self.copy(before, target.written.as_ref(), session));
        }
        let trial = self.dry_run == DryRun::Server;
        let answer = if self.subresource == Some(Subresource::Scale) && target.key.kind != Kind::StatefulSet {
            session.refuse("patch", target.key.clone(), no_such_resource())
        } else {
            send(session, target, self.patch.clone(), self.subresource, trial)
        };
        match answer {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                Poll::Ready(Err(Failure::from_file(error, "patching", target.source.as_deref())))
            }
            Poll::Ready(Ok(object)) => {
                let same = before.is_some_and(|before| match trial {
                    true => *before == object,
                    false => before.resource_version() == object.resource_version(),
                });
                // Unlike other commands this one does not tell a dry run.
                let what = if same { "patched (no change)" } else { "patched" };
                Poll::Ready(self.printer.object(&object, what, session))
            }
        }
    }

    fn finish(&mut self, count: usize, _: &mut Session<'_>) -> Outcome<()> {
        if count == 0 { Err(Failure::client("no objects passed to patch")) } else { Ok(()) }
    }
}

impl Patching {
    /// Patches a copy of an object, as a file has it if it is from one. Nobody validates it.
    fn copy(&mut self, before: &Object, written: Option<&Value>, session: &mut Session<'_>) -> Outcome<()> {
        let (resource, old) =
            (before.kind().resource(), written.cloned().unwrap_or_else(|| sanitized(before, session.reading())));
        check_shape(&self.patch)?;
        let new = applied(before.kind(), &old, &self.patch)?;
        let what = if new == old { "patched (no change)" } else { "patched" };
        self.printer.value(&resource.name_form(&before.metadata().name), &new, what, session)
    }
}

/// Whether a patch that kubectl applies by itself is what its language wants.
fn check_shape(patch: &Patch) -> Outcome<()> {
    let shape = match &patch.value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    };
    let why = match (patch.kind, shape) {
        (PatchType::Json, "array" | "null") | (PatchType::Merge | PatchType::Strategic, "object") => return Ok(()),
        (PatchType::Json, _) => format!("json: cannot unmarshal {shape} into Go value of type jsonpatch.Patch"),
        (PatchType::Merge, "array") => {
            "json: cannot unmarshal array into Go value of type unstructured.detector".to_owned()
        }
        (PatchType::Merge, _) => "Invalid JSON Patch".to_owned(),
        (PatchType::Strategic, _) => "invalid JSON document".to_owned(),
    };
    Err(Failure::client(why))
}

/// An object with a patch applied by kubectl itself.
fn applied(kind: Kind, object: &Value, patch: &Patch) -> Outcome<Value> {
    Ok(match patch.kind {
        PatchType::Strategic => patch::strategic(kind.resource().name, object, &patch.value)?,
        PatchType::Merge => patch::merge(object, &patch.value)?,
        PatchType::Json => patch::json(object, &patch.value)?,
    })
}

/// Sends a patch.
pub fn send(
    session: &mut Session<'_>,
    target: &Target,
    patch: Patch,
    subresource: Option<Subresource>,
    trial: bool,
) -> Poll<Result<Object, ApiError>> {
    session.write(Request::Patch { key: target.key.clone(), patch, subresource }, trial)
}

/// What the API server answers where there is nothing under an address.
pub fn no_such_resource() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

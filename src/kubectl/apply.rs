//! `kubectl apply`: makes objects what a manifest says, whether they exist or not (spec 05 §1).
//!
//! What was applied last stands in an annotation: a field that was in there and is no longer in the manifest is removed,
//! a field that somebody else has set stays.

use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::delete::Vacancy;
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::last_applied::LAST_APPLIED;
use super::manifest::{self, Manifest};
use super::printers::{Format, Formats, sanitized};
use super::selection::Selection;
use super::selector::Labels;
use super::session::{Printed, Read, Reading, Session, Step, Task};
use super::{last_applied, server_side};
use crate::api::patch::{self, three_way};
use crate::api::yaml::print;
use crate::api::{ApiError, Kind, Object, ObjectKey, Reason};
use crate::apiserver::{DeleteOptions, Patch, PatchType, Request, Validate};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

/// `kubectl apply`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{}]", call.arguments.join(" "))));
    }
    if !call.given("filename") && !call.given("kustomize") {
        return Err(Failure::client("must specify one of -f and -k"));
    }
    let (dry_run, server_side) = (call.dry_run()?, call.has("server-side"));
    let (validate, take_over) = (manifest::validate_flag(call)?, call.has("force-conflicts"));
    if take_over && !server_side {
        return Err(Failure::client("--force-conflicts only works with --server-side"));
    }
    if server_side && dry_run == DryRun::Client {
        return Err(Failure::client(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    let force = call.has("force");
    if force && server_side {
        return Err(Failure::client("--force cannot be used with --server-side"));
    }
    if force && dry_run == DryRun::Server {
        return Err(Failure::client("--dry-run=server cannot be used with --force"));
    }
    let prune = if call.has("prune") { Some(Prune::of(call, dry_run)?) } else { None };
    let grace_period_seconds = call.number("grace-period").filter(|seconds| *seconds >= 0);
    // Without a timeout it is looked for once.
    let patience =
        Duration::from_millis(call.duration("timeout").and_then(|millis| millis.try_into().ok()).unwrap_or(0));
    let force = force.then(|| (DeleteOptions { grace_period_seconds, ..DeleteOptions::default() }, patience));
    // How to print is found out once there is something to print.
    let loaded = manifest::load(call);
    if let [Err(missing)] = &loaded[..] {
        return Err(missing.clone());
    }
    let format = Format::of(call, Formats::Objects)?;
    let printer = Printer::gathering(format.clone());
    let server_side = server_side.then(|| call.text("field-manager").unwrap_or(server_side::KUBECTL).to_owned());
    let apply = Apply { printer, dry_run, server_side, take_over, force, anew: None, validate };
    // All is read before anything is applied, and told of first.
    let (read, unread): (Vec<_>, Vec<_>) = loaded.into_iter().partition(Result::is_ok);
    let keys = read.iter().flatten().map(|manifest| manifest.key.clone()).collect();
    let printer = Printer::new(format);
    let each = Each::of(unread.into_iter().chain(read).collect(), apply);
    match prune {
        None => Action::run(each),
        Some(prune) => Action::run(Pruning { each: Some(each), prune, keys, printer, queue: VecDeque::new() }),
    }
}

/// What `--prune` deletes: objects that were applied once, have certain labels, and are in no manifest any more.
#[derive(Clone)]
struct Prune {
    labels: Labels,
    kinds: Vec<Kind>,
    dry_run: DryRun,
}

impl Prune {
    /// The types that are looked through if none are named. In Kubernetes: `kubectl/pkg/util/prune`.
    const KINDS: [Kind; 8] = [
        Kind::ConfigMap,
        Kind::Pod,
        Kind::Secret,
        Kind::Service,
        Kind::Job,
        Kind::CronJob,
        Kind::StatefulSet,
        Kind::Namespace,
    ];

    fn of(call: &Call<'_>, dry_run: DryRun) -> Outcome<Self> {
        let selector = call.text("selector").unwrap_or("");
        if !call.has("all") && selector.is_empty() {
            return Err(Failure::client(
                "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
                 flag. If you did not mean to prune all resources, specify a label selector",
            ));
        }
        if call.has("all") && !selector.is_empty() {
            return Err(Failure::client("cannot set --all and --selector at the same time"));
        }
        if call.has("server-side") {
            let why = "--prune is in alpha and doesn't currently work on objects created by server-side apply";
            return Err(Failure::client(why));
        }
        let mut kinds = Vec::new();
        for text in call.list("prune-allowlist") {
            let [group, version, kind] = text.split('/').collect::<Vec<_>>()[..] else {
                let why = format!("invalid GroupVersionKind format: {text}, please follow <group/version/kind>");
                return Err(Failure::client(why));
            };
            let group = if group == "core" { "" } else { group };
            let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            let unknown = || Failure::client(format!("no matches for kind \"{kind}\" in version \"{api_version}\""));
            kinds.push(Kind::of(&api_version, kind).ok_or_else(unknown)?);
        }
        if kinds.is_empty() {
            kinds = Self::KINDS.into();
        }
        Ok(Self { labels: Labels::parse(selector).map_err(Failure::client)?, kinds, dry_run })
    }

    /// What is to go: first what is in the namespaces of the manifests, then what is in none.
    fn chosen(&self, keys: &[ObjectKey], session: &Session<'_>) -> VecDeque<Object> {
        let mut namespaces: Vec<_> = keys.iter().map(|key| key.namespace.clone()).filter(|it| !it.is_empty()).collect();
        namespaces.dedup();
        let view = session.api.live();
        let of = |kind: Kind, namespace: &str| -> Vec<Object> {
            let named = kind.resource().namespaced;
            let all = |object: &Object| {
                let metadata = object.metadata();
                (!named || metadata.namespace == namespace)
                    && self.labels.matches(&metadata.labels)
                    && last_applied::is_noted(object)
                    && !keys.contains(&object.key())
            };
            view.list(kind).filter(all).collect()
        };
        let (inside, outside): (Vec<Kind>, Vec<Kind>) = self.kinds.iter().partition(|kind| kind.resource().namespaced);
        let mut chosen = VecDeque::new();
        for namespace in &namespaces {
            inside.iter().for_each(|kind| chosen.extend(of(*kind, namespace)));
        }
        outside.iter().for_each(|kind| chosen.extend(of(*kind, "")));
        chosen
    }
}

/// `kubectl apply --prune`: applies, and deletes what is left over unless something went wrong.
#[derive(Clone)]
struct Pruning {
    each: Option<Each<Manifest, Apply>>,
    prune: Prune,
    keys: Vec<ObjectKey>,
    printer: Printer,
    queue: VecDeque<Object>,
}

impl Task for Pruning {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        if let Some(each) = &mut self.each {
            match each.poll(session) {
                Step::Done(failures) if failures.is_empty() => {
                    self.each = None;
                    self.queue = self.prune.chosen(&self.keys, session);
                }
                step => return step,
            }
        }
        let dry_run = self.prune.dry_run;
        while let Some(object) = self.queue.front().cloned() {
            if dry_run != DryRun::Client {
                let request = Request::Delete { key: object.key(), options: DeleteOptions::default() };
                match session.write(request, dry_run == DryRun::Server) {
                    Poll::Pending => return session.until_next_write(),
                    Poll::Ready(Err(error)) if error.reason == Reason::NotFound => {}
                    Poll::Ready(Err(error)) => return Step::Done(vec![error.into()]),
                    Poll::Ready(Ok(_)) => {}
                }
            }
            if let Err(failure) = self.printer.object(&object, &format!("pruned{}", dry_run.suffix()), session) {
                return Step::Done(vec![failure]);
            }
            self.queue.pop_front();
        }
        Step::Done(Vec::new())
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// `kubectl apply view-last-applied`
pub fn view(call: &Call<'_>) -> Outcome<Action> {
    let json = match call.text("output").unwrap_or("yaml") {
        "" | "yaml" => false,
        "json" => true,
        other => {
            let why = format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
            return Err(call.usage(why));
        }
    };
    Action::read(View { selection: Selection::of(call, &call.arguments, false)?, json })
}

/// What was applied last of the objects that are meant.
#[derive(Clone)]
struct View {
    selection: Selection,
    json: bool,
}

impl Read for View {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let (targets, failures) = self.selection.resolve(reading, true);
        let mut out = String::new();
        for object in targets.into_iter().filter_map(|target| target.object) {
            let noted = object.metadata().annotations.get(LAST_APPLIED).map(|text| text.to_string());
            let Some(value) = noted.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else { continue };
            out += &match self.json {
                // It indents less than other commands do.
                true => print::json(&value).lines().map(less).collect(),
                false => print::yaml(&value),
            };
        }
        match failures.is_empty() {
            true => Printed { out, ..Printed::default() },
            false => Printed { failures, ..Printed::default() },
        }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// A line with half the blanks before it.
fn less(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    format!("{}{text}\n", &line[..(line.len() - text.len()) / 2])
}

#[derive(Clone)]
struct Apply {
    printer: Printer,
    dry_run: DryRun,
    /// The field manager, if the API server merges.
    server_side: Option<String>,
    take_over: bool,
    /// How an object goes of which the change is refused, if a new one is to be made then; and how long it is waited for.
    force: Option<(DeleteOptions, Duration)>,
    /// While one goes.
    anew: Option<Anew>,
    validate: Validate,
}

/// An object that makes way for what was applied.
#[derive(Clone)]
struct Anew {
    old: Object,
    /// Once the old one is deleted.
    vacancy: Option<Vacancy>,
    /// Why the new one could not be made, while the old one is to come back.
    refused: Option<ApiError>,
}

impl Act<Manifest> for Apply {
    fn act(&mut self, manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let key = &manifest.key;
        if key.name.is_empty() {
            let prefix = manifest.value["metadata"]["generateName"].as_str().unwrap_or("");
            let nameless = "resource name may not be empty";
            return Poll::Ready(Err(Failure::client(match (prefix, &self.server_side) {
                ("", None) => format!(
                    "error when retrieving current configuration of:\n{}\nfrom server for: {:?}: {nameless}",
                    described(key),
                    manifest.source
                ),
                ("", Some(_)) => nameless.to_owned(),
                _ => format!("from {prefix}: cannot use generate name with apply"),
            })));
        }
        let mut value = manifest.value.clone();
        match self.server_side {
            Some(_) => server_side::check(manifest)?,
            None => last_applied::note(&mut value),
        }
        if self.anew.is_some() {
            return self.anew(manifest, &value, session);
        }
        let Some(live) = session.api.live().get(key) else {
            return self.make(manifest, &value, session);
        };
        if session.next_write().is_some_and(|at| at > session.now()) {
            return Poll::Pending;
        }
        let is_noted = last_applied::is_noted(&live);
        if !is_noted && self.server_side.is_none() {
            session.complain(missing_annotation(key));
        }
        if self.server_side.is_none() {
            warn_of_deletion(&live, session);
        }
        let mut applied = last_applied::of(&live);
        if let Some(manager) = &self.server_side {
            if !self.take_over {
                server_side::check_conflicts(manifest, &live, manager, session.api)?;
            }
            let by = &session.api.applied(live.metadata().uid).by;
            if let Some((_, own)) = by.iter().find(|(by, _)| by == manager.as_str()) {
                applied = own.clone();
            }
            if is_noted && manager == server_side::KUBECTL {
                last_applied::note(&mut value);
            }
        }
        let patch = difference(&live, &applied, &value)?;
        if is_nothing(&patch) && self.server_side.is_none() {
            let what = format!("unchanged{}", self.dry_run.suffix());
            return Poll::Ready(self.printer.object(&live, &what, session));
        }
        if self.dry_run == DryRun::Client {
            let kind = key.kind.resource();
            let changed = patch::strategic(kind.name, &sanitized(&live, session.reading()), &patch)?;
            let name = kind.name_form(&key.name);
            return Poll::Ready(self.printer.value(&name, &changed, &self.done("configured"), session));
        }
        let request = Request::Patch {
            key: key.clone(),
            patch: Patch { validate: self.validate, ..Patch::new(PatchType::Strategic, patch.clone()) },
            subresource: None,
        };
        match session.write(request, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(object)) => {
                self.remember(manifest, &object, is_noted, session);
                if self.server_side.is_some() {
                    warn_of_deletion(&object, session);
                }
                Poll::Ready(self.printer.object(&object, &self.done("configured"), session))
            }
            Poll::Ready(Err(error)) if self.server_side.is_some() => Poll::Ready(Err(error.into())),
            Poll::Ready(Err(error)) if self.force.is_some() && is_against_the_change(&error) => {
                self.anew = Some(Anew { old: live, vacancy: None, refused: None });
                self.anew(manifest, &value, session)
            }
            Poll::Ready(Err(error)) => {
                let tried = format!("{}error when patching \"{}\": ", tried(manifest, &patch, ""), manifest.source);
                Poll::Ready(Err(Failure::from(error).with_prefix(&tried)))
            }
        }
    }

    fn finish(&mut self, count: usize, session: &mut Session<'_>) -> Outcome<()> {
        match count {
            0 => Err(Failure::client("no objects passed to apply")),
            _ => self.printer.flush(session),
        }
    }
}

impl Apply {
    fn done(&self, word: &str) -> String {
        let word = if self.server_side.is_some() { "serverside-applied" } else { word };
        format!("{word}{}", self.dry_run.suffix())
    }

    /// `whole`: whether the fields that nobody has applied belong to nobody else.
    fn remember(&self, manifest: &Manifest, object: &Object, whole: bool, session: &mut Session<'_>) {
        if let Some(manager) = self.server_side.as_deref().filter(|_| self.dry_run == DryRun::None) {
            session.api.note_applied(object.metadata().uid, manager, server_side::settled(manifest), whole);
        }
    }

    /// Deletes the object, waits until it is gone, and makes a new one; if that is refused, the old one once more.
    fn anew(&mut self, manifest: &Manifest, value: &Value, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (Some(anew), Some((options, patience))) = (&mut self.anew, &self.force) else { return Poll::Ready(Ok(())) };
        let (key, tried) = (&manifest.key, tried(manifest, value, "\n"));
        if anew.vacancy.is_none() {
            match session.write(Request::Delete { key: key.clone(), options: options.clone() }, false) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return self.settle(Err(Failure::from(error).with_prefix(&tried))),
                Poll::Ready(Ok(_)) => anew.vacancy = Some(Vacancy::new(session.now(), *patience)),
            }
        }
        match anew.vacancy.as_mut().map(|vacancy| vacancy.poll(key, session)) {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(Err(failure))) => {
                return self.settle(Err(Failure::client(format!("{tried}{}", failure.message()))));
            }
            _ => {}
        }
        if anew.refused.is_none() {
            match create(key.kind, value, self.validate, DryRun::None, session) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(object)) => {
                    let told = self.printer.object(&object, "configured", session);
                    return self.settle(told);
                }
                Poll::Ready(Err(error)) => anew.refused = Some(error),
            }
        }
        let Poll::Ready(back) = create(key.kind, &anew.old.to_value(), self.validate, DryRun::None, session) else {
            return Poll::Pending;
        };
        let refused = anew.refused.take().unwrap_or_else(|| ApiError::not_found(key));
        self.settle(Err(match back {
            Ok(_) => Failure::from(refused).with_prefix(&tried),
            Err(error) => Failure::client(format!(
                "{tried}An error occurred force-replacing the existing object with the newly provided one:\n\n{}.\n\n\
                 Additionally, an error occurred attempting to restore the original object:\n\n{}",
                refused.message, error.message
            )),
        }))
    }

    fn settle(&mut self, outcome: Outcome<()>) -> Poll<Outcome<()>> {
        self.anew = None;
        Poll::Ready(outcome)
    }

    fn make(&mut self, manifest: &Manifest, value: &Value, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let what = self.done("created");
        if self.dry_run == DryRun::Client {
            let name = manifest.key.kind.resource().name_form(&manifest.key.name);
            return Poll::Ready(self.printer.value(&name, value, &what, session));
        }
        match create(manifest.key.kind, value, self.validate, self.dry_run, session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(object)) => {
                self.remember(manifest, &object, true, session);
                Poll::Ready(self.printer.object(&object, &what, session))
            }
            Poll::Ready(Err(error)) if self.server_side.is_some() => Poll::Ready(Err(error.into())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(Failure::from_file(error, "creating", Some(&manifest.source)))),
        }
    }
}

/// Whether an error says that the object cannot become what was applied.
fn is_against_the_change(error: &ApiError) -> bool {
    matches!(error.reason, Reason::Invalid | Reason::Conflict)
}

/// What an error comes after: what was sent (`end` ends it), to which object, and from which file.
fn tried(manifest: &Manifest, sent: &Value, end: &str) -> String {
    let (sent, object, source) = (print::json_compact(sent), described(&manifest.key), &manifest.source);
    format!("error when applying patch:\n{sent}{end}\nto:\n{object}\nfor: \"{source}\": ")
}

/// An object as errors about it describe it.
fn described(key: &ObjectKey) -> String {
    let resource = key.kind.resource();
    // The core group has no name before the slash.
    let slash = if resource.group.is_empty() { "/" } else { "" };
    let version = format!("{slash}{}", resource.api_version);
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"",
        resource.plural, resource.name, key.name, key.namespace
    )
}

fn warn_of_deletion(object: &Object, session: &mut Session<'_>) {
    let metadata = object.metadata();
    if metadata.is_deleting() {
        session.complain(format!(
            "Warning: Detected changes to resource {} which is currently being deleted.",
            metadata.name
        ));
    }
}

fn missing_annotation(key: &ObjectKey) -> String {
    format!(
        "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl \
         apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl \
         apply. The missing annotation will be patched automatically.",
        key.kind.resource().plural,
        key.name
    )
}

fn difference(live: &Object, applied: &Value, value: &Value) -> Outcome<Value> {
    Ok(three_way(live.kind().resource().name, applied, value, &live.to_value())?)
}

/// Whether an object already is what was applied.
fn is_nothing(patch: &Value) -> bool {
    patch.as_object().is_some_and(Map::is_empty)
}

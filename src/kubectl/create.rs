//! `kubectl create`: from files, and Jobs, CronJobs, namespaces, ConfigMaps and quotas from flags (spec 05 §1, §2).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::Session;
use super::manifest::{self, Manifest};
use super::printers::{Format, Formats};
use super::{apply, help, raw, selection};
use crate::api::fields::Field;
use crate::api::{ApiError, Kind, Object, ObjectKey, OwnerReference};
use crate::apiserver::{Request, Validate};
use serde_json::{Map, Value, json};
use std::task::Poll;

/// `kubectl create -f`
pub fn from_files(call: &Call<'_>) -> Outcome<Action> {
    if let Some(path) = call.text("raw") {
        return raw::post(call, path);
    }
    let words = call.arguments.join(" ");
    if !call.given("filename") && !call.given("kustomize") {
        let nothing = "Error: must specify one of -f and -k";
        return Err(Failure::Plain(match call.usage(format!("error: unknown command {words:?}")) {
            // Whatever follows is taken for one of the words that may.
            unknown if !words.is_empty() => format!("{nothing}\n\n{}", unknown.message()),
            _ => format!("{nothing}\n\n{}", help::help(call.command, &call.path)),
        }));
    }
    if !words.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{words}]")));
    }
    let (dry_run, validate) = (call.dry_run()?, manifest::validate_flag(call)?);
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let create = CreateManifest { printer, dry_run, validate, save: call.has("save-config") };
    Action::run(Each::of(manifest::load(call), create))
}

#[derive(Clone)]
struct CreateManifest {
    printer: Printer,
    dry_run: DryRun,
    validate: Validate,
    save: bool,
}

impl Act<Manifest> for CreateManifest {
    fn act(&mut self, manifest: &Manifest, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let mut value = manifest.value.clone();
        if self.save {
            apply::note(&mut value);
        }
        let what = format!("created{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            let name = manifest.key.kind.resource().name_form(&manifest.key.name);
            return Poll::Ready(self.printer.value(&name, &value, &what, session));
        }
        let refused = |error| Failure::from_file(error, "creating", Some(&manifest.source));
        match create(manifest.key.kind, &value, self.validate, self.dry_run, session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(refused(error))),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }

    fn finish(&mut self, count: usize, _: &mut Session<'_>) -> Outcome<()> {
        if count == 0 { Err(Failure::client("no objects passed to create")) } else { Ok(()) }
    }
}

/// Sends a new object, and tells what the API server warns of.
pub fn create(
    kind: Kind,
    value: &Value,
    validate: Validate,
    dry_run: DryRun,
    session: &mut Session<'_>,
) -> Poll<Result<Object, ApiError>> {
    if session.next_write().is_some_and(|at| at > session.now()) {
        return Poll::Pending;
    }
    let key = ObjectKey::new(kind, text(&value["metadata"]["namespace"]), text(&value["metadata"]["name"]));
    match manifest::decode(kind, value, validate) {
        Err(error) => session.refuse("create", key, error),
        Ok((mut object, unknown)) => {
            session.warn(unknown);
            // What was copied from another object is new all the same.
            object.set_resource_version(0);
            session.write(Request::Create(object), dry_run == DryRun::Server)
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// An object made from flags.
#[derive(Clone)]
struct CreateObject {
    printer: Printer,
    dry_run: DryRun,
    save: bool,
    /// Whether `--namespace` was given.
    names_namespace: bool,
    /// `job`: what could not be created.
    what: &'static str,
}

/// What is to be made: an object, or a Job of a CronJob.
#[derive(Clone)]
enum Source {
    Value(Kind, Value),
    CronJob {
        job: String,
        key: ObjectKey,
    },
    /// Not a CronJob: only complained about if it exists.
    Wrong(ObjectKey),
}

impl CreateObject {
    fn action(call: &Call<'_>, what: &'static str, source: Source) -> Outcome<Action> {
        let mut printer = Printer::new(Format::of(call, Formats::Objects)?);
        printer.typed = true;
        let (save, names_namespace) = (call.has("save-config"), call.given("namespace"));
        let create = Self { printer, dry_run: call.dry_run()?, save, names_namespace, what };
        Action::run(Each::of(vec![Ok(source)], create))
    }
}

impl Act<Source> for CreateObject {
    fn act(&mut self, source: &Source, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (kind, mut value) = match source {
            Source::Value(kind, value) => (*kind, value.clone()),
            Source::CronJob { job, key } => match session.api.live().get(key) {
                None => return Poll::Ready(Err(ApiError::not_found(key).into())),
                Some(cron_job) => (Kind::Job, job_of(job, &cron_job)),
            },
            Source::Wrong(key) => {
                let missing = session.api.live().get(key).is_none();
                let kind = key.kind.resource();
                return Poll::Ready(Err(if missing {
                    ApiError::not_found(key).into()
                } else {
                    Failure::client(format!("unknown object type *v1.{}", kind.name))
                }));
            }
        };
        if self.save {
            apply::note(&mut value);
        }
        let done = format!("created{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            let name = kind.resource().name_form(value["metadata"]["name"].as_str().unwrap_or(""));
            let mut shown = value;
            // The namespace is shown where the line names it.
            if let Some(metadata) = shown["metadata"].as_object_mut().filter(|_| !self.names_namespace) {
                metadata.remove("namespace");
            }
            return Poll::Ready(self.printer.value(&name, &shown, &done, session));
        }
        match create(kind, &value, Validate::Strict, self.dry_run, session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &done, session)),
            Poll::Ready(Err(error)) => {
                Poll::Ready(Err(Failure::client(format!("failed to create {}: {}", self.what, error.message))))
            }
        }
    }
}

/// The one name that a command takes.
fn name(call: &Call<'_>) -> Outcome<String> {
    match &call.arguments[..call.before_dash] {
        [name] => Ok(name.clone()),
        names => Err(call.usage(format!("exactly one NAME is required, got {}", names.len()))),
    }
}

/// The pod template of `create job` and `create cronjob`: one container of the object's name.
fn template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = Map::new();
    container.insert("name".into(), name.into());
    container.insert("image".into(), image.into());
    if !command.is_empty() {
        container.insert("command".into(), command.into());
    }
    container.insert("resources".into(), json!({}));
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}

fn envelope(call: &Call<'_>, kind: Kind, name: &str) -> Value {
    let resource = kind.resource();
    let mut metadata = json!({"name": name});
    if resource.namespaced {
        metadata["namespace"] = call.own_namespace().into();
    }
    json!({"apiVersion": resource.api_version, "kind": resource.name, "metadata": metadata})
}

/// `kubectl create job`
pub fn job(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let command = &call.arguments[call.before_dash..];
    let (image, from) = (call.text("image").unwrap_or(""), call.text("from").unwrap_or(""));
    if image.is_empty() == from.is_empty() {
        return Err(Failure::client("either --image or --from must be specified"));
    }
    if !from.is_empty() && !command.is_empty() {
        return Err(Failure::client("cannot specify --from and command"));
    }
    if from.is_empty() {
        let mut value = envelope(call, Kind::Job, &name);
        value["spec"] = json!({"template": template(&name, image, command, "Never")});
        value["status"] = json!({});
        return CreateObject::action(call, "job", Source::Value(Kind::Job, value));
    }
    let Some((word, cron_job)) = from.split_once('/') else {
        selection::kind(from)?;
        return Err(Failure::client("resource(s) were provided, but no name was specified"));
    };
    let kind = selection::kind(word)?;
    let namespace = if kind.resource().namespaced { call.own_namespace() } else { String::new() };
    let key = ObjectKey::new(kind, namespace, cron_job.to_owned());
    let source = if kind == Kind::CronJob { Source::CronJob { job: name, key } } else { Source::Wrong(key) };
    CreateObject::action(call, "job", source)
}

/// The Job that a CronJob would start now.
fn job_of(name: &str, cron_job: &Object) -> Value {
    let template = cron_job.as_cron_job().map(|cron_job| &cron_job.spec.job_template);
    let metadata = cron_job.metadata();
    let mut annotations = json!({"cronjob.kubernetes.io/instantiate": "manual"});
    for (key, value) in template.iter().flat_map(|template| template.metadata.annotations.iter()) {
        annotations[key.as_str()] = value.as_str().into();
    }
    let owner = OwnerReference {
        api_version: "batch/v1".into(),
        kind: "CronJob".into(),
        name: metadata.name.clone(),
        uid: metadata.uid,
        controller: Some(true),
        block_owner_deletion: None,
    };
    let mut value = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": metadata.namespace,
            "annotations": annotations,
            "ownerReferences": [owner.write()],
        },
        "status": {},
    });
    if let Some(template) = template {
        value["spec"] = template.spec.write();
        if !template.metadata.labels.is_empty() {
            value["metadata"]["labels"] = template.metadata.labels.write();
        }
    }
    value
}

/// `kubectl create cronjob`
pub fn cron_job(call: &Call<'_>) -> Outcome<Action> {
    call.require(&["image", "schedule"])?;
    let name = name(call)?;
    let (image, schedule) = (call.text("image").unwrap_or(""), call.text("schedule").unwrap_or(""));
    let restart = call.text("restart").unwrap_or("OnFailure");
    let mut value = envelope(call, Kind::CronJob, &name);
    let template = template(&name, image, &call.arguments[call.before_dash..], restart);
    value["spec"] = json!({
        "schedule": schedule,
        "jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}},
    });
    value["status"] = json!({});
    CreateObject::action(call, "cronjob", Source::Value(Kind::CronJob, value))
}

/// `kubectl create namespace`
pub fn namespace(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let mut value = envelope(call, Kind::Namespace, &name);
    value["spec"] = json!({});
    value["status"] = json!({});
    CreateObject::action(call, "namespace", Source::Value(Kind::Namespace, value))
}

/// Adds a key that there must not be already.
fn add(name: &str, data: &mut Map<String, Value>, key: &str, text: &str) -> Outcome<()> {
    match data.insert(key.to_owned(), text.into()) {
        None => Ok(()),
        Some(_) => Err(Failure::client(format!(
            "cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap \"{name}\""
        ))),
    }
}

/// `kubectl create configmap`
pub fn config_map(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let mut data = Map::new();
    for file in call.all("from-file") {
        let (key, file) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file));
        let missing = || Failure::client(format!("error reading {file}: no such file or directory"));
        add(&name, &mut data, key, call.files.get(file).ok_or_else(missing)?)?;
    }
    for literal in call.all("from-literal") {
        let broken = || Failure::client(format!("invalid literal source {literal}, expected key=value"));
        let (key, text) = literal.split_once('=').ok_or_else(broken)?;
        add(&name, &mut data, key, text)?;
    }
    let mut value = envelope(call, Kind::ConfigMap, &name);
    if !data.is_empty() {
        value["data"] = Value::Object(data);
    }
    CreateObject::action(call, "configmap", Source::Value(Kind::ConfigMap, value))
}

/// `kubectl create quota`
pub fn quota(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let parts =
        |flag: &str| call.text(flag).into_iter().flat_map(|text| text.split(',')).filter(|part| !part.is_empty());
    let mut spec = Map::new();
    let mut hard = Map::new();
    for part in parts("hard") {
        let (resource, amount) = match part.split('=').collect::<Vec<_>>()[..] {
            [resource, amount] => (resource, amount),
            _ => {
                let why = format!("invalid argument syntax {part}, expected <resource>=<value>");
                return Err(Failure::client(why));
            }
        };
        hard.insert(resource.to_owned(), amount.into());
    }
    for (field, value) in [("hard", Value::Object(hard)), ("scopes", parts("scopes").map(Value::from).collect())] {
        if call.given(field) {
            spec.insert(field.into(), value);
        }
    }
    let mut value = envelope(call, Kind::ResourceQuota, &name);
    value["spec"] = Value::Object(spec);
    value["status"] = json!({});
    CreateObject::action(call, "quota", Source::Value(Kind::ResourceQuota, value))
}

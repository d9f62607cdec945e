//! `kubectl create`: from files, and Jobs, CronJobs and what they need from flags (spec 05 §1, §2).

use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::manifest::{self, Manifest};
use super::printers::{Format, Formats};
use super::selection::{self, Selection, What};
use super::selector::Labels;
use super::session::Session;
use super::{last_applied, raw};
use crate::api::fields::Field;
use crate::api::quantity::Quantity;
use crate::api::validation::{names, quoted};
use crate::api::yaml::print;
use crate::api::{ApiError, Kind, Object, ObjectKey, OwnerReference};
use crate::apiserver::Validate;
use crate::sim::base64;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::task::Poll;

/// `kubectl create -f`
pub fn from_files(call: &Call<'_>) -> Outcome<Action> {
    let words = call.arguments.join(" ");
    if !words.is_empty() {
        return Err(call.usage(format!("Unexpected args: [{words}]")));
    }
    if !call.given("filename") && !call.given("kustomize") {
        return Err(Failure::client("must specify one of -f and -k"));
    }
    if let Some(path) = call.text("raw") {
        return raw::post(call, path);
    }
    if call.has("edit") {
        return Err(Failure::client("kubectl create --edit is not simulated: there is no editor to open"));
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
            last_applied::note(&mut value);
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

/// An object made from flags.
#[derive(Clone)]
struct CreateObject {
    printer: Printer,
    dry_run: DryRun,
    validate: Validate,
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
        let validate = manifest::validate_flag(call)?;
        let (save, names_namespace) = (call.has("save-config"), call.given("namespace"));
        let create = Self { printer, dry_run: call.dry_run()?, validate, save, names_namespace, what };
        Action::run(Each::of(vec![Ok(source)], create))
    }
}

impl Act<Source> for CreateObject {
    fn act(&mut self, source: &Source, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let (kind, mut value) = match source {
            Source::Value(kind, value) => (*kind, value.clone()),
            Source::CronJob { job, key } => match session.api.live().get(key) {
                None => return Poll::Ready(Err(selection::missing(key, session.reading()))),
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
            last_applied::note(&mut value);
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
        match create(kind, &value, self.validate, self.dry_run, session) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &done, session)),
            Poll::Ready(Err(error)) if kind == Kind::Namespace => Poll::Ready(Err(error.into())),
            Poll::Ready(Err(error)) => {
                // Of Secrets it is told without a colon.
                let colon = if kind == Kind::Secret { "" } else { ":" };
                Poll::Ready(Err(Failure::client(format!("failed to create {}{colon} {}", self.what, error.message))))
            }
        }
    }
}

/// The one name that a command takes; how the object is printed is found out before anything else is looked at.
fn name(call: &Call<'_>) -> Outcome<String> {
    let [name] = &call.arguments[..call.before_dash] else {
        return Err(call.usage(format!("exactly one NAME is required, got {}", call.before_dash)));
    };
    call.dry_run()?;
    Format::of(call, Formats::Objects)?;
    manifest::validate_flag(call)?;
    Ok(name.clone())
}

/// The pod template of `create job` and `create cronjob`: one container of the object's name.
fn template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = Map::new();
    container.insert("name".into(), name.into());
    if !image.is_empty() {
        container.insert("image".into(), image.into());
    }
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
    let selection = Selection::of(&call.without(&["all-namespaces"]), &[from.to_owned()], false)?;
    let What::Named(named) = &selection.what else {
        return Err(Failure::client("from must be an existing cronjob"));
    };
    let [(kind, from)] = &named[..] else { return Err(Failure::client("from must be an existing cronjob")) };
    let key = selection.key(*kind, from);
    let source = if *kind == Kind::CronJob { Source::CronJob { job: name, key } } else { Source::Wrong(key) };
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

/// What `--from-file`, `--from-literal` and `--from-env-file` say, by key; `kind` is that of the object it is for.
fn data(call: &Call<'_>, kind: Kind, name: &str) -> Outcome<Map<String, Value>> {
    let mut data = Map::new();
    let is_secret = kind == Kind::Secret;
    let mut add = |key: &str, text: &str| {
        let wrong = names::config_key(key);
        let taken = data.contains_key(key);
        let why = match (wrong.is_empty(), taken, is_secret) {
            (true, false, _) => {
                data.insert(key.to_owned(), text.into());
                return Ok(());
            }
            (false, _, true) => format!("{} is not valid key name for a Secret {}", quoted(key), wrong.join(";")),
            (false, _, false) => {
                format!("{} is not a valid key name for a ConfigMap: {}", quoted(key), wrong.join(","))
            }
            (true, true, true) => format!("cannot add key {key}, another key by that name already exists"),
            (true, true, false) => format!(
                "cannot add key {}, another key by that name already exists in Data for ConfigMap {}",
                quoted(key),
                quoted(name)
            ),
        };
        Err(Failure::client(why))
    };
    if call.given("from-env-file") && (call.given("from-file") || call.given("from-literal")) {
        return Err(Failure::client("from-env-file cannot be combined with from-file or from-literal"));
    }
    let missing = |file: &str| Failure::client(format!("error reading {file}: no such file or directory"));
    let literals = |add: &mut dyn FnMut(&str, &str) -> Outcome<()>| {
        call.all("from-literal").iter().try_for_each(|literal| {
            let broken = || Failure::client(format!("invalid literal source {literal}, expected key=value"));
            let (key, text) = literal.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(broken)?;
            add(key, text)
        })
    };
    if is_secret {
        literals(&mut add)?;
    }
    for source in call.all("from-file") {
        let (key, file) = match source.split_once('=') {
            Some(("", file)) => return Err(Failure::client(format!("key name for file path {file} missing"))),
            Some((key, "")) => return Err(Failure::client(format!("file path for key name {key} missing"))),
            Some((_, file)) if file.contains('=') => {
                return Err(Failure::client("key names or file paths cannot contain '='"));
            }
            Some((key, file)) => (Some(key), file),
            None => (None, source.as_str()),
        };
        let base = |file: &str| file.rsplit('/').next().unwrap_or(file).to_owned();
        match call.files.get(file) {
            Some(text) => add(key.unwrap_or(&base(file)), text)?,
            // All files of a folder, under their names.
            None => {
                let prefix = match file.trim_end_matches('/') {
                    "." => String::new(),
                    folder => format!("{folder}/"),
                };
                let inside = |name: &&str| name.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/'));
                let inside: Vec<&str> = call.files.names().filter(inside).collect();
                if inside.is_empty() {
                    return Err(missing(file));
                }
                if key.is_some() {
                    return Err(Failure::client("cannot give a key name for a directory path"));
                }
                for name in inside {
                    add(&base(name), call.files.get(name).unwrap_or(""))?;
                }
            }
        }
    }
    if !is_secret {
        literals(&mut add)?;
    }
    for file in call.all("from-env-file") {
        let text = call.files.get(file).ok_or_else(|| missing(file))?;
        let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let (key, text) = line.split_once('=').unwrap_or((line, ""));
            let wrong = names::strict_env_name(key);
            if !wrong.is_empty() {
                return Err(Failure::client(format!("{} is not a valid key name: {}", quoted(key), wrong.join(";"))));
            }
            add(key, text)?;
        }
    }
    Ok(data)
}

/// `kubectl create configmap`
pub fn config_map(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let data = data(call, Kind::ConfigMap, &name)?;
    let mut value = envelope(call, Kind::ConfigMap, &name);
    if !data.is_empty() {
        value["data"] = Value::Object(data);
    }
    if call.has("append-hash") {
        append_hash(&mut value);
    }
    CreateObject::action(call, "configmap", Source::Value(Kind::ConfigMap, value))
}

/// `kubectl create secret generic`
pub fn secret(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let mut data = data(call, Kind::Secret, &name)?;
    data.iter_mut().for_each(|(_, text)| *text = base64(text.as_str().unwrap_or("").as_bytes()).into());
    let mut value = envelope(call, Kind::Secret, &name);
    if !data.is_empty() {
        value["data"] = Value::Object(data);
    }
    if let Some(kind) = call.nonempty("type") {
        value["type"] = kind.into();
    }
    if call.has("append-hash") {
        append_hash(&mut value);
    }
    CreateObject::action(call, "secret", Source::Value(Kind::Secret, value))
}

/// `--append-hash`: lets a name end in what tells the contents apart. In Kubernetes: `kubectl/pkg/util/hash`.
fn append_hash(value: &mut Value) {
    let text = |field: &Value| field.as_str().unwrap_or("").to_owned();
    let (kind, name) = (text(&value["kind"]), text(&value["metadata"]["name"]));
    let data = value.get("data").cloned().unwrap_or_else(|| json!({}));
    let mut hashed = json!({"data": data, "kind": kind, "name": name});
    if kind == "Secret" {
        hashed["type"] = text(&value["type"]).into();
    }
    let digest: String =
        Sha256::digest(print::json_compact(&hashed)).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    // No vowels, no digits that look like them: it shall spell no words.
    let safe = digest.chars().map(|digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    });
    value["metadata"]["name"] = format!("{name}-{}", safe.collect::<String>()).into();
}

/// `kubectl create service clusterip`
pub fn service(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let (ports, address) = (call.list("tcp"), call.text("clusterip").unwrap_or(""));
    let port = |text: &str| {
        let number = |text: &str| {
            let why = format!("strconv.ParseUint: parsing {}: invalid syntax", quoted(text));
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if is_number { why.replace("invalid syntax", "value out of range") } else { why };
            text.parse::<u16>().map_err(|_| Failure::client(why))
        };
        let (port, target) = text.split_once(':').unwrap_or((text, text));
        let target = match target.parse::<i64>() {
            Ok(number) if target == text || (1..=65_535).contains(&number) => Value::from(number),
            Ok(_) => return Err(Failure::client("must be between 1 and 65535, inclusive")),
            Err(_) => match names::port_name(target).as_slice() {
                [] => Value::from(target),
                wrong => return Err(Failure::client(wrong.join(","))),
            },
        };
        let name = text.replace(':', "-");
        Ok(json!({"name": name, "port": number(port)?, "protocol": "TCP", "targetPort": target}))
    };
    let ports = ports.into_iter().map(port).collect::<Outcome<Vec<Value>>>()?;
    if address != "None" && ports.is_empty() {
        return Err(Failure::client("at least one tcp port specifier must be provided"));
    }
    let mut value = envelope(call, Kind::Service, &name);
    value["metadata"]["labels"] = json!({"app": name});
    value["spec"] = json!({"selector": {"app": name}, "type": "ClusterIP"});
    if !address.is_empty() {
        value["spec"]["clusterIP"] = address.into();
    }
    if !ports.is_empty() {
        value["spec"]["ports"] = ports.into();
    }
    value["status"] = json!({"loadBalancer": {}});
    CreateObject::action(call, "ClusterIP service", Source::Value(Kind::Service, value))
}

/// `kubectl create poddisruptionbudget`
pub fn budget(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let text = |flag: &str| call.text(flag).unwrap_or("");
    let (selector, least, most) = (text("selector"), text("min-available"), text("max-unavailable"));
    let wrong = match (selector.is_empty(), least.is_empty(), most.is_empty()) {
        (true, ..) => Some("a selector must be specified"),
        (_, true, true) => Some("one of min-available or max-unavailable must be specified"),
        (_, false, false) => Some("min-available and max-unavailable cannot be both specified"),
        _ => None,
    };
    if let Some(why) = wrong {
        return Err(Failure::client(why));
    }
    let (field, amount) = if least.is_empty() { ("maxUnavailable", most) } else { ("minAvailable", least) };
    let digits = amount.strip_suffix('%').unwrap_or(amount);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let flag = if least.is_empty() { "max-unavailable" } else { "min-available" };
        return Err(Failure::client(format!("invalid format specified for {flag}")));
    }
    let labels = Labels::for_object(selector).map_err(Failure::client)?;
    let amount = amount.parse::<i64>().map_or_else(|_| Value::from(amount), Value::from);
    let mut value = envelope(call, Kind::PodDisruptionBudget, &name);
    value["spec"] = json!({field: amount, "selector": labels.selector()});
    value["status"] = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    CreateObject::action(call, "poddisruptionbudgets", Source::Value(Kind::PodDisruptionBudget, value))
}

/// `kubectl create priorityclass`
pub fn priority_class(call: &Call<'_>) -> Outcome<Action> {
    let name = name(call)?;
    let mut value = envelope(call, Kind::PriorityClass, &name);
    value["value"] = call.number("value").unwrap_or(0).into();
    value["preemptionPolicy"] = call.text("preemption-policy").unwrap_or("PreemptLowerPriority").into();
    if call.has("global-default") {
        value["globalDefault"] = true.into();
    }
    if let Some(text) = call.nonempty("description") {
        value["description"] = text.into();
    }
    CreateObject::action(call, "priorityclass", Source::Value(Kind::PriorityClass, value))
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
                let why = format!("Invalid argument syntax {part}, expected <resource>=<value>");
                return Err(Failure::client(why));
            }
        };
        Quantity::parse(amount).map_err(Failure::client)?;
        hard.insert(resource.to_owned(), amount.into());
    }
    for (field, value) in [("hard", Value::Object(hard)), ("scopes", parts("scopes").map(Value::from).collect())] {
        if call.nonempty(field).is_some() {
            spec.insert(field.into(), value);
        }
    }
    let mut value = envelope(call, Kind::ResourceQuota, &name);
    value["spec"] = Value::Object(spec);
    value["status"] = json!({});
    CreateObject::action(call, "quota", Source::Value(Kind::ResourceQuota, value))
}

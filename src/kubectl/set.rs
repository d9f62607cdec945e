//! `kubectl set`: one thing about objects: images, resources, variables, the service account, a Service's selector.
//! In Kubernetes: `kubectl/pkg/cmd/set`.

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::label::pairs;
use super::patch;
use super::printers::{Format, Formats, sanitized};
use super::selection::{self, Selection, Target};
use super::selector::Labels;
use super::session::Session;
use crate::api::quantity::Quantity;
use crate::api::validation::{names, quoted};
use crate::api::{ApiError, Kind};
use crate::apiserver::{Patch, PatchType};
use crate::sim::Map as SortedMap;
use serde_json::{Map, Value, json};
use std::task::Poll;

const NO_OBJECTS: &str = "one or more resources must be specified as <resource> <name> or <resource>/<name>";

/// `kubectl set image`
pub fn image(call: &Call<'_>) -> Outcome<Action> {
    Format::of(call, Formats::Objects)?;
    let (words, pairs) = pairs(&call.arguments, "image")?;
    let broken: Vec<&str> = pairs.iter().filter(|pair| !pair.contains('=')).map(String::as_str).collect();
    if !broken.is_empty() {
        return Err(Failure::client(format!("invalid image format: {}", broken.join(", "))));
    }
    let selection = Selection::of(call, words, false)?;
    // The last of several for the same container counts.
    let images: SortedMap<String, String> =
        pairs.iter().filter_map(|pair| pair.split_once('=')).map(|(name, image)| (name.into(), image.into())).collect();
    let mut wrong = Vec::new();
    if all_and_some(call) {
        wrong.push("cannot set --all and --selector at the same time".to_owned());
    }
    if images.is_empty() {
        wrong.push("at least one image update is required".to_owned());
    } else if images.len() > 1 && images.contains_key("*") {
        let why =
            "all containers are already specified by *, but saw more than one container_name=container_image pairs";
        wrong.push(why.to_owned());
    }
    match wrong.is_empty() {
        true => over(call, selection, Change::Images(images.into_iter().collect())),
        false => Err(Failure::Unread(wrong)),
    }
}

/// `kubectl set resources`
pub fn resources(call: &Call<'_>) -> Outcome<Action> {
    Format::of(call, Formats::Objects)?;
    let selection = Selection::of(call, &call.arguments, false)?;
    if all_and_some(call) {
        return Err(Failure::client("cannot set --all and --selector at the same time"));
    }
    let (requests, limits) = (amounts(call, "requests")?, amounts(call, "limits")?);
    if requests.is_empty() && limits.is_empty() {
        return Err(Failure::client(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    over(call, selection, Change::Resources { containers: containers(call), requests, limits })
}

/// `cpu=100m,memory=64Mi` after a flag.
fn amounts(call: &Call<'_>, flag: &str) -> Outcome<Map<String, Value>> {
    let pair = |pair: &str| match pair.split('=').collect::<Vec<_>>()[..] {
        [name, amount] => match Quantity::parse(amount) {
            Ok(_) => Ok((name.to_owned(), Value::from(amount))),
            Err(why) => Err(Failure::client(why)),
        },
        _ => Err(Failure::client(format!("Invalid argument syntax {pair}, expected <resource>=<value>"))),
    };
    match call.text(flag) {
        None | Some("") => Ok(Map::new()),
        Some(text) => text.split(',').map(pair).collect(),
    }
}

/// `kubectl set env`
pub fn env(call: &Call<'_>) -> Outcome<Action> {
    Format::of(call, Formats::Objects)?;
    if all_and_some(call) {
        return Err(Failure::client("cannot set --all and --selector at the same time"));
    }
    let is_change =
        |word: &String| word.split_once('=').is_some_and(|(name, _)| !name.is_empty()) || word.ends_with('-');
    let first = call.arguments.iter().position(is_change).unwrap_or(call.arguments.len());
    let (words, changes) = call.arguments.split_at(first);
    if !changes.iter().all(is_change) {
        let words = call.arguments.join(" ");
        return Err(Failure::client(format!("all resources must be specified before environment changes: {words}")));
    }
    if words.is_empty() && !call.given("filename") {
        return Err(Failure::client(NO_OBJECTS));
    }
    let (list, from) = (call.has("list"), call.nonempty("from"));
    if list && call.nonempty("output").is_some() {
        return Err(Failure::client("--list and --output may not be specified together"));
    }
    let keys: Vec<String> = call.list("keys").into_iter().map(str::to_owned).collect();
    if !keys.is_empty() && from.is_none() {
        return Err(Failure::client("when specifying --keys, a configmap or secret must be provided with --from"));
    }
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for word in call.all("env").iter().chain(changes) {
        match (word.split_once('='), word.strip_suffix('-')) {
            (Some((name, value)), _) => {
                let wrong = names::strict_env_name(name);
                if !wrong.is_empty() {
                    let why = format!("{} is not a valid key name: {}", quoted(name), wrong.join(";"));
                    return Err(Failure::client(why));
                }
                set.push((name.to_owned(), json!({"value": value})));
            }
            (None, Some(name)) => remove.push(name.to_owned()),
            (None, None) => return Err(Failure::client(format!("unknown environment variable: {word}"))),
        }
    }
    if remove.iter().any(|name| set.iter().any(|(other, _)| other == name)) {
        let why = "can not both modify and remove the same environment variable in the same command";
        return Err(Failure::client(why));
    }
    let from = match from {
        None => None,
        Some(from) => {
            Some((Selection::of(&call.without(&["filename", "kustomize"]), &[from.to_owned()], false)?, keys))
        }
    };
    let env = Env {
        containers: containers(call),
        set,
        remove,
        from,
        prefix: call.text("prefix").unwrap_or("").to_owned(),
        overwrite: call.text("overwrite") != Some("false"),
        list,
        names_some: !changes.is_empty(),
    };
    // Without the cluster, words that mean objects mean nothing.
    match call.has("local") {
        true if !call.given("filename") => Err(selection::nothing_meant()),
        true => start(call, &[], Change::Env(env)),
        false => start(call, words, Change::Env(env)),
    }
}

/// `kubectl set serviceaccount`
pub fn service_account(call: &Call<'_>) -> Outcome<Action> {
    let Some((account, words)) = call.arguments.split_last() else {
        return Err(Failure::client("serviceaccount is required"));
    };
    start(call, words, Change::ServiceAccount(account.clone()))
}

/// `kubectl set selector`
pub fn selector(call: &Call<'_>) -> Outcome<Action> {
    let Some((selector, words)) = call.arguments.split_last() else {
        return Err(Failure::client("one selector is required"));
    };
    let labels = Labels::for_object(selector).map_err(Failure::client)?;
    let exact = labels.exact().map(|labels| labels.map(|(key, value)| (key, Value::from(value))).collect());
    start(call, words, Change::Selector(exact.ok_or_else(|| expressions(&labels.selector()))))
}

/// Conditions on labels as Go prints them: `[{app Exists []} {tier In [a b]}]`.
fn expressions(selector: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let all = selector["matchExpressions"].as_array().into_iter().flatten().map(|expression| {
        let values: Vec<String> = expression["values"].as_array().into_iter().flatten().map(text).collect();
        format!("{{{} {} [{}]}}", text(&expression["key"]), text(&expression["operator"]), values.join(" "))
    });
    format!("[{}]", all.collect::<Vec<_>>().join(" "))
}

fn all_and_some(call: &Call<'_>) -> bool {
    call.has("all") && call.nonempty("selector").is_some()
}

/// `--containers`: a name, in which `*` stands for anything.
fn containers(call: &Call<'_>) -> String {
    call.text("containers").unwrap_or("*").to_owned()
}

fn start(call: &Call<'_>, words: &[String], change: Change) -> Outcome<Action> {
    over(call, Selection::of(call, words, false)?, change)
}

fn over(call: &Call<'_>, selection: Selection, change: Change) -> Outcome<Action> {
    let mut printer = Printer::new(Format::of(call, Formats::Objects)?);
    printer.typed = true;
    let visits_each = matches!(change, Change::Selector(_));
    let each = Each::over(selection, true, Set { change, printer, dry_run: call.dry_run()?, missing: Vec::new() });
    Action::run(if visits_each { each } else { each.if_all_stand() })
}

#[derive(Clone)]
enum Change {
    Images(Vec<(String, String)>),
    Resources {
        containers: String,
        requests: Map<String, Value>,
        limits: Map<String, Value>,
    },
    Env(Env),
    ServiceAccount(String),
    /// The labels; if it asks for more than labels, what it asks for.
    Selector(Result<Map<String, Value>, String>),
}

/// Variables of containers.
#[derive(Clone)]
struct Env {
    containers: String,
    /// Names, and the rest of the variables.
    set: Vec<(String, Value)>,
    remove: Vec<String>,
    /// An object whose keys become variables, and which of them; all, if none are named.
    from: Option<(Selection, Vec<String>)>,
    prefix: String,
    overwrite: bool,
    /// Only print them.
    list: bool,
    /// Whether variables were named.
    names_some: bool,
}

impl Change {
    fn done(&self) -> &'static str {
        match self {
            Self::Images(_) => "image updated",
            Self::Resources { .. } => "resource requirements updated",
            Self::Env(_) => "env updated",
            Self::ServiceAccount(_) => "serviceaccount updated",
            Self::Selector(_) => "selector updated",
        }
    }

    /// What kubectl says before the API server's reason.
    fn refusal(&self) -> &'static str {
        match self {
            Self::Images(_) => "failed to patch image update to pod template: ",
            Self::Resources { .. } => "failed to patch resources update to pod template ",
            Self::Env(_) => "failed to patch env update to pod template: ",
            Self::ServiceAccount(_) => "failed to patch ServiceAccountName ",
            Self::Selector(_) => "",
        }
    }
}

/// Where the pod of an object is described.
fn pod_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::Job | Kind::StatefulSet => Some("/spec/template/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// The containers of a pod whose names fit, in the order of two of its lists.
fn chosen<'v>(pod: &'v mut Value, lists: [&str; 2], name: &str) -> Vec<&'v mut Value> {
    let Some(pod) = pod.as_object_mut() else { return Vec::new() };
    let mut chosen: Vec<(usize, &mut Value)> = Vec::new();
    for (list, containers) in pod.iter_mut() {
        let Some(place) = lists.iter().position(|other| other == list) else { continue };
        let all = containers.as_array_mut().into_iter().flatten();
        chosen.extend(all.filter(|container| fits(name, container["name"].as_str().unwrap_or(""))).map(|c| (place, c)));
    }
    chosen.sort_by_key(|(place, _)| *place);
    chosen.into_iter().map(|(_, container)| container).collect()
}

/// Whether a name is of a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name
            .strip_prefix(start)
            .is_some_and(|name| (0..=name.len()).any(|at| name.is_char_boundary(at) && fits(rest, &name[at..]))),
    }
}

impl Env {
    /// The variables to set: those of the line, then one for each key of an object.
    fn all(&self, session: &mut Session<'_>) -> Outcome<Vec<(String, Value)>> {
        let mut set = self.set.clone();
        if let Some((selection, keys)) = &self.from {
            let (targets, failures) = selection.resolve(session.reading(), true);
            if let Some(failure) = failures.into_iter().next() {
                return Err(failure);
            }
            for object in targets.into_iter().filter_map(|target| target.object) {
                let reference = match object.kind() {
                    Kind::ConfigMap => "configMapKeyRef",
                    Kind::Secret => "secretKeyRef",
                    _ => return Err(Failure::client("unsupported resource specified in --from")),
                };
                let value = object.to_value();
                let all = value["data"].as_object().into_iter().flatten().map(|(key, _)| key);
                for key in all.filter(|key| keys.is_empty() || keys.contains(key)) {
                    let name = key.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_").to_uppercase();
                    if name != *key {
                        session.complain(format!("Warning: key {key} transferred to {name}"));
                    }
                    let from = json!({"name": object.metadata().name, "key": key});
                    set.push((name, json!({"valueFrom": {reference: from}})));
                }
            }
        }
        set.iter_mut().for_each(|(name, _)| name.insert_str(0, &self.prefix));
        Ok(set)
    }

    /// A container's variables afterwards.
    fn merged(&self, old: &Value, set: &[(String, Value)]) -> Outcome<Vec<Value>> {
        let old = old.as_array().map_or(&[] as &[Value], Vec::as_slice);
        let named = |name: &str| old.iter().find(|variable| variable["name"] == name);
        if !self.overwrite {
            let taken = set.iter().filter_map(|(name, _)| named(name));
            let told: Vec<String> = taken
                .map(|old| {
                    let (name, value) = (old["name"].as_str().unwrap_or(""), old["value"].as_str().unwrap_or(""));
                    format!("'{name}' already has a value ({value}), and --overwrite is false")
                })
                .collect();
            match told.as_slice() {
                [] => {}
                [one] => return Err(Failure::client(one)),
                several => return Err(Failure::client(format!("[{}]", several.join(", ")))),
            }
        }
        let made = |(name, rest): &(String, Value)| {
            let mut variable = rest.clone();
            variable["name"] = name.as_str().into();
            variable
        };
        let mut covered: Vec<&str> = self.remove.iter().map(String::as_str).collect();
        let mut new = Vec::new();
        for variable in old {
            let name = variable["name"].as_str().unwrap_or("");
            if covered.contains(&name) {
                continue;
            }
            match set.iter().find(|(other, _)| other == name) {
                Some(newer) => {
                    covered.push(name);
                    new.push(made(newer));
                }
                None => new.push(variable.clone()),
            }
        }
        for variable in set {
            if !covered.contains(&variable.0.as_str()) {
                covered.push(&variable.0);
                new.push(made(variable));
            }
        }
        Ok(new)
    }
}

/// Where a variable's value comes from.
fn reference(from: &Value) -> String {
    let of = |what: &str| {
        (from[what]["name"].as_str().unwrap_or("").to_owned(), from[what]["key"].as_str().unwrap_or("").to_owned())
    };
    if from["configMapKeyRef"].is_object() {
        let (name, key) = of("configMapKeyRef");
        format!("configmap {name}, key {key}")
    } else if from["secretKeyRef"].is_object() {
        let (name, key) = of("secretKeyRef");
        format!("secret {name}, key {key}")
    } else if from["fieldRef"].is_object() {
        format!("field path {}", from["fieldRef"]["fieldPath"].as_str().unwrap_or(""))
    } else if from["resourceFieldRef"].is_object() {
        let field = &from["resourceFieldRef"];
        let container = field["containerName"].as_str().filter(|name| !name.is_empty());
        let prefix = container.map_or(String::new(), |name| format!("{name}/"));
        format!("resource field {prefix}{}", field["resource"].as_str().unwrap_or(""))
    } else {
        "invalid valueFrom".into()
    }
}

#[derive(Clone)]
struct Set {
    change: Change,
    printer: Printer,
    dry_run: DryRun,
    /// Containers that an object does not have; the others are changed all the same.
    missing: Vec<Failure>,
}

impl Set {
    /// Makes the change in a copy of an object; false where it is only looked at.
    fn make(&mut self, target: &Target, value: &mut Value, session: &mut Session<'_>) -> Outcome<bool> {
        let (kind, name) = (target.key.kind.resource(), &target.key.name);
        if let Change::Selector(labels) = &self.change {
            match (target.key.kind, labels) {
                (Kind::Service, Ok(labels)) => value["spec"]["selector"] = Value::Object(labels.clone()),
                (Kind::Service, Err(expressions)) => {
                    let why = format!("match expression {expressions} not supported on this object");
                    return Err(Failure::client(why));
                }
                _ => return Err(Failure::client("setting a selector is only supported for Services")),
            }
            return Ok(true);
        }
        let Some(pod) = pod_of(target.key.kind).and_then(|pointer| value.pointer_mut(pointer)) else {
            let why = format!("the object is not a pod or does not have a pod template: *v1.{}", kind.name);
            if matches!(&self.change, Change::Env(env) if env.list) {
                return Ok(false);
            }
            let name = if target.local { kind.name_form(name) } else { format!("{}/{name}", kind.plural) };
            return Err(Failure::client(format!("error: {name} {why}")));
        };
        match &self.change {
            Change::Images(images) => {
                for (name, image) in images {
                    // A star that is not alone stands for nothing.
                    let pattern = if name == "*" || !name.contains('*') { name } else { "" };
                    let containers = chosen(pod, ["initContainers", "containers"], pattern);
                    if containers.is_empty() {
                        let why = format!("error: unable to find container named {}", quoted(name));
                        self.missing.push(Failure::client(why));
                    }
                    containers.into_iter().for_each(|container| container["image"] = image.as_str().into());
                }
            }
            Change::Resources { containers: names, requests, limits } => {
                let containers = chosen(pod, ["containers", "initContainers"], names);
                if containers.is_empty() {
                    self.missing.push(Failure::client(format!("error: unable to find container named {names}")));
                }
                for container in containers {
                    for (field, amounts) in [("limits", limits), ("requests", requests)] {
                        for (name, amount) in amounts {
                            container["resources"][field][name] = amount.clone();
                        }
                    }
                }
            }
            Change::Env(env) => {
                let set = env.all(session)?;
                let containers = chosen(pod, ["containers", "initContainers"], &env.containers);
                if containers.is_empty() {
                    let pattern = quoted(&env.containers);
                    session.complain(format!(
                        "Warning: {}/{name} does not have any containers matching {pattern}",
                        kind.name
                    ));
                }
                let of = format!("error: {}/{name} ", kind.plural);
                for container in containers {
                    let new = env
                        .merged(&container["env"], &set)
                        .map_err(|why| Failure::client(format!("{of}{}\n", why.message())))?;
                    if env.list {
                        session.line(format!(
                            "# {} {name}, container {}",
                            kind.name,
                            container["name"].as_str().unwrap_or("")
                        ));
                        for variable in &new {
                            let name = variable["name"].as_str().unwrap_or("");
                            session.line(match variable.get("valueFrom") {
                                None => format!("{name}={}", variable["value"].as_str().unwrap_or("")),
                                Some(from) => format!("# {name} from {}", reference(from)),
                            });
                        }
                    }
                    match (new.is_empty(), container.as_object_mut()) {
                        (true, Some(container)) => drop(container.remove("env")),
                        (_, container) => drop(container.map(|container| container.insert("env".into(), new.into()))),
                    }
                }
                if env.list {
                    return Ok(false);
                }
            }
            Change::ServiceAccount(account) => pod["serviceAccountName"] = account.as_str().into(),
            Change::Selector(_) => {}
        }
        Ok(true)
    }

    /// The part of an object that the change is about, on its way from the top.
    fn patch(&self, kind: Kind, value: &Value) -> Value {
        let (pointer, fields): (&str, &[&str]) = match (&self.change, pod_of(kind)) {
            (Change::Selector(_), _) => ("/spec", &["selector"]),
            (Change::ServiceAccount(_), Some(pointer)) => (pointer, &["serviceAccountName"]),
            (_, Some(pointer)) => (pointer, &["containers", "initContainers"]),
            (_, None) => ("/spec", &[]),
        };
        let part = value.pointer(pointer);
        let fields = fields.iter().filter_map(|field| Some(((*field).to_owned(), part?.get(field)?.clone())));
        let inner = Value::Object(fields.collect());
        pointer[1..].rsplit('/').fold(inner, |value, key| json!({key: value}))
    }
}

impl Act<Target> for Set {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = target.current(session) else {
            return Poll::Ready(Err(ApiError::not_found(&target.key).into()));
        };
        if session.next_write().is_some_and(|at| at > session.now()) {
            return Poll::Pending;
        }
        let before = sanitized(&object, session.reading());
        let mut after = before.clone();
        let missing = self.missing.len();
        match self.make(target, &mut after, session) {
            Err(failure) => return Poll::Ready(Err(failure)),
            Ok(false) => return Poll::Ready(Ok(())),
            Ok(true) => {}
        }
        let always = matches!(self.change, Change::ServiceAccount(_) | Change::Selector(_));
        if before == after && !always {
            return Poll::Ready(Ok(()));
        }
        let what = format!("{}{}", self.change.done(), self.dry_run.suffix());
        if self.dry_run == DryRun::Client || target.local {
            self.printer.separates = !target.local;
            let name = target.key.kind.resource().name_form(&target.key.name);
            return Poll::Ready(self.printer.value(&name, &after, &what, session));
        }
        let patch = Patch::new(PatchType::Merge, self.patch(target.key.kind, &after));
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => {
                self.missing.truncate(missing);
                Poll::Pending
            }
            Poll::Ready(Err(error)) if matches!(self.change, Change::Selector(_)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Err(error)) => {
                Poll::Ready(Err(Failure::client(format!("{}{}", self.change.refusal(), error.message))))
            }
            Poll::Ready(Ok(_)) if matches!(&self.change, Change::Env(env) if env.set.is_empty() && env.from.is_none() && !env.names_some) => {
                Poll::Ready(Err(Failure::client("at least one environment variable must be provided")))
            }
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }

    fn summary(&mut self, failures: Vec<Failure>) -> Vec<Failure> {
        std::mem::take(&mut self.missing).into_iter().chain(failures).collect()
    }
}

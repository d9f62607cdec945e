//! `kubectl get --raw` and `kubectl create --raw`, and `kubectl top`, which needs what this cluster does not have.

use super::api_resources::{VERBS, is_in_all};
use super::call::{Action, Call, DryRun};
use super::creation::create;
use super::failure::{Failure, Outcome};
use super::printers::sanitized;
use super::session::{Printed, Read, Reading, Session, Step, Task};
use crate::api::{ApiError, Kind, ObjectKey, RESOURCES, Reason, Resource, yaml};
use crate::apiserver::{DeleteOptions, Request, Validate};
use serde_json::{Value, json};
use std::task::Poll;

/// `kubectl top`
pub fn top(call: &Call<'_>) -> Outcome<Action> {
    if call.nonempty("sort-by").is_some_and(|by| !["cpu", "memory"].contains(&by)) {
        return Err(Failure::client("--sort-by accepts only cpu or memory"));
    }
    Err(Failure::client("Metrics API not available"))
}

/// `kubectl get --raw`
pub fn start(path: &str) -> Outcome<Action> {
    Action::read(Raw { path: path.to_owned() })
}

#[derive(Clone)]
struct Raw {
    path: String,
}

impl Read for Raw {
    fn read(&self, reading: Reading<'_>) -> Printed {
        match answer(&self.path, reading) {
            Ok(out) => Printed { out, ..Printed::default() },
            Err(error) => Printed { failures: vec![error.into()], ..Printed::default() },
        }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// `kubectl create --raw`: posts a file as it is, and prints the answer as it is.
pub fn post(call: &Call<'_>, path: &str) -> Outcome<Action> {
    let names = call.list("filename");
    let [name] = names[..] else { return Err(call.usage("--raw can only use a single local file or stdin")) };
    for (flag, shown) in [("recursive", "recursive"), ("selector", "selector (-l)"), ("output", "output")] {
        if call.given(flag) {
            return Err(call.usage(format!("--raw and --{shown} are mutually exclusive")));
        }
    }
    let Some(text) = call.files.get(name) else {
        let why = match name {
            "-" => "nothing comes from standard input".to_owned(),
            _ => format!("open {name}: no such file or directory"),
        };
        return Err(Failure::client(why));
    };
    Action::run(Post { path: path.to_owned(), text: text.to_owned() })
}

/// What the API server answers when it evicts a pod.
const EVICTED: &str = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#;

#[derive(Clone)]
struct Post {
    path: String,
    text: String,
}

impl Task for Post {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        match self.send(session) {
            Poll::Pending => session.until_next_write(),
            Poll::Ready(Err(error)) => Step::Done(vec![error.into()]),
            Poll::Ready(Ok(answer)) => {
                session.line(answer);
                Step::Done(Vec::new())
            }
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

impl Post {
    fn send(&self, session: &mut Session<'_>) -> Poll<Result<String, ApiError>> {
        let (version, namespace, rest) = match split(&self.path) {
            Some(parts) => parts,
            None => return Poll::Ready(Err(unknown())),
        };
        let body = yaml::read(&self.text).documents.first().map_or(Value::Null, |document| document.root.to_value());
        if !body.is_object() {
            let why = "the body of the request is not an object";
            return Poll::Ready(Err(ApiError::new(Reason::BadRequest, why)));
        }
        match (version.as_str(), &rest[..]) {
            ("v1", ["pods", name, "eviction"]) => {
                if body["kind"] != "Eviction" || body["metadata"]["name"] != **name {
                    let why = "name in URL does not match name in Eviction object";
                    return Poll::Ready(Err(ApiError::new(Reason::BadRequest, why)));
                }
                let pod = ObjectKey::new(Kind::Pod, namespace.unwrap_or_default(), (*name).to_owned());
                let grace_period_seconds = body["deleteOptions"]["gracePeriodSeconds"].as_i64();
                let options = DeleteOptions { grace_period_seconds, ..DeleteOptions::default() };
                let answer = session.write(Request::Evict { pod, options }, false);
                answer.map_ok(|_| EVICTED.to_owned())
            }
            (_, [plural]) => {
                let Some(resource) = resource(&version, plural) else { return Poll::Ready(Err(unknown())) };
                let mut body = body;
                if let Some(namespace) = namespace.filter(|_| resource.namespaced) {
                    body["metadata"]["namespace"] = namespace.into();
                }
                let answer = create(resource.kind, &body, Validate::Ignore, DryRun::None, session);
                answer.map_ok(|object| yaml::print::json_compact(&sanitized(&object, session.reading())))
            }
            _ => Poll::Ready(Err(unknown())),
        }
    }
}

/// The group and version that a path means, the namespace in it, and what follows them.
type Parts<'p> = (String, Option<String>, Vec<&'p str>);

fn split(path: &str) -> Option<Parts<'_>> {
    let path = path.split('?').next().unwrap_or("");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (version, rest) = match parts[..] {
        ["api", version, ref rest @ ..] => (version.to_owned(), rest),
        ["apis", group, version, ref rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return None,
    };
    Some(match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => {
            (version, Some((*namespace).to_owned()), rest.to_vec())
        }
        rest => (version, None, rest.to_vec()),
    })
}

fn unknown() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

fn resource(version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.api_version == version && resource.plural == plural)
}

/// What the API server answers under a path.
fn answer(path: &str, reading: Reading<'_>) -> Result<String, ApiError> {
    let bare = path.split('?').next().unwrap_or("");
    match bare.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>()[..] {
        ["version"] => {
            return Ok(json!({"gitVersion": super::version::SERVER, "major": "1", "minor": "36"}).to_string());
        }
        ["healthz" | "livez" | "readyz"] => return Ok("ok".into()),
        ["apis", group] => return group_of(group).ok_or_else(unknown),
        ["api", version] => return resources_of(version).ok_or_else(unknown),
        ["apis", group, version] => return resources_of(&format!("{group}/{version}")).ok_or_else(unknown),
        _ => {}
    }
    let (version, namespace, rest) = split(path).ok_or_else(unknown)?;
    let resource = |plural: &str| resource(&version, plural).ok_or_else(unknown);
    let value = match rest[..] {
        [plural] => list(resource(plural)?, &version, namespace.as_deref(), reading),
        [plural, name] | [plural, name, "status"] => {
            let kind = resource(plural)?.kind;
            let key = ObjectKey::new(kind, namespace.unwrap_or_default(), name.to_owned());
            let object = reading.view.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
            sanitized(&object, reading)
        }
        _ => return Err(unknown()),
    };
    Ok(yaml::print::json_compact(&value) + "\n")
}

fn group_of(group: &str) -> Option<String> {
    let resource = RESOURCES.iter().find(|resource| resource.group == group && !group.is_empty())?;
    let version = resource.api_version.rsplit('/').next()?;
    let versions = format!("{{\"groupVersion\":\"{group}/{version}\",\"version\":\"{version}\"}}");
    Some(format!(
        "{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"{group}\",\"versions\":[{versions}],\
         \"preferredVersion\":{versions}}}\n"
    ))
}

/// What a version of a group has, each type followed by its status.
fn resources_of(version: &str) -> Option<String> {
    let mut told = Vec::new();
    for resource in RESOURCES.iter().filter(|resource| resource.api_version == version) {
        let (plural, name, namespaced) = (resource.plural, resource.name, resource.namespaced);
        let quoted = |words: &[&str]| json!(words).to_string();
        let mut more = String::new();
        if !resource.short_names.is_empty() {
            more += &format!(",\"shortNames\":{}", quoted(resource.short_names));
        }
        if is_in_all(resource) {
            more += ",\"categories\":[\"all\"]";
        }
        told.push(format!(
            "{{\"name\":\"{plural}\",\"singularName\":\"{}\",\"namespaced\":{namespaced},\"kind\":\"{name}\",\"verbs\":{}{more},\
             \"storageVersionHash\":\"{}\"}}",
            name.to_lowercase(),
            quoted(&VERBS.split(',').collect::<Vec<_>>()),
            version_hash(resource.kind),
        ));
        if has_status(resource.kind) {
            told.push(format!(
                "{{\"name\":\"{plural}/status\",\"singularName\":\"\",\"namespaced\":{namespaced},\"kind\":\"{name}\",\
                 \"verbs\":[\"get\",\"patch\",\"update\"]}}"
            ));
        }
    }
    let list = told.join(",");
    (!told.is_empty()).then(|| {
        format!(
            "{{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"{version}\",\"resources\":[{list}]}}\n"
        )
    })
}

/// What tells in which version the API server stores a kind: the first eight bytes of its name's SHA-256.
fn version_hash(kind: Kind) -> &'static str {
    match kind {
        Kind::Namespace => "Q3oi5N2YM8M=",
        Kind::Node => "XwShjMxG9Fs=",
        Kind::PriorityClass => "1QwjyaZjj3Y=",
        Kind::Pod => "xPOwRZ+Yhw8=",
        Kind::Service => "0/CO1lhkEBI=",
        Kind::ConfigMap => "qFsyl6wFWjQ=",
        Kind::Secret => "S6u1pOWzb84=",
        Kind::StatefulSet => "H+vl74LkKdo=",
        Kind::CronJob => "sd5LIXh4Fjs=",
        Kind::Job => "mudhfqk/qZY=",
        Kind::PodDisruptionBudget => "EVWiDmWqyJw=",
        Kind::ResourceQuota => "8uhSgffRX6w=",
        Kind::Event => "r2yiGXH7wu8=",
    }
}

fn has_status(kind: Kind) -> bool {
    !matches!(kind, Kind::PriorityClass | Kind::ConfigMap | Kind::Secret | Kind::Event)
}

fn list(resource: &Resource, version: &str, namespace: Option<&str>, reading: Reading<'_>) -> Value {
    let kind: Kind = resource.kind;
    let items: Vec<Value> = match namespace {
        Some(namespace) => reading.view.list_in(kind, namespace).map(|object| sanitized(&object, reading)).collect(),
        None => reading.view.list(kind).map(|object| sanitized(&object, reading)).collect(),
    };
    let revision = if reading.config.resource_versions { reading.view.revision().to_string() } else { "1".into() };
    json!({
        "apiVersion": version,
        "items": items,
        "kind": format!("{}List", resource.name),
        "metadata": {"resourceVersion": revision},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::base64;
    use sha2::{Digest, Sha256};

    #[test]
    fn version_hashes_are_those_of_the_kinds_names() {
        for resource in &RESOURCES {
            let version = resource.api_version.rsplit('/').next().expect("a version");
            let digest = Sha256::digest(format!("{}/{version}/{}", resource.group, resource.name));
            assert_eq!(version_hash(resource.kind), base64(&digest[..8]), "{}", resource.name);
        }
    }
}

//! `kubectl get --raw`, and `kubectl top`, which needs what this cluster does not have.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::invocation::{Printed, Read, Reading};
use super::printers::sanitized;
use crate::api::{ApiError, Kind, ObjectKey, RESOURCES, Reason, Resource, yaml::print};
use serde_json::{Value, json};

/// `kubectl top`
pub fn top(_: &Call<'_>) -> Outcome<Action> {
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

/// What the API server answers under a path.
fn answer(path: &str, reading: Reading<'_>) -> Result<String, ApiError> {
    let unknown = || ApiError::new(Reason::NotFound, "the server could not find the requested resource");
    let path = path.split('?').next().unwrap_or("");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (version, rest) = match parts.as_slice() {
        ["version"] => {
            return Ok(json!({"gitVersion": super::version::SERVER, "major": "1", "minor": "36"}).to_string());
        }
        ["healthz" | "livez" | "readyz"] => return Ok("ok".into()),
        ["apis", group] => return group_of(group).ok_or_else(unknown),
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return Err(unknown()),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let resource =
        |plural: &str| RESOURCES.iter().find(|it| it.api_version == version && it.plural == plural).ok_or_else(unknown);
    let value = match rest {
        [plural] => list(resource(plural)?, &version, namespace, reading),
        [plural, name] | [plural, name, "status"] => {
            let kind = resource(plural)?.kind;
            let namespace = namespace.unwrap_or("").to_owned();
            let key = ObjectKey::new(kind, namespace, (*name).to_owned());
            let object = reading.view.get(&key).ok_or_else(|| ApiError::not_found(&key))?;
            sanitized(&object, reading)
        }
        _ => return Err(unknown()),
    };
    Ok(print::json_compact(&value) + "\n")
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

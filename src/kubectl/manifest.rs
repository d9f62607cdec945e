//! Manifests: the objects in the files that `-f` names (spec 01 §7).

use super::call::Call;
use super::failure::{Failure, Outcome};
use crate::api::schema::{self, envelope};
use crate::api::{ApiError, Kind, Object, ObjectKey, Reason, Text, yaml};
use crate::apiserver::Validate;
use serde_json::{Map, Value};

/// One object of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The file, as messages name it.
    pub source: String,
    pub key: ObjectKey,
    /// As written, with the namespace it goes to.
    pub value: Value,
}

/// `--validate`
pub fn validate_flag(call: &Call<'_>) -> Outcome<Validate> {
    match call.text("validate") {
        None | Some("strict" | "true") => Ok(Validate::Strict),
        Some("warn") => Ok(Validate::Warn),
        Some("ignore" | "false") => Ok(Validate::Ignore),
        Some(other) => Err(Failure::client(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// The objects of all files that the call names, in order. Nothing follows a file that cannot be read.
pub fn load(call: &Call<'_>) -> Vec<Outcome<Manifest>> {
    if call.given("kustomize") {
        return vec![Err(Failure::client("there is no kustomize here: use -f"))];
    }
    let mut manifests = Vec::new();
    for name in call.list("filename") {
        match sources(call, name) {
            Err(failure) => return vec![Err(failure)],
            Ok(sources) => {
                for (source, text) in sources {
                    if !read(call, &source, text, &mut manifests) {
                        return manifests;
                    }
                }
            }
        }
    }
    manifests
}

/// The files that one name means, with their texts.
fn sources<'c>(call: &Call<'c>, name: &str) -> Outcome<Vec<(String, &'c str)>> {
    if name == "-" {
        return Ok(vec![("STDIN".into(), call.files.get("-").unwrap_or(""))]);
    }
    if let Some(text) = call.files.get(name) {
        return Ok(vec![(name.to_owned(), text)]);
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        let why = format!("unable to read URL \"{name}\": there is no network here");
        return Err(Failure::client(why));
    }
    match call.files.folder(name, call.has("recursive")) {
        None => Err(Failure::client(format!("the path \"{name}\" does not exist"))),
        Some(files) if files.is_empty() => {
            Err(Failure::client(format!("error reading [{name}]: recognized file extensions are [.json .yaml .yml]")))
        }
        Some(files) => {
            Ok(files.into_iter().map(|file| (file.to_owned(), call.files.get(file).unwrap_or(""))).collect())
        }
    }
}

/// Adds the objects of a text; says whether it could be read to its end.
fn read(call: &Call<'_>, source: &str, text: &str, manifests: &mut Vec<Outcome<Manifest>>) -> bool {
    let stream = yaml::read(text);
    for document in &stream.documents {
        object(call, source, document.root.to_value(), manifests);
    }
    if let Some(error) = &stream.error {
        manifests.push(Err(Failure::client(format!("error parsing {source}: {}", error.kubectl))));
    }
    stream.error.is_none()
}

/// Adds an object, or those of a list.
fn object(call: &Call<'_>, source: &str, value: Value, manifests: &mut Vec<Outcome<Manifest>>) {
    if let Some(why) = envelope::validation_error(&value) {
        return manifests.push(Err(Failure::client(format!("error validating \"{source}\": {why}"))));
    }
    match value {
        Value::Object(mut list) if list.get("kind").and_then(Value::as_str) == Some("List") => {
            let items = list.remove("items").and_then(|items| items.as_array().cloned()).unwrap_or_default();
            items.into_iter().for_each(|item| object(call, source, item, manifests));
        }
        value => manifests.push(identify(call, source, value)),
    }
}

/// Finds out which object it is, and puts it into its namespace.
fn identify(call: &Call<'_>, source: &str, mut value: Value) -> Outcome<Manifest> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let (version, name_of_kind) = (text(&value["apiVersion"]), text(&value["kind"]));
    let metadata = value.get("metadata").cloned().unwrap_or(Value::Null);
    let (name, namespace) = (text(&metadata["name"]), text(&metadata["namespace"]));
    let Some(kind) = Kind::of(&version, &name_of_kind) else {
        return Err(Failure::client(envelope::no_such_kind(&name_of_kind, &version, &name, &namespace, source)));
    };
    if let Err(problem) = schema::check_metadata(&value) {
        return Err(Failure::client(envelope::cannot_decode(source, &problem.text)));
    }
    let namespace = match (kind.resource().namespaced, call.text("namespace")) {
        (false, _) => String::new(),
        (true, Some(wanted)) if !namespace.is_empty() && namespace != wanted => {
            return Err(Failure::client(format!(
                "the namespace from the provided object \"{namespace}\" does not match the namespace \"{wanted}\". You \
                 must pass '--namespace={namespace}' to perform this operation."
            )));
        }
        (true, _) if namespace.is_empty() => call.own_namespace(),
        (true, _) => namespace,
    };
    if kind.resource().namespaced
        && let Some(map) = value.as_object_mut()
    {
        let metadata = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if metadata.is_null() {
            *metadata = Value::Object(Map::new());
        }
        metadata["namespace"] = namespace.clone().into();
    }
    let key = ObjectKey { kind, namespace: Text::from(namespace), name: Text::from(name) };
    Ok(Manifest { source: source.to_owned(), key, value })
}

/// Turns a manifest into an object as the API server does; with fields that do not exist, where they are to be told.
pub fn decode(kind: Kind, value: &Value, validate: Validate) -> Result<(Object, Vec<String>), ApiError> {
    let resource = kind.resource();
    let broken = |why: &str| {
        ApiError::new(Reason::BadRequest, envelope::cannot_be_handled(resource.name, resource.api_version, why))
    };
    let unknown = schema::check(resource.name, value).map_err(|problem| broken(&problem.text))?;
    if validate == Validate::Strict && !unknown.is_empty() {
        return Err(broken(&envelope::strict_decoding_error(&unknown)));
    }
    let settled = schema::settled(resource.name, value.clone());
    let object = Object::from_value(kind, settled).map_err(|why| broken(&format!("json: {why}")))?;
    let told = if validate == Validate::Warn { unknown } else { Vec::new() };
    Ok((object, told.into_iter().map(|problem| problem.text).collect()))
}

//! Manifests: the objects in the files that `-f` names (spec 01 §7).

use super::call::Call;
use super::failure::{Failure, Outcome};
use super::selector::Labels;
use crate::api::schema::{self, envelope};
use crate::api::validation::quoted;
use crate::api::{ApiError, Kind, Object, ObjectKey, RESOURCES, Reason, Text, fields, yaml};
use crate::apiserver::Validate;
use serde_json::{Map, Value};

/// What messages call the standard input.
pub const STDIN: &str = "STDIN";

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

/// What was found in files.
#[derive(Default)]
struct Found {
    manifests: Vec<Outcome<Manifest>>,
    /// Why something was not read.
    unread: Vec<String>,
    /// Whether that was an item of a list: such errors come in a list of their own, also where there is but one.
    in_list: bool,
}

/// The objects of all files that the call names, in order; what could not be read comes last. Where a file is not there,
/// nothing else counts.
pub fn load(call: &Call<'_>) -> Vec<Outcome<Manifest>> {
    if call.given("kustomize") {
        return vec![Err(Failure::client("there is no kustomize here: use -f"))];
    }
    let (mut found, mut missing) = (Found::default(), Vec::new());
    for name in call.list("filename") {
        match sources(call, name) {
            Err(failure) => missing.push(Err(failure)),
            Ok(sources) => {
                for (source, text) in sources {
                    if let Err(why) = read(call, &source, text, &mut found) {
                        found.unread.push(why);
                    }
                }
            }
        }
    }
    if !missing.is_empty() {
        return missing;
    }
    if let Some(selector) = call.nonempty("selector") {
        let labels = match Labels::parse(selector) {
            Ok(labels) => labels,
            Err(why) => {
                let why = format!("the provided selector {} is not valid: {why}", quoted(selector));
                return vec![Err(Failure::client(why))];
            }
        };
        let of = |manifest: &Manifest| fields::read(manifest.value["metadata"]["labels"].clone()).unwrap_or_default();
        found.manifests.retain(|found| found.as_ref().map_or(true, |manifest| labels.matches(&of(manifest))));
    }
    let unread = match found.unread.is_empty() {
        true => None,
        false if found.in_list => Some(Err(Failure::Plain(found.unread.join("\n")))),
        false => Some(Err(Failure::Unread(found.unread))),
    };
    found.manifests.into_iter().chain(unread).collect()
}

/// The files that one name means, with their texts.
fn sources<'c>(call: &Call<'c>, name: &str) -> Outcome<Vec<(String, &'c str)>> {
    if name == "-" {
        return Ok(vec![(STDIN.into(), call.files.get("-").unwrap_or(""))]);
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

/// Adds the objects of a text; the error is why it was not read to its end.
fn read(call: &Call<'_>, source: &str, text: &str, found: &mut Found) -> Result<(), String> {
    let stream = yaml::read(text);
    // Commands without that flag do not look.
    let validates = call.command.flag("validate").is_some() && validate_flag(call) != Ok(Validate::Ignore);
    for document in &stream.documents {
        let value = document.root.to_value();
        if let Some(why) = envelope::validation_error(&value).filter(|_| validates) {
            return Err(format!("error validating \"{source}\": {why}"));
        }
        object(call, source, value, found);
    }
    stream.error.map_or(Ok(()), |error| Err(format!("error parsing {source}: {}", error.kubectl)))
}

/// Adds an object, or those of a list.
fn object(call: &Call<'_>, source: &str, value: Value, found: &mut Found) {
    if let Some(why) = not_items(&value["items"]) {
        return found.unread.push(envelope::cannot_decode(source, &why));
    }
    match value {
        Value::Object(mut list) if is_list(&list) => {
            let items = list.remove("items").and_then(|items| items.as_array().cloned()).unwrap_or_default();
            for mut item in items {
                // What stands in a list of one kind need not say it again.
                let of_one_kind = text(&list["kind"]).strip_suffix("List").filter(|kind| !kind.is_empty());
                if let (Some(kind), Some(item)) = (of_one_kind, item.as_object_mut())
                    && !item.contains_key("kind")
                    && !item.contains_key("apiVersion")
                {
                    item.insert("kind".into(), kind.into());
                    item.insert("apiVersion".into(), list["apiVersion"].clone());
                }
                if item.as_object().is_some_and(is_list) {
                    found.unread.push("*unstructured.Unstructured is not a list: no Items field in this object".into());
                    return;
                }
                match unlisted(&item) {
                    // What else is wrong with it, only the API server sees.
                    Ok(kind) => found.manifests.push(place(call, source, kind, item)),
                    Err(why) => {
                        found.unread.push(why);
                        found.in_list = true;
                    }
                }
            }
        }
        value => match identify(source, &value) {
            Ok(kind) => found.manifests.push(place(call, source, kind, value)),
            Err(why) => found.unread.push(why),
        },
    }
}

/// Why this can be no list's items: whatever has a field of that name is read as a list.
fn not_items(items: &Value) -> Option<String> {
    let (what, wanted) = match items {
        Value::Null => return None,
        Value::Array(items) => {
            let wrong = items.iter().find(|item| !item.is_object() && !item.is_null())?;
            (wrong, "value of type map[string]interface {}")
        }
        other => (other, "struct field decodeList.items of type []json.RawMessage"),
    };
    Some(format!("json: cannot unmarshal {} into Go {wanted}", schema::json_type(what)))
}

/// A `List` of whatever version there is, or a list of one kind.
fn is_list(object: &Map<String, Value>) -> bool {
    let [version, kind] = ["apiVersion", "kind"].map(|field| object.get(field).map_or("", text));
    match kind.strip_suffix("List") {
        Some("") => version.is_empty() || RESOURCES.iter().any(|resource| resource.api_version == version),
        Some(kind) => Kind::of(version, kind).is_some(),
        None => false,
    }
}

/// The kind of a list's item; or why kubectl cannot tell, in other words than for what stands alone.
fn unlisted(item: &Value) -> Result<Kind, String> {
    let (version, kind) = (text(&item["apiVersion"]), text(&item["kind"]));
    for (field, found, none) in [("Kind", kind, "kind field "), ("apiVersion", version, "apiVersion field")] {
        if found.is_empty() {
            return Err(format!(
                "unable to get type info from the object \"*unstructured.Unstructured\": Object '{field}' is missing in \
                 'object has no {none}'"
            ));
        }
    }
    Kind::of(version, kind)
        .ok_or_else(|| format!("unable to recognize no matches for kind \"{kind}\" in version \"{version}\""))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// Finds out which kind of object it is.
fn identify(source: &str, value: &Value) -> Result<Kind, String> {
    let undecodable = |why: &str| Err(envelope::cannot_decode(source, why));
    let (version, name) = (text(&value["apiVersion"]), text(&value["kind"]));
    if let Some(why) = envelope::undecodable(value) {
        return undecodable(&why);
    }
    if let Err(problem) = schema::check_metadata(value) {
        return undecodable(&problem.text);
    }
    let metadata = &value["metadata"];
    Kind::of(version, name).ok_or_else(|| {
        let (object, namespace) = (text(&metadata["name"]), text(&metadata["namespace"]));
        envelope::no_such_kind(name, version, object, namespace, source)
    })
}

/// Puts an object into its namespace.
fn place(call: &Call<'_>, source: &str, kind: Kind, mut value: Value) -> Outcome<Manifest> {
    let metadata = &value["metadata"];
    let (name, namespace) = (text(&metadata["name"]).to_owned(), text(&metadata["namespace"]).to_owned());
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
    // What stays here needs none.
    if kind.resource().namespaced
        && !call.has("local")
        && let Some(map) = value.as_object_mut()
    {
        let metadata = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("namespace".into(), namespace.clone().into());
        }
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

//! `-o`: what to print of an object.

use crate::api::validation::quoted;
use crate::api::yaml::print;
use crate::api::{Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::go_template;
use crate::kubectl::go_text::any;
use crate::kubectl::jsonpath::Template;
use crate::kubectl::printers::kyaml::kyaml;
use crate::kubectl::printers::{Table, go_order};
use crate::kubectl::session::Reading;
use serde_json::{Map, Value, json};

/// How to print objects.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// What the command prints by itself: a table, or a line.
    Plain {
        wide: bool,
    },
    Name,
    Yaml,
    Kyaml,
    Json,
    /// The template, and its text.
    JsonPath(Template, String),
    JsonPathAsJson(Template, String),
    /// The template, and its text.
    GoTemplate(go_template::Template, String),
    /// Headers and paths.
    Columns(Vec<(String, Template)>, bool),
}

/// Which formats a command offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formats {
    /// Also tables.
    Get,
    /// One object after the other.
    Objects,
}

impl Format {
    /// Reads `-o` and what belongs to it.
    pub fn of(call: &Call<'_>, formats: Formats) -> Outcome<Self> {
        let named = call.nonempty("template");
        let output = match (call.text("output").unwrap_or(""), named) {
            ("", None) => return Ok(Self::Plain { wide: false }),
            // A template alone is one of Go's.
            ("", Some(_)) => "go-template",
            (output, _) => output,
        };
        let (name, argument) = match output.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (output, call.text("template")),
        };
        let get = formats == Formats::Get;
        let is_strict = call.text("allow-missing-template-keys") == Some("false");
        let template = |text: Option<&str>| {
            let text = given(text)?;
            Template::parse(text)
                .map(|template| (if is_strict { template.strict() } else { template }, text.to_owned()))
                .map_err(|why| Failure::client(format!("error parsing jsonpath {text}, {why}")))
        };
        let go_template = |text: Option<&str>| {
            let text = given(text)?;
            go_template::Template::parse(text)
                .map(|template| Self::GoTemplate(if is_strict { template.strict() } else { template }, text.to_owned()))
                .map_err(|why| Failure::client(format!("error parsing template {text}, {why}")))
        };
        let file = |name: Option<&str>| {
            let name = given(name)?;
            let option = if output.starts_with("custom-columns") { "template" } else { "--template" };
            let missing =
                || Failure::client(format!("error reading {option} {name}, open {name}: no such file or directory"));
            call.files.get(name).ok_or_else(missing)
        };
        let bare = !output.contains('=');
        match name {
            "wide" if get && bare => Ok(Self::Plain { wide: true }),
            "name" if bare => Ok(Self::Name),
            "yaml" if bare => Ok(Self::Yaml),
            "json" if bare => Ok(Self::Json),
            "kyaml" if bare => Ok(Self::Kyaml),
            "jsonpath" => template(argument).map(|(template, text)| Self::JsonPath(template, text)),
            "jsonpath-as-json" => template(argument).map(|(template, text)| Self::JsonPathAsJson(template, text)),
            "jsonpath-file" => template(Some(file(argument)?)).map(|(template, text)| Self::JsonPath(template, text)),
            "go-template" | "template" => go_template(argument),
            "go-template-file" | "templatefile" => go_template(Some(file(argument)?)),
            "custom-columns" if get => columns(argument.unwrap_or(""), call.has("no-headers")),
            "custom-columns-file" if get => columns_file(file(argument)?, call.has("no-headers")),
            _ => {
                let (custom, wide) = if get { ("custom-columns,custom-columns-file,", ",wide") } else { ("", "") };
                Err(Failure::client(format!(
                    "unable to match a printer suitable for the output format \"{output}\", allowed formats are: \
                     {custom}go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,\
                     template,templatefile{wide},yaml"
                )))
            }
        }
    }

    /// Whether this is a table, or whatever line the command has to say.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain { .. })
    }

    /// Prints several objects as one: a `List` that kubectl has made itself, of objects that it has not.
    pub fn print_list(&self, items: Vec<Value>) -> Outcome<String> {
        if *self != Self::Json {
            let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}});
            return self.print(&list, false);
        }
        let items = print::json(&Value::Array(items)).trim_end().replace('\n', "\n    ");
        let head = "{\n    \"kind\": \"List\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n";
        Ok(format!("{head}    \"items\": {items}\n}}\n"))
    }

    /// Prints one value; `typed` puts the keys of JSON and KYAML in the order of Go's structs, as commands do that make objects.
    pub fn print(&self, value: &Value, typed: bool) -> Outcome<String> {
        match self {
            Self::Plain { .. } => Ok(String::new()),
            Self::Name => Ok(names(value)),
            Self::Yaml => Ok(print::yaml(value)),
            Self::Kyaml => Ok(kyaml(value, typed)),
            Self::Json if typed => Ok(in_go_order(value)),
            Self::Json => Ok(print::json(value)),
            Self::JsonPath(template, text) => template.print(value).map_err(|why| not_found(text, &why, value)),
            Self::GoTemplate(template, text) => {
                template.print(value).map_err(|(printed, why)| unfinished(text, value, printed, &why))
            }
            Self::JsonPathAsJson(template, text) => {
                let found = template.find(value).map_err(|why| not_found(text, &why, value))?;
                Ok(print::json(&Value::Array(found.into_iter().cloned().collect())))
            }
            Self::Columns(columns, no_headers) => custom(columns, *no_headers, value),
        }
    }
}

/// The text or the file that belongs to a format.
fn given(template: Option<&str>) -> Outcome<&str> {
    let missing = || Failure::client("template format specified but no template given");
    template.filter(|template| !template.is_empty()).ok_or_else(missing)
}

/// What is printed of an object: recorded runs do not show revisions.
pub fn sanitized(object: &Object, reading: Reading<'_>) -> Value {
    let mut value = object.to_value();
    if !reading.config.resource_versions && object.resource_version() != 0 {
        value["metadata"]["resourceVersion"] = "1".into();
        let active = value.pointer_mut("/status/active").and_then(Value::as_array_mut);
        for reference in active.into_iter().flatten() {
            reference["resourceVersion"] = "1".into();
        }
        if let Some(revision) = value.pointer_mut("/involvedObject/resourceVersion") {
            *revision = "1".into();
        }
    }
    value
}

/// `job.batch/x`, for an object or each of a list.
fn names(value: &Value) -> String {
    let one = |value: &Value| {
        let (version, kind) = (value["apiVersion"].as_str().unwrap_or(""), value["kind"].as_str().unwrap_or(""));
        let name = value["metadata"]["name"].as_str().unwrap_or("");
        match Kind::of(version, kind) {
            Some(kind) => format!("{}\n", kind.resource().name_form(name)),
            None => format!("{}/{name}\n", kind.to_lowercase()),
        }
    };
    // A watch's event is taken off the object first.
    let value = value.get("object").filter(|object| object["metadata"].is_object()).unwrap_or(value);
    match value["items"].as_array() {
        Some(items) => items.iter().map(one).collect(),
        None => one(value),
    }
}

fn columns(text: &str, no_headers: bool) -> Outcome<Format> {
    if text.is_empty() {
        return Err(Failure::client("custom-columns format specified but no custom columns given"));
    }
    let column = |column: &str| {
        let (header, path) = column.split_once(':').ok_or_else(|| {
            let why = format!("unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>");
            Failure::client(why)
        })?;
        // A column without a path is empty.
        let template = if path.is_empty() { Template::parse(path) } else { Template::relaxed(path) };
        Ok((header.to_owned(), template.map_err(Failure::client)?))
    };
    Ok(Format::Columns(text.split(',').map(column).collect::<Outcome<_>>()?, no_headers))
}

/// Headers in the first line, paths in the second.
fn columns_file(text: &str, no_headers: bool) -> Outcome<Format> {
    let mut lines = text.lines();
    let mut words = || lines.next().unwrap_or("").split_whitespace().collect::<Vec<_>>();
    let (headers, paths) = (words(), words());
    if headers.len() != paths.len() {
        let why =
            format!("number of headers ({}) and field specifications ({}) don't match", headers.len(), paths.len());
        return Err(Failure::client(why));
    }
    let pairs: Vec<String> = headers.iter().zip(&paths).map(|(header, path)| format!("{header}:{path}")).collect();
    columns(&pairs.join(","), no_headers)
}

fn custom(columns: &[(String, Template)], no_headers: bool, value: &Value) -> Outcome<String> {
    let (rows, failure) = custom_rows(columns, no_headers, value);
    let printed = Table::default().write(&rows);
    match failure {
        None => Ok(printed),
        Some(why) => Err(Failure::Printing { printed, why }),
    }
}

/// An object, or each of a list, in columns of one's own; up to where a path leads nowhere, and why.
pub fn custom_rows(
    columns: &[(String, Template)],
    no_headers: bool,
    value: &Value,
) -> (Vec<Vec<String>>, Option<String>) {
    let mut rows = Vec::new();
    if !no_headers {
        rows.push(columns.iter().map(|(header, _)| header.clone()).collect());
    }
    let items = value["items"].as_array().map_or_else(|| vec![value], |items| items.iter().collect());
    for item in items {
        let cell = |(_, template): &(String, Template)| {
            let found = template.find(item)?;
            let words: Vec<String> = found.into_iter().map(any).collect();
            Ok(if words.is_empty() { "<none>".into() } else { words.join(",") })
        };
        match columns.iter().map(cell).collect::<Result<Vec<_>, String>>() {
            Ok(row) => rows.push(row),
            Err(why) => return (rows, Some(why)),
        }
    }
    (rows, None)
}

/// What kubectl says where one of Go's templates does not fit the object, after what was printed before.
fn unfinished(template: &str, value: &Value, printed: String, why: &str) -> Failure {
    let given = any(value);
    let printed = format!(
        "{printed}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate \
         was:\n\t\t{template}\n\traw data was:\n\t\t{value}\n\tobject given to template engine was:\n\t\t{given}\n\n"
    );
    Failure::Printing { printed, why: format!("error executing template {}: {why}", quoted(template)) }
}

/// What kubectl says where a template does not fit the object.
fn not_found(template: &str, why: &str, value: &Value) -> Failure {
    Failure::client(format!(
        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the \
         template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        quoted(template),
        go_syntax(value)
    ))
}

/// A value as Go's `%#v` writes it.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key:?}:{}", go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// JSON as kubectl prints an object that it has made itself: the keys in the order of the API's types.
pub fn in_go_order(value: &Value) -> String {
    let mut text = String::new();
    write_in_go_order(value, 0, &mut text);
    text + "\n"
}

fn write_in_go_order(value: &Value, depth: usize, text: &mut String) {
    let indent = |depth: usize| "    ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries = go_order::entries(map);
            text.push_str("{\n");
            for (i, (key, value)) in entries.iter().enumerate() {
                text.push_str(&format!("{}{}: ", indent(depth + 1), json!(key)));
                write_in_go_order(value, depth + 1, text);
                text.push_str(if i + 1 < entries.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}}}", indent(depth)));
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for (i, item) in items.iter().enumerate() {
                text.push_str(&indent(depth + 1));
                write_in_go_order(item, depth + 1, text);
                text.push_str(if i + 1 < items.len() { ",\n" } else { "\n" });
            }
            text.push_str(&format!("{}]", indent(depth)));
        }
        other => text.push_str(&other.to_string()),
    }
}

/// Several objects as one: a `List`.
pub fn list(items: Vec<Value>) -> Value {
    let mut list = Map::new();
    list.insert("apiVersion".into(), "v1".into());
    list.insert("items".into(), Value::Array(items));
    list.insert("kind".into(), "List".into());
    list.insert("metadata".into(), json!({"resourceVersion": ""}));
    Value::Object(list)
}

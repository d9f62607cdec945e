//! `kubectl explain`: what a field means (spec 05 §12), from the table of the API's types.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::selection;
use crate::api::Resource;
use crate::api::schema::{Field, Type};
use crate::sim::Order;

/// Text is wrapped at this many characters.
const WIDTH: usize = 76;

/// `kubectl explain`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let path = match call.arguments.as_slice() {
        [path] => path,
        [] => {
            let more = "Use \"kubectl api-resources\" for a complete list of supported resources.\n";
            return Err(Failure::client(format!("You must specify the type of resource to explain. {more}")));
        }
        _ => return Err(Failure::client("We accept only this format: explain RESOURCE\n")),
    };
    if let Some(format) =
        call.text("output").filter(|format| !["", "plaintext", "plaintext-openapiv2"].contains(format))
    {
        return Err(Failure::client(format!("unrecognized format: {format}")));
    }
    let words: Vec<&str> = path.split('.').collect();
    // The longest beginning that means a type: it may name its group.
    let ends = (1..=words.len()).rev().filter(|end| !words[end - 1].is_empty());
    let found = ends.map(|end| (selection::resource(&words[..end].join(".")), end)).find(|(found, _)| found.is_some());
    let Some((Some(resource), end)) = found else {
        return Err(Failure::Plain(format!("the server doesn't have a resource type \"{}\"", words[0])));
    };
    let words = words[end..].strip_suffix(&[""]).unwrap_or(&words[end..]);
    if words.iter().any(|word| word.is_empty() || word.contains(['[', ']'])) {
        return Err(Failure::client("invalid jsonpath syntax, first node must be field node"));
    }
    let Some(kind) = Type::of_kind(resource.name) else {
        return Err(Failure::client(format!(
            "couldn't find resource for \"{}, Kind={}\"",
            resource.api_version, resource.name
        )));
    };
    let (mut within, mut field) = (Some(kind), None);
    for word in words {
        let found = within.and_then(|of| of.field(word));
        field = Some(found.ok_or_else(|| {
            let why = format!("field \"{word}\" does not exist");
            Failure::Printing { printed: header(resource), why }
        })?);
        within = field.and_then(|field: &Field| field.of.object());
    }
    Ok(Action::Print(explain(resource, kind, field, call.has("recursive"))))
}

fn header(resource: &Resource) -> String {
    let group = match resource.group {
        "" => String::new(),
        group => format!("GROUP:      {group}\n"),
    };
    let version = resource.api_version.rsplit('/').next().unwrap_or("");
    format!("{group}KIND:       {}\nVERSION:    {version}\n\n", resource.name)
}

fn explain(resource: &Resource, kind: &'static Type, field: Option<&'static Field>, recursive: bool) -> String {
    let mut text = header(resource);
    let (doc, of) = match field {
        None => (kind.doc, Some(kind)),
        Some(field) => {
            text += &format!("FIELD: {} <{}>\n\n", field.name, field.of.explained());
            (field.doc, field.of.object())
        }
    };
    if field.is_some() {
        text.push('\n');
    }
    text += "DESCRIPTION:\n";
    text += &wrapped(if doc.is_empty() { "<empty>" } else { doc }, "    ");
    text.push_str("    \n");
    if let Some(of) = of {
        text += "FIELDS:\n";
        fields(of, 1, recursive, &mut text);
    }
    text + "\n"
}

/// The fields of a type by name, with what is below them if `recursive`.
fn fields(of: &'static Type, depth: usize, recursive: bool, text: &mut String) {
    /// Deeper than any type nests, so that a type within itself ends.
    const DEEPEST: usize = 12;
    let mut sorted: Vec<&Field> = of.fields.iter().collect();
    sorted.order_by_key(|field| field.name);
    let indent = "  ".repeat(depth);
    for field in sorted {
        let required = if field.required { " -required-" } else { "" };
        *text += &format!("{indent}{}\t<{}>{required}\n", field.name, field.of.explained());
        if !recursive {
            *text += &wrapped(if field.doc.is_empty() { "<no description>" } else { field.doc }, "    ");
            text.push('\n');
        } else if let Some(below) = field.of.object().filter(|_| depth < DEEPEST) {
            fields(below, depth + 1, recursive, text);
        }
    }
}

/// Words in lines of limited width.
fn wrapped(text: &str, indent: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            lines += &format!("{indent}{line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines + &format!("{indent}{line}\n")
}

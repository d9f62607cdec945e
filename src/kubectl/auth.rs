//! `kubectl auth`: everybody may do everything here.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::printers::{Format, Formats, Table};
use super::selection;
use super::session::Printed;
use serde_json::json;

/// `kubectl auth can-i`
pub fn can_i(call: &Call<'_>) -> Outcome<Action> {
    if call.has("list") {
        if call.has("quiet") || call.has("all-namespaces") || call.nonempty("subresource").is_some() {
            let why = "list option can't be specified with neither quiet, all-namespaces nor subresource options";
            return Err(Failure::client(why));
        }
        if !call.arguments.is_empty() {
            return Err(Failure::client("list option must be specified with no arguments"));
        }
        let mut rows = vec![["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]];
        if call.has("no-headers") {
            rows.clear();
        }
        rows.extend([["*.*", "[]", "[]", "[*]"], ["", "[*]", "[]", "[*]"]]);
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).into()).collect();
        return Ok(Action::Print(Table::default().write(&rows)));
    }
    let [verb, word] = call.arguments.as_slice() else {
        let why = "you must specify two arguments: verb resource or verb resource/resourceName.";
        let see = "See 'kubectl auth can-i -h' for help and examples.";
        return Err(Failure::client(format!("{why}\n{see}")));
    };
    let mut err = String::new();
    let mut warn = |what: String| err += &format!("Warning: {what}\n\n");
    let word = word.split('/').next().unwrap_or(word);
    match selection::resource(word) {
        None if !["", "*"].contains(&word) => warn(format!("the server doesn't have a resource type '{word}'")),
        Some(resource) if !resource.namespaced && !call.has("all-namespaces") => {
            let group =
                if resource.group.is_empty() { String::new() } else { format!(" in group '{}'", resource.group) };
            warn(format!("resource '{}' is not namespace scoped{group}", resource.plural));
        }
        _ => {}
    }
    if !VERBS.contains(&verb.as_str()) {
        warn(format!("verb '{verb}' is not a known verb"));
    }
    let out = if call.has("quiet") { String::new() } else { "yes\n".into() };
    Action::read(Printed { out, err, ..Printed::default() })
}

/// The verbs that can be asked for.
const VERBS: [&str; 14] = [
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "update",
    "use",
    "watch",
];

/// `kubectl auth whoami`
pub fn who_am_i(call: &Call<'_>) -> Outcome<Action> {
    let format = Format::of(call, Formats::Objects)?;
    if !format.is_plain() {
        let user = json!({"groups": ["system:masters", "system:authenticated"], "username": "learner"});
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
            "metadata": {},
            "status": {"userInfo": user},
        });
        return Ok(Action::Print(format.print(&review, false)?));
    }
    let rows = [["ATTRIBUTE", "VALUE"], ["Username", "learner"], ["Groups", "[system:masters system:authenticated]"]];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).into()).collect();
    Ok(Action::Print(Table::default().write(&rows)))
}

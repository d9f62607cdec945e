//! `kubectl config`: there is one context; its namespace can be chosen.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::printers::{Format, Formats, Table};
use super::session::Printed;
use super::version::ADDRESS;
use serde_json::json;

/// The one context there is, and the one cluster.
pub const CONTEXT: &str = "jobscope";
/// The one user there is.
pub const USER: &str = "learner";

/// The namespace that a call makes the default, if it does.
pub fn new_namespace(call: &Call<'_>) -> Option<String> {
    let is_mine = call.path == "config set-context" && (call.has("current") || call.arguments == [CONTEXT]);
    is_mine.then(|| call.text("namespace").map(str::to_owned)).flatten()
}

/// `kubectl config set-context`
pub fn set_context(call: &Call<'_>) -> Outcome<Action> {
    match (call.arguments.as_slice(), call.has("current")) {
        ([], true) => Ok(Action::Print(format!("Context \"{CONTEXT}\" modified.\n"))),
        ([name], false) if name == CONTEXT => Ok(Action::Print(format!("Context \"{CONTEXT}\" modified.\n"))),
        ([_], false) => Err(Failure::client("there is only one context here: use --current")),
        _ => Err(Failure::client("you must specify a non-empty context name or --current")),
    }
}

/// `kubectl config current-context`
pub fn current_context(_: &Call<'_>) -> Outcome<Action> {
    Ok(Action::Print(format!("{CONTEXT}\n")))
}

/// `kubectl config use-context`
pub fn use_context(call: &Call<'_>) -> Outcome<Action> {
    match call.arguments.as_slice() {
        [name] if name == CONTEXT => Ok(Action::Print(format!("Switched to context \"{CONTEXT}\".\n"))),
        [name] => Err(Failure::client(format!("no context exists with the name: \"{name}\""))),
        words => Err(Failure::client(format!("Unexpected args: [{}]", words.join(" ")))),
    }
}

/// `kubectl config get-contexts`
pub fn get_contexts(call: &Call<'_>) -> Outcome<Action> {
    let names_only = match call.text("output") {
        None | Some("") => false,
        Some("name") => true,
        Some(other) => {
            let why = "is not available in kubectl config get-contexts; resetting to default output format";
            return Err(Failure::client(format!("--output {other} {why}")));
        }
    };
    let row = ["*", CONTEXT, CONTEXT, USER, &call.config.namespace];
    let is_meant = call.arguments.is_empty() || call.arguments.iter().any(|name| name == CONTEXT);
    let out = match (names_only, is_meant) {
        (true, true) => format!("{CONTEXT}\n"),
        (true, false) => String::new(),
        (false, _) => table(call, ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"], is_meant.then_some(row)),
    };
    let unknown = call.arguments.iter().filter(|name| *name != CONTEXT);
    let failures = unknown.map(|name| Failure::client(format!("context {name} not found"))).collect();
    Action::read(Printed { out, failures, ..Printed::default() })
}

/// `kubectl config get-clusters`
pub fn get_clusters(call: &Call<'_>) -> Outcome<Action> {
    Ok(Action::Print(table(call, ["NAME"], Some([CONTEXT]))))
}

/// `kubectl config get-users`
pub fn get_users(call: &Call<'_>) -> Outcome<Action> {
    Ok(Action::Print(table(call, ["NAME"], Some([USER]))))
}

fn table<const N: usize>(call: &Call<'_>, headers: [&str; N], row: Option<[&str; N]>) -> String {
    let headers = (!call.has("no-headers")).then_some(headers);
    let rows = headers.into_iter().chain(row).map(|row| row.map(str::to_owned).to_vec());
    Table::default().write(&rows.collect::<Vec<_>>())
}

/// `kubectl config view`
pub fn view(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(call.usage(format!("unexpected arguments: [{}]", call.arguments.join(" "))));
    }
    let value = json!({
        "apiVersion": "v1",
        "clusters": [{"cluster": {"server": ADDRESS}, "name": CONTEXT}],
        "contexts": [{
            "context": {"cluster": CONTEXT, "namespace": call.config.namespace, "user": USER},
            "name": CONTEXT,
        }],
        "current-context": CONTEXT,
        "kind": "Config",
        "users": [{"name": USER, "user": {}}],
    });
    let format = match Format::of(call, Formats::Objects)? {
        Format::Plain { .. } => Format::Yaml,
        format => format,
    };
    Ok(Action::Print(format.print(&value, true)?))
}

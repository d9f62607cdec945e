//! `kubectl config`: there is one context; its namespace can be chosen.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::printers::Table;
use crate::api::yaml::print;
use serde_json::json;

/// The one context, cluster and user there is.
const CONTEXT: &str = "jobscope";

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
        _ => Err(call.usage("you must specify a non-empty context name or --current")),
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
        _ => Err(call.usage("you must specify a context name")),
    }
}

/// `kubectl config get-contexts`
pub fn get_contexts(call: &Call<'_>) -> Outcome<Action> {
    if call.text("output") == Some("name") {
        return current_context(call);
    }
    let mut rows = vec![["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"].map(str::to_owned).to_vec()];
    if call.has("no-headers") {
        rows.clear();
    }
    let row = ["*", CONTEXT, CONTEXT, "learner", &call.config.namespace];
    rows.push(row.map(str::to_owned).to_vec());
    Ok(Action::Print(Table::default().write(&rows)))
}

/// `kubectl config view`
pub fn view(call: &Call<'_>) -> Outcome<Action> {
    let value = json!({
        "apiVersion": "v1",
        "clusters": [{"cluster": {"server": "https://localhost"}, "name": CONTEXT}],
        "contexts": [{
            "context": {"cluster": CONTEXT, "namespace": call.config.namespace, "user": "learner"},
            "name": CONTEXT,
        }],
        "current-context": CONTEXT,
        "kind": "Config",
        "users": [{"name": "learner", "user": {}}],
    });
    Ok(Action::Print(if call.text("output") == Some("json") { print::json(&value) } else { print::yaml(&value) }))
}

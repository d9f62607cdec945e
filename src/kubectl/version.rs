//! `kubectl version` and `kubectl cluster-info`.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use crate::api::yaml::print;
use serde_json::json;

/// The kubectl that this one is modelled on.
pub const CLIENT: &str = "v1.36.4";
/// The cluster that this one is modelled on.
pub const SERVER: &str = "v1.36.2";
/// Where the cluster is, by its own word.
pub const ADDRESS: &str = "https://localhost";
const KUSTOMIZE: &str = "v5.8.1";

/// `kubectl version`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(Failure::client(format!("extra arguments: [{}]", call.arguments.join(" "))));
    }
    let client_only = call.has("client");
    let version = |version: &str| json!({"gitVersion": version, "major": "1", "minor": "36"});
    let mut value = json!({"clientVersion": version(CLIENT), "kustomizeVersion": KUSTOMIZE});
    if !client_only {
        value["serverVersion"] = version(SERVER);
    }
    match call.text("output") {
        Some("json") => {
            // Its own way of writing JSON: two blanks, and the fields in another order.
            let part = |name: &str, version: &str| {
                format!(
                    "  \"{name}\": {{\n    \"major\": \"1\",\n    \"minor\": \"36\",\n    \"gitVersion\": \"{version}\"\n  }}"
                )
            };
            let mut parts = vec![part("clientVersion", CLIENT), format!("  \"kustomizeVersion\": \"{KUSTOMIZE}\"")];
            parts.extend((!client_only).then(|| part("serverVersion", SERVER)));
            Ok(Action::Print(format!("{{\n{}\n}}\n", parts.join(",\n"))))
        }
        Some("yaml") => Ok(Action::Print(print::yaml(&value))),
        None | Some("") => {
            let server = if client_only { String::new() } else { format!("Server Version: {SERVER}\n") };
            Ok(Action::Print(format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n{server}")))
        }
        Some(_) => Err(Failure::client("--output must be 'yaml' or 'json'")),
    }
}

/// `kubectl cluster-info`
pub fn cluster_info(_: &Call<'_>) -> Outcome<Action> {
    let more = "To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.";
    Ok(Action::Print(format!("Kubernetes control plane is running at {ADDRESS}\n\n{more}\n")))
}

//! `kubectl apply --server-side`: the API server merges, and says no where a field is somebody else's (spec 05 §1).
//!
//! What was applied is known; who wrote the other fields is concluded from what is known of the object.

use super::failure::{Failure, Outcome};
use super::last_applied::LAST_APPLIED;
use super::manifest::Manifest;
use crate::api::Object;
use crate::api::patch::{mistyped, shared_fields};
use crate::api::schema::{self, Problem};
use crate::apiserver::ApiServer;
use crate::sim::Map;
use serde_json::Value;

/// Who applies, unless `--field-manager` says otherwise.
pub const KUBECTL: &str = "kubectl";

const ADVICE: &str = "
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Fails where a manifest is not of its kind: what is merged is typed, and no `--validate` lets unknown fields pass.
pub fn check(manifest: &Manifest) -> Outcome<()> {
    let resource = manifest.key.kind.resource();
    let of = format!("{}, Kind={}", resource.group_version(), resource.name);
    let object = format!("{}/{}; {of}", manifest.key.namespace, manifest.key.name);
    let told = match mistyped(resource.name, &manifest.value).as_slice() {
        [] => match schema::check_patched(resource.name, &manifest.value) {
            // What is merged is decoded as what a strategic patch has made is.
            Err(Problem { text, .. }) => {
                let why = format!("unable to convert unstructured object to {of}: {text}");
                let failed = format!("failed to convert new object ({object}) to proper version: {why}");
                return Err(Failure::Plain(format!("Error from server: {failed}")));
            }
            Ok(_) => return Ok(()),
        },
        [one] => one.clone(),
        several => several.iter().fold("errors:".to_owned(), |text, one| text + "\n  " + one),
    };
    Err(Failure::Plain(format!("Error from server: failed to create typed patch object ({object}): {told}")))
}

/// Fails where the manifest changes what others have written.
pub fn check_conflicts(manifest: &Manifest, live: &Object, manager: &str, api: &ApiServer) -> Outcome<()> {
    let resource = manifest.key.kind.resource();
    let (metadata, now) = (live.metadata(), live.to_value());
    let fields = |value: &Value| shared_fields(resource.name, value, &now);
    let applied = api.applied(metadata.uid);
    let appliers: Vec<_> = applied.by.iter().map(|(by, value)| (by == manager, by, fields(value))).collect();
    let updater = |manager: &str| format!("\"{manager}\" using {}", resource.api_version);
    let maker = match () {
        () if metadata.annotations.contains_key(LAST_APPLIED) => "kubectl-client-side-apply",
        () if metadata.controller().is_some() => "kube-controller-manager",
        () => "kubectl-create",
    };
    let mut found = Vec::new();
    for (path, _) in fields(&settled(manifest)).into_iter().filter(|(_, same)| !same) {
        let is_so = |fields: &Map<String, bool>| fields.get(&path) == Some(&true);
        let owner = if let Some((_, by, _)) = appliers.iter().find(|(own, _, fields)| !own && is_so(fields)) {
            format!("\"{by}\"")
        } else if appliers.iter().any(|(own, _, fields)| *own && is_so(fields)) {
            continue;
        } else if appliers.iter().any(|(_, _, fields)| fields.contains_key(&path)) {
            updater("kubectl-patch")
        } else if applied.whole {
            continue;
        } else {
            updater(maker)
        };
        found.push((owner, path));
    }
    found.sort();
    let mut message = match found.as_slice() {
        [] => return Ok(()),
        [(owner, path)] => format!("Apply failed with 1 conflict: conflict with {owner}: {path}"),
        _ => format!("Apply failed with {} conflicts:", found.len()),
    };
    if found.len() > 1 {
        for (i, owned) in found.chunk_by(|a, b| a.0 == b.0).enumerate() {
            let separator = if i == 0 { " " } else { "\n" };
            message += &format!("{separator}conflicts with {}:", owned[0].0);
            owned.iter().for_each(|(_, path)| message += &format!("\n- {path}"));
        }
    }
    Err(Failure::client(message + ADVICE))
}

/// What a manifest says, as it is remembered.
pub fn settled(manifest: &Manifest) -> Value {
    schema::settled(manifest.key.kind.resource().name, manifest.value.clone())
}

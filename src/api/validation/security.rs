//! Security contexts of pods and containers (spec 01 §5.5).

use super::field::{Errors, Path, inside_job, items, set, word};
use super::volume::validate_path_inside;
use crate::api::PodSpec;
use crate::sim::Set;
use serde_json::Value;

const LONGEST_SYSCTL: usize = 253;
const TYPES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

/// The security context of a pod.
pub fn validate_pod_context(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec) {
    let Some(context) = &spec.security_context else { return };
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        validate_id(errors, &path.child(field), &context[field]);
    }
    let groups = path.child("supplementalGroups");
    for (i, group) in items(context, "supplementalGroups").iter().enumerate() {
        validate_id(errors, &groups.index(i), group);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid {
        let message = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path.child("shareProcessNamespace"), true, message);
    }
    validate_sysctls(errors, &path.child("sysctls"), items(context, "sysctls"));
    errors.known_word(path, context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"]);
    validate_profiles(errors, path, context);
    errors.known_word(path, context, "supplementalGroupsPolicy", &["Merge", "Strict"]);
    errors.known_word(path, context, "seLinuxChangePolicy", &["MountOption", "Recursive"]);
}

/// The security context of a container; `own_users` where the pod has users apart from the node's.
pub fn validate_container_context(errors: &mut Errors, path: &Path<'_>, context: &Value, own_users: bool) {
    for field in ["runAsUser", "runAsGroup"] {
        validate_id(errors, &path.child(field), &context[field]);
    }
    errors.known_word(path, context, "procMount", &["Default", "Unmasked"]);
    if !own_users && context["procMount"] == "Unmasked" {
        errors.invalid(&path.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`");
    }
    validate_seccomp(errors, path, context);
    if context["allowPrivilegeEscalation"] == false {
        let shown = || inside_job(&["spec", "template", "spec", "containers", "securityContext"], context);
        let message = "cannot set `allowPrivilegeEscalation` to false and";
        if context["privileged"] == true {
            errors.invalid(path, shown(), format!("{message} `privileged` to true"));
        }
        for _ in items(&context["capabilities"], "add").iter().filter(|&name| name == "CAP_SYS_ADMIN") {
            errors.invalid(path, shown(), format!("{message} `capabilities.Add` CAP_SYS_ADMIN"));
        }
    }
    validate_app_armor(errors, path, context);
}

fn validate_id(errors: &mut Errors, path: &Path<'_>, id: &Value) {
    if let Some(id) = id.as_i64().filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
        errors.invalid(path, id, format!("must be between 0 and {}, inclusive", i32::MAX));
    }
}

fn validate_sysctls(errors: &mut Errors, path: &Path<'_>, sysctls: &[Value]) {
    const SEGMENT: &str = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    let end = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let valid = |segment: &str| {
        let bytes = segment.as_bytes();
        end(bytes.first()) && end(bytes.last()) && bytes.iter().all(|&byte| inside(byte))
    };
    let mut seen = Set::new();
    for (i, sysctl) in sysctls.iter().enumerate() {
        let (item, name) = (path.index(i), word(sysctl, "name"));
        let path = item.child("name");
        if name.is_empty() {
            errors.required(&path, "");
        } else if name.len() > LONGEST_SYSCTL || !name.split(['.', '/']).all(valid) {
            let message =
                format!("must have at most {LONGEST_SYSCTL} characters and match regex ^({SEGMENT}[\\./])*{SEGMENT}$");
            errors.invalid(&path, name, message);
        } else if seen.contains(name) {
            errors.duplicate(&path, name);
        }
        seen.insert(name);
    }
}

fn validate_profiles(errors: &mut Errors, path: &Path<'_>, context: &Value) {
    validate_seccomp(errors, path, context);
    validate_app_armor(errors, path, context);
}

fn validate_seccomp(errors: &mut Errors, path: &Path<'_>, context: &Value) {
    let Some(profile) = set(context, "seccompProfile") else { return };
    let path = path.child("seccompProfile");
    let (kind, local) = (word(profile, "type"), path.child("localhostProfile"));
    match kind {
        "" => errors.required(&path.child("type"), "type is required when seccompProfile is set"),
        kind if !TYPES.contains(&kind) => errors.unsupported(&path.child("type"), kind, &TYPES),
        _ => {}
    }
    match (kind, set(profile, "localhostProfile")) {
        ("Localhost", None) => errors.required(&local, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(file)) => validate_path_inside(errors, &local, file.as_str().unwrap_or_default()),
        (_, Some(_)) => {
            let shown = inside_job(&["spec", "template", "spec", "securityContext", "seccompProfile"], profile);
            errors.invalid(&local, shown, "can only be set when seccomp type is Localhost");
        }
        (_, None) => {}
    }
}

fn validate_app_armor(errors: &mut Errors, path: &Path<'_>, context: &Value) {
    let Some(profile) = set(context, "appArmorProfile") else { return };
    let path = path.child("appArmorProfile");
    let (local, file) = (path.child("localhostProfile"), set(profile, "localhostProfile").and_then(Value::as_str));
    match (word(profile, "type"), file) {
        ("", _) => errors.required(&path.child("type"), "type is required when appArmorProfile is set"),
        ("Localhost", None | Some("")) => errors.required(&local, "must be set when AppArmor type is Localhost"),
        ("Localhost", Some(file)) if file.trim() != file => {
            errors.invalid(&local, file, "must not be padded with whitespace");
        }
        ("RuntimeDefault" | "Unconfined", Some(file)) => {
            errors.invalid(&local, file, "can only be set when AppArmor type is Localhost");
        }
        (kind, _) if !TYPES.contains(&kind) => errors.unsupported(&path.child("type"), kind, &TYPES),
        _ => {}
    }
}

//! Where a call goes: flags that name another context, cluster or user than there is (client-go's `clientcmd`).

use super::call::{Call, parse_duration};
use super::config::{CONTEXT, USER};
use super::failure::{Failure, Outcome};

/// Commands that begin by asking for the context's namespace, and so complain of the context in other words.
const ASK_FOR_NAMESPACE: &[&str] = &[
    "annotate",
    "apply edit-last-applied",
    "apply set-last-applied",
    "apply view-last-applied",
    "attach",
    "delete",
    "describe",
    "events",
    "exec",
    "get",
    "label",
    "logs",
    "patch",
    "rollout history",
    "rollout pause",
    "rollout restart",
    "rollout resume",
    "rollout status",
    "rollout undo",
    "scale",
    "set image",
    "set resources",
    "set selector",
    "taint",
    "top pod",
];

/// Fails where a call would reach no cluster. What says nothing but what kubectl knows by itself reaches none.
pub fn check(call: &Call<'_>) -> Outcome<()> {
    let is_local = call.path == "options" || call.path == "help" || call.path.starts_with("config ");
    if is_local || (call.path == "version" && call.has("client")) {
        return Ok(());
    }
    let other = |flag, known| call.nonempty(flag).filter(|name| *name != known);
    if let Some(file) = call.nonempty("kubeconfig").filter(|file| call.files.get(file).is_none()) {
        return Err(Failure::client(format!("stat {file}: no such file or directory")));
    }
    let asks = ASK_FOR_NAMESPACE.contains(&call.path.as_str())
        && call.nonempty("namespace").is_none()
        && call.nonempty("raw").is_none();
    match (other("context", CONTEXT), other("cluster", CONTEXT), other("user", USER)) {
        (Some(context), ..) if asks => Err(Failure::Plain(format!(
            "Error in configuration: context was not found for specified context: {context}"
        ))),
        (Some(context), ..) => Err(Failure::client(format!("context \"{context}\" does not exist"))),
        (_, Some(cluster), _) if asks => Err(Failure::client(format!("no server found for cluster \"{cluster}\""))),
        (_, Some(cluster), _) => Err(Failure::client(format!("cluster \"{cluster}\" does not exist"))),
        (_, _, Some(user)) => Err(Failure::client(format!("auth info \"{user}\" does not exist"))),
        _ => check_request(call),
    }
}

fn check_request(call: &Call<'_>) -> Outcome<()> {
    let is_time = |time: &&str| time.parse::<i64>().is_err() && parse_duration(time).is_none();
    if call.nonempty("request-timeout").filter(is_time).is_some() {
        return Err(Failure::client(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
             corresponding time unit (e.g. 1s | 2m | 3h)",
        ));
    }
    const PROFILES: &[&str] = &["none", "cpu", "heap", "goroutine", "threadcreate", "block", "mutex"];
    if let Some(profile) = call.text("profile").filter(|profile| !PROFILES.contains(profile)) {
        return Err(Failure::client(format!("unknown profile '{profile}'")));
    }
    let as_whom = ["as-group", "as-uid", "as-user-extra"].iter().any(|flag| call.nonempty(flag).is_some());
    if as_whom && call.nonempty("as").is_none() {
        let why = "without impersonating a user";
        return Err(Failure::client(format!("requesting uid, groups or user-extra for {USER} {why}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::failure::report;
    use crate::kubectl::{Config, Files, line};

    #[test]
    fn another_cluster_is_nowhere_to_be_found() {
        let check = |typed: &str, expected: &str| {
            let (files, config) = (Files::new(), Config::default());
            let call = line::parse(typed, &files, &config);
            let failure = call.and_then(|call| line::action(&call).map(drop)).err();
            assert_eq!(report(&Vec::from_iter(failure)), expected, "{typed}");
        };
        let unnamed = "Error in configuration: context was not found for specified context: foo\n";
        let unknown = "error: context \"foo\" does not exist\n";
        for (typed, expected) in [
            ("get pods --context=jobscope --cluster jobscope --user=learner", ""),
            ("get pods --context= --cluster= --user= --kubeconfig=", ""),
            ("get pods --context=foo", unnamed),
            ("get --context foo", unnamed),
            ("get pods -n kiada --context=foo", unknown),
            ("get --raw / --context=foo", unknown),
            ("rollout status job/a --context=foo", unnamed),
            ("create job a --image=b --dry-run=client --context=foo", unknown),
            ("version --context=foo", unknown),
            ("version --client --context=foo", ""),
            ("config current-context --context=foo", ""),
            ("get pods --cluster=foo", "error: no server found for cluster \"foo\"\n"),
            ("drain node-1 --cluster=foo", "error: cluster \"foo\" does not exist\n"),
            ("get pods --user=foo", "error: auth info \"foo\" does not exist\n"),
            ("get pods --kubeconfig=foo", "error: stat foo: no such file or directory\n"),
            ("get pods --request-timeout=5", ""),
            ("get pods --request-timeout=1m", ""),
            (
                "get pods --request-timeout=5x",
                "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by \
                 a corresponding time unit (e.g. 1s | 2m | 3h)\n",
            ),
            (
                "get pods --as-group=foo",
                "error: requesting uid, groups or user-extra for learner without impersonating a user\n",
            ),
            ("get pods --as-group=foo --as=bar", ""),
            (
                "options -v=much",
                "error: invalid argument \"much\" for \"-v, --v\" flag: strconv.ParseInt: parsing \"much\": invalid \
                 syntax\nSee 'kubectl options --help' for usage.\n",
            ),
        ] {
            check(typed, expected);
        }
    }
}

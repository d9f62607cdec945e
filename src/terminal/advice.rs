//! What may help where a command was not found.

/// Programs that people reach for, and what there is instead.
const INSTEAD: &[(&[&str], &str)] = &[
    (
        &["vi", "vim", "nano", "emacs", "code", "ed"],
        "There is no editor in the terminal: files are edited in the Files panel.",
    ),
    (
        &["apt", "apt-get", "brew", "yum", "dnf", "apk", "npm"],
        "Nothing can be installed in this terminal; help lists what there is.",
    ),
    (&["sudo", "su"], "There is nothing to be root for: leave sudo out."),
    (
        &["ssh", "scp", "ping", "nc", "telnet", "git"],
        "This terminal has no network. In the cluster, kubectl exec runs commands in pods.",
    ),
    (
        &["helm", "kustomize", "minikube", "kind", "kubeadm", "crictl"],
        "The cluster is here already; kubectl alone talks to it.",
    ),
    (
        &["gawk", "mawk", "yq", "perl", "node", "ruby"],
        "It is not simulated: awk, grep, jq, sed and python3 are, and kubectl has -o jsonpath.",
    ),
    (&["man", "info"], "There are no manuals: kubectl VERB --help and help say what there is."),
];

/// Clients of servers in the cluster.
const CLIENTS: &[&str] = &[
    "amqp-consume",
    "amqp-declare-queue",
    "amqp-delete-queue",
    "amqp-get",
    "amqp-publish",
    "mongo",
    "mongoimport",
    "mongosh",
    "redis-cli",
];

/// The commands that an error text says were not found.
pub fn missed(text: &str) -> Option<String> {
    let by_name = |line: &'_ str| line.strip_suffix(": command not found").map(str::to_owned);
    let by_path = |line: &'_ str| {
        let path = line.strip_prefix("bash: ")?.strip_suffix(": No such file or directory")?;
        path.contains("/bin/").then(|| path.rsplit('/').next().unwrap_or(path).to_owned())
    };
    let line = text.lines().find_map(|line| by_name(line).or_else(|| by_path(line)))?;
    Some(line.rsplit(": ").next().unwrap_or(&line).to_owned())
}

/// A sentence for somebody whose command was not found.
pub fn advice(name: &str, known: &[String]) -> Option<String> {
    if let Some((_, instead)) = INSTEAD.iter().find(|(names, _)| names.contains(&name)) {
        return Some(format!("{instead}\n"));
    }
    if CLIENTS.contains(&name) {
        return Some(format!("Servers in the cluster are reached from its pods: kubectl exec -it POD -- {name} …\n"));
    }
    if VERBS.contains(&name) {
        return Some(format!("Did you mean: kubectl {name} …?\n"));
    }
    let close = |known: &&String| distance(name, known) <= 1 + name.chars().count() / 5 && name.chars().count() > 2;
    let nearest = known.iter().filter(close).min_by_key(|known| distance(name, known));
    Some(match nearest {
        Some(nearest) => format!("Did you mean: {nearest}?\n"),
        None => "It is not simulated. Type help for what there is.\n".into(),
    })
}

/// What people type when they forget the first word.
const VERBS: &[&str] = &[
    "annotate",
    "apply",
    "attach",
    "autoscale",
    "cordon",
    "create",
    "delete",
    "describe",
    "drain",
    "events",
    "explain",
    "expose",
    "get",
    "label",
    "logs",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "taint",
    "top",
    "uncordon",
];

/// How many letters to add, drop, change or exchange with their neighbours to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_are_missing_are_explained() {
        let known: Vec<String> = ["cat", "kubectl", "ls", "sleep"].map(str::to_owned).to_vec();
        let check = |error: &str, expected: &str| {
            let name = missed(error).expect("a name");
            assert_eq!(advice(&name, &known).as_deref(), Some(expected), "{error}");
        };
        check("bash: kubctl: command not found\n", "Did you mean: kubectl?\n");
        check("bash: line 3: slepe: command not found\n", "Did you mean: sleep?\n");
        check("bash: get: command not found\n", "Did you mean: kubectl get …?\n");
        check("bash: xyzzy: command not found\n", "It is not simulated. Type help for what there is.\n");
        check(
            "bash: vim: command not found\n",
            "There is no editor in the terminal: files are edited in the Files panel.\n",
        );
        check(
            "bash: line 2: /usr/bin/amqp-publish: No such file or directory\n",
            "Servers in the cluster are reached from its pods: kubectl exec -it POD -- amqp-publish …\n",
        );
        assert_eq!(missed("bash: username: No such file or directory\n"), None);
        assert_eq!(missed("cat: x: No such file or directory\n"), None);
    }
}

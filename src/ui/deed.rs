//! What a user does to the cluster: plain data, before it happens.

use crate::api::ObjectKey;
use crate::cluster::Fault;
use crate::node::Rule;
use crate::recording::Act;
use crate::sim::Timestamp;
use crate::terminal::kubectl_and_filters;

/// Something a user does to the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A line for kubectl (and the small shell around it).
    Command(String),
    /// What kubectl cannot do.
    Fault(Fault),
    /// Containers that start from now on behave like this.
    Rules(Vec<Rule>),
    /// Something is typed into the command that waits for it.
    Input(String),
}

/// Where something was done: how often a scenario had been loaded, in which of the runs, and at which instant.
pub type Place = (u32, usize, Timestamp);

impl Deed {
    /// Whether it can change the cluster.
    pub fn acts(&self) -> bool {
        match self {
            Self::Command(line) => acting(line).is_some(),
            Self::Fault(_) | Self::Rules(_) => true,
            Self::Input(_) => false,
        }
    }

    /// Whether it only does again what was done last, at the same place: a second click. A fault is not made worse by that.
    pub fn repeats(&self, last: Option<&(Place, Self)>, here: Place) -> bool {
        matches!(self, Self::Fault(_)) && last.is_some_and(|(place, deed)| *place == here && deed == self)
    }

    /// In words, for notices and markers.
    pub fn words(&self) -> String {
        match self {
            Self::Command(line) => line.clone(),
            Self::Fault(fault) => fault.to_string(),
            Self::Rules(_) => "other behaviour of the containers".into(),
            Self::Input(text) => text.trim_end().to_owned(),
        }
    }
}

/// The command that evicts a pod. kubectl has no verb for it: the request is posted as it is.
pub fn eviction_line(pod: &ObjectKey) -> String {
    let path = format!("/api/v1/namespaces/{}/pods/{}/eviction", pod.namespace, pod.name);
    format!("kubectl create --raw {path} -f {}", eviction(pod).0)
}

/// The file that [`eviction_line`] posts: its name, and what it says.
pub fn eviction(pod: &ObjectKey) -> (String, String) {
    let metadata = format!(r#"{{"name": "{}", "namespace": "{}"}}"#, pod.name, pod.namespace);
    let text = format!("{{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {metadata}}}\n");
    (format!("evict-{}.json", pod.name), text)
}

/// What kubectl does to a cluster, to its own configuration or in a container, tries out, or waits for. `auth` may do any
/// of it.
const ACTS: [&str; 23] = [
    "annotate",
    "apply",
    "attach",
    "auth",
    "autoscale",
    "config",
    "cordon",
    "create",
    "delete",
    "diff",
    "drain",
    "exec",
    "expose",
    "label",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
    "uncordon",
    "wait",
];

/// Whether a line only reads, so that the past can answer it; kubectl's answer to a slip of the pen is such a line as
/// well. What needs a shell for more than filters may write files.
pub fn only_reads(line: &str) -> bool {
    let Some((command, _)) = kubectl_and_filters(line) else {
        return matches!(line.split_whitespace().next(), Some("help" | "history") | None);
    };
    words(command).next().is_some() && !does_something(command)
}

/// Whether something that was done can change the cluster.
pub fn acts(act: &Act) -> bool {
    match act {
        Act::Kubectl(line) | Act::Shell(line) => acting(line).is_some(),
        Act::Fault(_) | Act::Rules(_) => true,
        Act::Input(_) => false,
    }
}

/// The first command of a line, however many it has, that lets kubectl do something.
pub fn acting(line: &str) -> Option<&str> {
    let mut commands = line.split(['|', ';', '&', '(', '`', '\n']).filter_map(for_kubectl);
    commands.find(|command| does_something(command))
}

/// A command from the word on that is kubectl; none where no word is.
fn for_kubectl(command: &str) -> Option<&str> {
    let starts = command.char_indices().filter(|&(at, _)| at == 0 || command[..at].ends_with(char::is_whitespace));
    let mut commands = starts.map(|(at, _)| command[at..].trim());
    commands.find(|rest| matches!(rest.split_whitespace().next(), Some("kubectl" | "k")))
}

/// Whether a command lets kubectl do something. Of its own configuration it mostly tells.
fn does_something(command: &str) -> bool {
    let mut words = words(command);
    match words.next() {
        Some("config") => words.next().is_some_and(|what| what.starts_with("set") || what.starts_with("use")),
        verb => verb.is_some_and(|verb| ACTS.contains(&verb)),
    }
}

/// What a command asks of kubectl, without flags; nothing where it does not.
fn words(command: &str) -> impl Iterator<Item = &str> {
    let mut words = for_kubectl(command).unwrap_or_default().split_whitespace().skip(1);
    std::iter::from_fn(move || {
        loop {
            match words.next()? {
                "-n" | "--namespace" => drop(words.next()),
                flag if flag.starts_with('-') => {}
                word => return Some(word),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{ACTS, Deed, Place, acting, acts, only_reads};
    use crate::cluster::Fault;
    use crate::kubectl;
    use crate::recording::{Act, Run};
    use crate::sim::Timestamp;
    use crate::ui::first::first_scenario;

    #[test]
    fn reads_are_told_from_what_changes_something() {
        let check = |line: &str, expected| assert_eq!(only_reads(line), expected, "{line}");
        check("kubectl get pods -w", true);
        check("k -n default describe job demo", true);
        check("kubectl get pods -o name | grep demo", true);
        check("kubectl delete pod x | cat", false);
        check("kubectl get pod x -o yaml > pod.yaml", false);
        check("kubectl get pods -o name | xargs kubectl delete", false);
        check("kubectl delete pod x", false);
        check("kubectl", false);
        check("kubectl gte pods", true);
        check("kubectl config view", true);
        check("kubectl config set-context --current --namespace=x", false);
        check("k apply -f manifest.yaml", false);
        check("ls", false);
    }

    #[test]
    fn a_fault_is_repeated_only_at_once() {
        let down = Deed::Fault(Fault::NodeDown { node: "node-1".into() });
        let up = Deed::Fault(Fault::NodeUp { node: "node-1".into() });
        let line = Deed::Command("kubectl get pods".into());
        let at = |second| (1, 0, Timestamp::from_secs(second));
        let check = |deed: &Deed, last: Option<(Place, &Deed)>, expected| {
            let last = last.map(|(place, deed)| (place, deed.clone()));
            assert_eq!(deed.repeats(last.as_ref(), at(7)), expected, "{} after {last:?}", deed.words());
        };
        check(&down, None, false);
        check(&down, Some((at(7), &down)), true);
        check(&down, Some((at(6), &down)), false);
        check(&down, Some(((1, 1, at(7).2), &down)), false);
        check(&down, Some((at(7), &up)), false);
        // Whoever types a line twice means it.
        check(&line, Some((at(7), &line)), false);
    }

    #[test]
    fn what_acts_is_told_from_work_on_files() {
        let check = |line: &str, expected| assert_eq!(acts(&Act::Shell(line.into())), expected, "{line}");
        check("kubectl apply -f job.yaml", true);
        check("k -n default delete job demo", true);
        check("cat job.yaml | sed s/a/b/ | kubectl apply -f -", true);
        check("for i in 1 2; do kubectl scale job demo --replicas=$i; done", true);
        check("kubectl get pods -o name | xargs kubectl delete", true);
        check("kubectl logs $pods", false);
        check("pods=$(kubectl get pods -o name)", false);
        check("docker build -t worker . && docker push worker", false);
        check("mkdir jobs; ls", false);
        check("", false);
        let tell = |line: &str, expected| assert_eq!(acting(line), expected, "{line}");
        tell("cat > job.yaml <<EOF\nkind: Job\nEOF\nkubectl apply -f job.yaml\n", Some("kubectl apply -f job.yaml"));
        tell("for i in 1 2; do kubectl delete pod p-$i; done", Some("kubectl delete pod p-$i"));
        tell("kubectl get pods | wc -l", None);
    }

    #[test]
    fn of_every_command_is_known_whether_it_acts() {
        const READS: [&str; 11] = [
            "api-resources",
            "api-versions",
            "cluster-info",
            "describe",
            "events",
            "explain",
            "get",
            "logs",
            "options",
            "top",
            "version",
        ];
        let run = Run::new(first_scenario());
        let verbs = (kubectl::ALL.complete)("kubectl ", 8, run.storage().now(), "default").into_iter();
        let mut verbs: Vec<String> = verbs.map(|candidate| candidate.word).filter(|word| word != "help").collect();
        verbs.sort();
        let mut known = [&ACTS[..], &READS].concat();
        known.sort();
        assert_eq!(verbs, known);
    }
}

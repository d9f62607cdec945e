//! Probes: what a container's manifest says is to be asked of it, how often, and what the answers add up to.
//!
//! In Kubernetes: `v1.Probe`, and `worker` in `pkg/kubelet/prober`. Who asks is in `kubelets/probes.rs`.

mod call;
mod prober;

pub use call::{Call, Target};
pub use prober::{Asking, Prober, Probes};

use crate::api::Container;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whether the container has started: until then it is asked nothing else.
    Startup,
    /// Whether it is ready.
    Readiness,
    /// Whether it is to go on: otherwise it is killed.
    Liveness,
}

impl fmt::Display for Purpose {
    /// As events call it: `Startup`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A probe as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    pub purpose: Purpose,
    pub action: Action,
    /// No question before a container has run so long.
    pub initial_delay: Duration,
    /// From one question to the next.
    pub period: Duration,
    /// An answer that takes longer is a failure.
    pub timeout: Duration,
    /// How many answers in a row count.
    pub success_threshold: u32,
    pub failure_threshold: u32,
    /// How long a container that is killed for it has to end, in seconds; otherwise as long as its pod says.
    pub grace: Option<u64>,
}

/// How the question is put.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command in the container: exit code 0 is a success.
    Exec(Vec<String>),
    /// A call over the network.
    Call(Call, Target),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Success,
    /// In the words of whoever answered.
    Failure(String),
    /// It could not be asked; that counts for nothing.
    Error(String),
}

impl Probe {
    /// The probes of a container, in the order in which a kubelet begins with them.
    pub fn all_of(container: &Container) -> Vec<Self> {
        let written = [
            (Purpose::Startup, &container.startup_probe),
            (Purpose::Readiness, &container.readiness_probe),
            (Purpose::Liveness, &container.liveness_probe),
        ];
        written
            .into_iter()
            .filter_map(|(purpose, probe)| Some(Self::read(purpose, probe.as_ref()?, container)))
            .collect()
    }

    fn read(purpose: Purpose, written: &Value, container: &Container) -> Self {
        let number = |field: &str, default: u64| written[field].as_u64().unwrap_or(default);
        let seconds = |field: &str, default: u64| Duration::from_secs(number(field, default));
        let count = |field: &str, default: u64| u32::try_from(number(field, default)).unwrap_or(u32::MAX);
        Self {
            purpose,
            action: Action::read(written, container),
            initial_delay: seconds("initialDelaySeconds", 0),
            period: seconds("periodSeconds", 10).max(Duration::from_secs(1)),
            timeout: seconds("timeoutSeconds", 1),
            success_threshold: count("successThreshold", 1),
            failure_threshold: count("failureThreshold", 3),
            grace: written["terminationGracePeriodSeconds"].as_u64(),
        }
    }
}

impl Action {
    fn read(written: &Value, container: &Container) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let (http, tcp, grpc) = (&written["httpGet"], &written["tcpSocket"], &written["grpc"]);
        let target = |about: &Value| Target { host: text(&about["host"]), port: port(&about["port"], container) };
        if http.is_object() {
            let scheme = http["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
            let path = text(&http["path"]);
            let slash = if path.starts_with('/') { "" } else { "/" };
            return Self::Call(Call::Http { scheme, path: format!("{slash}{path}") }, target(http));
        }
        if tcp.is_object() {
            return Self::Call(Call::Tcp, target(tcp));
        }
        if grpc.is_object() {
            return Self::Call(Call::Grpc, target(grpc));
        }
        Self::Exec(written["exec"]["command"].as_array().into_iter().flatten().map(text).collect())
    }
}

/// A port by its number, or by the name that the container gives it.
fn port(written: &Value, container: &Container) -> Result<u16, String> {
    let number = match written.as_str() {
        None => written.as_i64().and_then(|number| u16::try_from(number).ok()),
        Some(name) => match container.port_of(name) {
            Some(number) => Some(number),
            None => Some(name.parse().map_err(|_| format!("strconv.Atoi: parsing {name:?}: invalid syntax"))?),
        },
    };
    number.ok_or_else(|| format!("invalid port number: {written}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use serde_json::json;

    #[test]
    fn a_probe_is_read_as_it_is_written() {
        let check = |probe: Value, expected: Action| {
            let ports = json!([{"name": "web", "containerPort": 8080}]);
            let container = json!({"name": "c", "ports": ports, "livenessProbe": probe});
            let container: Container = fields::read(container).expect("a container");
            let [read] = Probe::all_of(&container).try_into().expect("one probe");
            assert_eq!((read.purpose, read.action), (Purpose::Liveness, expected), "{probe}");
        };
        let target =
            |host: &str, port: Result<u16, &str>| Target { host: host.into(), port: port.map_err(str::to_owned) };
        let http = |scheme: &str, path: &str| Call::Http { scheme: scheme.into(), path: path.into() };
        check(json!({"exec": {"command": ["cat", "/x"]}}), Action::Exec(vec!["cat".into(), "/x".into()]));
        check(json!({"httpGet": {"port": "web"}}), Action::Call(http("http", "/"), target("", Ok(8080))));
        check(
            json!({"httpGet": {"port": 443, "path": "/up?x=1", "scheme": "HTTPS", "host": "a.b"}}),
            Action::Call(http("https", "/up?x=1"), target("a.b", Ok(443))),
        );
        let unknown = "strconv.Atoi: parsing \"http\": invalid syntax";
        check(json!({"tcpSocket": {"port": "http"}}), Action::Call(Call::Tcp, target("", Err(unknown))));
        check(json!({"grpc": {"port": 9000}}), Action::Call(Call::Grpc, target("", Ok(9000))));
    }

    #[test]
    fn what_a_probe_leaves_out_is_at_its_default() {
        let container = json!({"name": "c", "startupProbe": {"exec": {"command": ["true"]}}, "readinessProbe": {
            "exec": {"command": ["true"]}, "initialDelaySeconds": 3, "periodSeconds": 4, "timeoutSeconds": 5,
            "successThreshold": 6, "failureThreshold": 7,
        }});
        let container: Container = fields::read(container).expect("a container");
        let numbers = |probe: &Probe| {
            let spans = [probe.initial_delay, probe.period, probe.timeout].map(|span| span.as_secs());
            (probe.purpose.to_string(), spans, probe.success_threshold, probe.failure_threshold)
        };
        let read: Vec<_> = Probe::all_of(&container).iter().map(numbers).collect();
        assert_eq!(read, [("Startup".into(), [0, 10, 1], 1, 3), ("Readiness".into(), [3, 4, 5], 6, 7)]);
    }
}

//! The cluster's name server, and its addresses: which names and addresses there are, and who is behind them
//! (spec 03 §12).
//!
//! A Service has a name, a headless one the addresses of its pods; a pod with a `subdomain` has a name below that Service.
//! Only pods that are ready have names. One that has finished keeps them for a short while: what runs at the same time
//! should not depend on who is the first to end.

use crate::api::{ContainerState, Kind, LabelSelector, Object, Pod, Time, fields};
use crate::apiserver::View;
use crate::node::runtime::CLUSTER_DNS;
use crate::shell::Files;
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// How long the names of a pod outlive it.
const AFTERLIFE: Duration = Duration::from_secs(5);
/// How many dots make a name be looked up as it stands first.
const NDOTS: usize = 5;

/// Names and addresses as they stand at one revision.
#[derive(Default)]
pub struct Names {
    revision: u64,
    /// By full name, without a dot at its end.
    records: Map<String, Vec<Host>>,
    /// The pods' addresses.
    pods: Map<String, Option<Timestamp>>,
    /// Who is behind a port of a Service's address.
    routes: Map<(String, u16), Vec<(Host, u16)>>,
}

/// An address, and until when it stands, if it is about to go.
#[derive(Clone)]
struct Host {
    ip: String,
    until: Option<Timestamp>,
}

impl Host {
    fn stands(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// What a name comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The full name.
    pub name: String,
    pub addresses: Vec<String>,
}

impl Names {
    /// Whether these are the names of that revision.
    pub fn are_of(&self, view: View<'_>) -> bool {
        self.revision == view.revision()
    }

    /// All names and addresses of the cluster.
    pub fn of(view: View<'_>) -> Self {
        let mut names = Self { revision: view.revision(), ..Self::default() };
        let mut add = |name: &str, hosts: Vec<Host>| {
            names.records.insert(name.to_owned(), hosts);
        };
        add("kubernetes.default.svc.cluster.local", vec![Host { ip: "10.96.0.1".into(), until: None }]);
        add("kube-dns.kube-system.svc.cluster.local", vec![Host { ip: CLUSTER_DNS.into(), until: None }]);
        let pods: Vec<Object> = view.list(Kind::Pod).collect();
        let pods: Vec<&Pod> = pods.iter().filter_map(|object| object.as_pod().map(|pod| &**pod)).collect();
        for pod in pods.iter().filter(|pod| !pod.ip.is_empty()) {
            if let Some(until) = stands_until(pod, true) {
                names.pods.insert(pod.ip.to_string(), until);
            }
        }
        for service in view.list(Kind::Service) {
            let Object::Other(service) = service else { continue };
            names.add_service(&service.metadata.name, &service.metadata.namespace, service.fields.get("spec"), &pods);
        }
        names
    }

    fn add_service(&mut self, name: &str, namespace: &str, spec: Option<&Value>, pods: &[&Pod]) {
        let spec = spec.unwrap_or(&Value::Null);
        let full = format!("{name}.{namespace}.svc.cluster.local");
        let early = spec["publishNotReadyAddresses"] == true;
        let selector: Option<LabelSelector> = match &spec["selector"] {
            Value::Object(labels) if !labels.is_empty() => fields::read(json!({"matchLabels": labels})).ok(),
            _ => None,
        };
        let mut behind: Vec<(Host, &Pod)> = Vec::new();
        for pod in pods.iter().filter(|pod| pod.metadata.namespace == namespace && !pod.ip.is_empty()) {
            let chosen = selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels));
            if let Some(until) = stands_until(pod, early).filter(|_| chosen) {
                behind.push((Host { ip: pod.ip.to_string(), until }, pod));
            }
        }
        for (host, pod) in &behind {
            let hostname = pod.hostname.as_deref().or(pod.spec.hostname.as_deref());
            if let (Some(hostname), Some(subdomain)) = (hostname, pod.spec.subdomain.as_deref())
                && subdomain == name
            {
                self.records.entry(format!("{hostname}.{full}")).or_default().push(host.clone());
            }
        }
        match spec["clusterIP"].as_str().filter(|address| !address.is_empty()) {
            Some("None") => {
                self.records.insert(full, behind.into_iter().map(|(host, _)| host).collect());
            }
            Some(address) => {
                self.records.insert(full, vec![Host { ip: address.to_owned(), until: None }]);
                for port in spec["ports"].as_array().into_iter().flatten() {
                    let number = port["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
                    let hosts = behind.iter().map(|(host, pod)| (host.clone(), target(port, number, pod)));
                    self.routes.insert((address.to_owned(), number), hosts.collect());
                }
            }
            None => {}
        }
    }

    /// Looks a name up as a process does: in its own hosts file, then by asking the name server that its machine names.
    pub fn look_up(&self, name: &str, files: &Files, now: Timestamp) -> Option<Found> {
        if is_address(name) {
            return Some(Found { name: name.to_owned(), addresses: vec![name.to_owned()] });
        }
        let hosts = files.read_text("/etc/hosts").unwrap_or_default();
        for line in hosts.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let address = words.next().filter(|address| is_address(address));
            if let Some(address) = address.filter(|_| words.any(|word| word == name)) {
                return Some(Found { name: name.to_owned(), addresses: vec![address.to_owned()] });
            }
        }
        self.ask(name, files, now)
    }

    /// Asks the name server alone.
    pub fn ask(&self, name: &str, files: &Files, now: Timestamp) -> Option<Found> {
        let config = files.read_text("/etc/resolv.conf").unwrap_or_default();
        let words = |first: &str| config.lines().filter_map(|line| line.strip_prefix(first).map(str::trim)).next();
        if words("nameserver ") != Some(CLUSTER_DNS) {
            return None;
        }
        let exact = |name: &str| {
            let hosts = self.records.get(name)?.iter().filter(|host| host.stands(now));
            let addresses: Vec<String> = hosts.map(|host| host.ip.clone()).collect();
            (!addresses.is_empty()).then(|| Found { name: name.to_owned(), addresses })
        };
        let name = name.to_lowercase();
        if let Some(absolute) = name.strip_suffix('.') {
            return exact(absolute);
        }
        let searched =
            || words("search ").unwrap_or("").split(' ').find_map(|domain| exact(&format!("{name}.{domain}")));
        match name.matches('.').count() >= NDOTS {
            true => exact(&name).or_else(searched),
            false => searched().or_else(|| exact(&name)),
        }
    }

    /// Whether somebody answers at an address.
    pub fn answers(&self, address: &str, now: Timestamp) -> bool {
        address.starts_with("127.") || self.pods.get(address).is_some_and(|until| until.is_none_or(|until| now < until))
    }

    /// Who is meant by an address and a port: the pod itself, or one of those behind a Service. `turn` says which.
    pub fn route(&self, address: &str, port: u16, turn: usize, now: Timestamp) -> Option<(String, u16)> {
        if self.pods.contains_key(address) {
            return Some((address.to_owned(), port));
        }
        let behind = self.routes.get(&(address.to_owned(), port))?;
        let hosts: Vec<&(Host, u16)> = behind.iter().filter(|(host, _)| host.stands(now)).collect();
        let (host, port) = hosts.get(turn.checked_rem(hosts.len())?)?;
        Some((host.ip.clone(), *port))
    }
}

/// Until when a pod has its names, without an end while it runs; nothing if it has none.
fn stands_until(pod: &Pod, early: bool) -> Option<Option<Timestamp>> {
    if pod.is_finished() {
        let statuses = pod.status.container_statuses.iter();
        let ended = statuses.filter_map(|status| match &status.state {
            Some(ContainerState::Terminated(ended)) => ended.finished_at.map(Time::timestamp),
            _ => None,
        });
        return Some(Some(ended.max()? + AFTERLIFE));
    }
    ((pod.is_ready() || early) && !pod.metadata.is_deleting()).then_some(None)
}

/// The port of a pod that a Service's port stands for: a number, or the name of a container's port.
fn target(port: &Value, number: u16, pod: &Pod) -> u16 {
    let target = &port["targetPort"];
    let by_name = |name: &str| {
        let mut ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
        ports.find(|port| port.name == name).and_then(|port| u16::try_from(port.container_port).ok())
    };
    let by_number = target.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    by_number.or_else(|| target.as_str().and_then(by_name)).unwrap_or(number)
}

/// Whether a text is an IPv4 address.
pub fn is_address(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
}

//! The environment of a container's process: what `env` prints in it.
//!
//! In this order: what the image sets, the host's name, what the container's `envFrom` and `env` say, then the Services of
//! the namespace that exist when the container starts, as `FOO_SERVICE_HOST` and so on. In Kubernetes:
//! `makeEnvironmentVariables` in `pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/envvars`.

use super::downward::{Surroundings, not_found};
use crate::api::{Container, Kind, Object};
use crate::apiserver::View;
use serde_json::{Value, json};

/// Where pods find the API server.
const API_SERVER: &str = "10.96.0.1";

/// Names and values, in the order in which they were set; each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables(pub Vec<(String, String)>);

impl Variables {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets a variable, in its place if it has one.
    pub fn set(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Adds those that are not set yet.
    fn add(&mut self, others: Self) {
        for (name, value) in others.0 {
            if self.get(&name).is_none() {
                self.0.push((name, value));
            }
        }
    }
}

/// Whether a container can only start once something else is there: its environment comes from a ConfigMap or a Secret.
pub(super) fn depends(container: &Container) -> bool {
    let stored = |source: &Value| !source["configMapKeyRef"].is_null() || !source["secretKeyRef"].is_null();
    !container.env_from.is_empty() || container.env.iter().any(|env| env.value_from.as_ref().is_some_and(stored))
}

/// What a container's own part of the pod says about its environment, and the Services around it. The error is what the
/// container then waits with: `CreateContainerConfigError`.
pub(super) fn of_container(around: &Surroundings<'_>, container: &Container) -> Result<Variables, String> {
    let namespace = &around.pod.metadata.namespace;
    let links = around.pod.spec.enable_service_links != Some(false);
    let services = of_services(around.view, namespace, links);
    let mut own = Variables::default();
    for source in &container.env_from {
        let prefix = source["prefix"].as_str().unwrap_or_default();
        for (field, kind) in [("configMapRef", Kind::ConfigMap), ("secretRef", Kind::Secret)] {
            let Some(reference) = source.get(field).filter(|reference| reference.is_object()) else { continue };
            let name = reference["name"].as_str().unwrap_or_default();
            match around.data(kind, name) {
                Some(data) => data.iter().for_each(|(key, value)| own.set(&format!("{prefix}{key}"), lossy(value))),
                None if reference["optional"] == true => {}
                None => return Err(not_found(kind, name)),
            }
        }
    }
    for variable in &container.env {
        let value = match &variable.value_from {
            None => Some(expanded(&variable.value, &[&own, &services])),
            Some(source) => from_source(around, container, source)?,
        };
        if let Some(value) = value {
            own.set(&variable.name, value);
        }
    }
    own.add(services);
    Ok(own)
}

/// The value that a `valueFrom` brings; none where what it names is optional and missing.
fn from_source(around: &Surroundings<'_>, own: &Container, source: &Value) -> Result<Option<String>, String> {
    if let Some(path) = source["fieldRef"]["fieldPath"].as_str() {
        return Ok(Some(around.field(path)));
    }
    if source["resourceFieldRef"].is_object() {
        return Ok(Some(around.resource(&source["resourceFieldRef"], own)));
    }
    for (field, kind) in [("configMapKeyRef", Kind::ConfigMap), ("secretKeyRef", Kind::Secret)] {
        let Some(reference) = source.get(field).filter(|reference| reference.is_object()) else { continue };
        let (name, key) = (reference["name"].as_str().unwrap_or(""), reference["key"].as_str().unwrap_or(""));
        let optional = reference["optional"] == true;
        let data = match around.data(kind, name) {
            Some(data) => data,
            None if optional => return Ok(None),
            None => return Err(not_found(kind, name)),
        };
        return match data.iter().find(|(known, _)| *known == key) {
            Some((_, value)) => Ok(Some(lossy(value))),
            None if optional => Ok(None),
            None => {
                let what = if kind == Kind::Secret { "Secret" } else { "ConfigMap" };
                Err(format!("couldn't find key {key} in {what} {}/{name}", around.pod.metadata.namespace))
            }
        };
    }
    Ok(Some(String::new()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Fills in `$(NAME)`. `$$` is one `$`, and a name that nobody has set stays as it is written.
pub(super) fn expanded(text: &str, variables: &[&Variables]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let reference = after.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        rest = match (after.strip_prefix('$'), reference) {
            (Some(after), _) => {
                out.push('$');
                after
            }
            (None, Some((name, after))) => {
                match variables.iter().find_map(|variables| variables.get(name)) {
                    Some(value) => out.push_str(value),
                    None => out.push_str(&format!("$({name})")),
                }
                after
            }
            (None, None) => {
                out.push('$');
                after
            }
        };
    }
    out + rest
}

/// The variables that tell of the Services of a namespace and, always, of the API server.
fn of_services(view: View<'_>, namespace: &str, links: bool) -> Variables {
    let mut variables = Variables::default();
    let ports = json!([{"name": "https", "port": 443, "protocol": "TCP"}]);
    tell_of("kubernetes", API_SERVER, &ports, &mut variables);
    if links {
        for service in view.list_in(Kind::Service, namespace) {
            let Object::Other(service) = service else { continue };
            let Some(spec) = service.fields.get("spec") else { continue };
            let address = spec["clusterIP"].as_str().filter(|address| !address.is_empty() && *address != "None");
            if let Some(address) = address {
                tell_of(&service.metadata.name, address, &spec["ports"], &mut variables);
            }
        }
    }
    variables
}

fn tell_of(name: &str, address: &str, ports: &Value, variables: &mut Variables) {
    let upper = |name: &str| name.replace('-', "_").to_uppercase();
    let (name, ports) = (upper(name), ports.as_array().map_or(&[][..], Vec::as_slice));
    let number = |port: &Value| port["port"].as_i64().unwrap_or_default();
    let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
    let address = address.to_owned();
    let Some(first) = ports.first() else { return };
    let url = |port: &Value| format!("{}://{address}:{}", protocol(port).to_lowercase(), number(port));
    variables.set(&format!("{name}_SERVICE_HOST"), address.clone());
    variables.set(&format!("{name}_SERVICE_PORT"), number(first).to_string());
    for port in ports {
        if let Some(of_port) = port["name"].as_str().filter(|name| !name.is_empty()) {
            variables.set(&format!("{name}_SERVICE_PORT_{}", upper(of_port)), number(port).to_string());
        }
    }
    variables.set(&format!("{name}_PORT"), url(first));
    for port in ports {
        let prefix = format!("{name}_PORT_{}_{}", number(port), protocol(port));
        variables.set(&prefix, url(port));
        variables.set(&format!("{prefix}_PROTO"), protocol(port).to_lowercase());
        variables.set(&format!("{prefix}_PORT"), number(port).to_string());
        variables.set(&format!("{prefix}_ADDR"), address.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Pod, fields};
    use crate::apiserver::{ApiServer, Naming, Request};
    use crate::sim::Timestamp;

    fn server() -> ApiServer {
        let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
        for (kind, name, fields) in [
            (Kind::ConfigMap, "c", json!({"data": {"a": "1", "b": "two\n"}, "binaryData": {"bin": "eA=="}})),
            (Kind::Secret, "s", json!({"data": {"pw": "aHVudGVyMg=="}})),
            (
                Kind::Service,
                "my-db",
                json!({"spec": {"clusterIP": "10.96.7.7", "ports": [{"name": "db", "port": 6379}]}}),
            ),
            (Kind::Service, "quiet", json!({"spec": {"clusterIP": "None"}})),
        ] {
            let mut value = fields;
            value["metadata"] = json!({"name": name, "namespace": "default"});
            let object = Object::from_value(kind, value).expect("an object");
            api.handle(Request::Create(object)).expect("created");
        }
        api
    }

    fn pod(container: Value) -> Pod {
        let metadata = json!({"name": "p-0", "namespace": "default", "uid": "00000000-0000-4000-8000-000000000001",
            "labels": {"app": "x"}, "annotations": {"note": "say \"hi\"", "z": ""}});
        let spec = json!({"nodeName": "n-1", "serviceAccountName": "default", "containers": [container]});
        fields::read(json!({"metadata": metadata, "spec": spec})).expect("a pod")
    }

    fn environment(container: Value) -> Result<Variables, String> {
        let (api, pod) = (server(), pod(container));
        let around = Surroundings { view: api.live(), pod: &pod, ip: "10.244.1.2", host_ip: "192.168.10.1" };
        of_container(&around, &pod.spec.containers[0])
    }

    #[test]
    fn variables_come_from_everywhere_a_container_names() {
        #[track_caller]
        fn check(env: Value, name: &str, expected: Option<&str>) {
            let found = environment(
                json!({"name": "c", "env": env, "resources": {"limits": {"cpu": "1500m", "memory": "64Mi"}}}),
            );
            assert_eq!(found.expect("an environment").get(name), expected);
        }
        let field = |path: &str| json!([{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": path}}}]);
        check(json!([{"name": "X", "value": "plain"}]), "X", Some("plain"));
        check(field("metadata.name"), "X", Some("p-0"));
        check(field("metadata.labels['app']"), "X", Some("x"));
        check(field("metadata.annotations['absent']"), "X", Some(""));
        check(field("metadata.uid"), "X", Some("00000000-0000-4000-8000-000000000001"));
        check(field("spec.nodeName"), "X", Some("n-1"));
        check(field("status.podIP"), "X", Some("10.244.1.2"));
        check(field("status.hostIP"), "X", Some("192.168.10.1"));
        let resource = |name: &str, divisor: &str| json!([{"name": "X", "valueFrom": {"resourceFieldRef": {"resource": name, "divisor": divisor}}}]);
        check(resource("limits.cpu", "0"), "X", Some("2"));
        check(resource("limits.cpu", "1m"), "X", Some("1500"));
        check(resource("limits.memory", "1Mi"), "X", Some("64"));
        check(resource("requests.memory", "1Mi"), "X", Some("0"));
        let key = |field: &str, name: &str, key: &str, optional: bool| json!([{"name": "X", "valueFrom": {field: {"name": name, "key": key, "optional": optional}}}]);
        check(key("configMapKeyRef", "c", "a", false), "X", Some("1"));
        check(key("configMapKeyRef", "c", "none", true), "X", None);
        check(key("configMapKeyRef", "none", "a", true), "X", None);
        check(key("secretKeyRef", "s", "pw", false), "X", Some("hunter2"));
        // What was set before can be named.
        check(
            json!([{"name": "A", "value": "a"}, {"name": "X", "value": "$(A)-$(MY_DB_SERVICE_PORT)-$$(A)-$(NO)"}]),
            "X",
            Some("a-6379-$(A)-$(NO)"),
        );
    }

    #[test]
    fn services_are_told_of() {
        let found = environment(json!({"name": "c"})).expect("an environment");
        let told: Vec<String> = found
            .0
            .iter()
            .filter(|(name, _)| !name.starts_with("KUBERNETES"))
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        assert_eq!(
            told,
            [
                "MY_DB_SERVICE_HOST=10.96.7.7",
                "MY_DB_SERVICE_PORT=6379",
                "MY_DB_SERVICE_PORT_DB=6379",
                "MY_DB_PORT=tcp://10.96.7.7:6379",
                "MY_DB_PORT_6379_TCP=tcp://10.96.7.7:6379",
                "MY_DB_PORT_6379_TCP_PROTO=tcp",
                "MY_DB_PORT_6379_TCP_PORT=6379",
                "MY_DB_PORT_6379_TCP_ADDR=10.96.7.7",
            ]
        );
        assert_eq!(found.get("KUBERNETES_SERVICE_HOST"), Some("10.96.0.1"));
        assert_eq!(found.get("KUBERNETES_PORT_443_TCP"), Some("tcp://10.96.0.1:443"));
    }

    #[test]
    fn whole_maps_come_with_a_prefix_and_own_variables_win() {
        let from = json!([{"prefix": "P_", "configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}]);
        let found = environment(json!({"name": "c", "envFrom": from, "env": [{"name": "pw", "value": "other"}]}));
        let found = found.expect("an environment");
        for (name, value) in [("P_a", "1"), ("P_b", "two\n"), ("P_bin", "x"), ("pw", "other")] {
            assert_eq!(found.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        #[track_caller]
        fn check(container: Value, expected: &str) {
            assert_eq!(environment(container), Err(expected.into()));
        }
        let key = |field: &str, name: &str| json!({"name": "c", "env": [{"name": "X", "valueFrom": {field: {"name": name, "key": "k"}}}]});
        check(key("configMapKeyRef", "none"), "configmap \"none\" not found");
        check(key("configMapKeyRef", "c"), "couldn't find key k in ConfigMap default/c");
        check(key("secretKeyRef", "none"), "secret \"none\" not found");
        check(key("secretKeyRef", "s"), "couldn't find key k in Secret default/s");
        check(json!({"name": "c", "envFrom": [{"configMapRef": {"name": "none"}}]}), "configmap \"none\" not found");
    }
}

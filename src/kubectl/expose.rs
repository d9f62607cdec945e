//! `kubectl expose`: a Service for pods. In Kubernetes: `kubectl/pkg/cmd/expose`.

use super::call::{Action, Call, DryRun};
use super::creation::make;
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::patch::Overrides;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use super::session::Session;
use crate::api::{Kind, Object};
use serde_json::{Map, Value, json};
use std::task::Poll;

/// The longest name of a Service.
const LONGEST_NAME: usize = 63;

/// `kubectl expose`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let mut printer = Printer::new(Format::of(call, Formats::Objects)?);
    printer.typed = true;
    let text = |flag: &str| call.text(flag).filter(|text| !text.is_empty()).map(str::to_owned);
    let act = Expose {
        name: text("name"),
        port: text("port"),
        target_port: text("target-port"),
        protocol: text("protocol"),
        kind: text("type"),
        cluster_ip: text("cluster-ip"),
        session_affinity: text("session-affinity"),
        external_ip: text("external-ip"),
        load_balancer_ip: text("load-balancer-ip"),
        overrides: Overrides::of(call)?,
        labels: pairs(call, "labels")?,
        selector: pairs(call, "selector")?,
        printer,
        dry_run: call.dry_run()?,
        names_namespace: call.nonempty("namespace").is_some(),
    };
    let selection = Selection::of(&call.without(&["selector"]), &call.arguments, false)?;
    Action::run(Each::over(selection.trusting_files(), true, act))
}

/// `k=v,…` after a flag.
fn pairs(call: &Call<'_>, flag: &str) -> Outcome<Option<Map<String, Value>>> {
    let pair = |text: &str| match text.split('=').collect::<Vec<_>>()[..] {
        [key, value] => Ok((key.to_owned(), Value::from(value))),
        _ => Err(Failure::client(format!("unexpected label spec: {text}"))),
    };
    match call.text(flag) {
        None | Some("") => Ok(None),
        Some(text) => text.split(',').map(pair).collect::<Outcome<_>>().map(Some),
    }
}

#[derive(Clone)]
struct Expose {
    name: Option<String>,
    port: Option<String>,
    target_port: Option<String>,
    protocol: Option<String>,
    kind: Option<String>,
    cluster_ip: Option<String>,
    session_affinity: Option<String>,
    external_ip: Option<String>,
    load_balancer_ip: Option<String>,
    overrides: Option<Overrides>,
    labels: Option<Map<String, Value>>,
    selector: Option<Map<String, Value>>,
    printer: Printer,
    dry_run: DryRun,
    names_namespace: bool,
}

impl Expose {
    fn service(&self, object: &Object) -> Outcome<Value> {
        if !matches!(object.kind(), Kind::Pod | Kind::Service) {
            return Err(Failure::client(format!("cannot expose a {}", object.kind().resource().qualified_kind())));
        }
        let value = object.to_value();
        let map = |pointer: &str| value.pointer(pointer).and_then(Value::as_object).cloned().unwrap_or_default();
        let selector = match (&self.selector, object.kind()) {
            (Some(selector), _) => selector.clone(),
            (None, Kind::Pod) => map("/metadata/labels"),
            (None, _) => map("/spec/selector"),
        };
        if selector.is_empty() {
            let why = match object.kind() {
                Kind::Pod => "the pod has no labels and cannot be exposed",
                _ => "the service has no pod selector set",
            };
            let how = "couldn't retrieve selectors via --selector flag or introspection";
            return Err(Failure::client(format!("{how}: {why}")));
        }
        let name: String = object.metadata().name.chars().take(LONGEST_NAME).collect();
        let mut metadata = json!({
            "name": self.name.as_deref().unwrap_or(&name),
            "namespace": object.metadata().namespace,
        });
        let labels = self.labels.clone().unwrap_or_else(|| map("/metadata/labels"));
        if !labels.is_empty() {
            metadata["labels"] = Value::Object(labels);
        }
        let mut spec = json!({"selector": selector});
        let ports = self.ports(&value)?;
        if !ports.is_empty() {
            spec["ports"] = ports.into();
        }
        for (field, text) in
            [("type", &self.kind), ("clusterIP", &self.cluster_ip), ("sessionAffinity", &self.session_affinity)]
        {
            if let Some(text) = text {
                spec[field] = text.as_str().into();
            }
        }
        if let Some(address) = &self.external_ip {
            spec["externalIPs"] = json!([address]);
        }
        if let Some(address) = self.load_balancer_ip.as_ref().filter(|_| self.kind.as_deref() == Some("LoadBalancer")) {
            spec["loadBalancerIP"] = address.as_str().into();
        }
        let status = json!({"loadBalancer": {}});
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": status});
        match &self.overrides {
            Some(overrides) => overrides.apply(Kind::Service, &service),
            None => Ok(service),
        }
    }

    /// The ports of the line, or those that the object has.
    fn ports(&self, value: &Value) -> Outcome<Vec<Value>> {
        let containers = value["spec"]["containers"].as_array().into_iter().flatten();
        let own = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
        let own = own.map(|port| (port["containerPort"].clone(), port["protocol"].clone()));
        let known = value["spec"]["ports"].as_array().into_iter().flatten();
        let known = known.map(|port| (port["port"].clone(), port["protocol"].clone()));
        let number = |text: &str| {
            let why = format!("strconv.Atoi: parsing {}: invalid syntax", crate::api::validation::quoted(text));
            text.parse::<i64>().map(Value::from).map_err(|_| Failure::client(why))
        };
        let found: Vec<(Value, Value)> = match &self.port {
            Some(port) => port.split(',').map(|port| Ok((number(port)?, Value::Null))).collect::<Outcome<_>>()?,
            None => own.chain(known).collect(),
        };
        if found.is_empty() && self.cluster_ip.as_deref() != Some("None") {
            return Err(Failure::client("couldn't find port via --port flag or introspection"));
        }
        let several = found.len() > 1;
        let made = found.into_iter().enumerate().map(|(i, (port, protocol))| {
            let protocol = self.protocol.as_deref().or(protocol.as_str()).unwrap_or("TCP");
            let target = match self.target_port.as_deref() {
                None => port.clone(),
                Some(text) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            };
            let mut made = json!({"port": port, "protocol": protocol, "targetPort": target});
            if several {
                made["name"] = format!("port-{}", i + 1).into();
            }
            made
        });
        Ok(made.collect())
    }
}

impl Act<Target> for Expose {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = &target.object else { return Poll::Ready(Ok(())) };
        let value = match self.service(object) {
            Ok(value) => value,
            Err(failure) => return Poll::Ready(Err(failure)),
        };
        let what = format!("exposed{}", self.dry_run.suffix());
        make(Kind::Service, &value, self.dry_run, self.names_namespace, session)
            .map(|made| made.and_then(|(name, value)| self.printer.value(&name, &value, &what, session)))
    }
}

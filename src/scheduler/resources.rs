//! What pods ask for and nodes have, in whole thousandths.

use crate::api::fields;
use crate::api::pod::ResourceRequirements;
use crate::api::quantity::Quantity;
use crate::api::{Container, PodSpec, Strings, Text};
use crate::sim::Map;
use std::ops::{AddAssign, SubAssign};

/// Amounts by resource name, in thousandths. What is not named is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub cpu: i128,
    pub memory: i128,
    pub others: Map<Text, i128>,
}

/// What a pod without a request counts for when nodes are compared: 100m and 200Mi, as in Kubernetes.
const UNREQUESTED_CPU: i128 = 100;
const UNREQUESTED_MEMORY: i128 = 200 * 1024 * 1024 * 1000;

impl Resources {
    /// Reads amounts; what is no quantity counts as nothing.
    pub fn of(amounts: &Strings) -> Self {
        let mut resources = Self::default();
        resources.replace(amounts);
        resources
    }

    fn replace(&mut self, amounts: &Strings) {
        for (name, amount) in amounts {
            let amount = Quantity::parse(amount).map_or(0, |amount| i128::from(amount.milli()));
            match name.as_str() {
                "cpu" => self.cpu = amount,
                "memory" => self.memory = amount,
                _ => drop(self.others.insert(name.clone(), amount)),
            }
        }
    }

    /// What a pod needs: its containers and sidecars together, or its largest init phase if that is more.
    pub fn requested(spec: &PodSpec) -> Self {
        Self::needed(spec, |container| Self::of(&container.resources.requests))
    }

    /// The same, where containers that ask for nothing count for a little.
    pub fn estimated(spec: &PodSpec) -> Self {
        Self::needed(spec, |container| {
            let ResourceRequirements { requests, .. } = &container.resources;
            let mut resources = Self { others: Map::new(), ..Self::of(requests) };
            if !requests.contains_key("cpu") {
                resources.cpu = UNREQUESTED_CPU;
            }
            if !requests.contains_key("memory") {
                resources.memory = UNREQUESTED_MEMORY;
            }
            resources
        })
    }

    fn needed(spec: &PodSpec, of: impl Fn(&Container) -> Self) -> Self {
        let mut together = Self::default();
        for container in &spec.containers {
            together += &of(container);
        }
        let (mut sidecars, mut largest_phase) = (Self::default(), Self::default());
        for container in &spec.init_containers {
            let mut phase = of(container);
            if container.is_sidecar() {
                sidecars += &phase;
                together += &phase;
                phase = sidecars.clone();
            } else {
                phase += &sidecars;
            }
            largest_phase.at_least(&phase);
        }
        together.at_least(&largest_phase);
        // What the pod asks for as a whole counts instead.
        if let Some(resources) = &spec.resources {
            together.replace(&resources.requests);
        }
        if let Some(overhead) = spec.overhead.as_ref().and_then(|value| fields::read(value.clone()).ok()) {
            together += &Self::of(&overhead);
        }
        together
    }

    fn at_least(&mut self, other: &Self) {
        self.cpu = self.cpu.max(other.cpu);
        self.memory = self.memory.max(other.memory);
        for (name, &amount) in &other.others {
            let mine = self.others.entry(name.clone()).or_insert(0);
            *mine = (*mine).max(amount);
        }
    }
}

impl AddAssign<&Self> for Resources {
    fn add_assign(&mut self, other: &Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
        for (name, amount) in &other.others {
            *self.others.entry(name.clone()).or_insert(0) += amount;
        }
    }
}

impl SubAssign<&Self> for Resources {
    fn sub_assign(&mut self, other: &Self) {
        self.cpu -= other.cpu;
        self.memory -= other.memory;
        for (name, amount) in &other.others {
            *self.others.entry(name.clone()).or_insert(0) -= amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_needs_its_containers_together_or_its_largest_init_phase() {
        let check = |spec: serde_json::Value, cpu: i128| {
            let spec: PodSpec = fields::read(spec).expect("a pod spec");
            assert_eq!(Resources::requested(&spec).cpu, cpu, "{spec:?}");
        };
        let main = |cpu: &str| json!({"name": "m", "resources": {"requests": {"cpu": cpu}}});
        let sidecar =
            |cpu: &str| json!({"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}});
        check(json!({"containers": [main("1"), main("500m")]}), 1500);
        check(json!({"containers": [main("1")], "initContainers": [main("3"), main("2")]}), 3000);
        check(json!({"containers": [main("1")], "initContainers": [sidecar("1"), main("500m")]}), 2000);
        check(json!({"containers": [main("1")], "initContainers": [sidecar("1"), main("2")]}), 3000);
        check(json!({"containers": [{"name": "m"}]}), 0);
        check(json!({"containers": [main("1")], "resources": {"requests": {"cpu": "2"}}}), 2000);
    }
}

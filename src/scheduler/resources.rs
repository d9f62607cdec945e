//! What pods ask for and nodes have, in whole thousandths.

use crate::api::pod::ResourceRequirements;
use crate::api::{Container, PodSpec, Text};
use std::collections::BTreeMap;
use std::ops::{AddAssign, SubAssign};

/// A quantity (`500m`, `1.5Gi`, `2e3`) in thousandths, rounded up; `None` if it is none.
pub fn quantity(text: &str) -> Option<i128> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits_end);
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let (times, divided) = suffix_factor(suffix)?;
    let numerator = digits.checked_mul(times)?.checked_mul(1000)?;
    let divisor = scale.checked_mul(divided)?;
    Some(sign * ((numerator + divisor - 1) / divisor))
}

/// By what a suffix multiplies, and by what it divides.
fn suffix_factor(suffix: &str) -> Option<(i128, i128)> {
    const DECIMAL: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const SMALL: [&str; 4] = ["", "m", "u", "n"];
    let position = |list: &[&str]| list.iter().position(|one| *one == suffix).map(|at| at as u32);
    if let Some(power) = position(&DECIMAL) {
        return Some((1000_i128.pow(power), 1));
    }
    if let Some(power) = position(&BINARY) {
        return Some((1024_i128.pow(power), 1));
    }
    if let Some(power) = position(&SMALL) {
        return Some((1, 1000_i128.pow(power)));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    Some(if exponent < 0 { (1, power) } else { (power, 1) })
}

/// Amounts by resource name, in thousandths. What is not named is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub cpu: i128,
    pub memory: i128,
    pub others: BTreeMap<Text, i128>,
}

/// What a pod without a request counts for when nodes are compared: 100m and 200Mi, as in Kubernetes.
const UNREQUESTED_CPU: i128 = 100;
const UNREQUESTED_MEMORY: i128 = 200 * 1024 * 1024 * 1000;

impl Resources {
    /// Reads amounts; what is no quantity counts as nothing.
    pub fn of(amounts: &BTreeMap<Text, Text>) -> Self {
        let mut resources = Self::default();
        for (name, amount) in amounts {
            let amount = quantity(amount).unwrap_or(0);
            match name.as_str() {
                "cpu" => resources.cpu = amount,
                "memory" => resources.memory = amount,
                _ => drop(resources.others.insert(name.clone(), amount)),
            }
        }
        resources
    }

    /// What a pod needs: its containers and sidecars together, or its largest init phase if that is more.
    pub fn requested(spec: &PodSpec) -> Self {
        Self::needed(spec, |container| Self::of(&container.resources.requests))
    }

    /// The same, where containers that ask for nothing count for a little.
    pub fn estimated(spec: &PodSpec) -> Self {
        Self::needed(spec, |container| {
            let ResourceRequirements { requests, .. } = &container.resources;
            let mut resources = Self { others: BTreeMap::new(), ..Self::of(requests) };
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
        if let Some(overhead) = spec.overhead.as_ref().and_then(|value| serde_json::from_value(value.clone()).ok()) {
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
    fn quantities_are_read_in_thousandths() {
        let check = |text: &str, thousandths: Option<i128>| assert_eq!(quantity(text), thousandths, "{text}");
        check("4", Some(4000));
        check("500m", Some(500));
        check("1.5", Some(1500));
        check("8Gi", Some(8 * 1024 * 1024 * 1024 * 1000));
        check("128974848", Some(128_974_848_000));
        check("129e6", Some(129_000_000_000));
        check("129M", Some(129_000_000_000));
        check("0.1m", Some(1));
        check("1E", Some(1_000_000_000_000_000_000_000));
        check("-1", Some(-1000));
        check("", None);
        check("m", None);
        check("1x", None);
        check("1e99999", None);
    }

    #[test]
    fn a_pod_needs_its_containers_together_or_its_largest_init_phase() {
        let check = |spec: serde_json::Value, cpu: i128| {
            let spec: PodSpec = serde_json::from_value(spec).expect("a pod spec");
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
    }
}

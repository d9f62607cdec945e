//! TaintToleration: taints keep pods away that do not tolerate them.

use super::filter::Unfit;
use super::node_info::{NodeInfo, PodInfo};
use crate::api::{Taint, Toleration};

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let repels = |taint: &&Taint| taint.effect == "NoSchedule" || taint.effect == "NoExecute";
    let tolerated = |taint: &Taint| pod.pod.spec.tolerations.iter().any(|toleration| tolerates(toleration, taint));
    let untolerated = node.node.spec.taints.iter().filter(repels).any(|taint| !tolerated(taint));
    untolerated.then(|| Unfit::of_node("node(s) had untolerated taint(s)"))
}

/// Whether a toleration is meant for a taint. An empty key with `Exists` is meant for all.
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.is_empty() || toleration.effect == taint.effect;
    let key = toleration.key.is_empty() || toleration.key == taint.key;
    let value = match toleration.operator.as_str() {
        "" | "Equal" => toleration.value == taint.value,
        "Exists" => true,
        "Lt" => compare(&taint.value, &toleration.value).is_some_and(std::cmp::Ordering::is_lt),
        "Gt" => compare(&taint.value, &toleration.value).is_some_and(std::cmp::Ordering::is_gt),
        _ => false,
    };
    effect && key && value
}

fn compare(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(a.parse::<i64>().ok()?.cmp(&b.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toleration_is_meant_for_a_taint_of_its_key_value_and_effect() {
        let check = |[key, operator, value, effect]: [&'static str; 4], expected: bool| {
            let taint = Taint { key: "k".into(), value: "v".into(), effect: "NoExecute".into(), time_added: None };
            let toleration = Toleration {
                key: key.into(),
                operator: operator.into(),
                value: value.into(),
                effect: effect.into(),
                toleration_seconds: None,
            };
            assert_eq!(tolerates(&toleration, &taint), expected, "{key} {operator} {value} {effect}");
        };
        check(["k", "Equal", "v", "NoExecute"], true);
        check(["k", "", "v", ""], true);
        check(["k", "Equal", "w", ""], false);
        check(["k", "Exists", "", ""], true);
        check(["", "Exists", "", ""], true);
        check(["other", "Exists", "", ""], false);
        check(["k", "Exists", "", "NoSchedule"], false);
    }
}

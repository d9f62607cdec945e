//! What a pod's card says of its probes: what its kubelet has told in events, in a sentence.

use crate::api::{Event, Kind, Object, Pod};
use crate::apiserver::View;
use crate::sim::Timestamp;
use crate::ui::transport::clock;
use std::rc::Rc;

/// How a probe of a container has failed last, if one has: `Liveness probe failed: cat: … (3 times, last at T+00:45.0);
/// killed for it`
pub fn told(view: View<'_>, pod: &Pod, container: &str, zero: Timestamp) -> Option<String> {
    let (init, main) = (pod.spec.init_containers.iter(), pod.spec.containers.iter());
    init.chain(main).find(|it| it.name == container && it.has_probes())?;
    let path = format!("{{{container}}}");
    let is_about = |event: &Rc<Event>| {
        let about = &event.involved_object;
        about.uid == pod.metadata.uid && about.field_path.ends_with(&path)
    };
    let events = view.list(Kind::Event).filter_map(Object::into_event).filter(is_about);
    let events: Vec<Rc<Event>> = events.filter(|event| event.said.reason == UNHEALTHY || is_kill(event)).collect();
    let last =
        events.iter().filter(|event| event.said.reason == UNHEALTHY).max_by_key(|event| event.resource_version)?;
    let purpose = last.said.message.split(' ').next().unwrap_or("").to_lowercase();
    let kills = events.iter().filter(|event| is_kill(event) && event.said.message.contains(&purpose));
    let killed = match kills.map(|event| event.count.max(1)).sum::<i32>() {
        0 => String::new(),
        1 => "; killed for it".into(),
        times => format!("; killed for it {times} times"),
    };
    let at = clock(last.last_timestamp?.timestamp().since(zero));
    let when = match last.count {
        0 | 1 => format!("at T+{at}"),
        times => format!("{times} times, last at T+{at}"),
    };
    Some(format!("{} ({when}){killed}", last.said.message.trim_end()))
}

const UNHEALTHY: &str = "Unhealthy";

fn is_kill(event: &Event) -> bool {
    event.said.reason == "Killing" && event.said.message.contains(" probe")
}

#[cfg(test)]
mod tests {
    use super::super::drawer::sheet;
    use super::*;
    use crate::ui::testing::{manifest, played};

    #[test]
    fn a_card_says_which_probe_has_failed() {
        let check = |probe: &str, run: serde_json::Value, second: u64, state: &str, expected: Option<String>| {
            let pods = format!(
                "containers: [{{name: main, image: acme/server, {probe}: {{tcpSocket: {{port: 80}}, periodSeconds: 3}}}}]"
            );
            let mut rule = serde_json::json!({"run": run});
            rule["run"]["seconds"] = "forever".into();
            let run = played(manifest("OnFailure", &pods, ""), serde_json::json!([rule]), second * 1000);
            let storage = run.storage();
            let key = storage.now().list(Kind::Pod).next().expect("a pod").key();
            let sheet = sheet(storage, storage.revision(), &key, run.start()).expect("a sheet");
            let line = &sheet.containers[0];
            let seen = line.probe.as_ref().map(|told| told.replace(sheet.address.as_str(), "IP"));
            assert_eq!((line.state.as_str(), seen), (state, expected), "{probe} {second}");
        };
        let sick = |field: &str, second: u64| {
            let mut run = serde_json::json!({});
            run[field] = second.into();
            run
        };
        let slow = || sick("healthyFrom", 9);
        let told = |purpose: &str, when: &str| {
            Some(format!("{purpose} probe failed: dial tcp IP:80: connect: connection refused {when}"))
        };
        let (once, thrice) = ("(at T+00:02.0)", "(3 times, last at T+00:08.0)");
        check("readinessProbe", slow(), 5, "Running, not ready", told("Readiness", once));
        check("readinessProbe", slow(), 20, "Running, ready", told("Readiness", thrice));
        let waits = "Running, has not started yet, as its probe says";
        check("startupProbe", slow(), 5, waits, told("Startup", "(at T+00:03.0)"));
        check("livenessProbe", sick("healthyUntil", 9), 9, "Running, ready", None);
        let killed = "(7 times, last at T+00:48.0); killed for it 2 times";
        check("livenessProbe", sick("healthyUntil", 9), 50, "Running, ready", told("Liveness", killed));
    }
}

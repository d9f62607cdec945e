//! Scenario files: a manifest, how containers behave, and what is done when (`scenario.yaml`).

use super::run::Act;
use crate::api::Text;
use crate::api::fields::{self, Field, Mismatch};
use crate::cluster::Fault;
use crate::node::{NodeSize, Rule};
use crate::sim::{Map, Order};
use serde_json::{Value, json};
use std::time::Duration;

/// Everything a run depends on. The same scenario is the same run, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line for people.
    pub description: String,
    /// The seed of everything that happens by chance.
    pub seed: u64,
    /// How many nodes there are: `node-1` and on.
    pub nodes: u32,
    pub node_size: NodeSize,
    /// The second of a minute at which the run begins; CronJobs care.
    pub start_at_second: u32,
    /// How containers behave: the first rule that matches decides.
    pub rules: Vec<Rule>,
    /// What is done, in the order of instants.
    pub plan: Vec<Planned>,
    /// Whether each action waits for the end of the one before.
    pub sequential: bool,
    /// Instants at which outputs are captured; `None` is the end.
    pub checkpoints: Vec<Option<Duration>>,
    /// What is captured besides the usual.
    pub captures: Vec<String>,
    /// The run ends here at the latest.
    pub until: Duration,
    /// The run ends this long after every Job is finished and every action done.
    pub linger: Duration,
    /// Files that commands can read; `manifest.yaml` is created at the start.
    pub files: Map<String, String>,
}

/// Something to do, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Since the start of the run.
    pub at: Duration,
    pub plan: Plan,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// A command line; `${pod index=1}` and the like are filled in when its time comes. A watch is interrupted after
    /// `stop_after`.
    Kubectl { line: String, stop_after: Option<Duration> },
    /// A line for the terminal's shell, interrupted in the same way.
    Shell { line: String, stop_after: Option<Duration> },
    /// A fault; names may be `${…}` as well.
    Fault(Fault),
    /// Containers behave by other rules from now on.
    Rules(Vec<Rule>),
    /// Something typed into the command that was started last and has not ended.
    Input(String),
}

impl Plan {
    /// What is done, and after how long it is interrupted, if at all.
    pub fn act(&self) -> (Act, Option<Duration>) {
        match self.clone() {
            Self::Kubectl { line, stop_after } => (Act::Kubectl(line), stop_after),
            Self::Shell { line, stop_after } => (Act::Shell(line), stop_after),
            Self::Fault(fault) => (Act::Fault(fault), None),
            Self::Rules(rules) => (Act::Rules(rules), None),
            Self::Input(text) => (Act::Input(text), None),
        }
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            description: String::new(),
            seed: 0,
            nodes: 3,
            node_size: NodeSize::default(),
            start_at_second: 0,
            rules: Vec::new(),
            plan: Vec::new(),
            sequential: false,
            checkpoints: Vec::new(),
            captures: Vec::new(),
            until: Duration::from_secs(600),
            linger: Duration::from_secs(3),
            files: Map::new(),
        }
    }
}

impl Scenario {
    /// The file whose objects are created at the start.
    pub const MANIFEST: &'static str = "manifest.yaml";

    /// Reads what a scenario file says; files come from beside it. Errors name the field.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err("a scenario is a map: description, nodes, pods, actions, until, …".into());
        };
        let mut scenario = Self::default();
        for (key, value) in fields {
            let wrong = |what: &str| format!("{key}: {what} expected, not {value}");
            match key.as_str() {
                "description" => scenario.description = text(value).ok_or_else(|| wrong("text"))?,
                "feature" | "serial" => {}
                "seed" => scenario.seed = value.as_u64().ok_or_else(|| wrong("a whole number"))?,
                "nodes" => {
                    let count = value.as_u64().filter(|count| (1..=5000).contains(count));
                    scenario.nodes = count.ok_or_else(|| wrong("a number of nodes from 1 to 5000"))? as u32;
                }
                "nodeSize" => scenario.node_size = node_size(value)?,
                "startAtSecond" => {
                    let second = value.as_u64().filter(|second| *second < 60);
                    scenario.start_at_second = second.ok_or_else(|| wrong("a second from 0 to 59"))? as u32;
                }
                "sequential" => scenario.sequential = value.as_bool().ok_or_else(|| wrong("true or false"))?,
                "pods" => {
                    scenario.rules =
                        fields::read(value.clone()).map_err(|mismatch: Mismatch| mismatch.within(key).to_string())?;
                }
                "actions" => {
                    let actions = value.as_array().ok_or_else(|| wrong("a list"))?;
                    let parsed = actions.iter().enumerate();
                    scenario.plan = parsed
                        .map(|(i, a)| planned(a).map_err(|e| format!("actions[{i}]: {e}")))
                        .collect::<Result<_, _>>()?;
                }
                "checkpoints" => {
                    let list = value.as_array().ok_or_else(|| wrong("a list"))?;
                    let at = |value: &Value| match value.as_str() {
                        Some("end") => Some(None),
                        _ => duration(value).map(Some),
                    };
                    scenario.checkpoints =
                        list.iter().map(at).collect::<Option<_>>().ok_or_else(|| wrong("seconds or `end`"))?;
                }
                "captures" => {
                    let list = value.as_array().and_then(|list| list.iter().map(text).collect::<Option<_>>());
                    scenario.captures = list.ok_or_else(|| wrong("a list of command lines"))?;
                }
                "until" => scenario.until = duration(value).ok_or_else(|| wrong("seconds"))?,
                "linger" => scenario.linger = duration(value).ok_or_else(|| wrong("seconds"))?,
                _ => return Err(format!("unknown field {key:?} in a scenario")),
            }
        }
        scenario.plan.order_by_key(|planned| planned.at);
        Ok(scenario)
    }

    /// What a scenario file would say; the files are beside it. What is at its default is left out.
    pub fn to_value(&self) -> Value {
        let default = Self::default();
        let mut fields = serde_json::Map::new();
        let mut put = |key: &str, differs: bool, value: Value| {
            if differs {
                fields.insert(key.into(), value);
            }
        };
        put("description", !self.description.is_empty(), json!(self.description));
        put("seed", self.seed != 0, json!(self.seed));
        put("nodes", self.nodes != default.nodes, json!(self.nodes));
        put("nodeSize", self.node_size != default.node_size, self.node_size.write());
        put("startAtSecond", self.start_at_second != 0, json!(self.start_at_second));
        put("sequential", self.sequential, json!(true));
        put("pods", !self.rules.is_empty(), self.rules.write());
        let actions: Vec<Value> = self.plan.iter().map(planned_value).collect();
        put("actions", !actions.is_empty(), json!(actions));
        put("captures", !self.captures.is_empty(), json!(self.captures));
        put("until", self.until != default.until, seconds(self.until));
        put("linger", self.linger != default.linger, seconds(self.linger));
        Value::Object(fields)
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Seconds as a file writes them, in whole milliseconds; at most some ten thousand years.
fn duration(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|seconds| (0.0..=1e12).contains(seconds))?;
    Some(Duration::from_millis((seconds * 1000.0).round() as u64))
}

fn seconds(span: Duration) -> Value {
    match span.subsec_millis() {
        0 => json!(span.as_secs()),
        _ => json!(span.as_millis() as f64 / 1000.0),
    }
}

/// Quantities as a file writes them; a number is one too.
fn node_size(value: &Value) -> Result<NodeSize, String> {
    let mut value = value.clone();
    for quantity in value.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        if quantity.is_number() {
            *quantity = json!(quantity.to_string());
        }
    }
    fields::read(value).map_err(|mismatch: Mismatch| mismatch.within("nodeSize").to_string())
}

/// The keys that name a fault, in the order in which they are tried.
const FAULTS: [&str; 13] = [
    "nodeDown",
    "powerLoss",
    "nodeUp",
    "memoryPressure",
    "shutdown",
    "exit",
    "oomKill",
    "hang",
    "ignoreSigterm",
    "imageGone",
    "imageBack",
    "overload",
    "controllerRestart",
];

fn planned(value: &Value) -> Result<Planned, String> {
    let at = duration(&value["at"]).ok_or("`at` must say after how many seconds")?;
    let is_deed = |key: &str| ["kubectl", "shell", "pods", "type"].contains(&key) || FAULTS.contains(&key);
    let is_typed = value["kubectl"].is_string() || value["shell"].is_string();
    let belongs = |key: &str| key == "at" || is_deed(key) || (key == "stopAfter" && is_typed);
    let keys = || value.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str));
    if let Some(key) = keys().find(|key| !belongs(key)).filter(|_| keys().any(is_deed)) {
        return Err(format!("unknown field {key:?}"));
    }
    let stop_after = duration(&value["stopAfter"]);
    if let Some(line) = value["kubectl"].as_str() {
        return Ok(Planned { at, plan: Plan::Kubectl { line: line.into(), stop_after } });
    }
    if !value["pods"].is_null() {
        let rules = fields::read(value["pods"].clone());
        return Ok(Planned {
            at,
            plan: Plan::Rules(rules.map_err(|mismatch: Mismatch| mismatch.within("pods").to_string())?),
        });
    }
    if let Some(text) = value["type"].as_str() {
        return Ok(Planned { at, plan: Plan::Input(text.to_owned()) });
    }
    if let Some(line) = value["shell"].as_str() {
        return Ok(Planned { at, plan: Plan::Shell { line: line.to_owned(), stop_after } });
    }
    let key = FAULTS.into_iter().find(|key| !value[*key].is_null());
    let key = key.ok_or_else(|| {
        format!("what is to be done? `kubectl`, `shell`, `type`, `pods` or one of {}", FAULTS.join(", "))
    })?;
    let about = &value[key];
    let name = || about.as_str().map(|name| Text::from(name.to_owned())).ok_or(format!("{key}: a name expected"));
    let pod = || {
        let name = about["pod"].as_str().or(about.as_str()).ok_or(format!("{key}: a pod expected"))?;
        Ok::<_, String>(Text::from(name.to_owned()))
    };
    let container = about["container"].as_str().map(|name| Text::from(name.to_owned()));
    let fault = match key {
        "nodeDown" => Fault::NodeDown { node: name()? },
        "powerLoss" => Fault::PowerLoss { node: name()? },
        "nodeUp" => Fault::NodeUp { node: name()? },
        "memoryPressure" => Fault::MemoryPressure { node: name()? },
        "shutdown" => Fault::Shutdown { node: name()? },
        "imageGone" => Fault::ImageGone { image: name()? },
        "imageBack" => Fault::ImageBack { image: name()? },
        "exit" => {
            let code = about["code"].as_i64().filter(|code| (0..=255).contains(code));
            Fault::Exit {
                pod: pod()?,
                container,
                code: code.ok_or("exit.code: a number from 0 to 255 expected")? as i32,
            }
        }
        "oomKill" => Fault::OomKill { pod: pod()?, container },
        "overload" => {
            let seconds = about.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
            Fault::Overload { seconds: seconds.ok_or("overload: a number of seconds expected")? }
        }
        "hang" => Fault::Hang { pod: pod()? },
        "ignoreSigterm" => Fault::IgnoreSigterm { pod: pod()? },
        _ => Fault::ControllerRestart,
    };
    Ok(Planned { at, plan: Plan::Fault(fault) })
}

fn planned_value(planned: &Planned) -> Value {
    let (key, about) = match &planned.plan {
        Plan::Kubectl { line, .. } => ("kubectl", json!(line)),
        Plan::Shell { line, .. } => ("shell", json!(line)),
        Plan::Rules(rules) => ("pods", rules.write()),
        Plan::Input(text) => ("type", json!(text)),
        Plan::Fault(fault) => match fault {
            Fault::NodeDown { node } => ("nodeDown", json!(node)),
            Fault::PowerLoss { node } => ("powerLoss", json!(node)),
            Fault::NodeUp { node } => ("nodeUp", json!(node)),
            Fault::MemoryPressure { node } => ("memoryPressure", json!(node)),
            Fault::Shutdown { node } => ("shutdown", json!(node)),
            Fault::ImageGone { image } => ("imageGone", json!(image)),
            Fault::ImageBack { image } => ("imageBack", json!(image)),
            Fault::Exit { pod, container: None, code } => ("exit", json!({"pod": pod, "code": code})),
            Fault::Exit { pod, container, code } => ("exit", json!({"pod": pod, "container": container, "code": code})),
            Fault::OomKill { pod, container: None } => ("oomKill", json!(pod)),
            Fault::OomKill { pod, container } => ("oomKill", json!({"pod": pod, "container": container})),
            Fault::Hang { pod } => ("hang", json!(pod)),
            Fault::IgnoreSigterm { pod } => ("ignoreSigterm", json!(pod)),
            Fault::Overload { seconds } => ("overload", json!(seconds)),
            Fault::ControllerRestart => ("controllerRestart", json!(true)),
        },
    };
    let mut value = json!({"at": seconds(planned.at), key: about});
    if let (_, Some(after)) = planned.plan.act() {
        value["stopAfter"] = seconds(after);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let written = json!({
            "description": "two things go wrong", "seed": 7, "nodes": 2, "nodeSize": {"cpu": "2", "memory": "4Gi", "pods": "9"},
            "actions": [
                {"at": 1.25, "exit": {"pod": "${pod index=1}", "code": 42}},
                {"at": 3, "kubectl": "get pods -w", "stopAfter": 2},
                {"at": 4, "shell": "for i in 1 2; do echo $i; done"},
                {"at": 5, "nodeDown": "node-2"},
                {"at": 5, "powerLoss": "node-1"},
                {"at": 5, "memoryPressure": "node-1"},
                {"at": 5, "shutdown": "node-1"},
                {"at": 6, "pods": [{"run": {"seconds": 5, "exitCode": 3}}]},
            ],
            "until": 90,
        });
        let scenario = Scenario::from_value(&written).expect("a scenario");
        assert_eq!(scenario.to_value(), written);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let check = |written: Value, says: &str| assert_eq!(Scenario::from_value(&written), Err(says.into()));
        check(json!([]), "a scenario is a map: description, nodes, pods, actions, until, …");
        check(json!({"node": 3}), "unknown field \"node\" in a scenario");
        check(json!({"nodes": 0}), "nodes: a number of nodes from 1 to 5000 expected, not 0");
        check(json!({"actions": [{"at": 1, "exit": "x"}]}), "actions[0]: exit.code: a number from 0 to 255 expected");
        check(json!({"actions": [{"at": 1, "kubectl": "x", "stop": 5}]}), "actions[0]: unknown field \"stop\"");
        check(json!({"actions": [{"kubectl": "get pods"}]}), "actions[0]: `at` must say after how many seconds");
    }
}

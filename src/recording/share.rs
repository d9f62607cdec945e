//! A scenario as one text, with the files beside it inside: what is downloaded, opened again, and packed into links.

use super::Scenario;
use crate::api::yaml::{self, print};
use crate::sim::Map;
use serde_json::{Value, json};

/// A scenario and its files as YAML, for people to read and keep.
pub fn to_yaml(scenario: &Scenario) -> String {
    print::yaml(&to_value(scenario))
}

/// The same as JSON without blanks, for links.
pub fn to_json(scenario: &Scenario) -> String {
    print::json_compact(&to_value(scenario))
}

fn to_value(scenario: &Scenario) -> Value {
    let mut value = scenario.to_value();
    value["files"] = scenario.files.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
    value
}

/// What [`to_yaml`] or [`to_json`] wrote. A manifest is read as well: as a scenario in which nothing else is said. The
/// error says what cannot be read.
pub fn read(text: &str) -> Result<Scenario, String> {
    let stream = yaml::read(text);
    let first = stream.documents.first().map(|document| document.root.to_value());
    if first.as_ref().is_some_and(|value| value.get("apiVersion").is_some() && value.get("kind").is_some()) {
        let files = Map::from([(Scenario::MANIFEST.to_owned(), text.to_owned())]);
        return Ok(Scenario { files, ..Scenario::default() });
    }
    if let Some(error) = stream.error {
        return Err(format!("line {}: {}", error.span.start.line, error.plain));
    }
    let mut value = first.ok_or("there is nothing in it")?;
    let files = value.as_object_mut().and_then(|fields| fields.remove("files")).unwrap_or(Value::Null);
    let mut scenario = Scenario::from_value(&value)?;
    let text = |(name, text): (&String, &Value)| match text {
        Value::String(text) => Ok((name.clone(), text.clone())),
        _ => Err(format!("files.{name}: a text expected")),
    };
    scenario.files = match &files {
        Value::Null => Map::new(),
        Value::Object(files) => files.iter().map(text).collect::<Result<_, _>>()?,
        _ => return Err("files: a map from names to texts expected".into()),
    };
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let told = json!({"seed": 7, "nodes": 2, "actions": [{"at": 1.25, "kubectl": "get pods"}, {"at": 2, "nodeDown": "node-1"}]});
        let mut scenario = Scenario::from_value(&told).expect("a scenario");
        let odd = "a: \"b\"\n\n# é, no end of line: \\ ' |";
        scenario.files = Map::from([(Scenario::MANIFEST.to_owned(), odd.to_owned()), ("empty".into(), String::new())]);
        assert_eq!(read(&to_yaml(&scenario)), Ok(scenario.clone()));
        assert_eq!(read(&to_json(&scenario)), Ok(scenario));
    }

    #[test]
    fn a_manifest_is_a_scenario_of_its_own() {
        let manifest = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\nkind: more\n";
        let scenario = read(manifest).expect("a scenario");
        assert_eq!(scenario.files.get(Scenario::MANIFEST).map(String::as_str), Some(manifest));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let check = |text: &str, says: &str| assert_eq!(read(text), Err(says.into()), "{text}");
        check("", "there is nothing in it");
        check("files: 7", "files: a map from names to texts expected");
        check("files: {a: 1}", "files.a: a text expected");
        check("node: 3", "unknown field \"node\" in a scenario");
    }
}

//! Every recorded run of a real control plane, run again here.

mod judge;
mod sample;

use jobscope::recording::{Recorded, observe};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(text: &str) -> Value {
    let stream = jobscope::api::yaml::read(text);
    assert_eq!(stream.error, None);
    stream.documents.first().map_or(Value::Null, |document| document.root.to_value())
}

/// The case in a folder, as the headless runner reads it.
fn load(folder: &Path) -> Recorded {
    let mut case = Recorded::default();
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    for path in entries.filter(|path| path.is_file()) {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        match name.as_str() {
            "expected.json" => case.expected = serde_json::from_str(&read(&path)).expect("JSON"),
            "scenario.yaml" | "case.yaml" => case.scenario = yaml(&read(&path)),
            _ => {
                case.files.insert(name, read(&path));
            }
        }
    }
    case
}

/// What the list of known differences says: case, reason.
fn known_differences() -> BTreeMap<String, String> {
    let text = read(&Path::new(FOLDER).join("known-differences.txt"));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).map(|(case, why)| (case.to_owned(), why.to_owned())).collect()
}

fn folders(group: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(FOLDER).join(group)).expect("the recordings");
    let folders: BTreeSet<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.into_iter().collect()
}

/// Runs every case of a group. A case that differs must be listed with its reason, and one that is listed must differ.
fn check_group(group: &str, wanted: impl Fn(&str) -> bool) {
    let known = known_differences();
    let (mut matching, mut total, mut wrong) = (0, 0, Vec::new());
    for folder in folders(group) {
        let name = folder.file_name().expect("a case has a name").to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        let case = load(&folder);
        let t0 = case.expected["t0MinusCreationSecond"].as_f64().unwrap_or(0.0);
        let differences: Vec<String> = match observe(&case, (t0 * 1000.0).round() as u32) {
            Ok(told) => judge::judge(&case.expected, &told).into_values().flatten().collect(),
            Err(error) => vec![error],
        };
        total += 1;
        matching += usize::from(differences.is_empty());
        match (differences.is_empty(), known.contains_key(&format!("{group}/{name}"))) {
            (true, true) => wrong.push(format!("{group}/{name} matches: take it off the list of known differences")),
            (false, false) => wrong.push(format!("{group}/{name} differs:\n    {}", differences.join("\n    "))),
            _ => {}
        }
    }
    println!("{group}: {matching} of {total} match");
    assert!(wrong.is_empty(), "{matching} of {total} match\n{}", wrong.join("\n"));
}

#[test]
fn hand_written_cases() {
    check_group("cases", |name| !name.starts_with("fuzz-"));
}

#[test]
fn fuzz_cases() {
    check_group("cases", |name| name.starts_with("fuzz-"));
}

#[test]
fn kubectl_sessions() {
    check_group("kubectl", |_| true);
}

#[test]
fn validation() {
    check_group("validation", |_| true);
}

/// The browser holds itself to the same digests: `tests/web.rs`.
#[test]
fn observations_are_those_that_the_browser_makes() {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(Path::new(FOLDER).join("observations.txt"), sample::digests()).expect("the file can be written");
        return;
    }
    let differences = sample::differences();
    assert!(
        differences.is_empty(),
        "{}\n`UPDATE=1 cargo test --test main observations` writes them anew",
        differences.join("\n")
    );
}

//! Every recorded run of a real control plane, run again here.

mod judge;
mod proof;
mod sample;

use jobscope::recording::{Recorded, rerun};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

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

/// A recorded case and how it differs when it is run here.
struct Outcome {
    /// `cases`, `kubectl` or `validation`.
    group: &'static str,
    name: String,
    /// What the case is about, in a word.
    feature: String,
    differences: Vec<String>,
}

/// Every case, run once for all tests.
static OUTCOMES: LazyLock<Vec<Outcome>> = LazyLock::new(|| {
    let cases: Vec<_> =
        GROUPS.into_iter().flat_map(|group| folders(group).into_iter().map(move |f| (group, f))).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = std::thread::scope(|scope| {
        let parts: Vec<_> = cases
            .chunks(cases.len().div_ceil(workers))
            .map(|part| scope.spawn(move || part.iter().map(run_case).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("no case panics")).collect::<Vec<_>>()
    });
    outcomes.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
    outcomes
});

const GROUPS: [&str; 3] = ["cases", "kubectl", "validation"];

fn run_case((group, folder): &(&'static str, PathBuf)) -> Outcome {
    let name = folder.file_name().expect("a case has a name").to_string_lossy().into_owned();
    let case = load(folder);
    let t0 = case.expected["t0MinusCreationSecond"].as_f64().unwrap_or(0.0);
    let differences = match rerun(&case, (t0 * 1000.0).round() as u32) {
        Ok((told, mut run)) => {
            assert_eq!(run.broken(), [], "{group}/{name}");
            judge::judge(&case.expected, &told).into_values().flatten().collect()
        }
        Err(error) => vec![error],
    };
    let feature = case.scenario["feature"].as_str().unwrap_or(group).to_owned();
    Outcome { group, name, feature, differences }
}

/// A case that differs must be listed with its reason, and one that is listed must differ.
fn check_group(group: &str, wanted: impl Fn(&str) -> bool) {
    let known = known_differences();
    let (mut matching, mut total, mut wrong) = (0, 0, Vec::new());
    for Outcome { name, differences, .. } in OUTCOMES.iter().filter(|case| case.group == group && wanted(&case.name)) {
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

#[test]
fn fewer_than_two_in_a_hundred_cases_differ() {
    let differ = OUTCOMES.iter().filter(|case| !case.differences.is_empty()).count();
    assert!(differ * 50 < OUTCOMES.len(), "{differ} of {} differ", OUTCOMES.len());
}

/// `docs/proof.md` says what these tests find.
#[test]
fn the_page_of_proofs_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proof.md");
    let page = proof::page(&OUTCOMES, &known_differences());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, page).expect("the file can be written");
        return;
    }
    assert!(
        read(&path) == page,
        "docs/proof.md is out of date: `UPDATE=1 cargo test --test main proofs` writes it anew"
    );
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

/// A case that somebody adds is one for the browser, too.
#[test]
fn the_browser_runs_every_case_that_was_written_by_hand() {
    let folders = std::fs::read_dir(Path::new(FOLDER).join("cases")).expect("the cases");
    let names = folders.map(|folder| folder.expect("a case").file_name().to_string_lossy().into_owned());
    let mut by_hand: Vec<String> =
        names.filter(|name| !name.starts_with("fuzz-")).map(|name| format!("cases/{name}")).collect();
    by_hand.sort();
    assert_eq!(sample::BY_HAND.iter().map(|case| case.name).collect::<Vec<_>>(), by_hand);
}

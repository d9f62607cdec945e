//! The page that says what is proven against which version of Kubernetes, written from what the tests find.

use super::Outcome;
use jobscope::recording::invariants;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a group of recordings is, and what is compared.
const ABOUT: [(&str, &str, &str); 4] = [
    (
        "cases",
        "Scenarios by hand",
        "Jobs and CronJobs with failures, deletions, drains, lost nodes, limits and changes, each about one rule. Compared: \
         every field of the Jobs as last seen, every status on the way with its instant, every pod (index, attempt, phase, \
         reasons, conditions, exit codes, restarts, labels, annotations, instants), every event and its count, and the texts \
         of all commands.",
    ),
    ("fuzz", "Scenarios by chance", "The same of scenarios that a seeded generator made up."),
    (
        "kubectl",
        "kubectl sessions",
        "A prepared cluster and many command lines: exit codes and texts, also of commands that fail or watch.",
    ),
    (
        "validation",
        "Manifests and patches",
        "Objects that are right, wrong, odd or unreadable, changes that are allowed or not: what kubectl and the API server say, \
         and what the server makes of an accepted object. The texts are compared whole.",
    ),
];

/// The whole page.
pub fn page(outcomes: &[Outcome], known: &BTreeMap<String, String>) -> String {
    let mut page = String::new();
    tell(&mut page, outcomes, known).expect("a string has room");
    page
}

fn tell(page: &mut String, outcomes: &[Outcome], known: &BTreeMap<String, String>) -> std::fmt::Result {
    let matching = outcomes.iter().filter(|case| case.differences.is_empty()).count();
    writeln!(page, "# What is proven\n")?;
    writeln!(page, "<!-- Written by the tests: UPDATE=1 cargo test --test main proofs -->\n")?;
    writeln!(
        page,
        "Jobscope is held against recordings of a real control plane: etcd 3.5.30, kube-apiserver, kube-controller-manager \
         and kube-scheduler **v1.36.2**, driven with kubectl v1.36.4. Its nodes were stand-ins, so the recordings prove what the \
         control plane and kubectl do, and nothing about containers. `cargo test` runs every recorded case again and compares; \
         instants may differ by two seconds, lists whose order is random in Kubernetes in their order.\n"
    )?;
    writeln!(page, "**{matching} of {} recorded cases match.**\n", outcomes.len())?;
    let in_browser = super::sample::WRITTEN.lines().count();
    writeln!(
        page,
        "In the browser {in_browser} of them, all that were written by hand among them, are observed as they are here, byte \
         for byte.\n"
    )?;
    for (id, title, about) in ABOUT {
        let of_group = |case: &&Outcome| match id {
            "cases" => case.group == "cases" && case.feature != "fuzz",
            "fuzz" => case.feature == "fuzz",
            _ => case.group == id,
        };
        let mut features: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for case in outcomes.iter().filter(of_group) {
            let (matching, all) = features.entry(&case.feature).or_default();
            *matching += usize::from(case.differences.is_empty());
            *all += 1;
        }
        let (matching, all) = features.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        writeln!(page, "## {title}: {matching} of {all}\n\n{about}\n")?;
        if features.len() > 1 {
            writeln!(page, "| about | match | recorded |\n|---|--:|--:|")?;
            for (feature, (matching, all)) in features {
                writeln!(page, "| {feature} | {matching} | {all} |")?;
            }
            writeln!(page)?;
        }
    }
    writeln!(page, "## What differs, and why\n")?;
    writeln!(
        page,
        "A case that is not in this list must match, and one that is must differ; the tests keep it so. *lag*: a reading fell \
         between our instant of a change and the recording machine's; *chance*: the real system chose by chance; *judge*: the \
         comparison sorts lines as text; *recording*: its own dates do not fit together; *ours*: we do it differently.\n"
    )?;
    for (case, why) in known {
        let why = why
            .strip_prefix('[')
            .and_then(|why| why.split_once("] "))
            .map_or(why.clone(), |(cause, why)| format!("*{cause}*: {why}"));
        writeln!(page, "- `{case}`: {why}")?;
    }
    writeln!(
        page,
        "\nWhat Jobscope leaves out or does otherwise, whether recorded or not, is in [differences.md](differences.md).\n"
    )?;
    writeln!(page, "## What holds of every Job at every instant\n")?;
    writeln!(
        page,
        "These are checked after every write in every recorded run above, in {} random scenarios that each `cargo test` plays \
         (pods that fail, nodes that go, users who interfere), in every input of the fuzzers (`tools/fuzz`), and on the page \
         while it runs.\n",
        crate::random::SCENARIOS
    )?;
    for name in invariants::names() {
        writeln!(page, "- {name}")?;
    }
    writeln!(page)?;
    writeln!(page, "## What else is tested\n")?;
    writeln!(
        page,
        "- The same scenario, seed and actions are the same run, byte for byte: twice, in single steps, in odd slices, told as a \
         scenario and run again, natively and as WebAssembly in a browser.\n\
         - A fork has the same past as the run it comes from.\n\
         - Every lesson is solved by its own solution, and its predictions are asked of a run.\n\
         - No input panics or hangs: manifests, scenario files and command lines, mutated and guided by coverage."
    )
}

//! A sample of the recorded cases that is run natively and in the browser: both must observe the same, byte for byte.
//!
//! `observations.txt` holds a digest for each case. After a change that is meant, write it anew with
//! `UPDATE=1 cargo test --test main observations`.

use jobscope::recording::{Recorded, observe};
use std::fmt::Write;

/// A case: its folder, and its files with their texts, put into the test itself: a browser reads no files.
struct Case {
    name: &'static str,
    scenario: &'static str,
    expected: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! case {
    ($group:literal / $name:literal $(+ $more:literal)* as $scenario:literal) => {
        Case {
            name: concat!($group, "/", $name),
            scenario: include_str!(concat!($group, "/", $name, "/", $scenario)),
            expected: include_str!(concat!($group, "/", $name, "/expected.json")),
            files: &[
                ("manifest.yaml", include_str!(concat!($group, "/", $name, "/manifest.yaml"))),
                $(($more, include_str!(concat!($group, "/", $name, "/", $more)))),*
            ],
        }
    };
    ("validation" / $name:literal $(+ $more:literal)*) => { case!("validation" / $name $(+ $more)* as "case.yaml") };
    ($group:literal / $name:literal $(+ $more:literal)*) => { case!($group / $name $(+ $more)* as "scenario.yaml") };
}

const CASES: &[Case] = &[
    case!("cases" / "blpi-basic"),
    case!("cases" / "blpi-delay"),
    case!("cases" / "blpi-maxfailed"),
    case!("cases" / "backofflimit-patched"),
    case!("cases" / "capacity-queue"),
    case!("cases" / "comp-0"),
    case!("cases" / "cron-forbid"),
    case!("cases" / "cron-timezone"),
    case!("cases" / "deadline-during-backoff"),
    case!("cases" / "deadline-ignore-term"),
    case!("cases" / "delete-foreground"),
    case!("cases" / "delete-orphan"),
    case!("cases" / "drain-counted"),
    case!("cases" / "drain-indexed"),
    case!("cases" / "elastic-down-up"),
    case!("cases" / "expansions"),
    case!("cases" / "finalizers"),
    case!("cases" / "idx-20"),
    case!("cases" / "idx-gap"),
    case!("cases" / "init-sidecar"),
    case!("cases" / "manual-selector"),
    case!("cases" / "never-growth"),
    case!("cases" / "never-parallel-one-bad"),
    case!("cases" / "node-down"),
    case!("cases" / "node-down-recovers"),
    case!("cases" / "onfailure-recover"),
    case!("cases" / "par-30-60"),
    case!("cases" / "pfp-container"),
    case!("cases" / "pfp-failjob"),
    case!("cases" / "pod-exit-in-grace"),
    case!("cases" / "preemption-counted" + "vip.yaml"),
    case!("cases" / "prp-failed-indexed"),
    case!("cases" / "scale-workqueue"),
    case!("cases" / "sp-both"),
    case!("cases" / "sp-leader"),
    case!("cases" / "suspend-resume-fast"),
    case!("cases" / "taint-toleration-seconds"),
    case!("cases" / "ttl-5"),
    case!("cases" / "two-containers"),
    case!("cases" / "fuzz-007"),
    case!("cases" / "fuzz-200"),
    case!("kubectl" / "describe-policies"),
    case!("kubectl" / "events"),
    case!("kubectl" / "watch-failing"),
    case!("kubectl" / "drain-bare-pod"),
    case!("validation" / "unknown-several"),
    case!("validation" / "pfp-duplicate"),
    case!("validation" / "default-indexed"),
    case!("validation" / "apply-parallelism" + "changed.yaml"),
];

/// A line for each case: its name, and a digest of what was observed.
pub fn digests() -> String {
    let mut lines = String::new();
    for case in CASES {
        let stream = jobscope::api::yaml::read(case.scenario);
        let recorded = Recorded {
            scenario: stream.documents[0].root.to_value(),
            files: case.files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect(),
            expected: serde_json::from_str(case.expected).expect("JSON"),
        };
        let t0 = recorded.expected["t0MinusCreationSecond"].as_f64().unwrap_or(0.0);
        let observed = match observe(&recorded, (t0 * 1000.0).round() as u32) {
            Ok(told) => told.to_string(),
            Err(error) => error,
        };
        writeln!(lines, "{:016x}  {}", digest(&observed), case.name).expect("strings take everything");
    }
    lines
}

/// The digests as they were last written down.
pub const WRITTEN: &str = include_str!("observations.txt");

/// Every line that differs from what was written down.
pub fn differences() -> Vec<String> {
    let seen = digests();
    let pairs = seen.lines().zip(WRITTEN.lines().chain(std::iter::repeat("nothing")));
    pairs.filter(|(seen, written)| seen != written).map(|(seen, written)| format!("{seen}, was {written}")).collect()
}

/// FNV-1a, 64 bits: nobody means to deceive this test.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

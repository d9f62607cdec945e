//! The recorded cases that run natively and in the browser: all that were written by hand, and some of the others. Both
//! must observe the same, byte for byte.
//!
//! `observations.txt` holds a digest for each case. After a change that is meant, write it anew with
//! `UPDATE=1 cargo test --test main observations`.

use jobscope::recording::{Recorded, observe};
use std::fmt::Write;

/// A case: its folder, and its files with their texts, put into the test itself: a browser reads no files.
pub struct Case {
    pub name: &'static str,
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

/// Cases of one group.
macro_rules! cases {
    ($group:literal: $($name:literal $(+ $more:literal)*),* $(,)?) => { &[$(case!($group / $name $(+ $more)*)),*] };
}

/// Every case that was written by hand.
pub const BY_HAND: &[Case] = cases!["cases":
    "adopt-release", "backofflimit-patched", "blpi-0", "blpi-all-fail", "blpi-backofflimit-too", "blpi-basic",
    "blpi-delay", "blpi-delete-pod", "blpi-maxfailed", "blpi-onfailure", "capacity-queue", "comp-0", "cron-allow",
    "cron-deadline", "cron-delete", "cron-forbid", "cron-manual", "cron-replace", "cron-timezone",
    "deadline-during-backoff", "deadline-ignore-term", "deadline-indexed", "deadline-partial", "deadline-pending",
    "delete-background", "delete-foreground", "delete-orphan", "delete-recreate", "delete-slow-term",
    "drain-backoff0", "drain-counted", "drain-graceful", "drain-ignored", "drain-indexed", "elastic-down",
    "elastic-down-done", "elastic-down-up", "elastic-up", "expansions", "finalizers", "idx-2-6", "idx-20",
    "idx-basic", "idx-gap", "idx-one", "idx-par0", "idx-retry", "init-fail-onfailure", "init-ok", "init-sidecar",
    "labels-change", "managedby-default", "managedby-immutable", "manual-selector", "never-burst-fail",
    "never-fail-kills-rest", "never-growth", "never-parallel-one-bad", "never-retry-then-ok", "never-success-resets",
    "node-deleted", "node-down", "node-down-out-of-service", "node-down-recovers", "onfailure-deadline",
    "onfailure-indexed", "onfailure-limit", "onfailure-recover", "par-1-1", "par-10-3", "par-2-5", "par-2-7-uneven",
    "par-3-unset-mixed", "par-30-60", "par-4-10-zero-time", "par-5-unset", "par-unset-unset", "pfp-137",
    "pfp-container", "pfp-custom-condition", "pfp-failjob", "pfp-failjob-slow-others",
    "pfp-ignore-disruption-manual-delete", "pfp-ignore-exit", "pfp-init", "pfp-notin", "pod-deleted-exit0",
    "pod-deleted-force", "pod-exit-in-grace", "preemption-counted" + "vip.yaml", "prp-failed", "prp-failed-indexed",
    "prp-scale-down-up", "prp-terminatingorfailed", "scale-indexed-down", "scale-kubectl", "scale-up",
    "scale-workqueue", "sp-all-complete", "sp-both", "sp-fail-first", "sp-leader", "sp-lingering", "sp-unmet",
    "suspend-after-fail", "suspend-deadline", "suspend-indexed-partial", "suspend-mutate-template",
    "suspend-resume-fast", "suspend-running", "taint-noexecute-ignored", "taint-toleration-seconds", "ttl-5",
    "ttl-extended", "ttl-failed", "two-containers", "two-containers-one-fails",
];

/// Some of the others.
const OTHERS: &[Case] = &[
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
    for case in BY_HAND.iter().chain(OTHERS) {
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

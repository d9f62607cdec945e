//! Holds what the simulator tells of a case against what was recorded of it.
//!
//! Instants may differ by [`TOLERANCE`], because the recordings come from a busy machine. Lists whose order is by chance
//! in Kubernetes are compared as sets. What two recordings of the same case disagreed about is listed in the case as
//! `racy` and not judged.

use serde_json::Value;
use std::collections::BTreeMap;

/// Seconds by which instants and durations may differ.
const TOLERANCE: f64 = 2.0;

/// The differences found, by part of the observation; parts without one are listed with none.
pub fn judge(want: &Value, got: &Value) -> BTreeMap<&'static str, Vec<String>> {
    let mut parts = if want.get("commands").is_some() { commands(want, got) } else { case(want, got) };
    let racy: Vec<&str> = list(&want["racy"]).iter().filter_map(Value::as_str).collect();
    parts.retain(|part, _| !racy.contains(part));
    for differences in parts.values_mut() {
        differences.retain(|difference| !racy.iter().any(|part| difference.starts_with(part)));
    }
    parts
}

fn commands(want: &Value, got: &Value) -> BTreeMap<&'static str, Vec<String>> {
    let mut out = Vec::new();
    for (i, command) in list(&want["commands"]).iter().enumerate() {
        compare_command(command, &got["commands"][i], &format!("commands[{i}]"), &mut out);
    }
    BTreeMap::from([("commands", out)])
}

fn case(want: &Value, got: &Value) -> BTreeMap<&'static str, Vec<String>> {
    let names = ["create", "job", "history", "pods", "events", "actions", "outputs"];
    let mut parts: BTreeMap<&'static str, Vec<String>> = names.into_iter().map(|name| (name, Vec::new())).collect();
    let mut part = |name: &'static str, differences: Vec<String>| parts.entry(name).or_default().extend(differences);

    let mut out = Vec::new();
    compare_command(&want["create"], &got["create"], "create", &mut out);
    part("create", out);
    for kind in ["jobs", "cronJobs"] {
        let (mut job, mut history) = (Vec::new(), Vec::new());
        compare_owners(kind, list(&want[kind]), list(&got[kind]), &mut job, &mut history);
        part("job", job);
        part("history", history);
    }
    let mut out = Vec::new();
    compare_pods(list(&want["pods"]), list(&got["pods"]), &mut out);
    part("pods", out);
    let mut out = Vec::new();
    compare_events(list(&want["events"]), list(&got["events"]), &mut out);
    part("events", out);
    let mut out = Vec::new();
    for (i, action) in list(&want["actions"]).iter().enumerate().filter(|(_, action)| action.get("cmd").is_some()) {
        compare_command(action, &got["actions"][i], &format!("actions[{i}]"), &mut out);
    }
    part("actions", out);
    let mut out = Vec::new();
    for (i, output) in list(&want["outputs"]).iter().enumerate() {
        let captured = list(&got["outputs"][i]["captures"]);
        for capture in list(&output["captures"]) {
            let same = captured.iter().find(|c| c["cmd"] == capture["cmd"]).unwrap_or(&Value::Null);
            compare_command(capture, same, &format!("outputs[{}]", plain(&output["checkpoint"])), &mut out);
        }
    }
    part("outputs", out);
    parts
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value as it would stand in a name: strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() < 160 { text } else { text.chars().take(157).chain("...".chars()).collect() }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE + 1e-9
}

/// Deep comparison; every difference is told with its path.
fn compare(want: &Value, got: &Value, path: &str, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))).collect();
            keys.sort();
            for key in keys.into_iter().filter(|key| *key != "resourceVersion") {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(a, b, &format!("{path}.{key}"), out),
                    (Some(a), None) => out.push(format!("{path}.{key}: missing, want {}", short(a))),
                    (_, b) => out.push(format!("{path}.{key}: not wanted, got {}", short(b.unwrap_or(&Value::Null)))),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let (mut a, mut b) = (a.clone(), b.clone());
            if ["succeeded", "failed"].iter().any(|l| path.ends_with(&format!("uncountedTerminatedPods.{l}"))) {
                a.sort_by_key(Value::to_string);
                b.sort_by_key(Value::to_string);
            }
            if a.len() != b.len() {
                out.push(format!("{path}: {} items wanted, got {}", a.len(), b.len()));
            }
            for (i, (a, b)) in a.iter().zip(&b).enumerate() {
                compare(a, b, &format!("{path}[{i}]"), out);
            }
        }
        (Value::String(a), Value::String(b)) => {
            let same = match (stamp(a), stamp(b)) {
                (Some(a), Some(b)) => near(a, b),
                _ => a == b,
            };
            if !same {
                out.push(format!("{path}: want {}, got {}", short(want), short(got)));
            }
        }
        _ if want == got => {}
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        _ => out.push(format!("{path}: want {}, got {}", short(want), short(got))),
    }
}

/// Seconds since the epoch of `2026-01-01T00:00:00Z` or `Thu, 01 Jan 2026 00:00:00 +0000`.
fn stamp(text: &str) -> Option<f64> {
    let looks = text.len() >= 20 && text.bytes().filter(|&byte| byte == b':').count() == 2;
    let parsed = looks.then(|| {
        let rfc1123 = || jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S %z", text).ok()?.to_timestamp().ok();
        text.parse::<jiff::Timestamp>().ok().or_else(rfc1123)
    });
    parsed.flatten().map(|instant| instant.as_second() as f64)
}

/// Seconds of `2m13s` or `75s`; none where the text is no duration.
fn age(text: &str) -> Option<f64> {
    let (mut total, mut number, mut left) =
        (0.0, String::new(), &[('d', 86400.0), ('h', 3600.0), ('m', 60.0), ('s', 1.0)][..]);
    for letter in text.chars() {
        if letter.is_ascii_digit() || letter == '.' {
            number.push(letter);
            continue;
        }
        let unit = left.iter().position(|(unit, _)| *unit == letter)?;
        total += number.parse::<f64>().ok()? * left[unit].1;
        (number, left) = (String::new(), &left[unit + 1..]);
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

fn fold(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two lines say the same; durations and stamps in them may be a little apart.
fn same_line(want: &str, got: &str) -> bool {
    let (a, b) = (fold(want), fold(got));
    if a == b {
        return true;
    }
    let (a, b) = (blank_stamps(&a), blank_stamps(&b));
    let stamps_agree = a.1.len() == b.1.len() && a.1.iter().zip(&b.1).all(|(a, b)| near(*a, *b));
    let (a, b) = if stamps_agree { (a.0, b.0) } else { (fold(want), fold(got)) };
    let separators = [' ', '(', ')', ',', '='];
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(separators).collect(), b.split(separators).collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || age(a).zip(age(b)).is_some_and(|(a, b)| near(a, b)))
}

/// The line with every time stamp replaced by `T`, and the stamps.
fn blank_stamps(line: &str) -> (String, Vec<f64>) {
    let (mut blanked, mut stamps, mut rest) = (String::new(), Vec::new(), line);
    while let Some(first) = rest.chars().next() {
        let found = [20, 31].into_iter().find_map(|length| Some((length, stamp(rest.get(..length)?)?)));
        if let Some((length, seconds)) = found {
            stamps.push(seconds);
            blanked.push('T');
            rest = &rest[length..];
        } else {
            blanked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    (blanked, stamps)
}

fn compare_text(want: &Value, got: &Value, path: &str, as_set: bool, out: &mut Vec<String>) {
    let lines = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let mut lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        if as_set {
            lines.sort_by_key(|line| fold(line));
        }
        lines
    };
    let (a, b) = (lines(want), lines(got));
    if a.len() != b.len() {
        let (want, got) = (short(want), short(got));
        return out.push(format!(
            "{path}: {} lines wanted, got {}\n      want {want}\n      got  {got}",
            a.len(),
            b.len()
        ));
    }
    for (i, (a, b)) in a.iter().zip(&b).enumerate() {
        if !same_line(a, b) {
            out.push(format!("{path} line {}:\n      want {a:?}\n      got  {b:?}", i + 1));
        }
    }
}

/// Whether lines of this command's output may come in any order.
fn is_unordered(command: &str) -> bool {
    let words: Vec<&str> =
        command.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let by_label =
        ["pod -l", "pods -l", "job -l", "jobs -l"].iter().any(|form| command.contains(&format!("delete {form}")));
    by_label || command.contains("jsonpath") || words.iter().any(|word| ["drain", "describe", "events"].contains(word))
}

fn compare_command(want: &Value, got: &Value, path: &str, out: &mut Vec<String>) {
    let command = want["cmd"].as_str().unwrap_or_default();
    if got.is_null() {
        return out.push(format!("{path}: not run: {command}"));
    }
    if want["exitCode"] != got["exitCode"] {
        out.push(format!("{path}: exit code: want {}, got {} ({command})", want["exitCode"], got["exitCode"]));
    }
    for stream in ["stdout", "stderr"] {
        compare_text(&want[stream], &got[stream], &format!("{path} `{command}` {stream}"), is_unordered(command), out);
    }
}

/// What counts as a new status: everything but bookkeeping.
fn glimpse(status: &Value) -> Value {
    let mut seen = serde_json::Map::new();
    for key in ["active", "ready", "terminating", "succeeded", "failed", "completedIndexes", "failedIndexes"] {
        seen.insert(key.into(), status[key].clone());
    }
    let conditions = list(&status["conditions"]).iter();
    let told = |c: &Value| {
        Value::from(vec![c["type"].clone(), c["status"].clone(), c["reason"].clone(), c["message"].clone()])
    };
    seen.insert("conditions".into(), conditions.map(told).collect());
    seen.insert("started".into(), status.get("startTime").is_some().into());
    seen.insert("completed".into(), status.get("completionTime").is_some().into());
    seen.into()
}

fn steps(history: &Value) -> Vec<(f64, Value)> {
    let mut steps: Vec<(f64, Value)> = Vec::new();
    for entry in list(history) {
        let seen = glimpse(&entry["status"]);
        if steps.last().is_none_or(|(_, last)| *last != seen) {
            steps.push((entry["t"].as_f64().unwrap_or_default(), seen));
        }
    }
    steps
}

fn compare_owners(kind: &str, want: &[Value], got: &[Value], job: &mut Vec<String>, history: &mut Vec<String>) {
    for a in want {
        let name = plain(&a["name"]);
        // Of several objects with one name the last counts.
        let Some(b) = got.iter().rev().find(|b| b["name"] == a["name"]) else {
            job.push(format!("{kind}: {name} missing"));
            continue;
        };
        compare(&a["final"], &b["final"], &name, job);
        let (deleted, seen) = (a["deleted"].as_f64(), b["deleted"].as_f64());
        if deleted.is_some() != seen.is_some() || deleted.zip(seen).is_some_and(|(a, b)| !near(a, b)) {
            job.push(format!("{name} deleted: want {deleted:?}, got {seen:?}"));
        }
        compare_history(&a["history"], &b["history"], &format!("{name}.history"), history);
    }
    for b in got.iter().filter(|b| want.iter().all(|a| a["name"] != b["name"])) {
        job.push(format!("{kind}: {} not wanted", plain(&b["name"])));
    }
}

fn compare_history(want: &Value, got: &Value, path: &str, out: &mut Vec<String>) {
    let (a, b) = (steps(want), steps(got));
    for i in 0..a.len().max(b.len()) {
        let (x, y) = (a.get(i).map(|step| &step.1), b.get(i).map(|step| &step.1));
        if x != y {
            let t = a.get(i).map(|step| step.0);
            let (x, y) = (x.unwrap_or(&Value::Null), y.unwrap_or(&Value::Null));
            return out.push(format!("{path} step {i} of {} (t={t:?}): want {x}, got {y}", a.len()));
        }
    }
    for ((a, _), (b, _)) in a.iter().zip(&b).filter(|((a, _), (b, _))| !near(*a, *b)) {
        out.push(format!("{path}: a status of t={a} came at t={b}"));
    }
}

fn compare_pods(want: &[Value], got: &[Value], out: &mut Vec<String>) {
    if want.len() != got.len() {
        let names: Value = got.iter().map(|pod| pod["name"].clone()).collect();
        out.push(format!("pods: {} wanted, got {}: {}", want.len(), got.len(), short(&names)));
    }
    for a in want {
        let name = plain(&a["name"]);
        let Some(b) = got.iter().rev().find(|b| b["name"] == a["name"]) else {
            out.push(format!("pods: {name} missing"));
            continue;
        };
        let ordinal = a["index"].is_null().then_some("ordinal");
        let exact = [
            "job",
            "index",
            "attempt",
            "phase",
            "reason",
            "message",
            "annotations",
            "labels",
            "hostname",
            "generateName",
        ];
        for key in exact.into_iter().chain(ordinal) {
            compare(&a[key], &b[key], &format!("pods[{name}].{key}"), out);
        }
        let sorted = |pod: &Value| {
            let mut conditions = list(&pod["conditions"]).to_vec();
            conditions.sort_by_key(Value::to_string);
            Value::from(conditions)
        };
        compare(&sorted(a), &sorted(b), &format!("pods[{name}].conditions"), out);
        compare(&a["containerStatuses"], &b["containerStatuses"], &format!("pods[{name}].containerStatuses"), out);
        for key in ["created", "scheduled", "running", "finished", "terminating", "deleted"] {
            let (x, y) = (a[key].as_f64(), b[key].as_f64());
            if x.is_some() != y.is_some() || x.zip(y).is_some_and(|(x, y)| !near(x, y)) {
                out.push(format!("pods[{name}].{key}: want {}, got {}", a[key], b[key]));
            }
        }
    }
}

/// How often each event was told; of a series, the highest count.
fn compare_events(want: &[Value], got: &[Value], out: &mut Vec<String>) {
    let tally = |events: &[Value]| {
        let mut most = BTreeMap::<String, i64>::new();
        for event in events {
            let key = ["object", "type", "reason", "message"].map(|key| plain(&event[key])).join(" | ");
            let count = event["count"].as_i64().unwrap_or(1);
            let told = most.entry(key).or_default();
            *told = count.max(*told);
        }
        most
    };
    let (a, b) = (tally(want), tally(got));
    for (key, count) in &a {
        let missing = count - b.get(key).unwrap_or(&0);
        if missing > 0 {
            out.push(format!("events: missing {missing} × {key}"));
        }
    }
    for (key, count) in &b {
        let extra = count - a.get(key).unwrap_or(&0);
        if extra > 0 {
            out.push(format!("events: not wanted {extra} × {key}"));
        }
    }
}

/// The judge must be able to say no.
#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_the_same_up_to_two_seconds() {
        let check = |want: &str, got: &str, same: bool| assert_eq!(same_line(want, got), same, "{want:?} and {got:?}");
        check("demo   1/1   5s", "demo 1/1 5s", true);
        check("demo   1/1   5s", "demo 1/1 7s", true);
        check("demo   1/1   5s", "demo 1/1 8s", false);
        check("demo   1/1   1m59s", "demo 1/1 2m", true);
        check("demo   0/1   5s", "demo 1/1 5s", false);
        check("startTime: \"2026-01-01T00:00:01Z\"", "startTime: \"2026-01-01T00:00:02Z\"", true);
        check("startTime: \"2026-01-01T00:00:01Z\"", "startTime: \"2026-01-01T00:00:09Z\"", false);
        check("Start: Thu, 01 Jan 2026 00:00:00 +0000", "Start: Thu, 01 Jan 2026 00:00:02 +0000", true);
        check("a 1 (x3 over 5s)", "a 1 (x4 over 5s)", false);
    }

    #[test]
    fn differences_are_found() {
        let want = json!({"a": 1, "b": ["x", "2026-01-01T00:00:00Z"], "resourceVersion": "1"});
        let check = |got: Value, differences: usize| {
            let mut out = Vec::new();
            compare(&want, &got, "o", &mut out);
            assert_eq!(out.len(), differences, "{out:?}");
        };
        check(json!({"a": 1, "b": ["x", "2026-01-01T00:00:02Z"], "resourceVersion": "7"}), 0);
        check(json!({"a": 2, "b": ["x", "2026-01-01T00:00:03Z"]}), 2);
        check(json!({"b": ["x"], "c": null}), 3);
    }
}

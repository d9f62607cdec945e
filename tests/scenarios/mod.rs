//! The scenarios that learners come with, as they type them: each a transcript of a terminal.
//!
//! A file begins with the learner's files (`=== job.yaml`, up to `===`). What comes before the first scenario is done
//! at the beginning of each. Then come the scenarios, each in a cluster of its own (`## B02 what it shows`). In a
//! scenario stand
//!
//! - `@ 30`: it is second 30 of the run now;
//! - `$ kubectl get pods`: this is typed, and awaited; `$5 kubectl …`: Ctrl-C is pressed after 5 seconds;
//! - `> hostname`: this is typed into the command, 5 seconds after what was typed before; where the line is not whole yet
//!   (a loop, a here-document), it goes on here;
//! - what it prints: standard output, and after `! ` standard error; `? 1` is an exit code other than 0;
//! - empty lines are left out on both sides, and several blanks count as one;
//! - in a printed line `…` stands for anything, and a line of three dots for any number of lines;
//! - `${pod index=1}` in what is typed, as in scenario files;
//! - `+ nodes: 1`: before all else, a field of a scenario file; later something to do, in a scenario file's words
//!   (`+ nodeDown: node-2`);
//! - `~ 12 rabbitmq-0`: what the servers in that pod held at second 12, which may be long past: `queue job1 2: fig grape`.

/// The page that lists what is proven here.
mod table;

use jobscope::api::yaml;
use jobscope::kubectl::Stream;
use jobscope::recording::{Plan, Run, Scenario};
use jobscope::shell::is_unfinished;
use serde_json::{Map, Value, json};
use std::time::Duration;

mod session;

/// How long a typed command is awaited, in seconds.
const PATIENCE: u64 = 3600;

/// What a step begins with; any other line belongs to the step before it.
const STEPS: [&str; 4] = ["$", "@ ", "+ ", "~ "];

struct Terminal {
    run: Run,
    id: String,
}

impl Terminal {
    fn new(files: &[(String, String)], id: &str, fields: Map<String, Value>) -> Self {
        let mut scenario = Scenario::from_value(&Value::Object(fields)).unwrap_or_else(|why| panic!("{id}: {why}"));
        scenario.seed = 7;
        for (name, text) in files {
            scenario.files.insert(name.clone(), text.clone());
        }
        Self { run: Run::new(scenario), id: id.to_owned() }
    }

    fn go_to(&mut self, second: f64) {
        let at = self.run.start() + Duration::from_millis((second * 1000.0) as u64);
        assert!(at >= self.run.now(), "{}: second {second} is over already", self.id);
        while !self.run.advance(at, 1000) {}
    }

    /// Does what a scenario file would say.
    fn act(&mut self, action: Map<String, Value>) {
        let mut action = Value::Object(action);
        action["at"] = json!(0);
        let scenario = Scenario::from_value(&json!({"actions": [action]}));
        match scenario.unwrap_or_else(|why| panic!("{}: {why}", self.id)).plan.remove(0).plan {
            Plan::Fault(fault) => self.run.inject(fault),
            Plan::Rules(rules) => self.run.set_rules(rules),
            Plan::Kubectl { .. } | Plan::Shell { .. } | Plan::Input(_) => {
                panic!("{}: what is typed stands after $ and >", self.id)
            }
        };
        while !self.run.advance(self.run.now(), 1000) {}
    }

    /// What the servers in a pod held at a second of the run.
    fn held(&self, second: f64, pod: &str) -> Vec<String> {
        let at = self.run.start() + Duration::from_millis((second * 1000.0) as u64);
        let (ip, ..) = self.run.read_at(&format!("kubectl get pod {pod} -o jsonpath={{.status.podIP}}"), at);
        let items = self.run.cluster().kubelets().held(&ip, at).into_iter();
        items.map(|item| format!("{} {} {}: {}", item.kind, item.name, item.count, item.first.join(" "))).collect()
    }

    /// Types a line and waits for its end: what it printed, and its exit code.
    fn enter(&mut self, line: &str, stop: Option<u64>, typed: &[&str]) -> (Vec<String>, i32) {
        let entry = self.run.enter(line);
        for text in typed {
            let at = self.run.now() + Duration::from_secs(5);
            while !self.run.advance(at, 1000) {}
            self.run.type_in(&format!("{text}\n"));
        }
        let begun = self.run.now();
        let until = begun + Duration::from_secs(stop.unwrap_or(PATIENCE));
        while self.run.entries()[entry].ended.is_none() {
            let next = self.run.next_change().filter(|next| *next <= until);
            let at = next.unwrap_or(until);
            while !self.run.advance(at, 1000) {}
            if next.is_none() && self.run.entries()[entry].ended.is_none() {
                assert!(stop.is_some(), "{}: {line} does not end", self.id);
                self.run.interrupt(entry);
                while !self.run.advance(at, 1000) {}
                break;
            }
        }
        let entry = &self.run.entries()[entry];
        // Each stream for itself: how they are mixed is the terminal's affair.
        let text = |stream: Stream| {
            let pieces = entry.output.iter().filter(|output| output.stream == stream);
            pieces.map(|output| output.text.as_str()).collect::<String>()
        };
        let out = text(Stream::Out);
        let mut lines: Vec<String> = out.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        lines.extend(text(Stream::Err).lines().map(|line| format!("! {line}")));
        (lines, entry.ended.map_or(130, |(_, code)| code))
    }
}

/// Whether a line is what is expected, where `…` is anything.
fn fits(line: &str, expected: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (line, expected) = (plain(line), plain(expected));
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether lines are what is expected, where `...` is any number of them.
fn all_fit(lines: &[String], expected: &[&str]) -> bool {
    match expected {
        [] => lines.is_empty(),
        ["...", rest @ ..] => (0..=lines.len()).any(|skipped| all_fit(&lines[skipped..], rest)),
        [first, rest @ ..] => lines.first().is_some_and(|line| fits(line, first)) && all_fit(&lines[1..], rest),
    }
}

/// Plays the scenarios of a file.
fn play(file: &str) {
    let mut lines = file.lines().peekable();
    let mut files: Vec<(String, String)> = Vec::new();
    while let Some(name) = lines.peek().and_then(|line| line.strip_prefix("=== ")) {
        lines.next();
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "===").collect();
        files.push((name.to_owned(), text.join("\n") + "\n"));
        while lines.peek().is_some_and(|line| line.is_empty()) {
            lines.next();
        }
    }
    let rest: Vec<&str> = lines.collect();
    let titles: Vec<usize> = (0..rest.len()).filter(|&at| rest[at].starts_with("## ")).collect();
    let before = &rest[..titles.first().copied().unwrap_or(0)];
    let mut wrong = Vec::new();
    for (number, &at) in titles.iter().enumerate() {
        let end = titles.get(number + 1).copied().unwrap_or(rest.len());
        let steps = [before, &rest[at + 1..end]].concat();
        wrong.extend(scenario(&files, rest[at].trim_start_matches("## "), &steps));
    }
    assert!(!titles.is_empty(), "a file without scenarios");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What stands after a `+`.
fn fields(text: &str) -> Map<String, Value> {
    match yaml::read(text).documents[0].root.to_value() {
        Value::Object(fields) => fields,
        other => panic!("{text}: a field expected, not {other}"),
    }
}

fn is_step(line: &str) -> bool {
    STEPS.iter().any(|start| line.starts_with(start))
}

/// What did not come out as expected.
fn scenario(files: &[(String, String)], id: &str, steps: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut steps = steps.iter().filter(|line| !line.is_empty()).peekable();
    let mut settings = Map::new();
    while let Some(field) = steps.next_if(|line| line.starts_with("+ ")) {
        settings.extend(fields(&field[2..]));
    }
    let mut terminal = Terminal::new(files, id, settings);
    while let Some(step) = steps.next() {
        if let Some(action) = step.strip_prefix("+ ") {
            terminal.act(fields(action));
            continue;
        }
        if let Some(second) = step.strip_prefix("@ ") {
            terminal.go_to(second.parse().expect("a second"));
            continue;
        }
        if let Some((second, pod)) = step.strip_prefix("~ ").and_then(|look| look.split_once(' ')) {
            let mut expected = Vec::new();
            while let Some(next) = steps.next_if(|next| !is_step(next)) {
                expected.push(*next);
            }
            let held = terminal.held(second.parse().expect("a second"), pod);
            let (held_lines, wanted) = (held.join("\n"), expected.join("\n"));
            assert!(all_fit(&held, &expected), "{id}: {step}\n{held_lines}\n--- expected:\n{wanted}");
            continue;
        }
        let typed = step.strip_prefix('$').unwrap_or_else(|| panic!("{id}: what is {step:?}?"));
        let (stop, line) = typed.split_once(' ').expect("a command");
        let stop = (!stop.is_empty()).then(|| stop.parse().expect("seconds"));
        let mut expected = Vec::new();
        let (mut code, mut input) = (0, Vec::new());
        while let Some(next) = steps.peek().filter(|next| !is_step(next)) {
            match (next.strip_prefix("? "), next.strip_prefix("> ")) {
                (Some(number), _) => code = number.parse().expect("an exit code"),
                (_, Some(text)) => input.push(text),
                _ => expected.push(**next),
            }
            steps.next();
        }
        let mut whole = line.to_owned();
        while !input.is_empty() && is_unfinished(&whole) {
            whole = format!("{whole}\n{}", input.remove(0));
        }
        let line = whole.as_str();
        let at = terminal.run.now().since(terminal.run.start());
        let (printed, exit) = terminal.enter(line, stop, &input);
        if !all_fit(&printed, &expected) || (exit != code && stop.is_none()) {
            wrong.push(format!(
                "{id}, second {}: $ {line}\n--- printed, exit code {exit}:\n{}\n--- expected, exit code {code}:\n{}\n",
                at.as_secs_f64(),
                printed.join("\n"),
                expected.join("\n"),
            ));
        }
    }
    wrong
}

#[test]
fn expansions() {
    play(include_str!("expansions.txt"));
}

#[test]
fn the_console() {
    play(include_str!("console.txt"));
}

#[test]
fn a_command_that_does_not_heed_ctrl_c_is_ended_by_the_second() {
    let mut run = Run::new(Scenario::default());
    run.advance(run.start() + Duration::from_secs(1), 1000);
    let entry = run.enter("trap '' INT; while :; do :; done");
    for ended in [None, Some(137)] {
        run.interrupt(entry);
        run.advance(run.now() + Duration::from_millis(100), 1000);
        assert_eq!(run.entries()[entry].ended.map(|(_, code)| code), ended);
    }
    let entry = run.enter("pwd");
    assert_eq!(run.entries()[entry].output[0].text, "/home/learner\n");
}

#[test]
fn ctrl_c_ends_what_runs_and_drops_what_waits() {
    let mut run = Run::new(Scenario::default());
    let to = |run: &mut Run, second| {
        let at = run.start() + Duration::from_secs(second);
        while !run.advance(at, 1000) {}
    };
    to(&mut run, 1);
    assert!(!run.press_ctrl_c(), "nothing runs");
    let lines = ["kubectl get nodes -w", "sleep 20; date", "date > late", "kubectl create namespace later"];
    lines.iter().for_each(|line| _ = run.enter(line));
    to(&mut run, 3);
    assert_eq!(run.waiting().collect::<Vec<_>>(), [2, 3]);
    let told = |run: &Run| {
        let told = run.entries().iter().map(|entry| {
            let dropped = entry.output.last().is_some_and(|output| output.text.starts_with("[Jobscope] Not run"));
            (entry.ended.map(|(_, code)| code), dropped)
        });
        told.collect::<Vec<_>>()
    };
    assert!(run.press_ctrl_c());
    let once = [(None, false), (Some(130), false), (Some(130), true), (Some(130), true)];
    assert_eq!(told(&run), once, "what was typed last is interrupted; the watch beside it is not");
    assert!(run.press_ctrl_c() && !run.press_ctrl_c());
    assert_eq!(told(&run)[0], (Some(1), false), "kubectl ends a watch like this");
    run.enter("ls; kubectl get namespaces -o name | grep -c later");
    to(&mut run, 30);
    assert_eq!(run.entries()[4].output[0].text, "0\n", "nothing of it was done, and the shell goes on");
    let mut fork = run.fork(run.now());
    to(&mut fork, 30);
    assert_eq!(told(&fork), told(&run));
}

#[test]
fn a_session_is_played_as_everywhere() {
    let played = session::transcript();
    assert_eq!(played, include_str!("session.txt"), "\n{played}");
}

#[test]
fn a_fork_does_again_what_the_terminal_did() {
    let mut run = Run::new(Scenario::default());
    let lines = ["mkdir x; cd x; y=5", "echo $((y * 2)) > z; sleep 3; date >> z", "kubectl get nodes -o name >> z"];
    for line in lines {
        let entry = run.enter(line);
        while run.entries()[entry].ended.is_none() {
            let next = run.next_change().expect("it goes on");
            run.advance(next, 1000);
        }
    }
    assert_eq!(run.files().get("x/z").map(|text| text.lines().count()), Some(5));
    let mut fork = run.fork(run.now());
    while !fork.advance(run.now(), 1000) {}
    assert_eq!(fork.files(), run.files());
    assert_eq!(fork.folder(), "~/x");
    let told = run.told_as_scenario(run.now());
    let written = Scenario::from_value(&told.to_value()).expect("a scenario");
    assert_eq!(written.plan, told.plan);
}

#[test]
fn what_was_interrupted_is_interrupted_again() {
    let to = |run: &mut Run, second| {
        let at = run.start() + Duration::from_secs(second);
        while !run.advance(at, 1000) {}
    };
    let mut run = Run::new(Scenario::default());
    to(&mut run, 1);
    for line in ["sleep 20; kubectl create namespace late", "kubectl get nodes -w"] {
        let entry = run.enter(line);
        let next = run.now().since(run.start()).as_secs() + 3;
        to(&mut run, next);
        run.interrupt(entry);
    }
    // While time stands still, it is the order that counts.
    let first = run.enter("sleep 30; kubectl create namespace later");
    run.interrupt(first);
    run.enter("kubectl create namespace now");
    to(&mut run, 60);
    let told = |run: &Run| {
        let ended: Vec<_> = run.entries().iter().map(|entry| entry.ended).collect();
        (ended, run.read_at("kubectl get namespaces -o name", run.now()).0)
    };
    let expected = told(&run);
    assert!(expected.1.contains("namespace/now") && !expected.1.contains("late"), "{}", expected.1);
    let again = Run::new(Scenario::from_value(&run.told_as_scenario(run.now()).to_value()).expect("a scenario"));
    for mut again in [run.fork(run.now()), again] {
        to(&mut again, 60);
        assert_eq!(told(&again), expected);
    }
}

#[test]
fn indexed_jobs() {
    play(include_str!("indexed-jobs.txt"));
}

#[test]
fn pods_that_talk_to_each_other() {
    play(include_str!("pod-to-pod.txt"));
}

#[test]
fn jobs_that_fail() {
    play(include_str!("failing-jobs.txt"));
}

#[test]
fn pod_failure_policies() {
    play(include_str!("pod-failure-policy.txt"));
}

#[test]
fn the_simplest_job() {
    play(include_str!("simplest-job.txt"));
}

#[test]
fn jobs_that_wait_and_go() {
    play(include_str!("suspend-and-delete.txt"));
}

#[test]
fn completions_and_parallelism() {
    play(include_str!("completions.txt"));
}

#[test]
fn claims_of_the_documents() {
    play(include_str!("claims.txt"));
}

#[test]
fn cron_jobs() {
    play(include_str!("cron-jobs.txt"));
}

#[test]
fn work_queues() {
    play(include_str!("work-queues.txt"));
}

#[test]
fn a_coarse_work_queue() {
    play(include_str!("coarse-work-queue.txt"));
}

#[test]
fn a_fine_work_queue() {
    play(include_str!("fine-work-queue.txt"));
}

#[test]
fn a_work_queue_in_mongodb() {
    play(include_str!("mongodb-queue.txt"));
}

#[test]
fn failures_are_handled() {
    play(include_str!("failure-handling.txt"));
}

#[test]
fn pods_with_parameters() {
    play(include_str!("parameters.txt"));
}

#[test]
fn probes() {
    play(include_str!("probes.txt"));
}

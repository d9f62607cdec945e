//! What the processes in containers do: rules that a scenario states, and what is assumed where none is stated.
//!
//! Nobody can run an arbitrary image in here. So whoever shows a Job says how its containers behave ("index 1 exits 42
//! after 3 s", "25 % of runs fail"); the first rule that matches decides. What no rule decides is assumed, and marked so.

use crate::api::fields::{self, Field, Incoming, Mismatch, Outgoing, fields};
use crate::api::{Decimal, Text};
use crate::sim::{Chance, digest, digest_more};
use serde_json::Value;
use std::time::Duration;

/// How a container without a rule behaves: it runs this long and exits 0.
const ASSUMED_RUN: Duration = Duration::from_secs(5);
/// The same for an init container.
const ASSUMED_INIT_RUN: Duration = Duration::from_secs(1);

fields! {
    strict;
    /// How some containers behave. The first rule that matches a container decides.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Rule {
        pub matches: Match = "match" omitzero,
        /// In how many of 100 runs the rule applies; in all, if unset. The seed and the container's place decide in which.
        pub percent: Option<u32> = "percent",
        pub run: Option<Run> = "run",
        /// The container never starts: `ImagePullBackOff`.
        pub stuck: Option<Stuck> = "stuck",
    }
}

fields! {
    strict;
    /// Which containers are meant. Every key that is present must hold; a list means any of it.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Match {
        /// How many pods of the same index of the same Job came before, from 0.
        pub attempt: AnyOf<u32> = "attempt",
        pub container: AnyOf<Text> = "container",
        /// The completion index.
        pub index: AnyOf<u32> = "index",
        pub job: AnyOf<Text> = "job",
        pub node: AnyOf<Text> = "node",
        /// The order of creation within the Job, from 0.
        pub ordinal: AnyOf<u32> = "ordinal",
        /// The name of a pod that belongs to no Job.
        pub pod: AnyOf<Text> = "pod",
    }
}

fields! {
    strict;
    /// What a process does.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Run {
        /// With which code it exits, 0 to 255; 0 if unset. The same every time.
        pub exit_code: Option<i32> = "exitCode",
        /// The same, one for each restart; the last repeats.
        pub exit_codes: Vec<i32> = "exitCodes",
        /// From which second on its probes succeed; from the first, if unset.
        pub healthy_from: Option<Seconds> = "healthyFrom",
        /// From which second on its probes fail; never, if unset.
        pub healthy_until: Option<Seconds> = "healthyUntil",
        /// Whether an exit 137 is the kernel's doing, for want of memory: reason OOMKilled.
        pub oom: bool = "oom",
        /// How long it runs.
        pub seconds: Seconds = "seconds",
        pub sigterm: Option<Sigterm> = "sigterm",
    }
}

/// Why a container never starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stuck {
    /// Nobody can pull its image.
    #[default]
    ImagePullBackOff,
}

/// What a process does when it is asked to end.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Sigterm {
    /// It ends after a second, with 143.
    #[default]
    Exit,
    /// It goes on; when the grace period is over it is killed: 137.
    Ignore,
    /// It tidies up and exits.
    After { delay: Duration, code: i32 },
}

/// How long a process runs: one duration for each restart, the last repeats; `None` is for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Seconds(pub Vec<Option<Duration>>);

/// A list of which one must hold; one value may be written without the brackets. Empty means no condition.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyOf<T>(pub Vec<T>);

/// Which run of which container is asked about.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    pub job: Option<&'a str>,
    pub index: Option<u32>,
    pub attempt: u32,
    pub ordinal: u32,
    pub pod: &'a str,
    pub node: &'a str,
    pub container: &'a str,
    /// An init container: rules apply to it only if they name it.
    pub init: bool,
    /// An init container that is meant to run beside the others.
    pub sidecar: bool,
    /// How often it was restarted before this run.
    pub restart: u32,
}

/// What one run of a container will do, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub end: End,
    pub sigterm: Option<Sigterm>,
    pub health: Health,
    pub decided_by: DecidedBy,
}

/// When a run's probes succeed, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// From then on; `None` is never.
    pub from: Option<Duration>,
    /// Until then; `None` is for ever.
    pub until: Option<Duration>,
}

impl Health {
    /// Whether a probe succeeds that long after the start.
    pub fn holds(&self, after: Duration) -> bool {
        self.from.is_some_and(|from| from <= after) && self.until.is_none_or(|until| after < until)
    }
}

impl Default for Health {
    /// As long as it runs.
    fn default() -> Self {
        Self { from: Some(Duration::ZERO), until: None }
    }
}

/// How a run ends if nobody interferes.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The container cannot even start.
    Stuck(Stuck),
    Never,
    Exit {
        after: Duration,
        code: i32,
        oom: bool,
    },
}

/// Who decided what a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// The rule of this number, from 0.
    Rule(usize),
    /// The container's own command: it is run.
    Command,
    /// Nobody: it is assumed to run a while and to exit 0.
    Assumed,
}

/// The rules of a scenario, and the seed that decides what they leave to chance.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    pub rules: Vec<Rule>,
    pub seed: u64,
}

impl Behaviour {
    /// What a run of a container will do.
    pub fn course(&self, place: &Place<'_>) -> Course {
        match self.deciding(place) {
            None => assumed(place),
            Some((number, Rule { stuck: Some(stuck), .. })) => {
                let (health, decided_by) = (Health::default(), DecidedBy::Rule(number));
                Course { end: End::Stuck(*stuck), sigterm: None, health, decided_by }
            }
            Some((number, rule)) => rule.run.as_ref().unwrap_or(&Run::default()).course(number, place.restart),
        }
    }

    /// Whether what a container does is said by a rule, however often it is restarted.
    pub fn decides(&self, place: &Place<'_>) -> bool {
        self.rules.iter().all(|rule| rule.percent.is_none()) && self.deciding(place).is_some()
    }

    /// The first rule that matches. One without `container` says nothing of init containers, except that a pod which
    /// it makes stuck is stuck at its first container.
    fn deciding(&self, place: &Place<'_>) -> Option<(usize, &Rule)> {
        let mut pod_runs = false;
        for (number, rule) in self.rules.iter().enumerate() {
            if !rule.matches.holds(place) || !self.draws(number, rule.percent, place) {
                continue;
            }
            let unnamed = place.init && rule.matches.container.is_empty();
            if !unnamed || (rule.stuck.is_some() && !pod_runs) {
                return Some((number, rule));
            }
            pod_runs = true;
        }
        None
    }

    /// The same run of the same container always draws the same, whatever else happens in the cluster.
    fn draws(&self, number: usize, percent: Option<u32>, place: &Place<'_>) -> bool {
        let Some(percent) = percent else { return true };
        let decimal = |number: u32| Decimal::of(number.into());
        let who = match (place.job, place.index) {
            (None, _) => digest(&["pod ", place.pod]),
            (Some(job), Some(index)) => {
                let (index, attempt) = (decimal(index), decimal(place.attempt));
                digest(&["job ", job, " index ", index.as_str(), " attempt ", attempt.as_str()])
            }
            (Some(job), None) => digest(&["job ", job, " ordinal ", decimal(place.ordinal).as_str()]),
        };
        let restart = decimal(place.restart);
        let what = digest_more(who, &[" container ", place.container, " restart ", restart.as_str()]);
        Chance::stream(self.seed ^ what, number as u64).percent(percent)
    }
}

fn assumed(place: &Place<'_>) -> Course {
    let end = match (place.sidecar, place.init) {
        (true, _) => End::Never,
        (false, true) => End::Exit { after: ASSUMED_INIT_RUN, code: 0, oom: false },
        (false, false) => End::Exit { after: ASSUMED_RUN, code: 0, oom: false },
    };
    Course { end, sigterm: None, health: Health::default(), decided_by: DecidedBy::Assumed }
}

impl Run {
    fn course(&self, number: usize, restart: u32) -> Course {
        let code = nth_or_last(&self.exit_codes, restart).or(self.exit_code).unwrap_or(0);
        let end = match nth_or_last(&self.seconds.0, restart).unwrap_or(Some(ASSUMED_RUN)) {
            None => End::Never,
            Some(after) => End::Exit { after, code, oom: self.oom },
        };
        let instant = |seconds: &Option<Seconds>| nth_or_last(&seconds.as_ref()?.0, restart);
        let health = Health {
            from: instant(&self.healthy_from).unwrap_or(Some(Duration::ZERO)),
            until: instant(&self.healthy_until).unwrap_or(None),
        };
        Course { end, sigterm: self.sigterm.clone(), health, decided_by: DecidedBy::Rule(number) }
    }
}

fn nth_or_last<T: Clone>(list: &[T], n: u32) -> Option<T> {
    list.get(n as usize).or(list.last()).cloned()
}

impl Match {
    fn holds(&self, place: &Place<'_>) -> bool {
        let bare = if place.job.is_none() { Some(place.pod) } else { None };
        self.job.allows_text(place.job)
            && self.pod.allows_text(bare)
            && self.node.allows_text(Some(place.node))
            && self.container.allows_text(Some(place.container))
            && self.index.allows(place.index)
            && self.attempt.allows(place.index.map(|_| place.attempt))
            && self.ordinal.allows(place.job.map(|_| place.ordinal))
    }
}

impl<T> AnyOf<T> {
    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl AnyOf<u32> {
    fn allows(&self, number: Option<u32>) -> bool {
        self.is_empty() || number.is_some_and(|number| self.0.contains(&number))
    }
}

impl AnyOf<Text> {
    fn allows_text(&self, text: Option<&str>) -> bool {
        self.is_empty() || text.is_some_and(|text| self.0.iter().any(|one| one == text))
    }
}

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Default for Seconds {
    fn default() -> Self {
        Self(vec![Some(ASSUMED_RUN)])
    }
}

impl Field for Stuck {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = fields::word(&value, [("ImagePullBackOff", Self::ImagePullBackOff)])?;
        Ok(())
    }

    fn write(&self) -> Value {
        "ImagePullBackOff".into()
    }
}

impl<T: Field + Default> Field for AnyOf<T> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        if value.is_array() {
            return self.0.read(value);
        }
        self.0 = vec![fields::read(value)?];
        Ok(())
    }

    fn write(&self) -> Value {
        match self.0.as_slice() {
            [one] => one.write(),
            _ => self.0.write(),
        }
    }

    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

/// A duration as it is written: seconds, perhaps with a fraction, or `forever`.
#[derive(Default)]
struct Written(Option<Duration>);

impl Field for Written {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        self.0 = match (value.as_u64(), value.as_f64()) {
            (Some(seconds), _) => Some(Duration::from_secs(seconds)),
            // The conversion saturates: what is negative or no number is no time at all.
            (None, Some(seconds)) => Some(Duration::from_millis((seconds * 1000.0).round() as u64)),
            (None, None) if value == "forever" => None,
            (None, None) => return Err(Mismatch::new("seconds or `forever` expected")),
        };
        Ok(())
    }

    fn write(&self) -> Value {
        match self.0 {
            None => "forever".into(),
            Some(whole) if whole.subsec_millis() == 0 => whole.as_secs().into(),
            Some(fraction) => (fraction.as_millis() as f64 / 1000.0).into(),
        }
    }
}

impl Field for Seconds {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let AnyOf(list) = fields::read(value)?;
        self.0 = list.into_iter().map(|Written(duration)| duration).collect();
        Ok(())
    }

    fn write(&self) -> Value {
        AnyOf(self.0.iter().copied().map(Written).collect()).write()
    }
}

impl Field for Sigterm {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = match value.as_str() {
            Some("exit") => Self::Exit,
            Some("ignore") => Self::Ignore,
            _ => {
                let (mut seconds, mut code) = (None, None);
                let mut object = Incoming::new(value)?;
                object.take("seconds", &mut seconds);
                object.take("exitCode", &mut code);
                object.end()?;
                let incomplete = Mismatch::new("`exit`, `ignore`, or `seconds` and `exitCode` expected");
                match (seconds, code) {
                    (Some(Written(Some(delay))), Some(code)) => Self::After { delay, code },
                    (Some(Written(None)), Some(_)) => Self::Ignore,
                    _ => return Err(incomplete),
                }
            }
        };
        Ok(())
    }

    fn write(&self) -> Value {
        match self {
            Self::Exit => "exit".into(),
            Self::Ignore => "ignore".into(),
            Self::After { delay, code } => {
                let mut object = Outgoing::default();
                object.put_always("seconds", &Written(Some(*delay)));
                object.put_always("exitCode", code);
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn behaviour(rules: Value) -> Behaviour {
        Behaviour { rules: fields::read(rules).expect("rules"), seed: 7 }
    }

    fn place(index: u32, attempt: u32, container: &str, restart: u32) -> Place<'_> {
        let init = container.starts_with("init");
        Place {
            job: Some("demo"),
            index: Some(index),
            attempt,
            ordinal: index + attempt,
            pod: "demo-0-abcde",
            node: "node-1",
            container,
            init,
            sidecar: false,
            restart,
        }
    }

    fn exits(after: u64, code: i32) -> End {
        End::Exit { after: Duration::from_millis(after), code, oom: false }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let behaviour = behaviour(json!([
            {"match": {"index": 1, "attempt": 0}, "run": {"seconds": 3.25, "exitCode": 42}},
            {"match": {"index": [2, 3]}, "stuck": "ImagePullBackOff"},
            {"match": {"container": "init-b"}, "run": {"seconds": "forever"}},
            {"match": {"index": 4}, "run": {"seconds": [1, 2], "exitCodes": [1, 1, 0]}},
            {"match": {"job": "other"}, "run": {"seconds": 9}},
            {"match": {"index": 5}},
        ]));
        let check = |place: Place<'_>, end: End, rule: Option<usize>| {
            let decided_by = rule.map_or(DecidedBy::Assumed, DecidedBy::Rule);
            let course = behaviour.course(&place);
            assert_eq!((course.end, course.decided_by), (end, decided_by), "{place:?}");
        };
        check(place(0, 0, "main", 0), exits(5000, 0), None);
        check(place(1, 0, "main", 0), exits(3250, 42), Some(0));
        check(place(1, 1, "main", 0), exits(5000, 0), None);
        check(place(1, 0, "init-a", 0), exits(1000, 0), None);
        check(place(3, 9, "main", 0), End::Stuck(Stuck::ImagePullBackOff), Some(1));
        check(place(3, 9, "init-a", 0), End::Stuck(Stuck::ImagePullBackOff), Some(1));
        check(place(0, 0, "init-b", 0), End::Never, Some(2));
        check(place(4, 0, "main", 0), exits(1000, 1), Some(3));
        check(place(4, 0, "main", 2), exits(2000, 0), Some(3));
        check(place(4, 0, "main", 9), exits(2000, 0), Some(3));
        check(place(5, 0, "main", 0), exits(5000, 0), Some(5));
    }

    #[test]
    fn a_rule_says_when_a_container_is_healthy() {
        let check = |run: Value, restart: u32, expected: &str| {
            let behaviour = behaviour(json!([{"run": run}]));
            let health = behaviour.course(&place(0, 0, "main", restart)).health;
            let seen = [0, 9, 10, 29, 30, 99].map(|second| health.holds(Duration::from_secs(second)));
            let seen: String = seen.map(|holds| if holds { '+' } else { '-' }).into_iter().collect();
            assert_eq!(seen, expected, "{run} {restart}");
        };
        check(json!({"seconds": 1}), 0, "++++++");
        check(json!({"healthyFrom": 10}), 0, "--++++");
        check(json!({"healthyUntil": 30}), 0, "++++--");
        check(json!({"healthyFrom": 10, "healthyUntil": 30}), 3, "--++--");
        check(json!({"healthyFrom": "forever"}), 0, "------");
        check(json!({"healthyUntil": [10, "forever"]}), 0, "++----");
        check(json!({"healthyUntil": [10, "forever"]}), 1, "++++++");
    }

    #[test]
    fn chance_is_fair_and_repeats_itself() {
        let behaviour = behaviour(json!([{"percent": 25, "run": {"exitCode": 1}}]));
        let fails = |index| behaviour.course(&place(index, 0, "main", 0)).decided_by == DecidedBy::Rule(0);
        let failed: Vec<u32> = (0..1000).filter(|&index| fails(index)).collect();
        assert!((200..300).contains(&failed.len()), "{} of 1000", failed.len());
        assert!(failed.iter().all(|&index| fails(index)));
    }

    #[test]
    fn rules_are_written_as_they_were_read() {
        let check = |rule: Value| {
            let read: Rule = fields::read(rule.clone()).expect("a rule");
            assert_eq!(read.write(), rule);
        };
        check(json!({"run": {"seconds": 3.25, "exitCode": 1}}));
        check(json!({"match": {"pod": "vip", "node": ["a", "b"]}, "run": {"seconds": ["forever", 2]}}));
        check(json!({"match": {"ordinal": 0}, "stuck": "ImagePullBackOff"}));
        check(json!({"percent": 5, "run": {"seconds": 1, "exitCodes": [1, 0], "sigterm": "ignore"}}));
        check(json!({"run": {"seconds": 1, "oom": true, "sigterm": {"seconds": 2, "exitCode": 0}}}));
        check(json!({"run": {"seconds": "forever", "healthyFrom": 20, "healthyUntil": [30.5, "forever"]}}));
        assert!(fields::read::<Rule>(json!({"mach": {}})).is_err());
    }
}

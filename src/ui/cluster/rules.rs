//! Behaviour rules as a form: what is typed, and the rules that it means.

use crate::api::Text;
use crate::node::behaviour::{AnyOf, Run};
use crate::node::{Match, Rule, Seconds, Stuck};
use std::time::Duration;

/// One line of the form, as typed. Empty means any, or the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleForm {
    /// `shards` for a Job, `pod/web-0` for a pod of none.
    pub owner: String,
    pub container: String,
    /// `1` or `0, 3-5`
    pub indexes: String,
    /// Attempts, counted from 1.
    pub attempts: String,
    pub seconds: String,
    pub exit_code: String,
    pub percent: String,
    /// Whether the image cannot be pulled.
    pub is_stuck: bool,
}

/// More indexes than this are not meant.
const MANY: u32 = 100_000;

impl RuleForm {
    /// The line that stands for a rule; none if the form cannot say it.
    pub fn of(rule: &Rule) -> Option<Self> {
        let plain = Rule {
            matches: Match { node: AnyOf::default(), ordinal: AnyOf::default(), ..rule.matches.clone() },
            percent: rule.percent,
            run: rule.run.as_ref().map(|run| Run {
                exit_code: run.exit_code,
                seconds: run.seconds.clone(),
                ..Run::default()
            }),
            stuck: rule.stuck,
        };
        let seconds = match &rule.run {
            None => String::new(),
            Some(run) => match run.seconds.0.as_slice() {
                [None] => "forever".into(),
                [Some(span)] => number(*span),
                _ => return None,
            },
        };
        let Match { job, pod, container, .. } = &rule.matches;
        let is_plain = plain == *rule && (job.is_empty() || pod.is_empty());
        is_plain.then(|| Self {
            owner: names(job, "") + &names(pod, POD),
            container: names(container, ""),
            indexes: list(&rule.matches.index.0, 0),
            attempts: list(&rule.matches.attempt.0, 1),
            seconds,
            exit_code: rule.run.as_ref().and_then(|run| run.exit_code).map_or(String::new(), |code| code.to_string()),
            percent: rule.percent.map_or(String::new(), |percent| percent.to_string()),
            is_stuck: rule.stuck.is_some(),
        })
    }

    /// The line for a container that nobody has said anything of: one of a Job's, or of a pod of its own.
    pub fn about(job: Option<&str>, pod: &str, container: Option<&str>) -> Self {
        let owner = job.map_or_else(|| format!("{POD}{pod}"), str::to_owned);
        Self { owner, container: container.unwrap_or_default().to_owned(), ..Self::default() }
    }

    /// The rule that the line means, or what is wrong with it.
    pub fn rule(&self) -> Result<Rule, String> {
        let (pods, jobs): (Vec<_>, Vec<_>) = parts(&self.owner).partition(|name| name.starts_with(POD));
        if !pods.is_empty() && !jobs.is_empty() {
            return Err("job or pod: a rule is about Jobs or about pods, not about both".into());
        }
        let texts = |names: Vec<&str>| AnyOf(names.into_iter().map(|name| name.to_owned().into()).collect());
        let (job, pod) = (texts(jobs), texts(pods.into_iter().map(|name| &name[POD.len()..]).collect()));
        let container = texts(parts(&self.container).collect());
        let index = numbers(&self.indexes, 0).map_err(|text| format!("index: {text}"))?;
        let attempt = numbers(&self.attempts, 1).map_err(|text| format!("attempt: {text}"))?;
        let percent = optional(&self.percent, 0..=100).map_err(|text| format!("percentage: {text}"))?;
        let exit_code = optional(&self.exit_code, 0..=255).map_err(|text| format!("exit code: {text}"))?;
        let seconds = match self.seconds.trim() {
            "" => Seconds::default(),
            "forever" => Seconds(vec![None]),
            text => match text.parse::<f64>() {
                Ok(seconds) if (0.0..=1e9).contains(&seconds) => {
                    Seconds(vec![Some(Duration::from_millis((seconds * 1000.0).round() as u64))])
                }
                _ => return Err(format!("seconds: a number or “forever” expected, not “{text}”")),
            },
        };
        let run = Run { exit_code: exit_code.map(|code| code as i32), seconds, ..Run::default() };
        Ok(Rule {
            matches: Match { job, pod, container, index: AnyOf(index), attempt: AnyOf(attempt), ..Match::default() },
            percent,
            run: (!self.is_stuck).then_some(run),
            stuck: self.is_stuck.then_some(Stuck::ImagePullBackOff),
        })
    }
}

/// A rule in words: `index 1, attempt 1: runs 3 s, exits 1`.
pub fn words(rule: &Rule) -> String {
    let mut who = Vec::new();
    let matches = &rule.matches;
    for (name, list) in
        [("job", &matches.job), ("container", &matches.container), ("node", &matches.node), ("pod", &matches.pod)]
    {
        if !list.is_empty() {
            who.push(format!("{name} {}", names(list, "")));
        }
    }
    for (name, list, first) in
        [("index", &matches.index, 0), ("attempt", &matches.attempt, 1), ("pod number", &matches.ordinal, 1)]
    {
        if !list.is_empty() {
            who.push(format!("{name} {}", self::list(&list.0, first)));
        }
    }
    if let Some(percent) = rule.percent {
        who.push(format!("{percent} % of the runs"));
    }
    let who = if who.is_empty() { "every container".into() } else { who.join(", ") };
    let what = match (&rule.run, rule.stuck) {
        (_, Some(Stuck::ImagePullBackOff)) => "the image cannot be pulled".into(),
        (None, None) => "as usual".into(),
        (Some(run), None) => {
            let spans = spans(&run.seconds, "for ever", |span| format!("{} s", number(span)));
            let code = match (run.exit_code, run.exit_codes.as_slice()) {
                _ if run.seconds.0.iter().all(Option::is_none) => String::new(),
                (_, [_, ..]) => {
                    let codes: Vec<_> = run.exit_codes.iter().map(ToString::to_string).collect();
                    format!(", exits {}", codes.join(", then "))
                }
                (code, []) => format!(", exits {}", code.unwrap_or(0)),
            };
            format!("runs {spans}{code}{}{}", if run.oom { " for want of memory" } else { "" }, health(run))
        }
    };
    format!("{who}: {what}")
}

/// What is said of one run after the other: `3 s, then for ever`.
fn spans(seconds: &Seconds, forever: &str, words: impl Fn(Duration) -> String) -> String {
    let spans = seconds.0.iter().map(|span| span.map_or_else(|| forever.to_owned(), &words));
    spans.collect::<Vec<_>>().join(", then ")
}

/// When its probes succeed, if that is said: `, is healthy from 20 s on, until 50 s`
fn health(run: &Run) -> String {
    let from = run.healthy_from.as_ref().map(|from| spans(from, "never", |from| format!("from {} s on", number(from))));
    let until = run.healthy_until.as_ref();
    let until = until.map(|until| spans(until, "until its end", |until| format!("until {} s", number(until))));
    let told: Vec<String> = from.into_iter().chain(until).collect();
    if told.is_empty() { String::new() } else { format!(", is healthy {}", told.join(", ")) }
}

/// What stands before the name of a pod, where names of Jobs may stand as well.
const POD: &str = "pod/";

fn names(list: &AnyOf<Text>, prefix: &str) -> String {
    list.0.iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ")
}

/// What stands between commas; nothing for “any”.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "any")
}

fn number(span: Duration) -> String {
    match span.subsec_millis() {
        0 => span.as_secs().to_string(),
        _ => format!("{}", span.as_millis() as f64 / 1000.0),
    }
}

fn list(numbers: &[u32], first: u32) -> String {
    numbers.iter().map(|number| number.saturating_add(first).to_string()).collect::<Vec<_>>().join(", ")
}

/// `0, 3-5`, counted from `first`.
fn numbers(text: &str, first: u32) -> Result<Vec<u32>, String> {
    let mut found = Vec::new();
    for part in parts(text) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let read = |text: &str| text.trim().parse::<u32>().ok().and_then(|number| number.checked_sub(first));
        match (read(from), read(to)) {
            (Some(from), Some(to)) if from <= to && to - from < MANY => found.extend(from..=to),
            _ => {
                return Err(format!(
                    "numbers from {first} on expected, such as “{}, {}-{}”, not “{part}”",
                    first,
                    first + 2,
                    first + 4
                ));
            }
        }
    }
    Ok(found)
}

fn optional(text: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| format!("a number from {} to {} expected, not “{text}”", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_the_rule_and_back() {
        let check = |form: [&str; 7], expected: &str| {
            let [owner, container, indexes, attempts, seconds, exit_code, percent] = form.map(str::to_owned);
            let form = RuleForm { owner, container, indexes, attempts, seconds, exit_code, percent, is_stuck: false };
            match form.rule() {
                Ok(rule) => {
                    assert_eq!(words(&rule), expected);
                    let again = RuleForm::of(&rule).expect("the form can say it").rule();
                    assert_eq!(again, Ok(rule), "it survives a round");
                }
                Err(error) => assert_eq!(error, expected),
            }
        };
        check(["", "", "1", "1", "3", "1", ""], "index 1, attempt 1: runs 3 s, exits 1");
        check(["", "", "0, 3-5", "", "7.5", "", ""], "index 0, 3, 4, 5: runs 7.5 s, exits 0");
        check(["", "", "", "", "forever", "", ""], "every container: runs for ever");
        check(["", "", "any", "", "", "42", "25"], "25 % of the runs: runs 5 s, exits 42");
        check(["shards, sums", "", "2", "", "", "", ""], "job shards, sums, index 2: runs 5 s, exits 0");
        check(["pod/web-0", "init, app", "", "", "1", "", ""], "container init, app, pod web-0: runs 1 s, exits 0");
        let error = "job or pod: a rule is about Jobs or about pods, not about both";
        check(["pod/web-0, shards", "", "", "", "", "", ""], error);
        let error = "index: numbers from 0 on expected, such as “0, 2-4”, not “x”";
        check(["", "", "x", "", "", "", ""], error);
        let error = "attempt: numbers from 1 on expected, such as “1, 3-5”, not “0”";
        check(["", "", "", "0", "", "", ""], error);
        check(["", "", "", "", "-1", "", ""], "seconds: a number or “forever” expected, not “-1”");
        check(["", "", "", "", "", "256", ""], "exit code: a number from 0 to 255 expected, not “256”");
        let error = "index: numbers from 0 on expected, such as “0, 2-4”, not “0-4000000000”";
        check(["", "", "0-4000000000", "", "", "", ""], error);
    }

    #[test]
    fn what_the_form_cannot_say_is_told_in_words() {
        let check = |run: serde_json::Value, expected: &str| {
            let rule: Rule = crate::api::fields::read(serde_json::json!({"run": run})).expect("a rule");
            assert_eq!((RuleForm::of(&rule), words(&rule)), (None, format!("every container: {expected}")));
        };
        let forever = || serde_json::json!({"seconds": "forever"});
        let healthy = |field: &str, value: serde_json::Value| {
            let mut run = forever();
            run[field] = value;
            run
        };
        check(
            serde_json::json!({"seconds": [3, "forever"], "exitCodes": [1, 0]}),
            "runs 3 s, then for ever, exits 1, then 0",
        );
        check(healthy("healthyFrom", 20.into()), "runs for ever, is healthy from 20 s on");
        check(healthy("healthyFrom", "forever".into()), "runs for ever, is healthy never");
        let once = serde_json::json!([30, "forever"]);
        check(healthy("healthyUntil", once), "runs for ever, is healthy until 30 s, then until its end");
    }
}

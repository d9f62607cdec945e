//! `kubectl logs`: what a container has printed, or why it has nothing to say (spec 05 §8).
//!
//! A run that no program decides says so itself, in a line that begins with `[Jobscope]`.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::pods;
use super::selection::{Selection, Target};
use super::session::{Printed, Read, Reading, Session, Step, Stream, Task};
use crate::api::{ApiError, ContainerState, Kind, Object, ObjectKey, Pod, Reason, Text, Time};
use crate::sim::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// How many lines of each container are printed where pods are chosen by labels.
const TAIL_OF_SELECTED: usize = 10;
/// How many streams may be followed at a time, if nothing else is said.
const MOST_STREAMS: i64 = 5;

/// `kubectl logs`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let of_labels = call.given("selector");
    let (objects, container) = match (call.arguments.as_slice(), of_labels) {
        ([], true) => (vec!["pods".to_owned()], None),
        ([], false) | ([_, _, _, ..], false) => {
            return Err(call.usage("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command"));
        }
        (_, true) => return Err(call.usage("only a selector (-l) or a POD name is allowed")),
        ([object, container @ ..], false) => {
            let object = if object.contains('/') { object.clone() } else { format!("pod/{object}") };
            (vec![object], container.first().cloned())
        }
    };
    let since = match (call.duration("since"), call.text("since-time")) {
        (None, None) | (Some(0), _) => Since::Ever,
        (Some(..0), _) => return Err(Failure::client("--since must be greater than 0")),
        (Some(millis), _) => Since::Span(Duration::from_millis(millis.unsigned_abs())),
        (None, Some(instant)) => {
            let time: Time = instant.parse().map_err(|_| {
                Failure::client(format!(
                    "parsing time \"{instant}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{instant}\" as \"2006\""
                ))
            })?;
            Since::Instant(time.timestamp())
        }
    };
    let tail = match call.number("tail") {
        None if of_labels => Some(TAIL_OF_SELECTED),
        lines => lines.and_then(|lines| usize::try_from(lines).ok()),
    };
    if let Some(why) = contradiction(call, container.as_deref()) {
        return Err(Failure::client(why));
    }
    let all_pods = call.has("all-pods");
    let logs = Logs {
        selection: Selection::of(call, &objects, false)?,
        of_labels,
        container: call.text("container").map(str::to_owned).or(container),
        previous: call.has("previous"),
        all: call.has("all-containers"),
        all_pods,
        prefix: call.has("prefix") || all_pods,
        tail,
        since,
        timestamps: call.has("timestamps"),
        limit: call.number("limit-bytes").and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0),
        ignore_errors: call.has("ignore-errors"),
    };
    if !call.has("follow") {
        return Action::read(logs);
    }
    let most = call.number("max-log-requests").unwrap_or(MOST_STREAMS);
    Action::run(Follow { logs, most, streams: None })
}

/// Why flags do not go together, or make no sense.
fn contradiction(call: &Call<'_>, container: Option<&str>) -> Option<String> {
    let given = |flag: &str| call.text(flag).is_some_and(|text| !text.is_empty());
    let flagged = call.text("container").unwrap_or("");
    let named = if flagged.is_empty() { container.unwrap_or("") } else { flagged };
    if given("since") && given("since-time") {
        Some("at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned())
    } else if call.has("all-containers") && !named.is_empty() {
        Some(format!("--all-containers=true should not be specified with container name {named}"))
    } else if container.is_some() && !flagged.is_empty() {
        Some("only one of -c or an inline [CONTAINER] arg is allowed".to_owned())
    } else if call.number("limit-bytes").is_some_and(|limit| limit < 0) {
        Some("--limit-bytes must be greater than 0".to_owned())
    } else if call.number("tail").is_some_and(|lines| lines < -1) {
        Some("--tail must be greater than or equal to -1".to_owned())
    } else if call.duration("pod-running-timeout").is_some_and(|millis| millis <= 0) {
        Some("--pod-running-timeout must be higher than zero".to_owned())
    } else {
        None
    }
}

#[derive(Clone)]
struct Logs {
    selection: Selection,
    of_labels: bool,
    container: Option<String>,
    previous: bool,
    all: bool,
    all_pods: bool,
    prefix: bool,
    tail: Option<usize>,
    since: Since,
    timestamps: bool,
    limit: Option<usize>,
    ignore_errors: bool,
}

/// From when on lines are printed.
#[derive(Clone, Copy)]
enum Since {
    Ever,
    Span(Duration),
    Instant(Timestamp),
}

/// One run of one container, whose lines are printed.
#[derive(Clone)]
struct Source {
    pod: Rc<Pod>,
    container: Text,
    /// How often the container was restarted before this run.
    restart: u32,
    prefix: String,
}

impl Read for Logs {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let mut printed = Printed::default();
        for source in self.sources(reading, &mut printed) {
            printed.out += &self.text(&source, reading);
        }
        printed
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// What does not exist is told in words of its own.
fn wrapped(failure: Failure, logs: &Logs) -> Failure {
    match failure {
        Failure::Api { error, .. } if error.reason == Reason::NotFound => {
            let namespace = logs.selection.namespace.as_deref().unwrap_or("");
            Failure::client(format!(
                "error from server ({}): {} in namespace \"{namespace}\"",
                error.reason, error.message
            ))
        }
        other => other,
    }
}

impl Logs {
    /// Whose lines are meant. What is in the way of some is among the failures of `printed`.
    fn sources(&self, reading: Reading<'_>, printed: &mut Printed) -> Vec<Source> {
        let (targets, failures) = self.selection.resolve(reading, true);
        if !failures.is_empty() {
            printed.failures = failures.into_iter().map(|failure| wrapped(failure, self)).collect();
            return Vec::new();
        }
        if targets.is_empty() && self.of_labels {
            printed.err = super::get::nothing_found(&self.selection);
        }
        let mut sources = Vec::new();
        for target in targets {
            let pods = match self.pods(&target, reading, printed) {
                Ok(pods) => pods,
                Err(failure) => {
                    printed.failures.push(failure);
                    break;
                }
            };
            for pod in pods {
                let found = self.containers(&pod, &mut printed.err).map(|names| {
                    names.into_iter().map(|name| self.source(&pod, name.into(), reading)).collect::<Vec<_>>()
                });
                for source in found.unwrap_or_else(|failure| vec![Err(failure)]) {
                    match source {
                        Ok(source) => sources.push(source),
                        Err(failure) if self.ignore_errors => printed.err += &format!("{}\n", failure.message()),
                        Err(failure) => {
                            printed.failures.push(failure);
                            return sources;
                        }
                    }
                }
            }
        }
        sources
    }

    /// The pods that are meant, or the one of an object's that kubectl picks.
    fn pods(&self, target: &Target, reading: Reading<'_>, printed: &mut Printed) -> Outcome<Vec<Rc<Pod>>> {
        let Some(object) = &target.object else { return Ok(Vec::new()) };
        let mut pods = pods::of(object, "get the logs from", reading)?;
        if self.all_pods {
            return Ok(pods);
        }
        pods::order(&mut pods);
        if pods.len() > 1 {
            printed.err += &format!("Found {} pods, using pod/{}\n", pods.len(), pods[0].metadata.name);
        }
        pods.truncate(1);
        if pods.is_empty() { Err(Failure::client("timed out waiting for the condition")) } else { Ok(pods) }
    }

    fn containers(&self, pod: &Pod, err: &mut String) -> Outcome<Vec<String>> {
        if self.all {
            let all = pod.spec.init_containers.iter().chain(&pod.spec.containers);
            return Ok(all.map(|container| container.name.to_string()).collect());
        }
        let mut noted = String::new();
        let name = pods::container(pod, self.container.as_deref(), &mut noted)?;
        if !self.all_pods {
            *err += &noted;
        }
        Ok(vec![name])
    }

    /// The run that is meant, or what keeps the container from having a log.
    fn source(&self, pod: &Rc<Pod>, container: Text, reading: Reading<'_>) -> Outcome<Source> {
        let refuse = |why: String| Err(ApiError::new(Reason::BadRequest, why).into());
        let name = &pod.metadata.name;
        if let Some(silence) = pods::silence(pod, reading.kubelets) {
            let (host, namespace) = (&pod.host_ip, &pod.metadata.namespace);
            let what = format!("Get \"https://{host}:10250/containerLogs/{namespace}/{name}/{container}\": {silence}");
            return Err(ApiError::new(Reason::Unknown, what).into());
        }
        let prefix = if self.prefix { format!("[pod/{name}/{container}] ") } else { String::new() };
        if pod.node_name.is_none() {
            // There is nobody to ask, and that is no error.
            return Ok(Source { pod: pod.clone(), container, restart: 0, prefix });
        }
        let status = pods::status(pod, &container);
        let restarts = status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0));
        let ended = status.is_some_and(|status| matches!(status.last_state, Some(ContainerState::Terminated(_))));
        let waiting = match status.map(|status| &status.state) {
            Some(Some(ContainerState::Waiting(waiting))) => Some(waiting.reason.as_str()),
            Some(_) => None,
            None => Some("ContainerCreating"),
        };
        // A container that waits to run again has not begun the run after its last.
        let restart = match (self.previous, waiting) {
            (true, _) if !ended => {
                return refuse(format!("previous terminated container \"{container}\" in pod \"{name}\" not found"));
            }
            (true, None) => restarts.saturating_sub(1),
            _ => restarts,
        };
        if let Some(reason) = waiting.filter(|_| !ended) {
            let reason = match reason {
                "ErrImagePull" => "image can't be pulled",
                "ImagePullBackOff" => "trying and failing to pull image",
                other => other,
            };
            return refuse(format!("container \"{container}\" in pod \"{name}\" is waiting to start: {reason}"));
        }
        Ok(Source { pod: pod.clone(), container, restart, prefix })
    }

    /// The lines of a run up to now that the flags let through.
    fn text(&self, source: &Source, reading: Reading<'_>) -> String {
        let from = match self.since {
            Since::Ever => Timestamp::default(),
            Since::Span(span) => {
                Timestamp::from_millis(reading.now.since(Timestamp::default() + span).as_millis() as u64)
            }
            Since::Instant(instant) => instant,
        };
        let lines = source.lines(reading);
        let mut lines: Vec<&(Timestamp, String)> = lines.iter().filter(|(at, _)| *at >= from).collect();
        if let Some(tail) = self.tail {
            lines.drain(..lines.len().saturating_sub(tail));
        }
        let mut text = self.print(source, lines);
        if let Some(limit) = self.limit {
            text.truncate((0..=limit.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0));
        }
        text
    }

    fn print<'a>(&self, source: &Source, lines: impl IntoIterator<Item = &'a (Timestamp, String)>) -> String {
        let mut text = String::new();
        for (at, line) in lines {
            text += &source.prefix;
            if self.timestamps {
                let second = Time::from(*at).to_string();
                text += &format!("{}.{:03}000000Z ", second.trim_end_matches('Z'), at.as_millis() % 1000);
            }
            text += line;
        }
        text
    }
}

impl Source {
    /// Every line so far, with its instant.
    fn lines(&self, reading: Reading<'_>) -> Vec<(Timestamp, String)> {
        let uid = self.pod.metadata.uid;
        if let Some(log) = reading.kubelets.log(uid, &self.container, self.restart) {
            return log.lines(reading.now).map(|(at, line)| (at, line.to_owned())).collect();
        }
        let status = pods::status(&self.pod, &self.container);
        let started = status.and_then(|status| match (&status.state, &status.last_state) {
            (Some(ContainerState::Running(running)), _) => running.started_at,
            (Some(ContainerState::Terminated(ended)), _) | (_, Some(ContainerState::Terminated(ended))) => {
                ended.started_at
            }
            _ => None,
        });
        let remark = reading.kubelets.remark(uid, &self.container, self.restart);
        remark.map(|remark| (started.map_or(reading.now, Time::timestamp), remark + "\n")).into_iter().collect()
    }

    /// Whether nothing more can come.
    fn is_over(&self, reading: Reading<'_>) -> bool {
        let metadata = &self.pod.metadata;
        let key = ObjectKey::new(Kind::Pod, metadata.namespace.clone(), metadata.name.clone());
        let live = reading.view.get(&key).and_then(Object::into_pod).filter(|live| live.metadata.uid == metadata.uid);
        live.as_ref().and_then(|live| pods::status(live, &self.container)).is_none_or(|status| {
            let later = u32::try_from(status.restart_count).unwrap_or(0) > self.restart;
            later || !matches!(status.state, Some(ContainerState::Running(_)))
        })
    }
}

/// `kubectl logs -f`: goes on until every container that is followed has ended.
#[derive(Clone)]
struct Follow {
    logs: Logs,
    most: i64,
    /// What is followed, and how many lines of each were seen.
    streams: Option<Vec<(Source, usize)>>,
}

impl Task for Follow {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        let streams = match &mut self.streams {
            Some(streams) => streams,
            first => {
                let mut printed = Printed::default();
                let sources = self.logs.sources(session.reading(), &mut printed);
                session.print(Stream::Err, printed.err);
                if sources.len() > 1 && sources.len() as i64 > self.most {
                    return Step::Done(vec![Failure::client(format!(
                        "you are attempting to follow {} log streams, but maximum allowed concurrency is {}, use \
                         --max-log-requests to increase the limit",
                        sources.len(),
                        self.most
                    ))]);
                }
                if !printed.failures.is_empty() {
                    return Step::Done(printed.failures);
                }
                let mut streams = Vec::new();
                for source in sources {
                    let text = self.logs.text(&source, session.reading());
                    let seen = source.lines(session.reading()).len();
                    session.print(Stream::Out, text);
                    streams.push((source, seen));
                }
                first.insert(streams)
            }
        };
        let mut new = Vec::new();
        for (number, (source, seen)) in streams.iter_mut().enumerate() {
            let lines = source.lines(session.reading());
            // A log that has lost its older half has fewer lines than were seen.
            let after = (*seen).min(lines.len());
            new.extend(lines[after..].iter().cloned().map(|line| (line.0, number, line)));
            *seen = lines.len();
        }
        new.sort_by_key(|(at, number, _)| (*at, *number));
        for (_, number, line) in new {
            let text = self.logs.print(&streams[number].0, [&line]);
            session.print(Stream::Out, text);
        }
        let reading = session.reading();
        if streams.iter().all(|(source, _)| source.is_over(reading)) {
            Step::Done(Vec::new())
        } else {
            Step::Wait(None)
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }

    fn writes(&self) -> bool {
        false
    }
}

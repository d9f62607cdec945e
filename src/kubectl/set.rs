//! `kubectl set image` and `kubectl set resources`.

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::Session;
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{self, Selection, Target};
use crate::api::{Kind, Object};
use crate::apiserver::{Patch, PatchType};
use serde_json::{Map, Value, json};
use std::task::Poll;

/// `kubectl set image`
pub fn image(call: &Call<'_>) -> Outcome<Action> {
    let (words, pairs): (Vec<String>, Vec<String>) =
        call.arguments.iter().cloned().partition(|word| !word.contains('='));
    if call.arguments.is_empty() && !call.given("filename") {
        return Err(selection::nothing_meant());
    }
    if pairs.is_empty() {
        return Err(Failure::client("at least one image update is required"));
    }
    let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    let images = pairs.map(|(container, image)| (container.to_owned(), image.to_owned())).collect();
    start(call, &words, Change::Images(images))
}

/// `kubectl set resources`
pub fn resources(call: &Call<'_>) -> Outcome<Action> {
    let amounts = |flag: &str| -> Outcome<Map<String, Value>> {
        let pair = |pair: &str| {
            let wrong = || Failure::client(format!("invalid argument syntax {pair}, expected <resource>=<value>"));
            let (name, amount) = pair.split_once('=').ok_or_else(wrong)?;
            Ok((name.to_owned(), Value::from(amount)))
        };
        call.list(flag).into_iter().map(pair).collect()
    };
    let (requests, limits) = (amounts("requests")?, amounts("limits")?);
    if requests.is_empty() && limits.is_empty() {
        return Err(Failure::client(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let containers = call.text("containers").unwrap_or("*").to_owned();
    start(call, &call.arguments, Change::Resources { containers, requests, limits })
}

fn start(call: &Call<'_>, words: &[String], change: Change) -> Outcome<Action> {
    let printer = Printer::new(Format::of(call, Formats::Objects)?);
    let selection = Selection::of(call, words, false)?;
    Action::run(Each::over(selection, true, Set { change, printer, dry_run: call.dry_run()? }))
}

#[derive(Clone)]
enum Change {
    Images(Vec<(String, String)>),
    Resources { containers: String, requests: Map<String, Value>, limits: Map<String, Value> },
}

impl Change {
    /// What the containers of an object become, and whether there was anything to change.
    fn containers(&self, object: &Object, pointer: &str) -> Outcome<(Value, bool)> {
        let value = object.to_value();
        let mut containers = value.pointer(pointer).cloned().unwrap_or_else(|| json!([]));
        let before = containers.clone();
        let each = containers.as_array_mut().into_iter().flatten();
        match self {
            Self::Images(images) => {
                let mut found = vec![false; images.len()];
                for container in each {
                    for (i, (name, image)) in images.iter().enumerate() {
                        if name == "*" || container["name"] == name.as_str() {
                            container["image"] = image.as_str().into();
                            found[i] = true;
                        }
                    }
                }
                if let Some(at) = found.iter().position(|found| !found) {
                    return Err(Failure::client(format!("unable to find container named \"{}\"", images[at].0)));
                }
            }
            Self::Resources { containers: names, requests, limits } => {
                for container in each {
                    if names != "*" && container["name"] != names.as_str() {
                        continue;
                    }
                    for (field, amounts) in [("requests", requests), ("limits", limits)] {
                        for (name, amount) in amounts {
                            container["resources"][field][name] = amount.clone();
                        }
                    }
                }
            }
        }
        let changed = containers != before;
        Ok((containers, changed))
    }

    /// What kubectl says before the API server's reason.
    fn refusal(&self) -> &'static str {
        match self {
            Self::Images(_) => "failed to patch image update to pod template: ",
            Self::Resources { .. } => "failed to patch resources update to pod template ",
        }
    }
}

#[derive(Clone)]
struct Set {
    change: Change,
    printer: Printer,
    dry_run: DryRun,
}

impl Act<Target> for Set {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = session.api.live().get(&target.key) else {
            return Poll::Ready(Err(crate::api::ApiError::not_found(&target.key).into()));
        };
        let pointer = match target.key.kind {
            Kind::Pod => "/spec/containers",
            Kind::CronJob => "/spec/jobTemplate/spec/template/spec/containers",
            _ => "/spec/template/spec/containers",
        };
        let (containers, changed) = match self.change.containers(&object, pointer) {
            Ok(done) => done,
            Err(failure) => return Poll::Ready(Err(failure)),
        };
        if !changed {
            return Poll::Ready(Ok(()));
        }
        let what = match self.change {
            Change::Images(_) => "image updated",
            Change::Resources { .. } => "resource requirements updated",
        };
        let what = format!("{what}{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            return Poll::Ready(self.printer.object(&object, &what, session));
        }
        let value = pointer[1..].rsplit('/').fold(containers, |value, key| json!({key: value}));
        let patch = Patch::new(PatchType::Strategic, value);
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                Poll::Ready(Err(Failure::client(format!("{}{}", self.change.refusal(), error.message))))
            }
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }
}

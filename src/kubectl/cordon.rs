//! `kubectl cordon` and `kubectl uncordon`: no new pods on a node, or again (spec 05 §10).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each};
use super::failure::{Failure, Outcome};
use super::patch;
use super::selection::{Selection, Target};
use super::session::Session;
use crate::api::{Kind, Object};
use crate::apiserver::{Patch, PatchType};
use serde_json::json;
use std::task::Poll;

/// `kubectl cordon`
pub fn cordon(call: &Call<'_>) -> Outcome<Action> {
    start(call, true)
}

/// `kubectl uncordon`
pub fn uncordon(call: &Call<'_>) -> Outcome<Action> {
    start(call, false)
}

fn start(call: &Call<'_>, desired: bool) -> Outcome<Action> {
    let cordon = Cordon { desired, dry_run: call.dry_run()? };
    Action::run(Each::over(nodes(call)?, true, cordon).all_or_none())
}

/// The nodes that are meant: `n`, `node/n`, `nodes/n`, or those with certain labels.
pub fn nodes(call: &Call<'_>) -> Outcome<Selection> {
    let verb = call.command.name;
    let selects = call.nonempty("selector").is_some();
    if call.arguments.is_empty() && !selects {
        return Err(call.usage(format!("USAGE: {verb} NODE [flags]")));
    }
    if !call.arguments.is_empty() && selects {
        return Err(call.usage("error: cannot specify both a node name and a --selector option"));
    }
    let node = |word: &String| if word.contains('/') { word.clone() } else { format!("node/{word}") };
    let mut words: Vec<String> = call.arguments.iter().map(node).collect();
    if words.is_empty() {
        words.push("nodes".into());
    }
    let selection = Selection::of(call, &words, false)?;
    match selection.kinds().into_iter().find(|kind| *kind != Kind::Node) {
        Some(kind) => {
            let resource = kind.resource();
            let (group, version) = (resource.group, resource.api_version.rsplit('/').next().unwrap_or(""));
            let what = format!("{group}/{version}, Resource={}", resource.plural);
            Err(Failure::client(format!("expected resource of type node, got {what:?}")))
        }
        None => Ok(selection),
    }
}

#[derive(Clone)]
struct Cordon {
    desired: bool,
    dry_run: DryRun,
}

impl Act<Target> for Cordon {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        set_unschedulable(target, self.desired, self.dry_run, session)
    }
}

/// Marks a node, if it is not marked already.
pub fn set_unschedulable(
    target: &Target,
    desired: bool,
    dry_run: DryRun,
    session: &mut Session<'_>,
) -> Poll<Outcome<()>> {
    let word = if desired { "cordoned" } else { "uncordoned" };
    let name = target.key.kind.resource().name_form(&target.key.name);
    let live = session.api.live().get(&target.key).and_then(Object::into_node);
    if live.is_some_and(|node| node.spec.unschedulable == desired) {
        session.line(format!("{name} already {word}{}", dry_run.suffix()));
        return Poll::Ready(Ok(()));
    }
    if dry_run != DryRun::Client {
        // A node that takes pods has no such field.
        let value = json!({"spec": {"unschedulable": if desired { Some(true) } else { None }}});
        let patch = Patch::new(PatchType::Strategic, value);
        match patch::send(session, target, patch, None, dry_run == DryRun::Server) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => {
                let why =
                    format!("unable to {} node \"{}\": {}", &word[..word.len() - 2], target.key.name, error.message);
                return Poll::Ready(Err(Failure::client(why)));
            }
            Poll::Ready(Ok(_)) => {}
        }
    }
    session.line(format!("{name} {word}{}", dry_run.suffix()));
    Poll::Ready(Ok(()))
}

//! The Job controller's passes, and the rules they applied.

use super::limits::{Limit, Tries, limits, tries};
use super::model::{Item, Part, Pass, Provenance, StepRow, linked, passes, provenance};
use crate::sim::Timestamp;
use crate::ui::desk::{Desk, Local, memo};
use crate::ui::links::{Clock, FieldLink, NoJob, PodLink};
use crate::ui::parts::list;
use crate::ui::session::{Panel, Session};
use crate::ui::status::model::{pods_of, subject};
use leptos::prelude::*;

/// The numbers whose origin can be asked for.
const NUMBERS: [&str; 5] = ["active", "ready", "succeeded", "failed", "terminating"];

fn look(session: Session, question: Option<&'static str>) -> Option<(Option<Provenance>, Vec<Pass>)> {
    let (_, revision) = session.version();
    let selected = session.selection();
    session.with_run_untracked(|run| {
        let storage = run.storage();
        let view = storage.at(revision);
        let job = subject(view, selected.as_ref())?;
        let now = if revision > 0 { storage.written_at(revision) } else { Timestamp::default() };
        let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
        let origin = question.map(|name| provenance(name, &job, &pods_of(view, &job), decisions, now));
        Some((origin, passes(decisions, &job.metadata.namespace, now)))
    })
}

/// The Job controller's passes, and the rules they applied.
#[component]
pub fn Why() -> impl IntoView {
    let session = Session::expect();
    let desk = Desk::expect();
    let looked = memo(move || look(session, desk.question.get()));
    let origin = memo(move || looked.with(|looked| looked.as_ref().and_then(|looked| looked.0.clone())));
    let list = move || {
        let wrapped = |passes: &Vec<Pass>| passes.iter().cloned().map(Local::new).collect::<Vec<_>>();
        looked.with(|looked| looked.as_ref().map_or(Vec::new(), |looked| wrapped(&looked.1)))
    };
    view! {
        <div class="why">
            <Show when=move || looked.with(|looked| looked.is_some()) fallback=|| view! { <NoJob /> }>
                <div class="ask" role="group" aria-label="Ask where a number comes from">
                    <span>"Why is"</span>
                    {NUMBERS
                        .map(|name| {
                            view! {
                                <button
                                    type="button"
                                    class="chip"
                                    aria-pressed=move || (desk.question.get() == Some(name)).to_string()
                                    on:click=move |_| {
                                        desk.question.update(|asked| *asked = (*asked != Some(name)).then_some(name));
                                    }
                                >
                                    {name}
                                </button>
                            }
                        })}
                    <span>"what it is?"</span>
                </div>
                {move || origin.with(|origin| (**origin).clone()).map(|origin| view! { <Origin origin /> })}
                <h3>"What the Job controller did, newest first"</h3>
                <ol class="passes">
                    <For each=list key=|pass| (pass.at, pass.headline.clone()) let(pass)>
                        <PassView pass=pass.take() />
                    </For>
                </ol>
                <Show when=move || looked.with(|looked| looked.as_ref().is_some_and(|looked| looked.1.is_empty()))>
                    <p class="empty">"The controller has not looked at the Job yet."</p>
                </Show>
            </Show>
        </div>
    }
}

/// The newest pass that came to something, in a few words: for the status, which it explains.
#[component]
pub fn LastDecision() -> impl IntoView {
    let session = Session::expect();
    let pass = memo(move || look(session, None)?.1.into_iter().find(|pass| pass.steps.iter().any(|step| step.decides)));
    let head = Memo::new(move |_| pass.with(|pass| pass.as_ref().map(|pass| (pass.at, pass.headline.clone()))));
    move || {
        head.get().map(|(at, headline)| {
            view! {
                <section class="decision" aria-label="What the Job controller decided last">
                    <h3>"The last decision"</h3>
                    <p>{headline}</p>
                    <p>
                        <button type="button" class="text-link" on:click=move |_| session.show(Panel::Why)>
                            "The whole pass"
                        </button>
                        " "
                        <Clock at />
                    </p>
                </section>
            }
        })
    }
}

/// With more pods than this nobody looks for those that were started again or have failed most.
const MOST_PODS: usize = 500;

/// What ends the Job, and how far it is from it: for the status.
#[component]
pub fn Limits() -> impl IntoView {
    let session = Session::expect();
    let looked = memo(move || {
        let selected = session.selection();
        session.with_census(|run, census, view| {
            let job = subject(view, selected.as_ref())?;
            let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
            let now =
                if view.revision() > 0 { run.storage().written_at(view.revision()) } else { Timestamp::default() };
            let until = decisions.partition_point(|decision| decision.at <= now);
            let seen = census.pods_of(job.metadata.uid);
            let matters = Tries::matter_to(&job) || seen.iter().any(|pod| pod.is_stuck);
            let pods = if matters && seen.len() <= MOST_PODS { pods_of(view, &job) } else { Vec::new() };
            let tries = tries(&job, &pods, &decisions[..until]);
            Some((job, tries))
        })
    });
    let lines = memo(move || {
        let now = session.playhead();
        looked.with(|looked| looked.as_ref().map_or(Vec::new(), |(job, tries)| limits(job, tries, now)))
    });
    let rows = move || {
        let item = |(place, limit): (usize, &Limit)| {
            let field = limit.field.clone();
            (format!("{place} {field}"), Box::new(move || view! { <LimitView place field lines /> }.into_any()) as _)
        };
        lines.with(|lines| lines.iter().enumerate().map(item).collect())
    };
    view! {
        <section class="limits" aria-label="What ends the Job">
            <h3>"What ends the Job: whichever comes first"</h3>
            {list(rows)}
        </section>
    }
}

/// One line that the Job can come to; what is said of it changes in place.
#[component]
fn LimitView(place: usize, field: String, lines: Memo<Local<Vec<Limit>>>) -> impl IntoView {
    let words = move || lines.with(|lines| lines.get(place).map(|line| line.words.clone()));
    let meaning = move || lines.with(|lines| lines.get(place).map(|line| line.meaning.clone()));
    let tone = move || lines.with(|lines| lines.get(place).map(|line| line.tone.class()));
    let used = move || lines.with(|lines| lines.get(place).and_then(|line| line.used));
    let bar = move || used().map(|used| format!("--used: {}.{}%", used / 10, used % 10));
    view! {
        <div class="limit" data-tone=tone>
            <p><FieldLink field short=true /> " " <span>{words}</span></p>
            <i hidden=move || used().is_none() style=bar aria-hidden="true"></i>
            <p class="limit-meaning">{meaning}</p>
        </div>
    }
}

/// Where a number comes from: its pods, one by one.
#[component]
fn Origin(origin: Provenance) -> impl IntoView {
    let is_empty = origin.items.is_empty();
    let items = origin
        .items
        .into_iter()
        .map(|Item { pod, text, counts }| {
            view! {
                <li class:origin-not=!counts>
                    {pod.map(|key| view! { <PodLink key /> " " })}
                    {text}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="origin" aria-live="polite">
            <h2>{origin.question}</h2>
            {if is_empty { view! { <p>"No pod has been counted."</p> }.into_any() } else { view! { <ol>{items}</ol> }.into_any() }}
            <p class="origin-rule">{origin.rule}</p>
        </section>
    }
}

/// One pass: its most telling step, and behind it the whole path.
#[component]
fn PassView(pass: Pass) -> impl IntoView {
    let Pass { at, because, headline, tone, steps, next } = pass;
    let is_open = RwSignal::new(false);
    let steps = StoredValue::new_local(steps);
    let because = because.join(" ");
    view! {
        <li class="pass" data-tone=tone.class()>
            <div class="pass-head">
                <Clock at />
                <button
                    type="button"
                    class="pass-title"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|open| *open = !*open)
                >
                    {headline}
                </button>
            </div>
            <Show when=move || is_open.get()>
                <p class="pass-because">{because.clone()}</p>
                <ol class="path">
                    {steps.with_value(|steps| steps.iter().cloned().map(|step| view! { <StepView step /> }).collect_view())}
                </ol>
                <p class="pass-next">{next.clone()}</p>
            </Show>
        </li>
    }
}

#[component]
fn StepView(step: StepRow) -> impl IntoView {
    let StepRow { sentence, field, pods, tone, decides } = step;
    let (parts, unnamed) = linked(&sentence, &pods);
    let parts = parts
        .into_iter()
        .map(|part| match part {
            Part::Words(words) => view! { {words} }.into_any(),
            Part::Pod(key) => view! { <PodLink key /> }.into_any(),
        })
        .collect_view();
    let unnamed = unnamed.into_iter().map(|key| view! { <PodLink key /> " " }).collect_view();
    view! {
        <li data-tone=tone.class() class:step--decides=decides>
            <p>{parts}</p>
            <p class="step-links">{field.map(|field| view! { <FieldLink field /> " " })} {unnamed}</p>
        </li>
    }
}

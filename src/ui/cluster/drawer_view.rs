//! A pod's drawer: what it is doing, everything about it, and every way to break it.

use super::behaviour::BehaviourDialog;
use super::drawer::{Log, PodSheet, RuleLine, Sibling, deleted_because, logs, preview, provenance, sheet, siblings};
use super::ends_view::Ends;
use super::rules::RuleForm;
use super::unseen::truths as truths_of;
use super::view::class_of;
use crate::api::{Kind, ObjectKey, Text};
use crate::cluster::Fault;
use crate::node::DecidedBy;
use crate::programs::server::Item;
use crate::ui::deed::{Deed, eviction_line};
use crate::ui::desk::memo;
use crate::ui::focus::Held;
use crate::ui::later::Dialogs;
use crate::ui::links::FieldLink;
use crate::ui::parts::{DRAWER, Icon, PLOT, focus_drawer};
use crate::ui::session::Session;
use leptos::ev;
use leptos::prelude::*;

/// The drawer of the selected pod; nothing while none is selected.
#[component]
pub fn PodDrawer() -> impl IntoView {
    let session = Session::expect();
    let chosen = Memo::new(move |_| {
        session
            .selection()
            .filter(|key| key.kind == Kind::Pod)
            .map(|key| (key.namespace.to_string(), key.name.to_string()))
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() && session.selection_untracked().is_some() {
            session.select(None);
        }
    });
    // Who opened it goes on in it, and returns to where they came from; on the timeline, one goes from pod to pod.
    let opener = StoredValue::new_local(None::<Held>);
    Effect::new(move || {
        let from = Held::now().filter(|_| chosen.get().is_some());
        if from.as_ref().is_some_and(|from| !from.is_in(&[PLOT, DRAWER])) {
            opener.set_value(from);
            request_animation_frame(focus_drawer);
        }
    });
    on_cleanup(move || {
        keys.remove();
        if let Some(opener) =
            opener.try_get_value().flatten().filter(|_| Held::now().is_none_or(|held| held.is_in(&[DRAWER])))
        {
            opener.restore();
        }
    });
    view! {
        {move || chosen.get().map(|(namespace, name)| view! { <Drawer key=ObjectKey::new(Kind::Pod, namespace, name) /> })}
    }
}

#[component]
fn Drawer(key: ObjectKey) -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let name = key.name.to_string();
    let removed = StoredValue::new_local(key.clone());
    let shown = RwSignal::new_local(None::<(PodSheet, Vec<Told>)>);
    Effect::new(move || {
        let (_, revision) = session.version();
        let new = session.with_run_untracked(|run| {
            let mut sheet = sheet(run.storage(), revision, &key, run.start())?;
            if let Some(job) = sheet.job_uid.filter(|_| sheet.is_deleting) {
                let now = run.storage().written_at(revision);
                let because = deleted_because(run.cluster().job_controller().decisions(job), &key.name, now);
                sheet.sentence.extend(because.into_iter().flat_map(|because| [" ", because]));
            }
            let kubelets = run.cluster().kubelets();
            let decisions = kubelets.provenance(sheet.uid).iter();
            let told = decisions.map(|decision| {
                let restart =
                    if decision.restart > 0 { format!(" (restart {})", decision.restart) } else { String::new() };
                let who = provenance(decision.by, kubelets.rules());
                let line = format!("{}{restart}: {who}", decision.container);
                let draft = (decision.by == DecidedBy::Assumed).then(|| sheet.rule(&decision.container));
                Told { line, draft }
            });
            let told = told.collect::<Vec<_>>();
            Some((sheet, told))
        });
        if *shown.read_untracked() != new {
            shown.set(new);
        }
    });
    let siblings =
        memo(move || session.with_census(|_, census, view| removed.with_value(|key| siblings(census, view, key))));
    let truths = Memo::new(move |_| {
        session.with_census(|run, census, view| {
            let (kubelets, zero) = (run.cluster().kubelets(), run.start());
            // Out of sight things happen between the versions that there are.
            let at = if kubelets.sights() > 0 { session.playhead() } else { session.playhead_untracked() };
            removed.with_value(|key| truths_of(view, census, kubelets, key, at, zero))
        })
    });
    let held = Memo::new(move |_| {
        let at = session.playhead();
        let address = shown.read().as_ref().map(|(sheet, _)| sheet.address.clone()).unwrap_or_default();
        session.with_run(|run| run.cluster().kubelets().held(&address, at))
    });
    let printed = Memo::new(move |_| {
        let at = session.playhead();
        let shown = shown.read();
        let sheet = shown.as_ref().map(|(sheet, _)| sheet);
        sheet.map_or_else(Vec::new, |sheet| session.with_run(|run| logs(run.cluster().kubelets(), sheet, at)))
    });
    let (title, label, broken) = (name.clone(), format!("Pod {name}"), removed);
    let try_ends = move || dialogs.show(move || view! { <Ends key=broken.get_value() /> }.into_any());
    let is_over = move || shown.read().as_ref().is_none_or(|(sheet, _)| sheet.is_over);
    let is_gone = move || shown.read().as_ref().is_none_or(|(sheet, _)| sheet.is_gone);
    view! {
        <aside class="drawer" tabindex="-1" aria-label=label>
            <header class="drawer-head">
                <h2>{title}</h2>
                <button type="button" class="ghost square" aria-label="Close the pod" title="Close (Escape)" on:click=move |_| session.select(None)>
                    <Icon path="M4 4l8 8M12 4l-8 8" />
                </button>
            </header>
            {move || siblings.with(|found| (**found).clone()).map(|(title, all)| view! { <Siblings title all /> })}
            <div class="drawer-body">
                {move || {
                    let shown = shown.get();
                    let Some((sheet, told)) = shown else {
                        return view! { <p class="empty">"It does not exist at this instant."</p> }.into_any();
                    };
                    view! { <Sheet sheet told truths /> }.into_any()
                }}
                <Show when=move || !held.read().is_empty()>
                    <section>
                        <h3>"What its server holds"</h3>
                        <dl class="facts">{move || held.get().into_iter().map(|item| view! { <Holding item /> }).collect_view()}</dl>
                    </section>
                </Show>
                <Show when=move || !printed.read().is_empty()>
                    <section>
                        <h3>"Logs"</h3>
                        {move || printed.get().into_iter().map(|log| view! { <LogView log is_gone=is_gone() /> }).collect_view()}
                    </section>
                </Show>
                <section class="breaks">
                    <h3>"Break it"</h3>
                    <Show when=move || !is_over() fallback=|| view! { <p class="empty">"It has ended: nothing is left to break."</p> }>
                        <Breaks key=broken.get_value() />
                        <button type="button" class="small" on:click=move |_| try_ends()>"Compare every way to end it…"</button>
                    </Show>
                    <Show when=move || !is_gone()>
                        <Removals key=removed.get_value() />
                    </Show>
                </section>
                <details class="drawer-yaml">
                    <summary>"YAML"</summary>
                    <pre tabindex="0">{move || shown.read().as_ref().map(|(sheet, _)| sheet.yaml.clone())}</pre>
                </details>
            </div>
        </aside>
    }
}

/// The pods that stand for the same as the one in the drawer: from each one goes to the others, and to their logs.
#[component]
fn Siblings(title: String, all: Vec<Sibling>) -> impl IntoView {
    let session = Session::expect();
    let links = all.into_iter().map(|Sibling { key, words }| {
        let is_this = (session.selection_untracked().as_ref() == Some(&key)).then_some("true");
        view! {
            <button type="button" class="chip" aria-current=is_this on:click=move |_| session.select(Some(key.clone()))>
                {words}
            </button>
        }
    });
    let label = title.clone();
    view! {
        <nav class="siblings" aria-label=label>
            <span>{title}</span>
            {links.collect_view()}
        </nav>
    }
}

/// Who decided what a container does.
#[derive(Clone, PartialEq)]
struct Told {
    line: String,
    /// Where nobody did: the rule that would.
    draft: Option<RuleForm>,
}

#[component]
fn Sheet(sheet: PodSheet, told: Vec<Told>, truths: Memo<Vec<String>>) -> impl IntoView {
    let dialogs = Dialogs::expect();
    let class = format!("drawer-state drawer-state--{}", class_of(sheet.phase));
    let is_assumed = told.iter().any(|told| told.draft.is_some());
    let decide = move |draft: RuleForm| {
        let open = move |_| {
            let draft = draft.clone();
            dialogs.show(move || view! { <BehaviourDialog draft=draft.clone() /> }.into_any());
        };
        view! { <button type="button" class="small" on:click=open>"Say what it does"</button> }
    };
    let containers = sheet.containers.into_iter().map(|container| {
        let kind = container.kind;
        let restarts = (container.restarts > 0).then(|| format!(", restarted {} ×", container.restarts));
        view! {
            <div class="fact" class:fact--bad=container.is_bad>
                <dt><code>{container.name}</code>{kind}</dt>
                <dd>{container.state}{restarts}{container.probe.map(|told| view! { <p>{told}</p> })}</dd>
            </div>
        }
    });
    let conditions = sheet.conditions.into_iter().map(|condition| {
        let reason = Some(condition.reason).filter(|reason| !reason.is_empty()).map(|reason| format!(" · {reason}"));
        view! {
            <div class="fact" title=condition.message>
                <dt>{humps(&condition.kind).into_iter().map(|hump| view! { {hump} <wbr /> }).collect_view()}</dt>
                <dd>{condition.status}{reason}<small>{condition.since}</small></dd>
            </div>
        }
    });
    let rules = sheet.rules.into_iter().map(|RuleLine { field, words, verdict, decides }| {
        view! {
            <li><FieldLink field short=true /> ": " {words} ": " {if decides { view! { <b>{verdict}</b> }.into_any() } else { verdict.into_any() }}</li>
        }
    });
    let rules = rules.collect::<Vec<_>>();
    view! {
        <p class=class>{sheet.sentence}</p>
        {move || {
            let truths = truths.get().into_iter();
            truths.map(|truth| view! { <p class="drawer-state drawer-state--unseen">{truth}</p> }).collect_view()
        }}
        {(!rules.is_empty())
            .then(|| {
                view! {
                    <section>
                        <h3>"What the failure policy makes of it"</h3>
                        <ol class="provenance">{rules}</ol>
                    </section>
                }
            })}
        <section>
            <h3>"Containers"</h3>
            <dl class="facts">{containers.collect_view()}</dl>
            {(!told.is_empty())
                .then(|| {
                    view! {
                        <ul class="provenance" class:provenance--assumed=is_assumed>
                            {told.into_iter().map(|told| view! { <li>{told.line} " " {told.draft.map(decide)}</li> }).collect_view()}
                        </ul>
                    }
                })}
        </section>
        <section>
            <h3>"Conditions"</h3>
            <dl class="facts">{conditions.collect_view()}</dl>
        </section>
        {sheet.anatomy.map(|anatomy| view! { <section><h3>"Its name"</h3><p class="provenance">{anatomy}</p></section> })}
    }
}

/// The end of what a container has printed, and how kubectl gets at it.
#[component]
fn LogView(log: Log, is_gone: bool) -> impl IntoView {
    let Log { container, command, text } = log;
    let label = format!("Log of {container}");
    let how = match is_gone {
        true => view! { "The pod is gone, and its log with it: kubectl has nothing to print any more." }.into_any(),
        false => view! { <code>{command}</code> }.into_any(),
    };
    view! {
        <p class="log-name">{how}</p>
        <pre class="log" tabindex="0" aria-label=label role="region">{text}</pre>
    }
}

/// A queue, a key or a collection: how much is in it, and what comes first.
#[component]
fn Holding(item: Item) -> impl IntoView {
    let more = if item.count > item.first.len() { " …" } else { "" };
    view! {
        <div class="fact">
            <dt><code>{item.name}</code> " " {item.kind}</dt>
            <dd>{item.count}<small class="held">{item.first.join(" ")}{more}</small></dd>
        </div>
    }
}

/// The pieces of a long word, each with a capital: between them it may be broken.
fn humps(word: &str) -> Vec<String> {
    let mut humps: Vec<String> = Vec::new();
    for c in word.chars() {
        match humps.last_mut().filter(|_| !c.is_ascii_uppercase()) {
            Some(hump) => hump.push(c),
            None => humps.push(c.into()),
        }
    }
    humps
}

/// Everything that can go wrong with a pod that has not ended.
#[component]
fn Breaks(key: ObjectKey) -> impl IntoView {
    let session = Session::expect();
    let pod = StoredValue::new(key.name.to_string());
    let text = move || Text::from(pod.get_value());
    let code = RwSignal::new("1".to_owned());
    let kind = RwSignal::new("ConfigIssue".to_owned());
    let status = RwSignal::new("True".to_owned());
    let reason = RwSignal::new("NonExistingImage".to_owned());
    // What that would come to is said before it is done.
    let key = StoredValue::new_local(key);
    let foretold = Memo::new(move |_| {
        let (code, key) = (code.read().trim().parse::<u8>().ok()?, key.get_value());
        session.with_view(|view| preview(view, &*view.get(&key)?.into_pod()?, code.into()))
    });
    let exit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        match code.get_untracked().trim().parse::<u8>() {
            Ok(code) => session.inject(Fault::Exit { pod: text(), container: None, code: code.into() }),
            Err(_) => session.complain("An exit code is a number from 0 to 255."),
        }
    };
    let patch = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let condition = serde_json::json!({
            "type": kind.get_untracked().trim(),
            "status": status.get_untracked(),
            "reason": reason.get_untracked().trim(),
        });
        let body = serde_json::json!({"status": {"conditions": [condition]}});
        let quoted = body.to_string().replace('\'', "");
        session.enter(format!("kubectl patch pod {} --subresource=status -p '{quoted}'", pod.get_value()));
    };
    view! {
        <form class="inline-form" on:submit=exit>
            <label>"Exit with code" <input type="text" inputmode="numeric" size="4" bind:value=code /></label>
            <button type="submit" class="small">"Exit now"</button>
        </form>
        <p class="log-name" role="status">{move || foretold.get()}</p>
        <div class="buttons">
            <button type="button" class="small" on:click=move |_| session.inject(Fault::OomKill { pod: text(), container: None })>"Run out of memory"</button>
            <button type="button" class="small" on:click=move |_| session.inject(Fault::Hang { pod: text() })>"Hang"</button>
            <button type="button" class="small" on:click=move |_| session.inject(Fault::IgnoreSigterm { pod: text() })>"Ignore SIGTERM"</button>
        </div>
        <details>
            <summary>"Patch a condition"</summary>
            <form class="inline-form" on:submit=patch>
                <label>"Type" <input type="text" size="14" bind:value=kind /></label>
                <label>
                    "Status"
                    <select prop:value=move || status.get() on:change:target=move |event| status.set(event.target().value())>
                        <option>"True"</option>
                        <option>"False"</option>
                        <option>"Unknown"</option>
                    </select>
                </label>
                <label>"Reason" <input type="text" size="16" bind:value=reason /></label>
                <button type="submit" class="small">"Patch"</button>
            </form>
        </details>
    }
}

/// The ways to get rid of a pod, each with its command, and what the API server says when it refuses.
#[component]
fn Removals(key: ObjectKey) -> impl IntoView {
    let session = Session::expect();
    let namespace = match key.namespace.as_str() {
        "default" => String::new(),
        other => format!(" -n {other}"),
    };
    let delete = format!("kubectl delete pod {}{namespace}", key.name);
    let force = format!("{delete} --force");
    let evict = eviction_line(&key);
    let lines = [evict.clone(), delete.clone(), force.clone()];
    let hint = format!("{evict}: as a drain does, if the disruption budgets allow it");
    let refusal = Memo::new(move |_| session.refusal(&lines));
    let said = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        // It may lie below what is visible of the drawer.
        if let Some(said) = refusal.get().and(said.get()) {
            request_animation_frame(move || said.scroll_into_view_with_bool(false));
        }
    });
    let button = move |title: &'static str, line: String| {
        view! { <button type="button" class="small" title=line.clone() on:click=move |_| session.perform(Deed::Command(line.clone()))>{title}</button> }
    };
    view! {
        <div class="buttons">
            <button type="button" class="small" title=hint on:click=move |_| session.evict(&key)>"Evict"</button>
            {button("Delete", delete)}
            {button("Delete by force", force)}
        </div>
        <div role="status" node_ref=said>
            {move || refusal.get().map(|why| view! { <p class="refusal">{why}</p> })}
        </div>
    }
}

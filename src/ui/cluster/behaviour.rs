//! How containers behave, as a small form: nobody can run an arbitrary image in here, so somebody has to say.

use super::rules::{RuleForm, words};
use crate::node::Rule;
use crate::ui::later::{Dialog, Dialogs};
use crate::ui::parts::Icon;
use crate::ui::session::Session;
use leptos::ev;
use leptos::prelude::*;

/// The button that opens the form.
#[component]
pub fn BehaviourButton() -> impl IntoView {
    let dialogs = Dialogs::expect();
    view! {
        <button
            type="button"
            class="ghost square"
            aria-label="Behaviour of the containers"
            title="What the containers do: how long they run, how they exit"
            on:click=move |_| dialogs.open(|panels| panels.behaviour)
        >
            <Icon path="M3 5h6M13 5h0M3 11h0M7 11h6M11 3v4M5 9v4" />
        </button>
    }
}

/// The form.
#[component]
pub fn BehaviourDialog() -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let lines = RwSignal::new(Vec::<(u32, RwSignal<RuleForm>)>::new());
    let kept = StoredValue::new_local(Vec::<Rule>::new());
    let next = StoredValue::new(0_u32);
    let problem = RwSignal::new(None::<String>);
    let numbered = move |form: RuleForm| {
        next.update_value(|next| *next += 1);
        (next.get_value(), RwSignal::new(form))
    };
    let rules = session.with_run_untracked(|run| run.cluster().kubelets().rules().to_vec());
    // What the form cannot say stays as it is, below what it can.
    let (known, other): (Vec<_>, Vec<_>) = rules.into_iter().partition(|rule| RuleForm::of(rule).is_some());
    lines.set(known.iter().filter_map(RuleForm::of).map(numbered).collect());
    kept.set_value(other);
    let apply = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let forms = lines.get_untracked().into_iter();
        let read = forms.enumerate().map(|(number, (_, form))| {
            form.get_untracked().rule().map_err(|error| format!("Rule {}: {error}.", number + 1))
        });
        match read.collect::<Result<Vec<_>, _>>() {
            Ok(mut rules) => {
                rules.extend(kept.get_value());
                session.set_rules(rules);
                session.tell("Containers that start from now on behave by these rules.");
                dialogs.close();
            }
            Err(error) => problem.set(Some(error)),
        }
    };
    view! {
        <Dialog title="behaviour-title">
            <form on:submit=apply>
                <h2 id="behaviour-title">"What the containers do"</h2>
                <p class="dialog-note">
                    "The first rule that fits a container decides. Where none does, it is assumed to run 5 s and to exit 0. "
                    "Empty means any."
                </p>
                <div class="rules">
                    <For each=move || lines.get() key=|(id, _)| *id let((id, form))>
                        <RuleLine form on_remove=Callback::new(move |()| lines.update(|lines| lines.retain(|(other, _)| *other != id))) />
                    </For>
                </div>
                {move || {
                    let kept = kept.get_value();
                    (!kept.is_empty()).then(|| {
                        view! {
                            <ul class="provenance">
                                {kept.iter().map(|rule| view! { <li>"also: " {words(rule)}</li> }).collect_view()}
                            </ul>
                        }
                    })
                }}
                <p class="dialog-problem" role="alert">{move || problem.get()}</p>
                <div class="dialog-buttons">
                    <button type="button" class="small" on:click=move |_| lines.update(|lines| lines.push(numbered(RuleForm::default())))>"Add a rule"</button>
                    <span class="dialog-gap"></span>
                    <button type="button" class="ghost" on:click=move |_| dialogs.close()>"Cancel"</button>
                    <button type="submit" class="primary">"Apply from now on"</button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn RuleLine(form: RwSignal<RuleForm>, on_remove: Callback<()>) -> impl IntoView {
    type Field = (&'static str, &'static str, fn(&mut RuleForm) -> &mut String);
    let fields: [Field; 5] = [
        ("Index", "any", |form| &mut form.indexes),
        ("Attempt", "any", |form| &mut form.attempts),
        ("Seconds", "5", |form| &mut form.seconds),
        ("Exit code", "0", |form| &mut form.exit_code),
        ("% of runs", "100", |form| &mut form.percent),
    ];
    let inputs = fields.map(|(name, usual, field)| {
        let mut now = form.get_untracked();
        let value = field(&mut now).clone();
        view! {
            <label>
                <span>{name}</span>
                <input type="text" placeholder=usual value=value on:input:target=move |event| {
                    let text = event.target().value();
                    form.update(|form| *field(form) = text);
                } />
            </label>
        }
    });
    view! {
        <fieldset class="rule">
            <legend class="sr-only">"Rule"</legend>
            {inputs}
            <label class="rule-check">
                <input type="checkbox" prop:checked=move || form.read().is_stuck on:change:target=move |event| {
                    let on = event.target().checked();
                    form.update(|form| form.is_stuck = on);
                } />
                <span>"no image"</span>
            </label>
            <button type="button" class="ghost square" aria-label="Remove this rule" on:click=move |_| on_remove.run(())>
                <Icon path="M4 4l8 8M12 4l-8 8" />
            </button>
        </fieldset>
    }
}

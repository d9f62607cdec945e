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

/// A rule in the form.
#[derive(Clone, Copy)]
enum Line {
    Form(RwSignal<RuleForm>),
    /// The form cannot say it: it stays as it is, in its place, or is removed.
    Fixed(StoredValue<Rule, LocalStorage>),
}

impl Line {
    fn of(rule: Rule) -> Self {
        match RuleForm::of(&rule) {
            Some(form) => Self::Form(RwSignal::new(form)),
            None => Self::Fixed(StoredValue::new_local(rule)),
        }
    }

    fn rule(self) -> Result<Rule, String> {
        match self {
            Self::Form(form) => form.get_untracked().rule(),
            Self::Fixed(rule) => Ok(rule.get_value()),
        }
    }
}

/// The form.
#[component]
pub fn BehaviourDialog(
    /// A rule to begin with, below those that are there.
    #[prop(optional)]
    draft: Option<RuleForm>,
) -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let problem = RwSignal::new(None::<String>);
    let next = StoredValue::new(0_u32);
    let numbered = move |line: Line| {
        next.update_value(|next| *next += 1);
        (next.get_value(), line)
    };
    let rules = session.with_run_untracked(|run| run.cluster().kubelets().rules().to_vec());
    let drafts = draft.map(|form| Line::Form(RwSignal::new(form)));
    let lines: Vec<(u32, Line)> = rules.into_iter().map(Line::of).chain(drafts).map(numbered).collect();
    let lines = RwSignal::new(lines);
    let apply = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let forms = lines.get_untracked().into_iter();
        let read = forms
            .enumerate()
            .map(|(number, (_, form))| form.rule().map_err(|error| format!("Rule {}: {error}.", number + 1)));
        match read.collect::<Result<Vec<_>, _>>() {
            Ok(rules) => {
                session.set_rules(rules);
                session.tell("Containers that start from now on behave by these rules.");
                dialogs.close();
            }
            Err(error) => problem.set(Some(error)),
        }
    };
    view! {
        <Dialog title="behaviour-title" wide=true>
            <form on:submit=apply>
                <h2 id="behaviour-title">"What the containers do"</h2>
                <p class="dialog-note">
                    "The first rule that fits a container decides. Where none does, its own command runs, as far as that can be done "
                    "in here; else it is assumed to run 5 s and to exit 0. Empty means any."
                </p>
                <div class="rules">
                    <For each=move || lines.get() key=|(id, _)| *id let((id, line))>
                        <RuleLine line on_remove=Callback::new(move |()| lines.update(|lines| lines.retain(|(other, _)| *other != id))) />
                    </For>
                </div>
                <p class="dialog-problem" role="alert">{move || problem.get()}</p>
                <div class="dialog-buttons">
                    <button type="button" class="small" on:click=move |_| lines.update(|lines| lines.push(numbered(Line::Form(RwSignal::default()))))>"Add a rule"</button>
                    <span class="dialog-gap"></span>
                    <button type="button" class="ghost" on:click=move |_| dialogs.close()>"Cancel"</button>
                    <button type="submit" class="primary">"Apply from now on"</button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn RuleLine(line: Line, on_remove: Callback<()>) -> impl IntoView {
    view! {
        <fieldset class="rule">
            <legend class="sr-only">"Rule"</legend>
            {match line {
                Line::Form(form) => view! { <RuleFields form /> }.into_any(),
                Line::Fixed(rule) => view! { <p class="rule-words">{rule.with_value(words)}</p> }.into_any(),
            }}
            <button type="button" class="ghost square" aria-label="Remove this rule" on:click=move |_| on_remove.run(())>
                <Icon path="M4 4l8 8M12 4l-8 8" />
            </button>
        </fieldset>
    }
}

#[component]
fn RuleFields(form: RwSignal<RuleForm>) -> impl IntoView {
    type Field = (&'static str, &'static str, fn(&mut RuleForm) -> &mut String);
    let fields: [Field; 7] = [
        ("Job, or pod/…", "any", |form| &mut form.owner),
        ("Container", "any", |form| &mut form.container),
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
        <div class="rule-fields">
            {inputs}
            <label class="rule-check">
                <input type="checkbox" prop:checked=move || form.read().is_stuck on:change:target=move |event| {
                    let on = event.target().checked();
                    form.update(|form| form.is_stuck = on);
                } />
                <span>"no image"</span>
            </label>
        </div>
    }
}

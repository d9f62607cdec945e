//! The manifest, and the other files of a scenario.

use super::binding::{Completion, Diagnostic, Editor, Severity};
use super::check::{LARGEST, Problem, check, line_of};
use super::complete::{candidates, explain};
use super::samples::{ALL, Sample};
use crate::recording::Scenario;
use crate::sim::Map;
use crate::ui::calendar::Calendar;
use crate::ui::desk::{Desk, read_scenario};
use crate::ui::forecast::Forecast;
use crate::ui::session::{Panel, Session};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long nobody must have typed before the manifest is checked.
const PAUSE: Duration = Duration::from_millis(250);

/// The manifest: an editor, what is wrong with it, samples to begin with, and the button that runs it.
#[component]
pub fn Manifest() -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let problems = RwSignal::new(check(&desk.draft.get_untracked()));
    let pending = StoredValue::new(None::<TimeoutHandle>);
    let editor = StoredValue::new_local(None::<Editor>);
    let is_rich = RwSignal::new(false);
    let place = NodeRef::<leptos::html::Div>::new();
    let area = NodeRef::<leptos::html::Textarea>::new();

    let show_problems = move || {
        let found = check(&desk.draft.get_untracked());
        editor.with_value(|editor| {
            if let Some(editor) = editor {
                editor.set_diagnostics(&found.iter().map(diagnostic).collect::<Vec<_>>());
            }
        });
        problems.set(found);
    };
    let check_soon = move || {
        pending.update_value(|pending| {
            if let Some(pending) = pending.take() {
                pending.clear();
            }
            *pending = set_timeout_with_handle(show_problems, PAUSE).ok();
        });
    };
    on_cleanup(move || {
        if let Some(pending) = pending.try_update_value(Option::take).flatten() {
            pending.clear();
        }
    });

    // The rich editor takes the text area's place when it has come; if it does not come, the text area stays.
    Effect::new(move |_| {
        let Some(parent) = place.get() else { return };
        let dark = untrack(|| session.is_dark());
        spawn_local(async move {
            let text = desk.draft.get_untracked();
            if text.len() > LARGEST {
                return;
            }
            let on_change = move |text: String| {
                desk.write(text);
                check_soon();
            };
            let Ok(mut loaded) = Editor::load(&parent, &text, "Manifest", dark, on_change).await else { return };
            if place.try_get_untracked().flatten().is_none() {
                return;
            }
            loaded.set_completions(completions);
            loaded.set_hover(|text, line, column| explain(text, line as usize, column as usize));
            // What was typed meanwhile stays.
            loaded.set_text(&desk.draft.get_untracked());
            let had_focus = area
                .get_untracked()
                .is_some_and(|area| document().active_element().is_some_and(|active| active.is_same_node(Some(&area))));
            if had_focus {
                loaded.focus();
            }
            editor.set_value(Some(loaded));
            is_rich.set(true);
            show_problems();
            point(desk, editor, area);
        });
    });
    // The draft may be written by others: a lesson, a sample.
    Effect::new(move |before: Option<()>| {
        let text = desk.draft.get();
        let is_new = editor.with_value(|editor| editor.as_ref().is_some_and(|editor| editor.text() != text));
        if is_new {
            editor.with_value(|editor| editor.as_ref().map(|editor| editor.set_text(&text)));
        }
        if is_new || before.is_none() {
            show_problems();
        }
    });
    Effect::new(move |_| {
        let dark = session.is_dark();
        editor.with_value(|editor| editor.as_ref().map(|editor| editor.set_dark(dark)));
    });
    Effect::new(move |_| {
        desk.marked.track();
        point(desk, editor, area);
    });

    let go_to = move |problem: &Problem| {
        let (line, column) = (problem.span.start.line, problem.span.start.column);
        let rich = editor.with_value(|editor| editor.as_ref().map(|editor| editor.go_to(line as u32, column as u32)));
        if rich.is_none() {
            select_line(area, &desk.draft.get_untracked(), line);
        }
    };
    let errors =
        Memo::new(move |_| problems.with(|problems| problems.iter().filter(|problem| problem.is_error).count()));
    let begin = move |is_beside: bool| {
        if if is_beside { desk.run_beside(session) } else { desk.run(session) } {
            // What kubectl says of a manifest that is refused stands in the console; there is nothing to watch.
            let is_refused = errors.get_untracked() > 0;
            session.show(if is_refused { Panel::Console } else { Panel::Cluster });
            session.lesson_drawer().set(false);
            if !is_refused {
                session.play();
            }
        }
    };
    let verdict = move || match (errors.get(), problems.with(Vec::len)) {
        (0, 0) => "The API server would accept this.".to_owned(),
        (0, 1) => "One warning.".to_owned(),
        (0, warnings) => format!("{warnings} warnings."),
        (1, _) => "One error: the API server would refuse this.".to_owned(),
        (errors, _) => format!("{errors} errors: the API server would refuse this."),
    };

    view! {
        <div
            class="manifest"
            on:keydown=move |event| {
                if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    begin(event.shift_key());
                }
            }
        >
            <div class="manifest-bar">
                <Samples />
                <button
                    type="button"
                    class="ghost"
                    title="Keep the run on screen, do the same to this manifest, and compare the two (Ctrl+Shift+Enter)"
                    on:click=move |_| begin(true)
                >
                    "Run beside"
                </button>
                <button type="button" class="primary" title="Begin a new run with this manifest (Ctrl+Enter)" on:click=move |_| begin(false)>
                    "Run this"
                </button>
            </div>
            <div class="manifest-text" class:manifest-text--rich=move || is_rich.get()>
                <textarea
                    node_ref=area
                    aria-label="Manifest"
                    aria-describedby="manifest-verdict"
                    spellcheck="false"
                    autocapitalize="off"
                    hidden=move || is_rich.get()
                    prop:value=move || desk.draft.get()
                    on:input:target=move |event| {
                        desk.write(event.target().value());
                        check_soon();
                    }
                ></textarea>
                <div class="manifest-rich" node_ref=place></div>
            </div>
            <section class="problems" aria-label="Problems" data-errors=move || (errors.get() > 0).to_string()>
                <p id="manifest-verdict" role="status" class="problems-verdict">{verdict}</p>
                <Calendar />
                <Forecast is_valid=Signal::derive(move || errors.get() == 0) />
                <ol>
                    {move || {
                        problems
                            .get()
                            .into_iter()
                            .map(|problem| {
                                let Problem { span, is_error, text, hint, fix } = problem.clone();
                                let fix = fix.map(|fix| {
                                    let words = fix.words.clone();
                                    let write = move |_| desk.write(fix.apply(&desk.draft.get_untracked()));
                                    view! { <button type="button" class="small" on:click=write>"Write " <b>{words}</b></button> }
                                });
                                view! {
                                    <li class:problem--error=is_error>
                                        <button type="button" class="text-link" on:click=move |_| go_to(&problem)>
                                            {if is_error { "Error" } else { "Warning" }} " in line " {span.start.line}
                                        </button>
                                        <code>{text}</code>
                                        {(!hint.is_empty()).then(|| view! { <p>{hint}</p> })}
                                        {fix}
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ol>
            </section>
        </div>
    }
}

/// Marks the field that the page points at.
fn point(desk: Desk, editor: StoredValue<Option<Editor>, LocalStorage>, area: NodeRef<leptos::html::Textarea>) {
    let text = desk.draft.get_untracked();
    let marked = desk.marked.get_untracked();
    let line = marked.as_ref().and_then(|field| line_of(&text, field));
    let lines: Vec<u32> = line.iter().map(|&line| line as u32).collect();
    let rich = editor.with_value(|editor| editor.as_ref().map(|editor| editor.highlight_lines(&lines)));
    if rich.is_none()
        && let Some(line) = line
    {
        select_line(area, &text, line);
    }
}

/// Selects a line of the plain text area.
fn select_line(area: NodeRef<leptos::html::Textarea>, text: &str, line: usize) {
    let Some(area) = area.get_untracked() else { return };
    let units = |text: &str| text.encode_utf16().count() as u32;
    let before: u32 = text.split_inclusive('\n').take(line - 1).map(units).sum();
    let own = text.split('\n').nth(line - 1).map_or(0, units);
    let _ = area.focus();
    let _ = area.set_selection_range(before, before + own);
}

fn diagnostic(problem: &Problem) -> Diagnostic {
    let (start, end) = (problem.span.start, problem.span.end);
    let hint = if problem.hint.is_empty() { String::new() } else { format!("\n{}", problem.hint) };
    Diagnostic {
        line: start.line as u32,
        column: start.column as u32,
        end_line: end.line as u32,
        end_column: end.column as u32,
        severity: if problem.is_error { Severity::Error } else { Severity::Warning },
        message: problem.text.clone() + &hint,
    }
}

fn completions(text: &str, line: u32, column: u32) -> Vec<Completion> {
    let found = candidates(text, line as usize, column as usize).into_iter();
    found.map(|one| Completion { label: one.label, detail: one.detail, info: one.info, apply: one.apply }).collect()
}

/// The samples, to begin with one.
#[component]
fn Samples() -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let choose = move |sample: &Sample| {
        let before = desk.draft.get_untracked();
        desk.close_lesson();
        desk.lay_out(sample.manifest, sample.scenario, Map::new());
        if before != sample.manifest {
            session.tell(format!("{} Undo in the editor brings back what was there.", sample.about));
        }
    };
    view! {
        <label class="samples">
            <span class="sr-only">"Begin with a sample"</span>
            <select
                on:change:target=move |event| {
                let number = event.target().value().parse::<usize>().ok();
                if let Some(sample) = number.and_then(|number| ALL.get(number)) {
                    choose(sample);
                }
            }
            // The arrow keys go from one to the next; who comes back may begin with any of them again.
            on:blur:target=move |event| event.target().set_value("")>
                <option value="">"Samples…"</option>
                {ALL
                    .iter()
                    .enumerate()
                    .map(|(number, sample)| {
                        view! { <option value=number.to_string() title=sample.about>{sample.title}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

/// How containers behave, and the scenario's other files.
#[component]
pub fn Files() -> impl IntoView {
    let desk = Desk::expect();
    let error = Memo::new(move |_| desk.scenario.with(|text| read_scenario(text).err()));
    let session = Session::expect();
    let names = Memo::new(move |_| desk.files.with(|files| files.keys().cloned().collect::<Vec<_>>()));
    // What commands wrote in the run on screen.
    let made = Memo::new(move |_| {
        let known = names.get();
        let is_new = |name: &&str| *name != Scenario::MANIFEST && !known.iter().any(|known| known == name);
        session.with_run(|run| run.files().names().filter(is_new).map(str::to_owned).collect::<Vec<_>>())
    });
    view! {
        <div class="files">
            <h2>"scenario.yaml"</h2>
            <p>
                "Nobody can run your images in here, so this says how containers behave: the first rule under pods whose match holds decides. Where none does, a container's own command runs, as far as that can be done in here; else it is assumed to run 5 s and to exit 0. It is read when the manifest is run."
            </p>
            <textarea
                aria-label="scenario.yaml"
                aria-describedby="scenario-error"
                spellcheck="false"
                rows="14"
                prop:value=move || desk.scenario.get()
                on:input:target=move |event| desk.scenario.set(event.target().value())
            ></textarea>
            <p id="scenario-error" class="files-error" role="status">{move || error.get()}</p>
            <h2>"Files that commands can read"</h2>
            <p>"manifest.yaml is what the run began with." {move || names.with(Vec::is_empty).then_some(" There is no other.")}</p>
            {move || {
                names
                    .get()
                    .into_iter()
                    .map(|name| {
                        let (shown, written, changed) = (name.clone(), name.clone(), name.clone());
                        view! {
                            <h2>{name.clone()}</h2>
                            <textarea
                                aria-label=name
                                spellcheck="false"
                                rows="8"
                                prop:value=move || desk.files.with(|files| files.get(&shown).cloned().unwrap_or_default())
                                on:input:target=move |event| {
                                    let text = event.target().value();
                                    desk.files.update(|files| drop(files.insert(written.clone(), text)));
                                }
                                on:change:target=move |event| session.write_file(&changed, &event.target().value())
                            ></textarea>
                        }
                    })
                    .collect_view()
            }}
            {move || {
                made.get()
                    .into_iter()
                    .map(|name| {
                        let (shown, changed) = (name.clone(), name.clone());
                        view! {
                            <h2>{name.clone()}</h2>
                            <p>"Written in the terminal."</p>
                            <textarea
                                aria-label=name
                                spellcheck="false"
                                rows="8"
                                prop:value=move || session.with_run(|run| run.files().get(&shown).unwrap_or("").to_owned())
                                on:change:target=move |event| session.write_file(&changed, &event.target().value())
                            ></textarea>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}

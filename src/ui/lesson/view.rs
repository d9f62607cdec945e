//! The lesson: prose, a prediction, the gap between it and the run.

use super::model::{Outcome, follow, outcome, words};
use crate::lessons::{self, Block, Prediction, Progress, Span, prose};
use crate::ui::desk::{Desk, memo};
use crate::ui::later::LaterPanel;
use crate::ui::links::Clock;
use crate::ui::session::{Panel, Session};
use leptos::prelude::*;

/// The lesson: prose, a prediction, the gap between it and the run.
#[component]
pub fn Lesson() -> impl IntoView {
    let desk = Desk::expect();
    view! {
        <Show when=move || desk.lesson.get().is_some() || desk.opening.get() fallback=|| view! { <Picker /> }>
            <LaterPanel panel=|panels| panels.lesson />
        </Show>
    }
}

/// Every lesson, to choose one.
#[component]
fn Picker() -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let card = |(number, lesson): (usize, &lessons::Card)| {
        view! {
                <li>
                    <button type="button" class="lesson-card" on:click=move |_| desk.open_lesson(session, (number, 0))>
                        <span class="lesson-number">{number + 1}</span>
                        <span class="lesson-words">
                            <b>{lesson.title}</b>
                            <span>{lesson.summary}</span>
                        </span>
                    </button>
                </li>
        }
    };
    let cards = lessons::CARDS.iter().enumerate().map(card).collect_view();
    view! {
        <div class="lesson">
            <h2>"Learn by breaking"</h2>
            <p>
                "A whole Kubernetes batch cluster runs in this page. Each lesson asks you what a Job will do, lets it run, and shows where it differs from what you expected."
            </p>
            {Desk::place().map(|(number, step)| {
                view! {
                    <p>
                        <button type="button" class="text-link" on:click=move |_| desk.open_lesson(session, (number, step))>
                            {format!("Go on with lesson {}, step {}", number + 1, step + 1)}
                        </button>
                    </p>
                }
            })}
            <ol class="lesson-list">{cards}</ol>
            <p class="lesson-own">
                "Or bring your own: "
                <button type="button" class="text-link" on:click=move |_| session.show(Panel::Manifest)>
                    "open the manifest"
                </button> ", change it and press Run this."
            </p>
        </div>
    }
}

/// The lesson on the desk; nothing while it is on its way there.
#[component]
pub fn Reader() -> impl IntoView {
    let desk = Desk::expect();
    view! {
        <Show when=move || desk.lesson.get().is_some()>
            <Steps />
        </Show>
    }
}

/// The lesson on the desk, a step at a time.
#[component]
fn Steps() -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let count = move || desk.with_lesson(|lesson| lesson.steps.len()).unwrap_or(0);
    let lessons = desk.with_lessons(<[_]>::len);
    let kicker = move || {
        let order = desk.with_lesson(|lesson| lesson.order).unwrap_or(0);
        format!("Lesson {order} of {lessons} · Step {} of {}", desk.step.get() + 1, count())
    };
    let title = move || desk.with_lesson(|lesson| lesson.title.clone());
    let is_last = move || desk.step.get() + 1 >= count();
    let has_next = move || desk.lesson.get().is_some_and(|number| number + 1 < lessons);
    let top = NodeRef::<leptos::html::H2>::new();
    let to_top = move || {
        request_animation_frame(move || {
            if let Some(top) = top.get_untracked() {
                top.scroll_into_view();
                let _ = top.focus();
            }
        });
    };
    let go_to = move |step: usize| {
        desk.turn_to(step);
        to_top();
    };
    // A lesson is read from its beginning, wherever the list of them was scrolled to.
    Effect::new(move || {
        desk.lesson.track();
        to_top();
    });
    view! {
        <article class="lesson">
            <p class="lesson-kicker">
                <button type="button" class="text-link" on:click=move |_| desk.close_lesson()>
                    "All lessons"
                </button>
                <span>{kicker}</span>
            </p>
            <p class="lesson-title">{title}</p>
            {move || {
                let step = desk.step.get();
                desk.with_lesson(|lesson| lesson.steps.get(step).cloned())
                    .flatten()
                    .map(|found| {
                        let blocks = found
                            .blocks
                            .into_iter()
                            .enumerate()
                            .map(|(number, block)| view! { <BlockView block place=(step, number) /> })
                            .collect_view();
                        view! {
                            <h2 tabindex="-1" node_ref=top>
                                {found.title}
                            </h2>
                            {blocks}
                        }
                    })
            }}
            <Goals />
            <p class="lesson-next">
                <Show when=move || { desk.step.get() > 0 }>
                    <button type="button" class="ghost" on:click=move |_| go_to(desk.step.get_untracked() - 1)>
                        "Back"
                    </button>
                </Show>
                <Show
                    when=move || !is_last()
                    fallback=move || {
                        view! {
                            <Show when=has_next>
                                <button
                                    type="button"
                                    class="primary"
                                    on:click=move |_| {
                                        let number = desk.lesson.get_untracked().unwrap_or(0) + 1;
                                        desk.open_lesson(session, (number, 0));
                                    }
                                >
                                    "Next lesson"
                                </button>
                            </Show>
                        }
                    }
                >
                    <button type="button" class="primary" on:click=move |_| go_to(desk.step.get_untracked() + 1)>
                        "Next step"
                    </button>
                    <button type="button" class="ghost" on:click=move |_| go_to(count().saturating_sub(1))>
                        "Break it yourself"
                    </button>
                </Show>
            </p>
        </article>
    }
}

/// What is to be reached, as the cluster sees it.
#[component]
fn Goals() -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let progress = StoredValue::new((0, 0, Progress::default()));
    let reached = memo(move || {
        let (run_number, loaded) = (session.current(), session.loaded());
        desk.with_lesson(|lesson| {
            session.with_run(|run| {
                progress
                    .try_update_value(|(of_run, of_load, progress)| {
                        // Another run, or one that has been loaded anew, starts over.
                        if (*of_run, *of_load) != (run_number, loaded) {
                            (*of_run, *of_load, *progress) = (run_number, loaded, Progress::default());
                        }
                        follow(progress, &lesson.goals, run);
                        progress.reached.clone()
                    })
                    .unwrap_or_default()
            })
        })
        .unwrap_or_default()
    });
    let hint_is_open = RwSignal::new(false);
    let show_solution = move |_| {
        let solution = desk.with_lesson(|lesson| lesson.solution.clone()).unwrap_or_default();
        if let Some(manifest) = solution.manifest {
            desk.write(manifest.to_owned());
            session.show(Panel::Manifest);
            session.tell("The solution stands in the manifest. Run this starts it.");
        } else if !solution.lines.is_empty() {
            let lines: Vec<String> =
                solution.lines.iter().map(|(at, line)| format!("at {at} s: kubectl {line}")).collect();
            session.tell(format!("One way to get there: {}", lines.join("; ")));
        }
    };
    view! {
        <section class="goals" aria-label="Goals">
            <h3>"Goals, asked of the cluster"</h3>
            <ol>
                {move || {
                    let reached = reached.with(|reached| (**reached).clone());
                    desk.with_lesson(|lesson| {
                        lesson
                            .goals
                            .iter()
                            .enumerate()
                            .map(|(number, goal)| {
                                let at = reached.get(number).copied();
                                view! {
                                    <li class:goal--reached=at.is_some()>
                                        <span class="goal-mark" aria-hidden="true">{if at.is_some() { "✓" } else { "○" }}</span>
                                        <span>
                                            <span class="sr-only">{if at.is_some() { "Reached: " } else { "Open: " }}</span>
                                            <code title=goal.to_string()>{words(goal, &lesson.about)}</code>
                                        </span>
                                        {at.map(|at| view! { <Clock at /> })}
                                    </li>
                                }
                            })
                            .collect_view()
                    })
                }}
            </ol>
            {move || {
                let (watch, all) = desk.with_lesson(|lesson| (lesson.watch, lesson.goals.len())).unwrap_or((true, 0));
                let done = reached.with(|reached| reached.len() >= all);
                match (done, watch) {
                    (true, _) => view! { <p class="goals-done" role="status">"All goals reached."</p> }.into_any(),
                    (false, true) => view! { <p class="goals-hint">"This lesson only wants to be watched."</p> }.into_any(),
                    (false, false) => {
                        view! {
                            <p class="goals-hint">
                                <button
                                    type="button"
                                    class="text-link"
                                    aria-expanded=move || hint_is_open.get().to_string()
                                    on:click=move |_| hint_is_open.update(|open| *open = !*open)
                                >
                                    "Hint"
                                </button>
                                <button type="button" class="text-link" on:click=show_solution>
                                    "Show the solution"
                                </button>
                            </p>
                            <Show when=move || hint_is_open.get()>
                                <p class="goals-hint">{move || desk.with_lesson(|lesson| lesson.hint.clone())}</p>
                            </Show>
                        }
                            .into_any()
                    }
                }
            }}
        </section>
    }
}

/// A command with the names of pods in it that it points at, as soon as there are such pods: what is typed in the end.
fn shown(session: Session, line: &str) -> String {
    if !line.contains("${") {
        return line.to_owned();
    }
    let filled = session.with_run(|run| run.filled_in(line));
    filled.unwrap_or_else(|| line.replace("${", "<").replace('}', ">"))
}

/// A line of a manifest, its key told from its value.
fn yaml_line(text: &str) -> impl IntoView + use<> {
    let start = text.find(|letter: char| letter.is_ascii_alphanumeric()).unwrap_or(text.len());
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let length = text[start..].find(|letter| !is_word(letter)).unwrap_or(0);
    let end = if text[start + length..].starts_with(':') { start + length + 1 } else { start };
    let [before, key, after] = [&text[..start], &text[start..end], &text[end..]].map(str::to_owned);
    view! { {before} <span class="excerpt-key">{key}</span> {after} }
}

/// Words with their marks.
fn spans(spans: &[Span]) -> impl IntoView + use<> {
    let one = |span: &Span| match span.clone() {
        Span::Text(text) => view! { {text} }.into_any(),
        Span::Code(text) => view! { <code>{text}</code> }.into_any(),
        Span::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
        Span::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
    };
    spans.iter().map(one).collect_view()
}

/// A part of a step.
#[component]
fn BlockView(block: Block, place: (usize, usize)) -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    match block {
        Block::Paragraph(words) => view! { <p>{spans(&words)}</p> }.into_any(),
        Block::List(items) => {
            let items = items.iter().map(|item| view! { <li>{spans(item)}</li> }).collect_view();
            view! { <ul>{items}</ul> }.into_any()
        }
        Block::Code(text) => view! { <pre class="code" tabindex="0">{text}</pre> }.into_any(),
        Block::Commands(lines) => {
            let rows = lines
                .into_iter()
                .map(|line| {
                    let typed = line.clone();
                    let shown = Memo::new(move |_| shown(session, &line));
                    view! {
                        <li>
                            <code>{shown}</code>
                            <button
                                type="button"
                                class="small"
                                aria-label=move || format!("Run {}", shown.get())
                                on:click=move |_| {
                                    session.enter(typed.clone());
                                    session.show(Panel::Console);
                                }
                            >
                                "Run"
                            </button>
                        </li>
                    }
                })
                .collect_view();
            view! { <ul class="commands">{rows}</ul> }.into_any()
        }
        Block::File(name) => {
            let text = desk.with_lesson(|lesson| lesson.files.get(&name).cloned()).flatten().unwrap_or_default();
            view! {
                <figure class="excerpt">
                    <figcaption>{name}</figcaption>
                    <pre class="code" tabindex="0">{text}</pre>
                </figure>
            }
            .into_any()
        }
        Block::Manifest(paths) => {
            let excerpt = desk.with_lesson(|lesson| prose::excerpt(lesson.manifest(), &paths)).unwrap_or_default();
            let mut last = None;
            let mut rows = Vec::new();
            for (number, text, wanted) in excerpt {
                if last.is_some_and(|last| number > last + 1) {
                    rows.push(view! { <span class="excerpt-gap">"…\n"</span> }.into_any());
                }
                last = Some(number);
                rows.push(
                    view! { <span class="excerpt-line" class:excerpt-line--wanted=wanted>{yaml_line(&text)} "\n"</span> }
                        .into_any(),
                );
            }
            let field = paths.first().cloned().unwrap_or_default();
            view! {
                <figure class="excerpt">
                    <figcaption>
                        "manifest.yaml"
                        <button type="button" class="text-link" on:click=move |_| desk.point_at(session, &field)>
                            "Show in the editor"
                        </button>
                    </figcaption>
                    <pre class="code" tabindex="0">{rows}</pre>
                </figure>
            }
            .into_any()
        }
        Block::Predict(prediction) => view! { <Predict prediction=*prediction place /> }.into_any(),
    }
}

/// A question before the run, and the gap after it.
#[component]
fn Predict(prediction: Prediction, place: (usize, usize)) -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let asked = spans(&prediction.ask);
    let choices = prediction.choices.clone();
    let field = prediction.field.clone();
    let chosen = move || desk.predicted.with(|predicted| predicted.get(&place).cloned());
    let prediction = StoredValue::new_local(prediction);
    let result = memo(move || {
        session.version();
        let at = session.playhead();
        let given = desk.with_lesson(|lesson| lesson.manifest().to_owned()).unwrap_or_default();
        session.with_run(|run| prediction.with_value(|prediction| outcome(prediction, &given, run, at)))
    });
    let is_answered = move || chosen().is_some();
    let settled = move || match result.with(|result| (**result).clone()) {
        Outcome::Settled(answer) if is_answered() => Some(answer),
        _ => None,
    };
    view! {
        <section class="predict" aria-label="Your prediction" class:predict--settled=move || settled().is_some()>
            <h3>"Your prediction"</h3>
            <p>{asked}</p>
            <div class="choices" role="group" aria-label="Choices">
                {choices
                    .into_iter()
                    .map(|choice| {
                        let (mine, right, taken) = (choice.clone(), choice.clone(), choice.clone());
                        let is_mine = move || chosen().as_ref() == Some(&mine);
                        let pressed = is_mine.clone();
                        view! {
                            <button
                                type="button"
                                class="choice"
                                class:choice--right=move || settled().as_ref() == Some(&right)
                                class:choice--mine=is_mine
                                aria-pressed=move || pressed().to_string()
                                on:click=move |_| desk.predicted.update(|all| drop(all.insert(place, taken.clone())))
                            >
                                {choice}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
            <p class="predict-verdict" role="status">
                {move || match (chosen(), result.with(|result| (**result).clone())) {
                    (None, _) => view! { "Choose before you run on." }.into_any(),
                    (Some(_), Outcome::OtherManifest) => {
                        let edited = prediction.with_value(|prediction| prediction.edited);
                        let words = match edited {
                            true => "Change the manifest and run it to see.",
                            false => "This is about the manifest as it was given: open the lesson anew to see.",
                        };
                        view! { {words} }.into_any()
                    }
                    (Some(_), Outcome::SoFar(answer)) => {
                        let answer = if answer.is_empty() { "not set".to_owned() } else { answer };
                        view! { "Run on to see. So far: " <code>{field.clone()} ": " {answer}</code> }.into_any()
                    }
                    (Some(mine), Outcome::Settled(answer)) if mine == answer => {
                        view! { <b class="predict-right">"As you said: "</b> <code>{field.clone()} ": " {answer}</code> }.into_any()
                    }
                    (Some(mine), Outcome::Settled(answer)) => {
                        view! {
                            <b class="predict-wrong">"You said " {mine} ", the cluster says "</b>
                            <code>{field.clone()} ": " {answer}</code>
                            " "
                            <button type="button" class="text-link" on:click=move |_| desk.ask(session, "failed")>
                                "Why?"
                            </button>
                        }
                            .into_any()
                    }
                }}
            </p>
        </section>
    }
}

//! The console: kubectl at the playhead.

use super::model::{
    Block, History, Origin, Reading, Stream, Text, common_start, in_short, is_long, last_command, merged, read,
    without_prompts,
};
use crate::kubectl::{self, Kubectl};
use crate::recording::{Act, Entry};
use crate::sim::Order;
use crate::terminal::{Machines, is_plain_kubectl};
use crate::ui::desk::memo;
use crate::ui::later::{Later, ShellNotice};
use crate::ui::links::Clock;
use crate::ui::parts::list;
use crate::ui::session::Session;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The id of the field that lines are typed into.
const FIELD: &str = "console-line";

/// The newest so many blocks are shown.
const MOST_BLOCKS: usize = 200;
/// What is said of a line that Ctrl-C found waiting for the shell, and how it ended.
const DROPPED: &str = "[Jobscope] Not run: it waited for the shell when Ctrl-C was pressed.\n";
const INTERRUPTED: i32 = 130;
/// Longer outputs are cut, so that a page of a hundred thousand lines stays quick.
const LONGEST: usize = 200_000;

fn of_entry(number: usize, entry: &Entry) -> Block {
    let (line, is_fault) = match &entry.act {
        Act::Kubectl(line) | Act::Shell(line) => (line.clone(), false),
        Act::Fault(fault) => (fault.to_string(), true),
        Act::Input(text) => (text.trim_end().to_owned(), false),
        Act::Rules(_) => ("containers behave differently from now on".into(), true),
    };
    let text = |output: &kubectl::Output| Text {
        at: output.at,
        stream: match output.stream {
            kubectl::Stream::Out => Stream::Out,
            kubectl::Stream::Err => Stream::Err,
        },
        text: output.text.clone(),
    };
    let texts = entry.output.iter().map(text).collect();
    let (origin, ended) = (Origin::Entry(number), entry.ended);
    Block { origin, at: entry.at, line, is_fault, texts, ended, waits: false, after: number }
}

/// What the console itself has answered, and since when the list is shown.
#[derive(Clone, Copy)]
struct Answers {
    own: RwSignal<Vec<Block>>,
    /// How many entries and reads had been typed when the console was last emptied.
    cleared: RwSignal<(usize, usize)>,
}

/// All blocks as they stood at the playhead.
fn look(session: Session, answers: Answers) -> (Vec<Block>, usize) {
    let at = session.playhead();
    let (entries, reads) = answers.cleared.get();
    let read_blocks = session.reads().into_iter().enumerate().skip(reads).map(|(number, read)| {
        let text = |stream, text| Text { at: read.at, stream, text };
        Block {
            origin: Origin::Read(number),
            at: read.at,
            line: read.line.clone(),
            is_fault: false,
            texts: vec![text(Stream::Out, read.stdout.clone()), text(Stream::Err, read.stderr.clone())],
            ended: Some((read.at, read.code)),
            waits: false,
            after: read.after,
        }
    });
    let mut others: Vec<Block> = read_blocks.chain(answers.own.get()).collect();
    others.order_by_key(|block| block.after);
    session.with_run(|run| {
        let all = run.entries();
        let mut shown: Vec<Block> = all.iter().enumerate().map(|(number, entry)| of_entry(number, entry)).collect();
        let typed = |entry: &Entry| match &entry.act {
            Act::Input(text) => entry.into.map(|into| (entry.at, text.clone(), into)),
            _ => None,
        };
        for (at, text, into) in all.iter().filter_map(typed) {
            shown[into.entry].type_in(at, &text, into.printed);
        }
        for number in run.waiting() {
            shown[number].waits = true;
        }
        let is_own = |number: usize| number >= entries && all[number].into.is_none();
        let blocks: Vec<Block> = merged(shown, others)
            .into_iter()
            .filter(|block| !matches!(block.origin, Origin::Entry(number) if !is_own(number)))
            .filter_map(|block| block.at(at))
            .collect();
        let later = all.iter().filter(|entry| entry.at > at).count();
        let skip = blocks.len().saturating_sub(MOST_BLOCKS);
        (blocks.into_iter().skip(skip).collect(), later)
    })
}

/// The console: kubectl at the playhead.
#[component]
pub fn Console() -> impl IntoView {
    let session = Session::expect();
    let answers = Answers { own: RwSignal::new(Vec::new()), cleared: RwSignal::new((0, 0)) };
    let history = StoredValue::new(History::default());
    let line = RwSignal::new(String::new());
    // What was typed while the shell was on its way.
    let pending = RwSignal::new(Vec::<String>::new());
    let candidates = RwSignal::new(Vec::<String>::new());
    let looked = memo(move || look(session, answers));
    // Once it has had more to show, it keeps the room for it: what lies above does not move with every step in time.
    let long = RwSignal::new(false);
    let log = NodeRef::<leptos::html::Div>::new();
    let shown_run = Memo::new(move |_| (session.loaded(), session.current()));

    // What another scenario's console said is gone with it.
    Effect::new(move |before: Option<u32>| {
        let loaded = session.loaded();
        if before.is_some_and(|before| before != loaded) {
            answers.own.set(Vec::new());
            answers.cleared.set((0, 0));
            long.set(false);
        }
        loaded
    });
    // The newest line is in view.
    let show_newest = move || {
        request_animation_frame(move || {
            if let Some(log) = log.get_untracked() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    };
    Effect::new(move |_| {
        let is_written = line.with(|line| line.contains('\n'));
        let is_offered = candidates.with(|candidates| !candidates.is_empty());
        let has_more = is_written || is_offered || looked.with(|looked| is_long(&looked.0));
        if has_more && !long.get_untracked() {
            long.set(true);
        }
        log.track();
        show_newest();
    });
    let resizes = window_event_listener(leptos::ev::resize, move |_| show_newest());
    on_cleanup(move || resizes.remove());

    let runs = Memo::new(move |_| looked.with(|looked| looked.0.iter().any(Block::is_running)));
    let clear = move || {
        let entries = session.with_run_untracked(|run| run.entries().len());
        answers.own.set(Vec::new());
        answers.cleared.set((entries, session.reads().len()));
        long.set(false);
    };
    let waits = Memo::new(move |_| session.waits_for_play());
    let later = Later::expect();
    let answer = move |line: String, text: String, code: i32| {
        let at = session.with_run_untracked(|run| run.now()).min(untrack(|| session.playhead()));
        let after = session.with_run_untracked(|run| run.entries().len());
        let origin = Origin::Own(answers.own.with_untracked(Vec::len));
        let stream = if code == 0 { Stream::Out } else { Stream::Err };
        let (texts, ended) = (vec![Text { at, stream, text }], Some((at, code)));
        let block = Block { origin, at, line, is_fault: false, texts, ended, waits: false, after };
        answers.own.update(|own| own.push(block));
    };
    let run_line = move |typed: String| {
        if !typed.trim().is_empty() {
            history.update_value(|history| history.add(typed.trim()));
        }
        match history.with_value(|history| read(&typed, history.lines())) {
            Reading::Nothing => {}
            Reading::Clear => clear(),
            Reading::Command(line) => session.enter(line),
            Reading::Answer { text, code } => answer(typed, text, code),
        }
    };
    // What runs is interrupted, what waits is dropped; where there is neither, the line is emptied.
    let press_ctrl_c = move || {
        let dropped = pending.try_update(std::mem::take).unwrap_or_default();
        let none = dropped.is_empty();
        dropped.into_iter().for_each(|line| answer(line, DROPPED.into(), INTERRUPTED));
        if !session.press_ctrl_c() && none {
            line.set(String::new());
        }
    };
    let listens = Memo::new(move |_| session.listener().is_some());
    let type_in = move |end: &str| {
        let typed = line.get_untracked();
        if !typed.trim().is_empty() {
            history.update_value(|history| history.add(typed.trim()));
        }
        line.set(String::new());
        session.type_in(format!("{typed}{end}"));
    };
    let submit = move || {
        let typed = line.get_untracked();
        candidates.set(Vec::new());
        if listens.get_untracked() {
            return type_in("\n");
        }
        line.set(String::new());
        let needs_shell = !is_plain_kubectl(&typed) && matches!(read(&typed, &[]), Reading::Command(_));
        if !needs_shell && pending.with_untracked(Vec::is_empty) {
            return run_line(typed);
        }
        // Whether a line is whole only the shell knows. What is typed until it is there waits in its order.
        pending.update(|pending| pending.push(typed));
        later.programs.then(move |machines: &Machines| {
            let mut whole = String::new();
            for typed in pending.try_update(std::mem::take).unwrap_or_default() {
                whole.push_str(&typed);
                match (machines.is_unfinished)(&whole) {
                    true => whole.push('\n'),
                    false => run_line(std::mem::take(&mut whole)),
                }
            }
            if !whole.is_empty() {
                line.update(|line| line.insert_str(0, &whole));
            }
        });
    };
    let offer = move |typed: String, words: Vec<String>| {
        let start = typed.rfind([' ', '\n', '|', ';', '&', '(']).map_or(0, |at| at + 1);
        match words.as_slice() {
            [] => candidates.set(Vec::new()),
            [only] => {
                line.set(format!("{}{only}{}", &typed[..start], if only.ends_with(['=', '/']) { "" } else { " " }));
                candidates.set(Vec::new());
            }
            several => {
                let common = common_start(several.iter().map(String::as_str));
                if common.len() > typed.len() - start {
                    line.set(format!("{}{common}", &typed[..start]));
                }
                candidates.set(several.to_vec());
            }
        }
    };
    let complete = move |kubectl: &Kubectl| {
        let typed = line.get_untracked();
        let at = untrack(|| session.playhead());
        let command = last_command(&typed).to_owned();
        let word = command.rsplit(' ').next().unwrap_or("").to_owned();
        let is_first = !command.contains(' ');
        let is_kubectl = !is_first && matches!(command.split(' ').next(), Some("kubectl" | "k"));
        let found = session.with_run_untracked(|run| match is_kubectl {
            true => (kubectl.complete)(&command, command.len(), run.storage().at_instant(at), run.namespace()),
            false => Vec::new(),
        });
        let words: Vec<String> = found.into_iter().map(|candidate| candidate.word).collect();
        if !words.is_empty() {
            return offer(typed, words);
        }
        later.programs.then(move |_| {
            session.equip();
            offer(typed, session.complete(&word, is_first));
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let control = event.ctrl_key() && !event.alt_key() && !event.meta_key();
        let selected = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        match event.key().as_str() {
            "Enter" if !event.shift_key() => submit(),
            // In a line of several lines the arrows go from one to the next, and at its ends to other lines.
            "ArrowUp" if has_lines_beside_caret(&event).0 => return,
            "ArrowDown" if has_lines_beside_caret(&event).1 => return,
            "ArrowUp" => {
                let older = history.try_update_value(|history| history.older(&line.get_untracked())).flatten();
                if let Some(older) = older {
                    line.set(older);
                }
            }
            "ArrowDown" => {
                if let Some(newer) = history.try_update_value(History::newer).flatten() {
                    line.set(newer);
                }
            }
            "d" if control && listens.get_untracked() => type_in("\u{4}"),
            // An empty line lets Tab go on to what comes after the console.
            "Tab" if !event.shift_key() && !line.get_untracked().trim().is_empty() => later.kubectl.then(complete),
            "Escape" => return candidates.set(Vec::new()),
            "c" if control && !selected => press_ctrl_c(),
            "l" if control => clear(),
            _ => return,
        }
        event.prevent_default();
    };

    view! {
        <div
            class="console"
            class:console--long=move || long.get()
            on:click=move |event| {
                // A click beside the text goes to the line; one that selects something does not.
                let on_text = event
                    .target()
                    .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                    .is_some_and(|element| element.closest("pre, button, textarea").ok().flatten().is_some());
                if !on_text {
                    crate::ui::parts::focus(FIELD);
                }
            }
        >
            <div class="console-log" role="log" aria-live="polite" aria-label="What was typed and printed" tabindex="0" node_ref=log>
                <Show when=move || looked.with(|looked| looked.0.is_empty())>
                    <p class="empty">"Type a kubectl command, or any line for the shell, or help. What buttons do is typed here as well."</p>
                </Show>
                {list(move || {
                    let item = |block: &Block| {
                        let (loaded, run) = shown_run.get_untracked();
                        let (kind, number) = name_of(block.origin);
                        let (texts, ended) = (block.texts.len(), block.ended.is_some());
                        let key = format!("{loaded} {run} {kind} {number} {texts} {ended} {}", block.waits);
                        let block = block.clone();
                        (key, Box::new(move || view! { <BlockView block /> }.into_any()) as _)
                    };
                    looked.with(|looked| looked.0.iter().map(item).collect())
                })}
                {move || {
                    let later = looked.with(|looked| looked.1);
                    (later > 0)
                        .then(|| {
                            let words = if later == 1 { "1 command lies".to_owned() } else { format!("{later} commands lie") };
                            view! { <p class="empty">{words} " later than the playhead."</p> }
                        })
                }}
            </div>
            {move || {
                let candidates = candidates.get();
                (!candidates.is_empty())
                    .then(|| view! { <p class="candidates" role="status">{candidates.join("  ")}</p> })
            }}
            {move || (!pending.read().is_empty()).then(|| view! { <ShellNotice /> })}
            <div class="console-line">
                <label for=FIELD class="prompt">
                    <Show when=move || listens.get() fallback=move || view! {
                        <span class="folder">{move || session.with_run(|run| run.folder())}</span>
                        " $"
                        <span class="sr-only">" kubectl command"</span>
                    }>
                        "›"
                        <span class="sr-only">" input of the running command"</span>
                    </Show>
                </label>
                <textarea
                    id=FIELD
                    rows=move || line.with(|line| line.matches('\n').count() + 1).min(12).to_string()
                    aria-label=move || if listens.get() { "input of the running command" } else { "kubectl command" }
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="send"
                    placeholder=move || if listens.get() { "what the command reads" } else { "kubectl get pods" }
                    prop:value=move || line.get()
                    on:input:target=move |event| {
                        let typed = event.target().value();
                        line.set(if listens.get_untracked() { typed } else { without_prompts(&typed) });
                        candidates.set(Vec::new());
                    }
                    on:focus=move |_| later.kubectl.need()
                    on:keydown=on_key
                ></textarea>
                {move || {
                    waits.get().then(|| {
                        view! {
                            <span class="still" role="status">"Time stands still."</span>
                            <button
                                type="button"
                                class="small"
                                on:click=move |_| {
                                    session.play();
                                    crate::ui::parts::focus(FIELD);
                                }
                            >
                                "Let time run"
                            </button>
                        }
                    })
                }}
                <Show when=move || runs.get()>
                    <button
                        type="button"
                        class="small"
                        title="Interrupt what runs (Ctrl+C)"
                        on:click=move |_| {
                            press_ctrl_c();
                            crate::ui::parts::focus(FIELD);
                        }
                    >
                        "Interrupt"
                    </button>
                </Show>
            </div>
        </div>
    }
}

/// Whether there are lines above and below the one that the caret is in.
fn has_lines_beside_caret(event: &leptos::ev::KeyboardEvent) -> (bool, bool) {
    let field = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
    let Some(field) = field else { return (false, false) };
    let caret = field.selection_start().ok().flatten().unwrap_or(0) as usize;
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let (before, after) = units.split_at(caret.min(units.len()));
    let breaks = |units: &[u16]| units.contains(&u16::from(b'\n'));
    (breaks(before), breaks(after))
}

/// A name for an origin that no other has.
fn name_of(origin: Origin) -> (u8, usize) {
    match origin {
        Origin::Entry(number) => (0, number),
        Origin::Read(number) => (1, number),
        Origin::Own(number) => (2, number),
    }
}

/// A command and what it printed.
#[component]
fn BlockView(block: Block) -> impl IntoView {
    let session = Session::expect();
    let texts = block.joined();
    let code = block.ended.map(|(_, code)| code);
    let is_past = matches!(block.origin, Origin::Read(_));
    // Prose wraps; tables scroll.
    let is_prose = matches!(block.origin, Origin::Own(_));
    let short = texts.iter().find_map(|(_, text)| in_short(text));
    let Block { at, line, is_fault, waits, .. } = block;
    let shown = texts
        .into_iter()
        .map(|(stream, mut text)| {
            if text.len() > LONGEST {
                let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
                text.truncate(end);
                text.push_str("\n… (cut here)");
            }
            view! { <span class:stderr=stream == Stream::Err class:stdin=stream == Stream::In>{text}</span> }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="block" class:block--fault=is_fault class:block--failed=code.is_some_and(|code| code != 0)>
            <div class="command">
                <span class="prompt" aria-hidden="true">{if is_fault { "⚡" } else { "$" }}</span>
                <code>{line}</code>
                {is_past.then(|| view! { <span class="past">"read in the past"</span> })}
                {code.filter(|code| *code != 0).map(|code| view! { <span class="exit">"exit " {code}</span> })}
                {code.is_none().then(|| {
                    let word = move || match session.is_playing() {
                        _ if waits => "waits its turn",
                        true => "running",
                        false => "waits for Play",
                    };
                    view! { <span class="running">{word}</span> }
                })}
                <Clock at />
            </div>
            {(!shown.is_empty()).then(|| view! { <pre class:prose=is_prose>{shown}</pre> })}
            {short.map(|short| view! { <p class="empty">{short}</p> })}
        </div>
    }
}

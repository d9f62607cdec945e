//! The timeline on the page: a canvas, the playhead over it, and the same in words.

use super::axis::{RowLayout, TimeAxis, comfortable};
use super::fold::Folding;
use super::marks::{Mark, MarkKind};
use super::model::{Head, Model, Row};
use super::paint::{AXIS, LOWEST_NAME, Painter, Picture, STRIP};
use super::phase::Phase;
use super::track;
use crate::api::{Kind, Object, ObjectKey};
use crate::controllers::job::Decision;
use crate::recording::{Act, Run};
use crate::sim::{self, Order, Timestamp};
use crate::ui::cluster::BehaviourButton;
use crate::ui::deed::{acting, acts};
use crate::ui::desk::memo;
use crate::ui::later::Later;
use crate::ui::palette::Palette;
use crate::ui::parts::{Icon, focus_drawer, list, takes_text};
use crate::ui::session::Session;
use crate::ui::transport::clock;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// How many pods the table lists before it only counts them.
const TABLE_LIMIT: usize = 200;

/// Rows of this height are read with ease: what is over makes room for them.
const EASY: f64 = 24.0;
/// Rows that were opened by hand are not lower than this, unless there are more of them than anybody would scroll through.
const LOW: f64 = 20.0;
const MOST_LOW: u64 = 500;

/// How often the picture is put into words while it changes.
const CALM: Duration = Duration::from_millis(700);

/// The time axis that the timeline and the counters share.
#[derive(Clone, Copy)]
pub struct Scale {
    pub axis: RwSignal<TimeAxis>,
    /// Whether the axis follows the run so that all of it is visible.
    pub fit: RwSignal<bool>,
    /// How wide the column of labels before the plot is.
    pub gutter: RwSignal<f64>,
}

impl Scale {
    /// A scale that shows the beginning of the session's run.
    pub fn new(session: Session) -> Self {
        let zero = session.with_run_untracked(Run::start);
        let axis = TimeAxis::new(zero, comfortable(Duration::ZERO), 600.0);
        Self { axis: RwSignal::new(axis), fit: RwSignal::new(true), gutter: RwSignal::new(112.0) }
    }

    /// Changes the axis by hand; it no longer follows by itself.
    fn adjust(self, change: impl FnOnce(&mut TimeAxis)) {
        self.fit.set(false);
        self.axis.update(change);
    }

    fn zoom(self, x: f64, factor: f64) {
        self.adjust(|axis| axis.zoom(x, factor));
    }

    fn zoom_middle(self, factor: f64) {
        self.adjust(|axis| axis.zoom(axis.width() / 2.0, factor));
    }

    fn pan(self, share: f64) {
        self.adjust(|axis| axis.pan(axis.width() * share));
    }
}

/// What a pointer that is down does.
#[derive(Clone, Copy, PartialEq)]
enum Drag {
    /// Moves the playhead.
    Scrub,
    /// Moves the picture; so far it has come from here.
    Pan { x: f64, y: f64, moved: bool },
    /// Marks a stretch of time to look at closer; it began here.
    Brush { x: f64 },
    /// Two fingers, so far apart.
    Pinch { apart: f64 },
}

/// The timeline of the run on screen.
#[component]
pub fn Timeline() -> impl IntoView {
    let session = Session::expect();
    let (scale, later): (Scale, _) = (expect_context(), Later::expect());
    let body = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let hovered = RwSignal::new(None::<(usize, f64, f64)>);
    // The stretch that is being marked: its left edge and its width.
    let brush = RwSignal::new(None::<(f64, f64)>);
    let row_zoom = RwSignal::new(1.0_f64);
    let scroll = RwSignal::new(0.0_f64);
    let as_text = RwSignal::new(false);
    let folding = RwSignal::new(Folding::default());
    let model = StoredValue::new_local(Model::default());
    let stamp = RwSignal::new(0_u64);
    let source = StoredValue::new((0_u32, usize::MAX));

    // Processes end out of sight without a word to the API server.
    let sights = Memo::new(move |_| {
        session.edge();
        session.with_run(|run| run.cluster().kubelets().sights())
    });
    // Read what is new in the run, and let the axis follow.
    Effect::new(move || {
        let now = (session.loaded(), session.current());
        let is_other = source.get_value() != now;
        if is_other {
            let is_new = source.get_value().0 != now.0;
            source.set_value(now);
            model.set_value(Model::default());
            folding.set(Folding::default());
            if is_new {
                scale.fit.set(true);
                row_zoom.set(1.0);
                scroll.set(0.0);
            }
        }
        let mut changed = is_other;
        sights.track();
        let (zero, edge) = session.with_run(|run| {
            model.update_value(|model| {
                model.due_times = later.kubectl.get_untracked().map(|kubectl| kubectl.cluster.due_times);
                changed |= model.update(run.storage());
                changed |= model.learn(run.cluster().kubelets());
            });
            (run.start(), run.now())
        });
        let (selected, (_, height)) = (session.selection(), size.get());
        let mut folds = folding.get();
        folds.room = ((height - AXIS - STRIP) / EASY).max(1.0) as u64;
        model.update_value(|model| {
            if model.tracks.len() > 1 {
                let pod = selected.and_then(|key| model.bar_named(&key.namespace, &key.name));
                folds.wanted = pod.map(|bar| model.bars[bar].track);
            }
            changed |= height > 0.0 && model.fold(&folds);
        });
        if changed {
            stamp.update(|stamp| *stamp += 1);
        }
        let mut axis = scale.axis.get_untracked();
        axis.zero = zero;
        if scale.fit.get() {
            axis.show(0.0, comfortable(edge.since(zero)).as_secs_f64() * 1000.0);
        } else if session.is_playing_untracked() {
            axis.reveal(session.playhead());
        }
        if axis != scale.axis.get_untracked() {
            scale.axis.set(axis);
        }
    });

    // The plot's size is the page's affair.
    Effect::new(move || {
        let Some(element) = body.get() else { return };
        let measured = element.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            let (width, height) = (f64::from(measured.client_width()), f64::from(measured.client_height()));
            if size.get_untracked() == (width, height) || width == 0.0 {
                return;
            }
            let gutter = if width < 480.0 { 44.0 } else { 116.0 };
            size.set((width, height));
            scale.gutter.set(gutter);
            scale.axis.update(|axis| axis.resize(width - gutter - 8.0));
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&element);
        }
        on_resize.forget();
    });

    let layout = move || {
        let (_, height) = size.get();
        stamp.track();
        let (rows, view) = (model.with_value(Model::rows), (height - AXIS - STRIP).max(1.0));
        // What somebody opened is there to be read, and rather scrolled than squeezed.
        let is_opened = rows <= MOST_LOW && folding.with(Folding::is_opened);
        let least = if is_opened { LOW * rows as f64 / view } else { 1.0 };
        RowLayout::new(rows, view, row_zoom.get().max(least), scroll.get())
    };
    let layout = Memo::new(move |_| layout());

    // One picture per frame at most, whatever has changed.
    let painter = StoredValue::new_local(None::<Painter>);
    let palette = StoredValue::new_local((None, Palette::read()));
    let draw = move || {
        let (width, height) = size.get_untracked();
        let mut again = None;
        if width == 0.0 {
            return again;
        }
        let dark = session.is_dark_untracked();
        palette.update_value(|palette| {
            if palette.0 != Some(dark) {
                *palette = (Some(dark), Palette::read());
            }
        });
        let playhead = session.playhead_untracked();
        let selected = session.selection_untracked();
        model.with_value(|model| {
            palette.with_value(|(_, palette)| {
                session.with_run_untracked(|run| {
                    let picture = Picture {
                        model,
                        axis: scale.axis.get_untracked(),
                        layout: layout.get_untracked(),
                        gutter: scale.gutter.get_untracked(),
                        playhead,
                        edge: run.now(),
                        jobs: jobs_at(model, run, playhead),
                        marks: marks(model, run, &scale.axis.get_untracked()),
                        decisions: decisions(model, run),
                        hovered: hovered.get_untracked().map(|(bar, ..)| bar),
                        selected: selected.and_then(|key| model.bar_named(&key.namespace, &key.name)),
                        palette,
                    };
                    painter.update_value(|painter| {
                        if painter.is_none() {
                            *painter = canvas.get_untracked().and_then(Painter::new);
                        }
                        if let Some(painter) = painter {
                            let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
                            again = painter.paint(&picture, width, height, ratio, stamp.get_untracked());
                        }
                    });
                });
            });
        });
        again
    };
    let scheduled = StoredValue::new(false);
    // Counts up when the picture can be made sharper than it was painted.
    let sharper = RwSignal::new(0_u32);
    let waits = StoredValue::new(false);
    Effect::new(move || {
        stamp.track();
        scale.axis.track();
        scale.gutter.track();
        size.track();
        layout.track();
        hovered.track();
        session.playhead();
        session.edge();
        session.selection();
        session.is_dark();
        session.is_playing();
        as_text.track();
        sharper.track();
        if !scheduled.get_value() {
            scheduled.set_value(true);
            request_animation_frame(move || {
                scheduled.set_value(false);
                if let Some(again) = draw().filter(|_| !waits.get_value()) {
                    waits.set_value(true);
                    let paint_again = move || {
                        waits.set_value(false);
                        sharper.update(|count| *count += 1);
                    };
                    set_timeout(paint_again, Duration::from_secs_f64(again / 1000.0));
                }
            });
        }
    });

    // --- Pointers ----------------------------------------------------------------------------------------------------

    let drag = StoredValue::new(None::<Drag>);
    let fingers = StoredValue::new(Vec::<(i32, f64)>::new());
    let place = move |event: &ev::MouseEvent| {
        let bounds = body.get_untracked().map(|element| element.get_bounding_client_rect());
        let (left, top) = bounds.map_or((0.0, 0.0), |bounds| (bounds.left(), bounds.top()));
        (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top)
    };
    let at = move |x: f64| scale.axis.get_untracked().at(x - scale.gutter.get_untracked());
    let bar_at = move |x: f64, y: f64| {
        if y < AXIS || y > size.get_untracked().1 - STRIP || x < scale.gutter.get_untracked() {
            return None;
        }
        let row = layout.get_untracked().row_at(y - AXIS)?;
        let slack = Duration::from_secs_f64(4.0 / scale.axis.get_untracked().scale() / 1000.0);
        let edge = session.with_run_untracked(Run::now);
        model.with_value(|model| model.bar_at(row, at(x), slack, edge))
    };
    let select_bar = move |bar: usize| {
        let key = model.with_value(|model| {
            let bar = model.bars.get(bar)?;
            Some(ObjectKey::new(Kind::Pod, bar.namespace.clone(), bar.pod.clone()))
        });
        session.select(key);
    };
    let apart = move || {
        fingers.with_value(|fingers| match fingers[..] {
            [(_, a), (_, b), ..] => Some((a - b).abs().max(1.0)),
            _ => None,
        })
    };
    let on_down = move |event: ev::PointerEvent| {
        if event.button() != 0 {
            return;
        }
        let (x, y) = place(&event);
        if let Some(element) = body.get_untracked() {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        fingers.update_value(|fingers| fingers.push((event.pointer_id(), x)));
        let next = match apart() {
            Some(apart) => Drag::Pinch { apart },
            None if event.shift_key() && x >= scale.gutter.get_untracked() => Drag::Brush { x },
            None if y < AXIS => Drag::Scrub,
            None => Drag::Pan { x, y, moved: false },
        };
        if next == Drag::Scrub {
            session.seek(at(x));
        }
        drag.set_value(Some(next));
    };
    let on_move = move |event: ev::PointerEvent| {
        let (x, y) = place(&event);
        fingers.update_value(|fingers| {
            for finger in fingers.iter_mut().filter(|finger| finger.0 == event.pointer_id()) {
                finger.1 = x;
            }
        });
        match drag.get_value() {
            None => {
                let found = bar_at(x, y).map(|bar| (bar, x, y));
                if found.is_some() || hovered.get_untracked().is_some() {
                    hovered.set(found);
                }
            }
            Some(Drag::Scrub) => session.seek(at(x)),
            Some(Drag::Brush { x: from }) => {
                let (gutter, width) = (scale.gutter.get_untracked(), size.get_untracked().0);
                let x = x.clamp(gutter, width);
                brush.set(Some((from.min(x), (x - from).abs())));
            }
            Some(Drag::Pan { x: from_x, y: from_y, moved }) => {
                if !moved && (x - from_x).abs() < 5.0 && (y - from_y).abs() < 5.0 {
                    return;
                }
                hovered.set(None);
                if (x - from_x).abs() > 0.0 {
                    scale.adjust(|axis| axis.pan(x - from_x));
                }
                if event.pointer_type() != "touch" || layout.get_untracked().overflow() > 0.0 {
                    scroll.set((layout.get_untracked().scroll - (y - from_y)).max(0.0));
                }
                drag.set_value(Some(Drag::Pan { x, y, moved: true }));
            }
            Some(Drag::Pinch { apart: before }) => {
                let Some(now) = apart() else { return };
                let middle = fingers.with_value(|fingers| fingers.iter().map(|finger| finger.1).sum::<f64>() / 2.0);
                scale.zoom(middle - scale.gutter.get_untracked(), now / before);
                drag.set_value(Some(Drag::Pinch { apart: now }));
            }
        }
    };
    let on_up = move |event: ev::PointerEvent| {
        let (x, y) = place(&event);
        fingers.update_value(|fingers| fingers.retain(|finger| finger.0 != event.pointer_id()));
        if let Some((from, width)) = brush.get_untracked() {
            brush.set(None);
            if width > 4.0 {
                let gutter = scale.gutter.get_untracked();
                scale.adjust(|axis| axis.show_between(from - gutter, from + width - gutter));
            }
        }
        if let Some(Drag::Pan { moved: false, .. }) = drag.get_value() {
            match bar_at(x, y) {
                Some(bar) => select_bar(bar),
                None if x >= scale.gutter.get_untracked() => session.seek(at(x)),
                None => {}
            }
        }
        drag.set_value(None);
    };
    let on_wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let (x, y) = place(&event);
        let lines = if event.delta_mode() == 1 { 16.0 } else { 1.0 };
        let (dx, dy) = (event.delta_x() * lines, event.delta_y() * lines);
        let rows = layout.get_untracked();
        let gutter = scale.gutter.get_untracked();
        if event.shift_key() || dx.abs() > dy.abs() {
            scale.adjust(|axis| axis.pan(-(if dx == 0.0 { dy } else { dx })));
        } else if x < gutter || event.alt_key() {
            // Over the labels the wheel zooms rows, around the row under the pointer.
            let anchor = (y - AXIS + rows.scroll) / rows.height;
            row_zoom.update(|zoom| *zoom = (*zoom * (-dy * 0.004).exp()).clamp(1.0, 1e6));
            let height = layout.get_untracked().height;
            scroll.set((anchor * height - (y - AXIS)).max(0.0));
        } else if rows.overflow() > 0.0 && !event.ctrl_key() {
            scroll.set((rows.scroll + dy).clamp(0.0, rows.overflow()));
        } else {
            scale.zoom(x - gutter, (-dy * 0.002).exp());
        }
    };

    // --- Keys --------------------------------------------------------------------------------------------------------

    let step_selection = move |down: bool| {
        let next = model.with_value(|model| {
            let selected = session.selection_untracked();
            let current = selected.and_then(|key| model.bar_named(&key.namespace, &key.name));
            let edge = session.playhead_untracked();
            let row = current.map(|bar| model.row_of(model.bars[bar].track, model.bars[bar].lane));
            let rows: Vec<u64> = match (row, down) {
                (None, _) => (0..model.rows().min(10_000)).collect(),
                (Some(row), true) => (row + 1..model.rows().min(row + 10_000)).collect(),
                (Some(row), false) => (row.saturating_sub(10_000)..row).rev().collect(),
            };
            rows.into_iter().find_map(|row| {
                let Some(Row::Lane { track, lane }) = model.row(row) else { return None };
                let found = model.lane(track, lane).rev().find(|(_, bar)| bar.created() <= edge);
                found.map(|(bar, _)| (bar, row))
            })
        });
        if let Some((bar, row)) = next {
            select_bar(bar);
            let rows = layout.get_untracked();
            let top = row as f64 * rows.height;
            scroll.set(rows.scroll.clamp((top + rows.height - rows.view).max(0.0), top));
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "ArrowLeft" => scale.pan(0.15),
            "ArrowRight" => scale.pan(-0.15),
            "ArrowDown" => step_selection(true),
            "ArrowUp" => step_selection(false),
            "Escape" => session.select(None),
            key @ ("PageUp" | "PageDown") if layout.get_untracked().overflow() > 0.0 => {
                let rows = layout.get_untracked();
                let page = if key == "PageUp" { -0.8 } else { 0.8 };
                scroll.set((rows.scroll + rows.view * page).clamp(0.0, rows.overflow()));
            }
            // Not from the name of a Job, which has its own.
            "Enter" if event.target() == event.current_target() => focus_drawer(),
            _ => return,
        }
        event.prevent_default();
    };
    let keys = window_event_listener(ev::keydown, move |event| {
        if takes_text(event.target()) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "w" | "+" | "=" => scale.zoom_middle(1.4),
            "s" | "-" => scale.zoom_middle(1.0 / 1.4),
            "a" => scale.pan(0.15),
            "d" => scale.pan(-0.15),
            "f" => {
                row_zoom.set(1.0);
                scroll.set(0.0);
                scale.fit.set(true);
            }
            _ => {}
        }
    });
    on_cleanup(move || keys.remove());
    let on_playhead_key = move |event: ev::KeyboardEvent| {
        let (now, visible) = (session.playhead_untracked(), scale.axis.get_untracked().visible());
        let step = if event.shift_key() { Duration::from_secs(10) } else { Duration::from_secs(1) };
        let page = Duration::from_secs_f64((visible.end - visible.start) / 10_000.0);
        match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => session.seek(now + step),
            "ArrowLeft" | "ArrowDown" => session.seek(now - step),
            "PageUp" => session.seek(now + page),
            "PageDown" => session.seek(now - page),
            "Home" => session.seek_start(),
            "End" => session.seek_edge(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };

    // --- Words -------------------------------------------------------------------------------------------------------

    // Not on every frame: a screen reader would never come to an end.
    let calm = RwSignal::new(session.playhead_untracked());
    let calms = StoredValue::new(false);
    Effect::new(move || {
        stamp.track();
        session.playhead();
        if !calms.get_value() {
            calms.set_value(true);
            let look = move || {
                calms.set_value(false);
                calm.set(session.playhead_untracked());
            };
            // The first picture is said at once.
            set_timeout(look, if stamp.get_untracked() > 1 { CALM } else { Duration::ZERO });
        }
    });
    let sentence = Memo::new(move |_| {
        let at = calm.get();
        model.with_value(|model| model.sentence(at))
    });
    let seen = Memo::new(move |_| {
        stamp.track();
        model.with_value(Model::phases_seen)
    });
    let truths = Memo::new(move |_| {
        stamp.track();
        model.with_value(Model::truths_seen)
    });
    let title = Memo::new(move |_| {
        stamp.track();
        model.with_value(|model| match &model.tracks[..] {
            [track] if track.is_indexed() => "Pods by index",
            [track] if track.job.is_some() => "Pods by slot",
            _ => "Pods",
        })
    });
    let is_empty = Memo::new(move |_| {
        stamp.track();
        model.with_value(|model| model.tracks.is_empty())
    });
    let heads = memo(move || {
        stamp.track();
        let at = session.playhead();
        model.with_value(|model| model.heads(at))
    });
    let playhead_x = move || scale.gutter.get() + scale.axis.get().x(session.playhead());
    let is_playhead_visible = move || {
        let x = scale.axis.get().x(session.playhead());
        x >= -1.0 && x <= scale.axis.get().width() + 9.0
    };
    let tooltip = move || {
        let (bar, x, y) = hovered.get()?;
        let zero = session.with_run_untracked(Run::start);
        let lines = model.with_value(|model| model.describe(bar, session.playhead(), zero))?;
        let (width, height) = size.get();
        let (left, below) = (x.min(width - 240.0).max(0.0), y < height / 2.0);
        let place = if below { format!("top: {}px", y + 18.0) } else { format!("bottom: {}px", height - y + 10.0) };
        let mut lines = lines.into_iter();
        let name = lines.next();
        Some(view! {
            <div class="tip" style=format!("left: {left}px; {place}") aria-hidden="true">
                <code>{name}</code>
                {lines.map(|line| view! { <span>{line}</span> }).collect_view()}
            </div>
        })
    };
    let span = move || {
        let visible = scale.axis.get().visible();
        let seconds = ((visible.end - visible.start) / 1000.0).round() as u64;
        let span = match seconds {
            0..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds / 60),
            _ => format!("{} h", seconds / 3600),
        };
        if scale.fit.get() { format!("fit · {span}") } else { span }
    };

    view! {
            <div class="tl-head">
                <h2>{title}</h2>
                <Legend seen truths />
                <div class="tl-tools">
                    <button type="button" class="ghost tl-fit" title="Show all of it (F)" on:click=move |_| {
                        row_zoom.set(1.0);
    scroll.set(0.0);
                        scale.fit.set(true);
                    }>{span}</button>
                    <button type="button" class="ghost square" aria-label="Look from further away" title="Look from further away (S)" on:click=move |_| scale.zoom_middle(1.0 / 1.5)>
                        <Icon path="M3.5 8h9" />
                    </button>
                    <button type="button" class="ghost square" aria-label="Look closer" title="Look closer (W)" on:click=move |_| scale.zoom_middle(1.5)>
                        <Icon path="M3.5 8h9M8 3.5v9" />
                    </button>
                    <BehaviourButton />
                    <button
                        type="button"
                        class="ghost square"
                        aria-label="Read as text"
                        title="Read as text"
                        aria-pressed=move || as_text.get().to_string()
                        on:click=move |_| as_text.update(|on| *on = !*on)
                    >
                        <Icon path="M3 4h10M3 8h10M3 12h6" />
                    </button>
                </div>
            </div>
            <p class="sr-only">{sentence}</p>
            <div class="tl-frame">
                <div
                    class="tl-body"
                    class:tl-body--tall=move || { layout.get().overflow() > 0.0 }
                    node_ref=body
                    tabindex="0"
                    role="group"
                    aria-label="Timeline. Up and down select pods, Enter goes to the pod, left and right move, W and S zoom, F shows all."
                    on:pointerdown=on_down
                    on:pointermove=on_move
                    on:pointerup=on_up
                    on:pointercancel=move |_| {
                        brush.set(None);
                        fingers.set_value(Vec::new());
                        drag.set_value(None);
                    }
                    on:pointerleave=move |_| hovered.set(None)
                    on:wheel=on_wheel
                    on:keydown=on_key
                >
                    <canvas node_ref=canvas aria-hidden="true"></canvas>
                    {list(move || {
                        let item = |head: &Head| {
                            let Head { track, row, title, words, is_open, .. } = head;
                            let key = format!("{} {row} {title} {words} {is_open}", track.map_or(-1, i64::from));
                            let head = head.clone();
                            (key, Box::new(move || view! { <Name head layout folding /> }.into_any()) as _)
                        };
                        heads.with(|heads| heads.iter().map(item).collect())
                    })}
                    <div
                        class="playhead"
                        hidden=move || !is_playhead_visible()
                        style:transform=move || format!("translateX({:.1}px)", playhead_x())
                        role="slider"
                        tabindex="0"
                        aria-label="Playhead"
                        aria-orientation="horizontal"
                        aria-valuemin="0"
                        aria-valuemax=move || session.with_run(|run| run.now().since(run.start()).as_millis().to_string())
                        aria-valuenow=move || session.elapsed().as_millis().to_string()
                        aria-valuetext=move || format!("T+{}", clock(session.elapsed()))
                        on:keydown=on_playhead_key
                    ></div>
                    {move || {
                        brush.get().map(|(left, width)| {
                            view! { <div class="brush" style=format!("left: {left}px; width: {width}px") aria-hidden="true"></div> }
                        })
                    }}
                    {tooltip}
                    <Show when=move || is_empty.get()>
                        <p class="tl-empty empty">"There is neither a Job nor a pod. Run a manifest, choose a lesson, or create one in the console."</p>
                    </Show>
                </div>
                <Show when=move || as_text.get()>
                    <Table model stamp on_select=Callback::new(select_bar) />
                </Show>
            </div>
        }
}

/// The name of a track, or of those that share a row, which opens it or folds it.
#[component]
fn Name(head: Head, layout: Memo<RowLayout>, folding: RwSignal<Folding>) -> impl IntoView {
    let session = Session::expect();
    let Head { track, row, title, words, is_open, job } = head;
    let job = StoredValue::new_local(job);
    let is_selected = move || job.with_value(|job| job.as_ref().is_some_and(|job| session.is_selected(job)));
    // One that is not wholly in sight must not get the focus: the browser would scroll to it, past the canvas.
    let is_hidden = move || {
        let (rows, y) = (layout.get(), layout.get().y(row));
        rows.height < LOWEST_NAME || y < -1.0 || y + rows.height > rows.view + 1.0
    };
    let place = move || {
        let rows = layout.get();
        format!("top: {:.1}px; height: {:.1}px", AXIS + rows.y(row), rows.height)
    };
    let toggle = move |_| {
        folding.update(|folding| match track {
            Some(track) => drop(folding.chosen.insert(track, !is_open)),
            None => folding.shows_older = !is_open,
        });
        // Status and the others speak of what was opened.
        match (is_open, untrack(is_selected)) {
            (false, _) => session.select(job.get_value()),
            (true, true) => session.select(None),
            (true, false) => {}
        }
    };
    view! {
        <button
            type="button"
            class="tl-name"
            class:tl-name--selected=is_selected
            id=format!("name-{}", track.map_or("older".to_owned(), |track| track.to_string()))
            hidden=is_hidden
            style=place
            title=if is_open { "Fold to one row" } else { "Show its rows and its status" }
            aria-expanded=is_open.to_string()
            on:pointerdown=|event| event.stop_propagation()
            on:click=toggle
        >
            <span>{title}</span>
            " "
            <em>{words}</em>
        </button>
    }
}

/// What colours and forms mean: the usual ones, and whatever else there is to see.
#[component]
fn Legend(seen: Memo<sim::Set<Phase>>, truths: Memo<[bool; 2]>) -> impl IntoView {
    let keys = [
        ("starting", "starting", None),
        ("running", "running", None),
        ("succeeded", "succeeded", None),
        ("failed", "failed", None),
        ("wait", "back-off", Some(Phase::Failed)),
        ("terminating", "terminating", Some(Phase::Terminating)),
        ("ignored", "not counted", Some(Phase::Ignored)),
    ];
    view! {
        <ul class="legend" aria-label="Legend">
            {keys
                .map(|(class, word, only_with)| {
                    let hidden = move || only_with.is_some_and(|phase| !seen.read().contains(&phase));
                    view! { <li hidden=hidden><i class=format!("key key--{class}") aria-hidden="true"></i>{word}</li> }
                })}
            {[("unseen", "runs unseen"), ("hollow", "ended unseen")]
                .into_iter()
                .enumerate()
                .map(|(place, (class, word))| {
                    let hidden = move || !truths.get()[place];
                    view! { <li hidden=hidden><i class=format!("key key--{class}") aria-hidden="true"></i>{word}</li> }
                })
                .collect_view()}
        </ul>
    }
}

/// The picture as a table.
#[component]
fn Table(model: StoredValue<Model, LocalStorage>, stamp: RwSignal<u64>, on_select: Callback<usize>) -> impl IntoView {
    let session = Session::expect();
    let rows = Memo::new(move |_| {
        stamp.track();
        let zero = session.with_run_untracked(Run::start);
        model.with_value(|model| model.table(session.playhead(), zero, TABLE_LIMIT))
    });
    view! {
        <div class="tl-table" tabindex="0" role="region" aria-label="The timeline as a table">
            <table>
                <caption class="sr-only">"Every pod at the playhead"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Pod"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"Node"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        let rows = rows.get().into_iter();
                        rows.map(|row| {
                            view! {
                                <tr>
                                    <td>{row.place}</td>
                                    <td>
                                        <button type="button" class="link" on:click=move |_| on_select.run(row.bar)>{row.pod}</button>
                                    </td>
                                    <td>{row.state}</td>
                                    <td>{row.from}</td>
                                    <td>{row.to}</td>
                                    <td>{row.node}</td>
                                </tr>
                            }
                        })
                        .collect_view()
                    }}
                </tbody>
            </table>
            <Show when=move || rows.read().len() == TABLE_LIMIT>
                <p class="empty">"Only the first pods are listed. "<code>"kubectl get pods"</code>" lists all of them."</p>
            </Show>
        </div>
    }
}

/// Each track's Job as it stood at an instant.
fn jobs_at(model: &Model, run: &Run, at: Timestamp) -> Vec<Option<std::rc::Rc<crate::api::Job>>> {
    let view = run.storage().at_instant(at);
    let of = |track: &track::Track| {
        let job = track.job.as_ref()?;
        let key = ObjectKey::new(Kind::Job, job.metadata.namespace.clone(), job.metadata.name.clone());
        view.get(&key).and_then(Object::into_job)
    };
    model.tracks.iter().map(of).collect()
}

/// What the Job controller has decided about each track's Job.
fn decisions<'a>(model: &Model, run: &'a Run) -> Vec<&'a [Decision]> {
    let controller = run.cluster().job_controller();
    let of = |track: &track::Track| track.job.as_ref().map_or(&[][..], |job| controller.decisions(job.metadata.uid));
    model.tracks.iter().map(of).collect()
}

/// What was done and what it came to, as marks. What was refused has come to nothing.
fn marks(model: &Model, run: &Run, axis: &TimeAxis) -> Vec<Mark> {
    let acts = run.entries().iter().filter(|entry| entry.at > run.start()).filter_map(|entry| {
        let text = match &entry.act {
            act if !acts(act) || entry.ended.is_some_and(|(_, code)| code != 0) => return None,
            Act::Kubectl(line) | Act::Shell(line) => acting(line).unwrap_or(line).to_owned(),
            Act::Fault(fault) => fault.to_string(),
            Act::Input(_) => return None,
            Act::Rules(_) => "other behaviour of the containers".into(),
        };
        Some(Mark { at: entry.at, kind: MarkKind::Action, of: crate::api::Text::EMPTY, text })
    });
    let mut marks: Vec<Mark> = model.conditions.iter().cloned().chain(acts).chain(model.limits()).collect();
    if model.tracks.len() > 1 {
        for mark in marks.iter_mut().filter(|mark| !mark.of.is_empty()) {
            mark.text = format!("{}: {}", mark.of, mark.text);
        }
    }
    marks.extend(model.schedules(axis.at(0.0), axis.at(axis.width()), run.now()));
    marks.order_by_key(|mark| mark.at);
    marks
}

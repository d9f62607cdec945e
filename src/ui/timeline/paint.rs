//! Draws the timeline's picture on a canvas. It decides nothing: what there is to draw is in the model and the axis.

use super::axis::{RowLayout, TimeAxis};
use super::heat::Heat;
use super::marks::{Mark, MarkKind};
use super::model::{Model, Row, retry_due};
use super::phase::Phase;
use super::track::{Bar, Wait};
use super::truth;
use crate::api::Job;
use crate::controllers::job::Decision;
use crate::node::Truth;
use crate::sim::Timestamp;
use crate::ui::palette::{Palette, rgb};
use crate::ui::session::wall_clock;
use leptos::prelude::document;
use std::time::Duration;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// How high the axis is.
pub const AXIS: f64 = 28.0;
/// How high the strip below the rows is, where the marks have their words: two lines of them.
pub const STRIP: f64 = 34.0;
/// From this row height on, the name of a track fits in.
pub const LOWEST_NAME: f64 = 9.0;
/// From this row height on, rows have words in them.
const ROOMY: f64 = 18.0;
/// From one diagonal of a hatching to the next, in pixels.
const HATCH: f64 = 7.0;
/// The words of a mark are cut after so many characters.
const LONGEST_MARK: usize = 60;
/// How high the strip of a row is that stands for a whole Job.
const STRIP_HEIGHT: f64 = 4.0;
/// Below this row height, rows melt into a heat map.
const TINY: f64 = 2.0;

/// Everything that one picture is made of.
pub struct Picture<'a> {
    pub model: &'a Model,
    pub axis: TimeAxis,
    pub layout: RowLayout,
    /// How wide the column of row labels is.
    pub gutter: f64,
    pub playhead: Timestamp,
    pub edge: Timestamp,
    /// Each track's Job at the playhead.
    pub jobs: Vec<Option<std::rc::Rc<Job>>>,
    pub marks: Vec<Mark>,
    /// What the Job controller has decided, for each track.
    pub decisions: Vec<&'a [Decision]>,
    pub hovered: Option<usize>,
    pub selected: Option<usize>,
    pub palette: &'a Palette,
}

/// A canvas, its scale, and the heat map that is kept between frames.
pub struct Painter {
    canvas: HtmlCanvasElement,
    ctx: CanvasRenderingContext2d,
    heat: Option<(HtmlCanvasElement, HeatKey)>,
    /// When the heat map was made, and how long that took, in milliseconds.
    made: f64,
    took: f64,
}

/// A heat map may take this share of the time; in between, the one there is stands in, moved and stretched.
const HEAT_SHARE: f64 = 0.1;
/// One that is made as fast as this (milliseconds) is made for every frame.
const QUICK: f64 = 4.0;

/// What a heat map depends on, besides the pods.
#[derive(Clone, Copy, Debug, PartialEq)]
struct HeatKey {
    axis: TimeAxis,
    layout: RowLayout,
    stamp: u64,
    /// The column of pixels up to which outcomes last, also while no pod changes.
    edge: i64,
}

impl Painter {
    /// A painter for this canvas; none if the browser has no 2D canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let ctx = canvas.get_context("2d").ok().flatten()?.dyn_into().ok()?;
        Some(Self { canvas, ctx, heat: None, made: 0.0, took: 0.0 })
    }

    /// Draws the whole picture on a canvas of this many CSS pixels. `stamp` changes when the pods did. If the picture is
    /// not as sharp as it could be, the answer is after how many milliseconds it is worth painting again.
    pub fn paint(&mut self, picture: &Picture<'_>, width: f64, height: f64, ratio: f64, stamp: u64) -> Option<f64> {
        let (pixels_wide, pixels_high) = ((width * ratio).round() as u32, (height * ratio).round() as u32);
        if self.canvas.width() != pixels_wide || self.canvas.height() != pixels_high {
            self.canvas.set_width(pixels_wide);
            self.canvas.set_height(pixels_high);
        }
        let ctx = self.ctx.clone();
        let _ = ctx.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        ctx.clear_rect(0.0, 0.0, width, height);
        ctx.set_text_baseline("middle");
        let draw = Draw { ctx: &ctx, p: picture, width, height };
        draw.grid();
        let again = self.paint_heat(picture, stamp);
        draw.rows();
        draw.future();
        draw.marks();
        again
    }

    /// What is too low, or too much, for bars of its own: all rows where they are tiny, else those that stand for a whole Job.
    fn paint_heat(&mut self, picture: &Picture<'_>, stamp: u64) -> Option<f64> {
        let (model, layout) = (picture.model, &picture.layout);
        let is_tiny = layout.height < TINY;
        let is_folded = |row: &u64| matches!(model.row(*row), Some(Row::Folded(_) | Row::Older));
        let folded: Vec<u64> = if is_tiny { Vec::new() } else { layout.visible().filter(is_folded).collect() };
        if !is_tiny && folded.is_empty() {
            return None;
        }
        let edge = picture.axis.x(picture.edge).clamp(0.0, picture.axis.width()) as i64;
        let key = HeatKey { axis: picture.axis, layout: *layout, stamp, edge };
        let now = wall_clock();
        let due = self.made + if self.took > QUICK { self.took / HEAT_SHARE } else { 0.0 };
        let is_stale = self.heat.as_ref().is_none_or(|(_, known)| *known != key);
        if is_stale && (self.heat.is_none() || now >= due) {
            let heat = match is_tiny {
                true => Heat::of(model, &picture.axis, layout, picture.edge),
                false => Heat::strips(model, &picture.axis, &folded, picture.edge),
            };
            self.heat = Some((heat_canvas(&heat, picture.palette)?, key));
            self.made = wall_clock();
            self.took = self.made - now;
        }
        let (canvas, known) = self.heat.as_ref()?;
        let (wide, high) = (f64::from(canvas.width()), f64::from(canvas.height()));
        let (x, across) = (picture.axis.x_of_left(&known.axis), picture.axis.scale() / known.axis.scale());
        let x = picture.gutter + x;
        let ctx = &self.ctx;
        ctx.save();
        ctx.begin_path();
        ctx.rect(picture.gutter, AXIS, picture.axis.width(), layout.view);
        ctx.clip();
        ctx.set_image_smoothing_enabled(false);
        if is_tiny {
            let down = layout.height / known.layout.height;
            let y = AXIS + known.layout.scroll * down - layout.scroll;
            let _ = ctx.draw_image_with_html_canvas_element_and_dw_and_dh(canvas, x, y, wide * across, high * down);
        } else {
            // Below the name of what it stands for.
            let strip = if layout.height < ROOMY { layout.height / 3.0 } else { STRIP_HEIGHT };
            for (number, &row) in folded.iter().enumerate().take(canvas.height() as usize) {
                let (from, y) = (number as f64, AXIS + layout.y(row) + layout.height - strip - 1.0);
                let _ = ctx.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    canvas,
                    0.0,
                    from,
                    wide,
                    1.0,
                    x,
                    y,
                    wide * across,
                    strip,
                );
            }
        }
        ctx.restore();
        (*known != key).then(|| (due - now).max(16.0))
    }
}

fn heat_canvas(heat: &Heat, palette: &Palette) -> Option<HtmlCanvasElement> {
    let colours = Phase::ALL.map(|phase| rgb(palette.phase(phase)));
    let mut pixels = vec![0_u8; heat.width * heat.height * 4];
    for y in 0..heat.height {
        for x in 0..heat.filled {
            let Some(cell) = heat.cell(x, y) else { continue };
            // Not mixed, which would be mud, but dotted: the denser the dots, the more of them. One bad pod among hundreds
            // must be seen, a third of them must be seen to be more than that.
            let weight = cell.share.sqrt().max(0.07);
            let is_dot = weight > (DOTS[y % 4][x % 4] as f32 + 0.5) / 16.0;
            let phase = if is_dot { cell.worst } else { cell.most };
            let pixel = &mut pixels[(y * heat.width + x) * 4..][..4];
            pixel[..3].copy_from_slice(&colours[phase as usize]);
            pixel[3] = 255;
        }
    }
    let image = ImageData::new_with_u8_clamped_array(Clamped(&pixels), heat.width as u32).ok()?;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(heat.width as u32);
    canvas.set_height(heat.height as u32);
    let ctx: CanvasRenderingContext2d = canvas.get_context("2d").ok().flatten()?.dyn_into().ok()?;
    ctx.put_image_data(&image, 0.0, 0.0).ok()?;
    Some(canvas)
}

/// The order in which the pixels of a four by four square become dots: spread as evenly as can be.
const DOTS: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// One frame.
struct Draw<'a> {
    ctx: &'a CanvasRenderingContext2d,
    p: &'a Picture<'a>,
    width: f64,
    height: f64,
}

impl Draw<'_> {
    fn x(&self, at: Timestamp) -> f64 {
        self.p.gutter + self.p.axis.x(at)
    }

    fn fill(&self, colour: &str) {
        self.ctx.set_fill_style_str(colour);
    }

    fn stroke(&self, colour: &str, width: f64) {
        self.ctx.set_stroke_style_str(colour);
        self.ctx.set_line_width(width);
    }

    fn mono(&self, weight: u32, size: f64) {
        self.ctx.set_font(&format!("{weight} {size}px {}", self.p.palette.mono));
    }

    fn sans(&self, weight: u32, size: f64) {
        self.ctx.set_font(&format!("{weight} {size}px {}", self.p.palette.font));
    }

    fn text(&self, text: &str, x: f64, y: f64) {
        let _ = self.ctx.fill_text(text, x, y);
    }

    fn measure(&self, text: &str) -> f64 {
        self.ctx.measure_text(text).map_or(0.0, |metrics| metrics.width())
    }

    /// Everything drawn inside is cut off at this rectangle.
    fn clipped(&self, x: f64, y: f64, width: f64, height: f64, inside: impl FnOnce()) {
        self.ctx.save();
        self.ctx.begin_path();
        self.ctx.rect(x, y, width, height);
        self.ctx.clip();
        inside();
        self.ctx.restore();
    }

    /// A line that falls on whole pixels.
    fn vertical(&self, x: f64, from: f64, to: f64) {
        let x = x.round() + 0.5;
        self.ctx.begin_path();
        self.ctx.move_to(x, from);
        self.ctx.line_to(x, to);
        self.ctx.stroke();
    }

    fn grid(&self) {
        let palette = self.p.palette;
        self.mono(400, 11.0);
        self.stroke(&palette.line, 1.0);
        for (x, label) in self.p.axis.ticks() {
            let x = self.p.gutter + x;
            if x < self.p.gutter - 1.0 || x > self.width {
                continue;
            }
            self.vertical(x, AXIS - 4.0, self.height);
            self.fill(&palette.faint);
            if x + self.measure(&label) < self.width {
                self.text(&label, x + 1.0, 10.0);
            }
        }
        self.ctx.begin_path();
        self.ctx.move_to(0.0, AXIS - 0.5);
        self.ctx.line_to(self.width, AXIS - 0.5);
        self.ctx.stroke();
    }

    fn rows(&self) {
        let layout = &self.p.layout;
        self.clipped(0.0, AXIS, self.width, self.height - AXIS - STRIP, || {
            // Labels stand at least 14 px apart; in a heat map they are all that is drawn here.
            let every = ((14.0 / layout.height).ceil() as u64).max(1);
            let step = if layout.height < TINY { every } else { 1 };
            let visible = layout.visible();
            for row in (visible.start.next_multiple_of(step)..visible.end).step_by(step as usize) {
                let y = AXIS + layout.y(row);
                match self.p.model.row(row) {
                    // Their names stand above the canvas: they can be pressed.
                    Some(Row::Head(_) | Row::Folded(_) | Row::Older) if layout.height >= LOWEST_NAME => {
                        self.separator(y)
                    }
                    Some(Row::Head(_) | Row::Folded(_) | Row::Older) => {}
                    Some(Row::Lane { track, lane }) => {
                        if layout.height >= ROOMY {
                            self.separator(y);
                        }
                        if row % every == 0 && (every == 1 || !self.is_beside_a_head(row)) {
                            self.label(track, lane, y);
                        }
                        if layout.height >= TINY {
                            self.lane(track, lane, y);
                        }
                    }
                    None => {}
                }
            }
        });
    }

    /// Whether the name of a track stands just above or below: where rows are low a label would run into it.
    fn is_beside_a_head(&self, row: u64) -> bool {
        let is_head = |row| !matches!(self.p.model.row(row), Some(Row::Lane { .. }) | None);
        row.checked_sub(1).is_some_and(is_head) || is_head(row + 1)
    }

    fn separator(&self, y: f64) {
        self.stroke(&self.p.palette.line, 1.0);
        self.ctx.begin_path();
        self.ctx.move_to(0.0, y.round() - 0.5);
        self.ctx.line_to(self.width, y.round() - 0.5);
        self.ctx.stroke();
    }

    fn label(&self, track: u32, lane: u32, y: f64) {
        let (palette, height) = (self.p.palette, self.p.layout.height);
        let (middle, width) = (y + height.max(12.0) / 2.0, self.p.gutter - 4.0);
        self.clipped(0.0, y - 8.0, width, height.max(24.0) + 8.0, || {
            let pod = self.p.model.pod_at(track, lane, self.p.playhead);
            // A name fills the line, and what is said of it stands below.
            let (roomy, size, below) = if pod.is_some() { (2.0 * ROOMY, 11.0, 8.0) } else { (ROOMY, 15.0, 0.0) };
            let has_room = height >= roomy;
            self.mono(600, if has_room { size } else { 11.0 });
            self.fill(&palette.ink);
            let name = pod.map_or_else(|| lane.to_string(), |pod| self.cut(pod, width));
            let has_word = has_room && self.p.gutter > 70.0;
            self.text(&name, 0.0, if has_word { middle - below } else { middle });
            if has_word {
                let job = self.p.jobs.get(track as usize).and_then(Option::as_deref);
                let (word, phase) = self.p.model.word(track, lane, self.p.playhead, job);
                let left = if pod.is_some() { 0.0 } else { self.measure(&name).max(14.0) + 8.0 };
                self.sans(400, 12.0);
                let bad = matches!(phase, Some(Phase::Failed | Phase::Stuck));
                self.fill(if bad { &palette.bad_ink } else { &palette.dim });
                self.text(word, left, middle + below);
            }
        });
    }

    /// The name of a pod, without its middle where the width has no room for all of it.
    fn cut(&self, name: &str, width: f64) -> String {
        let fits = ((width / self.measure("0")) as usize).max(2);
        match name.len().checked_sub(fits) {
            Some(over @ 1..) => format!("{}…{}", &name[..fits / 2], &name[fits / 2 + over + 1..]),
            _ => name.to_owned(),
        }
    }

    fn lane(&self, track: u32, lane: u32, y: f64) {
        let model = self.p.model;
        let overlaps = model.tracks[track as usize].lanes.get(lane as usize).is_some_and(|lane| lane.overlaps);
        let height = self.p.layout.height;
        // Two below each other take more than one.
        let wanted: f64 = if overlaps { 44.0 } else { 26.0 };
        let gap = if height >= ROOMY { (height - wanted.min(height - 6.0)) / 2.0 } else { (height * 0.12).min(2.0) };
        let whole = (height - 2.0 * gap).max(1.0);
        self.clipped(self.p.gutter, y, self.width - self.p.gutter, height, || {
            for wait in model.waits(track, lane) {
                self.wait(&wait, track, lane, y + gap, whole);
            }
            for (index, bar) in model.lane(track, lane) {
                let from = self.x(bar.created());
                let to = self.x(bar.last_known(self.p.edge));
                if to < self.p.gutter - 60.0 || from > self.width {
                    continue;
                }
                let (top, high) = match overlaps {
                    true => (y + gap + f64::from(bar.level) * whole / 2.0, whole / 2.0 - 1.0),
                    false => (y + gap, whole),
                };
                self.bar(index, bar, top, high);
                self.unseen(bar, top, high);
            }
            for (from, to) in model.twice(track, lane, self.p.edge) {
                self.twice(self.x(from), self.x(to), y + height / 2.0);
            }
            self.note(track, lane, y + height / 2.0);
        });
    }

    fn bar(&self, index: usize, bar: &Bar, y: f64, height: f64) {
        let (palette, ctx) = (self.p.palette, self.ctx);
        let from = self.x(bar.created());
        let to = self.x(bar.ended.unwrap_or(self.p.edge)).max(from + 2.0);
        let roomy = height >= 10.0;
        ctx.save();
        if roomy {
            self.rounded(from, y, to - from, height, 6.0_f64.min(height / 2.0), bar.ended.is_some());
            ctx.clip();
        }
        for (start, end, phase) in bar.spans(self.p.edge) {
            let (left, right) = (self.x(start).max(self.p.gutter - 8.0), self.x(end).min(self.width + 8.0));
            let width = right - left;
            if phase.is_end() || width <= 0.0 {
                continue;
            }
            self.fill(palette.phase(phase));
            match phase {
                Phase::Pending => {
                    self.stroke(&palette.pending, 1.5);
                    if roomy {
                        ctx.stroke_rect(left + 0.75, y + 0.75, width, height - 1.5);
                    } else {
                        ctx.set_global_alpha(0.5);
                        ctx.fill_rect(left, y, width, height);
                        ctx.set_global_alpha(1.0);
                    }
                }
                Phase::Terminating | Phase::Stuck | Phase::Restarting if roomy => {
                    ctx.set_global_alpha(0.28);
                    ctx.fill_rect(left, y, width, height);
                    ctx.set_global_alpha(1.0);
                    self.hatch(left, y, width, height, palette.phase(phase), 2.5);
                }
                Phase::Running if bar.ended.is_none() && end == self.p.edge && roomy && width > 4.0 => {
                    // The live end fades: what comes after it is not known.
                    let solid = ((width - 18.0) / width).max(0.0) as f32;
                    let gradient = ctx.create_linear_gradient(left, 0.0, right, 0.0);
                    let [r, g, b] = rgb(&palette.running);
                    let _ = gradient.add_color_stop(solid, &palette.running);
                    let _ = gradient.add_color_stop(1.0, &format!("rgba({r},{g},{b},0.55)"));
                    ctx.set_fill_style_canvas_gradient(&gradient);
                    ctx.fill_rect(left, y, width, height);
                }
                _ => ctx.fill_rect(left, y, width, height),
            }
        }
        if let Some(ended) = bar.ended {
            self.cap(bar, self.x(ended), from, y, height);
        }
        for &(at, count) in &bar.restarts {
            self.restart(self.x(at), count, y, height);
        }
        ctx.restore();
        if roomy && bar.ended.is_some() && bar.last_phase() == Phase::Ignored {
            self.stroke(&palette.bad, 1.5);
            self.rounded(from + 0.75, y + 0.75, to - from - 1.5, height - 1.5, 6.0, true);
            ctx.stroke();
        }
        let is_selected = self.p.selected == Some(index);
        if is_selected || self.p.hovered == Some(index) {
            self.stroke(if is_selected { &palette.accent } else { &palette.ink }, 2.0);
            self.rounded(from - 2.0, y - 2.0, to - from + 4.0, height + 4.0, 8.0_f64.min(height / 2.0 + 2.0), true);
            ctx.stroke();
        }
    }

    /// What is true of a pod beside what the API server says: what runs unseen is hatched, what is said to run and does not
    /// is empty.
    fn unseen(&self, bar: &Bar, y: f64, height: f64) {
        let (palette, ctx) = (self.p.palette, self.ctx);
        let claimed = bar.ended.unwrap_or(self.p.edge);
        for stretch in &bar.unseen {
            let runs = stretch.truth == Truth::Runs;
            let until = stretch.until.unwrap_or(self.p.edge);
            let until = if runs { until } else { until.min(claimed) };
            let (from, to) = (self.x(stretch.from).max(self.p.gutter - 8.0), self.x(until).min(self.width + 8.0));
            let width = to - from;
            if width <= 0.0 {
                continue;
            }
            self.fill(&palette.panel);
            ctx.set_global_alpha(if runs { 0.3 } else { 0.82 });
            ctx.fill_rect(from, y, width, height);
            ctx.set_global_alpha(1.0);
            if height < 8.0 {
                continue;
            }
            if runs {
                self.hatch(from, y, width, height, &palette.ink, 1.5);
            }
            self.stroke(if runs { &palette.ink } else { &palette.dim }, 1.0);
            let _ = self.ctx.set_line_dash(&js_sys::Array::of2(&3.into(), &2.into()));
            ctx.stroke_rect(from + 0.5, y + 0.5, (width - 1.0).max(0.0), height - 1.0);
            let _ = self.ctx.set_line_dash(&js_sys::Array::new());
            self.mono(600, 11.0);
            self.plate(truth::words(stretch), from + 5.0, y + height / 2.0, width - 8.0, height - 2.0, &palette.ink);
        }
    }

    /// Words on the panel's colour, where they fit: nobody reads through hatching.
    fn plate(&self, text: &str, x: f64, y: f64, width: f64, height: f64, ink: &str) {
        let wide = self.measure(text) + 6.0;
        if wide > width || height < 9.0 {
            return;
        }
        let high = height.min(14.0);
        self.fill(&self.p.palette.panel);
        self.ctx.fill_rect(x, y - high / 2.0, wide, high);
        self.fill(ink);
        self.text(text, x + 3.0, y + 0.5);
    }

    /// A stretch in which two pods of one index run.
    fn twice(&self, from: f64, to: f64, y: f64) {
        let palette = self.p.palette;
        self.fill(&palette.bad);
        self.ctx.fill_rect(from, y - 1.5, to - from, 3.0);
        self.mono(600, 11.0);
        let left = from.max(self.p.gutter) + 4.0;
        self.plate("runs twice", left, y, to - left, self.p.layout.height / 2.0, &palette.bad_ink);
    }

    /// The end of a bar: colour, form, and to its right the exit code.
    fn cap(&self, bar: &Bar, right: f64, from: f64, y: f64, height: f64) {
        let (palette, ctx) = (self.p.palette, self.ctx);
        let phase = bar.last_phase();
        if !phase.is_end() {
            return;
        }
        let room = right - from;
        let width = if room >= 40.0 { 20.0 } else { (room / 2.0).max(2.0) };
        let left = right - width;
        if phase == Phase::Ignored {
            self.fill(&palette.panel);
        } else {
            self.fill(palette.phase(phase));
        }
        ctx.fill_rect(left, y, width, height);
        if width < 14.0 || height < 10.0 {
            return;
        }
        let (x, y) = (left + width / 2.0, y + height / 2.0);
        let r = 3.5;
        self.stroke(if phase == Phase::Ignored { &palette.bad } else { &palette.on_state }, 2.0);
        ctx.set_line_cap("round");
        ctx.begin_path();
        if phase == Phase::Succeeded {
            ctx.move_to(x - 4.0, y + 0.5);
            ctx.line_to(x - 1.0, y + 3.5);
            ctx.line_to(x + 4.5, y - 3.5);
        } else {
            ctx.move_to(x - r, y - r);
            ctx.line_to(x + r, y + r);
            ctx.move_to(x + r, y - r);
            ctx.line_to(x - r, y + r);
        }
        ctx.stroke();
        ctx.set_line_cap("butt");
    }

    fn restart(&self, x: f64, count: i32, y: f64, height: f64) {
        self.stroke(&self.p.palette.panel, 4.0);
        self.vertical(x, y, y + height);
        self.stroke(&self.p.palette.ink, 1.5);
        self.vertical(x, y, y + height);
        if height >= 16.0 {
            self.mono(600, 11.0);
            self.fill(&self.p.palette.on_state);
            self.text(&count.to_string(), x + 5.0, y + height / 2.0);
        }
    }

    fn wait(&self, wait: &Wait, track: u32, lane: u32, y: f64, height: f64) {
        let palette = self.p.palette;
        let due = wait.until.or_else(|| retry_due(self.p.decisions[track as usize], lane, wait.from));
        let (from, to) = (self.x(wait.from), self.x(due.unwrap_or(self.p.edge)));
        let width = to - from;
        if width <= 1.0 {
            return;
        }
        // Words and hatching need room; a tint does not.
        if height < 16.0 {
            self.fill(&palette.bad);
            self.ctx.set_global_alpha(0.22);
            self.ctx.fill_rect(from, y, width, height);
            self.ctx.set_global_alpha(1.0);
            return;
        }
        let (y, height) = (y + 4.0, height - 8.0);
        self.clipped(from, y, width, height, || {
            self.ctx.set_global_alpha(0.4);
            self.hatch(from, y, width, height, &palette.bad, 1.5);
            self.ctx.set_global_alpha(1.0);
        });
        self.stroke(&palette.bad, 1.0);
        let _ = self.ctx.set_line_dash(&js_sys::Array::of2(&3.into(), &2.into()));
        self.ctx.stroke_rect(from - 1.0, y.round() + 0.5, width, height.round() - 1.0);
        let _ = self.ctx.set_line_dash(&js_sys::Array::new());
        self.mono(500, 11.0);
        // The longest wording that fits.
        let wordings = self.wait_words(wait, due, track, lane);
        let fits = |text: &String| self.measure(text) + 16.0 <= width;
        let Some(text) = wordings.iter().find(|text| fits(text)).or(wordings.last().filter(|_| due.is_none())) else {
            return;
        };
        // The words stand on the panel's colour: nobody reads through hatching.
        self.fill(&palette.panel);
        self.ctx.fill_rect(from + 5.0, y + 1.0, self.measure(text) + 6.0, height - 2.0);
        self.fill(&palette.bad_ink);
        self.text(text, from + 8.0, y + height / 2.0 + 0.5);
    }

    /// `exit 1 · back-off 10 s · failure 1 of 2`, and shorter ways to say it.
    fn wait_words(&self, wait: &Wait, due: Option<Timestamp>, track: u32, lane: u32) -> Vec<String> {
        let model = self.p.model;
        let failed = model.lane(track, lane).filter(|(_, bar)| bar.ended.is_some_and(|ended| ended <= wait.from));
        let failed: Vec<&Bar> = failed.map(|(_, bar)| bar).filter(|bar| bar.last_phase() == Phase::Failed).collect();
        let last = failed.last().filter(|bar| bar.ended == Some(wait.from));
        let code = last.and_then(|bar| bar.exit_code).map(|code| format!("exit {code} · ")).unwrap_or_default();
        // The controller counts from whole seconds; so do people.
        let whole = |span: Duration| Duration::from_secs(span.as_millis().div_ceil(1000) as u64);
        let length = due.map(|due| short(whole(due.since(wait.from))));
        let back_off = length.as_ref().map_or_else(|| "waits to retry".into(), |length| format!("back-off {length}"));
        let job = model.tracks[track as usize].job.as_ref();
        let limit = job.and_then(|job| job.spec.backoff_limit_per_index);
        let count = limit.map(|limit| format!(" · failure {} of {limit}", failed.len())).unwrap_or_default();
        let mut wordings = vec![format!("{code}{back_off}{count}"), format!("{code}{back_off}"), back_off];
        wordings.extend(length);
        wordings
    }

    /// What stands beside the last bar of a lane, or in place of one.
    fn note(&self, track: u32, lane: u32, y: f64) {
        if self.p.layout.height < ROOMY {
            return;
        }
        let (model, palette) = (self.p.model, self.p.palette);
        let owner = &model.tracks[track as usize];
        self.mono(400, 11.0);
        let Some((_, bar)) = model.lane(track, lane).next_back() else {
            if owner.is_indexed() && owner.finished.is_none() && owner.gone.is_none() {
                self.fill(&palette.faint);
                let is_suspended = owner.job.as_ref().is_some_and(|job| job.spec.is_suspended());
                let words = if is_suspended { "suspended" } else { "waits for a slot" };
                self.text(words, self.x(self.p.edge.max(owner.created)) + 12.0, y);
            }
            return;
        };
        let Some(ended) = bar.ended else {
            if bar.last_phase() == Phase::Stuck {
                self.fill(&palette.bad_ink);
                self.text(&bar.reason, self.x(self.p.edge) + 8.0, y);
            }
            return;
        };
        if !model.waits(track, lane).iter().any(|wait| wait.until.is_none()) && bar.last_phase() != Phase::Succeeded {
            let code = bar.exit_code.filter(|code| *code != 0).map(|code| format!("exit {code}"));
            let words = match (bar.last_phase(), code) {
                (Phase::Ignored, Some(code)) => format!("{code}, not counted"),
                (Phase::Terminating, _) => "deleted".into(),
                (_, Some(code)) => code,
                (_, None) => bar.reason.to_string(),
            };
            self.fill(&palette.bad_ink);
            self.text(&words, self.x(ended) + 8.0, y);
        }
    }

    /// What lies after the playhead has happened, but is not what is looked at.
    fn future(&self) {
        if self.p.playhead >= self.p.edge {
            return;
        }
        let (from, to) = (self.x(self.p.playhead).max(self.p.gutter), self.x(self.p.edge).min(self.width));
        if to > from {
            self.fill(&self.p.palette.panel);
            self.ctx.set_global_alpha(0.66);
            self.ctx.fill_rect(from, AXIS, self.width - from, self.height - AXIS);
            self.ctx.set_global_alpha(1.0);
        }
    }

    fn marks(&self) {
        let palette = self.p.palette;
        // How far to the right each line of words reaches: later words go where there is room, or are left out.
        let mut taken = [f64::MIN; 2];
        for mark in &self.p.marks {
            let x = self.x(mark.at);
            if x < self.p.gutter - 1.0 || x > self.width {
                continue;
            }
            let (line, ink, dash): (_, _, &[f64]) = match mark.kind {
                MarkKind::Action => (&palette.end, &palette.end_ink, &[4.0, 3.0]),
                MarkKind::Condition => (&palette.edge, &palette.dim, &[1.0, 2.0]),
                MarkKind::Limit => (&palette.bad, &palette.bad_ink, &[]),
                MarkKind::Due => (&palette.edge, &palette.dim, &[]),
                MarkKind::Missed => (&palette.bad, &palette.bad_ink, &[2.0, 4.0]),
            };
            self.stroke(line, 1.5);
            let dashes = dash.iter().map(|&length| wasm_bindgen::JsValue::from_f64(length)).collect::<js_sys::Array>();
            let _ = self.ctx.set_line_dash(&dashes);
            self.vertical(x, AXIS - 6.0, self.height);
            let _ = self.ctx.set_line_dash(&js_sys::Array::new());
            self.mono(500, 11.0);
            let mut shown: String = mark.text.chars().take(LONGEST_MARK).collect();
            if shown.len() < mark.text.len() {
                shown.push('…');
            }
            let width = self.measure(&shown) + 8.0;
            let left = if x + 6.0 + width > self.width { (x - 6.0 - width).max(self.p.gutter) } else { x + 5.0 };
            let Some(level) = taken.iter().position(|&end| end < left) else { continue };
            taken[level] = left + width;
            let y = self.height - 10.0 - 16.0 * level as f64;
            self.fill(&palette.panel);
            self.ctx.set_global_alpha(0.9);
            self.ctx.fill_rect(left - 1.0, y - 8.0, width, 16.0);
            self.ctx.set_global_alpha(1.0);
            self.fill(ink);
            self.text(&shown, left + 2.0, y);
        }
    }

    fn rounded(&self, x: f64, y: f64, width: f64, height: f64, radius: f64, ended: bool) {
        let right = if ended { radius } else { 0.0 };
        let radius = radius.min(width / 2.0).max(0.0);
        let right = right.min(width / 2.0).max(0.0);
        let ctx = self.ctx;
        ctx.begin_path();
        ctx.move_to(x + radius, y);
        ctx.line_to(x + width - right, y);
        let _ = ctx.arc_to(x + width, y, x + width, y + height, right);
        let _ = ctx.arc_to(x + width, y + height, x, y + height, right);
        ctx.line_to(x + radius, y + height);
        let _ = ctx.arc_to(x, y + height, x, y, radius);
        let _ = ctx.arc_to(x, y, x + width, y, radius);
        ctx.close_path();
    }

    /// Diagonal lines over a rectangle; the caller clips where the rectangle is not already the clip.
    fn hatch(&self, x: f64, y: f64, width: f64, height: f64, colour: &str, line: f64) {
        let (from, to) = (x.max(self.p.gutter - 20.0), (x + width).min(self.width + 20.0));
        let ctx = self.ctx;
        ctx.save();
        ctx.begin_path();
        ctx.rect(from, y, to - from, height);
        ctx.clip();
        self.stroke(colour, line);
        ctx.begin_path();
        // Anchored in the picture and not in the rectangle, so that it does not crawl while the wait grows.
        let mut at = from - (from - x) % HATCH - height;
        while at < to {
            ctx.move_to(at, y + height);
            ctx.line_to(at + height, y);
            at += HATCH;
        }
        ctx.stroke();
        ctx.restore();
    }
}

/// `10 s`, `1.2 s`, `2 min 30 s`
fn short(span: Duration) -> String {
    let tenths = span.as_millis() / 100;
    match tenths {
        0..100 if !tenths.is_multiple_of(10) => format!("{}.{} s", tenths / 10, tenths % 10),
        0..1200 => format!("{} s", (tenths + 5) / 10),
        _ if tenths % 600 < 10 => format!("{} min", tenths / 600),
        _ => format!("{} min {} s", tenths / 600, tenths / 10 % 60),
    }
}

//! The only place that knows how instants and rows become pixels, and back.

use crate::sim::Timestamp;
use std::ops::Range;
use std::time::Duration;

/// How instants lie along the x axis. Pixels are CSS pixels from the left edge of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// T+0.
    pub zero: Timestamp,
    /// What the left edge shows, in milliseconds from T+0; may lie before it.
    left: f64,
    /// Pixels per millisecond.
    scale: f64,
    /// How wide the plot is.
    width: f64,
}

/// The closest and the widest that one may look: 1 ms to 40 px, and a year across a pixel column of a hundredth.
const SCALES: Range<f64> = 3e-9..40.0;

impl TimeAxis {
    /// An axis that shows `span` from T+0 on.
    pub fn new(zero: Timestamp, span: Duration, width: f64) -> Self {
        let mut axis = Self { zero, left: 0.0, scale: 1.0, width: width.max(1.0) };
        axis.show(0.0, millis(span));
        axis
    }

    /// Shows from `from` to `to`, both in milliseconds from T+0.
    pub fn show(&mut self, from: f64, to: f64) {
        self.left = from;
        self.scale = (self.width / (to - from).max(1e-6)).clamp(SCALES.start, SCALES.end);
    }

    /// Shows what now lies between two places, and only that.
    pub fn show_between(&mut self, from: f64, to: f64) {
        let (from, to) = (self.left + from / self.scale, self.left + to / self.scale);
        self.show(from.max(0.0), to.max(1.0));
    }

    /// The plot has another width; what was visible stays visible.
    pub fn resize(&mut self, width: f64) {
        let width = width.max(1.0);
        self.scale *= width / self.width;
        self.width = width;
    }

    /// How wide the plot is.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Pixels per millisecond.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Where an instant lies.
    pub fn x(&self, at: Timestamp) -> f64 {
        (at.as_millis() as f64 - self.zero.as_millis() as f64 - self.left) * self.scale
    }

    /// Where the left edge of another axis over the same run lies.
    pub fn x_of_left(&self, other: &Self) -> f64 {
        (other.left - self.left) * self.scale
    }

    /// The instant at a place, in whole milliseconds, not before T+0.
    pub fn at(&self, x: f64) -> Timestamp {
        self.zero + Duration::from_millis((self.left + x / self.scale).round().max(0.0) as u64)
    }

    /// What is visible, in milliseconds from T+0.
    pub fn visible(&self) -> Range<f64> {
        self.left..self.left + self.width / self.scale
    }

    /// Looks closer (`factor` > 1) or from further away; what lies at `x` stays there.
    pub fn zoom(&mut self, x: f64, factor: f64) {
        let anchor = self.left + x / self.scale;
        self.scale = (self.scale * factor).clamp(SCALES.start, SCALES.end);
        self.left = anchor - x / self.scale;
    }

    /// Moves the picture to the right by so many pixels; T+0 never leaves through the right half.
    pub fn pan(&mut self, pixels: f64) {
        self.left = (self.left - pixels / self.scale).max(-self.width / 2.0 / self.scale);
    }

    /// Moves the picture just so far that an instant is visible, with some room after it.
    pub fn reveal(&mut self, at: Timestamp) {
        let x = self.x(at);
        if x > self.width * 0.9 {
            self.pan(self.width * 0.7 - x);
        } else if x < 0.0 {
            self.pan(self.width * 0.1 - x);
        }
    }

    /// The marks of the axis: where, and what is written there.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let wanted = 84.0 / self.scale;
        let step = STEPS.into_iter().find(|&step| step as f64 >= wanted).unwrap_or_else(|| {
            // Beyond the table: whole days, a power of two of them.
            let day = 86_400_000_u64;
            day * ((wanted / day as f64).ceil() as u64).next_power_of_two()
        });
        let visible = self.visible();
        let first = (visible.start.max(0.0) / step as f64).ceil() as u64;
        let last = (visible.end.max(0.0) / step as f64).floor() as u64;
        let places = (first..=last.min(first + 200)).map(|n| n * step);
        places.map(|at| ((at as f64 - self.left) * self.scale, tick(at, step))).collect()
    }
}

/// The distances between marks that people can count in, in milliseconds.
const STEPS: [u64; 26] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/// `5 s`, `1:30`, `2 h`, `2:30 h`, `3 d`: an instant as the axis writes it.
fn tick(at: u64, step: u64) -> String {
    let (seconds, rest) = (at / 1000, at % 1000);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match () {
        () if step < 1000 && seconds < 60 => {
            let digits = if step >= 100 { format!("{:01}", rest / 100) } else { format!("{rest:03}") };
            format!("{seconds}.{digits} s")
        }
        () if step < 1000 => format!("{minutes}:{:02}.{rest:03}", seconds % 60),
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 && step >= 60_000 => format!("{minutes} min"),
        () if hours == 0 => format!("{minutes}:{:02}", seconds % 60),
        () if hours >= 24 && step >= 86_400_000 => format!("{} d", hours / 24),
        () if minutes % 60 == 0 && step >= 3_600_000 => format!("{hours} h"),
        () if step >= 60_000 => format!("{hours}:{:02} h", minutes % 60),
        () => format!("{hours}:{:02}:{:02}", minutes % 60, seconds % 60),
    }
}

/// A span that shows all of `known` with room for what comes, in steps, so that the picture does not creep while time runs.
pub fn comfortable(known: Duration) -> Duration {
    const SPANS: [u64; 14] = [30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];
    let wanted = known.as_secs_f64() * 1.12;
    let found = SPANS.into_iter().find(|&span| span as f64 >= wanted);
    Duration::from_secs(found.unwrap_or_else(|| (wanted / 86_400.0).ceil() as u64 * 86_400))
}

/// How rows lie along the y axis: all of the same height, scrolled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowLayout {
    /// How many rows there are.
    pub rows: u64,
    /// How high each is.
    pub height: f64,
    /// How far the first row has been scrolled out, in pixels.
    pub scroll: f64,
    /// How high the plot is.
    pub view: f64,
}

/// Rows are never higher than this: a Job of one pod needs no banner.
const TALLEST: f64 = 76.0;

impl RowLayout {
    /// Rows that share the plot's height, `zoom` times as high as that.
    pub fn new(rows: u64, view: f64, zoom: f64, scroll: f64) -> Self {
        let rows = rows.max(1);
        let fit = (view / rows as f64).min(TALLEST);
        let height = (fit * zoom.max(1.0)).min(TALLEST.max(fit));
        let mut layout = Self { rows, height, scroll: 0.0, view };
        layout.scroll = scroll.clamp(0.0, layout.overflow());
        layout
    }

    /// How far one can scroll.
    pub fn overflow(&self) -> f64 {
        (self.rows as f64 * self.height - self.view).max(0.0)
    }

    /// Where a row begins.
    pub fn y(&self, row: u64) -> f64 {
        row as f64 * self.height - self.scroll
    }

    /// The row at a place, if there is one.
    pub fn row_at(&self, y: f64) -> Option<u64> {
        let row = ((y + self.scroll) / self.height).floor();
        (row >= 0.0 && row < self.rows as f64).then_some(row as u64)
    }

    /// The rows that can be seen.
    pub fn visible(&self) -> Range<u64> {
        let first = (self.scroll / self.height).floor() as u64;
        let last = ((self.scroll + self.view) / self.height).ceil() as u64;
        first.min(self.rows)..last.min(self.rows)
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Timestamp = Timestamp::from_secs(1_767_225_600);

    fn axis(seconds: u64, width: f64) -> TimeAxis {
        TimeAxis::new(ZERO, Duration::from_secs(seconds), width)
    }

    #[test]
    fn every_place_is_an_instant_and_every_instant_a_place() {
        let mut axis = axis(30, 600.0);
        axis.zoom(120.0, 3.7);
        axis.pan(-41.0);
        for ms in [0, 1, 5333, 30_000, 86_400_000] {
            let at = ZERO + Duration::from_millis(ms);
            assert_eq!(axis.at(axis.x(at)), at, "T+{ms} ms");
        }
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut axis = axis(30, 600.0);
        let before = axis.at(200.0);
        axis.zoom(200.0, 8.0);
        assert_eq!(axis.at(200.0), before);
        axis.zoom(200.0, 1e30);
        axis.zoom(200.0, 1e-30);
        assert!(axis.scale() > 0.0, "one cannot zoom into nothing");
    }

    #[test]
    fn a_marked_stretch_fills_the_plot() {
        let mut axis = axis(30, 600.0);
        let (from, to) = (axis.at(100.0), axis.at(200.0));
        axis.show_between(100.0, 200.0);
        assert_eq!((axis.at(0.0), axis.at(600.0)), (from, to));
    }

    #[test]
    fn marks_are_what_people_count_in() {
        let check = |seconds, width, expected: &[&str]| {
            let labels: Vec<_> = axis(seconds, width).ticks().into_iter().map(|(_, label)| label).collect();
            assert_eq!(labels, expected, "{seconds} s on {width} px");
        };
        check(30, 600.0, &["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
        check(120, 600.0, &["0 s", "30 s", "1:00", "1:30", "2:00"]);
        check(1, 400.0, &["0.0 s", "0.5 s", "1.0 s"]);
        check(3600, 400.0, &["0 s", "15 min", "30 min", "45 min", "1:00 h"]);
        check(14_400, 400.0, &["0 s", "1 h", "2 h", "3 h", "4 h"]);
        check(604_800, 300.0, &["0 s", "2 d", "4 d", "6 d"]);
    }

    #[test]
    fn a_comfortable_span_leaves_room_and_moves_in_steps() {
        let check = |known, expected| assert_eq!(comfortable(Duration::from_secs(known)).as_secs(), expected);
        check(0, 30);
        check(26, 30);
        check(27, 60);
        check(4000, 7200);
        check(100_000, 172_800);
    }

    #[test]
    fn rows_shrink_until_all_fit_and_then_scroll() {
        let few = RowLayout::new(4, 400.0, 1.0, 0.0);
        assert_eq!((few.height, few.overflow(), few.visible()), (76.0, 0.0, 0..4));
        let many = RowLayout::new(100_000, 400.0, 1.0, 0.0);
        assert_eq!((many.height, many.overflow()), (0.004, 0.0));
        let closer = RowLayout::new(100_000, 400.0, 5000.0, 1e9);
        assert_eq!((closer.height, closer.visible()), (20.0, 99_980..100_000));
        assert_eq!(closer.row_at(399.0), Some(99_999));
        assert_eq!(few.row_at(399.0), None);
    }
}

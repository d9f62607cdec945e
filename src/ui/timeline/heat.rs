//! Many rows in few pixels: what each pixel says when it stands for hundreds of pods.

use super::axis::{RowLayout, TimeAxis};
use super::model::Model;
use super::phase::Phase;
use crate::sim::Timestamp;

/// A picture of the whole plot, row by row of pixels: per pixel how many pods do what there.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    pub width: usize,
    pub height: usize,
    /// To the right of this column nothing has happened yet.
    pub filled: usize,
    /// Per pixel a count for each phase, and one more column: where a span ends beyond the right edge.
    counts: Vec<[i16; PHASES]>,
}

const PHASES: usize = Phase::ALL.len();

/// What one pixel says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// What most pods do here.
    pub most: Phase,
    /// The worst of what they do here.
    pub worst: Phase,
    /// The share of those that do the worst, from 0 to 1.
    pub share: f32,
}

/// From what matters least to what matters most.
const BY_WEIGHT: [Phase; PHASES] = [
    Phase::Succeeded,
    Phase::Running,
    Phase::Starting,
    Phase::Pending,
    Phase::Terminating,
    Phase::Ignored,
    Phase::Restarting,
    Phase::Stuck,
    Phase::Failed,
];

impl Heat {
    /// Counts every pod of the visible rows once per phase, however many pixels it covers: what it costs grows with the
    /// pods, not with their area.
    pub fn of(model: &Model, axis: &TimeAxis, layout: &RowLayout, edge: Timestamp) -> Self {
        let height = layout.view.ceil().max(1.0) as usize;
        Self::of_rows(model, axis, height, edge, &|track, lane| {
            let y = layout.y(model.row_of(track, lane));
            (y >= 0.0 && y < height as f64).then_some((y as usize, edge))
        })
    }

    /// A row of pixels for each of these rows, in order: everything that such a row stands for, up to when it was over.
    pub fn strips(model: &Model, axis: &TimeAxis, rows: &[u64], edge: Timestamp) -> Self {
        Self::of_rows(model, axis, rows.len(), edge, &|number, lane| {
            let track = &model.tracks[number as usize];
            let row = model.is_folded(number).then(|| rows.binary_search(&model.row_of(number, lane)).ok());
            Some((row.flatten()?, track.gone.or(track.finished).unwrap_or(edge)))
        })
    }

    /// `place` says in which row of pixels a lane lies, and until when its outcome lasts.
    fn of_rows(
        model: &Model,
        axis: &TimeAxis,
        height: usize,
        edge: Timestamp,
        place: &dyn Fn(u32, u32) -> Option<(usize, Timestamp)>,
    ) -> Self {
        let width = axis.width().ceil().max(1.0) as usize;
        // First by how much the counts change from one column to the next, then their sums.
        let mut counts = vec![[0_i16; PHASES]; (width + 1) * height];
        // Where no pod is there is nothing to sum up.
        let mut is_used = vec![false; height];
        let column = |at: Timestamp| axis.x(at).clamp(0.0, width as f64) as usize;
        let limit = column(edge);
        let mut put = |y: usize, from: usize, to: usize, phase: Phase| {
            if from < width && to > from {
                let line = y * (width + 1);
                is_used[y] = true;
                let from = &mut counts[line + from][phase as usize];
                *from = from.saturating_add(1);
                let to = &mut counts[line + to.min(width)][phase as usize];
                *to = to.saturating_sub(1);
            }
        };
        for (number, track) in model.tracks.iter().enumerate() {
            for (lane, bars) in track.lanes.iter().map(|lane| &lane.bars).enumerate() {
                let Some((y, until)) = place(number as u32, lane as u32) else { continue };
                let last = column(until);
                for (number, &bar) in bars.iter().enumerate() {
                    // An outcome lasts: the row stays as it ended until the next pod, or the edge.
                    let next = bars.get(number + 1).map(|&next| column(model.bars[next as usize].created()));
                    for (from, to, phase) in model.bars[bar as usize].spans(edge) {
                        let from = column(from);
                        let to = if phase.is_end() { next.unwrap_or(last) } else { column(to) };
                        put(y, from, to.max(from + 1), phase);
                    }
                }
            }
        }
        let filled = (limit + 1).min(width);
        for (line, _) in counts.chunks_exact_mut(width + 1).zip(is_used).filter(|(_, is_used)| *is_used) {
            let mut sums = [0_i16; PHASES];
            for pixel in &mut line[..filled] {
                for (sum, count) in sums.iter_mut().zip(pixel) {
                    *sum = sum.saturating_add(*count);
                    *count = *sum;
                }
            }
        }
        Self { width, height, filled, counts }
    }

    /// What a pixel says; none where there is no pod.
    pub fn cell(&self, x: usize, y: usize) -> Option<Cell> {
        if x >= self.filled {
            return None;
        }
        let counts = &self.counts[y * (self.width + 1) + x];
        let (mut sum, mut most, mut worst) = (0_i32, Phase::Succeeded, None);
        for phase in BY_WEIGHT {
            let count = counts[phase as usize];
            if count > 0 {
                sum += i32::from(count);
                worst = Some(phase);
                if count > counts[most as usize] {
                    most = phase;
                }
            }
        }
        let worst = worst?;
        Some(Cell { most, worst, share: f32::from(counts[worst as usize]) / sum as f32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::timeline::model::tests::{model_of, second};

    #[test]
    fn a_pixel_tells_the_worst_and_its_share() {
        // Four indexes in one row of pixels; 0 fails after 10 s, the others run on.
        let model = model_of(4, &[(0, 0, 10, 1), (1, 0, 30, 0), (2, 0, 30, 0), (3, 0, 30, 0)]);
        let axis = TimeAxis::new(second(0), std::time::Duration::from_secs(40), 40.0);
        let layout = RowLayout::new(4, 1.0, 1.0, 0.0);
        let heat = Heat::of(&model, &axis, &layout, second(30));
        let check = |x, expected: Option<(Phase, Phase, f32)>| {
            let cell = heat.cell(x, 0).map(|cell| (cell.most, cell.worst, cell.share));
            assert_eq!(cell, expected, "second {x}");
        };
        check(5, Some((Phase::Running, Phase::Running, 1.0)));
        check(15, Some((Phase::Running, Phase::Failed, 0.25)));
        check(35, None);
    }
}

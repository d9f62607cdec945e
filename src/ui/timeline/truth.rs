//! What the pods of a lane really do: out of sight of the API server, and twice at a time.

use super::model::Model;
use super::phase::Phase;
use super::track::Bar;
use crate::node::{Kubelets, Truth, Unseen, Veil};
use crate::sim::{Order, Set, Timestamp};
use std::time::Duration;

impl Bar {
    /// What is true of its processes at an instant at which the API server does not know.
    pub fn unseen_at(&self, at: Timestamp) -> Option<&Unseen> {
        let stretch = self.unseen.iter().rev().find(|stretch| stretch.holds_at(at))?;
        // Of what is gone nobody claims that it runs.
        (stretch.truth == Truth::Runs || self.ended.is_none_or(|ended| ended > at)).then_some(stretch)
    }

    /// Whether a process of it runs at an instant, seen or unseen.
    pub fn runs_at(&self, at: Timestamp) -> bool {
        match self.unseen_at(at) {
            Some(stretch) => stretch.truth == Truth::Runs,
            // What is so at the instant lasts beyond it.
            None => self.claims(at + Duration::from_millis(1)).any(|(from, to)| from <= at && at < to),
        }
    }

    /// Whether a process of it may still run after an instant.
    pub fn is_busy_after(&self, at: Timestamp) -> bool {
        let ran_on = |stretch: &Unseen| stretch.truth == Truth::Runs && stretch.until.is_none_or(|until| until > at);
        self.ended.is_none_or(|ended| ended > at) || self.unseen.iter().any(ran_on)
    }

    /// When the last that is known of it ends: its bar, or what it does out of sight.
    pub fn last_known(&self, edge: Timestamp) -> Timestamp {
        let runs = self.unseen.iter().filter(|stretch| stretch.truth == Truth::Runs);
        let ends = runs.map(|stretch| stretch.until.unwrap_or(edge));
        ends.chain([self.ended.unwrap_or(edge)]).max().unwrap_or(edge)
    }

    /// When its processes run as the API server has it.
    fn claims(&self, edge: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let mut has_run = false;
        self.spans(edge).filter_map(move |(from, to, phase)| {
            has_run |= phase == Phase::Running;
            (phase == Phase::Running || (phase == Phase::Terminating && has_run)).then_some((from, to))
        })
    }

    /// When its processes run in truth.
    fn runs(&self, edge: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let mut seen: Vec<_> = self.claims(edge).collect();
        for stretch in &self.unseen {
            let (from, to) = (stretch.from, stretch.until.unwrap_or(edge));
            let left = seen.iter().flat_map(|&(begin, end)| [(begin, end.min(from)), (begin.max(to), end)]);
            seen = left.filter(|(begin, end)| begin < end).collect();
            seen.extend((stretch.truth == Truth::Runs).then_some((from, to)));
        }
        seen
    }
}

impl Model {
    /// Learns what is true of pods that were out of sight; whether that is news.
    pub fn learn(&mut self, kubelets: &Kubelets) -> bool {
        if self.sights == kubelets.sights() {
            return false;
        }
        self.sights = kubelets.sights();
        let mut lanes = Set::new();
        for (uid, pod) in kubelets.all_unseen() {
            let Some(&bar) = self.bar_of.get(uid) else { continue };
            let bar = &mut self.bars[bar as usize];
            bar.unseen.clone_from(&pod.stretches);
            lanes.insert((bar.track, bar.lane));
        }
        for (track, lane) in lanes {
            self.level(track, lane);
        }
        true
    }

    /// Puts the pods of a lane below each other where they overlap.
    fn level(&mut self, track: u32, lane: u32) {
        let slot = &mut self.tracks[track as usize].lanes[lane as usize];
        let mut level = 0;
        for pair in slot.bars.windows(2) {
            let created = self.bars[pair[1] as usize].created();
            let overlaps = self.bars[pair[0] as usize].is_busy_after(created);
            level = if overlaps { 1 - level } else { 0 };
            slot.overlaps |= overlaps;
            self.bars[pair[1] as usize].level = level;
        }
    }

    /// Whether two pods of one completion index run at an instant.
    pub fn runs_twice(&self, track: u32, lane: u32, at: Timestamp) -> bool {
        let owner = &self.tracks[track as usize];
        let overlaps = owner.lanes.get(lane as usize).is_some_and(|lane| lane.overlaps);
        overlaps && owner.is_indexed() && self.lane(track, lane).filter(|(_, bar)| bar.runs_at(at)).count() > 1
    }

    /// When two pods of one completion index run at a time.
    pub fn twice(&self, track: u32, lane: u32, edge: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let owner = &self.tracks[track as usize];
        if !owner.is_indexed() || !owner.lanes.get(lane as usize).is_some_and(|lane| lane.overlaps) {
            return Vec::new();
        }
        let mut runs: Vec<_> = self.lane(track, lane).flat_map(|(_, bar)| bar.runs(edge)).collect();
        runs.order_by_key(|&(from, to)| (from, to));
        let mut latest = Timestamp::default();
        let mut twice = Vec::new();
        for (from, to) in runs {
            if from < to.min(latest) {
                twice.push((from, to.min(latest)));
            }
            latest = latest.max(to);
        }
        twice
    }

    /// Which truths have been out of sight of the API server.
    pub fn truths_seen(&self) -> [bool; 2] {
        let has = |truth| self.bars.iter().any(|bar| bar.unseen.iter().any(|stretch| stretch.truth == truth));
        if self.sights == 0 { [false; 2] } else { [has(Truth::Runs), has(Truth::Ended)] }
    }
}

/// What is true where the API server says something else: `runs unseen`
pub fn words(stretch: &Unseen) -> &'static str {
    match (stretch.truth, stretch.why) {
        (Truth::Runs, _) => "runs unseen",
        (Truth::Ended, Veil::NoPower) => "no power",
        (Truth::Ended, _) => "ended unseen",
    }
}

//! The picture in words, for those who do not see it.

use super::model::Model;
use super::phase::Phase;
use super::track::Bar;
use super::truth;
use crate::sim::Timestamp;
use std::time::Duration;

/// So many oddities are told one by one to those who do not see the picture.
const MOST_NAMED: usize = 3;

impl Model {
    /// The picture in one sentence, for those who do not see it.
    pub fn sentence(&self, at: Timestamp) -> String {
        let mut parts = Vec::new();
        for (number, track) in self.tracks.iter().enumerate().filter(|(_, track)| track.created <= at) {
            let mut counts = [0_usize; Phase::ALL.len()];
            let lanes = track.lanes.iter().flat_map(|lane| &lane.bars);
            for phase in lanes.filter_map(|&bar| self.bars[bar as usize].phase_at(at)) {
                counts[phase as usize] += 1;
            }
            let said: Vec<String> = Phase::ALL
                .iter()
                .zip(counts)
                .filter(|(_, count)| *count > 0)
                .map(|(phase, count)| format!("{count} {}", phase.word()))
                .collect();
            let pods = if said.is_empty() { "no pods yet".into() } else { said.join(", ") };
            parts.push(format!("{}: {pods}", track.title));
            let bars = track.lanes.iter().flat_map(|lane| &lane.bars).map(|&bar| &self.bars[bar as usize]);
            let told = |bar: &Bar| Some(format!("{} {}", bar.pod, truth::words(bar.unseen_at(at)?)));
            parts.extend(few(bars.filter_map(told).collect(), "pods are out of sight"));
            let overlap = track.lanes.iter().enumerate().filter(|(_, lane)| lane.overlaps);
            let twice = overlap.filter(|&(lane, _)| self.runs_twice(number as u32, lane as u32, at));
            parts.extend(few(twice.map(|(lane, _)| format!("index {lane} runs twice")).collect(), "indexes run twice"));
        }
        for cron in self.crons.values() {
            let Some(due_times) = self.due_times else { break };
            let next = cron.due(due_times, at, at + Duration::from_secs(86_400)).into_iter().find(|&due| due > at);
            parts.extend(next.map(|due| format!("CronJob {} is due in {} s", cron.name, due.since(at).as_secs())));
        }
        if parts.is_empty() { "Nothing has been created yet.".into() } else { format!("{}.", parts.join("; ")) }
    }

    /// What is known of one pod at an instant, a line for each thing.
    pub fn describe(&self, bar: usize, at: Timestamp, zero: Timestamp) -> Option<Vec<String>> {
        let bar = self.bars.get(bar)?;
        let track = &self.tracks[bar.track as usize];
        let place = if track.is_indexed() { "index" } else { "slot" };
        let phase = bar.phase_at(at)?;
        let before = self.lane(bar.track, bar.lane).take_while(|(_, other)| other.uid != bar.uid).count();
        // What follows in a slot is not another attempt at the same.
        let attempt = if track.is_indexed() { format!(", attempt {}", before + 1) } else { String::new() };
        let mut lines = vec![bar.pod.to_string(), format!("{place} {}{attempt}", bar.lane)];
        let since = bar.phases.iter().rev().find(|(from, _)| *from <= at).map_or(bar.created(), |(from, _)| *from);
        let code = bar.exit_code.filter(|_| phase.is_end()).map_or(String::new(), |code| format!(", exit {code}"));
        let reason = Some(&bar.reason).filter(|reason| !reason.is_empty() && (phase.is_end() || phase == Phase::Stuck));
        let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
        lines.push(format!("{}{code}{reason} since {}", phase.word(), seconds(since, zero)));
        let restarts = bar.restarts.iter().rev().find(|(from, _)| *from <= at);
        lines.extend(restarts.map(|(_, count)| format!("restarted {count} times in place")));
        lines.push(bar.node.as_deref().map_or_else(|| "no node yet".into(), |node| format!("on {node}")));
        lines.extend(bar.unseen_at(at).map(|stretch| {
            let since = seconds(stretch.from, zero);
            format!("in truth: {} since {since}", truth::words(stretch))
        }));
        let is_one = bar.runs_at(at) && self.runs_twice(bar.track, bar.lane, at);
        lines.extend(is_one.then(|| "this index runs twice".into()));
        Some(lines)
    }

    /// The picture as a table: where, pod, what it does, since when, on which node. At most `limit` rows, newest pods
    /// of each lane first.
    pub fn table(&self, at: Timestamp, zero: Timestamp, limit: usize) -> Vec<TableRow> {
        let mut rows = Vec::new();
        for (index, track) in self.tracks.iter().enumerate() {
            for (lane, bars) in track.lanes.iter().enumerate() {
                for &bar in bars.bars.iter().rev() {
                    let bar = &self.bars[bar as usize];
                    let Some(phase) = bar.phase_at(at) else { continue };
                    if rows.len() == limit {
                        return rows;
                    }
                    let place = if track.is_indexed() { format!("index {lane}") } else { format!("slot {lane}") };
                    let place = if self.tracks.len() > 1 { format!("{}, {place}", track.title) } else { place };
                    let code =
                        bar.exit_code.filter(|_| phase.is_end()).map_or(String::new(), |code| format!(", exit {code}"));
                    let ended = bar.ended.filter(|ended| *ended <= at);
                    let unseen = bar.unseen_at(at).map_or(String::new(), |it| format!(", {}", truth::words(it)));
                    rows.push(TableRow {
                        track: index,
                        bar: self.bar_of[&bar.uid] as usize,
                        place,
                        pod: bar.pod.to_string(),
                        state: format!("{}{code}{unseen}", phase.word()),
                        from: seconds(bar.created(), zero),
                        to: ended.map_or_else(|| "now".into(), |ended| seconds(ended, zero)),
                        node: bar.node.as_deref().unwrap_or("no node").to_owned(),
                    });
                }
            }
        }
        rows
    }
}

/// One pod, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    pub track: usize,
    pub bar: usize,
    /// `index 3`
    pub place: String,
    pub pod: String,
    pub state: String,
    /// `1.2 s`
    pub from: String,
    pub to: String,
    pub node: String,
}

/// Each by itself, or how many there are.
fn few(told: Vec<String>, what: &str) -> Vec<String> {
    if told.len() <= MOST_NAMED { told } else { vec![format!("{} {what}", told.len())] }
}

fn seconds(at: Timestamp, zero: Timestamp) -> String {
    let tenths = at.since(zero).as_millis() / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

//! Pods drawn over time, a letter per slice of it.

use super::{Told, WIDTH, last_instant, millis};
use crate::api::{ContainerState, Object, Pod, Uid};
use crate::recording::Run;
use crate::sim::{Map, Set, Timestamp};

/// What a letter stands for. Where several fall into one slice of time, the one that is later in this list is drawn.
const LEGEND: [(char, &str); 11] = [
    (BACK_OFF, "waits after a failure"),
    ('-', "pending"),
    ('.', "starting"),
    ('~', "terminating"),
    ('=', "running"),
    ('>', "goes on"),
    ('r', "restarted"),
    ('d', "deleted"),
    ('+', "succeeded"),
    ('x', "failed, with exit code"),
    ('!', "something was done"),
];
const BACK_OFF: char = '_';

/// Lengths that one slice of time may have, in milliseconds; beyond the last, whole days.
const SLICES: [u64; 17] = [
    50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 3_600_000,
    21_600_000,
];
const DAY: u64 = 86_400_000;

/// Columns between two labels of the axis.
const BETWEEN_LABELS: usize = 10;

/// One row: a completion index, a slot, or a pod; and the pods in it, in order.
pub struct Row<'a> {
    name: String,
    pods: Vec<&'a Told<'a>>,
}

/// A row per completion index, or per slot: a pod without an index takes the first slot that is free.
pub fn rows<'a>(by: &str, pods: &'a [Told<'a>]) -> Vec<Row<'a>> {
    let mut rows: Map<usize, Vec<&Told<'_>>> = Map::new();
    let mut busy_until: Vec<Option<Timestamp>> = Vec::new();
    for (place, pod) in pods.iter().enumerate() {
        let row = match (by, pod.facts.index) {
            ("index", Some(index)) => index as usize,
            ("pod", _) => place,
            _ => {
                let free = |until: &Option<Timestamp>| until.is_some_and(|until| Some(until) <= pod.life.created);
                let slot = busy_until.iter().position(free).unwrap_or(busy_until.len());
                busy_until.resize(busy_until.len().max(slot + 1), None);
                busy_until[slot] = pod.ended();
                slot
            }
        };
        rows.entry(row).or_default().push(pod);
    }
    let named = |(row, pods): (usize, Vec<&'a Told<'a>>)| {
        let name = if by == "pod" { pods[0].life.pod.metadata.name.to_string() } else { row.to_string() };
        Row { name, pods }
    };
    rows.into_iter().map(named).collect()
}

/// The drawing: axis, what was done, rows, legend.
pub fn timeline(run: &Run, by: &str, rows: &[Row<'_>]) -> String {
    let all: Vec<Told<'_>> = rows.iter().flat_map(|row| &row.pods).map(|pod| Told { ..**pod }).collect();
    let name_width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(by.len(), 30);
    let scale = Scale::new(run, last_instant(run, &all), WIDTH - name_width - 2);
    let states = states(run, &all);
    let mut lines = vec![(by.to_owned(), scale.axis())];
    let mut done = vec![' '; scale.columns];
    for entry in run.entries().iter().filter(|entry| entry.at > run.start()) {
        if let Some(cell) = done.get_mut(scale.column(entry.at)) {
            *cell = '!';
        }
    }
    if done.contains(&'!') {
        lines.push((String::new(), done.into_iter().collect()));
    }
    for row in rows {
        lines.push((row.name.clone(), draw(&scale, row, &states)));
    }
    let used: Set<char> = lines[1..].iter().flat_map(|(_, drawn)| drawn.chars()).collect();
    let mut text = String::new();
    for (name, drawn) in lines {
        let name: String = name.chars().take(name_width).collect();
        text.push_str(format!("{name:>name_width$}  {drawn}").trim_end());
        text.push('\n');
    }
    let legend = LEGEND.iter().filter(|(letter, _)| used.contains(letter));
    let legend: Vec<String> = legend.map(|(letter, meaning)| format!("{letter} {meaning}")).collect();
    text + &wrapped(&format!("a column is {}", scale.slice_text()), &legend)
}

/// Parts behind one another, in lines no wider than the terminal.
fn wrapped(first: &str, parts: &[String]) -> String {
    let (mut text, mut width) = (first.to_owned(), first.chars().count());
    for part in parts {
        let length = part.chars().count();
        if width + 3 + length > WIDTH {
            text.push('\n');
            width = length;
        } else {
            text.push_str("   ");
            width += 3 + length;
        }
        text.push_str(part);
    }
    text + "\n"
}

/// What each pod was doing, from which instant on.
fn states(run: &Run, pods: &[Told<'_>]) -> Map<Uid, Vec<(Timestamp, char)>> {
    let mut states: Map<Uid, Vec<(Timestamp, char)>> =
        pods.iter().map(|pod| (pod.life.pod.metadata.uid, Vec::new())).collect();
    let mut restarts = Map::new();
    for change in run.storage().changes_since(0) {
        let Object::Pod(pod) = &change.object else { continue };
        let Some(states) = states.get_mut(&pod.metadata.uid) else { continue };
        let seen = restarts.insert(pod.metadata.uid, restart_count(pod)).unwrap_or(0);
        if restart_count(pod) > seen {
            states.push((change.at, 'r'));
        }
        states.push((change.at, state(pod)));
    }
    states
}

fn restart_count(pod: &Pod) -> i32 {
    let all = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    all.map(|status| status.restart_count).sum()
}

fn state(pod: &Pod) -> char {
    let runs = |state: &Option<ContainerState>| matches!(state, Some(ContainerState::Running(_)));
    match pod.status.phase.as_str() {
        "Succeeded" => '+',
        "Failed" => 'x',
        _ if pod.metadata.is_deleting() => '~',
        _ if pod.node_name.is_none() => '-',
        "Pending" => '.',
        _ if pod.status.container_statuses.iter().any(|status| runs(&status.state)) => '=',
        _ => BACK_OFF,
    }
}

fn draw(scale: &Scale<'_>, row: &Row<'_>, states: &Map<Uid, Vec<(Timestamp, char)>>) -> String {
    let mut cells = vec![' '; scale.columns];
    let rank = |letter: char| LEGEND.iter().position(|(known, _)| *known == letter);
    let paint = |cells: &mut Vec<char>, from: Timestamp, to: Timestamp, letter: char| {
        // The slice in which the next state begins belongs to that state.
        let (first, last) = (scale.column(from), scale.column(to).max(scale.column(from) + 1));
        for cell in cells.iter_mut().take(last).skip(first) {
            if rank(*cell) < rank(letter) {
                *cell = letter;
            }
        }
    };
    for (place, pod) in row.pods.iter().enumerate() {
        let steps = states.get(&pod.life.pod.metadata.uid).map_or(&[][..], Vec::as_slice);
        let end = pod.ended().unwrap_or(scale.end);
        for (step, &(from, letter)) in steps.iter().enumerate().filter(|(_, step)| step.0 <= end) {
            let instant = matches!(letter, '+' | 'x' | 'r');
            let to = steps.get(step + 1).map_or(end, |next| next.0);
            paint(&mut cells, from, if instant { from } else { to }, letter);
        }
        match (pod.life.finished, pod.life.deleted) {
            (None, Some(deleted)) => paint(&mut cells, deleted, deleted, 'd'),
            (None, None) => paint(&mut cells, scale.end, scale.end, '>'),
            _ => {}
        }
        if let (true, Some(next)) =
            (pod.failed() && !pod.let_go(), row.pods.get(place + 1).and_then(|next| next.life.created))
        {
            paint(&mut cells, end, next, BACK_OFF);
        }
    }
    for pod in row.pods.iter().filter(|pod| pod.failed()) {
        let (Some(end), Some(code)) = (pod.ended(), pod.exit_code()) else { continue };
        let (first, code) = (scale.column(end) + 1, code.to_string());
        cells.resize(cells.len().max(first + code.len()), ' ');
        let place = &mut cells[first..first + code.len()];
        // A code that does not fit between two pods is left out; the line below the drawing counts them all.
        if place.iter().all(|cell| matches!(*cell, ' ' | BACK_OFF)) {
            place.iter_mut().zip(code.chars()).for_each(|(cell, digit)| *cell = digit);
        }
    }
    cells.into_iter().collect()
}

/// How time lies on columns.
pub struct Scale<'a> {
    run: &'a Run,
    end: Timestamp,
    /// Milliseconds per column.
    slice: u64,
    pub columns: usize,
}

impl<'a> Scale<'a> {
    /// From the start of the run to `end` on at most `width` columns, a few of them left for an exit code.
    pub fn new(run: &'a Run, end: Timestamp, width: usize) -> Self {
        let (span, most) = (millis(run, end).max(1), (width - 4) as u64);
        let fits = |slice: &&u64| span / **slice < most;
        let days = || (span / DAY / most + 1) * DAY;
        let slice = SLICES.iter().find(fits).copied().unwrap_or_else(days);
        Self { run, end, slice, columns: (span / slice + 1) as usize }
    }

    /// In which column an instant lies.
    pub fn column(&self, at: Timestamp) -> usize {
        (millis(self.run, at) / self.slice) as usize
    }

    /// Labels at round columns: `|0s       |5s`.
    pub fn axis(&self) -> String {
        let mut axis = String::new();
        for column in (0..self.columns).step_by(BETWEEN_LABELS) {
            axis.push_str(&" ".repeat(column - axis.chars().count()));
            axis.push_str(&format!("|{}", duration(column as u64 * self.slice)));
        }
        axis
    }

    fn slice_text(&self) -> String {
        match self.slice {
            slice if slice % 1000 == 0 => duration(slice),
            slice => format!("{slice}ms"),
        }
    }
}

/// `45s`, `2m30s`, `1.5s`: at most two units.
pub fn duration(millis: u64) -> String {
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let two = |a: u64, unit: &str, b: u64, smaller: &str| match b {
        0 => format!("{a}{unit}"),
        _ => format!("{a}{unit}{b}{smaller}"),
    };
    match seconds {
        0..120 if rest != 0 => format!("{seconds}.{}s", format!("{rest:03}").trim_end_matches('0')),
        0..120 => format!("{seconds}s"),
        120..7200 => two(seconds / 60, "m", seconds % 60, "s"),
        7200..172_800 => two(seconds / 3600, "h", seconds / 60 % 60, "m"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

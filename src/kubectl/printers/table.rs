//! Columns of text: how cells become aligned lines (spec 05 §3.1 and §4).

use std::borrow::Cow;

/// The narrowest column of a `kubectl get` table.
const NARROWEST: usize = 6;
/// The blanks after the longest cell of a `kubectl get` table.
const GAP: usize = 3;

/// Writes the rows of a table. Columns only grow, so that the rows of a watch stay below each other.
#[derive(Clone, Debug, Default)]
pub struct Table {
    widths: Vec<usize>,
}

impl Table {
    /// The rows as lines. Every row has the same number of cells; the last is not padded.
    pub fn write(&mut self, rows: &[Vec<String>]) -> String {
        let rows: Vec<Vec<Cow<'_, str>>> =
            rows.iter().map(|row| row.iter().map(|cell| tamed(cell)).collect()).collect();
        for row in &rows {
            for (i, cell) in row.iter().enumerate().take(row.len().saturating_sub(1)) {
                if self.widths.len() <= i {
                    self.widths.resize(i + 1, NARROWEST);
                }
                self.widths[i] = self.widths[i].max(length(cell) + GAP);
            }
        }
        let mut text = String::new();
        for row in &rows {
            for (i, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if i + 1 < row.len() {
                    pad(&mut text, self.widths[i] - length(cell));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A text that commands no terminal.
fn tamed(text: &str) -> Cow<'_, str> {
    match text.contains(['\u{1b}', '\r']) {
        true => text.replace('\u{1b}', "^[").replace('\r', "\\r").into(),
        false => text.into(),
    }
}

/// Aligns lines whose cells end with a tab: a column is as wide as its longest cell and two blanks, over as many
/// consecutive lines as have that column.
pub fn align(text: &str) -> String {
    let text = tamed(text);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len() - 1]).collect();
    set_widths(&lines, &mut widths, 0, 0, lines.len());
    let mut aligned = String::with_capacity(text.len() * 2);
    for (cells, widths) in lines.iter().zip(&widths) {
        for (i, cell) in cells.iter().enumerate() {
            aligned.push_str(cell);
            if let Some(width) = widths.get(i) {
                pad(&mut aligned, width - length(cell));
            }
        }
        aligned.push('\n');
    }
    aligned
}

/// The widths of a column and those right of it, for the lines from `start` to `end`.
fn set_widths(lines: &[Vec<&str>], widths: &mut [Vec<usize>], column: usize, start: usize, end: usize) {
    let has = |line: usize| lines[line].len() > column + 1;
    let mut line = start;
    while line < end {
        if !has(line) {
            line += 1;
            continue;
        }
        let stop = (line..end).find(|&line| !has(line)).unwrap_or(end);
        let longest = (line..stop).map(|line| length(lines[line][column])).max().unwrap_or(0);
        // A column of nothing but empty cells takes no room at all.
        let width = longest + 2;
        widths[line..stop].iter_mut().for_each(|widths| widths[column] = width);
        set_widths(lines, widths, column + 1, line, stop);
        line = stop;
    }
}

fn length(cell: &str) -> usize {
    cell.chars().count()
}

fn pad(text: &mut String, blanks: usize) {
    text.extend(std::iter::repeat_n(' ', blanks));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tables_have_wide_gaps_and_remember_their_widths() {
        let mut table = Table::default();
        let first = table.write(&[row(&["NAME", "A", "AGE"]), row(&["report", "", "8s"])]);
        assert_eq!(first, "NAME     A     AGE\nreport         8s\n");
        assert_eq!(table.write(&[row(&["r", "FailureTarget", "9s"])]), "r        FailureTarget   9s\n");
        assert_eq!(table.write(&[row(&["r", "x", "9s"])]), "r        x               9s\n");
    }

    #[test]
    fn descriptions_align_run_by_run() {
        let text =
            "Name:\tx\nPod Template:\n  Labels:\ta=b\n\tc=d\n  Containers:\n    Image:\tbusybox\nEvents:\t<none>\n";
        let expected = "Name:  x\nPod Template:\n  Labels:  a=b\n           c=d\n  Containers:\n    \
                        Image:  busybox\nEvents:     <none>\n";
        assert_eq!(align(text), expected);
    }
}

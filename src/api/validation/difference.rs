//! What is different between two versions of an object, line by line, as messages show it.
//!
//! In Kubernetes: `apimachinery/pkg/util/diff`, which spells both versions out as JSON and compares the lines the way
//! Python's `difflib` does (Ratcliff and Obershelp: the longest common block, then what is before it and after it).

use crate::sim::Map;
use std::fmt::Write as _;
use std::ops::Range;

/// How many lines that are the same are shown around those that are not.
const CONTEXT: usize = 3;
/// From this many lines on, lines that are everywhere do not count as a beginning of something common.
const MANY: usize = 200;

/// A part of both texts, which is the same in both or not.
#[derive(Clone)]
struct Part {
    same: bool,
    old: Range<usize>,
    new: Range<usize>,
}

/// What must be done to one JSON to get another: lines with a minus are gone, lines with a plus are new.
pub fn difference(old: &str, new: &str) -> String {
    let (old, new) = (indented(old), indented(new));
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut text = String::new();
    for parts in hunks(parts(&old, &new)) {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { continue };
        let place = |first: usize, end: usize| match end - first {
            0 => format!("{first},0"),
            1 => format!("{}", first + 1),
            several => format!("{},{several}", first + 1),
        };
        let (before, after) = (place(first.old.start, last.old.end), place(first.new.start, last.new.end));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "@@ -{before} +{after} @@");
        for part in parts {
            let mut tell = |mark: char, lines: &[&str]| {
                lines.iter().for_each(|line| text.extend([mark].into_iter().chain(line.chars()).chain(['\n'])))
            };
            if part.same {
                tell(' ', &old[part.old]);
            } else {
                tell('-', &old[part.old]);
                tell('+', &new[part.new]);
            }
        }
    }
    text
}

/// JSON with a line for each value, each level a space deeper.
fn indented(compact: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::with_capacity(compact.len() * 2), 0, false, false);
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    let mut chars = compact.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                if chars.peek().is_some_and(|&next| next == '}' || next == ']') {
                    out.extend(chars.next());
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// Both texts from top to bottom, in parts that are the same and parts that are not.
fn parts(old: &[&str], new: &[&str]) -> Vec<Part> {
    let mut places: Map<&str, Vec<usize>> = Map::new();
    for (at, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    if new.len() >= MANY {
        places.retain(|_, at| at.len() <= new.len() / 100 + 1);
    }
    let mut common = Vec::new();
    find_common(old, new, &places, 0..old.len(), 0..new.len(), &mut common);
    common.push((old.len(), new.len(), 0));
    let (mut parts, mut i, mut j) = (Vec::<Part>::new(), 0, 0);
    for (at_old, at_new, length) in common {
        if i < at_old || j < at_new {
            parts.push(Part { same: false, old: i..at_old, new: j..at_new });
        }
        (i, j) = (at_old + length, at_new + length);
        match parts.last_mut() {
            Some(last) if last.same => (last.old.end, last.new.end) = (i, j),
            _ if length > 0 => parts.push(Part { same: true, old: at_old..i, new: at_new..j }),
            _ => {}
        }
    }
    parts
}

/// Where texts are the same: where in the one, where in the other, and how long.
fn find_common(
    old: &[&str],
    new: &[&str],
    places: &Map<&str, Vec<usize>>,
    from: Range<usize>,
    to: Range<usize>,
    common: &mut Vec<(usize, usize, usize)>,
) {
    let (mut i, mut j, mut length) = (from.start, to.start, 0);
    let mut ending = Map::<usize, usize>::new();
    for at in from.clone() {
        let mut next = Map::new();
        for &place in places.get(old[at]).map_or(&[][..], Vec::as_slice) {
            if !to.contains(&place) {
                continue;
            }
            let so_far = place.checked_sub(1).and_then(|before| ending.get(&before)).map_or(1, |length| length + 1);
            next.insert(place, so_far);
            if so_far > length {
                (i, j, length) = (at + 1 - so_far, place + 1 - so_far, so_far);
            }
        }
        ending = next;
    }
    while i > from.start && j > to.start && old[i - 1] == new[j - 1] {
        (i, j, length) = (i - 1, j - 1, length + 1);
    }
    while i + length < from.end && j + length < to.end && old[i + length] == new[j + length] {
        length += 1;
    }
    if length == 0 {
        return;
    }
    find_common(old, new, places, from.start..i, to.start..j, common);
    common.push((i, j, length));
    find_common(old, new, places, i + length..from.end, j + length..to.end, common);
}

/// The parts that are not the same, those close to each other together, each with a few lines around it.
fn hunks(mut parts: Vec<Part>) -> Vec<Vec<Part>> {
    let shorten_start = |part: &mut Part| {
        part.old.start = part.old.start.max(part.old.end.saturating_sub(CONTEXT));
        part.new.start = part.new.start.max(part.new.end.saturating_sub(CONTEXT));
    };
    let shorten_end = |part: &mut Part| {
        part.old.end = part.old.end.min(part.old.start + CONTEXT);
        part.new.end = part.new.end.min(part.new.start + CONTEXT);
    };
    if let Some(first) = parts.first_mut().filter(|part| part.same) {
        shorten_start(first);
    }
    if let Some(last) = parts.last_mut().filter(|part| part.same) {
        shorten_end(last);
    }
    let (mut hunks, mut hunk) = (Vec::new(), Vec::new());
    for mut part in parts {
        if part.same && part.old.len() > 2 * CONTEXT {
            let mut end = part.clone();
            shorten_end(&mut end);
            hunk.push(end);
            hunks.push(std::mem::take(&mut hunk));
            shorten_start(&mut part);
        }
        hunk.push(part);
    }
    hunks.push(hunk);
    hunks.retain(|hunk| hunk.iter().any(|part| !part.same));
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_different_is_shown_with_what_is_around_it() {
        let list = |numbers: &[usize]| format!("{numbers:?}").replace(' ', "");
        let twenty: Vec<usize> = (1..=20).collect();
        let mut changed = twenty.clone();
        (changed[1], changed[14]) = (99, 98);
        changed.remove(17);
        for (old, new, expected) in [
            ("{}".to_owned(), "{}".to_owned(), ""),
            (
                "[]".into(),
                "{\"a\":[],\"b\":\"x:{,\\\"\"}".into(),
                "@@ -1 +1,4 @@\n-[]\n+{\n+ \"a\": [],\n+ \"b\": \"x:{,\\\"\"\n+}\n",
            ),
            (
                list(&twenty),
                list(&changed),
                "@@ -1,6 +1,6 @@\n [\n  1,\n- 2,\n+ 99,\n  3,\n  4,\n  5,\n\
                 @@ -13,10 +13,9 @@\n  12,\n  13,\n  14,\n- 15,\n+ 98,\n  16,\n  17,\n- 18,\n  19,\n  20\n ]\n",
            ),
        ] {
            assert_eq!(difference(&old, &new), expected);
        }
    }

    #[test]
    fn lines_that_are_everywhere_begin_nothing() {
        // With fewer lines the zeros would be what is common; here the one line that is rare is.
        let text = |zeros: usize, before: &str, after: &str| {
            let zeros = vec!["0"; zeros].join(",");
            format!("[{before}{zeros}{after}]")
        };
        let told = |zeros: usize| difference(&text(zeros, "7,", ""), &text(zeros, "", ",7"));
        assert_eq!(
            told(9),
            "@@ -1,5 +1,4 @@\n [\n- 7,\n  0,\n  0,\n  0,\n@@ -8,5 +7,6 @@\n  0,\n  0,\n  0,\n- 0\n+ 0,\n+ 7\n ]\n"
        );
        assert!(told(300).starts_with("@@ -1,303 +1,303 @@\n [\n- 7,\n- 0,\n"));
    }
}

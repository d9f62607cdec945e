//! Patterns of the shell: `*`, `?`, `[…]`, and `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`.
//!
//! In a pattern what was quoted stands behind a backslash.

use super::super::{FileKind, Files};

/// How many comparisons one match may take; beyond that nothing matches.
const MOST_STEPS: u32 = 2_000_000;
/// How many files a pattern may name.
const MOST_FILES: usize = 20_000;

/// A pattern, ready to be compared.
pub struct Pattern {
    pieces: Vec<Piece>,
}

enum Piece {
    Char(char),
    Any,
    Star,
    Set { negated: bool, ranges: Vec<(char, char)> },
    Group { sign: char, choices: Vec<Vec<Piece>> },
}

impl Pattern {
    pub fn new(text: &str, extended: bool) -> Self {
        let symbols: Vec<char> = text.chars().collect();
        Self { pieces: pieces(&symbols, &mut 0, extended, 0) }
    }

    /// Whether all of the text matches.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.matches_chars(&text)
    }

    fn matches_chars(&self, text: &[char]) -> bool {
        matches(&self.pieces, text, &mut MOST_STEPS.clone(), &mut |rest| rest.is_empty())
    }

    /// The length of what matches at the start, in bytes: the shortest or the longest.
    pub fn prefix(&self, text: &str, longest: bool) -> Option<usize> {
        let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        if longest {
            ends.reverse();
        }
        ends.into_iter().find(|&end| self.matches(&text[..end]))
    }

    /// Where what matches at the end begins, in bytes.
    pub fn suffix(&self, text: &str, longest: bool) -> Option<usize> {
        let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        if !longest {
            starts.reverse();
        }
        starts.into_iter().find(|&start| self.matches(&text[start..]))
    }

    /// The longest match that begins at the start of the text, in characters.
    fn longest(&self, text: &[char]) -> Option<usize> {
        let mut best = None;
        matches(&self.pieces, text, &mut MOST_STEPS.clone(), &mut |rest| {
            let len = text.len() - rest.len();
            best = best.max(Some(len));
            false
        });
        best
    }

    /// The text with what matches replaced.
    pub fn replace(&self, text: &str, with: &str, all: bool, anchor: Option<char>) -> String {
        match anchor {
            Some('#') => {
                return self.prefix(text, true).map_or(text.to_owned(), |end| format!("{with}{}", &text[end..]));
            }
            Some(_) => return self.suffix(text, true).map_or(text.to_owned(), |at| format!("{}{with}", &text[..at])),
            None => {}
        }
        let symbols: Vec<char> = text.chars().collect();
        let mut result = String::new();
        let mut at = 0;
        let mut budget = MOST_STEPS as usize;
        while at < symbols.len() {
            budget = budget.saturating_sub(1);
            match self.longest(&symbols[at..]).filter(|len| *len > 0 && budget > 0) {
                Some(len) => {
                    result.push_str(with);
                    at += len;
                    if !all {
                        break;
                    }
                }
                None => {
                    result.push(symbols[at]);
                    at += 1;
                }
            }
        }
        result.extend(&symbols[at..]);
        result
    }
}

fn pieces(text: &[char], at: &mut usize, extended: bool, depth: u32) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(&symbol) = text.get(*at) {
        if depth > 0 && matches!(symbol, '|' | ')') {
            break;
        }
        *at += 1;
        let group = extended && text.get(*at) == Some(&'(') && depth < 20;
        match symbol {
            '?' | '*' | '+' | '@' | '!' if group => {
                let start = *at;
                *at += 1;
                let mut choices = Vec::new();
                loop {
                    choices.push(self::pieces(text, at, true, depth + 1));
                    match text.get(*at) {
                        Some('|') => *at += 1,
                        _ => break,
                    }
                }
                if text.get(*at) == Some(&')') {
                    *at += 1;
                    pieces.push(Piece::Group { sign: symbol, choices });
                } else {
                    *at = start;
                    pieces.push(Piece::Char(symbol));
                }
            }
            '*' if matches!(pieces.last(), Some(Piece::Star)) => {}
            '*' => pieces.push(Piece::Star),
            '?' => pieces.push(Piece::Any),
            '[' => match set(&text[*at..]) {
                Some((set, len)) => {
                    *at += len;
                    pieces.push(set);
                }
                None => pieces.push(Piece::Char('[')),
            },
            '\\' => {
                pieces.push(Piece::Char(text.get(*at).copied().unwrap_or('\\')));
                *at += 1;
            }
            other => pieces.push(Piece::Char(other)),
        }
    }
    pieces
}

/// What is between brackets, and how long it is, the closing one included.
fn set(text: &[char]) -> Option<(Piece, usize)> {
    let negated = matches!(text.first(), Some('!' | '^'));
    let mut at = usize::from(negated);
    let first = at;
    let mut ranges = Vec::new();
    loop {
        let symbol = *text.get(at)?;
        if symbol == ']' && at > first {
            return Some((Piece::Set { negated, ranges }, at + 1));
        }
        if symbol == '[' && text.get(at + 1) == Some(&':') {
            let rest: String = text[at + 2..].iter().take(12).collect();
            if let Some((name, _)) = rest.split_once(":]") {
                ranges.extend_from_slice(class(name)?);
                at += name.len() + 4;
                continue;
            }
        }
        let one = |at: &mut usize| {
            let symbol = *text.get(*at)?;
            *at += 1;
            if symbol != '\\' {
                return Some(symbol);
            }
            *at += 1;
            text.get(*at - 1).copied()
        };
        let low = one(&mut at)?;
        let is_range = text.get(at) == Some(&'-') && !matches!(text.get(at + 1), None | Some(']'));
        if is_range {
            at += 1;
            ranges.push((low, one(&mut at)?));
        } else {
            ranges.push((low, low));
        }
    }
}

/// The characters of a class such as `[:digit:]`.
pub fn class(name: &str) -> Option<&'static [(char, char)]> {
    Some(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        "word" => &[('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')],
        _ => return None,
    })
}

/// Whether the pieces match the start of the text so that what follows is content with the rest.
fn matches(pieces: &[Piece], text: &[char], steps: &mut u32, then: &mut dyn FnMut(&[char]) -> bool) -> bool {
    let mut text = text;
    for (place, piece) in pieces.iter().enumerate() {
        if *steps == 0 {
            return false;
        }
        *steps -= 1;
        let rest = &pieces[place + 1..];
        match piece {
            Piece::Char(symbol) if text.first() == Some(symbol) => text = &text[1..],
            Piece::Any if !text.is_empty() => text = &text[1..],
            Piece::Set { negated, ranges } => match text.first() {
                Some(symbol) if ranges.iter().any(|(low, high)| low <= symbol && symbol <= high) != *negated => {
                    text = &text[1..];
                }
                _ => return false,
            },
            Piece::Star => {
                if rest.is_empty() {
                    // The most first, so that the longest is found at once.
                    return (0..=text.len()).rev().any(|skip| then(&text[skip..]));
                }
                return (0..=text.len()).any(|skip| matches(rest, &text[skip..], steps, then));
            }
            Piece::Group { sign: '!', choices } => {
                return (0..=text.len()).rev().any(|len| {
                    let inside = &text[..len];
                    let chosen =
                        choices.iter().any(|choice| matches(choice, inside, steps, &mut |rest| rest.is_empty()));
                    !chosen && matches(rest, &text[len..], steps, then)
                });
            }
            Piece::Group { sign, choices } => {
                return group(*sign, choices, rest, text, steps, then);
            }
            _ => return false,
        }
    }
    then(text)
}

fn group(
    sign: char,
    choices: &[Vec<Piece>],
    rest: &[Piece],
    text: &[char],
    steps: &mut u32,
    then: &mut dyn FnMut(&[char]) -> bool,
) -> bool {
    if matches!(sign, '?' | '*') && matches(rest, text, steps, then) {
        return true;
    }
    choices.iter().any(|choice| {
        // Each choice is tried for every length it can have: groups are short.
        (0..=text.len()).any(|len| {
            if !matches(choice, &text[..len], steps, &mut |left| left.is_empty()) {
                return false;
            }
            let after = &text[len..];
            match sign {
                '*' | '+' if len > 0 => group('*', choices, rest, after, steps, then),
                _ => matches(rest, after, steps, then),
            }
        })
    })
}

/// Whether a pattern names files: whether something in it is special.
pub fn is_special(pattern: &str, extended: bool) -> bool {
    let mut symbols = pattern.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\\' => {
                symbols.next();
            }
            '*' | '?' | '[' => return true,
            '(' if extended => return true,
            _ => {}
        }
    }
    false
}

/// A pattern as the text it was made of.
pub fn plain(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut symbols = pattern.chars();
    while let Some(symbol) = symbols.next() {
        text.push(if symbol == '\\' { symbols.next().unwrap_or('\\') } else { symbol });
    }
    text
}

/// Adds text to a pattern, that means itself.
pub fn push_plain(pattern: &mut String, text: &str) {
    for symbol in text.chars() {
        if matches!(symbol, '\\' | '*' | '?' | '[' | ']' | '-' | '!' | '^' | '(' | ')' | '|' | '+' | '@') {
            pattern.push('\\');
        }
        pattern.push(symbol);
    }
}

/// The files that match a pattern, in order.
pub fn files(files: &Files, dir: &str, pattern: &str, extended: bool, hidden: bool) -> Vec<String> {
    let (mut found, parts) = match pattern.strip_prefix('/') {
        Some(rest) => (vec!["/".to_owned()], rest),
        None => (vec![String::new()], pattern),
    };
    let parts: Vec<&str> = parts.split('/').collect();
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let mut next = Vec::new();
        for base in found {
            let at = |name: &str| format!("{base}{name}");
            if !is_special(part, extended) {
                let name = plain(part);
                let path = super::super::absolute(dir, &at(&name));
                let stat = files.link_stat(&path);
                if last && name.is_empty() || stat.is_ok() {
                    next.push(if last { at(&name) } else { at(&name) + "/" });
                }
                continue;
            }
            let matcher = Pattern::new(part, extended);
            let Ok(entries) = files.list(&super::super::absolute(dir, &base)) else { continue };
            for (name, stat) in entries {
                let shown = hidden || !name.starts_with('.') || part.starts_with('.') || part.starts_with("\\.");
                let may = shown && (last || stat.kind != FileKind::File);
                if may && next.len() < MOST_FILES && matcher.matches(&name) {
                    next.push(if last { at(&name) } else { at(&name) + "/" });
                }
            }
        }
        found = next;
    }
    found.sort();
    found
}

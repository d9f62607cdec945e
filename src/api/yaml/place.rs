//! Where things are in a file, which the parser may have seen a little changed.

use super::Position;
use crate::sim::Set;
use saphyr_parser::Marker;

/// Where the parser's markers are in the file, and what stands there.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub text: &'a str,
    pub first_line: usize,
    /// Lines that were moved to the right before they were parsed, and by how many columns.
    pub shifts: &'a Set<usize>,
    pub width: usize,
}

impl<'a> Place<'a> {
    pub fn of(self, mark: Marker) -> Position {
        let shifted = if self.shifts.contains(&mark.line()) { self.width } else { 0 };
        Position { line: mark.line() + self.first_line - 1, column: mark.col().saturating_sub(shifted) + 1 }
    }

    pub fn of_byte(self, at: usize) -> Position {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + self.first_line;
        Position { line, column: before[line_start..].chars().count() + 1 }
    }

    pub fn byte_of(self, at: Position) -> usize {
        let line = self.line_of(at);
        let column = line.char_indices().nth(at.column - 1).map_or(line.len(), |(byte, _)| byte);
        line.as_ptr() as usize - self.text.as_ptr() as usize + column
    }

    /// The line of a place.
    pub fn line_of(self, at: Position) -> &'a str {
        self.text.lines().nth(at.line - self.first_line).unwrap_or(&self.text[self.text.len()..])
    }

    /// That line up to the place.
    pub fn line_until(self, at: Position) -> &'a str {
        let line = self.line_of(at);
        &line[..line.char_indices().nth(at.column - 1).map_or(line.len(), |(byte, _)| byte)]
    }

    /// The name in `&name` or `*name` at a place.
    pub fn name_at(self, at: Position) -> &'a str {
        let text = self.text[self.byte_of(at)..].trim_start_matches(['&', '*']);
        &text[..text.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(text.len())]
    }

    /// The first tab before the text of a line, from this line on.
    pub fn next_tab(self, at: Position) -> Option<Position> {
        let lines = self.text.lines().enumerate().skip(at.line - self.first_line);
        lines.map(|(index, line)| (index, line, line.len() - line.trim_start_matches(' ').len())).find_map(
            |(index, line, tab)| {
                line[tab..].starts_with('\t').then_some(Position { line: index + self.first_line, column: tab + 1 })
            },
        )
    }

    /// The first line below that is neither empty nor a comment.
    pub fn next_text(self, at: Position) -> Position {
        let lines = self.text.lines().enumerate().skip(at.line - self.first_line + 1);
        lines
            .map(|(index, line)| (index, line.trim_start(), line.len() - line.trim_start().len()))
            .find(|(_, text, _)| !text.is_empty() && !text.starts_with('#'))
            .map_or_else(
                || self.end(),
                |(index, _, indent)| Position { line: index + self.first_line, column: indent + 1 },
            )
    }

    /// The line after the last.
    pub fn end(self) -> Position {
        Position { line: self.text.lines().count() + self.first_line, column: 1 }
    }

    /// The first wrong escape in the double-quoted text that starts at a place.
    pub fn bad_escape(self, at: Position) -> Option<Position> {
        let start = self.byte_of(at) + 1;
        let mut chars = self.text.get(start..)?.char_indices();
        while let Some((backslash, c)) = chars.next() {
            let digits = match if c == '\\' { chars.next()?.1 } else { continue } {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                '0' | 'a' | 'b' | 't' | '\t' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\' | 'N' | '_'
                | 'L' | 'P' | '\n' | '\r' => continue,
                _ => return Some(self.of_byte(start + backslash)),
            };
            let code = self.text.get(start + backslash + 2..start + backslash + 2 + digits);
            if code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32).is_none() {
                return Some(self.of_byte(start + backslash));
            }
        }
        None
    }

    /// Where the bracket or brace at a place is closed, as far as can be told at a glance.
    pub fn closing_bracket(self, at: Position) -> Option<Position> {
        let start = self.byte_of(at);
        let (mut depth, mut quote, mut previous) = (0, None, ' ');
        for (byte, c) in self.text[start..].char_indices() {
            match (quote, c) {
                (Some('#'), '\n') => quote = None,
                (Some(open), _) if open == c && (c != '"' || previous != '\\') => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if previous.is_whitespace() || "[{,:".contains(previous) => quote = Some(c),
                (None, '#') if previous.is_whitespace() => quote = Some('#'),
                (None, '[' | '{') => depth += 1,
                (None, ']' | '}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(self.of_byte(start + byte));
            }
            previous = c;
        }
        None
    }

    /// Where the quoted text that starts at a place is closed.
    pub fn closing_quote(self, at: Position) -> Option<Position> {
        let start = self.byte_of(at);
        let quote = self.text[start..].chars().next()?;
        let mut chars = self.text[start + 1..].char_indices().peekable();
        while let Some((byte, c)) = chars.next() {
            let escaped = quote == '"' && c == '\\'
                || quote == '\'' && c == quote && chars.peek().is_some_and(|&(_, next)| next == quote);
            if escaped {
                chars.next();
            } else if c == quote {
                return Some(self.of_byte(start + 1 + byte));
            }
        }
        None
    }
}

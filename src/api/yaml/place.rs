//! Where things are in a file.

use super::Position;
use super::libyaml::Mark;

/// Where the parser's marks are in the file, and what stands there.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub text: &'a str,
    pub first_line: usize,
}

impl<'a> Place<'a> {
    pub fn of(self, mark: Mark) -> Position {
        Position { line: mark.line + self.first_line, column: mark.column + 1 }
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
}

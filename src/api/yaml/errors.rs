//! The two texts of every syntax error: kubectl's own, and a sentence for the editor.
//!
//! kubectl's words come from go-yaml, a port of libyaml; our parser has other words for the same mistakes, so a table maps
//! them. The line in kubectl's text is its own, too: libyaml counts from 0, and only errors of its scanner are corrected by
//! one, so "line 3" may be the line before the one to mend. The editor's mark is where the mistake shows.

use super::place::Place;
use super::{Content, Position, Span, SyntaxError, Tree};
use saphyr_parser::ScanError;

/// Which half of libyaml finds a mistake, which decides how it counts lines.
#[derive(Clone, Copy, PartialEq)]
enum Finder {
    Scanner,
    Parser,
}
use Finder::{Parser, Scanner};

/// Where libyaml says a mistake is, given where our parser saw it.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// There.
    Mark,
    /// At the first tab from there on that stands before the text of a line.
    Tab,
    /// At the escape sequence that is wrong.
    Escape,
    /// On the next line that says something.
    NextLine,
    /// Behind the last line.
    End,
}

/// A mistake in libyaml's words and in ours.
type Mistake = (Finder, At, &'static str, &'static str);

const TAB: &str = "YAML does not allow tabs for indentation: use spaces.";
const KEY: &str = "This line does not fit what stands above it: compare its indentation with the lines before.";
const ESCAPE: &str = "Between double quotes a backslash starts an escape such as \\n; write \\\\ or use single quotes.";
const COLON: &str = "A key needs a colon and a space after it, as in \"name: demo\".";
const QUOTE: &str = "The quote that opens here is never closed.";
const EXPECTED_KEY: Mistake = (Parser, At::Mark, "did not find expected key", KEY);
const EXPECTED_ENTRY: Mistake = (Parser, At::Mark, "did not find expected '-' indicator", KEY);
const EXPECTED_IN_LIST: Mistake = (
    Parser,
    At::Mark,
    "did not find expected ',' or ']'",
    "A list in [ ] needs commas between its items and a ] at its end.",
);
const EXPECTED_IN_MAP: Mistake = (
    Parser,
    At::Mark,
    "did not find expected ',' or '}'",
    "A mapping in { } needs commas between its entries and a } at its end.",
);
const EXPECTED_CONTENT: Mistake = (Parser, At::Mark, "did not find expected node content", "A value is missing here.");
const EXPECTED_NAME: Mistake = (
    Scanner,
    At::Mark,
    "did not find expected alphabetic or numeric character",
    "A value that starts with & or * must stand in quotes.",
);
const EXPECTED_COLON: Mistake = (Scanner, At::Mark, "could not find expected ':'", COLON);

/// What our parser says (a part of it), and the mistake behind it. The first that fits counts.
#[rustfmt::skip]
const MISTAKES: &[(&str, Mistake)] = &[
    ("while scanning a plain scalar, found a tab", (Scanner, At::Tab, "found a tab character that violates indentation", TAB)),
    ("start with a tab", (Scanner, At::Tab, "found a tab character where an indentation space is expected", TAB)),
    ("tab", (Scanner, At::Tab, "found character that cannot start any token", TAB)),
    ("simple key expect", EXPECTED_COLON),
    ("wrongly indented line in block scalar", EXPECTED_COLON),
    ("did not find expected key", EXPECTED_KEY),
    ("did not find expected '-' indicator", EXPECTED_ENTRY),
    ("comment intercepting", (Parser, At::NextLine, "did not find expected key", "A comment has ended the text above, so this line cannot continue it.")),
    ("expected ',' or '}'", EXPECTED_IN_MAP),
    ("expected ',' or ']'", EXPECTED_IN_LIST),
    ("node content", EXPECTED_CONTENT),
    ("end of plain scalar", EXPECTED_CONTENT),
    ("mapping values are not allowed", (Scanner, At::Mark, "mapping values are not allowed in this context", "There is one colon too many on this line, or it is indented too far. Text with \": \" in it needs quotes.")),
    ("mapping keys are not allowed", (Scanner, At::Mark, "mapping keys are not allowed in this context", "A key cannot stand here.")),
    ("block sequence entries", (Scanner, At::Mark, "block sequence entries are not allowed in this context", "A list (\"- …\") begins on a line of its own, below its key.")),
    ("is only valid inside a block", (Scanner, At::Mark, "block sequence entries are not allowed in this context", "Within [ ] and { } a list is written [a, b].")),
    ("cannot start with '-'", (Scanner, At::Mark, "block sequence entries are not allowed in this context", "Within [ ] and { } a list is written [a, b].")),
    ("unexpected character", (Scanner, At::Mark, "found character that cannot start any token", "A value cannot start with this character unless it stands in quotes.")),
    ("in quoted scalar", (Scanner, At::End, "found unexpected end of stream", QUOTE)),
    ("unexpected end of stream", (Scanner, At::End, "found unexpected end of stream", QUOTE)),
    ("unexpected document indicator", (Scanner, At::Mark, "found unexpected document indicator", QUOTE)),
    ("unknown escape", (Scanner, At::Escape, "found unknown escape character", ESCAPE)),
    ("hexadecimal", (Scanner, At::Escape, "did not find expected hexdecimal number", ESCAPE)),
    ("character escape code", (Scanner, At::Escape, "found invalid Unicode character escape code", ESCAPE)),
    ("indentation indicator equal", (Scanner, At::Mark, "found an indentation indicator equal to 0", "Write | or > without a zero.")),
    ("comment or line break", (Scanner, At::Mark, "did not find expected comment or line break", "After | or > the text begins on the next line.")),
    ("handle wasn't declared", (Parser, At::Mark, "found undefined tag handle", "A value that starts with ! must stand in quotes.")),
    ("alphabetic or numeric", EXPECTED_NAME),
    ("tag", (Scanner, At::Mark, "did not find expected tag URI", "A value that starts with ! must stand in quotes.")),
    ("document start", (Parser, At::Mark, "did not find expected <document start>", "This does not belong to the document above; documents are separated by ---.")),
    ("document end marker", (Parser, At::Mark, "did not find expected <document start>", "A line that starts with % is a directive; put the text in quotes.")),
];

/// The collection in which a mistake was made.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Within {
    FlowList,
    FlowMap,
    BlockList,
    BlockMap,
}

fn error(span: Span, why: String, plain: &str) -> SyntaxError {
    SyntaxError { span, kubectl: format!("error converting YAML to JSON: yaml: {why}"), plain: plain.to_owned() }
}

fn one_character(start: Position) -> Span {
    Span { start, end: Position { column: start.column + 1, ..start } }
}

/// An error of our parser, in go-yaml's words.
pub(super) fn of_scan(found: &ScanError, place: Place, within: Option<Within>) -> SyntaxError {
    let mark = place.of(*found.marker());
    let before = place.line_until(mark).trim_end();
    let expected = match within {
        Some(Within::FlowList) => EXPECTED_IN_LIST,
        Some(Within::FlowMap) => EXPECTED_IN_MAP,
        Some(Within::BlockList) => EXPECTED_ENTRY,
        _ => EXPECTED_KEY,
    };
    let known = match found.info() {
        info if info.contains("recursion limit") => return too_deep(one_character(mark)),
        info if info.contains("byte order mark") => return control_character(mark),
        info if info.contains("unknown anchor") => {
            let name = place.name_at(mark);
            if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)) {
                return of_mistake(EXPECTED_NAME, mark, place);
            }
            let why = format!("unknown anchor '{name}' referenced");
            return error(
                one_character(mark),
                why,
                "Nothing above is called so (with &). If it is text, put quotes around it.",
            );
        }
        info if info.contains("misplaced bracket") && before.ends_with([':', '-']) => EXPECTED_CONTENT,
        info if info.contains("trailing content")
            && before.trim_start_matches([' ', '-']).starts_with(['"', '\''])
            && !before.contains(": ") =>
        {
            let (finder, _, words, plain) = EXPECTED_COLON;
            (finder, At::NextLine, words, plain)
        }
        info if ["misplaced bracket", "trailing content", "illegal placement of ':'"]
            .iter()
            .any(|i| info.contains(i)) =>
        {
            expected
        }
        info if info.contains("expected key") && place.line_of(mark).trim_start_matches(' ').starts_with('\t') => {
            (Scanner, At::Tab, "found a tab character where an indentation space is expected", TAB)
        }
        info => MISTAKES.iter().find(|(part, _)| info.contains(part)).map_or(expected, |&(_, mistake)| mistake),
    };
    of_mistake(known, mark, place)
}

fn of_mistake((finder, at, words, plain): Mistake, mark: Position, place: Place) -> SyntaxError {
    let there = match at {
        At::Mark => mark,
        At::Tab => place.next_tab(mark).unwrap_or(mark),
        At::Escape => place.bad_escape(mark).unwrap_or(mark),
        At::NextLine => place.next_text(mark),
        At::End => place.end(),
    };
    // An unclosed quote is best shown where it opens.
    let shown = if at == At::End { mark } else { there };
    // libyaml's first line is 0, which go-yaml takes for "unknown".
    let index = there.line - place.first_line;
    let line = match finder {
        _ if index == 0 => String::new(),
        Scanner => format!("line {}: ", index + 1),
        Parser => format!("line {index}: "),
    };
    error(one_character(shown), format!("{line}{words}"), plain)
}

pub(super) fn control_character(at: Position) -> SyntaxError {
    error(
        one_character(at),
        "control characters are not allowed".into(),
        "There is an invisible control character here; delete it.",
    )
}

/// A tab before anything else, which our parser lets pass.
pub(super) fn leading_tab(at: Position, place: Place) -> SyntaxError {
    of_mistake((Scanner, At::Mark, "found character that cannot start any token", TAB), at, place)
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    error(span, "exceeded max depth of 10000".into(), "This is nested deeper than anything in Kubernetes.")
}

pub(super) fn excessive_aliasing(span: Span) -> SyntaxError {
    let plain = "Aliases repeat so much of the text here that reading it all would take too long.";
    error(span, "document contains excessive aliasing".into(), plain)
}

pub(super) fn contains_itself(name: &str, span: Span) -> SyntaxError {
    error(span, format!("anchor '{name}' value contains itself"), "This alias stands inside the very thing it repeats.")
}

pub(super) fn bad_merge(span: Span) -> SyntaxError {
    let plain = "\"<<\" takes a mapping, or a list of mappings, whose keys it brings in.";
    error(span, "map merge requires map or sequence of maps as the value".into(), plain)
}

pub(super) fn of_value(why: String, span: Span) -> SyntaxError {
    error(span, why, "The tag (\"!!…\") asks for another type than this text has.")
}

/// A number that JSON cannot have: `.inf` or `.nan`.
pub(super) fn no_number(number: f64, span: Span) -> SyntaxError {
    let name = match number {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "+Inf",
        _ => "-Inf",
    };
    let plain = "JSON has no such number. As a text, it needs quotes.".into();
    SyntaxError { span, kubectl: format!("error converting YAML to JSON: json: unsupported value: {name}"), plain }
}

/// A key that JSON cannot have. Most often it is the `{{ … }}` of a template that nobody has filled in.
pub(super) fn of_key(why: &str, key: &Tree, value: &Tree, place: Place) -> SyntaxError {
    if key.span.start == key.span.end {
        return of_mistake(EXPECTED_KEY, key.span.start, place);
    }
    if key.content == Content::Null {
        let why = format!("error converting YAML to JSON: {why}, key: <nil>, value: {}", go_syntax(value));
        return SyntaxError { span: key.span, kubectl: why, plain: "null cannot be a key.".into() };
    }
    let plain = "A key must be a word. If this is a template (\"{{ … }}\"), fill it in first, or put quotes around it.";
    error(key.span, format!("{why}: {}", go_syntax(key)), plain)
}

/// A value as Go's `%#v` shows it.
fn go_syntax(node: &Tree) -> String {
    let any = |node: &Tree| match &node.content {
        Content::Null => "interface {}(nil)".to_owned(),
        _ => go_syntax(node),
    };
    match &node.content {
        Content::Null => "<nil>".into(),
        Content::Bool(b) => b.to_string(),
        Content::Int(i) => i.to_string(),
        Content::Float(f) => super::print::float(*f),
        Content::Text(text) => format!("{text:?}"),
        Content::List(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(any).collect::<Vec<_>>().join(", "))
        }
        Content::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{:?}:{}", e.key, any(&e.value))).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

/// A document separator with something behind it.
pub(super) fn bad_separator(stray: &str, line: usize) -> SyntaxError {
    let span = Span { start: Position { line, column: 1 }, end: Position { line, column: 4 } };
    let plain = "Only a comment may follow \"---\" on its line.".into();
    SyntaxError { span, kubectl: format!("invalid Yaml document separator: {stray}"), plain }
}

pub(super) fn too_large() -> SyntaxError {
    let start = Position { line: 1, column: 1 };
    SyntaxError {
        span: Span { start, end: start },
        kubectl: "Request entity too large: limit is 3145728".into(),
        plain: "The text is larger than the API server takes (3 MiB for an object).".into(),
    }
}

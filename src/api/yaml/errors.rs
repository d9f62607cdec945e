//! The two texts of every syntax error: kubectl's own, and a sentence for the editor.
//!
//! kubectl's words come from go-yaml, a port of libyaml, of which our parser is another. The line in kubectl's text is its
//! own, too: libyaml counts from 0, and only errors of its scanner are corrected by one, so "line 3" may be the line before
//! the one to mend. The editor's mark is where the mistake shows.

use super::libyaml::Mistake;
use super::place::Place;
use super::{Content, Position, Span, SyntaxError, Tree};

const TAB: &str = "YAML does not allow tabs for indentation: use spaces.";
const KEY: &str = "This line does not fit what stands above it: compare its indentation with the lines before.";
const ESCAPE: &str = "Between double quotes a backslash starts an escape such as \\n; write \\\\ or use single quotes.";
const QUOTE: &str = "The quote that opens here is never closed.";
const TAG: &str = "A value that starts with ! must stand in quotes.";
const START: &str = "A value cannot start with this character unless it stands in quotes.";

/// What libyaml says (a part of it), in plain words. The first that fits counts.
const PLAIN: [(&str, &str); 21] = [
    ("tab character", TAB),
    ("cannot start any token", START),
    ("expected ':'", "A key needs a colon and a space after it, as in \"name: demo\"."),
    ("expected key", KEY),
    ("'-' indicator", KEY),
    ("',' or ']'", "A list in [ ] needs commas between its items and a ] at its end."),
    ("',' or '}'", "A mapping in { } needs commas between its entries and a } at its end."),
    ("node content", "A value is missing here."),
    (
        "mapping values are not allowed",
        "There is one colon too many on this line, or it is indented too far. Text with \": \" in it needs quotes.",
    ),
    ("mapping keys are not allowed", "A key cannot stand here."),
    (
        "block sequence entries",
        "A list (\"- …\") begins on a line of its own, below its key. Within [ ] it is written [a, b].",
    ),
    ("unexpected end of stream", QUOTE),
    ("unexpected document indicator", QUOTE),
    ("escape character", ESCAPE),
    ("hexdecimal", ESCAPE),
    ("escape code", ESCAPE),
    ("indentation indicator", "Write | or > without a zero."),
    ("comment or line break", "After | or > the text begins on the next line."),
    ("alphabetic or numeric", "A value that starts with & or * must stand in quotes."),
    ("<document start>", "This does not belong to the document above; documents are separated by ---."),
    ("directive", "A line that starts with % is a directive; put the text in quotes."),
];

fn error(span: Span, why: String, plain: &str) -> SyntaxError {
    SyntaxError { span, kubectl: format!("error converting YAML to JSON: yaml: {why}"), plain: plain.to_owned() }
}

fn one_character(start: Position) -> Span {
    Span { start, end: Position { column: start.column + 1, ..start } }
}

/// An error of the parser.
pub(super) fn of_syntax(found: &Mistake, place: Place) -> SyntaxError {
    let &Mistake { ref problem, at, context, is_scanned } = found;
    if problem.contains("<document start>")
        && let Some(line) = place.text.lines().position(|line| line.starts_with("%YAML") && !line.contains("1.1"))
    {
        return incompatible(line, place);
    }
    // Newer versions of libyaml spell it right.
    let words = problem.replace("hexadecimal", "hexdecimal");
    // libyaml's first line is 0, which go-yaml takes for "unknown".
    let line = match (at.line, context.line) {
        (0, 0) => String::new(),
        (0, line) => format!("line {line}: "),
        (line, _) => format!("line {}: ", line + usize::from(is_scanned)),
    };
    let known = PLAIN.iter().find(|(part, _)| words.contains(part));
    let plain = known.map_or(TAG, |(_, plain)| plain);
    // An unclosed quote is best shown where it opens.
    let there = place.of(if plain == QUOTE { context } else { at });
    let is_tab = plain == START && place.text[place.byte_of(there)..].starts_with('\t');
    error(one_character(there), format!("{line}{words}"), if is_tab { TAB } else { plain })
}

/// A version that go-yaml does not know yet, and our parser does. Whatever the version, kubectl takes no such line: it cuts
/// the file at the `---` that must follow.
fn incompatible(line: usize, place: Place) -> SyntaxError {
    let start = Position { line: place.first_line + line, column: 1 };
    let words = if line == 0 { String::new() } else { format!("line {line}: ") } + "found incompatible YAML document";
    error(one_character(start), words, "kubectl takes no line that starts with %YAML: leave it out.")
}

/// A question mark that our parser takes for a part of the text around it, in a collection that begins at `start`.
pub(super) fn question_mark(at: Position, start: Position, in_list: bool, place: Place) -> SyntaxError {
    let line = match [at, start].map(|it| it.line - place.first_line) {
        [0, _] => String::new(),
        [line, _] => format!("line {line}: "),
    };
    let bracket = if in_list { ']' } else { '}' };
    let plain = "In brackets kubectl takes a ? for the beginning of a key: put this text in quotes.";
    error(one_character(at), format!("{line}did not find expected ',' or '{bracket}'"), plain)
}

/// An escape that our parser lets pass.
pub(super) fn unknown_escape(at: Position, place: Place) -> SyntaxError {
    let line = match at.line - place.first_line {
        0 => String::new(),
        line => format!("line {}: ", line + 1),
    };
    error(one_character(at), format!("{line}found unknown escape character"), ESCAPE)
}

pub(super) fn control_character(at: Position) -> SyntaxError {
    error(
        one_character(at),
        "control characters are not allowed".into(),
        "There is an invisible control character here; delete it.",
    )
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    error(span, "exceeded max depth of 10000".into(), "This is nested deeper than anything in Kubernetes.")
}

pub(super) fn excessive_aliasing(span: Span) -> SyntaxError {
    let plain = "Aliases repeat so much of the text here that reading it all would take too long.";
    error(span, "document contains excessive aliasing".into(), plain)
}

pub(super) fn unknown_anchor(name: &str, span: Span) -> SyntaxError {
    let plain = "Nothing above is called so (with &). If it is text, put quotes around it.";
    error(span, format!("unknown anchor '{name}' referenced"), plain)
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
pub(super) fn of_key(why: &str, key: &Tree, value: &Tree) -> SyntaxError {
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

//! A lesson's text: a small part of Markdown, and blocks of its own.
//!
//! A step begins with `# Title`. Text is paragraphs and `-` lists with `code`, **strong** and *emphasised* words. Fenced
//! blocks are: `console` (commands with a button each), `manifest PATH…` (the lines of the manifest that hold these
//! fields), `file NAME`, `predict` (a question with choices), and anything else as it is.

use super::goals::Goal;
use crate::api::yaml::{self, Content, Span as Place, Tree};
use crate::sim::Order;
use serde::Deserialize;

/// A part of a lesson that is read at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A part of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
    /// Commands to run, one by one.
    Commands(Vec<String>),
    /// The fields of the manifest to show.
    Manifest(Vec<String>),
    /// A file of the lesson to show.
    File(String),
    Predict(Box<Prediction>),
    /// Text as it is.
    Code(String),
}

/// Words within a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    Text(String),
    Code(String),
    Strong(String),
    Emphasis(String),
}

/// A question to answer before the run, and where the cluster's answer is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub ask: Vec<Span>,
    /// The command that reads the answer.
    pub read: String,
    /// The field in words: `.status.failed`.
    pub field: String,
    pub choices: Vec<String>,
    /// What it means that the command prints nothing.
    pub absent: String,
    /// The answer holds once this has been reached…
    pub until: Option<Goal>,
    /// … and so many seconds have passed.
    pub after: u64,
    /// Whether the question is about a manifest that the learner has changed; otherwise, about the one given.
    pub edited: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    ask: String,
    read: String,
    field: String,
    choices: Vec<String>,
    #[serde(default)]
    absent: String,
    until: Option<String>,
    #[serde(default)]
    after: u64,
    #[serde(default)]
    edited: bool,
}

/// The steps of a lesson. The error says what cannot be read.
pub fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            steps.push(Step { title: title.to_owned(), blocks: Vec::new() });
            continue;
        }
        let Some(step) = steps.last_mut() else { return Err(format!("{line:?} stands before the first step")) };
        let block = if let Some(info) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            fenced(info, &body).map_err(|error| format!("{}: {error}", step.title))?
        } else {
            let mut all = vec![line];
            while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && !line.starts_with(['#', '`'])) {
                all.push(line);
            }
            if line.starts_with("- ") { Block::List(items(&all)) } else { Block::Paragraph(spans(&all.join(" "))) }
        };
        step.blocks.push(block);
    }
    Ok(steps)
}

fn items(lines: &[&str]) -> Vec<Vec<Span>> {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (None, Some(item)) => *item = format!("{item} {}", line.trim()),
            (item, _) => items.push(item.unwrap_or(line).to_owned()),
        }
    }
    items.iter().map(|item| spans(item)).collect()
}

fn fenced(info: &str, body: &[&str]) -> Result<Block, String> {
    let mut words = info.split_whitespace();
    let kind = words.next().unwrap_or("");
    let words: Vec<String> = words.map(str::to_owned).collect();
    Ok(match kind {
        "console" => Block::Commands(body.iter().map(|line| (*line).to_owned()).collect()),
        "manifest" => Block::Manifest(words),
        "file" => Block::File(words.concat()),
        "predict" => {
            let written: Written = from_yaml(&body.join("\n"))?;
            Block::Predict(Box::new(Prediction {
                ask: spans(&written.ask),
                read: written.read,
                field: written.field,
                choices: written.choices,
                absent: written.absent,
                until: written.until.map(|line| Goal::parse(&line)).transpose()?,
                after: written.after,
                edited: written.edited,
            }))
        }
        _ => Block::Code(body.join("\n")),
    })
}

/// Words of a paragraph. A mark that is never closed stands for itself.
pub fn spans(text: &str) -> Vec<Span> {
    type Mark = (&'static str, fn(String) -> Span);
    const MARKS: [Mark; 3] = [("`", Span::Code), ("**", Span::Strong), ("*", Span::Emphasis)];
    let mut spans = Vec::new();
    let (mut rest, mut plain) = (text, String::new());
    while let Some(first) = rest.chars().next() {
        let marked = MARKS.iter().find_map(|(mark, make)| {
            let (inside, after) = rest.strip_prefix(mark)?.split_once(mark)?;
            (!inside.is_empty()).then(|| (make(inside.to_owned()), after))
        });
        match marked {
            Some((span, after)) => {
                if !plain.is_empty() {
                    spans.push(Span::Text(std::mem::take(&mut plain)));
                }
                spans.push(span);
                rest = after;
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    spans
}

/// The lines of a manifest that hold these fields, with the lines of what they stand in: each a number from 1, the text,
/// and whether it belongs to a field that was asked for. Fields of the first document; those that are not there are left
/// out.
pub fn excerpt(manifest: &str, paths: &[String]) -> Vec<(usize, String, bool)> {
    let stream = yaml::read(manifest);
    let Some(document) = stream.documents.first() else { return Vec::new() };
    let mut lines: Vec<(usize, bool)> = Vec::new();
    for path in paths {
        let Some((above, Place { start, end })) = locate(&document.root, path) else { continue };
        lines.extend(above.into_iter().map(|line| (line, false)));
        // A block ends at the start of the line after it.
        let last = if end.column <= 1 && end.line > start.line { end.line - 1 } else { end.line };
        lines.extend((start.line..=last).map(|line| (line, true)));
    }
    lines.order_by_key(|&(line, wanted)| (line, !wanted));
    lines.dedup_by_key(|(line, _)| *line);
    let all: Vec<&str> = manifest.lines().collect();
    let text = |line: usize| all.get(line.wrapping_sub(1)).copied().unwrap_or("");
    lines
        .into_iter()
        .filter(|&(line, _)| !text(line).trim().is_empty())
        .map(|(n, w)| (n, text(n).to_owned(), w))
        .collect()
}

/// Where a field stands, and the lines of the keys that it stands under.
fn locate(root: &Tree, path: &str) -> Option<(Vec<usize>, Place)> {
    let (mut node, mut above, mut found) = (root, Vec::new(), None);
    for part in path.split('.') {
        let (key, indexes) = part.split_once('[').unwrap_or((part, ""));
        if let Some(Place { start, .. }) = found {
            above.push(start.line);
        }
        let Content::Map(entries) = &node.content else { return None };
        let entry = entries.iter().find(|entry| &*entry.key == key)?;
        found = Some(Place { start: entry.key_span.start, end: entry.value.span.end });
        node = &entry.value;
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            let Content::List(items) = &node.content else { return None };
            node = items.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
        }
    }
    found.map(|place| (above, place))
}

/// The one document of a text, as a value of the lesson's own.
pub(super) fn from_yaml<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    let stream = yaml::read(text);
    if let Some(error) = stream.error {
        return Err(error.plain);
    }
    let document = stream.documents.first().ok_or("there is nothing in it")?;
    serde_json::from_value(document.root.to_value()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked() {
        let check = |text: &str, expected: &[Span]| assert_eq!(spans(text), expected, "{text}");
        let text = |words: &str| Span::Text(words.into());
        check("plain", &[text("plain")]);
        check("a `b` c", &[text("a "), Span::Code("b".into()), text(" c")]);
        check("**a** *b*", &[Span::Strong("a".into()), text(" "), Span::Emphasis("b".into())]);
        check("2 * 3", &[text("2 * 3")]);
        check("`open", &[text("`open")]);
    }

    #[test]
    fn a_step_is_its_blocks() {
        let text =
            "# One\n\nA line\nand more.\n\n- first\n  goes on\n- second\n\n```console\nkubectl get pods\n```\n# Two\n";
        let steps = steps(text).expect("steps");
        assert_eq!(steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
        let [Block::Paragraph(words), Block::List(items), Block::Commands(lines)] = steps[0].blocks.as_slice() else {
            panic!("{:?}", steps[0].blocks)
        };
        assert_eq!(words, &spans("A line and more."));
        assert_eq!(items, &[spans("first goes on"), spans("second")]);
        assert_eq!(lines, &["kubectl get pods"]);
    }

    #[test]
    fn an_excerpt_shows_fields_in_their_place() {
        let manifest = "kind: Job\nspec:\n  a: 1\n  b:\n    c:\n    - d: 2\n      e: 3\n  f: 4\n";
        let check = |paths: &[&str], expected: &str| {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            let lines = excerpt(manifest, &paths);
            let shown: Vec<String> =
                lines.iter().map(|(n, _, w)| format!("{n}{}", if *w { "!" } else { "" })).collect();
            assert_eq!(shown.join(" "), expected, "{paths:?}");
        };
        check(&["spec.a"], "2 3!");
        check(&["spec.a", "spec.f"], "2 3! 8!");
        check(&["spec.b"], "2 4! 5! 6! 7!");
        check(&["spec.b.c[0].e"], "2 4 5 7!");
        check(&["spec.x"], "");
    }
}

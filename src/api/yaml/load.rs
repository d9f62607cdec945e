//! From the parser's events to the tree: aliases, merge keys, keys given twice.

use super::errors::Within;
use super::place::Place;
use super::scalar::{self, Plain};
use super::{Content, Document, Entry, MAX_DEPTH, MAX_TEXT, Position, Remark, Span, SyntaxError, Tree, errors};
use crate::sim::{Map, Set};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::rc::Rc;

/// Parses the first YAML document of `text`, whose first line is line `first_line` of the file.
pub(super) fn document(text: &str, first_line: usize) -> Result<Option<Document>, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut repaired = Repaired::default();
    loop {
        let place = Place { text, first_line, shifts: &repaired.shifts, width: repaired.width };
        if let Some((at, _)) = text.char_indices().find(|&(_, c)| is_forbidden(c)) {
            return Err(errors::control_character(place.of_byte(at)));
        }
        let blank = text.len() - text.trim_start().len();
        if let Some(tab) = text[..blank].find('\t') {
            return Err(errors::leading_tab(place.of_byte(tab), place));
        }
        match parse(repaired.text.as_deref().unwrap_or(text), place) {
            Ok(document) => return document,
            Err(stop) => match repaired.after(&stop, place) {
                Some(again) => repaired = again,
                None => return Err(errors::of_scan(&stop.error, place, stop.within)),
            },
        }
    }
}

/// Where and why the parser gave up.
struct Stop {
    error: ScanError,
    within: Option<Within>,
    /// Where the outermost of the open brackets and braces is.
    flow_start: Option<Position>,
}

/// One pass over the text. The outer error is the parser's, the inner one ours.
fn parse(text: &str, place: Place) -> Result<Result<Option<Document>, SyntaxError>, Stop> {
    let mut loader =
        Loader { place, stack: Vec::new(), anchors: Map::new(), nodes: 0, aliased: 0, bytes: 0, warnings: Vec::new() };
    let (mut root, mut refused) = (None, None);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| loader.stop(error))?;
        let span = Span { start: place.of(span.start), end: place.of(span.end) };
        if event == Event::DocumentEnd {
            break; // kubectl reads the first document of a chunk and no further.
        }
        // What the parser finds further down still comes first: kubectl parses all, then makes sense of it.
        if refused.is_none() {
            match loader.event(event, span) {
                Ok(found) => root = root.or(found),
                Err(error) => refused = Some(error),
            }
        }
    }
    if let Some(error) = refused {
        return Ok(Err(error));
    }
    Ok(Ok(root.map(|root| Document { root, warnings: loader.warnings })))
}

/// What YAML does not allow in a text.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The text as our parser needs it where it is stricter than kubectl's, which does not mind how far text in quotes and
/// brackets is indented. Such lines are moved to the right, where spaces mean nothing, and places are counted back.
#[derive(Default)]
struct Repaired {
    text: Option<String>,
    /// The lines that were moved.
    shifts: Set<usize>,
    /// By how many columns.
    width: usize,
    /// Bytes parsed so far, over all attempts.
    spent: usize,
}

impl Repaired {
    /// Mends what an error is about, if it is one of those.
    fn after(&self, Stop { error, flow_start, .. }: &Stop, place: Place) -> Option<Repaired> {
        let mark = *error.marker();
        let text = self.text.as_deref().unwrap_or(place.text);
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let width = if self.width > 0 { self.width } else { text.lines().map(indent).max()?.min(1000) + 1 };
        let mut shifts = self.shifts.clone();
        if error.info() == "':' must be followed by a valid YAML whitespace" {
            // A tab after the colon will do for kubectl.
            let end = text.char_indices().nth(mark.index()).map_or(text.len(), |(byte, _)| byte);
            let start = text[..end].trim_end_matches(['\t', ' ']).len();
            let blanks = " ".repeat(end - start);
            let spent = self.spent + text.len();
            let again = end > start && text[start..end].contains('\t') && spent <= 8 * MAX_TEXT;
            let text = Some([&text[..start], &blanks, &text[end..]].concat());
            return again.then_some(Repaired { text, shifts, width: self.width, spent });
        }
        let lines = match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => {
                let whole = flow_start.and_then(|start| Some((start, place.closing_bracket(start)?)));
                whole.map_or(mark.line()..=mark.line(), |(start, end)| {
                    start.line - place.first_line + 2..=end.line - place.first_line + 1
                })
            }
            "invalid indentation in quoted scalar" => {
                let end = place.closing_quote(place.of(mark))?;
                mark.line() + 1..=end.line - place.first_line + 1
            }
            _ => return None,
        };
        shifts.extend(lines);
        let spent = self.spent + text.len() + shifts.len() * width;
        if shifts.len() == self.shifts.len() || spent > 8 * MAX_TEXT {
            return None;
        }
        let mut moved = String::with_capacity(text.len() + shifts.len() * width);
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if shifts.contains(&(index + 1)) && !self.shifts.contains(&(index + 1)) {
                moved.extend(std::iter::repeat_n(' ', width));
            }
            moved.push_str(line);
        }
        Some(Repaired { text: Some(moved), shifts, width, spent })
    }
}
/// How much an alias to a node would add to the tree.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: u64,
    bytes: u64,
    height: usize,
}

/// A collection that has been opened and not yet closed.
struct Frame {
    start: Position,
    /// In `[ ]` or `{ }`.
    flow: bool,
    anchor: usize,
    weight: Weight,
    parts: Parts,
}

enum Parts {
    List(Vec<Tree>),
    Map { entries: Vec<(Tree, bool, Tree)>, key: Option<(Tree, bool)> },
}

struct Loader<'a> {
    place: Place<'a>,
    stack: Vec<Frame>,
    anchors: Map<usize, (Tree, Weight)>,
    /// Nodes in the tree, aliases spelled out; and those of them that stand there through an alias.
    nodes: u64,
    aliased: u64,
    bytes: u64,
    warnings: Vec<Remark>,
}

impl Loader<'_> {
    /// Takes one event; answers with the root once that is complete.
    fn event(&mut self, event: Event, span: Span) -> Result<Option<Tree>, SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
                let weight = Weight { nodes: 1, bytes: text.len() as u64, height: 0 };
                self.nodes += 1;
                self.bytes += weight.bytes;
                let content = typed(&text, style, tag.as_deref()).map_err(|why| errors::of_value(why, span))?;
                let is_key = matches!(self.stack.last(), Some(Frame { parts: Parts::Map { key: None, .. }, .. }));
                if let Content::Float(number) = content
                    && !number.is_finite()
                    && !is_key
                {
                    return Err(errors::no_number(number, span));
                }
                self.complete(Tree { span, content }, anchor, weight, merge)
            }
            Event::Alias(anchor) => {
                let Some((node, weight)) = self.anchors.get(&anchor).cloned() else {
                    return Err(errors::contains_itself(self.place.name_at(span.start), span));
                };
                self.nodes += 1 + weight.nodes;
                self.aliased += weight.nodes;
                self.bytes += weight.bytes;
                if self.aliased_too_much() {
                    return Err(errors::excessive_aliasing(span));
                }
                self.complete(Tree { span, ..node }, 0, weight, false)
            }
            Event::SequenceStart(anchor, _) => self.open(span, anchor, Parts::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(span, anchor, Parts::Map { entries: Vec::new(), key: None }),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.stack.pop() else { return Ok(None) };
                let last = match &frame.parts {
                    Parts::List(items) => items.last().map(|item| item.span.end),
                    Parts::Map { entries, .. } => entries.last().map(|(_, _, value)| value.span.end),
                };
                // A block ends with its last part; only a flow collection has an end of its own.
                let end = if frame.flow { span.end } else { last.unwrap_or(frame.start) };
                let content = match frame.parts {
                    Parts::List(items) => Content::List(items.into()),
                    Parts::Map { entries, .. } => Content::Map(self.map(entries)?),
                };
                let weight = Weight { height: frame.weight.height + 1, nodes: frame.weight.nodes + 1, ..frame.weight };
                let node = Tree { span: Span { start: frame.start, end }, content };
                self.complete(node, frame.anchor, weight, false)
            }
            _ => Ok(None),
        }
    }

    fn stop(&self, error: ScanError) -> Stop {
        let within = self.stack.last().map(|frame| match (&frame.parts, frame.flow) {
            (Parts::List(_), true) => Within::FlowList,
            (Parts::List(_), false) => Within::BlockList,
            (Parts::Map { .. }, true) => Within::FlowMap,
            (Parts::Map { .. }, false) => Within::BlockMap,
        });
        let flow_start = self.stack.iter().find(|frame| frame.flow).map(|frame| frame.start);
        Stop { error, within, flow_start }
    }

    fn open(&mut self, span: Span, anchor: usize, parts: Parts) -> Result<Option<Tree>, SyntaxError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(errors::too_deep(span));
        }
        self.nodes += 1;
        self.stack.push(Frame {
            start: span.start,
            flow: span.start != span.end,
            anchor,
            weight: Weight::default(),
            parts,
        });
        Ok(None)
    }

    /// Hands a finished node to the collection it stands in.
    fn complete(
        &mut self,
        node: Tree,
        anchor: usize,
        weight: Weight,
        merge: bool,
    ) -> Result<Option<Tree>, SyntaxError> {
        if self.stack.len() + weight.height > MAX_DEPTH {
            return Err(errors::too_deep(node.span));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(frame) = self.stack.last_mut() else { return Ok(Some(node)) };
        frame.weight.nodes += weight.nodes;
        frame.weight.bytes += weight.bytes;
        frame.weight.height = frame.weight.height.max(weight.height);
        match &mut frame.parts {
            Parts::List(items) => items.push(node),
            Parts::Map { entries, key } => match key.take() {
                None => *key = Some((node, merge)),
                Some((key, merge)) => entries.push((key, merge, node)),
            },
        }
        Ok(None)
    }

    /// Joins keys and values: a later key replaces an earlier one, `<<` brings in the keys of other mappings.
    fn map(&mut self, raw: Vec<(Tree, bool, Tree)>) -> Result<Rc<[Entry]>, SyntaxError> {
        let mut entries: Vec<Entry> = Vec::with_capacity(raw.len());
        let mut seen: Map<Rc<str>, (usize, bool)> = Map::new();
        let mut put = |entry: Entry, merged: bool| match seen.get_mut(&entry.key) {
            Some((at, was_merged)) => {
                let given_twice = !merged && !*was_merged;
                entries[*at] = entry;
                *was_merged = merged;
                given_twice
            }
            None => {
                seen.insert(entry.key.clone(), (entries.len(), merged));
                entries.push(entry);
                false
            }
        };
        for (key, merge, value) in raw {
            if merge {
                for source in merged_maps(&value).ok_or_else(|| errors::bad_merge(value.span))? {
                    source.iter().for_each(|entry| _ = put(entry.clone(), true));
                }
                continue;
            }
            let name = key_text(&key).map_err(|why| errors::of_key(why, &key, &value, self.place))?;
            let entry = Entry { key: name.clone(), key_span: key.span, value };
            if put(entry, false) {
                let text = format!("{name} is given twice here. kubectl keeps the last one and says nothing.");
                self.warnings.push(Remark { span: key.span, text });
            }
        }
        Ok(entries.into())
    }

    /// go-yaml's measure against alias bombs, and one of our own for the text that aliases repeat.
    fn aliased_too_much(&self) -> bool {
        const LOW: u64 = 400_000;
        const HIGH: u64 = 4_000_000;
        // Of the nodes read, how many per mille may come from aliases.
        let allowed = match self.nodes {
            ..=LOW => 990,
            HIGH.. => 100,
            nodes => 990 - 890 * (nodes - LOW) / (HIGH - LOW),
        };
        self.aliased > 100 && self.nodes > 1000 && self.aliased * 1000 > allowed * self.nodes || self.bytes > 32 << 20
    }
}

/// The mappings behind a `<<`, those that are overruled first.
fn merged_maps(value: &Tree) -> Option<Vec<Rc<[Entry]>>> {
    let map = |node: &Tree| match &node.content {
        Content::Map(entries) => Some(entries.clone()),
        _ => None,
    };
    match &value.content {
        Content::List(items) => items.iter().rev().map(map).collect(),
        _ => map(value).map(|entries| vec![entries]),
    }
}

/// Types a scalar by its style and tag.
fn typed(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Content, String> {
    let tag = tag.filter(|tag| !tag.suffix.is_empty());
    let content = |plain| match plain {
        Plain::Null => Content::Null,
        Plain::Bool(b) => Content::Bool(b),
        Plain::Int(i) => Content::Int(i),
        Plain::Float(f) => scalar::number_content(f),
        Plain::Timestamp | Plain::Text => Content::Text(text.into()),
    };
    let Some(tag) = tag.filter(|tag| tag.is_yaml_core_schema() || tag.handle == "!!") else {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        return Ok(if plain { content(scalar::resolve(text)) } else { Content::Text(text.into()) });
    };
    let found = scalar::resolve(text);
    let fits = match tag.suffix.as_str() {
        "null" => found == Plain::Null,
        "bool" => matches!(found, Plain::Bool(_)),
        "int" => matches!(found, Plain::Int(_)),
        "float" => matches!(found, Plain::Int(_) | Plain::Float(_)),
        _ => return Ok(Content::Text(text.into())),
    };
    if fits { Ok(content(found)) } else { Err(format!("cannot decode !!str `{text}` as a !!{}", tag.suffix)) }
}

/// The JSON key for a YAML key, or what kubectl says of one that cannot be.
fn key_text(key: &Tree) -> Result<Rc<str>, &'static str> {
    match &key.content {
        Content::Text(text) => Ok(text.clone()),
        Content::Bool(b) => Ok(b.to_string().into()),
        Content::Int(i) => Ok(i.to_string().into()),
        Content::Float(f) => Ok(super::print::float(*f).into()),
        Content::Null => Err("unsupported map key of type: %!s(<nil>)"),
        Content::List(_) | Content::Map(_) => Err("invalid map key"),
    }
}

//! From the parser's events to the tree: aliases, merge keys, keys given twice.

use super::libyaml::{Event, Parser, Part, Style};
use super::place::Place;
use super::scalar::{self, Plain};
use super::{Content, Document, Entry, MAX_DEPTH, Position, Remark, Span, SyntaxError, Tree, errors, print};
use crate::sim::{Map, from_base64};
use std::borrow::Cow;
use std::rc::Rc;

/// Parses the first YAML document of `text`, whose first line is line `first_line` of the file.
pub(super) fn document(text: &str, first_line: usize) -> Result<Option<Document>, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // kubectl reads lines, and ends the last one if it has no end.
    let ended = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let text = &*ended;
    let place = Place { text, first_line };
    if let Some((at, _)) = text.char_indices().find(|&(_, c)| is_forbidden(c)) {
        return Err(errors::control_character(place.of_byte(at)));
    }
    let mut loader =
        Loader { stack: Vec::new(), anchors: Map::new(), nodes: 0, aliased: 0, bytes: 0, warnings: Vec::new() };
    let (mut root, mut refused) = (None, None);
    let slashes = escaped_slashes(place);
    for event in Parser::new(text) {
        let Event { part, start, end } = event.map_err(|mistake| errors::of_syntax(&mistake, place))?;
        if matches!(part, Part::DocumentEnd) {
            break; // kubectl reads the first document of a chunk and no further.
        }
        let span = Span { start: place.of(start), end: place.of(end) };
        if let Part::Scalar { style: Style::DoubleQuoted, .. } = part
            && let Some(&slash) = slashes.get(slashes.partition_point(|&slash| slash < span.start))
            && slash < span.end
        {
            return Err(errors::unknown_escape(slash, place));
        }
        if refused.is_none() {
            if let Part::Scalar { style: Style::Plain, text, .. } = &part
                && let Some(frame) = loader.bracket()
                && text.chars().skip(1).any(|c| c == '?')
            {
                let at = question_mark(span, place);
                return Err(errors::question_mark(at, frame.start, matches!(frame.parts, Parts::List(_)), place));
            }
            match loader.event(part, span) {
                Ok(found) => root = root.or(found),
                Err(Refusal::Now(error)) => return Err(error),
                // What the parser finds further down still comes first: kubectl parses all, then makes sense of it.
                Err(Refusal::Later(error)) => refused = Some(error),
            }
        }
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(root.map(|root| Document { root, warnings: loader.warnings })),
    }
}

/// Where slashes are escaped, which go-yaml does not know yet, and our parser does.
fn escaped_slashes(place: Place) -> Vec<Position> {
    let mut found = Vec::new();
    for (number, line) in place.text.split('\n').enumerate().filter(|(_, line)| line.contains("\\/")) {
        // Whether the backslash before is one that escapes, and not one that is escaped.
        let mut escapes = false;
        for (column, character) in line.chars().enumerate() {
            if escapes && character == '/' {
                found.push(Position { line: number + place.first_line, column });
            }
            escapes = character == '\\' && !escapes;
        }
    }
    found
}

/// Where a plain scalar has its question mark, behind its first character. In brackets go-yaml takes that for the beginning
/// of a key still, and our parser no longer does.
fn question_mark(span: Span, place: Place) -> Position {
    let from = place.byte_of(span.start);
    let scalar = &place.text[from..place.byte_of(span.end)];
    let mark = scalar.char_indices().skip(1).find(|&(_, c)| c == '?');
    mark.map_or(span.start, |(at, _)| place.of_byte(from + at))
}

/// What YAML does not allow in a text.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// What is wrong with the text, though it is YAML so far.
enum Refusal {
    /// Nothing further down can come before it.
    Now(SyntaxError),
    Later(SyntaxError),
}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Self {
        Self::Later(error)
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
    /// A mapping of one entry that stands in `[ ]` without `{ }`.
    is_pair: bool,
    anchor: Option<String>,
    weight: Weight,
    parts: Parts,
}

enum Parts {
    List(Vec<Tree>),
    Map { entries: Vec<(Tree, bool, Tree)>, key: Option<(Tree, bool)> },
}

struct Loader {
    stack: Vec<Frame>,
    /// By name; without a node, as long as one is in it.
    anchors: Map<String, Option<(Tree, Weight)>>,
    /// Nodes in the tree, aliases spelled out; and those of them that stand there through an alias.
    nodes: u64,
    aliased: u64,
    bytes: u64,
    warnings: Vec<Remark>,
}

impl Loader {
    /// The innermost `[ ]` or `{ }` that is open.
    fn bracket(&self) -> Option<&Frame> {
        let innermost = self.stack.last().filter(|frame| frame.flow)?;
        if innermost.is_pair { self.stack.iter().nth_back(1) } else { Some(innermost) }
    }

    /// Takes one event; answers with the root once that is complete.
    fn event(&mut self, part: Part, span: Span) -> Result<Option<Tree>, Refusal> {
        match part {
            Part::Scalar { text, style, anchor, tag } => {
                let merge = style == Style::Plain && text == "<<" && tag.is_none();
                let weight = Weight { nodes: 1, bytes: text.len() as u64, height: 0 };
                self.nodes += 1;
                self.bytes += weight.bytes;
                let mut content = typed(&text, style, tag.as_deref()).map_err(|why| errors::of_value(why, span))?;
                let is_key = matches!(self.stack.last(), Some(Frame { parts: Parts::Map { key: None, .. }, .. }));
                match content {
                    Content::Float(number) if is_key => content = Content::Text(print::key(number).into()),
                    Content::Float(number) if number.is_finite() => content = scalar::number_content(number),
                    Content::Float(number) => return Err(errors::no_number(number, span).into()),
                    _ => {}
                }
                self.complete(Tree { span, content }, anchor, weight, merge)
            }
            Part::Alias { anchor } => {
                let Some(known) = self.anchors.get(&anchor).cloned() else {
                    return Err(Refusal::Now(errors::unknown_anchor(&anchor, span)));
                };
                let (node, weight) = known.ok_or_else(|| errors::contains_itself(&anchor, span))?;
                self.nodes += 1 + weight.nodes;
                self.aliased += weight.nodes;
                self.bytes += weight.bytes;
                if self.aliased_too_much() {
                    return Err(errors::excessive_aliasing(span).into());
                }
                self.complete(Tree { span, ..node }, None, weight, false)
            }
            Part::ListStart { anchor, in_brackets } => self.open(span, anchor, in_brackets, Parts::List(Vec::new())),
            Part::MapStart { anchor, in_brackets } => {
                self.open(span, anchor, in_brackets, Parts::Map { entries: Vec::new(), key: None })
            }
            Part::CollectionEnd => {
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

    fn open(&mut self, span: Span, anchor: Option<String>, flow: bool, parts: Parts) -> Result<Option<Tree>, Refusal> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(Refusal::Now(errors::too_deep(span)));
        }
        if let Some(anchor) = &anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        self.nodes += 1;
        let is_pair = flow && span.start == span.end;
        self.stack.push(Frame { start: span.start, flow, is_pair, anchor, weight: Weight::default(), parts });
        Ok(None)
    }

    /// Hands a finished node to the collection it stands in.
    fn complete(
        &mut self,
        node: Tree,
        anchor: Option<String>,
        weight: Weight,
        merge: bool,
    ) -> Result<Option<Tree>, Refusal> {
        if self.stack.len() + weight.height > MAX_DEPTH {
            return Err(Refusal::Now(errors::too_deep(node.span)));
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some((node.clone(), weight)));
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
            let name = key_text(&key).map_err(|why| errors::of_key(why, &key, &value))?;
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

/// Before the names of YAML's own types.
const OWN_TAGS: &str = "tag:yaml.org,2002:";

/// Types a scalar by its style and tag.
fn typed(text: &str, style: Style, tag: Option<&str>) -> Result<Content, String> {
    let tag = tag.filter(|tag| !tag.is_empty());
    let content = |plain| match plain {
        Plain::Null => Content::Null,
        Plain::Bool(b) => Content::Bool(b),
        Plain::Int(i) => Content::Int(i),
        Plain::Float(f) => Content::Float(f),
        Plain::Timestamp | Plain::Text => Content::Text(text.into()),
    };
    let Some(tag) = tag.and_then(|tag| tag.strip_prefix(OWN_TAGS)) else {
        let plain = style == Style::Plain && tag.is_none();
        return Ok(if plain { content(scalar::resolve(text)) } else { Content::Text(text.into()) });
    };
    let found = scalar::resolve(text);
    let fits = match tag {
        "null" => found == Plain::Null,
        "bool" => matches!(found, Plain::Bool(_)),
        "int" => matches!(found, Plain::Int(_)),
        "float" => matches!(found, Plain::Int(_) | Plain::Float(_)),
        "binary" => {
            let plain: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
            let bytes = from_base64(&plain).map_err(|_| "!!binary value contains invalid base64 data")?;
            return Ok(Content::Text(String::from_utf8_lossy(&bytes).into()));
        }
        _ => return Ok(Content::Text(text.into())),
    };
    if fits { Ok(content(found)) } else { Err(format!("cannot decode !!str `{text}` as a !!{tag}")) }
}

/// The JSON key for a YAML key, or what kubectl says of one that cannot be.
fn key_text(key: &Tree) -> Result<Rc<str>, &'static str> {
    match &key.content {
        Content::Text(text) => Ok(text.clone()),
        Content::Bool(b) => Ok(b.to_string().into()),
        Content::Int(i) => Ok(i.to_string().into()),
        Content::Float(f) => Ok(print::key(*f).into()),
        Content::Null => Err("unsupported map key of type: %!s(<nil>)"),
        Content::List(_) | Content::Map(_) => Err("invalid map key"),
    }
}

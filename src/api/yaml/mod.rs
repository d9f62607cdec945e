//! Text in, objects out, and back: what happens between a manifest file and the JSON that reaches the API server.
//!
//! A learner sees this layer twice. When `kubectl apply -f job.yaml` refuses the text, the error is kubectl's own, to the
//! letter (`error converting YAML to JSON: yaml: line 3: could not find expected ':'`); and the editor marks the place,
//! which kubectl does not know, with a sentence of ours. When `kubectl get -o yaml` prints, it prints as Kubernetes does.
//!
//! * [`read`] splits a file into documents as kubectl does and turns each into a [`Tree`] in which everything has its place.
//! * [`Tree::to_value`] gives the JSON value kubectl would send; [`Tree::at`] finds the place of a path again.
//! * [`cursor`] tells where in an object a place in the text is, even while the text is being typed.
//! * [`print`] writes values as `-o yaml` and `-o json` do.
//!
//! kubectl reads YAML 1.1: an unquoted `N`, `yes` or `off` is a boolean and `0777` is 511 (see [`scalar`]).
//! In Kubernetes: `apimachinery/pkg/util/yaml/decoder.go`, `sigs.k8s.io/yaml`.

pub mod cursor;
mod errors;
mod json;
#[expect(unsafe_code, reason = "libyaml has C's interface")]
mod libyaml;
mod load;
mod place;
pub mod print;
pub mod scalar;

use serde_json::{Map, Number, Value};
use std::rc::Rc;

/// Longer texts are refused unread. The API server takes requests of at most 3 MiB.
pub const MAX_TEXT: usize = 4 << 20;
/// Deeper nesting is refused: nothing in Kubernetes needs it, and every later walk over the tree may recurse.
pub const MAX_DEPTH: usize = 200;

/// A place in the text: line and column, both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// From the first character of something to just after its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

/// One value in the text. An alias shares its anchor's content, so clones are cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub span: Span,
    pub content: Content,
}

/// What a [`Tree`] holds, typed as kubectl types it.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<[Tree]>),
    /// In the order of the text, each key once.
    Map(Rc<[Entry]>),
}

/// A key and its value. Keys that are not text in YAML (`on:`, `1:`) are what they become in JSON (`true`, `1`).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Rc<str>,
    pub key_span: Span,
    pub value: Tree,
}

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// `spec.template.spec.containers[0].name` as steps; a key in brackets is a key.
pub fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = inside.split_once(']').unwrap_or((inside, ""));
            steps.push(key.parse().map_or_else(|_| Step::Key(key.to_owned()), Step::Index));
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end > 0 {
                steps.push(Step::Key(rest[..end].to_owned()));
            }
            rest = &rest[end..];
        }
    }
    steps
}

/// One object of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub root: Tree,
    /// What kubectl passes over in silence and the editor should not, such as a key given twice.
    pub warnings: Vec<Remark>,
}

/// A sentence about a place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    pub span: Span,
    pub text: String,
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxError {
    /// Where the editor should point.
    pub span: Span,
    /// kubectl's words, to be printed after `error: error parsing ‹file›: `.
    pub kubectl: String,
    /// A sentence for somebody who has not met that error before.
    pub plain: String,
}

/// What a file holds: the documents before the first error, and that error. Empty documents do not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    pub documents: Vec<Document>,
    pub error: Option<SyntaxError>,
}

/// Reads a manifest file, YAML or JSON, as `kubectl -f` does.
///
/// A text that starts with `{` is tried as a stream of JSON objects first; where that fails, the rest is read as YAML,
/// and if that fails too, the JSON error is the one reported.
pub fn read(text: &str) -> Stream {
    let mut stream = Stream::default();
    if text.len() > MAX_TEXT {
        stream.error = Some(errors::too_large());
        return stream;
    }
    let mut rest = Chunk { text, first_line: 1 };
    let mut json_error = None;
    if text.trim_start().starts_with('{') {
        let mut reader = json::Reader::new(text);
        loop {
            match reader.next_document() {
                Ok(Some(root)) => stream.documents.push(Document { root, warnings: reader.take_warnings() }),
                Ok(None) => return stream,
                Err(error) if stream.documents.len() > 1 => {
                    stream.error = Some(error);
                    return stream;
                }
                Err(error) => {
                    json_error = Some(error);
                    rest = reader.rest();
                    break;
                }
            }
        }
    }
    for chunk in rest.documents() {
        let document = chunk.and_then(|chunk| load::document(chunk.text, chunk.first_line));
        match document {
            Ok(Some(document)) if document.root.content != Content::Null => {
                stream.documents.push(document);
                json_error = None; // Once YAML has made sense of it, it is YAML.
            }
            Ok(_) => {}
            Err(error) => {
                stream.error = Some(json_error.unwrap_or(error));
                return stream;
            }
        }
    }
    stream
}

/// Reads a text that is one JSON value and nothing else.
pub fn read_json(text: &str) -> Result<Tree, SyntaxError> {
    json::Reader::new(text).only_document()
}

/// Part of a file that is parsed by itself, so that the line numbers in kubectl's errors start anew.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    text: &'a str,
    first_line: usize,
}

impl<'a> Chunk<'a> {
    /// Splits at the lines that start with `---`, before any YAML is parsed.
    fn documents(self) -> Vec<Result<Chunk<'a>, SyntaxError>> {
        let (mut found, mut start, mut at, mut line) = (Vec::new(), 0, 0, self.first_line);
        let mut start_line = line;
        for text in self.text.split_inclusive('\n') {
            let after = text.strip_prefix("---").map(str::trim);
            if let Some(stray) = after.filter(|after| !after.is_empty() && !after.starts_with('#')) {
                found.push(Err(errors::bad_separator(stray, line)));
                return found;
            }
            // The separator that opens a document belongs to it.
            if after.is_some() && at > start {
                found.push(Ok(Chunk { text: &self.text[start..at], first_line: start_line }));
                (start, start_line) = (at + text.len(), line + 1);
            }
            at += text.len();
            line += 1;
        }
        if at > start {
            found.push(Ok(Chunk { text: &self.text[start..at], first_line: start_line }));
        }
        found
    }
}

impl Tree {
    /// The JSON that kubectl sends for this: keys sorted, whole floats as integers.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(b) => Value::Bool(*b),
            Content::Int(i) => Value::from(*i),
            Content::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
            Content::Text(s) => Value::String(s.to_string()),
            Content::List(items) => Value::Array(items.iter().map(Tree::to_value).collect()),
            Content::Map(entries) => {
                Value::Object(entries.iter().map(|e| (e.key.to_string(), e.value.to_value())).collect::<Map<_, _>>())
            }
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// The place to mark for a path: the key it ends in, or the item; of its last part that exists, if not all do.
    pub fn key_span(&self, path: &[Step]) -> Span {
        let (mut node, mut span) = (self, None);
        for step in path {
            let next = match step {
                Step::Key(key) => node.entry(key).map(|entry| (entry.key_span, &entry.value)),
                Step::Index(index) => node.item(*index).map(|item| (item.span, item)),
            };
            let Some((place, value)) = next else { break };
            (span, node) = (Some(place), value);
        }
        span.unwrap_or(Span { start: self.span.start, end: self.span.start })
    }

    fn item(&self, index: usize) -> Option<&Tree> {
        match &self.content {
            Content::List(items) => items.get(index),
            _ => None,
        }
    }

    /// The value at a path.
    pub fn at(&self, path: &[Step]) -> Option<&Tree> {
        path.iter().try_fold(self, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Index(index) => node.item(*index),
        })
    }
}

#[cfg(test)]
mod tests;

//! libyaml, which kubectl's parser is a translation of: only that one makes its mistakes, in its words and in its order.
//!
//! The crate is libyaml itself, translated by a machine, so it has C's interface. This is the only module of unsafe code;
//! what leaves it are values of our own.

use libyaml_rs as c;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Reads a text event by event, up to the end or to the first mistake.
pub(super) struct Parser<'text> {
    /// It points to itself, so it stays where it is, and is not borrowed by us.
    parser: *mut c::yaml_parser_t,
    text: PhantomData<&'text str>,
    is_done: bool,
}

/// A part of a document, and where it stands.
pub(super) struct Event {
    pub part: Part,
    pub start: Mark,
    pub end: Mark,
}

/// A place: lines and columns count from 0, columns in characters.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub line: usize,
    pub column: usize,
}

/// What was read.
pub(super) enum Part {
    Alias {
        anchor: String,
    },
    Scalar {
        text: String,
        style: Style,
        anchor: Option<String>,
        tag: Option<String>,
    },
    ListStart {
        anchor: Option<String>,
        in_brackets: bool,
    },
    MapStart {
        anchor: Option<String>,
        in_brackets: bool,
    },
    CollectionEnd,
    DocumentEnd,
    /// The start of a document, or an end of the whole text.
    Other,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    DoubleQuoted,
    /// In single quotes, or after `|` or `>`.
    Other,
}

/// What libyaml says is wrong.
pub(super) struct Mistake {
    pub problem: String,
    pub at: Mark,
    /// Where that began in which the mistake is; the first place of the text where nothing is told.
    pub context: Mark,
    /// It was found among the characters, and not in how the parts stand together.
    pub is_scanned: bool,
}

impl<'text> Parser<'text> {
    pub fn new(text: &'text str) -> Self {
        let parser = Box::into_raw(Box::new(MaybeUninit::<c::yaml_parser_t>::uninit())).cast::<c::yaml_parser_t>();
        // SAFETY: the parser has an address of its own until it is dropped, and the text outlives it.
        unsafe {
            assert!(c::yaml_parser_initialize(parser).ok, "there is memory");
            c::yaml_parser_set_encoding(parser, c::YAML_UTF8_ENCODING);
            c::yaml_parser_set_input_string(parser, text.as_ptr(), text.len() as u64);
        }
        Self { parser, text: PhantomData, is_done: false }
    }

    fn mistake(&self) -> Mistake {
        // SAFETY: the parser was initialized, and what it says of a problem are constants.
        unsafe {
            let said = &**self.parser;
            let problem = if said.problem.is_null() { c"" } else { CStr::from_ptr(said.problem) };
            Mistake {
                problem: problem.to_string_lossy().into_owned(),
                at: mark(said.problem_mark),
                context: mark(said.context_mark),
                is_scanned: said.error == c::YAML_SCANNER_ERROR,
            }
        }
    }
}

impl Iterator for Parser<'_> {
    type Item = Result<Event, Mistake>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let mut event = MaybeUninit::<c::yaml_event_t>::uninit();
        // SAFETY: the parser was initialized. It has written an event where it says that all is well; that is read before it
        // is deleted, and in the union only what its type says it is.
        unsafe {
            if !c::yaml_parser_parse(self.parser, event.as_mut_ptr()).ok {
                self.is_done = true;
                return Some(Err(self.mistake()));
            }
            let event = event.assume_init_mut();
            self.is_done = event.type_ == c::YAML_STREAM_END_EVENT;
            let read = Event { part: part(event), start: mark(event.start_mark), end: mark(event.end_mark) };
            c::yaml_event_delete(event);
            Some(Ok(read))
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: it was made by a box and initialized, and nobody else has it.
        unsafe {
            c::yaml_parser_delete(self.parser);
            drop(Box::from_raw(self.parser.cast::<MaybeUninit<c::yaml_parser_t>>()));
        }
    }
}

/// Copies what an event says.
///
/// # Safety
/// The event has been written by the parser, and is not deleted yet.
unsafe fn part(event: &c::yaml_event_t) -> Part {
    // SAFETY: the type tells which part of the union was written; texts end with a zero or have a length.
    unsafe {
        match event.type_ {
            c::YAML_ALIAS_EVENT => Part::Alias { anchor: word(event.data.alias.anchor).unwrap_or_default() },
            c::YAML_SCALAR_EVENT => {
                let scalar = event.data.scalar;
                let bytes = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                let style = match scalar.style {
                    c::YAML_PLAIN_SCALAR_STYLE => Style::Plain,
                    c::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Style::DoubleQuoted,
                    _ => Style::Other,
                };
                let text = String::from_utf8_lossy(bytes).into_owned();
                Part::Scalar { text, style, anchor: word(scalar.anchor), tag: word(scalar.tag) }
            }
            c::YAML_SEQUENCE_START_EVENT => {
                let list = event.data.sequence_start;
                Part::ListStart { anchor: word(list.anchor), in_brackets: list.style == c::YAML_FLOW_SEQUENCE_STYLE }
            }
            c::YAML_MAPPING_START_EVENT => {
                let map = event.data.mapping_start;
                Part::MapStart { anchor: word(map.anchor), in_brackets: map.style == c::YAML_FLOW_MAPPING_STYLE }
            }
            c::YAML_SEQUENCE_END_EVENT | c::YAML_MAPPING_END_EVENT => Part::CollectionEnd,
            c::YAML_DOCUMENT_END_EVENT => Part::DocumentEnd,
            _ => Part::Other,
        }
    }
}

/// Copies a text of C's, if there is one.
///
/// # Safety
/// It is null, or ends with a zero.
unsafe fn word(text: *const u8) -> Option<String> {
    // SAFETY: as promised.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text.cast()) }.to_string_lossy().into_owned())
}

fn mark(mark: c::yaml_mark_t) -> Mark {
    Mark { line: mark.line as usize, column: mark.column as usize }
}

//! RESP 2, the protocol of Redis: requests are lists of byte strings, replies one of a few kinds.

use super::words::{Bytes, split_arguments};

/// What Redis answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A word such as `OK`.
    Simple(&'static str),
    Error(String),
    Integer(i64),
    Bulk(Bytes),
    /// There is no such string.
    Nil,
    /// There is no such list: what waiting for one comes to when the time is over.
    NilList,
    List(Vec<Reply>),
}

impl Reply {
    /// As it goes over the wire.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Simple(word) => line(out, '+', word),
            Self::Error(text) => line(out, '-', text),
            Self::Integer(number) => line(out, ':', &number.to_string()),
            Self::Nil => line(out, '$', "-1"),
            Self::NilList => line(out, '*', "-1"),
            Self::Bulk(bytes) => bulk(out, bytes),
            Self::List(items) => {
                line(out, '*', &items.len().to_string());
                items.iter().for_each(|item| item.encode(out));
            }
        }
    }

    /// The first reply in the bytes and how long it was; `None` while it is not complete.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = line_end(bytes)?;
        let (&kind, text) = bytes[..end].split_first()?;
        let text = String::from_utf8_lossy(text).into_owned();
        let number = || text.parse::<i64>().unwrap_or(0);
        let after = end + 2;
        Some(match kind {
            b'+' => (Self::Simple(simple(&text)), after),
            b'-' => (Self::Error(text), after),
            b':' => (Self::Integer(number()), after),
            b'$' if number() < 0 => (Self::Nil, after),
            b'*' if number() < 0 => (Self::NilList, after),
            b'$' => {
                let len = number() as usize;
                let body = bytes.get(after..after + len)?;
                bytes.get(after + len + 1)?;
                (Self::Bulk(body.to_vec()), after + len + 2)
            }
            b'*' => {
                let mut items = Vec::new();
                let mut at = after;
                for _ in 0..number() {
                    let (item, len) = Self::decode(bytes.get(at..)?)?;
                    items.push(item);
                    at += len;
                }
                (Self::List(items), at)
            }
            _ => (Self::Error("ERR Protocol error".to_owned()), bytes.len()),
        })
    }
}

/// The words that a server says.
fn simple(word: &str) -> &'static str {
    let known = ["OK", "PONG", "QUEUED", "string", "list", "set", "hash", "none"];
    known.into_iter().find(|known| *known == word).unwrap_or("OK")
}

fn line(out: &mut Vec<u8>, kind: char, text: &str) {
    out.push(kind as u8);
    out.extend(text.as_bytes());
    out.extend(b"\r\n");
}

fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    line(out, '$', &bytes.len().to_string());
    out.extend(bytes);
    out.extend(b"\r\n");
}

/// A command as a client sends it.
pub fn request(arguments: &[Bytes]) -> Vec<u8> {
    let mut out = Vec::new();
    line(&mut out, '*', &arguments.len().to_string());
    arguments.iter().for_each(|argument| bulk(&mut out, argument));
    out
}

/// Takes the first command out of what a client sent; `None` while it is not complete. A client may also send a line
/// as a person types it.
pub(super) fn next_request(input: &mut Vec<u8>) -> Option<Result<Vec<Bytes>, String>> {
    let end = line_end(input).or_else(|| input.iter().position(|&byte| byte == b'\n'))?;
    if input.first() == Some(&b'*') {
        return match Reply::decode(input)? {
            (Reply::List(items), len) => {
                input.drain(..len);
                let bytes = |item| match item {
                    Reply::Bulk(bytes) => bytes,
                    _ => Vec::new(),
                };
                Some(Ok(items.into_iter().map(bytes).collect()))
            }
            (_, len) => {
                input.drain(..len.min(input.len()));
                Some(Ok(Vec::new()))
            }
        };
    }
    let line: Vec<u8> = input.drain(..end).collect();
    let breaks = if input.first() == Some(&b'\r') { 2 } else { 1 };
    input.drain(..breaks);
    Some(split_arguments(&line).ok_or_else(|| "ERR Protocol error: unbalanced quotes in request".to_owned()))
}

/// Where the first line ends: the place of its `\r\n`.
fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n")
}

//! What a descriptor stands for: a file, an end of a pipe, the owner's ear.

use super::program::Input;
use super::{Chunk, Errno, OpenFile, Stream};
use crate::sim::{Chance, Timestamp};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// How much a pipe holds, and how much an owner may leave uncollected, in bytes.
const CAPACITY: usize = 1 << 16;

/// Something that was opened. Descriptors share it: those of a parent and its children go on where another stopped.
pub(super) enum Open {
    Null,
    Zero,
    Random(RefCell<Chance>),
    File { file: OpenFile, offset: Cell<usize>, read: bool, write: bool, append: bool },
    Reader { pipe: Reader, terminal: bool },
    Writer(Writer),
    Output { sink: Rc<Sink>, stream: Stream },
}

/// What a process has printed and its owner has not collected yet.
#[derive(Default)]
pub(super) struct Sink {
    pub chunks: RefCell<Vec<Chunk>>,
    pub terminal: bool,
    pub held: Cell<usize>,
}

impl Sink {
    pub fn take(&self) -> Vec<Chunk> {
        self.held.set(0);
        self.chunks.take()
    }

    pub fn is_full(&self) -> bool {
        self.held.get() >= CAPACITY
    }

    fn push(&self, stream: Stream, bytes: &[u8], now: Timestamp) {
        self.held.set(self.held.get() + bytes.len());
        let mut chunks = self.chunks.borrow_mut();
        match chunks.last_mut() {
            Some(last) if last.stream == stream && last.at == now => last.bytes.extend_from_slice(bytes),
            _ => chunks.push(Chunk { at: now, stream, bytes: bytes.to_vec() }),
        }
    }
}

#[derive(Default)]
struct Pipe {
    bytes: RefCell<VecDeque<u8>>,
    readers: Cell<u32>,
    writers: Cell<u32>,
    /// Whether somebody has asked for more than was there.
    is_wanting: Cell<bool>,
}

/// The end of a pipe that is read.
pub(super) struct Reader(Rc<Pipe>);

/// The end of a pipe that is written.
pub(super) struct Writer(Rc<Pipe>);

/// A new pipe.
pub(super) fn pipe() -> (Reader, Writer) {
    let pipe = Rc::new(Pipe::default());
    pipe.readers.set(1);
    pipe.writers.set(1);
    (Reader(pipe.clone()), Writer(pipe))
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.readers.set(self.0.readers.get() - 1);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.writers.set(self.0.writers.get() - 1);
    }
}

impl Writer {
    /// Adds bytes however many there are; for owners, who cannot wait.
    pub fn push(&self, bytes: &[u8]) {
        self.0.bytes.borrow_mut().extend(bytes);
        self.0.is_wanting.set(false);
    }

    /// Forgets who waited for more: it may have ended since.
    pub fn renew(&self) {
        self.0.is_wanting.set(false);
    }

    /// Whether whoever reads waits for more.
    pub fn is_wanting(&self) -> bool {
        self.0.is_wanting.get()
    }
}

impl Open {
    /// Reads what is there, up to `most` bytes.
    pub fn try_read(&self, most: usize) -> Result<Input, Errno> {
        match self {
            Self::Null => Ok(Input::End),
            Self::Zero => Ok(Input::Bytes(vec![0; most])),
            Self::Random(chance) => {
                let mut chance = chance.borrow_mut();
                Ok(Input::Bytes((0..most).map(|_| chance.next_u32() as u8).collect()))
            }
            Self::File { file, offset, read: true, .. } => {
                let bytes = file.read_at(offset.get(), most)?;
                offset.set(offset.get() + bytes.len());
                Ok(if bytes.is_empty() { Input::End } else { Input::Bytes(bytes) })
            }
            Self::Reader { pipe, .. } => {
                let mut held = pipe.0.bytes.borrow_mut();
                let most = most.min(held.len());
                match (most, pipe.0.writers.get()) {
                    (0, 0) => Ok(Input::End),
                    (0, _) => {
                        pipe.0.is_wanting.set(true);
                        Ok(Input::Pending)
                    }
                    _ => Ok(Input::Bytes(held.drain(..most).collect())),
                }
            }
            Self::File { .. } | Self::Writer(_) | Self::Output { .. } => Err(Errno::BadDescriptor),
        }
    }

    /// Gives back bytes that were read too far, where that can be done: what came out of a pipe is gone.
    pub fn unread(&self, bytes: &[u8]) {
        if let Self::File { offset, .. } = self {
            offset.set(offset.get().saturating_sub(bytes.len()));
        }
    }

    /// Writes as much as fits; nothing fits if the answer is 0.
    pub fn try_write(&self, bytes: &[u8], now: Timestamp) -> Result<usize, Errno> {
        match self {
            Self::Null | Self::Zero | Self::Random(_) => Ok(bytes.len()),
            Self::File { file, offset, write: true, append, .. } => {
                let at = if *append { file.len() } else { offset.get() };
                file.write_at(at, bytes, now)?;
                offset.set(at + bytes.len());
                Ok(bytes.len())
            }
            Self::Writer(pipe) if pipe.0.readers.get() == 0 => Err(Errno::BrokenPipe),
            Self::Writer(pipe) => {
                let mut held = pipe.0.bytes.borrow_mut();
                let fits = bytes.len().min(CAPACITY.saturating_sub(held.len()));
                held.extend(&bytes[..fits]);
                Ok(fits)
            }
            Self::Output { sink, stream } => {
                let fits = bytes.len().min(CAPACITY.saturating_sub(sink.held.get()));
                if fits > 0 {
                    sink.push(*stream, &bytes[..fits], now);
                }
                Ok(fits)
            }
            Self::File { .. } | Self::Reader { .. } => Err(Errno::BadDescriptor),
        }
    }

    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Reader { terminal, .. } => *terminal,
            Self::Output { sink, .. } => sink.terminal,
            _ => false,
        }
    }

    /// Whether it waits for its owner to collect what was printed.
    pub fn is_blocked_by_owner(&self) -> bool {
        matches!(self, Self::Output { sink, .. } if sink.is_full())
    }
}

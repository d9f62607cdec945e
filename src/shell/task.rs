//! A process: what it has open, where it stands, what it waits for.
//!
//! Its code is a stack of futures, polled from the top by [`super::machine::Kernel`]. One that calls another puts it on
//! the stack ([`Task::call`]) and is polled again when that is over: however deep a script's functions call each other,
//! the machine's own stack does not grow. What a future waits for (a time, a byte, a child) it looks up itself whenever
//! it is polled; there are no wakers.

use super::machine::Kernel;
use super::open::Open;
use super::program::Input;
use super::{Errno, Signal};
use crate::sim::Timestamp;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Code of a process.
pub(super) type Code = Pin<Box<dyn Future<Output = Flow>>>;

/// How much a process may do before the others have their turn.
const QUANTUM: u64 = 2_000;

/// Where a script goes on after a command. The exit status of the command is the task's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next command.
    Next,
    /// After so many loops.
    Break(u32),
    /// With the next turn of the loop that is so many further out, from 1.
    Continue(u32),
    /// After the function, or the file that was sourced.
    Return,
    /// Nowhere: an error ended what was being run. A person's shell goes on with the next line.
    Abort,
    /// Nowhere.
    Exit,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Code(i32),
    Signal(Signal),
}

impl Exit {
    /// As `$?` shows it.
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code & 0xff,
            Self::Signal(signal) => signal.exit_code(),
        }
    }
}

/// A process.
pub(super) struct Task {
    pub kernel: Rc<Kernel>,
    pub pid: u32,
    pub parent: Cell<u32>,
    /// What `ps` shows.
    pub args: RefCell<Vec<String>>,
    /// The working folder.
    pub dir: RefCell<String>,
    pub umask: Cell<u32>,
    pub descriptors: RefCell<Vec<(u32, Rc<Open>)>>,
    /// The exit status of the last command, and in the end its own.
    pub status: Cell<i32>,
    pub exit: Cell<Option<Exit>>,
    /// Started with `&`: a key press does not reach it.
    pub background: Cell<bool>,
    pub started: Timestamp,
    pub ignored: RefCell<Vec<Signal>>,
    caught: RefCell<Vec<Signal>>,
    signals: RefCell<Vec<Signal>>,
    frames: RefCell<Vec<Code>>,
    pushed: Cell<Option<Code>>,
    returned: Cell<Option<Flow>>,
    /// When it is to be polled, if it waits for a time.
    wake: Cell<Option<Timestamp>>,
    quantum: Cell<u64>,
}

impl Task {
    /// A process of its own, or a child that has all its parent has open.
    pub fn new(kernel: &Rc<Kernel>, pid: u32, parent: Option<&Task>) -> Self {
        Self {
            kernel: kernel.clone(),
            pid,
            parent: Cell::new(parent.map_or(0, |parent| parent.pid)),
            args: RefCell::new(parent.map_or(Vec::new(), |parent| parent.args.borrow().clone())),
            dir: RefCell::new(parent.map_or("/".into(), |parent| parent.dir.borrow().clone())),
            umask: Cell::new(parent.map_or(0o022, |parent| parent.umask.get())),
            descriptors: RefCell::new(parent.map_or(Vec::new(), |parent| parent.descriptors.borrow().clone())),
            status: Cell::new(0),
            exit: Cell::new(None),
            background: Cell::new(parent.is_some_and(|parent| parent.background.get())),
            started: kernel.now(),
            ignored: RefCell::new(parent.map_or(Vec::new(), |parent| parent.ignored.borrow().clone())),
            caught: RefCell::default(),
            signals: RefCell::default(),
            frames: RefCell::default(),
            pushed: Cell::new(None),
            returned: Cell::new(None),
            wake: Cell::new(None),
            quantum: Cell::new(0),
        }
    }

    pub fn start(&self, code: Code) {
        self.frames.borrow_mut().push(code);
    }

    /// Lets it go on until it waits or its turn is over.
    pub fn poll(&self) {
        self.wake.set(None);
        self.quantum.set(QUANTUM);
        let mut context = Context::from_waker(Waker::noop());
        while self.exit.get().is_none() {
            let Some(mut top) = self.frames.borrow_mut().pop() else { break };
            let polled = top.as_mut().poll(&mut context);
            if self.exit.get().is_some() {
                break;
            }
            match polled {
                Poll::Ready(flow) => {
                    drop(top);
                    self.kernel.progress.set(true);
                    self.returned.set(Some(flow));
                    if self.frames.borrow().is_empty() {
                        self.end(Exit::Code(self.status.get()));
                    }
                }
                Poll::Pending => {
                    self.frames.borrow_mut().push(top);
                    match self.pushed.take() {
                        Some(called) => self.frames.borrow_mut().push(called),
                        None => return,
                    }
                }
            }
        }
    }

    /// It is no more. What it had open is closed.
    pub fn end(&self, exit: Exit) {
        if self.exit.get().is_none() {
            self.exit.set(Some(exit));
            self.kernel.progress.set(true);
            self.pushed.set(None);
            let frames = self.frames.take();
            drop(frames);
            let descriptors = self.descriptors.take();
            drop(descriptors);
        }
    }

    pub fn is_alive(&self) -> bool {
        self.exit.get().is_none()
    }

    /// When it is to be polled at the latest, if it waits for a time.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.wake.get()
    }

    // What code of the process waits for.

    /// Runs other code to its end, on top of what called it.
    pub async fn call(&self, code: Code) -> Flow {
        self.pushed.set(Some(code));
        poll_fn(|_| self.returned.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Says that so much was done; lets the others, or the owner, have their turn if it was much.
    pub async fn work(&self, cost: u64) {
        self.kernel.spend(cost);
        let left = self.quantum.get();
        self.quantum.set(left.saturating_sub(cost));
        if left <= cost || self.kernel.is_spent() {
            self.give_way().await;
        }
    }

    /// Lets the others have their turn.
    pub async fn give_way(&self) {
        let mut asked = false;
        poll_fn(|_| {
            self.kernel.progress.set(true);
            if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Waits until the machine goes on.
    pub async fn pause(&self) {
        let mut asked = false;
        poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Waits until something is there.
    pub async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        poll_fn(|_| match look() {
            Some(found) => {
                self.kernel.progress.set(true);
                Poll::Ready(found)
            }
            None => Poll::Pending,
        })
        .await
    }

    /// To be called where something waits that is to look again at an instant.
    pub fn wake_at(&self, at: Timestamp) {
        self.wake.set(Some(self.wake.get().map_or(at, |known| known.min(at))));
    }

    pub async fn sleep_until(&self, at: Timestamp) {
        self.until(|| {
            let over = self.kernel.now() >= at;
            if !over {
                self.wake_at(at);
            }
            over.then_some(())
        })
        .await;
    }

    /// Waits for the end of a child and forgets it.
    pub async fn wait_for(&self, pid: u32) -> Exit {
        self.until(|| self.kernel.reap(self.pid, pid)).await
    }

    // Descriptors.

    pub fn descriptor(&self, number: u32) -> Option<Rc<Open>> {
        self.descriptors.borrow().iter().find(|(known, _)| *known == number).map(|(_, open)| open.clone())
    }

    /// Lets a descriptor stand for something else, or for nothing.
    pub fn set_descriptor(&self, number: u32, open: Option<Rc<Open>>) {
        let mut descriptors = self.descriptors.borrow_mut();
        let old = descriptors.iter().position(|(known, _)| *known == number).map(|place| descriptors.remove(place));
        descriptors.extend(open.map(|open| (number, open)));
        drop(descriptors);
        drop(old);
    }

    pub fn is_terminal(&self, number: u32) -> bool {
        self.descriptor(number).is_some_and(|open| open.is_terminal())
    }

    /// What can be read at once; the end where reading fails.
    pub fn try_read(&self, number: u32, most: usize) -> Input {
        let read = self.descriptor(number).map(|open| open.try_read(most));
        let input = read.and_then(Result::ok).unwrap_or(Input::End);
        // Who reads takes something from who writes; the end can be read for ever.
        if matches!(input, Input::Bytes(_)) {
            self.kernel.progress.set(true);
        }
        input
    }

    /// Reads up to `most` bytes, none at the end.
    pub async fn read(&self, open: &Open, most: usize) -> Result<Vec<u8>, Errno> {
        self.until(|| match open.try_read(most) {
            Ok(Input::Pending) => None,
            Ok(Input::Bytes(bytes)) => Some(Ok(bytes)),
            Ok(Input::End) => Some(Ok(Vec::new())),
            Err(errno) => Some(Err(errno)),
        })
        .await
    }

    /// Writes all bytes. A pipe that nobody reads any more ends the process, unless it ignores the signal.
    pub async fn write(&self, number: u32, mut bytes: &[u8]) -> Result<(), Errno> {
        let Some(open) = self.descriptor(number) else { return Err(Errno::BadDescriptor) };
        while !bytes.is_empty() {
            let written = self.until(|| match open.try_write(bytes, self.kernel.now()) {
                Ok(0) => {
                    if open.is_blocked_by_owner() {
                        self.kernel.blocked_by_owner.set(true);
                    }
                    None
                }
                answer => Some(answer),
            });
            match written.await {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::BrokenPipe) => {
                    self.kernel.signal(self, Signal::PIPE, false);
                    self.give_way().await;
                    return Err(Errno::BrokenPipe);
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Writes what was printed, in order. The first error that is met.
    pub async fn print(&self, pieces: Vec<(u32, Vec<u8>)>) -> Result<(), Errno> {
        let mut result = Ok(());
        for (number, bytes) in pieces {
            self.work(1 + bytes.len() as u64 / 256).await;
            let written = self.write(number, &bytes).await;
            result = result.and(if number == 1 { written } else { Ok(()) });
        }
        result
    }

    // Signals.

    pub fn catch(&self, signal: Signal) {
        let mut caught = self.caught.borrow_mut();
        if !caught.contains(&signal) {
            caught.push(signal);
        }
    }

    pub fn uncatch(&self, signal: Signal) {
        self.caught.borrow_mut().retain(|caught| *caught != signal);
    }

    pub fn catches(&self, signal: Signal) -> bool {
        self.caught.borrow().contains(&signal)
    }

    pub fn deliver(&self, signal: Signal) {
        self.signals.borrow_mut().push(signal);
    }

    pub fn take_signals(&self) -> Vec<Signal> {
        self.signals.take()
    }

    pub fn has_signals(&self) -> bool {
        !self.signals.borrow().is_empty()
    }
}

/// Adds what is printed to what was printed before.
pub(super) fn append(pieces: &mut Vec<(u32, Vec<u8>)>, number: u32, bytes: &[u8]) {
    match pieces.last_mut() {
        Some((last, held)) if *last == number => held.extend_from_slice(bytes),
        _ if bytes.is_empty() => {}
        _ => pieces.push((number, bytes.to_vec())),
    }
}

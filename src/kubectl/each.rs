//! One object after the other: what most commands that write do.

use super::failure::{Failure, Outcome};
use super::printers::{Format, sanitized};
use super::selection::{Selection, Target};
use super::session::{Reading, Session, Step, Stream, Task};
use crate::api::Object;
use serde_json::Value;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;

/// What is done to each object.
pub trait Act<T>: Clone + 'static {
    /// Does it; pending where a write has to wait, to be called again with the same object.
    fn act(&mut self, item: &T, session: &mut Session<'_>) -> Poll<Outcome<()>>;

    /// What there is to say when all is done, and about how many.
    fn finish(&mut self, _count: usize, _session: &mut Session<'_>) -> Outcome<()> {
        Ok(())
    }

    /// What is told of all that went wrong.
    fn summary(&mut self, failures: Vec<Failure>) -> Vec<Failure> {
        failures
    }
}

type Gather<T> = Rc<dyn Fn(Reading<'_>) -> Vec<Outcome<T>>>;

/// A command that does the same to one object after the other.
#[derive(Clone)]
pub struct Each<T, A> {
    gather: Option<Gather<T>>,
    queue: VecDeque<Outcome<T>>,
    count: usize,
    failures: Vec<Failure>,
    act: A,
}

impl<T, A> Each<T, A> {
    /// Over what is known already.
    pub fn of(items: Vec<Outcome<T>>, act: A) -> Self {
        let count = items.len();
        Self { gather: None, queue: items.into(), count, failures: Vec::new(), act }
    }
}

impl<A> Each<Target, A> {
    /// Over the objects that are meant, as they stand when the command looks.
    pub fn over(selection: Selection, fetch: bool, act: A) -> Self {
        let gather = move |reading: Reading<'_>| {
            let (targets, failures) = selection.resolve(reading, fetch);
            targets.into_iter().map(Ok).chain(failures.into_iter().map(Err)).collect()
        };
        Self { gather: Some(Rc::new(gather)), queue: VecDeque::new(), count: 0, failures: Vec::new(), act }
    }
}

impl<T: Clone + 'static, A: Act<T>> Each<T, A> {
    /// Nothing is done to any, if there are some of which nothing can be done: they are told of.
    pub fn if_all_stand(self) -> Self {
        let gather = self.gather.map(|gather| -> Gather<T> {
            Rc::new(move |reading| {
                let (standing, missing): (Vec<_>, Vec<_>) = gather(reading).into_iter().partition(Result::is_ok);
                if missing.is_empty() { standing } else { missing }
            })
        });
        Self { gather, ..self }
    }

    /// Nothing is done to any, if there is one of which nothing can be done: it alone is told of.
    pub fn all_or_none(self) -> Self {
        let gather = self.gather.map(|gather| -> Gather<T> {
            Rc::new(move |reading| {
                let items = gather(reading);
                match items.iter().find_map(|item| item.as_ref().err()) {
                    Some(failure) => vec![Err(failure.clone())],
                    None => items,
                }
            })
        });
        Self { gather, ..self }
    }
}

impl<T: Clone + 'static, A: Act<T>> Task for Each<T, A> {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        if let Some(gather) = self.gather.take() {
            self.queue = gather(session.reading()).into();
            self.count = self.queue.len();
        }
        while let Some(item) = self.queue.front() {
            let done = match item {
                Ok(item) => match self.act.act(item, session) {
                    Poll::Pending => return session.until_next_write(),
                    Poll::Ready(done) => done,
                },
                Err(failure) => Err(failure.clone()),
            };
            self.failures.extend(done.err());
            self.queue.pop_front();
        }
        if self.failures.is_empty() {
            self.failures.extend(self.act.finish(self.count, session).err());
        }
        Step::Done(self.act.summary(std::mem::take(&mut self.failures)))
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// Prints objects one by one: a line each, or in the format that was asked for.
#[derive(Clone, Debug)]
pub struct Printer {
    pub format: Format,
    /// Whether the keys of JSON come in the order of the API's types.
    pub typed: bool,
    /// Whether a line stands between the documents of YAML.
    pub separates: bool,
    printed: usize,
    /// What is printed all at once at the end, as one list if it is more than one.
    gathered: Option<Vec<Value>>,
    /// Why nothing can be printed in the format that was asked for.
    broken: Option<Failure>,
}

impl Printer {
    /// Nothing printed yet.
    pub fn new(format: Format) -> Self {
        Self { format, typed: false, separates: true, printed: 0, gathered: None, broken: None }
    }

    /// The same for a command that finds out how to print once there is something to print.
    pub fn late(format: Outcome<Format>) -> Self {
        match format {
            Ok(format) => Self::new(format),
            Err(failure) => Self { broken: Some(failure), ..Self::new(Format::Name) },
        }
    }

    /// The same, where objects are printed together when all is done.
    pub fn gathering(format: Format) -> Self {
        let gathered = (!format.is_plain() && format != Format::Name).then(Vec::new);
        Self { gathered, ..Self::new(format) }
    }

    /// Prints what was gathered.
    pub fn flush(&mut self, session: &mut Session<'_>) -> Outcome<()> {
        let mut values = self.gathered.take().unwrap_or_default();
        let text = match values.len() {
            0 => return Ok(()),
            1 => self.format.print(&values.remove(0), false)?,
            _ => self.format.print_list(values)?,
        };
        session.print(Stream::Out, text);
        Ok(())
    }

    /// `job.batch/x created`, or the object.
    pub fn object(&mut self, object: &Object, what: &str, session: &mut Session<'_>) -> Outcome<()> {
        let name = object.kind().resource().name_form(&object.metadata().name);
        let value = sanitized(object, session.reading());
        self.value(&name, &value, what, session)
    }

    /// The same for an object that is not stored.
    pub fn value(&mut self, name: &str, value: &Value, what: &str, session: &mut Session<'_>) -> Outcome<()> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        if self.format.is_plain() {
            session.line(format!("{name} {what}"));
            return Ok(());
        }
        if let Some(gathered) = &mut self.gathered {
            gathered.push(value.clone());
            return Ok(());
        }
        let text = self.format.print(value, self.typed)?;
        if self.printed > 0 && self.separates && self.format == Format::Yaml {
            session.line("---");
        }
        self.printed += 1;
        session.print(Stream::Out, text);
        Ok(())
    }
}

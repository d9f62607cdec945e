//! kubectl as a program of a shell. The shell knows no cluster: what its kubectls want lies on a desk, where whoever has
//! both looks after it.

use super::images::Images;
use super::{World, files};
use crate::kubectl::{Files, Invocation, Progress, Stream};
use crate::shell::{Call, Input, Io, Program, Running, Signal, Step};
use crate::sim::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;

/// How much may be piped into a kubectl, in bytes.
const LONGEST_INPUT: usize = 4 << 20;

/// What the programs of a terminal ask of the cluster.
#[derive(Default)]
pub struct Desk {
    jobs: Vec<Job>,
    last: u64,
    /// What the cluster was like when all were last asked.
    seen: Option<(u64, u64)>,
    pub namespace: Option<String>,
    pub images: Images,
}

/// A kubectl that runs.
struct Job {
    number: u64,
    line: String,
    files: Files,
    invocation: Option<Invocation>,
    /// How many of its outputs were handed on.
    handed_on: usize,
    /// When it is to be asked, if nothing happens before.
    until: Option<Timestamp>,
    /// Whether it was given something.
    poked: bool,
    input: Vec<Option<Vec<u8>>>,
    interrupted: bool,
    ended: Option<i32>,
}

/// A desk that several share.
pub type Shared = Rc<RefCell<Desk>>;

impl Desk {
    /// Lets all go on that can; whether anything came of it.
    pub fn advance(&mut self, world: &mut World<'_>) -> bool {
        let now = world.api.now();
        let news = self.images.settle(world.kubelets);
        let changes = |world: &World<'_>| Some((world.api.storage().revision(), world.kubelets.activity()));
        let changed = changes(world) != self.seen;
        let mut told = news;
        for job in self.jobs.iter_mut().filter(|job| job.ended.is_none()) {
            let is_due = job.until.is_some_and(|until| until <= now);
            if !changed && !is_due && !job.poked && job.invocation.is_some() {
                continue;
            }
            let invocation = job
                .invocation
                .get_or_insert_with(|| (world.kubectl.start)(&job.line, &job.files, world.config.clone()));
            std::mem::take(&mut job.input).iter().for_each(|bytes| invocation.input(bytes.as_deref()));
            if std::mem::take(&mut job.interrupted) {
                invocation.interrupt();
            }
            job.poked = false;
            match invocation.poll(world.api, world.kubelets) {
                Progress::Waiting { until } => job.until = until.filter(|at| *at > now),
                Progress::Done { exit_code } => {
                    (job.ended, job.until) = (Some(exit_code), None);
                    self.namespace = invocation.new_namespace().map(str::to_owned).or(self.namespace.take());
                }
            }
            told |= job.ended.is_some() || invocation.output().len() > job.handed_on;
        }
        self.seen = changes(world);
        told
    }

    /// When one of them is to be asked.
    pub fn due(&self) -> Option<Timestamp> {
        self.jobs.iter().filter_map(|job| job.until).min()
    }

    /// Whether any has something to do that nobody has looked at.
    pub fn has_work(&self) -> bool {
        self.jobs.iter().any(|job| job.ended.is_none() && (job.invocation.is_none() || job.poked))
    }

    fn job(&mut self, number: u64) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.number == number)
    }
}

/// `kubectl`
pub struct Kubectl {
    pub desk: Shared,
}

impl Program for Kubectl {
    fn start(&self, call: Call) -> Box<dyn Running> {
        let stdin = match () {
            () if files::reads_stdin(&call.args) => Stdin::Gathered(Vec::new()),
            () if files::is_interactive(&call.args) => Stdin::PassedOn,
            () => Stdin::Unread,
        };
        Box::new(Calling { desk: self.desk.clone(), call, stdin, number: None })
    }
}

/// What becomes of a kubectl's standard input.
enum Stdin {
    Unread,
    /// All of it is read first: `-f -`.
    Gathered(Vec<u8>),
    /// It goes to a container: `exec -i`.
    PassedOn,
}

/// A kubectl's process.
struct Calling {
    desk: Shared,
    call: Call,
    stdin: Stdin,
    number: Option<u64>,
}

impl Calling {
    /// Puts the command on the desk.
    fn begin(&mut self) -> u64 {
        let mut files = files::named(&self.call.args, &self.call.dir, &self.call.files);
        if let Stdin::Gathered(bytes) = &self.stdin {
            files.insert("-", String::from_utf8_lossy(bytes));
        }
        let mut desk = self.desk.borrow_mut();
        desk.last += 1;
        let number = desk.last;
        desk.jobs.push(Job {
            number,
            line: line_of(&self.call.args),
            files,
            invocation: None,
            handed_on: 0,
            until: None,
            poked: true,
            input: Vec::new(),
            interrupted: false,
            ended: None,
        });
        number
    }
}

impl Running for Calling {
    fn advance(&mut self, io: &mut Io<'_>, _now: Timestamp) -> Step {
        if let (Stdin::Gathered(bytes), None) = (&mut self.stdin, self.number) {
            loop {
                match io.read() {
                    Input::Bytes(_) if bytes.len() > LONGEST_INPUT => {
                        io.err("error: [Jobscope] more than 4 MiB were piped into kubectl\n");
                        return Step::Exited(1);
                    }
                    Input::Bytes(more) => bytes.extend(more),
                    Input::Pending => return Step::Waits,
                    Input::End => break,
                }
            }
        }
        let number = match self.number {
            Some(number) => number,
            None => {
                io.catch(Signal::INT);
                let number = self.begin();
                self.number = Some(number);
                number
            }
        };
        let mut desk = self.desk.borrow_mut();
        let Some(job) = desk.job(number) else { return Step::Exited(1) };
        if !io.signals().is_empty() {
            (job.interrupted, job.poked) = (true, true);
        }
        if matches!(self.stdin, Stdin::PassedOn) && job.ended.is_none() {
            let given = match io.read() {
                Input::Bytes(bytes) => Some(Some(bytes)),
                Input::End => {
                    self.stdin = Stdin::Unread;
                    Some(None)
                }
                Input::Pending => None,
            };
            job.poked |= given.is_some();
            job.input.extend(given);
        }
        let outputs = job.invocation.as_ref().map_or(&[][..], Invocation::output);
        for output in &outputs[job.handed_on..] {
            match output.stream {
                Stream::Out => io.out(&output.text),
                Stream::Err => io.err(&output.text),
            }
        }
        job.handed_on = outputs.len();
        job.ended.map_or(Step::Waits, Step::Exited)
    }
}

impl Drop for Calling {
    /// Whoever is killed wants nothing any more.
    fn drop(&mut self) {
        // The desk is borrowed only while a program or the terminal is at it, and neither drops a program there.
        if let Ok(mut desk) = self.desk.try_borrow_mut() {
            desk.jobs.retain(|job| Some(job.number) != self.number);
        }
    }
}

/// The words as a line that reads as the same words.
fn line_of(words: &[String]) -> String {
    let quoted = words.iter().skip(1).map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    std::iter::once("kubectl".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// Which files a line of words and quotes names: see [`files::named`].
pub fn files_for(text: &str, dir: &str, tree: &crate::shell::Files) -> Files {
    let words: Vec<String> = text.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect();
    files::named(&words, dir, tree)
}

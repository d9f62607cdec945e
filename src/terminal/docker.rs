//! `docker`: building the images of the documents' work queues, naming them and pushing them.
//!
//! What is built is on the learner's machine alone: the cluster cannot pull it before it is pushed.

use super::desk::Shared;
use super::dockerfile;
use super::images::Image;
use crate::shell::{Call, Io, Program, Running, Step, absolute};
use crate::sim::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// How long a build and a push take.
const BUILDING: Duration = Duration::from_secs(5);
const PUSHING: Duration = Duration::from_secs(3);

/// `docker`
pub struct Docker {
    pub desk: Shared,
}

impl Program for Docker {
    fn start(&self, call: Call) -> Box<dyn Running> {
        Box::new(Working { desk: self.desk.clone(), call, until: None })
    }
}

struct Working {
    desk: Shared,
    call: Call,
    until: Option<Timestamp>,
}

/// The image's name with its tag.
fn tagged(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') { name.to_owned() } else { format!("{name}:latest") }
}

/// A number for a text, the same on every machine.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Working {
    /// Whether what takes this long is over.
    fn is_over(&mut self, now: Timestamp, takes: Duration) -> Result<(), Step> {
        let until = *self.until.get_or_insert(now + takes);
        if now < until { Err(Step::SleepsUntil(until)) } else { Ok(()) }
    }

    fn build(&mut self, io: &mut Io<'_>, args: &[String], now: Timestamp) -> Result<i32, Step> {
        let (mut tags, mut folder, mut file, mut quiet) = (Vec::new(), None, None, false);
        let mut given: Vec<(String, String)> = Vec::new();
        let mut words = args.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "-t" | "--tag" => tags.extend(words.next().map(tagged)),
                "-f" | "--file" => file = words.next(),
                "-q" | "--quiet" => quiet = true,
                "--build-arg" => {
                    let pair = words.next().and_then(|pair| pair.split_once('='));
                    given.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
                }
                "--platform" | "--progress" | "--target" | "--label" => drop(words.next()),
                _ if word.starts_with("--tag=") => tags.push(tagged(&word["--tag=".len()..])),
                _ if word.starts_with("-t") && !word.starts_with("--") => tags.push(tagged(&word[2..])),
                _ if word.starts_with("--file=") => file = word.split_once('=').map(|(_, file)| file),
                _ if word.starts_with('-') && word != "-" => {}
                word => folder = Some(word),
            }
        }
        let Some(folder) = folder else {
            io.err("ERROR: docker: 'docker buildx build' requires 1 argument\n");
            return Ok(1);
        };
        let context = absolute(&self.call.dir, folder);
        let path = file.map_or_else(|| absolute(&context, "Dockerfile"), |file| absolute(&self.call.dir, file));
        let Ok(text) = self.call.files.read_text(&path) else {
            io.err("ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory\n");
            return Ok(1);
        };
        let desk = self.desk.clone();
        let made = |name: &str| {
            let images = &desk.borrow().images;
            images.get(&tagged(name)).map(|image| image.contents.as_deref().cloned())
        };
        let built = match dockerfile::build(&text, &self.call.files, &context, &given, made) {
            Ok(built) => built,
            Err(why) => {
                io.err(format!("ERROR: failed to solve: {why}\n"));
                return Ok(1);
            }
        };
        self.is_over(now, BUILDING)?;
        let id = digest(&format!("{text}{:?}", built.contents));
        let image = Image { id, contents: built.contents.map(Rc::new) };
        for tag in &tags {
            self.desk.borrow_mut().images.add(tag, image.clone());
        }
        for remark in &built.remarks {
            io.err(format!("[Jobscope] {remark}.\n"));
        }
        if quiet {
            io.out(format!("sha256:{id:016x}\n"));
            return Ok(0);
        }
        io.err(format!("[+] Building {}.0s FINISHED\n", BUILDING.as_secs()));
        for (number, line) in built.steps.iter().enumerate() {
            io.err(format!(" => [{}/{}] {line}\n", number + 1, built.steps.len()));
        }
        io.err(format!(" => => writing image sha256:{id:016x}\n"));
        for tag in &tags {
            io.err(format!(" => => naming to {}\n", full(tag)));
        }
        Ok(0)
    }

    fn tag(&self, io: &mut Io<'_>, args: &[String]) -> i32 {
        let [from, to] = args else {
            io.err("docker: 'docker tag' requires 2 arguments\n");
            return 1;
        };
        let images = &mut self.desk.borrow_mut().images;
        match images.get(&tagged(from)).cloned() {
            Some(image) => {
                images.add(&tagged(to), image);
                0
            }
            None => {
                io.err(format!("Error response from daemon: No such image: {}\n", tagged(from)));
                1
            }
        }
    }

    fn push(&mut self, io: &mut Io<'_>, args: &[String], now: Timestamp) -> Result<i32, Step> {
        let Some(name) = args.iter().find(|arg| !arg.starts_with('-')) else {
            io.err("docker: 'docker push' requires 1 argument\n");
            return Ok(1);
        };
        let name = tagged(name);
        let full = full(&name);
        let (repository, tag) = full.rsplit_once(':').unwrap_or((&full, "latest"));
        let Some(image) = self.desk.borrow().images.get(&name).cloned() else {
            io.err(format!("An image does not exist locally with the tag: {repository}\n"));
            return Ok(1);
        };
        if self.until.is_none() {
            io.out(format!("The push refers to repository [{repository}]\n"));
        }
        if repository.starts_with("docker.io/library/") {
            io.out("denied: requested access to the resource is denied\n");
            return Ok(1);
        }
        self.is_over(now, PUSHING)?;
        let id = image.id;
        io.out(format!("{id:012x}: Pushed\n{tag}: digest: sha256:{id:016x} size: 1234\n"));
        let images = &mut self.desk.borrow_mut().images;
        images.push(name, image);
        Ok(0)
    }

    fn list(&self, io: &mut Io<'_>) -> i32 {
        io.out(format!("{:<32}{:<12}IMAGE ID\n", "REPOSITORY", "TAG"));
        for (name, Image { id, .. }) in self.desk.borrow().images.iter() {
            let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
            io.out(format!("{repository:<32}{tag:<12}{:.12}\n", format!("{id:016x}")));
        }
        0
    }
}

/// The name with its registry.
fn full(name: &str) -> String {
    match name.split_once('/') {
        None => format!("docker.io/library/{name}"),
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
    }
}

impl Running for Working {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let args = self.call.args.clone();
        let rest = args.get(2..).unwrap_or_default();
        let done = match args.get(1).map(String::as_str) {
            Some("build") => self.build(io, rest, now),
            Some("buildx" | "image") if args.get(2).is_some_and(|word| word == "build") => {
                self.build(io, &args[3..], now)
            }
            Some("tag") => Ok(self.tag(io, rest)),
            Some("push") => self.push(io, rest, now),
            Some("images") => Ok(self.list(io)),
            Some("login") => {
                io.out("Login Succeeded\n");
                Ok(0)
            }
            other => {
                let what = other.map_or("docker".to_owned(), |word| format!("docker {word}"));
                io.err(format!("{what} is not simulated: docker build, tag, push and images are.\n"));
                Ok(1)
            }
        };
        done.map_or_else(|step| step, Step::Exited)
    }
}

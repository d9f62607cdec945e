//! `docker`: building the images of the documents' work queues, naming them and pushing them.
//!
//! What is built is on the learner's machine alone: the cluster cannot pull it before it is pushed.

use super::desk::Shared;
use crate::api::Text;
use crate::node::Kubelets;
use crate::shell::{Call, Io, Program, Running, Step, absolute};
use crate::sim::{Map, Timestamp};
use std::time::Duration;

/// How long a build and a push take.
const BUILDING: Duration = Duration::from_secs(5);
const PUSHING: Duration = Duration::from_secs(3);

/// The images on the learner's machine.
#[derive(Default)]
pub struct Images {
    /// By name and tag: a number that stands for what is in it.
    local: Map<String, u64>,
    /// What is to happen in the registries: whether an image can be pulled now.
    changes: Vec<(String, bool)>,
}

impl Images {
    fn add(&mut self, name: &str, id: u64) {
        if self.local.insert(name.to_owned(), id) != Some(id) {
            self.changes.push((name.to_owned(), false));
        }
    }

    /// Lets the nodes know; whether there was anything.
    pub fn settle(&mut self, kubelets: &mut Kubelets) -> bool {
        for (name, is_there) in &self.changes {
            let short = name.strip_suffix(":latest").unwrap_or(name);
            for name in [name.as_str(), short] {
                let image = Text::from(name.to_owned());
                match is_there {
                    true => kubelets.image_back(&image),
                    false => kubelets.image_gone(&image),
                }
            }
        }
        !std::mem::take(&mut self.changes).is_empty()
    }
}

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
        let (mut tags, mut folder, mut file) = (Vec::new(), None, None);
        let mut words = args.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "-t" | "--tag" => tags.extend(words.next().map(tagged)),
                "-f" | "--file" => file = words.next(),
                _ if word.starts_with("--tag=") => tags.push(tagged(&word["--tag=".len()..])),
                _ if word.starts_with('-') => {}
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
        let mut inside = text.clone();
        let steps: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        for line in steps.iter().filter_map(|line| line.strip_prefix("COPY ").or(line.strip_prefix("ADD "))) {
            let mut words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with("--")).collect();
            words.pop();
            for source in words {
                match self.call.files.read_text(&absolute(&context, source)) {
                    Ok(text) => inside += &text,
                    Err(_) if self.call.files.stat(&absolute(&context, source)).is_ok() => {}
                    Err(_) => {
                        io.err(format!(
                            "ERROR: failed to solve: failed to compute cache key: \"{}\": not found\n",
                            absolute("/", source)
                        ));
                        return Ok(1);
                    }
                }
            }
        }
        self.is_over(now, BUILDING)?;
        let id = digest(&inside);
        io.err(format!("[+] Building {}.0s FINISHED\n", BUILDING.as_secs()));
        let instructions = ["FROM", "RUN", "COPY", "ADD", "WORKDIR"];
        let shown = steps.iter().filter(|line| instructions.iter().any(|word| line.starts_with(word)));
        let shown: Vec<&&str> = shown.collect();
        for (number, line) in shown.iter().enumerate() {
            io.err(format!(" => [{}/{}] {line}\n", number + 1, shown.len()));
        }
        io.err(format!(" => => writing image sha256:{id:016x}\n"));
        for tag in &tags {
            io.err(format!(" => => naming to {}\n", full(tag)));
            self.desk.borrow_mut().images.add(tag, id);
        }
        Ok(0)
    }

    fn tag(&self, io: &mut Io<'_>, args: &[String]) -> i32 {
        let [from, to] = args else {
            io.err("docker: 'docker tag' requires 2 arguments\n");
            return 1;
        };
        let images = &mut self.desk.borrow_mut().images;
        match images.local.get(&tagged(from)).copied() {
            Some(id) => {
                images.add(&tagged(to), id);
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
        let Some(id) = self.desk.borrow().images.local.get(&name).copied() else {
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
        io.out(format!("{id:012x}: Pushed\n{tag}: digest: sha256:{id:016x} size: 1234\n"));
        self.desk.borrow_mut().images.changes.push((name, true));
        Ok(0)
    }

    fn list(&self, io: &mut Io<'_>) -> i32 {
        io.out(format!("{:<32}{:<12}IMAGE ID\n", "REPOSITORY", "TAG"));
        for (name, id) in self.desk.borrow().images.local.iter() {
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

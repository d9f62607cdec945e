//! Images whose programs can be run in here, and what is in them.
//!
//! An image is known by its name. Of a known one the table says what it starts by itself, what its environment holds and
//! which programs are in it; of all others only that somebody can pull them: what runs in them is assumed. What the
//! learner builds on top of a known one is known as well.

use super::environment::{Variables, expanded};
use super::events::full_image;
use crate::api::Container;

/// What is in an image that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Which programs there are.
    pub userland: Userland,
    /// Programs besides, by name.
    pub programs: Vec<String>,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    pub env: Vec<(String, String)>,
    /// The folder in which a process starts.
    pub dir: String,
    /// Files, with what is in them. All can be executed.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A row of the table of images.
#[derive(Debug, PartialEq, Eq)]
struct Image {
    /// The last part of the repository's name, and what may follow it: `busybox`.
    name: &'static str,
    /// The owners whose repositories of that name are meant, besides the library.
    owners: &'static [&'static str],
    userland: Userland,
    programs: &'static [&'static str],
    entrypoint: &'static [&'static str],
    cmd: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
    /// The readers of the documents build it themselves, and push it to a repository of theirs, whichever that is.
    pushed: bool,
}

/// Whose small programs an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Userland {
    /// `sh` is ash, everything is BusyBox; no bash.
    BusyBox,
    /// Alpine: BusyBox as well, with a C library of its own.
    Alpine,
    /// Alpine with bash, first in the PATH.
    Bash,
    /// Debian and Ubuntu: `sh` is dash, bash, the GNU tools.
    Debian,
}

const BUSYBOX_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const fn image(name: &'static str, userland: Userland, cmd: &'static [&'static str]) -> Image {
    Image { name, owners: &[], userland, programs: &[], entrypoint: &[], cmd, env: &[], files: &[], pushed: false }
}

impl Image {
    const fn from(self, owners: &'static [&'static str]) -> Self {
        Self { owners, ..self }
    }

    const fn with(self, programs: &'static [&'static str]) -> Self {
        Self { programs, ..self }
    }

    /// Built as the documents say, and pushed somewhere.
    const fn built_with(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, pushed: true, ..self }
    }

    const fn entrypoint(self, entrypoint: &'static [&'static str]) -> Self {
        Self { entrypoint, ..self }
    }

    const fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }
}

/// What the official images' entry points are called: they run what they are given, or what the image is for.
const ENTRYPOINT: &[&str] = &[DOCKER_ENTRYPOINT];
const DOCKER_ENTRYPOINT: &str = "docker-entrypoint.sh";

/// What the Dockerfile of the documents' first work queue starts.
const COARSE_WORKER: &str = "/usr/bin/amqp-consume --url=$BROKER_URL -q $QUEUE -c 1 /worker.py";

/// How the parts of a name begin that are given to images which do not exist.
const MISSING: &[&str] = &["non-exist", "nonexist", "does-not-exist", "doesnotexist", "no-such-"];

/// The images.
const IMAGES: &[Image] = &[
    image("busybox", Userland::BusyBox, &["sh"]).from(&[
        "k8s.gcr.io",
        "registry.k8s.io",
        "registry.k8s.io/e2e-test-images",
        "quay.io/prometheus",
    ]),
    image("alpine", Userland::Alpine, &["/bin/sh"]),
    image("bash", Userland::Bash, &["bash"]).entrypoint(ENTRYPOINT),
    image("ubuntu", Userland::Debian, &["/bin/bash"]),
    image("debian", Userland::Debian, &["bash"]),
    image("perl", Userland::Debian, &["perl", "-de0"]).with(&["perl"]),
    image("python", Userland::Debian, &["python3"]).with(&["python3", "python"]).env(&[("LANG", "C.UTF-8")]),
    image("redis", Userland::Debian, &["redis-server"]).entrypoint(ENTRYPOINT).with(&["redis-server", "redis-cli"]),
    image("rabbitmq", Userland::Debian, &["rabbitmq-server"]).entrypoint(ENTRYPOINT).with(&["rabbitmq-server"]),
    image("job-wq-1", Userland::Debian, &["/bin/sh", "-c", COARSE_WORKER])
        .with(&[
            "amqp-consume",
            "amqp-declare-queue",
            "amqp-delete-queue",
            "amqp-get",
            "amqp-publish",
            "python3",
            "python",
        ])
        .built_with(&[("/worker.py", include_str!("../programs/images/rabbitmq/worker.py"))]),
    image("job-wq-2", Userland::Debian, &["/bin/sh", "-c", "python worker.py"])
        .with(&["python3", "python"])
        .built_with(&[
            ("/worker.py", include_str!("../programs/images/redis/worker.py")),
            ("/rediswq.py", include_str!("../programs/images/redis/rediswq.py")),
        ]),
    image("mongo", Userland::Debian, &["mongod"]).entrypoint(ENTRYPOINT).with(&["mongod", "mongosh", "mongoimport"]),
];

impl Image {
    fn of(name: &str) -> Option<&'static Self> {
        let full = full_image(name);
        let without_digest = full.split('@').next().unwrap_or(&full);
        let (owner, last) = without_digest.rsplit_once('/').unwrap_or(("", without_digest));
        let repository = last.split(':').next().unwrap_or(last);
        let library = ["docker.io/library", "public.ecr.aws/docker/library", "mirror.gcr.io/library"].contains(&owner);
        let owned = |image: &Image| if image.pushed { !library } else { library || image.owners.contains(&owner) };
        IMAGES.iter().find(|image| image.name == repository && owned(image))
    }
}

/// Whether nobody can pull the image of this name: it is built on the reader's machine, and was not pushed; or it says
/// itself that it does not exist, and is believed, as the documents' is.
pub fn is_missing(name: &str) -> bool {
    let full = full_image(name);
    let repository = full.split('@').next().unwrap_or(&full);
    let local = repository.strip_prefix("docker.io/library/").and_then(|rest| rest.split(':').next());
    local.is_some_and(|name| IMAGES.iter().any(|image| image.pushed && image.name == name))
        || repository.split(['/', ':']).any(|part| MISSING.iter().any(|start| part.starts_with(start)))
}

impl Contents {
    /// What is in the image of this name, if its programs are known.
    pub fn of(name: &str) -> Option<Self> {
        let image = Image::of(name)?;
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        let own = image.env.iter().copied();
        let env = [("PATH", BUSYBOX_PATH)].into_iter().chain(own);
        Some(Self {
            userland: image.userland,
            programs: words(image.programs),
            entrypoint: words(image.entrypoint),
            cmd: words(image.cmd),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            dir: "/".to_owned(),
            files: image.files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
        })
    }

    /// What the image sets in the environment of its processes.
    pub fn environment(&self) -> Variables {
        Variables(self.env.clone())
    }

    /// What a container runs: its `command` in place of the image's entry point, its `args` in place of what the image
    /// adds to it, with `$(NAME)` filled in. Nothing, if neither says anything.
    pub fn argv(&self, container: &Container, environment: &Variables) -> Vec<String> {
        let own =
            |list: &[crate::api::Text]| list.iter().map(|word| expanded(word, &[environment])).collect::<Vec<_>>();
        let (command, args) = (own(&container.command), own(&container.args));
        let mut argv = match (command.is_empty(), args.is_empty()) {
            (false, _) => [command, args].concat(),
            (true, false) => [self.entrypoint.clone(), args].concat(),
            (true, true) => [self.entrypoint.clone(), self.cmd.clone()].concat(),
        };
        if argv.first().is_some_and(|first| first == DOCKER_ENTRYPOINT) {
            argv.remove(0);
            // Options alone are meant for what the image is for.
            if argv.first().is_none_or(|first| first.starts_with('-')) {
                argv.splice(0..0, self.cmd.first().cloned());
            }
        }
        argv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_names() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(Image::of(name).map(|image| image.name), expected, "{name}")
        };
        check("busybox", Some("busybox"));
        check("busybox:1.28", Some("busybox"));
        check("docker.io/library/bash", Some("bash"));
        check("docker.io/library/bash:latest", Some("bash"));
        check("library/busybox", Some("busybox"));
        check("busybox@sha256:abc", Some("busybox"));
        check("registry.k8s.io/e2e-test-images/busybox:1.29", Some("busybox"));
        check("acme/busybox", None);
        check("example.org/library/busybox", None);
        check("gcr.io/myproject/job-wq-1", Some("job-wq-1"));
        check("reader/job-wq-2:latest", Some("job-wq-2"));
        check("job-wq-2", None);
        check("ubuntu:22.04", Some("ubuntu"));
        check("mongo:5", Some("mongo"));
    }

    #[test]
    fn images_that_nobody_can_pull() {
        let check = |name: &str, expected: bool| assert_eq!(is_missing(name), expected, "{name}");
        check("non-existing-repo/non-existing-image:example", true);
        check("acme/doesnotexist:404", true);
        check("busybox:no-such-tag", true);
        check("busybox", false);
        check("example.org:5000/existing/image@sha256:abc", false);
        check("job-wq-1", true);
        check("reader/job-wq-1", false);
    }

    #[test]
    fn a_container_runs_its_command_or_the_images() {
        let check = |name: &str, command: &[&'static str], args: &[&'static str], expected: &[&str]| {
            let container = Container {
                command: command.iter().map(|&word| word.into()).collect(),
                args: args.iter().map(|&word| word.into()).collect(),
                ..Container::default()
            };
            let environment = Variables(vec![("WHO".into(), "me".into())]);
            assert_eq!(Contents::of(name).expect("known").argv(&container, &environment), expected);
        };
        check("busybox", &[], &[], &["sh"]);
        check("busybox", &["echo"], &["$(WHO)", "$(NO)", "$$(WHO)"], &["echo", "me", "$(NO)", "$(WHO)"]);
        check("busybox", &["rev", "/input/data.txt"], &[], &["rev", "/input/data.txt"]);
        check("busybox", &[], &["sleep", "5"], &["sleep", "5"]);
        check("bash", &[], &[], &["bash"]);
        check("bash", &[], &["-c", "echo"], &["bash", "-c", "echo"]);
        check("bash", &[], &["sleep", "1"], &["sleep", "1"]);
        check("redis", &[], &["--port", "7000"], &["redis-server", "--port", "7000"]);
        check("redis", &["/bin/sh"], &[], &["/bin/sh"]);
    }
}

//! The learner's terminal: a shell on a machine of the learner's own, with kubectl, docker and curl beside the usual small
//! programs.
//!
//! A run has one. It is made when the first line is typed that is more than a kubectl command, and lives as long as the
//! run: its files, working folder and variables stay. The commands it runs see the cluster at the instant at which they
//! run; what takes time takes the cluster's time.
//!
//! The interpreter comes with the part of the program that runs containers' commands: whoever drives a terminal knows it
//! by the trait [`Terminal`] alone, and gets it from the table [`MACHINES`].

mod advice;
mod curl;
mod desk;
mod docker;
mod dockerfile;
mod files;
mod images;
mod jq;
mod learner;
mod line;
mod web;

pub use line::{is_plain_kubectl, kubectl_and_filters};

use crate::apiserver::ApiServer;
use crate::kubectl::{self, Files, Kubectl, Output};
use crate::node::runtime::Programs;
use crate::node::{Kubelets, PROGRAMS};
use crate::sim::Timestamp;

/// Whatever needs the shell: containers, and the learner's terminal. A part that may come later (see [`crate::sim::Part`]),
/// under the name [`crate::node::runtime::PART`].
pub struct Machines {
    /// What runs the commands of containers.
    pub runtime: &'static Programs,
    /// Makes a terminal, with the seed of what is left to chance and the files of its working folder.
    pub terminal: fn(u64, &Files, Timestamp) -> Box<dyn Terminal>,
    /// Whether a shell would wait for more lines after these: a quote, a loop or a here-document is open.
    pub is_unfinished: fn(&str) -> bool,
    /// What a line makes of a text that is piped into it: standard output, standard error, exit code.
    pub filter: fn(&str, &str, Timestamp) -> (String, String, i32),
    /// What an address of the documents answers.
    pub fetch: fn(&str) -> Option<&'static str>,
}

/// All of it.
pub static MACHINES: Machines = Machines {
    runtime: &PROGRAMS,
    terminal: learner::terminal,
    is_unfinished: crate::shell::is_unfinished,
    filter: learner::filter,
    fetch: web::fetch,
};

/// The cluster, as the commands of a terminal reach it.
pub struct World<'a> {
    pub api: &'a mut ApiServer,
    pub kubelets: &'a mut Kubelets,
    pub kubectl: &'static Kubectl,
    pub config: &'a kubectl::Config,
}

/// What became of a line, since the last time that was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// The number under which the line was typed.
    pub line: usize,
    /// What was printed.
    pub output: Vec<Output>,
    /// The exit code, if it is over.
    pub ended: Option<i32>,
}

/// A learner's terminal.
pub trait Terminal {
    /// Types a line, under a number that no other has. It is run when those before it are over.
    fn enter(&mut self, number: usize, line: &str);

    /// Goes on as far as that can be done at this instant, within bounds.
    fn advance(&mut self, world: World<'_>) -> Vec<News>;

    /// When it is to go on by itself.
    fn due(&self) -> Option<Timestamp>;

    /// The lines that wait until those before them are over, in their order.
    fn waiting(&self) -> Vec<usize>;

    /// The line that runs, and whether it waits for something to be typed.
    fn reader(&self) -> Option<(usize, bool)>;

    /// Ctrl-C for a line. One that does not heed it is ended by the second; one that waits for its turn is dropped.
    fn interrupt(&mut self, number: usize);

    /// Something is typed into the command that runs; `\u{4}` (Ctrl-D) ends its input.
    fn input(&mut self, text: &str);

    /// Says that something was done outside, with this exit code: `$?` is that now.
    fn set_status(&mut self, code: i32);

    /// The namespace that a command has made the default one since the last time this was asked.
    fn new_namespace(&mut self) -> Option<String>;

    /// The working folder, as a prompt shows it: `~/jobs`.
    fn folder(&self) -> String;

    /// Whether a name is an alias or a function of the shell.
    fn has_alias(&self, name: &str) -> bool;

    /// The files of the folder in which the terminal began.
    fn files(&self) -> Files;

    /// Writes a file there.
    fn write(&mut self, name: &str, text: &str, now: Timestamp);

    /// The files that a kubectl command names, by the names it has for them.
    fn files_for(&self, line: &str) -> Files;

    /// The commands and files that a word may become.
    fn complete(&self, word: &str, is_command: bool) -> Vec<String>;
}

/// The texts of the addresses that a kubectl command names.
pub fn fetched(line: &str, machines: &Machines) -> Vec<(String, &'static str)> {
    let words = line.split(|c: char| c.is_whitespace() || c == ',' || c == '=');
    let named = words.map(|word| word.trim_matches(['\'', '"']));
    let named = named.map(|word| word.strip_prefix("-f").unwrap_or(word)).filter(|word| line::is_address(word));
    named.filter_map(|word| Some((word.to_owned(), (machines.fetch)(word)?))).collect()
}

/// Whether a kubectl command names an address: it needs whoever knows what is there.
pub fn names_addresses(line: &str) -> bool {
    line.contains("://")
}

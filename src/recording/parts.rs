//! The parts of the program that a run calls upon (see [`Part`]).

use super::Scenario;
use crate::kubectl::{self, Files, Kubectl, Opening};
use crate::node::runtime;
use crate::sim::Part;
use crate::terminal::{self, MACHINES, Machines};

/// Which parts are there.
#[derive(Clone, Copy, Default)]
pub struct Parts {
    pub kubectl: Option<&'static Kubectl>,
    /// Without it a run waits where a pod comes whose containers have commands that are to be run, and where a line is
    /// typed that needs a shell.
    pub programs: Option<&'static Machines>,
    /// The manifest with which a run can begin without kubectl.
    pub opening: Option<Opening>,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self { kubectl: Some(&kubectl::ALL), programs: Some(&MACHINES), opening: None };

    /// The command line with which every run begins.
    pub(super) fn first_line() -> String {
        format!("kubectl apply -f {}", Scenario::MANIFEST)
    }

    /// What a line does without kubectl, if it is the first one, about the known manifest.
    pub(super) fn opening(&self, line: &str, files: &Files) -> Option<Opening> {
        let is_known =
            |opening: &Opening| files.get(Scenario::MANIFEST) == Some(opening.manifest) && line == Self::first_line();
        self.opening.filter(|opening| self.kubectl.is_none() && is_known(opening))
    }

    /// The part that is missing to run a kubectl command.
    pub(super) fn missing_for(&self, line: &str, files: &Files) -> Option<Part> {
        let is_there = self.kubectl.is_some() || self.opening(line, files).is_some();
        let names_addresses = terminal::names_addresses(line) && self.programs.is_none();
        if is_there { names_addresses.then_some(runtime::PART) } else { Some(kubectl::PART) }
    }

    /// The part that is missing to run a line of the shell.
    pub(super) fn missing_for_shell(&self) -> Option<Part> {
        match (self.kubectl, self.programs) {
            (None, _) => Some(kubectl::PART),
            (_, None) => Some(runtime::PART),
            _ => None,
        }
    }
}

//! The parts of the program that a run calls upon (see [`Part`]).

use super::Scenario;
use crate::kubectl::{self, Files, Kubectl, Opening};
use crate::node::PROGRAMS;
use crate::node::runtime::Programs;
use crate::sim::Part;

/// Which parts are there.
#[derive(Clone, Copy, Default)]
pub struct Parts {
    pub kubectl: Option<&'static Kubectl>,
    /// Without it a run waits where a pod comes whose containers have commands that are to be run.
    pub programs: Option<&'static Programs>,
    /// The manifest with which a run can begin without kubectl.
    pub opening: Option<Opening>,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self { kubectl: Some(&kubectl::ALL), programs: Some(&PROGRAMS), opening: None };

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

    /// The part that is missing to run a line.
    pub(super) fn missing_for(&self, line: &str, files: &Files) -> Option<Part> {
        let is_there = self.kubectl.is_some() || self.opening(line, files).is_some();
        (!is_there).then_some(kubectl::PART)
    }
}

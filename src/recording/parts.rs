//! The parts of the program that a run calls upon (see [`Part`]).

use crate::kubectl::{self, Command, Kubectl};
use crate::node::PROGRAMS;
use crate::node::runtime::Programs;
use crate::sim::Part;

/// Which parts are there.
#[derive(Clone, Copy, Default)]
pub struct Parts {
    /// Without it there is one command, with which every run begins.
    pub kubectl: Option<&'static Kubectl>,
    /// Without it a run waits where a pod comes whose containers have commands that are to be run.
    pub programs: Option<&'static Programs>,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self { kubectl: Some(&kubectl::ALL), programs: Some(&PROGRAMS) };

    /// The commands there are.
    pub(super) fn commands(&self) -> &'static Command {
        self.kubectl.map_or(&kubectl::FIRST, |all| all.commands)
    }

    /// The part that is missing to run a line.
    pub(super) fn missing_for(&self, line: &str) -> Option<Part> {
        (self.kubectl.is_none() && !kubectl::is_first(line)).then_some(kubectl::PART)
    }
}

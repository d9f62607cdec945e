//! kubectl: the lines a learner types, and what they print (spec 05).
//!
//! [`Invocation`] runs a line: it may take virtual time and make several writes. [`read_at`] answers a line that only
//! looks, at any instant of the past. Both parse with one table of commands and flags, [`commands`], which also serves
//! help, usage errors and completion.
//!
//! One file per verb. Below them what they share: [`session`] (what a running command has at hand), [`call`] (its arguments
//! and flags), [`selection`] and [`manifest`] (which objects), [`printers`] (what is printed), [`failure`] (what went wrong).
//! Above them the table, and what reads lines by it.

mod age;
mod failure;
mod files;
mod session;
mod call;
mod go_text;
mod jsonpath;
mod go_template;
mod selector;
mod manifest;
mod selection;
mod printers;
mod help;
mod each;
mod creation;
mod last_applied;
mod pods;
mod server_side;

mod api_resources;
mod apply;
mod auth;
mod config;
mod connection;
mod cordon;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod label;
mod logs;
mod patch;
mod raw;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
mod taint;
mod version;
mod wait;

mod commands;
mod line;
mod complete;
mod opening;
mod invocation;

pub use complete::Candidate;
pub use files::Files;
pub use invocation::{Invocation, Progress, is_read, read_at};
pub use last_applied::LAST_APPLIED;
pub use opening::Opening;
pub use session::{Output, Stream, Write};

use crate::apiserver::View;
use crate::cluster::{REST, Rest};
use crate::node::Kubelets;
use crate::sim::{Part, Timestamp};

/// All of kubectl: a part that may come later (see [`Part`]).
pub struct Kubectl {
    /// [`Invocation::start`]
    pub start: fn(&str, &Files, Config) -> Invocation,
    /// [`read_at`]
    pub read_at: ReadAt,
    /// The words that the one at the cursor (a byte offset) of a line may become, in the order to offer them, in a
    /// cluster and a namespace.
    pub complete: fn(&str, usize, View<'_>, &str) -> Vec<Candidate>,
    /// What a cluster needs as soon as somebody acts in it.
    pub cluster: &'static Rest,
}

type ReadAt = fn(&str, View<'_>, &Kubelets, Timestamp, &Files, &Config) -> (String, String, i32);

/// All of kubectl.
pub static ALL: Kubectl = Kubectl { start: Invocation::start, read_at, complete: complete::complete, cluster: &REST };

/// The name of [`ALL`] among the parts of the program.
pub const PART: Part = Part("kubectl");

/// How kubectl is set up, and what the one who runs a line prescribes.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The namespace of those who name none.
    pub namespace: String,
    /// Whether `resourceVersion` is printed as it is; recorded runs show `"1"`.
    pub resource_versions: bool,
    /// The instant at which the command looks at the cluster; at once, if unset.
    pub read_at: Option<Timestamp>,
    /// The n-th write is not made before the n-th of these instants.
    pub write_at: Vec<Timestamp>,
}

impl Default for Config {
    fn default() -> Self {
        Self { namespace: "default".into(), resource_versions: true, read_at: None, write_at: Vec::new() }
    }
}

#[cfg(test)]
mod tests;

//! The tutorial as data: what a learner reads, runs, predicts and has to reach.
//!
//! A lesson is a folder under `content/`: `lesson.md` (front matter and prose), the manifest it starts from, how its
//! containers behave (`scenario.yaml`), and its own solution. Nothing in it says how a run ends: predictions are held
//! against the cluster, and goals are asked of it.
//!
//! [`format`] reads the folders, [`prose`] the text in them, [`goals`] asks the cluster.

mod content;
pub mod format;
pub mod goals;
pub mod prose;

pub use content::{CARDS, Card, all, find};
pub use format::{Lesson, Solution};
pub use goals::{Goal, Progress};
pub use prose::{Block, Prediction, Span, Step};

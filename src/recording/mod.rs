//! What happened, readable at any instant: scenarios in, runs, observations out. It influences nothing but what a user
//! did at which instant.

mod facts;
pub mod invariants;
mod life;
mod observation;
mod parts;
pub mod report;
mod run;
mod scenario;
pub mod share;

pub use facts::{PodFacts, pod_facts};
pub use life::{Life, lives};
pub use observation::{Recorded, observe, rerun};
pub use parts::Parts;
pub use run::{Act, Entry, Run};
pub use scenario::{Plan, Planned, Scenario};

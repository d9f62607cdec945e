//! The discrete-event kernel: virtual time, timers, seeded chance. No Kubernetes word in here.

mod chance;
mod map;
mod order;
mod part;
mod timers;
mod timestamp;

pub use chance::Chance;
pub use map::{Map, Set};
pub use order::Order;
pub use part::Part;
pub use timers::Timers;
pub use timestamp::Timestamp;

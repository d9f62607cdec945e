//! The discrete-event kernel: virtual time, timers, seeded chance. No Kubernetes word in here.

mod base64;
mod chance;
mod digest;
mod hashed;
mod map;
mod order;
mod part;
mod table;
mod timers;
mod timestamp;

pub use base64::{base64, from_base64};
pub use chance::Chance;
pub use digest::{digest, digest_more, digests};
pub use hashed::{Hashed, hash};
pub use map::{Map, Set};
pub use order::Order;
pub use part::Part;
pub use table::{Key, Table};
pub use timers::Timers;
pub use timestamp::Timestamp;

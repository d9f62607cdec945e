//! When the CronJobs of a manifest are due, in whatever time zone, and what the days do on which the clocks change.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Calendar;

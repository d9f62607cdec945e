//! How objects are printed: tables, YAML, JSON, JSONPath, columns of one's own, names (spec 05 §3).

mod columns;
mod go_order;
mod kyaml;
mod output;
mod table;

pub use columns::{cells, event_ages, headers, node_roles};
pub use output::{Format, Formats, custom_rows, list, sanitized};
pub use table::{Table, align};

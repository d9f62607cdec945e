//! What the API server makes of what people send: defaults, validation, quotas, disruption budgets, warnings, patches.
//!
//! A table of functions, because a page can open without it (see [`crate::sim::Part`]). Until it is there nobody has sent
//! anything but the manifest of a Job that is known to be valid, what components write is valid and complete, and there are
//! no quotas or budgets.

use super::patched::{Patched, patched};
use super::request::Patch;
use super::usage::Ledger;
use super::{Storage, View, disruption, usage};
use crate::api::{ApiError, FieldError, Object, ObjectMeta, Pod, defaults, validation};

/// The checks, as functions.
#[derive(Debug)]
pub struct Checks {
    /// Fills in what was left out.
    pub(super) defaults: fn(&mut Object),
    pub(super) create: fn(&Object) -> Vec<FieldError>,
    /// The checks of a new object's metadata alone, whose like was found valid.
    pub(super) metadata: fn(&Object, &ObjectMeta) -> Vec<FieldError>,
    /// The new object, then the old one.
    pub(super) update: fn(&Object, &Object) -> Vec<FieldError>,
    pub(super) status_update: fn(&Object, &Object) -> Vec<FieldError>,
    pub(super) warnings: fn(&Object) -> Vec<String>,
    pub(super) update_warnings: fn(&Object) -> Vec<String>,
    pub(super) patched: fn(&Object, &Patch) -> Result<Patched, ApiError>,
    pub(super) quotas: fn(&mut Ledger, &Storage, &Object) -> Result<(), ApiError>,
    pub(super) budgets: fn(View<'_>, &Pod) -> Result<(), ApiError>,
}

/// All checks there are.
pub static CHECKS: Checks = Checks {
    defaults: defaults::set_defaults,
    create: validation::validate_create,
    metadata: validation::validate_metadata,
    update: validation::validate_update,
    status_update: validation::validate_status_update,
    warnings: validation::warnings,
    update_warnings: validation::update_warnings,
    patched,
    quotas: usage::check_quotas,
    budgets: disruption::check_budgets,
};

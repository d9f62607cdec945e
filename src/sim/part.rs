//! Parts of the program that may come later.
//!
//! A page that is opened fetches a part of the program only, and the others when they are first needed. The engine then
//! stops at the instant at which it needs one, says which, and goes on at the same instant when it is there: what
//! happens, and when, is the same as if all had been there from the start. Elsewhere all parts always are.
//!
//! A part is a table of functions, a `static` that nobody names but who hands it over: what is named is linked in. To
//! add one:
//!
//! 1. The folder it is made of gets the table, and a [`Part`] that names it: see `kubectl::Kubectl`.
//! 2. `recording::Parts` gets a field for the table, and `Parts::ALL` has it set.
//! 3. Who needs it takes it from there. Where it is missing, nothing must have happened yet at that instant: the [`Part`]
//!    goes up to `Run::advance`, which stops and tells it by `Run::waits_for` until `Run::equip` brings the table.
//! 4. `ui::later` says how the page fetches it.

/// A part of the program, by a name that people read: `kubectl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(pub &'static str);

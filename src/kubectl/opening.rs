//! How a run can begin before kubectl is there: with `kubectl apply` of a manifest that is known in advance.

use super::failure::Failure;
use super::session::{Session, Step, Task};
use crate::api::Object;
use crate::apiserver::Request;
use std::task::Poll;

/// A manifest with the one new object in it. That applying it comes to the same as all of kubectl would make of it is for
/// the tests of whoever writes one.
#[derive(Clone, Copy)]
pub struct Opening {
    pub manifest: &'static str,
    /// What `kubectl apply` sends.
    pub object: fn() -> Object,
}

impl Task for Opening {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        match session.write(Request::Create((self.object)()), false) {
            Poll::Pending => session.until_next_write(),
            Poll::Ready(Err(error)) => Step::Done(vec![Failure::from(error)]),
            Poll::Ready(Ok(object)) => {
                let name = object.kind().resource().name_form(&object.metadata().name);
                session.line(format!("{name} created"));
                Step::Done(Vec::new())
            }
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(*self)
    }
}

//! Manifests to begin with, and how their containers behave.

/// A manifest to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    pub manifest: &'static str,
    /// A scenario file: how containers behave; may be empty.
    pub scenario: &'static str,
}

macro_rules! samples {
    ($($slug:literal $title:literal $about:literal)*) => {
        &[$(Sample {
            title: $title,
            about: $about,
            manifest: include_str!(concat!("samples/", $slug, ".yaml")),
            scenario: include_str!(concat!("samples/", $slug, ".scenario.yaml")),
        }),*]
    };
}

/// The samples, from the simple to the large.
pub const ALL: &[Sample] = samples! {
    "once" "One pod, once" "The simplest Job there is."
    "indexed" "Indexed, static work" "Five indexes, three at a time, each with its own share."
    "work-queue" "Work queue" "No completions: the first success closes the gate."
    "flaky" "Flaky, with retries" "A quarter of all runs fail; see the back-off grow and reset."
    "failure-policy" "Pod failure policy" "Disruptions do not count, exit code 42 ends it all."
    "per-index" "Back-off limit per index" "Every index has its own retries."
    "success-policy" "Success policy" "Done as soon as the leader is, whatever the others do."
    "restart" "Restarts in place" "OnFailure: the same pods, restarted until the limit."
    "sidecar" "Sidecar" "A container that never ends keeps its Job running; as a sidecar it would not."
    "deadline" "Deadline" "Ninety seconds in all, whatever is still running."
    "twice" "Runs twice" "A node is cut off: nobody can know that its pod goes on."
    "suspended" "Suspended" "Nothing runs until somebody resumes it."
    "ttl" "Gone after itself" "Deleted ten seconds after it has finished."
    "cron" "CronJob" "A Job every minute, never two at a time."
    "thousand" "A thousand pods" "A thousand indexes, fifty at a time."
};

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::*;

    #[test]
    fn every_sample_is_accepted() {
        for sample in ALL {
            assert_eq!(check(sample.manifest), [], "{}", sample.title);
        }
    }
}

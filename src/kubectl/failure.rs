//! How a command says that something went wrong (spec 01 §4, spec 05).

use crate::api::patch::PatchError;
use crate::api::{ApiError, Reason};

/// One reason why a command did not do all it was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The API server said no; the prefix tells about which file: `error when creating "job.yaml": `.
    Api { error: Box<ApiError>, prefix: String },
    /// kubectl itself said no; printed after `error: ` where it is the only one.
    Client(String),
    /// Files of which not everything could be read; kubectl tells of all of them as of one.
    Unread(Vec<String>),
    /// Printed as it stands.
    Plain(String),
    /// Something could not be printed to its end; this much was.
    Printing { printed: String, why: String },
}

/// The result of a step of a command.
pub type Outcome<T> = Result<T, Failure>;

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Api { error: Box::new(error), prefix: String::new() }
    }
}

impl From<PatchError> for Failure {
    /// A patch that kubectl applies or works out by itself.
    fn from(error: PatchError) -> Self {
        let (PatchError::BadRequest(why) | PatchError::Invalid(why) | PatchError::Other(why)) = error;
        Self::Client(why)
    }
}

impl Failure {
    /// What kubectl itself has to complain about.
    pub fn client(message: impl Into<String>) -> Self {
        Self::Client(message.into())
    }

    /// A mistake in how the command was called.
    pub fn usage(command: &str, message: impl AsRef<str>) -> Self {
        Self::Client(format!("{}\nSee 'kubectl {command} -h' for help and examples", message.as_ref()))
    }

    /// The same with the file it comes from, and what was tried: `error when creating "job.yaml": …`.
    pub fn from_file(error: ApiError, doing: &str, source: Option<&str>) -> Self {
        let prefix = source.map_or(String::new(), |source| format!("error when {doing} \"{source}\": "));
        Self::Api { error: Box::new(error), prefix }
    }

    /// The same after what was tried, where the API server said no.
    pub fn with_prefix(self, tried: &str) -> Self {
        match self {
            Self::Api { error, prefix } => Self::Api { error, prefix: format!("{tried}{prefix}") },
            other => other,
        }
    }

    /// The same in a list of failures, which kubectl prints as it stands even where there is but one.
    #[must_use]
    pub fn listed(self) -> Self {
        match self {
            Self::Unread(messages) => Self::Plain(messages.join("\n")),
            other => other,
        }
    }

    /// Whether the API server does not know the object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.reason == Reason::NotFound)
    }

    /// Whether it tells what is wrong with which fields; each of them gets a line, however its own text ends.
    fn is_about_fields(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.reason == Reason::Invalid && !error.causes.is_empty())
    }

    /// The message without any envelope, as other messages quote it.
    pub fn message(&self) -> String {
        match self {
            Self::Api { error, prefix } => format!("{prefix}{}", error.message),
            Self::Client(message) | Self::Plain(message) | Self::Printing { why: message, .. } => message.clone(),
            Self::Unread(messages) => match messages.as_slice() {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            },
        }
    }

    /// As printed when it is the only one.
    fn alone(&self) -> String {
        let Self::Api { error, .. } = self else {
            return match self {
                Self::Client(message) if !message.starts_with("error: ") => format!("error: {message}"),
                Self::Printing { why, .. } => format!("error: {why}"),
                Self::Unread(messages) if messages.len() == 1 => format!("error: {}", self.message()),
                Self::Unread(messages) => messages.join("\n"),
                other => other.message(),
            };
        };
        if error.reason != Reason::Invalid {
            return self.among_others();
        }
        let about = match &error.about {
            // `Job.batch` in lists of errors, but `Job` in the envelope.
            Some((kind, name)) => format!("The {} \"{name}\" is invalid", kind.split('.').next().unwrap_or(kind)),
            None => "The request is invalid".into(),
        };
        match error.causes.as_slice() {
            [] if error.about.is_none() => format!("{about}: {}", error.message),
            [] => about,
            [cause] => format!("{about}: {cause}"),
            causes => causes.iter().fold(format!("{about}: "), |text, cause| format!("{text}\n* {cause}")),
        }
    }

    /// As printed in a list.
    fn among_others(&self) -> String {
        match self {
            Self::Api { error, .. } if error.reason == Reason::Unknown => {
                format!("Error from server: {}", self.message())
            }
            Self::Api { error, .. } => format!("Error from server ({}): {}", error.reason, self.message()),
            other => other.message(),
        }
    }
}

/// All that went wrong, as printed at the end of a command; empty if nothing did.
pub fn report(failures: &[Failure]) -> String {
    match failures {
        [] => String::new(),
        [one] => match one.alone() {
            text if text.is_empty() || (text.ends_with('\n') && !one.is_about_fields()) => text,
            text => text + "\n",
        },
        several => several.iter().map(|failure| failure.among_others() + "\n").collect(),
    }
}

/// What had been printed when something went wrong, for standard output.
pub fn printed(failures: &[Failure]) -> String {
    let printed = failures.iter().filter_map(|failure| match failure {
        Failure::Printing { printed, .. } => Some(printed.as_str()),
        _ => None,
    });
    printed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FieldError, Kind, ObjectKey};

    #[test]
    fn errors_are_told_as_kubectl_tells_them() {
        let key = ObjectKey::new(Kind::Job, "default", "x");
        let cause = |path: &str| FieldError { path: path.into(), body: "Required value".into() };
        let invalid = |paths: &[&str]| ApiError::invalid(&key, paths.iter().map(|path| cause(path)).collect());
        let long = ApiError::invalid(&key, vec![FieldError { path: "a".into(), body: "Forbidden: no\n- a\n".into() }]);
        let file = |error| Failure::from_file(error, "creating", Some("f.yaml"));
        let unread = |files: &[&str]| Failure::Unread(files.iter().map(|&file| file.to_owned()).collect());
        for (failures, expected) in [
            (vec![], ""),
            (vec![ApiError::not_found(&key).into()], "Error from server (NotFound): jobs.batch \"x\" not found\n"),
            (vec![file(invalid(&["a"]))], "The Job \"x\" is invalid: a: Required value\n"),
            (
                vec![file(invalid(&["a", "b"]))],
                "The Job \"x\" is invalid: \n* a: Required value\n* b: Required value\n",
            ),
            (
                vec![file(invalid(&["a", "b"])), Failure::client("no")],
                "Error from server (Invalid): error when creating \"f.yaml\": Job.batch \"x\" is invalid: \
                 [a: Required value, b: Required value]\nno\n",
            ),
            (vec![long.into()], "The Job \"x\" is invalid: a: Forbidden: no\n- a\n\n"),
            (vec![Failure::client("no")], "error: no\n"),
            (vec![Failure::Plain(String::new())], ""),
            (vec![unread(&["a"])], "error: a\n"),
            (vec![unread(&["a", "b"])], "a\nb\n"),
            (vec![Failure::client("no"), unread(&["a", "b"])], "no\n[a, b]\n"),
        ] {
            assert_eq!(report(&failures), expected);
        }
    }
}

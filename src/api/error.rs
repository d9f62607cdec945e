//! What the API server answers when it does not do what it was asked (spec 01 §4).

use super::{Object, ObjectKey, Uid};
use std::fmt;

/// A refused request: an HTTP status, a reason, and the message that kubectl prints.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    pub reason: Reason,
    /// The full message, e.g. `jobs.batch "x" not found`.
    pub message: String,
    /// `Invalid` only: what is wrong with which field, in the order of validation.
    pub causes: Vec<FieldError>,
    /// The kind and name the error is about, where it is about one object: `Job.batch`, `x`.
    pub about: Option<(String, String)>,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    BadRequest,
    Forbidden,
    NotFound,
    AlreadyExists,
    Conflict,
    Invalid,
    TooManyRequests,
    MethodNotAllowed,
    UnsupportedMediaType,
    InternalError,
    /// An error that the server did not foresee: it has no name.
    Unknown,
}

impl Reason {
    /// The HTTP status code.
    pub const fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::InternalError | Self::Unknown => 500,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One thing that validation found: where, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `spec.template.spec.containers[0].name`
    pub path: String,
    /// `Required value`, `Invalid value: -1: must be greater than or equal to 0`, …
    pub body: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.body)
    }
}

impl ApiError {
    /// An error with a reason and a message of its own.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), causes: Vec::new(), about: None }
    }

    /// `jobs.batch "x" not found`
    pub fn not_found(key: &ObjectKey) -> Self {
        Self::about(Reason::NotFound, key, "not found")
    }

    /// `jobs.batch "x" already exists`; before that, whether the one that does is being deleted.
    pub fn already_exists(object: &Object, goes: bool) -> Self {
        let what = match object.metadata().generate_name.is_empty() {
            true => "already exists",
            false => "already exists, the server was not able to generate a unique name for the object",
        };
        let error = Self::about(Reason::AlreadyExists, &object.key(), what);
        let message = if goes { format!("object is being deleted: {}", error.message) } else { error.message };
        Self { message, ..error }
    }

    /// The server has more to do than it can. `verb` is that of HTTP: `post`.
    pub fn too_many_requests(verb: &str, key: &ObjectKey) -> Self {
        let resource = key.kind.resource().qualified();
        let message = format!(
            "the server has received too many requests and has asked us to try again later ({verb} {resource})"
        );
        Self::new(Reason::TooManyRequests, message)
    }

    /// Somebody else has changed the object since it was read.
    pub fn conflict(key: &ObjectKey) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::cannot_be_fulfilled(key, why)
    }

    /// The object that was meant is gone, and another has its name.
    pub fn replaced(key: &ObjectKey, meant: Uid, found: Uid) -> Self {
        let place = format!("/registry/{}/{}/{}", key.kind.resource().plural, key.namespace, key.name);
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
             failed: UID in precondition: {meant}, UID in object meta: {found}"
        );
        Self::cannot_be_fulfilled(key, &why)
    }

    /// The object that was to be deleted is gone, and another has its name.
    pub fn another(key: &ObjectKey, meant: Uid, found: Uid) -> Self {
        let why = format!(
            "the UID in the precondition ({meant}) does not match the UID in record ({found}). The object might have been \
             deleted and then recreated"
        );
        let kind = key.kind.resource().qualified_kind();
        let message = format!("Operation cannot be fulfilled on {kind} \"{}\": {why}", key.name);
        Self { about: Some((kind, key.name.to_string())), ..Self::new(Reason::Conflict, message) }
    }

    fn cannot_be_fulfilled(key: &ObjectKey, why: &str) -> Self {
        let resource = key.kind.resource().qualified();
        let message = format!("Operation cannot be fulfilled on {resource} \"{}\": {why}", key.name);
        Self {
            about: Some((key.kind.resource().qualified_kind(), key.name.to_string())),
            ..Self::new(Reason::Conflict, message)
        }
    }

    /// The object breaks the rules of its kind. Equal causes are told once.
    pub fn invalid(key: &ObjectKey, causes: Vec<FieldError>) -> Self {
        let mut distinct: Vec<FieldError> = Vec::with_capacity(causes.len());
        for cause in causes {
            if !distinct.contains(&cause) {
                distinct.push(cause);
            }
        }
        let told: Vec<String> = distinct.iter().map(ToString::to_string).collect();
        let told = if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) };
        let kind = key.kind.resource().qualified_kind();
        let message = format!("{kind} \"{}\" is invalid: {told}", key.name);
        let about = Some((kind, key.name.to_string()));
        Self { reason: Reason::Invalid, message, causes: distinct, about }
    }

    /// The same error with one text in place of another, wherever it stands.
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        self.message = self.message.replace(from, to);
        for cause in &mut self.causes {
            cause.body = cause.body.replace(from, to);
        }
        if let Some((_, name)) = &mut self.about {
            *name = name.replace(from, to);
        }
        self
    }

    fn about(reason: Reason, key: &ObjectKey, what: &str) -> Self {
        let resource = key.kind.resource();
        let message = format!("{} \"{}\" {what}", resource.qualified(), key.name);
        Self { about: Some((resource.qualified_kind(), key.name.to_string())), ..Self::new(reason, message) }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

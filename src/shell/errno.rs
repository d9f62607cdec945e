//! Why a call on a file or a process failed, in the words of the C library.

use std::fmt;

/// The reason of a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errno {
    NoEntry,
    IsDirectory,
    NotDirectory,
    Exists,
    PermissionDenied,
    NotPermitted,
    ReadOnly,
    NoSpace,
    NotEmpty,
    Busy,
    Loop,
    BadDescriptor,
    BrokenPipe,
    Invalid,
    NoExec,
    TryAgain,
    NoMemory,
    NoProcess,
    TooManyArguments,
}

impl Errno {
    /// What `strerror` says.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoEntry => "No such file or directory",
            Self::IsDirectory => "Is a directory",
            Self::NotDirectory => "Not a directory",
            Self::Exists => "File exists",
            Self::PermissionDenied => "Permission denied",
            Self::NotPermitted => "Operation not permitted",
            Self::ReadOnly => "Read-only file system",
            Self::NoSpace => "No space left on device",
            Self::NotEmpty => "Directory not empty",
            Self::Busy => "Device or resource busy",
            Self::Loop => "Too many levels of symbolic links",
            Self::BadDescriptor => "Bad file descriptor",
            Self::BrokenPipe => "Broken pipe",
            Self::Invalid => "Invalid argument",
            Self::NoExec => "Exec format error",
            Self::TryAgain => "Resource temporarily unavailable",
            Self::NoMemory => "Cannot allocate memory",
            Self::NoProcess => "No such process",
            Self::TooManyArguments => "Argument list too long",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

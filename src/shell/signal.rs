//! Signals: how a process is asked, or made, to end.

/// A signal, by its number on Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(pub u8);

/// Names and numbers, and what `kill -l` and a shell say of a process that one of them ended.
const NAMES: &[(&str, u8, &str)] = &[
    ("HUP", 1, "Hangup"),
    ("INT", 2, "Interrupt"),
    ("QUIT", 3, "Quit"),
    ("ILL", 4, "Illegal instruction"),
    ("TRAP", 5, "Trace/breakpoint trap"),
    ("ABRT", 6, "Aborted"),
    ("BUS", 7, "Bus error"),
    ("FPE", 8, "Floating point exception"),
    ("KILL", 9, "Killed"),
    ("USR1", 10, "User defined signal 1"),
    ("SEGV", 11, "Segmentation fault"),
    ("USR2", 12, "User defined signal 2"),
    ("PIPE", 13, "Broken pipe"),
    ("ALRM", 14, "Alarm clock"),
    ("TERM", 15, "Terminated"),
    ("STKFLT", 16, "Stack fault"),
    ("CHLD", 17, ""),
    ("CONT", 18, ""),
    ("STOP", 19, "Stopped"),
    ("TSTP", 20, "Stopped"),
    ("TTIN", 21, "Stopped"),
    ("TTOU", 22, "Stopped"),
    ("URG", 23, ""),
    ("XCPU", 24, "CPU time limit exceeded"),
    ("XFSZ", 25, "File size limit exceeded"),
    ("VTALRM", 26, "Virtual timer expired"),
    ("PROF", 27, "Profiling timer expired"),
    ("WINCH", 28, ""),
    ("IO", 29, "I/O possible"),
    ("PWR", 30, "Power failure"),
    ("SYS", 31, "Bad system call"),
];

impl Signal {
    pub const HUP: Self = Self(1);
    pub const INT: Self = Self(2);
    pub const QUIT: Self = Self(3);
    pub const KILL: Self = Self(9);
    pub const PIPE: Self = Self(13);
    pub const TERM: Self = Self(15);

    /// By name, with or without `SIG`, or by number.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        match name.parse() {
            Ok(number) => (1..=31).contains(&number).then_some(Self(number)),
            Err(_) => NAMES.iter().find(|(known, ..)| *known == name).map(|(_, number, _)| Self(*number)),
        }
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0).wrapping_sub(1)).map_or("", |(name, ..)| name)
    }

    /// What a shell says of a process that it ended.
    pub fn description(self) -> &'static str {
        NAMES.get(usize::from(self.0).wrapping_sub(1)).map_or("", |(.., words)| words)
    }

    /// Whether a process that does nothing about it goes on.
    pub(super) fn is_harmless(self) -> bool {
        matches!(self.0, 17..=23 | 28)
    }

    /// The exit code of a process that it ended.
    pub fn exit_code(self) -> i32 {
        128 + i32::from(self.0)
    }
}

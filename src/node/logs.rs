//! What containers have printed, readable at any instant of the past.
//!
//! A line is written down at the instant at which it was complete; what has no line end yet is written when the process
//! ends. As a kubelet does, only so much is kept of each run: when a log grows too large, its older half goes.

use crate::sim::Timestamp;

/// How much of a run's log is kept, in bytes.
const MOST: usize = 256 << 10;

/// What one run of one container has printed.
#[derive(Clone, Debug, Default)]
pub struct Log {
    text: String,
    /// When each line was written, and where it ends in the text.
    lines: Vec<(Timestamp, u32)>,
    /// What each stream has printed since its last line end.
    rest: [Vec<u8>; 2],
}

impl Log {
    /// The lines written up to an instant, with their line ends, and when each was written.
    pub fn lines(&self, until: Timestamp) -> impl DoubleEndedIterator<Item = (Timestamp, &str)> {
        let seen = self.lines.partition_point(|&(at, _)| at <= until);
        (0..seen).map(|number| {
            let (at, end) = self.lines[number];
            let begin = if number == 0 { 0 } else { self.lines[number - 1].1 };
            (at, &self.text[begin as usize..end as usize])
        })
    }

    /// All that is kept.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The process has printed something to standard output (0) or to standard error (1).
    pub(super) fn print(&mut self, at: Timestamp, stream: usize, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.rest[stream].extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.rest[stream].len() >= MOST / 2 {
                self.write(at, stream);
            }
        }
    }

    /// The process has ended: what it had begun to say is written as well.
    pub(super) fn end(&mut self, at: Timestamp) {
        for stream in 0..self.rest.len() {
            self.write(at, stream);
            self.rest[stream] = Vec::new();
        }
        self.text.shrink_to_fit();
        self.lines.shrink_to_fit();
    }

    fn write(&mut self, at: Timestamp, stream: usize) {
        if self.rest[stream].is_empty() {
            return;
        }
        self.text.push_str(&String::from_utf8_lossy(&self.rest[stream]));
        self.rest[stream].clear();
        self.lines.push((at, self.text.len() as u32));
        if self.text.len() > MOST {
            let half = self.text.len() / 2;
            let dropped = self.lines.partition_point(|&(_, end)| (end as usize) < half) + 1;
            let dropped = dropped.min(self.lines.len() - 1);
            let begin = self.lines[..dropped].last().map_or(0, |&(_, end)| end);
            self.text.drain(..begin as usize);
            self.lines.drain(..dropped);
            self.lines.iter_mut().for_each(|(_, end)| *end -= begin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn lines_are_written_when_they_are_complete() {
        let mut log = Log::default();
        log.print(at(1), 0, b"one\ntw");
        log.print(at(2), 1, b"oops\n");
        log.print(at(3), 0, b"o\nthree");
        log.end(at(9));
        let seen = |until| log.lines(at(until)).map(|(_, line)| line).collect::<Vec<_>>().concat();
        assert_eq!(seen(0), "");
        assert_eq!(seen(1), "one\n");
        assert_eq!(seen(2), "one\noops\n");
        assert_eq!(seen(3), "one\noops\ntwo\n");
        assert_eq!(seen(9), "one\noops\ntwo\nthree");
    }

    #[test]
    fn a_log_that_grows_too_large_loses_its_older_half() {
        let mut log = Log::default();
        for number in 0..100_000 {
            log.print(at(number), 0, format!("line {number}\n").as_bytes());
        }
        let kept: Vec<&str> = log.lines(at(100_000)).map(|(_, line)| line).collect();
        let bytes: usize = kept.iter().map(|line| line.len()).sum();
        assert!((MOST / 4..=MOST).contains(&bytes), "{bytes} bytes kept");
        assert_eq!(kept.last(), Some(&"line 99999\n"));
        assert!(kept.iter().all(|line| line.starts_with("line ") && line.ends_with('\n')));
    }
}

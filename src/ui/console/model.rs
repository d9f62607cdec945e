//! What the console shows: commands with what they printed, the history of lines, and what the console itself answers.

use crate::sim::Timestamp;

/// What was printed where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Something that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub at: Timestamp,
    pub stream: Stream,
    pub text: String,
}

/// What a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The entry of this number in the run's log.
    Entry(usize),
    /// The read of the past of this number.
    Read(usize),
    /// Something that the console answered itself, by number.
    Own(usize),
}

/// A line that was typed (or a fault that was made), and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub origin: Origin,
    pub at: Timestamp,
    /// The line without the prompt; a fault in words.
    pub line: String,
    pub is_fault: bool,
    pub texts: Vec<Text>,
    /// When it ended and with which exit code; none while it runs.
    pub ended: Option<(Timestamp, i32)>,
    /// After which entry of the log it was typed.
    pub after: usize,
}

impl Block {
    /// The block as it stood at an instant: without what was printed later. None if it was not there yet.
    pub fn at(&self, instant: Timestamp) -> Option<Self> {
        if self.at > instant && matches!(self.origin, Origin::Entry(_)) {
            return None;
        }
        let texts = self.texts.iter().filter(|text| text.at <= instant || !matches!(self.origin, Origin::Entry(_)));
        Some(Self {
            texts: texts.cloned().collect(),
            ended: self.ended.filter(|(at, _)| *at <= instant || !matches!(self.origin, Origin::Entry(_))),
            ..self.clone()
        })
    }

    /// Whether it still runs and can be interrupted.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// The streams in order, neighbours of one stream joined, without the last newline.
    pub fn joined(&self) -> Vec<(Stream, String)> {
        let mut joined: Vec<(Stream, String)> = Vec::new();
        for text in &self.texts {
            match joined.last_mut() {
                Some((stream, all)) if *stream == text.stream => all.push_str(&text.text),
                _ => joined.push((text.stream, text.text.clone())),
            }
        }
        if let Some((_, last)) = joined.last_mut() {
            last.truncate(last.trim_end_matches('\n').len());
        }
        joined.retain(|(_, text)| !text.is_empty());
        joined
    }
}

/// Entries, reads and the console's own answers in one list, in the order in which they were typed.
pub fn merged(entries: Vec<Block>, others: Vec<Block>) -> Vec<Block> {
    let mut others = others.into_iter().peekable();
    let mut blocks = Vec::new();
    for (number, entry) in entries.into_iter().enumerate() {
        while let Some(other) = others.next_if(|other| other.after <= number) {
            blocks.push(other);
        }
        blocks.push(entry);
    }
    blocks.extend(others);
    blocks
}

/// The lines typed so far, and where the arrow keys have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<String>,
    /// Which line is shown; the number of lines for the one being typed.
    at: usize,
    /// What was being typed when the arrow keys were first used.
    draft: String,
}

impl History {
    /// Keeps a line, unless it is the last one again.
    pub fn add(&mut self, line: &str) {
        if self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
        }
        self.at = self.lines.len();
        self.draft.clear();
    }

    /// The line before; `typed` is what stands in the field now.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        if self.at == self.lines.len() {
            self.draft = typed.to_owned();
        }
        self.at = self.at.checked_sub(1)?;
        self.lines.get(self.at).cloned()
    }

    /// The line after; behind the last one, what was being typed.
    pub fn newer(&mut self) -> Option<String> {
        if self.at >= self.lines.len() {
            return None;
        }
        self.at += 1;
        Some(self.lines.get(self.at).unwrap_or(&self.draft).clone())
    }

    /// Every line so far.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// What the console makes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Nothing,
    /// For kubectl.
    Command(String),
    /// Answered here, without the cluster.
    Answer {
        text: String,
        code: i32,
    },
    /// Empties the console.
    Clear,
}

/// What `help` prints.
const HELP: &str = "\
This is kubectl, as it answers at the instant that the playhead shows. Some lines to start with:
  kubectl get jobs,pods               kubectl describe job/NAME
  kubectl get pods -w                 kubectl wait --for=condition=complete job/NAME
  kubectl drain node-2 --ignore-daemonsets --grace-period=0
  kubectl scale, patch, delete, cordon, taint, logs, events, explain … and kubectl help for all of them

k is short for kubectl. ${pod index=1} stands for the newest pod of index 1, ${node of pod ordinal=0} for its node.
Tab completes, the arrow keys go through what was typed, Ctrl-C interrupts, Ctrl-L or clear empties the console.
In the past, a line that reads is answered from the past; a line that changes something starts a run of its own there.
";

/// What to do with a line, given the files that commands can read.
pub fn read(line: &str, history: &[String], files: &[(String, String)]) -> Reading {
    let line = line.trim();
    let mut words = line.split_whitespace();
    let answer = |text: String, code| Reading::Answer { text, code };
    let rest = |words: std::str::SplitWhitespace<'_>| words.map(str::to_owned).collect::<Vec<_>>();
    match words.next() {
        None => Reading::Nothing,
        Some(word) if word.starts_with('#') => Reading::Nothing,
        Some("kubectl" | "k") => Reading::Command(line.to_owned()),
        Some("clear") => Reading::Clear,
        Some("help" | "?") => answer(HELP.into(), 0),
        Some("history") => {
            let numbered = history.iter().zip(1..).map(|(line, number)| format!("{number:5}  {line}\n"));
            answer(numbered.collect(), 0)
        }
        Some("ls") => answer(files.iter().map(|(name, _)| format!("{name}\n")).collect(), 0),
        Some("cat") => {
            let names = rest(words);
            let found = |name: &String| files.iter().find(|file| file.0 == name.trim_start_matches("./"));
            match names.iter().find(|name| found(name).is_none()) {
                Some(name) => answer(format!("cat: {name}: No such file or directory\n"), 1),
                None => answer(names.iter().filter_map(found).map(|file| file.1.as_str()).collect(), 0),
            }
        }
        Some("echo") => answer(rest(words).join(" ") + "\n", 0),
        Some(word) => {
            let meant = KUBECTL_VERBS.contains(&word);
            let advice = match meant {
                true => format!("Did you mean: kubectl {line}"),
                false => "Here is kubectl only. Type help to see what it can do.".into(),
            };
            answer(format!("{word}: command not found\n{advice}\n"), 127)
        }
    }
}

/// What people type when they forget the first word.
const KUBECTL_VERBS: [&str; 18] = [
    "annotate", "apply", "cordon", "create", "delete", "describe", "drain", "events", "explain", "get", "label",
    "logs", "patch", "replace", "scale", "taint", "uncordon", "wait",
];

/// The part that all candidates begin with.
pub fn common_start<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut candidates = candidates.into_iter();
    let Some(first) = candidates.next() else { return String::new() };
    let common = candidates.fold(first, |common, next| {
        let same = common.char_indices().zip(next.chars()).take_while(|((_, a), b)| a == b);
        let end = same.last().map_or(0, |((at, letter), _)| at + letter.len_utf8());
        &common[..end]
    });
    common.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: fn(u64) -> Timestamp = Timestamp::from_secs;

    fn block(origin: Origin, line: &str, after: usize) -> Block {
        let texts = [(5, Stream::Out, "a\n"), (6, Stream::Out, "b\n"), (7, Stream::Err, "c\n")];
        let text = |(at, stream, text): (u64, Stream, &str)| Text { at: T(at), stream, text: text.into() };
        let texts = texts.map(text).to_vec();
        Block { origin, at: T(5), line: line.into(), is_fault: false, texts, ended: Some((T(7), 0)), after }
    }

    #[test]
    fn a_block_shows_what_was_printed_by_then() {
        let block = block(Origin::Entry(0), "kubectl get pods -w", 0);
        let told = |second| block.at(T(second)).map(|block| (block.joined().len(), block.is_running()));
        assert_eq!([told(4), told(5), told(7)], [None, Some((1, true)), Some((2, false))]);
        assert_eq!(block.joined(), [(Stream::Out, "a\nb\n".into()), (Stream::Err, "c".into())]);
    }

    #[test]
    fn reads_stand_where_they_were_typed() {
        let entries = vec![block(Origin::Entry(0), "first", 0), block(Origin::Entry(1), "second", 0)];
        let others = vec![block(Origin::Read(0), "read", 1), block(Origin::Own(0), "help", 2)];
        let lines: Vec<String> = merged(entries, others).into_iter().map(|block| block.line).collect();
        assert_eq!(lines, ["first", "read", "second", "help"]);
    }

    #[test]
    fn arrow_keys_go_through_what_was_typed() {
        let mut history = History::default();
        for line in ["one", "two", "two"] {
            history.add(line);
        }
        assert_eq!(history.older("dra"), Some("two".into()));
        assert_eq!(history.older("two"), Some("one".into()));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer(), Some("two".into()));
        assert_eq!(history.newer(), Some("dra".into()));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn lines_are_for_kubectl_or_answered_at_once() {
        let files = [("job.yaml".to_owned(), "kind: Job\n".to_owned())];
        let check =
            |line: &str, expected: Reading| assert_eq!(read(line, &["k get po".into()], &files), expected, "{line}");
        let answer = |text: &str, code| Reading::Answer { text: text.into(), code };
        check("", Reading::Nothing);
        check("# a remark", Reading::Nothing);
        check(" kubectl get pods ", Reading::Command("kubectl get pods".into()));
        check("k get po", Reading::Command("k get po".into()));
        check("clear", Reading::Clear);
        check("history", answer("    1  k get po\n", 0));
        check("ls", answer("job.yaml\n", 0));
        check("cat ./job.yaml", answer("kind: Job\n", 0));
        check("cat x", answer("cat: x: No such file or directory\n", 1));
        check("get pods", answer("get: command not found\nDid you mean: kubectl get pods\n", 127));
        check("vim", answer("vim: command not found\nHere is kubectl only. Type help to see what it can do.\n", 127));
    }

    #[test]
    fn what_candidates_have_in_common_is_completed() {
        let check =
            |candidates: &[&str], expected: &str| assert_eq!(common_start(candidates.iter().copied()), expected);
        check(&[], "");
        check(&["pods"], "pods");
        check(&["demo-0-abc", "demo-1-abc"], "demo-");
        check(&["é1", "é2"], "é");
    }
}

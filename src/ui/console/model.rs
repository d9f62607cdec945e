//! What the console shows: commands with what they printed, the history of lines, and what the console itself answers.

use crate::sim::Timestamp;

/// What was printed where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Typed into the command.
    In,
    Out,
    Err,
}

/// Something that was printed, or typed into what runs.
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
    /// Whether it waits until the line before it is over.
    pub waits: bool,
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

    /// Puts something that was typed into the command behind so many of the texts that it printed.
    pub fn type_in(&mut self, at: Timestamp, typed: &str, printed: usize) {
        let mut places = self.texts.iter().enumerate().filter(|(_, text)| text.stream != Stream::In);
        let place = places.nth(printed).map_or(self.texts.len(), |(place, _)| place);
        let text = typed.replace('\u{4}', "^D\n");
        self.texts.insert(place, Text { at, stream: Stream::In, text });
    }

    /// The streams in order, neighbours of one stream joined, without the last newline.
    pub fn joined(&self) -> Vec<(Stream, String)> {
        let mut joined: Vec<(Stream, String)> = Vec::new();
        for text in self.texts.iter().filter(|text| !text.text.is_empty()) {
            match joined.last_mut() {
                Some((stream, all)) if *stream == text.stream => all.push_str(&text.text),
                _ => joined.push((text.stream, text.text.clone())),
            }
        }
        if let Some((_, last)) = joined.last_mut() {
            last.truncate(last.trim_end_matches('\n').len());
        }
        for (_, text) in &mut joined {
            let shown = without_screens(text).len();
            text.drain(..text.len() - shown);
        }
        joined.retain(|(_, text)| !text.is_empty());
        joined
    }
}

/// Whether there is more to show than a console at rest has room for: a command and what it printed.
pub fn is_long(blocks: &[Block]) -> bool {
    const AT_REST: usize = 3;
    let printed =
        |block: &'_ Block| block.texts.iter().map(|text| text.text.lines().take(AT_REST).count()).sum::<usize>();
    blocks.iter().map(|block| 1 + printed(block)).sum::<usize>() > AT_REST
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
    /// For kubectl, or the shell around it.
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
This is a shell at the instant that the playhead shows, in a working folder of its own. kubectl talks to the cluster:
  kubectl get jobs,pods               kubectl describe job/NAME
  kubectl get pods -w                 kubectl wait --for=condition=complete job/NAME
  kubectl drain node-2 --ignore-daemonsets --grace-period=0
  kubectl scale, patch, delete, cordon, taint, logs, events, explain … and kubectl help for all of them

Around it there are files, pipes, redirection, variables, $(…), for, while, if, functions, aliases and here-documents:
  cat, echo, ls, mkdir, cp, mv, rm, grep, sed, head, tail, cut, tr, sort, uniq, wc, find, xargs, tee, seq, date, sleep,
  watch, timeout, python3 (with jinja2), curl (the documents' manifests), docker build, tag, push and images

k is short for kubectl. ${pod index=1} stands for the newest pod of index 1, ${node of pod ordinal=0} for its node.
Tab completes, the arrow keys go through what was typed, Ctrl-C interrupts, Ctrl-L or clear empties the console. Enter
in an open quote, loop or here-document goes on in the next line. While a command waits for something to be typed, such as
kubectl run -it, lines go into it, and Ctrl-D ends its input. The Files panel shows and edits the files.
Time stands still until somebody lets it run: with Play, or with the button beside this line, which Tab reaches while the
line is empty. A listing that is pasted with its prompts is reduced to its commands.
In the past, kubectl commands that read are answered from the past; any other line starts a run of its own there.
";

/// What to do with a line.
pub fn read(line: &str, history: &[String]) -> Reading {
    let line = line.trim();
    let answer = |text: String, code| Reading::Answer { text, code };
    match line {
        "" => Reading::Nothing,
        "clear" => Reading::Clear,
        "help" | "?" => answer(HELP.into(), 0),
        "history" => {
            let numbered = history.iter().zip(1..).map(|(line, number)| format!("{number:5}  {line}\n"));
            answer(numbered.collect(), 0)
        }
        line if line.starts_with('#') && !line.contains('\n') => Reading::Nothing,
        line => Reading::Command(line.to_owned()),
    }
}

/// What is pasted, as it can be typed: of a listing that shows commands behind a prompt, with what they printed, only the
/// commands. Whatever does not begin with a prompt stays as it is.
pub fn without_prompts(pasted: &str) -> String {
    const PROMPT: &str = "$ ";
    if !pasted.trim_start().starts_with(PROMPT) {
        return pasted.to_owned();
    }
    let mut typed: Vec<&str> = Vec::new();
    let mut quotes = 0;
    for line in pasted.trim_start().lines() {
        let goes_on = typed.last().is_some_and(|last| last.ends_with('\\')) || quotes % 2 == 1;
        match line.strip_prefix(PROMPT) {
            Some(command) if !goes_on => {
                quotes = 0;
                typed.push(command);
            }
            _ if goes_on => typed.push(line.strip_prefix("> ").unwrap_or(line)),
            _ => continue,
        }
        quotes += typed.last().map_or(0, |last| last.matches('\'').count());
    }
    typed.join("\n")
}

/// The command that is being typed at the end of a line: what follows the last pipe, semicolon or bracket.
pub fn last_command(line: &str) -> &str {
    let start = line.rfind(['|', ';', '&', '(', '`', '\n']).map_or(0, |at| at + 1);
    let command = line[start..].trim_start();
    let words = ["do ", "then ", "else ", "if ", "while ", "until ", "! ", "watch ", "time "];
    words.iter().find_map(|word| command.strip_prefix(word)).map_or(command, str::trim_start)
}

/// What a program printed for a screen that it empties: what came after it was emptied last, without the codes.
pub fn without_screens(text: &str) -> &str {
    const EMPTIED: &str = "\x1b[H\x1b[2J";
    text.rfind(EMPTIED).map_or(text, |at| &text[at + EMPTIED.len()..])
}

/// What kubectl says at length, in short.
pub fn in_short(printed: &str) -> Option<&'static str> {
    const CANNOT_CHANGE: [(&str, &str); 2] = [
        (
            "spec.template: Invalid value",
            "In short: the template of a Job cannot be changed. Delete the Job and make it anew; kubectl replace --force does both.",
        ),
        (
            "spec.completions: Invalid value",
            "In short: completions can be changed of an Indexed Job only, together with parallelism and to the same number.",
        ),
    ];
    let said = CANNOT_CHANGE.iter().find(|(start, _)| printed.contains(start))?;
    (printed.contains("field is immutable") || printed.contains("in tandem")).then_some(said.1)
}

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
    use crate::recording::Run;
    use crate::ui::first::first_scenario;

    const T: fn(u64) -> Timestamp = Timestamp::from_secs;

    fn block(origin: Origin, line: &str, after: usize) -> Block {
        let texts = [(5, Stream::Out, "a\n"), (6, Stream::Out, "b\n"), (7, Stream::Err, "c\n")];
        let text = |(at, stream, text): (u64, Stream, &str)| Text { at: T(at), stream, text: text.into() };
        let texts = texts.map(text).to_vec();
        Block {
            origin,
            at: T(5),
            line: line.into(),
            is_fault: false,
            texts,
            ended: Some((T(7), 0)),
            waits: false,
            after,
        }
    }

    #[test]
    fn a_block_shows_what_was_printed_by_then() {
        let block = block(Origin::Entry(0), "kubectl get pods -w", 0);
        let told = |second| block.at(T(second)).map(|block| (block.joined().len(), block.is_running()));
        assert_eq!([told(4), told(5), told(7)], [None, Some((1, true)), Some((2, false))]);
        assert_eq!(block.joined(), [(Stream::Out, "a\nb\n".into()), (Stream::Err, "c".into())]);
    }

    #[test]
    fn what_was_typed_stands_behind_what_was_printed_before() {
        let mut block = block(Origin::Entry(0), "kubectl exec -it p -- sh", 0);
        for (at, typed, printed) in [(5, "ls\n", 0), (6, "one\n", 2), (6, "two\n", 2), (9, "\u{4}", 3)] {
            block.type_in(T(at), typed, printed);
        }
        let told: Vec<_> = block.joined().into_iter().map(|(stream, text)| format!("{stream:?} {text}")).collect();
        assert_eq!(told, ["In ls\n", "Out a\nb\n", "In one\ntwo\n", "Err c\n", "In ^D"]);
    }

    #[test]
    fn reads_stand_where_they_were_typed() {
        let entries = vec![block(Origin::Entry(0), "first", 0), block(Origin::Entry(1), "second", 0)];
        let others = vec![block(Origin::Read(0), "read", 1), block(Origin::Own(0), "help", 2)];
        let lines: Vec<String> = merged(entries, others).into_iter().map(|block| block.line).collect();
        assert_eq!(lines, ["first", "read", "second", "help"]);
    }

    #[test]
    fn a_command_and_what_it_printed_have_room_in_a_console_at_rest() {
        let printed = |text: &str| Block {
            texts: vec![Text { at: T(5), stream: Stream::Out, text: text.into() }],
            ..block(Origin::Entry(0), "k", 0)
        };
        let check = |blocks: &[&str], expected| {
            let blocks: Vec<_> = blocks.iter().map(|text| printed(text)).collect();
            assert_eq!(is_long(&blocks), expected, "{blocks:?}");
        };
        check(&[], false);
        check(&["a\nb"], false);
        check(&["a\nb\nc"], true);
        check(&["a", ""], false);
        check(&["a", "b"], true);
        check(&[&"line\n".repeat(100_000)], true);
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
    fn lines_are_for_the_shell_or_answered_at_once() {
        let check = |line: &str, expected: Reading| assert_eq!(read(line, &["k get po".into()]), expected, "{line}");
        check("", Reading::Nothing);
        check("# a remark", Reading::Nothing);
        check(" kubectl get pods ", Reading::Command("kubectl get pods".into()));
        check("cat <<E\nx\nE", Reading::Command("cat <<E\nx\nE".into()));
        check("ls", Reading::Command("ls".into()));
        check("ls; \npwd\n", Reading::Command("ls; \npwd".into()));
        check("clear", Reading::Clear);
        check("history", Reading::Answer { text: "    1  k get po\n".into(), code: 0 });
        check("help", Reading::Answer { text: HELP.into(), code: 0 });
    }

    #[test]
    fn what_cannot_be_changed_is_said_in_short() {
        let check = |line: &str, begins: Option<&str>| {
            let mut run = Run::new(first_scenario());
            let until = run.start() + std::time::Duration::from_secs(2);
            while !run.advance(until, 100) {}
            run.enter(line);
            let entry = run.entries().last().expect("an entry");
            let printed: String = entry.output.iter().map(|output| output.text.as_str()).collect();
            let told = in_short(&printed).map(|told| &told[..begins.map_or(0, str::len)]);
            assert_eq!(told, begins, "{printed}");
        };
        let patch = |spec: &str| format!("kubectl patch job shards -p '{{\"spec\":{{{spec}}}}}'");
        let image = r#""template":{"spec":{"containers":[{"name":"worker","image":"other"}]}}"#;
        check(&patch(image), Some("In short: the template"));
        check(&patch(r#""completions":9"#), Some("In short: completions"));
        check(&patch(r#""parallelism":2"#), None);
    }

    #[test]
    fn of_a_listing_only_the_commands_are_pasted() {
        let check = |pasted: &str, expected: &str| assert_eq!(without_prompts(pasted), expected, "{pasted}");
        check("kubectl get pods", "kubectl get pods");
        check("cat > a <<E\n$ b\nE\n", "cat > a <<E\n$ b\nE\n");
        check("$ kubectl get jobs\nNAME   COMPLETIONS\ndemo   0/1\n", "kubectl get jobs");
        check("  $ ls\na\n$ pwd\n/\n", "ls\npwd");
        check(
            "$ for m in {1..3}; do \\\n    echo $m ; \\\n  done\n1\n2\n3\n",
            "for m in {1..3}; do \\\n    echo $m ; \\\n  done",
        );
        check("$ mongosh --eval '\n  db.a.find()\n  '\n[ 1 ]\n", "mongosh --eval '\n  db.a.find()\n  '");
        check("$x", "$x");
    }

    #[test]
    fn completion_knows_which_command_is_typed() {
        let check = |line: &str, expected: &str| assert_eq!(last_command(line), expected, "{line}");
        check("kubectl get po", "kubectl get po");
        check("cat x | kubectl app", "kubectl app");
        check("x=$(kubectl get ", "kubectl get ");
        check("for i in 1 2; do ku", "ku");
        check("cd jobs && k cr", "k cr");
        check("", "");
    }

    #[test]
    fn of_several_screens_the_last_is_shown() {
        assert_eq!(without_screens("\x1b[H\x1b[2Jone\n\x1b[H\x1b[2Jtwo\n"), "two\n");
        assert_eq!(without_screens("plain"), "plain");
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

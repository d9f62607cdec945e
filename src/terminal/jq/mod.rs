//! `jq`: JSON taken apart and put together.
//!
//! The language of jq 1.7 without functions of one's own, `foreach`, labels, modules and named groups; its regular
//! expressions are POSIX's. There are crates for it, but the smallest of them would be 170 KB to download.

mod json;
mod machine;
mod program;

use crate::shell::{Call, Input, Io, Program, Running, Step, absolute};
use crate::sim::Timestamp;
use json::Json;
use machine::{Done, Machine, Scope, Stop};
use std::rc::Rc;

/// How much it reads, in bytes.
const LONGEST_INPUT: usize = 16 << 20;

/// `jq`
pub struct Jq;

impl Program for Jq {
    fn start(&self, call: Call) -> Box<dyn Running> {
        Box::new(Reading { call, input: Vec::new() })
    }
}

struct Reading {
    call: Call,
    input: Vec<u8>,
}

/// How it was called.
#[derive(Default)]
struct Options {
    filter: Option<String>,
    files: Vec<String>,
    scope: Scope,
    named: Vec<(Rc<str>, Json)>,
    /// Texts are printed as they are; and without line breaks between them.
    raw: bool,
    joined: bool,
    indent: Option<String>,
    sorted: bool,
    null_input: bool,
    raw_input: bool,
    slurp: bool,
    /// The last value decides about the exit code.
    exit: bool,
}

impl Options {
    fn read(call: &Call) -> Result<Self, String> {
        let mut options = Self { indent: Some("  ".into()), ..Self::default() };
        let mut words = call.args.iter().skip(1).map(String::as_str);
        let usage = |what: String| format!("jq: error: {what}\nUse jq --help for help with command-line options\n");
        let mut from_file = false;
        while let Some(word) = words.next() {
            let letters = match word.strip_prefix("--") {
                Some(name @ ("arg" | "argjson" | "slurpfile" | "rawfile")) => {
                    let (Some(key), Some(value)) = (words.next(), words.next()) else {
                        return Err(usage(format!("--{name} takes two parameters (e.g. --{name} varname value)")));
                    };
                    let value = match name {
                        "arg" => Json::text(value),
                        "argjson" => serde_json::from_str(value)
                            .map_err(|_| usage(format!("Invalid JSON text passed to --{name}")))?,
                        name => {
                            let text = call.files.read_text(&absolute(&call.dir, value));
                            let text =
                                text.map_err(|errno| usage(format!("Bad JSON in --{name} {key} {value}: {errno}")))?;
                            match name {
                                "rawfile" => Json::text(&text),
                                _ => Json::array(values(&text).0.into_iter().map(|(value, _)| value).collect()),
                            }
                        }
                    };
                    options.named.push((key.into(), value.clone()));
                    options.scope = options.scope.with(key, value);
                    continue;
                }
                Some("indent") => {
                    let count = words.next().and_then(|count| count.parse::<usize>().ok()).filter(|count| *count < 8);
                    let count = count.ok_or_else(|| usage("Cannot indent more than 7 characters".into()))?;
                    options.indent = (count > 0).then(|| " ".repeat(count));
                    continue;
                }
                Some("tab") => {
                    options.indent = Some("\t".into());
                    continue;
                }
                Some("raw-output") => "r",
                Some("join-output") => "j",
                Some("compact-output") => "c",
                Some("null-input") => "n",
                Some("raw-input") => "R",
                Some("slurp") => "s",
                Some("sort-keys") => "S",
                Some("exit-status") => "e",
                Some("from-file") => "f",
                Some("monochrome-output" | "color-output" | "ascii-output" | "unbuffered") => "",
                Some("args" | "jsonargs" | "stream" | "seq") => return Err(usage(format!("{word} is not simulated"))),
                Some(_) => return Err(usage(format!("Unknown option: {word}"))),
                None => match word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                    Some(letters) => letters,
                    None => {
                        match options.filter {
                            None => options.filter = Some(word.to_owned()),
                            Some(_) => options.files.push(word.to_owned()),
                        }
                        continue;
                    }
                },
            };
            for letter in letters.chars() {
                match letter {
                    'r' => options.raw = true,
                    'j' => (options.raw, options.joined) = (true, true),
                    'c' => options.indent = None,
                    'n' => options.null_input = true,
                    'R' => options.raw_input = true,
                    's' => options.slurp = true,
                    'S' => options.sorted = true,
                    'e' => options.exit = true,
                    'f' => from_file = true,
                    'M' | 'C' | 'a' => {}
                    _ => return Err(usage(format!("Unknown option: {word}"))),
                }
            }
        }
        if from_file {
            let file = options.filter.take().ok_or_else(|| usage("no file with a program".into()))?;
            let text = call.files.read_text(&absolute(&call.dir, &file));
            options.filter = Some(text.map_err(|errno| format!("jq: error: Could not open {file}: {errno}\n"))?);
        }
        Ok(options)
    }
}

/// The values of a text, each with the number of the line behind it, and what is wrong with the rest.
fn values(text: &str) -> (Vec<(Json, usize)>, Option<String>) {
    let mut all = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter();
    while let Some(value) = stream.next() {
        match value {
            Ok(value) => {
                let end = stream.byte_offset();
                let behind = usize::from(text[end..].starts_with('\n'));
                all.push((value, text[..end].matches('\n').count() + behind));
            }
            Err(why) => return (all, Some(format!("jq: error (at <stdin>:{}): {why}\n", why.line()))),
        }
    }
    (all, None)
}

impl Reading {
    fn work(&mut self, options: &Options, io: &mut Io<'_>, now: Timestamp) -> i32 {
        let program = options.filter.as_deref().unwrap_or(".");
        let not_compiled =
            |why: &str| format!("jq: error: {why} at <top-level>, line 1:\n{program}\njq: 1 compile error\n");
        let filter = match program::parse(program) {
            Ok(filter) => filter,
            Err(why) => {
                io.err(not_compiled(&format!("{why} (Unix shell quoting issues?)")));
                return 3;
            }
        };
        let mut text = String::from_utf8_lossy(&self.input).into_owned();
        let mut code = 0;
        for file in &options.files {
            match self.call.files.read_text(&absolute(&self.call.dir, file)) {
                Ok(more) => text += &more,
                Err(errno) => {
                    io.err(format!("jq: error: Could not open {file}: {errno}\n"));
                    code = 2;
                }
            }
        }
        let (mut inputs, mut wrong) = match options.raw_input {
            true if options.slurp => (vec![(Json::text(&text), 0)], None),
            true => (text.lines().enumerate().map(|(at, line)| (Json::text(line), at + 1)).collect(), None),
            false => values(&text),
        };
        if options.slurp && !options.raw_input {
            inputs = vec![(Json::array(inputs.into_iter().map(|(value, _)| value).collect()), 0)];
            if let Some(why) = wrong.take() {
                io.err(why);
                return 2;
            }
        }
        let env = self.call.env.iter().map(|(name, value)| (name.as_str().into(), Json::text(value))).collect();
        let mut machine = Machine::new(Json::object(env), now.as_millis());
        let named = Json::object(vec![("named".into(), Json::object(options.named.clone()))]);
        let scope = options.scope.with("ARGS", named);
        let lines: Vec<usize> = inputs.iter().map(|(_, line)| *line).collect();
        machine.inputs = inputs.into_iter().rev().map(|(value, _)| value).collect();
        let mut last = None;
        let mut is_first = true;
        loop {
            let input = match options.null_input {
                true if !std::mem::take(&mut is_first) => break,
                true => Json::Null,
                false => match machine.inputs.pop() {
                    Some(input) => input,
                    None => break,
                },
            };
            let done = machine.start(&filter, &scope, input, &mut |value| {
                let mut text = match &value {
                    Json::String(text) if options.raw => text.to_string(),
                    value => value.print(options.indent.as_deref(), options.sorted),
                };
                text.push_str(if options.joined { "" } else { "\n" });
                io.out(text);
                last = Some(value);
                Done::Ok(())
            });
            match done {
                Ok(()) | Err(Stop::Enough(_)) => {}
                Err(Stop::Error(what)) => {
                    let read = lines.len() - machine.inputs.len();
                    let line = read.checked_sub(1).map_or(0, |place| lines[place]);
                    let place = if options.null_input { "<unknown>".to_owned() } else { format!("<stdin>:{line}") };
                    io.err(format!("jq: error (at {place}): {}\n", machine::message(&what)));
                    code = 5;
                }
                Err(Stop::Halt(why, code)) => {
                    match code {
                        0 => {}
                        3 => io.err(not_compiled(&why)),
                        _ => io.err(format!("jq: error: {why}\n")),
                    }
                    return code;
                }
            }
        }
        if let Some(why) = wrong.filter(|_| !options.null_input) {
            io.err(why);
            return 2;
        }
        match last {
            _ if code != 0 || !options.exit => code,
            Some(last) => i32::from(!last.truth()),
            None => 4,
        }
    }
}

impl Running for Reading {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let options = match Options::read(&self.call) {
            Ok(options) => options,
            Err(why) => {
                io.err(why);
                return Step::Exited(2);
            }
        };
        if options.filter.is_none() && io.is_terminal(0) {
            io.err("Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
            return Step::Exited(2);
        }
        if options.files.is_empty() && !options.null_input {
            loop {
                match io.read() {
                    Input::Bytes(bytes) => self.input.extend(bytes),
                    Input::Pending => return Step::Waits,
                    Input::End => break,
                }
                if self.input.len() > LONGEST_INPUT {
                    io.err("jq: error: [Jobscope] more than 16 MiB were piped into it\n");
                    return Step::Exited(2);
                }
            }
        }
        Step::Exited(self.work(&options, io, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Dialect, Files, Machine, Setup, Start, Stream, toolbox};

    /// What a line prints on a machine with jq: standard output, standard error, and the exit code.
    fn run(script: &str) -> (String, String, i32) {
        let files = Files::new();
        files.mount("/bin", &toolbox(Dialect::Bash)).expect("an empty tree");
        files.make_folders("/usr/local/bin", Timestamp::default()).expect("an empty tree");
        let env = vec![("PATH".to_owned(), "/usr/local/bin:/bin".to_owned())];
        let machine = Machine::new(Setup { files, env, dialect: Dialect::Bash, ..Setup::default() });
        machine.install("/usr/local/bin/jq", Rc::new(Jq)).expect("a folder");
        let args = ["bash", "-c", script].map(str::to_owned).to_vec();
        let process = machine.start(Timestamp::default(), &Start { args, ..Start::default() }).expect("bash is there");
        let mut texts = [String::new(), String::new()];
        for _ in 0..1000 {
            let step = process.advance(Timestamp::default(), 10_000);
            for chunk in process.take_output() {
                texts[usize::from(chunk.stream == Stream::Err)] += &String::from_utf8_lossy(&chunk.bytes);
            }
            if let Step::Exited(code) = step {
                let [out, err] = texts;
                return (out, err, code);
            }
        }
        panic!("{script} does not end");
    }

    #[test]
    fn it_does_what_jq_does() {
        let mut parts = include_str!("rows.txt").split("### ").skip(1);
        while let Some(script) = parts.next() {
            let mut section = |name: &str| {
                let text = parts.next().and_then(|text| text.strip_prefix(name)).expect("a section");
                text.strip_suffix('\n').unwrap_or(text).to_owned()
            };
            let script = script.strip_prefix("bash\n").expect("a script");
            let (out, err, code) = (section("out\n"), section("err\n"), section("exit "));
            assert_eq!(run(script), (out, err, code.parse().expect("a number")), "{script}");
        }
    }

    #[test]
    fn no_program_takes_everything() {
        for program in ["[range(1e9)]", "until(false; .)", "\"abc\" * 1e9", "[limit(1e8; range(1e9))] | length"] {
            let (_, err, code) = run(&format!("jq -n '{program}'"));
            assert_eq!((err.as_str(), code), ("jq: error: [Jobscope] the program takes too much\n", 5), "{program}");
        }
        let deep = format!("jq -n '{}'", "[".repeat(5000));
        assert_eq!(run(&deep).2, 3);
    }
}

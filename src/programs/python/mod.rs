//! Python: a subset that is large enough for the workers of a Job's pods.
//!
//! Simulated are statements and expressions but for `async`, `match`, several base classes and `import *`; whole numbers
//! of 64 bits; the modules that `library` lists. Generator expressions and the views of dictionaries are lists at once.
//! Tracebacks are without the marks under the lines. What is not simulated is refused by its name.

mod jinja;
mod json;
mod lexer;
mod library;
mod parser;
mod semantics;
#[cfg(test)]
mod tests;
mod text;

use super::host::{Host, Output, Program, Read, Source, Step};
use super::script::{Key, Script, Table, Value, compile};
use semantics::PYTHON;

pub use json::{Reader as JsonReader, quoted as json_quoted};
pub use text::{float as float_text, quoted as quoted_text};

/// A running `python3`.
pub struct Interpreter {
    source: From,
    arguments: Vec<String>,
    script: Option<Script>,
    /// What came of the script, if it comes through standard input.
    input: Vec<u8>,
}

/// Where the script is.
enum From {
    Argument(String),
    File(String),
    Input,
}

impl Interpreter {
    /// The program for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(arguments: &[String]) -> Result<Self, (String, i32)> {
        let mut rest = arguments.iter();
        let mut source = From::Input;
        let mut given = Vec::new();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "-u" | "-B" | "-E" | "-I" | "-s" | "-S" | "-O" => continue,
                "-V" | "--version" => return Err(("Python 3.11.2\n".to_owned(), 0)),
                "-c" => {
                    let Some(text) = rest.next() else {
                        return Err(("Argument expected for the -c option\n".to_owned(), 2));
                    };
                    source = From::Argument(text.clone());
                    given.push("-c".to_owned());
                }
                "-m" => return Err(("python3 -m is not simulated\n".to_owned(), 1)),
                "-" => given.push("-".to_owned()),
                option if option.starts_with('-') => return Err((format!("unknown option {option}\n"), 2)),
                path => {
                    source = From::File(path.to_owned());
                    given.push(path.to_owned());
                }
            }
            break;
        }
        if given.is_empty() {
            given.push(String::new());
        }
        given.extend(rest.cloned());
        Ok(Self { source, arguments: given, script: None, input: Vec::new() })
    }

    /// How many bytes the script uses, roughly.
    pub fn memory(&self) -> usize {
        self.script.as_ref().map_or(0, |script| script.heap.memory())
    }

    /// The script's text and the name of its file; or a step.
    fn text(&mut self, host: &mut dyn Host) -> Result<(String, String), Step> {
        match &self.source {
            From::Argument(text) => Ok((text.clone(), "<string>".to_owned())),
            From::File(path) => match host.file(path) {
                Ok(bytes) => Ok((String::from_utf8_lossy(&bytes).into_owned(), path.clone())),
                Err(why) => {
                    let number = if why == "No such file or directory" { 2 } else { 13 };
                    let text = format!("python3: can't open file '{path}': [Errno {number}] {why}\n");
                    host.write(Output::Error, text.as_bytes());
                    Err(Step::Exited(2))
                }
            },
            From::Input => loop {
                match host.read(Source::Input) {
                    Read::Bytes(bytes) => self.input.extend(bytes),
                    Read::Later => return Err(Step::Waits(None)),
                    Read::End => {
                        let text = String::from_utf8_lossy(&self.input).into_owned();
                        return Ok((text, "<stdin>".to_owned()));
                    }
                }
            },
        }
    }

    fn begin(&mut self, host: &mut dyn Host) -> Result<Script, Step> {
        let (text, file) = self.text(host)?;
        let body = match parser::parse(&text) {
            Ok(body) => body,
            Err(error) => {
                let shown = match text.lines().nth(error.line as usize - 1).map(str::trim) {
                    Some(line) if !line.is_empty() => format!("    {line}\n"),
                    _ => String::new(),
                };
                let kind = if error.message.contains("indent") { "IndentationError" } else { "SyntaxError" };
                let out = format!("  File \"{file}\", line {}\n{shown}{kind}: {}\n", error.line, error.message);
                host.write(Output::Error, out.as_bytes());
                return Err(Step::Exited(1));
            }
        };
        let mut script = Script::new(&PYTHON);
        library::install(&mut script);
        // The prelude has been tested: it parses, and runs to its end.
        let prelude = parser::parse(include_str!("prelude.py")).unwrap_or_default();
        script.start(compile("<prelude>", &prelude, true, false), script.builtins);
        while let Step::Ready = script.run(host, 10_000) {}
        let arguments = self.arguments.iter().map(|argument| script.heap.str(argument.as_str())).collect();
        let arguments = script.heap.list(arguments);
        script.declare(script.builtins, &"%argv".into(), arguments);
        let mut environ = Table::default();
        for (name, value) in host.variables() {
            let (shown, value) = (script.heap.str(name.as_str()), script.heap.str(value));
            environ.insert(Key::Str(name.into()), shown, value);
        }
        let environ = script.heap.dict(environ);
        script.declare(script.builtins, &"%environ".into(), environ);
        let folder = script.heap.str(file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/")));
        script.declare(script.builtins, &"%folder".into(), folder);
        let main: Value = script.heap.str("__main__");
        script.declare(script.globals, &"__name__".into(), main);
        let shown = script.heap.str(file.as_str());
        script.declare(script.globals, &"__file__".into(), shown);
        script.sources.push((file.as_str().into(), text.as_str().into()));
        script.start(compile(&file, &body, true, false), script.globals);
        Ok(script)
    }
}

impl Program for Interpreter {
    fn advance(&mut self, host: &mut dyn Host, fuel: u32) -> Step {
        if self.script.is_none() {
            match self.begin(host) {
                Ok(script) => self.script = Some(script),
                Err(step) => return step,
            }
        }
        self.script.as_mut().map_or(Step::Exited(0), |script| script.run(host, fuel))
    }
}

//! The headless runner: arguments in, text out. What it prints is built by the library.

use clap::{Parser, Subcommand};
use jobscope::api::yaml;
use jobscope::recording::{Recorded, Run, Scenario, observe, report};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// A Kubernetes batch cluster on a virtual clock.
#[derive(Parser)]
#[command(name = "jobscope", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a recorded case and prints what happened as JSON, in the form of its expected.json
    Observe {
        /// The folder of the case
        folder: PathBuf,
        /// The part of a second at which the run begins
        #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = fraction)]
        t0: u32,
    },
    /// Runs a manifest and prints a timeline, the events and the final status
    Run {
        /// A file with one or more objects
        manifest: PathBuf,
        /// How containers behave and what is done when
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// The seed of everything that happens by chance
        #[arg(long)]
        seed: Option<u64>,
        /// How many nodes there are
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=5000))]
        nodes: Option<u32>,
        /// The run ends here at the latest, e.g. 90s, 10m, 2h
        #[arg(long, value_name = "TIME", value_parser = span)]
        until: Option<Duration>,
        /// Print the run as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Steps between two looks at the clock of the run.
const SLICE: usize = 100_000;

/// The largest file that is read, in bytes: beyond it nobody has written the file by hand.
const LARGEST_FILE: u64 = 64 << 20;

/// Runs what the command line asks for. Whatever is wrong with it is said on standard error, with exit code 2: of a
/// manifest that the cluster refuses, in kubectl's words.
pub fn main() -> ExitCode {
    let printed = match Arguments::parse().command {
        Command::Observe { folder, t0 } => observed(&folder, t0).map_err(own),
        Command::Run { manifest, scenario, seed, nodes, until, json } => {
            prepared(&manifest, scenario.as_deref()).map_err(own).and_then(|mut scenario| {
                scenario.seed = seed.unwrap_or(scenario.seed);
                scenario.nodes = nodes.unwrap_or(scenario.nodes);
                scenario.until = until.unwrap_or(scenario.until);
                finished(scenario, json)
            })
        }
    };
    match printed {
        Ok(text) => {
            use std::io::Write;
            // A reader that has seen enough may close the pipe: no reason to complain.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// An error of the runner's own; kubectl's come as kubectl prints them.
fn own(message: String) -> String {
    format!("error: {message}")
}

/// `0.575`, as milliseconds.
fn fraction(text: &str) -> Result<u32, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds expected".to_owned())?;
    if !(0.0..60.0).contains(&seconds) {
        return Err("seconds from 0 up to 60 expected".into());
    }
    Ok((seconds * 1000.0).round() as u32)
}

/// `90s`, `10m`, `2h`, `90`
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err("a time such as 90s, 10m or 2h expected".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "a time such as 90s, 10m or 2h expected".to_owned())?;
    number
        .checked_mul(unit)
        .filter(|&seconds| seconds <= 10 * 365 * 86_400)
        .map(Duration::from_secs)
        .ok_or_else(|| "at most ten years".to_owned())
}

fn read(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("{}: larger than {} MB", path.display(), LARGEST_FILE >> 20));
    }
    String::from_utf8(bytes).map_err(|_| format!("{}: not a text file (it is not UTF-8)", path.display()))
}

/// The first document of a YAML file.
fn parsed(path: &Path) -> Result<Value, String> {
    let stream = yaml::read(&read(path)?);
    if let Some(error) = stream.error {
        let place = error.span.start;
        return Err(format!("{}:{}:{}: {}", path.display(), place.line, place.column, error.plain));
    }
    Ok(stream.documents.first().map_or(Value::Null, |document| document.root.to_value()))
}

fn observed(folder: &Path, t0: u32) -> Result<String, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut case = Recorded::default();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match name.as_str() {
            _ if path.is_dir() => {}
            "expected.json" => {
                case.expected =
                    serde_json::from_str(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            "scenario.yaml" | "case.yaml" => case.scenario = parsed(&path)?,
            _ => {
                case.files.insert(name, read(&path)?);
            }
        }
    }
    if case.scenario.is_null() {
        return Err(format!("{}: neither scenario.yaml nor case.yaml is in there", folder.display()));
    }
    let told = observe(&case, t0).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(format!("{told:#}\n"))
}

fn prepared(manifest: &Path, scenario: Option<&Path>) -> Result<Scenario, String> {
    let mut prepared = match scenario {
        Some(path) => Scenario::from_value(&parsed(path)?).map_err(|error| format!("{}: {error}", path.display()))?,
        None => Scenario::default(),
    };
    prepared.files.insert(Scenario::MANIFEST.into(), read(manifest)?);
    Ok(prepared)
}

fn finished(scenario: Scenario, json: bool) -> Result<String, String> {
    let (until, linger) = (scenario.until, scenario.linger);
    let mut run = Run::new(scenario);
    let latest = run.start() + until;
    let mut end = latest;
    while run.now() < end {
        let next = run.next_change().unwrap_or(end).min(end);
        run.advance(next, SLICE);
        if end == latest && run.is_settled() {
            end = (run.now() + linger).min(latest);
        }
    }
    if let Some(refused) = report::refused(&run) {
        return Err(refused);
    }
    Ok(if json { format!("{:#}\n", report::json(&run)) } else { report::text(&run) })
}

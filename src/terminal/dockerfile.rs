//! Dockerfiles: what comes to lie in an image that is built from one.
//!
//! `COPY` and what is said of the image's start and surroundings is done. Of `RUN` only this: it installs packages. What
//! else it would do is said not to be done.

use crate::node::images::Contents;
use crate::node::programs_of;
use crate::shell::{FileKind, Files, absolute};

/// An image that was built.
#[derive(Debug, PartialEq)]
pub struct Built {
    /// What is in it, if the programs of the image below are known.
    pub contents: Option<Contents>,
    /// The instructions that a builder shows.
    pub steps: Vec<String>,
    /// What is not done here.
    pub remarks: Vec<String>,
}

/// A command of `RUN`, or what follows `COPY`, before it is known what it is about.
type Words<'a> = Vec<&'a str>;

/// What programs an image must have for nothing else to be missed when these are not run while it is built.
const HARMLESS: &[&str] = &["rm", "chmod", "chown", "useradd", "adduser", "groupadd", "addgroup", "true", "set", "cd"];

/// The instructions with their line numbers, continued lines put together, comments left out.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part.trim_end(), true));
        match all.last_mut().filter(|_| goes_on) {
            Some((_, begun)) => *begun = format!("{begun} {part}"),
            None => all.push((number + 1, part.to_owned())),
        }
        goes_on = more;
    }
    all
}

/// `$NAME` and `${NAME}` filled in.
fn filled_in(text: &str, variables: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let len = after.find(|symbol: char| !symbol.is_ascii_alphanumeric() && symbol != '_').unwrap_or(after.len());
        let (name, after) = braced.unwrap_or_else(|| after.split_at(len));
        let value = variables.iter().rev().find(|(known, _)| known == name);
        out += value.map_or("", |(_, value)| value);
        rest = after;
    }
    out + rest
}

/// What is started: a list as JSON has it, or a line for the shell.
fn command(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| vec!["/bin/sh".into(), "-c".into(), text.to_owned()])
}

/// The words of a line, with quotes around some.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for symbol in text.chars() {
        match (symbol, quote) {
            ('"' | '\'', None) => quote = Some(symbol),
            (symbol, Some(open)) if symbol == open => quote = None,
            (' ' | '\t', None) => words.push(String::new()),
            (symbol, _) => {
                if let Some(word) = words.last_mut() {
                    word.push(symbol);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Builds an image from the text of a Dockerfile and the files of a folder. `made` knows the images that were built
/// before. The error is what the builder says.
pub fn build(
    text: &str,
    files: &Files,
    context: &str,
    args: &[(String, String)],
    made: impl Fn(&str) -> Option<Option<Contents>>,
) -> Result<Built, String> {
    let mut built = Built { contents: None, steps: Vec::new(), remarks: Vec::new() };
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut is_begun = false;
    for (line, instruction) in instructions(text) {
        let (name, rest) = instruction.split_once([' ', '\t']).unwrap_or((&instruction, ""));
        let (name, rest) = (name.to_uppercase(), rest.trim());
        if !is_begun && name != "FROM" && name != "ARG" {
            return Err("dockerfile parse error: no build stage in current context".into());
        }
        let filled = filled_in(rest, &variables);
        if ["FROM", "RUN", "COPY", "ADD", "WORKDIR"].contains(&name.as_str()) {
            built.steps.push(instruction.clone());
        }
        match (name.as_str(), &mut built.contents) {
            ("FROM", contents) => {
                is_begun = true;
                let base = filled.split_whitespace().find(|word| !word.starts_with("--")).unwrap_or_default();
                *contents = made(base).unwrap_or_else(|| Contents::of(base));
            }
            ("ARG", _) => {
                let (name, preset) = filled.split_once('=').unwrap_or((&filled, ""));
                let given = args.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                variables
                    .push((name.to_owned(), given.unwrap_or(words(preset).first().map_or("", String::as_str)).into()));
            }
            ("ENV", contents) => {
                let pairs: Vec<(String, String)> = match rest.split_once([' ', '=']) {
                    Some((name, value)) if !rest[..=name.len()].ends_with('=') => {
                        vec![(name.to_owned(), filled_in(value.trim(), &variables))]
                    }
                    _ => words(&filled)
                        .iter()
                        .filter_map(|word| word.split_once('='))
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                };
                variables.extend(pairs.iter().cloned());
                if let Some(contents) = contents {
                    contents.env.retain(|(known, _)| pairs.iter().all(|(name, _)| name != known));
                    contents.env.extend(pairs);
                }
            }
            ("WORKDIR", Some(contents)) => contents.dir = absolute(&contents.dir, &filled),
            ("CMD", Some(contents)) => contents.cmd = command(rest),
            ("ENTRYPOINT", Some(contents)) => (contents.entrypoint, contents.cmd) = (command(rest), Vec::new()),
            ("COPY" | "ADD", contents) => {
                let dir = contents.as_ref().map_or("/", |contents| contents.dir.as_str()).to_owned();
                let copied = copy(&filled, files, context, &dir)?;
                if let Some(contents) = contents {
                    contents.files.retain(|(known, _)| copied.iter().all(|(path, _)| path != known));
                    contents.files.extend(copied);
                }
            }
            ("RUN", contents) => {
                for part in rest.split("&&").flat_map(|part| part.split(';')) {
                    let words: Words<'_> = part.split_whitespace().collect();
                    match packages(&words) {
                        Some(packages) => {
                            for package in packages {
                                let programs = programs_of(package).unwrap_or_default();
                                if let Some(contents) = contents.as_mut() {
                                    contents.programs.extend(programs.iter().map(|&name| name.to_owned()));
                                }
                            }
                        }
                        None if words.first().is_none_or(|first| HARMLESS.contains(first)) => {}
                        None => built
                            .remarks
                            .push(format!("RUN {}: only the installing of packages is simulated", part.trim())),
                    }
                }
            }
            (
                "CMD" | "ENTRYPOINT" | "WORKDIR" | "EXPOSE" | "LABEL" | "MAINTAINER" | "USER" | "VOLUME" | "SHELL"
                | "STOPSIGNAL" | "HEALTHCHECK" | "ONBUILD",
                _,
            ) => {}
            (other, _) => return Err(format!("dockerfile parse error on line {line}: unknown instruction: {other}")),
        }
    }
    if !is_begun {
        return Err("the Dockerfile cannot be empty".into());
    }
    Ok(built)
}

/// The packages that a command installs, if that is what it does.
fn packages<'a>(words: &Words<'a>) -> Option<Words<'a>> {
    let mut rest = words.iter().copied().skip_while(|word| *word == "sudo").peekable();
    match rest.next()? {
        "apt-get" | "apt" | "apk" => {
            let rest: Words<'a> = rest.filter(|word| !word.starts_with('-')).collect();
            let (verb, packages) = rest.split_first()?;
            Some(if ["install", "add"].contains(verb) { packages.to_vec() } else { Vec::new() })
        }
        // The modules that there are, python has.
        "pip" | "pip3" => Some(Vec::new()),
        "python" | "python3" if rest.next() == Some("-m") && rest.next() == Some("pip") => Some(Vec::new()),
        _ => None,
    }
}

/// What `COPY` puts where.
fn copy(text: &str, files: &Files, context: &str, dir: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let listed: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| words(text));
    if let Some(flag) = listed.iter().find(|word| word.starts_with("--from")) {
        return Err(format!("COPY {flag}: copying from other images is not simulated"));
    }
    let listed: Vec<&String> = listed.iter().filter(|word| !word.starts_with("--")).collect();
    let Some((target, sources)) = listed.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Err("dockerfile parse error: COPY requires at least two arguments".into());
    };
    let to = absolute(dir, target);
    let mut copied = Vec::new();
    let into_folder = target.ends_with('/') || **target == "." || sources.len() > 1;
    for source in sources {
        let missing = || format!("failed to compute cache key: \"{}\": not found", absolute("/", source));
        let found = matching(files, context, source);
        if found.is_empty() {
            return Err(missing());
        }
        for path in &found {
            let last = path.rsplit('/').next().unwrap_or_default();
            match files.stat(path).map_err(|_| missing())?.kind {
                FileKind::Folder => add_folder(files, path, &to, &mut copied),
                _ if into_folder || found.len() > 1 => {
                    copied.extend(one(files, path, format!("{}/{last}", to.trim_end_matches('/'))))
                }
                _ => copied.extend(one(files, path, to.clone())),
            }
        }
    }
    Ok(copied)
}

fn one(files: &Files, path: &str, to: String) -> Option<(String, Vec<u8>)> {
    Some((to, files.read(path).ok()?))
}

fn add_folder(files: &Files, path: &str, to: &str, copied: &mut Vec<(String, Vec<u8>)>) {
    for (name, stat) in files.list(path).unwrap_or_default() {
        let (from, to) =
            (format!("{}/{name}", path.trim_end_matches('/')), format!("{}/{name}", to.trim_end_matches('/')));
        match stat.kind {
            FileKind::Folder => add_folder(files, &from, &to, copied),
            _ => copied.extend(one(files, &from, to)),
        }
    }
}

/// The files of a folder that a name with at most one `*` in its last part means.
fn matching(files: &Files, context: &str, source: &str) -> Vec<String> {
    let whole = absolute(context, source.trim_start_matches('/'));
    let (folder, last) = whole.rsplit_once('/').unwrap_or(("", &whole));
    match last.split_once('*') {
        None => files.stat(&whole).map_or_else(|_| Vec::new(), |_| vec![whole.clone()]),
        Some((before, after)) => {
            let entries = files.list(if folder.is_empty() { "/" } else { folder }).unwrap_or_default().into_iter();
            let fits =
                |name: &String| name.len() >= last.len() - 1 && name.starts_with(before) && name.ends_with(after);
            entries.map(|(name, _)| name).filter(fits).map(|name| format!("{folder}/{name}")).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Timestamp;

    fn files() -> Files {
        let files = Files::new();
        let now = Timestamp::default();
        files.make_folders("/w/data", now).expect("an empty tree");
        for (path, text) in [("/w/worker.py", "print(1)"), ("/w/a.txt", "a"), ("/w/b.txt", "b"), ("/w/data/c", "c")] {
            files.write(path, text, now).expect("an empty tree");
        }
        files
    }

    #[test]
    fn what_lies_in_an_image() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let built = build(text, &files(), "/w", &[("N".into(), "7".into())], |_| None);
            let shown = built.map(|built| {
                let Some(contents) = built.contents else { return "unknown".to_owned() };
                let paths: Vec<&str> = contents.files.iter().map(|(path, _)| path.as_str()).collect();
                let env: Vec<String> =
                    contents.env.iter().skip(1).map(|(name, value)| format!("{name}={value}")).collect();
                let start = [contents.entrypoint, contents.cmd].concat();
                format!(
                    "{} | {} | {} | {} | {} | {}",
                    paths.join(" "),
                    contents.dir,
                    env.join(" "),
                    start.join(","),
                    contents.programs.join(" "),
                    built.remarks.join("; ")
                )
            });
            assert_eq!(shown.as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("FROM busybox", Ok(" | / |  | sh |  | "));
        check(
            "# base\nFROM busybox:1.28 AS x\n\nCOPY worker.py /\nCMD [\"cat\", \"/worker.py\"]",
            Ok("/worker.py | / |  | cat,/worker.py |  | "),
        );
        check(
            "FROM busybox\nWORKDIR /app\nCOPY ./worker.py run.py\nCOPY *.txt data ./\nCMD echo $X",
            Ok("/app/run.py /app/a.txt /app/b.txt /app/c | /app |  | /bin/sh,-c,echo $X |  | "),
        );
        check(
            "FROM busybox\nENV A=1 B=\"two words\"\nENV C a $A b\nWORKDIR $A",
            Ok(" | /1 | A=1 B=two words C=a 1 b | sh |  | "),
        );
        check("ARG N=5\nFROM busybox\nARG M=x\nENV N=$N$M\nENTRYPOINT [\"env\"]", Ok(" | / | N=7x | env |  | "));
        check(
            "FROM debian\nRUN apt-get update && \\\n  apt-get install -y curl amqp-tools \\\n && rm -rf /x && make all",
            Ok(
                " | / |  | bash | amqp-consume amqp-declare-queue amqp-delete-queue amqp-get amqp-publish | RUN make all: only the installing of packages is simulated",
            ),
        );
        check("FROM acme/own\nCOPY worker.py /", Ok("unknown"));
        check("FROM busybox\nCOPY nothing /", Err("failed to compute cache key: \"/nothing\": not found"));
        check("FROM busybox\nCOPI x /", Err("dockerfile parse error on line 2: unknown instruction: COPI"));
        check("COPY x /", Err("dockerfile parse error: no build stage in current context"));
        check("", Err("the Dockerfile cannot be empty"));
    }
}

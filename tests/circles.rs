//! Reads what the files of `src/` take from each other. Who opens one should not have to open a circle of them.

use super::layers::{root, rust_files};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Files that know each other all the same; a folder is its `mod.rs`. A circle that is open now must leave this list.
const CIRCLES: &[&[&str]] = &[
    // A pod says what became of its containers; what a kubelet lists of them follows from the pod.
    &["api/container_status", "api/pod"],
    // What runs containers is a part that may come later: a table of functions of those who use it.
    &["node/kubelets", "node/runtime"],
    &["node/kubelets/probes", "node/kubelets/processes"],
    &["scheduler/plugins", "scheduler/scheduling"],
    &["ui/desk", "ui/help", "ui/later", "ui/menu", "ui/session"],
    // Words hold commands, commands hold words; values hold frames, frames hold values.
    &["shell/syntax/parser", "shell/syntax/word"],
    &["programs/script/heap", "programs/script/machine"],
    // A kernel runs tasks, tasks call the kernel.
    &["shell/language", "shell/machine", "shell/open", "shell/program", "shell/task", "shell/tools"],
    // A server and what it is made of.
    &["programs/mongodb/members", "programs/mongodb/server"],
    &["programs/redis/commands", "programs/redis/server"],
    // To print a value is to call its methods, which are the library's.
    &["programs/javascript/inspect", "programs/javascript/library", "programs/javascript/semantics"],
    &["programs/python/library", "programs/python/semantics", "programs/python/text"],
];

#[test]
fn files_know_each_other_one_way() {
    let expected: BTreeSet<Vec<String>> =
        CIRCLES.iter().map(|circle| circle.iter().map(|file| (*file).to_owned()).collect()).collect();
    assert_eq!(circles(&taken()), expected);
}

#[test]
fn the_reader_finds_what_it_should() {
    let check = |code: &str, expected: &[&str]| {
        let found: Vec<String> = paths(code, &["a", "b"]).iter().map(|path| path.join("/")).collect();
        assert_eq!(found, expected, "{code}");
    };
    check("use crate::sim::Timestamp;", &["sim/Timestamp"]);
    check("use super::c::{self, D as E, f::*};\nuse std::fmt;", &["a/c/self", "a/c/D", "a/c/f/"]);
    check(
        "let x: super::super::g::Vec<u8> = crate::{\n    h,\n    i::{J, k},\n}, y",
        &["h", "i/J", "i/k", "", "g/Vec"],
    );
    let circle = |arrows: &[(&str, &str)]| {
        let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        arrows.iter().for_each(|(from, to)| {
            taken.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        });
        circles(&taken).into_iter().flatten().collect::<Vec<_>>().concat()
    };
    assert_eq!(circle(&[("a", "b"), ("b", "c")]), "");
    assert_eq!(circle(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]), "bc");
}

/// What each file takes from others. A file and the `mod.rs` above it may know each other.
fn taken() -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    for path in rust_files(&root()) {
        let inside = path.strip_prefix(root()).unwrap().with_extension("");
        let mut parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        if !parts.contains(&"tests") {
            texts.insert(parts.join("/"), without_tests(&fs::read_to_string(&path).unwrap()));
        }
    }
    let file_of =
        |path: &[&str]| (1..=path.len()).rev().map(|end| path[..end].join("/")).find(|it| texts.contains_key(it));
    let mut taken = BTreeMap::new();
    for (file, text) in &texts {
        let module: Vec<&str> = file.split('/').collect();
        let files = paths(text, &module).into_iter().filter_map(|path| file_of(&path));
        let is_above = |one: &str, other: &str| other == one || other.starts_with(&format!("{one}/"));
        taken.insert(file.clone(), files.filter(|other| !is_above(file, other) && !is_above(other, file)).collect());
    }
    taken
}

/// The code of a file, without comments and without its own tests.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.ends_with("mod tests {")) {
            break;
        }
        code += line.split("//").next().unwrap();
        code.push('\n');
    }
    code
}

/// All that a file names after `crate::` and `super::`, from `src/` down.
fn paths<'a>(code: &'a str, module: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    let is_word = |at: usize| code[..at].ends_with(|symbol: char| symbol.is_alphanumeric() || "_:".contains(symbol));
    for (at, word) in code.match_indices("crate::").filter(|(at, _)| !is_word(*at)) {
        read(&code[at + word.len()..], &[], &mut found);
    }
    for (at, _) in code.match_indices("super::").filter(|(at, _)| !is_word(*at)) {
        let (mut rest, mut above) = (&code[at..], module);
        while let (Some(more), [shorter @ .., _]) = (rest.strip_prefix("super::"), above) {
            (rest, above) = (more, shorter);
        }
        read(rest, above, &mut found);
    }
    found
}

/// Reads `a::{b, c::d}` as two paths, and hands back what follows.
fn read<'a>(code: &'a str, above: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> &'a str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = read(rest, above, found);
            let end = rest.find([',', '}']).unwrap_or(rest.len());
            match rest[end..].strip_prefix(',') {
                Some(after) => rest = after,
                None => return rest[end..].strip_prefix('}').unwrap_or(""),
            }
        }
    }
    let end = code.find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').unwrap_or(code.len());
    let path = [above, &[&code[..end]]].concat();
    match code[end..].strip_prefix("::") {
        Some(below) => read(below, &path, found),
        None => {
            found.push(path);
            &code[end..]
        }
    }
}

/// Which of them can be reached from each other.
fn circles(taken: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &String| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            open.extend(taken.get(file).into_iter().flatten().filter(|next| reached.insert((*next).clone())));
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = taken.keys().map(|file| (file, reached(file))).collect();
    let circle = |file: &String| {
        let around = reached[file].iter().filter(|other| reached.get(other).is_some_and(|back| back.contains(file)));
        around.cloned().collect::<Vec<_>>()
    };
    taken.keys().map(circle).filter(|circle| circle.len() > 1).collect()
}

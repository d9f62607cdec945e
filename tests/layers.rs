//! Reads every source file and holds it against the house's plan: a folder uses only those above it, and only the
//! page knows a browser. What is forbidden here cannot creep in while nobody looks.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src/` from the ground up. Those on one line do not know each other.
const LAYERS: &[&[&str]] = &[
    &["sim"],
    &["shell"],
    &["programs"],
    &["api"],
    &["apiserver"],
    &["controllers", "scheduler", "node"],
    &["cluster"],
    &["kubectl"],
    &["terminal"],
    &["recording"],
    &["lessons"],
    &["ui"],
];

/// Crates that only the page may name.
const BROWSER: &[&str] = &["gloo", "js_sys", "leptos", "wasm_bindgen", "web_sys"];

#[test]
fn a_folder_uses_only_those_above_it() {
    none_of(statements().iter().filter(|statement| !statement.folder.is_empty()).flat_map(|statement| {
        let used = folders_used(&statement.code, statement.depth);
        let wrong = used.into_iter().filter(|used| !may_use(&statement.folder, used));
        wrong.map(|used| format!("{}: {}/ must not use {used}/", statement.place, statement.folder)).collect::<Vec<_>>()
    }));
}

#[test]
fn only_the_page_knows_a_browser() {
    let is_browser = |word: &&str| BROWSER.contains(word) || word.starts_with("gloo_") || word.starts_with("leptos_");
    let may = |statement: &Statement| statement.folder == "ui" || statement.place.starts_with("main.rs:");
    none_of(statements().iter().filter(|statement| !may(statement)).flat_map(|statement| {
        let named = words(&statement.code).filter(is_browser);
        named.map(|name| format!("{}: only ui/ and main.rs may name {name}", statement.place)).collect::<Vec<_>>()
    }));
}

#[test]
fn every_folder_has_its_place() {
    let known: Vec<&str> = LAYERS.concat();
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "src/{name}/ is missing from the plan in tests/layers.rs");
    }
}

#[rustfmt::skip] // a table
#[test]
fn the_reader_finds_what_it_should() {
    //    code                                     depth  folders used
    check("use crate::sim::Timestamp;",            1,     &["sim"]);
    check("use crate::{api, sim::{Timers}};",      1,     &["api", "sim"]);
    check("use crate::{api::{a, b}, node};",       1,     &["api", "node"]);
    check("let x = crate::node::start();",         1,     &["node"]);
    check("pub(in crate::cluster) fn x()",         1,     &["cluster"]);
    check("pub(crate) fn x()",                     1,     &[]);
    check("use crate::*;",                         1,     &["*"]);
    check("use super::ui::Page;",                  1,     &["ui"]);
    check("use super::super::ui::Page;",           2,     &["ui"]);
    check("use super::backoff::delay;",            1,     &[]);
    check("use super::node::Name;",                2,     &[]);
}

#[track_caller]
fn check(code: &str, depth: usize, expected: &[&str]) {
    assert_eq!(folders_used(code, depth), expected, "{code}");
}

#[track_caller]
fn none_of(wrong: impl Iterator<Item = String>) {
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn place_of(folder: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&folder))
}

fn may_use(folder: &str, used: &str) -> bool {
    match (place_of(folder), place_of(used)) {
        (Some(from), Some(to)) => folder == used || to < from,
        // A glob hides what it takes, and a name that is no folder stands in no layer.
        _ => false,
    }
}

/// The folders that a statement names after `crate::`, also inside a group, or by climbing to them with `super::`.
fn folders_used(code: &str, depth: usize) -> Vec<&str> {
    let mut used = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let path = &code[at + found.len()..];
        match path.strip_prefix('{') {
            Some(group) => used.extend(heads_of_group(group)),
            None => used.extend(head(path)),
        }
    }
    let climb = "super::".repeat(depth);
    for (at, found) in code.match_indices(&climb) {
        used.extend(head(&code[at + found.len()..]).filter(|name| place_of(name).is_some()));
    }
    used
}

/// The first word of each path in `a::{b, c}, d}`, up to the brace that closes the group.
fn heads_of_group(group: &str) -> Vec<&str> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, symbol) in group.char_indices() {
        match symbol {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.extend(head(group[start..at].trim()));
                start = at + 1;
                if symbol == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> Option<&str> {
    if path.starts_with('*') { Some("*") } else { words(path).next() }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').filter(|word| !word.is_empty())
}

/// A line of code without its comment; a `use` of a group is joined to one line.
struct Statement {
    /// The folder of `src/`; empty for lib.rs and main.rs.
    folder: String,
    /// How many modules deep the file is: 1 for `src/sim/mod.rs`, 2 for `src/sim/timers.rs`.
    depth: usize,
    /// File and line, for the message.
    place: String,
    code: String,
}

fn statements() -> Vec<Statement> {
    let mut statements = Vec::new();
    for path in rust_files(&root()) {
        let inside = path.strip_prefix(root()).unwrap();
        let parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let folder = if parts.len() > 1 { parts[0] } else { "" };
        let depth = if inside.ends_with("mod.rs") { parts.len() - 1 } else { parts.len() };
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().map(|line| line.split("//").next().unwrap().trim()).zip(1..);
        while let Some((line, number)) = lines.next() {
            let mut code = line.to_owned();
            while code.contains("crate::{") && !code.ends_with(';') {
                let Some((more, _)) = lines.next() else { break };
                code.push_str(more);
            }
            let place = format!("{}:{number}", inside.display());
            statements.push(Statement { folder: folder.to_owned(), depth, place, code });
        }
    }
    assert!(!statements.is_empty(), "no source was found");
    statements
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

//! Reads every source file and holds it against the house's plan: a folder uses only those above it, and only the
//! page knows a browser. What is forbidden here cannot creep in while nobody looks.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src/` from the ground up. Those on one line do not know each other.
const LAYERS: &[&[&str]] = &[
    &["sim"],
    &["api"],
    &["apiserver"],
    &["controllers", "scheduler", "node"],
    &["cluster"],
    &["recording"],
    &["kubectl"],
    &["lessons"],
    &["ui"],
];

/// Crates that only the page may name.
const BROWSER: &[&str] = &["gloo", "js_sys", "leptos", "wasm_bindgen", "web_sys"];

#[test]
fn a_folder_uses_only_those_above_it() {
    let mut wrong = Vec::new();
    for (folder, path, line, code) in code().into_iter().filter(|(folder, ..)| !folder.is_empty()) {
        for used in crate_paths(&code) {
            if !may_use(&folder, used) {
                wrong.push(format!("{path}:{line}: {folder}/ must not use {used}/"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_page_knows_a_browser() {
    let mut wrong = Vec::new();
    let is_browser = |word: &&str| BROWSER.contains(word) || word.starts_with("gloo_") || word.starts_with("leptos_");
    for (_, path, line, code) in code().into_iter().filter(|(folder, path, ..)| folder != "ui" && path != "main.rs") {
        for name in words(&code).filter(is_browser) {
            wrong.push(format!("{path}:{line}: only ui/ and main.rs may name {name}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_folder_has_its_place() {
    let known: Vec<&str> = LAYERS.concat();
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "src/{name}/ is missing from the plan in tests/layers.rs");
    }
}

#[test]
fn the_reader_finds_what_it_should() {
    //    code                                     folders used
    check("use crate::sim::Timestamp;", &["sim"]);
    check("use crate::{api, sim::{Timers}};", &["api", "sim"]);
    check("use crate::{api::{a, b}, node};", &["api", "node"]);
    check("let x = crate::node::start();", &["node"]);
    check("pub(in crate::cluster) fn x()", &["cluster"]);
    check("pub(crate) fn x()", &[]);
    check("use crate::*;", &["*"]);
}

#[track_caller]
fn check(code: &str, expected: &[&str]) {
    assert_eq!(crate_paths(code), expected, "{code}");
}

fn may_use(folder: &str, used: &str) -> bool {
    let place = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    match (place(folder), place(used)) {
        (Some(from), Some(to)) => folder == used || to < from,
        // A glob hides what it takes, and a name that is no folder stands in no layer.
        _ => false,
    }
}

/// The folders named after `crate::`, also inside a group of them.
fn crate_paths(code: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let path = &code[at + "crate::".len()..];
        match path.strip_prefix('{') {
            None => used.push(first_word(path)),
            Some(group) => {
                let mut depth = 0;
                let mut start = 0;
                for (at, symbol) in group.char_indices() {
                    match symbol {
                        '{' => depth += 1,
                        '}' if depth > 0 => depth -= 1,
                        ',' | '}' if depth == 0 => {
                            used.push(first_word(group[start..at].trim()));
                            start = at + 1;
                            if symbol == '}' {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

fn first_word(path: &str) -> &str {
    if path.starts_with('*') {
        return "*";
    }
    words(path).next().unwrap_or("")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '_').filter(|word| !word.is_empty())
}

/// Every statement of the source: folder ("" for lib.rs and main.rs), file, line it starts on, and the code without comments on one line.
fn code() -> Vec<(String, String, usize, String)> {
    let mut statements = Vec::new();
    for path in rust_files(&root()) {
        let inside = path.strip_prefix(root()).unwrap();
        let parts: Vec<_> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let folder = if parts.len() > 1 { parts[0].to_owned() } else { String::new() };
        let text = fs::read_to_string(&path).unwrap();
        let mut pending = String::new();
        let mut start = 1;
        for (index, line) in text.lines().enumerate() {
            let line = line.split("//").next().unwrap().trim();
            if pending.is_empty() {
                start = index + 1;
            }
            pending.push_str(line);
            pending.push(' ');
            // A `use` may run over several lines; it ends where a statement does.
            let open = pending.contains("crate::{") && !pending.trim_end().ends_with(';');
            if !open {
                statements.push((folder.clone(), inside.display().to_string(), start, std::mem::take(&mut pending)));
            }
        }
    }
    assert!(!statements.is_empty(), "no source was found");
    statements
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

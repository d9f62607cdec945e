//! The inputs that the fuzzers start from, and those that once broke something: they run to their end, and every invariant
//! holds. `tools/fuzz` tries others.

#[path = "../fuzz/inputs.rs"]
mod inputs;

use inputs::Input;
use std::path::Path;

/// Runs every file of a folder of `fuzz/`; how many there were.
fn run_all(folder: &str, name: &str, input: Input) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder).join(name);
    let Ok(entries) = std::fs::read_dir(&folder) else { return 0 };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for file in &files {
        println!("{}", file.display());
        inputs::run(input, &std::fs::read(file).expect("a file"));
    }
    files.len()
}

#[test]
fn seeds_and_what_was_found_are_survived() {
    let inputs = [
        ("manifest", Input::Manifest),
        ("scenario", Input::Scenario),
        ("kubectl", Input::Kubectl),
        ("shell", Input::Shell),
    ];
    for (name, input) in inputs {
        assert!(run_all("seeds", name, input) > 0, "there are seeds for {name}");
        run_all("found", name, input);
    }
}

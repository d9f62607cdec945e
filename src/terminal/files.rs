//! Which of a machine's files a kubectl command is about.

use super::{line, web};
use crate::kubectl::Files;
use crate::shell::{self, FileKind, absolute};

/// How many files of folders a command is given.
const MOST_FILES: usize = 2_000;

/// What a word may name: itself, or what follows `-f` or `=`, each in pieces between commas.
fn meant(word: &str) -> impl Iterator<Item = &str> {
    let after_equals = word.match_indices('=').map(|(at, _)| &word[at + 1..]);
    let after_flag = word.strip_prefix("-f").filter(|rest| !rest.is_empty());
    std::iter::once(word).chain(after_equals).chain(after_flag).flat_map(|word| word.split(','))
}

/// The files that the words of a kubectl command name, with what is in the folders that they name, and what is at the
/// addresses.
pub fn named(words: &[String], dir: &str, tree: &shell::Files) -> Files {
    let mut files = Files::new();
    let mut left = MOST_FILES;
    for word in words.iter().skip(1).flat_map(|word| meant(word)).filter(|word| !word.is_empty() && *word != "-") {
        if line::is_address(word) {
            if let Some(text) = web::fetch(word) {
                files.insert(word, text);
            }
            continue;
        }
        let path = absolute(dir, word);
        let name = word.trim_start_matches("./").trim_end_matches('/');
        match tree.stat(&path).map(|stat| stat.kind) {
            Ok(FileKind::Folder) => {
                let name = if name == "." { "" } else { name };
                add_folder(&mut files, tree, &path, name, &mut left);
            }
            Ok(_) => {
                if let Ok(text) = tree.read_text(&path) {
                    files.insert(name, text);
                }
            }
            Err(_) => {}
        }
    }
    files
}

/// Adds what is in a folder, by names that begin with the folder's.
pub fn add_folder(files: &mut Files, tree: &shell::Files, path: &str, name: &str, left: &mut usize) {
    for (entry, stat) in tree.list(path).unwrap_or_default() {
        let below = format!("{}/{entry}", path.trim_end_matches('/'));
        let called = if name.is_empty() { entry } else { format!("{name}/{entry}") };
        if stat.kind == FileKind::Folder {
            add_folder(files, tree, &below, &called, left);
        } else if *left > 0
            && let Ok(text) = tree.read_text(&below)
        {
            *left -= 1;
            files.insert(called, text);
        }
    }
}

/// Whether a kubectl reads its standard input to the end: `-f -`.
pub fn reads_stdin(words: &[String]) -> bool {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    let flags = ["--filename", "--patch-file", "--from-file", "--from-env-file"];
    let mut is_value = false;
    words.any(|word| {
        let is_dash = word == "-" && std::mem::take(&mut is_value);
        is_value = word == "-f" || flags.contains(&word.as_str());
        is_dash || word == "-f-" || flags.iter().any(|flag| word.strip_prefix(flag) == Some("=-"))
    })
}

/// Whether a kubectl gives its standard input to a container: `exec -i`.
pub fn is_interactive(words: &[String]) -> bool {
    let own = words.iter().skip(1).take_while(|word| *word != "--");
    own.clone().next().is_some_and(|verb| matches!(verb.as_str(), "exec" | "run" | "attach"))
        && own.into_iter().any(|word| matches!(word.as_str(), "-i" | "-it" | "-ti" | "--stdin" | "--stdin=true"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Timestamp;

    #[test]
    fn files_are_found_by_the_words_that_name_them() {
        let tree = shell::Files::new();
        let now = Timestamp::default();
        tree.make_folders("/home/jobs/deep", now).expect("a folder");
        for path in ["/home/a.yaml", "/home/jobs/b.yaml", "/home/jobs/deep/c.yaml", "/tmp.yaml"] {
            tree.write(path, path, now).expect("a file");
        }
        let check = |line: &str, dir: &str, expected: &[&str]| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(named(&words, dir, &tree).names().collect::<Vec<_>>(), expected, "{line}");
        };
        check("kubectl apply -f a.yaml", "/home", &["a.yaml"]);
        check("kubectl apply -f./a.yaml", "/home", &["a.yaml"]);
        check("kubectl apply -f ../a.yaml", "/home/jobs", &["../a.yaml"]);
        check("kubectl apply --filename=/tmp.yaml,b.yaml", "/home/jobs", &["/tmp.yaml", "b.yaml"]);
        check("kubectl create -f ./jobs/", "/home", &["jobs/b.yaml", "jobs/deep/c.yaml"]);
        check("kubectl create -f .", "/home/jobs", &["b.yaml", "deep/c.yaml"]);
        check("kubectl create configmap x --from-file=k=a.yaml", "/home", &["a.yaml"]);
        check("kubectl get pods", "/home", &[]);
    }

    #[test]
    fn what_is_piped_is_read_where_it_is_asked_for() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (line, reads) in [
            ("kubectl apply -f -", true),
            ("kubectl apply -f-", true),
            ("kubectl apply --filename=-", true),
            ("kubectl apply -f a.yaml", false),
            ("kubectl exec p -- cat -f -", false),
            ("kubectl get pods", false),
        ] {
            assert_eq!(reads_stdin(&words(line)), reads, "{line}");
        }
        assert!(is_interactive(&words("kubectl exec -it p -- sh")));
        assert!(!is_interactive(&words("kubectl exec p -- sh -i")));
        assert!(!is_interactive(&words("kubectl delete -i p")));
    }
}

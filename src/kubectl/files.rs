//! The files that a command can name: there is no disk, only the learner's files.
use crate::sim::Map;

/// The learner's files by name; what was piped into the command stands under `-`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Files {
    texts: Map<String, String>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.insert(name, text);
        self
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.texts.insert(name.into(), text.into());
    }

    /// The text of a file; `./job.yaml` and `job.yaml` are the same.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name.trim_start_matches("./")).or_else(|| self.texts.get(name)).map(String::as_str)
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str).filter(|name| *name != "-")
    }

    /// The manifests in a folder, in the order of their names; with those in its folders, if `recursive`.
    /// Nothing where no file lies in a folder of that name.
    pub fn folder(&self, name: &str, recursive: bool) -> Option<Vec<&str>> {
        let name = name.trim_start_matches("./").trim_end_matches('/');
        let prefix = if name.is_empty() || name == "." { String::new() } else { format!("{name}/") };
        let inside: Vec<&str> = self.names().filter(|file| file.starts_with(&prefix)).collect();
        if inside.is_empty() {
            return None;
        }
        let manifest = |file: &&str| {
            let rest = &file[prefix.len()..];
            let reachable = recursive || !rest.contains('/');
            reachable && [".json", ".yaml", ".yml"].iter().any(|end| rest.ends_with(end))
        };
        Some(inside.into_iter().filter(manifest).collect())
    }
}

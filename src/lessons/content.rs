//! The folders under `content/`, compiled in.

use super::Lesson;

/// A lesson's folder: its name, and the files in it.
pub(super) type Folder = (&'static str, &'static [(&'static str, &'static str)]);

/// The files of a folder by their names.
macro_rules! folder {
    ($slug:literal: $($file:literal)*) => {
        ($slug, &[$(($file, include_str!(concat!("content/", $slug, "/", $file)))),*])
    };
}

/// Every lesson, in the order in which they are taught.
pub(super) const FOLDERS: &[Folder] = &[
    folder!("1-indexed": "lesson.md" "manifest.yaml" "scenario.yaml"),
    folder!("2-fail-job": "lesson.md" "manifest.yaml" "scenario.yaml" "solution.yaml"),
    folder!("3-ignore-disruptions": "lesson.md" "manifest.yaml" "scenario.yaml"),
    folder!("4-config-issue": "lesson.md" "manifest.yaml" "scenario.yaml" "patch.yaml"),
    folder!("5-backoff-per-index": "lesson.md" "manifest.yaml" "scenario.yaml" "solution.yaml"),
];

/// Every lesson, in the order in which they are taught.
pub fn all() -> Vec<Lesson> {
    let read =
        |folder: &Folder| Lesson::read(folder.0, folder.1).unwrap_or_else(|error| panic!("{}: {error}", folder.0));
    FOLDERS.iter().map(read).collect()
}

/// The lesson of this name, as links name it: `back-off-per-index` or `5-backoff-per-index`.
pub fn find(slug: &str) -> Option<Lesson> {
    let bare = |name: &str| name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
    let folder = FOLDERS.iter().find(|folder| folder.0 == slug || bare(folder.0) == slug)?;
    Lesson::read(folder.0, folder.1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_file_of_every_folder_is_compiled_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lessons/content");
        let names = |path: &Path| -> BTreeSet<String> {
            let entries = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").file_name());
            entries.map(|name| name.into_string().expect("UTF-8")).collect()
        };
        assert_eq!(names(&root), FOLDERS.iter().map(|folder| folder.0.to_owned()).collect());
        for (slug, files) in FOLDERS {
            assert_eq!(names(&root.join(slug)), files.iter().map(|file| file.0.to_owned()).collect(), "{slug}");
        }
    }

    #[test]
    fn lessons_are_found_by_name() {
        assert_eq!(find("5-backoff-per-index").map(|lesson| lesson.order), Some(5));
        assert_eq!(find("fail-job").map(|lesson| lesson.order), Some(2));
        assert_eq!(find("nothing").map(|lesson| lesson.order), None);
    }
}

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
    folder!("6-in-place": "lesson.md" "manifest.yaml" "scenario.yaml" "solution.yaml"),
    folder!("7-who-noticed": "lesson.md" "manifest.yaml" "scenario.yaml"),
    folder!("8-twice": "lesson.md" "manifest.yaml" "scenario.yaml" "solution.yaml"),
];

/// What the picker shows of a lesson, without reading it.
pub struct Card {
    pub title: &'static str,
    pub summary: &'static str,
}

/// The cards of all lessons, in the order in which they are taught: what their front matter says, for a page that has not
/// fetched them yet.
pub static CARDS: &[Card] = &[
    Card {
        title: "Every index gets its share",
        summary: "An Indexed Job hands each pod a number, and the number decides what the pod works on.",
    },
    Card {
        title: "Give up at once",
        summary: "Some failures cannot be retried away. A FailJob rule ends the Job at the first of them.",
    },
    Card {
        title: "It was not the program's fault",
        summary: "A drained node takes healthy pods with it. An Ignore rule keeps them from counting as failures.",
    },
    Card {
        title: "An image that does not exist",
        summary: "A pod that never starts never fails, so no limit stops it. A condition of your own can.",
    },
    Card {
        title: "One bad index should not sink the rest",
        summary: "With a back-off limit per index every index has its own retries, and FailIndex takes them from the hopeless ones.",
    },
    Card {
        title: "Who starts it again?",
        summary: "With OnFailure a kubelet restarts the container in its pod; with Never the Job makes another pod, and the failed one stays.",
    },
    Card {
        title: "It failed. Who noticed?",
        summary: "Some questions are never answered by a Job that fails. Which ones a script may ask, and where each log is.",
    },
    Card {
        title: "One index, two pods at work",
        summary: "A node falls silent. Nobody can know whether its pod goes on, and the Job has to choose between two risks.",
    },
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
    fn every_card_says_what_its_lesson_says() {
        let cards: Vec<_> = CARDS.iter().map(|card| (card.title, card.summary)).collect();
        let lessons = all();
        let said: Vec<_> = lessons.iter().map(|lesson| (lesson.title.as_str(), lesson.summary.as_str())).collect();
        assert_eq!(cards, said);
    }

    #[test]
    fn lessons_are_found_by_name() {
        assert_eq!(find("5-backoff-per-index").map(|lesson| lesson.order), Some(5));
        assert_eq!(find("fail-job").map(|lesson| lesson.order), Some(2));
        assert_eq!(find("nothing").map(|lesson| lesson.order), None);
    }
}

//! What a lesson's folder holds, read and checked.

use super::goals::Goal;
use super::prose::{self, Step, from_yaml};
use crate::sim::Map;
use serde::Deserialize;

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The folder's name: `5-backoff-per-index`.
    pub slug: &'static str,
    /// Its place among the lessons, from 1: the number that the folder's name starts with.
    pub order: u32,
    pub title: String,
    /// One sentence for the picker.
    pub summary: String,
    /// What the lesson is about, as kubectl names it: `job/demo`.
    pub about: String,
    /// The seed of everything that happens by chance.
    pub seed: u64,
    /// Whether the goals are reached by watching alone.
    pub watch: bool,
    /// Seconds within which the solution reaches the goals.
    pub patience: u64,
    /// Asked of the cluster, and reached one after the other.
    pub goals: Vec<Goal>,
    pub hint: String,
    pub solution: Solution,
    pub steps: Vec<Step>,
    /// The files that commands can read; `manifest.yaml` is what the lesson starts from.
    pub files: Map<String, String>,
    /// The text of `scenario.yaml`: nodes, how containers behave, until when.
    pub scenario: &'static str,
}

/// How a lesson reaches its own goals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solution {
    /// A manifest to run instead of the one given.
    pub manifest: Option<&'static str>,
    /// Lines to type, with the seconds at which they are typed.
    pub lines: Vec<(u64, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    summary: String,
    about: String,
    seed: u64,
    #[serde(default)]
    watch: bool,
    patience: u64,
    goals: Vec<String>,
    hint: String,
    #[serde(default)]
    solution: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: u64,
    kubectl: String,
}

impl Lesson {
    /// Reads a folder. The error says what is wrong with it.
    pub fn read(slug: &'static str, files: &[(&'static str, &'static str)]) -> Result<Self, String> {
        let file = |name: &str| files.iter().find(|file| file.0 == name).map(|file| file.1);
        let text = file("lesson.md").ok_or("there is no lesson.md")?;
        let rest = text.strip_prefix("---\n").ok_or("lesson.md must begin with front matter between lines of ---")?;
        let (front, prose) = rest.split_once("\n---\n").ok_or("the front matter of lesson.md is not closed by ---")?;
        let front: FrontMatter = from_yaml(front)?;
        let goals = front.goals.iter().map(|line| Goal::parse(line)).collect::<Result<_, _>>()?;
        let steps = prose::steps(prose)?;
        let order = slug.split('-').next().and_then(|number| number.parse().ok());
        let lines = front.solution.into_iter().map(|line| (line.at, line.kubectl)).collect();
        let own = ["lesson.md", "scenario.yaml", "solution.yaml"];
        let readable = files.iter().filter(|file| !own.contains(&file.0));
        Ok(Self {
            slug,
            order: order.ok_or("the folder's name must start with a number")?,
            title: front.title,
            summary: front.summary,
            about: front.about,
            seed: front.seed,
            watch: front.watch,
            patience: front.patience,
            goals,
            hint: front.hint,
            solution: Solution { manifest: file("solution.yaml"), lines },
            steps,
            files: readable.map(|&(name, text)| (name.to_owned(), text.to_owned())).collect(),
            scenario: file("scenario.yaml").unwrap_or(""),
        })
    }

    /// The manifest that the lesson starts from.
    pub fn manifest(&self) -> &str {
        self.files.get("manifest.yaml").map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Block, all};
    use super::*;
    use crate::api::yaml;

    #[test]
    fn lessons_are_numbered_and_hang_together() {
        for (lesson, order) in all().iter().zip(1..) {
            let slug = lesson.slug;
            assert_eq!(lesson.order, order, "{slug}");
            assert!(lesson.title.len() <= 60 && lesson.summary.len() <= 160, "{slug}: too long for the picker");
            assert!(!lesson.goals.is_empty() && lesson.steps.len() >= 3, "{slug}");
            assert!(!yaml::read(lesson.manifest()).documents.is_empty(), "{slug}: no manifest");
            let has_solution = lesson.solution.manifest.is_some() || !lesson.solution.lines.is_empty();
            assert_ne!(lesson.watch, has_solution, "{slug}: a lesson has a solution, or it says that it only watches");
            let blocks = || lesson.steps.iter().flat_map(|step| &step.blocks);
            assert!(blocks().any(|block| matches!(block, Block::Predict(_))), "{slug}: nothing to predict");
            for block in blocks() {
                match block {
                    Block::Manifest(paths) => {
                        assert!(!prose::excerpt(lesson.manifest(), paths).is_empty(), "{slug}: {paths:?}");
                    }
                    Block::File(name) => assert!(lesson.files.contains_key(name), "{slug}: no file {name}"),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_said() {
        let check = |text: &'static str, says: &str| {
            let error = Lesson::read("1-x", &[("lesson.md", text)]).expect_err("a lesson");
            assert!(error.contains(says), "{error}");
        };
        check("# x", "must begin with front matter");
        check("---\ntitle: x\n", "is not closed");
        check("---\ntitle: x\n---\n", "missing field `summary`");
        let goal =
            "---\ntitle: x\nsummary: x\nabout: job/x\nseed: 1\npatience: 1\ngoals: [kubectl get x]\nhint: x\n---\n";
        check(goal, "a goal is a `kubectl wait");
    }
}

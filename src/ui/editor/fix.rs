//! What mends a manifest at the press of a button, where there is only one thing to write.

use crate::api::schema::{Of, field_at};
use crate::api::yaml::{Content, Position, Span, Step, Tree, steps};

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is written, for the button: `restartPolicy: Never`.
    pub words: String,
    span: Span,
    text: String,
}

impl Fix {
    /// The text after the change.
    pub fn apply(&self, manifest: &str) -> String {
        let (from, to) = (offset(manifest, self.span.start), offset(manifest, self.span.end));
        format!("{}{}{}", &manifest[..from], self.text, &manifest[to..])
    }
}

/// How many bytes stand before a place.
fn offset(text: &str, place: Position) -> usize {
    let before: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let line = &text[before..];
    before + line.char_indices().nth(place.column - 1).map_or(line.len(), |(at, _)| at)
}

/// What is complained of (the end of its path, a part of what is said), and what to write into which field: of the Job's
/// spec, or where none is named, into the one that is complained of. The first that fits counts.
const FIXES: &[(&str, &str, &str, &str)] = &[
    ("spec.restartPolicy", "", "", "Never"),
    ("", "requires indexed completion mode", "completionMode", "Indexed"),
    ("backoffLimitPerIndex", "maxFailedIndexes", "backoffLimitPerIndex", "1"),
    ("action", "requires the backoffLimitPerIndex", "backoffLimitPerIndex", "1"),
    ("status", "\"True\"", "", "\"True\""),
];

/// What mends what the API server has refused.
pub fn of_cause(root: &Tree, text: &str, path: &str, body: &str) -> Option<Fix> {
    let fits = |(end, part, ..): &&(&str, &str, &str, &str)| path.ends_with(end) && body.contains(part);
    let &(_, _, field, value) = FIXES.iter().find(fits)?;
    let of_cron = path.starts_with("spec.jobTemplate.");
    let path = match (field, of_cron) {
        ("", _) => steps(path),
        (field, true) => steps(&format!("spec.jobTemplate.spec.{field}")),
        (field, false) => steps(&format!("spec.{field}")),
    };
    write(root, text, &path, value)
}

/// What mends a value of a wrong type: text that lacks its quotes, a number that has some.
pub fn of_type(root: &Tree, text: &str, kind: &str, path: &[Step]) -> Option<Fix> {
    let value = root.at(path)?;
    let wanted = match (&field_at(kind, path)?.of, &value.content) {
        (Of::Text | Of::Word(_), Content::Bool(true)) => "\"True\"".to_owned(),
        (Of::Text | Of::Word(_), Content::Bool(false)) => "\"False\"".to_owned(),
        (Of::Text | Of::Word(_), Content::Int(_) | Content::Float(_)) => {
            let (from, to) = (offset(text, value.span.start), offset(text, value.span.end));
            format!("\"{}\"", text.get(from..to)?)
        }
        (Of::Int32 | Of::Int64, Content::Text(number)) => number.trim().parse::<i64>().ok()?.to_string(),
        _ => return None,
    };
    write(root, text, path, &wanted)
}

/// Writes a field: in place of what it says, or before the first of its neighbours.
pub fn write(root: &Tree, text: &str, path: &[Step], value: &str) -> Option<Fix> {
    let (Step::Key(name), parent) = path.split_last()? else { return None };
    let words = format!("{name}: {value}");
    if let Some(there) = root.at(path) {
        let is_written = there.content != Content::Null;
        return is_written.then(|| Fix { words, span: there.span, text: value.to_owned() });
    }
    let Content::Map(neighbours) = &root.at(parent)?.content else { return None };
    let start = neighbours.first()?.key_span.start;
    let before: String = text.split('\n').nth(start.line - 1)?.chars().take(start.column - 1).collect();
    let is_block = before.chars().all(|letter| matches!(letter, ' ' | '-'));
    let after = if is_block { format!("\n{}", " ".repeat(start.column - 1)) } else { ", ".to_owned() };
    Some(Fix { text: format!("{words}{after}"), words, span: Span { start, end: start } })
}

#[cfg(test)]
mod tests {
    use super::super::check::check;

    /// Presses every button that is offered, one after the other; what each says, and what is wrong in the end.
    fn mended(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut text, mut pressed) = (text.to_owned(), Vec::new());
        while let Some(fix) = check(&text).into_iter().find_map(|problem| problem.fix) {
            text = fix.apply(&text);
            pressed.push(fix.words);
            assert!(pressed.len() < 9, "{text}");
        }
        (pressed, check(&text).into_iter().map(|problem| format!("{}\n{text}", problem.text)).collect())
    }

    #[test]
    fn one_press_mends_what_can_be_mended_in_one_way() {
        const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: démo\nspec:\n";
        const POD: &str = "containers:\n      - name: c\n        image: busybox\n";
        let check = |spec: &str, pod: &str, expected: &[&str]| {
            let text = format!("{}{spec}  template:\n    spec:\n      {pod}{POD}", JOB.replace('é', "e"));
            assert_eq!(mended(&text), (expected.iter().map(|words| (*words).to_owned()).collect(), vec![]), "{text}");
        };
        let never = "restartPolicy: Never\n      ";
        check("", never, &[]);
        check("", "", &["restartPolicy: Never"]);
        check("", "restartPolicy: Always # why?\n      ", &["restartPolicy: Never"]);
        let policy = |rule: &str| format!("  podFailurePolicy:\n    rules:\n    - {rule}\n");
        let ignore = policy("{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: true}]}");
        check(&ignore, "restartPolicy: OnFailure\n      ", &["status: \"True\"", "restartPolicy: Never"]);
        let index = policy("{action: FailIndex, onExitCodes: {operator: In, values: [42]}}");
        check(&format!("  completions: 2\n{index}"), never, &["backoffLimitPerIndex: 1", "completionMode: Indexed"]);
        check(
            "  completions: 2\n  maxFailedIndexes: 1\n",
            never,
            &["backoffLimitPerIndex: 1", "completionMode: Indexed"],
        );
        check("  completions: \"2\"\n", never, &["completions: 2"]);
        check("", "restartPolicy: Never\n      hostname: 17\n      ", &["hostname: \"17\""]);
    }

    #[test]
    fn a_cron_jobs_job_is_mended_inside_and_flow_style_as_well() {
        let text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec:\n  schedule: '* * * * *'\n  jobTemplate:\n    \
                    spec: {completions: 2, backoffLimitPerIndex: 1, template: {spec: {containers: [{name: c, image: busybox}]}}}\n";
        let (pressed, rest) = mended(text);
        assert_eq!((pressed.len(), rest), (2, vec![]), "{pressed:?}");
        let (pressed, rest) =
            mended("apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {completions: three}\n");
        assert_eq!((pressed, rest.len()), (vec![], 1), "there is more than one way to mend that");
    }
}

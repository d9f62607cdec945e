//! What may stand at the cursor, and what a field means: read off the table of the API's types.

use crate::api::schema::{Field, Of, Type, field_at, fields_at};
use crate::api::yaml::Step;
use crate::api::{Kind, RESOURCES};

/// Something that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub label: String,
    /// The field's type.
    pub detail: String,
    /// What the field means.
    pub info: String,
    /// What is inserted.
    pub apply: String,
}

/// The words that some fields are chosen from.
const WORDS: &[(&str, &[&str])] = &[
    ("action", &["FailJob", "FailIndex", "Ignore", "Count"]),
    ("completionMode", &["NonIndexed", "Indexed"]),
    ("concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("imagePullPolicy", &["Always", "IfNotPresent", "Never"]),
    ("operator", &["In", "NotIn"]),
    ("podReplacementPolicy", &["TerminatingOrFailed", "Failed"]),
    ("restartPolicy", &["Never", "OnFailure"]),
    ("suspend", &["true", "false"]),
];

/// What may stand at a line and column (both from 1). The text need not be valid: what counts is how lines are indented.
pub fn candidates(text: &str, line: usize, column: usize) -> Vec<Candidate> {
    let lines = document_around(text, line);
    let Some(&(_, current)) = lines.iter().find(|(number, _)| *number == line) else { return Vec::new() };
    let before: String = current.chars().take(column.saturating_sub(1)).collect();
    let kind = kind_of(&lines);
    let dashes = before.trim_start().trim_start_matches(['-', ' ']);
    if let Some((key, _)) = dashes.split_once(": ") {
        return values(&lines, &kind, line, key);
    }
    let indent = key_column(&before);
    let path = path_to(&lines, line, indent);
    let taken = keys_beside(&lines, line, indent);
    let fields = match (kind.as_deref(), path.is_empty()) {
        (Some(kind), _) => fields_at(kind, &path),
        (None, true) => fields_at("Job", &[]),
        (None, false) => return Vec::new(),
    };
    let fitting = fields.iter().filter(|field| !taken.contains(&field.name.to_owned()) && field.name != "status");
    fitting.map(|field| candidate(field, indent)).collect()
}

fn candidate(field: &Field, indent: usize) -> Candidate {
    let apply = match &field.of {
        Of::Object(_) | Of::Map(..) => format!("{}:\n{}", field.name, " ".repeat(indent + 2)),
        Of::List(of) if of.object().is_some() => format!("{}:\n{}- ", field.name, " ".repeat(indent)),
        _ => format!("{}: ", field.name),
    };
    Candidate { label: field.name.into(), detail: field.of.explained(), info: field.doc.into(), apply }
}

/// The words for a key's value.
fn values(lines: &[(usize, &str)], kind: &Option<String>, line: usize, key: &str) -> Vec<Candidate> {
    let word =
        |word: &str| Candidate { label: word.into(), detail: String::new(), info: String::new(), apply: word.into() };
    match key {
        "kind" if path_to(lines, line, 0).is_empty() => {
            let kinds = RESOURCES.iter().filter(|resource| resource.kind != Kind::Event);
            kinds.map(|resource| Candidate { detail: resource.api_version.into(), ..word(resource.name) }).collect()
        }
        "apiVersion" => {
            let version = kind.as_deref().and_then(|kind| RESOURCES.iter().find(|resource| resource.name == kind));
            version.map_or(vec![word("batch/v1"), word("v1")], |resource| vec![word(resource.api_version)])
        }
        "type" | "status" => {
            let is_condition =
                path_to(lines, line, usize::MAX).iter().any(|step| *step == Step::Key("onPodConditions".into()));
            let words: &[&str] = match key {
                "type" => &["DisruptionTarget"],
                _ => &["\"True\"", "\"False\"", "\"Unknown\""],
            };
            if is_condition { words.iter().map(|one| word(one)).collect() } else { Vec::new() }
        }
        _ => WORDS
            .iter()
            .find(|(name, _)| *name == key)
            .map_or(Vec::new(), |(_, words)| words.iter().map(|one| word(one)).collect()),
    }
}

/// What the field under the pointer is, in plain words.
pub fn explain(text: &str, line: usize, column: usize) -> Option<String> {
    let lines = document_around(text, line);
    let &(_, current) = lines.iter().find(|(number, _)| *number == line)?;
    let (key, from) = key_in(current)?;
    if !(from..=from + key.chars().count()).contains(&column.saturating_sub(1)) {
        return None;
    }
    let kind = kind_of(&lines)?;
    let mut path = path_to(&lines, line, from);
    path.push(Step::Key(key.into()));
    let field = field_at(&kind, &path)?;
    let doc = if field.doc.is_empty() { field.of.object().map_or("", |of: &Type| of.doc) } else { field.doc };
    let head = format!("{} ({})", field.name, field.of.explained());
    Some(if doc.is_empty() { head } else { format!("{head}: {doc}") })
}

/// The lines of the document that a line stands in, numbered from 1.
fn document_around(text: &str, line: usize) -> Vec<(usize, &str)> {
    let mut document = Vec::new();
    for (number, content) in (1..).zip(text.split('\n')) {
        if content.starts_with("---") {
            if number > line {
                break;
            }
            document.clear();
        }
        document.push((number, content));
    }
    document
}

fn kind_of(lines: &[(usize, &str)]) -> Option<String> {
    let kind = lines.iter().find_map(|(_, line)| line.strip_prefix("kind:"))?.trim();
    RESOURCES.iter().find(|resource| resource.name == kind).map(|resource| resource.name.to_owned())
}

/// The column (from 0) at which the key of a line stands, behind spaces and dashes.
fn key_column(line: &str) -> usize {
    line.chars().take_while(|letter| matches!(letter, ' ' | '-')).count()
}

/// The key of a line, and the column (from 0) it stands at.
fn key_in(line: &str) -> Option<(&str, usize)> {
    let from = key_column(line);
    let key = line.get(from..)?.split(':').next()?.trim();
    let is_key = !key.is_empty() && !key.starts_with('#') && line[from..].contains(':');
    is_key.then_some((key, from))
}

/// The path of the mapping that a key at this column of this line belongs to.
fn path_to(lines: &[(usize, &str)], line: usize, column: usize) -> Vec<Step> {
    let mut path = Vec::new();
    let mut indent = match column {
        usize::MAX => lines.iter().find(|(number, _)| *number == line).map_or(0, |(_, text)| key_column(text)),
        column => column,
    };
    // A dash on the way makes the keys of the list's owner count from the dash on.
    let dash = |text: &str| text.trim_start().starts_with("- ").then(|| text.len() - text.trim_start().len());
    let own = lines.iter().find(|(number, _)| *number == line).and_then(|(_, text)| dash(text));
    let mut in_list = own;
    if let Some(at) = own {
        indent = at + 1;
    }
    for (_, text) in lines.iter().rev().filter(|(number, _)| *number < line) {
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        let first = text.len() - text.trim_start().len();
        if let Some(at) = dash(text)
            && at < indent
            && in_list.is_none()
            && key_column(text) <= indent
        {
            // A sibling key of the same item, or the owner of a deeper one.
            if key_column(text) < indent
                && let Some((key, _)) = key_in(text)
            {
                path.push(Step::Key(key.to_owned()));
            }
            in_list = Some(at);
            indent = at + 1;
            continue;
        }
        let Some((key, from)) = key_in(text) else { continue };
        if first < indent && dash(text).is_none() && from < indent {
            if in_list.take().is_some() {
                path.push(Step::Index(0));
            }
            path.push(Step::Key(key.to_owned()));
            indent = from;
            if indent == 0 {
                break;
            }
        }
    }
    path.reverse();
    path
}

/// The keys that stand in the same mapping already.
fn keys_beside(lines: &[(usize, &str)], line: usize, column: usize) -> Vec<String> {
    let mut taken = Vec::new();
    let own = |&&(_, text): &&(usize, &str)| !text.trim().is_empty();
    let above = lines.iter().rev().filter(|(number, _)| *number < line).filter(own);
    let below = lines.iter().filter(|(number, _)| *number > line).filter(own);
    for (_, text) in above {
        let from = key_column(text);
        if from < column {
            break;
        }
        if from == column {
            taken.extend(key_in(text).map(|(key, _)| key.to_owned()));
            if text.trim_start().starts_with('-') {
                break;
            }
        }
    }
    for (_, text) in below {
        let from = key_column(text);
        if from < column || (from == column && text.trim_start().starts_with('-')) {
            break;
        }
        if from == column {
            taken.extend(key_in(text).map(|(key, _)| key.to_owned()));
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels of what may stand where `|` is.
    fn at_cursor(text: &str) -> Vec<String> {
        let before = text.split('|').next().expect("a cursor");
        let (line, column) =
            (before.matches('\n').count() + 1, before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1);
        candidates(&text.replacen('|', "", 1), line, column).into_iter().map(|one| one.label).collect()
    }

    #[test]
    fn fields_of_the_place_are_offered() {
        let offers = |text: &str, wanted: &[&str], unwanted: &[&str]| {
            let labels = at_cursor(text);
            for label in wanted {
                assert!(labels.iter().any(|one| one == label), "{label} is missing: {labels:?}\n{text}");
            }
            for label in unwanted {
                assert!(!labels.iter().any(|one| one == label), "{label} is offered\n{text}");
            }
        };
        let job = "apiVersion: batch/v1\nkind: Job\n";
        offers("|", &["apiVersion", "kind", "metadata", "spec"], &["status"]);
        offers(&format!("{job}|"), &["metadata", "spec"], &["kind"]);
        offers(&format!("{job}spec:\n  par|"), &["parallelism", "completions"], &["containers"]);
        offers(
            &format!("{job}spec:\n  completions: 3\n  |\n  parallelism: 2\n"),
            &["backoffLimit"],
            &["completions", "parallelism"],
        );
        offers(
            &format!("{job}spec:\n  template:\n    spec:\n      |"),
            &["containers", "restartPolicy"],
            &["template"],
        );
        offers(
            &format!("{job}spec:\n  template:\n    spec:\n      containers:\n      - name: a\n        |"),
            &["image", "command"],
            &["name", "containers"],
        );
        offers(
            &format!("{job}spec:\n  template:\n    spec:\n      containers:\n      - |"),
            &["image", "name"],
            &["containers"],
        );
        offers(
            &format!("{job}spec:\n  podFailurePolicy:\n    rules:\n    - |"),
            &["action", "onExitCodes"],
            &["rules"],
        );
        offers(
            &format!(
                "{job}spec:\n  podFailurePolicy:\n    rules:\n    - action: FailJob\n      onExitCodes:\n        |"
            ),
            &["operator", "values"],
            &["action"],
        );
        offers(&format!("{job}spec:\n  podFailurePolicy:\n    rules:\n    - action: |"), &["FailJob", "Ignore"], &[]);
        offers("kind: |", &["Job", "CronJob"], &[]);
        offers(&format!("{job}---\napiVersion: v1\nkind: Service\nspec:\n  |"), &["clusterIP"], &["completions"]);
    }

    #[test]
    fn fields_are_explained() {
        let text = "kind: Job\nspec:\n  backoffLimit: 6\n  template:\n    spec:\n      containers:\n      - image: x\n";
        let check = |line, column, begins: Option<&str>| {
            let told = explain(text, line, column);
            assert_eq!(
                told.as_deref().map(|told| told.starts_with(begins.unwrap_or("?"))),
                begins.map(|_| true),
                "{told:?}"
            );
        };
        check(3, 5, Some("backoffLimit (integer): How many failures"));
        check(3, 17, None);
        check(7, 10, Some("image (string)"));
        check(6, 9, Some("containers ([]Container)"));
    }
}

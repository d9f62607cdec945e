//! What is wrong with a manifest, where, in the API's words and in plain ones.
//!
//! The text goes the way it would go: YAML, strict decoding, and an API server of its own that creates the objects one
//! after the other. So what is marked is what `kubectl apply` would be told, neither more nor less.

use super::fix::{self, Fix};
use crate::api::schema::{self, Problem as Decoding, envelope};
use crate::api::yaml::{self, Document, Position, Span, Step, steps};
use crate::api::{ApiError, Kind, Object};
use crate::apiserver::{ApiServer, Naming, Request};
use crate::sim::{Order, Timestamp};

/// Longer texts are not checked while they are typed.
pub const LARGEST: usize = 1 << 20;
/// More problems than this are not listed.
const MOST: usize = 50;

/// Something about a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    /// Whether the manifest will be refused.
    pub is_error: bool,
    /// As kubectl or the API server says it.
    pub text: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// What does it, where it can be done in one way only.
    pub fix: Option<Fix>,
}

/// What is wrong with a manifest, from top to bottom. Nothing: it would be accepted.
pub fn check(text: &str) -> Vec<Problem> {
    let at_start = Span { start: Position { line: 1, column: 1 }, end: Position { line: 1, column: 1 } };
    let whole =
        |text: String, hint: &str| vec![Problem { span: at_start, is_error: true, text, hint: hint.into(), fix: None }];
    if text.len() > LARGEST {
        let text = format!("this manifest is {} KiB long", text.len() / 1024);
        return whole(text, "It is too long to be checked while you type. The API server takes at most 3 MiB.");
    }
    let stream = yaml::read(text);
    if stream.documents.is_empty() && stream.error.is_none() {
        return whole(
            "no objects passed to apply".into(),
            "There is nothing in it yet: choose a sample, or write one.",
        );
    }
    let mut server = ApiServer::new(Timestamp::from_secs(1_767_225_600), Naming::numbered());
    let mut problems: Vec<Problem> = Vec::new();
    for document in &stream.documents {
        for remark in &document.warnings {
            problems.push(Problem {
                span: remark.span,
                is_error: false,
                text: remark.text.clone(),
                hint: String::new(),
                fix: None,
            });
        }
        problems.extend(of_document(text, document, &mut server));
    }
    if let Some(error) = stream.error {
        let text = error.kubectl.trim_start_matches("error converting YAML to JSON: ").to_owned();
        problems.push(Problem { span: error.span, is_error: true, text, hint: error.plain, fix: None });
    }
    problems.order_by_key(|problem| (problem.span.start, !problem.is_error));
    problems.truncate(MOST);
    problems
}

fn of_document(written: &str, document: &Document, server: &mut ApiServer) -> Vec<Problem> {
    let root = &document.root;
    let error = |path: &[Step], text: String, hint: String| Problem {
        span: wide(root.key_span(path), document),
        is_error: true,
        text,
        hint,
        fix: None,
    };
    let value = root.to_value();
    if envelope::validation_error(&value).is_some() {
        let missing = ["apiVersion", "kind"].into_iter().filter(|name| !value[*name].is_string());
        let told = missing.map(|name| {
            let hint = "Every object begins with both, such as `apiVersion: batch/v1` and `kind: Job`.";
            error(&[Step::Key(name.into())], format!("{name} not set"), hint.into())
        });
        return told.collect();
    }
    let (version, name) = (value["apiVersion"].as_str().unwrap_or(""), value["kind"].as_str().unwrap_or(""));
    let Some(kind) = Kind::of(version, name) else {
        let text = format!("no matches for kind \"{name}\" in version \"{version}\"");
        return vec![error(&[Step::Key("kind".into())], text, kinds_like(name))];
    };
    let decoded = |problem: Decoding| Problem {
        fix: fix::of_type(root, written, name, &problem.path),
        ..error(&problem.path, problem.text, problem.plain)
    };
    match schema::check(name, &value) {
        Err(problem) => return vec![decoded(problem)],
        Ok(unknown) if !unknown.is_empty() => return unknown.into_iter().map(decoded).collect(),
        Ok(_) => {}
    }
    let mut object = match Object::from_value(kind, schema::settled(name, value.clone())) {
        Ok(object) => object,
        Err(why) => return vec![error(&[], why.to_string(), String::new())],
    };
    // As kubectl does for those who name no namespace.
    if kind.resource().namespaced && object.metadata().namespace.is_empty() {
        object.metadata_mut().namespace = "default".into();
    }
    match server.handle(Request::Create(object)) {
        Ok(_) => Vec::new(),
        Err(ApiError { causes, message, .. }) if causes.is_empty() => {
            vec![error(&[Step::Key("metadata".into()), Step::Key("name".into())], message, String::new())]
        }
        Err(refused) => {
            let told = refused.causes.iter().map(|cause| {
                let path = steps(&cause.path);
                let fix = fix::of_cause(root, written, &cause.path, &cause.body);
                Problem { fix, ..error(&path, cause.to_string(), hint(&cause.path, &cause.body)) }
            });
            told.collect()
        }
    }
}

/// A place that can be seen: at least one character, on a line of the document.
fn wide(span: Span, document: &Document) -> Span {
    let start = span.start.max(document.root.span.start);
    let end = if span.end > start { span.end } else { Position { column: start.column + 1, ..start } };
    Span { start, end }
}

/// The line of a field in the first document that has it, from 1; of its last part that exists.
pub fn line_of(text: &str, path: &str) -> Option<usize> {
    let path = steps(path);
    let documents = yaml::read(text).documents;
    let depth = |document: &&Document| (0..=path.len()).rev().find(|&n| document.root.at(&path[..n]).is_some());
    let best =
        documents.iter().max_by_key(|document| (depth(document), std::cmp::Reverse(document.root.span.start)))?;
    depth(&best).filter(|&depth| depth > 1).map(|_| best.root.key_span(&path).start.line)
}

/// What to do about a cause, by the end of its path and a part of what it says. The first that fits counts.
#[rustfmt::skip]
const HINTS: &[(&str, &str, &str)] = &[
    ("restartPolicy", "podFailurePolicy", "A failure policy judges pods that have failed. With OnFailure a container is restarted inside its pod, and no pod fails: use Never."),
    ("restartPolicy", "", "Say what happens when a container fails: Never makes another pod, OnFailure restarts it in its pod. Always is not for Jobs."),
    ("completions", "Indexed", "An Indexed Job needs to know how many indexes there are."),
    ("backoffLimitPerIndex", "maxFailedIndexes", "maxFailedIndexes counts indexes that have failed for good, so it needs backoffLimitPerIndex beside it."),
    ("", "requires indexed completion mode", "This is about indexes: add completionMode: Indexed."),
    ("action", "requires the backoffLimitPerIndex", "FailIndex ends one index, so each must have a limit of its own: add backoffLimitPerIndex."),
    ("action", "", "Choose FailJob, FailIndex, Ignore or Count."),
    ("values", "must be ordered", "Write the exit codes in ascending order."),
    ("", "must not be 0 for the In operator", "Exit code 0 is success, and a policy is only asked about failures."),
    ("containerName", "must be one of", "No container of the template is called so."),
    ("", "specifying both", "A rule looks at exit codes or at conditions. Make it two rules."),
    ("", "specifying one of", "Say what the rule is about: onExitCodes or onPodConditions."),
    ("status", "", "A condition has the status \"True\", \"False\" or \"Unknown\", as text: with quotes."),
    ("successPolicy.rules", "", "Say when it has succeeded: succeededIndexes, succeededCount, or both."),
    ("metadata.name", "generateName", "Give the object a name."),
    ("", "RFC 1123", "Names are written in lower case, with digits and dashes inside."),
    ("", "greater than or equal to 0", "A number below zero makes no sense here."),
    ("selector", "", "Leave the selector out: the API server makes one that fits."),
    ("schedule", "", "A schedule has five parts: minute, hour, day of the month, month, day of the week."),
    ("timeZone", "", "Write a name such as Europe/Berlin or Etc/UTC."),
    ("mountPath", "Required", "Say where in the container the volume appears."),
    ("volumeMounts", "Not found", "No volume of the pod is called so: add it to volumes."),
    (".name", "Not found", "No volume of the pod is called so: add it to volumes."),
    ("image", "Required", "Say which image the container runs."),
    (".name", "Required", "Give it a name."),
    ("containers", "Required", "A pod needs at least one container."),
];

fn hint(path: &str, body: &str) -> String {
    let fits = |(end, part, _): &&(&str, &str, &str)| path.ends_with(end) && body.contains(part);
    HINTS.iter().find(fits).map_or(String::new(), |hint| hint.2.to_owned())
}

/// What to say to somebody who wrote an unknown kind, or a known one in a wrong version.
fn kinds_like(name: &str) -> String {
    let same = crate::api::RESOURCES.iter().find(|resource| resource.name.eq_ignore_ascii_case(name));
    match same {
        Some(resource) => format!("Here it is `kind: {}` with `apiVersion: {}`.", resource.name, resource.api_version),
        None => "This cluster knows what Jobs need: Job, CronJob, Pod, Service, ConfigMap and a few more.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: demo\nspec:\n";
    const TEMPLATE: &str = "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - name: c\n        image: busybox\n";

    /// Each problem as `line:column text`.
    fn told(text: &str) -> Vec<String> {
        let words =
            |problem: &Problem| format!("{}:{} {}", problem.span.start.line, problem.span.start.column, problem.text);
        check(text).iter().map(words).collect()
    }

    #[test]
    fn problems_are_told_at_their_place() {
        let check = |text: &str, expected: &[&str]| assert_eq!(told(text), expected, "{text}");
        check(&format!("{JOB}{TEMPLATE}"), &[]);
        check("", &["1:1 no objects passed to apply"]);
        check("# nothing\n---\n", &["1:1 no objects passed to apply"]);
        check("kind: Job\n", &["1:1 apiVersion not set"]);
        check("apiVersion: batch/v2\nkind: Job\n", &["2:1 no matches for kind \"Job\" in version \"batch/v2\""]);
        check(&format!("{JOB}  completion: 3\n{TEMPLATE}"), &["6:3 unknown field \"spec.completion\""]);
        let two = format!("{JOB}{TEMPLATE}---\napiVersion: batch/v1\nkind: Jab\n");
        check(&two, &["14:1 no matches for kind \"Jab\" in version \"batch/v1\""]);
        let again = format!("{JOB}  completions: 2\n  completions: 3\n{TEMPLATE}");
        assert_eq!(told(&again).len(), 1, "a key that is given twice is a warning");
    }

    #[test]
    fn wrong_types_are_told_with_a_plain_word() {
        let problems = check(&format!("{JOB}  completions: three\n{TEMPLATE}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].span.start.line, 6);
        assert!(problems[0].text.contains("cannot unmarshal string"), "{problems:?}");
        assert!(problems[0].hint.contains("whole number"), "{problems:?}");
    }

    #[test]
    fn huge_and_hostile_texts_are_answered() {
        assert!(told(&"a: b\n".repeat(2_000_000))[0].contains("KiB long"));
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
            d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
            g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
        assert!(!told(bomb).is_empty());
        assert!(told("kind:\tJob\n\tx: y\n")[0].contains("tab") || !told("kind:\tJob\n\tx: y\n").is_empty());
        told(&format!("{JOB}  completions: 2147483647\n  parallelism: 2147483647\n{TEMPLATE}"));
        told(&"[".repeat(10_000));
    }

    #[test]
    fn fields_are_found_by_their_path() {
        let text = format!("# first\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n---\n{JOB}{TEMPLATE}");
        let check = |path: &str, line: Option<usize>| assert_eq!(line_of(&text, path), line, "{path}");
        check("spec.template", Some(13));
        check("spec.template.spec.containers[0].image", Some(18));
        check("spec.template.spec.containers", Some(16));
        check("spec.backoffLimit", None);
        let key = |text: &str| Step::Key(text.into());
        assert_eq!(steps("a.b[2].c[x/y.z]"), [key("a"), key("b"), Step::Index(2), key("c"), key("x/y.z")]);
    }
}

//! The page that lists every scenario of the documents with the test that proves it, written from the transcripts' headings.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The scenarios by letter: what the letter is about, and what each row shows. A row's id is the letter and its place.
const LETTERS: [(char, &str, &[&str]); 14] = [
    (
        'A',
        "Jobs from a template",
        &[
            "The template itself is no Job: its name holds a placeholder",
            "A loop with sed makes a manifest for each item",
            "The manifests are files in a folder",
            "All manifests of a folder are created in the order of the files",
            "The Jobs of the group are listed by their common label, and no others",
            "Their pods are found by the label of the pod template",
            "The logs of all pods of the group at once",
            "Deleting by label takes all Jobs, and their pods with them",
            "Names of Jobs are names of DNS",
            "A Jinja2 template makes one stream of several manifests",
            "A stream of manifests is applied from standard input",
            "Applied again, nothing changes",
            "Pods have more labels than the template, and the group's label means nothing to Kubernetes",
            "A quota, or an overloaded API server, refuses Jobs that are too many",
            "With a Job go its logs: results belong elsewhere",
        ],
    ),
    (
        'B',
        "Indexed Jobs",
        &[
            "The server is new enough",
            "A pod for each index, three at a time",
            "A pod finds its index in its annotations, labels, hostname and environment",
            "The states of a pod with an init container",
            "Waiting for the Job to complete",
            "What describe says of an Indexed Job",
            "The log of the pod of an index",
            "Each index works on its own item",
            "The index as a file of the downward API",
            "The index as a variable of one's own",
            "The items from a ConfigMap",
            "The second sample has the name of the first, and cannot replace it",
            "Completions are the indexes, parallelism is how many run at a time",
            "A listing that breaks off is refused",
            "An Indexed Job without completions is refused",
        ],
    ),
    (
        'C',
        "CronJobs",
        &[
            "A CronJob is created",
            "A garbled listing is refused for its volume and its restart policy",
            "What get says before the first run",
            "Watching its Jobs come",
            "What get says after a run",
            "The pods of a run have names of their own",
            "The log of a run: a date and a greeting",
            "A Job every minute, of which the last three are kept",
            "Deleting the CronJob takes its Jobs and pods along",
            "For work that comes back, a CronJob",
        ],
    ),
    (
        'D',
        "A coarse work queue in RabbitMQ",
        &[
            "A broker is started, with a Service before it",
            "A pod to look around from",
            "Tools are installed in it",
            "The broker's name resolves",
            "The broker's address is in the environment",
            "A queue is declared",
            "A message is sent, and taken once",
            "The queue is filled with eight messages",
            "An image of one's own is built and pushed; one that was not pushed cannot be pulled",
            "The Job for the queue is created",
            "Two pods at a time, eight in all, a message each",
            "Waiting for the Job to complete",
            "What describe says in the end",
            "Fewer completions than messages leave messages over",
            "More completions than messages leave pods waiting for ever",
            "A pod that is lost between taking a message and ending",
            "A pod for each item",
            "A listing that breaks off is refused",
        ],
    ),
    (
        'E',
        "A fine work queue in Redis",
        &[
            "Redis is started, with a Service before it",
            "A pod with the client",
            "Nine items are pushed",
            "The list holds them in order",
            "The worker's image is built and pushed",
            "A Job without completions, two pods at a time",
            "A listing whose lines were joined is refused",
            "What describe says meanwhile",
            "How get counts completions that are not said",
            "The first success ends the creation of pods, and nothing else",
            "What the workers log, each item once",
            "One completion with two at a time is one pod",
            "Waiting for the Job to complete",
            "Items that come later start nothing",
        ],
    ),
    (
        'F',
        "Pods that talk to each other",
        &[
            "A headless Service and a Job whose pods ping each other",
            "The log of a pod that reaches all others",
            "The Job is complete when all have reached all",
            "Without the Service the names never resolve",
            "With a name server of one's own the names do not resolve",
            "From another namespace the name carries the namespace",
            "`none` is no address of a Service, `None` is",
            "Two pods that wait to be talked to",
            "A pod's full name",
            "Pinging a peer by its full name",
            "Pinging a peer by its short name",
            "Peers are found by a formula, without the API",
            "Deleted pods take their grace period",
        ],
    ),
    (
        'G',
        "Pod failure policies",
        &[
            "A Job that one exit code ends",
            "Its conditions name the pod, the code and the rule",
            "Its events",
            "Without the policy it is tried again for minutes",
            "Deleting it cleans up",
            "A Job that ignores disruptions",
            "Where its first pod runs",
            "Draining that node",
            "The failure is not counted, and the pod is replaced",
            "The node takes pods again, and the Job completes",
            "Without the policy the drain fails the Job",
            "Too late: there is nothing left to disrupt",
            "A Job whose image does not exist",
            "A condition of one's own, patched into a pod's status",
            "The pod is deleted to end it",
            "The condition ends the Job",
            "One index is tried again, another given up at once",
            "Which indexes failed and which completed",
            "Preemption and taints are disruptions as well",
            "No feature gate is needed any more",
            "With nothing but a backoff limit, disruptions are failures",
            "Policies that are refused",
        ],
    ),
    (
        'H',
        "The simplest Job",
        &[
            "A Job that prepares a database in one pod",
            "Its pods may not be restarted always",
            "Its template cannot be changed",
            "Its selector is made for it",
            "What get says meanwhile and afterwards",
            "What describe says",
            "Its pod stays",
            "The logs of all its containers",
            "An init container that fails is started again",
            "A pod that is deleted, or whose node is lost, is replaced",
            "A completed pod that is deleted is not",
        ],
    ),
    (
        'I',
        "Suspending, deleting, cleaning up",
        &[
            "A Job that begins suspended has no pods",
            "It says that it is suspended",
            "Resumed, it has one",
            "A running Job is suspended",
            "Resumed again, it begins anew",
            "The same patch twice changes nothing",
            "Deleting a Job deletes its pods",
            "Unless they are orphaned",
            "Finished Jobs stay",
            "Unless they have a time to live",
            "Which takes the logs of failed ones as well",
        ],
    ),
    (
        'J',
        "Completions and parallelism",
        &[
            "Five completions, two at a time, with failures restarted in place",
            "What is left in the end",
            "Neither number: one pod",
            "One and one: one pod, replaced if it is deleted",
            "Two completions, parallelism five: two pods",
            "Five completions, parallelism two: two, and one more for each that completes",
            "Five and five: five at once",
            "Five completions alone: one after the other",
            "Parallelism five alone: five at once, and one success is enough",
            "Completions alone are run in sequence",
            "Never more pods than completions left",
            "No upper limit, but pods wait for room",
            "Failures may make more pods than completions",
            "Parallelism is changed while the Job runs",
        ],
    ),
    (
        'K',
        "Failures",
        &[
            "OnFailure: the container is started again, each time later",
            "Never: failed pods stay, and new ones take their place",
            "The template cannot be changed to Never",
            "How failures are counted",
            "With bad luck the Job fails",
            "A Job whose pods always fail",
            "What get says of it",
            "Its events",
            "Its status",
            "Its pods are gone",
            "The limit is the Job's own",
            "A failed Job is not run again, but made again",
            "A Job runs out of time",
            "A pod runs out of time",
        ],
    ),
    (
        'L',
        "Telling pods what to do",
        &[
            "The completion modes",
            "A script in a ConfigMap",
            "A Job for each month, from a template",
            "Names are sorted byte by byte",
            "What the Jobs computed",
            "Deleting by label needs the label",
            "One Indexed Job for twelve months",
            "The script computes the month from the index",
            "The index from the annotation counts from zero",
            "How progress is told",
            "A pod's hostname holds its index",
            "A thousand indexes with init containers",
            "One delete for twelve pods",
        ],
    ),
    (
        'M',
        "A work queue in MongoDB",
        &[
            "The queue is filled",
            "Six pods take an item each",
            "The rest stays in the queue",
            "Deleting the Job deletes its pods",
            "Three pods work until the queue is empty",
            "How get counts their successes",
            "The first success stops nobody",
            "The queue is empty",
            "What the workers log",
            "An item that comes later stays",
            "An empty queue is no failure",
        ],
    ),
    (
        'N',
        "Claims that go through all documents",
        &[
            "A pod of its own is not made again, a Job's is",
            "Single, sequential and parallel Jobs",
            "Pods are created at once",
            "A deleted Job's pods are collected",
            "The pods of any Job are found by its name",
            "Waiting may take too long",
            "Where disruptions come from",
            "FailureTarget comes before Failed, and Failed after the last pod's end",
            "Failures are restarts or pods, as the policy says",
            "Six retries are the default",
            "When images are pulled",
        ],
    ),
];

/// The scenarios that prove something, by the ids of what they prove: file and heading.
fn proofs() -> BTreeMap<String, Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let played = include_str!("mod.rs");
    let entries = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|ext| ext == "txt")).collect();
    files.sort();
    let mut proofs = BTreeMap::<String, Vec<(String, String)>>::new();
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(played.contains(&format!("include_str!(\"{name}\")")), "{name} is not played");
        let text = fs::read_to_string(&path).expect("a transcript");
        for heading in text.lines().filter_map(|line| line.strip_prefix("## ")) {
            let (ids, title) = ids(heading);
            for id in ids {
                assert!(row(id).is_some(), "{name}: there is no row {id}");
                proofs.entry(id.to_owned()).or_default().push((name.clone(), title.to_owned()));
            }
        }
    }
    proofs
}

/// The ids that a heading begins with, and the rest of it.
fn ids(heading: &str) -> (Vec<&str>, &str) {
    let (mut ids, mut rest) = (Vec::new(), heading);
    while let Some((first, after)) = rest.split_once(' ').filter(|(first, _)| is_id(first)) {
        ids.push(first);
        rest = after;
    }
    (ids, rest)
}

fn is_id(word: &str) -> bool {
    let mut letters = word.chars();
    word.len() == 3
        && letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_digit())
}

/// What the row of an id shows.
fn row(id: &str) -> Option<&'static str> {
    let number: usize = id.get(1..)?.parse().ok()?;
    let (_, _, titles) = LETTERS.iter().find(|(letter, ..)| id.starts_with(*letter))?;
    titles.get(number.checked_sub(1)?).copied()
}

/// The whole page.
fn page(proofs: &BTreeMap<String, Vec<(String, String)>>) -> Result<String, std::fmt::Error> {
    let mut page = String::new();
    let all: usize = LETTERS.iter().map(|(.., titles)| titles.len()).sum();
    writeln!(page, "# The scenarios of the documents\n")?;
    writeln!(page, "<!-- Written by the tests: UPDATE=1 cargo test --test main table -->\n")?;
    writeln!(
        page,
        "Learners come from the tutorials about Jobs in the Kubernetes documentation, in several renderings, and from the \
         chapter of a book. What these documents show or claim is listed here, with the test that proves it: a transcript \
         in [tests/scenarios](../tests/scenarios), in which the document's commands are typed, and what v1.36 prints is \
         expected; where a document errs or is older, what holds today.\n"
    )?;
    writeln!(page, "**{} of {all} rows are proven.**\n", proofs.len())?;
    for (letter, about, titles) in LETTERS {
        let ids = (1..=titles.len()).map(|number| format!("{letter}{number:02}"));
        let proven = ids.clone().filter(|id| proofs.contains_key(id)).count();
        writeln!(page, "## {letter}. {about}: {proven} of {}\n", titles.len())?;
        writeln!(page, "| row | shows | proven by |\n|---|---|---|")?;
        for (id, title) in ids.zip(titles) {
            let by = match proofs.get(&id) {
                Some(proofs) => {
                    proofs.iter().map(|(file, title)| format!("[{file}](../tests/scenarios/{file}): {title}"))
                }
                None => {
                    writeln!(page, "| {id} | {title} | *missing*: there is no transcript of it yet |")?;
                    continue;
                }
            };
            writeln!(page, "| {id} | {title} | {} |", by.collect::<Vec<_>>().join("<br>"))?;
        }
        writeln!(page)?;
    }
    page.truncate(page.trim_end().len());
    Ok(page + "\n")
}

#[test]
fn the_page_of_scenarios_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let page = page(&proofs()).expect("a string has room");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, page).expect("the file can be written");
        return;
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|old| old == page),
        "docs/scenarios.md is out of date: `UPDATE=1 cargo test --test main table` writes it anew"
    );
}

#[test]
fn headings_begin_with_what_they_prove() {
    let check = |heading: &str, expected: &[&str], title: &str| assert_eq!(ids(heading), (expected.to_vec(), title));
    check("B02 B04 each index reverses its own item", &["B02", "B04"], "each index reverses its own item");
    check("a pod that one sits down at", &[], "a pod that one sits down at");
    let counts: Vec<usize> = LETTERS.iter().map(|(.., titles)| titles.len()).collect();
    assert_eq!(counts, [15, 15, 10, 18, 14, 13, 22, 11, 11, 14, 14, 13, 11, 11]);
    assert_eq!((row("A01").is_some(), row("A00"), row("A16"), row("Z01")), (true, None, None, None));
}

//! The headless runner as people meet it: arguments and files in, text and an exit code out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long anything may take, however odd; in a dev build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder of its own with these files in it.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (file, content) in files {
        std::fs::write(folder.join(file), content).expect("a file");
    }
    folder
}

/// Exit code, standard output, standard error.
fn jobscope(folder: &Path, line: &str) -> (i32, String, String) {
    let begun = Instant::now();
    let arguments = line.split_whitespace();
    let ran =
        Command::new(env!("CARGO_BIN_EXE_jobscope")).current_dir(folder).args(arguments).output().expect("it runs");
    assert!(begun.elapsed() < PATIENCE, "{line}: took {:?}", begun.elapsed());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (ran.status.code().expect("it was not killed"), text(ran.stdout), text(ran.stderr))
}

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: demo}\nspec:\n  template:\n    spec:\n      \
                   restartPolicy: Never\n      containers: [{name: main, image: busybox, command: [sleep, '5']}]\n";

#[test]
fn what_is_wrong_is_said_in_a_sentence_with_exit_code_2() {
    let files: &[(&str, &[u8])] = &[
        ("job.yaml", JOB.as_bytes()),
        ("binary.yaml", b"\xff\xfe\x00"),
        ("broken.yaml", b"nodes: [1"),
        ("empty.yaml", b""),
        ("field.yaml", b"node: 3"),
        ("rule.yaml", b"pods: [{run: {second: 3}}]"),
        ("action.yaml", b"actions: [{at: 3, explode: node-1}]"),
    ];
    let folder = folder("wrong", files);
    std::fs::create_dir_all(folder.join("nothing")).expect("a folder");
    let check = |line: &str, says: &str| {
        let (code, out, err) = jobscope(&folder, line);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        assert_eq!(err.lines().next(), Some(says), "{line}");
        assert!(!err.contains("panicked"), "{line}: {err}");
    };
    check("run", "error: the following required arguments were not provided:");
    check("walk job.yaml", "error: unrecognized subcommand 'walk'");
    check("run job.yaml --sead 7", "error: unexpected argument '--sead' found");
    check("run job.yaml --seed x", "error: invalid value 'x' for '--seed <SEED>': invalid digit found in string");
    check("run job.yaml --nodes 0", "error: invalid value '0' for '--nodes <NODES>': 0 is not in 1..=5000");
    check(
        "run job.yaml --until soon",
        "error: invalid value 'soon' for '--until <TIME>': a time such as 90s, 10m or 2h expected",
    );
    check("run gone.yaml", "error: gone.yaml: No such file or directory (os error 2)");
    check("run nothing", "error: nothing: Is a directory (os error 21)");
    check("run binary.yaml", "error: binary.yaml: not a text file (it is not UTF-8)");
    check("run job.yaml --scenario gone.yaml", "error: gone.yaml: No such file or directory (os error 2)");
    check(
        "run job.yaml --scenario empty.yaml",
        "error: empty.yaml: a scenario is a map: description, nodes, pods, actions, until, …",
    );
    check("run job.yaml --scenario field.yaml", "error: field.yaml: unknown field \"node\" in a scenario");
    check(
        "run job.yaml --scenario rule.yaml",
        "error: rule.yaml: pods[0].run.second: there is no such field; there are exitCode, exitCodes, healthyFrom, \
         healthyUntil, oom, seconds, sigterm",
    );
    check(
        "run job.yaml --scenario action.yaml",
        "error: action.yaml: actions[0]: what is to be done? `kubectl`, `shell`, `type`, `pods` or one of nodeDown, powerLoss, nodeUp, \
         memoryPressure, shutdown, exit, oomKill, hang, ignoreSigterm, imageGone, imageBack, overload, controllerRestart",
    );
    check(
        "run job.yaml --scenario broken.yaml",
        "error: broken.yaml:2:1: A list in [ ] needs commas between its items and a ] at its end.",
    );
    check("observe gone", "error: gone: No such file or directory (os error 2)");
    check("observe job.yaml", "error: job.yaml: Not a directory (os error 20)");
    check("observe nothing", "error: nothing: neither scenario.yaml nor case.yaml is in there");
}

#[test]
fn odd_manifests_are_refused_in_kubectls_words_and_in_time() {
    let bomb = (1..=30).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        let before = i - 1;
        text + &format!("a{i}: &a{i} [*a{before}, *a{before}]\n")
    });
    let huge = format!("{JOB}# {}\n", "x".repeat(10 << 20));
    let large = JOB.replace("image: busybox", &format!("image: busybox, args: [{}]", "x".repeat(4 << 20)));
    let folder = folder("odd", &[]);
    let check = |situation: &str, manifest: &str, code: i32, says: &str| {
        std::fs::write(folder.join("manifest.yaml"), manifest).expect("a file");
        let (seen, out, err) = jobscope(&folder, "run manifest.yaml");
        assert_eq!(seen, code, "{situation}: {err}");
        let told = if code == 0 { out.lines().nth(1).unwrap_or_default().trim().to_owned() } else { err };
        assert_eq!(told.trim_end(), says, "{situation}");
    };
    check("a Job", JOB, 0, "job.batch/demo created");
    check("nothing", "", 2, "error: no objects passed to apply");
    check("only a comment", "# later\n", 2, "error: no objects passed to apply");
    check(
        "two documents",
        &format!("---\n{JOB}---\n---\n{}", JOB.replace("demo", "other")),
        0,
        "job.batch/demo created",
    );
    check(
        "the last of two keys wins",
        &JOB.replace("spec:\n  template", "spec:\n  completions: x\n  completions: 2\n  template"),
        0,
        "job.batch/demo created",
    );
    check(
        "ten megabytes of comment",
        &huge,
        2,
        "error: error parsing manifest.yaml: Request entity too large: limit is 3145728",
    );
    check(
        "a tab",
        &JOB.replace("spec:\n  template", "spec:\n\ttemplate"),
        2,
        "error: error parsing manifest.yaml: error converting YAML to JSON: yaml: line 5: found character that cannot start any token",
    );
    check(
        "a missing colon",
        &JOB.replace("kind: Job", "kind Job"),
        2,
        "error: error parsing manifest.yaml: error converting YAML to JSON: yaml: line 3: could not find expected ':'",
    );
    check(
        "a string for a number",
        &JOB.replace("spec:\n  template", "spec:\n  completions: many\n  template"),
        2,
        "Error from server (BadRequest): error when creating \"manifest.yaml\": Job in version \"v1\" cannot be handled as a \
         Job: json: cannot unmarshal string into Go struct field JobSpec.spec.completions of type int32",
    );
    check(
        "an unknown field",
        &JOB.replace("spec:\n  template", "spec:\n  retries: 3\n  template"),
        2,
        "Error from server (BadRequest): error when creating \"manifest.yaml\": Job in version \"v1\" cannot be handled as a \
         Job: strict decoding error: unknown field \"spec.retries\"",
    );
    let unreadable = "error: error parsing manifest.yaml: error converting YAML to JSON: yaml: ";
    check("an alias bomb", &bomb, 2, &format!("{unreadable}document contains excessive aliasing"));
    check("deep nesting", &"[".repeat(100_000), 2, &format!("{unreadable}exceeded max depth of 10000"));
    let too_large = "error: error parsing manifest.yaml: Request entity too large: limit is 3145728";
    check("four megabytes of arguments", &large, 2, too_large);
    let no_object = "error: error validating \"manifest.yaml\": error validating data: invalid object to validate; if you \
                     choose to ignore these errors, turn validation off with --validate=false";
    check("a list", "- 1\n- 2\n", 2, no_object);
    check("a number", "7\n", 2, no_object);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
    check("a Pod without containers", pod, 2, "The Pod \"p\" is invalid: spec.containers: Required value");
}

#[test]
fn large_numbers_run_lazily() {
    let folder = folder("large", &[]);
    let check = |situation: &str, spec: &str, more: &str, says: &str| {
        std::fs::write(folder.join("job.yaml"), JOB.replace("  template:", &format!("{spec}\n  template:")))
            .expect("a file");
        let (code, out, err) = jobscope(&folder, &format!("run job.yaml {more}"));
        assert_eq!(code, 0, "{situation}: {err}");
        let verdict = out.lines().find(|line| line.starts_with("Job demo ")).unwrap_or_default();
        assert_eq!(verdict, says, "{situation}");
    };
    check(
        "two billion completions",
        "  completions: 2147483647\n  parallelism: 3",
        "--until 60s",
        "Job demo is not finished after 60 s: 3 active, 24 succeeded, 0 failed.",
    );
    check(
        "a hundred thousand at a time",
        "  parallelism: 100000",
        "--until 20s --nodes 1",
        "Job demo is not finished after 20 s: 3170 active, 330 succeeded, 0 failed.",
    );
}

#[test]
fn recorded_lines_name_pods_by_what_they_have_and_nobody_answers_for_them() {
    let manifest = JOB.replace("spec:\n  template", "spec:\n  parallelism: 3\n  template");
    let lines = [
        "get ${pod node=node-1} -o jsonpath={.spec.nodeName}",
        "get ${pod node=node-3} -o jsonpath={.spec.nodeName}",
        "get ${pod container=main pod=demo-p0001} -o jsonpath={.metadata.name}",
        "delete -i pod ${pod ordinal=0}",
    ];
    let actions = lines.map(|line| format!("- at: 4\n  kubectl: {}\n", line.replace("get ", "get pod ")));
    let scenario = format!("pods:\n- run: {{seconds: 60}}\nsequential: true\nuntil: 9\nactions:\n{}", actions.concat());
    let files: &[(&str, &[u8])] = &[("manifest.yaml", manifest.as_bytes()), ("scenario.yaml", scenario.as_bytes())];
    let folder = folder("named", files);
    let (code, out, err) = jobscope(&folder, "observe .");
    assert_eq!(code, 0, "{err}");
    let seen: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let told =
        seen["actions"].as_array().expect("actions").iter().map(|action| action["stdout"].as_str().expect("text"));
    let told: Vec<&str> = told.collect();
    assert_eq!(told[..3], ["node-1", "node-3", "demo-p0001"]);
    assert!(told[3].ends_with("(y/N): deletion is cancelled\n"), "{}", told[3]);
}

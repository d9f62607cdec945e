//! Scripts and processes, driven as their owners drive them.
//!
//! What bash, dash and GNU's programs print for the rows in `rows/` was recorded from them; the tests need none of them.

use super::*;
use crate::sim::{Chance, Timestamp};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

const START: Timestamp = Timestamp::from_secs(1_767_225_600);
const FUEL: u64 = 10_000;

fn machine(dialect: Dialect) -> Machine {
    let files = Files::new();
    files.mount("/usr/bin", &toolbox(dialect)).unwrap();
    files.make_link("/bin", "usr/bin", START).unwrap();
    for folder in ["/tmp", "/root", "/w"] {
        files.make_folders(folder, START).unwrap();
    }
    files.write("/etc/passwd", "", START).unwrap_err();
    files.make_folders("/etc", START).unwrap();
    files.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", START).unwrap();
    Machine::new(Setup { files, dialect, chance: Chance::new(7), hostname: "box".into(), ..Setup::default() })
}

/// What came of a process: standard output, standard error, exit code, how long it took.
#[derive(Debug, PartialEq)]
struct Outcome {
    out: String,
    err: String,
    code: i32,
    millis: u64,
}

fn run(machine: &Machine, args: &[&str]) -> Outcome {
    let process = machine.start(START, &Start { dir: "/w".into(), ..Start::of(args) }).unwrap();
    let (mut out, mut err, mut now, mut busy) = (Vec::new(), Vec::new(), START, 0);
    loop {
        let step = process.advance(now, FUEL);
        for chunk in process.take_output() {
            if chunk.stream == Stream::Out { &mut out } else { &mut err }.extend(chunk.bytes);
        }
        match step {
            Step::Exited(code) => {
                let text = |bytes| String::from_utf8(bytes).unwrap();
                let millis = now.since(START).as_millis() as u64;
                return Outcome { out: text(out), err: text(err), code, millis };
            }
            Step::SleepsUntil(at) => now = at,
            Step::Busy => busy += 1,
            Step::Waits => panic!("{args:?} waits"),
        }
        assert!(busy < 10_000, "{args:?} does not end");
    }
}

/// The rows of a file: shell, script, and what is expected.
fn rows(text: &str) -> Vec<(&str, &str, Outcome)> {
    let mut parts = text.split("### ").skip(1);
    let mut rows = Vec::new();
    while let Some(first) = parts.next() {
        let (shell, script) = first.split_once('\n').unwrap();
        let mut section = |name: &str| parts.next().unwrap().strip_prefix(name).unwrap().strip_suffix('\n').unwrap();
        let (out, err, code) = (section("out\n").to_owned(), section("err\n").to_owned(), section("exit "));
        rows.push((shell, script.trim_end_matches('\n'), Outcome { out, err, code: code.parse().unwrap(), millis: 0 }));
    }
    rows
}

#[track_caller]
fn check_rows(text: &str) {
    let rows = rows(text);
    assert!(!rows.is_empty());
    for (shell, script, expected) in rows {
        let dialect = if shell == "dash" { Dialect::Dash } else { Dialect::Bash };
        let found = run(&machine(dialect), &[shell, "-c", script]);
        // How long it takes is no part of these rows.
        assert_eq!(found, Outcome { millis: found.millis, ..expected }, "{shell}: {script}");
    }
}

#[test]
fn the_language_means_what_bash_means_by_it() {
    check_rows(include_str!("rows/language.txt"));
}

#[test]
fn mistakes_are_told_in_the_words_of_bash_and_dash() {
    check_rows(include_str!("rows/mistakes.txt"));
}

#[test]
fn sed_edits_as_gnu_sed_does() {
    check_rows(include_str!("rows/sed.txt"));
}

#[test]
fn awk_does_what_mawk_does() {
    check_rows(include_str!("rows/awk.txt"));
}

#[track_caller]
fn check(dialect: Dialect, script: &str, out: &str, err: &str, code: i32, millis: u64) {
    let expected = Outcome { out: out.into(), err: err.into(), code, millis };
    assert_eq!(run(&machine(dialect), &["sh", "-c", script]), expected, "{script}");
}

#[rustfmt::skip] // a table
#[test]
fn time_passes_only_where_something_waits() {
    use Dialect::{Bash, BusyBox, Dash};
    //    shell    script                                                         out            err  code millis
    check(BusyBox, "sleep 1.5; echo a",                                           "a\n",         "",  0,   1500);
    check(Bash,    "sleep 2 & sleep 1; echo a; wait; echo b",                     "a\nb\n",      "",  0,   2000);
    check(Bash,    "sleep 3 | sleep 1",                                           "",            "",  0,   3000);
    check(Bash,    "timeout 2 sleep 10; echo $?",                                 "124\n",       "",  0,   2000);
    check(BusyBox, "timeout 2 sleep 10; echo $?",                                 "143\n",       "",  0,   2000);
    check(Bash,    "read -t 1 x < <(sleep 5); echo $?",                           "142\n",       "",  0,   1000);
    check(Bash,    "SECONDS=0; sleep 3; echo $SECONDS",                           "3\n",         "",  0,   3000);
    check(Dash,    "date +%T; sleep 61; date +%T",                                "00:00:00\n00:01:01\n", "", 0, 61_000);
    check(Bash,    "for i in 1 2 3; do sleep 1; done",                            "",            "",  0,   3000);
    check(Bash,    "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; echo $i",    "5000\n",      "",  0,   0);
    check(BusyBox, "date",                                                        "Thu Jan  1 00:00:00 UTC 2026\n", "", 0, 0);
}

#[rustfmt::skip] // a table
#[test]
fn busybox_speaks_its_own_words() {
    //    script                    standard error                                                          code
    busybox("nope",                 "sh: nope: not found\n",                                                127);
    busybox("cat nope",             "cat: can't open 'nope': No such file or directory\n",                  1);
    busybox("ls nope",              "ls: nope: No such file or directory\n",                                1);
    busybox("rm nope",              "rm: can't remove 'nope': No such file or directory\n",                 1);
    busybox("mkdir /usr/bin/x",     "mkdir: can't create directory '/usr/bin/x': Read-only file system\n",  1);
    busybox("sleep x",              "sleep: invalid number 'x'\n",                                          1);
    busybox("cd /nope",             "sh: cd: line 1: can't cd to /nope: No such file or directory\n",       2);
    busybox("if",                   "sh: syntax error: unexpected end of file (expecting \"then\")\n",      2);
    busybox("echo $((1/0))",        "sh: divide by zero\n",                                                 2);
    busybox("bash -c true",         "sh: bash: not found\n",                                                127);
}

#[track_caller]
fn busybox(script: &str, err: &str, code: i32) {
    check(Dialect::BusyBox, script, "", err, code, 0);
}

#[rustfmt::skip] // a table
#[test]
fn no_script_takes_all_memory_or_never_comes_back() {
    //      script                                         the end of standard error, or that it is busy for ever
    bounded("while :; do :; done",                         None);
    bounded("yes > /dev/null",                             None);
    bounded("trap 'kill -TERM $$' TERM; kill -TERM $$; while :; do :; done", None);
    bounded("f() { f; }; f",                               Some("f: maximum function nesting level exceeded (1000)\n"));
    bounded("f() { f | f & }; f; wait",                    Some(""));
    bounded("while :; do sleep 1 & done",                  Some("fork: Resource temporarily unavailable\n"));
    bounded("x=a; while :; do x=$x$x; done",               Some("xrealloc: cannot allocate 8388608 bytes\n"));
    bounded("x=$(yes)",                                    Some(" bytes\n"));
    bounded("echo {1..100000000} | wc -c",                 Some("failed to allocate memory for 100000000 elements\n"));
    bounded("yes > f",                                     Some("yes: standard output: No space left on device\n"));
    bounded("echo \". ./s\" > s; . ./s",                   Some("maximum source nesting level exceeded (50)\n"));
    bounded("echo 'sh ./s' > s; sh ./s",                   Some("fork: Resource temporarily unavailable\n"));
    bounded("eval \"$(printf '(%.0s' {1..1000})\"",        Some("memory exhausted\n"));
    bounded("x=x; echo $((x))",                            Some("expression recursion level exceeded (error token is \"x\")\n"));
    bounded("echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | grep -E '(a*)*b'", Some(""));
    bounded("sed ':a;s/a/aa/;ba' <<< a",                   Some("sed: couldn't allocate memory\n"));
}

#[track_caller]
fn bounded(script: &str, said: Option<&str>) {
    let files = Files::with_limit(1 << 20);
    files.mount("/bin", &toolbox(Dialect::Bash)).unwrap();
    let machine = Machine::new(Setup { files, ..Setup::default() });
    let process = machine.start(START, &Start::of(&["bash", "-c", script])).unwrap();
    let (mut err, mut now) = (String::new(), START);
    for _ in 0..40 {
        let step = process.advance(now, FUEL);
        let printed = process.take_output();
        err.extend(printed.iter().filter(|chunk| chunk.stream == Stream::Err).map(Chunk::text));
        match step {
            Step::Exited(_) => {
                assert!(said.is_some_and(|said| err.ends_with(said)), "{script}: {err}");
                return;
            }
            Step::SleepsUntil(at) => now = at,
            Step::Waits | Step::Busy => {}
        }
    }
    assert!(said.is_none(), "{script} is still busy: {err}");
}

#[rustfmt::skip] // a table
#[test]
fn process_1_heeds_only_the_signals_it_asked_for() {
    //     script                                                               TERM after 5 s: exit code and when
    killed("sleep 100",                                                         None);
    killed("echo a; sleep 100; echo b",                                         None);
    killed("trap 'exit 3' TERM; sleep 60",                                      Some((3, 60)));
    killed("trap 'exit 3' TERM; sleep 60 & wait",                               Some((3, 5)));
    killed("trap 'echo bye; exit' TERM; while :; do sleep 1; done",             Some((0, 5)));
    killed("trap 'kill $p' TERM; sleep 60 & p=$!; wait $p",                     Some((143, 5)));
}

#[track_caller]
fn killed(script: &str, expected: Option<(i32, u64)>) {
    let process = machine(Dialect::BusyBox).start(START, &Start::of(&["sh", "-c", script])).unwrap();
    let mut now = START;
    let term = START + Duration::from_secs(5);
    let mut signalled = false;
    let ended = loop {
        match process.advance(now, FUEL) {
            Step::Exited(code) => break Some((code, now.since(START).as_secs())),
            Step::SleepsUntil(at) if !signalled => now = at.min(term),
            Step::SleepsUntil(at) if expected.is_some() => now = at,
            step => {
                assert!(matches!(step, Step::SleepsUntil(_)), "{script}: {step:?}");
                break None;
            }
        }
        process.take_output();
        if now == term && !signalled {
            signalled = true;
            process.signal(Signal::TERM);
        }
    };
    assert_eq!(ended, expected, "{script}");
    if expected.is_none() {
        process.signal(Signal::KILL);
        assert_eq!(process.advance(now, FUEL), Step::Exited(137));
        assert_eq!(process.ended_by(), Some(Signal::KILL));
    }
}

#[test]
fn a_second_process_shares_the_files_and_ends_with_the_first() {
    let machine = machine(Dialect::BusyBox);
    let first = machine.start(START, &Start::of(&["sh", "-c", "echo a > /tmp/f; sleep 10"])).unwrap();
    first.advance(START, FUEL);
    let second = machine.start(START, &Start::of(&["sh", "-c", "cat /tmp/f; sleep 100"])).unwrap();
    assert_eq!(second.advance(START, FUEL), Step::SleepsUntil(START + Duration::from_secs(10)));
    assert_eq!(second.take_output()[0].text(), "a\n");
    let end = START + Duration::from_secs(10);
    assert_eq!(first.advance(end, FUEL), Step::Exited(0));
    assert_eq!(second.exit_code(), Some(137));
    assert!(matches!(machine.start(end, &Start::of(&["nope"])), Err(StartError::NotInPath)));
    assert!(matches!(machine.start(end, &Start::of(&["/nope"])), Err(StartError::Path(Errno::NoEntry))));
    assert!(matches!(machine.start(end, &Start::of(&["/tmp"])), Err(StartError::Path(Errno::IsDirectory))));
}

/// Says what it is told, when it is told.
struct Echo(Rc<RefCell<Vec<String>>>, Rc<Cell<u32>>);

struct Echoing(Rc<RefCell<Vec<String>>>, Rc<Cell<u32>>);

impl Program for Echo {
    fn start(&self, call: Call) -> Box<dyn Running> {
        assert_eq!(call.var("X"), Some("1"));
        Box::new(Echoing(self.0.clone(), self.1.clone()))
    }
}

impl Running for Echoing {
    fn advance(&mut self, io: &mut Io<'_>, _now: Timestamp) -> Step {
        self.1.set(self.1.get() + 1);
        for text in self.0.take() {
            io.out(&text);
            if text.is_empty() {
                return Step::Exited(4);
            }
        }
        Step::Waits
    }
}

#[test]
fn a_program_from_outside_stands_in_a_pipeline_and_waits_for_its_answer() {
    let (mail, calls) = (Rc::<RefCell<Vec<String>>>::default(), Rc::<Cell<u32>>::default());
    let machine = machine(Dialect::Bash);
    machine.files().make_folders("/opt", START).unwrap();
    machine.install("/opt/ask", Rc::new(Echo(mail.clone(), calls.clone()))).unwrap();
    let script = "X=1 /opt/ask | while read l; do echo got $l; done; echo ${PIPESTATUS[@]}";
    let process = machine.start(START, &Start::of(&["bash", "-c", script])).unwrap();
    assert_eq!(process.advance(START, FUEL), Step::Waits);
    mail.borrow_mut().push("a\nb\n".into());
    assert_eq!(process.advance(START, FUEL), Step::Waits);
    assert_eq!(process.take_output()[0].text(), "got a\ngot b\n");
    mail.borrow_mut().push(String::new());
    assert_eq!(process.advance(START, FUEL), Step::Exited(0));
    assert_eq!(process.take_output()[0].text(), "4 0\n");
    assert!(calls.get() < 20, "it was called {} times", calls.get());
}

#[test]
fn what_lines_of_a_session_do_lasts() {
    let machine = machine(Dialect::Bash);
    let session = machine.session(START, "bash", &Start { dir: "/w".into(), ..Start::default() }).unwrap();
    let mut now = START;
    let mut type_line = |line: &str| {
        session.enter(line);
        let mut text = String::new();
        loop {
            let step = session.process().advance(now, FUEL);
            text.extend(session.process().take_output().iter().map(Chunk::text));
            match (session.next_ended(), step) {
                (Some(typed), _) => return (text, typed),
                (None, Step::SleepsUntil(at)) => now = at,
                (None, step) => assert_eq!(step, Step::Busy, "{line}"),
            }
        }
    };
    let done = |text: &str, status: i32| (text.to_owned(), Typed::Done(status));
    assert_eq!(type_line("x=5; alias ll='ls -1'"), done("", 0));
    assert_eq!(type_line("mkdir a && cd a; touch b c"), done("", 0));
    assert_eq!(type_line("ll; pwd; echo $x"), done("b\nc\n/w/a\n5\n", 0));
    assert_eq!(type_line("for i in 1 2; do"), (String::new(), Typed::More));
    assert_eq!(type_line("echo $i; done"), done("1\n2\n", 0));
    assert_eq!(type_line("cat <<EOF"), (String::new(), Typed::More));
    assert_eq!(type_line("text"), (String::new(), Typed::More));
    assert_eq!(type_line("EOF"), done("text\n", 0));
    assert_eq!(type_line("nope"), done("bash: nope: command not found\n", 127));
    assert_eq!(type_line("echo ${x?} ${y?no}; echo not"), done("bash: y: no\n", 1));
    assert_eq!(type_line("fi"), done("bash: syntax error near unexpected token `fi'\n", 2));
    assert_eq!(type_line("sleep 3 &"), done("[1] 6\n", 0));
    assert_eq!(type_line("sleep 5"), done("[1]+  Done                    sleep 3\n", 0));
    assert!(session.is_idle());
    session.enter("sleep 100; echo not");
    session.process().advance(now, FUEL);
    session.process().interrupt();
    session.process().advance(now, FUEL);
    assert_eq!(session.next_ended(), Some(Typed::Done(130)));
}

#[test]
fn volumes_are_shared_limited_and_guarded() {
    let (root, volume, keys) = (Files::new(), Files::with_limit(4096), Files::new());
    keys.write("/script.sh", "echo hi\n", START).unwrap();
    root.mount("/data", &volume).unwrap();
    root.mount("/etc/config", &keys.read_only()).unwrap();
    root.mount("/opt/script.sh", &keys.sub("/script.sh").unwrap().read_only()).unwrap();
    assert_eq!(root.write("/data/a", [b'x'; 3000], START), Ok(()));
    assert_eq!(volume.read("/a").unwrap().len(), 3000);
    assert_eq!(root.append("/data/a", [b'x'; 3000], START), Err(Errno::NoSpace));
    assert_eq!(root.remove("/data/a", START), Ok(()));
    assert_eq!(root.write("/data/b", [b'x'; 3000], START), Ok(()));
    assert_eq!(root.write("/etc/config/x", "", START), Err(Errno::ReadOnly));
    assert_eq!(root.write("/opt/script.sh", "", START), Err(Errno::ReadOnly));
    assert_eq!(root.read_text("/opt/script.sh").unwrap(), "echo hi\n");
    assert_eq!(root.remove("/data", START), Err(Errno::Busy));
    assert_eq!(root.rename("/data/b", "/c", START), Ok(()));
    assert_eq!(root.make_folder("/c/d", START), Err(Errno::NotDirectory));
    assert_eq!(root.read("/data/../c").unwrap().len(), 3000);
    root.make_link("/link", "etc/config", START).unwrap();
    assert_eq!(root.read_text("/link/script.sh").unwrap(), "echo hi\n");
    root.make_link("/loop", "/loop", START).unwrap();
    assert_eq!(root.read("/loop"), Err(Errno::Loop));
}

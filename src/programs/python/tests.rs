//! Scripts with what a real Python 3.11 made of them.

use super::Interpreter;
use crate::programs::redis::{Redis, request};
use crate::programs::testing::World;
use std::time::Duration;

/// After `===` a name and a script, after `---` its exit code and output, after `!!!` the last line of its errors.
const SCRIPTS: &str = include_str!("scripts.txt");

fn run(arguments: &[&str], input: &str) -> (String, String, i32) {
    let mut world = World::new();
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    world.start_or_end(Interpreter::new(&arguments), input);
    world.run(3600);
    let (output, errors) = world.streams(0);
    (output, errors, world.containers[0].ended.map_or(-1, |(_, code)| code))
}

#[test]
fn scripts_do_what_they_did_in_a_real_python() {
    let mut failed = Vec::new();
    for block in SCRIPTS.split("=== ").skip(1) {
        let (name, block) = block.split_once('\n').expect("a name");
        let (script, expected) = block.split_once("--- ").expect("an expectation");
        let (code, expected) = expected.split_once('\n').expect("a code");
        let (expected, error) = expected.split_once("!!! ").unwrap_or((expected, ""));
        let (output, errors, ended) = run(&["-c", script], "one\ntwo");
        let last = errors.trim_end().lines().last().unwrap_or_default();
        if (output.as_str(), ended.to_string().as_str(), last) != (expected, code, error.trim_end()) {
            let wrong = output.lines().zip(expected.lines()).find(|(ours, theirs)| ours != theirs);
            failed.push(format!("{name}: exit {ended} for {code}, {last:?} for {error:?}, {wrong:#?}\n{errors}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_script_comes_from_an_argument_a_file_or_the_input() {
    let check = |arguments: &[&str], input: &str, expected: (&str, &str, i32)| {
        let (output, errors, code) = run(arguments, input);
        assert_eq!((output.as_str(), errors.as_str(), code), expected, "{arguments:?}");
    };
    check(&["-c", "import sys; print(sys.argv)", "a", "-b"], "", ("['-c', 'a', '-b']\n", "", 0));
    check(&["-u", "-c", "print(1)"], "", ("1\n", "", 0));
    check(&["-"], "print(input)\n", ("<built-in function input>\n", "", 0));
    check(&[], "import sys\nprint(sys.argv)", ("['']\n", "", 0));
    let missing = "python3: can't open file 'worker.py': [Errno 2] No such file or directory\n";
    check(&["worker.py"], "", ("", missing, 2));
    let unknown = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nModuleNotFoundError: No module named 'numpy'\n";
    check(&["-c", "import numpy"], "", ("", unknown, 1));
}

/// Jinja's template of the documents, with the one-line program that fills it in.
#[test]
fn templates_are_filled_in() {
    let program = "from jinja2 import Template; import sys; print(Template(sys.stdin.read()).render());";
    let template = "{% set params = [{ \"name\": \"apple\", \"url\": \"http://dbpedia.org/resource/Apple\", },\n\
                    { \"name\": \"banana\", \"url\": \"http://dbpedia.org/resource/Banana\", }]\n%}\n\
                    {% for p in params %}\n{% set name = p[\"name\"] %}\n---\nname: jobexample-{{ name }}\nurl: {{ p[\"url\"] | upper }}\n{% endfor %}\n";
    let filled = "\n\n\n---\nname: jobexample-apple\nurl: HTTP://DBPEDIA.ORG/RESOURCE/APPLE\n\n\n---\n\
                  name: jobexample-banana\nurl: HTTP://DBPEDIA.ORG/RESOURCE/BANANA\n\n";
    assert_eq!(run(&["-c", program], template), (filled.to_owned(), String::new(), 0));
    let check = |template: &str, expected: &str| {
        let program = format!("from jinja2 import Template; print(Template({template:?}).render(x=2, who='me'))");
        assert_eq!(run(&["-c", &program], "").0, format!("{expected}\n"), "{template}");
    };
    check("{{ who }}{# nothing #} {{ x + 1 }} {{ nobody }}|{{ nobody | default('d') }}", "me 3 |d");
    check(
        "{% if x > 1 %}many{% elif x %}one{% else %}none{% endif %} {%- for i in range(x) %}[{{ i }}]{% endfor %}",
        "many[0][1]",
    );
}

#[test]
fn sleeping_takes_virtual_time_and_counting_takes_fuel() {
    let mut world = World::new();
    let script = "import time\nstart = time.time()\nfor i in range(3):\n    time.sleep(2.5)\nprint(round(time.time() - start, 3))";
    world.start_or_end(Interpreter::new(&["-c".to_owned(), script.to_owned()]), "");
    let start = world.now;
    world.run(60);
    assert_eq!(world.printed(0), "7.5\n");
    assert_eq!(
        world.containers[0].ended.map(|(at, code)| (at.since(start), code)),
        Some((Duration::from_millis(7500), 0))
    );
}

#[test]
fn no_script_takes_all_the_memory_or_the_stack() {
    let check = |script: &str, last: &str| {
        let (_, errors, code) = run(&["-c", script], "");
        assert_eq!((errors.lines().last().unwrap_or_default(), code), (last, 1), "{script}");
    };
    check("x = []\nwhile True:\n    x.append('x' * 100000)", "MemoryError");
    check("x = 'x' * 10 ** 12", "MemoryError");
    check("x = list(range(10 ** 12))", "MemoryError");
    check("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded");
    check(&format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000)), "SyntaxError: too many statically nested blocks");
    // What cannot be reached any more is not kept.
    let (output, ..) = run(&["-c", "for i in range(20000):\n    x = ['y' * 10000]\nprint(len(x))"], "");
    assert_eq!(output, "1\n");
}

#[test]
fn a_redis_client_waits_and_is_told_what_is_wrong() {
    let run = |script: &str| {
        let mut world = World::new().serve("redis", Redis::new());
        world.start_or_end(Interpreter::new(&["-c".to_owned(), format!("import redis\n{script}")]), "");
        world.run(60);
        world.printed(0)
    };
    let check = |script: &str, expected: &str| assert_eq!(run(script).lines().last(), Some(expected), "{script}");
    check(
        "r = redis.Redis(host='redis')\nr.rpush('q', 'a', 'b')\nprint(r.lrange('q', 0, -1), r.llen('q'), r.blpop('q'))",
        "[b'a', b'b'] 2 (b'q', b'a')",
    );
    check(
        "r = redis.StrictRedis('redis', decode_responses=True)\nr.set('k', 5)\nprint(r.get('k'), r.incr('k'), r.get('no'))",
        "5 6 None",
    );
    check(
        "import time\nr = redis.Redis(host='redis')\nt = time.time()\nprint(r.brpoplpush('a', 'b', 3), time.time() - t)",
        "None 3.0",
    );
    check(
        "r = redis.Redis(host='redis')\nr.set('k', 'x')\nr.lpush('k', 1)",
        "redis.exceptions.ResponseError: WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    check(
        "redis.Redis(host='nobody').ping()",
        "redis.exceptions.ConnectionError: Error -2 connecting to nobody:6379. Name or service not known.",
    );
    check(
        "try:\n    redis.Redis(host='other').ping()\nexcept redis.exceptions.ConnectionError as e:\n    print('no:', e)",
        "no: Error 111 connecting to other:6379. Connection refused.",
    );
}

/// The worker of the documents' Job of fine parallel work, twice beside each other.
#[test]
fn two_workers_share_a_queue() {
    let mut world = World::new().serve("redis", Redis::new());
    let words = ["rpush", "job2", "apple", "banana", "cherry", "date", "fig"].map(|word| word.as_bytes().to_vec());
    let connection = world.network.connect("redis", 6379).expect("a server");
    world.network.send(world.now, connection, &request(&words));
    for _ in 0..2 {
        let around = world.start_or_end(Interpreter::new(&["./worker.py".to_owned()]), "");
        around.files.insert("./worker.py".to_owned(), include_bytes!("../images/redis/worker.py").to_vec());
        around.files.insert("./rediswq.py".to_owned(), include_bytes!("../images/redis/rediswq.py").to_vec());
    }
    let start = world.now;
    world.run(600);
    let lines: Vec<String> = (0..2).map(|place| world.printed(place)).collect();
    for (place, lines) in lines.iter().enumerate() {
        let lines: Vec<&str> = lines.lines().collect();
        assert!(lines[0].starts_with("Worker with sessionID: ") && lines[0].len() == 59, "{lines:?}");
        assert_eq!(lines[1], "Initial queue state: empty=False");
        assert_eq!(lines.last(), Some(&"Queue empty, exiting"), "worker {place}");
    }
    let mut items: Vec<&str> =
        lines.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("Working on ")).collect();
    items.sort_unstable();
    assert_eq!(items, ["apple", "banana", "cherry", "date", "fig"], "each item is worked on once");
    let seconds: Vec<u64> =
        world.containers.iter().filter_map(|one| one.ended).map(|(at, _)| at.since(start).as_secs()).collect();
    assert_eq!(seconds, [30, 30], "three rounds of ten seconds");
    let left = world.network.at(world.now).remove(0).1.contents(world.now);
    assert!(left.iter().all(|item| item.name.contains("lease")), "{left:?}");
}

//! What real servers of version 7.0 answered, and what only virtual time can show.

use super::cli::Cli;
use super::server::Redis;
use crate::programs::testing::World;
use std::time::Duration;

/// Commands behind `> `, each followed by what `redis-cli --no-raw` printed for it.
const SESSION: &str = include_str!("session.txt");

fn cli(line: &str) -> Cli {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    Cli::new(&words).unwrap_or_else(|(error, _)| panic!("{error}"))
}

#[test]
fn it_answers_as_a_real_one_did() {
    let commands: String =
        SESSION.lines().filter_map(|line| line.strip_prefix("> ")).map(|line| format!("{line}\n")).collect();
    let expected: String =
        SESSION.lines().filter(|line| !line.starts_with("> ")).map(|line| format!("{line}\n")).collect();
    let mut world = World::new().serve("redis", Redis::new());
    world.start(cli("-h redis --no-raw"), &commands);
    world.run(100);
    assert_eq!(world.printed(0), expected);
}

/// Runs one command; its output, errors and exit code, and how many seconds it took.
fn one_shot(line: &str, terminal: bool) -> (String, i32, u64) {
    let mut world = World::new().serve("redis", Redis::new());
    world.start(cli(line), "from input").terminal = terminal;
    let start = world.now;
    world.run(60);
    let (end, code) = world.containers[0].ended.unwrap_or((world.now, -1));
    (world.printed(0), code, end.since(start).as_secs())
}

#[test]
fn one_command_prints_for_a_person_or_for_a_program() {
    let check = |line: &str, terminal: bool, printed: &str, code: i32, seconds: u64| {
        assert_eq!(one_shot(line, terminal), (printed.to_owned(), code, seconds), "{line}");
    };
    check("-h redis rpush job2 apple banana", true, "(integer) 2\n", 0, 0);
    check("-h redis rpush job2 apple banana", false, "2\n", 0, 0);
    check("-h redis get nothing", true, "(nil)\n", 0, 0);
    check("-h redis get nothing", false, "\n", 0, 0);
    check("-h redis -x set key", false, "OK\n", 0, 0);
    check("-h redis nonsense", true, "(error) ERR unknown command 'nonsense', with args beginning with: \n", 0, 0);
    check("-h redis -e nonsense", false, "ERR unknown command 'nonsense', with args beginning with: \n\n", 1, 0);
    check("-h redis -r 3 -i 2 incr n", false, "1\n2\n3\n", 0, 4);
    check("-u redis://redis:6379/0 ping", false, "PONG\n", 0, 0);
    check("-h redis blpop job2 2.5", true, "(nil)\n", 0, 2);
    check("-h redis blpop job2 0", true, "", -1, 60);
    check("-h redis -p 6380 ping", true, "Could not connect to Redis at redis:6380: Connection refused\n", 1, 0);
    check("-h nobody ping", true, "Could not connect to Redis at nobody:6379: Name or service not known\n", 1, 0);
}

#[test]
fn a_person_sees_a_prompt() {
    let check = |line: &str, typed: &str, printed: &str| {
        let mut world = World::new().serve("redis", Redis::new());
        world.start(cli(line), typed).terminal = true;
        world.run(60);
        assert_eq!(world.printed(0), printed, "{line}: {typed}");
        assert_eq!(world.containers[0].ended.map(|(_, code)| code), Some(0));
    };
    check("-h redis", "rpush job2 \"apple\"\nexit\n", "redis:6379> (integer) 1\nredis:6379> ");
    let refused = "Could not connect to Redis at nobody:6379: Name or service not known\n";
    check("-h nobody", "ping\n", &format!("not connected> not connected> {}", refused.repeat(3)));
}

#[test]
fn who_waited_longest_is_served_first() {
    let mut world = World::new().serve("redis", Redis::new());
    world.start(cli("-h redis blpop job2 0"), "");
    world.start(cli("-h redis brpoplpush job2 taken 0"), "");
    world.start(cli("-h redis blpop job2 3"), "");
    world.start(cli("-h redis blpop other job2 0"), "");
    world.run(5);
    world.start(cli("-h redis rpush job2 apple banana cherry"), "");
    world.run(5);
    let printed: Vec<String> = (0..5).map(|place| world.printed(place)).collect();
    assert_eq!(printed, ["job2\napple\n", "cherry\n", "\n", "job2\nbanana\n", "3\n"]);
}

#[test]
fn a_key_expires_on_the_virtual_clock() {
    let mut world = World::new().serve("redis", Redis::new());
    world.start(cli("-h redis setex lease 10 mine"), "");
    world.start(cli("-h redis -r 6 -i 2 exists lease"), "");
    world.run(60);
    assert_eq!(world.printed(1), "1\n1\n1\n1\n1\n0\n");
}

#[test]
fn what_it_held_can_be_seen_at_any_instant() {
    let mut world = World::new().serve("redis", Redis::new());
    world.start(cli("-h redis -r 3000 -i 1 rpush job2 item"), "");
    let start = world.now;
    world.run(4000);
    let count = |second: u64| {
        let servers = world.network.at(start + Duration::from_secs(second));
        servers[0].1.contents(world.now).first().map_or(0, |item| item.count)
    };
    for second in [0, 1, 62, 63, 64, 1000, 2047, 2998, 2999, 3500] {
        assert_eq!(count(second), 3000.min(second as usize + 1), "after {second} s");
    }
    assert!(world.network.at(start - Duration::from_secs(1)).is_empty());
}

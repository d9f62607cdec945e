//! What the real programs printed, with RabbitMQ 3.10 and amqp-tools 0.11, and what becomes of messages.

use super::{RabbitMq, Tool};
use crate::programs::testing::World;

fn start(world: &mut World, line: &str, input: &str) {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut arguments = words[1..].to_vec();
    arguments.insert(0, "--url=amqp://guest:guest@rabbitmq-service:5672".to_owned());
    world.start_or_end(Tool::new(&words[0], &arguments), input);
}

fn world() -> World {
    World::new().serve("rabbitmq-service", RabbitMq::new())
}

#[test]
fn the_tools_print_what_the_real_ones_print() {
    let mut world = world();
    let mut check = |line: &str, printed: &str, code: i32| {
        let place = world.containers.len();
        start(&mut world, line, "l1\nl2\n");
        world.run(10);
        let ended = world.containers[place].ended.map_or(-1, |(_, code)| code);
        assert_eq!((world.printed(place).as_str(), ended), (printed, code), "{line}");
        world.kill(place);
    };
    let not_equal = "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'foo' in vhost '/': received 'false' but current is 'true'";
    check("amqp-declare-queue -q foo -d", "foo\n", 0);
    check("amqp-declare-queue -q foo -d", "foo\n", 0);
    check("amqp-declare-queue -q foo", &format!("queue.declare: server channel error 406, message: {not_equal}\n"), 1);
    check("amqp-declare-queue", "queue name not specified\n", 1);
    check(
        "amqp-declare-queue -q amq.foo",
        "queue.declare: server channel error 403, message: ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'\n",
        1,
    );
    check("amqp-publish -r foo -p -b Hello", "", 0);
    check("amqp-publish -r nosuch -p -b Hello", "", 0);
    check(
        "amqp-publish -e nosuch -r foo -b Hello",
        "closing channel: server channel error 404, message: NOT_FOUND - no exchange 'nosuch' in vhost '/'\n",
        1,
    );
    check("amqp-publish", "neither exchange nor routing key specified\n", 1);
    check("amqp-consume -q foo -c 1 cat", "Hello", 0);
    check("amqp-publish -r foo -p -b World", "", 0);
    check("amqp-consume -q foo -c 1 false", "", 0);
    check("amqp-consume -q foo -c 1 cat", "World", 0);
    check("amqp-consume -q foo -c 1 cat", "", -1);
    check(
        "amqp-consume -q nosuch -c 1 cat",
        "basic.consume: server channel error 404, message: NOT_FOUND - no queue 'nosuch' in vhost '/'\n",
        1,
    );
    check("amqp-get -q foo", "", 2);
    check("amqp-publish -r foo", "", 0);
    check("amqp-publish -r foo -l", "", 0);
    check("amqp-get -q foo", "l1\nl2\n", 0);
    check("amqp-get -q foo", "l1\n", 0);
    check(
        "amqp-get -q nosuch",
        "basic.get: server channel error 404, message: NOT_FOUND - no queue 'nosuch' in vhost '/'\n",
        1,
    );
    check("amqp-consume -q foo -c 1 nosuchcommand", "posix_spawnp: nosuchcommand: No such file or directory\n", 1);
    check("amqp-consume -q foo -c 1 -- cat -c", "l2\n", 0);
    check("amqp-consume cat", "Server provided queue name: amq.gen-8jYt5La6Rr7h4sj6jxqADh\n", -1);
    check("amqp-delete-queue -q foo", "0\n", 0);
    check("amqp-delete-queue --port 5673 -q foo", "opening socket to rabbitmq-service:5673\n", 1);
    check(
        "amqp-get --url=amqp://guest:wrong@rabbitmq-service -q foo",
        "logging in to AMQP server: server connection error 403, message: ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.\n",
        1,
    );
    check(
        "amqp-get --url=http://rabbitmq-service -q foo",
        "Parsing URL 'http://rabbitmq-service': could not parse AMQP URL\n",
        1,
    );
    check(
        "amqp-declare-queue -q a b",
        "unexpected operand: b
Usage: amqp-declare-queue [-?] [-u|--url=amqp://...] [-s|--server=hostname]
        [--port=port] [--vhost=vhost] [--username=username]
        [--password=password] [--heartbeat=heartbeat] [--authfile=file]
        [--ssl] [--cacert=cacert.pem] [--key=key.pem] [--cert=cert.pem]
        [-q|--queue=queue] [-d|--durable] [-?|--help] [--usage]
        [OPTIONS]...\n",
        1,
    );
    check(
        "amqp-consume -q foo -c 1 sh -c exit",
        "exit: invalid numeric value
Usage: amqp-consume [-dxA?] [-u|--url=amqp://...] [-s|--server=hostname]
        [--port=port] [--vhost=vhost] [--username=username]
        [--password=password] [--heartbeat=heartbeat] [--authfile=file]
        [--ssl] [--cacert=cacert.pem] [--key=key.pem] [--cert=cert.pem]
        [-q|--queue=queue] [-e|--exchange=exchange]
        [-r|--routing-key=routing key] [-d|--declare] [-x|--exclusive]
        [-A|--no-ack] [-c|--count=limit] [-p|--prefetch-count=limit]
        [-?|--help] [--usage] [OPTIONS]... <command> <args>\n",
        1,
    );
}

/// Starts with four messages, `a` to `d`.
fn filled() -> World {
    let mut world = world();
    for line in ["amqp-declare-queue -q job1 -d", "amqp-publish -r job1 -b a", "amqp-publish -r job1 -b b"] {
        start(&mut world, line, "");
        world.run(0);
    }
    for line in ["amqp-publish -r job1 -b c", "amqp-publish -r job1 -b d"] {
        start(&mut world, line, "");
        world.run(0);
    }
    world
}

fn left(world: &World) -> Vec<String> {
    world.network.at(world.now).remove(0).1.contents(world.now).remove(0).first
}

#[test]
fn consumers_with_a_limit_leave_the_rest_to_others() {
    let mut world = filled();
    start(&mut world, "amqp-consume -q job1 -c 1 slow-cat", "");
    start(&mut world, "amqp-consume -q job1 -c 1 cat", "");
    world.run(60);
    assert_eq!((world.printed(5), world.printed(6)), ("a".to_owned(), "b".to_owned()));
    assert_eq!(left(&world), ["c", "d"]);
}

#[test]
fn one_without_a_limit_holds_them_all_until_it_is_gone() {
    let mut world = filled();
    start(&mut world, "amqp-consume -q job1 slow-cat", "");
    start(&mut world, "amqp-consume -q job1 -c 1 cat", "");
    world.run(5);
    assert_eq!(world.printed(6), "");
    world.kill(5);
    world.run(0);
    // It was done with two; the third, on which it worked, is the first again.
    assert_eq!(world.printed(6), "c");
    assert_eq!(left(&world), ["d"]);
}

#[test]
fn a_message_comes_back_unless_the_command_succeeded() {
    let mut world = filled();
    start(&mut world, "amqp-consume -q job1 -c 2 false", "");
    world.run(0);
    assert_eq!(left(&world), ["a", "b", "c", "d"]);
    start(&mut world, "amqp-consume -q job1 -c 2 -A false", "");
    world.run(0);
    assert_eq!(left(&world), [] as [&str; 0], "what is not to be acknowledged is gone once it is delivered");
}

//! Small programs that look at the network: `ping`, `nslookup`; and `apt-get`, which brings more of them.

use super::names::is_address;
use super::wires::{Shared, Wires};
use crate::node::runtime::CLUSTER_DNS;
use crate::shell::{Call, Dialect, Io, Program, Running, Signal, Step};
use crate::sim::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// How long `ping` waits for the last answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that needs the network, by its name.
pub fn tool(name: &str, wires: &Wires) -> Option<Rc<dyn Program>> {
    let start: fn(Wires, Call) -> Box<dyn Running> = match name {
        "ping" => |wires, call| Box::new(Ping { wires, call, state: None }),
        "nslookup" => |wires, call| Box::new(NsLookUp { wires, call }),
        "apt" | "apt-get" => |_, call| Box::new(Apt { call, until: None }),
        _ => return None,
    };
    Some(Rc::new(Tool { wires: wires.clone(), start }))
}

struct Tool {
    wires: Wires,
    start: fn(Wires, Call) -> Box<dyn Running>,
}

impl Program for Tool {
    fn start(&self, call: Call) -> Box<dyn Running> {
        (self.start)(self.wires.clone(), call)
    }
}

/// Does something with the names of now; nothing where they have to be fetched first.
fn with_names<T>(wires: &Wires, act: impl FnOnce(&Shared) -> T) -> Option<T> {
    let mut shared = wires.0.borrow_mut();
    shared.wanted |= !shared.fresh;
    shared.fresh.then(|| act(&shared))
}

/// `ping`: whether somebody answers at an address.
struct Ping {
    wires: Wires,
    call: Call,
    state: Option<Pinging>,
}

struct Pinging {
    /// As it was called.
    target: String,
    address: String,
    count: Option<u64>,
    interval: Duration,
    /// When it ends, whatever comes.
    deadline: Option<Timestamp>,
    quiet: bool,
    sent: u64,
    received: u64,
    /// When the next one is sent, or the answers are given up.
    next: Timestamp,
    /// Microseconds: the shortest, all, the longest.
    times: Option<(u64, u64, u64)>,
}

impl Ping {
    /// Reads the arguments, and looks the name up; what is wrong, and the exit code.
    fn begin(&self, shared: &Shared, now: Timestamp) -> Result<Pinging, (String, i32)> {
        let (mut target, mut count, mut interval, mut seconds, mut quiet) = (None, None, 1.0, None, false);
        let usage = || ("BusyBox v1.36.1 multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n".to_owned(), 1);
        let mut args = self.call.args.iter().skip(1);
        while let Some(arg) = args.next() {
            let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                target = Some(arg.clone());
                continue;
            };
            let (letter, rest) = letters.split_at(letters.chars().next().map_or(0, char::len_utf8));
            match letter {
                "q" => quiet = true,
                "4" | "n" | "A" => {}
                "c" | "i" | "w" | "W" | "s" | "t" | "I" | "p" => {
                    let value = if rest.is_empty() { args.next().ok_or_else(usage)?.as_str() } else { rest };
                    let number = || value.parse::<u64>().map_err(|_| (format!("ping: invalid number '{value}'\n"), 1));
                    match letter {
                        "c" => count = Some(number()?).filter(|count| *count > 0),
                        "w" => seconds = Some(number()?),
                        "i" => interval = value.parse::<f64>().map_err(|_| usage())?.clamp(0.01, 86_400.0),
                        _ => {}
                    }
                }
                _ => return Err((format!("ping: unrecognized option: {letter}\n{}", usage().0), 1)),
            }
        }
        let target = target.ok_or_else(usage)?;
        let found = shared.names.look_up(&target, &self.call.files, now);
        let address = found.and_then(|found| found.addresses.into_iter().next());
        let address = address.ok_or_else(|| (format!("ping: bad address '{target}'\n"), 1))?;
        let interval = Duration::from_millis((interval * 1000.0) as u64);
        let deadline = seconds.map(|seconds| now + Duration::from_secs(seconds));
        Ok(Pinging { target, address, count, interval, deadline, quiet, sent: 0, received: 0, next: now, times: None })
    }
}

impl Pinging {
    /// How long an answer takes, in microseconds: by the number of the question, as nothing else differs.
    fn takes(&self) -> u64 {
        let mixed = self.address.bytes().fold(self.sent.wrapping_mul(2_654_435_761), |hash, byte| {
            hash.rotate_left(5).wrapping_mul(31) ^ u64::from(byte)
        });
        58 + mixed % 90
    }

    fn summary(&self) -> String {
        let lost = (self.sent - self.received) * 100 / self.sent.max(1);
        let mut text = format!(
            "\n--- {} ping statistics ---\n{} packets transmitted, {} packets received, {lost}% packet loss\n",
            self.target, self.sent, self.received
        );
        if let Some((least, all, most)) = self.times {
            let millis = |micros: u64| format!("{}.{:03}", micros / 1000, micros % 1000);
            let mean = all / self.received.max(1);
            text += &format!("round-trip min/avg/max = {}/{}/{} ms\n", millis(least), millis(mean), millis(most));
        }
        text
    }
}

impl Running for Ping {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => match with_names(&self.wires, |shared| self.begin(shared, now)) {
                None => return Step::Waits,
                Some(Err((text, code))) => {
                    io.err(text);
                    return Step::Exited(code);
                }
                Some(Ok(state)) => {
                    io.catch(Signal::INT);
                    io.out(format!("PING {} ({}): 56 data bytes\n", state.target, state.address));
                    state
                }
            },
        };
        let stopped = !io.signals().is_empty() || state.deadline.is_some_and(|deadline| now >= deadline);
        let asked_all = state.count.is_some_and(|count| state.sent >= count);
        if stopped || (asked_all && (state.received == state.sent || now >= state.next)) {
            io.out(state.summary());
            return Step::Exited(i32::from(state.received == 0));
        }
        if !asked_all && now >= state.next {
            let Some(answered) = with_names(&self.wires, |shared| shared.names.answers(&state.address, now)) else {
                self.state = Some(state);
                return Step::Waits;
            };
            if answered {
                let took = state.takes();
                let (least, all, most) = state.times.unwrap_or((took, 0, took));
                state.times = Some((least.min(took), all + took, most.max(took)));
                state.received += 1;
                if !state.quiet {
                    let seq = state.sent;
                    let time = format!("0.{took:03}");
                    io.out(format!("64 bytes from {}: seq={seq} ttl=63 time={time} ms\n", state.address));
                }
            }
            state.sent += 1;
            let last = state.count.is_some_and(|count| state.sent >= count);
            // The last answer is here, or it is waited for.
            state.next = match last {
                true if state.received == state.sent => now,
                true => now + PATIENCE,
                false => now + state.interval,
            };
        }
        let until = state.deadline.map_or(state.next, |deadline| deadline.min(state.next));
        self.state = Some(state);
        Step::SleepsUntil(until)
    }
}

/// `nslookup`: what the name server says.
struct NsLookUp {
    wires: Wires,
    call: Call,
}

impl Running for NsLookUp {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let Some(name) = self.call.args.iter().skip(1).find(|arg| !arg.starts_with('-')).cloned() else {
            io.err("Usage: nslookup HOST\n");
            return Step::Exited(1);
        };
        let Some(found) = with_names(&self.wires, |shared| shared.names.ask(&name, &self.call.files, now)) else {
            return Step::Waits;
        };
        let config = self.call.files.read_text("/etc/resolv.conf").unwrap_or_default();
        let server =
            config.lines().find_map(|line| line.strip_prefix("nameserver ")).unwrap_or(CLUSTER_DNS).trim().to_owned();
        let port = if self.call.dialect == Dialect::BusyBox { format!("{server}:53") } else { format!("{server}#53") };
        io.out(format!("Server:\t\t{server}\nAddress:\t{port}\n\n"));
        match found.filter(|_| !is_address(&name)) {
            Some(found) => {
                for address in &found.addresses {
                    io.out(format!("Name:\t{}\nAddress: {address}\n", found.name));
                }
                io.out("\n");
                Step::Exited(0)
            }
            None => {
                io.out(format!("** server can't find {name}: NXDOMAIN\n\n"));
                Step::Exited(1)
            }
        }
    }
}

/// Where the programs lie that `apt-get` can bring.
pub const ARCHIVES: &str = "/var/cache/apt/archives";
/// What is there once the lists of packages have been fetched.
const LISTS: &str = "/var/lib/apt/lists/packages";
/// How long it takes to fetch the lists, and to install packages.
const FETCHING: Duration = Duration::from_secs(2);

/// Packages and the programs they bring; of some there are none in here.
pub const PACKAGES: &[(&str, &[&str])] = &[
    ("amqp-tools", &["amqp-consume", "amqp-declare-queue", "amqp-delete-queue", "amqp-get", "amqp-publish"]),
    ("bind9-dnsutils", &["nslookup"]),
    ("ca-certificates", &[]),
    ("curl", &[]),
    ("dnsutils", &["nslookup"]),
    ("inetutils-ping", &["ping"]),
    ("iputils-ping", &["ping"]),
    ("python", &["python3", "python"]),
    ("python-is-python3", &["python"]),
    ("python3", &["python3"]),
    ("redis-tools", &["redis-cli"]),
    ("vim", &[]),
    ("wget", &[]),
];

/// `apt-get`: brings the programs of packages.
struct Apt {
    call: Call,
    until: Option<Timestamp>,
}

impl Apt {
    fn install(&self, io: &mut Io<'_>, packages: &[&str], now: Timestamp) -> i32 {
        let files = &self.call.files;
        let found =
            |name: &&str| PACKAGES.iter().find(|(known, _)| known == name).filter(|_| files.stat(LISTS).is_ok());
        if let Some(missing) = packages.iter().find(|name| found(name).is_none()) {
            io.err(format!("E: Unable to locate package {missing}\n"));
            return 100;
        }
        io.out(format!("The following NEW packages will be installed:\n  {}\n", packages.join(" ")));
        for (name, programs) in packages.iter().filter_map(found) {
            io.out(format!("Setting up {name} ...\n"));
            let there = |program: &&&str| files.stat(&format!("{ARCHIVES}/{program}")).is_ok();
            for program in programs.iter().filter(there) {
                let link = format!("/usr/bin/{program}");
                let _ = files.remove(&link, now);
                let _ = files.make_link(&link, &format!("{ARCHIVES}/{program}"), now);
            }
            if !matches!(*name, "ca-certificates") && programs.iter().filter(there).count() == 0 {
                io.err(format!("[Jobscope] {name} is installed in name only: nobody can run it in here.\n"));
            }
        }
        0
    }
}

impl Running for Apt {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let mut words = self.call.args.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-'));
        let (verb, packages) = (words.next().unwrap_or(""), words.collect::<Vec<_>>());
        if !matches!(verb, "update" | "install" | "upgrade" | "clean") {
            io.err(format!("E: Invalid operation {verb}\n"));
            return Step::Exited(100);
        }
        let until = *self.until.get_or_insert(now + FETCHING);
        if now < until {
            return Step::SleepsUntil(until);
        }
        io.out("Reading package lists...\n");
        match verb {
            "update" => {
                let _ = self.call.files.make_folders("/var/lib/apt/lists", now);
                let _ = self.call.files.write(LISTS, "", now);
                Step::Exited(0)
            }
            "install" => {
                io.out("Building dependency tree...\nReading state information...\n");
                Step::Exited(self.install(io, &packages, now))
            }
            _ => Step::Exited(0),
        }
    }
}

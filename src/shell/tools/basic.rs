//! Programs of a few lines: true, echo, cat, hostname, env, whoami …

use super::{Desk, Filter, Plan, Run, Tool, Want};

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "cat", run: Run::Filter(cat) },
    Tool { name: "false", run: Run::Plain(|_| 1) },
    Tool { name: "hostname", run: Run::Plain(hostname) },
    Tool { name: "true", run: Run::Plain(|_| 0) },
];

/// `cat [-n] [file...]`
struct Cat {
    number: Option<usize>,
}

fn cat(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let mut files: Vec<String> = desk.args.drain(1..).collect();
    let numbered = files.iter().any(|arg| arg == "-n");
    files.retain(|arg| !matches!(arg.as_str(), "-n" | "-u" | "--"));
    if files.is_empty() {
        files.push("-".into());
    }
    Ok(Plan { filter: Box::new(Cat { number: numbered.then_some(0) }), files })
}

impl Filter for Cat {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        if let Some(number) = &mut self.number {
            *number += 1;
            desk.out(format!("{number:6}\t"));
        }
        desk.out(line);
        Want::More
    }
}

fn hostname(desk: &mut Desk<'_>) -> i32 {
    let setup = &desk.task.kernel.setup;
    let host = &setup.hostname;
    let full = if setup.domain.is_empty() { host.clone() } else { format!("{host}.{}", setup.domain) };
    match desk.args.get(1).map(String::as_str) {
        None => desk.line(host),
        Some("-f" | "--fqdn" | "--long") => desk.line(full),
        Some("-s" | "--short") => desk.line(host.split('.').next().unwrap_or("")),
        Some("-d" | "--domain") => desk.line(&setup.domain),
        Some(_) => {
            desk.complain(
                desk.words("you must be root to change the host name", "sethostname: Operation not permitted"),
            );
            return 1;
        }
    }
    0
}

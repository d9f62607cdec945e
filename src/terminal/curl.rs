//! `curl` and `wget`: there is no network, but what the documents download is here.

use super::web;
use crate::shell::{Call, Io, Program, Running, Step, absolute};
use crate::sim::Timestamp;

/// `curl`, `wget`
pub struct Curl;

impl Program for Curl {
    fn start(&self, call: Call) -> Box<dyn Running> {
        Box::new(Fetching(call))
    }
}

struct Fetching(Call);

/// What is to be done with what is fetched.
#[derive(Default)]
struct Plan<'a> {
    addresses: Vec<&'a str>,
    /// `-O`: a file of the name that the address ends with.
    keep_name: bool,
    /// `-o FILE`
    file: Option<&'a str>,
    /// `-f`: an error page is an error.
    fail: bool,
    silent: bool,
    help: bool,
}

impl<'a> Plan<'a> {
    fn read(args: &'a [String], is_wget: bool) -> Result<Self, String> {
        let mut plan = Self { keep_name: is_wget, fail: is_wget, ..Self::default() };
        let mut args = args.iter().skip(1).map(String::as_str);
        while let Some(arg) = args.next() {
            let letters = match arg.strip_prefix("--") {
                Some("output" | "output-document") => "o",
                Some("remote-name") => "O",
                Some("fail") => "f",
                Some("silent" | "quiet") => "s",
                Some("help") => "h",
                Some("location" | "show-error" | "insecure" | "compressed") => continue,
                Some(other) => return Err(format!("curl: option --{other}: is unknown\n")),
                None => match arg.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                    Some(letters) => letters,
                    None => {
                        plan.addresses.push(arg);
                        continue;
                    }
                },
            };
            for (at, letter) in letters.char_indices() {
                match letter {
                    'O' if !is_wget => plan.keep_name = true,
                    'f' => plan.fail = true,
                    's' | 'q' => plan.silent = true,
                    'h' => plan.help = true,
                    'L' | 'S' | 'k' | '#' => {}
                    'o' | 'O' => {
                        let rest = &letters[at + 1..];
                        plan.file = if rest.is_empty() { args.next() } else { Some(rest) };
                        break;
                    }
                    other => return Err(format!("curl: option -{other}: is unknown\n")),
                }
            }
        }
        Ok(plan)
    }
}

impl Running for Fetching {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let call = &self.0;
        let is_wget = call.args[0].ends_with("wget");
        let plan = match Plan::read(&call.args, is_wget) {
            Ok(plan) => plan,
            Err(why) => {
                io.err(why);
                return Step::Exited(2);
            }
        };
        if plan.addresses.is_empty() || plan.help {
            io.err("curl: (2) no URL specified\n");
            return Step::Exited(2);
        }
        let mut code = 0;
        for address in &plan.addresses {
            let Some(text) = web::fetch(address) else {
                let host = web::host(address);
                if web::is_known_host(host) {
                    if plan.fail {
                        io.err("curl: (22) The requested URL returned error: 404\n");
                        code = 22;
                    } else {
                        io.out("404: Not Found\n");
                    }
                } else {
                    io.err(format!("curl: (6) Could not resolve host: {host}\n"));
                    code = 6;
                }
                if !plan.silent || code != 0 {
                    io.err("[Jobscope] This terminal has no network: only the files of the Kubernetes documents' Job pages are here.\n");
                }
                continue;
            };
            let last = address.rsplit('/').next().unwrap_or("index.html");
            let file = plan.file.or(plan.keep_name.then_some(last)).filter(|file| *file != "-");
            let Some(file) = file else {
                io.out(text);
                continue;
            };
            if let Err(errno) = call.files.write(&absolute(&call.dir, file), text, now) {
                io.err(format!("curl: (23) Failure writing output to destination: {file}: {errno}\n"));
                code = 23;
            }
        }
        Step::Exited(code)
    }
}

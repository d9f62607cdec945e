//! `sed`: the commands that fit on a line, and those for several lines.

use super::super::regex::Regex;
use super::super::syntax::unescape;
use super::{Desk, Filter, Plan, Run, Tool, Want, or_input, text};
use std::collections::VecDeque;

pub(super) const TOOLS: &[Tool] = &[Tool { name: "sed", run: Run::Filter(sed) }];

/// How many commands one line may take: `:a; ba` would never end.
const MOST_COMMANDS: usize = 100_000;
/// The most that is kept, in bytes.
const MOST: usize = 8 << 20;

enum Address {
    Line(usize),
    Last,
    /// `first~step`
    Step(usize, usize),
    /// Nothing for `//`: the expression that was used last.
    Regex(Option<Regex>),
    /// `+n`, as an end.
    More(usize),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    action: Action,
    /// For a range: up to which line it goes, once it began.
    until: Option<Option<usize>>,
}

enum Action {
    /// A group, and where the command after it is.
    Block(usize),
    Substitute {
        regex: Option<Regex>,
        with: Vec<Piece>,
        nth: usize,
        all: bool,
        print: bool,
        write: Option<String>,
    },
    Translate(Vec<char>, Vec<char>),
    Text(char, String),
    /// `b`, `t` or `T`, and to where.
    Jump(char, String),
    Label(String),
    File(char, String),
    Quit(char, i32),
    Plain(char),
}

/// What a replacement consists of.
enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\E`, `\u`, `\l`
    Case(char),
}

struct Sed {
    commands: Vec<Command>,
    quiet: bool,
    in_place: bool,
    suffix: String,
    separate: bool,
    /// Whether a line can only be dealt with once the next is known.
    looks_ahead: bool,
    line: usize,
    hold: String,
    /// Lines that came and were not dealt with yet.
    waiting: VecDeque<(String, bool)>,
    name: String,
    /// What goes into the file that is edited.
    edited: String,
    ended: Option<i32>,
    size: usize,
}

fn sed(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    // `-i.bak` takes what is joined to it, and nothing else.
    let mut suffix = String::new();
    let mut in_place = false;
    for arg in desk.args.iter_mut().skip(1) {
        if let Some(rest) = arg.strip_prefix("-i").or_else(|| arg.strip_prefix("--in-place")) {
            suffix = rest.trim_start_matches('=').to_owned();
            in_place = true;
            *arg = "-i".into();
        }
        match arg.as_str() {
            "--quiet" | "--silent" => *arg = "-n".into(),
            "--regexp-extended" => *arg = "-E".into(),
            _ => {}
        }
    }
    let (flags, mut files) = desk.flags("nErisuz", "ef")?;
    let mut script: Vec<String> = flags.values('e').map(str::to_owned).collect();
    for file in flags.values('f') {
        match desk.files().read_text(&desk.path(file)) {
            Ok(text) => script.push(text.trim_end_matches('\n').to_owned()),
            Err(errno) => {
                desk.complain(format!("couldn't open file {file}: {errno}"));
                return Err(1);
            }
        }
    }
    if script.is_empty() {
        if files.is_empty() {
            desk.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
            return Err(1);
        }
        script.push(files.remove(0));
    }
    let script = script.join("\n");
    let extended = flags.has('E') || flags.has('r');
    let commands = match Reader::new(&script, extended).read() {
        Ok(commands) => commands,
        Err((at, wrong)) => {
            let gnu = format!("-e expression #1, char {at}: {wrong}");
            desk.complain(desk.words(gnu, wrong));
            return Err(1);
        }
    };
    let waits = |address: &Option<Address>| matches!(address, Some(Address::Last));
    let looks_ahead = commands.iter().any(|command| {
        waits(&command.from) || waits(&command.to) || matches!(command.action, Action::Plain('n' | 'N' | 'D'))
    });
    let sed = Sed {
        commands,
        quiet: flags.has('n'),
        in_place,
        suffix,
        separate: in_place || flags.has('s'),
        looks_ahead: looks_ahead || in_place,
        line: 0,
        hold: String::new(),
        waiting: VecDeque::new(),
        name: String::new(),
        edited: String::new(),
        ended: None,
        size: 0,
    };
    Ok(Plan { filter: Box::new(sed), files: or_input(files) })
}

impl Filter for Sed {
    fn file(&mut self, name: &str, _desk: &mut Desk<'_>) {
        name.clone_into(&mut self.name);
        if self.separate {
            self.line = 0;
        }
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        self.size += line.len();
        self.waiting.push_back((text(line).into_owned(), line.ends_with(b"\n")));
        if !self.looks_ahead {
            self.size = 0;
            self.cycle(desk, false);
        } else if self.size > MOST {
            desk.complain("couldn't allocate memory");
            self.ended = Some(4);
        }
        if self.ended.is_some() { Want::Enough } else { Want::More }
    }

    fn file_end(&mut self, desk: &mut Desk<'_>) {
        if !self.separate {
            return;
        }
        while !self.waiting.is_empty() && self.ended.is_none() {
            self.cycle(desk, true);
        }
        if !self.in_place {
            return;
        }
        // What a `q` left over stays in the file.
        for (line, ended) in std::mem::take(&mut self.waiting) {
            self.edited += &line;
            self.edited.push_str(if ended { "\n" } else { "" });
        }
        let (path, now) = (desk.path(&self.name), desk.now());
        let name = self.name.rsplit('/').next().unwrap_or("").to_owned();
        if !self.suffix.is_empty() {
            let copy = match self.suffix.contains('*') {
                true => self.suffix.replace('*', &name),
                false => format!("{}{}", self.name, self.suffix),
            };
            let old = desk.files().read(&path).unwrap_or_default();
            // If it cannot be written, neither can the file itself, which is told.
            let _ = desk.files().write(&desk.path(&copy), old, now);
        }
        if let Err(errno) = desk.files().write(&path, std::mem::take(&mut self.edited), now) {
            desk.complain(format!("couldn't open temporary file {}: {errno}", self.name));
            self.ended = Some(4);
        }
        self.size = 0;
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        while !self.waiting.is_empty() && self.ended.is_none() {
            self.cycle(desk, true);
        }
        self.ended.unwrap_or(0)
    }

    fn failed(&mut self) -> i32 {
        2
    }
}

impl Sed {
    fn print(&mut self, text: &str, line_break: bool, desk: &mut Desk<'_>) {
        if self.in_place {
            self.edited.push_str(text);
            self.edited.push_str(if line_break { "\n" } else { "" });
        } else {
            desk.out(text);
            desk.out(if line_break { "\n" } else { "" });
        }
    }

    fn matches(&mut self, place: usize, space: &str, last: bool) -> bool {
        let line = self.line;
        let hit = |address: &Address| match address {
            Address::Line(wanted) => *wanted == line,
            Address::Last => last,
            Address::Step(first, 0) => *first == line,
            Address::Step(first, step) => line >= *first && (line - first).is_multiple_of(*step),
            Address::Regex(regex) => regex.as_ref().is_some_and(|regex| regex.is_match(space)),
            Address::More(_) => false,
        };
        let command = &mut self.commands[place];
        let chosen = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => hit(from),
            (Some(from), Some(to)) => match command.until {
                Some(until) => {
                    let over = match (until, to) {
                        (Some(until), _) => line >= until,
                        (None, to) => hit(to),
                    };
                    if over {
                        command.until = None;
                    }
                    // A line number that is past already ends the range before this line.
                    until.is_none_or(|until| line <= until)
                }
                None => {
                    let begins = hit(from);
                    if begins {
                        command.until = match to {
                            Address::Line(end) => (*end > line).then_some(Some(*end)),
                            Address::More(count) => (*count > 0).then_some(Some(line + count)),
                            Address::Last if last => None,
                            _ => Some(None),
                        };
                    }
                    begins
                }
            },
        };
        chosen != self.commands[place].negated
    }

    /// Deals with one line; `complete` says that no more lines will come.
    fn cycle(&mut self, desk: &mut Desk<'_>, complete: bool) {
        let Some((mut space, mut line_break)) = self.waiting.pop_front() else { return };
        self.line += 1;
        let mut appended = Vec::new();
        let mut substituted = false;
        let mut deleted = false;
        let (mut at, mut steps) = (0, 0);
        while at < self.commands.len() {
            steps += 1;
            if steps > MOST_COMMANDS || space.len() > MOST {
                desk.complain("couldn't allocate memory");
                self.ended = Some(4);
                return;
            }
            let last = complete && self.waiting.is_empty();
            let chosen = self.matches(at, &space, last);
            let action = &self.commands[at].action;
            if !chosen {
                at = if let Action::Block(end) = action { *end } else { at + 1 };
                continue;
            }
            at += 1;
            match action {
                Action::Block(_) | Action::Label(_) => {}
                Action::Substitute { regex, with, nth, all, print, write } => {
                    let Some(regex) = regex else { continue };
                    let source = space.clone();
                    let mut put = |groups: &Vec<Option<(usize, usize)>>, result: &mut String| {
                        replace(with, groups, &source, result)
                    };
                    if let Some(changed) = regex.replace(&source, *nth, *all, &mut put) {
                        space = changed;
                        substituted = true;
                        let (print, write) = (*print, write.clone());
                        if print {
                            self.print(&space, true, desk);
                        }
                        if let Some(file) = write {
                            append(desk, &file, &space);
                        }
                    }
                }
                Action::Translate(from, to) => {
                    let changed =
                        |symbol: char| from.iter().position(|known| *known == symbol).map_or(symbol, |place| to[place]);
                    space = space.chars().map(changed).collect();
                }
                Action::Text('a', text) => appended.push(text.clone()),
                Action::Text('i', text) => {
                    let text = text.clone();
                    self.print(&text, true, desk);
                }
                Action::Text(_, text) => {
                    let text = text.clone();
                    let command = &self.commands[at - 1];
                    if command.to.is_none() || command.until.is_none() {
                        self.print(&text, true, desk);
                    }
                    deleted = true;
                    break;
                }
                Action::Jump(sign, label) => {
                    let jumps = match sign {
                        'b' => true,
                        't' => std::mem::take(&mut substituted),
                        _ => !std::mem::take(&mut substituted),
                    };
                    if jumps {
                        let is_label =
                            |command: &Command| matches!(&command.action, Action::Label(name) if name == label);
                        at = self.commands.iter().position(is_label).unwrap_or(self.commands.len());
                    }
                }
                Action::File('w', file) => {
                    let file = file.clone();
                    append(desk, &file, &space);
                }
                Action::File(_, file) => {
                    if let Ok(text) = desk.files().read_text(&desk.path(file)) {
                        appended.extend(text.lines().map(str::to_owned));
                    }
                }
                Action::Quit(sign, code) => {
                    self.ended = Some(*code);
                    deleted = *sign == 'Q';
                    break;
                }
                Action::Plain(sign) => match sign {
                    'd' => {
                        deleted = true;
                        break;
                    }
                    'D' => {
                        if let Some((_, rest)) = space.split_once('\n') {
                            self.waiting.push_front((rest.to_owned(), line_break));
                            self.line -= 1;
                        }
                        deleted = true;
                        break;
                    }
                    'p' => self.print(&space, true, desk),
                    'P' => {
                        let first = space.split('\n').next().unwrap_or("").to_owned();
                        self.print(&first, true, desk);
                    }
                    '=' => {
                        let number = self.line.to_string();
                        self.print(&number, true, desk);
                    }
                    'h' => self.hold.clone_from(&space),
                    'H' => self.hold = format!("{}\n{space}", self.hold),
                    'g' => space.clone_from(&self.hold),
                    'G' => space = format!("{space}\n{}", self.hold),
                    'x' => std::mem::swap(&mut self.hold, &mut space),
                    'n' | 'N' => {
                        let joins = *sign == 'N';
                        let Some((next, ended)) = self.waiting.pop_front() else {
                            // GNU prints what there is, and ends.
                            self.ended = Some(0);
                            break;
                        };
                        self.line += 1;
                        if joins {
                            space = format!("{space}\n{next}");
                        } else {
                            if !self.quiet {
                                self.print(&space, true, desk);
                            }
                            space = next;
                        }
                        line_break = ended;
                    }
                    'l' => {
                        let shown = space.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n") + "$";
                        self.print(&shown, true, desk);
                    }
                    _ => space.clear(),
                },
            }
        }
        if !deleted && !self.quiet {
            self.print(&space, line_break || !appended.is_empty(), desk);
        }
        for text in appended {
            self.print(&text, true, desk);
        }
    }
}

fn append(desk: &mut Desk<'_>, file: &str, line: &str) {
    let text = format!("{line}\n");
    match file {
        "/dev/stdout" => desk.out(text),
        "/dev/stderr" => desk.err(text),
        file => {
            if let Err(errno) = desk.files().append(&desk.path(file), text, desk.now()) {
                desk.complain(format!("couldn't write to {file}: {errno}"));
            }
        }
    }
}

fn replace(with: &[Piece], groups: &[Option<(usize, usize)>], source: &str, result: &mut String) {
    let (mut case, mut once) = ('E', None);
    for piece in with {
        let text = match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Group(group) => groups.get(*group).copied().flatten().map_or("", |(from, to)| &source[from..to]),
            Piece::Case(sign @ ('u' | 'l')) => {
                once = Some(*sign);
                continue;
            }
            Piece::Case(sign) => {
                case = *sign;
                continue;
            }
        };
        let mut changed = match case {
            'U' => text.to_uppercase(),
            'L' => text.to_lowercase(),
            _ => text.to_owned(),
        };
        if let (Some(sign), Some(first)) = (once, changed.chars().next()) {
            let rest = changed[first.len_utf8()..].to_owned();
            let first: String =
                if sign == 'u' { first.to_uppercase().collect() } else { first.to_lowercase().collect() };
            changed = first + &rest;
            once = None;
        }
        result.push_str(&changed);
    }
}

/// Reads a script. Errors are told with the number of the character, as GNU's.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    extended: bool,
}

type Wrong = (usize, String);

impl<'a> Reader<'a> {
    fn new(text: &'a str, extended: bool) -> Self {
        Self { text, at: 0, extended }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let symbol = self.peek()?;
        self.at += symbol.len_utf8();
        Some(symbol)
    }

    fn skip(&mut self, symbols: &[char]) {
        while self.peek().is_some_and(|symbol| symbols.contains(&symbol)) {
            self.next();
        }
    }

    fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Wrong> {
        Err((self.at, what.into()))
    }

    fn read(mut self) -> Result<Vec<Command>, Wrong> {
        let mut commands: Vec<Command> = Vec::new();
        let mut blocks = Vec::new();
        loop {
            self.skip(&[' ', '\t', '\n', ';']);
            match self.peek() {
                None => break,
                Some('#') => {
                    self.rest_of_line();
                    continue;
                }
                Some('}') => {
                    self.next();
                    let Some(open) = blocks.pop() else { return self.wrong("unexpected `}'") };
                    let end = commands.len();
                    let block: &mut Command = &mut commands[open];
                    block.action = Action::Block(end);
                    continue;
                }
                Some(_) => {}
            }
            let from = self.address()?;
            let mut to = None;
            self.skip(&[' ']);
            if from.is_some() && self.peek() == Some(',') {
                self.next();
                self.skip(&[' ']);
                to = self.address()?;
                if to.is_none() {
                    return self.wrong("unexpected `,'");
                }
            }
            self.skip(&[' ']);
            let mut negated = false;
            while self.peek() == Some('!') {
                self.next();
                self.skip(&[' ']);
                negated = true;
            }
            let Some(sign) = self.next() else { return self.wrong("missing command") };
            let action = self.action(sign)?;
            if sign == '{' {
                blocks.push(commands.len());
            }
            // `0,/a/` is a range that has begun before the first line.
            let until = matches!(from, Some(Address::Line(0))).then_some(None);
            commands.push(Command { from, to, negated, action, until });
        }
        if !blocks.is_empty() {
            return Err((0, "unmatched `{'".into()));
        }
        Ok(commands)
    }

    fn number(&mut self) -> Option<usize> {
        let len = self.text[self.at..].bytes().take_while(u8::is_ascii_digit).count();
        let number = self.text[self.at..self.at + len].parse().ok();
        self.at += len;
        number
    }

    fn address(&mut self) -> Result<Option<Address>, Wrong> {
        Ok(match self.peek() {
            Some('0'..='9') => {
                let first = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.next();
                    return Ok(Some(Address::Step(first, self.number().unwrap_or(0))));
                }
                Some(Address::Line(first))
            }
            Some('+') => {
                self.next();
                Some(Address::More(self.number().unwrap_or(0)))
            }
            Some('$') => {
                self.next();
                Some(Address::Last)
            }
            Some(sign @ ('/' | '\\')) => {
                self.next();
                let delimiter = if sign == '\\' { self.next().unwrap_or('/') } else { '/' };
                let text = match self.delimited(delimiter, true) {
                    Some(text) => text,
                    None => return self.wrong("unterminated address regex"),
                };
                let ignore = matches!(self.peek(), Some('I'));
                if ignore {
                    self.next();
                }
                Some(Address::Regex(self.regex(&text, ignore)?))
            }
            _ => None,
        })
    }

    fn regex(&self, text: &str, ignore: bool) -> Result<Option<Regex>, Wrong> {
        match Regex::new(text, self.extended, ignore) {
            Ok(regex) => Ok(Some(regex)),
            Err(error) => self.wrong(error),
        }
    }

    /// Text up to a delimiter, which is consumed; behind a backslash it means itself.
    fn delimited(&mut self, delimiter: char, regex: bool) -> Option<String> {
        let mut text = String::new();
        let mut in_set = false;
        loop {
            let symbol = self.next()?;
            match symbol {
                '\\' => match self.next()? {
                    escaped if escaped == delimiter => text.push(escaped),
                    'n' if regex => text.push('\n'),
                    escaped => text.extend(['\\', escaped]),
                },
                '[' if regex && !in_set => {
                    in_set = true;
                    text.push('[');
                    for first in ['^', ']'] {
                        if self.peek() == Some(first) {
                            self.next();
                            text.push(first);
                        }
                    }
                }
                ']' if in_set => {
                    in_set = false;
                    text.push(']');
                }
                symbol if symbol == delimiter && !in_set => return Some(text),
                symbol => text.push(symbol),
            }
        }
    }

    fn rest_of_line(&mut self) -> String {
        let len = self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at);
        let line = self.text[self.at..self.at + len].to_owned();
        self.at += len;
        line
    }

    fn action(&mut self, sign: char) -> Result<Action, Wrong> {
        let action = match sign {
            '{' => return Ok(Action::Block(0)),
            's' => return self.substitution(),
            'y' => {
                let delimiter = self.next().unwrap_or('/');
                let (from, to) = match (self.delimited(delimiter, false), self.delimited(delimiter, false)) {
                    (Some(from), Some(to)) => (from, to),
                    _ => return self.wrong("unterminated `y' command"),
                };
                let symbols = |text: &str| unescape(text, true).0.chars().collect::<Vec<char>>();
                let (from, to) = (symbols(&from), symbols(&to));
                if from.len() != to.len() {
                    return self.wrong("strings for `y' command are different lengths");
                }
                Action::Translate(from, to)
            }
            'a' | 'i' | 'c' => {
                self.skip(&[' ', '\t']);
                if self.peek() == Some('\\') {
                    self.next();
                    self.skip(&[' ', '\t']);
                    if self.peek() == Some('\n') {
                        self.next();
                    }
                }
                let mut text = self.rest_of_line();
                while text.ends_with('\\') {
                    text.pop();
                    if self.next().is_none() {
                        break;
                    }
                    text = format!("{text}\n{}", self.rest_of_line());
                }
                if text.is_empty() {
                    return self.wrong("expected \\ after `a', `c' or `i'");
                }
                return Ok(Action::Text(sign, text));
            }
            ':' => {
                self.skip(&[' ']);
                let len = self.text[self.at..].find(['\n', ';']).unwrap_or(self.text.len() - self.at);
                let label = self.text[self.at..self.at + len].trim().to_owned();
                self.at += len;
                if label.is_empty() {
                    return self.wrong("\":\" lacks a label");
                }
                return Ok(Action::Label(label));
            }
            'b' | 't' | 'T' => {
                self.skip(&[' ']);
                let len = self.text[self.at..].find(['\n', ';', '}']).unwrap_or(self.text.len() - self.at);
                let label = self.text[self.at..self.at + len].trim().to_owned();
                self.at += len;
                Action::Jump(sign, label)
            }
            'r' | 'w' => {
                self.skip(&[' ']);
                return Ok(Action::File(sign, self.rest_of_line()));
            }
            'q' | 'Q' => {
                self.skip(&[' ']);
                Action::Quit(sign, self.number().map_or(0, |code| (code & 255) as i32))
            }
            'd' | 'D' | 'p' | 'P' | '=' | 'h' | 'H' | 'g' | 'G' | 'x' | 'n' | 'N' | 'l' | 'z' => Action::Plain(sign),
            other => return self.wrong(format!("unknown command: `{other}'")),
        };
        self.skip(&[' ', '\t']);
        match self.peek() {
            None | Some(';' | '\n' | '}' | '#') => Ok(action),
            Some(_) => {
                self.next();
                self.wrong("extra characters after command")
            }
        }
    }

    fn substitution(&mut self) -> Result<Action, Wrong> {
        let delimiter = self.next().unwrap_or('/');
        let (Some(pattern), Some(with)) = (self.delimited(delimiter, true), self.delimited(delimiter, false)) else {
            return self.wrong("unterminated `s' command");
        };
        let (mut nth, mut all, mut print, mut ignore, mut write) = (1, false, false, false, None);
        loop {
            match self.peek() {
                Some('g') => all = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore = true,
                Some('e' | 'm' | 'M') => {}
                Some('0'..='9') => {
                    nth = self.number().unwrap_or(1);
                    if nth == 0 {
                        return self.wrong("number option to `s' command may not be zero");
                    }
                    continue;
                }
                Some('w') => {
                    self.next();
                    self.skip(&[' ']);
                    write = Some(self.rest_of_line());
                    continue;
                }
                None | Some(';' | '\n' | '}' | '#' | ' ') => break,
                Some(_) => {
                    self.next();
                    return self.wrong("unknown option to `s'");
                }
            }
            self.next();
        }
        let regex = self.regex(&pattern, ignore)?;
        let groups = pattern.matches(if self.extended { "(" } else { "\\(" }).count();
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut symbols = with.chars();
        while let Some(symbol) = symbols.next() {
            let piece = match symbol {
                '&' => Piece::Group(0),
                '\\' => match symbols.next() {
                    Some(digit @ '0'..='9') => {
                        let group = digit as usize - '0' as usize;
                        if group > groups {
                            return self.wrong(format!("invalid reference \\{group} on `s' command's RHS"));
                        }
                        Piece::Group(group)
                    }
                    Some(sign @ ('U' | 'L' | 'E' | 'u' | 'l')) => Piece::Case(sign),
                    Some('n') => {
                        text.push('\n');
                        continue;
                    }
                    Some('t') => {
                        text.push('\t');
                        continue;
                    }
                    Some(other) => {
                        text.push(other);
                        continue;
                    }
                    None => break,
                },
                symbol => {
                    text.push(symbol);
                    continue;
                }
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(piece);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Action::Substitute { regex, with: pieces, nth, all, print, write })
    }
}

//! Filters: head, tail, wc, sort, uniq, grep, cut, tr, rev, tac, nl, tee, base64.

use super::super::open::Open;
use super::super::regex::Regex;
use super::super::{Access, machine};
use super::{Desk, Filter, Plan, Run, Tool, Want, or_input, text};
use crate::sim::{Order, base64 as encode, from_base64};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::rc::Rc;

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "base64", run: Run::Filter(base64) },
    Tool { name: "cut", run: Run::Filter(cut) },
    Tool { name: "egrep", run: Run::Filter(grep) },
    Tool { name: "fgrep", run: Run::Filter(grep) },
    Tool { name: "grep", run: Run::Filter(grep) },
    Tool { name: "head", run: Run::Filter(head) },
    Tool { name: "nl", run: Run::Filter(nl) },
    Tool { name: "paste", run: Run::Filter(paste) },
    Tool { name: "rev", run: Run::Filter(rev) },
    Tool { name: "sort", run: Run::Filter(sort) },
    Tool { name: "tac", run: Run::Filter(tac) },
    Tool { name: "tail", run: Run::Filter(tail) },
    Tool { name: "tee", run: Run::Filter(tee) },
    Tool { name: "tr", run: Run::Filter(tr) },
    Tool { name: "uniq", run: Run::Filter(uniq) },
    Tool { name: "wc", run: Run::Filter(wc) },
];

/// The most that a filter may keep, in bytes.
const MOST: usize = 16 << 20;

/// What is done with each line's text.
struct Each<F>(F);

impl<F: FnMut(&str) -> String> Filter for Each<F> {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        let changed = (self.0)(&text(line));
        desk.out(changed);
        if line.ends_with(b"\n") {
            desk.out("\n");
        }
        Want::More
    }
}

fn rev(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let files = or_input(desk.args[1..].to_vec());
    let change: fn(&str) -> String = |text| text.chars().rev().collect();
    Ok(Plan { filter: Box::new(Each(change)), files })
}

fn nl(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (_, files) = desk.flags("", "bw")?;
    let mut number = 0;
    let change = move |text: &str| {
        if text.is_empty() {
            return "       ".to_owned();
        }
        number += 1;
        format!("{number:6}\t{text}")
    };
    Ok(Plan { filter: Box::new(Each(change)), files: or_input(files) })
}

/// A count that may be written `-5`, `+5`, `5k`.
fn count(text: &str) -> Option<(char, usize)> {
    let sign = text.chars().next().filter(|sign| matches!(sign, '+' | '-')).unwrap_or(' ');
    let digits = text.trim_start_matches(['+', '-']);
    let (digits, unit) = match digits.chars().last() {
        Some('k' | 'K') => (&digits[..digits.len() - 1], 1024),
        Some('M') => (&digits[..digits.len() - 1], 1 << 20),
        _ => (digits, 1),
    };
    digits.parse::<usize>().ok().map(|count| (sign, count.saturating_mul(unit)))
}

struct Head {
    most: usize,
    bytes: bool,
    left: usize,
    /// How many at the end are not wanted.
    without: Option<usize>,
    held: VecDeque<Vec<u8>>,
    titles: bool,
    begun: bool,
}

fn head(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (most, bytes, files, quiet) = counted(desk)?;
    let (sign, most) = most.unwrap_or((' ', 10));
    let without = (sign == '-').then_some(most);
    let titles = files.len() > 1 && !quiet;
    let head = Head { most, bytes, left: most, without, held: VecDeque::new(), titles, begun: false };
    Ok(Plan { filter: Box::new(head), files: or_input(files) })
}

/// Count, whether it is of bytes, the files, and whether titles are not wanted.
type Counted = (Option<(char, usize)>, bool, Vec<String>, bool);

fn counted(desk: &mut Desk<'_>) -> Result<Counted, i32> {
    // `-5` is short for `-n 5`.
    let mut is_value = false;
    for arg in desk.args.iter_mut().skip(1) {
        let value = std::mem::replace(&mut is_value, matches!(arg.as_str(), "-n" | "-c"));
        if !value && arg.len() > 1 && arg.starts_with(['-', '+']) && arg[1..].bytes().all(|byte| byte.is_ascii_digit())
        {
            *arg = if arg.starts_with('+') { format!("-n{arg}") } else { format!("-n{}", &arg[1..]) };
        }
    }
    let (flags, files) = desk.flags("qvfFr", "nc")?;
    let mut most = None;
    for letter in ['n', 'c'] {
        if let Some(value) = flags.value(letter) {
            most = count(value);
            if most.is_none() {
                let what = if letter == 'n' { "lines" } else { "bytes" };
                let gnu = format!("invalid number of {what}: '{value}'");
                desk.complain(desk.words(gnu, format!("invalid number '{value}'")));
                return Err(1);
            }
        }
    }
    Ok((most, flags.value('c').is_some(), files, flags.has('q')))
}

fn title(name: &str, begun: &mut bool, desk: &mut Desk<'_>) {
    if std::mem::replace(begun, true) {
        desk.out("\n");
    }
    let name = if name == "-" { "standard input" } else { name };
    desk.line(format!("==> {name} <=="));
}

impl Filter for Head {
    fn raw(&self) -> bool {
        self.bytes && self.without.is_none()
    }

    fn wants_any(&self) -> bool {
        self.most > 0 || self.without.is_some()
    }

    fn file(&mut self, name: &str, desk: &mut Desk<'_>) {
        self.left = self.most;
        if self.titles {
            title(name, &mut self.begun, desk);
        }
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        if let Some(without) = self.without {
            self.held.push_back(line.to_vec());
            if self.held.len() > without {
                let first = self.held.pop_front().unwrap_or_default();
                desk.out(first);
            }
            return Want::More;
        }
        let used = if self.bytes { line.len() } else { 1 };
        match self.bytes && used > self.left {
            true => desk.out(&line[..self.left]),
            false => desk.out(line),
        }
        self.left = self.left.saturating_sub(used);
        match (self.left, self.titles) {
            (0, true) => Want::NextFile,
            (0, false) => Want::Enough,
            _ => Want::More,
        }
    }
}

struct Tail {
    from: Option<usize>,
    most: usize,
    bytes: bool,
    seen: usize,
    held: VecDeque<Vec<u8>>,
    size: usize,
    titles: bool,
    begun: bool,
}

fn tail(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (most, bytes, files, quiet) = counted(desk)?;
    let (sign, most) = most.unwrap_or((' ', 10));
    let titles = files.len() > 1 && !quiet;
    let from = (sign == '+').then_some(most.max(1));
    let tail = Tail { from, most, bytes, seen: 0, held: VecDeque::new(), size: 0, titles, begun: false };
    Ok(Plan { filter: Box::new(tail), files: or_input(files) })
}

impl Filter for Tail {
    fn file(&mut self, name: &str, desk: &mut Desk<'_>) {
        self.seen = 0;
        if self.titles {
            title(name, &mut self.begun, desk);
        }
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        self.seen += 1;
        if let Some(from) = self.from {
            if self.seen >= from {
                desk.out(line);
            }
            return Want::More;
        }
        self.size += line.len();
        self.held.push_back(line.to_vec());
        let too_much = |tail: &Self| match tail.bytes {
            true => tail.size - tail.held.front().map_or(0, Vec::len) >= tail.most && tail.held.len() > 1,
            false => tail.held.len() > tail.most,
        };
        while too_much(self) || self.size > MOST {
            self.size -= self.held.pop_front().map_or(0, |line| line.len());
        }
        Want::More
    }

    fn file_end(&mut self, desk: &mut Desk<'_>) {
        let mut skip = if self.bytes { self.size.saturating_sub(self.most) } else { 0 };
        for line in self.held.drain(..) {
            desk.out(&line[skip.min(line.len())..]);
            skip = 0;
        }
        self.size = 0;
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    bytes: usize,
    chars: usize,
    longest: usize,
}

struct Wc {
    shown: [bool; 5],
    name: String,
    now: Counts,
    rows: Vec<(Counts, String)>,
    from_input: bool,
}

fn wc(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("lwcmL", "")?;
    let mut shown = ['l', 'w', 'm', 'c', 'L'].map(|flag| flags.has(flag));
    if !shown.contains(&true) {
        shown = [true, true, false, true, false];
    }
    let from_input = files.is_empty();
    let wc = Wc { shown, name: String::new(), now: Counts::default(), rows: Vec::new(), from_input };
    Ok(Plan { filter: Box::new(wc), files: or_input(files) })
}

impl Filter for Wc {
    fn file(&mut self, name: &str, _desk: &mut Desk<'_>) {
        self.now = Counts::default();
        self.name = name.to_owned();
    }

    fn line(&mut self, line: &[u8], _desk: &mut Desk<'_>) -> Want {
        let text = text(line);
        self.now.lines += usize::from(line.ends_with(b"\n"));
        self.now.words += text.split_whitespace().count();
        self.now.bytes += line.len();
        self.now.chars += text.chars().count() + usize::from(line.ends_with(b"\n"));
        self.now.longest = self.now.longest.max(text.chars().count());
        Want::More
    }

    fn file_end(&mut self, _desk: &mut Desk<'_>) {
        self.rows.push((self.now, std::mem::take(&mut self.name)));
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        if self.rows.len() > 1 {
            let mut total = Counts::default();
            for (counts, _) in &self.rows {
                total.lines += counts.lines;
                total.words += counts.words;
                total.bytes += counts.bytes;
                total.chars += counts.chars;
                total.longest = total.longest.max(counts.longest);
            }
            self.rows.push((total, "total".into()));
        }
        let busybox = desk.is_busybox();
        let single = self.shown.iter().filter(|shown| **shown).count() == 1;
        let most = self.rows.iter().map(|(counts, _)| counts.bytes.max(counts.lines)).max().unwrap_or(0);
        // GNU makes room for the size of the files; what is read from a pipe could be of any size.
        let width = match (busybox, single && self.rows.len() == 1, self.from_input) {
            (_, true, _) => 1,
            (true, ..) => 9,
            (false, false, true) => 7,
            (false, false, false) => most.to_string().len(),
        };
        for (counts, name) in &self.rows {
            let all = [counts.lines, counts.words, counts.chars, counts.bytes, counts.longest];
            let shown = all.iter().zip(self.shown).filter(|(_, shown)| *shown);
            let columns: Vec<String> = shown.map(|(count, _)| format!("{count:width$}")).collect();
            let name = if self.from_input { String::new() } else { format!(" {name}") };
            desk.line(columns.join(" ") + &name);
        }
        0
    }
}

/// Keeps all lines, and does something with them in the end.
struct Kept<F> {
    lines: Vec<String>,
    size: usize,
    end: F,
}

impl<F: FnMut(Vec<String>, &mut Desk<'_>) -> i32> Filter for Kept<F> {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        self.size += line.len() + 32;
        if self.size > MOST {
            desk.complain("memory exhausted");
            return Want::Enough;
        }
        self.lines.push(text(line).into_owned());
        Want::More
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        (self.end)(std::mem::take(&mut self.lines), desk)
    }

    fn failed(&mut self) -> i32 {
        2
    }
}

fn tac(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let files = or_input(desk.args[1..].to_vec());
    let end = |lines: Vec<String>, desk: &mut Desk<'_>| {
        lines.iter().rev().for_each(|line| desk.line(line));
        0
    };
    Ok(Plan { filter: Box::new(Kept { lines: Vec::new(), size: 0, end }), files })
}

/// `paste`: the lines of several files beside each other, or those of each on one line.
struct Paste {
    /// The lines of each file.
    files: Vec<Vec<String>>,
    size: usize,
    between: Vec<char>,
    serial: bool,
}

impl Paste {
    /// Texts with the separators between them, each in its turn.
    fn row<'a>(&self, texts: impl Iterator<Item = &'a str>) -> String {
        let mut row = String::new();
        for (place, text) in texts.enumerate() {
            if let Some(before) = place.checked_sub(1) {
                row.extend(self.between.get(before % self.between.len().max(1)));
            }
            row.push_str(text);
        }
        row
    }
}

impl Filter for Paste {
    fn file(&mut self, _: &str, _: &mut Desk<'_>) {
        self.files.push(Vec::new());
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        self.size += line.len() + 32;
        if self.size > MOST {
            desk.complain("memory exhausted");
            return Want::Enough;
        }
        self.files.last_mut().into_iter().for_each(|lines| lines.push(text(line).into_owned()));
        Want::More
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        if self.serial {
            for lines in &self.files {
                desk.line(self.row(lines.iter().map(String::as_str)));
            }
            return 0;
        }
        let longest = self.files.iter().map(Vec::len).max().unwrap_or(0);
        for number in 0..longest {
            let beside = self.files.iter().map(|lines| lines.get(number).map_or("", String::as_str));
            desk.line(self.row(beside));
        }
        0
    }
}

fn paste(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("s", "d")?;
    let between = flags.value('d').unwrap_or("\t").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "");
    let filter = Paste { files: Vec::new(), size: 0, between: between.chars().collect(), serial: flags.has('s') };
    Ok(Plan { filter: Box::new(filter), files: or_input(files) })
}

/// One `-k` of sort, and what it counts by.
#[derive(Clone, Default)]
struct Key {
    from: usize,
    to: Option<usize>,
    numeric: bool,
    reverse: bool,
    human: bool,
    version: bool,
    fold: bool,
    blanks: bool,
}

impl Key {
    fn take_flags(&mut self, text: &str) {
        self.numeric |= text.contains('n') || text.contains('g');
        self.reverse |= text.contains('r');
        self.human |= text.contains('h');
        self.version |= text.contains('V');
        self.fold |= text.contains('f');
        self.blanks |= text.contains('b');
    }

    fn compare(&self, left: &str, right: &str) -> Ordering {
        let order = if self.numeric || self.human {
            number(left, self.human).cmp(&number(right, self.human))
        } else if self.version {
            versions(left).cmp(&versions(right))
        } else if self.fold {
            left.to_uppercase().cmp(&right.to_uppercase())
        } else {
            left.cmp(right)
        };
        if self.reverse { order.reverse() } else { order }
    }
}

/// The number at the start of a text, in millionths.
fn number(text: &str, human: bool) -> i128 {
    let text = text.trim_start();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let len = digits.bytes().take_while(u8::is_ascii_digit).count().min(20);
    let whole: i128 = digits[..len].parse().unwrap_or(0);
    let part: String =
        digits[len..].strip_prefix('.').unwrap_or("").chars().take_while(char::is_ascii_digit).take(6).collect();
    let part_value: i128 = format!("{part:0<6}").parse().unwrap_or(0);
    let rest = digits[len..].trim_start_matches('.').trim_start_matches(|symbol: char| symbol.is_ascii_digit());
    let unit = match rest.chars().next() {
        Some('K' | 'k') if human => 1 << 10,
        Some('M') if human => 1 << 20,
        Some('G') if human => 1 << 30,
        _ => 1,
    };
    sign * (whole * 1_000_000 + part_value) * unit
}

/// A version cut into text and numbers.
fn versions(text: &str) -> Vec<(String, u64)> {
    let mut pieces: Vec<(String, u64)> = vec![(String::new(), 0)];
    let mut digits = false;
    for symbol in text.chars() {
        if symbol.is_ascii_digit() {
            let last = pieces.len() - 1;
            pieces[last].1 = pieces[last].1.saturating_mul(10).saturating_add(u64::from(symbol as u32 - '0' as u32));
            digits = true;
        } else {
            if std::mem::take(&mut digits) {
                pieces.push((String::new(), 0));
            }
            if let Some((text, _)) = pieces.last_mut() {
                text.push(symbol);
            }
        }
    }
    pieces
}

fn sort(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("nrufhVbgsdiz", "ktTo")?;
    let mut global = Key { from: 0, ..Key::default() };
    global.take_flags(&flags.letters());
    let separator = flags.value('t').and_then(|text| text.chars().next());
    let mut keys = Vec::new();
    for text in flags.values('k') {
        let mut key = Key::default();
        let mut parts = text.split(',');
        let mut field = |text: Option<&str>| {
            let text = text?;
            let len = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
            key.take_flags(&text[len..]);
            text[..len].split('.').next()?.parse::<usize>().ok()
        };
        let (from, to) = (field(parts.next()), field(parts.next()));
        let Some(from) = from.filter(|from| *from > 0) else {
            desk.complain(format!("invalid number at field start: invalid count at start of '{text}'"));
            return Err(2);
        };
        (key.from, key.to) = (from, to);
        let plain = !(key.numeric || key.reverse || key.human || key.version || key.fold);
        if plain {
            key = Key { from, to, ..global.clone() };
        }
        keys.push(key);
    }
    let unique = flags.has('u');
    let output = flags.value('o').map(str::to_owned);
    let end = move |mut lines: Vec<String>, desk: &mut Desk<'_>| {
        let compare = |left: &String, right: &String| {
            for key in &keys {
                let order = key.compare(field(left, key, separator), field(right, key, separator));
                if order != Ordering::Equal {
                    return order;
                }
            }
            if keys.is_empty() { global.compare(left, right) } else { Ordering::Equal }
        };
        let last = |left: &String, right: &String| if global.reverse { right.cmp(left) } else { left.cmp(right) };
        lines.order_by(|left, right| {
            compare(left, right).then_with(|| if unique { Ordering::Equal } else { last(left, right) })
        });
        if unique {
            lines.dedup_by(|right, left| compare(left, right) == Ordering::Equal);
        }
        match &output {
            Some(file) => {
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                let path = desk.path(file);
                if let Err(errno) = desk.files().write(&path, text, desk.now()) {
                    desk.complain(format!("open failed: {file}: {errno}"));
                    return 2;
                }
            }
            None => lines.iter().for_each(|line| desk.line(line)),
        }
        0
    };
    Ok(Plan { filter: Box::new(Kept { lines: Vec::new(), size: 0, end }), files: or_input(files) })
}

/// What of a line a key means.
fn field<'l>(line: &'l str, key: &Key, separator: Option<char>) -> &'l str {
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    match separator {
        Some(separator) => {
            let mut at = 0;
            for part in line.split(separator) {
                starts.push(at);
                ends.push(at + part.len());
                at += part.len() + separator.len_utf8();
            }
        }
        None => {
            // A field begins with the blanks before it.
            let mut in_word = false;
            starts.push(0);
            for (at, symbol) in line.char_indices() {
                let blank = matches!(symbol, ' ' | '\t');
                if blank && in_word {
                    ends.push(at);
                    starts.push(at);
                }
                in_word = !blank;
            }
            ends.push(line.len());
        }
    }
    let Some(&start) = starts.get(key.from - 1) else { return "" };
    let end = key.to.and_then(|to| ends.get(to.max(1) - 1).copied()).unwrap_or(line.len());
    let text = &line[start..end.max(start)];
    if key.blanks || key.numeric { text.trim_start() } else { text }
}

struct Uniq {
    count: bool,
    repeated: bool,
    unique: bool,
    fold: bool,
    skip: usize,
    last: Option<(String, usize)>,
}

fn uniq(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, mut files) = desk.flags("cdui", "fs")?;
    files.truncate(1);
    let skip = flags.value('f').and_then(|text| text.parse().ok()).unwrap_or(0);
    let (count, repeated, unique, fold) = (flags.has('c'), flags.has('d'), flags.has('u'), flags.has('i'));
    let uniq = Uniq { count, repeated, unique, fold, skip, last: None };
    Ok(Plan { filter: Box::new(uniq), files: or_input(files) })
}

impl Uniq {
    fn key(&self, line: &str) -> String {
        let mut rest = line;
        for _ in 0..self.skip {
            rest = rest.trim_start();
            rest = &rest[rest.find([' ', '\t']).unwrap_or(rest.len())..];
        }
        if self.fold { rest.to_lowercase() } else { rest.to_owned() }
    }

    fn print(&self, line: &str, count: usize, desk: &mut Desk<'_>) {
        if self.repeated && count < 2 || self.unique && count > 1 {
            return;
        }
        let width = desk.words(7, 7);
        match self.count {
            true => desk.line(format!("{count:width$} {line}")),
            false => desk.line(line),
        }
    }
}

impl Filter for Uniq {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        let line = text(line).into_owned();
        match self.last.take() {
            Some((last, count)) if self.key(&last) == self.key(&line) => self.last = Some((last, count + 1)),
            last => {
                if let Some((last, count)) = last {
                    self.print(&last, count, desk);
                }
                self.last = Some((line, 1));
            }
        }
        Want::More
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        if let Some((last, count)) = self.last.take() {
            self.print(&last, count, desk);
        }
        0
    }
}

struct Grep {
    patterns: Vec<Regex>,
    invert: bool,
    count: bool,
    list: Option<bool>,
    only: bool,
    number: bool,
    quiet: bool,
    names: bool,
    whole: bool,
    words: bool,
    most: usize,
    before: usize,
    after: usize,
    // What is known of the file that is being read.
    name: String,
    line: usize,
    found: usize,
    held: VecDeque<(usize, String)>,
    left_after: usize,
    last_shown: usize,
    any: bool,
    failed: bool,
}

fn grep(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    for arg in desk.args.iter_mut().skip(1) {
        let short = match arg.split('=').next().unwrap_or("") {
            "--quiet" | "--silent" => "-q",
            "--ignore-case" => "-i",
            "--invert-match" => "-v",
            "--count" => "-c",
            "--line-number" => "-n",
            "--only-matching" => "-o",
            "--extended-regexp" => "-E",
            "--fixed-strings" => "-F",
            "--word-regexp" => "-w",
            "--line-regexp" => "-x",
            "--files-with-matches" => "-l",
            "--line-buffered" | "--color" | "--colour" => "-y",
            _ => continue,
        };
        *arg = short.into();
    }
    let extended_name = desk.args[0].ends_with("egrep");
    let fixed_name = desk.args[0].ends_with("fgrep");
    let (flags, mut files) = desk.flags("EFGPivcqnolLhHswxyr", "emABCf")?;
    let mut texts: Vec<String> = flags.values('e').map(str::to_owned).collect();
    if texts.is_empty() {
        if files.is_empty() {
            let gnu = "usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";
            if desk.is_busybox() {
                desk.err("BusyBox v1.37.0 multi-call binary.\n\nUsage: grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n");
            } else {
                desk.err(gnu.replace("usage", "Usage"));
            }
            return Err(2);
        }
        texts.push(files.remove(0));
    }
    let extended = flags.has('E') || flags.has('P') || extended_name;
    let mut patterns = Vec::new();
    for text in texts.iter().flat_map(|text| text.split('\n')) {
        let mut text = text.to_owned();
        if flags.has('P') {
            text = text.replace("\\d", "[0-9]");
        }
        if flags.has('F') || fixed_name {
            let mut escaped = String::new();
            for symbol in text.chars() {
                if matches!(symbol, '.' | '[' | ']' | '*' | '^' | '$' | '\\') {
                    escaped.push('\\');
                }
                escaped.push(symbol);
            }
            text = escaped;
        }
        match Regex::new(&text, extended && !flags.has('F') && !fixed_name, flags.has('i')) {
            Ok(regex) => patterns.push(regex),
            Err(error) => {
                desk.complain(desk.words(error.to_owned(), format!("bad regex '{text}': {error}")));
                return Err(2);
            }
        }
    }
    let number = |letter| flags.value(letter).and_then(|text| text.parse::<usize>().ok());
    let around = number('C').unwrap_or(0);
    let grep = Grep {
        patterns,
        invert: flags.has('v'),
        count: flags.has('c'),
        list: if flags.has('l') { Some(true) } else { flags.has('L').then_some(false) },
        only: flags.has('o'),
        number: flags.has('n'),
        quiet: flags.has('q'),
        names: (files.len() > 1 || flags.has('H')) && !flags.has('h'),
        whole: flags.has('x'),
        words: flags.has('w'),
        most: number('m').unwrap_or(usize::MAX),
        before: number('B').unwrap_or(around),
        after: number('A').unwrap_or(around),
        name: String::new(),
        line: 0,
        found: 0,
        held: VecDeque::new(),
        left_after: 0,
        last_shown: 0,
        any: false,
        failed: false,
    };
    Ok(Plan { filter: Box::new(grep), files: or_input(files) })
}

impl Grep {
    /// Where the first match from a place on is, as the flags want it.
    fn find(&self, line: &str, from: usize) -> Option<(usize, usize)> {
        let fits = |regex: &Regex| {
            let mut from = from;
            loop {
                let (start, end) = regex.find(line, from)?[0]?;
                let is_word =
                    |symbol: Option<char>| symbol.is_some_and(|symbol| symbol.is_alphanumeric() || symbol == '_');
                let alone = !is_word(line[..start].chars().next_back()) && !is_word(line[end..].chars().next());
                if (!self.whole || start == 0 && end == line.len()) && (!self.words || alone) {
                    return Some((start, end));
                }
                from = start + line[start..].chars().next()?.len_utf8();
            }
        };
        let found = self.patterns.iter().filter_map(fits);
        found.min_by(|left, right| left.0.cmp(&right.0).then(right.1.cmp(&left.1)))
    }

    fn show(&mut self, number: usize, line: &str, sign: char, desk: &mut Desk<'_>) {
        let gap = (self.before > 0 || self.after > 0) && self.last_shown > 0 && number > self.last_shown + 1;
        if gap {
            desk.line("--");
        }
        self.last_shown = number;
        let name = if self.names { format!("{}{sign}", self.shown_name()) } else { String::new() };
        let number = if self.number { format!("{number}{sign}") } else { String::new() };
        desk.line(format!("{name}{number}{line}"));
    }

    fn shown_name(&self) -> &str {
        if self.name == "-" { "(standard input)" } else { &self.name }
    }
}

impl Filter for Grep {
    fn file(&mut self, name: &str, _desk: &mut Desk<'_>) {
        name.clone_into(&mut self.name);
        (self.line, self.found, self.left_after, self.last_shown) = (0, 0, 0, 0);
        self.held.clear();
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        let line = text(line);
        self.line += 1;
        let found = self.find(&line, 0);
        if found.is_some() == self.invert {
            if self.left_after > 0 {
                self.left_after -= 1;
                let number = self.line;
                self.show(number, &line, '-', desk);
            } else if self.before > 0 {
                self.held.push_back((self.line, line.into_owned()));
                if self.held.len() > self.before {
                    self.held.pop_front();
                }
            }
            let done = self.found >= self.most && self.left_after == 0;
            return if done { Want::NextFile } else { Want::More };
        }
        if self.found >= self.most {
            return Want::NextFile;
        }
        self.found += 1;
        self.any = true;
        if self.quiet {
            return Want::Enough;
        }
        if self.list.is_some() {
            return Want::NextFile;
        }
        if !self.count {
            for (number, line) in std::mem::take(&mut self.held) {
                self.show(number, &line, '-', desk);
            }
            let number = self.line;
            if self.only && !self.invert {
                let mut next = found;
                while let Some((start, end)) = next {
                    if end > start {
                        self.show(number, &line[start..end], ':', desk);
                    }
                    let step = if end > start { 0 } else { line[end..].chars().next().map_or(1, char::len_utf8) };
                    next = if end + step > line.len() { None } else { self.find(&line, end + step) };
                }
            } else {
                self.show(number, &line, ':', desk);
            }
            self.left_after = self.after;
        }
        if self.found >= self.most && self.after == 0 { Want::NextFile } else { Want::More }
    }

    fn file_end(&mut self, desk: &mut Desk<'_>) {
        if self.list.is_some_and(|wanted| wanted == (self.found > 0)) {
            desk.line(self.shown_name());
        } else if self.count && self.list.is_none() && !self.quiet {
            let name = if self.names { format!("{}:", self.shown_name()) } else { String::new() };
            desk.line(format!("{name}{}", self.found));
        }
    }

    fn end(&mut self, _desk: &mut Desk<'_>) -> i32 {
        if self.failed && !(self.quiet && self.any) { 2 } else { i32::from(!self.any) }
    }

    fn failed(&mut self) -> i32 {
        self.failed = true;
        2
    }
}

/// `1,3-5,7-`: from and to, from 1.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let range = |part: &str| {
        let number = |text: &str, other: usize| if text.is_empty() { Some(other) } else { text.parse::<usize>().ok() };
        let (from, to) = match part.split_once('-') {
            Some(("", "")) => return None,
            Some((from, to)) => (number(from, 1)?, number(to, usize::MAX)?),
            None => (part.parse().ok()?, part.parse().ok()?),
        };
        (from > 0 && from <= to).then_some((from, to))
    };
    text.split(',').map(range).collect()
}

fn cut(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("sn", "dfcb")?;
    let (list, by_fields) = match (flags.value('f'), flags.value('c').or(flags.value('b'))) {
        (Some(list), None) => (list, true),
        (None, Some(list)) => (list, false),
        _ => {
            let gnu = "you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.";
            desk.complain(desk.words(gnu, "expected a list of bytes, characters, or fields"));
            return Err(1);
        }
    };
    let Some(ranges) = ranges(list) else {
        let gnu = format!("invalid field value '{list}'\nTry 'cut --help' for more information.");
        desk.complain(desk.words(gnu, format!("invalid range '{list}'")));
        return Err(1);
    };
    let delimiter = flags.value('d').and_then(|text| text.chars().next()).unwrap_or('\t');
    let only = flags.has('s');
    let change = move |line: &str| {
        let inside = |place: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&place));
        if !by_fields {
            return Some(
                line.chars().enumerate().filter(|(place, _)| inside(place + 1)).map(|(_, symbol)| symbol).collect(),
            );
        }
        if !line.contains(delimiter) {
            return (!only).then(|| line.to_owned());
        }
        let parts = line.split(delimiter).enumerate().filter(|(place, _)| inside(place + 1));
        let parts: Vec<&str> = parts.map(|(_, part)| part).collect();
        Some(parts.join(&delimiter.to_string()))
    };
    Ok(Plan { filter: Box::new(Cut(Box::new(change))), files: or_input(files) })
}

type Change = Box<dyn Fn(&str) -> Option<String>>;

struct Cut(Change);

impl Filter for Cut {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        if let Some(changed) = (self.0)(&text(line)) {
            desk.line(changed);
        }
        Want::More
    }
}

/// The characters of a set of `tr`.
fn set(text: &str) -> Vec<char> {
    let symbols: Vec<char> = super::super::syntax::unescape(text, true).0.chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while at < symbols.len() {
        let rest: String = symbols[at..].iter().take(14).collect();
        let class = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]"));
        if let Some((name, ranges)) =
            class.and_then(|(name, _)| Some((name, super::super::language::pattern::class(name)?)))
        {
            all.extend(ranges.iter().flat_map(|(low, high)| *low..=*high));
            at += name.len() + 4;
        } else if symbols.get(at + 1) == Some(&'-') && symbols.get(at + 2).is_some_and(|high| *high >= symbols[at]) {
            all.extend((symbols[at]..=symbols[at + 2]).take(70_000));
            at += 3;
        } else {
            all.push(symbols[at]);
            at += 1;
        }
    }
    all
}

struct Tr {
    from: Vec<char>,
    to: Vec<char>,
    complement: bool,
    delete: bool,
    squeeze: bool,
    last: Option<char>,
}

fn tr(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, sets) = desk.flags("cCdst", "")?;
    let Some(first) = sets.first() else {
        desk.usage("missing operand");
        return Err(1);
    };
    let (delete, squeeze) = (flags.has('d'), flags.has('s'));
    if sets.len() < 2 && !delete && !squeeze {
        let gnu = format!(
            "missing operand after '{first}'\nTwo strings must be given when translating.\nTry 'tr --help' for more information."
        );
        desk.complain(desk.words(gnu, "missing operand".to_owned()));
        return Err(1);
    }
    let to = sets.get(1).map_or(Vec::new(), |text| set(text));
    let complement = flags.has('c') || flags.has('C');
    let tr = Tr { from: set(first), to, complement, delete, squeeze, last: None };
    Ok(Plan { filter: Box::new(tr), files: vec!["-".into()] })
}

impl Filter for Tr {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        let mut result = String::new();
        for symbol in String::from_utf8_lossy(line).chars() {
            let place = self.from.iter().rposition(|known| *known == symbol);
            let chosen = place.is_some() != self.complement;
            if self.delete && chosen {
                continue;
            }
            let mut new = symbol;
            if chosen && !self.to.is_empty() && !self.delete {
                let place = if self.complement { usize::MAX } else { place.unwrap_or(0) };
                new = self.to[place.min(self.to.len() - 1)];
            }
            let squeezed = match (self.delete, self.to.is_empty()) {
                (true, _) => self.to.contains(&new),
                (false, true) => chosen,
                (false, false) => self.to.contains(&new),
            };
            if self.squeeze && squeezed && self.last == Some(new) {
                continue;
            }
            self.last = Some(new);
            result.push(new);
        }
        desk.out(result);
        Want::More
    }
}

struct Tee(Vec<Rc<Open>>);

fn tee(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("ai", "")?;
    let mut open = Vec::new();
    for file in files {
        let append = flags.has('a');
        let access = Access { write: true, create: true, append, truncate: !append, ..Access::default() };
        match machine::open(desk.task, &file, access) {
            Ok(file) => open.push(file),
            Err(errno) => desk.complain(desk.words(format!("{file}: {errno}"), format!("{file}: {errno}"))),
        }
    }
    Ok(Plan { filter: Box::new(Tee(open)), files: vec!["-".into()] })
}

impl Filter for Tee {
    fn raw(&self) -> bool {
        true
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        for file in &self.0 {
            if let Err(errno) = file.try_write(line, desk.now()) {
                desk.complain(format!("write error: {errno}"));
            }
        }
        desk.out(line);
        Want::More
    }
}

struct Base64 {
    decode: bool,
    width: usize,
    bytes: Vec<u8>,
}

fn base64(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    for arg in desk.args.iter_mut().filter(|arg| *arg == "--decode") {
        *arg = "-d".into();
    }
    let (flags, files) = desk.flags("di", "w")?;
    let width = flags.value('w').and_then(|text| text.parse().ok()).unwrap_or(76);
    let filter = Box::new(Base64 { decode: flags.has('d'), width, bytes: Vec::new() });
    Ok(Plan { filter, files: or_input(files) })
}

impl Filter for Base64 {
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        self.bytes.extend_from_slice(line);
        if self.bytes.len() > MOST {
            desk.complain("memory exhausted");
            return Want::Enough;
        }
        Want::More
    }

    fn end(&mut self, desk: &mut Desk<'_>) -> i32 {
        if !self.decode {
            let text = encode(&self.bytes);
            let width = if self.width == 0 { usize::MAX } else { self.width };
            let lines: Vec<&str> =
                text.as_bytes().chunks(width).filter_map(|line| std::str::from_utf8(line).ok()).collect();
            desk.out(lines.join("\n"));
            if self.width > 0 && !text.is_empty() {
                desk.out("\n");
            }
            return 0;
        }
        let read = from_base64(&self.bytes);
        let complete = read.is_ok();
        desk.out(read.unwrap_or_else(|as_far| as_far));
        if complete {
            return 0;
        }
        desk.complain(desk.words("invalid input", "truncated input"));
        1
    }
}

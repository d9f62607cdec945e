//! Regular expressions of POSIX, basic and extended, with the extensions of GNU: for grep, sed, awk, expr and `=~`.
//!
//! An expression becomes a small program that is tried at each place of a text; what it could still try it keeps on a
//! stack of its own. Where there are alternatives the longest match is taken, as POSIX wants it. The work of a search is
//! bounded: beyond the bound nothing more is found. There is no crate for this: `regex` and its smaller kin know neither
//! back-references nor the longest match nor basic expressions, and would be 25 KiB to download.

use super::language::pattern::class;

/// How many steps a search may take.
const MOST_STEPS: usize = 2_000_000;
/// How long a program may be.
const LONGEST_PROGRAM: usize = 20_000;
/// How deep groups may nest.
const DEEPEST: usize = 50;

/// A compiled expression.
pub struct Regex {
    program: Vec<Op>,
    groups: usize,
    marks: usize,
    ignore_case: bool,
    longest: bool,
}

/// What a search found: the whole match, then each group, as places in bytes.
pub type Groups = Vec<Option<(usize, usize)>>;

#[derive(Clone, Debug)]
enum Op {
    Char(char),
    Any,
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Start,
    End,
    WordStart,
    WordEnd,
    Boundary(bool),
    /// Goes on at the first; later, if that fails, at the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    Mark(usize),
    /// Fails if nothing was read since the mark: a loop of nothing would never end.
    Moved(usize),
    Back(usize),
    Match,
}

struct Compiler<'a> {
    text: &'a [char],
    at: usize,
    extended: bool,
    program: Vec<Op>,
    groups: usize,
    marks: usize,
    depth: usize,
    alternatives: bool,
}

type Compiled = Result<(), &'static str>;

impl Regex {
    /// Compiles an expression. The error is what `regcomp` says.
    pub fn new(text: &str, extended: bool, ignore_case: bool) -> Result<Self, &'static str> {
        let symbols: Vec<char> =
            if ignore_case { text.to_lowercase().chars().collect() } else { text.chars().collect() };
        let mut compiler = Compiler {
            text: &symbols,
            at: 0,
            extended,
            program: vec![Op::Save(0)],
            groups: 1,
            marks: 0,
            depth: 0,
            alternatives: false,
        };
        compiler.alternation()?;
        if compiler.at < symbols.len() {
            return Err("Unmatched ) or \\)");
        }
        compiler.program.extend([Op::Save(1), Op::Match]);
        let Compiler { program, groups, marks, alternatives, .. } = compiler;
        Ok(Self { program, groups, marks, ignore_case, longest: alternatives })
    }

    /// Whether it matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text, 0).is_some()
    }

    /// The first match that begins at `from` or later.
    pub fn find(&self, text: &str, from: usize) -> Option<Groups> {
        let lower;
        let text = if self.ignore_case && text.is_ascii() {
            lower = text.to_ascii_lowercase();
            &lower
        } else {
            text
        };
        let mut steps = MOST_STEPS;
        let mut start = from;
        loop {
            if let Some(found) = self.at(text, start, &mut steps) {
                return Some(found);
            }
            start += text.get(start..)?.chars().next()?.len_utf8();
            if steps == 0 {
                return None;
            }
        }
    }

    fn at(&self, text: &str, start: usize, steps: &mut usize) -> Option<Groups> {
        let mut saved: Vec<usize> = vec![usize::MAX; self.groups * 2];
        let mut marks = vec![usize::MAX; self.marks];
        // What to try later: a place in the program and one in the text, or what a slot held before.
        enum Later {
            Try(usize, usize),
            Save(usize, usize),
            Mark(usize, usize),
        }
        let mut stack: Vec<Later> = Vec::new();
        let (mut pc, mut at) = (0, start);
        let mut best: Option<Vec<usize>> = None;
        let is_word = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
        loop {
            if *steps == 0 {
                break;
            }
            *steps -= 1;
            let next = text[at..].chars().next();
            let before = || text[..at].chars().next_back();
            let word_before = || before().is_some_and(is_word);
            let word_next = next.is_some_and(is_word);
            let step = next.map_or(0, char::len_utf8);
            let goes_on = match &self.program[pc] {
                Op::Char(symbol) => {
                    next.is_some_and(|next| self.same(*symbol, next)) && {
                        at += step;
                        true
                    }
                }
                Op::Any => {
                    next.is_some() && {
                        at += step;
                        true
                    }
                }
                Op::Set { negated, ranges } => {
                    let inside = |symbol: char| ranges.iter().any(|(low, high)| *low <= symbol && symbol <= *high);
                    next.is_some_and(|next| {
                        let folded = self.ignore_case && next.to_uppercase().any(inside);
                        (inside(next) || folded) != *negated
                    }) && {
                        at += step;
                        true
                    }
                }
                Op::Start => at == 0,
                Op::End => next.is_none(),
                Op::WordStart => !word_before() && word_next,
                Op::WordEnd => word_before() && !word_next,
                Op::Boundary(wanted) => (word_before() != word_next) == *wanted,
                Op::Split(first, second) => {
                    stack.push(Later::Try(*second, at));
                    pc = *first;
                    continue;
                }
                Op::Jump(to) => {
                    pc = *to;
                    continue;
                }
                Op::Save(slot) => {
                    stack.push(Later::Save(*slot, saved[*slot]));
                    saved[*slot] = at;
                    true
                }
                Op::Mark(slot) => {
                    stack.push(Later::Mark(*slot, marks[*slot]));
                    marks[*slot] = at;
                    true
                }
                Op::Moved(slot) => marks[*slot] != at,
                Op::Back(group) => match (saved.get(group * 2), saved.get(group * 2 + 1)) {
                    (Some(&from), Some(&to)) if to != usize::MAX && from <= to => {
                        let found = text[at..].starts_with(&text[from..to]);
                        if found {
                            at += to - from;
                        }
                        found
                    }
                    _ => false,
                },
                Op::Match => {
                    if best.as_ref().is_none_or(|best| best[1] < saved[1]) {
                        best = Some(saved.clone());
                    }
                    if !self.longest {
                        break;
                    }
                    false
                }
            };
            if goes_on {
                pc += 1;
                continue;
            }
            loop {
                match stack.pop() {
                    Some(Later::Try(to, place)) => {
                        (pc, at) = (to, place);
                        break;
                    }
                    Some(Later::Save(slot, old)) => saved[slot] = old,
                    Some(Later::Mark(slot, old)) => marks[slot] = old,
                    None => {
                        return best.map(|saved| groups(&saved));
                    }
                }
            }
            if stack.len() > MOST_STEPS / 4 {
                break;
            }
        }
        best.map(|saved| groups(&saved))
    }

    fn same(&self, symbol: char, next: char) -> bool {
        symbol == next || self.ignore_case && next.to_lowercase().eq([symbol])
    }

    /// The text with matches replaced: all from the `nth` on, or only that one.
    pub fn replace(
        &self,
        text: &str,
        nth: usize,
        all: bool,
        with: &mut dyn FnMut(&Groups, &mut String),
    ) -> Option<String> {
        let mut result = String::new();
        let (mut from, mut copied, mut count, mut last_end) = (0, 0, 0, None);
        while let Some(found) = self.find(text, from) {
            let Some((start, end)) = found[0] else { break };
            // Nothing directly behind a match is no other match.
            if start < end || last_end != Some(start) {
                count += 1;
                last_end = Some(end);
                if count >= nth {
                    result.push_str(&text[copied..start]);
                    with(&found, &mut result);
                    copied = end;
                    if !all {
                        break;
                    }
                }
            }
            from = end;
            if start == end {
                match text[end..].chars().next() {
                    Some(symbol) => from = end + symbol.len_utf8(),
                    None => break,
                }
            }
        }
        if count < nth {
            return None;
        }
        result.push_str(&text[copied..]);
        Some(result)
    }
}

fn groups(saved: &[usize]) -> Groups {
    let group = |pair: &[usize]| (pair[1] != usize::MAX && pair[0] <= pair[1]).then(|| (pair[0], pair[1]));
    saved.chunks(2).map(group).collect()
}

impl Compiler<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// Whether an operator is here: bare in extended expressions, behind a backslash in basic ones.
    fn operator(&self, sign: char) -> bool {
        if self.extended {
            return self.peek() == Some(sign);
        }
        self.peek() == Some('\\') && self.text.get(self.at + 1) == Some(&sign)
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.operator(sign);
        if found {
            self.at += if self.extended { 1 } else { 2 };
        }
        found
    }

    fn alternation(&mut self) -> Compiled {
        let start = self.program.len();
        self.sequence()?;
        let mut ends = Vec::new();
        while self.eat('|') {
            self.alternatives = true;
            // What was compiled becomes the first choice.
            self.shift(start, 1);
            let second = self.program.len() + 1;
            self.program.insert(start, Op::Split(start + 1, second));
            for end in &mut ends {
                *end += 1;
            }
            ends.push(self.program.len());
            self.program.push(Op::Jump(0));
            self.sequence()?;
            if self.program.len() > LONGEST_PROGRAM {
                return Err("Regular expression too big");
            }
        }
        let after = self.program.len();
        for end in ends {
            self.program[end] = Op::Jump(after);
        }
        Ok(())
    }

    /// Makes the targets of what stands from `start` on fit when it is moved.
    fn shift(&mut self, start: usize, by: usize) {
        for op in &mut self.program[start..] {
            move_targets(op, start, by);
        }
    }

    fn sequence(&mut self) -> Compiled {
        let mut first = true;
        while let Some(symbol) = self.peek() {
            if self.operator('|') || self.operator(')') && (self.depth > 0 || !self.extended) {
                break;
            }
            let start = self.program.len();
            self.atom(symbol, first)?;
            self.repetition(start)?;
            first = false;
            if self.program.len() > LONGEST_PROGRAM {
                return Err("Regular expression too big");
            }
        }
        Ok(())
    }

    fn atom(&mut self, symbol: char, first: bool) -> Compiled {
        if self.eat('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err("Regular expression too big");
            }
            let group = self.groups;
            self.groups += 1;
            self.program.push(Op::Save(group * 2));
            self.alternation()?;
            if !self.eat(')') {
                return Err("Unmatched ( or \\(");
            }
            self.depth -= 1;
            self.program.push(Op::Save(group * 2 + 1));
            return Ok(());
        }
        self.at += 1;
        let op = match symbol {
            '^' if self.extended || first => Op::Start,
            '$' if self.extended || self.at == self.text.len() || self.operator(')') || self.operator('|') => Op::End,
            '.' => Op::Any,
            '[' => self.set()?,
            '*' if self.extended && !first => return Err("Invalid preceding regular expression"),
            '+' | '?' if self.extended && first => Op::Char(symbol),
            '\\' => {
                let Some(escaped) = self.peek() else { return Err("Trailing backslash") };
                self.at += 1;
                let set = |name: &str, negated: bool| Op::Set { negated, ranges: class(name).unwrap_or(&[]).to_vec() };
                match escaped {
                    'w' => set("word", false),
                    'W' => set("word", true),
                    's' => set("space", false),
                    'S' => set("space", true),
                    'b' => Op::Boundary(true),
                    'B' => Op::Boundary(false),
                    '<' => Op::WordStart,
                    '>' => Op::WordEnd,
                    'n' => Op::Char('\n'),
                    't' => Op::Char('\t'),
                    '1'..='9' => {
                        let group = escaped as usize - '0' as usize;
                        if group >= self.groups {
                            return Err("Invalid back reference");
                        }
                        Op::Back(group)
                    }
                    other => Op::Char(other),
                }
            }
            other => Op::Char(other),
        };
        self.program.push(op);
        Ok(())
    }

    fn set(&mut self) -> Result<Op, &'static str> {
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let first = self.at;
        let mut ranges = Vec::new();
        loop {
            let Some(symbol) = self.peek() else { return Err("Unmatched [, [^, [:, [., or [=") };
            if symbol == ']' && self.at > first {
                self.at += 1;
                return Ok(Op::Set { negated, ranges });
            }
            if symbol == '[' && self.text.get(self.at + 1) == Some(&':') {
                let rest: String = self.text[self.at + 2..].iter().take(12).collect();
                if let Some((name, _)) = rest.split_once(":]") {
                    ranges.extend_from_slice(class(name).ok_or("Invalid character class name")?);
                    self.at += name.len() + 4;
                    continue;
                }
            }
            self.at += 1;
            let high = self.text.get(self.at + 1).copied().filter(|high| *high != ']');
            match high {
                Some(high) if self.peek() == Some('-') => {
                    if high < symbol {
                        return Err("Invalid range end");
                    }
                    ranges.push((symbol, high));
                    self.at += 2;
                }
                _ => ranges.push((symbol, symbol)),
            }
        }
    }

    fn repetition(&mut self, start: usize) -> Compiled {
        loop {
            let (least, most) = if self.peek() == Some('*') {
                self.at += 1;
                (0, None)
            } else if self.operator('+') {
                self.eat('+');
                (1, None)
            } else if self.operator('?') {
                self.eat('?');
                (0, Some(1))
            } else if self.operator('{') {
                let before = self.at;
                self.eat('{');
                match self.bounds()? {
                    Some(bounds) => bounds,
                    None => {
                        self.at = before;
                        return Ok(());
                    }
                }
            } else {
                return Ok(());
            };
            let piece: Vec<Op> = self.program.drain(start..).collect();
            let size = piece.len() * most.unwrap_or(least).max(least).max(1) as usize;
            if size > LONGEST_PROGRAM {
                return Err("Regular expression too big");
            }
            for _ in 0..least {
                self.append(&piece, start);
            }
            match most {
                None => {
                    let (mark, split) = (self.marks, self.program.len());
                    self.marks += 1;
                    self.program.push(Op::Split(split + 1, 0));
                    self.program.push(Op::Mark(mark));
                    self.append(&piece, start);
                    self.program.extend([Op::Moved(mark), Op::Jump(split)]);
                    self.program[split] = Op::Split(split + 1, self.program.len());
                }
                Some(most) => {
                    let mut splits = Vec::new();
                    for _ in least..most.max(least) {
                        splits.push(self.program.len());
                        self.program.push(Op::Jump(0));
                        self.append(&piece, start);
                    }
                    let end = self.program.len();
                    for split in splits {
                        self.program[split] = Op::Split(split + 1, end);
                    }
                }
            }
        }
    }

    /// Adds a copy of what was compiled for a place.
    fn append(&mut self, piece: &[Op], compiled_at: usize) {
        let by = self.program.len() - compiled_at;
        for op in piece {
            let mut op = op.clone();
            move_targets(&mut op, compiled_at, by);
            self.program.push(op);
        }
    }

    fn bounds(&mut self) -> Result<Option<(u32, Option<u32>)>, &'static str> {
        let digits = |compiler: &mut Self| {
            let start = compiler.at;
            while compiler.peek().is_some_and(|digit| digit.is_ascii_digit()) {
                compiler.at += 1;
            }
            compiler.text[start..compiler.at].iter().collect::<String>().parse::<u32>().ok()
        };
        let least = digits(self);
        let mut most = least;
        if self.peek() == Some(',') {
            self.at += 1;
            most = digits(self);
        } else if least.is_none() {
            return if self.extended { Ok(None) } else { Err("Invalid content of \\{\\}") };
        }
        if !self.eat('}') {
            return Err("Unmatched { or \\{");
        }
        let least = least.unwrap_or(0);
        if least > 255 || most.is_some_and(|most| most > 255 || most < least) {
            return Err("Invalid content of \\{\\}");
        }
        Ok(Some((least, most)))
    }
}

fn move_targets(op: &mut Op, from: usize, by: usize) {
    let moved = |target: &mut usize| {
        if *target >= from {
            *target += by;
        }
    };
    match op {
        Op::Split(first, second) => {
            moved(first);
            moved(second);
        }
        Op::Jump(target) => moved(target),
        _ => {}
    }
}

//! What a script consists of.

use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after the other.
#[derive(Debug, Default)]
pub struct List {
    pub items: Vec<Item>,
}

/// A chain of pipelines, and whether the shell goes on without waiting for it.
#[derive(Debug)]
pub struct Item {
    pub chain: Rc<Chain>,
    pub background: bool,
    /// As it was written, if it runs in the background; for what `jobs` lists.
    pub text: String,
}

/// `a && b || c`.
#[derive(Debug)]
pub struct Chain {
    pub first: Pipeline,
    /// Whether each runs if what came before succeeded (`&&`), or if it failed.
    pub rest: Vec<(bool, Pipeline)>,
}

/// `! a | b`
#[derive(Debug)]
pub struct Pipeline {
    pub negated: bool,
    /// `time` stands before it.
    pub timed: bool,
    pub commands: Vec<Rc<Command>>,
    /// For each but the last: standard error goes the same way (`|&`).
    pub with_errors: Vec<bool>,
}

/// A command and where its streams go.
#[derive(Debug)]
pub struct Command {
    pub line: u32,
    pub kind: Kind,
    pub redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub enum Kind {
    Simple {
        assignments: Vec<Assignment>,
        words: Vec<Argument>,
    },
    Group(Rc<List>),
    Subshell(Rc<List>),
    If {
        branches: Vec<(Rc<List>, Rc<List>)>,
        otherwise: Option<Rc<List>>,
    },
    While {
        until: bool,
        condition: Rc<List>,
        body: Rc<List>,
    },
    /// `for name in words`; without words, the parameters. The text is how it was written, for `set -x`.
    For {
        name: String,
        words: Option<Vec<Word>>,
        text: String,
        body: Rc<List>,
    },
    ForArithmetic {
        start: Word,
        condition: Word,
        step: Word,
        body: Rc<List>,
    },
    Case {
        word: Word,
        arms: Vec<Arm>,
    },
    Function {
        name: String,
        body: Rc<Command>,
    },
    Arithmetic(Word),
    Condition(Condition),
}

/// `pattern | pattern) list ;;`
#[derive(Debug)]
pub struct Arm {
    pub patterns: Vec<Word>,
    pub body: Rc<List>,
    pub after: After,
}

/// Where a `case` goes on after an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// `;;`
    End,
    /// `;&`
    NextArm,
    /// `;;&`
    NextMatch,
}

/// What stands between `[[` and `]]`.
#[derive(Debug)]
pub enum Condition {
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    /// `-f file`
    Unary(String, Word),
    /// `a == b`
    Binary(Word, String, Word),
    /// Whether it is not empty.
    Word(Word),
}

/// A word of a command; `declare` and its like also take assignments.
#[derive(Debug)]
pub enum Argument {
    Word(Word),
    Assignment(Assignment),
}

/// `name=value`, `name+=value`, `name[index]=value`, `name=(values)`.
#[derive(Debug)]
pub struct Assignment {
    pub name: String,
    pub index: Option<Word>,
    pub append: bool,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    Word(Word),
    /// Each with its index, if one is written.
    Array(Vec<(Option<Word>, Word)>),
}

/// `2>&1`, `<file`, `<<EOF`.
#[derive(Debug)]
pub struct Redirect {
    pub descriptor: Option<u32>,
    pub kind: RedirectKind,
    pub target: Word,
    /// The text of a here-document, once it was read.
    pub document: Rc<OnceCell<Word>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    Read,
    Write,
    Clobber,
    Append,
    ReadWrite,
    DuplicateInput,
    DuplicateOutput,
    Both,
    BothAppend,
    Document,
    HereString,
}

/// A word: pieces side by side.
#[derive(Debug, Default)]
pub struct Word {
    pub parts: Vec<Part>,
}

#[derive(Debug)]
pub enum Part {
    /// Unquoted text: patterns, braces and the tilde mean something in it.
    Text(String),
    /// Text that means itself.
    Quoted(String),
    /// `"…"`
    Double(Vec<Part>),
    Parameter(Rc<Parameter>),
    /// `$(…)`
    Command(Rc<List>),
    /// `$((…))`
    Arithmetic(Rc<Word>),
    /// `<(…)`, or `>(…)` if not input.
    Process {
        input: bool,
        body: Rc<List>,
    },
}

/// `${name[index] operation}`
#[derive(Debug)]
pub struct Parameter {
    /// A name, a number, or one of `@*#?-$!`.
    pub name: String,
    pub index: Option<Subscript>,
    /// `${!name}`: the variable whose name is this one's value.
    pub indirect: bool,
    pub operation: Operation,
}

#[derive(Debug)]
pub enum Subscript {
    /// `[@]`
    At,
    /// `[*]`
    Star,
    Index(Word),
}

#[derive(Debug)]
pub enum Operation {
    Get,
    /// `${#name}`
    Length,
    /// `${!name[@]}`
    Keys,
    /// `${!prefix*}`; whether it is `@`.
    Names {
        at: bool,
    },
    /// `-`, `=`, `?` or `+`; whether an empty value counts as none.
    Default {
        colon: bool,
        sign: char,
        word: Word,
    },
    /// `#` or `%`, and whether it is doubled.
    Trim {
        sign: char,
        longest: bool,
        pattern: Word,
    },
    /// `all` for `//`, `anchor` for `/#` and `/%`.
    Replace {
        all: bool,
        anchor: Option<char>,
        pattern: Word,
        with: Word,
    },
    Slice {
        offset: Word,
        length: Option<Word>,
    },
    /// `^` or `,`, and whether it is doubled.
    Case {
        sign: char,
        all: bool,
        pattern: Word,
    },
    /// `@Q`, `@U`, …
    Transform(char),
    /// What is no substitution at all, as it was written.
    Bad(String),
}

impl Word {
    /// A word without anything special.
    pub fn quoted(text: &str) -> Self {
        Self { parts: vec![Part::Quoted(text.to_owned())] }
    }

    /// The text of a word that is nothing but unquoted text.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

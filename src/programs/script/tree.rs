//! The syntax tree of a script, in either language.

use std::rc::Rc;

/// A name, shared between its uses.
pub type Name = Rc<str>;

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    None,
    Undefined,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Name),
    Bytes(Rc<[u8]>),
    Name(Name),
    This,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Set(Vec<Expr>),
    /// Keys with their values; a value without a key is a dictionary whose entries are taken in.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `*items` and `...items`, where items are listed.
    Spread(Box<Expr>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Logic(Logic, Box<Expr>, Box<Expr>),
    /// `a < b <= c`
    Chain(Box<Expr>, Vec<(Binary, Expr)>),
    /// Condition, then, otherwise.
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// An attribute; whether nothing has none (`?.`).
    Attribute(Box<Expr>, Name, bool),
    Index(Box<Expr>, Box<Expr>),
    Slice([Option<Box<Expr>>; 3]),
    Call(Box<Expr>, Vec<Argument>),
    New(Box<Expr>, Vec<Argument>),
    Function(Rc<Function>),
    Comprehension(Box<Comprehension>),
    /// Text with values in it: each with how it is converted (`!r`) and formatted.
    Format(Vec<Piece>),
    /// An assignment as an expression: its value is what is assigned.
    Assign(Box<Expr>, Box<Expr>),
    /// `x += 1`; `true`: its value is the old one (`x++`).
    Change(Binary, Box<Expr>, Box<Expr>, bool),
    TypeOf(Box<Expr>),
    Delete(Box<Expr>),
    Yield(Option<Box<Expr>>),
    Sequence(Vec<Expr>),
    /// A target that takes a default if it would get nothing, in JavaScript's patterns.
    Default(Box<Expr>, Box<Expr>),
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
    Invert,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    LeftShift,
    RightShift,
    BitAnd,
    BitOr,
    BitXor,
    Equal,
    NotEqual,
    /// `===` and `is`
    Same,
    NotSame,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    InstanceOf,
}

/// Operators that may leave out their second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logic {
    And,
    Or,
    /// `??`
    Else,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub enum Argument {
    Plain(Expr),
    Named(Name, Expr),
    /// `*items`
    Spread(Expr),
    /// `**entries`
    Entries(Expr),
}

/// A part of a formatted text.
#[derive(Clone, Debug)]
pub enum Piece {
    Text(Name),
    /// The value, whether it is shown as a program writes it (`!r`), and its format.
    Value(Expr, bool, Vec<Piece>),
}

/// `[element for …]` and its likes.
#[derive(Clone, Debug)]
pub struct Comprehension {
    pub kind: Collects,
    pub element: Expr,
    /// Of a dictionary.
    pub value: Option<Expr>,
    /// Targets, what they go over, and conditions.
    pub clauses: Vec<(Expr, Expr, Vec<Expr>)>,
}

/// What a comprehension makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collects {
    List,
    Set,
    Dict,
}

/// A function as it is written.
#[derive(Debug)]
pub struct Function {
    pub name: Name,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Statement>,
    /// Its body yields.
    pub generator: bool,
    /// It has the `this` of where it stands.
    pub arrow: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Name,
    pub kind: Takes,
    pub default: Option<Expr>,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    One,
    /// `*args`
    Rest,
    /// One, only by its name.
    Named,
    /// `**kwargs`
    Entries,
}

/// A statement with its line, from 1.
#[derive(Clone, Debug)]
pub struct Statement {
    pub line: u32,
    pub what: What,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum What {
    Expr(Expr),
    /// Targets, each of which gets the value.
    Assign(Vec<Expr>, Expr),
    /// `let`, `const`, `var`: the target, and the value if there is one.
    Declare(Declares, Expr, Option<Expr>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// With what is done when the condition ends it.
    While(Expr, Vec<Statement>, Vec<Statement>),
    DoWhile(Vec<Statement>, Expr),
    /// The target, how it is declared, what it goes over and whether that is by key, the body, and what is done at its end.
    For(Box<For>),
    /// First, condition, step, body.
    Count(Vec<Statement>, Option<Expr>, Option<Expr>, Vec<Statement>),
    Try(Box<Try>),
    With(Expr, Option<Expr>, Vec<Statement>),
    Return(Option<Expr>),
    Raise(Option<Expr>),
    Break,
    Continue,
    Function(Rc<Function>, Vec<Expr>),
    Class(Rc<Class>, Vec<Expr>),
    /// A module, the name for it, and the names taken from it with the names for those.
    Import(Name, Option<Name>, Vec<(Name, Name)>),
    Global(Vec<Name>),
    Nonlocal(Vec<Name>),
    Delete(Vec<Expr>),
    Assert(Expr, Option<Expr>),
    Block(Vec<Statement>),
    Switch(Expr, Vec<(Option<Expr>, Vec<Statement>)>),
    Pass,
}

/// How a name is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declares {
    Var,
    Let,
    Const,
}

/// A loop over items.
#[derive(Clone, Debug)]
pub struct For {
    pub target: Expr,
    pub declares: Option<Declares>,
    pub over: Expr,
    pub by_key: bool,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
}

/// What is tried, and what is done about failures.
#[derive(Clone, Debug, Default)]
pub struct Try {
    pub body: Vec<Statement>,
    /// The kind, if not any, the target for the failure, and what is done.
    pub handlers: Vec<(Option<Expr>, Option<Expr>, Vec<Statement>)>,
    pub otherwise: Vec<Statement>,
    pub finally: Vec<Statement>,
}

/// A class as it is written.
#[derive(Debug)]
pub struct Class {
    pub name: Name,
    pub base: Option<Expr>,
    pub body: Vec<Statement>,
}

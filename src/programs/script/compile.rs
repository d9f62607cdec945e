//! The translation of a syntax tree into small steps, after each of which a script can stop.

use super::tree::*;
use std::rc::Rc;

/// A function, or a whole script, as steps.
#[derive(Debug)]
pub struct Code {
    /// The file, and the function on a second line.
    pub name: Name,
    pub(super) parameters: Vec<(Name, Takes, bool)>,
    pub(super) steps: Vec<Step>,
    /// The line of each step.
    pub(super) lines: Vec<u32>,
    pub(super) generator: bool,
    pub(super) arrow: bool,
}

/// A step: it takes its operands from the stack, the last one from the top, and leaves its result there.
#[derive(Clone, Debug)]
pub(super) enum Step {
    None,
    Undefined,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Name),
    Bytes(Rc<[u8]>),
    This,
    Load(Name),
    /// A name that the function assigns: it is nowhere else.
    LoadLocal(Name),
    Store(Name),
    /// Makes the name one of the innermost scope.
    Declare(Name),
    DeclareInFunction(Name),
    StoreGlobal(Name),
    StoreOuter(Name),
    DeleteName(Name),
    Pop,
    Dup,
    DupTwo,
    /// A list of as many values.
    List(usize),
    ListToTuple,
    ListToSet,
    Dict,
    /// Adds a value to the list below it, or all that it holds.
    Append,
    Extend,
    /// Adds key and value to the dictionary below them, or all that a dictionary holds.
    Entry,
    Entries,
    /// Adds to what lies so many places below.
    Collect(Collects, usize),
    Slice,
    Unary(Unary),
    Binary(Binary),
    /// `x += y`: may change x itself.
    InPlace(Binary),
    Attribute(Name),
    Index,
    /// Value and object.
    SetAttribute(Name),
    /// Value, object and place.
    SetIndex,
    /// Object, perhaps the old value, and the new one; leaves the old or the new.
    ChangeAttribute(Name, bool),
    ChangeIndex(bool),
    DeleteAttribute(Name),
    DeleteIndex,
    Jump(usize),
    JumpIfFalse(usize),
    JumpIfTrue(usize),
    /// Jump and leave the value; otherwise take it away.
    JumpAnd(usize),
    JumpOr(usize),
    JumpElse(usize),
    /// Jump with undefined instead of a value that is nothing.
    JumpIfNothing(usize),
    /// `a < b < c`: if a < b fails, jump with that; b lies below.
    Call(usize),
    CallMethod(Name, usize),
    /// The arguments are a list and a dictionary.
    CallList,
    CallMethodList(Name),
    New(usize),
    Function(Rc<Code>, usize),
    Class(Name),
    Return,
    Yield,
    Iterate(bool),
    /// The next item of what is gone over, or away with it and a jump.
    Next(usize),
    Unpack(usize),
    /// So many before the rest and so many after it.
    UnpackRest(usize, usize),
    /// JavaScript's: what is missing is undefined.
    UnpackLoosely(usize, bool),
    OpenScope(bool),
    CloseScope,
    /// A scope with the same names, for the next round.
    CopyScope,
    Try(usize),
    EndTry,
    Raise,
    /// Whether the failure below is of a kind.
    Caught,
    Format(bool),
    Join(usize),
    Import(Name),
    ImportFrom(Name),
    TypeOf,
    TypeOfName(Name),
}

/// What is open around a statement: what leaves it has to close it.
enum Open {
    Loop {
        breaks: Vec<usize>,
        continues: Vec<usize>,
        items: bool,
    },
    /// Only `break` leaves it.
    Switch {
        breaks: Vec<usize>,
    },
    Scope,
    Try,
    Finally(Vec<Statement>),
}

/// How a target gets its value.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Assign,
    Declare(Declares),
}

struct Compiler {
    /// The name of the file.
    file: Name,
    python: bool,
    steps: Vec<Step>,
    lines: Vec<u32>,
    line: u32,
    open: Vec<Open>,
    /// The names that are the function's own; `None` outside of functions.
    locals: Option<Vec<Name>>,
    globals: Vec<Name>,
    outer: Vec<Name>,
    /// The failures that are being handled, by the names under which they are kept.
    handling: Vec<Name>,
    temporaries: usize,
}

/// Translates a script of a file. The value of a last statement that is an expression is the script's, if it is asked for.
pub fn compile(file: &str, body: &[Statement], python: bool, wants_value: bool) -> Rc<Code> {
    let mut compiler = Compiler::new(file.into(), python, None);
    compiler.hoist(body);
    let (last, rest) = match body.split_last() {
        Some((Statement { line, what: What::Expr(value) }, rest)) if wants_value => (Some((*line, value)), rest),
        _ => (None, body),
    };
    compiler.statements(rest);
    match last {
        Some((line, value)) => {
            compiler.line = line;
            compiler.expr(value);
        }
        None => compiler.add(Step::Undefined),
    }
    compiler.add(Step::Return);
    compiler.finish("<module>".into(), Vec::new(), false, false)
}

impl Compiler {
    fn new(file: Name, python: bool, locals: Option<Vec<Name>>) -> Self {
        Self {
            file,
            python,
            steps: Vec::new(),
            lines: Vec::new(),
            line: 1,
            open: Vec::new(),
            locals,
            globals: Vec::new(),
            outer: Vec::new(),
            handling: Vec::new(),
            temporaries: 0,
        }
    }

    fn finish(self, name: Name, parameters: Vec<(Name, Takes, bool)>, generator: bool, arrow: bool) -> Rc<Code> {
        let Self { file, steps, lines, .. } = self;
        let name = format!("{file}\n{name}").into();
        Rc::new(Code { name, parameters, steps, lines, generator, arrow })
    }

    fn add(&mut self, step: Step) {
        self.steps.push(step);
        self.lines.push(self.line);
    }

    fn here(&self) -> usize {
        self.steps.len()
    }

    /// A jump whose target is set later.
    fn jump(&mut self, step: fn(usize) -> Step) -> usize {
        self.add(step(0));
        self.here() - 1
    }

    /// Lets a jump lead here.
    fn land(&mut self, jump: usize) {
        let here = self.here();
        self.aim(jump, here);
    }

    fn aim(&mut self, jump: usize, target: usize) {
        match &mut self.steps[jump] {
            Step::Jump(to)
            | Step::JumpIfFalse(to)
            | Step::JumpIfTrue(to)
            | Step::JumpAnd(to)
            | Step::JumpOr(to)
            | Step::JumpElse(to)
            | Step::JumpIfNothing(to)
            | Step::Next(to)
            | Step::Try(to) => *to = target,
            _ => {}
        }
    }

    /// A name that no script can have.
    fn temporary(&mut self) -> Name {
        self.temporaries += 1;
        format!("%{}", self.temporaries).into()
    }

    // Statements

    fn statements(&mut self, body: &[Statement]) {
        if !self.python {
            for statement in body {
                if let What::Function(function, _) = &statement.what {
                    self.line = statement.line;
                    self.function(function);
                    self.add(Step::Declare(function.name.clone()));
                }
            }
        }
        for statement in body {
            self.line = statement.line;
            self.statement(statement);
        }
    }

    /// Declares the names of `var` in a function before anything else happens.
    fn hoist(&mut self, body: &[Statement]) {
        if self.python {
            return;
        }
        let mut names = Vec::new();
        walk(body, &mut |what| match what {
            What::Declare(Declares::Var, target, _) => names_of(target, &mut names),
            What::For(each) if each.declares == Some(Declares::Var) => names_of(&each.target, &mut names),
            _ => {}
        });
        for name in names {
            self.add(Step::Undefined);
            self.add(Step::DeclareInFunction(name));
        }
    }

    /// A block with names of its own, in JavaScript.
    fn block(&mut self, body: &[Statement]) {
        let declares = |statement: &Statement| {
            matches!(
                statement.what,
                What::Declare(Declares::Let | Declares::Const, ..) | What::Class(..) | What::Function(..)
            )
        };
        let scope = !self.python && body.iter().any(declares);
        if scope {
            self.open_scope();
        }
        self.statements(body);
        if scope {
            self.close_scope();
        }
    }

    fn open_scope(&mut self) {
        self.add(Step::OpenScope(false));
        self.open.push(Open::Scope);
    }

    fn close_scope(&mut self) {
        self.open.pop();
        self.add(Step::CloseScope);
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.what {
            What::Expr(value) => {
                self.expr(value);
                self.add(Step::Pop);
            }
            What::Assign(targets, value) => {
                self.expr(value);
                for target in &targets[1..] {
                    self.add(Step::Dup);
                    self.store(target, Mode::Assign);
                }
                self.store(&targets[0], Mode::Assign);
            }
            What::Declare(declares, target, value) => match value {
                Some(value) => {
                    self.named(value, target);
                    self.store(target, Mode::Declare(*declares));
                }
                None if *declares == Declares::Var => {}
                None => {
                    self.add(Step::Undefined);
                    self.store(target, Mode::Declare(*declares));
                }
            },
            What::If(condition, then, otherwise) => {
                self.expr(condition);
                let no = self.jump(Step::JumpIfFalse);
                self.block(then);
                if otherwise.is_empty() {
                    self.land(no);
                } else {
                    let end = self.jump(Step::Jump);
                    self.land(no);
                    self.block(otherwise);
                    self.land(end);
                }
            }
            What::While(condition, body, otherwise) => {
                let top = self.here();
                self.expr(condition);
                let end = self.jump(Step::JumpIfFalse);
                self.begin_loop(false);
                self.block(body);
                let breaks = self.end_loop(top);
                self.land(end);
                self.statements(otherwise);
                breaks.into_iter().for_each(|jump| self.land(jump));
            }
            What::DoWhile(body, condition) => {
                let top = self.here();
                self.begin_loop(false);
                self.block(body);
                let Some(Open::Loop { breaks, continues, .. }) = self.open.pop() else { return };
                continues.into_iter().for_each(|jump| self.land(jump));
                self.expr(condition);
                self.add(Step::JumpIfTrue(top));
                breaks.into_iter().for_each(|jump| self.land(jump));
            }
            What::For(each) => self.for_each(each),
            What::Count(first, condition, step, body) => self.count(first, condition.as_ref(), step.as_ref(), body),
            What::Try(tried) => self.tried(tried),
            What::With(manager, target, body) => self.with(manager, target.as_ref(), body),
            What::Return(value) => {
                match value {
                    Some(value) => self.expr(value),
                    None if self.python => self.add(Step::None),
                    None => self.add(Step::Undefined),
                }
                self.leave(0);
                self.add(Step::Return);
            }
            What::Raise(value) => {
                match (value, self.handling.last()) {
                    (Some(value), _) => self.expr(value),
                    (None, Some(name)) => {
                        let name = name.clone();
                        self.add(Step::Load(name));
                    }
                    (None, None) => self.add(Step::None),
                }
                self.add(Step::Raise);
            }
            What::Break => {
                let around = |open: &Open| matches!(open, Open::Loop { .. } | Open::Switch { .. });
                let Some(place) = self.open.iter().rposition(around) else { return };
                self.leave(place + 1);
                if matches!(self.open[place], Open::Loop { items: true, .. }) {
                    self.add(Step::Pop);
                }
                let jump = self.jump(Step::Jump);
                if let Open::Loop { breaks, .. } | Open::Switch { breaks } = &mut self.open[place] {
                    breaks.push(jump);
                }
            }
            What::Continue => {
                let Some(place) = self.open.iter().rposition(|open| matches!(open, Open::Loop { .. })) else { return };
                self.leave(place + 1);
                let jump = self.jump(Step::Jump);
                if let Open::Loop { continues, .. } = &mut self.open[place] {
                    continues.push(jump);
                }
            }
            What::Function(function, decorators) => {
                if self.python {
                    decorators.iter().for_each(|decorator| self.expr(decorator));
                    self.function(function);
                    decorators.iter().for_each(|_| self.add(Step::Call(1)));
                    self.assign_name(&function.name);
                }
            }
            What::Class(class, decorators) => {
                decorators.iter().for_each(|decorator| self.expr(decorator));
                match &class.base {
                    Some(base) => self.expr(base),
                    None => self.add(Step::None),
                }
                self.add(Step::OpenScope(true));
                self.open.push(Open::Scope);
                let locals = self.locals.take();
                for statement in &class.body {
                    self.line = statement.line;
                    match &statement.what {
                        What::Function(function, decorators) => {
                            decorators.iter().for_each(|decorator| self.expr(decorator));
                            self.function(function);
                            decorators.iter().for_each(|_| self.add(Step::Call(1)));
                            self.add(Step::Declare(function.name.clone()));
                        }
                        _ => self.statement(statement),
                    }
                }
                self.locals = locals;
                self.open.pop();
                self.add(Step::Class(class.name.clone()));
                decorators.iter().for_each(|_| self.add(Step::Call(1)));
                if self.python {
                    self.assign_name(&class.name);
                } else {
                    self.add(Step::Declare(class.name.clone()));
                }
            }
            What::Import(module, name, taken) => {
                self.add(Step::Import(module.clone()));
                if taken.is_empty() {
                    let top: Name = module.split('.').next().unwrap_or_default().into();
                    self.assign_name(name.as_ref().unwrap_or(&top));
                    return;
                }
                for (from, name) in taken {
                    self.add(Step::Dup);
                    self.add(Step::ImportFrom(from.clone()));
                    self.assign_name(name);
                }
                self.add(Step::Pop);
            }
            What::Global(names) => {
                self.globals.extend(names.iter().cloned());
                if let Some(locals) = &mut self.locals {
                    locals.retain(|name| !names.contains(name));
                }
            }
            What::Nonlocal(names) => {
                self.outer.extend(names.iter().cloned());
                if let Some(locals) = &mut self.locals {
                    locals.retain(|name| !names.contains(name));
                }
            }
            What::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            What::Assert(condition, message) => {
                self.expr(condition);
                let fine = self.jump(Step::JumpIfTrue);
                self.add(Step::Load("AssertionError".into()));
                message.iter().for_each(|message| self.expr(message));
                self.add(Step::Call(message.iter().count()));
                self.add(Step::Raise);
                self.land(fine);
            }
            What::Block(body) => self.block(body),
            What::Switch(value, cases) => self.switch(value, cases),
            What::Pass => {}
        }
    }

    /// Closes what was opened since, on the way out.
    fn leave(&mut self, down_to: usize) {
        let mut kept = Vec::new();
        while self.open.len() > down_to {
            let Some(open) = self.open.pop() else { break };
            match &open {
                Open::Scope => self.add(Step::CloseScope),
                Open::Try => self.add(Step::EndTry),
                Open::Finally(body) => {
                    self.add(Step::EndTry);
                    self.statements(body);
                }
                Open::Loop { .. } | Open::Switch { .. } => {}
            }
            // What goes over items lies on the stack: a jump out of two loops at once does not exist.
            kept.push(open);
        }
        self.open.extend(kept.into_iter().rev());
    }

    fn begin_loop(&mut self, items: bool) {
        self.open.push(Open::Loop { breaks: Vec::new(), continues: Vec::new(), items });
    }

    /// Jumps back to the top; the jumps out of the loop.
    fn end_loop(&mut self, top: usize) -> Vec<usize> {
        let Some(Open::Loop { breaks, continues, .. }) = self.open.pop() else { return Vec::new() };
        self.add(Step::Jump(top));
        continues.into_iter().for_each(|jump| self.aim(jump, top));
        breaks
    }

    fn for_each(&mut self, each: &For) {
        self.expr(&each.over);
        self.add(Step::Iterate(each.by_key));
        let top = self.here();
        let end = self.jump(Step::Next);
        self.begin_loop(true);
        let scope = matches!(each.declares, Some(Declares::Let | Declares::Const));
        if scope {
            self.open_scope();
        }
        self.store(&each.target, each.declares.map_or(Mode::Assign, Mode::Declare));
        self.block(&each.body);
        if scope {
            self.close_scope();
        }
        let breaks = self.end_loop(top);
        self.land(end);
        self.statements(&each.otherwise);
        breaks.into_iter().for_each(|jump| self.land(jump));
    }

    fn count(&mut self, first: &[Statement], condition: Option<&Expr>, step: Option<&Expr>, body: &[Statement]) {
        self.open_scope();
        self.statements(first);
        let top = self.here();
        let end = condition.map(|condition| {
            self.expr(condition);
            self.jump(Step::JumpIfFalse)
        });
        self.begin_loop(false);
        self.block(body);
        let Some(Open::Loop { breaks, continues, .. }) = self.open.pop() else { return };
        continues.into_iter().for_each(|jump| self.land(jump));
        self.add(Step::CopyScope);
        if let Some(step) = step {
            self.expr(step);
            self.add(Step::Pop);
        }
        self.add(Step::Jump(top));
        end.into_iter().chain(breaks).for_each(|jump| self.land(jump));
        self.close_scope();
    }

    fn tried(&mut self, tried: &Try) {
        if !tried.finally.is_empty() {
            let failed = self.jump(Step::Try);
            self.open.push(Open::Finally(tried.finally.clone()));
            self.handled(tried);
            self.open.pop();
            self.add(Step::EndTry);
            self.block(&tried.finally);
            let end = self.jump(Step::Jump);
            self.land(failed);
            let name = self.temporary();
            self.add(Step::Declare(name.clone()));
            self.block(&tried.finally);
            self.add(Step::Load(name));
            self.add(Step::Raise);
            self.land(end);
        } else {
            self.handled(tried);
        }
    }

    fn handled(&mut self, tried: &Try) {
        if tried.handlers.is_empty() {
            return self.block(&tried.body);
        }
        let failed = self.jump(Step::Try);
        self.open.push(Open::Try);
        self.block(&tried.body);
        self.open.pop();
        self.add(Step::EndTry);
        self.statements(&tried.otherwise);
        let mut ends = vec![self.jump(Step::Jump)];
        self.land(failed);
        let name = self.temporary();
        self.add(Step::Declare(name.clone()));
        self.handling.push(name.clone());
        for (kind, target, body) in &tried.handlers {
            let next = kind.as_ref().map(|kind| {
                self.add(Step::Load(name.clone()));
                self.expr(kind);
                self.add(Step::Caught);
                self.jump(Step::JumpIfFalse)
            });
            let scope = !self.python && target.is_some();
            if scope {
                self.open_scope();
            }
            if let Some(target) = target {
                self.add(Step::Load(name.clone()));
                self.store(target, if self.python { Mode::Assign } else { Mode::Declare(Declares::Let) });
            }
            self.block(body);
            if scope {
                self.close_scope();
            }
            ends.push(self.jump(Step::Jump));
            next.into_iter().for_each(|jump| self.land(jump));
        }
        self.add(Step::Load(name));
        self.add(Step::Raise);
        self.handling.pop();
        ends.into_iter().for_each(|jump| self.land(jump));
    }

    /// The manager is asked to leave however the body ends.
    fn with(&mut self, manager: &Expr, target: Option<&Expr>, body: &[Statement]) {
        let name = self.temporary();
        self.expr(manager);
        self.add(Step::Dup);
        self.add(Step::Declare(name.clone()));
        self.add(Step::CallMethod("__enter__".into(), 0));
        match target {
            Some(target) => self.store(target, Mode::Assign),
            None => self.add(Step::Pop),
        }
        let nothing = || Argument::Plain(Expr::None);
        let manager = Box::new(Expr::Name(name));
        let exit = Expr::Call(
            Box::new(Expr::Attribute(manager, "__exit__".into(), false)),
            vec![nothing(), nothing(), nothing()],
        );
        let finally = vec![Statement { line: self.line, what: What::Expr(exit) }];
        self.tried(&Try { body: body.to_vec(), finally, ..Try::default() });
    }

    fn switch(&mut self, value: &Expr, cases: &[(Option<Expr>, Vec<Statement>)]) {
        let name = self.temporary();
        self.expr(value);
        self.add(Step::Declare(name.clone()));
        self.open_scope();
        self.open.push(Open::Switch { breaks: Vec::new() });
        let mut entries = Vec::new();
        for (case, _) in cases {
            entries.push(case.as_ref().map(|case| {
                self.add(Step::Load(name.clone()));
                self.expr(case);
                self.add(Step::Binary(Binary::Same));
                self.jump(Step::JumpIfTrue)
            }));
        }
        let otherwise = self.jump(Step::Jump);
        let mut default = None;
        for ((_, body), entry) in cases.iter().zip(entries) {
            match entry {
                Some(jump) => self.land(jump),
                None => default = Some(self.here()),
            }
            self.statements(body);
        }
        let end = self.here();
        self.aim(otherwise, default.unwrap_or(end));
        if let Some(Open::Switch { breaks }) = self.open.pop() {
            breaks.into_iter().for_each(|jump| self.land(jump));
        }
        self.close_scope();
    }

    fn assign_name(&mut self, name: &Name) {
        let step = match name {
            _ if self.globals.contains(name) => Step::StoreGlobal(name.clone()),
            _ if self.outer.contains(name) => Step::StoreOuter(name.clone()),
            _ if self.python => Step::Declare(name.clone()),
            _ => Step::Store(name.clone()),
        };
        self.add(step);
    }

    /// Gives a target the value on the stack.
    fn store(&mut self, target: &Expr, mode: Mode) {
        match target {
            Expr::Name(name) => match mode {
                Mode::Declare(Declares::Var) => self.add(Step::DeclareInFunction(name.clone())),
                Mode::Declare(_) => self.add(Step::Declare(name.clone())),
                Mode::Assign => self.assign_name(name),
            },
            Expr::Attribute(object, name, _) => {
                self.expr(object);
                self.add(Step::SetAttribute(name.clone()));
            }
            Expr::Index(object, place) => {
                self.expr(object);
                self.expr(place);
                self.add(Step::SetIndex);
            }
            Expr::Tuple(targets) | Expr::List(targets) => {
                let rest = targets.iter().position(|target| matches!(target, Expr::Spread(_)));
                self.add(match rest {
                    _ if !self.python => Step::UnpackLoosely(targets.len(), rest.is_some()),
                    Some(before) => Step::UnpackRest(before, targets.len() - before - 1),
                    None => Step::Unpack(targets.len()),
                });
                for target in targets {
                    match target {
                        Expr::Spread(target) => self.store(target, mode),
                        // A hole.
                        Expr::Undefined => self.add(Step::Pop),
                        target => self.store(target, mode),
                    }
                }
            }
            Expr::Dict(entries) => {
                for (key, target) in entries {
                    self.add(Step::Dup);
                    self.expr(key.as_ref().unwrap_or(&Expr::Undefined));
                    self.add(Step::Index);
                    self.store(target, mode);
                }
                self.add(Step::Pop);
            }
            Expr::Default(target, default) => {
                self.add(Step::Dup);
                self.add(Step::Undefined);
                self.add(Step::Binary(Binary::Same));
                let given = self.jump(Step::JumpIfFalse);
                self.add(Step::Pop);
                self.expr(default);
                self.land(given);
                self.store(target, mode);
            }
            _ => self.add(Step::Pop),
        }
    }

    fn delete(&mut self, target: &Expr) {
        match target {
            Expr::Name(name) => self.add(Step::DeleteName(name.clone())),
            Expr::Attribute(object, name, _) => {
                self.expr(object);
                self.add(Step::DeleteAttribute(name.clone()));
            }
            Expr::Index(object, place) => {
                self.expr(object);
                self.expr(place);
                self.add(Step::DeleteIndex);
            }
            Expr::Tuple(targets) => targets.iter().for_each(|target| self.delete(target)),
            _ => {}
        }
    }

    // Expressions

    /// A function that has no name takes that of its target.
    fn named(&mut self, value: &Expr, target: &Expr) {
        match (value, target) {
            (Expr::Function(function), Expr::Name(name)) if function.name.is_empty() => {
                self.function_named(function, name.clone());
            }
            _ => self.expr(value),
        }
    }

    fn load(&mut self, name: &Name) {
        let local = self.locals.as_ref().is_some_and(|locals| locals.contains(name));
        self.add(if local { Step::LoadLocal(name.clone()) } else { Step::Load(name.clone()) });
    }

    fn items(&mut self, items: &[Expr]) {
        if !items.iter().any(|item| matches!(item, Expr::Spread(_))) {
            items.iter().for_each(|item| self.expr(item));
            return self.add(Step::List(items.len()));
        }
        self.add(Step::List(0));
        for item in items {
            match item {
                Expr::Spread(items) => {
                    self.expr(items);
                    self.add(Step::Extend);
                }
                item => {
                    self.expr(item);
                    self.add(Step::Append);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::None => self.add(Step::None),
            Expr::Undefined => self.add(Step::Undefined),
            Expr::Bool(value) => self.add(Step::Bool(*value)),
            Expr::Int(number) => self.add(Step::Int(*number)),
            Expr::Float(number) => self.add(Step::Float(*number)),
            Expr::Str(text) => self.add(Step::Str(text.clone())),
            Expr::Bytes(bytes) => self.add(Step::Bytes(bytes.clone())),
            Expr::Name(name) => self.load(name),
            Expr::This => self.add(Step::This),
            Expr::List(items) => self.items(items),
            Expr::Tuple(items) => {
                self.items(items);
                self.add(Step::ListToTuple);
            }
            Expr::Set(items) => {
                self.items(items);
                self.add(Step::ListToSet);
            }
            Expr::Dict(entries) => {
                self.add(Step::Dict);
                for (key, value) in entries {
                    if let Some(key) = key {
                        self.expr(key);
                    }
                    self.expr(value);
                    self.add(if key.is_some() { Step::Entry } else { Step::Entries });
                }
            }
            Expr::Spread(value) => self.expr(value),
            Expr::Unary(operator, value) => {
                self.expr(value);
                self.add(Step::Unary(*operator));
            }
            Expr::Binary(operator, a, b) => {
                self.expr(a);
                self.expr(b);
                self.add(Step::Binary(*operator));
            }
            Expr::Logic(logic, a, b) => {
                self.expr(a);
                let jump = self.jump(match logic {
                    Logic::And => Step::JumpAnd,
                    Logic::Or => Step::JumpOr,
                    Logic::Else => Step::JumpElse,
                });
                self.expr(b);
                self.land(jump);
            }
            Expr::Chain(first, rest) => {
                self.expr(first);
                let mut ends = Vec::new();
                for (place, (operator, value)) in rest.iter().enumerate() {
                    self.expr(value);
                    if place + 1 < rest.len() {
                        // first second -> second (first op second)
                        let name = self.temporary();
                        self.add(Step::Dup);
                        self.add(Step::Declare(name.clone()));
                        self.add(Step::Binary(*operator));
                        ends.push(self.jump(Step::JumpAnd));
                        self.add(Step::Load(name));
                    } else {
                        self.add(Step::Binary(*operator));
                    }
                }
                ends.into_iter().for_each(|jump| self.land(jump));
            }
            Expr::Choice(condition, then, otherwise) => {
                self.expr(condition);
                let no = self.jump(Step::JumpIfFalse);
                self.expr(then);
                let end = self.jump(Step::Jump);
                self.land(no);
                self.expr(otherwise);
                self.land(end);
            }
            Expr::Attribute(object, name, optional) => {
                self.expr(object);
                let nothing = optional.then(|| self.jump(Step::JumpIfNothing));
                self.add(Step::Attribute(name.clone()));
                nothing.into_iter().for_each(|jump| self.land(jump));
            }
            Expr::Index(object, place) => {
                self.expr(object);
                self.expr(place);
                self.add(Step::Index);
            }
            Expr::Slice(parts) => {
                for part in parts {
                    match part {
                        Some(part) => self.expr(part),
                        None => self.add(Step::None),
                    }
                }
                self.add(Step::Slice);
            }
            Expr::Call(function, arguments) => self.call(function, arguments),
            Expr::New(class, arguments) => {
                self.expr(class);
                self.plain(arguments);
                self.add(Step::New(arguments.len()));
            }
            Expr::Function(function) => self.function(function),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Format(pieces) => self.format(pieces),
            Expr::Assign(target, value) => {
                self.named(value, target);
                self.add(Step::Dup);
                self.store(target, Mode::Assign);
            }
            Expr::Change(operator, target, value, old) => self.change(*operator, target, value, *old),
            Expr::TypeOf(value) => match &**value {
                Expr::Name(name) => self.add(Step::TypeOfName(name.clone())),
                value => {
                    self.expr(value);
                    self.add(Step::TypeOf);
                }
            },
            Expr::Delete(target) => {
                self.delete(target);
                self.add(Step::Bool(true));
            }
            Expr::Yield(value) => {
                match value {
                    Some(value) => self.expr(value),
                    None => self.add(Step::None),
                }
                self.add(Step::Yield);
            }
            Expr::Sequence(values) => {
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        self.add(Step::Pop);
                    }
                    self.expr(value);
                }
            }
            Expr::Default(target, _) => self.expr(target),
        }
    }

    fn plain(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            match argument {
                Argument::Plain(value)
                | Argument::Named(_, value)
                | Argument::Spread(value)
                | Argument::Entries(value) => {
                    self.expr(value);
                }
            }
        }
    }

    fn call(&mut self, function: &Expr, arguments: &[Argument]) {
        let method = match function {
            Expr::Attribute(object, name, optional) => {
                self.expr(object);
                Some((name.clone(), *optional))
            }
            function => {
                self.expr(function);
                None
            }
        };
        let nothing = method.as_ref().filter(|(_, optional)| *optional).map(|_| self.jump(Step::JumpIfNothing));
        if arguments.iter().all(|argument| matches!(argument, Argument::Plain(_))) {
            self.plain(arguments);
            self.add(match method {
                Some((name, _)) => Step::CallMethod(name, arguments.len()),
                None => Step::Call(arguments.len()),
            });
        } else {
            self.add(Step::List(0));
            for argument in arguments {
                match argument {
                    Argument::Plain(value) => {
                        self.expr(value);
                        self.add(Step::Append);
                    }
                    Argument::Spread(value) => {
                        self.expr(value);
                        self.add(Step::Extend);
                    }
                    _ => {}
                }
            }
            self.add(Step::Dict);
            for argument in arguments {
                match argument {
                    Argument::Named(name, value) => {
                        self.add(Step::Str(name.clone()));
                        self.expr(value);
                        self.add(Step::Entry);
                    }
                    Argument::Entries(value) => {
                        self.expr(value);
                        self.add(Step::Entries);
                    }
                    _ => {}
                }
            }
            self.add(match method {
                Some((name, _)) => Step::CallMethodList(name),
                None => Step::CallList,
            });
        }
        nothing.into_iter().for_each(|jump| self.land(jump));
    }

    fn function(&mut self, function: &Rc<Function>) {
        self.function_named(function, function.name.clone());
    }

    fn function_named(&mut self, function: &Rc<Function>, name: Name) {
        let mut defaults = 0;
        if self.python {
            for parameter in &function.parameters {
                if let Some(default) = &parameter.default {
                    self.expr(default);
                    defaults += 1;
                }
            }
        }
        let locals = self.python.then(|| {
            let mut names: Vec<Name> = function.parameters.iter().map(|parameter| parameter.name.clone()).collect();
            assigned(&function.body, &mut names);
            names
        });
        let mut inner = Compiler::new(self.file.clone(), self.python, locals);
        inner.line = self.line;
        inner.hoist(&function.body);
        if !self.python {
            for parameter in &function.parameters {
                // A default, or a pattern under a name that no script can have.
                if let Some(default) = &parameter.default {
                    match default {
                        Expr::Assign(pattern, _) if parameter.name.starts_with('%') => {
                            inner.add(Step::Load(parameter.name.clone()));
                            inner.store(pattern, Mode::Declare(Declares::Let));
                        }
                        default => {
                            inner.add(Step::Load(parameter.name.clone()));
                            let target = Box::new(Expr::Name(parameter.name.clone()));
                            let target = Expr::Default(target, Box::new(default.clone()));
                            inner.store(&target, Mode::Declare(Declares::Let));
                        }
                    }
                }
            }
        }
        inner.statements(&function.body);
        inner.add(if self.python { Step::None } else { Step::Undefined });
        inner.add(Step::Return);
        let has_default = |parameter: &Parameter| parameter.default.is_some() && self.python;
        let parameters = function.parameters.iter();
        let parameters = parameters.map(|one| (one.name.clone(), one.kind, has_default(one))).collect();
        let code = inner.finish(name, parameters, function.generator, function.arrow);
        self.add(Step::Function(code, defaults));
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        self.add(match comprehension.kind {
            Collects::List => Step::List(0),
            Collects::Set => Step::List(0),
            Collects::Dict => Step::Dict,
        });
        self.open_scope();
        // Its targets hide the function's names.
        let mut hidden = Vec::new();
        comprehension.clauses.iter().for_each(|(target, ..)| names_of(target, &mut hidden));
        let locals = self.locals.clone();
        let mut loops = Vec::new();
        for (target, over, conditions) in &comprehension.clauses {
            self.expr(over);
            if let Some(locals) = &mut self.locals {
                locals.retain(|name| !hidden.contains(name));
            }
            self.add(Step::Iterate(false));
            let top = self.here();
            let end = self.jump(Step::Next);
            self.store(target, Mode::Declare(Declares::Let));
            for condition in conditions {
                self.expr(condition);
                self.add(Step::JumpIfFalse(top));
            }
            loops.push((top, end));
        }
        self.expr(&comprehension.element);
        if let Some(value) = &comprehension.value {
            self.expr(value);
        }
        self.add(Step::Collect(comprehension.kind, loops.len()));
        for (top, end) in loops.into_iter().rev() {
            self.add(Step::Jump(top));
            self.land(end);
        }
        self.locals = locals;
        self.close_scope();
        if comprehension.kind == Collects::Set {
            self.add(Step::ListToSet);
        }
    }

    fn format(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.add(Step::Str(text.clone())),
                Piece::Value(value, as_written, format) => {
                    self.expr(value);
                    self.format(format);
                    self.add(Step::Format(*as_written));
                }
            }
        }
        self.add(Step::Join(pieces.len()));
    }

    fn change(&mut self, operator: Binary, target: &Expr, value: &Expr, old: bool) {
        let step = |python: bool| if python { Step::InPlace(operator) } else { Step::Binary(operator) };
        match target {
            Expr::Attribute(object, name, _) => {
                self.expr(object);
                self.add(Step::Dup);
                self.add(Step::Attribute(name.clone()));
                self.operate(step(self.python), value, old);
                self.add(Step::ChangeAttribute(name.clone(), old));
            }
            Expr::Index(object, place) => {
                self.expr(object);
                self.expr(place);
                self.add(Step::DupTwo);
                self.add(Step::Index);
                self.operate(step(self.python), value, old);
                self.add(Step::ChangeIndex(old));
            }
            target => {
                self.expr(target);
                self.operate(step(self.python), value, old);
                if !old {
                    self.add(Step::Dup);
                }
                self.store(target, Mode::Assign);
            }
        }
    }

    fn operate(&mut self, step: Step, value: &Expr, old: bool) {
        if old {
            self.add(Step::Unary(Unary::Plus));
            self.add(Step::Dup);
        }
        self.expr(value);
        self.add(step);
    }
}

/// Calls a function for each statement of a body and of those inside, but not of functions and classes.
fn walk(body: &[Statement], see: &mut dyn FnMut(&What)) {
    for statement in body {
        see(&statement.what);
        match &statement.what {
            What::If(_, a, b) | What::While(_, a, b) => {
                walk(a, see);
                walk(b, see);
            }
            What::DoWhile(body, _) | What::With(_, _, body) | What::Block(body) => walk(body, see),
            What::For(each) => {
                walk(&each.body, see);
                walk(&each.otherwise, see);
            }
            What::Count(first, _, _, body) => {
                walk(first, see);
                walk(body, see);
            }
            What::Try(tried) => {
                walk(&tried.body, see);
                tried.handlers.iter().for_each(|(.., body)| walk(body, see));
                walk(&tried.otherwise, see);
                walk(&tried.finally, see);
            }
            What::Switch(_, cases) => cases.iter().for_each(|(_, body)| walk(body, see)),
            _ => {}
        }
    }
}

/// The names that a target gives values to.
fn names_of(target: &Expr, names: &mut Vec<Name>) {
    match target {
        Expr::Name(name) => names.push(name.clone()),
        Expr::Tuple(targets) | Expr::List(targets) => targets.iter().for_each(|target| names_of(target, names)),
        Expr::Spread(target) | Expr::Default(target, _) => names_of(target, names),
        Expr::Dict(entries) => entries.iter().for_each(|(_, target)| names_of(target, names)),
        _ => {}
    }
}

/// The names that a Python function assigns: they are its own.
fn assigned(body: &[Statement], names: &mut Vec<Name>) {
    walk(body, &mut |what| match what {
        What::Assign(targets, _) => targets.iter().for_each(|target| names_of(target, names)),
        What::Expr(Expr::Change(_, target, ..)) => names_of(target, names),
        What::For(each) => names_of(&each.target, names),
        What::With(_, Some(target), _) => names_of(target, names),
        What::Try(tried) => tried.handlers.iter().for_each(|(_, target, _)| {
            target.iter().for_each(|target| names_of(target, names));
        }),
        What::Function(function, _) => names.push(function.name.clone()),
        What::Class(class, _) => names.push(class.name.clone()),
        What::Import(module, name, taken) => {
            let top = || module.split('.').next().unwrap_or_default().into();
            if taken.is_empty() {
                names.push(name.clone().unwrap_or_else(top));
            }
            names.extend(taken.iter().map(|(_, name)| name.clone()));
        }
        _ => {}
    });
    let mut declared = Vec::new();
    walk(body, &mut |what| {
        if let What::Global(names) | What::Nonlocal(names) = what {
            declared.extend(names.iter().cloned());
        }
    });
    names.retain(|name| !declared.contains(name));
}

//! Redirections: which descriptor stands for what while a command runs.

use super::super::machine;
use super::super::open::{Open, pipe};
use super::super::syntax::{List, Redirect, RedirectKind};
use super::super::task::Flow;
use super::super::{Access, Errno, FileKind, absolute};
use super::{Dialect, Shell, Told};
use std::rc::Rc;

/// What descriptors stood for before.
pub type Saved = Vec<(u32, Option<Rc<Open>>)>;

impl Shell {
    /// Does the redirections of a command. What they replaced is added to `saved`, also if one of them fails.
    pub async fn redirect(self: &Rc<Self>, redirects: &[Redirect], saved: &mut Saved) -> Told<()> {
        for redirect in redirects {
            self.redirect_one(redirect, saved).await?;
        }
        Ok(())
    }

    pub fn restore(&self, saved: Saved) {
        for (number, open) in saved.into_iter().rev() {
            self.set_descriptor(number, open);
        }
    }

    fn point(&self, number: u32, open: Option<Rc<Open>>, saved: &mut Saved) {
        saved.push((number, self.task.descriptor(number)));
        self.set_descriptor(number, open);
    }

    async fn redirect_one(self: &Rc<Self>, redirect: &Redirect, saved: &mut Saved) -> Told<()> {
        let default = match redirect.kind {
            RedirectKind::Read | RedirectKind::ReadWrite | RedirectKind::DuplicateInput => 0,
            RedirectKind::Document | RedirectKind::HereString => 0,
            _ => 1,
        };
        let number = redirect.descriptor.unwrap_or(default);
        match redirect.kind {
            RedirectKind::Document | RedirectKind::HereString => {
                let text = match (redirect.kind, redirect.document.get()) {
                    (RedirectKind::HereString, _) => self.text(&redirect.target).await? + "\n",
                    (_, Some(document)) => self.text(document).await?,
                    (_, None) => String::new(),
                };
                let (reader, writer) = pipe();
                writer.push(text.as_bytes());
                let open = Open::Reader { pipe: reader, terminal: false };
                self.point(number, Some(Rc::new(open)), saved);
            }
            RedirectKind::DuplicateInput | RedirectKind::DuplicateOutput => {
                let target = self.text(&redirect.target).await?;
                let (digits, moves) = match target.strip_suffix('-') {
                    Some(digits) => (digits, true),
                    None => (target.as_str(), false),
                };
                if target == "-" {
                    self.point(number, None, saved);
                    return Ok(());
                }
                let Ok(source) = digits.parse::<u32>() else {
                    if redirect.kind == RedirectKind::DuplicateOutput && redirect.descriptor.is_none() && self.is_bash()
                    {
                        return self.both(&target, false, saved).await;
                    }
                    let text = match self.dialect() {
                        Dialect::Bash => format!("{target}: ambiguous redirect"),
                        Dialect::Dash => "Syntax error: Bad fd number".into(),
                        Dialect::BusyBox => "syntax error: bad fd number".into(),
                    };
                    return self.fail(text).await;
                };
                match self.task.descriptor(source) {
                    Some(open) => self.point(number, Some(open), saved),
                    None => return self.fail(format!("{source}: {}", Errno::BadDescriptor)).await,
                }
                if moves {
                    self.point(source, None, saved);
                }
            }
            RedirectKind::Both | RedirectKind::BothAppend => {
                let target = self.text(&redirect.target).await?;
                return self.both(&target, redirect.kind == RedirectKind::BothAppend, saved).await;
            }
            kind => {
                let path = self.path_of(redirect).await?;
                let open = self.open(&path, kind).await?;
                self.point(number, Some(open), saved);
            }
        }
        Ok(())
    }

    /// The file that is meant; in bash a pattern may stand for one.
    async fn path_of(self: &Rc<Self>, redirect: &Redirect) -> Told<String> {
        if !self.is_bash() {
            return self.text(&redirect.target).await;
        }
        let mut fields = Vec::new();
        self.fields(&redirect.target, &mut fields).await?;
        match <[String; 1]>::try_from(fields) {
            Ok([path]) => Ok(path),
            Err(_) => {
                let shown = match redirect.target.parts.first() {
                    Some(super::super::syntax::Part::Parameter(parameter)) => format!("${}", parameter.name),
                    _ => self.text(&redirect.target).await?,
                };
                self.fail(format!("{shown}: ambiguous redirect")).await
            }
        }
    }

    async fn both(self: &Rc<Self>, path: &str, append: bool, saved: &mut Saved) -> Told<()> {
        let kind = if append { RedirectKind::Append } else { RedirectKind::Write };
        let open = self.open(path, kind).await?;
        self.point(1, Some(open.clone()), saved);
        self.point(2, Some(open), saved);
        Ok(())
    }

    async fn fail<T>(&self, text: impl AsRef<str>) -> Told<T> {
        self.complain(text).await;
        self.set_status(if self.is_bash() || self.dialect() == Dialect::BusyBox { 1 } else { 2 });
        Err(Flow::Next)
    }

    async fn open(&self, path: &str, kind: RedirectKind) -> Told<Rc<Open>> {
        let access = match kind {
            RedirectKind::Read => Access { read: true, ..Access::default() },
            RedirectKind::ReadWrite => Access { read: true, write: true, create: true, ..Access::default() },
            RedirectKind::Append => Access { write: true, append: true, create: true, ..Access::default() },
            _ => Access { write: true, create: true, truncate: true, ..Access::default() },
        };
        let full = absolute(&self.task.dir.borrow(), path);
        let exists = self.kernel().files().stat(&full).is_ok_and(|stat| stat.kind == FileKind::File);
        if self.options.get().noclobber && kind == RedirectKind::Write && exists {
            return self.fail(format!("{path}: cannot overwrite existing file")).await;
        }
        match machine::open(&self.task, path, access) {
            Ok(open) => Ok(open),
            Err(errno) => {
                let (verb, short) =
                    if access.create { ("create", "Directory nonexistent") } else { ("open", "No such file") };
                let text = match (self.dialect(), errno) {
                    (Dialect::Bash, errno) => format!("{path}: {errno}"),
                    (Dialect::Dash, Errno::NoEntry) => format!("cannot {verb} {path}: {short}"),
                    (Dialect::Dash, errno) => format!("cannot {verb} {path}: {errno}"),
                    (Dialect::BusyBox, Errno::NoEntry) if access.create => {
                        format!("can't create {path}: nonexistent directory")
                    }
                    (Dialect::BusyBox, Errno::NoEntry) => format!("can't open {path}: no such file"),
                    (Dialect::BusyBox, errno) => format!("can't {verb} {path}: {errno}"),
                };
                self.fail(text).await
            }
        }
    }

    /// Starts what stands in `<(…)`, and answers with the path by which the other side is reached.
    pub async fn process_substitution(self: &Rc<Self>, input: bool, body: &Rc<List>) -> Told<String> {
        let (reader, writer) = pipe();
        let reader = Rc::new(Open::Reader { pipe: reader, terminal: false });
        let writer = Rc::new(Open::Writer(writer));
        let child = self.child().await?;
        let number = (10..=63).rev().find(|number| self.task.descriptor(*number).is_none()).unwrap_or(63);
        let (ours, theirs, end) = if input { (reader, writer, 1) } else { (writer, reader, 0) };
        child.set_descriptor(end, Some(theirs));
        child.task.background.set(true);
        self.set_descriptor(number, Some(ours));
        let code = child.clone().child_list(body.clone());
        child.task.start(code);
        self.substitutions.set(self.substitutions.get().max(64 - number));
        Ok(format!("/dev/fd/{number}"))
    }

    /// Closes what process substitutions of a command have opened.
    pub fn close_substitutions(&self) {
        for number in 0..self.substitutions.replace(0) {
            self.set_descriptor(63 - number, None);
        }
    }
}

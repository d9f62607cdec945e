//! Running: lists, pipelines, compound and simple commands.

use super::super::machine::{Image, execute};
use super::super::open::{Open, pipe};
use super::super::program::Input;
use super::super::syntax::*;
use super::super::task::{Code, Exit, Flow};
use super::super::{Errno, Signal};
use super::redirect::Saved;
use super::{DEEPEST_CALL, Dialect, Event, Job, Shell, Tested, Told, builtins, not_found};
use std::rc::Rc;

/// What command substitution may yield, in bytes.
const MOST_SUBSTITUTED: usize = 4 << 20;

impl Shell {
    /// The code of a list.
    fn list_code(self: &Rc<Self>, list: &Rc<List>) -> Code {
        let (shell, list) = (self.clone(), list.clone());
        Box::pin(async move { shell.list(&list).await })
    }

    /// Runs a list within another command.
    async fn inner(self: &Rc<Self>, list: &Rc<List>) -> Flow {
        let code = self.list_code(list);
        self.task.call(code).await
    }

    pub async fn list(self: &Rc<Self>, list: &List) -> Flow {
        for item in &list.items {
            self.task.work(1).await;
            let flow = self.handle_signals().await;
            if flow != Flow::Next {
                return flow;
            }
            let flow = if item.background { self.start_job(item).await } else { self.chain(&item.chain).await };
            if flow != Flow::Next {
                return flow;
            }
        }
        self.handle_signals().await
    }

    async fn chain(self: &Rc<Self>, chain: &Chain) -> Flow {
        let mut flow = if chain.rest.is_empty() {
            self.pipeline(&chain.first).await
        } else {
            let _tested = Tested::new(self);
            self.pipeline(&chain.first).await
        };
        for (place, (and, pipeline)) in chain.rest.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            if *and == (self.status() == 0) {
                let last = place + 1 == chain.rest.len();
                let _tested = (!last).then(|| Tested::new(self));
                flow = self.pipeline(pipeline).await;
            }
        }
        flow
    }

    async fn pipeline(self: &Rc<Self>, pipeline: &Pipeline) -> Flow {
        let started = self.kernel().now();
        let tested = pipeline.negated.then(|| Tested::new(self));
        let flow = match pipeline.commands.as_slice() {
            [command] => {
                let flow = self.command(command).await;
                if !matches!(command.kind, Kind::Group(_) | Kind::Function { .. }) {
                    let status = self.status();
                    self.set_statuses(&[status]);
                }
                flow
            }
            _ => self.piped(pipeline).await,
        };
        drop(tested);
        if pipeline.timed {
            let time = self.kernel().now().since(started);
            let (minutes, seconds, millis) = (time.as_secs() / 60, time.as_secs() % 60, time.subsec_millis());
            let text = format!("\nreal\t{minutes}m{seconds}.{millis:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n");
            let _ = self.task.write(2, text.as_bytes()).await;
        }
        if flow != Flow::Next {
            return flow;
        }
        if pipeline.negated {
            self.set_status(i32::from(self.status() == 0));
            return Flow::Next;
        }
        let simple = |command: &Rc<Command>| {
            let kind = &command.kind;
            matches!(kind, Kind::Simple { .. } | Kind::Subshell(_) | Kind::Arithmetic(_) | Kind::Condition(_))
        };
        if self.status() != 0
            && self.tested.get() == 0
            && (pipeline.commands.len() > 1 || simple(&pipeline.commands[0]))
        {
            let status = self.status();
            let flow = self.run_trap(Event::Error).await;
            self.set_status(status);
            if flow != Flow::Next {
                return flow;
            }
            if self.options.get().errexit {
                return Flow::Exit;
            }
        }
        Flow::Next
    }

    fn set_statuses(&self, statuses: &[i32]) {
        if self.is_bash() {
            let array = super::Array::indexed(statuses.iter().map(i32::to_string));
            let _ = self.variables.borrow_mut().set("PIPESTATUS", super::Value::Array(array));
        }
    }

    async fn piped(self: &Rc<Self>, pipeline: &Pipeline) -> Flow {
        let mut input: Option<Rc<Open>> = None;
        let mut children = Vec::new();
        for (place, command) in pipeline.commands.iter().enumerate() {
            let child = match self.child().await {
                Ok(child) => child,
                Err(flow) => return flow,
            };
            if let Some(input) = input.take() {
                child.set_descriptor(0, Some(input));
            }
            if let Some(with_errors) = pipeline.with_errors.get(place) {
                let (reader, writer) = pipe();
                let writer = Rc::new(Open::Writer(writer));
                if *with_errors {
                    child.set_descriptor(2, Some(writer.clone()));
                }
                child.set_descriptor(1, Some(writer));
                input = Some(Rc::new(Open::Reader { pipe: reader, terminal: false }));
            }
            let code = child.clone().child_command(command.clone());
            child.task.start(code);
            children.push(child.task.pid);
        }
        let mut statuses = Vec::new();
        for pid in children {
            let exit = self.task.wait_for(pid).await;
            if let Exit::Signal(signal) = exit
                && signal != Signal::PIPE
                && signal != Signal::INT
            {
                self.tell_of_signal(signal, pid, "").await;
            }
            statuses.push(exit.code());
        }
        let failed = statuses.iter().rev().find(|status| **status != 0).copied();
        let status = match failed {
            Some(failed) if self.options.get().pipefail => failed,
            _ => statuses.last().copied().unwrap_or(0),
        };
        self.set_status(status);
        self.set_statuses(&statuses);
        Flow::Next
    }

    /// The code of a child that runs a list.
    pub fn child_list(self: Rc<Self>, list: Rc<List>) -> Code {
        Box::pin(async move {
            // A single program takes the child's place.
            if let [Item { chain, background: false, .. }] = list.items.as_slice() {
                self.replaceable.set(chain.rest.is_empty() && chain.first.commands.len() == 1 && !chain.first.negated);
            }
            let flow = self.list(&list).await;
            self.finish(flow).await
        })
    }

    fn child_command(self: Rc<Self>, command: Rc<Command>) -> Code {
        Box::pin(async move {
            self.replaceable.set(true);
            let flow = self.command(&command).await;
            self.finish(flow).await
        })
    }

    /// The last a shell does.
    pub async fn finish(self: &Rc<Self>, _flow: Flow) -> Flow {
        let status = self.status();
        let flow = self.run_trap(Event::Exit).await;
        if flow != Flow::Exit {
            self.set_status(status);
        }
        Flow::Next
    }

    /// What a list prints, without the line breaks at its end.
    pub async fn substitute(self: &Rc<Self>, list: &Rc<List>) -> Told<String> {
        let child = self.child().await?;
        let (reader, writer) = pipe();
        child.set_descriptor(1, Some(Rc::new(Open::Writer(writer))));
        if self.is_bash() && !self.options.get().inherit_errexit && !self.options.get().posix {
            child.options(|options| options.errexit = false);
        }
        let pid = child.task.pid;
        let task = child.task.clone();
        // `$(<file)`
        let reads = match list.items.as_slice() {
            [Item { chain, background: false, .. }] if chain.rest.is_empty() => match chain.first.commands.as_slice() {
                [command] => match (&command.kind, command.redirects.as_slice()) {
                    (Kind::Simple { assignments, words }, [redirect]) => {
                        assignments.is_empty() && words.is_empty() && redirect.kind == RedirectKind::Read
                    }
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        };
        task.start(if reads { child.child_cat(list.clone()) } else { child.child_list(list.clone()) });
        drop(task);
        let open = Open::Reader { pipe: reader, terminal: false };
        let mut bytes = Vec::new();
        loop {
            let more = self.task.read(&open, 1 << 16).await.unwrap_or_default();
            if more.is_empty() {
                break;
            }
            self.task.work(1 + more.len() as u64 / 256).await;
            bytes.extend_from_slice(&more);
            if bytes.len() > MOST_SUBSTITUTED {
                self.complain(self.no_memory(bytes.len() * 2)).await;
                self.set_status(2);
                return Err(Flow::Exit);
            }
        }
        let exit = self.task.wait_for(pid).await;
        self.set_status(exit.code());
        self.substituted.set(Some(exit.code()));
        bytes.retain(|byte| *byte != 0);
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.trim_end_matches('\n').to_owned())
    }

    /// The code of a child that prints the file its only redirection names.
    fn child_cat(self: Rc<Self>, list: Rc<List>) -> Code {
        Box::pin(async move {
            let mut saved = Saved::new();
            if let Some(command) = list.items.first().and_then(|item| item.chain.first.commands.first())
                && self.redirect(&command.redirects, &mut saved).await.is_err()
            {
                return Flow::Next;
            }
            drop(saved);
            let Some(open) = self.task.descriptor(0) else { return Flow::Next };
            loop {
                match open.try_read(1 << 14) {
                    Ok(Input::Bytes(bytes)) => {
                        let _ = self.task.write(1, &bytes).await;
                    }
                    Ok(Input::Pending) => self.task.pause().await,
                    Ok(Input::End) => return Flow::Next,
                    Err(errno) => {
                        self.complain(format!("read error: {errno}")).await;
                        self.set_status(1);
                        return Flow::Next;
                    }
                }
            }
        })
    }

    async fn start_job(self: &Rc<Self>, item: &Item) -> Flow {
        let child = match self.child().await {
            Ok(child) => child,
            Err(flow) => return flow,
        };
        let task = child.task.clone();
        task.background.set(true);
        if !self.options.get().interactive {
            child.set_descriptor(0, Some(Rc::new(Open::Null)));
            task.ignored.borrow_mut().extend([Signal::INT, Signal::QUIT]);
        }
        let chain = item.chain.clone();
        task.start(Box::pin(async move {
            child.replaceable.set(chain.rest.is_empty() && chain.first.commands.len() == 1 && !chain.first.negated);
            let flow = child.chain(&chain).await;
            child.finish(flow).await
        }));
        let number = self.jobs.borrow().iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.last_background.set(Some(task.pid));
        self.jobs.borrow_mut().push(Job { number, pid: task.pid, text: item.text.clone(), ended: None });
        if self.options.get().interactive {
            let _ = self.task.write(2, format!("[{number}] {}\n", task.pid).as_bytes()).await;
        }
        self.set_status(0);
        Flow::Next
    }

    /// Runs traps whose signals have come.
    pub async fn handle_signals(self: &Rc<Self>) -> Flow {
        if !self.task.has_signals() || self.in_trap.get() {
            return Flow::Next;
        }
        for signal in self.task.take_signals() {
            let trapped = self.traps.borrow().iter().any(|(event, _)| *event == Event::Signal(signal));
            if !trapped {
                // A person pressed a key: what was being run is over.
                self.set_status(signal.exit_code());
                return Flow::Abort;
            }
            let flow = self.run_trap(Event::Signal(signal)).await;
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    /// Runs what was set for an event, if anything was. The status stays as it was.
    pub async fn run_trap(self: &Rc<Self>, event: Event) -> Flow {
        let text = self.traps.borrow().iter().find(|(known, _)| *known == event).map(|(_, text)| text.clone());
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Flow::Next };
        if event == Event::Exit {
            self.traps.borrow_mut().retain(|(known, _)| *known != Event::Exit);
        }
        let status = self.status();
        let line = self.line.get();
        let shell = self.clone();
        let outer = self.in_trap.replace(true);
        let flow = self.task.call(Box::pin(async move { shell.run_text(&text, 1, "").await })).await;
        self.in_trap.set(outer);
        self.line.set(line);
        if flow == Flow::Next {
            self.set_status(status);
        }
        flow
    }

    pub async fn command(self: &Rc<Self>, command: &Rc<Command>) -> Flow {
        if let Kind::Simple { .. } = command.kind {
            return self.simple(command).await;
        }
        self.line.set(command.line);
        let mut saved = Saved::new();
        match self.redirect(&command.redirects, &mut saved).await {
            Ok(()) => {}
            Err(flow) => {
                self.restore(saved);
                return flow;
            }
        }
        let replaceable = self.replaceable.replace(false);
        let flow = match &command.kind {
            Kind::Simple { .. } => Flow::Next,
            Kind::Group(list) => self.inner(list).await,
            Kind::Subshell(list) if replaceable => self.inner(list).await,
            Kind::Subshell(list) => self.subshell(list).await,
            Kind::If { branches, otherwise } => self.branches(branches, otherwise.as_ref()).await,
            Kind::While { until, condition, body } => self.while_loop(*until, condition, body).await,
            Kind::For { name, words, text, body } => self.for_loop(name, words.as_deref(), text, body).await,
            Kind::ForArithmetic { start, condition, step, body } => {
                self.arithmetic_loop([start, condition, step], body).await
            }
            Kind::Case { word, arms } => self.case(word, arms).await,
            Kind::Function { name, body } => {
                self.functions.borrow_mut().insert(name.clone(), body.clone());
                self.set_status(0);
                Flow::Next
            }
            Kind::Arithmetic(word) => match self.arithmetic(word).await {
                Ok(number) => {
                    self.set_status(i32::from(number == 0));
                    Flow::Next
                }
                // An error in `((…))` is no reason to end.
                Err(Flow::Abort) => {
                    self.set_status(1);
                    Flow::Next
                }
                Err(flow) => flow,
            },
            Kind::Condition(condition) => {
                self.trace_condition(condition).await;
                match self.condition(condition).await {
                    Ok(holds) => {
                        self.set_status(i32::from(!holds));
                        Flow::Next
                    }
                    Err(flow) => flow,
                }
            }
        };
        self.restore(saved);
        flow
    }

    async fn subshell(self: &Rc<Self>, list: &Rc<List>) -> Flow {
        let child = match self.child().await {
            Ok(child) => child,
            Err(flow) => return flow,
        };
        let pid = child.task.pid;
        let task = child.task.clone();
        task.start(child.child_list(list.clone()));
        drop(task);
        self.foreground(pid, "( ... )").await
    }

    /// Waits for a child that was started in the foreground.
    async fn foreground(self: &Rc<Self>, pid: u32, text: &str) -> Flow {
        let exit = self.task.wait_for(pid).await;
        if let Exit::Signal(signal) = exit
            && signal != Signal::INT
            && signal != Signal::PIPE
        {
            self.tell_of_signal(signal, pid, text).await;
        }
        self.set_status(exit.code());
        Flow::Next
    }

    async fn tell_of_signal(&self, signal: Signal, pid: u32, text: &str) {
        let words = signal.description();
        let text = match self.dialect() {
            Dialect::Bash if !self.options.get().interactive => {
                format!("{}{pid:>5} {words:<23} {text}\n", self.prefix())
            }
            _ => format!("{words}\n"),
        };
        let _ = self.task.write(2, text.as_bytes()).await;
    }

    async fn branches(self: &Rc<Self>, branches: &[(Rc<List>, Rc<List>)], otherwise: Option<&Rc<List>>) -> Flow {
        for (condition, body) in branches {
            let flow = self.tested_list(condition).await;
            if flow != Flow::Next {
                return flow;
            }
            if self.status() == 0 {
                return self.inner(body).await;
            }
        }
        match otherwise {
            Some(list) => self.inner(list).await,
            None => {
                self.set_status(0);
                Flow::Next
            }
        }
    }

    async fn tested_list(self: &Rc<Self>, list: &Rc<List>) -> Flow {
        let _tested = Tested::new(self);
        self.inner(list).await
    }

    /// Runs the body of a loop once; the answer is where the script goes on if the loop is over.
    async fn turn(self: &Rc<Self>, body: &Rc<List>) -> Option<Flow> {
        self.loops.set(self.loops.get() + 1);
        let flow = self.inner(body).await;
        self.loops.set(self.loops.get() - 1);
        match flow {
            Flow::Next | Flow::Continue(1) => None,
            Flow::Break(1) => Some(Flow::Next),
            Flow::Break(loops) => Some(Flow::Break(loops - 1)),
            Flow::Continue(loops) => Some(Flow::Continue(loops - 1)),
            flow => Some(flow),
        }
    }

    async fn while_loop(self: &Rc<Self>, until: bool, condition: &Rc<List>, body: &Rc<List>) -> Flow {
        let mut status = 0;
        loop {
            self.loops.set(self.loops.get() + 1);
            let flow = self.tested_list(condition).await;
            self.loops.set(self.loops.get() - 1);
            match flow {
                Flow::Next => {}
                Flow::Break(1) => return Flow::Next,
                Flow::Continue(1) => continue,
                Flow::Break(loops) => return Flow::Break(loops - 1),
                Flow::Continue(loops) => return Flow::Continue(loops - 1),
                flow => return flow,
            }
            if (self.status() == 0) == until {
                self.set_status(status);
                return Flow::Next;
            }
            if let Some(flow) = self.turn(body).await {
                return flow;
            }
            status = self.status();
        }
    }

    async fn for_loop(self: &Rc<Self>, name: &str, words: Option<&[Word]>, text: &str, body: &Rc<List>) -> Flow {
        let mut values = Vec::new();
        match words {
            None => values = self.parameters.borrow().to_vec(),
            Some(words) => {
                for word in words {
                    if let Err(flow) = self.fields(word, &mut values).await {
                        return flow;
                    }
                }
            }
        }
        if !super::variables::is_name(name) {
            self.complain(format!("`{name}': not a valid identifier")).await;
            self.set_status(1);
            return Flow::Next;
        }
        self.set_status(0);
        for value in values {
            if let Err(flow) = self.assign(name, None, value).await {
                return flow;
            }
            if self.options.get().xtrace && self.is_bash() {
                self.trace(text).await;
            }
            if let Some(flow) = self.turn(body).await {
                return flow;
            }
        }
        Flow::Next
    }

    async fn arithmetic_loop(self: &Rc<Self>, [start, condition, step]: [&Word; 3], body: &Rc<List>) -> Flow {
        if let Err(flow) = self.arithmetic(start).await {
            return flow;
        }
        self.set_status(0);
        loop {
            self.task.work(1).await;
            let goes_on = match self.text(condition).await {
                Ok(text) if text.trim().is_empty() => Ok(1),
                Ok(text) => self.number(&text).await,
                Err(flow) => Err(flow),
            };
            match goes_on {
                Ok(0) => return Flow::Next,
                Ok(_) => {}
                Err(flow) => return flow,
            }
            if let Some(flow) = self.turn(body).await {
                return flow;
            }
            if let Err(flow) = self.arithmetic(step).await {
                return flow;
            }
        }
    }

    async fn case(self: &Rc<Self>, word: &Word, arms: &[Arm]) -> Flow {
        let text = match self.text(word).await {
            Ok(text) => text,
            Err(flow) => return flow,
        };
        self.set_status(0);
        let mut fall_through = false;
        for arm in arms {
            let mut matches = fall_through;
            for pattern in &arm.patterns {
                if matches {
                    break;
                }
                match self.pattern(pattern).await {
                    Ok(pattern) if self.options.get().nocasematch => matches = pattern.matches(&text.to_lowercase()),
                    Ok(pattern) => matches = pattern.matches(&text),
                    Err(flow) => return flow,
                }
            }
            if !matches {
                continue;
            }
            let flow = self.inner(&arm.body).await;
            if flow != Flow::Next || arm.after == After::End {
                return flow;
            }
            fall_through = arm.after == After::NextArm;
        }
        Flow::Next
    }

    /// Runs a text as a script, in this shell. `what` stands before the line number in messages of bash.
    pub async fn run_text(self: &Rc<Self>, text: &str, line: u32, what: &str) -> Flow {
        let expands = !self.is_bash() || self.options.get().expand_aliases;
        let mut parser = Parser::new(text, self.dialect(), Rc::default()).counting_from(line);
        loop {
            if expands {
                parser.aliases = self.aliases.borrow().clone();
            }
            parser.extglob = self.options.get().extglob;
            self.task.work(5).await;
            let next = parser.next();
            for (line, text) in std::mem::take(&mut parser.warnings) {
                let name = self.name.borrow().clone();
                let _ = self.task.write(2, format!("{name}: line {line}: warning: {text}\n").as_bytes()).await;
            }
            match next {
                Ok(None) => return Flow::Next,
                Ok(Some(_)) if self.options.get().noexec => {}
                Ok(Some(list)) => {
                    let shell = self.clone();
                    let flow = self.task.call(Box::pin(async move { shell.list(&list).await })).await;
                    if flow != Flow::Next {
                        return flow;
                    }
                }
                Err(mistake) => {
                    self.complain_of_syntax(&mistake, text, what).await;
                    return if self.is_bash() { Flow::Next } else { Flow::Abort };
                }
            }
        }
    }

    // Simple commands.

    async fn simple(self: &Rc<Self>, command: &Rc<Command>) -> Flow {
        let Kind::Simple { assignments, words } = &command.kind else { return Flow::Next };
        self.line.set(command.line);
        self.substituted.set(None);
        let mut args = Vec::new();
        let mut declared = Vec::new();
        for word in words {
            let expanded = match word {
                Argument::Word(word) => self.fields(word, &mut args).await,
                Argument::Assignment(assignment) => {
                    declared.push((args.len(), assignment));
                    args.push(assignment.name.clone());
                    Ok(())
                }
            };
            if let Err(flow) = expanded {
                self.close_substitutions();
                return flow;
            }
        }
        let mut saved = Saved::new();
        let flow = if args.is_empty() {
            self.assignments_only(assignments, &command.redirects, &mut saved).await
        } else {
            self.with_command(args, &declared, assignments, &command.redirects, &mut saved).await
        };
        self.restore(saved);
        if self.substitutions.get() > 0 {
            self.close_substitutions();
        }
        flow
    }

    async fn assignments_only(
        self: &Rc<Self>,
        assignments: &[Assignment],
        redirects: &[Redirect],
        saved: &mut Saved,
    ) -> Flow {
        for assignment in assignments {
            if let Err(flow) = self.assignment(assignment).await {
                return flow;
            }
        }
        if let Err(flow) = self.redirect(redirects, saved).await {
            return flow;
        }
        self.set_status(self.substituted.take().unwrap_or(0));
        Flow::Next
    }

    async fn with_command(
        self: &Rc<Self>,
        args: Vec<String>,
        declared: &[(usize, &Assignment)],
        assignments: &[Assignment],
        redirects: &[Redirect],
        saved: &mut Saved,
    ) -> Flow {
        let name = args[0].clone();
        // `exec` without a program keeps its redirections.
        if name == "exec" && args.len() == 1 {
            let mut dropped = Saved::new();
            return match self.redirect(redirects, &mut dropped).await {
                Ok(()) => {
                    self.set_status(0);
                    Flow::Next
                }
                Err(Flow::Next) if !self.is_bash() => Flow::Abort,
                Err(flow) => flow,
            };
        }
        let function = self.functions.borrow().get(&name).cloned();
        let builtin = if function.is_none() { builtins::find(&name, self.dialect()) } else { None };
        // What is assigned before a builtin or a function is gone after it; a program gets it in its environment.
        let mut hidden = Vec::new();
        for assignment in assignments {
            let key = assignment.name.clone();
            hidden.push((key.clone(), self.variables.borrow().get(&key).cloned()));
            self.tracing_command.set(true);
            let assigned = self.assignment(assignment).await;
            self.tracing_command.set(false);
            if let Err(flow) = assigned {
                return flow;
            }
            self.variables.borrow_mut().entry(&key).exported = true;
        }
        if self.options.get().xtrace {
            self.trace_command(&args, assignments).await;
        }
        let flow = match self.redirect(redirects, saved).await {
            Err(Flow::Next) if builtins::is_special(&name) && !self.is_bash() => Flow::Abort,
            Err(flow) => flow,
            Ok(()) => match (function, builtin) {
                (Some(body), _) => self.call_function(&name, body, &args).await,
                (None, Some(builtin)) => self.call_builtin(builtin, args, declared).await,
                (None, None) => self.program(args).await,
            },
        };
        for (name, variable) in hidden.into_iter().rev() {
            self.variables.borrow_mut().restore(&name, variable);
        }
        flow
    }

    pub async fn call_function(self: &Rc<Self>, name: &str, body: Rc<Command>, args: &[String]) -> Flow {
        if self.calls.borrow().len() >= DEEPEST_CALL {
            self.complain(format!("{name}: maximum function nesting level exceeded ({DEEPEST_CALL})")).await;
            self.set_status(1);
            return Flow::Abort;
        }
        let parameters = self.parameters.replace(Rc::new(args[1..].to_vec()));
        let loops = self.loops.replace(0);
        self.calls.borrow_mut().push(name.to_owned());
        self.variables.borrow_mut().enter();
        self.replaceable.set(false);
        let shell = self.clone();
        let flow = self.task.call(Box::pin(async move { shell.command(&body).await })).await;
        self.variables.borrow_mut().leave();
        self.calls.borrow_mut().pop();
        self.loops.set(loops);
        self.parameters.replace(parameters);
        match flow {
            Flow::Return | Flow::Break(_) | Flow::Continue(_) => Flow::Next,
            flow => flow,
        }
    }

    /// Runs a program, in a process of its own.
    pub async fn program(self: &Rc<Self>, args: Vec<String>) -> Flow {
        let replaceable = self.replaceable.get() && self.traps.borrow().is_empty();
        let path = self.value("PATH");
        let dir = self.task.dir.borrow().clone();
        let found = self.kernel().look_up(&args[0], path.as_deref().unwrap_or(""), &dir);
        let image = match found {
            Ok(image) => image,
            Err(Errno::NoEntry) if self.is_bash() && path.is_none() => {
                self.complain(format!("{}: {}", args[0], Errno::NoEntry)).await;
                self.set_status(127);
                return Flow::Next;
            }
            Err(errno) => {
                let (text, status) = not_found(self.dialect(), &args[0], errno);
                self.complain(text).await;
                self.set_status(status);
                return Flow::Next;
            }
        };
        let env = self.variables.borrow().environment();
        if replaceable {
            return self.become_program(image, args, env).await;
        }
        let child = match self.fork_task() {
            Ok(child) => child,
            Err(_) => {
                return match self.child().await {
                    Ok(_) => Flow::Next,
                    Err(flow) => flow,
                };
            }
        };
        let text = args.join(" ");
        child.start(execute(child.clone(), image, args, env));
        self.task.work(20).await;
        self.foreground(child.pid, &text).await
    }

    /// A program takes the shell's place in its process.
    pub async fn become_program(self: &Rc<Self>, image: Image, args: Vec<String>, env: Vec<(String, String)>) -> Flow {
        for (event, text) in self.traps.take() {
            if let Event::Signal(signal) = event
                && !text.is_empty()
            {
                self.task.uncatch(signal);
            }
        }
        self.set_status(0);
        self.task.call(execute(self.task.clone(), image, args, env)).await;
        Flow::Exit
    }

    // `set -x`

    async fn trace(&self, text: &str) {
        let sign = self.value("PS4").unwrap_or_else(|| "+ ".into());
        let _ = self.task.write(2, format!("{sign}{text}\n").as_bytes()).await;
    }

    async fn trace_command(&self, args: &[String], assignments: &[Assignment]) {
        let mut words = Vec::new();
        for assignment in assignments {
            let value = self.value(&assignment.name).unwrap_or_default();
            words.push(format!("{}={}", assignment.name, super::declare::trace_quote(&value)));
        }
        words.extend(args.iter().map(|arg| match self.dialect() {
            Dialect::Dash => arg.clone(),
            _ => super::declare::trace_quote(arg),
        }));
        self.trace(&words.join(" ")).await;
    }
}

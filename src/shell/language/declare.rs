//! Assignments, and the builtins that declare variables: export, readonly, local, declare.

use super::super::syntax::{Assignment, Value as Written, Word};
use super::super::task::Flow;
use super::variables::is_name;
use super::{Array, Dialect, Shell, Told, Value, Variable};
use std::rc::Rc;

/// The letters of a variable, as `declare -p` has them.
pub fn attributes(variable: &Variable) -> String {
    let mut letters = String::new();
    match &variable.value {
        Some(Value::Array(Array { keyed: true, .. })) => letters.push('A'),
        Some(Value::Array(_)) => letters.push('a'),
        _ => {}
    }
    letters.extend(variable.integer.then_some('i'));
    letters.extend(variable.case);
    letters.extend(variable.read_only.then_some('r'));
    letters.extend(variable.exported.then_some('x'));
    letters
}

/// Text as it would be written in a script: `'it'\''s'`.
pub fn quote(text: &str) -> String {
    if text.chars().any(|symbol| symbol.is_control()) {
        let mut quoted = String::from("$'");
        for symbol in text.chars() {
            match symbol {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\r' => quoted.push_str("\\r"),
                '\x1b' => quoted.push_str("\\E"),
                '\'' => quoted.push_str("\\'"),
                '\\' => quoted.push_str("\\\\"),
                symbol if symbol.is_control() => quoted.push_str(&format!("\\{:03o}", symbol as u32)),
                symbol => quoted.push(symbol),
            }
        }
        return quoted + "'";
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Text as `set -x` shows it: quoted where it must be.
pub fn trace_quote(text: &str) -> String {
    let plain = |symbol: char| symbol.is_alphanumeric() || "_-./:=+,%@^{}".contains(symbol);
    let braces = text.contains(['{', '}']) && text != "{" && text != "}" && text.contains(',');
    if !text.is_empty() && text.chars().all(plain) && !braces && !text.starts_with(['~', '#']) {
        return text.to_owned();
    }
    quote(text)
}

/// Text between double quotes, as `declare -p` and `export -p` show values.
fn double_quote(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return quote(text);
    }
    let mut quoted = String::from("\"");
    for symbol in text.chars() {
        if matches!(symbol, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(symbol);
    }
    quoted + "\""
}

/// What a declaration asks for.
#[derive(Clone, Copy, Default)]
struct Wanted {
    export: Option<bool>,
    read_only: bool,
    integer: Option<bool>,
    case: Option<char>,
    array: bool,
    keyed: bool,
    global: bool,
    print: bool,
    functions: bool,
}

impl Shell {
    /// Does an assignment.
    pub async fn assignment(self: &Rc<Self>, assignment: &Assignment) -> Told<()> {
        let name = &assignment.name;
        match &assignment.value {
            Written::Word(word) => {
                let mut text = self.assigned(word).await?;
                let key = match &assignment.index {
                    Some(word) => {
                        let index = self.text(word).await?;
                        match self.key(name, &index) {
                            Ok(key) => Some(key),
                            Err(text) => return self.give_up(1, text).await,
                        }
                    }
                    None => None,
                };
                if assignment.append {
                    let old = self.element(name, key.as_deref()).unwrap_or_default();
                    let integer = self.variables.borrow().get(name).is_some_and(|variable| variable.integer);
                    text = match integer {
                        true => format!("{}+({text})", if old.is_empty() { "0" } else { &old }),
                        false => format!("{old}{text}"),
                    };
                }
                self.assign(name, key.as_deref(), text.clone()).await?;
                if self.options.get().xtrace && !self.tracing_command.get() {
                    let sign = self.value("PS4").unwrap_or_else(|| "+ ".into());
                    let plus = if assignment.append { "+" } else { "" };
                    let text = format!(
                        "{sign}{name}{plus}={}\n",
                        if text.is_empty() { String::new() } else { trace_quote(&text) }
                    );
                    let _ = self.task.write(2, text.as_bytes()).await;
                }
                Ok(())
            }
            Written::Array(items) if assignment.append => self.append_to_array(name, items).await,
            Written::Array(items) => {
                let old = match self.variables.borrow().get(name).and_then(|variable| variable.value.clone()) {
                    Some(Value::Array(array)) => Some(array),
                    _ => None,
                };
                let keyed = old.as_ref().is_some_and(|array| array.keyed);
                let mut array = Array { keyed, ..Array::default() };
                let mut pairs: Vec<String> = Vec::new();
                for (index, word) in items {
                    match index {
                        Some(index) => {
                            let index = self.text(index).await?;
                            let key = match self.key(name, &index) {
                                Ok(key) if !keyed => key,
                                _ => index,
                            };
                            let value = self.text(word).await?;
                            array.set(&key, value.into());
                        }
                        None => {
                            let mut values = Vec::new();
                            self.fields(word, &mut values).await?;
                            for value in values {
                                if keyed {
                                    pairs.push(value);
                                } else {
                                    let next = array.next_index().to_string();
                                    array.set(&next, value.into());
                                }
                            }
                        }
                    }
                }
                for pair in pairs.chunks(2) {
                    array.set(&pair[0], pair.get(1).map_or("", String::as_str).into());
                }
                let set = self.variables.borrow_mut().set(name, Value::Array(array));
                match set {
                    Ok(()) => Ok(()),
                    Err(refusal) => self.refuse(name, refusal).await,
                }
            }
        }
    }

    /// `name+=(values)`
    async fn append_to_array(self: &Rc<Self>, name: &str, items: &[(Option<Word>, Word)]) -> Told<()> {
        for (index, word) in items {
            let mut values = Vec::new();
            let mut key = None;
            match index {
                Some(index) => {
                    let index = self.text(index).await?;
                    key = self.key(name, &index).ok();
                    values.push(self.text(word).await?);
                }
                None => self.fields(word, &mut values).await?,
            }
            for value in values {
                let next = || match self.variables.borrow().get(name).and_then(|variable| variable.value.as_ref()) {
                    Some(Value::Array(array)) => array.next_index(),
                    Some(Value::Text(_)) => 1,
                    None => 0,
                };
                let key = key.clone().unwrap_or_else(|| next().to_string());
                let set = self.variables.borrow_mut().set_element(name, &key, value);
                if let Err(refusal) = set {
                    return self.refuse(name, refusal).await;
                }
            }
        }
        Ok(())
    }

    /// `export`, `readonly`, `local`, `declare` and `typeset`.
    pub async fn declare(self: &Rc<Self>, args: &[String], written: &[(usize, &Assignment)]) -> Flow {
        let command = args[0].as_str();
        let mut wanted = Wanted {
            export: (command == "export").then_some(true),
            read_only: command == "readonly",
            ..Wanted::default()
        };
        let mut at = 1;
        while let Some(arg) = args.get(at) {
            if written.iter().any(|(place, _)| *place == at) || arg.len() < 2 || !arg.starts_with(['-', '+']) {
                break;
            }
            at += 1;
            if arg == "--" {
                break;
            }
            let on = arg.starts_with('-');
            for flag in arg[1..].chars() {
                match flag {
                    'x' => wanted.export = Some(on),
                    'r' => wanted.read_only |= on,
                    'i' => wanted.integer = Some(on),
                    'u' | 'l' => wanted.case = on.then_some(flag),
                    'a' => wanted.array = true,
                    'A' => wanted.keyed = true,
                    'g' => wanted.global = true,
                    'p' => wanted.print = true,
                    'f' | 'F' => wanted.functions = true,
                    'n' if command == "export" => wanted.export = Some(false),
                    _ => {
                        let text = format!("{}-{flag}: invalid option\n", self.builtin_prefix(command));
                        let _ = self.task.write(2, text.as_bytes()).await;
                        self.set_status(2);
                        return Flow::Next;
                    }
                }
            }
        }
        self.set_status(0);
        if at >= args.len() || wanted.print {
            return self.print_declared(command, wanted, &args[at.min(args.len())..]).await;
        }
        if wanted.functions {
            for name in &args[at..] {
                if !self.functions.borrow().contains_key(name) {
                    self.set_status(1);
                }
            }
            return Flow::Next;
        }
        let in_function = self.variables.borrow().in_function();
        if command == "local" && !in_function {
            let text = match self.dialect() {
                Dialect::Bash => "can only be used in a function",
                _ => "not in a function",
            };
            let _ = self.task.write(2, format!("{}{text}\n", self.builtin_prefix("local")).as_bytes()).await;
            self.set_status(if self.is_bash() { 1 } else { 2 });
            return if self.is_bash() { Flow::Next } else { Flow::Abort };
        }
        let local = in_function && !wanted.global && !matches!(command, "export" | "readonly");
        let mut status = 0;
        for (place, arg) in args.iter().enumerate().skip(at) {
            let assignment = written.iter().find(|(known, _)| *known == place).map(|(_, assignment)| *assignment);
            let (name, value) = match (assignment, arg.split_once('=')) {
                (Some(assignment), _) => (assignment.name.as_str(), None),
                (None, Some((name, value))) => (name.trim_end_matches('+'), Some(value)),
                (None, None) => (arg.as_str(), None),
            };
            let bare = name.split('[').next().unwrap_or(name);
            if !is_name(bare) {
                let text = match self.dialect() {
                    Dialect::Bash => format!("`{arg}': not a valid identifier"),
                    _ => format!("{name}: bad variable name"),
                };
                let _ = self.task.write(2, format!("{}{text}\n", self.builtin_prefix(command)).as_bytes()).await;
                status = if self.is_bash() { 1 } else { 2 };
                if !self.is_bash() {
                    self.set_status(status);
                    return Flow::Abort;
                }
                continue;
            }
            if local {
                // The value is computed while the outer variable is still seen.
                let hidden = match assignment {
                    Some(Assignment { value: Written::Word(word), append: false, index: None, .. }) => {
                        match self.assigned(word).await {
                            Ok(text) => Some(text),
                            Err(flow) => return flow,
                        }
                    }
                    _ => None,
                };
                self.variables.borrow_mut().make_local(bare);
                self.mark(bare, wanted);
                if let Some(text) = hidden {
                    if let Err(flow) = self.assign(name, None, text).await {
                        return flow;
                    }
                    self.seal(bare, wanted);
                    continue;
                }
            }
            self.mark(bare, wanted);
            let assigned = match (assignment, value) {
                (Some(assignment), _) => self.assignment(assignment).await,
                (None, Some(value)) => self.assign(name, None, value.to_owned()).await,
                (None, None) => Ok(()),
            };
            if let Err(flow) = assigned {
                return flow;
            }
            self.seal(bare, wanted);
        }
        self.set_status(status);
        Flow::Next
    }

    /// Gives a variable what counts before it is assigned to.
    fn mark(&self, name: &str, wanted: Wanted) {
        let mut variables = self.variables.borrow_mut();
        let variable = variables.entry(name);
        variable.exported = wanted.export.unwrap_or(variable.exported);
        variable.integer = wanted.integer.unwrap_or(variable.integer);
        variable.case = wanted.case.or(variable.case);
        if (wanted.array || wanted.keyed) && !matches!(variable.value, Some(Value::Array(_))) {
            let old = match variable.value.take() {
                Some(Value::Text(text)) if !wanted.keyed => Some(text.to_string()),
                _ => None,
            };
            variable.value = Some(Value::Array(Array { keyed: wanted.keyed, ..Array::indexed(old) }));
        }
    }

    fn seal(&self, name: &str, wanted: Wanted) {
        self.variables.borrow_mut().entry(name).read_only |= wanted.read_only;
    }

    async fn print_declared(&self, command: &str, wanted: Wanted, names: &[String]) -> Flow {
        let mut text = String::new();
        let mut missing = String::new();
        for name in names {
            match self.variables.borrow().get(name) {
                Some(variable) => text += &self.declaration(name, variable),
                None => {
                    missing += &format!("{}{name}: not found\n", self.builtin_prefix(command));
                    self.set_status(1);
                }
            }
        }
        if names.is_empty() {
            for (name, variable) in self.variables.borrow().iter() {
                let shown = match command {
                    "export" => variable.exported,
                    "readonly" => variable.read_only,
                    _ => wanted.export.is_none_or(|export| variable.exported == export),
                };
                if shown {
                    text += &match (self.dialect(), &variable.value) {
                        (Dialect::Bash, _) => self.declaration(name, variable),
                        (_, Some(Value::Text(value))) => format!("{command} {name}={}\n", quote(value)),
                        _ => format!("{command} {name}\n"),
                    };
                }
            }
        }
        let _ = self.task.write(1, text.as_bytes()).await;
        let _ = self.task.write(2, missing.as_bytes()).await;
        Flow::Next
    }

    fn declaration(&self, name: &str, variable: &Variable) -> String {
        let mut letters = attributes(variable);
        if letters.is_empty() {
            letters.push('-');
        }
        match &variable.value {
            None => format!("declare -{letters} {name}\n"),
            Some(Value::Text(text)) => format!("declare -{letters} {name}={}\n", double_quote(text)),
            Some(Value::Array(array)) => {
                let pairs = array.keys().into_iter().zip(array.values());
                let mut pairs: Vec<String> =
                    pairs.map(|(key, value)| format!("[{key}]={}", double_quote(&value))).collect();
                if array.keyed && !pairs.is_empty() {
                    pairs.push(String::new());
                }
                format!("declare -{letters} {name}=({})\n", pairs.join(" "))
            }
        }
    }
}

//! Expansion: words as they are written become words as commands get them.

use super::super::syntax::{Operation, Parameter, Part, Subscript, Word};
use super::super::task::Flow;
use super::declare::attributes;
use super::pattern::{self, Pattern};
use super::{Dialect, Shell, Told, Value};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// How many words a command may have.
const MOST_FIELDS: usize = 200_000;
/// The longest that words may become together, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// Words in the making. In the text of a field, what was quoted stands behind backslashes.
struct Fields {
    done: Vec<String>,
    /// Nothing if no word has begun.
    current: Option<String>,
    ifs: Rc<str>,
    /// Whether unquoted values are split into words.
    split: bool,
    /// The last word was ended by a blank, so that a separator after it does not end an empty one.
    after_blank: bool,
    size: usize,
}

impl Fields {
    fn new(shell: &Shell, split: bool) -> Self {
        let ifs = shell.variables.borrow().text("IFS").unwrap_or_else(|| " \t\n".into());
        Self { done: Vec::new(), current: None, ifs, split, after_blank: false, size: 0 }
    }

    fn begin(&mut self) -> &mut String {
        self.after_blank = false;
        self.current.get_or_insert_default()
    }

    fn quoted(&mut self, text: &str) {
        self.size += text.len();
        pattern::push_plain(self.begin(), text);
    }

    /// As it was written: patterns in it count.
    fn literal(&mut self, text: &str) {
        self.size += text.len();
        self.begin().push_str(text);
    }

    fn end(&mut self) {
        self.done.extend(self.current.take());
    }

    /// An unquoted value.
    fn value(&mut self, text: &str) {
        self.size += text.len();
        let ifs = self.ifs.clone();
        for symbol in text.chars() {
            let separates = self.split && ifs.contains(symbol);
            if separates && matches!(symbol, ' ' | '\t' | '\n') {
                if self.current.is_some() {
                    self.end();
                    self.after_blank = true;
                }
            } else if separates {
                if !std::mem::take(&mut self.after_blank) {
                    self.begin();
                    self.end();
                }
            } else {
                let current = self.begin();
                // A value's backslash means itself.
                if symbol == '\\' {
                    current.push('\\');
                }
                current.push(symbol);
            }
        }
    }

    fn add(&mut self, text: &str, quoted: bool) {
        if quoted { self.quoted(text) } else { self.value(text) }
    }

    fn first_of_ifs(&self) -> String {
        self.ifs.chars().next().map_or(String::new(), String::from)
    }
}

/// What a parameter is.
enum Got {
    None,
    One(String),
    /// `$@` or `$*`, or all of an array; whether it is the star.
    Many(Vec<String>, bool),
}

type Expanding<'a, T> = Pin<Box<dyn Future<Output = Told<T>> + 'a>>;

impl Shell {
    /// The words of a command.
    pub async fn fields(self: &Rc<Self>, word: &Word, result: &mut Vec<String>) -> Told<()> {
        if let Some(text) = word.plain().filter(|text| !text.contains(['*', '?', '[', '{', '~', '\\', '('])) {
            result.push(text.to_owned());
            return Ok(());
        }
        let Some(words) = self.braces(word).await? else {
            return self.word_fields(word, result).await;
        };
        for word in &words {
            self.word_fields(word, result).await?;
        }
        Ok(())
    }

    async fn word_fields(self: &Rc<Self>, word: &Word, result: &mut Vec<String>) -> Told<()> {
        let mut fields = Fields::new(self, true);
        self.parts(&word.parts, &mut fields, false).await?;
        fields.end();
        for field in fields.done {
            if result.len() > MOST_FIELDS {
                return self.give_up(1, "expansion: too many words").await;
            }
            let options = self.options.get();
            if !options.noglob && pattern::is_special(&field, options.extglob) {
                self.task.work(10).await;
                let dir = self.task.dir.borrow().clone();
                let files = pattern::files(self.kernel().files(), &dir, &field, options.extglob, options.dotglob);
                if !files.is_empty() || options.nullglob {
                    result.extend(files);
                    continue;
                }
                if options.failglob {
                    return self.give_up(1, format!("no match: {}", pattern::plain(&field))).await;
                }
            }
            result.push(pattern::plain(&field));
        }
        Ok(())
    }

    /// A word where it stays one: a value, a file's name.
    pub async fn text(self: &Rc<Self>, word: &Word) -> Told<String> {
        if let Some(text) = word.plain().filter(|text| !text.contains(['~', '\\'])) {
            return Ok(text.to_owned());
        }
        self.pattern_text(word).await.map(|text| pattern::plain(&text))
    }

    /// The same where it is a value that is assigned: a tilde may also stand after a colon.
    pub async fn assigned(self: &Rc<Self>, word: &Word) -> Told<String> {
        let text = self.text(word).await?;
        match word.parts.first() {
            Some(Part::Text(start)) if start.contains(":~") => Ok(text.replace(":~", &format!(":{}", self.home()))),
            _ => Ok(text),
        }
    }

    /// A word as a pattern.
    pub async fn pattern_text(self: &Rc<Self>, word: &Word) -> Told<String> {
        let mut fields = Fields::new(self, false);
        let separator = fields.first_of_ifs();
        self.parts(&word.parts, &mut fields, false).await?;
        fields.end();
        let separator = if separator.is_empty() { " ".to_owned() } else { separator };
        Ok(fields.done.join(&separator))
    }

    pub async fn pattern(self: &Rc<Self>, word: &Word) -> Told<Pattern> {
        let text = self.pattern_text(word).await?;
        Ok(Pattern::new(&text, self.is_bash()))
    }

    /// An expression, computed.
    pub async fn arithmetic(self: &Rc<Self>, word: &Word) -> Told<i64> {
        let text = self.text(word).await?;
        self.number(&text).await
    }

    fn home(&self) -> String {
        self.value("HOME").map_or("/root".into(), |home| home.to_string())
    }

    fn tilde(&self, text: &str) -> Option<(String, usize)> {
        let rest = text.strip_prefix('~')?;
        let end = rest.find(['/', ':']).unwrap_or(rest.len());
        let home = match &rest[..end] {
            "" => self.home(),
            "+" => self.task.dir.borrow().clone(),
            "-" => self.value("OLDPWD")?.to_string(),
            "root" => "/root".into(),
            _ => return None,
        };
        Some((home, end + 1))
    }

    /// Expands parts one after the other.
    fn parts<'a>(self: &'a Rc<Self>, parts: &'a [Part], fields: &'a mut Fields, quoted: bool) -> Expanding<'a, ()> {
        Box::pin(async move {
            for (place, part) in parts.iter().enumerate() {
                if fields.size > MOST_BYTES {
                    self.complain(self.no_memory(fields.size)).await;
                    self.set_status(2);
                    return Err(Flow::Exit);
                }
                match part {
                    Part::Text(text) if quoted => fields.quoted(text),
                    Part::Text(text) => {
                        let mut text = text.as_str();
                        if place == 0
                            && fields.current.is_none()
                            && let Some((home, used)) = self.tilde(text)
                        {
                            fields.quoted(&home);
                            text = &text[used..];
                        }
                        if !text.is_empty() {
                            fields.literal(text);
                        }
                    }
                    Part::Quoted(text) => {
                        fields.quoted(text);
                    }
                    Part::Double(inner) => {
                        // "$@" without parameters is no word at all.
                        if !matches!(inner.as_slice(), [Part::Parameter(parameter)] if parameter.is_all()) {
                            fields.begin();
                        }
                        self.parts(inner, fields, true).await?;
                    }
                    Part::Parameter(parameter) => self.parameter_parts(parameter, fields, quoted).await?,
                    Part::Command(list) => {
                        let text = self.substitute(list).await?;
                        fields.add(&text, quoted);
                    }
                    Part::Arithmetic(word) => {
                        let number = self.arithmetic(word).await?;
                        fields.add(&number.to_string(), quoted);
                    }
                    Part::Process { input, body } => {
                        let path = self.process_substitution(*input, body).await?;
                        fields.quoted(&path);
                    }
                }
            }
            Ok(())
        })
    }

    async fn parameter_parts(self: &Rc<Self>, parameter: &Parameter, fields: &mut Fields, quoted: bool) -> Told<()> {
        let got = self.get(parameter).await?;
        let star_joins = quoted || !fields.split;
        let got = match &parameter.operation {
            Operation::Default { colon, sign, word } => {
                let missing = match &got {
                    Got::None => true,
                    Got::One(text) => *colon && text.is_empty(),
                    Got::Many(all, _) => all.is_empty() || *colon && all.iter().all(String::is_empty),
                };
                match sign {
                    '+' if missing => return Ok(()),
                    '+' => return self.default_word(word, fields, quoted).await,
                    _ if !missing => got,
                    '-' => return self.default_word(word, fields, quoted).await,
                    '=' => {
                        let text = self.text(word).await?;
                        let key = match &parameter.index {
                            Some(Subscript::Index(word)) => Some(self.index(&parameter.name, word).await?),
                            _ => None,
                        };
                        self.assign(&parameter.name, key.as_deref(), text.clone()).await?;
                        Got::One(text)
                    }
                    _ => {
                        let text = self.text(word).await?;
                        let text = match (text.is_empty(), self.is_bash(), colon) {
                            (false, ..) => text,
                            (true, true, _) => "parameter null or not set".into(),
                            (true, false, true) => "parameter not set or null".into(),
                            (true, false, false) => "parameter not set".into(),
                        };
                        return self.give_up(self.missing_status(), format!("{}: {text}", parameter.name)).await;
                    }
                }
            }
            _ => got,
        };
        match got {
            Got::None => {
                let counted = matches!(parameter.name.as_str(), "@" | "*" | "#" | "?" | "-" | "$" | "!");
                if self.is_nounset() && !counted {
                    let name = &parameter.name;
                    let text = match self.dialect() {
                        Dialect::Bash => format!("{name}: unbound variable"),
                        _ => format!("{name}: parameter not set"),
                    };
                    return self.give_up(self.missing_status(), text).await;
                }
            }
            Got::One(text) => fields.add(&text, quoted),
            Got::Many(all, true) if star_joins => {
                let separator = fields.first_of_ifs();
                fields.add(&all.join(&separator), true);
            }
            Got::Many(all, _) => {
                for (place, text) in all.iter().enumerate() {
                    if place > 0 {
                        if fields.split {
                            fields.end();
                        } else {
                            fields.quoted(" ");
                        }
                    }
                    if quoted {
                        fields.quoted(text);
                    } else {
                        fields.value(text);
                    }
                }
            }
        }
        Ok(())
    }

    /// With which status a shell ends that needs a parameter and has none.
    fn missing_status(&self) -> i32 {
        match (self.is_bash(), self.is_child || self.options.get().interactive) {
            (true, false) => 127,
            (true, true) => 1,
            (false, _) => 2,
        }
    }

    async fn default_word(self: &Rc<Self>, word: &Word, fields: &mut Fields, quoted: bool) -> Told<()> {
        for part in &word.parts {
            match part {
                Part::Text(text) if !quoted => {
                    let (home, used) = self.tilde(text).unwrap_or_default();
                    fields.quoted_if(&home);
                    fields.value(&text[used..]);
                }
                part => self.parts(std::slice::from_ref(part), fields, quoted).await?,
            }
        }
        Ok(())
    }

    async fn index(self: &Rc<Self>, name: &str, word: &Word) -> Told<String> {
        let text = self.text(word).await?;
        match self.key(name, &text) {
            Ok(key) => Ok(key),
            Err(text) => self.give_up(1, text).await,
        }
    }

    /// What a parameter is before its operation.
    async fn raw(self: &Rc<Self>, name: &str, index: Option<&Subscript>) -> Told<Got> {
        let one = |text: Option<String>| text.map_or(Got::None, Got::One);
        if let Ok(place) = name.parse::<usize>() {
            return Ok(one(self.parameter(place)));
        }
        let text = match name {
            "@" | "*" => return Ok(Got::Many(self.parameters.borrow().to_vec(), name == "*")),
            "#" => self.parameters.borrow().len().to_string(),
            "?" => self.status().to_string(),
            "-" => self.letters(),
            "$" => self.first_pid.to_string(),
            "!" => return Ok(one(self.last_background.get().map(|pid| pid.to_string()))),
            _ => match index {
                None => return Ok(one(self.value(name).map(|text| text.to_string()))),
                Some(Subscript::Index(word)) => {
                    let key = self.index(name, word).await?;
                    if name == "FUNCNAME" {
                        let calls = self.calls.borrow();
                        let place: usize = key.parse().unwrap_or(0);
                        return Ok(one(calls.iter().rev().nth(place).cloned()));
                    }
                    return Ok(one(self.element(name, Some(&key)).map(|text| text.to_string())));
                }
                Some(all) => {
                    let star = matches!(all, Subscript::Star);
                    if name == "FUNCNAME" {
                        return Ok(Got::Many(self.calls.borrow().iter().rev().cloned().collect(), star));
                    }
                    let variables = self.variables.borrow();
                    return Ok(match variables.get(name).and_then(|variable| variable.value.as_ref()) {
                        Some(Value::Array(array)) => Got::Many(array.values(), star),
                        Some(Value::Text(text)) => Got::Many(vec![text.to_string()], star),
                        None => Got::Many(Vec::new(), star),
                    });
                }
            },
        };
        Ok(Got::One(text))
    }

    /// What a parameter is, its operation done; a default is still to be put in its place.
    fn get<'a>(self: &'a Rc<Self>, parameter: &'a Parameter) -> Expanding<'a, Got> {
        Box::pin(async move {
            let mut got = match &parameter.operation {
                Operation::Bad(text) => {
                    let text = match self.dialect() {
                        Dialect::Bash => format!("{text}: bad substitution"),
                        Dialect::Dash => "Bad substitution".into(),
                        Dialect::BusyBox => "syntax error: bad substitution".into(),
                    };
                    return self.give_up(if self.is_bash() { 1 } else { 2 }, text).await;
                }
                Operation::Keys => {
                    let star = matches!(parameter.index, Some(Subscript::Star));
                    let variables = self.variables.borrow();
                    let value = variables.get(&parameter.name).and_then(|variable| variable.value.as_ref());
                    return Ok(Got::Many(
                        match value {
                            Some(Value::Array(array)) => array.keys(),
                            Some(Value::Text(_)) => vec!["0".into()],
                            None => Vec::new(),
                        },
                        star,
                    ));
                }
                Operation::Names { at } => {
                    let variables = self.variables.borrow();
                    let names = variables.iter().map(|(name, _)| name.clone());
                    return Ok(Got::Many(names.filter(|name| name.starts_with(&parameter.name)).collect(), !at));
                }
                _ => self.raw(&parameter.name, parameter.index.as_ref()).await?,
            };
            if parameter.indirect {
                let name = match got {
                    Got::One(name) => name,
                    _ => String::new(),
                };
                let (name, index) = match name.split_once('[') {
                    Some((name, index)) => (name.to_owned(), index.strip_suffix(']').map(str::to_owned)),
                    None => (name, None),
                };
                let valid = super::variables::is_name(&name)
                    || name.parse::<usize>().is_ok()
                    || matches!(name.as_str(), "@" | "*" | "#" | "?" | "-" | "$" | "!");
                if !valid {
                    let text = match name.is_empty() {
                        true => format!("{}: invalid indirect expansion", parameter.name),
                        false => format!("{name}: invalid variable name"),
                    };
                    return self.give_up(1, text).await;
                }
                let index = index.map(|index| match index.as_str() {
                    "@" => Subscript::At,
                    "*" => Subscript::Star,
                    index => Subscript::Index(Word::quoted(index)),
                });
                got = self.raw(&name, index.as_ref()).await?;
            }
            self.operate(parameter, got).await
        })
    }

    async fn operate(self: &Rc<Self>, parameter: &Parameter, got: Got) -> Told<Got> {
        let each = |got: Got, change: &dyn Fn(&str) -> String| match got {
            Got::None => Got::None,
            Got::One(text) => Got::One(change(&text)),
            Got::Many(all, star) => Got::Many(all.iter().map(|text| change(text)).collect(), star),
        };
        if let (Got::None, true) = (&got, self.is_nounset()) {
            // Told where it is used.
            if matches!(parameter.operation, Operation::Length) {
                return Ok(Got::None);
            }
        }
        if let Got::One(text) = &got {
            self.task.work(text.len() as u64 / 64).await;
        }
        Ok(match &parameter.operation {
            Operation::Length => Got::One(match got {
                Got::None => "0".into(),
                Got::One(text) => text.chars().count().to_string(),
                Got::Many(all, _) => all.len().to_string(),
            }),
            Operation::Trim { sign, longest, pattern } => {
                let pattern = self.pattern(pattern).await?;
                each(got, &|text| match sign {
                    '#' => pattern.prefix(text, *longest).map_or(text, |end| &text[end..]).to_owned(),
                    _ => pattern.suffix(text, *longest).map_or(text, |start| &text[..start]).to_owned(),
                })
            }
            Operation::Replace { all, anchor, pattern, with } => {
                let text = self.pattern_text(pattern).await?;
                let pattern = Pattern::new(&text, self.is_bash());
                let with = self.text(with).await?;
                if text.is_empty() { got } else { each(got, &|text| pattern.replace(text, &with, *all, *anchor)) }
            }
            Operation::Case { sign, all, pattern } => {
                let text = self.pattern_text(pattern).await?;
                let pattern = Pattern::new(if text.is_empty() { "?" } else { &text }, true);
                each(got, &|text| {
                    let mut changed = String::new();
                    for (place, symbol) in text.chars().enumerate() {
                        let counts = (place == 0 || *all) && pattern.matches(symbol.encode_utf8(&mut [0; 4]));
                        match sign {
                            '^' if counts => changed.extend(symbol.to_uppercase()),
                            ',' if counts => changed.extend(symbol.to_lowercase()),
                            _ => changed.push(symbol),
                        }
                    }
                    changed
                })
            }
            Operation::Slice { offset, length } => {
                let offset = self.arithmetic(offset).await?;
                let length = match length {
                    Some(word) => Some(self.arithmetic(word).await?),
                    None => None,
                };
                return self.slice(parameter, got, offset, length).await;
            }
            Operation::Transform(letter) => match letter {
                'Q' => each(got, &|text| super::declare::quote(text)),
                'U' => each(got, &|text| text.to_uppercase()),
                'L' => each(got, &|text| text.to_lowercase()),
                'u' => each(got, &|text| {
                    let mut rest = text.chars();
                    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
                }),
                'E' => each(got, &|text| super::super::syntax::unescape(text, true).0),
                'a' => {
                    let variables = self.variables.borrow();
                    match variables.get(&parameter.name) {
                        Some(variable) => Got::One(attributes(variable)),
                        None => Got::None,
                    }
                }
                _ => got,
            },
            _ => got,
        })
    }

    async fn slice(self: &Rc<Self>, parameter: &Parameter, got: Got, offset: i64, length: Option<i64>) -> Told<Got> {
        let bounds = |len: usize| {
            let len = len as i64;
            let start = if offset < 0 { len + offset } else { offset };
            let end = match length {
                None => len,
                Some(length) if length < 0 => len + length,
                Some(length) => start.saturating_add(length).min(len),
            };
            (start, end, start >= 0 && start <= len)
        };
        match got {
            Got::None => Ok(Got::None),
            Got::One(text) => {
                let symbols: Vec<char> = text.chars().collect();
                let (start, end, inside) = bounds(symbols.len());
                if inside && end < start {
                    return self.give_up(1, format!("{}: substring expression < 0", length.unwrap_or(0))).await;
                }
                Ok(Got::One(if inside {
                    symbols[start as usize..end as usize].iter().collect()
                } else {
                    String::new()
                }))
            }
            Got::Many(mut all, star) => {
                if matches!(parameter.name.as_str(), "@" | "*") {
                    // `${@:0}` begins with the name of the script; `${@:1}` with the first parameter.
                    all.insert(0, self.name.borrow().clone());
                }
                let (start, end, inside) = bounds(all.len());
                let range = start.max(0) as usize..end.max(start).max(0) as usize;
                Ok(Got::Many(if inside { all[range].to_vec() } else { Vec::new() }, star))
            }
        }
    }

    /// The words that `{a,b}` and `{1..3}` stand for; nothing if there are no such braces.
    async fn braces(&self, word: &Word) -> Told<Option<Vec<Rc<Word>>>> {
        let has_brace = |part: &Part| matches!(part, Part::Text(text) if text.contains('{'));
        if !self.is_bash() || !word.parts.iter().any(has_brace) {
            return Ok(None);
        }
        let mut symbols = Vec::new();
        for (place, part) in word.parts.iter().enumerate() {
            match part {
                Part::Text(text) => symbols.extend(text.chars().map(Symbol::Char)),
                _ => symbols.push(Symbol::Part(place)),
            }
        }
        let mut budget = MOST_FIELDS;
        let words = match alternatives(&symbols, &mut budget, 0) {
            Ok(words) => words,
            Err(count) => {
                self.complain(format!("brace expansion: failed to allocate memory for {count} elements")).await;
                vec![symbols]
            }
        };
        self.task.work(words.len() as u64 / 10).await;
        Ok(Some(words.into_iter().map(|symbols| Rc::new(rebuild(&symbols, &word.parts))).collect()))
    }
}

impl Fields {
    fn quoted_if(&mut self, text: &str) {
        if !text.is_empty() {
            self.quoted(text);
        }
    }
}

impl Parameter {
    /// `$@`, or all of an array: as many words as there are.
    fn is_all(&self) -> bool {
        self.name == "@" || matches!(self.index, Some(Subscript::At))
    }
}

/// A character of a word, or a part that is no plain text.
#[derive(Clone, Copy, PartialEq)]
enum Symbol {
    Char(char),
    Part(usize),
}

fn rebuild(symbols: &[Symbol], parts: &[Part]) -> Word {
    let mut word = Word::default();
    for symbol in symbols {
        match symbol {
            Symbol::Char(symbol) => match word.parts.last_mut() {
                Some(Part::Text(text)) => text.push(*symbol),
                _ => word.parts.push(Part::Text(symbol.to_string())),
            },
            Symbol::Part(place) => word.parts.push(copy(&parts[*place])),
        }
    }
    word
}

fn copy(part: &Part) -> Part {
    match part {
        Part::Text(text) => Part::Text(text.clone()),
        Part::Quoted(text) => Part::Quoted(text.clone()),
        Part::Double(parts) => Part::Double(parts.iter().map(copy).collect()),
        Part::Parameter(parameter) => Part::Parameter(parameter.clone()),
        Part::Command(list) => Part::Command(list.clone()),
        Part::Arithmetic(word) => Part::Arithmetic(word.clone()),
        Part::Process { input, body } => Part::Process { input: *input, body: body.clone() },
    }
}

/// All that a word with braces stands for. The error is how many there would be.
fn alternatives(symbols: &[Symbol], budget: &mut usize, depth: u32) -> Result<Vec<Vec<Symbol>>, usize> {
    let mut from = 0;
    while let Some(open) = symbols[from..].iter().position(|symbol| *symbol == Symbol::Char('{')) {
        let open = from + open;
        from = open + 1;
        let mut level = 0;
        let mut commas = Vec::new();
        let mut close = None;
        for (at, symbol) in symbols.iter().enumerate().skip(open + 1) {
            match symbol {
                Symbol::Char('{') => level += 1,
                Symbol::Char('}') if level == 0 => {
                    close = Some(at);
                    break;
                }
                Symbol::Char('}') => level -= 1,
                Symbol::Char(',') if level == 0 => commas.push(at),
                _ => {}
            }
        }
        let Some(close) = close else { continue };
        let choices: Vec<Vec<Symbol>> = if commas.is_empty() {
            match range(&symbols[open + 1..close], *budget) {
                Some(range) => range?,
                None => continue,
            }
        } else {
            if depth > 20 {
                return Ok(vec![symbols.to_vec()]);
            }
            let mut choices = Vec::new();
            let mut start = open + 1;
            for end in commas.into_iter().chain([close]) {
                choices.extend(alternatives(&symbols[start..end], budget, depth + 1)?);
                start = end + 1;
            }
            choices
        };
        let tails = if depth > 20 {
            vec![symbols[close + 1..].to_vec()]
        } else {
            alternatives(&symbols[close + 1..], budget, depth + 1)?
        };
        let count = choices.len().saturating_mul(tails.len());
        let size = count.saturating_mul(1 + symbols.len() / 16);
        *budget = budget.checked_sub(size).ok_or(count)?;
        let mut all = Vec::with_capacity(count);
        for choice in &choices {
            for tail in &tails {
                all.push([&symbols[..open], choice, tail].concat());
            }
        }
        return Ok(all);
    }
    Ok(vec![symbols.to_vec()])
}

/// `1..3`, `a..e`, `01..10..2`.
fn range(symbols: &[Symbol], most: usize) -> Option<Result<Vec<Vec<Symbol>>, usize>> {
    let text: Option<String> = symbols
        .iter()
        .map(|symbol| match symbol {
            Symbol::Char(symbol) => Some(*symbol),
            Symbol::Part(_) => None,
        })
        .collect();
    let text = text?;
    let mut bounds = text.split("..");
    let (first, last, step) = (bounds.next()?, bounds.next()?, bounds.next());
    if bounds.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    let single = |text: &str| text.chars().next().filter(|symbol| symbol.is_ascii_alphabetic() && text.len() == 1);
    let (from, to, letters) = match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(from), Ok(to)) => (from, to, false),
        _ => (i64::from(u32::from(single(first)?)), i64::from(u32::from(single(last)?)), true),
    };
    let padded = |text: &str| text.trim_start_matches('-').len() > 1 && text.trim_start_matches('-').starts_with('0');
    let width = if !letters && (padded(first) || padded(last)) { first.len().max(last.len()) } else { 0 };
    let count = usize::try_from(from.abs_diff(to) / step).unwrap_or(usize::MAX).saturating_add(1);
    if count > most {
        return Some(Err(count));
    }
    let value = |place: usize| {
        let distance = (place as u64 * step) as i64;
        let value = if from <= to { from + distance } else { from - distance };
        let text = if letters {
            char::from_u32(value as u32).map_or(String::new(), String::from)
        } else if value < 0 {
            format!("-{:0width$}", value.unsigned_abs(), width = width.saturating_sub(1))
        } else {
            format!("{value:0width$}")
        };
        text.chars().map(Symbol::Char).collect()
    };
    Some(Ok((0..count).map(value).collect()))
}

//! Jinja2's templates: translated into Python, whose expressions they have.
//!
//! Simulated are text, `{{ }}` with the common filters, `{% set %}`, `{% for %}`, `{% if %}` and comments.

use super::lexer::{Token, tokens};
use super::parser::parse;
use super::semantics::raise;
use super::text::quoted;
use crate::programs::host::Host;
use crate::programs::script::*;

/// What the module has.
pub static FUNCTIONS: &[Native] = &[Native { name: "Template", run: template }];

fn template(script: &mut Script, _: &mut dyn Host, args: &Args) -> Result<Answer, Raise> {
    let text = args.items.first().and_then(|text| script.heap.as_str(*text)).unwrap_or_default();
    let source = match translate(&text) {
        Ok(source) => source,
        Err((line, problem)) => {
            return raise("RuntimeError", format!("jinja2.exceptions.TemplateSyntaxError: {problem} (line {line})"));
        }
    };
    match parse(&source) {
        Ok(body) => Ok(Answer::Module("<template>".into(), compile("<template>", &body, true, false))),
        Err(error) => raise("RuntimeError", format!("jinja2.exceptions.TemplateSyntaxError: {}", error.message)),
    }
}

type Wrong = (usize, String);

/// The Python that a template means.
pub fn translate(text: &str) -> Result<String, Wrong> {
    // A newline at the very end is left out.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut body = String::new();
    let mut names: Vec<String> = Vec::new();
    let mut blocks: Vec<&str> = Vec::new();
    let mut rest = text;
    let mut strip = false;
    while !rest.is_empty() {
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let wrong = |problem: &str| (line, problem.to_owned());
        let open = ["{{", "{%", "{#"].into_iter().filter_map(|open| rest.find(open)).min();
        let mut plain = &rest[..open.unwrap_or(rest.len())];
        if strip {
            plain = plain.trim_start();
        }
        let Some(open) = open else {
            say(&mut body, &blocks, &quoted(plain));
            break;
        };
        let kind = &rest[open..open + 2];
        let inside = &rest[open + 2..];
        let close = match kind {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = inside.find(close).ok_or_else(|| wrong("unexpected end of template"))?;
        rest = &inside[end + 2..];
        let mut inside = &inside[..end];
        if let Some(cut) = inside.strip_prefix('-') {
            plain = plain.trim_end();
            inside = cut;
        }
        let cut = inside.strip_suffix('-');
        strip = cut.is_some();
        let inside = cut.unwrap_or(inside).replace('\n', " ");
        let inside = inside.trim();
        if !plain.is_empty() {
            say(&mut body, &blocks, &quoted(plain));
        }
        match kind {
            "{{" => {
                let value = filtered(inside, &mut names);
                say(&mut body, &blocks, &format!("str({value})"));
            }
            "{%" => {
                let (word, more) = inside.split_once(' ').unwrap_or((inside, ""));
                let mut line = |depth: usize, text: String| {
                    body.push_str(&" ".repeat(depth + 1));
                    body.push_str(&text);
                    body.push('\n');
                };
                match word {
                    "set" => {
                        let (name, value) = more.split_once('=').ok_or_else(|| wrong("expected '='"))?;
                        let value = filtered(value.trim(), &mut names);
                        line(blocks.len(), format!("{} = {value}", name.trim()));
                    }
                    "for" | "if" => {
                        let head = match (word, more.split_once(" in ")) {
                            ("for", Some((target, over))) => {
                                format!("{target} in {}", filtered(over.trim(), &mut names))
                            }
                            ("for", None) => return Err(wrong("expected 'in'")),
                            _ => filtered(more, &mut names),
                        };
                        line(blocks.len(), format!("{word} {head}:"));
                        blocks.push(if word == "for" { "endfor" } else { "endif" });
                        line(blocks.len(), "pass".to_owned());
                    }
                    "else" | "elif" if blocks.last() == Some(&"endif") => {
                        let condition =
                            if word == "elif" { format!(" {}", filtered(more, &mut names)) } else { String::new() };
                        line(blocks.len() - 1, format!("{word}{condition}:"));
                        line(blocks.len(), "pass".to_owned());
                    }
                    "endfor" | "endif" if blocks.last() == Some(&word) => drop(blocks.pop()),
                    _ => return Err(wrong(&format!("the tag '{word}' is not simulated, or does not belong here"))),
                }
            }
            _ => {}
        }
    }
    if let Some(missing) = blocks.last() {
        return Err((text.lines().count(), format!("unexpected end of template, '{missing}' is missing")));
    }
    // What nobody says is empty.
    let context: String = names.iter().map(|name| format!(" {name} = __context.get({}, '')\n", quoted(name))).collect();
    Ok(format!(
        "{FILTERS}\ndef render(*__given, **__context):\n for __one in __given:\n  __context.update(__one)\n{context} __out = []\n{body} return ''.join(__out)\n"
    ))
}

fn say(body: &mut String, blocks: &[&str], value: &str) {
    body.push_str(&format!("{}__out.append({value})\n", " ".repeat(blocks.len() + 1)));
}

/// An expression with its filters as calls; notes the names in it.
fn filtered(text: &str, names: &mut Vec<String>) -> String {
    let mut parts = vec![String::new()];
    let (mut depth, mut quote) = (0, None);
    for symbol in text.chars() {
        match (quote, symbol) {
            (Some(open), _) if symbol == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(symbol),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, '|') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(symbol);
        }
    }
    for (token, _) in tokens(&parts[0]).unwrap_or_default() {
        const KNOWN: [&str; 12] =
            ["True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "range", "loop"];
        if let Token::Name(name) = token
            && !KNOWN.contains(&name.as_str())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    let mut value = parts[0].trim().to_owned();
    for filter in &parts[1..] {
        let (name, more) = filter.trim().split_once('(').unwrap_or((filter.trim(), ")"));
        let comma = if more.trim() == ")" { "" } else { ", " };
        value = format!("__filter_{name}({value}{comma}{more}");
    }
    value
}

const FILTERS: &str = "
def __filter_upper(value): return str(value).upper()
def __filter_lower(value): return str(value).lower()
def __filter_title(value): return str(value).title()
def __filter_capitalize(value): return str(value).capitalize()
def __filter_trim(value): return str(value).strip()
def __filter_length(value): return len(value)
def __filter_int(value): return int(value)
def __filter_string(value): return str(value)
def __filter_first(value): return value[0]
def __filter_last(value): return value[-1]
def __filter_sort(value): return sorted(value)
def __filter_default(value, other=''): return other if value == '' else value
def __filter_join(value, separator=''): return separator.join([str(item) for item in value])
def __filter_replace(value, old, new): return str(value).replace(old, new)
";

//! Where the cursor is in an object, for completion: the text around it is rarely valid YAML while it is being typed, so
//! this goes by indentation alone. Objects in `{ }` are not looked into.

use super::{Position, Step};

/// What is being typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The `kind` of the document, if it says so.
    pub kind: Option<String>,
    /// The object in which the cursor stands. Positions in lists are left out.
    pub path: Vec<Step>,
    /// The part of a key before the cursor; or, behind a colon, that of a value.
    pub word: String,
    /// The key whose value is being typed.
    pub value_of: Option<String>,
}

/// Looks around a place in a text.
pub fn locate(text: &str, at: Position) -> Cursor {
    let lines: Vec<&str> = text.lines().collect();
    let here = at.line.saturating_sub(1).min(lines.len());
    let is_separator = |line: &&str| line.starts_with("---");
    let start = lines[..here].iter().rposition(is_separator).map_or(0, |line| line + 1);
    let end = lines[here..].iter().position(is_separator).map_or(lines.len(), |line| here + line);
    let kind = lines[start..end].iter().find_map(|line| line.strip_prefix("kind:"));
    let kind = kind.map(|kind| kind.trim().trim_matches(['"', '\'']).to_owned()).filter(|kind| !kind.is_empty());

    let line = lines.get(here).copied().unwrap_or_default();
    let before = &line[..line.char_indices().nth(at.column.saturating_sub(1)).map_or(line.len(), |(byte, _)| byte)];
    let (mut column, typed) = content(before);
    let (value_of, word) = match typed.split_once(": ").or_else(|| Some((typed.strip_suffix(':')?, ""))) {
        Some((key, value)) => (Some(unquoted(key)), value),
        None => (None, typed),
    };
    let mut path = Vec::new();
    let mut in_list = before.trim_start().starts_with('-').then(|| before.len() - before.trim_start().len());
    for line in lines[start..here].iter().rev().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))
    {
        let indent = line.len() - line.trim_start().len();
        let (start, text) = content(line);
        // A list may stand at the column of its key.
        let is_above =
            start < column || in_list.is_some_and(|list| start <= list && !line.trim_start().starts_with('-'));
        let Some((key, value)) = text.split_once(':').filter(|_| is_above) else { continue };
        if !value.trim().is_empty() && !value.trim().starts_with('#') {
            continue;
        }
        path.push(Step::Key(unquoted(key)));
        column = start;
        in_list = line.trim_start().starts_with('-').then_some(indent);
    }
    path.reverse();
    Cursor { kind, path, word: word.trim_start().to_owned(), value_of }
}

/// Where the text of a line begins, behind the dashes of lists, and that text.
fn content(line: &str) -> (usize, &str) {
    let mut text = line.trim_start();
    while let Some(rest) = text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        text = rest.trim_start();
    }
    (line.len() - text.len(), text)
}

fn unquoted(key: &str) -> String {
    key.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_knows_its_object() {
        /// `▮` is the cursor.
        fn check(text: &str, path: &str, word: &str, value_of: Option<&str>) {
            let text = format!("kind: Pod\n---\nkind: Job\n{text}\n---\nkind: Service");
            let before = &text[..text.find('▮').expect("a cursor")];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            let found = locate(&text.replace('▮', ""), Position { line, column });
            let path: Vec<Step> = path.split_terminator('.').map(|key| Step::Key(key.into())).collect();
            let (kind, value_of) = (Some("Job".into()), value_of.map(str::to_owned));
            assert_eq!(found, Cursor { kind, path, word: word.into(), value_of }, "{text}");
        }
        //    text                                             path                       word     value of
        check("sp▮", "", "sp", None);
        check("spec:\n  back▮", "spec", "back", None);
        check("spec:\n  template:\n    spec:\n  ▮", "spec", "", None);
        check("spec:\n  completions: 3\n  ▮", "spec", "", None);
        check("spec:\n  completionMode: In▮", "spec", "In", Some("completionMode"));
        check(
            "spec:\n  template:\n    spec:\n      containers:\n      - na▮",
            "spec.template.spec.containers",
            "na",
            None,
        );
        check("s:\n  containers:\n  - name: a\n    im▮", "s.containers", "im", None);
        check("s:\n  containers:\n    - name: a\n      env:\n      - ▮", "s.containers.env", "", None);
        check("s:\n  containers:\n  - env:\n    - name: A\n      va▮\n    image: b", "s.containers.env", "va", None);
        check("s:\n  containers:\n  - env:\n    - name: A\n    im▮", "s.containers", "im", None);
        check("s:\n  containers:\n  - name: a\n  ▮", "s", "", None);
        check("s: # a comment\n\n  # another: one\n  x▮", "s", "x", None);
        check("s:\n  x:▮", "s", "", Some("x"));
        check("metadata:\n  \"name\": \"é▮", "metadata", "\"é", Some("name"));
    }
}

//! `kubectl auth`: everybody may do everything here.

use super::call::{Action, Call};
use super::failure::Outcome;
use super::printers::Table;
use super::selection;

/// `kubectl auth can-i`
pub fn can_i(call: &Call<'_>) -> Outcome<Action> {
    let words = call.arguments.as_slice();
    let [_, word, ..] = words else {
        return Err(call.usage("you must specify two arguments: verb resource or verb resource/resourceName"));
    };
    let word = word.split('/').next().unwrap_or(word);
    let known = word == "*" || word.is_empty() || selection::resource(word).is_some();
    let warning =
        if known { String::new() } else { format!("Warning: the server doesn't have a resource type '{word}'\n\n") };
    Ok(Action::Print(if call.has("quiet") { String::new() } else { format!("{warning}yes\n") }))
}

/// `kubectl auth whoami`
pub fn who_am_i(_: &Call<'_>) -> Outcome<Action> {
    let rows = [["ATTRIBUTE", "VALUE"], ["Username", "learner"], ["Groups", "[system:masters system:authenticated]"]];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).into()).collect();
    Ok(Action::Print(Table::default().write(&rows)))
}

//! Help, from the table of commands.

use super::call::{Action, Call, Command, Completes, Flag, GLOBAL, Takes};
use super::failure::{Failure, Outcome};
use super::printers::Table;
use super::session::Printed;

/// `kubectl help [COMMAND…]`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let mut command = call.root;
    for word in &call.arguments {
        let unknown = || Failure::client(format!("unknown help topic \"{}\"", call.arguments.join(" ")));
        command = command.subcommand(word).ok_or_else(unknown)?;
    }
    Ok(Action::Print(help(command, &call.arguments.join(" "))))
}

/// A group of commands alone: help, and a mistake all the same. Only `rollout` tells it as if it had been asked.
pub fn unfinished(call: &Call<'_>) -> Outcome<Action> {
    let out = help(call.command, &call.path);
    match call.path.as_str() {
        "rollout" => Action::read(Printed { out, failures: vec![Failure::Plain(String::new())], ..Printed::default() }),
        _ => Err(Failure::Plain(out)),
    }
}

/// `kubectl options`
pub fn options(_: &Call<'_>) -> Outcome<Action> {
    let text = flags(GLOBAL.iter());
    Ok(Action::Print(format!("Flags of every command:\n{text}")))
}

/// What a command does, what it takes, and what there is below it.
pub fn help(command: &Command, path: &str) -> String {
    let name = if path.is_empty() { "kubectl".to_owned() } else { format!("kubectl {path}") };
    let mut text = format!("{}\n\nUsage:\n  {name} {}\n", command.about, command.usage);
    if !command.subcommands.is_empty() {
        let rows: Vec<Vec<String>> = command
            .subcommands
            .iter()
            .map(|command| vec![format!("  {}", command.name), command.about.to_owned()])
            .collect();
        text += &format!("\nCommands:\n{}", Table::default().write(&rows));
    }
    if !command.flags.is_empty() {
        text += &format!("\nFlags:\n{}", flags(command.flags.iter().copied().flatten()));
    }
    if command.completes == Completes::Resources {
        text += "\nUse \"kubectl api-resources\" for the types there are.\n";
    }
    text + "\nUse \"kubectl options\" for the flags of every command.\n"
}

fn flags<'f>(flags: impl Iterator<Item = &'f Flag>) -> String {
    let row = |flag: &Flag| {
        let short = flag.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
        let value = match flag.takes {
            Takes::Nothing => String::new(),
            Takes::Value | Takes::Number | Takes::Duration => "=…".into(),
            Takes::Optional(bare) => format!("[={bare}]"),
        };
        vec![format!("  {short}--{}{value}", flag.name), flag.about.to_owned()]
    };
    Table::default().write(&flags.map(row).collect::<Vec<_>>())
}

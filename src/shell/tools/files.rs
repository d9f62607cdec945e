//! Programs for files: ls, mkdir, rm, cp, mv, ln, touch, chmod, find, and their kin.

use super::super::language::pattern::Pattern;
use super::super::{Errno, FileKind, Stat, absolute};
use super::{Desk, Flags, Run, Tool};
use crate::sim::Timestamp;

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "chgrp", run: Run::Plain(owner) },
    Tool { name: "chmod", run: Run::Plain(chmod) },
    Tool { name: "chown", run: Run::Plain(owner) },
    Tool { name: "cp", run: Run::Plain(cp) },
    Tool { name: "df", run: Run::Plain(df) },
    Tool { name: "du", run: Run::Plain(du) },
    Tool { name: "find", run: Run::Plain(find) },
    Tool { name: "ln", run: Run::Plain(ln) },
    Tool { name: "ls", run: Run::Plain(ls) },
    Tool { name: "mkdir", run: Run::Plain(mkdir) },
    Tool { name: "mktemp", run: Run::Plain(mktemp) },
    Tool { name: "mv", run: Run::Plain(mv) },
    Tool { name: "readlink", run: Run::Plain(readlink) },
    Tool { name: "realpath", run: Run::Plain(realpath) },
    Tool { name: "rm", run: Run::Plain(rm) },
    Tool { name: "rmdir", run: Run::Plain(rmdir) },
    Tool { name: "touch", run: Run::Plain(touch) },
    Tool { name: "truncate", run: Run::Plain(truncate) },
];

/// How many files one program may look at.
const MOST: usize = 20_000;

/// The permission bits as `ls -l` shows them.
fn mode(stat: &Stat) -> String {
    let kind = match stat.kind {
        FileKind::File => '-',
        FileKind::Folder => 'd',
        FileKind::Link => 'l',
    };
    let bit = |place: u32, letter: char| if stat.mode >> place & 1 == 1 { letter } else { '-' };
    let mut text = kind.to_string();
    for place in (0..3).rev() {
        text.extend([bit(place * 3 + 2, 'r'), bit(place * 3 + 1, 'w'), bit(place * 3, 'x')]);
    }
    if stat.mode & 0o1000 != 0 {
        text.pop();
        text.push('t');
    }
    text
}

fn ls(desk: &mut Desk<'_>) -> i32 {
    for arg in desk.args.iter_mut().skip(1).filter(|arg| arg.starts_with("--color")) {
        *arg = "-y".into();
    }
    let (flags, mut paths) = match desk.flags("1aAlhdrtRSFinpCyqg", "") {
        Ok(parsed) => parsed,
        Err(code) => return if desk.is_busybox() { code } else { 2 },
    };
    if paths.is_empty() {
        paths.push(".".into());
    }
    let mut status = 0;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in &paths {
        let full = desk.path(path);
        let follow = !flags.has('l') && !flags.has('d');
        let stat = if follow { desk.files().stat(&full) } else { desk.files().link_stat(&full) };
        match stat.or_else(|errno| desk.files().link_stat(&full).map_err(|_| errno)) {
            Ok(stat) if stat.kind == FileKind::Folder && !flags.has('d') => folders.push(path.clone()),
            Ok(stat) => files.push((path.clone(), full, stat)),
            Err(errno) => {
                desk.complain(desk.words(format!("cannot access '{path}': {errno}"), format!("{path}: {errno}")));
                status = desk.words(2, 1);
            }
        }
    }
    let titles = paths.len() > 1 || flags.has('R');
    files.sort_by(|left, right| left.0.cmp(&right.0));
    folders.sort();
    let mut begun = !files.is_empty();
    show(desk, &flags, files, false);
    let mut seen = 0;
    folders.reverse();
    while let Some(folder) = folders.pop() {
        seen += 1;
        if seen > MOST {
            break;
        }
        if titles {
            if begun {
                desk.out("\n");
            }
            desk.line(format!("{folder}:"));
        }
        begun = true;
        let base = desk.path(&folder);
        let entries = match desk.files().list(&base) {
            Ok(entries) => entries,
            Err(errno) => {
                desk.complain(
                    desk.words(format!("cannot open directory '{folder}': {errno}"), format!("{folder}: {errno}")),
                );
                status = 2;
                continue;
            }
        };
        let mut shown = Vec::new();
        if flags.has('a') {
            for name in [".", ".."] {
                let full = absolute(&base, name);
                shown.extend(desk.files().stat(&full).map(|stat| (name.to_owned(), full, stat)));
            }
        }
        let hidden = flags.has('a') || flags.has('A');
        for (name, stat) in entries.into_iter().filter(|(name, _)| hidden || !name.starts_with('.')) {
            shown.push((name.clone(), absolute(&base, &name), stat));
        }
        if flags.has('R') {
            let inner =
                shown.iter().filter(|(name, _, stat)| stat.kind == FileKind::Folder && name != "." && name != "..");
            let mut inner: Vec<String> =
                inner.map(|(name, ..)| format!("{}/{name}", folder.trim_end_matches('/'))).collect();
            inner.reverse();
            folders.extend(inner);
        }
        show(desk, &flags, shown, true);
    }
    status
}

/// Prints entries: name, absolute path, what it is.
fn show(desk: &mut Desk<'_>, flags: &Flags, mut entries: Vec<(String, String, Stat)>, with_total: bool) {
    if flags.has('t') {
        entries.sort_by(|left, right| right.2.modified.cmp(&left.2.modified).then_with(|| left.0.cmp(&right.0)));
    }
    if flags.has('S') {
        entries.sort_by(|left, right| right.2.size.cmp(&left.2.size).then_with(|| left.0.cmp(&right.0)));
    }
    if flags.has('r') {
        entries.reverse();
    }
    let blocks = |stat: &Stat| if stat.kind == FileKind::Link { 0 } else { stat.size.div_ceil(4096) * 4 };
    if flags.has('l') && with_total {
        let total: u64 = entries.iter().map(|(_, _, stat)| blocks(stat)).sum();
        desk.line(format!("total {total}"));
    }
    let size = |stat: &Stat| match stat.size {
        size if flags.has('h') && size >= 1 << 20 => format!("{}.{}M", size >> 20, (size >> 10 & 1023) * 10 / 1024),
        size if flags.has('h') && size >= 1 << 10 => format!("{}.{}K", size >> 10, (size & 1023) * 10 / 1024),
        size => size.to_string(),
    };
    let width = entries.iter().map(|(_, _, stat)| size(stat).len()).max().unwrap_or(0);
    let width = desk.words(width, 9);
    let user =
        if desk.task.kernel.setup.user == 0 { "root".to_owned() } else { desk.task.kernel.setup.user.to_string() };
    let now = desk.now();
    let mut names = Vec::new();
    for (name, full, stat) in &entries {
        let mark = match stat.kind {
            FileKind::Folder if flags.has('F') || flags.has('p') => "/",
            FileKind::File if flags.has('F') && stat.mode & 0o111 != 0 => "*",
            _ => "",
        };
        if !flags.has('l') {
            names.push(format!("{name}{mark}"));
            continue;
        }
        let links = if stat.kind == FileKind::Folder { 2 } else { 1 };
        // What is older than half a year, or to come, shows its year.
        let recent = stat.modified <= now && now.since(stat.modified).as_secs() < 15_778_476;
        let time = super::date::format(stat.modified, if recent { "%b %e %H:%M" } else { "%b %e  %Y" });
        let target = desk.files().read_link(full).map_or(String::new(), |target| format!(" -> {target}"));
        let (links, owner) = desk
            .words((links.to_string(), format!("{user} {user}")), (format!("{links:4}"), format!("{user:8} {user:8}")));
        desk.line(format!("{} {links} {owner} {:>width$} {time} {name}{mark}{target}", mode(stat), size(stat)));
    }
    if names.is_empty() {
        return;
    }
    if desk.task.is_terminal(1) && !flags.has('1') {
        let text = columns(&names, 80);
        desk.out(text);
    } else {
        desk.line(names.join("\n"));
    }
}

/// Names in columns, as on a terminal.
fn columns(names: &[String], width: usize) -> String {
    let lens: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for rows in 1..=names.len() {
        let widths: Vec<usize> = lens.chunks(rows).map(|column| column.iter().max().copied().unwrap_or(0)).collect();
        let total = widths.iter().sum::<usize>() + 2 * (widths.len() - 1);
        if total > width && rows < names.len() {
            continue;
        }
        let mut text = String::new();
        for row in 0..rows {
            let mut line = String::new();
            for (column, width) in widths.iter().enumerate() {
                let Some(name) = names.get(column * rows + row) else { break };
                let last = (column + 1) * rows + row >= names.len();
                line += &if last { name.clone() } else { format!("{name:width$}  ", width = *width) };
            }
            text += line.trim_end();
            text.push('\n');
        }
        return text;
    }
    String::new()
}

/// For each of some paths; the exit code is 1 if it failed for one. The answer of `act` is what is wrong.
fn each(desk: &mut Desk<'_>, paths: &[String], act: &mut dyn FnMut(&Desk<'_>, &str) -> Result<(), String>) -> i32 {
    if paths.is_empty() {
        return desk.usage("missing operand");
    }
    let mut status = 0;
    for path in paths {
        if let Err(wrong) = act(desk, path) {
            desk.complain(wrong);
            status = 1;
        }
    }
    status
}

fn mkdir(desk: &mut Desk<'_>) -> i32 {
    for arg in desk.args.iter_mut().filter(|arg| *arg == "--parents") {
        *arg = "-p".into();
    }
    let (flags, paths) = match desk.flags("pv", "m") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let now = desk.now();
    each(desk, &paths, &mut |desk, path| {
        let full = desk.path(path);
        let made = match flags.has('p') {
            true => desk.files().make_folders(&full, now).map_err(|errno| match desk.files().stat(&full) {
                Ok(stat) if stat.kind == FileKind::File => Errno::Exists,
                _ => errno,
            }),
            false => desk.files().make_folder(full.trim_end_matches('/'), now),
        };
        let verb = desk.words("cannot create directory", "can't create directory");
        made.map_err(|errno| format!("{verb} '{path}': {errno}"))
    })
}

fn rmdir(desk: &mut Desk<'_>) -> i32 {
    let now = desk.now();
    let paths: Vec<String> = desk.args[1..].iter().filter(|arg| !arg.starts_with('-')).cloned().collect();
    each(desk, &paths, &mut |desk, path| {
        let full = desk.path(path);
        let removed = match desk.files().stat(&full) {
            Ok(stat) if stat.kind != FileKind::Folder => Err(Errno::NotDirectory),
            Ok(_) => desk.files().remove(&full, now),
            Err(errno) => Err(errno),
        };
        let verb = desk.words("failed to remove ", "");
        removed.map_err(|errno| format!("{verb}'{path}': {errno}"))
    })
}

fn rm(desk: &mut Desk<'_>) -> i32 {
    let (flags, paths) = match desk.flags("rRfivd", "") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    if paths.is_empty() && flags.has('f') {
        return 0;
    }
    let now = desk.now();
    let recursive = flags.has('r') || flags.has('R');
    each(desk, &paths, &mut |desk, path| {
        let full = desk.path(path);
        let full = if full.len() > 1 { full.trim_end_matches('/') } else { &full };
        let verb = desk.words("cannot remove", "can't remove");
        if recursive && full == "/" {
            return Err("it is dangerous to operate recursively on '/'".to_owned()
                + &format!("\n{}: use --no-preserve-root to override this failsafe", desk.name));
        }
        let removed = match desk.files().link_stat(full) {
            Err(Errno::NoEntry | Errno::NotDirectory) if flags.has('f') => Ok(()),
            Err(errno) => Err(errno),
            Ok(stat) if stat.kind == FileKind::Folder && !recursive => {
                return Err(
                    desk.words(format!("cannot remove '{path}': Is a directory"), format!("'{path}' is a directory"))
                );
            }
            Ok(_) => desk.files().remove_all(full, now),
        };
        removed.map_err(|errno| format!("{verb} '{path}': {errno}"))
    })
}

fn touch(desk: &mut Desk<'_>) -> i32 {
    let (flags, paths) = match desk.flags("acm", "tdr") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let now = desk.now();
    let mask = desk.task.umask.get();
    each(desk, &paths, &mut |desk, path| {
        let full = desk.path(path);
        let touched = match desk.files().set_modified(&full, now) {
            Err(Errno::NoEntry) if flags.has('c') => Ok(()),
            Err(Errno::NoEntry) => {
                let access = super::super::Access { write: true, create: true, ..Default::default() };
                desk.files().open(&full, access, 0o666 & !mask, now).map(|_| ())
            }
            other => other,
        };
        let gnu = |errno| format!("cannot touch '{path}': {errno}");
        touched.map_err(|errno| desk.words(gnu(errno), format!("{path}: {errno}")))
    })
}

fn owner(desk: &mut Desk<'_>) -> i32 {
    let paths: Vec<String> = desk.args[1..].iter().filter(|arg| !arg.starts_with('-')).skip(1).cloned().collect();
    each(desk, &paths, &mut |desk, path| {
        let stat = desk.files().stat(&desk.path(path));
        stat.map(|_| ())
            .map_err(|errno| desk.words(format!("cannot access '{path}': {errno}"), format!("{path}: {errno}")))
    })
}

fn chmod(desk: &mut Desk<'_>) -> i32 {
    let args: Vec<String> =
        desk.args[1..].iter().filter(|arg| !matches!(arg.as_str(), "-R" | "-v" | "-f" | "--")).cloned().collect();
    let recursive = desk.args.iter().any(|arg| arg == "-R");
    let Some((change, paths)) = args.split_first() else { return desk.usage("missing operand") };
    if new_mode(0, change, false).is_none() {
        desk.complain(desk.words(
            format!("invalid mode: '{change}'\nTry 'chmod --help' for more information."),
            format!("invalid mode '{change}'"),
        ));
        return 1;
    }
    each(desk, paths, &mut |desk, path| {
        let mut left = vec![desk.path(path)];
        while let Some(full) = left.pop() {
            let changed = desk.files().stat(&full).and_then(|stat| {
                if recursive && stat.kind == FileKind::Folder {
                    left.extend(desk.files().list(&full)?.into_iter().map(|(name, _)| absolute(&full, &name)));
                }
                let new = new_mode(stat.mode, change, stat.kind == FileKind::Folder).unwrap_or(stat.mode);
                desk.files().set_mode(&full, new)
            });
            let verb = |errno| if errno == Errno::NoEntry { "cannot access" } else { "changing permissions of" };
            changed.map_err(|errno| {
                desk.words(format!("{} '{path}': {errno}", verb(errno)), format!("{path}: {errno}"))
            })?;
        }
        Ok(())
    })
}

/// `755`, `+x`, `u+rwx,go-w`, `a=r`.
fn new_mode(old: u32, change: &str, folder: bool) -> Option<u32> {
    if let Ok(mode) = u32::from_str_radix(change, 8) {
        return (mode <= 0o7777).then_some(mode);
    }
    let mut mode = old;
    for clause in change.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let mut masks = 0;
        for letter in who.chars() {
            masks |= match letter {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let masks = if masks == 0 { 0o777 } else { masks };
        let mut bits = 0;
        for letter in rest[1..].chars() {
            bits |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if folder || old & 0o111 != 0 => 0o111,
                'X' | 's' | 't' => 0,
                _ => return None,
            };
        }
        match &rest[..1] {
            "+" => mode |= bits & masks,
            "-" => mode &= !(bits & masks),
            _ => mode = mode & !masks | bits & masks,
        }
    }
    Some(mode)
}

/// Sources and target of `cp` and `mv`: for each source, where it goes.
fn targets(desk: &mut Desk<'_>, mut paths: Vec<String>) -> Result<Vec<(String, String)>, i32> {
    let Some(target) = paths.pop() else { return Err(desk.usage("missing file operand")) };
    if paths.is_empty() {
        return Err(desk.usage(&format!("missing destination file operand after '{target}'")));
    }
    let is_folder = desk.files().stat(&desk.path(&target)).is_ok_and(|stat| stat.kind == FileKind::Folder);
    if paths.len() > 1 && !is_folder {
        let gnu = match desk.name.as_ref() {
            "mv" => format!("target '{target}': {}", Errno::NotDirectory),
            _ => format!("target '{target}': {}", Errno::NotDirectory),
        };
        desk.complain(desk.words(gnu, format!("can't stat '{target}': {}", Errno::NoEntry)));
        return Err(1);
    }
    let to = |source: &String| match is_folder {
        true => format!(
            "{}/{}",
            target.trim_end_matches('/'),
            source.trim_end_matches('/').rsplit('/').next().unwrap_or("")
        ),
        false => target.clone(),
    };
    Ok(paths.iter().map(|source| (source.clone(), to(source))).collect())
}

fn cp(desk: &mut Desk<'_>) -> i32 {
    let (flags, paths) = match desk.flags("rRapfvidLPnT", "") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let recursive = flags.has('r') || flags.has('R') || flags.has('a');
    let pairs = match targets(desk, paths) {
        Ok(pairs) => pairs,
        Err(code) => return code,
    };
    let mut status = 0;
    for (from, to) in pairs {
        if let Err(wrong) = copy(desk, &from, &to, recursive) {
            desk.complain(wrong);
            status = 1;
        }
    }
    status
}

fn copy(desk: &Desk<'_>, from: &str, to: &str, recursive: bool) -> Result<(), String> {
    let (files, now) = (desk.files(), desk.now());
    let (source, target) = (desk.path(from), desk.path(to));
    let stat = files.stat(&source).map_err(|errno| {
        desk.words(format!("cannot stat '{from}': {errno}"), format!("can't stat '{from}': {errno}"))
    })?;
    let failed = |errno| {
        desk.words(format!("cannot create regular file '{to}': {errno}"), format!("can't create '{to}': {errno}"))
    };
    if stat.kind == FileKind::Folder {
        if !recursive {
            return Err(desk.words(
                format!("-r not specified; omitting directory '{from}'"),
                format!("omitting directory '{from}'"),
            ));
        }
        if format!("{target}/").starts_with(&format!("{source}/")) {
            return Err(desk.words(
                format!("cannot copy a directory, '{from}', into itself, '{to}'"),
                "recursion detected, omitting directory".into(),
            ));
        }
        match files.make_folder(&target, now) {
            Ok(()) | Err(Errno::Exists) => {}
            Err(errno) => return Err(failed(errno)),
        }
        for (name, _) in files.list(&source).map_err(|errno| format!("{from}: {errno}"))? {
            copy(desk, &format!("{from}/{name}"), &format!("{to}/{name}"), true)?;
        }
        return Ok(());
    }
    if files.same(&source, &target) {
        return Err(format!("'{from}' and '{to}' are the same file"));
    }
    if let Some(program) = files.executable(&source) {
        return files.install(&target, program).map_err(failed);
    }
    let bytes = files.read(&source).map_err(|errno| format!("{from}: {errno}"))?;
    let access = super::super::Access { write: true, create: true, truncate: true, ..Default::default() };
    let open = files.open(&target, access, stat.mode, now).map_err(failed)?;
    let writing = |errno| desk.words(format!("error writing '{to}': {errno}"), format!("write error: {errno}"));
    open.write_at(0, &bytes, now).map_err(writing)
}

fn mv(desk: &mut Desk<'_>) -> i32 {
    let (_, paths) = match desk.flags("fivnT", "") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let pairs = match targets(desk, paths) {
        Ok(pairs) => pairs,
        Err(code) => return code,
    };
    let now = desk.now();
    let mut status = 0;
    for (from, to) in pairs {
        let (source, target) = (desk.path(&from), desk.path(&to));
        let moved = match desk.files().link_stat(&source) {
            Err(errno) => {
                desk.complain(
                    desk.words(format!("cannot stat '{from}': {errno}"), format!("can't rename '{from}': {errno}")),
                );
                status = 1;
                continue;
            }
            Ok(_) => desk.files().rename(&source, &target, now),
        };
        if let Err(errno) = moved {
            let gnu = match errno {
                Errno::Invalid => format!("cannot move '{from}' to a subdirectory of itself, '{to}'"),
                errno => format!("cannot move '{from}' to '{to}': {errno}"),
            };
            desk.complain(desk.words(gnu, format!("can't rename '{from}': {errno}")));
            status = 1;
        }
    }
    status
}

fn ln(desk: &mut Desk<'_>) -> i32 {
    let (flags, paths) = match desk.flags("sfnvT", "") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let pairs = match targets(desk, paths) {
        Ok(pairs) => pairs,
        Err(code) => return code,
    };
    let now = desk.now();
    let mut status = 0;
    for (from, to) in pairs {
        let target = desk.path(&to);
        if flags.has('f') {
            // It need not be there.
            let _ = desk.files().remove(&target, now);
        }
        let made = if flags.has('s') {
            desk.files().make_link(&target, &from, now)
        } else {
            // There are no hard links here: a copy comes closest.
            desk.files().read(&desk.path(&from)).and_then(|bytes| desk.files().write(&target, bytes, now))
        };
        if let Err(errno) = made {
            let kind = if flags.has('s') { "symbolic" } else { "hard" };
            desk.complain(
                desk.words(format!("failed to create {kind} link '{to}': {errno}"), format!("{to}: {errno}")),
            );
            status = 1;
        }
    }
    status
}

fn readlink(desk: &mut Desk<'_>) -> i32 {
    if desk.args.iter().any(|arg| arg == "-f") {
        desk.args.retain(|arg| arg != "-f");
        return realpath(desk);
    }
    let Some(path) = desk.args.get(1).cloned() else { return desk.usage("missing operand") };
    match desk.files().read_link(&desk.path(&path)) {
        Ok(target) => {
            desk.line(target);
            0
        }
        Err(_) => 1,
    }
}

fn realpath(desk: &mut Desk<'_>) -> i32 {
    let mut status = 0;
    let paths = desk.args[1..].to_vec();
    for path in paths {
        let mut full = desk.path(&path);
        for _ in 0..40 {
            let Ok(target) = desk.files().read_link(&full) else { break };
            let folder = full.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
            full = absolute(&folder, &target);
        }
        match desk.files().stat(&full) {
            Ok(_) => desk.line(if full.len() > 1 { full.trim_end_matches('/') } else { &full }),
            Err(errno) => {
                desk.complain(format!("{path}: {errno}"));
                status = 1;
            }
        }
    }
    status
}

fn mktemp(desk: &mut Desk<'_>) -> i32 {
    let folder = desk.args[1..].iter().any(|arg| arg == "-d");
    let shape = desk.args[1..].iter().find(|arg| !arg.starts_with('-')).cloned();
    let shape = shape.unwrap_or_else(|| "/tmp/tmp.XXXXXXXXXX".into());
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let count = shape.chars().rev().take_while(|symbol| *symbol == 'X').count();
    if count < 3 {
        desk.complain(desk.words(format!("too few X's in template '{shape}'"), format!("(null): {}", Errno::Invalid)));
        return 1;
    }
    let mut name = shape[..shape.len() - count].to_owned();
    for _ in 0..count {
        let letter = desk.task.kernel.chance.borrow_mut().below(letters.len() as u32);
        name.push(letters[letter as usize] as char);
    }
    let (path, now) = (desk.path(&name), desk.now());
    let made = if folder { desk.files().make_folder(&path, now) } else { desk.files().write(&path, "", now) };
    match made {
        Ok(()) => {
            desk.line(name);
            0
        }
        Err(errno) => {
            let what = if folder { "directory" } else { "file" };
            desk.complain(
                desk.words(
                    format!("failed to create {what} via template '{shape}': {errno}"),
                    format!("(null): {errno}"),
                ),
            );
            1
        }
    }
}

fn truncate(desk: &mut Desk<'_>) -> i32 {
    let (flags, paths) = match desk.flags("c", "s") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let size = flags.value('s').unwrap_or("0");
    let (digits, unit) = match size.trim_end_matches('B').chars().last() {
        Some('K' | 'k') => (size[..size.len() - 1].to_owned(), 1 << 10),
        Some('M') => (size[..size.len() - 1].to_owned(), 1 << 20),
        Some('G') => (size[..size.len() - 1].to_owned(), 1 << 30),
        _ => (size.to_owned(), 1),
    };
    let Ok(size) = digits.parse::<usize>().map(|number| number.saturating_mul(unit)) else {
        desk.complain(format!("Invalid number: '{size}'"));
        return 1;
    };
    let now = desk.now();
    each(desk, &paths, &mut |desk, path| {
        let access = super::super::Access { write: true, create: true, ..Default::default() };
        let open = desk
            .files()
            .open(&desk.path(path), access, 0o644, now)
            .map_err(|errno| format!("cannot open '{path}' for writing: {errno}"))?;
        open.truncate(size, now);
        let missing = size.saturating_sub(open.len());
        let failed = |errno| format!("failed to truncate '{path}' at {size} bytes: {errno}");
        // What is too much for the volume is not even made ready.
        if missing > 256 << 20 {
            return Err(failed(Errno::NoSpace));
        }
        open.write_at(open.len(), &vec![0; missing], now).map_err(failed)
    })
}

/// All that is below a path, itself included: path as given, absolute path, what it is.
fn below(desk: &Desk<'_>, path: &str) -> Result<Vec<(String, String, Stat, usize)>, Errno> {
    let full = desk.path(path);
    let stat = desk.files().link_stat(&full)?;
    let mut found = Vec::new();
    let mut left = vec![(path.to_owned(), full, stat, 0)];
    while let Some((path, full, stat, depth)) = left.pop() {
        if stat.kind == FileKind::Folder {
            let mut inner = desk.files().list(&full).unwrap_or_default();
            inner.reverse();
            for (name, stat) in inner {
                left.push((format!("{}/{name}", path.trim_end_matches('/')), absolute(&full, &name), stat, depth + 1));
            }
        }
        found.push((path, full, stat, depth));
        if found.len() > MOST {
            break;
        }
    }
    Ok(found)
}

fn du(desk: &mut Desk<'_>) -> i32 {
    let (flags, mut paths) = match desk.flags("shakcm", "d") {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    if paths.is_empty() {
        paths.push(".".into());
    }
    let mut status = 0;
    for path in paths {
        let all = match below(desk, &path) {
            Ok(all) => all,
            Err(errno) => {
                desk.complain(desk.words(format!("cannot access '{path}': {errno}"), format!("{path}: {errno}")));
                status = 1;
                continue;
            }
        };
        for (shown, full, stat, depth) in all.iter().rev() {
            let wanted = *depth == 0 || !flags.has('s') && (flags.has('a') || stat.kind == FileKind::Folder);
            if wanted {
                let inside = all.iter().filter(|(_, other, ..)| format!("{other}/").starts_with(&format!("{full}/")));
                let blocks: u64 = inside.map(|(_, _, stat, _)| stat.size.div_ceil(4096) * 4).sum();
                let size = if flags.has('h') { format!("{blocks}.0K").replace(".0K", "K") } else { blocks.to_string() };
                desk.line(format!("{size}\t{shown}"));
            }
        }
    }
    status
}

fn df(desk: &mut Desk<'_>) -> i32 {
    let used = desk.files().used().div_ceil(1024);
    let size = 65_536.max(used);
    let percent = used * 100 / size;
    desk.line(desk.words(
        "Filesystem     1K-blocks  Used Available Use% Mounted on",
        "Filesystem           1K-blocks      Used Available Use% Mounted on",
    ));
    desk.line(desk.words(
        format!("overlay        {size:9} {used:5} {:9} {percent:3}% /", size - used),
        format!("overlay              {size:9} {used:9} {:9} {percent:3}% /", size - used),
    ));
    0
}

/// `find [path...] [-name p] [-type t] [-maxdepth n] … [-delete] [-print0]`
fn find(desk: &mut Desk<'_>) -> i32 {
    let args = desk.args[1..].to_vec();
    let split = args.iter().position(|arg| arg.starts_with(['-', '!', '('])).unwrap_or(args.len());
    let (paths, tests) = args.split_at(split);
    let here = [".".to_owned()];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    type Check = Box<dyn Fn(&str, &Stat, usize) -> bool>;
    let mut checks: Vec<(bool, Check)> = Vec::new();
    let (mut most, mut delete, mut zero, mut negate) = (usize::MAX, false, false, false);
    let now = desk.now();
    let mut words = tests.iter();
    while let Some(word) = words.next() {
        let flag = word.as_str();
        match flag {
            "!" | "-not" => {
                negate = true;
                continue;
            }
            "-print" | "-a" | "-and" => continue,
            "-print0" => {
                zero = true;
                continue;
            }
            "-delete" => {
                delete = true;
                continue;
            }
            "-empty" => checks.push((std::mem::take(&mut negate), Box::new(|_, stat, _| stat.size == 0))),
            "-name" | "-iname" | "-path" | "-type" | "-maxdepth" | "-mindepth" | "-size" | "-mmin" | "-mtime"
            | "-perm" => {
                let Some(value) = words.next().cloned() else {
                    desk.complain(
                        desk.words(format!("missing argument to `{flag}'"), format!("{flag} requires an argument")),
                    );
                    return 1;
                };
                let number = value
                    .trim_start_matches(['+', '-'])
                    .trim_end_matches(|unit: char| unit.is_alphabetic())
                    .parse::<u64>()
                    .unwrap_or(0);
                let sign = value.chars().next().unwrap_or(' ');
                let compare = move |found: u64| match sign {
                    '+' => found > number,
                    '-' => found < number,
                    _ => found == number,
                };
                let age = move |at: Timestamp| now.since(at).as_secs();
                let check: Check = match flag {
                    "-name" => {
                        let pattern = Pattern::new(&value, false);
                        Box::new(move |path, _, _| {
                            pattern.matches(path.trim_end_matches('/').rsplit('/').next().unwrap_or(path))
                        })
                    }
                    "-iname" => {
                        let pattern = Pattern::new(&value.to_lowercase(), false);
                        Box::new(move |path, _, _| {
                            pattern.matches(&path.rsplit('/').next().unwrap_or(path).to_lowercase())
                        })
                    }
                    "-path" => {
                        let pattern = Pattern::new(&value, false);
                        Box::new(move |path, _, _| pattern.matches(path))
                    }
                    "-type" => Box::new(move |_, stat, _| {
                        value
                            == match stat.kind {
                                FileKind::File => "f",
                                FileKind::Folder => "d",
                                FileKind::Link => "l",
                            }
                    }),
                    "-maxdepth" => {
                        most = number as usize;
                        continue;
                    }
                    "-mindepth" => Box::new(move |_, _, depth| depth as u64 >= number),
                    "-size" => {
                        let unit = match value.chars().last() {
                            Some('c') => 1,
                            Some('k') => 1024,
                            Some('M') => 1 << 20,
                            _ => 512,
                        };
                        Box::new(move |_, stat, _| compare(stat.size.div_ceil(unit)))
                    }
                    "-mmin" => Box::new(move |_, stat, _| compare(age(stat.modified) / 60)),
                    "-mtime" => Box::new(move |_, stat, _| compare(age(stat.modified) / 86_400)),
                    _ => {
                        let mode = u32::from_str_radix(value.trim_start_matches(['-', '/']), 8).unwrap_or(0);
                        Box::new(
                            move |_, stat, _| if sign == '-' { stat.mode & mode == mode } else { stat.mode == mode },
                        )
                    }
                };
                checks.push((std::mem::take(&mut negate), check));
            }
            _ => {
                desk.complain(desk.words(format!("unknown predicate `{flag}'"), format!("unrecognized: {flag}")));
                return 1;
            }
        }
    }
    let mut status = 0;
    for path in paths {
        let all = match below(desk, path) {
            Ok(all) => all,
            Err(errno) => {
                desk.complain(desk.words(format!("'{path}': {errno}"), format!("{path}: {errno}")));
                status = 1;
                continue;
            }
        };
        let passes = |(path, _, stat, depth): &&(String, String, Stat, usize)| {
            *depth <= most && checks.iter().all(|(negate, check)| check(path, stat, *depth) != *negate)
        };
        let found: Vec<_> = all.iter().filter(passes).collect();
        for (shown, full, ..) in if delete { found.into_iter().rev().collect() } else { found } {
            if !delete {
                desk.out(shown);
                desk.out(if zero { "\0" } else { "\n" });
            } else if let Err(errno) = desk.files().remove(full, now) {
                desk.complain(format!("cannot delete '{shown}': {errno}"));
                status = 1;
            }
        }
    }
    status
}

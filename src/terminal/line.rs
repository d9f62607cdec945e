//! Telling kubectl commands from what needs a shell.

/// Whether a line is a kubectl command and nothing else, so that no shell is needed to run it. `${pod index=1}` and the
/// like, which a run fills in, are part of such a line.
pub fn is_plain_kubectl(line: &str) -> bool {
    let line = line.trim();
    let first = line.split_whitespace().next();
    matches!(first, Some("kubectl" | "k")) && is_plain(line)
}

/// Programs that make one text of another, and nothing else.
const FILTERS: [&str; 17] = [
    "awk", "cat", "column", "cut", "fgrep", "grep", "egrep", "head", "jq", "less", "more", "rev", "sort", "tail", "tr",
    "uniq", "wc",
];

/// The parts of a line that is a kubectl command whose output is piped through filters, or not: the command, and what
/// stands behind the first pipe. Nothing if there is more to the line.
pub fn kubectl_and_filters(line: &str) -> Option<(&str, &str)> {
    let end = plain_part(line);
    let (command, filters) = (&line[..end], &line[end..]);
    if !is_plain_kubectl(command) {
        return None;
    }
    let mut rest = filters;
    while let Some(filter) = rest.strip_prefix('|') {
        let (filter, more) = filter.split_at(plain_part(filter));
        let mut words = filter.split_whitespace();
        let name = words.next().unwrap_or("");
        let writes = name == "sort" && words.any(|word| word.starts_with("-o"));
        let is_filter = FILTERS.contains(&name) || (name == "sed" && !words.any(|word| word.starts_with("-i")));
        if !is_filter || writes || !is_plain(filter) {
            return None;
        }
        rest = more;
    }
    rest.is_empty().then(|| (command, filters.strip_prefix('|').unwrap_or("")))
}

/// Whether a line is words and quotes alone: nothing in it is for a shell.
fn is_plain(line: &str) -> bool {
    plain_part(line) == line.len()
}

/// How much of a line is words and quotes alone; nothing if a quote is open at its end.
fn plain_part(line: &str) -> usize {
    let mut quote = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => drop(chars.next()),
            (_, '$') => match facts(&line[at..]) {
                Some(length) => drop(chars.nth(length - 2)),
                None => return at,
            },
            (_, '`') => return at,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '\n' | '!' | '~') => return at,
            // A list of words, or a range of them; a path into JSON is neither.
            (None, '{') => {
                let inside = line[at + 1..].split(['}', ' ']).next().unwrap_or("");
                if inside.contains(',') || inside.contains("..") {
                    return at;
                }
            }
            (None, _) => {}
        }
    }
    if quote.is_none() { line.len() } else { 0 }
}

/// How long a placeholder is that a run fills in: `${pod index=1}`, `${node of pod ordinal=0}`, `${ns}`.
fn facts(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("${")?;
    let end = inside.find('}')?;
    let name = &inside[..end];
    let is_fact = name == "ns" || name == "pod" || name.starts_with("pod ") || name.starts_with("node of pod");
    is_fact.then_some(end + 3)
}

/// Whether a word is an address on the web.
pub fn is_address(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_commands_are_told_from_shell_lines() {
        let check = |line: &str, expected| assert_eq!(is_plain_kubectl(line), expected, "{line}");
        check("kubectl get pods -l 'a in (b, c)' -w", true);
        check("k logs ${pod index=1} -c \"x\"", true);
        check("kubectl drain ${node of pod ordinal=0} --force", true);
        check("kubectl get job x -o jsonpath={.status.succeeded}", true);
        check(r#"kubectl patch job x -p "{\"spec\":{\"parallelism\": 2}}""#, true);
        check("kubectl delete pod $name", false);
        check("kubectl delete pod \"${name}\"", false);
        check("kubectl get pods | wc -l", false);
        check("kubectl get pods > x", false);
        check("kubectl get pods; ls", false);
        check("kubectl apply -f {a,b}.yaml", false);
        check("kubectl apply -f *.yaml", false);
        check("kubectl apply -f ~/x", false);
        check("kubectl create job 'x", false);
        check("kubectl apply -f - <<EOF\nx\nEOF", false);
        check("ls", false);
        check("FOO=1 kubectl get pods", false);
        check("", false);
    }

    #[test]
    fn filters_are_told_from_what_does_more() {
        let check = |line: &str, expected| assert_eq!(kubectl_and_filters(line), expected, "{line}");
        check("kubectl get pods", Some(("kubectl get pods", "")));
        let line = "k get pods -o name | grep -v 'a|b' | sort | wc -l";
        check(line, Some(("k get pods -o name ", " grep -v 'a|b' | sort | wc -l")));
        check("kubectl get pods | tee x", None);
        check("kubectl get pods | xargs kubectl delete", None);
        check("kubectl get pods | sort > x", None);
        check("kubectl get pods | sort -o x", None);
        check("kubectl get pods | sed -i s/a/b/ x", None);
        check("kubectl get pods | grep \"$x\"", None);
        check("kubectl get pods | grep x; ls", None);
        check("kubectl get pods || ls", None);
        check("kubectl get pods | 'wc", None);
        check("ls | wc -l", None);
    }
}

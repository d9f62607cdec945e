//! Telling kubectl commands from what needs a shell.

/// Whether a line is a kubectl command and nothing else, so that no shell is needed to run it. `${pod index=1}` and the
/// like, which a run fills in, are part of such a line.
pub fn is_plain_kubectl(line: &str) -> bool {
    let line = line.trim();
    let first = line.split_whitespace().next();
    matches!(first, Some("kubectl" | "k")) && is_plain(line)
}

/// Whether a line is words and quotes alone: nothing in it is for a shell.
fn is_plain(line: &str) -> bool {
    let mut quote = None;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => drop(chars.next()),
            (_, '$') => match facts(&line[at..]) {
                Some(length) => drop(chars.nth(length - 2)),
                None => return false,
            },
            (_, '`') => return false,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '\n' | '!' | '~') => return false,
            // A list of words, or a range of them; a path into JSON is neither.
            (None, '{') => {
                let inside = line[at + 1..].split(['}', ' ']).next().unwrap_or("");
                if inside.contains(',') || inside.contains("..") {
                    return false;
                }
            }
            (None, _) => {}
        }
    }
    quote.is_none()
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
}

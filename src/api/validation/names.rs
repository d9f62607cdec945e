//! What names, labels and keys may look like, and what is said of those that do not
//! (`apimachinery/pkg/util/validation`).

/// Everything that is wrong with a string; nothing if it is valid.
pub type Messages = Vec<String>;

const LABEL_EXPRESSION: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_EXPRESSION: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const QUALIFIED_EXPRESSION: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const ENDS: &str = "and must start and end with an alphanumeric character";

/// What is said when a string does not match its expression.
fn mismatch(message: &str, expression: &str, examples: &[&str]) -> String {
    let rule = format!("regex used for validation is '{expression}'");
    if examples.is_empty() {
        return format!("{message} ({rule})");
    }
    let examples: Vec<_> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{message} (e.g. {}{rule})", examples.join(" or "))
}

fn too_long(most: usize, unit: &str) -> String {
    format!("must be no more than {most} {unit}")
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether every byte may stand inside and the first and last also at the ends; never empty.
#[inline(always)]
fn is_word(text: &str, inside: impl Fn(u8) -> bool, ends: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first), Some(&last)) => ends(first) && ends(last) && bytes.iter().all(|&byte| inside(byte)),
        _ => false,
    }
}

fn matches_label(text: &str) -> bool {
    is_word(text, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'), is_lower)
}

fn matches_subdomain(text: &str) -> bool {
    text.split('.').all(matches_label)
}

fn matches_qualified(text: &str) -> bool {
    let inside = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    is_word(text, inside, |byte| byte.is_ascii_alphanumeric())
}

/// A name that may be a host name: containers, volumes, namespaces.
pub fn dns_label(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push(too_long(63, "characters"));
    }
    if !matches_label(text) {
        messages.push(if matches_subdomain(text) {
            "must not contain dots".into()
        } else {
            let what =
                format!("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {ENDS}");
            mismatch(&what, LABEL_EXPRESSION, &["my-name", "123-abc"])
        });
    }
    messages
}

/// A name that may be a domain: most objects.
pub fn dns_subdomain(text: &str) -> Messages {
    subdomain(text, "characters")
}

/// `unit`: of what it is said that there are too many. Kubernetes has two ways to put it.
fn subdomain(text: &str, unit: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(too_long(253, unit));
    }
    if !matches_subdomain(text) {
        let what = format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {ENDS}"
        );
        messages.push(mismatch(&what, SUBDOMAIN_EXPRESSION, &["example.com"]));
    }
    messages
}

/// The key of a label or annotation: a name, perhaps with a domain and a slash before it.
pub fn qualified_name(text: &str) -> Messages {
    // Mostly it is no more than a valid name.
    if text.len() <= 63 && matches_qualified(text) {
        return Messages::new();
    }
    // Built only where it is said: every label of every pod passes through here.
    let rule = || {
        let what = format!("must consist of alphanumeric characters, '-', '_' or '.', {ENDS}");
        mismatch(&what, QUALIFIED_EXPRESSION, &["MyName", "my.name", "123-abc"])
    };
    let mut messages = Vec::new();
    let mut parts = text.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => name,
        (Some(prefix), Some(name), None) => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".into());
            } else {
                let said = subdomain(prefix, "bytes");
                messages.extend(said.into_iter().map(|message| format!("prefix part {message}")));
            }
            name
        }
        _ => {
            let domain = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {} {domain}", rule())];
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        messages.push(format!("name part {}", too_long(63, "bytes")));
    }
    if !matches_qualified(name) {
        messages.push(format!("name part {}", rule()));
    }
    messages
}

/// The value of a label.
pub fn label_value(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push(too_long(63, "bytes"));
    }
    if !text.is_empty() && !matches_qualified(text) {
        let what = format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {ENDS}"
        );
        let expression = format!("({QUALIFIED_EXPRESSION})?");
        messages.push(mismatch(&what, &expression, &["MyValue", "my_value", "12345"]));
    }
    messages
}

/// The name of an environment variable.
pub fn env_name(text: &str) -> Messages {
    let valid = text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    let message = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    if valid { Vec::new() } else { vec![message.into()] }
}

/// The name of an environment variable to kubectl, which asks for more than the cluster.
pub fn strict_env_name(text: &str) -> Messages {
    let first = |byte: u8| byte.is_ascii_alphabetic() || b"-_.".contains(&byte);
    let valid = text.bytes().all(|byte| first(byte) || byte.is_ascii_digit());
    let mut messages = Vec::new();
    if !valid || !text.bytes().next().is_some_and(first) {
        let what = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and \
                    must not start with a digit";
        messages.push(mismatch(what, "[-._a-zA-Z][-._a-zA-Z0-9]*", &["my.env-name", "MY_ENV.NAME", "MyEnvName1"]));
    }
    messages.extend(dots(text));
    messages
}

/// The name of a port.
pub fn port_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 15 {
        messages.push(too_long(15, "characters"));
    }
    if text.is_empty() || !text.bytes().all(|byte| is_lower(byte) || byte == b'-') {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        messages.push("must not contain consecutive hyphens".into());
    }
    if text.starts_with('-') || text.ends_with('-') {
        messages.push("must not begin or end with a hyphen".into());
    }
    messages
}

/// The number of a port.
pub fn port_number(number: i64) -> Messages {
    if (1..=65535).contains(&number) { Vec::new() } else { vec!["must be between 1 and 65535, inclusive".into()] }
}

/// An address.
pub fn ip(text: &str) -> Messages {
    let message = match text.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            "must not be an IPv4-mapped IPv6 address"
        }
        Ok(_) => return Vec::new(),
        // Decimal numbers that other readers would take for octal ones.
        Err(_) if text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok()) => {
            "must not have leading 0s"
        }
        Err(_) => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    };
    vec![message.into()]
}

/// A domain in which names are looked up: with a dot at its end, and with underscores.
pub fn dns_search(text: &str) -> Messages {
    let domain = text.strip_suffix('.').unwrap_or(text);
    let matches = |part: &str| matches_label(&part.strip_prefix('_').unwrap_or(part).replace('_', "-"));
    if text == "." || domain.len() <= 253 && domain.split('.').all(matches) {
        return Vec::new();
    }
    let what = format!(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', {ENDS}"
    );
    let part = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    let mut messages = Vec::new();
    if domain.len() > 253 {
        messages.push(too_long(253, "characters"));
    }
    messages.push(mismatch(&what, &format!(r"{part}(\.{part})*"), &["example.com"]));
    messages
}

/// The name of a header of a request.
pub fn http_header(text: &str) -> Messages {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    let what = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![mismatch(what, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// A share of a number, such as `30%`.
pub fn percentage(text: &str) -> Messages {
    let valid = text.strip_suffix('%').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let what = "a valid percent string must be a numeric string followed by an ending '%'";
    if valid { Vec::new() } else { vec![mismatch(what, "[0-9]+%", &["1%", "93%"])] }
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(too_long(253, "characters"));
    }
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || !text.bytes().all(valid) {
        let what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        messages.push(mismatch(what, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    messages.extend(dots(text));
    messages
}

/// What is wrong with the dots of what might be taken for a folder.
fn dots(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".into()),
        ".." => Some("must not be '..'".into()),
        _ => text.starts_with("..").then(|| "must not start with '..'".into()),
    }
}

/// The path behind a domain, as in `acme.io/foo`.
pub fn http_path(text: &str) -> Messages {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    if text.bytes().all(valid) {
        Vec::new()
    } else {
        vec![mismatch("Invalid path", r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", &[])]
    }
}

/// A path that does not lead up.
pub fn without_backsteps(path: &str) -> Messages {
    if path.split('/').any(|part| part == "..") { vec!["must not contain '..'".into()] } else { Vec::new() }
}

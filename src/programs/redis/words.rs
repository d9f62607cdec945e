//! Words with quotes and escapes, as Redis reads and prints them.

/// A string of Redis: any bytes.
pub type Bytes = Vec<u8>;

/// Bytes in quotes, as Redis prints them.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => text.extend(['\\', byte as char]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            7 => text.push_str("\\a"),
            8 => text.push_str("\\b"),
            b' '..=b'~' => text.push(byte as char),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

/// The words of a line as Redis reads it: `"double"` with escapes, `'single'`; `None` if a quote is not closed.
pub fn split_arguments(line: &[u8]) -> Option<Vec<Bytes>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        while let [byte, after @ ..] = rest
            && byte.is_ascii_whitespace()
        {
            rest = after;
        }
        if rest.is_empty() {
            return Some(words);
        }
        let mut word = Vec::new();
        while let [byte, after @ ..] = rest
            && !byte.is_ascii_whitespace()
        {
            rest = match byte {
                b'"' => until_quote(after, b'"', &mut word)?,
                b'\'' => until_quote(after, b'\'', &mut word)?,
                _ => {
                    word.push(*byte);
                    after
                }
            };
        }
        words.push(word);
    }
}

/// Reads to the closing quote, after which a word must end.
fn until_quote<'a>(mut rest: &'a [u8], quote: u8, word: &mut Bytes) -> Option<&'a [u8]> {
    let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    loop {
        rest = match rest {
            [byte, after @ ..] if *byte == quote => {
                return after.first().is_none_or(u8::is_ascii_whitespace).then_some(after);
            }
            [b'\\', b'x', digits @ ..] if quote == b'"' && digits.get(..2).and_then(hex).is_some() => {
                word.extend(digits.get(..2).and_then(hex));
                &digits[2..]
            }
            [b'\\', byte, after @ ..] if quote == b'"' => {
                word.push(match byte {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                after
            }
            [b'\\', b'\'', after @ ..] if quote == b'\'' => {
                word.push(b'\'');
                after
            }
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
            [] => return None,
        };
    }
}

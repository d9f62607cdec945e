//! Bytes in base64.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

/// What is written has padding; in what is read it may be missing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes in base64, with padding.
pub fn base64(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that a base64 text stands for, which may have several lines; of one that is none, those up to there.
pub fn from_base64(text: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    ENGINE.decode(&text).map_err(|_| {
        let digits = text.iter().take_while(|byte| STANDARD.as_str().as_bytes().contains(byte)).count();
        // A single digit of a group of four is no byte yet.
        let whole = if digits % 4 == 1 { digits - 1 } else { digits };
        ENGINE.decode(&text[..whole]).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_into_base64_and_come_out_of_it() {
        for (bytes, text) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("hunter2", "aHVudGVyMg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(from_base64(text.as_bytes()), Ok(bytes.into()));
        }
    }

    #[test]
    fn what_is_written_by_hand_is_read_as_far_as_possible() {
        let check = |text: &str, expected: Result<&str, &str>| {
            assert_eq!(from_base64(text.as_bytes()), expected.map(Into::into).map_err(Into::into), "{text:?}");
        };
        check("aHVu\r\ndGVyMg==\n", Ok("hunter2"));
        check("aHVudGVyMg", Ok("hunter2"));
        check("aHVudGVyM", Err("hunter"));
        check("aHVudG!yMg==", Err("hunt"));
        check("!", Err(""));
    }
}

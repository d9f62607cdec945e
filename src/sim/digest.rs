//! Numbers made from texts, the same on every machine: what looks like chance and yet belongs to something.

/// The digest of no text.
const DIGEST: u64 = 0xcbf2_9ce4_8422_2325;

/// 64 bits of a text that is given in parts: FNV-1a.
pub fn digest(parts: &[&str]) -> u64 {
    digest_more(DIGEST, parts)
}

/// The digest of parts and further ones, from that of the parts.
pub fn digest_more(digest: u64, further: &[&str]) -> u64 {
    further.iter().fold(digest, |digest, part| part.bytes().fold(digest, digest_on))
}

/// The digest of a text and one more byte, from that of the text.
fn digest_on(digest: u64, byte: u8) -> u64 {
    (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// 256 bits of a text: four digests, each of the text between the same two digits.
pub fn digests(parts: &[&str]) -> [u64; 4] {
    const MARKS: [u8; 4] = *b"0123";
    MARKS.map(|mark| {
        let bytes = parts.iter().flat_map(|part| part.bytes());
        digest_on(bytes.fold(digest_on(DIGEST, mark), digest_on), mark)
    })
}

//! The texts that are shared.

/// Links that are longer than this (characters) are cut by some mail programs and chats on their way.
pub const LONGEST_LINK: usize = 8_000;

/// What follows the page's address: the scenario, packed.
pub fn fragment(packed: &str) -> String {
    format!("#s={packed}")
}

/// The packed scenario in the part of an address after `#`, if there is one.
pub fn packed_in(hash: &str) -> Option<&str> {
    hash.trim_start_matches('#').split('&').find_map(|word| word.strip_prefix("s=")).filter(|word| !word.is_empty())
}

/// What the page shows at an address with this after `#`: a scenario, packed, or nothing for what the page opens with. None
/// if that leads to a place in the page, as `#timeline` does.
pub fn place_in(hash: &str) -> Option<&str> {
    let is_of_page = |word: &str| word.is_empty() || word == "embed";
    packed_in(hash).or_else(|| hash.trim_start_matches('#').split('&').all(is_of_page).then_some(""))
}

/// A frame for somebody else's page.
pub fn frame(address: &str, packed: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<iframe src=\"{address}#embed&amp;s={packed}\" title=\"{title}\" width=\"100%\" height=\"640\" loading=\"lazy\"></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_found_in_the_address() {
        let check = |hash: &str, expected: Option<&str>| assert_eq!(packed_in(hash), expected, "{hash}");
        check(&fragment("abc-_"), Some("abc-_"));
        check("#embed&s=abc", Some("abc"));
        check("#s=", None);
        check("#embed", None);
        check("", None);
    }

    #[test]
    fn an_anchor_is_no_other_place() {
        let check = |hash: &str, expected: Option<&str>| assert_eq!(place_in(hash), expected, "{hash}");
        check("", Some(""));
        check("#", Some(""));
        check("#embed", Some(""));
        check("#s=abc", Some("abc"));
        check("#timeline", None);
    }

    #[test]
    fn a_frame_is_html_whatever_the_job_is_called() {
        let html = frame("https://example.org/", "abc", "a \"b\" & <c>");
        assert!(html.contains("title=\"a &quot;b&quot; &amp; &lt;c>\""), "{html}");
        assert!(html.contains("src=\"https://example.org/#embed&amp;s=abc\""), "{html}");
    }
}

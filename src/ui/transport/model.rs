//! Speeds and clocks, as words.

use std::time::Duration;

/// How fast virtual time runs: seconds of it per second of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u32);

impl Speed {
    /// One second per second.
    pub const NORMAL: Self = Self(1);
    /// From one change to the next without waiting.
    pub const MAX: Self = Self(u32::MAX);
    /// Every speed on offer.
    pub const ALL: [Self; 8] = [Self(1), Self(2), Self(4), Self(8), Self(16), Self(32), Self(64), Self::MAX];

    /// `8×`
    pub fn words(self) -> String {
        if self == Self::MAX { "as fast as possible".into() } else { format!("{}×", self.0) }
    }

    /// How much virtual time passes in so many milliseconds of the wall clock.
    pub fn span(self, milliseconds: f64) -> Duration {
        let factor = if self == Self::MAX { 0 } else { self.0 };
        Duration::from_secs_f64(milliseconds.clamp(0.0, 1000.0) / 1000.0) * factor
    }

    /// The speed with these [`Speed::words`].
    pub fn of(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|speed| speed.words() == words)
    }
}

/// `00:14.2`, or `1:02:03.4` from an hour on: virtual time as the page shows it.
pub fn clock(span: Duration) -> String {
    let tenths = span.as_millis() / 100;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}.{}", tenths % 10),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{}", tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_read_as_people_read_them() {
        let check = |milliseconds, expected| assert_eq!(clock(Duration::from_millis(milliseconds)), expected);
        check(0, "00:00.0");
        check(14_290, "00:14.2");
        check(3_599_999, "59:59.9");
        check(3_723_400, "1:02:03.4");
    }

    #[test]
    fn every_speed_is_found_by_its_words() {
        for speed in Speed::ALL {
            assert_eq!(Speed::of(&speed.words()), Some(speed));
        }
        assert_eq!(Speed(8).span(16.0), Duration::from_millis(128));
    }
}

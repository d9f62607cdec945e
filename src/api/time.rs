//! Time as objects carry it: cut to the second.

use super::fields::{self, Field, Mismatch};
use crate::sim::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::Value;
use std::fmt;

/// A `metav1.Time`: whole seconds, printed as RFC 3339 in UTC.
///
/// Whoever computes a delay from one may find it up to a second short, as in the real controllers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The second that lies this long after the Unix epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// The instant at which this second begins.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_secs(u64::try_from(self.0).unwrap_or(0))
    }

    /// `Mon, 02 Jan 2006 15:04:05 -0700`, as `kubectl describe` prints it; the zone is UTC.
    pub fn rfc1123z(self) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let local = Offset::UTC.to_datetime(self.instant());
        let day = DAYS[local.weekday().to_monday_zero_offset() as usize];
        let month = MONTHS[local.month() as usize - 1];
        let (hour, minute, second) = (local.hour(), local.minute(), local.second());
        format!("{day}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} +0000", local.day(), local.year())
    }

    /// RFC 3339 in a zone: `2006-01-02T15:04:05-07:00`, with a `Z` where the offset is zero.
    pub fn in_zone(self, zone: &super::TimeZone) -> String {
        let offset = zone.to_offset(self.instant());
        let local = rfc3339(offset.to_datetime(self.instant()));
        match offset.seconds() / 60 {
            0 => format!("{local}Z"),
            minutes => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{local}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }

    fn instant(self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.0).unwrap_or_default()
    }
}

/// `2006-01-02T15:04:05`
fn rfc3339(local: DateTime) -> String {
    let (year, month, day) = (local.year(), local.month(), local.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
}

impl From<Timestamp> for Time {
    fn from(instant: Timestamp) -> Self {
        Self(i64::try_from(instant.as_secs()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Time {
    /// `2006-01-02T15:04:05Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", rfc3339(Offset::UTC.to_datetime(self.instant())))
    }
}

impl std::str::FromStr for Time {
    type Err = &'static str;

    /// Reads RFC 3339, with or without a fraction of a second.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).map(Self).ok_or("a time such as 2006-01-02T15:04:05Z expected")
    }
}

fn read(text: &str) -> Option<i64> {
    let number =
        |from: usize, to: usize| text.get(from..to).filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    let part = |from: usize| number(from, from + 2).and_then(|n: i16| i8::try_from(n).ok());
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| text.as_bytes().get(at) != Some(&byte)) {
        return None;
    }
    let date = jiff::civil::Date::new(number(0, 4)?, part(5)?, part(8)?).ok()?;
    let (hour, minute, second) = (part(11)?, part(14)?, part(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let zone = text[19..].trim_start_matches('.').trim_start_matches(|digit: char| digit.is_ascii_digit());
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), away) => {
            let (hours, minutes) = away.split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => return None,
    };
    let local = Offset::UTC.to_timestamp(date.at(hour, minute, second, 0)).ok()?;
    Some(local.as_second() - offset)
}

impl Field for Time {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = fields::text(value)?.parse().map_err(|_| Mismatch::new("a time expected"))?;
        Ok(())
    }

    fn write(&self) -> Value {
        Value::from(self.to_string())
    }
}

/// A text as Go's package time quotes it: what is not plain ASCII, byte by byte.
pub fn time_quoted(text: &str) -> String {
    let quoted = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=0x7f => char::from(byte).into(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", quoted.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_kubernetes_prints_them() {
        let time = Time::from(Timestamp::from_millis(1_767_225_600_999));
        assert_eq!(time.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(time.rfc1123z(), "Thu, 01 Jan 2026 00:00:00 +0000");
        assert_eq!("2026-01-01T01:00:00+01:00".parse(), Ok(time));
        assert_eq!("2025-12-31T19:00:00.123456-05:00".parse(), Ok(time));
        for wrong in ["", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00"] {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
    }
}

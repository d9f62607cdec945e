//! Time as objects carry it: cut to the second.

use crate::sim::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
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
        self.zoned().strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
    }

    /// RFC 3339 in a zone: `2006-01-02T15:04:05-07:00`, with a `Z` where the offset is zero.
    pub fn in_zone(self, zone: &super::TimeZone) -> String {
        let zoned = jiff::Timestamp::from_second(self.0).unwrap_or_default().to_zoned(zone.clone());
        let offset = if zoned.offset().seconds() == 0 { "Z" } else { "%:z" };
        zoned.strftime(&format!("%Y-%m-%dT%H:%M:%S{offset}")).to_string()
    }

    fn zoned(self) -> jiff::Zoned {
        jiff::Timestamp::from_second(self.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC)
    }
}

impl From<Timestamp> for Time {
    fn from(instant: Timestamp) -> Self {
        Self(i64::try_from(instant.as_secs()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Time {
    /// `2006-01-02T15:04:05Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.zoned().strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl std::str::FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let instant: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| error.to_string())?;
        Ok(Self(instant.as_second()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
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
    }
}

//! Ages: `5s`, `3m20s`, `4d`, as `kubectl get` prints them (spec 05 §3.4).

use crate::api::Time;
use crate::sim::Timestamp;

/// The time from `since` to `now`, in words; `<unknown>` where there is no time.
pub fn age(now: Timestamp, since: Option<Time>) -> String {
    match since {
        None => "<unknown>".into(),
        Some(since) => human(millis(now) - since.as_secs().saturating_mul(1000)),
    }
}

/// The same from an instant that is known to the millisecond.
pub fn age_of_instant(now: Timestamp, since: Timestamp) -> String {
    human(millis(now) - millis(since))
}

/// The whole seconds from one stamp to another, in words.
pub fn between(start: Time, end: Time) -> String {
    human((end.as_secs() - start.as_secs()).saturating_mul(1000))
}

fn millis(instant: Timestamp) -> i64 {
    i64::try_from(instant.as_millis()).unwrap_or(i64::MAX)
}

/// Coarser the longer it lasts. In Kubernetes: `apimachinery/pkg/util/duration`.
pub fn human(millis: i64) -> String {
    /// `3m`, or `3m20s` if there are some.
    fn two(big: i64, big_unit: &str, small: i64, small_unit: &str) -> String {
        if small == 0 { format!("{big}{big_unit}") } else { format!("{big}{big_unit}{small}{small_unit}") }
    }
    let seconds = millis / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        ..=-2 => "<invalid>".into(),
        -1 => "0s".into(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(hours / 24, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        _ if hours < 24 * 365 * 8 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_grow_coarser() {
        const DAY: i64 = 86_400;
        for (seconds, expected) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (3 * 3600 - 1, "179m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (8 * 3600 + 60, "8h"),
            (2 * DAY, "2d"),
            (2 * DAY + 3600, "2d1h"),
            (8 * DAY + 3600, "8d"),
            (730 * DAY, "2y"),
            (731 * DAY, "2y1d"),
            (3000 * DAY, "8y"),
        ] {
            assert_eq!(human(seconds * 1000), expected, "{seconds} s");
        }
    }
}

//! Time zones by name, for `spec.timeZone` of a CronJob.

pub use jiff::tz::TimeZone;

/// Each line is a rule and the zones that follow it.
const RULES: &str = include_str!("time_zones.txt");

/// The zone of this name, as the IANA database knows it; nothing if there is none. Names are case-sensitive.
///
/// Only the rules that hold today are known: a simulated cluster does not live in the past.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    let mut lines = RULES.lines().filter(|line| !line.starts_with('#'));
    let rule = lines.find_map(|line| {
        let (rule, zones) = line.split_once(' ')?;
        zones.split(' ').any(|zone| zone == name).then_some(rule)
    })?;
    TimeZone::posix(rule).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;

    #[test]
    fn every_rule_can_be_read() {
        for line in RULES.lines().filter(|line| !line.starts_with('#')) {
            let (rule, _) = line.split_once(' ').expect("a rule and its zones");
            assert!(TimeZone::posix(rule).is_ok(), "{rule}");
        }
    }

    #[test]
    fn zones_are_found_by_their_exact_names() {
        let noon: Time = "2026-07-01T12:00:00Z".parse().expect("a time");
        let check = |name: &str, expected: Option<&str>| {
            let shown = time_zone(name).map(|zone| noon.in_zone(&zone));
            assert_eq!(shown.as_deref(), expected, "{name}");
        };
        check("UTC", Some("2026-07-01T12:00:00Z"));
        check("Europe/Berlin", Some("2026-07-01T14:00:00+02:00"));
        check("America/New_York", Some("2026-07-01T08:00:00-04:00"));
        check("Asia/Kolkata", Some("2026-07-01T17:30:00+05:30"));
        check("europe/berlin", None);
        check("Mars/Olympus", None);
        check("", None);
    }
}

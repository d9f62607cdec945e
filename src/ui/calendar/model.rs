//! What the calendar says: the next times, and the days on which the clocks change.

use crate::api::time_zone::{TimeZone, time_zone};
use crate::api::{Schedule, yaml};
use crate::sim::{Set, Timestamp};
use crate::ui::editor::check::LARGEST;
use crate::ui::editor::fix::{Fix, write};
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use std::time::Duration;

/// So many CronJobs of a manifest have a calendar.
const MOST_PLANS: usize = 4;
/// So many times are listed.
const TICKS: usize = 4;
/// So far ahead the days are told on which the clocks change.
const AHEAD: Duration = Duration::from_secs(366 * 86_400);
/// So far around a change it is looked at what it does to the schedule.
const AROUND: Duration = Duration::from_secs(86_400);
/// So many times of day are named one by one.
const MOST_NAMED: usize = 3;

/// Zones to look at a schedule in, from west to east; each has something of its own.
pub const ZONES: &[&str] = &[
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Etc/UTC",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// A CronJob of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which document of the manifest it is.
    pub place: usize,
    pub name: String,
    pub schedule: String,
    /// The zone that the manifest names.
    pub zone: Option<String>,
}

/// The first CronJobs of a manifest that have a schedule; none of one that is too long to be read while it is typed.
pub fn plans(manifest: &str) -> Vec<Plan> {
    if manifest.len() > LARGEST || !manifest.contains("CronJob") {
        return Vec::new();
    }
    let stream = yaml::read(manifest);
    let documents = stream.documents.iter().map(|document| document.root.to_value()).enumerate();
    let cron_jobs = documents.filter(|(_, value)| value["kind"] == "CronJob");
    let plans = cron_jobs.filter_map(|(place, value)| {
        Some(Plan {
            place,
            name: value["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            schedule: value["spec"]["schedule"].as_str()?.to_owned(),
            zone: value["spec"]["timeZone"].as_str().map(str::to_owned),
        })
    });
    plans.take(MOST_PLANS).collect()
}

/// What writes a zone into a manifest.
pub fn zone_written(manifest: &str, place: usize, zone: &str) -> Option<Fix> {
    let stream = yaml::read(manifest);
    let root = &stream.documents.get(place)?.root;
    write(root, manifest, &[yaml::Step::Key("spec".into()), yaml::Step::Key("timeZone".into())], zone)
}

/// A time at which it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// By the clocks of the zone: `Fri 2 Jan 02:30`
    pub local: String,
    /// The same instant: `01:30 UTC`, with its day if that is another.
    pub utc: String,
}

/// A day on which the clocks change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// `Sun 29 Mar 2026, 02:00 becomes 03:00`
    pub day: String,
    /// What that does to the schedule.
    pub effect: String,
    /// Whether it does anything.
    pub is_odd: bool,
}

/// A schedule in a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub ticks: Vec<Tick>,
    pub turns: Vec<Turn>,
}

/// A schedule from an instant on, in the zone of this name; nothing if either cannot be read.
pub fn sheet(schedule: &str, zone: &str, from: Timestamp) -> Option<Sheet> {
    let parsed: Schedule = schedule.parse().ok()?;
    let zone = time_zone(zone)?;
    let due = |after| std::iter::successors(parsed.next(after, Some(&zone)), |&at| parsed.next(at, Some(&zone)));
    let ticks = due(from).take(TICKS).map(|at| {
        let (local, utc) = (wall(&zone, at), wall(&TimeZone::UTC, at));
        let day = if local.date() == utc.date() { String::new() } else { day_of(utc) + " " };
        Tick { local: format!("{} {}", day_of(local), time_of(local)), utc: format!("{day}{} UTC", time_of(utc)) }
    });
    let ticks = ticks.collect();
    let counts_seconds = schedule.trim_start().starts_with("@every");
    let changes = zone.following(instant(from)?).map(|change| change.timestamp().as_second());
    let changes = changes.map_while(|second| u64::try_from(second).ok().map(Timestamp::from_secs));
    let changes = changes.take_while(|&at| at <= from + AHEAD);
    let turns = changes.map(|at| {
        let (before, after) = (wall(&zone, at - Duration::from_secs(1)), wall(&zone, at));
        let before = before.checked_add(jiff::Span::new().seconds(1)).unwrap_or(before);
        let effect = if counts_seconds { None } else { effect(&parsed, &zone, at) };
        let day = format!("{} {}, {} becomes {}", day_of(after), after.year(), time_of(before), time_of(after));
        let is_odd = effect.is_some();
        Turn { day, effect: effect.unwrap_or_else(|| "no run is skipped or repeated".into()), is_odd }
    });
    Some(Sheet { ticks, turns: turns.collect() })
}

/// What a change of the clocks does to a schedule: which times of day do not come that usually do, and which come twice.
fn effect(schedule: &Schedule, zone: &TimeZone, at: Timestamp) -> Option<String> {
    let (begin, end) = (at - AROUND, at + AROUND);
    let due_in = |zone: &TimeZone, begin: Timestamp, end: Timestamp| {
        let first = schedule.next(begin, Some(zone));
        let due = std::iter::successors(first, |&at| schedule.next(at, Some(zone))).take_while(|&at| at <= end);
        due.map(|at| wall(zone, at)).collect::<Vec<_>>()
    };
    // As if the clocks went on evenly: of a clock that never changes.
    let even = |at: Timestamp| Some(Timestamp::from_secs(u64::try_from(second_of(wall(zone, at))?).ok()?));
    let usual = due_in(&TimeZone::UTC, even(begin)?, even(end)?);
    let really = due_in(zone, begin, end);
    let mut seen = Set::new();
    let repeated: Vec<_> = really.into_iter().filter(|&time| !seen.insert(time)).collect();
    let skipped: Vec<_> = usual.into_iter().filter(|time| !seen.contains(time)).collect();
    let told = |times: &[DateTime], one: &str, many: &str| match times {
        [] => None,
        times if times.len() <= MOST_NAMED => {
            let named: Vec<String> = times.iter().map(|&time| time_of(time)).collect();
            Some(format!("{} {}", named.join(", "), if times.len() == 1 { one } else { many }))
        }
        [first, .., last] => {
            Some(format!("{} times from {} to {} {many}", times.len(), time_of(*first), time_of(*last)))
        }
        [_] => None,
    };
    // Where midnight does not come, a time of day may be passed over that does.
    let is_there =
        |time: &DateTime| !matches!(zone.to_ambiguous_timestamp(*time).offset(), AmbiguousOffset::Gap { .. });
    let (passed, missing): (Vec<_>, Vec<_>) = skipped.into_iter().partition(is_there);
    let missing = told(&missing, "does not come: skipped", "do not come: skipped");
    let passed = told(&passed, "is skipped, although it comes", "are skipped, although they come");
    let repeated = told(&repeated, "comes twice: it runs twice", "come twice: they run twice");
    let all: Vec<String> = missing.into_iter().chain(passed).chain(repeated).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(i64::try_from(at.as_secs()).ok()?).ok()
}

/// What the clocks of a zone say.
fn wall(zone: &TimeZone, at: Timestamp) -> DateTime {
    instant(at).map_or(DateTime::MIN, |at| zone.to_datetime(at))
}

/// The second of what a clock says that is taken for one of UTC.
fn second_of(time: DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(time).ok()?.as_second())
}

/// `Fri 2 Jan`
fn day_of(time: DateTime) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS[usize::from(time.weekday().to_monday_zero_offset().unsigned_abs()) % 7];
    let month = MONTHS[usize::from(time.month().unsigned_abs().clamp(1, 12)) - 1];
    format!("{day} {} {month}", time.day())
}

fn time_of(time: DateTime) -> String {
    match time.second() {
        0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_767_225_600);

    #[test]
    fn the_same_schedule_in_other_zones() {
        let check = |schedule: &str, zone: &str, ticks: [&str; 2], turns: &[&str]| {
            let sheet = sheet(schedule, zone, START).expect("a sheet");
            let told: Vec<_> =
                sheet.ticks.iter().take(2).map(|tick| format!("{} = {}", tick.local, tick.utc)).collect();
            assert_eq!(told, ticks, "{schedule} {zone}");
            let told: Vec<_> = sheet.turns.iter().map(|turn| format!("{}: {}", turn.day, turn.effect)).collect();
            assert_eq!(told, turns, "{schedule} {zone}");
        };
        let daily = "30 2 * * *";
        check(daily, "Etc/UTC", ["Thu 1 Jan 02:30 = 02:30 UTC", "Fri 2 Jan 02:30 = 02:30 UTC"], &[]);
        check(
            daily,
            "Europe/Berlin",
            ["Thu 1 Jan 02:30 = 01:30 UTC", "Fri 2 Jan 02:30 = 01:30 UTC"],
            &[
                "Sun 29 Mar 2026, 02:00 becomes 03:00: 02:30 does not come: skipped",
                "Sun 25 Oct 2026, 03:00 becomes 02:00: 02:30 comes twice: it runs twice",
            ],
        );
        check(
            "0 2 * * *",
            "Asia/Tokyo",
            ["Fri 2 Jan 02:00 = Thu 1 Jan 17:00 UTC", "Sat 3 Jan 02:00 = Fri 2 Jan 17:00 UTC"],
            &[],
        );
        let evenly = "no run is skipped or repeated";
        let turns = [
            format!("Sun 29 Mar 2026, 01:00 becomes 02:00: {evenly}"),
            format!("Sun 25 Oct 2026, 02:00 becomes 01:00: {evenly}"),
        ];
        let turns: Vec<&str> = turns.iter().map(String::as_str).collect();
        check("0 9 * * *", "Europe/London", ["Thu 1 Jan 09:00 = 09:00 UTC", "Fri 2 Jan 09:00 = 09:00 UTC"], &turns);
        check("@every 1h", "Europe/London", ["Thu 1 Jan 01:00 = 01:00 UTC", "Thu 1 Jan 02:00 = 02:00 UTC"], &turns);
        // Where midnight does not come, the schedule loses the whole day.
        check(
            "30 1 * * 5",
            "Africa/Cairo",
            ["Fri 2 Jan 01:30 = Thu 1 Jan 23:30 UTC", "Fri 9 Jan 01:30 = Thu 8 Jan 23:30 UTC"],
            &[
                "Fri 24 Apr 2026, 00:00 becomes 01:00: 01:30 is skipped, although it comes",
                &format!("Thu 29 Oct 2026, 00:00 becomes 23:00: {evenly}"),
            ],
        );
        check(
            "*/15 * * * *",
            "America/New_York",
            ["Wed 31 Dec 19:15 = Thu 1 Jan 00:15 UTC", "Wed 31 Dec 19:30 = Thu 1 Jan 00:30 UTC"],
            &[
                "Sun 8 Mar 2026, 02:00 becomes 03:00: 4 times from 02:00 to 02:45 do not come: skipped",
                "Sun 1 Nov 2026, 02:00 becomes 01:00: 4 times from 01:00 to 01:45 come twice: they run twice",
            ],
        );
        assert_eq!(sheet("every day", "Etc/UTC", START), None);
        assert_eq!(sheet("* * * * *", "Europe/Nowhere", START), None);
        assert!(ZONES.iter().all(|zone| time_zone(zone).is_some()));
    }

    #[test]
    fn a_long_manifest_has_few_calendars_or_none() {
        let one = "kind: CronJob\nspec: {schedule: '* * * * *'}\n---\n";
        let check = |manifest: &str, expected: usize| assert_eq!(plans(manifest).len(), expected);
        check("kind: Job\n", 0);
        check(&one.repeat(3), 3);
        check(&one.repeat(300), MOST_PLANS);
        check(&one.repeat(LARGEST / one.len() + 1), 0);
    }

    #[test]
    fn a_zone_is_written_where_it_belongs() {
        let check = |spec: &str, zone: Option<&str>, expected: &str| {
            let manifest = format!("kind: Job\n---\nkind: CronJob\nmetadata: {{name: tick}}\n{spec}");
            let [plan] = &plans(&manifest)[..] else { panic!("{manifest}") };
            let seen = (plan.name.as_str(), plan.schedule.as_str(), plan.zone.as_deref());
            assert_eq!(seen, ("tick", "0 2 * * *", zone));
            let fix = zone_written(&manifest, plan.place, "Asia/Tokyo").expect("a fix");
            assert_eq!(fix.apply(&manifest).split_once("{name: tick}\n").expect("its head").1, expected);
        };
        check("spec:\n  schedule: 0 2 * * *\n", None, "spec:\n  timeZone: Asia/Tokyo\n  schedule: 0 2 * * *\n");
        check(
            "spec:\n  schedule: '0 2 * * *'\n  timeZone: Europe/Berlin # home\n",
            Some("Europe/Berlin"),
            "spec:\n  schedule: '0 2 * * *'\n  timeZone: Asia/Tokyo # home\n",
        );
        check("spec: {schedule: '0 2 * * *'}", None, "spec: {timeZone: Asia/Tokyo, schedule: '0 2 * * *'}");
        assert_eq!(plans("kind: CronJob\nspec: {}\n"), []);
    }
}

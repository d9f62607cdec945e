//! When a CronJob is due: the schedule in `spec.schedule` (spec 04 §1).
//!
//! Five fields: minute, hour, day of the month, month, day of the week. If both days are restricted, either may match.
//! In Kubernetes: the library `robfig/cron` v3, its standard parser. Its errors reach the learner word by word.

use super::CronJobSpec;
use super::time::time_quoted;
use super::time_zone::{TimeZone, time_zone};
use super::validation::quoted;
use crate::sim::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::str::FromStr;
use std::time::Duration;

/// A schedule that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    rule: Rule,
    /// Written into the schedule itself as `TZ=…`; new CronJobs cannot do that any more.
    zone: Option<TimeZone>,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    At(Box<Fields>),
    /// `@every 90s`
    Every(Duration),
}

#[derive(Clone, Debug, PartialEq)]
struct Fields {
    minute: Field,
    hour: Field,
    day_of_month: Field,
    month: Field,
    day_of_week: Field,
}

/// The numbers that a field allows.
#[derive(Clone, Debug, PartialEq)]
struct Field {
    /// Number n is bit n.
    allowed: u64,
    /// Whether the field is a star, that is, does not restrict anything.
    star: bool,
}

impl Field {
    fn allows(&self, number: i8) -> bool {
        self.allowed >> number & 1 == 1
    }
}

/// Least and greatest number of a field, and the names that stand for numbers.
struct Bounds {
    least: u64,
    greatest: u64,
    names: &'static [&'static str],
}

const MINUTE: Bounds = Bounds { least: 0, greatest: 59, names: &[] };
const HOUR: Bounds = Bounds { least: 0, greatest: 23, names: &[] };
const DAY_OF_MONTH: Bounds = Bounds { least: 1, greatest: 31, names: &[] };
const MONTH: Bounds = Bounds {
    least: 1,
    greatest: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const DAY_OF_WEEK: Bounds = Bounds { least: 0, greatest: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// How far ahead a date is looked for, in years.
const YEARS_AHEAD: i16 = 5;

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".into());
        }
        let (zone, text) = match text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) {
            None => (None, text),
            Some(rest) => {
                // Where no space follows, the parser panics and its caller tells of that.
                let panic = "invalid schedule format: runtime error: slice bounds out of range [:-1]";
                let (name, rest) = rest.split_once(' ').ok_or(panic)?;
                let unknown = || format!("provided bad location {name}: unknown time zone {name}");
                // Neither is a zone that a CronJob could name; to the parser they are the clock's.
                let zone = if matches!(name, "" | "Local") { Some(TimeZone::UTC) } else { time_zone(name) };
                (Some(zone.ok_or_else(unknown)?), rest.trim())
            }
        };
        let rule = if text.starts_with('@') { macro_rule(text)? } else { Rule::At(Box::new(fields(text)?)) };
        Ok(Self { rule, zone })
    }
}

fn macro_rule(text: &str) -> Result<Rule, String> {
    let written_out = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => {
            let Some(span) = text.strip_prefix("@every ") else {
                return Err(format!("unrecognized descriptor: {text}"));
            };
            let span = go_duration(span).map_err(|why| format!("failed to parse duration {text}: {why}"))?;
            return Ok(Rule::Every(Duration::from_secs(span.as_secs().max(1))));
        }
    };
    fields(written_out).map(|fields| Rule::At(Box::new(fields)))
}

fn fields(text: &str) -> Result<Fields, String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week] = parts[..] else {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
    };
    Ok(Fields {
        minute: field(minute, &MINUTE)?,
        hour: field(hour, &HOUR)?,
        day_of_month: field(day_of_month, &DAY_OF_MONTH)?,
        month: field(month, &MONTH)?,
        day_of_week: field(day_of_week, &DAY_OF_WEEK)?,
    })
}

fn field(text: &str, bounds: &Bounds) -> Result<Field, String> {
    let mut field = Field { allowed: 0, star: false };
    for range in text.split(',').filter(|range| !range.is_empty()) {
        add_range(&mut field, range, bounds)?;
    }
    Ok(field)
}

fn add_range(field: &mut Field, range: &str, bounds: &Bounds) -> Result<(), String> {
    let steps: Vec<&str> = range.split('/').collect();
    let limits: Vec<&str> = steps[0].split('-').collect();
    let mut star = matches!(limits[0], "*" | "?");
    let (first, mut last) = if star {
        (bounds.least, bounds.greatest)
    } else {
        let first = number_or_name(limits[0], bounds)?;
        match limits[..] {
            [_] => (first, first),
            [_, last] => (first, number_or_name(last, bounds)?),
            _ => return Err(format!("too many hyphens: {range}")),
        }
    };
    let step = match steps[..] {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if limits.len() == 1 {
                last = bounds.greatest;
            }
            star &= step <= 1;
            step
        }
        _ => return Err(format!("too many slashes: {range}")),
    };
    let Bounds { least, greatest, .. } = *bounds;
    if first < least {
        return Err(format!("beginning of range ({first}) below minimum ({least}): {range}"));
    }
    if last > greatest {
        return Err(format!("end of range ({last}) above maximum ({greatest}): {range}"));
    }
    if first > last {
        return Err(format!("beginning of range ({first}) beyond end of range ({last}): {range}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {range}"));
    }
    let mut allowed = first;
    while allowed <= last {
        field.allowed |= 1 << allowed;
        allowed = allowed.saturating_add(step);
    }
    field.star |= star;
    Ok(())
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let name = text.to_lowercase();
    match bounds.names.iter().position(|known| *known == name) {
        Some(position) => Ok(bounds.least + position as u64),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let why = if valid { "value out of range" } else { "invalid syntax" };
    let failure = || format!("failed to parse int from {text}: strconv.Atoi: parsing {}: {why}", quoted(text));
    let number: i64 = if valid { text.parse().map_err(|_| failure())? } else { return Err(failure()) };
    u64::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

/// A span of time as Go writes it: `1h30m`, `90s`, `1.5h`.
fn go_duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {}", time_quoted(text));
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    if let Some(span) = rest.strip_prefix('-') {
        // A delay below a second, and one below nothing, is a second.
        return go_duration(span).map(|_| Duration::ZERO);
    }
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (amount, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        if whole.is_empty() && (fraction.is_empty() || fraction.starts_with('.')) {
            return Err(invalid());
        }
        let size: u128 = match unit {
            unit if unit.is_empty() || fraction.contains('.') => {
                return Err(format!("time: missing unit in duration {}", time_quoted(text)));
            }
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {} in duration {}", time_quoted(unit), time_quoted(text))),
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        nanos += u128::from(whole) * size;
        let mut place = size;
        for digit in fraction.bytes() {
            place /= 10;
            nanos += u128::from(digit - b'0') * place;
        }
        if nanos > i64::MAX as u128 {
            return Err(invalid());
        }
        rest = next;
    }
    Ok(Duration::from_nanos(nanos as u64))
}

impl Schedule {
    /// The first instant after `after` at which the schedule is due, in whole seconds. `zone` is the CronJob's; without
    /// one, UTC. Nothing if no date of the next five years fits: 31 February is a schedule, too.
    ///
    /// An hour that the clocks skip has no runs; one that they repeat may have its runs twice.
    pub fn next(&self, after: Timestamp, zone: Option<&TimeZone>) -> Option<Timestamp> {
        let fields = match &self.rule {
            Rule::Every(span) => return Some(Timestamp::from_secs(after.as_secs()) + *span),
            Rule::At(fields) => fields,
        };
        let zone = self.zone.as_ref().or(zone).cloned().unwrap_or(TimeZone::UTC);
        let due = Search { fields, zone: &zone }.first_after(i64::try_from(after.as_secs()).ok()?)?;
        Some(Timestamp::from_secs(u64::try_from(due).ok()?))
    }
}

/// A search through the calendar of a zone. It goes the steps of the original one by one, because where the clocks change
/// these lead past times that exist: where they skip midnight, a day is lost to whoever comes from the day before.
struct Search<'a> {
    fields: &'a Fields,
    zone: &'a TimeZone,
}

impl Search<'_> {
    /// The first second after `after` that all fields allow.
    fn first_after(&self, after: i64) -> Option<i64> {
        let Fields { minute, hour, month, .. } = self.fields;
        // A lone comma allows nothing. No need to ask every minute of five years.
        if minute.allowed == 0 || hour.allowed == 0 {
            return None;
        }
        let mut at = after + 1;
        let last_year = self.local(at)?.year().checked_add(YEARS_AHEAD)?;
        // Whether all that is finer has been set to its least value.
        let mut reset = false;
        'search: loop {
            if self.local(at)?.year() > last_year {
                return None;
            }
            while !month.allows(self.local(at)?.month()) {
                if !std::mem::replace(&mut reset, true) {
                    at = self.instant(self.local(at)?.date().first_of_month().at(0, 0, 0, 0))?;
                }
                let local = self.local(at)?;
                at = self.instant(local.date().last_of_month().tomorrow().ok()?.to_datetime(local.time()))?;
                if self.local(at)?.month() == 1 {
                    continue 'search;
                }
            }
            while !self.fields.allows_day(self.local(at)?.date()) {
                if !std::mem::replace(&mut reset, true) {
                    at = self.instant(self.local(at)?.date().at(0, 0, 0, 0))?;
                }
                let local = self.local(at)?;
                at = self.instant(local.date().tomorrow().ok()?.to_datetime(local.time()))?;
                // Where there is no midnight, to the one that is nearest.
                let hour = i64::from(self.local(at)?.hour());
                at += if hour > 12 { 24 - hour } else { -hour } * 3600;
                if self.local(at)?.day() == 1 {
                    continue 'search;
                }
            }
            while !hour.allows(self.local(at)?.hour()) {
                if !std::mem::replace(&mut reset, true) {
                    let local = self.local(at)?;
                    at = self.instant(local.date().at(local.hour(), 0, 0, 0))?;
                }
                at += 3600;
                if self.local(at)?.hour() == 0 {
                    continue 'search;
                }
            }
            while !minute.allows(self.local(at)?.minute()) {
                if !std::mem::replace(&mut reset, true) {
                    at -= at.rem_euclid(60);
                }
                at += 60;
                if self.local(at)?.minute() == 0 {
                    continue 'search;
                }
            }
            match i64::from(self.local(at)?.second()) {
                0 => return Some(at),
                second => at += 60 - second,
            }
            reset = true;
        }
    }

    fn local(&self, at: i64) -> Option<DateTime> {
        Some(self.zone.to_datetime(jiff::Timestamp::from_second(at).ok()?))
    }

    /// When the clocks show this. Where they never do, they are read with the offset that holds on the day before or
    /// after, as Go does it.
    fn instant(&self, local: DateTime) -> Option<i64> {
        let shown = Offset::UTC.to_timestamp(local).ok()?.as_second();
        let offset = |at| Some(i64::from(self.zone.to_offset(jiff::Timestamp::from_second(at).ok()?).seconds()));
        Some(shown - offset(shown - offset(shown)?)?)
    }
}

impl Fields {
    fn allows_day(&self, date: jiff::civil::Date) -> bool {
        let of_month = self.day_of_month.allows(date.day());
        let of_week = self.day_of_week.allows(date.weekday().to_sunday_zero_offset());
        if self.day_of_month.star || self.day_of_week.star { of_month && of_week } else { of_month || of_week }
    }
}

/// What [`due_times`] is, for who may have to do without it: a page can open before it (see [`crate::sim::Part`]).
pub type DueTimes = fn(&CronJobSpec, Timestamp, Timestamp, Timestamp, usize) -> Vec<Timestamp>;

/// When a CronJob is due between two instants, in order, at most so many times. It is known to be due after `after`, from
/// which on an `@every` counts. Never, if its schedule cannot be read.
pub fn due_times(spec: &CronJobSpec, after: Timestamp, from: Timestamp, to: Timestamp, most: usize) -> Vec<Timestamp> {
    let Ok(schedule) = spec.schedule.parse::<Schedule>() else { return Vec::new() };
    let zone = spec.time_zone.as_deref().and_then(time_zone);
    let all = std::iter::successors(schedule.next(after, zone.as_ref()), |&at| schedule.next(at, zone.as_ref()));
    all.take_while(|&at| at <= to).filter(|&at| at >= from).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;

    #[test]
    fn schedules_are_due() {
        let check = |schedule: &str, zone: &str, after: &str, expected: &[&str]| {
            let parsed: Schedule = schedule.parse().expect("a valid schedule");
            let zone = time_zone(zone);
            let mut at: Timestamp = after.parse::<Time>().expect("a time").timestamp();
            let mut due = Vec::new();
            for _ in expected {
                at = parsed.next(at, zone.as_ref()).expect("a next time");
                due.push(Time::from(at).to_string());
            }
            assert_eq!(due, expected, "{schedule}");
        };
        check("* * * * *", "", "2026-01-01T00:00:30Z", &["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"]);
        check("*/20 3 * * *", "", "2026-01-01T03:30:00Z", &["2026-01-01T03:40:00Z", "2026-01-02T03:00:00Z"]);
        check("0 0 31 * *", "", "2026-02-01T00:00:00Z", &["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]);
        // 2026-01-01 is a Thursday. Both days restricted: either matches.
        check("0 0 3 * mon", "", "2026-01-01T00:00:00Z", &["2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"]);
        check("0 0 * feb-MAR sun", "", "2026-01-01T00:00:00Z", &["2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z"]);
        check("0 0 29 2 *", "", "2026-01-01T00:00:00Z", &["2028-02-29T00:00:00Z"]);
        check("@every 90s", "", "2026-01-01T00:00:30Z", &["2026-01-01T00:02:00Z", "2026-01-01T00:03:30Z"]);
        check("@every 1h0.5m", "", "2026-01-01T00:00:00Z", &["2026-01-01T01:00:30Z"]);
        check("0 9 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", &["2026-03-29T07:00:00Z"]);
        // On 29 March 2026 there is no half past two in Berlin; on 25 October there are two.
        check("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", &["2026-03-30T00:30:00Z"]);
        check("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]);
        // In Cairo the clocks skip the midnight with which Friday 24 April 2026 would begin, and with it the whole day; on Lord
        // Howe Island they skip half an hour on 4 October.
        check("30 1 * * 5", "Africa/Cairo", "2026-04-22T18:00:00Z", &["2026-04-30T22:30:00Z"]);
        check("0 3 * * 0", "Australia/Lord_Howe", "2026-10-02T02:00:00Z", &["2026-10-10T16:00:00Z"]);
        check("15 * * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", &["2026-01-01T00:45:00Z", "2026-01-01T01:45:00Z"]);
    }

    #[test]
    fn some_schedules_are_never_due() {
        for schedule in ["0 0 31 2 *", "0 0 30 feb *", ", * * * *"] {
            let parsed: Schedule = schedule.parse().expect("a valid schedule");
            assert_eq!(parsed.next(Timestamp::from_secs(1_767_225_600), None), None, "{schedule}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_as_the_parser_says_it() {
        let check = |schedule: &str, error: &str| assert_eq!(schedule.parse::<Schedule>(), Err(error.into()));
        check("every minute", "expected exactly 5 fields, found 2: [every minute]");
        check("0 * * * * *", "expected exactly 5 fields, found 6: [0 * * * * *]");
        check("61 * * * *", "end of range (61) above maximum (59): 61");
        check("* * 0 * *", "beginning of range (0) below minimum (1): 0");
        check("9-5 * * * *", "beginning of range (9) beyond end of range (5): 9-5");
        check("*/0 * * * *", "step of range should be a positive number: */0");
        check("1-2-3 * * * *", "too many hyphens: 1-2-3");
        check("1/2/3 * * * *", "too many slashes: 1/2/3");
        check("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
        check("*/-5 * * * *", "negative number (-5) not allowed: -5");
        check("-5 * * * *", "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax");
        check("* * * * 7", "end of range (7) above maximum (6): 7");
        check("@reboot", "unrecognized descriptor: @reboot");
        check("@every 5", "failed to parse duration @every 5: time: missing unit in duration \"5\"");
        check("@every 1.2.3s", "failed to parse duration @every 1.2.3s: time: missing unit in duration \"1.2.3s\"");
        check("@every ..3s", "failed to parse duration @every ..3s: time: invalid duration \"..3s\"");
        check(
            "* * * * \"mon\\",
            "failed to parse int from \"mon\\: strconv.Atoi: parsing \"\\\"mon\\\\\": invalid syntax",
        );
        check(
            "@every 5\"é",
            "failed to parse duration @every 5\"é: time: unknown unit \"\\\"\\xc3\\xa9\" in duration \"5\\\"\\xc3\\xa9\"",
        );
        check("@every x", "failed to parse duration @every x: time: invalid duration \"x\"");
        check("@every 5y", "failed to parse duration @every 5y: time: unknown unit \"y\" in duration \"5y\"");
    }
}

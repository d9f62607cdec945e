//! `date`, by the virtual clock. All machines are in UTC.

use super::{Desk, Run, Tool};
use crate::sim::Timestamp;

pub(super) const TOOLS: &[Tool] = &[Tool { name: "date", run: Run::Plain(date) }];

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Year, month from 1 and day of a number of days since 1970 (after Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month as usize, of_year - (153 * shifted + 2) / 5 + 1)
}

/// The days since 1970 of a date.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// An instant in the format of `strftime`.
pub(super) fn format(at: Timestamp, format: &str) -> String {
    let (secs, millis) = (at.as_secs() as i64, at.as_millis() % 1000);
    let (days, time) = (secs / 86_400, secs % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let weekday = (days + 4).rem_euclid(7) as usize;
    let of_year = days - days_of(year, 1, 1) + 1;
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(symbol) = rest.next() {
        if symbol != '%' {
            text.push(symbol);
            continue;
        }
        let mut letter = rest.next();
        let mut unpadded = false;
        let mut digits = 9;
        while let Some(flag @ ('-' | '_' | '0' | '^' | '#' | '1'..='9' | ':')) = letter {
            unpadded |= flag == '-';
            digits = flag.to_digit(10).filter(|digits| *digits > 0).unwrap_or(digits);
            letter = rest.next();
        }
        let two = |number: i64| if unpadded { number.to_string() } else { format!("{number:02}") };
        text += &match letter {
            Some('Y') => year.to_string(),
            Some('C') => two(year / 100),
            Some('y') => two(year % 100),
            Some('m') => two(month as i64),
            Some('d') => two(day),
            Some('e') if unpadded => day.to_string(),
            Some('e') => format!("{day:2}"),
            Some('H') => two(hour),
            Some('k') => format!("{hour:2}"),
            Some('I') => two(half),
            Some('l') => format!("{half:2}"),
            Some('M') => two(minute),
            Some('S') => two(second),
            Some('N') => format!("{:09}", millis * 1_000_000)[..digits as usize].to_owned(),
            Some('s') => secs.to_string(),
            Some('j') => {
                if unpadded {
                    of_year.to_string()
                } else {
                    format!("{of_year:03}")
                }
            }
            Some('a') => DAYS[weekday][..3].to_owned(),
            Some('A') => DAYS[weekday].to_owned(),
            Some('b' | 'h') => MONTHS[month - 1][..3].to_owned(),
            Some('B') => MONTHS[month - 1].to_owned(),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('u') => if weekday == 0 { 7 } else { weekday }.to_string(),
            Some('w') => weekday.to_string(),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('F') => self::format(at, "%Y-%m-%d"),
            Some('T') => self::format(at, "%H:%M:%S"),
            Some('R') => self::format(at, "%H:%M"),
            Some('r') => self::format(at, "%I:%M:%S %p"),
            Some('D' | 'x') => self::format(at, "%m/%d/%y"),
            Some('X') => self::format(at, "%H:%M:%S"),
            Some('c') => self::format(at, "%a %b %e %H:%M:%S %Y"),
            Some('n') => "\n".to_owned(),
            Some('t') => "\t".to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
    }
    text
}

fn date(desk: &mut Desk<'_>) -> i32 {
    let mut at = desk.now();
    let mut shape = None;
    let args = desk.args[1..].to_vec();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-u" | "--utc" | "--universal" => {}
            "-R" | "--rfc-email" => shape = Some("%a, %d %b %Y %H:%M:%S %z".to_owned()),
            "-Iseconds" | "-Is" | "--iso-8601=seconds" => shape = Some("%Y-%m-%dT%H:%M:%S+00:00".to_owned()),
            "-I" | "--iso-8601" => shape = Some("%Y-%m-%d".to_owned()),
            "-d" | "--date" => {
                let text = args.next().unwrap_or_default();
                match parse(&text, at) {
                    Some(instant) => at = instant,
                    None => {
                        desk.complain(desk.words(format!("invalid date '{text}'"), format!("invalid date '{text}'")));
                        return 1;
                    }
                }
            }
            _ => {
                if let Some(text) = arg.strip_prefix("--date=") {
                    match parse(text, at) {
                        Some(instant) => at = instant,
                        None => {
                            desk.complain(format!("invalid date '{text}'"));
                            return 1;
                        }
                    }
                } else if let Some(text) = arg.strip_prefix('+') {
                    shape = Some(text.to_owned());
                } else if let Some(flag) = arg.strip_prefix('-') {
                    desk.complain(
                        desk.words(format!("invalid option -- '{flag}'"), format!("unrecognized option: {flag}")),
                    );
                    return 1;
                } else {
                    desk.complain(format!("invalid date '{arg}'"));
                    return 1;
                }
            }
        }
    }
    let text = format(at, shape.as_deref().unwrap_or("%a %b %e %H:%M:%S %Z %Y"));
    desk.line(text);
    0
}

/// `@1700000000`, `2026-01-01`, `2026-01-01T12:00:00Z`, `now`, `+5 minutes`, `2 days ago`, `yesterday`.
fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(secs) = text.strip_prefix('@') {
        return secs.parse().ok().map(Timestamp::from_secs);
    }
    let number = |text: &str| text.parse::<i64>().ok();
    let head = text.get(..10).filter(|head| head.len() == 10 && head.matches('-').count() == 2);
    let mut secs = now.as_secs() as i64;
    let mut rest = text;
    if let Some(head) = head {
        let mut parts = head.split('-').map(number);
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        secs = days_of(year, month, day) * 86_400;
        rest = text[10..].trim_start_matches(['T', ' ']);
        let time = rest.split([' ', 'Z', '+']).next()?;
        if time.contains(':') {
            let mut parts = time.split(':').map(|part| number(part.split('.').next().unwrap_or(part)));
            secs += parts.next()?? * 3600 + parts.next()?? * 60 + parts.next().unwrap_or(Some(0))?;
            rest = rest[time.len()..].trim_start_matches('Z');
        }
    }
    let mut words = rest.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let amount = match word {
            "now" | "today" | "UTC" | "ago" => continue,
            "yesterday" => {
                secs -= 86_400;
                continue;
            }
            "tomorrow" => {
                secs += 86_400;
                continue;
            }
            word => number(word.trim_start_matches('+'))?,
        };
        let unit = match words.next()?.trim_end_matches('s') {
            "sec" | "second" => 1,
            "min" | "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 604_800,
            _ => return None,
        };
        let sign = if words.peek() == Some(&"ago") { -1 } else { 1 };
        secs = secs.checked_add(amount.checked_mul(unit)?.checked_mul(sign)?)?;
    }
    u64::try_from(secs).ok().map(Timestamp::from_secs)
}

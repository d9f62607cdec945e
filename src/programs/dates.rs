//! Dates in UTC, from and to milliseconds since 1970.

/// Year, month and day from 1, hour, minute, second, millisecond; and the day of the week from Sunday = 0.
pub fn parts(millis: i64) -> [i64; 8] {
    let days = millis.div_euclid(86_400_000);
    let rest = millis.rem_euclid(86_400_000);
    // Years begin in March here: the leap day is the last of one (Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    [year, month, day, rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000, (days + 4).rem_euclid(7)]
}

/// Milliseconds of a date whose month counts from 1; parts that are too large or small carry over.
pub fn millis(year: i64, month: i64, day: i64, time: i64) -> i64 {
    let months = (month - 1).clamp(-120_000, 120_000);
    let (year, month) = (year.clamp(-100_000, 100_000) + months.div_euclid(12), months.rem_euclid(12) + 1);
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468 + (day - 1).clamp(-10_000_000, 10_000_000);
    days * 86_400_000 + time
}

/// As ISO 8601 has it: `2020-02-28T00:00:00.000Z`.
pub fn iso(millis: i64) -> String {
    let [year, month, day, hour, minute, second, milli, _] = parts(millis);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Reads what ISO 8601 has, in UTC or with an offset; a date alone as well.
pub fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once(['T', ' ']).unwrap_or((text.trim(), ""));
    let mut numbers = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) =
        (numbers.next()?.ok()?, numbers.next().unwrap_or(Ok(1)).ok()?, numbers.next().unwrap_or(Ok(1)).ok()?);
    let (time, offset) = match time.find(['Z', '+', '-']) {
        Some(place) => time.split_at(place),
        None => (time, ""),
    };
    let mut clock = 0;
    for (part, unit) in time.split(':').zip([3_600_000.0, 60_000.0, 1000.0]).filter(|(part, _)| !part.is_empty()) {
        clock += libm::rint(part.parse::<f64>().ok()? * unit) as i64;
    }
    let offset = match offset.trim_start_matches('Z') {
        "" => 0,
        offset => {
            let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "0"));
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if offset.starts_with('-') { -minutes } else { minutes }
        }
    };
    Some(millis(year, month, day, clock) - offset * 60_000)
}

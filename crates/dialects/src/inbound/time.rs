//! Reads instants as vendors write them.

use usher_domain::Timestamp;

/// An instant in RFC 3339 form, to the millisecond; `None` when it is none.
pub fn rfc3339(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let [year, month, day] = numbers(date, '-')?;
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(whole, ':')?;
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !fits || year > 9999 {
        return None;
    }
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    Some(Timestamp::from_millis(seconds * 1_000 + milliseconds(fraction)?))
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let all: Option<Vec<i64>> = text.split(separator).map(digits).collect();
    all?.try_into().ok()
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (digits(hours)? * 3_600 + digits(minutes)? * 60))
}

/// Milliseconds of a fraction of a second; further digits are cut.
fn milliseconds(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}")[..3].parse().ok()
}

/// Days from 1970-01-01 in the Gregorian calendar, years counted from March so that the leap day is the last one.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_to_the_millisecond() {
        let rows = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2021-04-28T01:25:22.352Z", Some(1_619_573_122_352)),
            ("2021-04-28T09:25:22.352999999+08:00", Some(1_619_573_122_352)),
            ("2024-02-29T23:59:59.5Z", Some(1_709_251_199_500)),
            ("2021-13-01T00:00:00Z", None),
            ("2021-04-28 01:25:22Z", None),
            ("2021-04-28T01:25:22", None),
            ("2021-04-28T01:25:22.é1Z", None),
            ("T", None),
        ];
        for (text, expected) in rows {
            assert_eq!(rfc3339(text).map(Timestamp::millis), expected, "{text}");
        }
    }
}

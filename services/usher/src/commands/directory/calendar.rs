//! Calendars: business hours of a week in a time zone, holidays and special days, as the intervals that a desk goes by.
//!
//! A span belongs to the day on which it begins: `22:00-06:00` on a Friday is open on Saturday morning even where that is
//! a holiday. Where the clocks are changed, an hour that does not exist is moved behind the gap, and of one that comes
//! twice a span begins with the first and ends with the second.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use usher_domain::policy::{Calendar, Interval};
use usher_domain::{CalendarId, Timestamp};

use super::fields::{Field, Settings};

/// How far calendars are worked out ahead where they do not say.
const HORIZON: Duration = Duration::from_secs(400 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Open hours of one day, in order.
type Hours = Vec<Span>;

/// From an hour of the day to another; `to` at or before `from` is one of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: Time,
    to: Time,
}

/// A calendar as people write it.
struct Plan {
    zone: TimeZone,
    week: [Hours; 7],
    holidays: BTreeSet<Date>,
    days: BTreeMap<Date, Hours>,
    horizon: Duration,
}

/// Reads a calendar and works it out from a day before `now` on.
pub(super) fn read(field: Field, now: Timestamp) -> Result<Calendar> {
    let mut settings = field.settings()?;
    let name = settings.needed("calendar")?.name()?;
    let path = format!("calendars.{name}");
    let plan = plan(settings.called(path.clone()), &path)?;
    plan.work_out(CalendarId::new(name.as_str()), now).context(path)
}

fn plan(mut settings: Settings, path: &str) -> Result<Plan> {
    let zone = zone(&settings.needed("timezone")?)?;
    let week = settings.take("hours").map_or_else(|| Ok(Default::default()), week)?;
    let holidays = settings.take("holidays").map_or(Ok(Vec::new()), Field::list)?;
    let holidays = holidays.iter().map(date).collect::<Result<BTreeSet<_>>>()?;
    let days = settings.take("days").map_or_else(|| Ok(BTreeMap::new()), days)?;
    let horizon = settings.take("horizon").map_or(Ok(HORIZON), |field| field.span(DAY))?;
    settings.end(&["calendar", "timezone", "hours", "holidays", "days", "horizon"])?;
    if week.iter().chain(days.values()).all(Vec::is_empty) {
        bail!("{path}: is never open; write hours, for example hours: {{mon-fri: \"09:00-18:00\"}}");
    }
    Ok(Plan { zone, week, holidays, days, horizon })
}

fn zone(field: &Field) -> Result<TimeZone> {
    let name = field.name()?;
    match TimeZone::get(&name) {
        Ok(zone) => Ok(zone),
        Err(_) => field.wrong("is no time zone of the IANA database; write for example Asia/Shanghai or Europe/Berlin"),
    }
}

fn week(field: Field) -> Result<[Hours; 7]> {
    let mut week: [Hours; 7] = Default::default();
    let mut seen = BTreeSet::new();
    for (key, field) in field.settings()?.rest() {
        let Some((from, to)) = weekdays(&key) else {
            return field.wrong("is no day; write mon, tue, wed, thu, fri, sat, sun, or mon-fri");
        };
        let hours = hours(field.clone())?;
        for day in from..=to {
            if !seen.insert(day) {
                return field.wrong(&format!("{} stands here twice", DAYS[day].0));
            }
            week[day].clone_from(&hours);
        }
    }
    Ok(week)
}

/// `mon`, or `mon-fri`, as places in [`DAYS`].
fn weekdays(text: &str) -> Option<(usize, usize)> {
    let place = |name: &str| DAYS.iter().position(|(day, _)| *day == name);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (place(from)?, place(to)?);
    (from <= to).then_some((from, to))
}

fn days(field: Field) -> Result<BTreeMap<Date, Hours>> {
    let mut days = BTreeMap::new();
    for (key, field) in field.settings()?.rest() {
        let Some(date) = date_of(&key) else { return field.wrong(NO_DATE) };
        days.insert(date, hours(field)?);
    }
    Ok(days)
}

const NO_DATE: &str = "is no date; write for example 2027-02-08";

fn date(field: &Field) -> Result<Date> {
    match date_of(&field.text()?) {
        Some(date) => Ok(date),
        None => field.wrong(NO_DATE),
    }
}

fn date_of(text: &str) -> Option<Date> {
    let of_form = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|_| of_form)
}

/// `["09:00-12:00", "13:00-18:00"]`, one of them without brackets, or `closed`.
fn hours(field: Field) -> Result<Hours> {
    if field.is_scalar() {
        return if field.text()? == "closed" { Ok(Vec::new()) } else { Ok(vec![span(&field)?]) };
    }
    let mut hours = Hours::new();
    for field in field.list()? {
        let span = span(&field)?;
        let before = hours.last();
        if before.is_some_and(|before: &Span| before.to <= before.from || before.to > span.from) {
            return field.wrong("must be later than the hours before it on that day");
        }
        hours.push(span);
    }
    Ok(hours)
}

fn span(field: &Field) -> Result<Span> {
    const FORM: &str = "are no hours; write for example \"09:00-18:00\"; \"22:00-06:00\" ends on the next day";
    let text = field.text()?;
    let read = text.split_once('-').and_then(|(from, to)| Some(Span { from: clock(from)?, to: clock_of_end(to)? }));
    match read {
        Some(Span { from, to }) if from == to && from != Time::midnight() => {
            field.wrong("begin and end at once; for the whole day write \"00:00-24:00\"")
        }
        Some(span) => Ok(span),
        None => field.wrong(FORM),
    }
}

/// `24:00` is the midnight that ends a day.
fn clock_of_end(text: &str) -> Option<Time> {
    if text == "24:00" { Some(Time::midnight()) } else { clock(text) }
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5)?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

impl Plan {
    fn work_out(&self, id: CalendarId, now: Timestamp) -> Result<Calendar> {
        let today = jiff::Timestamp::from_millisecond(now.millis())?.to_zoned(self.zone.clone()).date();
        let until = self.start(today.checked_add(jiff::SignedDuration::try_from(self.horizon)?)?, Time::midnight())?;
        let mut open: Vec<Interval> = Vec::new();
        let mut date = today.checked_sub(1.day())?;
        while self.start(date, Time::midnight())? < until {
            for span in self.hours_of(date) {
                let interval = self.interval(date, *span, until)?;
                if interval.to > now && interval.from < interval.to {
                    add(&mut open, interval);
                }
            }
            date = date.tomorrow()?;
        }
        Ok(Calendar { id, open, until })
    }

    fn hours_of(&self, date: Date) -> &[Span] {
        match self.days.get(&date) {
            Some(hours) => hours,
            None if self.holidays.contains(&date) => &[],
            None => &self.week[date.weekday().to_monday_zero_offset() as usize],
        }
    }

    fn interval(&self, date: Date, span: Span, until: Timestamp) -> Result<Interval> {
        let last = if span.to <= span.from { date.tomorrow()? } else { date };
        Ok(Interval { from: self.start(date, span.from)?.min(until), to: self.end(last, span.to)?.min(until) })
    }

    fn start(&self, date: Date, time: Time) -> Result<Timestamp> {
        Ok(instant(&self.zone.to_ambiguous_zoned(date.to_datetime(time)).compatible()?))
    }

    fn end(&self, date: Date, time: Time) -> Result<Timestamp> {
        Ok(instant(&self.zone.to_ambiguous_zoned(date.to_datetime(time)).later()?))
    }
}

fn instant(zoned: &jiff::Zoned) -> Timestamp {
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
}

/// Adds an interval that does not begin before the last one; what touches is one.
fn add(open: &mut Vec<Interval>, interval: Interval) {
    match open.last_mut() {
        Some(last) if interval.from <= last.to => last.to = last.to.max(interval.to),
        _ => open.push(interval),
    }
}

#[cfg(test)]
mod tests;

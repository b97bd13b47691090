//! Calendars worked out: weeks, holidays, nights, and the days on which the clocks are changed.

use usher_runtime::config::read_yaml;

use super::*;

/// The open times of a calendar from an instant on, in UTC, as far as it is worked out.
fn open(now: &str, yaml: &str) -> Vec<String> {
    let calendar = calendar(now, yaml).expect("a calendar");
    calendar.open.iter().map(|span| format!("{} – {}", short(span.from), short(span.to))).collect()
}

fn calendar(now: &str, yaml: &str) -> Result<Calendar> {
    let now: jiff::Timestamp = now.parse().expect("an instant");
    let value = read_yaml("directory.yaml", &format!("{{calendar: office, {yaml}}}")).expect("YAML");
    read(Field::file(value), Timestamp::from_millis(now.as_millisecond()))
}

fn short(at: Timestamp) -> String {
    at.utc().to_string()[5..16].to_owned()
}

#[test]
fn a_week_is_worked_out_in_its_time_zone() {
    // 2026-11-20 is a Friday.
    let yaml =
        "timezone: Asia/Shanghai, hours: {mon-fri: ['09:00-12:00', '13:30-18:00'], sat: '10:00-16:00'}, horizon: 4d";
    assert_eq!(
        open("2026-11-20T00:00:00Z", yaml),
        [
            "11-20T01:00 – 11-20T04:00",
            "11-20T05:30 – 11-20T10:00",
            "11-21T02:00 – 11-21T08:00",
            "11-23T01:00 – 11-23T04:00",
            "11-23T05:30 – 11-23T10:00",
        ]
    );
}

#[test]
fn it_begins_with_what_is_open_now_and_ends_with_the_horizon() {
    let yaml = "timezone: UTC, hours: {mon-sun: '22:00-06:00'}, horizon: 2d";
    let all = open("2026-11-20T03:00:00Z", yaml);
    assert_eq!(
        all,
        ["11-19T22:00 – 11-20T06:00", "11-20T22:00 – 11-21T06:00", "11-21T22:00 – 11-22T00:00"],
        "the night that runs counts, and the last is cut where the calendar ends"
    );
    let until = calendar("2026-11-20T03:00:00Z", yaml).expect("a calendar").until;
    assert_eq!(short(until), "11-22T00:00");
}

#[test]
fn it_reaches_four_hundred_days_when_nothing_is_said() {
    let calendar =
        calendar("2026-01-01T12:00:00Z", "timezone: UTC, hours: {mon-sun: '00:00-24:00'}").expect("a calendar");
    assert_eq!(calendar.until.utc().to_string(), "2027-02-05T00:00:00.000Z");
    assert_eq!(calendar.open.len(), 1, "days that touch are one span");
}

#[test]
fn holidays_are_closed_and_special_days_have_their_own_hours() {
    let yaml = "timezone: UTC, hours: {mon-sun: '09:00-18:00'}, holidays: [2026-12-25, 2026-12-26], \
                days: {2026-12-24: '09:00-12:00', 2026-12-26: '10:00-11:00'}, horizon: 4d";
    assert_eq!(
        open("2026-12-24T00:00:00Z", yaml),
        ["12-24T09:00 – 12-24T12:00", "12-26T10:00 – 12-26T11:00", "12-27T09:00 – 12-27T18:00"],
        "what is said of a day wins over that it is a holiday"
    );
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let yaml = "timezone: UTC, hours: {mon-sun: '22:00-06:00'}, holidays: [2026-12-25], horizon: 3d";
    assert_eq!(
        open("2026-12-24T12:00:00Z", yaml),
        ["12-24T22:00 – 12-25T06:00", "12-26T22:00 – 12-27T00:00"],
        "into the holiday, not out of it"
    );
}

#[test]
fn a_night_is_an_hour_shorter_or_longer_when_the_clocks_are_changed() {
    let yaml = "timezone: Europe/Berlin, hours: {sat: '22:00-06:00'}, horizon: 3d";
    // To summer time on Sunday 2027-03-28 at 02:00, back on Sunday 2027-10-31 at 03:00.
    assert_eq!(open("2027-03-27T12:00:00Z", yaml), ["03-27T21:00 – 03-28T04:00"]);
    assert_eq!(open("2027-10-30T12:00:00Z", yaml), ["10-30T20:00 – 10-31T05:00"]);
}

#[test]
fn hours_that_do_not_exist_move_behind_the_gap_and_hours_that_come_twice_are_open_twice() {
    let yaml = "timezone: Europe/Berlin, hours: {sun: '02:30-10:00'}, horizon: 3d";
    assert_eq!(open("2027-03-27T12:00:00Z", yaml), ["03-28T01:30 – 03-28T08:00"], "03:30 is the first there is");
    let yaml = "timezone: Europe/Berlin, hours: {sun: '02:15-02:45'}, horizon: 3d";
    assert_eq!(open("2027-10-30T12:00:00Z", yaml), ["10-31T00:15 – 10-31T01:45"], "from the first to the second");
}

#[test]
fn what_is_wrong_with_a_calendar_is_told_with_its_path_and_the_fix() {
    for (yaml, said) in [
        ("hours: {}", "calendars.office.timezone: is missing"),
        ("timezone: Beijing", "calendars.office.timezone: is no time zone of the IANA database"),
        ("timezone: UTC, hours: {monday: '09:00-18:00'}", "calendars.office.hours.monday: is no day; write mon"),
        ("timezone: UTC, hours: {fri-mon: '09:00-18:00'}", "calendars.office.hours.fri-mon: is no day"),
        ("timezone: UTC, hours: {mon-fri: '09:00-18:00', wed: closed}", "wed stands here twice"),
        ("timezone: UTC, hours: {mon: '9-18'}", "calendars.office.hours.mon: are no hours; write for example"),
        ("timezone: UTC, hours: {mon: '09:00-25:00'}", "are no hours"),
        ("timezone: UTC, hours: {mon: '09:00-09:00'}", "begin and end at once; for the whole day write"),
        ("timezone: UTC, hours: {mon: ['09:00-12:00', '11:00-13:00']}", "calendars.office.hours.mon[1]: must be later"),
        ("timezone: UTC, holidays: [2026-02-30]", "calendars.office.holidays[0]: is no date; write for example"),
        ("timezone: UTC, days: {tomorrow: closed}", "calendars.office.days.tomorrow: is no date"),
        ("timezone: UTC, horizon: 5h", "calendars.office.horizon: must be at least 1d"),
        ("timezone: UTC, holidays: [2026-01-01]", "calendars.office: is never open; write hours"),
        ("timezone: UTC, hollidays: []", "calendars.office.hollidays: there is no such setting"),
    ] {
        let error = format!("{:#}", calendar("2026-01-01T00:00:00Z", yaml).expect_err(yaml));
        assert!(error.contains(said), "{yaml}: {error}");
    }
}

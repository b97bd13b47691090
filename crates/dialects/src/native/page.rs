//! Holds the page of the native API to the code: no call, field, refusal or webhook without its row, and no row without
//! one of them.

use std::collections::BTreeSet;
use std::time::Duration;

use usher_domain::supervision::SupervisionRefusal;

use crate::condition::Condition;
use crate::inbound::sample::{ACME_KEY, ACME_SUPERVISOR_KEY, Sample};

const PAGE: &str = include_str!("../../../../docs/api.md");
const CALLS: &str = include_str!("inbound/call.rs");
const SUPERVISORS: &str = include_str!("inbound/supervisor.rs");
const WEBHOOKS: &str = include_str!("outbound/body.rs");
const SESSION: &str = "00000000000080008000000000000007.5.0000000000000009";

/// The rows of the first table below a heading, each as its cells.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let heading = format!("\n## {heading}\n");
    let below = PAGE.split_once(heading.as_str()).unwrap_or_else(|| panic!("no heading {heading}")).1;
    let table = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    table.skip(2).map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The names in backticks.
fn names(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The string literals of a source file that follow `before`.
fn literals<'a>(source: &'a str, before: &str) -> BTreeSet<&'a str> {
    source.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_call_has_a_row_and_every_row_is_a_call() {
    let told: BTreeSet<&str> = rows("Calls").iter().flat_map(|row| names(row[0])).collect();
    let calls: BTreeSet<String> = literals(CALLS, "\"/v1/").iter().map(|rest| format!("/v1/{rest}")).collect();
    assert_eq!(told, calls.iter().map(String::as_str).collect());
    for pattern in told {
        let path = filled(pattern);
        assert_eq!(super::inbound::pattern(&path), Some(pattern));
    }
}

#[test]
fn every_command_of_supervisors_has_a_row_with_its_fields() {
    let told: BTreeSet<&str> = rows("Supervisors").iter().flat_map(|row| names(row[0])).collect();
    let calls: BTreeSet<String> = literals(SUPERVISORS, "=> \"/v1/").iter().map(|rest| format!("/v1/{rest}")).collect();
    assert_eq!(told, calls.iter().map(String::as_str).collect());
    for row in rows("Supervisors") {
        let sample = Sample::post(filled(row[0].trim_matches('`')), r#"{"no_such_field":1}"#);
        let sample = sample.header("authorization", format!("Bearer {ACME_SUPERVISOR_KEY}"));
        let (_, sentence) = sample.refusal();
        let known = sentence.split_once("known are ").unwrap_or_else(|| panic!("{sentence}")).1;
        assert_eq!(names(row[1]), known.split(", ").collect(), "{}", sample.path);
    }
}

#[test]
fn every_reason_for_refusing_a_supervisor_is_named() {
    let told = PAGE.split_once("\nRefused are: ").expect("a sentence").1;
    let told = names(told.split_once(".\n").expect("its end").0);
    assert_eq!(told, SupervisionRefusal::ALL.into_iter().map(SupervisionRefusal::name).collect());
}

fn filled(pattern: &str) -> String {
    pattern.replace("{desk}", "acme-desk").replace("{agent}", "li").replace("{session}", SESSION)
}

#[test]
fn every_call_takes_the_fields_of_its_row() {
    let explained: BTreeSet<&str> = rows("Fields").iter().flat_map(|row| names(row[0])).collect();
    for row in rows("Calls") {
        let [path, fields, ..] = row.as_slice() else { panic!("a short row: {row:?}") };
        let path = filled(path.trim_matches('`'));
        let body = r#"{"no_such_field":1}"#;
        let sample = Sample::post(path, body).header("authorization", format!("Bearer {ACME_KEY}"));
        let (_, sentence) = sample.refusal();
        let known = sentence.split_once("known are ").unwrap_or_else(|| panic!("{sentence}")).1;
        assert_eq!(names(fields), known.split(", ").collect(), "{}", sample.path);
        assert!(names(fields).is_subset(&explained), "{} has a field without a row", sample.path);
    }
}

#[test]
fn every_refusal_has_a_row() {
    let text = || "x".to_owned();
    let conditions = [
        Condition::invalid("x", "x"),
        Condition::Unauthorised(text()),
        Condition::Forbidden(text()),
        Condition::NotFound(text()),
        Condition::MethodNotAllowed { allowed: "POST" },
        Condition::TooSlow { limit_ms: 1 },
        Condition::TooLarge { limit_bytes: 1 },
        Condition::HeadTooLarge { limit_bytes: 1 },
        Condition::UnsupportedMediaType { expected: "x" },
        Condition::Internal,
        Condition::Unavailable { reason: text(), retry_after: Duration::from_secs(1) },
    ];
    let said: BTreeSet<(String, &str)> =
        conditions.iter().map(|condition| (condition.status().to_string(), condition.name())).collect();
    let told: Vec<_> = rows("Refusals");
    let told = told.iter().map(|row| (row[0].to_owned(), row[1].trim_matches('`'))).collect();
    assert_eq!(said, told);
}

#[test]
fn every_webhook_has_a_row() {
    let told: BTreeSet<&str> = rows("Webhooks").iter().flat_map(|row| names(row[0])).collect();
    assert_eq!(told, literals(WEBHOOKS, "\"type\": \""));
    let told: BTreeSet<&str> = rows("Content").iter().flat_map(|row| names(row[0])).collect();
    let kinds = ["text", "image", "audio", "video", "file", "card", "menu", "location", "suggestion", "opaque"];
    assert_eq!(told, kinds.into());
}

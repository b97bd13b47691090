//! What nobody should send, to every path of every dialect: bad signatures, repeats, truncated and deep and huge bodies,
//! wrong types, NUL, lone surrogates, bidi controls, bytes that are no UTF-8, paths that are none. Always a clear refusal
//! in the dialect's own shape or something that a core can take, never a panic, and the next good request is heard.
//!
//! What is rightly signed and can not be read is answered with 2xx by those whose vendor repeats or blocks what is
//! refused; it must stand among the dead letters then.

mod calls;
mod payloads;
mod request;
mod shapes;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use usher_dialects::inbound::replays::Replays;
use usher_domain::{Body, InputId, Timestamp};
use usher_routing_core::conversation::{ConversationCore, Input};

use calls::{Call, Repeat, calls};
use payloads::CANARY;
use request::{NOW, Sent, Told, heard, place};

/// Hears one request and checks what must hold of every answer.
#[track_caller]
fn check(label: &str, sent: &Sent) -> Told {
    let told = catch_unwind(AssertUnwindSafe(|| heard(sent, &Replays::default())));
    let Ok(told) = told else { panic!("{label}: panicked") };
    assert!(told.status < 500, "{label}: {} is our own fault", told.status);
    assert_eq!(told.accepted, (200..300).contains(&told.status), "{label}: {}", told.status);
    if !told.accepted {
        assert!(told.bodies.is_empty(), "{label}: refused, and written all the same");
        shapes::check(label, sent, &told);
        let said = String::from_utf8_lossy(&told.body);
        let digits = CANARY.number.trim_start_matches('+');
        assert!(!said.contains(CANARY.word) && !said.contains(digits), "{label}: quotes the sender: {said}");
    }
    step(label, &told.bodies);
    told
}

/// A core takes whatever the edge lets in.
#[track_caller]
fn step(label: &str, bodies: &[Body]) {
    let mut core = ConversationCore::new();
    for body in bodies {
        if let Body::DeadLetter(letter) = body {
            assert!(!letter.reason.contains(CANARY.word), "{label}: the reason quotes the sender");
        }
        if let Body::Conversation(input) = body {
            let taken = catch_unwind(AssertUnwindSafe(|| core.step(Input::Act(input.clone()), NOW)));
            assert!(taken.is_ok(), "{label}: the core panicked");
        }
    }
}

/// The good request is heard as it is heard when nothing came before it.
#[track_caller]
fn good(call: &Call) -> Told {
    let told = check(call.label, &call.good());
    assert!(told.accepted, "{}: {} {}", call.label, told.status, String::from_utf8_lossy(&told.body));
    let letters = told.bodies.iter().filter(|body| matches!(body, Body::DeadLetter(_))).count();
    assert_eq!((letters, told.bodies.len()), (0, call.records), "{}", call.label);
    told
}

#[test]
fn every_path_that_is_heard_is_tried() {
    let tried: BTreeSet<&str> = calls().iter().map(|call| place(&call.good()).pattern).collect();
    let known = patterns();
    assert!(known.len() > 20, "the search for patterns finds nothing any more: {known:?}");
    let untried: Vec<&String> = known.iter().filter(|pattern| !tried.contains(pattern.as_str())).collect();
    assert!(untried.is_empty(), "add calls for {untried:?}");
}

/// The paths in the sources of the dialects' inbound side, as they are written there. Files, what visitors collect and
/// what people look at are read elsewhere, with tests of their own.
fn patterns() -> BTreeSet<String> {
    let elsewhere = ["Stream", "/v1/media", "/v1/stream/ack"];
    let looks = ["/v1/desks/{desk}", "/v1/sessions/{session}/explain"];
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.contains("/inbound") && !name.contains("/tests") {
                found.extend(literals(&std::fs::read_to_string(&path).expect("a source file")));
            }
        }
    }
    found.retain(|pattern| !looks.contains(&pattern.as_str()));
    found.retain(|pattern| !elsewhere.iter().any(|other| pattern.contains(other) && pattern != "/v1/stream-tokens"));
    found
}

/// The literals of a source that are whole paths: with a first segment of ours, and not the beginning of one.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let first = ["/v1/", "/webhooks/", "/callbacks/", "/apiaccess/", "/apigovernance/", "/{org}/", "/api/"];
    let is_path = |text: &&str| first.iter().any(|first| text.starts_with(first)) && !text.ends_with('/');
    quoted.filter(is_path).map(str::to_owned).collect()
}

#[test]
fn good_requests_are_heard() {
    for call in calls() {
        good(&call);
    }
}

#[test]
fn whoever_is_not_shown_to_be_who_they_say_is_refused_and_nothing_is_written() {
    for call in calls() {
        for header in &call.credentials {
            for (what, value) in payloads::headers() {
                let label = format!("{}, {header} {what}", call.label);
                let told = check(&label, &call.good().with_header(header, value));
                assert!(!told.accepted, "{label}: accepted");
            }
        }
        for (what, sent) in call.forgeries() {
            let label = format!("{}, {what}", call.label);
            assert!(sent.body != call.good().body || sent.path != call.good().path || sent.query != call.good().query);
            assert!(!check(&label, &sent).accepted, "{label}: accepted");
        }
        good(&call);
    }
}

#[test]
fn repeat_is_refused_or_makes_the_same_records() {
    for call in calls() {
        let replays = Replays::default();
        let sent = call.good();
        let (first, again) = (heard(&sent, &replays), heard(&sent, &replays));
        assert!(first.accepted, "{}", call.label);
        match call.repeat {
            Repeat::Refused => {
                assert!(!again.accepted, "{}", call.label);
                shapes::check(call.label, &sent, &again);
            }
            Repeat::Same => assert_eq!(ids(&first), ids(&again), "{}", call.label),
        }
        if call.repeat == Repeat::Same {
            // Another replica, which has heard nothing, and another instant.
            let elsewhere =
                heard(&Sent { now: NOW.plus(std::time::Duration::from_secs(1)), ..sent }, &Replays::default());
            assert_eq!(ids(&first), ids(&elsewhere), "{}", call.label);
        }
    }
}

fn ids(told: &Told) -> Vec<InputId> {
    let id = |body: &Body| match body {
        Body::Conversation(input) => Some(input.id),
        Body::Desk(input) => Some(input.id),
        _ => None,
    };
    told.bodies.iter().filter_map(id).collect()
}

#[test]
fn broken_bodies_are_refused_or_kept_among_the_dead_letters() {
    for call in calls() {
        for (what, payload) in payloads::broken(&call.payload) {
            let label = format!("{}, {what}", call.label);
            let told = check(&label, &call.seal(&payload));
            if told.accepted && call.is_json {
                let letters = told.bodies.iter().filter(|body| matches!(body, Body::DeadLetter(_))).count();
                assert_eq!((letters, told.bodies.len()), (1, 1), "{label}: accepted as what?");
            }
        }
        good(&call);
    }
}

#[test]
fn odd_values_are_refused_or_harmless_wherever_they_stand() {
    for call in calls() {
        for (what, payload) in payloads::odd(&call.payload, call.is_json) {
            check(&format!("{}, {what}", call.label), &call.seal(&payload));
        }
        good(&call);
    }
}

#[test]
fn odd_paths_methods_and_types_are_refused_in_some_dialects_shape() {
    for call in calls() {
        let sent = call.good();
        for path in payloads::paths(&sent.path) {
            check(&format!("{}, at another path", call.label), &Sent { path, ..sent.clone() });
        }
        for method in ["GET", "PUT", "DELETE", "BREW", ""] {
            let label = format!("{}, {method}", call.label);
            let told = check(&label, &Sent { method, ..sent.clone() });
            assert!(!told.accepted, "{label}: accepted");
        }
        for media_type in ["", "text/plain", "application/json; charset=latin1", "\u{fffd}"] {
            check(
                &format!("{}, as {media_type}", call.label),
                &sent.clone().with_header("content-type", Some(media_type.into())),
            );
        }
        for query in ["%", "a=%ff", "a&&=&b", &"x=1&".repeat(10_000)] {
            check(&format!("{}, odd query", call.label), &Sent { query: query.to_owned(), ..sent.clone() });
        }
        good(&call);
    }
}

#[test]
fn odd_clocks_harm_nobody() {
    for call in calls() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            check(&format!("{}, at {ms}", call.label), &Sent { now: Timestamp::from_millis(ms), ..call.good() });
        }
    }
}

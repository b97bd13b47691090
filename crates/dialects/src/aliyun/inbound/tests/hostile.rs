//! What nobody should send: always refused in the vendor's shape, never a panic, and nothing of it said back.

use proptest::prelude::*;

use super::*;

#[test]
fn hostile_texts_are_refused_or_kept_as_they_are() {
    let rows = [
        ("NUL", "Text=a%00b", Some("Text: must not contain U+0000")),
        ("lone surrogate", "Text=%ED%A0%80", Some("parameters: must be UTF-8, percent-encoded")),
        ("overlong", "Text=%C0%AF", Some("parameters: must be UTF-8, percent-encoded")),
        ("broken escape", "Text=%zz", Some("Text is not what was signed")),
        ("bidi controls", "Text=%E2%80%AEabc%E2%81%A6", None),
        ("deep JSON in a text", &format!("Text={}", "%5B".repeat(2_000)), None),
    ];
    for (label, text, problem) in rows {
        let mut sample = call(&with("Text", None));
        sample.query = format!("{}&{text}", sample.query);
        let sample = signed(sample, "acme-ak");
        match problem {
            None => assert!(sample.receive().is_ok(), "{label}"),
            Some("Text is not what was signed") => assert_eq!(refused(&sample).1, "SignatureDoesNotMatch", "{label}"),
            Some(problem) => assert_eq!(refused(&sample).2, problem, "{label}"),
        }
    }
}

#[test]
fn one_megabyte_in_a_form_is_refused_by_its_length() {
    let mut sample = call(&with("Text", None));
    sample.body = format!("Text={}", "a".repeat(1024 * 1024)).into_bytes();
    let sample = signed(sample.header("content-type", "application/x-www-form-urlencoded"), "acme-ak");
    assert_eq!(refused(&sample).2, "Text: must have 1 to 8192 bytes");
}

#[test]
fn refusals_say_nothing_of_what_was_sent() {
    let canary = "canary13512345678";
    for (name, _) in SAID {
        let long = canary.repeat(600);
        for sample in [call(&with(name, Some(&long))), Sample { method: "PUT", ..call(&with(name, Some(canary))) }] {
            if sample.receive().is_err() {
                assert!(!format!("{:?}", refused(&sample)).contains("canary"), "{name}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_query_body_and_header_is_answered_in_the_vendors_shape(
        query in "[ -~]{0,200}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        authorization in prop_oneof![Just(String::new()), "ACS3-HMAC-SHA256 [ -~]{0,120}", "[ -~]{0,80}"],
        form in any::<bool>(),
    ) {
        let mut sample = call(&SAID).header("authorization", authorization);
        sample.query = query;
        sample.body = body;
        if form {
            sample = sample.header("content-type", "application/x-www-form-urlencoded");
        }
        let (status, code, _) = refused(&sample);
        prop_assert!((400..500).contains(&status), "{status} {code}");
    }
}

//! Who calls: what a signature must cover, for how long it counts, and that it counts once.

use std::time::Duration;

use super::*;
use crate::inbound::sample::NOW;
use crate::inbound::signature::is_hmac_sha1;
use crate::outbound::percent_encoded;

fn code(sample: &Sample) -> String {
    refused(sample).1
}

#[test]
fn what_is_signed_can_not_be_changed() {
    let right = call(&SAID);
    let mut other_query = right.clone();
    other_query.query = right.query.replace("user01", "user02");
    let mut more_query = right.clone();
    more_query.query.push_str("&Mode=online");
    let mut body = right.clone();
    body.body = b"Mode=online".to_vec();
    let rows = [
        ("query", other_query),
        ("more query", more_query),
        ("body", body.header("content-type", "application/x-www-form-urlencoded")),
        ("method", Sample { method: "GET", ..right.clone() }),
        ("host", right.clone().header("host", "elsewhere")),
        ("date", right.clone().header("x-acs-date", "2021-04-28T01:26:41Z")),
        ("nonce", right.header("x-acs-signature-nonce", "nonce-2")),
    ];
    for (label, sample) in rows {
        assert_eq!(code(&sample), "SignatureDoesNotMatch", "{label}");
    }
}

#[test]
fn key_and_secret_must_fit() {
    let unknown = call(&SAID).header("x-acs-date", DATE);
    assert_eq!(code(&signed(unknown.clone(), "nobody")), "InvalidAccessKeyId.NotFound");
    let signed_by_other = signed(unknown, "other-ak");
    let header = signed_by_other.headers.iter().find(|(name, _)| *name == "authorization").expect("signed");
    let claimed = header.1.replace("other-ak", "acme-ak");
    assert_eq!(code(&signed_by_other.header("authorization", claimed)), "SignatureDoesNotMatch");
}

#[test]
fn signature_that_can_not_be_checked_is_incomplete() {
    let right = call(&SAID);
    let full = right.headers.iter().find(|(name, _)| *name == "authorization").expect("signed").1.clone();
    let many = format!("SignedHeaders={}", "host;".repeat(40));
    let rows = [
        "".to_owned(),
        "Bearer token".to_owned(),
        "ACS3-HMAC-SHA256".to_owned(),
        "ACS3-HMAC-SM3 Credential=acme-ak,SignedHeaders=host,Signature=00".to_owned(),
        full.replace("Credential=acme-ak,", ""),
        full.replace("SignedHeaders=", "Signed="),
        full.split(",Signature").next().expect("a part").to_owned(),
        full.replace("host;", ""),
        full.replace("x-acs-signature-nonce;", ""),
        full.replace("x-acs-content-sha256;", ""),
        full.replace("SignedHeaders=", &many),
    ];
    for header in rows {
        let sample = right.clone().header("authorization", header.as_str());
        assert_eq!(code(&sample), "IncompleteSignature", "{header}");
    }
    assert_eq!(code(&right.without("authorization")), "IncompleteSignature");
}

#[test]
fn signature_counts_for_15_minutes_either_way() {
    let window = Duration::from_secs(15 * 60);
    let rows = [
        (NOW.plus(window), None),
        (NOW.plus(window + Duration::from_millis(1)), Some("InvalidTimeStamp.Expired")),
        (usher_domain::Timestamp::from_millis(NOW.millis() - 900_000), None),
        (usher_domain::Timestamp::from_millis(NOW.millis() - 900_001), Some("InvalidTimeStamp.Expired")),
    ];
    for (now, expected) in rows {
        let sample = Sample { now, ..call(&SAID) };
        assert_eq!(code_after(&sample, &Replays::default()), expected, "{now}");
    }
    for date in ["yesterday", "1619573200", ""] {
        let sample = signed(call(&SAID).header("x-acs-date", date), "acme-ak");
        assert_eq!(code(&sample), "InvalidTimeStamp.Format", "{date}");
    }
}

#[test]
fn nonce_counts_once_and_only_where_the_signature_fits() {
    let replays = Replays::default();
    let right = call(&SAID);
    let forged = Sample { query: right.query.replace("user01", "user02"), ..right.clone() };
    assert_eq!(code_after(&forged, &replays), Some("SignatureDoesNotMatch"));
    assert_eq!(code_after(&right, &replays), None, "what was forged has not used the nonce up");
    assert_eq!(code_after(&right, &replays), Some("SignatureNonceUsed"));
    let other = signed(call(&with("ReceiverId", Some("user02"))), "acme-ak");
    assert_eq!(code_after(&other, &replays), Some("SignatureNonceUsed"), "also for another message");
    let next = signed(right.header("x-acs-signature-nonce", "nonce-2"), "acme-ak");
    assert_eq!(code_after(&next, &replays), None);
}

/// A call with the older signature.
fn older(parameters: &[(&str, &str)]) -> Sample {
    let mut all = [
        parameters,
        &[
            ("Action", "SendMessageChatText"),
            ("Version", "2020-11-09"),
            ("AccessKeyId", "acme-ak"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", "nonce-1"),
            ("Timestamp", DATE),
        ],
    ]
    .concat();
    all.sort_unstable();
    let text = format!("POST&%2F&{}", percent_encoded(&form(&all)));
    let signature = hmac_sha1("acme-ak-secret&", &text);
    assert!(is_hmac_sha1("acme-ak-secret&", text.as_bytes(), &signature));
    all.push(("Signature", &signature));
    Sample { query: form(&all), ..Sample::post("/", "") }
}

fn hmac_sha1(key: &str, text: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mac = Hmac::<sha1::Sha1>::new_from_slice(key.as_bytes()).expect("any key will do");
    let tag = mac.chain_update(text).finalize().into_bytes();
    base64::engine::general_purpose::STANDARD.encode(tag)
}

#[test]
fn older_signature_is_taken_where_the_account_says_so() {
    assert_eq!(code_after(&older(&SAID), &Replays::default()), None);
    let strict = older(&with("AIAgentId", Some("agent-2")));
    assert_eq!(code(&strict), "UnsupportedSignatureVersion");
}

#[test]
fn older_signature_has_the_same_window_and_memory() {
    let replays = Replays::default();
    assert_eq!(code_after(&older(&SAID), &replays), None);
    assert_eq!(code_after(&older(&SAID), &replays), Some("SignatureNonceUsed"));
    assert_eq!(code_after(&call(&SAID), &replays), Some("SignatureNonceUsed"), "one memory for both");
    let late = Sample { now: NOW.plus(Duration::from_secs(901)), ..older(&SAID) };
    assert_eq!(code(&late), "InvalidTimeStamp.Expired");
}

#[test]
fn older_signature_covers_all_parameters() {
    let right = older(&SAID);
    let changed = Sample { query: right.query.replace("user01", "user02"), ..right.clone() };
    assert_eq!(code(&changed), "SignatureDoesNotMatch");
    let more = Sample { query: format!("{}&Mode=online", right.query), ..right.clone() };
    assert_eq!(code(&more), "SignatureDoesNotMatch");
    for (name, other) in [("HMAC-SHA1", "MD5"), ("SignatureVersion=1.0", "SignatureVersion=2.0")] {
        let changed = Sample { query: right.query.replace(name, other), ..right.clone() };
        assert_eq!(code(&changed), "InvalidParameter", "{name}");
    }
}

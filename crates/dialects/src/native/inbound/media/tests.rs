//! Files of a tenant as rows: types, keys, links, and whose they are.

use std::time::Duration;

use serde_json::Value;
use usher_domain::TenantId;

use super::*;
use crate::inbound::replays::Replays;
use crate::inbound::sample::{ACME_KEY, NOW, OTHER_KEY, Sample, accounts};
use crate::media::Links;

fn rules() -> Rules {
    let links = Links {
        base_url: "https://usher.example/".to_owned(),
        key: "0123456789abcdef0123456789abcdef".into(),
        life: Duration::from_secs(60),
    };
    Rules { keep_days: 30, links: Some(links) }
}

fn read_with(sample: &Sample, rules: &Rules) -> Result<Call, Condition> {
    sample.with(&Replays::default(), |request| media::receive(request, &accounts(), rules))
}

fn read(sample: &Sample) -> Result<Call, Condition> {
    read_with(sample, &rules())
}

fn upload() -> Sample {
    let sample = Sample::post(MEDIA, "").header("content-type", "image/png");
    sample.header("authorization", format!("Bearer {ACME_KEY}"))
}

fn get(path: &str) -> Sample {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut sample = Sample::post(path, "").without("content-type");
    (sample.method, sample.query) = ("GET", query.to_owned());
    sample
}

/// The file and the answer.
fn kept() -> (File, Value) {
    match read(&upload()).expect("kept") {
        Call::KeepBody { file, answer } => {
            assert_eq!(answer.status, 201);
            (file, serde_json::from_slice(&answer.body).expect("JSON"))
        }
        other => panic!("{other:?}"),
    }
}

fn file_of(call: Result<Call, Condition>) -> Result<File, Condition> {
    match call? {
        Call::Fetch { file, form: Form::Plain } => Ok(file),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_answered_with_its_key_and_a_link() {
    let (file, answer) = kept();
    assert_eq!((file.tenant.as_str(), answer["format"].as_str()), ("acme", Some("png")));
    assert_eq!(answer["key"], file.key.to_string());
    assert_eq!(answer["url_expires_in_ms"], 60_000);
    let without = Rules { links: None, ..rules() };
    let Ok(Call::KeepBody { answer, .. }) = read_with(&upload(), &without) else { panic!("not kept") };
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(answer.get("url"), None);
}

#[test]
fn a_link_gives_its_file_for_a_while_and_nothing_else() {
    let (file, answer) = kept();
    let url = answer["url"].as_str().expect("a link");
    let path = url.strip_prefix("https://usher.example").expect("where ingest is for the world");
    assert_eq!(file_of(read(&get(path))), Ok(file));
    let late = Sample { now: NOW.plus(Duration::from_secs(60)), ..get(path) };
    assert_eq!(file_of(read(&late)), Err(Condition::Unauthorised("the link has expired".to_owned())));
    let other = path.replacen('-', "-f", 1).replacen("0.png", ".png", 1);
    let altered = format!("{path}x");
    for path in [altered.as_str(), other.as_str()] {
        assert!(file_of(read(&get(path))).is_err(), "{path}");
    }
    let unlinked = read_with(&get(path), &Rules { links: None, ..rules() });
    assert_eq!(file_of(unlinked).expect_err("no links are made here").status(), 401);
}

#[test]
fn the_tenants_key_gives_the_tenants_files_only() {
    let (file, _) = kept();
    let with = |key: &str| get(&format!("/v1/media/{}", file.key)).header("authorization", format!("Bearer {key}"));
    assert_eq!(file_of(read(&with(ACME_KEY))), Ok(file.clone()));
    let others = file_of(read(&with(OTHER_KEY))).expect("looked for among the other tenant's");
    assert_eq!((others.tenant, others.key), (TenantId::new("other"), file.key));
    assert_eq!(file_of(read(&with("nobody"))).expect_err("unknown key").status(), 401);
    let late = Sample { now: NOW.plus(Duration::from_secs(31 * 86_400)), ..with(ACME_KEY) };
    assert_eq!(file_of(read(&late)), Err(media::no_such_file()), "it has ended");
    for path in ["/v1/media/", "/v1/media/x", "/v1/media/..%2Fx.png"] {
        let sample = get(path).header("authorization", format!("Bearer {ACME_KEY}"));
        assert_eq!(file_of(read(&sample)), Err(media::no_such_file()), "{path}");
        assert_eq!(file_of(read(&get(path))).expect_err("who asks first shows a key").status(), 401, "{path}");
    }
}

#[test]
fn types_that_a_browser_would_run_are_not_kept() {
    for media_type in ["text/html", "image/svg+xml", "application/javascript", "application/octet-stream", ""] {
        let refused = read(&upload().header("content-type", media_type)).expect_err(media_type);
        assert_eq!(refused.status(), 415, "{media_type}");
    }
    assert_eq!(read(&upload().without("content-type")).expect_err("none").status(), 415);
    assert_eq!(read(&upload().without("authorization")).expect_err("nobody").status(), 401);
    assert_eq!(read(&Sample { method: "PUT", ..upload() }).expect_err("PUT").status(), 405);
    assert_eq!(read(&Sample { method: "DELETE", ..get("/v1/media/x") }).expect_err("DELETE").status(), 405);
}

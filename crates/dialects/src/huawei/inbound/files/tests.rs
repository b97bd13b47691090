//! Uploads and downloads as rows: the sample of the vendor's page, types, keys, and who may.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use usher_domain::TenantId;

use super::super::tests::{USER, messaging_token, with_app};
use super::*;
use crate::inbound::replays::Replays;
use crate::inbound::sample::{NOW, Sample, accounts, fresh};
use crate::media::{Links, Rules};

/// The beginning and the end of the file in the vendor's sample; the page has cut out its middle.
const STREAM: &str = "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYI/9k=";

fn call(path: &str, body: &Value) -> Sample {
    with_app(Sample::post(path, body.to_string()), "1").header("ccmessaging-token", messaging_token(USER))
}

fn upload(body: &Value) -> Sample {
    call(UPLOAD, body)
}

fn read(sample: &Sample) -> Result<Call, Condition> {
    let rules = Rules { keep_days: 30, links: None };
    sample.with(&Replays::default(), |request| media::receive(request, &accounts(), &rules))
}

fn picture(change: impl Fn(&mut Value)) -> Value {
    let mut body = json!({ "fileType": "jpg", "channel": "WEB", "fileStream": STREAM });
    change(&mut body);
    body
}

fn kept(sample: &Sample) -> (File, Vec<u8>, Value) {
    match read(sample).unwrap_or_else(|condition| panic!("refused: {condition}")) {
        Call::Keep { file, bytes, answer } => (file, bytes, serde_json::from_slice(&answer.body).expect("JSON")),
        other => panic!("nothing is kept: {other:?}"),
    }
}

#[test]
fn upload_of_the_page_is_kept_and_answered_with_its_key() {
    let (file, bytes, answer) = kept(&upload(&picture(|_| ())));
    assert_eq!(file.tenant, TenantId::new("acme"));
    assert_eq!(file.key, Key::new(NOW, fresh(), Format::named("jpg").expect("known")));
    assert!(bytes.starts_with(&[0xff, 0xd8, 0xff, 0xe0]) && bytes.ends_with(&[0xff, 0xd9]), "a JPEG");
    assert_eq!(answer, json!({ "returnCode": "0", "objectKey": file.key.to_string() }));
    assert!(file.key.to_string().len() <= limits::ID_BYTES_MAX, "it is to stand in the content of a message");
}

#[test]
fn types_of_the_page_are_taken_in_any_case_and_no_others() {
    for format in ["jpg", "JPG", "jpeg", "PNG", "bmp", "BPM", "mp3", "aac", "mp4", "txt", "csv"] {
        kept(&upload(&picture(|body| body["fileType"] = json!(format))));
    }
    for format in ["", "exe", "html", "svg", "pdf", "jpg/../x", "j\u{202e}pg"] {
        let refused = read(&upload(&picture(|body| body["fileType"] = json!(format)))).expect_err(format);
        assert!(refused.to_string().starts_with("fileType: must be jpg"), "{format}: {refused}");
    }
}

#[test]
fn what_is_wrong_with_an_upload_is_told_by_its_return_code() {
    type Change = fn(&mut Value);
    let rows: [(Change, &str, &str); 7] = [
        (|body| body["fileStream"] = Value::Null, "2", "fileStream: is missing"),
        (|body| body["fileType"] = Value::Null, "2", "fileType: is missing"),
        (|body| body["channel"] = Value::Null, "2", "channel: is missing"),
        (|body| body["fileStream"] = json!(""), "3", "fileStream: must be the file in base64"),
        (|body| body["fileStream"] = json!("not base64!"), "3", "fileStream: must be the file in base64"),
        (|body| body["fileStream"] = json!(7), "3", "fileStream: must be a string"),
        (|body| *body = json!([]), "3", "body: must be a JSON object"),
    ];
    for (change, code, sentence) in rows {
        let sample = upload(&picture(change));
        let condition = read(&sample).expect_err(sentence);
        assert!(condition.to_string().starts_with(sentence), "{condition}");
        let answer = sample.with(&Replays::default(), |request| crate::inbound::refuse(&request.head(), &condition));
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["returnCode"]), (400, &json!(code)), "{sentence}");
    }
}

#[test]
fn nobody_without_a_token_of_the_channel_may_send_a_body() {
    let good = upload(&picture(|_| ()));
    let rules = Rules { keep_days: 30, links: None };
    let admitted = |sample: &Sample| {
        let head = Sample { body: Vec::new(), ..sample.clone() };
        head.with(&Replays::default(), |request| media::admit(request, &accounts(), &rules))
    };
    let tenant = TenantId::new("acme");
    assert_eq!(admitted(&good), Ok(Admitted { tenant: tenant.clone(), body: Sent::Whole }));
    let asking = call(DOWNLOAD, &json!({}));
    assert_eq!(admitted(&asking), Ok(Admitted { tenant, body: Sent::Words }), "its body is small");
    for (label, sample) in [
        ("no messaging token", good.clone().without("ccmessaging-token")),
        ("no access token", good.clone().without("authorization")),
        ("another application", with_app(good.clone(), "2")),
        ("of another kind", good.clone().header("ccmessaging-token", "e30.e30")),
    ] {
        assert_eq!(admitted(&sample).expect_err(label).status(), 401, "{label}");
        assert_eq!(read(&sample).expect_err(label).status(), 401, "{label}");
    }
    assert_eq!(admitted(&Sample { method: "GET", ..good }).expect_err("GET").status(), 405);
}

#[test]
fn a_download_names_its_file_with_or_without_local() {
    let (file, _, _) = kept(&upload(&picture(|_| ())));
    let asked = |id: &str, multi: Value| {
        call(DOWNLOAD, &json!({ "fileId": id, "fileType": "jpg", "channel": "WEB", "multiMedia": multi }))
    };
    for id in [file.key.to_string(), format!("local/{}", file.key)] {
        match read(&asked(&id, Value::Null)).expect("a file") {
            Call::Fetch { file: found, form } => {
                assert_eq!(found, file);
                let answer = form.whole(b"file").expect("JSON in one piece");
                let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
                assert_eq!(body, json!({ "resultCode": "0", "fileStream": "ZmlsZQ==" }));
            }
            other => panic!("{other:?}"),
        }
    }
    let key = file.key.to_string();
    for (id, multi) in [("1179725658739559425", Value::Null), ("../x.jpg", Value::Null), (&key, json!("multiMedia"))] {
        assert_eq!(read(&asked(id, multi)).expect_err(id), media::no_such_file(), "{id}");
    }
    let late = Sample { now: NOW.plus(Duration::from_secs(32 * 86_400)), ..asked(&key, Value::Null) };
    assert_eq!(read(&late).expect_err("no token lives so long").status(), 401);
}

#[test]
fn a_download_has_a_link_to_look_at_where_links_are_made() {
    let (file, _, _) = kept(&upload(&picture(|_| ())));
    let links = Links {
        base_url: "https://usher.example".to_owned(),
        key: "0123456789abcdef0123456789abcdef".into(),
        life: Duration::from_secs(86_400),
    };
    let rules = Rules { keep_days: 30, links: Some(links) };
    let asked = json!({ "fileId": file.key.to_string(), "fileType": "jpg", "channel": "WEB" });
    let read = |sample: &Sample| {
        sample.with(&Replays::default(), |request| media::receive(request, &accounts(), &rules)).expect("a file")
    };
    let Call::Fetch { form, .. } = read(&call(DOWNLOAD, &asked)) else { panic!("not fetched") };
    let body: Value = serde_json::from_slice(&form.whole(b"file").expect("JSON").body).expect("JSON");
    let path = body["fileUrl"].as_str().and_then(|url| url.strip_prefix("https://usher.example")).expect("a link");
    let (path, query) = path.split_once('?').expect("a token");
    let by_link = Sample { method: "GET", query: query.to_owned(), ..Sample::post(path, "") };
    let Call::Fetch { file: found, form: Form::Plain } = read(&by_link) else { panic!("the link leads nowhere") };
    assert_eq!(found, file);
}

#[test]
fn a_file_call_renews_a_token_that_ended_lately() {
    let (file, _, _) = kept(&upload(&picture(|_| ())));
    let later = NOW.plus(Duration::from_secs(3_700));
    let at = |sample: Sample| {
        let asked = Sample::post(super::super::TOKEN_BY_AK_SK, r#"{"app_key":"app-1","app_secret":"app-secret-1"}"#);
        let answer = Sample { now: later, ..asked }.answer();
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let bearer = format!("Bearer {}", body["AccessToken"].as_str().expect("a token"));
        Sample { now: later, ..sample }.header("authorization", bearer)
    };
    let is_renewed = |headers: &[(&str, String)]| headers.iter().any(|(name, _)| *name == "ccmessaging-token");
    let Ok(Call::Keep { answer, .. }) = read(&at(upload(&picture(|_| ())))) else { panic!("not kept") };
    assert!(is_renewed(&answer.headers));
    let asked = json!({ "fileId": file.key.to_string(), "fileType": "jpg", "channel": "WEB" });
    let Ok(Call::Fetch { form: Form::Huawei { headers, .. }, .. }) = read(&at(call(DOWNLOAD, &asked))) else {
        panic!("not fetched")
    };
    assert!(is_renewed(&headers));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_uploads_are_refused_and_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for path in [UPLOAD, DOWNLOAD] {
            let good = call(path, &json!({}));
            let refused = read(&Sample { body: body.clone(), ..good });
            prop_assert_eq!(refused.expect_err("no upload").status(), 400);
        }
    }

    #[test]
    fn only_base64_of_something_is_kept(stream in "[A-Za-z0-9+/=_\\-\u{0}\u{202e}]{0,24}") {
        let sample = upload(&picture(|body| body["fileStream"] = json!(stream)));
        match read(&sample) {
            Ok(Call::Keep { bytes, .. }) => prop_assert_eq!(STANDARD.encode(bytes), stream),
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(condition) => prop_assert_eq!(condition.status(), 400),
        }
    }

    #[test]
    fn any_file_id_is_a_key_or_no_file(id in "\\PC{0,60}") {
        let sample = call(DOWNLOAD, &json!({ "fileId": id, "fileType": "jpg", "channel": "WEB" }));
        match read(&sample) {
            Ok(Call::Fetch { file, .. }) => prop_assert_eq!(file.key.to_string(), id.trim_start_matches("local/")),
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(condition) => prop_assert_eq!(condition.status(), 404),
        }
    }
}

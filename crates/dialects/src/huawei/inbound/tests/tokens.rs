//! Tokens, headers and bodies that are refused; what makes a repeat.

use super::*;

#[test]
fn hostile_bodies_are_refused_in_the_vendors_shape() {
    let lone = CHAT.replace("Version", "\\udfff");
    let rows: [(&str, Vec<u8>); 6] = [
        ("empty", vec![]),
        ("truncated", CHAT.as_bytes()[..100].to_vec()),
        ("deep", "{\"a\":".repeat(50).into_bytes()),
        ("lone surrogate", lone.into_bytes()),
        ("NUL", b"\0".to_vec()),
        ("a list", b"[]".to_vec()),
    ];
    for (label, body) in rows {
        let (status, body) = answer(&send_raw(USER, body));
        assert_eq!((status, &body["resultCode"]), (400, &json!("400")), "{label}");
        assert!(body["resultDesc"].as_str().is_some_and(|text| text.starts_with("body: ")), "{label}: {body}");
    }
}

#[test]
fn all_three_headers_are_checked() {
    let good = send(&chat(|_| ()));
    let other_app = with_app(good.clone(), "2");
    let other_user = good.clone().header("ccmessaging-token", messaging_token("somebody"));
    let swapped = good.clone().header("ccmessaging-token", access_token("1"));
    let bearer = format!("Bearer {}", messaging_token(USER));
    let rows = [
        ("no messaging token", good.clone().without("ccmessaging-token"), 401),
        ("no app key", good.clone().without("x-app-key"), 401),
        ("no access token", good.clone().without("authorization"), 401),
        ("unknown app key", good.clone().header("x-app-key", "nobody"), 401),
        ("app key of another application", good.clone().header("x-app-key", "app-2"), 401),
        ("another application", other_app, 401),
        ("token of another user", other_user, 401),
        ("access token as messaging token", swapped, 401),
        ("messaging token as access token", good.clone().header("authorization", bearer), 401),
        ("altered token", good.clone().header("ccmessaging-token", "x.y"), 401),
        ("another type", good.clone().header("content-type", "text/plain"), 415),
    ];
    for (label, sample, expected) in rows {
        let (status, body) = answer(&sample);
        assert_eq!(status, expected, "{label}: {body}");
        assert_eq!(body["resultCode"], expected.to_string(), "{label}");
    }
    let foreign_channel = send(&chat(|body| body["to"] = json!("2000000000000000000")));
    let unknown_channel = send(&chat(|body| body["to"] = json!("1")));
    assert_eq!(foreign_channel.refusal(), unknown_channel.refusal());
    assert_eq!(foreign_channel.refusal().0, 404);
    let alias = Sample { path: SEND_SYNC.to_owned(), ..good.without("content-type") };
    assert_eq!(answer(&alias).0, 200);
}

#[test]
fn expired_tokens_are_401_and_say_which() {
    let good = send(&chat(|_| ()));
    let at = |seconds| Sample { now: NOW.plus(Duration::from_secs(seconds)), ..good.clone() };
    assert_eq!(answer(&at(599)).0, 200);
    assert_eq!(at(600).refusal(), (401, "the AccessToken has expired: call tokenByAkSk again".to_owned()));
    let late = with_access_at(&good, 7_200);
    assert_eq!(late.refusal(), (401, "the ccmessaging-token has expired: call applyToken again".to_owned()));
}

/// The same request so many seconds later, with an access token that counts then.
pub(in crate::huawei) fn with_access_at(sample: &Sample, seconds: u64) -> Sample {
    let now = NOW.plus(Duration::from_secs(seconds));
    let asked = Sample::post(TOKEN_BY_AK_SK, r#"{"app_key":"app-1","app_secret":"app-secret-1"}"#);
    let (_, body) = answer(&Sample { now, ..asked });
    let bearer = format!("Bearer {}", body["AccessToken"].as_str().expect("a token"));
    Sample { now, ..sample.clone() }.header("authorization", bearer)
}

/// The token that an answer gives in place of the one of its request.
fn replacement(sample: &Sample) -> Option<String> {
    let headers = sample.answer().headers;
    headers.into_iter().find(|(name, _)| *name == "ccmessaging-token").map(|(_, token)| token)
}

#[test]
fn a_token_that_ended_lately_is_replaced_in_the_answers_header() {
    let good = send(&chat(|_| ()));
    assert_eq!(replacement(&with_access_at(&good, 3_599)), None);
    let late = with_access_at(&good, 3_600);
    assert_eq!(late.input().id, good.input().id, "heard all the same");
    let token = replacement(&late).expect("a new token");
    let swapped = |seconds| with_access_at(&good, seconds).header("ccmessaging-token", token.clone());
    assert_eq!((answer(&swapped(7_199)).0, replacement(&swapped(7_199))), (200, None));
    let of_another = chat(|body| body["from"] = json!("somebody"));
    let forged = Sample { body: of_another.to_string().into_bytes(), ..swapped(3_700) };
    assert_eq!(forged.refusal().0, 401, "it is of the same user");
    assert!(replacement(&swapped(7_200 + 3_599)).is_some(), "again and again");
    let refused = chat(|body| body["content"] = json!(""));
    let refused = Sample { body: refused.to_string().into_bytes(), ..late };
    assert_eq!((answer(&refused).0, replacement(&refused)), (400, None), "what is refused renews nothing");
}

#[test]
fn token_calls_answer_and_refuse_in_their_own_shape() {
    let ok = Sample::post(TOKEN_BY_AK_SK, r#"{"app_key":"app-1","app_secret":"app-secret-1"}"#);
    let (status, body) = answer(&ok);
    assert_eq!((status, &body["ApplyType"], &body["Expires"]), (200, &json!("Bearer"), &json!("600")));
    let rows = [
        ("wrong secret", Sample::post(TOKEN_BY_AK_SK, r#"{"app_key":"app-1","app_secret":"app-secret-2"}"#), 401),
        ("unknown key", Sample::post(TOKEN_BY_AK_SK, r#"{"app_key":"app-9","app_secret":"app-secret-1"}"#), 401),
        ("no secret", Sample::post(TOKEN_BY_AK_SK, r#"{"app_key":"app-1"}"#), 400),
        ("no JSON", Sample::post(TOKEN_BY_AK_SK, "x"), 400),
        ("another method", Sample { method: "GET", ..ok }, 405),
        ("no access token", apply(USER, CHANNEL).without("authorization"), 401),
        ("foreign channel", apply(USER, "2000000000000000000"), 404),
        ("user too long", apply(&"x".repeat(65), CHANNEL), 400),
        ("user empty", apply("", CHANNEL), 400),
    ];
    for (label, sample, expected) in rows {
        let (status, body) = answer(&sample);
        assert_eq!((status, &body["errorCode"]), (expected, &json!(expected.to_string())), "{label}");
        assert!(body["exceptionInfo"].is_string(), "{label}");
    }
    let nothing = answer(&Sample::post("/apiaccess/ccmessaging/poll", ""));
    assert_eq!((nothing.0, &nothing.1["resultCode"]), (404, &json!("404")));
}

#[test]
fn repeats_are_recognised_by_message_id_else_by_what_is_there() {
    let id = |change: fn(&mut Value)| send(&chat(change)).input().id;
    assert_eq!(id(|_| ()), id(|_| ()), "same from, timestamp, control type and content");
    assert_eq!(id(|_| ()), id(|body| body["timestamp"] = json!(1_619_573_123_199_u64)), "number or text");
    assert_ne!(id(|_| ()), id(|body| body["content"] = json!("Versions")));
    let typing = |content: Value| {
        let input = chat(|body| {
            body["controlType"] = json!("INPUT");
            body["content"] = content.clone();
        });
        send(&input).input().id
    };
    assert_eq!(typing(json!({"a": 1, "b": 2})), typing(json!({"b": 2, "a": 1})), "also where the content is no text");
    assert_ne!(typing(json!(1)), typing(json!("1")));
    assert_ne!(id(|_| ()), id(|body| body["timestamp"] = json!("1619573123200")));
    let with_id = id(|body| body["messageId"] = json!("m1"));
    let later = id(|body| {
        body["messageId"] = json!("m1");
        body["timestamp"] = json!("1");
    });
    assert_eq!(with_id, later);
    assert_ne!(with_id, id(|body| body["messageId"] = json!("m2")));
    let other = chat(|body| {
        body["messageId"] = json!("m1");
        body["from"] = json!("other");
    });
    assert_ne!(with_id, send_raw("other", other.to_string()).input().id, "another user");
    assert_eq!(id(|body| body["timestamp"] = json!(null)), fresh());
    assert_eq!(id(|body| body["timestamp"] = json!("")), fresh());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(send_raw(USER, body.clone()).answer().status, 400);
        prop_assert_eq!(Sample::post(TOKEN_BY_AK_SK, body).answer().status, 400);
    }

    #[test]
    fn any_content_of_any_kind_is_answered(media in "[A-Z_]{1,12}", content in "\\PC{0,40}") {
        let body = chat(|body| {
            body["mediaType"] = json!(media);
            body["content"] = json!(content);
        });
        prop_assert!([200, 400].contains(&send(&body).answer().status));
    }
}

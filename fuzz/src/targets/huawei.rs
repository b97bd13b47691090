//! Huawei: any body at each call, with the tokens that the calls before gave out.

use std::sync::LazyLock;

use serde_json::Value;

use super::chosen;
use crate::edge::Call;

/// What the token calls answered.
struct Tokens {
    bearer: String,
    ccmessaging: String,
}

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let json = ("content-type", "application/json");
    let by_secret = br#"{"app_key":"app-1","app_secret":"app-secret-1"}"#;
    let access = field(&Call::post("/apigovernance/api/oauth/tokenByAkSk", &[json], by_secret), "AccessToken");
    let bearer = format!("Bearer {access}");
    let user = br#"{"userId":"u","userName":"u","channelId":"1011577355744904195","locale":"zh"}"#;
    let headers = [json, ("x-app-key", "app-1"), ("authorization", bearer.as_str())];
    let ccmessaging = field(&Call::post("/apiaccess/ccmessaging/applyToken", &headers, user), "token");
    Tokens { bearer, ccmessaging }
});

fn field(call: &Call<'_>, name: &str) -> String {
    let answer = call.heard().expect("a token").answer;
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body[name].as_str().expect("a token").to_owned()
}

pub fn fuzz(data: &[u8]) {
    let paths = [
        "/apiaccess/ccmessaging/sendAsync",
        "/apiaccess/ccmessaging/applyToken",
        "/apigovernance/api/oauth/tokenByAkSk",
        "/apiaccess/ccmessaging/sendSync",
    ];
    let Some((path, body)) = chosen(&paths, data) else { return };
    let headers = [
        ("content-type", "application/json"),
        ("x-app-key", "app-1"),
        ("authorization", TOKENS.bearer.as_str()),
        ("ccmessaging-token", TOKENS.ccmessaging.as_str()),
    ];
    Call::post(path, &headers, body).heard();
    let good = br#"{"content":"hi","controlType":"CHAT","from":"u","mediaType":"TEXT","sourceType":"CUSTOMER",
        "to":"1011577355744904195","channel":"WEB"}"#;
    assert!(Call::post(paths[0], &headers, good).heard().is_some(), "a good call is accepted");
}

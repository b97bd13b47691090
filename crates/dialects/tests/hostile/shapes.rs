//! The shape of a refusal in each dialect.

use serde_json::Value;
use usher_domain::Dialect;

use crate::request::{Sent, Told, place};

/// Checks that a refusal has the shape of the dialect that the request belongs to, and says something.
#[track_caller]
pub(crate) fn check(label: &str, sent: &Sent, told: &Told) {
    let dialect = place(sent).dialect;
    let text = std::str::from_utf8(&told.body).unwrap_or_else(|_| panic!("{label}: no UTF-8"));
    let is_words = |value: &Value| value.as_str().is_some_and(|words| !words.trim().is_empty());
    let json = || -> Value {
        assert_eq!(told.content_type, "application/json", "{label}");
        serde_json::from_str(text).unwrap_or_else(|_| panic!("{label}: no JSON: {text}"))
    };
    let fits = match dialect {
        Dialect::Native => {
            let error = &json()["error"];
            is_words(&error["code"]) && is_words(&error["message"])
        }
        Dialect::Huawei => {
            let body = json();
            let pairs = [("errorCode", "exceptionInfo"), ("resultCode", "resultDesc"), ("returnCode", "returnDesc")];
            pairs.iter().any(|(code, said)| is_words(&body[*code]) && body[*code] != "0" && is_words(&body[*said]))
        }
        Dialect::Easemob => {
            let body = json();
            is_words(&body["error"]) && is_words(&body["error_description"])
        }
        Dialect::Aliyun => {
            let body = json();
            ["Code", "Message", "RequestId"].iter().all(|name| is_words(&body[*name]))
        }
        Dialect::Sms if told.content_type == "application/json" => {
            let body = json();
            body["code"].is_u64() && is_words(&body["msg"])
        }
        Dialect::Rbm | Dialect::Sms => told.content_type.starts_with("text/plain") && !text.trim().is_empty(),
    };
    assert!(fits, "{label}: {dialect:?} does not refuse so: {} {text}", told.status);
}

//! Wrong accounts files as rows: what is changed in a good one, and what the refusal must say.

use serde_json::{Value, json};

use super::{Accounts, AccountsFile};

fn check(change: impl Fn(&mut Value)) -> Result<Accounts, String> {
    let mut value: Value = serde_json::from_str(include_str!("../inbound/sample.json")).expect("JSON");
    change(&mut value);
    let file: AccountsFile = serde_json::from_value(value).map_err(|error| error.to_string())?;
    Accounts::check(file).map_err(|error| error.to_string())
}

#[test]
fn wrong_files_are_refused_with_the_place() {
    type Change = fn(&mut Value);
    let rows: [(&str, Change, &str); 11] = [
        ("unknown desk", |file| file["tenants"][0]["accounts"][0]["desk"] = json!("x"), "`web` of `acme`: desk"),
        ("unknown bot", |file| file["tenants"][0]["accounts"][1]["bot"] = json!("x"), "`aicc` of `acme`: bot"),
        (
            "no such SMS account",
            |file| file["tenants"][0]["accounts"][0]["defaults"]["fallback_account"] = json!("web"),
            "fallback_account",
        ),
        (
            "unknown class",
            |file| file["tenants"][0]["accounts"][0]["defaults"]["class"] = json!("spam"),
            "defaults.class",
        ),
        (
            "unknown policy",
            |file| file["tenants"][0]["accounts"][0]["defaults"]["unknown"] = json!({"service": "x"}),
            "defaults.unknown",
        ),
        (
            "desk of two tenants",
            |file| file["tenants"][1]["desks"][0]["desk"] = json!("acme-desk"),
            "stands under `acme` and `other`",
        ),
        (
            "key not hashed",
            |file| file["tenants"][0]["api_key_sha256"][0] = json!("acme-key"),
            "api_key_sha256 of `acme`",
        ),
        (
            "key of two tenants",
            |file| file["tenants"][1]["api_key_sha256"] = file["tenants"][0]["api_key_sha256"].clone(),
            "the same API key",
        ),
        (
            "token key short",
            |file| file["tenants"][0]["accounts"][1]["channel"]["token_key"] = json!("short"),
            "channel.token_key",
        ),
        (
            "application of two tenants",
            |file| file["tenants"][1]["accounts"][1]["channel"]["app_key"] = json!("app-1"),
            "channel.app_key",
        ),
        ("unknown field", |file| file["tenants"][0]["acounts"] = json!([]), "acounts"),
    ];
    assert!(check(|_| ()).is_ok());
    for (label, change, expected) in rows {
        let error = check(change).expect_err(label);
        assert!(error.contains(expected), "{label}: {error}");
        assert!(!error.contains("app-secret"), "{label}: {error}");
    }
}

#[test]
fn two_channels_of_one_application_are_told_apart() {
    let second = |channel_id: &str| {
        let channel_id = channel_id.to_owned();
        move |file: &mut Value| {
            let accounts = file["tenants"][0]["accounts"].as_array_mut().expect("a list");
            let mut account = accounts[1].clone();
            account["account"] = json!("aicc-2");
            account["channel"]["channel_id"] = json!(channel_id);
            accounts.push(account);
        }
    };
    assert_eq!(check(second("3")).expect("two channels").huawei_app("app-1").count(), 2);
    assert!(check(second("1011577355744904195")).expect_err("one channel twice").contains("clashes"));
}

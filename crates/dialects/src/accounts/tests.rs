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
fn what_anybody_could_sign_with_is_refused_with_its_key_and_never_its_value() {
    const ACCOUNTS: &str = "/tenants/0/accounts";
    let secret = |key: &str| format!("{ACCOUNTS}/{key}");
    let rows = [
        ("/tenants/0/desks/0/workspace/secret".to_owned(), "desk `acme-desk` of `acme`: workspace.secret"),
        ("/tenants/0/bots/0/webhook/secret".to_owned(), "bot `greeter` of `acme`: webhook.secret"),
        (secret("web/channel/webhook/secret"), "account `web` of `acme`: channel.webhook.secret"),
        (secret("aicc/channel/app_secret"), "account `aicc` of `acme`: channel.app_secret"),
        (secret("aicc/channel/token_key"), "account `aicc` of `acme`: channel.token_key"),
        (secret("aicc/channel/push_auth/token"), "account `aicc` of `acme`: channel.push_auth.token"),
        (secret("rcs/channel/client_token"), "account `rcs` of `acme`: channel.client_token"),
        (secret("rcs/channel/token"), "account `rcs` of `acme`: channel.token"),
        (secret("sms/channel/auth_token"), "account `sms` of `acme`: channel.auth_token"),
        (secret("im/channel/client_secret"), "account `im` of `acme`: channel.client_secret"),
        (secret("im/channel/token_key"), "account `im` of `acme`: channel.token_key"),
        (secret("im/channel/callback_secret"), "account `im` of `acme`: channel.callback_secret"),
        (secret("im/channel/token"), "account `im` of `acme`: channel.token"),
        (secret("chat/channel/access_keys/0/secret"), "account `chat` of `acme`: channel.access_keys"),
        (secret("chat/channel/stream_key"), "account `chat` of `acme`: channel.stream_key"),
    ];
    for (key, place) in &rows {
        for empty in ["", "  "] {
            let error = refusal(key, empty);
            assert!(error.contains(&format!("{place}: ")), "{key}: {error}");
        }
    }
    for (key, place) in rows.iter().filter(|(_, place)| place.contains("workspace") || place.contains("webhook")) {
        for unusable in ["whsec_", "no base64!", "whsec_%%%", "whsec_bm8gcGFkZGluZw"] {
            let error = refusal(key, unusable);
            assert!(error.contains(place) && error.contains("base64"), "{key}: {error}");
            assert!(!error.contains(unusable.trim_start_matches("whsec_")) || unusable == "whsec_", "{key}: {error}");
        }
        assert!(check(set(key, "c2VjcmV0")).is_ok(), "{key}: without the prefix");
    }
}

#[test]
fn addresses_that_are_no_http_urls_are_refused_with_their_key_and_never_their_value() {
    let rows = [
        ("/tenants/0/desks/0/workspace/url", "desk `acme-desk` of `acme`: workspace.url"),
        ("/tenants/0/bots/0/webhook/url", "bot `greeter` of `acme`: webhook.url"),
        ("/tenants/0/accounts/web/channel/webhook/url", "account `web` of `acme`: channel.webhook.url"),
        ("/tenants/0/accounts/aicc/channel/push_url", "account `aicc` of `acme`: channel.push_url"),
        ("/tenants/0/accounts/rcs/channel/base_url", "account `rcs` of `acme`: channel.base_url"),
        ("/tenants/0/accounts/sms/channel/base_url", "account `sms` of `acme`: channel.base_url"),
        ("/tenants/0/accounts/sms/channel/callback_base_url", "account `sms` of `acme`: channel.callback_base_url"),
        ("/tenants/0/accounts/im/channel/base_url", "account `im` of `acme`: channel.base_url"),
    ];
    for (key, place) in rows {
        for url in [
            "",
            "canary.example/hook",
            "ftp://canary",
            "file:///canary",
            "https://",
            "http:///canary",
            "http://user@:80",
            "https://a canary",
        ] {
            let error = refusal(key, url);
            assert!(error.contains(&format!("{place}: ")) && error.contains("https://"), "{url}: {error}");
            assert!(!error.contains("canary"), "{url}: {error}");
        }
        assert!(check(set(key, "HTTPS://user:pass@[::1]:8443/hook?a=b")).is_ok(), "{key}");
    }
}

/// Sets the value at a JSON pointer in which an account may stand by its name.
fn set(key: &str, value: &str) -> impl Fn(&mut Value) {
    move |file| {
        let pointer = by_number(key, file);
        *file.pointer_mut(&pointer).unwrap_or_else(|| panic!("the sample has no {key}")) = json!(value);
    }
}

fn by_number(key: &str, file: &Value) -> String {
    let Some((accounts, rest)) = key.split_once("/accounts/") else { return key.to_owned() };
    let (name, rest) = rest.split_once('/').expect("a field of an account");
    let list = file.pointer(&format!("{accounts}/accounts")).and_then(Value::as_array).expect("accounts");
    let at = list.iter().position(|account| account["account"] == name);
    at.map_or_else(|| key.to_owned(), |at| format!("{accounts}/accounts/{at}/{rest}"))
}

fn refusal(key: &str, value: &str) -> String {
    check(set(key, value)).err().unwrap_or_else(|| panic!("{key} is accepted as {value:?}"))
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

#[test]
fn names_of_an_easemob_application_fit_into_its_paths() {
    let rows = [
        ("org", "", "letters, digits"),
        ("org", "a/b", "letters, digits"),
        ("app", "售前", "letters, digits"),
        ("org", "v1", "another dialect's"),
        ("org", "webhooks", "another dialect's"),
        ("user", " ", "must not be empty"),
        ("phone_prefix", "86", "+86"),
        ("phone_prefix", "+0", "+86"),
    ];
    for (key, value, expected) in rows {
        let error = refusal(&format!("/tenants/0/accounts/im/channel/{key}"), value);
        assert!(error.contains(&format!("account `im` of `acme`: channel.{key}: ")), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn accounts_of_an_easemob_application_have_one_client_and_different_users() {
    assert_eq!(check(|_| ()).expect("three users").easemob_app("acme-im", "shop").count(), 3);
    let rows = [
        ("/tenants/0/accounts/im-2/channel/user", "kefu"),
        ("/tenants/0/accounts/im-2/channel/client_id", "another"),
        ("/tenants/0/accounts/im-2/channel/client_secret", "another"),
        ("/tenants/0/accounts/im-2/channel/token_key", "another-token-key-of-32-bytes-or-more"),
        ("/tenants/1/accounts/im/channel/org", "acme-im"),
    ];
    for (key, value) in rows {
        let error = refusal(key, value);
        assert!(error.contains("clashes with account") && error.contains("different users"), "{key}: {error}");
    }
}

#[test]
fn a_push_says_where_to_and_who_from_or_clients_poll() {
    type Change = fn(&mut Value);
    let refused = |change: Change| check(|file| change(&mut file["tenants"][0]["accounts"][1]["channel"]));
    let rows: [(Change, &str); 7] = [
        (|channel| channel["push_auth"] = Value::Null, "channel.push_auth: is missing beside push_url"),
        (|channel| channel["push_url"] = Value::Null, "channel.push_url: is missing beside push_auth"),
        (|channel| channel["push_auth"] = json!({ "kind": "basic" }), "unknown variant `basic`"),
        (
            |channel| channel["push_auth"] = json!({ "kind": "ak_sk", "access_key": "a/b", "secret_key": "s" }),
            "channel.push_auth.access_key",
        ),
        (
            |channel| channel["push_auth"] = json!({ "kind": "ak_sk", "access_key": "a", "secret_key": " " }),
            "channel.push_auth.secret_key",
        ),
        (
            |channel| {
                channel["push_auth"] = json!({ "kind": "oauth", "token_url": "a", "app_key": "k", "app_secret": "s" });
            },
            "channel.push_auth.token_url",
        ),
        (|channel| channel["release_after_ms"] = json!(4_999), "channel.release_after_ms: must be at least 5000"),
    ];
    for (change, expected) in rows {
        let error = refused(change).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
    let polled = |channel: &mut Value| {
        channel["push_url"] = Value::Null;
        channel["push_auth"] = Value::Null;
    };
    assert!(refused(polled).is_ok());
}

#[test]
fn rest_channel_of_the_customer_service_is_one_accounts_and_fits_into_its_path() {
    let field = |name: &str| format!("/tenants/0/accounts/im rest/channel/rest_channel/{name}");
    for (name, value) in [
        ("tenant_id", ""),
        ("channel_id", "2/0"),
        ("client_id", "a:b"),
        ("client_secret", " "),
        ("callback_url", "acme.example"),
    ] {
        let error = refusal(&field(name), value);
        assert!(error.contains(&format!("account `im rest` of `acme`: channel.rest_channel.{name}: ")), "{error}");
    }
    let twice = |file: &mut Value| {
        let accounts = file["tenants"][0]["accounts"].as_array_mut().expect("a list");
        let of = |name: &str| accounts.iter().position(|account| account["account"] == name).expect(name);
        let (rest, im) = (of("im rest"), of("im"));
        accounts[im]["channel"]["rest_channel"] = accounts[rest]["channel"]["rest_channel"].clone();
    };
    let error = check(twice).expect_err("one channel of two accounts");
    assert!(error.contains("channel.rest_channel: ") && error.contains("another channel_id"), "{error}");
}

#[test]
fn session_weighs_something_and_its_account_may_say_how_much_and_how_urgent() {
    let weighing = |weight: u32| check(move |file| file["tenants"][0]["accounts"][0]["weight"] = json!(weight));
    assert!(weighing(3).is_ok());
    let error = weighing(0).expect_err("nothing");
    assert!(error.contains("account `web` of `acme`: weight: must be at least 1"), "{error}");
    let urgent = |priority: u32| check(move |file| file["tenants"][0]["accounts"][0]["priority"] = json!(priority));
    assert!(urgent(255).is_ok());
}

#[test]
fn answers_to_a_survey_count_for_a_minute_at_least_and_a_month_at_most() {
    let lasting = |ms: u64| check(move |file| file["tenants"][0]["accounts"][0]["survey"] = json!({ "lasts_ms": ms }));
    for wrong in [0, 59_999, 2_592_000_001] {
        let error = lasting(wrong).expect_err("too short or too long");
        assert!(error.contains("account `web` of `acme`: survey.lasts_ms: "), "{error}");
    }
    for good in [60_000, 2_592_000_000] {
        assert!(lasting(good).is_ok());
    }
}

#[test]
fn accounts_of_an_aliyun_key_have_one_tenant_one_secret_and_different_agents() {
    assert_eq!(check(|_| ()).expect("two agents").aliyun_key("acme-ak").count(), 2);
    let rows = [
        ("/tenants/0/accounts/chat strict/channel/agent_ids/0", "agent-1"),
        ("/tenants/0/accounts/chat strict/channel/access_keys/0/secret", "another"),
        ("/tenants/1/accounts/chat/channel/access_keys/0/id", "acme-ak"),
    ];
    for (key, value) in rows {
        let error = refusal(key, value);
        assert!(error.contains("clashes with account") && error.contains("different agent_ids"), "{key}: {error}");
    }
}

#[test]
fn aliyun_settings_are_refused_with_their_place_and_fix() {
    type Change = fn(&mut Value);
    let rows: [(Change, &str); 7] = [
        (|channel| channel["access_keys"] = json!([]), "channel.access_keys: must have at least one"),
        (|channel| channel["agent_ids"] = json!([]), "channel.agent_ids: must have at least one"),
        (|channel| channel["agent_ids"] = json!(["a", "b", "a"]), "channel.agent_ids: `a` stands twice"),
        (|channel| channel["agent_ids"] = json!(["a", " "]), "channel.agent_ids: number 2 must have an id"),
        (|channel| channel["stream_key"] = json!("short"), "channel.stream_key: must have at least 32 bytes"),
        (|channel| channel["text_bytes_max"] = json!(0), "channel.text_bytes_max: must be 1 to 8192"),
        (|channel| channel["text_bytes_max"] = json!(8_193), "channel.text_bytes_max: must be 1 to 8192"),
    ];
    for (change, expected) in rows {
        let pointer = |file: &Value| by_number("/tenants/0/accounts/chat/channel", file);
        let error = check(|file| change(file.pointer_mut(&pointer(file)).expect("the channel"))).expect_err(expected);
        assert!(error.contains(&format!("account `chat` of `acme`: {expected}")), "{error}");
    }
}

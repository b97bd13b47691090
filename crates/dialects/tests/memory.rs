//! What a body may cost while it is read: many small values must not become many times their bytes.

#![allow(unsafe_code, reason = "only the global allocator sees what is allocated; it passes everything on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use serde_json::json;
use usher_dialects::accounts::Accounts;
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{self, Request};
use usher_dialects::media::{self, Rules};
use usher_domain::{InputId, Timestamp};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn count(bytes: i64) {
    ALIVE.set(ALIVE.get() + bytes);
    PEAK.set(PEAK.get().max(ALIVE.get()));
}

// SAFETY: every call goes to the system's allocator with the arguments as they came; the counters change nothing of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}

/// The most bytes that were alive at once while this ran, beyond those before it.
fn peak<T>(run: impl FnOnce() -> T) -> (i64, T) {
    let before = ALIVE.get();
    PEAK.set(before);
    let done = run();
    (PEAK.get() - before, done)
}

const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);
const UPLOAD: &str = "/apiaccess/ccmessaging/uploadFileStream";
/// What a file of 5 MiB is in base64.
const UPLOAD_BYTES: usize = 6_990_508;

fn accounts() -> Accounts {
    let hook = json!({ "url": "http://localhost/hook", "secret": "whsec_c2VjcmV0" });
    let file = json!({ "tenants": [{
        "tenant": "acme",
        "desks": [{ "desk": "acme-desk", "workspace": hook }],
        "accounts": [
            { "account": "aicc", "desk": "acme-desk", "channel": {
                "dialect": "huawei", "channel_id": "1", "app_key": "app", "app_secret": "app-secret",
                "token_key": "0123456789abcdef0123456789abcdef",
            } },
            { "account": "rcs", "desk": "acme-desk", "channel": {
                "dialect": "rbm", "agent_id": "a", "client_token": "c", "base_url": "http://localhost", "token": "t",
            } },
        ],
    }] });
    Accounts::check(serde_json::from_value(file).expect("an accounts file")).expect("consistent")
}

type Headers = Vec<(&'static str, String)>;

fn with<T>(path: &str, headers: &Headers, body: &[u8], read: impl FnOnce(&Request<'_>, &Accounts) -> T) -> T {
    let header = |name: &str| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
    let request = Request {
        method: "POST",
        path,
        query: "",
        header: &header,
        body,
        now: NOW,
        fresh: InputId::from_bits(7),
        replays: &Replays::default(),
    };
    read(&request, &accounts())
}

/// The headers of a visitor who may upload.
fn visitor() -> Headers {
    let json = || ("content-type", "application/json".to_owned());
    let told = |path: &str, headers: &Headers, body: serde_json::Value, field: &str| {
        let accepted = with(path, headers, body.to_string().as_bytes(), inbound::receive).expect("accepted");
        let answer: serde_json::Value = serde_json::from_slice(&accepted.answer.body).expect("JSON");
        answer[field].as_str().expect("a text").to_owned()
    };
    let credentials = json!({ "app_key": "app", "app_secret": "app-secret" });
    let bearer = told("/apigovernance/api/oauth/tokenByAkSk", &vec![json()], credentials, "AccessToken");
    let mut headers = vec![json(), ("x-app-key", "app".to_owned()), ("authorization", format!("Bearer {bearer}"))];
    let user = json!({ "userId": "u", "userName": "u", "channelId": "1", "locale": "zh" });
    let token = told("/apiaccess/ccmessaging/applyToken", &headers, user, "token");
    headers.push(("ccmessaging-token", token));
    headers
}

/// A body of this size that is nearly nothing but the same small value.
fn filled(value: &str, bytes: usize) -> Vec<u8> {
    let values = vec![value; bytes / (value.len() + 1)].join(",");
    format!("{{\"x\":[{values}]}}").into_bytes()
}

const SMALL: [&str; 4] = ["[0]", "{\"\":0}", "0", "\"\""];

#[test]
fn an_upload_of_many_small_values_costs_less_than_a_file() {
    let (headers, rules) = (visitor(), Rules { keep_days: 30, links: None });
    for value in SMALL {
        let body = filled(value, UPLOAD_BYTES);
        let read =
            || with(UPLOAD, &headers, &body, |request, accounts| media::receive(request, accounts, &rules).is_ok());
        let (bytes, kept) = peak(read);
        assert!(!kept && bytes < 10_000_000, "{value}: {bytes} bytes");
    }
}

#[test]
fn an_upload_of_a_file_costs_its_text_and_itself() {
    let (headers, rules) = (visitor(), Rules { keep_days: 30, links: None });
    let stream = "A".repeat(UPLOAD_BYTES);
    let body = json!({ "fileType": "jpg", "channel": "WEB", "fileStream": stream }).to_string();
    let read = || {
        with(UPLOAD, &headers, body.as_bytes(), |request, accounts| media::receive(request, accounts, &rules).is_ok())
    };
    let (bytes, kept) = peak(read);
    assert!(kept && bytes < 13_000_000, "{bytes} bytes");
}

#[test]
fn a_call_of_many_small_values_that_nobody_has_signed_costs_little() {
    let headers = vec![("content-type", "application/json".to_owned())];
    for value in SMALL {
        let body = filled(value, 512 * 1024);
        let read = || {
            with("/webhooks/rbm/acme/rcs", &headers, &body, |request, accounts| {
                inbound::receive(request, accounts).is_ok()
            })
        };
        let (bytes, accepted) = peak(read);
        assert!(!accepted && bytes < 10_000_000, "{value}: {bytes} bytes");
    }
}

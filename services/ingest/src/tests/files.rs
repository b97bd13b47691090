//! Files over real sockets: what is kept, who gets it, and what it can not use up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use usher_broker::Broker;
use usher_dialects::media::{Links, Rules};
use usher_domain::Timestamp;

use super::http::{Call, Reply};
use super::{Bench, accounts, broker, settings};
use crate::Ingest;
use crate::media::{Media, MediaSettings};

const BYTES_MAX: usize = 1_000_000;

/// A folder of a test's own, gone with it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("usher-files-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Self(folder)
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
            }
        }
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is no failure of the test.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store where who has no turn is refused soon.
fn media(url: &str, at_once_max: usize) -> Arc<Media> {
    Arc::new(patient(url, at_once_max).with_turn_within(Duration::from_millis(20)))
}

/// A store where turns are waited for.
fn patient(url: &str, at_once_max: usize) -> Media {
    let links = Links {
        base_url: "http://usher.example".to_owned(),
        key: "0123456789abcdef0123456789abcdef".into(),
        life: Duration::from_secs(60),
    };
    let rules = Rules { keep_days: 2, links: Some(links) };
    let settings =
        MediaSettings { url: url.to_owned(), options: BTreeMap::new(), bytes_max: BYTES_MAX, at_once_max, rules };
    Media::open(settings).expect("a store")
}

async fn bench(media: Arc<Media>) -> Bench {
    let broker = broker();
    let sender = broker.sender().expect("a sender");
    Bench::with(broker, Ingest::new(settings(), accounts(), sender).with_media(media)).await
}

fn post(body: &str) -> Call {
    let call = Call::post("/v1/media", body).header("content-type", "text/plain");
    call.header("authorization", "Bearer acme-key")
}

fn get(path: &str) -> Call {
    Call::post(path, "").method("GET").without("content-type").header("authorization", "Bearer acme-key")
}

fn told(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("no JSON: {}", reply.body))
}

async fn kept(bench: &Bench, body: &str) -> Value {
    let reply = bench.send(post(body)).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    told(&reply)
}

/// The three headers of a Huawei client, in the name of its user.
async fn huawei(bench: &Bench, path: &str, body: &Value) -> Call {
    let credentials = json!({ "app_key": "app", "app_secret": "app-secret" });
    let access = bench.send(Call::post("/apigovernance/api/oauth/tokenByAkSk", credentials.to_string())).await;
    let bearer = format!("Bearer {}", told(&access)["AccessToken"].as_str().expect("a token"));
    let with_app = |call: Call| call.header("x-app-key", "app").header("authorization", &bearer);
    let user = json!({ "userId": "u", "userName": "u", "channelId": "1", "locale": "zh" });
    let applied = bench.send(with_app(Call::post("/apiaccess/ccmessaging/applyToken", user.to_string()))).await;
    let token = told(&applied)["token"].as_str().expect("a token").to_owned();
    with_app(Call::post(path, body.to_string())).header("ccmessaging-token", &token)
}

#[tokio::test]
async fn a_file_is_given_back_as_it_came_and_to_its_tenant_only() {
    let folder = Folder::new("back");
    let bench = bench(media(folder.0.to_str().expect("UTF-8"), 4)).await;
    let answer = kept(&bench, "hello 世界").await;
    let path = format!("/v1/media/{}", answer["key"].as_str().expect("a key"));
    let reply = bench.send(get(&path)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello 世界"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("content-length"), Some("12"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("content-disposition"), Some("attachment"));
    let other = bench.send(get(&path).header("authorization", "Bearer other-key")).await;
    assert_eq!(other.status, 404, "another tenant's file is one that is not there");
    assert_eq!(bench.send(get(&path).without("authorization")).await.status, 401);
    let link = answer["url"].as_str().expect("a link").strip_prefix("http://usher.example").expect("our address");
    let by_link = bench.send(get(link).without("authorization")).await;
    assert_eq!((by_link.status, by_link.body.as_str()), (200, "hello 世界"));
    assert_eq!((folder.files().len(), bench.count()), (1, 0), "nothing of it is in the log");
}

#[tokio::test]
async fn a_visitors_file_reaches_the_agent_and_an_agents_file_the_visitor() {
    let bench = bench(media("memory://", 4)).await;
    let file = json!({ "fileType": "txt", "channel": "WEB", "fileStream": "aGVsbG8=" });
    let reply = bench.send(huawei(&bench, "/apiaccess/ccmessaging/uploadFileStream", &file).await).await;
    let answer = told(&reply);
    assert_eq!((reply.status, &answer["returnCode"]), (200, &json!("0")), "{answer}");
    let key = answer["objectKey"].as_str().expect("a key");
    assert_eq!(bench.send(get(&format!("/v1/media/{key}"))).await.body, "hello");

    let agents = kept(&bench, "from the agent").await;
    let id = format!("local/{}", agents["key"].as_str().expect("a key"));
    let asked = json!({ "fileId": id, "fileType": "txt", "channel": "WEB" });
    let reply = bench.send(huawei(&bench, "/apiaccess/ccmessaging/downloadFileStream", &asked).await).await;
    let answer = told(&reply);
    assert_eq!((&answer["resultCode"], &answer["fileStream"]), (&json!("0"), &json!("ZnJvbSB0aGUgYWdlbnQ=")));
    let link = answer["fileUrl"].as_str().and_then(|url| url.strip_prefix("http://usher.example")).expect("a link");
    assert_eq!(bench.send(get(link).without("authorization")).await.body, "from the agent");

    let missing = json!({ "fileId": format!("{key}x"), "fileType": "txt", "channel": "WEB" });
    let reply = bench.send(huawei(&bench, "/apiaccess/ccmessaging/downloadFileStream", &missing).await).await;
    assert_eq!((reply.status, &told(&reply)["resultCode"]), (404, &json!("404")));
}

#[tokio::test]
async fn what_is_too_large_is_413_declared_or_not_and_leaves_nothing() {
    let folder = Folder::new("large");
    let bench = bench(media(folder.0.to_str().expect("UTF-8"), 4)).await;
    let just = "x".repeat(BYTES_MAX);
    kept(&bench, &just).await;
    let larger = format!("{just}x");
    assert_eq!(bench.send(post(&larger)).await.status, 413);
    assert_eq!(bench.send(post(&larger).chunked()).await.status, 413);
    assert_eq!(bench.send(post("")).await.status, 400);
    let stream = "A".repeat(BYTES_MAX.div_ceil(3) * 4 + 4);
    let file = json!({ "fileType": "txt", "channel": "WEB", "fileStream": stream });
    let reply = bench.send(huawei(&bench, "/apiaccess/ccmessaging/uploadFileStream", &file).await).await;
    assert_eq!((reply.status, &told(&reply)["returnCode"]), (413, &json!("13")));
    assert_eq!(folder.files().len(), 1, "the one of just the limit");
}

#[tokio::test]
async fn nobodys_body_is_read_and_no_more_files_move_at_once_than_may() {
    let bench = bench(media("memory://", 1)).await;
    let half = |authorization: &str| {
        format!(
            "POST /v1/media HTTP/1.1\r\nhost: u\r\nauthorization: {authorization}\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nhalf"
        )
    };
    let mut nobody = TcpStream::connect(bench.address).await.expect("ingest listens");
    nobody.write_all(half("Bearer nobody").as_bytes()).await.expect("taken");
    let mut answer = [0; 12];
    nobody.read_exact(&mut answer).await.expect("answered before its body is there");
    assert_eq!(&answer, b"HTTP/1.1 401");

    let mut slow = TcpStream::connect(bench.address).await.expect("ingest listens");
    slow.write_all(half("Bearer acme-key").as_bytes()).await.expect("taken");
    let busy = loop {
        let reply = bench.send(post("hello")).await;
        if reply.status == 503 {
            break reply;
        }
    };
    assert!(busy.body.contains("too many files are under way"), "{}", busy.body);
    assert_eq!(busy.header("retry-after"), Some("1"));
    slow.write_all(b" done").await.expect("taken");
    slow.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 201");
}

/// Half of a file, by which its place is held until the caller says more or goes.
async fn half_a_file(bench: &Bench) -> TcpStream {
    let mut slow = TcpStream::connect(bench.address).await.expect("ingest listens");
    let head = "POST /v1/media HTTP/1.1\r\nhost: u\r\nauthorization: Bearer acme-key\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nhalf";
    slow.write_all(head.as_bytes()).await.expect("taken");
    slow
}

/// Files until one is refused, because the place is taken; answers with what is said then.
async fn refused(bench: &Bench) -> String {
    loop {
        let reply = bench.send(post("hello")).await;
        if reply.status == 503 {
            return reply.body;
        }
    }
}

#[tokio::test]
async fn files_that_are_slow_keep_no_message_out() {
    let broker = broker();
    let sender = broker.sender().expect("a sender");
    let one = crate::Settings { requests_max: 1, ..settings() };
    let ingest = Ingest::new(one, accounts(), sender).with_media(media("memory://", 1));
    let bench = Bench::with(broker, ingest).await;
    let slow = half_a_file(&bench).await;
    let why = refused(&bench).await;
    assert_eq!(bench.send(super::message()).await.status, 202, "{why}");
    drop(slow);
}

#[tokio::test]
async fn only_so_many_files_wait_for_their_turn() {
    let hour = Duration::from_secs(3_600);
    let media = patient("memory://", 1).with_turn_within(hour).with_waiting_max(0);
    let bench = bench(Arc::new(media)).await;
    let slow = half_a_file(&bench).await;
    assert!(refused(&bench).await.contains("too many files are under way"));
    drop(slow);
}

#[tokio::test]
async fn slow_files_of_one_tenant_keep_no_other_tenants_out() {
    let bench = bench(media("memory://", 2)).await;
    let slow = [half_a_file(&bench).await, half_a_file(&bench).await];
    let why = refused(&bench).await;
    let other = bench.send(post("hello").header("authorization", "Bearer other-key")).await;
    assert_eq!(other.status, 201, "{why}; {}", other.body);
    drop(slow);
}

#[tokio::test]
async fn slow_files_keep_nobody_from_having_one() {
    let bench = bench(media("memory://", 1)).await;
    let path = format!("/v1/media/{}", kept(&bench, "hello").await["key"].as_str().expect("a key"));
    let slow = half_a_file(&bench).await;
    let why = refused(&bench).await;
    let reply = bench.send(get(&path)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello"), "{why}");
    drop(slow);
}

#[tokio::test]
async fn who_is_slow_to_ask_for_a_file_keeps_nobody_from_sending_one() {
    let bench = bench(media("memory://", 1)).await;
    let asks = huawei(&bench, "/apiaccess/ccmessaging/downloadFileStream", &json!({})).await;
    let mut slow = TcpStream::connect(bench.address).await.expect("ingest listens");
    slow.write_all(asks.announcing(100).bytes().as_bytes()).await.expect("taken");
    // Its turn would be taken in the meantime.
    for _ in 0..20 {
        kept(&bench, "hello").await;
    }
    drop(slow);
}

#[tokio::test]
async fn a_rush_of_files_is_taken_in_turn() {
    let bench = bench(Arc::new(patient("memory://", 1))).await;
    let body = "x".repeat(BYTES_MAX);
    let replies = join_all((0..8).map(|_| bench.send(post(&body)))).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [201; 8]);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let folder = Folder::new("broken");
    let bench = bench(media(folder.0.to_str().expect("UTF-8"), 1)).await;
    let mut broken = TcpStream::connect(bench.address).await.expect("ingest listens");
    let head = "POST /v1/media HTTP/1.1\r\nhost: u\r\nauthorization: Bearer acme-key\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nhalf";
    broken.write_all(head.as_bytes()).await.expect("taken");
    drop(broken);
    // The place is free again when the broken one is over.
    while bench.send(post("hello")).await.status != 201 {}
    assert_eq!(folder.files().len(), 1, "the whole one");
}

#[tokio::test]
async fn files_end_after_their_days() {
    let folder = Folder::new("end");
    let media = media(folder.0.to_str().expect("UTF-8"), 4);
    let bench = bench(Arc::clone(&media)).await;
    let answer = kept(&bench, "hello").await;
    let foreign = folder.0.join("lost+found");
    std::fs::create_dir_all(&foreign).expect("writable");
    std::fs::write(foreign.join("x"), "not ours").expect("writable");
    let day: i64 = answer["key"].as_str().and_then(|key| key.split('-').next()?.parse().ok()).expect("a day");
    let at = |days: i64| Timestamp::from_millis((day + days) * 86_400_000);
    assert_eq!(media.sweep(at(2)).await.expect("swept"), 0, "its second day after");
    assert_eq!(media.sweep(at(3)).await.expect("swept"), 1);
    assert_eq!(media.sweep(at(3)).await.expect("swept"), 0, "once");
    let path = format!("/v1/media/{}", answer["key"].as_str().expect("a key"));
    assert_eq!(bench.send(get(&path)).await.status, 404);
    assert_eq!(folder.files(), [foreign.join("x")], "what is not ours stays");
}

#[tokio::test]
async fn a_store_that_does_not_work_is_503_and_everything_else_goes_on() {
    let folder = Folder::new("away");
    let file = folder.0.join("a-file");
    std::fs::write(&file, "where a folder should be").expect("writable");
    let bench = bench(media(file.to_str().expect("UTF-8"), 4)).await;
    let reply = bench.send(post("hello")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{}", reply.body);
    assert_eq!(bench.send(super::message()).await.status, 202);
}

#[tokio::test]
async fn without_a_store_the_paths_of_files_are_404() {
    let bench = Bench::start().await;
    let reply = bench.send(post("hello")).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
}

#[test]
fn an_address_that_is_no_store_is_refused_with_the_fix() {
    for url in ["gs://bucket", "http://x", "s4://", "://"] {
        let settings = MediaSettings {
            url: url.to_owned(),
            options: BTreeMap::new(),
            bytes_max: 1,
            at_once_max: 1,
            rules: Rules { keep_days: 1, links: None },
        };
        let error = Media::open(settings).expect_err(url).to_string();
        assert!(error.starts_with("media.url: ") && error.contains("s3://bucket/prefix"), "{error}");
    }
}

/// A bucket `usher` at an S3 that takes any credentials.
#[tokio::test]
#[ignore = "needs an S3: tests/vendors/run s3"]
async fn files_lie_in_a_bucket_and_end_there() {
    let endpoint = std::env::var("USHER_TEST_S3").expect("USHER_TEST_S3 names the S3, http://host:port");
    usher_runtime::http::install_tls();
    let options = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_allow_http", "true"),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "any"),
        ("aws_secret_access_key", "any"),
    ];
    let media = Arc::new(
        Media::open(MediaSettings {
            url: "s3://usher/media".to_owned(),
            options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            // Two parts and a rest.
            bytes_max: 12 * 1024 * 1024,
            at_once_max: 4,
            rules: Rules { keep_days: 2, links: None },
        })
        .expect("a store"),
    );
    let bench = bench(Arc::clone(&media)).await;
    let large = "0123456789abcdef".repeat(11 * 64 * 1024);
    let answer = kept(&bench, &large).await;
    let path = format!("/v1/media/{}", answer["key"].as_str().expect("a key"));
    let reply = bench.send(get(&path)).await;
    assert!(reply.status == 200 && reply.body == large, "{} bytes came back", reply.body.len());
    let larger = "x".repeat(12 * 1024 * 1024 + 1);
    assert_eq!(bench.send(post(&larger).chunked()).await.status, 413);
    let small = json!({ "fileType": "txt", "channel": "WEB", "fileStream": "aGVsbG8=" });
    let reply = bench.send(huawei(&bench, "/apiaccess/ccmessaging/uploadFileStream", &small).await).await;
    assert_eq!(told(&reply)["returnCode"], "0");

    let day: i64 = answer["key"].as_str().and_then(|key| key.split('-').next()?.parse().ok()).expect("a day");
    let at = |days: i64| Timestamp::from_millis((day + days) * 86_400_000);
    assert_eq!(media.sweep(at(2)).await.expect("swept"), 0);
    assert_eq!(media.sweep(at(3)).await.expect("swept"), 2, "of the refused one nothing is left");
    assert_eq!(bench.send(get(&path)).await.status, 404);
}

//! One good request for each path of each dialect, and how it is signed, so that hostile payloads come rightly signed
//! too. Signatures are made here once more: a test that shared code with the dialects would share its mistakes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use usher_dialects::inbound::replays::Replays;

use crate::request::{Sent, heard};

/// What a repeat of a request meets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// The same records, by which a core recognises it.
    Same,
    /// A refusal.
    Refused,
}

type Seal = Box<dyn Fn(&[u8]) -> Sent>;

/// One good request.
pub(crate) struct Call {
    pub(crate) label: &'static str,
    /// What the sender chooses: the body, or what stands inside it.
    pub(crate) payload: Vec<u8>,
    pub(crate) is_json: bool,
    /// How many records it makes.
    pub(crate) records: usize,
    /// The headers without any of which it must be refused.
    pub(crate) credentials: Vec<&'static str>,
    pub(crate) repeat: Repeat,
    /// The request with this payload, signed.
    seal: Seal,
}

impl Call {
    fn json(label: &'static str, payload: &Value, seal: impl Fn(&[u8]) -> Sent + 'static) -> Self {
        let payload = payload.to_string().into_bytes();
        let seal = Box::new(seal);
        Self { label, payload, is_json: true, records: 1, credentials: Vec::new(), repeat: Repeat::Same, seal }
    }

    fn form(label: &'static str, pairs: &[(&str, &str)], seal: impl Fn(&[u8]) -> Sent + 'static) -> Self {
        let payload = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes();
        let seal = Box::new(seal);
        Self { label, payload, is_json: false, records: 1, credentials: Vec::new(), repeat: Repeat::Same, seal }
    }

    fn shown_by(self, credentials: &[&'static str]) -> Self {
        Self { credentials: credentials.to_vec(), ..self }
    }

    fn writing(self, records: usize) -> Self {
        Self { records, ..self }
    }

    pub(crate) fn seal(&self, payload: &[u8]) -> Sent {
        (self.seal)(payload)
    }

    pub(crate) fn good(&self) -> Sent {
        self.seal(&self.payload)
    }

    /// The good request as somebody sends it who has no key: altered behind the signature, or with another secret where
    /// secrets stand in the payload or in the path.
    pub(crate) fn forgeries(&self) -> Vec<(String, Sent)> {
        let mut all = Vec::new();
        let good = self.good();
        for secret in ["app_secret", "client_secret", "clientToken", "security"] {
            let Ok(mut body) = serde_json::from_slice::<Value>(&good.body) else { continue };
            for forged in [json!(""), json!("0"), Value::Null] {
                if body[secret].is_null() {
                    continue;
                }
                body[secret] = forged;
                all.push((
                    format!("with another {secret}"),
                    Sent { body: body.to_string().into_bytes(), ..good.clone() },
                ));
            }
        }
        for header in ["x-goog-signature", "x-twilio-signature"] {
            if self.credentials.contains(&header) {
                let altered = String::from_utf8_lossy(&good.body).replacen("SM1", "SM2", 1).replacen(
                    "\"data\":\"ey",
                    "\"data\":\"ew",
                    1,
                );
                all.push((
                    "altered behind the signature".to_owned(),
                    Sent { body: altered.into_bytes(), ..good.clone() },
                ));
            }
        }
        if self.credentials.is_empty() && good.path.contains(CALLBACK_TOKEN) {
            let path = good.path.replace(CALLBACK_TOKEN, "sample-callback-tokem");
            all.push(("with another token in the path".to_owned(), Sent { path, ..good.clone() }));
        }
        if self.label.starts_with("aliyun") {
            let query = good.query.replace("user01", "user02");
            all.push(("altered behind the signature".to_owned(), Sent { query, ..good }));
        }
        all
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const CALLBACK_TOKEN: &str = "sample-callback-token";
const CONVERSATION: &str = "0123456789abcdef0123456789abcdef";
const MESSAGE: &str = "6e0be3f66a9c8e1a9d0b0a1b2c3d4e5f";
const USER: &str = "user_1619573111751";

/// All of them.
pub(crate) fn calls() -> Vec<Call> {
    [native(), huawei(), rbm(), easemob(), aliyun(), sms()].into_iter().flatten().collect()
}

fn native() -> Vec<Call> {
    let session = format!("{CONVERSATION}.5.0000000000000009");
    let at = |word: &str| format!("/v1/sessions/{session}/{word}");
    let person = |more: Value| merged(json!({ "account": "web", "visitor": "d" }), more);
    let agent = |more: Value| merged(json!({ "account": "web", "agent": "li" }), more);
    let profile = json!({ "nickname": "D", "phone": "+8613512345678", "tags": ["vip"], "text": "hi", "group": "售前" });
    let card = json!({ "kind": "card", "title": "a", "description": "b", "link": "https://acme.example",
        "choices": [{ "postback": "p", "label": "l" }] });
    let rows = [
        ("/v1/messages".to_owned(), person(profile)),
        ("/v1/messages".to_owned(), person(json!({ "content": card }))),
        ("/v1/asks".to_owned(), person(json!({ "agent": "li" }))),
        ("/v1/connect".to_owned(), person(json!({ "context": "{\"a\":1}" }))),
        ("/v1/leave".to_owned(), person(json!({}))),
        ("/v1/typing".to_owned(), person(json!({}))),
        ("/v1/reads".to_owned(), person(json!({ "messages": [MESSAGE] }))),
        ("/v1/surveys".to_owned(), person(json!({ "score": 5, "detail": "good" }))),
        ("/v1/desks/acme-desk/agents/li/presence".to_owned(), json!({ "presence": "online" })),
        (at("messages"), agent(json!({ "text": "hi", "ttl_ms": 1000, "class": "service" }))),
        (at("typing"), agent(json!({}))),
        (at("reads"), agent(json!({ "messages": [MESSAGE] }))),
        (at("transfer"), agent(json!({ "placement": "3.2", "to": { "group": "售前" } }))),
        (at("close"), agent(json!({ "placement": "3.2" }))),
        (at("hold"), agent(json!({ "placement": "3.2" }))),
        (at("resume"), agent(json!({}))),
        (at("consult"), agent(json!({ "consulted": "wang" }))),
        (at("whisper"), agent(json!({ "text": "sell" }))),
        (at("consult-end"), agent(json!({}))),
        (at("invite-survey"), agent(json!({}))),
        (at("accept"), agent(json!({ "placement": "3.2" }))),
        (at("decline"), agent(json!({ "placement": "3.2" }))),
        (at("recall"), agent(json!({ "message": MESSAGE }))),
        (at("profile"), agent(json!({ "profile": { "email": "d@acme.example" } }))),
        (at("bot-messages"), json!({ "account": "aicc", "text": "hi" })),
        (at("handover"), json!({ "account": "aicc" })),
        ("/v1/pushes".to_owned(), person(json!({ "text": "hi", "fallback": { "to": "+8613512345678" } }))),
        ("/v1/stream-tokens".to_owned(), json!({ "account": "chat", "visitor": "user01" })),
    ];
    let rows = rows.into_iter().map(|(path, body)| native_call(path, "acme-key", &body));
    let supervised = |(path, more)| {
        let body = merged(json!({ "by": "mei", "reason": "a busy day" }), more);
        native_call(format!("/v1/desks/acme-desk/{path}"), "acme-supervisor-key", &body)
    };
    let of_supervisors = [
        (format!("sessions/{session}/assign"), json!({ "agent": "li", "placement": "3.2" })),
        (format!("sessions/{session}/requeue"), json!({ "placement": "3.2" })),
        (format!("sessions/{session}/close"), json!({})),
        ("agents/li/drain".to_owned(), json!({})),
        ("agents/li/undrain".to_owned(), json!({})),
        ("move".to_owned(), json!({ "from": { "group": "a" }, "to": { "agent": "li" } })),
    ];
    rows.chain(of_supervisors.into_iter().map(supervised)).collect()
}

fn native_call(path: String, key: &'static str, body: &Value) -> Call {
    let records = usize::from(path != "/v1/stream-tokens");
    let call = Call::json("native", body, move |payload| {
        Sent::post(&path, JSON, payload)
            .with_header("authorization", Some(format!("Bearer {key}")))
            .with_header("idempotency-key", Some("key-1".to_owned()))
    });
    call.shown_by(&["authorization"]).writing(records)
}

fn huawei() -> Vec<Call> {
    let token_path = "/apigovernance/api/oauth/tokenByAkSk";
    let ak_sk = json!({ "app_key": "app-1", "app_secret": "app-secret-1" });
    let access = told(&Sent::post(token_path, JSON, ak_sk.to_string().as_bytes()), "AccessToken");
    let as_app = move |sent: Sent| {
        sent.with_header("x-app-key", Some("app-1".to_owned()))
            .with_header("authorization", Some(format!("Bearer {access}")))
    };
    let apply = json!({ "userId": USER, "userName": "u", "channelId": "1011577355744904195", "locale": "zh" });
    let applied = as_app.clone();
    let apply_path = "/apiaccess/ccmessaging/applyToken";
    let messaging = told(&applied(Sent::post(apply_path, JSON, apply.to_string().as_bytes())), "token");
    let send = json!({
        "content": "Version", "controlType": "CHAT", "from": USER, "mediaType": "TEXT", "senderNickname": "u",
        "sourceType": "CUSTOMER", "timestamp": "1619573123199", "to": "1011577355744904195", "userAgent": null,
        "senderAvatar": null, "channel": "WEB",
    });
    let mut card = send.clone();
    card["mediaType"] = json!("WEBCARD");
    card["content"] = json!(r#"{"title":"t","description":"d","redirectUrl":"https://acme.example"}"#);
    let mut calls = vec![
        Call::json("huawei, tokenByAkSk", &ak_sk, move |payload| Sent::post(token_path, JSON, payload)).writing(0),
        Call::json("huawei, applyToken", &apply, move |payload| applied(Sent::post(apply_path, JSON, payload)))
            .shown_by(&["x-app-key", "authorization"])
            .writing(0),
    ];
    for (path, body) in [("sendAsync", &send), ("sendSync", &send), ("sendAsync", &card)] {
        let (as_app, messaging) = (as_app.clone(), messaging.clone());
        let path = format!("/apiaccess/ccmessaging/{path}");
        let call = Call::json("huawei, send", body, move |payload| {
            as_app(Sent::post(&path, JSON, payload)).with_header("ccmessaging-token", Some(messaging.clone()))
        });
        calls.push(call.shown_by(&["x-app-key", "authorization", "ccmessaging-token"]));
    }
    calls
}

fn rbm() -> Vec<Call> {
    const PATH: &str = "/webhooks/rbm/acme/rcs";
    let user = |more: Value| {
        let said = json!({ "senderPhoneNumber": "+12223334444", "agentId": "acme_agent", "messageId": "m-1" });
        merged(said, more)
    };
    let event = |kind: &str| {
        json!({ "phoneNumber": "+12223334444", "agentId": "acme_agent", "eventType": kind, "eventId": "e-1",
            "messageId": MESSAGE, "sendTime": "2021-04-28T01:25:22.352Z" })
    };
    let file = json!({ "mimeType": "image/gif", "fileSizeBytes": 127_806, "fileUri": "https://g.example/1", "fileName": "a.gif" });
    let rows = [
        user(json!({ "text": "Hi" })),
        user(json!({ "location": { "latitude": 37.4, "longitude": -122.0 } })),
        user(json!({ "userFile": { "payload": file } })),
        user(json!({ "suggestionResponse": { "postbackData": "p", "text": "Yes" } })),
        event("DELIVERED"),
        event("TTL_EXPIRATION_REVOKED"),
    ];
    let seal = |payload: &[u8]| {
        let body = json!({ "message": { "data": STANDARD.encode(payload), "messageId": "1" }, "subscription": "s" });
        let mac = Hmac::<Sha512>::new_from_slice(b"client-token").expect("any length").chain_update(payload);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Sent::post(PATH, JSON, body.to_string().as_bytes()).with_header("x-goog-signature", Some(signature))
    };
    let mut calls: Vec<Call> =
        rows.iter().map(|row| Call::json("rbm, webhook", row, seal).shown_by(&["x-goog-signature"])).collect();
    let challenge = json!({ "clientToken": "client-token", "secret": "1234567890" });
    calls.push(Call::json("rbm, challenge", &challenge, |payload| Sent::post(PATH, JSON, payload)).writing(0));
    calls
}

fn easemob() -> Vec<Call> {
    let call_id = "acme-im#shop_1";
    let digest = Md5::digest(format!("{call_id}cb-secret{}", crate::request::NOW.millis()));
    let ext = json!({ "weichat": { "queueName": "售前", "visitor": { "userNickname": "D", "tags": ["vip"], "phone": "13512345678" } } });
    let callback = json!({
        "callId": call_id, "eventType": "chat", "timestamp": crate::request::NOW.millis(), "chat_type": "chat",
        "from": "xiaoming", "to": "kefu", "msg_id": "1",
        "payload": { "bodies": [{ "type": "txt", "msg": "Hi" }], "ext": ext }, "security": hex(&digest),
    });
    let client = json!({ "grant_type": "client_credentials", "client_id": "acme-client", "client_secret": "acme-client-secret", "ttl": 60 });
    let token = told(&Sent::post("/acme-im/shop/token", JSON, client.to_string().as_bytes()), "access_token");
    let with_token = move |path: &'static str| {
        let token = token.clone();
        move |payload: &[u8]| {
            Sent::post(path, JSON, payload).with_header("authorization", Some(format!("Bearer {token}")))
        }
    };
    let legacy = json!({ "target_type": "users", "target": ["kefu"], "from": "xiaoming", "msg": { "type": "txt", "msg": "Hi" },
        "ext": { "weichat": { "msgId": "m-1" } } });
    let current = json!({ "from": "xiaoming", "to": ["kefu"], "type": "txt", "body": { "msg": "Hi" },
        "ext": { "weichat": { "msgId": "m-2" } } });
    let channel = json!({ "from": "xiaoming", "msg_id": "1", "msg": { "type": "txt", "msg": "Hi" }, "ext": ext });
    vec![
        Call::json("easemob, REST channel", &channel, rest_channel_seal).shown_by(&["authorization", "x-auth-expires"]),
        Call::json("easemob, callback", &callback, |payload| Sent::post("/webhooks/easemob/acme/im", JSON, payload)),
        Call::json("easemob, token", &client, |payload| Sent::post("/acme-im/shop/token", JSON, payload)).writing(0),
        Call::json("easemob, legacy", &legacy, with_token("/acme-im/shop/messages")).shown_by(&["authorization"]),
        Call::json("easemob, current", &current, with_token("/acme-im/shop/messages/users"))
            .shown_by(&["authorization"]),
    ]
}

/// HMAC-SHA256 over verb, path, expiry and the MD5 of the content.
fn rest_channel_seal(payload: &[u8]) -> Sent {
    const PATH: &str = "/api/tenants/5950/rest/channels/20/messages";
    const EXPIRES: &str = "1619573260000";
    let text = format!("POST\n{PATH}\n{EXPIRES}\n{}", hex(&Md5::digest(payload)));
    let mac = Hmac::<Sha256>::new_from_slice(b"channel-secret").expect("any length").chain_update(text);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Sent::post(PATH, JSON, payload)
        .with_header("x-auth-expires", Some(EXPIRES.to_owned()))
        .with_header("authorization", Some(format!("hmac channel-client:{signature}")))
}

fn aliyun() -> Vec<Call> {
    let said =
        [("AIAgentId", "agent-1"), ("ReceiverId", "user01"), ("SessionId", "s-1"), ("Text", "Hi"), ("Type", "custom")];
    let signed = [
        "authorization",
        "host",
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
    ];
    let call = Call::form("aliyun", &said, aliyun_seal).shown_by(&signed);
    vec![Call { repeat: Repeat::Refused, ..call }]
}

/// ACS3-HMAC-SHA256, the parameters in the query as the vendor's clients put them there.
fn aliyun_seal(payload: &[u8]) -> Sent {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(payload).into_owned().collect();
    let encode = |text: &str| percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string();
    let mut query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    query.sort_unstable();
    let query = query.join("&");
    let hash = hex(&Sha256::digest(b""));
    let headers = [
        ("host", "usher.example"),
        ("x-acs-action", "SendMessageChatText"),
        ("x-acs-content-sha256", hash.as_str()),
        ("x-acs-date", "2021-04-28T01:26:40Z"),
        ("x-acs-signature-nonce", "nonce-1"),
        ("x-acs-version", "2020-11-09"),
    ];
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.map(|(name, _)| name).join(";");
    let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{hash}");
    let text = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical)));
    let mac = Hmac::<Sha256>::new_from_slice(b"acme-ak-secret").expect("any length").chain_update(text);
    let signature = hex(&mac.finalize().into_bytes());
    let authorization = format!("ACS3-HMAC-SHA256 Credential=acme-ak,SignedHeaders={names},Signature={signature}");
    let mut sent = Sent { query, ..Sent::post("/", "", b"") };
    sent.headers.extend(headers.map(|(name, value)| (name, value.to_owned())));
    sent.with_header("authorization", Some(authorization))
}

const UNRESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn sms() -> Vec<Call> {
    let status = format!("/callbacks/sms/acme/sms/{CONVERSATION}/{MESSAGE}/sms");
    let fields =
        [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("To", "+12223334444"), ("ErrorCode", "30005")];
    let incoming = [
        ("Body", "Hi"),
        ("From", "+12223334444"),
        ("MessageSid", "SM1"),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://media.example/1"),
        ("MediaContentType0", "image/png"),
    ];
    let twilio = |path: String| {
        move |payload: &[u8]| {
            let mut pairs: Vec<(String, String)> = form_urlencoded::parse(payload).into_owned().collect();
            pairs.sort_unstable();
            pairs.dedup();
            let signed =
                pairs.iter().fold(format!("https://usher.example{path}"), |text, (name, value)| text + name + value);
            let mac = Hmac::<Sha1>::new_from_slice(b"auth-token").expect("any length").chain_update(signed);
            Sent::post(&path, FORM, payload)
                .with_header("x-twilio-signature", Some(STANDARD.encode(mac.finalize().into_bytes())))
        }
    };
    let report = json!([{
        "phone_number": "13811110000", "send_time": "2017-01-01 00:00:00", "report_time": "2017-01-01 00:00:00",
        "success": true, "err_code": "DELIVERED", "err_msg": "ok", "sms_size": "1", "biz_id": "12345",
        "out_id": format!("{CONVERSATION}.{MESSAGE}.sms"),
    }]);
    let said = json!([{
        "phone_number": "13811110000", "content": "Hi", "send_time": "2017-09-01 00:00:00", "dest_code": "1",
        "sequence_id": "1234567890",
    }]);
    let aliyun = |kind: &'static str| {
        move |payload: &[u8]| Sent::post(&format!("/webhooks/sms/acme/sms%20cn/{kind}/{CALLBACK_TOKEN}"), JSON, payload)
    };
    vec![
        Call::form("sms, Twilio's report", &fields, twilio(status)).shown_by(&["x-twilio-signature"]),
        Call::form("sms, by Twilio", &incoming, twilio("/webhooks/sms/acme/sms".to_owned()))
            .shown_by(&["x-twilio-signature"])
            .writing(2),
        Call::json("sms, Aliyun's report", &report, aliyun("reports")),
        Call::json("sms, by Aliyun", &said, aliyun("incoming")),
    ]
}

/// A text in the answer to a request.
fn told(sent: &Sent, name: &str) -> String {
    let answer = heard(sent, &Replays::default());
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned()
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Alibaba Cloud's SMS service: takes `SendSms` with ACS3-HMAC-SHA256, answers with `BizId`, and pushes reports and what
//! phones write, when it is told to. It recognises no repeat but a used nonce, as the service does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::book::{Book, Entry};
use crate::client::{self, Refused, Reply};
use crate::log::{Line, NotSeen};
use crate::script::Answer;
use crate::server::Server;
use crate::signature;

/// The headers that a call must have and sign, sorted.
const SIGNED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// One SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliyunSms {
    /// The service's id of it.
    pub biz_id: String,
    /// Country code and number.
    pub to: String,
    /// The template's variables, as JSON.
    pub template_param: String,
    /// What its report brings back.
    pub out_id: String,
    nonce: String,
}

impl Line for AliyunSms {
    fn line(&self) -> String {
        format!("SMS {} to {} “{}”", self.biz_id, self.to, self.template_param)
    }
}

impl Entry for AliyunSms {
    fn key(&self) -> String {
        self.nonce.clone()
    }

    /// `OutId` names the message: one message must not become two SMS.
    fn subject(&self) -> Option<String> {
        (!self.out_id.is_empty()).then(|| format!("the SMS with OutId {}", self.out_id))
    }
}

/// The service, with one customer who has one template.
#[derive(Debug)]
pub struct AliyunSmsProvider {
    server: Server,
    state: Arc<Service>,
}

#[derive(Debug)]
struct Service {
    key: String,
    secret: String,
    template: String,
    nonces: Mutex<BTreeSet<String>>,
    book: Book<AliyunSms>,
}

impl Deref for AliyunSmsProvider {
    type Target = Book<AliyunSms>;

    fn deref(&self) -> &Book<AliyunSms> {
        &self.state.book
    }
}

impl AliyunSmsProvider {
    /// Starts the service.
    pub async fn start(at: SocketAddr, key: &str, secret: &str, template: &str) -> io::Result<Self> {
        let [key, secret, template] = [key, secret, template].map(str::to_owned);
        let book = Book::new("Aliyun SMS");
        let state = Arc::new(Service { key, secret, template, nonces: Mutex::default(), book });
        let routes = Router::new().route("/", post(send_sms)).with_state(Arc::clone(&state));
        Ok(Self { server: Server::start(at, routes).await?, state })
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Waits for an SMS with this `OutId`.
    pub async fn sms(&self, out_id: &str) -> Result<AliyunSms, NotSeen> {
        self.wait_for(&format!("an SMS with OutId {out_id}"), |sms| sms.out_id == out_id).await
    }

    /// Pushes what became of an SMS (`SmsReport`).
    pub async fn report(&self, url: &str, sms: &AliyunSms, success: bool) -> Result<Reply, Refused> {
        let code = if success { "DELIVERED" } else { "MK:0001" };
        let number = sms.to.strip_prefix("86").unwrap_or(&sms.to);
        push(
            url,
            &json!([{
                "phone_number": number, "send_time": "2017-01-01 00:00:00", "report_time": "2017-01-01 00:00:01",
                "success": success, "err_code": code, "err_msg": code, "sms_size": "1", "biz_id": sms.biz_id,
                "out_id": sms.out_id,
            }]),
        )
        .await
    }

    /// Pushes what a phone writes (`SmsUp`); `number` is a national one.
    pub async fn incoming(&self, url: &str, number: &str, words: &str) -> Result<Reply, Refused> {
        let sequence = uuid::Uuid::new_v4().as_u64_pair().0;
        push(
            url,
            &json!([{
                "phone_number": number, "content": words, "send_time": "2017-09-01 00:00:00", "dest_code": "1234",
                "sequence_id": sequence,
            }]),
        )
        .await
    }
}

/// A push is taken when its answer has a number as `code`.
async fn push(url: &str, list: &Value) -> Result<Reply, Refused> {
    let reply = client::patiently(|| client::sent(client::http().post(url).json(list))).await?.accepted()?;
    match reply.body["code"].is_number() {
        true => Ok(reply),
        false => Err(Refused::Status { status: reply.status, body: reply.body.to_string() }),
    }
}

async fn send_sms(State(service): State<Arc<Service>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    match service.read(&query, &headers) {
        Ok(sms) => {
            let answer = json!({ "Code": "OK", "Message": "OK", "RequestId": sms.nonce, "BizId": sms.biz_id });
            match service.book.take(sms).await {
                Ok(()) => Answer::json(200, &answer).into_response(),
                Err(answer) => answer.into_response(),
            }
        }
        Err((status, code)) => {
            Answer::json(status, &json!({ "Code": code, "Message": code, "RequestId": "0" })).into_response()
        }
    }
}

impl Service {
    /// Reads a call; what is wrong with it is told as the service does: by status where it is not let in, by `Code` alone
    /// where the SMS can not be.
    fn read(&self, query: &str, headers: &HeaderMap) -> Result<AliyunSms, (u16, &'static str)> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if header("x-acs-action") != "SendSms" || header("x-acs-version") != "2017-05-25" {
            return Err((404, "InvalidAction.NotFound"));
        }
        let signed = SIGNED.map(|name| (name, header(name).to_owned()));
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        let expected = signature::of_aliyun(&self.key, &self.secret, &pairs.join("&"), &signed);
        if header("authorization") != expected {
            return Err((400, "SignatureDoesNotMatch"));
        }
        let nonce = header("x-acs-signature-nonce").to_owned();
        if !self.nonces.lock().unwrap_or_else(PoisonError::into_inner).insert(nonce.clone()) {
            return Err((400, "SignatureNonceUsed"));
        }
        let fields: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        if field("TemplateCode") != self.template || field("SignName").is_empty() {
            return Err((200, "isv.SMS_TEMPLATE_ILLEGAL"));
        }
        let to = field("PhoneNumbers");
        if to.len() < 8 || !to.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err((200, "isv.MOBILE_NUMBER_ILLEGAL"));
        }
        let biz_id = format!("{}^0", &signature::sha256_hex(&nonce)[..16]);
        Ok(AliyunSms { biz_id, to, template_param: field("TemplateParam"), out_id: field("OutId"), nonce })
    }
}

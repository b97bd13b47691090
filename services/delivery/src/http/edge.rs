//! One request from head to answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use metrics::counter;
use usher_broker::SenderHandle;
use usher_dialects::condition::Condition;
use usher_dialects::inbound::{self, Answer};
use usher_dialects::pull::{self, Pull, Want};
use usher_domain::{InputId, MailboxAct};
use usher_runtime::worker::clock;
use uuid::Uuid;

use super::stream::Stream;
use super::{Http, poll};
use crate::names;

/// Largest body: an acknowledgement.
const BODY_BYTES_MAX: usize = 1024;
/// How long a body may take.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// Answers one request, whatever it is.
pub(super) async fn handle<S: SenderHandle>(State(http): State<Arc<Http<S>>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let fresh = InputId::from_bits(Uuid::new_v4().as_u128());
    let answered = answer(&http, &mut head, fresh, body).await;
    let route = pull::pattern(head.uri.path()).unwrap_or("unknown");
    let condition = answered.as_ref().err().map_or("accepted", Condition::name);
    counter!(names::REQUESTS, "route" => route, "condition" => condition).increment(1);
    answered.unwrap_or_else(|condition| {
        let refused = inbound::Head { path: head.uri.path(), header: &|name| header(&head, name), fresh };
        respond(inbound::refuse(&refused, &condition))
    })
}

async fn answer<S: SenderHandle>(
    http: &Arc<Http<S>>,
    head: &mut Parts,
    fresh: InputId,
    body: Body,
) -> Result<Response, Condition> {
    let pull = understand(http, head, fresh, &read(body).await?)?;
    match pull.want {
        Want::Stream { after, until } => {
            let upgrade = web_socket(http, head).await?;
            let transport = if upgrade.is_some() { "websocket" } else { "events" };
            let stream = Stream::begin(http, pull, after, until, transport).await?;
            Ok(match upgrade {
                Some(upgrade) => stream.into_web_socket(upgrade),
                None => stream.into_events(),
            })
        }
        Want::Acknowledge { up_to } => {
            http.log.tell_for(&pull, MailboxAct::acked_up_to(up_to)).await?;
            counter!(names::ACKED).increment(1);
            Ok(respond(Answer { status: 204, ..Answer::text(204, "") }))
        }
        Want::Poll { .. } => poll::answer(http, &pull).await.map(respond),
    }
}

/// Hands the request to its dialect, with the clock that a dialect has none of.
fn understand<S: SenderHandle>(http: &Http<S>, head: &Parts, fresh: InputId, bytes: &[u8]) -> Result<Pull, Condition> {
    let request = inbound::Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        header: &|name| header(head, name),
        body: bytes,
        now: clock(),
        fresh,
        replays: &http.replays,
    };
    pull::receive(&request, &http.accounts)
}

/// A header's value; one that is no text is told as U+FFFD, never as absent.
fn header<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    Some(head.headers.get(name)?.to_str().unwrap_or("\u{fffd}"))
}

async fn read(body: Body) -> Result<Vec<u8>, Condition> {
    let limit_ms = u64::try_from(BODY_WITHIN.as_millis()).unwrap_or(u64::MAX);
    let bytes = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_BYTES_MAX)).await;
    let bytes = bytes.map_err(|_| Condition::TooSlow { limit_ms })?;
    bytes.map(Vec::from).map_err(|_| Condition::TooLarge { limit_bytes: BODY_BYTES_MAX })
}

/// The way to a WebSocket, when the client asks for one. A browser lets any page connect, so the page's origin is looked at
/// here; for other requests the browser does it, by what it is answered.
async fn web_socket<S: SenderHandle>(http: &Http<S>, head: &mut Parts) -> Result<Option<WebSocketUpgrade>, Condition> {
    let asked = header(head, "upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    if !asked {
        return Ok(None);
    }
    if header(head, "origin").is_some_and(|origin| !http.lets(origin)) {
        return Err(Condition::Unauthorised("pages of this origin may not connect: see stream.origins".to_owned()));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(head, &()).await;
    upgrade.map(Some).map_err(|_| Condition::invalid("Upgrade", "must be a WebSocket of version 13 over HTTP/1.1"))
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

//! One request from head to answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::FutureExt;
use metrics::{counter, gauge, histogram};
use usher_broker::SenderHandle;
use usher_dialects::accounts::Accounts;
use usher_dialects::condition::Condition;
use usher_dialects::inbound::{self, Accepted, Answer, Place};
use usher_domain::InputId;
use usher_runtime::server::HEAD_BYTES_USUAL;
use usher_runtime::worker::clock;
use uuid::Uuid;

use crate::{Ingest, body, look, media, names, produce, trace};

/// Answers one request, whatever it is.
pub(crate) async fn handle<S: SenderHandle>(State(ingest): State<Arc<Ingest<S>>>, request: Request) -> Response {
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let fresh = InputId::from_bits(Uuid::new_v4().as_u128());
    let place = of_head(&head, fresh, inbound::place);
    gauge!(names::IN_FLIGHT).increment(1);
    let result = AssertUnwindSafe(accept(&ingest, &head, fresh, body)).catch_unwind().await;
    gauge!(names::IN_FLIGHT).decrement(1);
    let result = result.unwrap_or(Err(Condition::Internal));
    tell(place, &result, started.elapsed());
    result.unwrap_or_else(|condition| respond(of_head(&head, fresh, |head| inbound::refuse(head, &condition))))
}

/// What the dialects say of a head; they see no more of it than they may.
fn of_head<T>(head: &Parts, fresh: InputId, says: impl FnOnce(&inbound::Head<'_>) -> T) -> T {
    says(&inbound::Head { path: head.uri.path(), header: &|name| header(head, name), fresh })
}

/// A header's value; one that is no text is told as U+FFFD, never as absent.
fn header<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    Some(head.headers.get(name)?.to_str().unwrap_or("\u{fffd}"))
}

/// Reads, understands, writes; the answer is given only when the broker has everything.
async fn accept<S: SenderHandle>(
    ingest: &Ingest<S>,
    head: &Parts,
    fresh: InputId,
    body: Body,
) -> Result<Response, Condition> {
    let under_way = ingest.requests.try_acquire().map_err(|_| Condition::Unavailable {
        reason: "too many requests are under way".to_owned(),
        retry_after: Duration::from_secs(1),
    })?;
    must_fit(head)?;
    if media::is_about(head) {
        // Files have bounds of their own: slow ones would hold the places of vendors' calls for a minute each.
        drop(under_way);
        return media::accept(ingest, head, fresh, body).await;
    }
    if look::is_about(head) {
        return look::accept(ingest, head, fresh);
    }
    let limit_bytes = of_head(head, fresh, |head| inbound::body_bytes_max(head, ingest.body_bytes_max));
    let bytes = body::read(&head.headers, body, limit_bytes, ingest.body_deadline).await?;
    let Accepted { bodies, answer, notices, advice } = understand(ingest, head, fresh, &bytes, inbound::receive)?;
    let traceparent = head.headers.get("traceparent").and_then(|value| trace::parent(value.to_str().ok()?));
    produce::write(ingest, bodies, traceparent).await.map_err(|condition| advised(condition, advice))?;
    for notice in notices {
        counter!(names::NOTICES, "notice" => notice).increment(1);
    }
    Ok(respond(answer))
}

/// Refuses a head that is too large. The server lets pass twice as much, so that this is said in the dialect's shape.
fn must_fit(head: &Parts) -> Result<(), Condition> {
    let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let field = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
    let fields: usize = head.headers.iter().map(field).sum();
    let fits = target + fields <= HEAD_BYTES_USUAL;
    if fits { Ok(()) } else { Err(Condition::HeadTooLarge { limit_bytes: HEAD_BYTES_USUAL }) }
}

/// Adds what the caller should do beside trying again.
fn advised(condition: Condition, advice: Option<&'static str>) -> Condition {
    match (condition, advice) {
        (Condition::Unavailable { reason, retry_after }, Some(advice)) => {
            Condition::Unavailable { reason: format!("{reason}; {advice}"), retry_after }
        }
        (condition, _) => condition,
    }
}

/// Hands the request to its dialect, with the clock and the chance that a dialect has none of.
pub(crate) fn understand<S, T>(
    ingest: &Ingest<S>,
    head: &Parts,
    fresh: InputId,
    bytes: &[u8],
    reads: impl FnOnce(&inbound::Request<'_>, &Accounts) -> T,
) -> T {
    let request = inbound::Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        header: &|name| header(head, name),
        body: bytes,
        now: clock(),
        fresh,
        replays: &ingest.replays,
    };
    reads(&request, &ingest.accounts)
}

/// Counts and logs by pattern: a path names visitors.
fn tell(place: Place, result: &Result<Response, Condition>, took: Duration) {
    let Place { dialect, pattern } = place;
    let condition = result.as_ref().err().map_or("accepted", Condition::name);
    let labels = [("dialect", dialect.name()), ("route", pattern), ("condition", condition)];
    counter!(names::REQUESTS, &labels).increment(1);
    histogram!(names::REQUEST_SECONDS, "dialect" => dialect.name()).record(took.as_secs_f64());
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match result {
        Err(Condition::Internal) => tracing::error!(route = pattern, took_ms, "a request failed by our own fault"),
        _ => tracing::debug!(dialect = dialect.name(), route = pattern, condition, took_ms, "answered"),
    }
}

/// An answer of a dialect.
pub(crate) fn respond(answer: Answer) -> Response {
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

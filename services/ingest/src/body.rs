//! Takes in a body: at most so many bytes, at most so long. What is too large is dropped while it comes, and at once
//! where its length is declared.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use futures_util::StreamExt;
use usher_dialects::condition::Condition;

/// The whole body.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit_bytes: usize,
    deadline: Duration,
) -> Result<Vec<u8>, Condition> {
    declared(headers, limit_bytes)?;
    let limit_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    tokio::time::timeout(deadline, collect(body, limit_bytes)).await.unwrap_or(Err(Condition::TooSlow { limit_ms }))
}

/// Refuses a body that says itself that it is too large.
pub(crate) fn declared(headers: &HeaderMap, limit_bytes: usize) -> Result<(), Condition> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit_bytes as u64) {
        return Err(Condition::TooLarge { limit_bytes });
    }
    Ok(())
}

/// A body in one piece.
pub(crate) async fn collect(body: Body, limit_bytes: usize) -> Result<Vec<u8>, Condition> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Condition::invalid("body", "broke off before its end"))?;
        if bytes.len() + chunk.len() > limit_bytes {
            return Err(Condition::TooLarge { limit_bytes });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

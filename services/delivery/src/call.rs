//! One request to a provider. Tells apart what the lanes must tell apart: an answer, no answer, and a connection that
//! never stood. Errors of the HTTP client are never shown: they name the URL, and a URL may hold a phone number.

use std::time::SystemTime;

use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, Url};
use usher_dialects::outbound::{ProviderRequest, ProviderResponse};
use usher_runtime::http::ANSWER_WITHIN;

use crate::retry_after;

/// As much of an answer's body is read, and no more.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The request can not be made at all: the accounts file holds something that is no URL or no header.
    Malformed(&'static str),
    /// No connection ever stood: the provider certainly has nothing.
    NoConnection,
    /// A connection stood: the provider may have everything.
    NoAnswer,
}

/// Makes the request and reads the answer, within [`ANSWER_WITHIN`].
pub(crate) async fn call(client: &Client, request: ProviderRequest) -> Result<ProviderResponse, NoResponse> {
    let request = build(request).map_err(NoResponse::Malformed)?;
    let response = client.execute(request).await.map_err(|error| no_response(&error))?;
    let status = response.status().as_u16();
    let retry_after = retry_after(&response);
    Ok(ProviderResponse { status, retry_after, body: beginning_of_body(response).await })
}

fn build(request: ProviderRequest) -> Result<Request, &'static str> {
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| "the method of the request is no method")?;
    let url = Url::parse(&request.url).map_err(|_| "the endpoint in the accounts file is no URL")?;
    let mut built = Request::new(method, url);
    for (name, value) in request.headers {
        let mut value =
            HeaderValue::try_from(value).map_err(|_| "a credential in the accounts file can not stand in a header")?;
        value.set_sensitive(true);
        built.headers_mut().insert(HeaderName::from_static(name), value);
    }
    *built.timeout_mut() = Some(ANSWER_WITHIN);
    *built.body_mut() = Some(request.body.into());
    Ok(built)
}

/// Only an error before the connection stood proves that nothing was sent. A timeout can strike anywhere.
fn no_response(error: &reqwest::Error) -> NoResponse {
    if error.is_builder() {
        NoResponse::Malformed("the endpoint in the accounts file is no URL that can be called")
    } else if error.is_connect() {
        NoResponse::NoConnection
    } else {
        NoResponse::NoAnswer
    }
}

fn retry_after(response: &Response) -> Option<std::time::Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    retry_after::read(value, SystemTime::now())
}

/// A body that is too long or breaks off is cut: the status has already said what became of the request, and asking
/// again because of a slow body would send it twice.
async fn beginning_of_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < BODY_BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = BODY_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}

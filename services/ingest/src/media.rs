//! Files beside messages: kept in an object store, a local folder or a bucket. Who may keep or have one, and how it is
//! said, is the dialects' ([`usher_dialects::media`]); here are the bytes, and their bounds:
//!
//! * nobody's body is read before its caller has shown who they are;
//! * so many are taken in or told in JSON at once, half of them of one tenant, each of at most so many bytes; a file that
//!   comes or goes as it is is never whole in memory; few wait for their turn ([`turns`]), and none of them takes a place
//!   of what is no file;
//! * a body must come within a minute, the store must answer within half a one;
//! * a file has an end: days that have passed are removed whole ([`Media::sweep`]).

mod store;
mod sweep;
mod turns;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::request::Parts;
use axum::response::Response;
use metrics::counter;
use usher_broker::SenderHandle;
use usher_dialects::condition::Condition;
use usher_dialects::media::{self, Admitted, Call, File, Form, Rules, Sent};
use usher_domain::InputId;

use crate::edge::{respond, understand};
use crate::{Ingest, body, names};
use store::{Fetched, Store};
use turns::Turns;

/// How long a file may take to come: visitors upload over poor lines.
const BODY_DEADLINE: Duration = Duration::from_secs(60);
/// What JSON and base64 add to a file: four thirds, and the fields beside it. What only asks for one has no more.
const JSON_BYTES_MAX: usize = 4 * 1024;

/// What can be set.
#[derive(Debug, Clone)]
pub struct MediaSettings {
    /// A folder, or `s3://bucket/prefix`.
    pub url: String,
    /// Options of the store, by their names in the `object_store` crate: `aws_region`, `aws_endpoint`, ….
    pub options: BTreeMap<String, String>,
    /// Largest file, in bytes.
    pub bytes_max: usize,
    /// Most files that are taken in or told in JSON at once; with the largest file it bounds the memory.
    pub at_once_max: usize,
    /// How long files are kept, and their links.
    pub rules: Rules,
}

/// Why a store can not be used.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The address or an option is wrong.
    #[error("media.url: {0}")]
    Wrong(String),
}

/// The store with its bounds.
#[derive(Debug)]
pub struct Media {
    store: Store,
    bytes_max: usize,
    turns: Turns,
    rules: Rules,
}

impl Media {
    /// Looks at the settings; whether the store is there shows when it is used.
    ///
    /// # Errors
    /// The address is no store that usher knows.
    pub fn open(settings: MediaSettings) -> Result<Self, MediaError> {
        let MediaSettings { url, options, bytes_max, at_once_max, rules } = settings;
        Ok(Self { store: Store::open(&url, options)?, bytes_max, turns: Turns::new(at_once_max), rules })
    }

    /// The same, where a request waits for its turn this long instead of 10 s.
    #[must_use]
    pub fn with_turn_within(mut self, turn_within: Duration) -> Self {
        self.turns = self.turns.within(turn_within);
        self
    }

    /// The same, where so many wait for their turn instead of 128.
    #[must_use]
    pub fn with_waiting_max(mut self, waiting_max: usize) -> Self {
        self.turns = self.turns.with_waiting_max(waiting_max);
        self
    }
}

/// Whether a path is about files.
pub(crate) fn is_about(head: &Parts) -> bool {
    media::pattern(head.uri.path()).is_some()
}

/// Carries out one request.
pub(crate) async fn accept<S: SenderHandle>(
    ingest: &Ingest<S>,
    head: &Parts,
    fresh: InputId,
    body: Body,
) -> Result<Response, Condition> {
    let media = ingest.media.as_ref().ok_or_else(|| Condition::NotFound("no files are kept here".to_owned()))?;
    let rules = &media.rules;
    let admitted = understand(ingest, head, fresh, &[], |request, accounts| media::admit(request, accounts, rules))?;
    let Admitted { tenant, body: sent } = admitted;
    // Who only asks for a file is slow without a turn; whether it needs one, the file's form will say.
    let _turn = if sent == Sent::Words { None } else { Some(media.turns.take(&tenant).await?) };
    let (limit_bytes, deadline) = match sent {
        Sent::Words => (JSON_BYTES_MAX, ingest.body_deadline),
        Sent::Whole | Sent::Parts => (media.bytes_max.div_ceil(3) * 4 + JSON_BYTES_MAX, BODY_DEADLINE),
    };
    let (bytes, stream) = match sent {
        Sent::Parts => (Vec::new(), Some(body)),
        Sent::Words | Sent::Whole => (body::read(&head.headers, body, limit_bytes, deadline).await?, None),
    };
    let call = understand(ingest, head, fresh, &bytes, |request, accounts| media::receive(request, accounts, rules))?;
    match (call, stream) {
        (Call::Keep { file, bytes, answer }, _) => {
            media.keep(&file, bytes).await?;
            Ok(respond(answer))
        }
        (Call::KeepBody { file, answer }, Some(body)) => {
            body::declared(&head.headers, media.bytes_max)?;
            let kept = media.keep_stream(&file, body);
            tokio::time::timeout(BODY_DEADLINE, kept).await.unwrap_or(Err(too_slow()))?;
            Ok(respond(answer))
        }
        (Call::Fetch { file, form }, _) => media.fetch(&file, &form).await,
        (Call::KeepBody { .. }, None) => Err(Condition::Internal),
    }
}

impl Media {
    async fn keep(&self, file: &File, bytes: Vec<u8>) -> Result<(), Condition> {
        if bytes.len() > self.bytes_max {
            return Err(Condition::TooLarge { limit_bytes: self.bytes_max });
        }
        let length = bytes.len();
        self.store.put(file, bytes).await?;
        count("in", length);
        Ok(())
    }

    async fn keep_stream(&self, file: &File, body: Body) -> Result<(), Condition> {
        let length = self.store.put_stream(file, body, self.bytes_max).await?;
        count("in", length);
        Ok(())
    }

    async fn fetch(&self, file: &File, form: &Form) -> Result<Response, Condition> {
        if *form == Form::Plain {
            let Fetched { length, stream } = self.store.get(file).await?;
            count("out", length);
            return Ok(plain(file, length, stream));
        }
        let _turn = self.turns.take(&file.tenant).await?;
        let Fetched { length, stream } = self.store.get(file).await?;
        count("out", length);
        // It was kept under this limit, unless somebody else has put it there or the limit was lowered.
        let bytes = body::collect(stream, self.bytes_max).await?;
        form.whole(&bytes).map(respond).ok_or(Condition::Internal)
    }
}

/// A file as it is. It comes from a stranger: no browser may take it for a page of ours.
fn plain(file: &File, length: usize, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.key.format().media_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    response
}

fn count(direction: &'static str, length: usize) {
    counter!(names::MEDIA_BYTES, "direction" => direction).increment(length as u64);
}

fn too_slow() -> Condition {
    Condition::TooSlow { limit_ms: u64::try_from(BODY_DEADLINE.as_millis()).unwrap_or(u64::MAX) }
}

/// The same request may succeed later.
fn unavailable(reason: &str) -> Condition {
    Condition::Unavailable { reason: reason.to_owned(), retry_after: Duration::from_secs(1) }
}

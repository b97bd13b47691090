//! What becomes of an upload in parts, however it ends: it is finished, or nothing of it stays open in the store.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use futures_util::stream;
use object_store::{PutPayload, PutResult, UploadPart};
use tokio::time::timeout;

use super::*;

const LIMIT_BYTES: usize = 12 * 1024 * 1024;

/// What a store was told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Told {
    parts: Vec<usize>,
    completed: bool,
    aborted: bool,
}

/// A store that notes what it is told, and may never answer.
#[derive(Debug, Default, Clone)]
struct Noting {
    told: Arc<Mutex<Told>>,
    silent_at_parts: bool,
    silent_at_the_end: bool,
}

type Step<'a, T> = Pin<Box<dyn Future<Output = object_store::Result<T>> + Send + 'a>>;

impl Noting {
    fn note(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn keep(&self, body: Body) -> Result<usize, Condition> {
        keep(Box::new(self.clone()), body, LIMIT_BYTES).await
    }

    /// Waits until it was told to forget the upload.
    async fn aborted(&self) -> bool {
        let aborted = async {
            while !self.told().aborted {
                tokio::time::sleep(Duration::from_millis(1)).await
            }
        };
        timeout(Duration::from_secs(600), aborted).await.is_ok()
    }
}

impl MultipartUpload for Noting {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.note(|told| told.parts.push(data.content_length()));
        if self.silent_at_parts { Box::pin(std::future::pending()) } else { Box::pin(async { Ok(()) }) }
    }

    fn complete<'a, 'b>(&'a mut self) -> Step<'b, PutResult>
    where
        'a: 'b,
        Self: 'b,
    {
        if self.silent_at_the_end {
            return Box::pin(std::future::pending());
        }
        self.note(|told| told.completed = true);
        Box::pin(async { Ok(PutResult { e_tag: None, version: None, extensions: Default::default() }) })
    }

    fn abort<'a, 'b>(&'a mut self) -> Step<'b, ()>
    where
        'a: 'b,
        Self: 'b,
    {
        self.note(|told| told.aborted = true);
        Box::pin(async { Ok(()) })
    }
}

/// So many bytes in chunks of this size.
fn file(bytes: usize, chunk: usize) -> Body {
    let whole = vec![b'x'; bytes];
    let chunks: Vec<_> =
        whole.chunks(chunk).map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk))).collect();
    Body::from_stream(stream::iter(chunks))
}

/// More than a part, and then nothing more, for ever.
fn stuck() -> Body {
    let begun = vec![b'x'; PART_BYTES + 1];
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from(begun))]);
    Body::from_stream(chunks.chain(stream::pending()))
}

#[tokio::test]
async fn a_file_goes_in_parts_of_one_size_and_a_rest() {
    let store = Noting::default();
    assert_eq!(store.keep(file(2 * PART_BYTES + 7, 100_003)).await, Ok(2 * PART_BYTES + 7));
    assert_eq!(store.told(), Told { parts: vec![PART_BYTES, PART_BYTES, 7], completed: true, aborted: false });
    let even = Noting::default();
    assert_eq!(even.keep(file(PART_BYTES, PART_BYTES)).await, Ok(PART_BYTES));
    assert_eq!(even.told(), Told { parts: vec![PART_BYTES], completed: true, aborted: false });
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_open() {
    let broken = Body::from_stream(stream::iter([Ok(Bytes::from_static(b"half")), Err(std::io::Error::other("cut"))]));
    for (label, body, status) in
        [("cut", broken, 400), ("empty", Body::empty(), 400), ("too large", file(LIMIT_BYTES + 1, 1 << 20), 413)]
    {
        let store = Noting::default();
        assert_eq!(store.keep(body).await.expect_err(label).status(), status, "{label}");
        assert!(store.told().aborted && !store.told().completed, "{label}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_given_up_leaves_nothing_open() {
    let store = Noting::default();
    // So end a body that comes too late and a caller who goes away: nobody polls the upload any more.
    timeout(Duration::from_secs(1), store.keep(stuck())).await.expect_err("it never ends");
    assert!(store.aborted().await);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_told_to_forget_the_upload() {
    for store in
        [Noting { silent_at_parts: true, ..Noting::default() }, Noting { silent_at_the_end: true, ..Noting::default() }]
    {
        assert_eq!(store.keep(file(PART_BYTES + 1, 1 << 20)).await.expect_err("silent").status(), 503);
        assert!(store.aborted().await, "{store:?}");
    }
}

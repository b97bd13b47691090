//! The object store: `{root}/{day}/{tenant}/{key}`. A day is a folder of its own, so that the end of a file needs no list
//! of all files; a tenant's name is encoded, so that it stays one folder.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayloadMut};
use tokio::runtime::Handle;
use url::Url;
use usher_dialects::condition::Condition;
use usher_dialects::media::{File, no_such_file};

use super::{MediaError, unavailable};

/// How long the store may take for one step.
const STORE_DEADLINE: Duration = Duration::from_secs(30);
/// Largest part of a file that is held at once; S3 takes no smaller ones, but for the last.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Where files lie.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) inner: Arc<dyn ObjectStore>,
    pub(super) root: Path,
}

/// A file that is there.
#[derive(Debug)]
pub(super) struct Fetched {
    /// How many bytes it has.
    pub(super) length: usize,
    /// The bytes.
    pub(super) stream: Body,
}

impl Store {
    /// A folder (`/var/lib/usher/media`, `media`, `file:///…`), a bucket (`s3://…`), or, for the demo and tests, the
    /// process's own memory (`memory://`).
    pub(super) fn open(url: &str, options: BTreeMap<String, String>) -> Result<Self, MediaError> {
        let wrong = |problem: String| MediaError::Wrong(problem);
        if let Some(folder) = folder(url) {
            let folder = std::path::absolute(folder).map_err(|error| wrong(format!("no folder: {error}")))?;
            let root = Path::from_absolute_path(folder).map_err(|error| wrong(error.to_string()))?;
            let inner = LocalFileSystem::new().with_automatic_cleanup(true).with_fsync(true);
            return Ok(Self { inner: Arc::new(inner), root });
        }
        let url = Url::parse(url).map_err(|error| wrong(format!("{error}; take a folder or s3://bucket/prefix")))?;
        if !["s3", "memory"].contains(&url.scheme()) {
            return Err(wrong(format!(
                "there is no store for `{}://`; take a folder or s3://bucket/prefix",
                url.scheme()
            )));
        }
        let (inner, root) = object_store::parse_url_opts(&url, options).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { inner: Arc::from(inner), root })
    }

    fn path(&self, file: &File) -> Path {
        let day = self.root.clone().join(file.key.day().to_string());
        day.join(file.tenant.as_str()).join(file.key.to_string())
    }

    pub(super) async fn put(&self, file: &File, bytes: Vec<u8>) -> Result<(), Condition> {
        let path = self.path(file);
        within(self.inner.put(&path, bytes.into())).await.map(drop).map_err(failed)
    }

    /// Keeps what comes, part by part; what is too large or breaks off is not kept. Tells how many bytes it was.
    pub(super) async fn put_stream(&self, file: &File, body: Body, limit_bytes: usize) -> Result<usize, Condition> {
        let path = self.path(file);
        let upload = within(self.inner.put_multipart(&path)).await.map_err(failed)?;
        keep(upload, body, limit_bytes).await
    }

    pub(super) async fn get(&self, file: &File) -> Result<Fetched, Condition> {
        let path = self.path(file);
        let found = within(self.inner.get(&path)).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => no_such_file(),
            error => failed(error),
        })?;
        let length = usize::try_from(found.meta.size).map_err(|_| Condition::Internal)?;
        Ok(Fetched { length, stream: Body::from_stream(found.into_stream()) })
    }
}

/// The folder that an address names; `None`: it names something else.
fn folder(url: &str) -> Option<&str> {
    match url.split_once("://") {
        None => Some(url),
        Some(("file", path)) => Some(path),
        Some(_) => None,
    }
}

/// An upload in parts, as long as it is not finished. A bucket keeps the parts of an unfinished one for ever and lists them
/// nowhere, so however it ends, also when the caller goes away or is too late and nobody polls it, the store is told.
struct Unfinished(Option<Box<dyn MultipartUpload>>);

impl Unfinished {
    fn upload(&mut self) -> Result<&mut Box<dyn MultipartUpload>, Condition> {
        self.0.as_mut().ok_or(Condition::Internal)
    }

    async fn part(&mut self, part: PutPayloadMut) -> Result<(), Condition> {
        within(self.upload()?.put_part(part.freeze())).await.map_err(failed)
    }

    async fn finish(&mut self) -> Result<(), Condition> {
        within(self.upload()?.complete()).await.map_err(failed)?;
        self.0 = None;
        Ok(())
    }

    async fn forget(&mut self) {
        if let Some(upload) = self.0.take() {
            forget(upload).await;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(forget(upload));
        }
    }
}

async fn forget(mut upload: Box<dyn MultipartUpload>) {
    if let Err(error) = within(upload.abort()).await {
        tracing::warn!(kind = kind(&error), "parts of a file that was not kept may be left in the store");
    }
}

async fn keep(upload: Box<dyn MultipartUpload>, body: Body, limit_bytes: usize) -> Result<usize, Condition> {
    let mut upload = Unfinished(Some(upload));
    let kept = parts(&mut upload, body, limit_bytes).await;
    // Before it is answered, so that who hears of a refusal can rely on it.
    upload.forget().await;
    kept
}

/// Hands on the body in parts of one size, which some stores want, and a rest.
async fn parts(upload: &mut Unfinished, body: Body, limit_bytes: usize) -> Result<usize, Condition> {
    let mut stream = body.into_data_stream();
    let (mut length, mut part) = (0, PutPayloadMut::new());
    while let Some(chunk) = stream.next().await {
        let mut chunk = chunk.map_err(|_| Condition::invalid("body", "broke off before its end"))?;
        length += chunk.len();
        if length > limit_bytes {
            return Err(Condition::TooLarge { limit_bytes });
        }
        while part.content_length() + chunk.len() >= PART_BYTES {
            let fills = chunk.split_to(PART_BYTES - part.content_length());
            part.extend_from_slice(&fills);
            upload.part(mem::take(&mut part)).await?;
        }
        // Copied: a chunk of few bytes would keep all of the buffer that it came in.
        part.extend_from_slice(&chunk);
    }
    if length == 0 {
        return Err(Condition::invalid("body", "must be a file, not empty"));
    }
    if !part.is_empty() {
        upload.part(part).await?;
    }
    upload.finish().await.map(|()| length)
}

/// A step of the store, with an end.
async fn within<T>(step: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
    let late = || object_store::Error::Generic { store: "media", source: "no answer in time".into() };
    tokio::time::timeout(STORE_DEADLINE, step).await.unwrap_or_else(|_| Err(late()))
}

/// Whatever the store's reason is, the same request may succeed later. Its error names the key, which is no caller's to
/// read, but ours to mend by.
fn failed(error: object_store::Error) -> Condition {
    tracing::error!(kind = kind(&error), "the store of files does not do its work");
    unavailable("the store of files is away")
}

/// What is wrong, without the key that the error names: who has it has the file.
fn kind(error: &object_store::Error) -> &'static str {
    use object_store::Error;
    match error {
        Error::NotFound { .. } => "not found: does the bucket exist?",
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => "not permitted: are the credentials right?",
        Error::UnknownConfigurationKey { .. } => "an option of media.options is unknown",
        Error::InvalidPath { .. } => "the path is not one of this store",
        _ => "away, or the folder can not be written",
    }
}

#[cfg(test)]
mod tests;

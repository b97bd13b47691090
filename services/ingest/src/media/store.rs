//! The object store: `{root}/{day}/{tenant}/{key}`. A day is a folder of its own, so that the end of a file needs no list
//! of all files; a tenant's name is encoded, so that it stays one folder.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
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
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        match parts(&mut upload, body, limit_bytes).await {
            Ok(length) => within(upload.finish()).await.map(|_| length).map_err(failed),
            Err(condition) => {
                if let Err(error) = within(upload.abort()).await {
                    tracing::warn!(%error, "parts of a file that was not kept may be left in the store");
                }
                Err(condition)
            }
        }
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

async fn parts(upload: &mut WriteMultipart, body: Body, limit_bytes: usize) -> Result<usize, Condition> {
    let mut stream = body.into_data_stream();
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Condition::invalid("body", "broke off before its end"))?;
        length += chunk.len();
        if length > limit_bytes {
            return Err(Condition::TooLarge { limit_bytes });
        }
        // One part under way while the next one is gathered.
        within(upload.wait_for_capacity(1)).await.map_err(failed)?;
        upload.put(chunk);
    }
    if length == 0 { Err(Condition::invalid("body", "must be a file, not empty")) } else { Ok(length) }
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

//! Files beside messages.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Fewest bytes of the key that signs links: as many as its hash has.
const LINK_KEY_BYTES_MIN: usize = 32;

/// Where files lie, how large they may be and how long they stay.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaConfig {
    /// A folder, which begins where the process was started unless it begins with `/`, or `s3://bucket/prefix`. Several
    /// instances of ingest need one store.
    pub url: String,
    /// Options of a bucket, by their names in the `object_store` crate: `aws_region`, `aws_endpoint`, …. Variables of
    /// the environment that begin with `AWS_` count too.
    #[serde(default)]
    pub options: BTreeMap<String, SecretString>,
    /// Largest file, in bytes.
    pub bytes_max: usize,
    /// Most files that are taken in or told in JSON at once; what comes beyond waits up to 10 s and is
    /// then told to come again.
    pub at_once_max: usize,
    /// How long a file stays, in whole days.
    pub keep_days: u32,
    /// Where ingest is for the world (`https://usher.acme.example`), for links to files; absent: there are none.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Signs links; the same on every instance. Stands beside `public_url`. At least 32 bytes.
    #[serde(default)]
    pub link_key: Option<SecretString>,
    /// How long a link counts, in milliseconds.
    pub link_ms: u64,
}

impl MediaConfig {
    /// What no process could run with.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.bytes_max == 0 || self.at_once_max == 0 || self.keep_days == 0 {
            return Some("media.bytes_max, media.at_once_max and media.keep_days are at least 1");
        }
        if self.public_url.is_some() != self.link_key.is_some() {
            return Some("media.public_url and media.link_key stand together, or neither: links need both");
        }
        let is_short = |key: &SecretString| key.expose_secret().len() < LINK_KEY_BYTES_MIN;
        if self.link_key.as_ref().is_some_and(is_short) {
            return Some("media.link_key has at least 32 bytes: openssl rand -hex 32");
        }
        None
    }
}

//! The store of files, as it is configured.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use secrecy::ExposeSecret;
use usher_dialects::media::{Links, Rules};
use usher_ingest::media::{Media, MediaSettings};
use usher_runtime::config::MediaConfig;

/// The beginning of variables that say who may use a bucket, as every tool for S3 reads them.
const AWS: &str = "AWS_";

/// Opens the store.
pub(crate) fn open(config: &MediaConfig) -> Result<Arc<Media>> {
    let links = config.public_url.clone().zip(config.link_key.clone()).map(|(base_url, key)| Links {
        base_url,
        key,
        life: Duration::from_millis(config.link_ms),
    });
    // The store asks nothing at its start, but its HTTP client wants to know at once how TLS is done.
    usher_runtime::http::install_tls();
    Ok(Arc::new(Media::open(MediaSettings {
        url: config.url.clone(),
        options: options(config),
        bytes_max: config.bytes_max,
        at_once_max: config.at_once_max,
        rules: Rules { keep_days: config.keep_days, links },
    })?))
}

/// A store that is gone with the process.
pub(crate) fn of_the_demo(ingest: &str) -> Result<Arc<Media>> {
    let links = Links {
        base_url: ingest.to_owned(),
        key: "the key of a demo, known to everybody".into(),
        life: Duration::from_secs(60),
    };
    Ok(Arc::new(Media::open(MediaSettings {
        url: "memory://".to_owned(),
        options: BTreeMap::new(),
        bytes_max: 1024 * 1024,
        at_once_max: 4,
        rules: Rules { keep_days: 1, links: Some(links) },
    })?))
}

/// Of the environment, and over them those of the file.
fn options(config: &MediaConfig) -> BTreeMap<String, String> {
    let environment = std::env::vars().filter(|(name, _)| name.starts_with(AWS));
    let environment = environment.map(|(name, value)| (name.to_ascii_lowercase(), value));
    let file = config.options.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    environment.chain(file).collect()
}

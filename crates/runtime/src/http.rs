//! The HTTP client of all outside calls: no redirects, bounded in time.

use std::time::Duration;

/// How long a provider may take to answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take to stand.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// A client for one process: its connections are pooled and kept.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Two parts of one process may ask; the second finds the provider already there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
        .build()
}

//! The HTTP client of all outside calls: no redirects, bounded in time.

use std::time::Duration;

/// How long a provider may take to answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take to stand.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Says how TLS is done in this process, for every client that it has.
pub fn install_tls() {
    // Several parts of one process may ask; all but the first find the provider already there.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client for one process: its connections are pooled and kept.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder().timeout(ANSWER_WITHIN).build()
}

/// The same before its answers are bounded in time: for answers that are streams.
pub fn builder() -> reqwest::ClientBuilder {
    install_tls();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
}

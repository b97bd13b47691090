//! A Huawei account: what its settings are, and what must be right about them. With `push_url` what is said to visitors
//! is pushed to the tenant's server; without one it waits until the visitor's page polls for it.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{self, Problem, TOKEN_KEY_BYTES_MIN};
use super::{Accounts, NoticeTexts, WrongAccounts, reach};

/// Shortest time, in milliseconds, after which a session that nobody polls for ends: a page polls every few seconds, and
/// one that was in the background for a moment must find its session again.
const RELEASE_AFTER_MS_MIN: u64 = 5_000;

/// A Huawei channel configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuaweiSettings {
    /// The channel configuration id: `to` of an uplink, `channelId` of applyToken, `from` of a downlink.
    pub channel_id: String,
    /// `x-app-key`.
    pub app_key: String,
    /// The secret beside it, for `tokenByAkSk`.
    pub app_secret: SecretString,
    /// Key that signs the tokens which ingest gives out; the same on every replica, and known to delivery where clients
    /// poll. At least 32 bytes.
    pub token_key: SecretString,
    /// Longest `from` accepted, in bytes (C1: the vendor's text says 24, its samples have 40).
    #[serde(default = "default_from_max")]
    pub from_max: usize,
    /// What a downlink message says as its `channel`.
    #[serde(default = "default_channel")]
    pub channel: String,
    /// Where downlink messages are pushed; absent: the visitor's page polls for them.
    #[serde(default)]
    pub push_url: Option<String>,
    /// How a push shows who it comes from; stands beside `push_url`.
    #[serde(default)]
    pub push_auth: Option<PushAuth>,
    /// How long nobody may poll before the visitor counts as gone, in milliseconds; only where clients poll.
    #[serde(default = "default_release_after_ms")]
    pub release_after_ms: u64,
    /// Whether a visitor may go on writing when a session ended by itself (the vendor's asynchronous switch):
    /// `isOfflineStatus` of that disconnect.
    #[serde(default)]
    pub offline_messages: bool,
    /// What usher itself says to visitors of this channel.
    #[serde(default)]
    pub notices: NoticeTexts,
}

/// How a push shows who it comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub enum PushAuth {
    /// A token that never changes.
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// A token that is fetched by `tokenByAkSk` and renewed before it ends (`pushMsg` with OAuth).
    Oauth {
        /// Where tokens are fetched.
        token_url: String,
        /// `app_key` of that call, and `x-app-key` of a push.
        app_key: String,
        /// The secret beside it.
        app_secret: SecretString,
    },
    /// A signature over each push (`/webhooks/v1/messages`).
    AkSk {
        /// Stands in the signature.
        access_key: String,
        /// Signs.
        secret_key: SecretString,
    },
}

fn default_from_max() -> usize {
    64
}

/// What all samples of the vendor's pages say.
fn default_channel() -> String {
    "WEB".to_owned()
}

const fn default_release_after_ms() -> u64 {
    120_000
}

/// Checks one account by itself.
pub(super) fn channel(settings: &HuaweiSettings) -> Result<(), Problem> {
    reach::secret("channel.app_secret", &settings.app_secret)?;
    if settings.token_key.expose_secret().trim().len() < TOKEN_KEY_BYTES_MIN {
        return Err(("channel.token_key", format!("must have at least {TOKEN_KEY_BYTES_MIN} bytes")));
    }
    if settings.release_after_ms < RELEASE_AFTER_MS_MIN {
        return Err(("channel.release_after_ms", format!("must be at least {RELEASE_AFTER_MS_MIN}")));
    }
    match (&settings.push_url, &settings.push_auth) {
        (Some(url), Some(auth)) => reach::url("channel.push_url", url).and_then(|()| push_auth(auth)),
        (Some(_), None) => {
            let fix = "is missing beside push_url: { kind: bearer, token }, { kind: oauth, token_url, app_key, app_secret } \
                       or { kind: ak_sk, access_key, secret_key }";
            Err(("channel.push_auth", fix.to_owned()))
        }
        (None, Some(_)) => Err(("channel.push_url", "is missing beside push_auth: where do pushes go?".to_owned())),
        (None, None) => Ok(()),
    }
}

fn push_auth(auth: &PushAuth) -> Result<(), Problem> {
    match auth {
        PushAuth::Bearer { token } => reach::secret("channel.push_auth.token", token),
        PushAuth::Oauth { token_url, app_key, app_secret } => {
            reach::url("channel.push_auth.token_url", token_url)?;
            name("channel.push_auth.app_key", app_key)?;
            reach::secret("channel.push_auth.app_secret", app_secret)
        }
        PushAuth::AkSk { access_key, secret_key } => {
            name("channel.push_auth.access_key", access_key)?;
            reach::secret("channel.push_auth.secret_key", secret_key)
        }
    }
}

/// A name that stands in a header between slashes.
fn name(key: &'static str, name: &str) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err((key, "must have visible ASCII characters only, none of them a `/`, at least one".to_owned()));
    }
    Ok(())
}

/// Applications: the accounts of one are told apart by channel, and share tenant, secret and token key, because a token
/// is checked before the channel is known.
pub(super) fn apps(accounts: &Accounts) -> Result<(), WrongAccounts> {
    for app_key in accounts.by_app.keys() {
        let fix = "accounts with one app_key need one tenant, app_secret and token_key, and different channel_ids";
        let clash = |one: &HuaweiSettings, other: &HuaweiSettings| {
            !have_same_secrets(one, other) || one.channel_id == other.channel_id
        };
        check::apart(accounts.huawei_app(app_key), clash, ("channel.app_key", fix))?;
    }
    Ok(())
}

fn have_same_secrets(one: &HuaweiSettings, other: &HuaweiSettings) -> bool {
    one.app_secret.expose_secret() == other.app_secret.expose_secret()
        && one.token_key.expose_secret() == other.token_key.expose_secret()
}

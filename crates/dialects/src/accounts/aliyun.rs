//! An Aliyun account: what its settings are, and what must be right about them.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{Problem, TOKEN_KEY_BYTES_MIN};
use super::{AccountKey, Accounts, ChannelSettings, Member, WrongAccounts, check, reach};
use crate::inbound::limits::ID_BYTES_MAX;

/// Longest text that can be set: what a query may carry. Percent-encoded it is three times as long, and a whole head has
/// 32 KiB.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// One or more agents of Alibaba Cloud's message chat (IMS).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunSettings {
    /// Who may send to this account. A key may be that of several accounts of one tenant.
    pub access_keys: Vec<AccessKey>,
    /// `AIAgentId`: the agents whose messages this account sends. An agent is of one account.
    pub agent_ids: Vec<String>,
    /// Key that signs the tokens with which clients open their stream; the same on every replica. At least 32 bytes.
    pub stream_key: SecretString,
    /// Take the older signature (HMAC-SHA1 over the parameters) too.
    #[serde(default)]
    pub allow_v1: bool,
    /// Longest `Text`, in bytes of UTF-8.
    #[serde(default = "default_text_bytes_max")]
    pub text_bytes_max: usize,
}

/// A key pair of a caller.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// `AccessKeyId`.
    pub id: String,
    /// `AccessKeySecret`.
    pub secret: SecretString,
}

const fn default_text_bytes_max() -> usize {
    TEXT_BYTES_MAX
}

/// Accounts by access key.
pub(super) type ByKey = BTreeMap<String, Vec<AccountKey>>;

impl Accounts {
    /// The accounts that a caller with this access key may send by: of one tenant.
    pub fn aliyun_key<'a>(&'a self, id: &str) -> impl Iterator<Item = Member<'a, AliyunSettings>> + use<'a> {
        self.members(self.by_aliyun_key.get(id), |channel| match channel {
            ChannelSettings::Aliyun(settings) => Some(settings),
            _ => None,
        })
    }
}

impl AliyunSettings {
    /// The secret of an access key.
    pub(crate) fn secret(&self, id: &str) -> Option<&SecretString> {
        self.access_keys.iter().find(|key| key.id == id).map(|key| &key.secret)
    }
}

/// Checks one account by itself.
pub(super) fn channel(settings: &AliyunSettings) -> Result<(), Problem> {
    let key_ids: Vec<&str> = settings.access_keys.iter().map(|key| key.id.as_str()).collect();
    names("channel.access_keys", &key_ids)?;
    for key in &settings.access_keys {
        reach::secret("channel.access_keys", &key.secret)?;
    }
    let agents: Vec<&str> = settings.agent_ids.iter().map(String::as_str).collect();
    names("channel.agent_ids", &agents)?;
    if settings.stream_key.expose_secret().trim().len() < TOKEN_KEY_BYTES_MIN {
        return Err(("channel.stream_key", format!("must have at least {TOKEN_KEY_BYTES_MIN} bytes")));
    }
    if !(1..=TEXT_BYTES_MAX).contains(&settings.text_bytes_max) {
        return Err((
            "channel.text_bytes_max",
            format!("must be 1 to {TEXT_BYTES_MAX}, which is what a query carries"),
        ));
    }
    Ok(())
}

/// At least one name, each filled and there once.
fn names(key: &'static str, names: &[&str]) -> Result<(), Problem> {
    if names.is_empty() {
        return Err((key, "must have at least one".to_owned()));
    }
    for (at, name) in names.iter().enumerate() {
        if name.trim().is_empty() || name.len() > ID_BYTES_MAX {
            return Err((key, format!("number {} must have an id of 1 to {ID_BYTES_MAX} bytes", at + 1)));
        }
        if names[..at].contains(name) {
            return Err((key, format!("`{name}` stands twice")));
        }
    }
    Ok(())
}

/// Access keys: the accounts of one are told apart by agent, and share tenant and secret, because a signature is checked
/// before the agent is known.
pub(super) fn keys(accounts: &Accounts) -> Result<(), WrongAccounts> {
    for id in accounts.by_aliyun_key.keys() {
        let fix = "accounts with one access key need one tenant, one secret of it, and different agent_ids";
        let clash = |one: &AliyunSettings, other: &AliyunSettings| {
            !have_same_secret(one, other, id) || share_an_agent(one, other)
        };
        check::apart(accounts.aliyun_key(id), clash, ("channel.access_keys", fix))?;
    }
    Ok(())
}

fn have_same_secret(one: &AliyunSettings, other: &AliyunSettings, id: &str) -> bool {
    let secret = |settings: &AliyunSettings| settings.secret(id).map(|secret| secret.expose_secret().to_owned());
    secret(one) == secret(other)
}

fn share_an_agent(one: &AliyunSettings, other: &AliyunSettings) -> bool {
    one.agent_ids.iter().any(|agent| other.agent_ids.contains(agent))
}

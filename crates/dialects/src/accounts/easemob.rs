//! An Easemob account: what its settings are, and what must be right about them.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::{Problem, TOKEN_KEY_BYTES_MIN};
use super::{AccountKey, Accounts, ChannelSettings, Member, WrongAccounts, check, reach};

/// First segments of paths that other dialects own: an organisation of that name would never be reached.
const RESERVED: [&str; 5] = ["v1", "webhooks", "callbacks", "apiaccess", "apigovernance"];

/// One service user of an Easemob IM application (`{org}#{app}`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EasemobSettings {
    /// The organisation: the first segment of REST paths.
    pub org: String,
    /// The application: the second one.
    pub app: String,
    /// The IM user whom visitors write to, and who answers them.
    pub user: String,
    /// `client_id` of the token call at our edge.
    pub client_id: String,
    /// The secret beside it.
    pub client_secret: SecretString,
    /// Key that signs the tokens which ingest gives out; the same on every replica. At least 32 bytes.
    pub token_key: SecretString,
    /// The secret of the callback rule, for `security`.
    pub callback_secret: SecretString,
    /// `https://a1.easemob.com`, or the cluster's own, or a stand-in.
    pub base_url: String,
    /// Bearer token of our own calls, where it is got elsewhere. Without one it is fetched from `base_url` by `client_id`
    /// and `client_secret`.
    #[serde(default)]
    pub token: Option<SecretString>,
    /// Whether visitors are told the agent's nickname and avatar (the vendor's switch of that name).
    #[serde(default)]
    pub agent_info: bool,
    /// What stands before a visitor's phone number that has no `+`: `+86`. Without it such a number is no E.164 number,
    /// and is left to the workspace as it came.
    #[serde(default)]
    pub phone_prefix: Option<String>,
    /// The customer service's REST channel, when a server of the tenant brings what visitors say.
    #[serde(default)]
    pub rest_channel: Option<RestChannel>,
}

/// A REST channel of the customer service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestChannel {
    /// `tenantId` in the path of its calls: the vendor's number for the tenant.
    pub tenant_id: String,
    /// `channelId` in the path of its calls.
    pub channel_id: String,
    /// Who signs its calls.
    pub client_id: String,
    /// With what.
    pub client_secret: SecretString,
    /// Where what is said to visitors goes, signed the same way. Then nothing of this account goes by IM.
    #[serde(default)]
    pub callback_url: Option<String>,
}

/// Accounts by the ids of their REST channels.
pub(super) type ByRestChannel = BTreeMap<(String, String), AccountKey>;

/// Accounts by organisation and application.
pub(super) type ByApp = BTreeMap<(String, String), Vec<AccountKey>>;

impl Accounts {
    /// The accounts of an Easemob application: of one tenant, with one client and one token key.
    pub fn easemob_app<'a>(
        &'a self,
        org: &str,
        app: &str,
    ) -> impl Iterator<Item = Member<'a, EasemobSettings>> + use<'a> {
        self.members(self.by_easemob_app.get(&(org.to_owned(), app.to_owned())), easemob)
    }

    /// The account of a REST channel.
    pub fn easemob_rest_channel(&self, tenant_id: &str, channel_id: &str) -> Option<Member<'_, EasemobSettings>> {
        let key = self.by_rest_channel.get(&(tenant_id.to_owned(), channel_id.to_owned()))?;
        self.member(key, easemob)
    }
}

/// The settings of an Easemob channel.
const fn easemob(channel: &ChannelSettings) -> Option<&EasemobSettings> {
    match channel {
        ChannelSettings::Easemob(settings) => Some(settings),
        _ => None,
    }
}

/// Checks one account by itself.
pub(super) fn channel(settings: &EasemobSettings) -> Result<(), Problem> {
    segment("channel.org", &settings.org)?;
    segment("channel.app", &settings.app)?;
    if settings.user.trim().is_empty() {
        return Err(("channel.user", "must not be empty: it is the IM user whom visitors write to".to_owned()));
    }
    reach::secret("channel.client_secret", &settings.client_secret)?;
    reach::secret("channel.callback_secret", &settings.callback_secret)?;
    if let Some(token) = &settings.token {
        reach::secret("channel.token", token)?;
    }
    if settings.token_key.expose_secret().trim().len() < TOKEN_KEY_BYTES_MIN {
        return Err(("channel.token_key", format!("must have at least {TOKEN_KEY_BYTES_MIN} bytes")));
    }
    if settings.phone_prefix.as_deref().is_some_and(|prefix| !is_phone_prefix(prefix)) {
        return Err(("channel.phone_prefix", "must be + and 1 to 3 digits, such as +86".to_owned()));
    }
    reach::url("channel.base_url", &settings.base_url)?;
    settings.rest_channel.as_ref().map_or(Ok(()), rest_channel)
}

fn rest_channel(channel: &RestChannel) -> Result<(), Problem> {
    segment("channel.rest_channel.tenant_id", &channel.tenant_id)?;
    segment("channel.rest_channel.channel_id", &channel.channel_id)?;
    // A colon ends the name in the header.
    if channel.client_id.trim().is_empty() || channel.client_id.contains(':') {
        return Err(("channel.rest_channel.client_id", "must not be empty, and must not contain `:`".to_owned()));
    }
    reach::secret("channel.rest_channel.client_secret", &channel.client_secret)?;
    channel.callback_url.as_ref().map_or(Ok(()), |url| reach::url("channel.rest_channel.callback_url", url))
}

/// A name that stands in a path as it is.
fn segment(key: &'static str, name: &str) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err((key, "must have letters, digits, `-`, `.`, `_` and `~` only, at least one".to_owned()));
    }
    if RESERVED.contains(&name) {
        return Err((key, format!("must not be `{name}`: paths that begin with it are another dialect's")));
    }
    Ok(())
}

fn is_phone_prefix(prefix: &str) -> bool {
    let digits = prefix.strip_prefix('+').unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}

/// Notes an account's REST channel, which must be no other account's: its path says whose a call is.
pub(super) fn note_rest_channel(
    known: &mut ByRestChannel,
    key: &AccountKey,
    settings: &EasemobSettings,
) -> Result<(), WrongAccounts> {
    let Some(channel) = &settings.rest_channel else { return Ok(()) };
    let ids = (channel.tenant_id.clone(), channel.channel_id.clone());
    let Some((tenant, account)) = known.insert(ids, key.clone()) else { return Ok(()) };
    let problem =
        format!("is the channel of account `{account}` of `{tenant}` too: one of them needs another channel_id");
    Err(check::wrong(key.0.as_str(), key.1.as_str(), &("channel.rest_channel", problem)))
}

/// Applications: the accounts of one are told apart by user, and share tenant, client and token key, because a token is
/// checked before the user is known.
pub(super) fn apps(accounts: &Accounts) -> Result<(), WrongAccounts> {
    for (org, app) in accounts.by_easemob_app.keys() {
        let fix = "accounts of one org and app need one tenant, client_id, client_secret and token_key, and \
                   different users";
        let clash =
            |one: &EasemobSettings, other: &EasemobSettings| !have_same_client(one, other) || one.user == other.user;
        check::apart(accounts.easemob_app(org, app), clash, ("channel.app", fix))?;
    }
    Ok(())
}

fn have_same_client(one: &EasemobSettings, other: &EasemobSettings) -> bool {
    one.client_id == other.client_id
        && one.client_secret.expose_secret() == other.client_secret.expose_secret()
        && one.token_key.expose_secret() == other.token_key.expose_secret()
}

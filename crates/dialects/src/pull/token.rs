//! The token by which a visitor's client may collect: given to the tenant's server, which knows who its visitor is, and
//! handed on to the page. It names tenant, account and visitor, and is signed with the account's `stream_key`.

use std::time::Duration;

use secrecy::SecretString;
use usher_domain::{AccountId, TenantId, Timestamp, VisitorId};

use crate::accounts::{AccountSettings, Accounts, ChannelSettings};
use crate::condition::Condition;
use crate::inbound::sealed;

/// How long a token counts. A stream ends with it, and its client asks its page for a new one.
pub(crate) const LIFE: Duration = Duration::from_secs(3_600);

/// The kind, so that a token of another kind with the same key is none of this.
const KIND: &str = "stream";

/// Kind, tenant, account, visitor, instant of expiry in milliseconds.
type Claims = (String, String, String, String, i64);

/// Whom a token names, and until when.
pub(super) struct Bearer {
    pub(super) tenant: TenantId,
    pub(super) account: AccountId,
    pub(super) visitor: VisitorId,
    pub(super) until: Timestamp,
}

/// A token that counts from `now` for its life; `None`: this account's visitors do not collect by a stream.
pub(crate) fn seal(
    tenant: &TenantId,
    account: &AccountSettings,
    visitor: &VisitorId,
    now: Timestamp,
) -> Option<String> {
    let names = [KIND, tenant.as_str(), &account.account, visitor.as_str()].map(str::to_owned);
    let [kind, tenant, name, visitor] = names;
    let claims: Claims = (kind, tenant, name, visitor, now.plus(LIFE).millis());
    key_of(&account.channel).map(|key| sealed::seal(key, &claims))
}

/// What signs the tokens of a channel; `None`: its visitors do not collect by a stream.
fn key_of(channel: &ChannelSettings) -> Option<&SecretString> {
    match channel {
        ChannelSettings::Aliyun(settings) => Some(&settings.stream_key),
        _ => None,
    }
}

/// Whom a token names, if it is ours and its life has not ended.
pub(super) fn open(text: &str, accounts: &Accounts, now: Timestamp) -> Result<Bearer, Condition> {
    let forged = || Condition::Unauthorised("the stream token is not valid".to_owned());
    // What it says of itself only finds the key; it is believed after that.
    let (_, tenant, account, ..): Claims = sealed::unproven(text).ok_or_else(forged)?;
    let (tenant, account) = (TenantId::new(tenant), AccountId::new(account));
    let settings = accounts.account(&tenant, &account).ok_or_else(forged)?;
    let key = key_of(&settings.channel).ok_or_else(forged)?;
    let (kind, _, _, visitor, until): Claims = sealed::open(key, text).ok_or_else(forged)?;
    if kind != KIND {
        return Err(forged());
    }
    let until = Timestamp::from_millis(until);
    if now >= until {
        return Err(Condition::Unauthorised("the stream token has expired: ask for a new one".to_owned()));
    }
    Ok(Bearer { tenant, account, visitor: VisitorId::new(visitor), until })
}

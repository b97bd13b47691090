//! Who calls: both signatures of Alibaba Cloud, with one window and one memory of nonces.
//!
//! * in the header (`ACS3-HMAC-SHA256`): over method, query, the headers that it lists and the body's hash;
//! * among the parameters (version 1.0, HMAC-SHA1): over method and all parameters. Older clients have it; an account takes
//!   it where its settings say so.

mod header;
mod parameter;

use std::time::Duration;

use secrecy::SecretString;
use usher_domain::{InputId, Timestamp};

use super::Refusal;
use super::parameters::Parameters;
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::replays::Heard;
use crate::inbound::{Request, limits, time};

/// How far a signed instant may be from ours, either way: what Alibaba Cloud allows.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Which signature a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the header.
    Header,
    /// Among the parameters.
    Parameter,
}

/// What a call claims: whose key, which call, when.
pub(super) struct Claim<'a> {
    /// `AccessKeyId`.
    pub(super) key: &'a str,
    /// The caller's number of this call.
    nonce: &'a str,
    /// When it was signed.
    at: &'a str,
}

impl Claim<'_> {
    /// The id of the input: the same at every replica, so what gets past the memory of one of them is one message all the
    /// same.
    pub(super) fn input_id(&self) -> InputId {
        InputId::derive(&[b"aliyun", self.key.as_bytes(), self.nonce.as_bytes()])
    }
}

/// Checks the signature of a call, its window, and that it is the first with its nonce.
pub(super) fn check<'c, 'r: 'c>(
    request: &Request<'r>,
    parameters: &'c Parameters,
    accounts: &Accounts,
    kind: Kind,
) -> Result<Claim<'c>, Condition> {
    let secret = |key: &str| secret(accounts, key);
    let claim = match kind {
        Kind::Header => header::check(request, parameters, secret)?,
        Kind::Parameter => parameter::check(request, parameters, secret)?,
    };
    let at = time::rfc3339(claim.at).ok_or_else(|| Refusal::InvalidTimeStamp.told())?;
    let until = at.plus(WINDOW);
    if request.now > until || at > request.now.plus(WINDOW) {
        return Err(Refusal::Expired.told());
    }
    limits::id("SignatureNonce", claim.nonce)?;
    once(request, &claim, until)?;
    Ok(claim)
}

/// The secret of an access key: the same in all accounts that have it.
fn secret<'a>(accounts: &'a Accounts, key: &str) -> Result<&'a SecretString, Condition> {
    let mut members = accounts.aliyun_key(key);
    members.next().and_then(|(_, _, settings)| settings.secret(key)).ok_or_else(|| Refusal::NoSuchKey.told())
}

/// Refuses what was heard before. Clients sign anew when they try again.
fn once(request: &Request<'_>, claim: &Claim<'_>, until: Timestamp) -> Result<(), Condition> {
    let owner = [b"aliyun", claim.key.as_bytes()];
    match request.replays.note(&owner, &[claim.nonce.as_bytes()], &[], until, request.now) {
        Heard::First => Ok(()),
        Heard::Again | Heard::Otherwise => Err(Refusal::NonceUsed.told()),
    }
}

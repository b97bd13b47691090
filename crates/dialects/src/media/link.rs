//! Links: an address by which a file can be had for a while without the tenant's key, for channels that fetch files
//! themselves. What the link allows stands in it, signed.

use std::time::Duration;

use secrecy::SecretString;
use usher_domain::{TenantId, Timestamp};

use super::{File, Key};
use crate::condition::Condition;
use crate::inbound::sealed;

/// The kind inside the token, so that no other token of ours is a link.
const KIND: &str = "media";

/// How links are made.
#[derive(Debug, Clone)]
pub struct Links {
    /// Where ingest is for the world, without a path.
    pub base_url: String,
    /// Signs; the same on every replica.
    pub key: SecretString,
    /// How long a link counts.
    pub life: Duration,
}

/// Kind, tenant, key, instant of expiry in milliseconds.
type Claims = (String, String, String, i64);

impl Links {
    /// The link to a file, from `now` on.
    pub(crate) fn to(&self, file: &File, now: Timestamp) -> String {
        let ends = now.plus(self.life).millis();
        let claims: Claims = (KIND.to_owned(), file.tenant.as_str().to_owned(), file.key.to_string(), ends);
        let token = sealed::seal(&self.key, &claims);
        format!("{}/v1/media/{}?token={token}", self.base_url.trim_end_matches('/'), file.key)
    }

    /// The file that a token allows to have, if it is for this key and still counts.
    pub(crate) fn file(&self, key: &Key, token: &str, now: Timestamp) -> Result<File, Condition> {
        let forged = || Condition::Unauthorised("the link is not valid".to_owned());
        let (kind, tenant, named, ends): Claims = sealed::open(&self.key, token).ok_or_else(forged)?;
        if kind != KIND || named != key.to_string() {
            return Err(forged());
        }
        if now.millis() >= ends {
            return Err(Condition::Unauthorised("the link has expired".to_owned()));
        }
        Ok(File { tenant: TenantId::new(tenant.as_str()), key: *key })
    }
}

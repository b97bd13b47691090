//! Files beside messages: who may keep one and who may have it, in each dialect's own words. The edge hands a request to
//! [`receive`] and gets back what to keep or to fetch; where files lie is the edge's own matter.
//!
//! | path | what | who reads it |
//! | --- | --- | --- |
//! | `/apiaccess/ccmessaging/uploadFileStream` | a visitor's file, base64 in JSON | `huawei` |
//! | `/apiaccess/ccmessaging/downloadFileStream` | a file for a visitor, base64 in JSON | `huawei` |
//! | `POST /v1/media` | a file of the tenant's workspace or server: the body is the file | `native` |
//! | `GET /v1/media/{key}` | a file for the tenant, or for whoever has its link | `native` |
//!
//! A file belongs to a tenant and is found by a key that nobody can guess. A key names no visitor and no conversation.

mod format;
mod key;
mod link;

use std::time::Duration;

use usher_domain::TenantId;

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Answer, Request, no_such_path};
use crate::{huawei, native};

pub use format::Format;
pub use key::{Key, day};
pub use link::Links;

/// A file of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub key: Key,
}

/// A caller who may send a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Whose files they may keep or have.
    pub tenant: TenantId,
    /// What they are about to send.
    pub body: Sent,
}

/// What a request's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Nothing, or few words about a file.
    Words,
    /// Words with a file among them: it must be in memory whole.
    Whole,
    /// The file itself, which can be taken part by part.
    Parts,
}

/// What a request wants.
#[derive(Debug)]
pub enum Call {
    /// That these bytes are kept; then it is answered so.
    Keep {
        /// As which file.
        file: File,
        /// What stands in it.
        bytes: Vec<u8>,
        /// The answer once it is kept.
        answer: Answer,
    },
    /// That the body is kept as it comes; then it is answered so.
    KeepBody {
        /// As which file.
        file: File,
        /// The answer once it is kept.
        answer: Answer,
    },
    /// To have a file.
    Fetch {
        /// Which.
        file: File,
        /// In which form.
        form: Form,
    },
}

/// How a file is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As it is, with its type.
    Plain,
    /// In Huawei's JSON.
    Huawei {
        /// Header names (lower-case) and values that stand beside it.
        headers: Vec<(&'static str, String)>,
        /// Where it can be looked at for a while.
        link: Option<String>,
    },
}

impl Form {
    /// The answer with these bytes in it, where the dialect wants them in one piece; `None`: as they are.
    pub fn whole(&self, bytes: &[u8]) -> Option<Answer> {
        match self {
            Self::Plain => None,
            Self::Huawei { headers, link } => Some(huawei::inbound::files::fetched(bytes, headers, link.as_deref())),
        }
    }
}

/// What holds for files wherever they come from.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long a file is kept, in whole days.
    pub keep_days: u32,
    /// How links are made; without it there are none.
    pub links: Option<Links>,
}

impl Rules {
    /// How long a file is kept.
    pub fn life(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_days) * 86_400)
    }
}

/// The pattern of a path, when it is one of this list.
pub fn pattern(path: &str) -> Option<&'static str> {
    huawei::inbound::files::pattern(path).or_else(|| native::inbound::media::pattern(path))
}

/// Whether a caller may send a body at all, by the head alone: nobody else's is read.
///
/// # Errors
/// The condition to be said with [`crate::inbound::refuse`].
pub fn admit(request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Admitted, Condition> {
    if native::inbound::media::pattern(request.path).is_some() {
        return native::inbound::media::receive(request, accounts, rules).map(|call| match call {
            Call::Fetch { file, .. } => Admitted { tenant: file.tenant, body: Sent::Words },
            Call::Keep { file, .. } | Call::KeepBody { file, .. } => {
                Admitted { tenant: file.tenant, body: Sent::Parts }
            }
        });
    }
    huawei::inbound::files::admit(request, accounts)
}

/// Reads a request; where the body is the file ([`Sent::Parts`]), it need not be there.
///
/// # Errors
/// The condition to be said with [`crate::inbound::refuse`].
pub fn receive(request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Call, Condition> {
    let call = if huawei::inbound::files::pattern(request.path).is_some() {
        huawei::inbound::files::receive(request, accounts, rules)?
    } else if native::inbound::media::pattern(request.path).is_some() {
        native::inbound::media::receive(request, accounts, rules)?
    } else {
        return Err(no_such_path());
    };
    match call {
        Call::Fetch { file, .. } if file.key.has_ended(request.now, rules.life()) => Err(no_such_file()),
        call => Ok(call),
    }
}

/// What is told of a file that is not there, not any more, or another tenant's.
pub fn no_such_file() -> Condition {
    Condition::NotFound("there is no such file".to_owned())
}

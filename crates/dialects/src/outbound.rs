//! What delivery hands to a dialect, and what it gets back: requests to a provider, one after the other, until it is
//! done with an outcome. The list of dialects is [`plan`] and [`answered`].

mod address;
mod encoding;
mod grant;
mod hold;
pub mod limits;
#[cfg(test)]
mod promises;
#[cfg(test)]
pub(crate) mod rows;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::receipt::Report;
use usher_domain::{AccountId, Delivery, Dialect, MailboxAct, TenantId, Timestamp};

pub use crate::sms::smpp::outbound::Submission;
pub use grant::{Token, TokenGrant};
pub use hold::{NOTICE_HELD, TYPING_HELD, held, withdrawn};

pub(crate) use address::path_and_query;
pub(crate) use encoding::{basic, bearer, form, percent_encoded};

use crate::accounts::{
    AccountSettings, Accounts, ChannelSettings, EasemobSettings, HuaweiSettings, RbmSettings, SmsSettings,
    WebhookSettings,
};
use crate::{aliyun, easemob, huawei, native, rbm, sms};

/// The first step of one attempt. `now` is the caller's clock: it goes into timestamps and into the time that the
/// provider still has, so every attempt is planned anew; the idempotency key is the same in all of them.
pub fn plan(delivery: &Delivery, accounts: &Accounts, now: Timestamp) -> Next {
    first(delivery, accounts, now).with_token_of(&delivery.tenant)
}

fn first(delivery: &Delivery, accounts: &Accounts, now: Timestamp) -> Next {
    let endpoint = match Endpoint::of(delivery, accounts) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return Next::Done(refusal),
    };
    let planned = match endpoint {
        Endpoint::Webhook(settings) => native::outbound::plan(delivery, settings, now),
        Endpoint::Huawei(account, settings) => return huawei::outbound::plan(delivery, account, settings, now),
        Endpoint::Rbm(settings) => rbm::outbound::plan(delivery, settings, now),
        Endpoint::Sms(account, SmsSettings::Smpp(settings)) => {
            let planned = sms::smpp::outbound::plan(delivery, account, settings);
            return planned.map_or_else(Next::Done, |submission| Next::Submit(Box::new(submission)));
        }
        Endpoint::Sms(account, settings) => sms::outbound::plan(delivery, account, settings, now),
        Endpoint::Easemob(settings) => easemob::outbound::plan(delivery, settings, now),
        Endpoint::Aliyun => return aliyun::outbound::plan(delivery, now),
    };
    planned.map_or_else(Next::Done, Next::Request)
}

/// What follows from the provider's answer to request number `step` of the attempt, 1 being the planned one.
pub fn answered(
    delivery: &Delivery,
    accounts: &Accounts,
    now: Timestamp,
    step: usize,
    response: &ProviderResponse,
) -> Next {
    after(delivery, accounts, now, step, response).with_token_of(&delivery.tenant)
}

fn after(delivery: &Delivery, accounts: &Accounts, now: Timestamp, step: usize, response: &ProviderResponse) -> Next {
    let endpoint = match Endpoint::of(delivery, accounts) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return Next::Done(refusal),
    };
    Next::Done(match endpoint {
        Endpoint::Webhook(_) => native::outbound::answered(delivery, response),
        Endpoint::Huawei(..) => huawei::outbound::answered(delivery, response),
        Endpoint::Rbm(settings) => return rbm::outbound::answered(delivery, settings, now, step, response),
        Endpoint::Sms(_, settings) => sms::outbound::answered(delivery, settings, response),
        Endpoint::Easemob(_) => easemob::outbound::answered(delivery, response),
        Endpoint::Aliyun => aliyun::outbound::answered(delivery, response),
    })
}

/// Where a delivery goes, with what the accounts file says of it.
enum Endpoint<'a> {
    /// A receiver of signed webhooks: a native channel, a workspace or a bot.
    Webhook(&'a WebhookSettings),
    /// A Huawei channel, and its account.
    Huawei(&'a AccountSettings, &'a HuaweiSettings),
    /// An RBM agent.
    Rbm(&'a RbmSettings),
    /// An SMS provider, and the name of the account there.
    Sms(&'a AccountId, &'a SmsSettings),
    /// An Easemob application.
    Easemob(&'a EasemobSettings),
    /// Clients of Alibaba Cloud's message chat.
    Aliyun,
}

impl<'a> Endpoint<'a> {
    /// Looks the target up. What the accounts file does not have is our own mistake: people are needed, no retry.
    fn of(delivery: &'a Delivery, accounts: &'a Accounts) -> Result<Self, SendOutcome> {
        let tenant = &delivery.tenant;
        let missing =
            |what: String| SendOutcome::rejected(format!("the accounts file has no {what} under tenant `{tenant}`"));
        match &delivery.target {
            DeliveryTarget::Workspace { desk, .. } => {
                accounts.workspace(tenant, desk).map(Self::Webhook).ok_or_else(|| missing(format!("desk `{desk}`")))
            }
            DeliveryTarget::Bot(bot) => {
                accounts.bot(tenant, bot).map(Self::Webhook).ok_or_else(|| missing(format!("bot `{bot}`")))
            }
            DeliveryTarget::Channel { dialect, .. } => Self::channel(tenant, &delivery.account, *dialect, accounts),
            DeliveryTarget::Sms { account, .. } => Self::channel(tenant, account, Dialect::Sms, accounts),
        }
    }

    /// The channel of an account; it must still be of the dialect that the order was made for.
    fn channel(
        tenant: &TenantId,
        account: &'a AccountId,
        dialect: Dialect,
        accounts: &'a Accounts,
    ) -> Result<Self, SendOutcome> {
        let missing = || {
            let dialect = dialect.name();
            SendOutcome::rejected(format!(
                "the accounts file has no {dialect} account `{account}` under tenant `{tenant}`"
            ))
        };
        let found = accounts.account(tenant, account).ok_or_else(missing)?;
        match (dialect, &found.channel) {
            (Dialect::Native, ChannelSettings::Native { webhook }) => Ok(Self::Webhook(webhook)),
            (Dialect::Huawei, ChannelSettings::Huawei(settings)) => Ok(Self::Huawei(found, settings)),
            (Dialect::Rbm, ChannelSettings::Rbm(settings)) => Ok(Self::Rbm(settings)),
            (Dialect::Sms, ChannelSettings::Sms(settings)) => Ok(Self::Sms(account, settings)),
            (Dialect::Easemob, ChannelSettings::Easemob(settings)) => Ok(Self::Easemob(settings)),
            (Dialect::Aliyun, ChannelSettings::Aliyun(_)) => Ok(Self::Aliyun),
            _ => Err(missing()),
        }
    }
}

/// One HTTP request to a provider. Header values and URL may hold credentials and personal data: `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRequest {
    /// `POST`, `DELETE`, ….
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// Header names (lower-case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How the token comes that it needs beside these headers; `None`: all it needs stands there.
    pub grant: Option<TokenGrant>,
}

impl ProviderRequest {
    /// The request with the token that its grant brought.
    #[must_use]
    pub fn bearing(mut self, token: &SecretString) -> Self {
        self.headers.push(("authorization", bearer(token.expose_secret())));
        self
    }
}

impl std::fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderRequest({}, {} bytes)", self.method, self.body.len())
    }
}

/// A provider's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderResponse {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, when it was there and readable.
    pub retry_after: Option<Duration>,
    /// The body, at most 64 KiB of it.
    pub body: Vec<u8>,
}

/// What to do next for a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this and come back with the answer.
    Request(ProviderRequest),
    /// Nothing goes out: a client collects it. Delivery writes it to the visitor's mailbox together with its receipts.
    Hold(Box<MailboxAct>),
    /// Submit this through the account's session with its SMSC.
    Submit(Box<Submission>),
    /// It is over for this attempt.
    Done(SendOutcome),
}

impl Next {
    /// The same; where it needs a token, one of this tenant. No dialect can forget it.
    fn with_token_of(self, tenant: &TenantId) -> Self {
        match self {
            Self::Request(request) => {
                let grant = request.grant.map(|grant| grant.of(tenant));
                Self::Request(ProviderRequest { grant, ..request })
            }
            other => other,
        }
    }
}

/// How an attempt ended: a closed list; each value says whether to try again and what the message's receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Done. Receipts to write: none for a notice, `Sent` for a message, `Delivered` too where the channel will not
    /// report by itself.
    Done(Vec<Report>),
    /// The recipient can not be reached on this channel, or the provider refuses for good: no retry.
    NotReachable {
        /// A word for people, without personal data.
        reason: String,
    },
    /// As `NotReachable`, and no earlier attempt arrived either: the provider knows the message by its id, passes over a
    /// repeat, and refuses this one.
    NeverReached {
        /// A word for people, without personal data.
        reason: String,
    },
    /// Our own configuration or format is wrong (401, 400): no retry, people are needed.
    Rejected {
        /// A word for people, without personal data.
        reason: String,
    },
    /// Worth another try, not before `after` where the provider says so.
    Retry {
        /// A word for people, without personal data.
        reason: String,
        /// The provider's own `Retry-After`.
        after: Option<Duration>,
    },
}

impl SendOutcome {
    /// A message that the provider took; delivered too where the channel will never say so by itself.
    pub fn sent(dialect: Dialect, provider_id: Option<String>) -> Self {
        let sent = Report::Sent { provider_id };
        Self::Done(if dialect.reports_delivery() { vec![sent] } else { vec![sent, Report::Delivered] })
    }

    /// Done, and nothing to report: a notice, typing, something that this channel does not carry.
    pub const fn silent() -> Self {
        Self::Done(Vec::new())
    }

    /// It certainly did not arrive and never will on this channel.
    pub fn not_reachable(reason: impl Into<String>) -> Self {
        Self::NotReachable { reason: reason.into() }
    }

    /// It certainly did not arrive by any attempt, and never will on this channel.
    pub fn never_reached(reason: impl Into<String>) -> Self {
        Self::NeverReached { reason: reason.into() }
    }

    /// Our own configuration or format is wrong.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into() }
    }

    /// How statuses end that no dialect reads differently: mapped once for all channels.
    pub fn of_status(response: &ProviderResponse) -> Option<Self> {
        let reason = format!("the provider answered {}", response.status);
        match response.status {
            200..=299 => None,
            408 | 425 | 429 | 500..=599 => Some(Self::Retry { reason, after: response.retry_after }),
            404 | 410 => Some(Self::NotReachable { reason }),
            _ => Some(Self::Rejected { reason }),
        }
    }
}

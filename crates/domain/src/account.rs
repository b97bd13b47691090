//! What a core must know of an account. Ingest reads it from the accounts file and stamps it on every input, because
//! cores have no configuration.

use std::time::Duration;

use crate::ids::{AccountId, BotId, DeskId, GroupId, TenantId};

/// A vendor's protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dialect {
    /// Our own API in, our own signed webhook out.
    Native,
    /// Huawei Cloud AICC.
    Huawei,
    /// Google RCS for Business.
    Rbm,
    /// Short messages over an HTTP provider.
    Sms,
    /// Easemob IM, as its customer service uses it.
    Easemob,
    /// Alibaba Cloud's message chat (IMS): pushes in, a stream that the customer's client collects from out.
    Aliyun,
}

impl Dialect {
    /// All dialects, in the order of their numbers on the wire.
    pub const ALL: [Self; 6] = [Self::Native, Self::Huawei, Self::Rbm, Self::Sms, Self::Easemob, Self::Aliyun];

    /// Its name in configuration, topics, metrics and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Huawei => "huawei",
            Self::Rbm => "rbm",
            Self::Sms => "sms",
            Self::Easemob => "easemob",
            Self::Aliyun => "aliyun",
        }
    }

    /// Whether the provider reports that a message reached the device. Where not, its 2xx counts as delivered.
    pub const fn reports_delivery(self) -> bool {
        matches!(self, Self::Rbm | Self::Sms | Self::Aliyun)
    }

    /// Whether the provider itself ends a message at its deadline and says so; then we wait a grace longer.
    pub const fn has_own_deadline(self) -> bool {
        matches!(self, Self::Rbm | Self::Aliyun)
    }

    /// Whether a message that was sent can be called back.
    pub const fn can_revoke(self) -> bool {
        matches!(self, Self::Rbm | Self::Aliyun)
    }

    /// Whether the visitor's side shows that a message of theirs was read.
    pub const fn shows_reads(self) -> bool {
        matches!(self, Self::Native | Self::Rbm | Self::Huawei)
    }

    /// Whether the visitor sees what usher tells them, in words: elsewhere a notice is for their client alone, or not sent.
    pub const fn shows_notices(self) -> bool {
        matches!(self, Self::Native | Self::Huawei)
    }

    /// How often at most the channel is told that an agent is writing, where it shows that for a while by itself: Google RBM
    /// shows it for about 20 s, or until the agent's next message. `None`: each time.
    pub const fn typing_every(self) -> Option<Duration> {
        match self {
            Self::Rbm => Some(Duration::from_secs(10)),
            _ => None,
        }
    }

    /// Whether visitors are named by their phone number.
    pub const fn names_are_phone_numbers(self) -> bool {
        matches!(self, Self::Rbm | Self::Sms)
    }
}

/// The stamp: a tenant's account as far as a decision depends on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The business.
    pub tenant: TenantId,
    /// Its account.
    pub account: AccountId,
    /// The protocol of its channel.
    pub dialect: Dialect,
    /// The desk whose agents answer.
    pub desk: DeskId,
    /// Where a visitor waits who names neither agent nor group.
    pub default_group: Option<GroupId>,
    /// Who answers before an agent does.
    pub bot: Option<BotId>,
    /// How visitors are asked what they think of it.
    pub survey: Survey,
    /// Visitors' clients collect what is said to them: it waits in their mailboxes.
    pub collected: bool,
    /// The account that sends its visitors an SMS where one is due.
    pub sms: Option<AccountId>,
    /// How much of an agent's capacity one of its sessions takes.
    pub weight: u32,
    /// How urgent its sessions are, where a queue's order looks at it; higher is more urgent.
    pub priority: u8,
}

impl Account {
    /// The weight of a session where the account says nothing.
    pub const WEIGHT: u32 = 1;

    /// An account that says nothing but what it must: no group, no bot, nobody invited to a survey, no SMS.
    pub fn new(tenant: TenantId, account: AccountId, dialect: Dialect, desk: DeskId) -> Self {
        Self {
            tenant,
            account,
            dialect,
            desk,
            default_group: None,
            bot: None,
            survey: Survey::default(),
            collected: false,
            weight: Self::WEIGHT,
            priority: 0,
            sms: None,
        }
    }

    /// Whether somebody ends a message at its deadline and says so; then we wait a grace longer. A mailbox does.
    pub const fn has_own_deadline(&self) -> bool {
        self.collected || self.dialect.has_own_deadline()
    }

    /// Whether an agent can take back what was said to a visitor: the channel's client hides what it has shown, or a
    /// mailbox still has it.
    pub const fn can_recall(&self) -> bool {
        self.collected || matches!(self.dialect, Dialect::Rbm | Dialect::Easemob | Dialect::Native | Dialect::Aliyun)
    }
}

/// How visitors are asked for their opinion after a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Survey {
    /// Whether they are invited when a session with an agent ends.
    pub invites: bool,
    /// How long after a session's end an answer counts.
    pub lasts: Duration,
}

impl Default for Survey {
    /// Nobody is invited; an answer counts for eight hours, as the vendor's web client believes (Easemob).
    fn default() -> Self {
        Self { invites: false, lasts: Duration::from_secs(8 * 60 * 60) }
    }
}

//! A message, who said it, and the terms under which it must arrive.

use std::time::Duration;

use crate::content::{Content, Private};
use crate::ids::{AccountId, BotId, MessageId, PhoneNumber};
use crate::place::AgentCard;

/// Who says something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Party {
    /// The customer; the nickname is what the channel shows of them.
    Visitor {
        /// As the channel shows them, where it tells.
        nickname: Option<Private>,
    },
    /// An agent.
    Agent(AgentCard),
    /// The account's bot.
    Bot(BotId),
    /// The tenant's own server (a push).
    Tenant,
    /// usher itself.
    System,
}

/// One thing said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The same on every attempt and at every provider.
    pub id: MessageId,
    /// Who says it.
    pub from: Party,
    /// What.
    pub content: Content,
    /// What its sender put beside it, for whoever gets it: JSON that usher does not read.
    pub ext: Option<Private>,
    /// The account by which it came, where that is not the conversation's own: the visitor answered an SMS.
    pub via: Option<AccountId>,
}

/// What a message is for (the traffic classes of Google RBM). `Authentication` is critical: better twice than not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// A one-time password, a fraud alert.
    Authentication,
    /// About something the customer did.
    Transaction,
    /// Advertising.
    Promotion,
    /// An answer to a request.
    Service,
}

impl Class {
    /// All classes, in the order of their numbers on the wire.
    pub const ALL: [Self; 4] = [Self::Authentication, Self::Transaction, Self::Promotion, Self::Service];

    /// Its name in the API and in docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Transaction => "transaction",
            Self::Promotion => "promotion",
            Self::Service => "service",
        }
    }

    /// The class with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether it falls back at once when its fate is unknown.
    pub const fn is_critical(self) -> bool {
        matches!(self, Self::Authentication)
    }
}

/// What happens after the revoke grace to a message whose fate stays unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// Send the SMS, marked at risk of being a second copy.
    Sms,
    /// Send nothing, and say so in an event.
    Silence,
}

/// How a message falls back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fallback {
    /// The account that sends the SMS.
    pub account: AccountId,
    /// To whom, when the sender named a number.
    pub to: Option<PhoneNumber>,
    /// How long the SMS itself may take, from the moment it is ordered.
    pub ttl: Duration,
}

/// Under which terms a message must arrive; ingest resolves the sender's wish and the account's defaults into it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// What the message is for.
    pub class: Class,
    /// How long it may take. Without one it never falls back.
    pub ttl: Option<Duration>,
    /// The SMS instead; `None` when fallback is off.
    pub fallback: Option<Fallback>,
    /// What to do when its fate stays unknown.
    pub unknown: Unknown,
    /// How much longer than the deadline we wait for a channel that ends messages by itself (g).
    pub grace: Duration,
    /// How long we wait for evidence after a revoke (G).
    pub revoke_grace: Duration,
}

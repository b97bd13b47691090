//! What an SMSC tells us: what it calls the parts of our short messages, what became of them, and what phones have sent.
//! One record of topic `reports` is one input of the reports core, which joins what belongs together: a report may come
//! before the answer that says whose it is.

use std::fmt;

use crate::conversation::ConversationInput;
use crate::ids::{AccountId, ConversationId, InputId, MessageId, ProviderId, TenantId};
use crate::receipt::Leg;

/// One input of the reports core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportInput {
    /// Whose tenant.
    pub tenant: TenantId,
    /// By which SMS account.
    pub account: AccountId,
    /// What happened there.
    pub act: ReportAct,
}

/// What happened at an SMS account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReportAct {
    /// The SMSC took a part of a message and named it.
    Submitted {
        /// Its name for the part.
        provider_id: ProviderId,
        /// Which part of what.
        part: Part,
    },
    /// The SMSC says what became of what it named so.
    Reported {
        /// Its name for the part.
        provider_id: ProviderId,
        /// What became of it.
        fate: Fate,
    },
    /// What became of a part is told to the message that it is of; written by the reports core itself, because the parts
    /// of a message have names of their own, and so lie on different partitions.
    PartEnded {
        /// Which part of what.
        part: Part,
        /// What became of it.
        fate: Fate,
    },
    /// A phone has sent a part of a longer message.
    Heard(Box<HeardPart>),
}

/// A part of a message that went out as a short message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Whose conversation.
    pub conversation: ConversationId,
    /// Which message.
    pub message: MessageId,
    /// Which copy of it.
    pub leg: Leg,
    /// Which part, from 1.
    pub number: u32,
    /// How many there are.
    pub count: u32,
}

/// What became of a part, as far as that is for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It reached the phone.
    Delivered,
    /// It did not, says the network; networks are known to say so of messages that did.
    Undelivered {
        /// A word for people, without personal data.
        reason: String,
    },
    /// It was refused, and certainly did not.
    Refused {
        /// A word for people, without personal data.
        reason: String,
    },
}

impl Fate {
    /// Whether this is to be believed after `earlier`: nothing takes an arrival back, and of two failures the first counts.
    pub fn outdoes(&self, earlier: Option<&Self>) -> bool {
        match earlier {
            None => true,
            Some(Self::Delivered) => false,
            Some(_) => *self == Self::Delivered,
        }
    }
}

/// A part of a longer message that a phone has sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeardPart {
    /// The whole message, but for its text and its id: what becomes an input when all parts are there.
    pub whole: ConversationInput,
    /// The same for all parts of one message.
    pub of: InputId,
    /// Which part, from 1.
    pub number: u32,
    /// How many there are.
    pub count: u32,
    /// What it says.
    pub text: Utf16,
}

/// A piece of a text in UTF-16: it may begin or end inside a character. Personal data: `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Utf16(Vec<u16>);

impl Utf16 {
    /// The piece of these units.
    pub const fn new(units: Vec<u16>) -> Self {
        Self(units)
    }

    /// Its units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }
}

impl fmt::Debug for Utf16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} units>", self.0.len())
    }
}

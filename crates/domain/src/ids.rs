//! Names of things. Text ids are what a tenant or vendor calls something; 128-bit ids are ours, derived from the input
//! by hash, so the same input always makes the same id.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// A text that does not have the shape of the id it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} has not the form {form}")]
pub struct MalformedId {
    what: &'static str,
    form: &'static str,
}

/// Defines a text id: cheap to clone, ordered, shown as it is.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id with this text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The business whose customers write; nothing ever crosses tenants.
    TenantId
);
text_id!(
    /// A tenant's account on a channel.
    AccountId
);
text_id!(
    /// A routing domain: agents, groups and queues that are decided together.
    DeskId
);
text_id!(
    /// Somebody who answers.
    AgentId
);
text_id!(
    /// A skill group.
    GroupId
);
text_id!(
    /// A calendar of business hours, by its name in the directory.
    CalendarId
);
text_id!(
    /// An automatic participant that answers before an agent does.
    BotId
);

text_id!(
    /// What an SMSC calls a part of a message that it took; without leading zeros, in lower case.
    ProviderId
);

/// The customer as the channel names them. Often a phone number, so it is personal data: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorId(Arc<str>);

impl VisitorId {
    /// The visitor with this name on the channel.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The name on the channel: personal data, never for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorId(…)")
    }
}

/// A phone number in E.164 form, `+` first. Personal data: `Debug` shows the last two digits only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(Arc<str>);

impl PhoneNumber {
    /// Reads an E.164 number: `+`, then 7 to 15 digits, the first not 0 (ITU-T E.164 §6.2).
    pub fn parse(text: &str) -> Result<Self, MalformedId> {
        let malformed = MalformedId { what: "a phone number", form: "+ and 7 to 15 digits" };
        let digits = text.strip_prefix('+').ok_or_else(|| malformed.clone())?;
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        if fits && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(text.into())) } else { Err(malformed) }
    }

    /// The number: personal data, never for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber(…{})", &self.0[self.0.len() - 2..])
    }
}

/// SHA-256 over length-prefixed parts, cut to 128 bits: no two lists of parts collide by concatenation.
fn hash(domain: &str, parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut first = [0u8; 16];
    first.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(first)
}

/// Sets the version (8) and variant bits of RFC 9562, so that the id may be printed as a UUID.
const fn as_uuid_v8(bits: u128) -> u128 {
    let version_cleared = bits & !(0xf << 76);
    let variant_cleared = (version_cleared | (8 << 76)) & !(0b11 << 62);
    variant_cleared | (0b10 << 62)
}

/// Writes 32 lower-case hex digits. Ids are written several times for each record, and the formatter of numbers takes
/// ten times as long.
fn write_hex(f: &mut fmt::Formatter<'_>, bits: u128) -> fmt::Result {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    let mut text = [0u8; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        (pair[0], pair[1]) = (digit(byte >> 4), digit(byte & 0xf));
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

/// Defines a 128-bit id with the bits of a UUIDv8, printed as 32 lower-case hex digits.
macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident, $domain:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The id that follows from `parts`, the same for the same parts.
            pub fn derive(parts: &[&[u8]]) -> Self {
                Self::from_bits(hash($domain, parts))
            }

            /// The id with these bits; version and variant are set.
            pub const fn from_bits(bits: u128) -> Self {
                Self(as_uuid_v8(bits))
            }

            /// All 128 bits.
            pub const fn bits(self) -> u128 {
                self.0
            }

            /// The low 64 bits: what is kept where memory counts.
            pub const fn short(self) -> u64 {
                self.0 as u64
            }

            /// The id as a UUID with hyphens (36 characters), as Google RBM asks for.
            pub fn hyphenated(self) -> String {
                let hex = self.to_string();
                format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            /// Reads 32 hex digits, hyphens anywhere allowed.
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let hex: String = text.chars().filter(|c| *c != '-').collect();
                parse_hex(&hex, 32).map(|bits| Self(bits)).ok_or(MalformedId { what: stringify!($name), form: "32 hex digits" })
            }
        }
    };
}

/// Exactly `digits` lower- or upper-case hex digits as a number.
fn parse_hex(text: &str, digits: usize) -> Option<u128> {
    let all_hex = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    all_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

derived_id!(
    /// One input to a core: the key by which a repeated request is recognised.
    InputId,
    "input"
);
derived_id!(
    /// One thing said, in either direction; the same on every attempt and at every provider.
    MessageId,
    "message"
);
derived_id!(
    /// One order to one target; the idempotency key of outside calls.
    DeliveryId,
    "delivery"
);
derived_id!(
    /// One connection of a visitor's client; made at random by the instance that serves it.
    ConnectionId,
    "connection"
);

impl From<InputId> for MessageId {
    /// A message that an input brings has the input's id.
    fn from(input: InputId) -> Self {
        Self(input.0)
    }
}

impl From<MessageId> for DeliveryId {
    /// The order that brings a message to its channel has the message's id: RBM is idempotent by it.
    fn from(message: MessageId) -> Self {
        Self(message.0)
    }
}

/// A conversation: (tenant, account, visitor). Lives for ever; the unit of order; its text is the Kafka key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(u128);

impl ConversationId {
    /// The conversation of this visitor on this account of this tenant.
    pub fn of(tenant: &TenantId, account: &AccountId, visitor: &VisitorId) -> Self {
        Self(hash(
            "conversation",
            &[tenant.as_str().as_bytes(), account.as_str().as_bytes(), visitor.as_str().as_bytes()],
        ))
    }

    /// The conversation with these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// All 128 bits.
    pub const fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0)
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConversationId({self})")
    }
}

impl FromStr for ConversationId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        parse_hex(text, 32).map(Self).ok_or(MalformedId { what: "a conversation id", form: "32 hex digits" })
    }
}

/// One service episode inside a conversation, unique without memory: the conversation, the instant of opening and the
/// low half of the input that opened it (records of one batch share one append time).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// When it was opened, by the log.
    pub opened_at: Timestamp,
    /// The low 64 bits of the input that opened it.
    pub opened_by: u64,
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{:016x}", self.conversation, self.opened_at, self.opened_by)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let malformed = || MalformedId { what: "a session id", form: "<32 hex>.<milliseconds>.<16 hex>" };
        let mut parts = text.split('.');
        let (Some(conversation), Some(opened_at), Some(opened_by), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        Ok(Self {
            conversation: conversation.parse().map_err(|_| malformed())?,
            opened_at: Timestamp::from_millis(opened_at.parse().map_err(|_| malformed())?),
            opened_by: parse_hex(opened_by, 16).ok_or_else(malformed)? as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text() {
        let session = SessionId {
            conversation: ConversationId::of(&TenantId::new("t"), &AccountId::new("a"), &VisitorId::new("v")),
            opened_at: Timestamp::from_millis(1_619_573_122_352),
            opened_by: 7,
        };
        assert_eq!(session.to_string().parse(), Ok(session));
        let message = MessageId::derive(&[b"x"]);
        assert_eq!(message.to_string().parse(), Ok(message));
        assert_eq!(message.hyphenated().parse(), Ok(message));
    }

    #[test]
    fn ids_are_written_with_all_their_digits() {
        for bits in [0, 1, 0xf0, u128::MAX, 0x0123_4567_89ab_cdef << 40] {
            assert_eq!(ConversationId::from_bits(bits).to_string(), format!("{bits:032x}"));
        }
    }

    #[test]
    fn derived_ids_are_uuids_of_version_8() {
        let text = MessageId::from_bits(u128::MAX).hyphenated();
        assert_eq!(&text[14..15], "8");
        assert!("89ab".contains(&text[19..20]));
    }

    #[test]
    fn parts_do_not_collide_by_concatenation() {
        assert_ne!(InputId::derive(&[b"ab", b"c"]), InputId::derive(&[b"a", b"bc"]));
    }

    #[test]
    fn phone_numbers_are_e164_and_stay_out_of_debug() {
        let number = PhoneNumber::parse("+8613512345678").expect("E.164");
        assert_eq!(format!("{number:?}"), "PhoneNumber(…78)");
        for wrong in ["8613512345678", "+0613512345678", "+12", "+1234567890123456", "+12345a7"] {
            assert!(PhoneNumber::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! `mailbox.proto`.

use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::mailbox::Release;
use usher_domain::{AccountId, Held, MailboxAct, MailboxInput, MailboxOwner, TenantId, Timestamp, VisitorId};
use wire::mailbox_input::{self, Act};

use crate::error::DecodeError;
use crate::field::{id, name, optional, optional_id, required, span_ms, text, variant, within};
use crate::wire;

impl From<&MailboxInput> for wire::MailboxInput {
    fn from(input: &MailboxInput) -> Self {
        Self {
            tenant: input.tenant.to_string(),
            account: input.account.to_string(),
            visitor: input.visitor.as_str().to_owned(),
            act: Some((&input.act).into()),
        }
    }
}

impl TryFrom<wire::MailboxInput> for MailboxInput {
    type Error = DecodeError;

    fn try_from(input: wire::MailboxInput) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", input.tenant, TenantId::new)?,
            account: name("account", input.account, AccountId::new)?,
            visitor: name("visitor", input.visitor, VisitorId::new)?,
            act: variant("act", input.act)?,
        })
    }
}

impl From<&MailboxAct> for Act {
    fn from(act: &MailboxAct) -> Self {
        match act {
            MailboxAct::Put(held) => Self::Put(held.into()),
            MailboxAct::Withdraw { delivery, message } => {
                Self::Withdraw(mailbox_input::Withdraw { delivery: delivery.to_string(), message: message.to_string() })
            }
            MailboxAct::Seen { connection, lease } => {
                Self::Seen(mailbox_input::Seen { connection: connection.to_string(), lease_ms: span_ms(*lease) })
            }
            MailboxAct::Polled { connection, lease } => {
                Self::Polled(mailbox_input::Polled { connection: connection.to_string(), lease_ms: span_ms(*lease) })
            }
            MailboxAct::Told { up_to, sent } => Self::Told(mailbox_input::Told { up_to: *up_to, sent: sent.clone() }),
            MailboxAct::Closed { connection } => {
                Self::Closed(mailbox_input::Closed { connection: connection.to_string() })
            }
            MailboxAct::Acked { up_to, sent, after } => {
                Self::Acked(mailbox_input::Acked { up_to: *up_to, sent: sent.clone(), after: *after })
            }
        }
    }
}

impl TryFrom<Act> for MailboxAct {
    type Error = DecodeError;

    fn try_from(act: Act) -> Result<Self, DecodeError> {
        Ok(match act {
            Act::Put(held) => Self::Put(within("put", held)?),
            Act::Withdraw(withdraw) => within("withdraw", withdraw)?,
            Act::Seen(seen) => within("seen", seen)?,
            Act::Polled(polled) => within("polled", polled)?,
            Act::Told(told) => Self::Told { up_to: told.up_to, sent: told.sent },
            Act::Closed(closed) => within("closed", closed)?,
            Act::Acked(acked) => Self::Acked { up_to: acked.up_to, sent: acked.sent, after: acked.after },
        })
    }
}

impl TryFrom<mailbox_input::Withdraw> for MailboxAct {
    type Error = DecodeError;

    fn try_from(withdraw: mailbox_input::Withdraw) -> Result<Self, DecodeError> {
        let mailbox_input::Withdraw { delivery, message } = withdraw;
        Ok(Self::Withdraw { delivery: id("delivery", &delivery)?, message: id("message", &message)? })
    }
}

impl TryFrom<mailbox_input::Seen> for MailboxAct {
    type Error = DecodeError;

    fn try_from(seen: mailbox_input::Seen) -> Result<Self, DecodeError> {
        let connection = id("connection", &seen.connection)?;
        Ok(Self::Seen { connection, lease: Duration::from_millis(seen.lease_ms) })
    }
}

impl TryFrom<mailbox_input::Polled> for MailboxAct {
    type Error = DecodeError;

    fn try_from(polled: mailbox_input::Polled) -> Result<Self, DecodeError> {
        let connection = id("connection", &polled.connection)?;
        Ok(Self::Polled { connection, lease: Duration::from_millis(polled.lease_ms) })
    }
}

impl TryFrom<mailbox_input::Closed> for MailboxAct {
    type Error = DecodeError;

    fn try_from(closed: mailbox_input::Closed) -> Result<Self, DecodeError> {
        Ok(Self::Closed { connection: id("connection", &closed.connection)? })
    }
}

impl From<&Held> for wire::Held {
    fn from(held: &Held) -> Self {
        Self {
            delivery: held.delivery.to_string(),
            message: text(&held.message),
            payload: held.payload.as_str().to_owned(),
            expires_at_ms: held.expires_at.millis(),
            only_if_connected: held.only_if_connected,
            release: held.release.as_ref().map(Into::into),
            ends_watch: held.ends_watch,
        }
    }
}

impl TryFrom<wire::Held> for Held {
    type Error = DecodeError;

    fn try_from(held: wire::Held) -> Result<Self, DecodeError> {
        Ok(Self {
            delivery: id("delivery", &held.delivery)?,
            message: optional_id("message", held.message)?,
            payload: Private::new(held.payload),
            expires_at: Timestamp::from_millis(held.expires_at_ms),
            only_if_connected: held.only_if_connected,
            release: optional("release", held.release)?,
            ends_watch: held.ends_watch,
        })
    }
}

impl From<&Release> for wire::Release {
    fn from(release: &Release) -> Self {
        Self { after_ms: span_ms(release.after), account: Some((&release.account).into()) }
    }
}

impl TryFrom<wire::Release> for Release {
    type Error = DecodeError;

    fn try_from(release: wire::Release) -> Result<Self, DecodeError> {
        let account = required("account", release.account)?;
        Ok(Self { after: Duration::from_millis(release.after_ms), account })
    }
}

impl From<&MailboxOwner> for wire::MailboxOwner {
    fn from(owner: &MailboxOwner) -> Self {
        Self { partition: owner.partition, address: owner.address.clone() }
    }
}

impl TryFrom<wire::MailboxOwner> for MailboxOwner {
    type Error = DecodeError;

    fn try_from(owner: wire::MailboxOwner) -> Result<Self, DecodeError> {
        Ok(Self { partition: owner.partition, address: name("address", owner.address, |address| address)? })
    }
}

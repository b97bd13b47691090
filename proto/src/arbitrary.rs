//! Strategies that make any envelope, for the property tests of this crate and, behind the feature `arbitrary`, of
//! others. Every variant of every type is reached; a test in this crate holds that.
//!
//! Personal data is recognisable: each text has a [`CANARY`] in it and each phone number begins with [`CANARY_NUMBER`],
//! so that a test can ask whether any of it got out.
//!
//! Strategies are boxed: nested by value, those of all bodies together overflow a test's stack.

pub(crate) mod base;
mod conversation;
mod delivery;
mod desk;
mod event;
mod mailbox;
mod message;
pub(crate) mod place;
pub(crate) mod policy;
mod report;
mod supervision;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Cause, Envelope, Transcript};

use base::{account_id, conversation_id, session_id, tenant, text, timestamp, visitor};
use message::message;

pub use conversation::conversation_input;
pub use delivery::delivery;
pub use desk::desk_input;
pub use event::event;
pub use mailbox::mailbox_input;
pub use report::{fate, part, report_input};

/// Stands in every text that is personal data.
pub const CANARY: &str = "🐤";
/// The digits by which every phone number begins, after the `+`.
pub const CANARY_NUMBER: &str = "8613555012";

/// Any envelope.
pub fn envelope() -> BoxedStrategy<Envelope> {
    (of(cause()), of(text()), body())
        .prop_map(|(cause, traceparent, body)| Envelope { cause, traceparent, body })
        .boxed()
}

/// Any body.
pub fn body() -> BoxedStrategy<Body> {
    prop_oneof![
        8 => conversation_input().prop_map(Body::Conversation),
        4 => desk_input().prop_map(Body::Desk),
        6 => delivery().prop_map(|delivery| Body::Delivery(Box::new(delivery))),
        8 => event().prop_map(Body::Event),
        2 => transcript().prop_map(|transcript| Body::Transcript(Box::new(transcript))),
        1 => dead_letter().prop_map(Body::DeadLetter),
        4 => mailbox_input().prop_map(|input| Body::Mailbox(Box::new(input))),
        1 => mailbox::owner().prop_map(Body::MailboxOwner),
        1 => base::account_state().prop_map(Body::AccountState),
        4 => report_input().prop_map(|input| Body::Report(Box::new(input))),
        1 => Just(Body::Tick),
    ]
    .boxed()
}

fn cause() -> BoxedStrategy<Cause> {
    let place = (base::id_text(), any::<i32>(), any::<i64>());
    (place, any::<u32>(), any::<u32>(), timestamp(), any::<u64>())
        .prop_map(|((topic, partition, offset), index, count, decided_at, worker_epoch)| Cause {
            topic,
            partition,
            offset,
            index,
            count,
            decided_at,
            worker_epoch,
        })
        .boxed()
}

/// Any archived message.
pub fn transcript() -> BoxedStrategy<Transcript> {
    (tenant(), account_id(), conversation_id(), of(session_id()), visitor(), message(), timestamp())
        .prop_map(|(tenant, account, conversation, session, visitor, message, at)| Transcript {
            tenant,
            account,
            conversation,
            session,
            visitor,
            message,
            at,
        })
        .boxed()
}

fn dead_letter() -> BoxedStrategy<DeadLetter> {
    let bytes = || vec(any::<u8>(), 0..40);
    (base::id_text(), of(any::<(i32, i64)>()), bytes(), bytes(), text())
        .prop_map(|(source, position, key, payload, reason)| DeadLetter { source, position, key, payload, reason })
        .boxed()
}

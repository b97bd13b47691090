//! Ids, texts, instants and spans.

use std::time::Duration;

use proptest::prelude::*;
use usher_domain::content::Private;
use usher_domain::{
    AccountId, AccountState, AgentId, BotId, ConversationId, DeliveryId, DeskId, GroupId, InputId, MessageId,
    PhoneNumber, SessionId, TenantId, Timestamp, VisitorId,
};

use super::{CANARY, CANARY_NUMBER};

/// Any text, also an empty one; no personal data.
pub(super) fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}".prop_map(|text| text.replace(CANARY, ""))
}

/// The text of an id: never empty.
pub(super) fn id_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("id-{text}"))
}

/// Something said.
pub(super) fn private() -> impl Strategy<Value = Private> {
    ("\\PC{0,8}", "\\PC{0,8}").prop_map(|(before, after)| Private::new(format!("{before}{CANARY}{after}")))
}

pub(super) fn visitor() -> impl Strategy<Value = VisitorId> {
    prop_oneof![
        private().prop_map(|name| VisitorId::new(name.as_str())),
        phone().prop_map(|number| VisitorId::new(number.as_str())),
    ]
}

pub(super) fn phone() -> impl Strategy<Value = PhoneNumber> {
    (0u32..1000).prop_map(|end| PhoneNumber::parse(&format!("+{CANARY_NUMBER}{end:03}")).expect("13 digits"))
}

pub(super) fn timestamp() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

/// A span in whole milliseconds, which is what the wire carries.
pub(super) fn span() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_millis)
}

pub(super) fn tenant() -> impl Strategy<Value = TenantId> {
    id_text().prop_map(TenantId::new)
}

pub(super) fn account_id() -> impl Strategy<Value = AccountId> {
    id_text().prop_map(AccountId::new)
}

pub(super) fn desk_id() -> impl Strategy<Value = DeskId> {
    id_text().prop_map(DeskId::new)
}

pub(super) fn agent_id() -> impl Strategy<Value = AgentId> {
    id_text().prop_map(AgentId::new)
}

pub(super) fn group_id() -> impl Strategy<Value = GroupId> {
    id_text().prop_map(GroupId::new)
}

pub(super) fn bot_id() -> impl Strategy<Value = BotId> {
    id_text().prop_map(BotId::new)
}

pub(super) fn conversation_id() -> impl Strategy<Value = ConversationId> {
    any::<u128>().prop_map(ConversationId::from_bits)
}

pub(crate) fn input_id() -> impl Strategy<Value = InputId> {
    any::<u128>().prop_map(InputId::from_bits)
}

pub(super) fn message_id() -> impl Strategy<Value = MessageId> {
    any::<u128>().prop_map(MessageId::from_bits)
}

pub(super) fn delivery_id() -> impl Strategy<Value = DeliveryId> {
    any::<u128>().prop_map(DeliveryId::from_bits)
}

pub(crate) fn session_id() -> impl Strategy<Value = SessionId> {
    (conversation_id(), timestamp(), any::<u64>()).prop_map(|(conversation, opened_at, opened_by)| SessionId {
        conversation,
        opened_at,
        opened_by,
    })
}

pub(super) fn account_state() -> impl Strategy<Value = AccountState> {
    (tenant(), account_id(), text(), any::<bool>(), timestamp()).prop_map(
        |(tenant, account, region, in_service, said_at)| AccountState { tenant, account, region, in_service, said_at },
    )
}

//! The one table of topics: names, partitions, what happens to old records, who sets the timestamp, what the key is.
//! `usher topics apply`, the broker, the tests and the documents for other teams are all made from it.

use std::time::Duration;

use usher_domain::delivery::DeliveryTarget;
use usher_domain::envelope::DeadLetter;
use usher_domain::event::Subject;
use usher_domain::{AccountState, Body, Delivery, ReportAct, ReportInput};

/// A topic of usher. The order is that of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// Inputs of the conversation core.
    Conversations,
    /// Inputs of the desk core.
    Desks,
    /// Orders to the outside.
    Deliveries,
    /// Orders to the outside that wait for their next attempt.
    DeliveriesRetry,
    /// Public facts, for other teams.
    Events,
    /// Archived messages, for other teams.
    Transcripts,
    /// Records that could not be worked on.
    DeadLetters,
    /// State of the conversation core, on the same partition numbers as its input.
    ConversationsState,
    /// State of the desk core, on the same partition numbers as its input.
    DesksState,
    /// Inputs of the mailbox core.
    Mailboxes,
    /// State of the mailbox core, on the same partition numbers as its input.
    MailboxesState,
    /// Which process has which partition of mailboxes at work.
    MailboxOwners,
    /// Inputs of the reports core.
    Reports,
    /// State of the reports core, on the same partition numbers as its input.
    ReportsState,
    /// Which accounts may send, as their vendors said.
    AccountStates,
}

/// What the key of a topic's records is. The partitioner is `murmur2_random` everywhere, as a Java producer has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyRule {
    /// The conversation's id; a tick has none.
    Conversation,
    /// The desk's id; a tick has none.
    Desk,
    /// The conversation's id; of an agent notice that belongs to no conversation, the agent's id.
    ConversationOrAgent,
    /// The id of the conversation or desk that the fact is about.
    ConversationOrDesk,
    /// The key of the record that could not be worked on.
    Original,
    /// The name of a piece of state; the partition is given, not computed.
    State,
    /// The number of the partition that is spoken of.
    Partition,
    /// The account, the region and what is said of it: an older word that comes again after a newer one does not take its
    /// place when the topic is compacted.
    Account,
    /// What the record is to be joined by: an SMSC's name for a part, a message, or the parts of an incoming SMS.
    Joined,
}

/// An envelope of [`crate::MAX_BYTES`], its key once more, and room for what Kafka adds.
const DEAD_LETTER_BYTES_MAX: u32 = 3 * 1024 * 1024;

/// One row of the table.
struct Row {
    name: &'static str,
    partitions: i32,
    retention_days: Option<u64>,
    append_time: bool,
    key: KeyRule,
}

impl Topic {
    /// All topics, in the order of the table.
    pub const ALL: [Self; 15] = [
        Self::Conversations,
        Self::Desks,
        Self::Deliveries,
        Self::DeliveriesRetry,
        Self::Events,
        Self::Transcripts,
        Self::DeadLetters,
        Self::ConversationsState,
        Self::DesksState,
        Self::Mailboxes,
        Self::MailboxesState,
        Self::MailboxOwners,
        Self::Reports,
        Self::ReportsState,
        Self::AccountStates,
    ];

    /// The table. Topics keyed by conversation have one partition count, so an input partition writes to one partition
    /// of each; a state topic has the count of its input.
    const fn row(self) -> Row {
        let (name, partitions, retention_days, key) = match self {
            Self::Conversations => ("conversations", 12, Some(7), KeyRule::Conversation),
            Self::Desks => ("desks", 6, Some(7), KeyRule::Desk),
            Self::Deliveries => ("deliveries", 12, Some(7), KeyRule::ConversationOrAgent),
            Self::DeliveriesRetry => ("deliveries-retry", 12, Some(15), KeyRule::ConversationOrAgent),
            Self::Events => ("events", 12, Some(30), KeyRule::ConversationOrDesk),
            Self::Transcripts => ("transcripts", 12, Some(30), KeyRule::Conversation),
            Self::DeadLetters => ("dead-letters", 12, Some(30), KeyRule::Original),
            Self::ConversationsState => ("conversations-state", 12, None, KeyRule::State),
            Self::DesksState => ("desks-state", 6, None, KeyRule::State),
            Self::Mailboxes => ("mailboxes", 12, Some(7), KeyRule::Conversation),
            Self::MailboxesState => ("mailboxes-state", 12, None, KeyRule::State),
            Self::MailboxOwners => ("mailbox-owners", 1, None, KeyRule::Partition),
            Self::Reports => ("reports", 12, Some(7), KeyRule::Joined),
            Self::ReportsState => ("reports-state", 12, None, KeyRule::State),
            Self::AccountStates => ("account-states", 1, None, KeyRule::Account),
        };
        // The cores take their time from the log, so the log must be the one that sets it.
        let append_time = matches!(self, Self::Conversations | Self::Desks | Self::Mailboxes | Self::Reports);
        Row { name, partitions, retention_days, append_time, key }
    }

    /// Its name without prefix and version, as people say it: `deliveries-retry`.
    pub const fn short_name(self) -> &'static str {
        self.row().name
    }

    /// Its full name: `<prefix>.deliveries-retry.v1`.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}.{}.v1", self.short_name())
    }

    /// Number of partitions; never changed.
    pub const fn partitions(self) -> i32 {
        self.row().partitions
    }

    /// How long records stay; `None`: compacted, the last record of each key stays.
    pub fn retention(self) -> Option<Duration> {
        self.row().retention_days.map(|days| Duration::from_secs(days * 24 * 60 * 60))
    }

    /// How large a record may be; `None`: what the broker takes by default. A dead letter has a whole record in it, so it
    /// is larger than what it was made of, and not every one would be taken where that was.
    pub const fn record_bytes_max(self) -> Option<u32> {
        match self {
            Self::DeadLetters => Some(DEAD_LETTER_BYTES_MAX),
            _ => None,
        }
    }

    /// Whether the broker sets the timestamp (`message.timestamp.type=LogAppendTime`).
    pub const fn has_append_time(self) -> bool {
        self.row().append_time
    }

    /// What the key of its records is.
    pub const fn key(self) -> KeyRule {
        self.row().key
    }
}

/// The topic of a record, and its Kafka key. `None`: no key; a dead letter whose original key is no text has none either
/// (the letter itself carries the bytes).
///
/// A tick has no address of its own: the worker appends it to the very partition that it reads. It is answered with the first, where a stray one does nothing.
pub fn address(body: &Body) -> (Topic, Option<String>) {
    match body {
        Body::Conversation(input) => (Topic::Conversations, Some(input.conversation.to_string())),
        Body::Desk(input) => (Topic::Desks, Some(input.desk.to_string())),
        Body::Delivery(delivery) => (Topic::Deliveries, Some(delivery_key(delivery))),
        Body::Event(event) => (Topic::Events, Some(subject_key(&event.subject))),
        Body::Transcript(transcript) => (Topic::Transcripts, Some(transcript.conversation.to_string())),
        Body::DeadLetter(letter) => (Topic::DeadLetters, original_key(letter)),
        Body::Mailbox(input) => (Topic::Mailboxes, Some(input.conversation().to_string())),
        Body::MailboxOwner(owner) => (Topic::MailboxOwners, Some(owner.partition.to_string())),
        Body::Report(input) => (Topic::Reports, Some(report_key(input))),
        Body::AccountState(state) => (Topic::AccountStates, Some(account_state_key(state))),
        Body::Tick => (Topic::Conversations, None),
    }
}

/// What orders are kept in sequence by. Never a visitor's name or number: keys are shown by every Kafka tool.
fn delivery_key(delivery: &Delivery) -> String {
    match (&delivery.conversation, &delivery.target) {
        (Some(conversation), _) => conversation.to_string(),
        (None, DeliveryTarget::Workspace { agent: Some(agent), .. }) => agent.to_string(),
        (None, DeliveryTarget::Workspace { desk, agent: None }) => desk.to_string(),
        (None, _) => delivery.account.to_string(),
    }
}

/// What belongs together has one key. The part of an incoming SMS has a hash: numbers are shown by no Kafka tool.
fn report_key(input: &ReportInput) -> String {
    match &input.act {
        ReportAct::Submitted { provider_id, .. } | ReportAct::Reported { provider_id, .. } => {
            format!("{}/{}/{provider_id}", input.tenant, input.account)
        }
        ReportAct::PartEnded { part, .. } => part.message.to_string(),
        ReportAct::Heard(heard) => heard.of.to_string(),
    }
}

fn account_state_key(state: &AccountState) -> String {
    let word = if state.in_service { "in-service" } else { "stopped" };
    format!("{}/{}/{}/{word}", state.tenant, state.account, state.region)
}

fn subject_key(subject: &Subject) -> String {
    match subject {
        Subject::Conversation(conversation) => conversation.to_string(),
        Subject::Desk(desk) => desk.to_string(),
        Subject::Account(account) => account.to_string(),
    }
}

fn original_key(letter: &DeadLetter) -> Option<String> {
    let key = std::str::from_utf8(&letter.key).ok()?;
    (!key.is_empty()).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use usher_domain::{AgentId, ConversationId, DeskId};

    use super::*;
    use crate::arbitrary::{self, CANARY, CANARY_NUMBER};

    proptest! {
        #[test]
        fn keys_tell_nobody_who_a_visitor_is(body in arbitrary::body()) {
            let (_, key) = address(&body);
            let key = key.unwrap_or_default();
            prop_assert!(!key.contains(CANARY) && !key.contains(CANARY_NUMBER), "{}", key);
        }

        #[test]
        fn orders_are_keyed_by_conversation_and_notices_outside_of_one_by_agent(mut order in arbitrary::delivery()) {
            let conversation = ConversationId::from_bits(7);
            order.conversation = Some(conversation);
            let keyed = address(&Body::Delivery(Box::new(order.clone())));
            prop_assert_eq!(keyed, (Topic::Deliveries, Some(conversation.to_string())));

            order.conversation = None;
            order.target = DeliveryTarget::Workspace { desk: DeskId::new("main"), agent: Some(AgentId::new("li")) };
            let keyed = address(&Body::Delivery(Box::new(order)));
            prop_assert_eq!(keyed, (Topic::Deliveries, Some("li".to_owned())));
        }
    }

    #[test]
    fn dead_letter_keeps_a_key_that_is_text_and_a_tick_has_none() {
        let letter = |key: &[u8]| {
            let source = "usher.desks.v1".to_owned();
            Body::DeadLetter(DeadLetter {
                source,
                position: None,
                key: key.to_vec(),
                payload: vec![],
                reason: String::new(),
            })
        };
        assert_eq!(address(&letter(b"main")), (Topic::DeadLetters, Some("main".to_owned())));
        assert_eq!(address(&letter(&[0xff])), (Topic::DeadLetters, None));
        assert_eq!(address(&letter(b"")), (Topic::DeadLetters, None));
        assert_eq!(address(&Body::Tick).1, None);
    }

    #[test]
    fn the_largest_dead_letter_is_read_and_its_topic_takes_it() {
        let limit = usize::try_from(Topic::DeadLetters.record_bytes_max().expect("a limit of its own")).expect("small");
        for (key, payload) in [(0, 1_048_588), (1_048_588, 0), (500_000, 500_000), (9_000_000, 9_000_000)] {
            let (key, payload) = (vec![b'k'; key], vec![b'x'; payload]);
            let place = Some((i32::MAX, i64::MAX));
            let letter = DeadLetter::of("s".repeat(249), place, &key, &payload, "why ".repeat(9_000));
            let envelope = usher_domain::Envelope { cause: None, traceparent: None, body: Body::DeadLetter(letter) };
            let (_, key) = address(&envelope.body);
            let bytes = crate::encode(&envelope);
            assert_eq!(crate::decode(&bytes).as_ref(), Ok(&envelope), "{} bytes are read", bytes.len());
            assert!(bytes.len() + key.unwrap_or_default().len() < limit, "{} bytes are taken", bytes.len());
        }
    }

    #[test]
    fn names_carry_prefix_and_version() {
        let names: BTreeSet<String> = Topic::ALL.iter().map(|topic| topic.name("acme")).collect();
        assert_eq!(names.len(), Topic::ALL.len(), "names differ");
        assert!(names.contains("acme.deliveries-retry.v1"));
    }

    #[test]
    fn topics_stand_in_the_order_of_their_numbers() {
        for (number, topic) in Topic::ALL.into_iter().enumerate() {
            assert_eq!(topic as usize, number);
        }
    }

    #[test]
    fn topics_keyed_by_conversation_share_a_partition_count_and_state_has_that_of_its_input() {
        use Topic::*;
        for topic in [Deliveries, DeliveriesRetry, Events, Transcripts, ConversationsState, Mailboxes, MailboxesState] {
            assert_eq!(topic.partitions(), Conversations.partitions(), "{topic:?}");
        }
        assert_eq!(DesksState.partitions(), Desks.partitions());
        assert_eq!(ReportsState.partitions(), Reports.partitions());
    }

    #[test]
    fn only_what_cores_read_has_append_time_and_only_what_is_replaced_is_compacted() {
        for topic in Topic::ALL {
            let is_read_by_a_core =
                matches!(topic, Topic::Conversations | Topic::Desks | Topic::Mailboxes | Topic::Reports);
            assert_eq!(topic.has_append_time(), is_read_by_a_core, "{topic:?}");
            let is_replaced = matches!(topic.key(), KeyRule::State | KeyRule::Partition | KeyRule::Account);
            assert_eq!(topic.retention().is_none(), is_replaced, "{topic:?}");
        }
    }
}

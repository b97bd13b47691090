//! The routing service: the conversation and desk workers. It runs the two pure cores and decides nothing itself.

mod desk;
pub mod names;

use usher_broker::{Broker, WorkerSpec};
use usher_proto::topics::Topic;
use usher_routing_core::conversation::ConversationCore;
use usher_routing_core::desk::DeskCore;
use usher_runtime::worker::{AtWork, Cadence, PurePartition, Stop, Worker, WorkerError, run};

/// A partition of conversations.
pub type ConversationPartition = PurePartition<ConversationCore>;
/// A partition of desks.
pub type DeskPartition = PurePartition<DeskCore>;
pub use desk::MeasuredDesks;

/// One of the two kinds of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Life of sessions and messages.
    Conversation,
    /// Who takes the next session.
    Desk,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Conversation, Self::Desk];

    /// Its name, in groups and worker names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Desk => "desk",
        }
    }

    /// Who a worker of this kind is: `process` is the process's stable name, `thread` counts from 0.
    pub fn spec(self, prefix: &str, process: &str, thread: usize) -> WorkerSpec {
        let (input, state) = match self {
            Self::Conversation => (Topic::Conversations, Topic::ConversationsState),
            Self::Desk => (Topic::Desks, Topic::DesksState),
        };
        WorkerSpec {
            name: format!("{prefix}.{}.{process}.{thread}", self.name()),
            group: format!("{prefix}.{}", self.name()),
            input: input.name(prefix),
            state: Some(state.name(prefix)),
        }
    }
}

/// Runs one worker in the calling thread until it is asked to stop; `at_work` tells others whether it does its work.
pub fn work<B: Broker>(
    broker: &B,
    kind: Kind,
    prefix: &str,
    spec: WorkerSpec,
    cadence: Cadence,
    stop: &Stop,
    at_work: &AtWork,
) -> Result<(), WorkerError> {
    let handle = broker.worker(&spec)?;
    match kind {
        Kind::Conversation => {
            run(&mut Worker::new(handle, spec, prefix, cadence, |_| ConversationPartition::default()), stop, at_work)
        }
        Kind::Desk => run(&mut Worker::new(handle, spec, prefix, cadence, MeasuredDesks::new), stop, at_work),
    }
}

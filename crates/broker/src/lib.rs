//! What usher needs of a log with transactions, said once: partitions, offsets, groups with generations, transactions
//! that carry records and offsets, fencing, read_committed up to the last stable offset, append time set by the broker.
//!
//! Two implementations keep this contract: [`memory`], whose clock is an argument and which can be told to misbehave,
//! and Apache Kafka in `usher-broker-kafka`. The same [`kit`] of cases runs on both.

use std::future::Future;
use std::time::Duration;

pub mod kit;
pub mod memory;
mod partitioner;
mod record;

pub use partitioner::partition_of;
pub use record::{Outgoing, Position, Record};

/// Number of a partition inside a topic.
pub type Partition = i32;

/// A log that usher runs on. Handles are made from it; it is cheap to clone.
pub trait Broker: Clone + Send + Sync + 'static {
    /// The worker's handle.
    type Worker: WorkerHandle;
    /// The sender's handle.
    type Sender: SenderHandle;
    /// A reader's handle.
    type Reader: ReaderHandle;

    /// A consumer of `spec.input` with its transactional producer. `init_transactions` has fenced every former holder
    /// of `spec.name` when this returns.
    fn worker(&self, spec: &WorkerSpec) -> Result<Self::Worker, BrokerError>;

    /// A plain idempotent producer with `acks=all`.
    fn sender(&self) -> Result<Self::Sender, BrokerError>;

    /// A read_committed reader of every partition of `topic`, outside any group.
    fn reader(&self, topic: &str, from: ReadFrom) -> Result<Self::Reader, BrokerError>;

    /// Creates the topics that are missing. Existing ones are left as they are.
    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), BrokerError>;

    /// Topics whose name begins with `prefix`, as they are.
    fn describe_topics(&self, prefix: &str) -> Result<Vec<TopicSpec>, BrokerError>;

    /// Deletes topics.
    fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError>;
}

/// Who a worker is and what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSpec {
    /// Stable name (pod ordinal and thread): `transactional.id` and `group.instance.id`, so that a restarted worker
    /// fences its former self at once.
    pub name: String,
    /// Consumer group.
    pub group: String,
    /// Topic it consumes.
    pub input: String,
    /// Compacted topic with the same partition count that holds its state; `None` for a worker without state.
    pub state: Option<String>,
}

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// The first record that is still there.
    Start,
    /// The next record to be written.
    End,
}

/// A topic as usher wants it, or as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Full name.
    pub name: String,
    /// Number of partitions; never changed.
    pub partitions: i32,
    /// What happens to old records.
    pub cleanup: Cleanup,
    /// Whether the broker sets the timestamp (`LogAppendTime`) or the producer does.
    pub append_time: bool,
    /// How large a record may be, with its key and headers, in bytes; `None`: what the broker takes by default
    /// ([`RECORD_BYTES_MAX`]). At most [`PRODUCED_BYTES_MAX`].
    pub record_bytes_max: Option<u32>,
}

/// How large a record may be where its topic says nothing (Kafka's `message.max.bytes`: 1 MiB and a batch's head).
pub const RECORD_BYTES_MAX: u32 = 1_048_588;

/// How large a record may be that a worker produces, whatever its topic takes.
pub const PRODUCED_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// What happens to old records of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// The last record of each key stays.
    Compact,
    /// Records older than this go.
    Delete(Duration),
}

/// What a poll brought.
#[derive(Debug)]
pub enum Polled {
    /// Nothing in this time.
    Idle,
    /// Records of started partitions, each partition in offset order.
    Records(Vec<Record>),
    /// These partitions are ours now. The worker restores them and then calls [`WorkerHandle::start`]; an empty list
    /// is answered with an empty start.
    Assigned(Vec<Partition>),
    /// These partitions shall go. The worker commits what it has and calls [`WorkerHandle::release`].
    Revoking(Vec<Partition>),
    /// These partitions are gone already: nothing of them may be committed. Answered with `abort` and `release`.
    Lost(Vec<Partition>),
}

/// How a transaction ended. There are three ways and no fourth.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Committed {
    /// Its records and offsets stand.
    Done,
    /// Nothing of it stands. The handle has sought back to the committed offsets; the worker rebuilds every partition
    /// of the transaction from its state topic and goes on.
    Aborted {
        /// Why, for people.
        reason: String,
    },
    /// It is not known what stands, or this producer is fenced. The handle has a new producer and has sought back to
    /// the committed offsets; the worker rebuilds *all* its partitions and goes on.
    Lost {
        /// Why, for people.
        reason: String,
    },
}

/// What reading a state partition ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum StateRead {
    /// Everything up to the high watermark was delivered.
    Complete,
    /// Somebody's transaction is still open there: only what lies before it was delivered. The worker ends that
    /// transaction with [`WorkerHandle::end_transaction_of`], or waits, and reads again from the start.
    Blocked,
}

/// The worker's handle: blocking, owned by one thread.
///
/// The order of calls is: `poll` → (`Assigned`: `committed`, `read_state`, `start`) → `begin`, `produce`…, `commit`.
pub trait WorkerHandle {
    /// Waits up to `wait` for something; at most `max` records. A rebalance is told alone, before further records.
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, BrokerError>;

    /// Takes assigned partitions into work, each from its offset.
    fn start(&mut self, starts: &[(Partition, i64)]) -> Result<(), BrokerError>;

    /// Gives revoked or lost partitions back.
    fn release(&mut self, partitions: &[Partition]) -> Result<(), BrokerError>;

    /// Stops fetching these partitions until `resume`; records already fetched are delivered after it.
    fn pause(&mut self, partitions: &[Partition]) -> Result<(), BrokerError>;

    /// Fetches paused partitions again, from the first record not yet delivered.
    fn resume(&mut self, partitions: &[Partition]) -> Result<(), BrokerError>;

    /// Opens a transaction. May renew the producer first. Never called while one is open.
    fn begin(&mut self) -> Result<(), BrokerError>;

    /// Adds one record to the open transaction. An error does not need to be handled at once: the commit will abort. A
    /// record that is too large is no error here: the commit aborts, and its reason says so.
    fn produce(&mut self, record: Outgoing) -> Result<(), BrokerError>;

    /// Ends the open transaction with the offsets to go on from. `Err` means that the process should stop.
    fn commit(&mut self, offsets: &[(Partition, Position)]) -> Result<Committed, BrokerError>;

    /// Drops the open transaction, if one is open; in any case seeks back to the committed offsets, so that records
    /// which were polled since come again.
    fn abort(&mut self) -> Result<(), BrokerError>;

    /// Appends one record to a partition of the input topic, outside any transaction, by a producer of its own. Not
    /// waited for: what it carries (a tick) is sent again when it was lost.
    fn append(&mut self, partition: Partition, payload: Vec<u8>) -> Result<(), BrokerError>;

    /// The group's committed positions; `None` where there is none.
    fn committed(&mut self, partitions: &[Partition]) -> Result<Vec<(Partition, Option<Position>)>, BrokerError>;

    /// Reads a state partition from its start to its *high watermark*. Waits a short time for open transactions below
    /// it to end.
    fn read_state(&mut self, partition: Partition, each: &mut dyn FnMut(Record)) -> Result<StateRead, BrokerError>;

    /// Ends whatever transaction the (dead) worker of this name has open, by initialising its `transactional.id`.
    fn end_transaction_of(&mut self, name: &str) -> Result<(), BrokerError>;
}

/// The sender's handle: async, shared.
pub trait SenderHandle: Clone + Send + Sync + 'static {
    /// Sends one record and waits until all in-sync replicas have it. Bounded: answers within about a second also when
    /// the broker is away, and refuses at once when too much is under way.
    fn send(&self, record: Outgoing) -> impl Future<Output = Result<Sent, SendError>> + Send;
}

/// Where a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: i64,
}

/// A reader's handle: blocking, read_committed, never commits.
pub trait ReaderHandle: Send {
    /// Waits up to `wait` for records; empty when none came.
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, BrokerError>;

    /// Whether `poll` has delivered everything that a read_committed reader could see when this one was made; what
    /// came later may follow all the same. True at once for one that began at the end.
    fn is_caught_up(&self) -> bool;

    /// The first offset that each partition still had when this reader was made, partition by partition. Above 0,
    /// retention has taken what was before it.
    fn beginnings(&self) -> Vec<i64>;
}

/// A record that was not acknowledged. It may be in the log all the same; a repeat must carry the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No answer in time, or no broker.
    #[error("the broker did not acknowledge in time: {0}")]
    Unavailable(String),
    /// As much is under way as may be.
    #[error("too many records are waiting for the broker")]
    Full,
    /// The broker refuses this record for good.
    #[error("the broker refuses the record: {0}")]
    Refused(String),
}

/// What went wrong with a broker; none of these is an ordinary end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// Away, or too slow; trying again helps.
    #[error("the broker is not reachable: {0}")]
    Unavailable(String),
    /// Another process with the same worker name took over; this one must stop.
    #[error("another process runs under the worker name `{name}`: give each worker a name of its own ({reason})")]
    Fenced {
        /// The name.
        name: String,
        /// What the broker said.
        reason: String,
    },
    /// Something must be changed by a person.
    #[error("{0}")]
    Misconfigured(String),
}

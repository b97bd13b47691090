//! `state_transaction.proto`: what the last transaction did that touched a partition. A restore compares it with the
//! group's committed offset; whoever takes over from a dead worker finds there whose transaction to end.

use prost::Message as _;

use crate::codec::within_limit;
use crate::error::{DecodeError, Problem};
use crate::field::name;
use crate::wire;

/// Key of the record, beside the keys of the pieces of state.
pub const TRANSACTION_KEY: &str = "#transaction";

/// One transaction, seen from one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransactionRecord {
    /// First offset of the input partition that it consumed.
    pub from: i64,
    /// Offset to go on from; must equal the group's committed offset.
    pub next: i64,
    /// How many input records it consumed; less than `next - from` where offsets are transaction markers.
    pub records: u64,
    /// `now` of its last step, in milliseconds since the Unix epoch; the next step is not earlier.
    pub now_ms: i64,
    /// Name of the worker that committed it.
    pub worker: String,
    /// Its `transactional.id`.
    pub transactional_id: String,
    /// Counter of the worker: + 1 at each start or new producer.
    pub worker_epoch: u64,
}

impl TransactionRecord {
    /// The bytes of the record.
    pub fn encode(&self) -> Vec<u8> {
        let record = wire::TransactionRecord {
            from: self.from,
            next: self.next,
            records: self.records,
            now_ms: self.now_ms,
            worker: self.worker.clone(),
            transactional_id: self.transactional_id.clone(),
            worker_epoch: self.worker_epoch,
        };
        record.encode_to_vec()
    }

    /// Reads the record; the error names the field that is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        within_limit(bytes)?;
        let record = wire::TransactionRecord::decode(bytes).map_err(Problem::NotProtobuf)?;
        Ok(Self {
            from: record.from,
            next: record.next,
            records: record.records,
            now_ms: record.now_ms,
            worker: name("worker", record.worker, |worker| worker)?,
            transactional_id: name("transactional_id", record.transactional_id, |id| id)?,
            worker_epoch: record.worker_epoch,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn transaction_record_survives_the_wire(
            (from, next, records, now_ms, worker_epoch) in any::<(i64, i64, u64, i64, u64)>(),
            worker in ".{1,20}",
            transactional_id in ".{1,20}",
        ) {
            let record = TransactionRecord { from, next, records, now_ms, worker, transactional_id, worker_epoch };
            prop_assert_eq!(TransactionRecord::decode(&record.encode()), Ok(record));
        }
    }

    #[test]
    fn empty_record_names_what_is_missing() {
        assert_eq!(TransactionRecord::decode(&[]).unwrap_err().field(), "worker");
    }
}

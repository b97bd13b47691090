//! Whether a worker does its work: it has taken up what it was assigned, and its broker lets it go on. Readiness asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Turn, WorkerError};

/// One worker's sign, seen from outside.
#[derive(Clone, Debug, Default)]
pub struct AtWork(Arc<AtomicBool>);

impl AtWork {
    /// Whether it has taken up an assignment since its start, an empty one too, and its last turn went well.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the turns of one run say about it. Dropped, the worker is no longer at work.
pub(super) struct Witness {
    sign: AtWork,
    taken_up: bool,
}

impl Witness {
    pub(super) fn new(sign: &AtWork) -> Self {
        Self { sign: sign.clone(), taken_up: false }
    }

    /// The first rebalance of a run is an assignment: before it there is nothing to take away. A broken transaction and
    /// an error count until a turn goes well again.
    pub(super) fn saw(&mut self, turn: &Result<Turn, WorkerError>) {
        match turn {
            Ok(Turn::Rebalanced) => self.taken_up = true,
            Ok(Turn::Lost) => self.taken_up = false,
            _ => {}
        }
        let goes_well = !matches!(turn, Err(_) | Ok(Turn::Broken));
        self.sign.0.store(self.taken_up && goes_well, Ordering::Relaxed);
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.sign.0.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use usher_broker::BrokerError;

    use super::*;

    fn away() -> Result<Turn, WorkerError> {
        Err(BrokerError::Unavailable("away".to_owned()).into())
    }

    #[test]
    fn a_worker_is_at_work_from_its_first_assignment_and_while_its_turns_go_well() {
        let sign = AtWork::default();
        let mut witness = Witness::new(&sign);
        for (turn, expected) in [
            (Ok(Turn::Idle), false),
            (away(), false),
            (Ok(Turn::Rebalanced), true),
            (Ok(Turn::Committed { records: 1 }), true),
            (Ok(Turn::Broken), false),
            (away(), false),
            (Ok(Turn::Mended), true),
            (Ok(Turn::Idle), true),
            (Ok(Turn::Lost), false),
            (Ok(Turn::Idle), false),
            (Ok(Turn::Rebalanced), true),
        ] {
            witness.saw(&turn);
            assert_eq!(sign.is_set(), expected, "after {turn:?}");
        }
        drop(witness);
        assert!(!sign.is_set(), "a run that ended is not at work");
    }
}

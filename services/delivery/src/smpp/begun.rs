//! Which parts of messages an SMSC has taken already, for the attempts that follow. SMPP knows no repeats: what is not
//! remembered here is sent twice.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::{DeliveryId, Timestamp};

/// Of how many messages it is remembered; the one that began first is forgotten beyond.
const MESSAGES_MAX: usize = 10_000;
/// How long a message without a deadline is remembered: longer than an order waits for its turn.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// The parts that were taken, with the SMSC's names for them.
pub(super) type Parts = BTreeMap<u32, String>;

/// Messages of which some parts were taken and which are not over.
#[derive(Debug, Default)]
pub(super) struct Begun {
    messages: BTreeMap<DeliveryId, Message>,
    /// By when they began.
    by_age: BTreeMap<u64, DeliveryId>,
    /// By when no attempt follows any more.
    by_end: BTreeMap<(Timestamp, u64), DeliveryId>,
    count: u64,
}

#[derive(Debug)]
struct Message {
    parts: Parts,
    number: u64,
    ends_at: Timestamp,
}

impl Begun {
    /// What was taken of this message.
    pub(super) fn parts(&self, delivery: DeliveryId) -> Parts {
        self.messages.get(&delivery).map(|message| message.parts.clone()).unwrap_or_default()
    }

    /// A part was taken. No attempt starts after `until`.
    pub(super) fn taken(
        &mut self,
        delivery: DeliveryId,
        number: u32,
        name: String,
        until: Option<Timestamp>,
        now: Timestamp,
    ) {
        self.end_due(now);
        if let Some(message) = self.messages.get_mut(&delivery) {
            message.parts.insert(number, name);
            return;
        }
        if self.messages.len() >= MESSAGES_MAX
            && let Some(oldest) = self.by_age.values().next().copied()
        {
            self.over(oldest);
        }
        self.count += 1;
        let message = Message {
            parts: Parts::from([(number, name)]),
            number: self.count,
            ends_at: until.unwrap_or_else(|| now.plus(REMEMBERED)),
        };
        self.by_age.insert(message.number, delivery);
        self.by_end.insert((message.ends_at, message.number), delivery);
        self.messages.insert(delivery, message);
    }

    /// No attempt at this message follows.
    pub(super) fn over(&mut self, delivery: DeliveryId) {
        let Some(message) = self.messages.remove(&delivery) else { return };
        self.by_age.remove(&message.number);
        self.by_end.remove(&(message.ends_at, message.number));
    }

    fn end_due(&mut self, now: Timestamp) {
        while let Some(delivery) = self.by_end.first_key_value().filter(|((end, _), _)| *end < now).map(|(_, id)| *id) {
            self.over(delivery);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn take(begun: &mut Begun, message: u64, until: Option<Timestamp>, now: Timestamp) {
        begun.taken(delivery(message), 1, "name".to_owned(), until, now);
    }

    /// Ids are hashes: their order says nothing of their age.
    fn delivery(message: u64) -> DeliveryId {
        DeliveryId::derive(&[&message.to_be_bytes()])
    }

    #[test]
    fn beyond_the_bound_the_message_that_began_first_is_forgotten() {
        let mut begun = Begun::default();
        let count = MESSAGES_MAX as u64;
        for message in 0..=count {
            take(&mut begun, message, None, NOW);
        }
        assert!(begun.parts(delivery(0)).is_empty());
        assert!((1..=count).all(|message| !begun.parts(delivery(message)).is_empty()));
    }

    #[test]
    fn what_is_over_or_past_its_deadline_takes_no_place() {
        let mut begun = Begun::default();
        let later = |ms| NOW.plus(Duration::from_millis(ms));
        take(&mut begun, 1, None, NOW);
        take(&mut begun, 2, Some(later(10)), NOW);
        take(&mut begun, 3, Some(later(20)), NOW);
        begun.over(delivery(1));
        take(&mut begun, 4, None, later(15));
        let known = |begun: &Begun| (begun.messages.len(), begun.by_age.len(), begun.by_end.len());
        assert_eq!(known(&begun), (2, 2, 2));
        assert!(!begun.parts(delivery(3)).is_empty());
        take(&mut begun, 5, None, later(3_700_000));
        assert_eq!(known(&begun), (1, 1, 1), "also without a deadline");
    }
}

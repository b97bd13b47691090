//! Taking in the log lines and errors of clients that nobody polls: librdkafka queues them without bound, at a broker
//! that is away one for each connection and try.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};

use crate::native;

/// A poll serves one event; a drain serves at most so many, the next one the rest.
const EVENTS_MAX: usize = 1_000;

/// Takes in what waits at a consumer that has nothing assigned.
pub(crate) fn drain_consumer<C: ConsumerContext>(consumer: &BaseConsumer<C>) {
    for _ in 0..EVENTS_MAX {
        if native::waiting(consumer) == 0 {
            return;
        }
        // What its errors mean comes back from the calls that suffer.
        drop(consumer.poll(Duration::ZERO));
    }
}

/// Takes in what waits at a producer; records under way are left to themselves.
pub(crate) fn drain_producer<C: ProducerContext>(producer: &BaseProducer<C>) {
    for _ in 0..EVENTS_MAX {
        if producer.in_flight_count() == 0 {
            return;
        }
        producer.poll(Duration::ZERO);
    }
}

/// Says once in a while that it is time to drain: cheap as one is, a poll comes every few milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Drains {
    last: Option<Instant>,
}

impl Drains {
    const EVERY: Duration = Duration::from_secs(1);

    pub(crate) fn is_time(&mut self) -> bool {
        let is_time = self.last.is_none_or(|last| last.elapsed() >= Self::EVERY);
        if is_time {
            self.last = Some(Instant::now());
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::config::FromClientConfig;

    use super::*;
    use crate::settings::KafkaSettings;
    use crate::state::StateTopic;
    use crate::ticks::Ticks;

    /// A port where nobody listens: each try to connect is an event.
    fn nowhere() -> KafkaSettings {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        KafkaSettings { brokers: format!("127.0.0.1:{port}"), ..KafkaSettings::default() }
    }

    fn wait_for(what: &str, probe: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !probe() {
            assert!(Instant::now() < end, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn events_of_a_consumer_without_assignment_wait_until_they_are_drained() {
        let consumer = BaseConsumer::from_config(&nowhere().read_uncommitted("g")).unwrap();
        wait_for("events pile up", || native::waiting(&consumer) > 2);
        wait_for("they are taken in", || {
            drain_consumer(&consumer);
            native::waiting(&consumer) == 0
        });
    }

    #[test]
    fn the_clients_of_a_worker_are_drained() {
        let settings = nowhere();
        let state = StateTopic::connect(&settings, "g", "state").unwrap();
        let ticks = Ticks::connect(&settings, "input").unwrap();
        wait_for("events pile up", || state.waiting() > 4 && ticks.waiting() > 2);
        wait_for("they are taken in", || {
            state.drain();
            ticks.drain();
            state.waiting() + ticks.waiting() == 0
        });
    }
}

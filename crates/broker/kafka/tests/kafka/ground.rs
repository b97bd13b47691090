//! What every test stands on: a Kafka that answers, names that nobody used before, waiting for conditions.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use usher_broker_kafka::{KafkaBroker, KafkaSettings};

/// Where the Kafka of the tests answers.
pub(crate) fn address() -> String {
    std::env::var("USHER_TEST_KAFKA").unwrap_or_else(|_| "127.0.0.1:19092".into())
}

/// The Kafka of the tests; fails with the command that starts one.
pub(crate) fn kafka() -> KafkaBroker {
    let address = address();
    assert!(
        TcpStream::connect(&address).is_ok(),
        "no Kafka answers at {address}: run deploy/kafka/start, or name another one by USHER_TEST_KAFKA=host:port"
    );
    at(&address)
}

/// A broker at an address.
pub(crate) fn at(address: &str) -> KafkaBroker {
    let settings = KafkaSettings { brokers: address.into(), extra: BTreeMap::new() };
    KafkaBroker::new(settings).expect("these settings are valid")
}

/// A prefix that nobody has used: Kafka remembers groups and `transactional.id`s longer than topics.
pub(crate) fn fresh_prefix(word: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    format!("test-{now}-{}-{}-{word}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Asks `probe` until it answers; panics after a minute with `what`.
pub(crate) fn wait_for<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < end, "waited a minute in vain: {what}");
    }
}

//! What holds on a real Kafka: the contract kit, torn transactions, the time of a commit.
//!
//! `deploy/kafka/start`, then `cargo test -p usher-broker-kafka -- --ignored`. Another Kafka: `USHER_TEST_KAFKA=host:port`.

mod contract;
mod fenced;
mod fresh;
mod ground;
mod log;
mod proxy;
mod retention;
mod torn;

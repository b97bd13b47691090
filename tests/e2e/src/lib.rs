//! The end-to-end harness: usher as separate processes that share nothing but a real Apache Kafka, with the outside
//! world as stand-ins. Needs `deploy/kafka/start`; says so loudly when it is not there.

mod child;
mod ingress;
mod kafka;
mod own_kafka;
mod page;
mod system;

pub use child::Child;
pub use ingress::Ingress;
pub use kafka::{KAFKA_ADDRESS, Kafka};
pub use own_kafka::OwnKafka;
pub use page::Page;
pub use system::{Processes, Replica, Service, System};

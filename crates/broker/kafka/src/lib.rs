//! usher-broker-kafka

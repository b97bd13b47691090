//! usher-broker

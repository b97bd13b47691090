//! What all services need once: the worker that drives a core over a partition, configuration, telemetry, health,
//! shutdown and the HTTP client. It decides nothing about customers.

pub mod worker;

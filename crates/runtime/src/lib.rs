//! What all services need once: the worker that drives a core over a partition, configuration, telemetry, health,
//! shutdown, the HTTP server and client. It decides nothing about customers.

pub mod admin;
pub mod config;
pub mod http;
pub mod names;
pub mod server;
pub mod telemetry;
pub mod topics;
pub mod worker;

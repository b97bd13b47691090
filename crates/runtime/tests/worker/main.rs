//! The worker against the in-memory broker, with a core that counts: what stands is exactly what was consumed, once,
//! whatever happens to its transactions.

mod promises;
mod rules;
mod troubled;
mod world;

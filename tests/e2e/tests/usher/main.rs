//! What only holds for usher as a whole: the arrows between its crates, and the story with separate processes on a
//! real Kafka.

mod arrows;
mod outage;
mod poison;
mod scenario;
mod streams;
mod waiting_room;

/// The program under test, built with this package.
const PROGRAM: &str = env!("CARGO_BIN_EXE_usher-process");

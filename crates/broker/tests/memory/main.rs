//! The broker in memory: the contract kit, what it can be told to do wrong, and that nothing of it loses or doubles.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use usher_broker::kit;
use usher_broker::memory::MemoryBroker;

mod exactly_once;
mod faults;
mod time;
mod worker;

#[test]
fn memory_keeps_the_contract() {
    let broker = MemoryBroker::system();
    for (name, case) in kit::cases::<MemoryBroker>() {
        println!("{name}");
        case(&broker, &format!("kit.{name}"));
    }
}

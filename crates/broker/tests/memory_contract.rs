//! The contract kit on the broker in memory.

use usher_broker::kit;
use usher_broker::memory::MemoryBroker;

#[test]
fn memory_keeps_the_contract() {
    let broker = MemoryBroker::system();
    for (name, case) in kit::cases::<MemoryBroker>() {
        println!("{name}");
        case(&broker, &format!("kit.{name}"));
    }
}

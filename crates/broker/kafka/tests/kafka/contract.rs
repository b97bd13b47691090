//! The contract kit on Kafka. A few cases at a time: several of them wait for a session to end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use usher_broker::kit;

use crate::ground::{fresh_prefix, kafka};

const AT_A_TIME: usize = 4;

/// `USHER_TEST_CASE=name` runs the cases whose name contains it.
#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn kafka_keeps_the_broker_contract() {
    let broker = kafka();
    let wanted = std::env::var("USHER_TEST_CASE").unwrap_or_default();
    let mut cases = kit::cases();
    cases.retain(|(name, _)| name.contains(&wanted));
    assert!(!cases.is_empty(), "no case of the contract kit is named like `{wanted}`");
    let count = cases.len();
    let left = Mutex::new(cases);
    let broken = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("not poisoned").pop();
                    let Some((name, case)) = next else { break };
                    println!("begin           {name}");
                    let begun = Instant::now();
                    let outcome = catch_unwind(AssertUnwindSafe(|| case(&broker, &fresh_prefix(name))));
                    let word = if outcome.is_ok() { "kept" } else { "BROKEN" };
                    println!("{word:6} {:6.2} s  {name}", begun.elapsed().as_secs_f32());
                    if let Err(panic) = outcome {
                        broken.lock().expect("not poisoned").push(format!("{name}: {}", sentence(&*panic)));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("not poisoned");
    assert!(broken.is_empty(), "{} of {count} cases are broken:\n{}", broken.len(), broken.join("\n"));
}

fn sentence(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("panicked without a sentence")
}

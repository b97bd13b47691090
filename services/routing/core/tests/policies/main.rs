//! The promises of a desk on random histories, with random rules: each of them on or off, alone and together.

mod auditor;
mod lies;
mod play;
mod random;

use std::cell::Cell;

use auditor::{Auditor, Seen};
use play::play;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use random::history;

/// How often another history is tried.
const CASES: u32 = 400;

/// The same histories each time, so that nobody's change is red by chance. `CASES=20000 cargo test --release
/// -p usher-routing-core --test policies` tries so many others.
fn runner() -> TestRunner {
    let wanted = std::env::var_os("CASES").and_then(|cases| cases.to_str()?.parse().ok());
    let cases = wanted.unwrap_or(CASES);
    let config = ProptestConfig { cases, source_file: Some(file!()), ..ProptestConfig::default() };
    match wanted {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    }
}

/// Whatever the rules are: capacity (I9), eligibility (I10), one place told (I11, R5), order (I12, I13), nobody waits in
/// vain (I14), and a fact for each decision. What was written restores to what wrote it.
#[test]
fn every_desk_keeps_the_promises() {
    let seen = Cell::new(Seen::default());
    let outcome = runner().run(&history(), |history| {
        let mut auditor = Auditor::default();
        auditor.seen = seen.get();
        let (core, book) = play(&history, &mut |step| auditor.look(step));
        prop_assert_eq!(book.restored(), core);
        seen.set(auditor.seen);
        Ok(())
    });
    outcome.unwrap_or_else(|broken| panic!("{broken}"));
    let Seen { assigned, offered, refused, searched, compared, supervised } = seen.get();
    let least = [assigned, offered, refused, searched, compared, supervised].into_iter().min();
    assert!(least > Some(20), "the histories come to something: {:?}", seen.get());
}

//! One fuzzer, a target per parser of what comes from outside; `USHER_FUZZ` says which. Signed calls are signed here, so
//! that what lies behind the signature is reached.
//!
//! What must hold of every input: no panic; what is accepted can be written and read again as it was; what is refused is
//! refused with a status and a sentence; a good call afterwards is accepted.
#![no_main]

mod edge;
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();
    TARGET.get_or_init(chosen)(data);
});

/// The target that the environment names.
fn chosen() -> fn(&[u8]) {
    let name = std::env::var("USHER_FUZZ").unwrap_or_default();
    let found = targets::ALL.iter().find(|(other, _)| *other == name);
    let names: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
    found.unwrap_or_else(|| panic!("USHER_FUZZ: name one of {}", names.join(", "))).1
}

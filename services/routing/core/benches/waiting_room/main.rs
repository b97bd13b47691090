//! What the waiting room costs: `cargo bench -p usher-routing-core`, or `-- waiting`, `-- agents`, `-- search`,
//! `-- market`, `-- memory`. Prints tables; judges nothing. The rooms that are compared stand side by side in one process and take
//! turns, so that a slow moment of the machine meets them all.

mod compare;
mod counting;
mod members;
mod memory;
mod room;
mod spread;

use std::process::ExitCode;

/// The word that chooses a measurement, and the measurement.
type Figure = (&'static str, fn());

const FIGURES: [Figure; 5] = [
    ("waiting", compare::waiting),
    ("agents", compare::agents),
    ("search", compare::search),
    ("market", compare::market),
    ("memory", memory::measure),
];

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = named.iter().find(|wanted| FIGURES.iter().all(|(name, _)| name != wanted)) {
        eprintln!("no figure is called {unknown}; there are waiting, agents, search, market and memory");
        return ExitCode::FAILURE;
    }
    for (name, measure) in FIGURES {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            measure();
        }
    }
    ExitCode::SUCCESS
}

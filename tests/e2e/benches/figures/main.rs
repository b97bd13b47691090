//! First figures on a real Kafka, side by side in one run: `cargo bench -p usher-e2e`. Prints tables; judges nothing.

mod commit;
mod drain;
mod hops;
mod spread;

use anyhow::Result;

/// The word that chooses a measurement, and the measurement.
type Figure = (&'static str, fn() -> Result<()>);

const FIGURES: [Figure; 3] = [("commit", commit::measure), ("drain", drain::measure), ("hops", hops::measure)];

/// All figures, or those that are named: `cargo bench -p usher-e2e -- drain`.
fn main() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, measure) in FIGURES {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            measure()?;
        }
    }
    Ok(())
}

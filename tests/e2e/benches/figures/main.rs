//! First figures on a real Kafka, side by side in one run: `cargo bench -p usher-e2e`. Prints tables; judges nothing.

mod commit;
mod drain;
mod hops;
mod spread;

use anyhow::Result;

fn main() -> Result<()> {
    // `cargo test --benches` and the like pass flags that mean something to the standard harness only.
    commit::measure()?;
    drain::measure()?;
    hops::measure()
}

//! `usher replay --directory`: what would have been, had another directory been in force. What came from outside is played
//! once more on both cores, joined without delay, under the time of the log; what people did in answer to the desk is moved
//! along with it. Nothing is written.
//!
//! It is a guess, and says what it assumes ([`ASSUMED`]). How good a guess, the column `again` shows: the same with the
//! directories that were in force.

mod figures;
mod play;
mod recording;
#[cfg(test)]
mod tests;

use std::fmt;

use anyhow::{Context, Result};
use usher_broker::Broker;
use usher_domain::DeskInput;

use super::Span;
use figures::Figures;
use play::Play;
use recording::Recording;

/// What a play takes for granted.
const ASSUMED: [&str; 6] = [
    "visitors come, write and lose patience when they did; who was served by then does not lose it",
    "what was done in a session after an agent had got it is done as long after its new agent has got it, by them",
    "who was never served, or is served once more, takes the median time until an agent closes",
    "agents come and go as they did; an agent who never said anything is there all the time",
    "an agent answers an offer as they did for that session; else they accept, after the median time",
    "between deciding and hearing of it no time passes; nothing is delivered, and receipts come when they came",
];

/// Waits and assignments, side by side.
pub(super) struct WhatIf {
    name: String,
    recorded: Figures,
    again: Figures,
    other: Figures,
}

/// Plays what was recorded under `prefix`, once as it was and once with `directory` instead of all that were in force at
/// its desk.
pub(super) fn what_if<B: Broker>(
    broker: &B,
    prefix: &str,
    span: &Span,
    name: &str,
    directory: &[DeskInput],
) -> Result<WhatIf> {
    let at = directory.first().context("a directory has at least the record that puts it in force")?;
    let at = (at.tenant.clone(), at.desk.clone());
    let recording = Recording::read(broker, prefix, span, at)?;
    let again = Play::of(&recording, None).figures();
    let other = Play::of(&recording, Some(directory)).figures();
    Ok(WhatIf { name: name.to_owned(), recorded: recording.figures(), again, other })
}

impl WhatIf {
    /// Whether there was anything to compare.
    pub(super) fn is_empty(&self) -> bool {
        self.recorded.waited() == 0
    }
}

impl fmt::Display for WhatIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.recorded, &self.again, &self.other];
        writeln!(f, "{:<32} {:>12} {:>12} {:>12}", "", "recorded", "again", "other")?;
        let mut row = |name: &str, of: &dyn Fn(&Figures) -> String| {
            let [recorded, again, other] = all.map(of);
            writeln!(f, "{name:<32} {recorded:>12} {again:>12} {other:>12}")
        };
        row("came to wait", &|figures| figures.waited().to_string())?;
        row("answered", &|figures| figures.waits.len().to_string())?;
        row("abandoned", &|figures| figures.abandoned.to_string())?;
        row("refused by their queue", &|figures| figures.refused.to_string())?;
        row("waiting at the end", &|figures| figures.waiting().to_string())?;
        row("wait, median", &|figures| figures.wait(1, 2))?;
        row("wait, 9 of 10 within", &|figures| figures.wait(9, 10))?;
        row("wait, longest", &|figures| figures.wait(1, 1))?;
        let agents: std::collections::BTreeSet<_> = all.iter().flat_map(|figures| figures.assigned.keys()).collect();
        for agent in agents {
            let count = |figures: &Figures| figures.assigned.get(agent).copied().unwrap_or_default().to_string();
            row(&format!("assigned to {agent}"), &count)?;
        }
        writeln!(f, "again: with the directories that were in force; other: with {}. Assumed:", self.name)?;
        ASSUMED.iter().try_for_each(|assumed| writeln!(f, "* {assumed}"))
    }
}

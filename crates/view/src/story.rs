//! One session explained: the facts about it, put in order and said in sentences, and why it still waits if it does.

mod told;
mod waits;
mod words;

use std::collections::VecDeque;
use std::fmt;

use serde_json::{Value as Json, json};
use usher_domain::event::Fact;
use usher_domain::{SessionId, TenantId};

use crate::desk::DeskView;
use crate::stories::Kept;
use told::{Side, Told};
use waits::Waits;

/// A session explained.
#[derive(Debug)]
pub struct Story {
    session: SessionId,
    tenant: TenantId,
    lines: Vec<(Told, String)>,
    left_out: usize,
    /// What it waits behind, if it does.
    waits: Option<Waits>,
}

impl Story {
    /// The story of what is kept; `desk` is where the session is known, if it is known at one.
    pub(crate) fn of(session: SessionId, kept: &Kept, desk: Option<&DeskView>) -> Self {
        let (mut conversation, mut at_desk) = (VecDeque::new(), VecDeque::new());
        for told in kept.all().filter_map(Told::of) {
            if told.side == Side::Conversation { conversation.push_back(told) } else { at_desk.push_back(told) }
        }
        let place = conversation.iter().rev().find_map(|told: &Told| match told.fact {
            Fact::SessionQueued { position, .. } => Some(position),
            _ => None,
        });
        let all = in_order(conversation, at_desk);
        let says: Vec<Option<String>> = (0..all.len()).map(|index| words::say(&all, index)).collect();
        let lines = all.into_iter().zip(says).filter_map(|(told, says)| Some((told, says?))).collect();
        let waits = desk.and_then(|desk| Waits::of(session, desk, place));
        Self { session, tenant: kept.tenant.clone(), lines, left_out: kept.left_out, waits }
    }

    /// Whose it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The same for programs.
    pub fn json(&self) -> Json {
        let line = |(told, says): &(Told, String)| {
            json!({
                "at": told.at.utc().to_string(),
                "at_ms": told.at.millis(),
                "fact": told.shown(),
                "says": says,
            })
        };
        json!({
            "session": self.session.to_string(),
            "from_its_beginning": self.is_whole(),
            "left_out": self.left_out,
            "story": self.lines.iter().map(line).collect::<Vec<_>>(),
            "waits": self.waits.as_ref().map(Waits::json),
        })
    }

    /// Whether its first fact is that it began.
    fn is_whole(&self) -> bool {
        self.lines.iter().any(|(told, _)| matches!(told.fact, Fact::SessionOpened { .. }))
    }
}

/// Both lists as one, in the order of deciding; in one millisecond the conversation comes first, unless it answers.
fn in_order(mut conversation: VecDeque<Told>, mut desk: VecDeque<Told>) -> Vec<Told> {
    let mut all = Vec::with_capacity(conversation.len() + desk.len());
    loop {
        let desk_first = match (conversation.front(), desk.front()) {
            (None, None) => return all,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some(told), Some(said)) => said.at < told.at || (said.at == told.at && answers(told, said)),
        };
        all.extend(if desk_first { desk.pop_front() } else { conversation.pop_front() });
    }
}

/// Whether the conversation says it because of what the desk said: an agent has it after the desk's choice, and it has a
/// place in the line that the desk put it into.
fn answers(told: &Told, said: &Told) -> bool {
    match told.fact {
        Fact::SessionAssigned { .. } => true,
        Fact::SessionQueued { .. } => !matches!(said.fact, Fact::AssignmentDecided { .. } | Fact::OfferMade { .. }),
        _ => false,
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "session {}", self.session)?;
        if !self.is_whole() {
            writeln!(f, "its beginning is no longer on the topic")?;
        }
        if self.left_out > 0 {
            writeln!(f, "{} facts between its beginning and the latest are left out", self.left_out)?;
        }
        for (told, says) in &self.lines {
            writeln!(f, "{}  {says}", told.at.utc())?;
        }
        self.waits.as_ref().map_or(Ok(()), |waits| write!(f, "{waits}"))
    }
}

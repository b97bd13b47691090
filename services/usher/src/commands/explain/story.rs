//! The facts about one session, put in order, and what they come to.

use std::collections::VecDeque;
use std::fmt;

use serde_json::{Value as Json, json};
use usher_broker::Record;
use usher_domain::event::{Event, Fact, Subject};
use usher_domain::{Body, Cause, SessionId, Timestamp};

use super::line::{self, Told};
use super::waiting::{Lines, Waits};
use super::words;

/// Reads events and keeps what concerns a session.
pub(super) struct Events {
    session: SessionId,
    /// As events have it.
    name: String,
    /// What its conversation says, and what its desk says: each in order, but each on a partition of its own.
    conversation: VecDeque<Told>,
    desk: VecDeque<Told>,
    lines: Lines,
}

/// A session explained.
pub(super) struct Story {
    session: SessionId,
    lines: Vec<(Told, String)>,
    /// What it waits behind, if it does.
    waits: Option<Waits>,
}

impl Events {
    pub(super) fn of(session: SessionId) -> Self {
        let (conversation, desk) = (VecDeque::new(), VecDeque::new());
        Self { session, name: session.to_string(), conversation, desk, lines: Lines::default() }
    }

    /// Takes one record of the topic. What a newer usher has written and this one can not read is passed over.
    pub(super) fn take(&mut self, record: &Record) {
        let payload = record.payload.as_deref().unwrap_or_default();
        let Ok(envelope) = usher_proto::decode(payload) else { return };
        let Body::Event(event) = envelope.body else { return };
        // The log's own time; what nobody decided has only the record's.
        let at = envelope.cause.as_ref().map_or(Timestamp::from_millis(record.timestamp_ms), |cause| cause.decided_at);
        self.lines.take(&event, at);
        self.keep(event, at, envelope.cause, payload);
    }

    fn keep(&mut self, event: Event, at: Timestamp, cause: Option<Cause>, payload: &[u8]) {
        let is_its_own = matches!(event.subject, Subject::Conversation(of) if of == self.session.conversation);
        // Nearly all facts are about others: showing one costs far more than to see that.
        if !(is_its_own || matches!(event.subject, Subject::Desk(_))) || !self.may_concern(&event.fact, payload) {
            return;
        }
        let shown = line::fact(payload);
        let told = Told { at, cause, fact: event.fact, shown };
        let names_it = told.shown["session"].as_str() == Some(self.name.as_str());
        if is_its_own && (names_it || self.is_open()) {
            self.conversation.push_back(told);
        } else if names_it {
            self.desk.push_back(told);
        }
    }

    /// Whether it speaks of the session, or of a command that was refused, which names none.
    fn may_concern(&self, fact: &Fact, payload: &[u8]) -> bool {
        let name = self.name.as_bytes();
        matches!(fact, Fact::CommandRefused { .. }) || payload.windows(name.len()).any(|part| part == name)
    }

    /// Whether the session has begun and is not over: a refusal says to which conversation it belongs, and no more.
    fn is_open(&self) -> bool {
        let is_over = |told: &Told| matches!(told.fact, Fact::SessionClosed { .. });
        !self.conversation.is_empty() && !self.conversation.iter().any(is_over)
    }

    /// The story, if there is one.
    pub(super) fn told(self) -> Option<Story> {
        let waits = self.lines.waits(self.session);
        let all = in_order(self.conversation, self.desk);
        let says: Vec<String> = (0..all.len()).map(|index| words::say(&all, index)).collect();
        let lines: Vec<(Told, String)> = all.into_iter().zip(says).collect();
        (!lines.is_empty()).then_some(Story { session: self.session, lines, waits })
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
    let names_placement = |told: &Told| told.shown.get("placement").is_some();
    names_placement(told) || (matches!(told.fact, Fact::SessionQueued { .. }) && !names_placement(said))
}

impl Story {
    /// The same for programs.
    pub(super) fn json(&self) -> Json {
        let line = |(told, says): &(Told, String)| json!({ "at": told.at.utc().to_string(), "at_ms": told.at.millis(), "fact": told.shown, "says": says });
        json!({
            "session": self.session.to_string(),
            "from_its_beginning": self.is_whole(),
            "story": self.lines.iter().map(line).collect::<Vec<_>>(),
            "waits": self.waits.as_ref().map(Waits::json),
        })
    }

    /// Whether its first fact is that it began.
    fn is_whole(&self) -> bool {
        self.lines.iter().any(|(told, _)| matches!(told.fact, Fact::SessionOpened { .. }))
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "session {}", self.session)?;
        if !self.is_whole() {
            writeln!(f, "its beginning is no longer on the topic")?;
        }
        for (told, says) in &self.lines {
            writeln!(f, "{}  {says}", told.at.utc())?;
        }
        self.waits.as_ref().map_or(Ok(()), |waits| write!(f, "{waits}"))
    }
}

//! The facts of each running session, as they came, for whoever asks why it is where it is. Bounded: of one session its
//! beginning and its latest facts, of sessions that are over the last few.

use std::collections::{BTreeMap, VecDeque};

use usher_domain::event::{Event, Fact, Subject};
use usher_domain::{ConversationId, SessionId, TenantId, Timestamp};

/// So many sessions that are over are kept.
const OVER_MAX: usize = 2_000;
/// Of one session so many facts are kept from its beginning …
const FIRST_MAX: usize = 8;
/// … and so many of the latest.
const LATEST_MAX: usize = 56;

/// All stories that are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stories {
    told: BTreeMap<SessionId, Kept>,
    /// The session that runs in a conversation: a refused command names none.
    running: BTreeMap<ConversationId, SessionId>,
    over: VecDeque<SessionId>,
}

/// What is kept of one session.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) tenant: TenantId,
    first: Vec<Recorded>,
    latest: VecDeque<Recorded>,
    /// How many facts between those two are not kept.
    pub(crate) left_out: usize,
    over: bool,
}

/// A record of topic `events`, and the instant of its fact.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) at: Timestamp,
    pub(crate) payload: Box<[u8]>,
}

impl Stories {
    pub(crate) fn get(&self, session: SessionId) -> Option<&Kept> {
        self.told.get(&session)
    }

    /// Takes one event if it concerns a session for which `keeps` holds.
    pub(crate) fn take(&mut self, event: &Event, at: Timestamp, payload: &[u8], keeps: impl Fn(SessionId) -> bool) {
        let Some(session) = self.concerned(event).filter(|session| keeps(*session)) else { return };
        match self.told.get(&session) {
            Some(kept) if kept.tenant != event.tenant => return,
            None if !begins(&event.fact) => return,
            _ => {}
        }
        let kept = self.told.entry(session).or_insert_with(|| Kept::of(event.tenant.clone()));
        kept.push(Recorded { at, payload: payload.into() });
        match event.fact {
            Fact::SessionOpened { .. } => drop(self.running.insert(session.conversation, session)),
            Fact::SessionClosed { .. } => {
                self.running.remove(&session.conversation);
                self.is_over(session);
            }
            // Its conversation has said its end before, or never its beginning.
            Fact::SessionEnded { .. } if self.running.get(&session.conversation) != Some(&session) => {
                self.is_over(session);
            }
            _ => {}
        }
    }

    fn concerned(&self, event: &Event) -> Option<SessionId> {
        let named = event.fact.session();
        match &event.subject {
            Subject::Conversation(id) => match named {
                // An answer to a survey may name a session that has been over for hours; it is no part of its story.
                Some(session) => Some(session).filter(|session| session.conversation == *id),
                None => {
                    let is_command = matches!(event.fact, Fact::CommandRefused { .. });
                    self.running.get(id).copied().filter(|_| is_command)
                }
            },
            Subject::Desk(_) => named,
            Subject::Account(_) => None,
        }
    }

    fn is_over(&mut self, session: SessionId) {
        let is_new = self.told.get_mut(&session).is_some_and(|kept| !std::mem::replace(&mut kept.over, true));
        if !is_new {
            return;
        }
        self.over.push_back(session);
        if self.over.len() > OVER_MAX
            && let Some(oldest) = self.over.pop_front()
        {
            self.told.remove(&oldest);
        }
    }
}

impl Kept {
    fn of(tenant: TenantId) -> Self {
        Self { tenant, first: Vec::new(), latest: VecDeque::new(), left_out: 0, over: false }
    }

    fn push(&mut self, recorded: Recorded) {
        if self.first.len() < FIRST_MAX {
            return self.first.push(recorded);
        }
        self.latest.push_back(recorded);
        if self.latest.len() > LATEST_MAX {
            self.latest.pop_front();
            self.left_out += 1;
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Recorded> {
        self.first.iter().chain(&self.latest)
    }
}

/// Whether a story can begin with the fact. What is said of sessions that have long been over begins none, or it would
/// never end.
const fn begins(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::SessionOpened { .. }
            | Fact::SessionWaiting { .. }
            | Fact::SessionQueued { .. }
            | Fact::SessionAssigned { .. }
            | Fact::SessionEntered { .. }
            | Fact::AssignmentDecided { .. }
            | Fact::OfferMade { .. }
    )
}

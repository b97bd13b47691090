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

/// What a record costs beside its bytes, and a session beside its records.
const RECORD_BYTES: usize = 48;
const SESSION_BYTES: usize = 256;

/// All stories that are kept.
#[derive(Clone, Debug)]
pub(crate) struct Stories {
    /// What is kept may take so many bytes, and takes so many.
    bytes_max: usize,
    bytes: usize,
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
    /// No story yet, and never more than so many bytes of them.
    pub(crate) fn within(bytes_max: usize) -> Self {
        let (told, running, over) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        Self { bytes_max, bytes: 0, told, running, over }
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<&Kept> {
        self.told.get(&session)
    }

    /// Takes one event if it concerns a session for which `keeps` holds.
    pub(crate) fn take(&mut self, event: &Event, at: Timestamp, payload: &[u8], keeps: impl Fn(SessionId) -> bool) {
        let Some(session) = self.concerned(event).filter(|session| keeps(*session)) else { return };
        if matches!(event.fact, Fact::SessionClosed { .. }) && self.running.get(&session.conversation) == Some(&session)
        {
            self.running.remove(&session.conversation);
        }
        match self.told.get(&session) {
            Some(kept) if kept.tenant != event.tenant => return,
            None if !begins(&event.fact) => return,
            _ => {}
        }
        if !self.keep(session, &event.tenant, Recorded { at, payload: payload.into() }) {
            return;
        }
        match event.fact {
            Fact::SessionOpened { .. } => self.runs(session),
            Fact::SessionClosed { .. } => self.is_over(session),
            // Its conversation has said its end before, or never its beginning.
            Fact::SessionEnded { .. } if self.running.get(&session.conversation) != Some(&session) => {
                self.is_over(session);
            }
            _ => {}
        }
    }

    /// Keeps a record, if there is room for it: room is made by stories that are over, oldest first, then by the latest
    /// facts of the session itself. Who begins when there is none has no story. `false`: nothing is kept of the session.
    fn keep(&mut self, session: SessionId, tenant: &TenantId, recorded: Recorded) -> bool {
        let new = if self.told.contains_key(&session) { 0 } else { SESSION_BYTES };
        let needed = recorded.bytes() + new;
        while self.bytes + needed > self.bytes_max
            && let Some(oldest) = self.over.pop_front()
        {
            self.forget(oldest);
        }
        let has_room = self.bytes + needed <= self.bytes_max;
        // It may have been the oldest itself.
        let is_known = self.told.contains_key(&session);
        if !is_known && (!has_room || new == 0) {
            return false;
        }
        let kept = self.told.entry(session).or_insert_with(|| Kept::of(tenant.clone()));
        let before = kept.bytes();
        if has_room {
            kept.push(recorded)
        } else {
            kept.drop_latest()
        }
        self.bytes = self.bytes + if is_known { 0 } else { SESSION_BYTES } + kept.bytes() - before;
        true
    }

    fn forget(&mut self, session: SessionId) {
        if let Some(kept) = self.told.remove(&session) {
            self.bytes -= kept.bytes() + SESSION_BYTES;
        }
    }

    /// It runs, also if its end was read before its beginning: the two stand on two partitions.
    fn runs(&mut self, session: SessionId) {
        self.running.insert(session.conversation, session);
        if let Some(kept) = self.told.get_mut(&session)
            && std::mem::replace(&mut kept.over, false)
        {
            self.over.retain(|other| *other != session);
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
            self.forget(oldest);
        }
    }
}

impl Recorded {
    const fn bytes(&self) -> usize {
        self.payload.len() + RECORD_BYTES
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

    /// Gives up the latest facts, and the one that has just come.
    fn drop_latest(&mut self) {
        self.left_out += self.latest.len() + 1;
        self.latest = VecDeque::new();
    }

    fn bytes(&self) -> usize {
        self.all().map(Recorded::bytes).sum()
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

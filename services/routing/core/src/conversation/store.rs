//! Where the core keeps its conversations: typed pieces of state, the index of their deadlines, and which pieces a step
//! has touched. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::conversation::Link;
use usher_domain::delivery::Line;
use usher_domain::profile::Profile;
use usher_domain::state::conversation::{
    Known, Last, Life, OpenMessage, OptOut, Seen, Session, StateKey, StateKind, StateValue,
};
use usher_domain::{ConversationId, MessageId, SessionId, Timestamp};

/// All conversations, with an index of what time will do to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Store {
    conversations: BTreeMap<ConversationId, Conversation>,
    due: BTreeSet<(Timestamp, StateKey)>,
    touched: BTreeSet<StateKey>,
}

impl Store {
    /// Puts back one piece of state without noting it as a change.
    pub(super) fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        let conversation = self.conversations.entry(key.conversation).or_default();
        conversation.put(key.kind, value);
        self.settle(key.conversation);
        self.touched.clear();
    }

    /// Lets `act` work on a conversation, a new one if need be, and brings index and list of changes up to date.
    pub(super) fn edit(&mut self, id: ConversationId, act: impl FnOnce(&mut Conversation)) {
        act(self.conversations.entry(id).or_default());
        self.settle(id);
    }

    /// The earliest deadline and what it belongs to.
    pub(super) fn first_due(&self) -> Option<(Timestamp, StateKey)> {
        self.due.first().copied()
    }

    /// What was touched since the last call, each key once, with its whole present value.
    pub(super) fn changes(&mut self) -> Vec<(StateKey, Option<StateValue>)> {
        let touched = std::mem::take(&mut self.touched);
        let value = |key: &StateKey| self.conversations.get(&key.conversation).and_then(|found| found.value(key.kind));
        touched.into_iter().map(|key| (key, value(&key))).collect()
    }

    fn settle(&mut self, id: ConversationId) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        for kind in std::mem::take(&mut conversation.touched) {
            let key = StateKey { conversation: id, kind };
            if let Some(at) = conversation.indexed.remove(&kind) {
                self.due.remove(&(at, key));
            }
            if let Some(at) = conversation.wakes_at(kind) {
                conversation.indexed.insert(kind, at);
                self.due.insert((at, key));
            }
            self.touched.insert(key);
        }
        if conversation.is_empty() {
            self.conversations.remove(&id);
        }
    }
}

/// The pieces of one conversation. Reading is free; what hands out a piece for writing notes it as touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conversation {
    session: Option<Box<Session>>,
    seen: Option<Seen>,
    last: Option<Last>,
    opt_out: Option<OptOut>,
    linked_to: Option<Box<Link>>,
    known: Option<Box<Known>>,
    lines: BTreeMap<u32, Box<Line>>,
    messages: BTreeMap<MessageId, Box<OpenMessage>>,
    indexed: BTreeMap<StateKind, Timestamp>,
    touched: BTreeSet<StateKind>,
}

impl Conversation {
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// The running session, to be changed.
    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        let session = self.session.as_deref_mut()?;
        self.touched.insert(StateKind::Session);
        Some(session)
    }

    pub(super) fn open(&mut self, session: Session) {
        self.touched.insert(StateKind::Session);
        self.session = Some(Box::new(session));
    }

    /// Ends the session's state; what is remembered of it is `last`, and what agents wrote about the visitor.
    pub(super) fn close(&mut self, last: Last) {
        self.touched.extend([StateKind::Session, StateKind::Last]);
        self.session = None;
        self.touched.extend(self.lines.keys().map(|number| StateKind::Line(*number)));
        self.lines.clear();
        if let Some(known) = self.known.take() {
            self.touched.insert(StateKind::Profile);
            self.known = known.after_session(last.closed_at).map(Box::new);
        }
        // That they were told outlasts the sessions after it.
        let told_at = self.last.take().and_then(|before| before.told_at);
        self.last = Some(Last { told_at: last.told_at.or(told_at), ..last });
    }

    /// What the visitor's side told in the running session.
    pub(super) fn told(&self) -> Profile {
        self.known.as_ref().map(|known| known.told.clone()).unwrap_or_default()
    }

    /// What is known of the visitor, agents' words first.
    pub(super) fn profile(&self) -> Profile {
        self.known.as_ref().map(|known| known.profile()).unwrap_or_default()
    }

    /// What is known of the visitor, to be changed; nothing when there is nothing yet.
    pub(super) fn known_mut(&mut self) -> &mut Known {
        self.touched.insert(StateKind::Profile);
        self.known.get_or_insert_default()
    }

    /// The kept lines of the running session with their numbers, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u32, &Line)> {
        self.lines.iter().map(|(number, line)| (*number, line.as_ref()))
    }

    pub(super) fn put_line(&mut self, number: u32, line: Line) {
        self.touched.insert(StateKind::Line(number));
        self.lines.insert(number, Box::new(line));
    }

    pub(super) fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// The last session, as long as who had it is remembered.
    pub(super) fn last_served(&self, now: Timestamp) -> Option<&Last> {
        self.last().filter(|last| last.counts(now))
    }

    /// Whether the visitor was told lately, by an SMS or a message, that nobody takes them.
    pub(super) fn is_told(&self, now: Timestamp) -> bool {
        self.last().is_some_and(|last| last.is_told(now))
    }

    /// Notes that an answer to a survey has counted for a session, the running or the last one; `false` when one had.
    pub(super) fn rate(&mut self, session: SessionId) -> bool {
        let rated = match (&mut self.session, &mut self.last) {
            (Some(running), _) if running.id == session => {
                self.touched.insert(StateKind::Session);
                &mut running.rated
            }
            (_, Some(last)) if last.session == session => {
                self.touched.insert(StateKind::Last);
                &mut last.rated
            }
            _ => return false,
        };
        !std::mem::replace(rated, true)
    }

    pub(super) fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// The list of inputs seen, to be changed; empty when there is none yet.
    pub(super) fn seen_mut(&mut self) -> &mut Seen {
        self.touched.insert(StateKind::Seen);
        self.seen.get_or_insert_default()
    }

    pub(super) fn opt_out(&self) -> Option<OptOut> {
        self.opt_out
    }

    pub(super) fn set_opt_out(&mut self, opt_out: Option<OptOut>) {
        self.touched.insert(StateKind::OptOut);
        self.opt_out = opt_out;
    }

    pub(super) fn linked_to(&self) -> Option<&Link> {
        self.linked_to.as_deref()
    }

    pub(super) fn link(&mut self, link: Link) {
        self.touched.insert(StateKind::LinkedTo);
        self.linked_to = Some(Box::new(link));
    }

    pub(super) fn message(&self, id: MessageId) -> Option<&OpenMessage> {
        self.messages.get(&id).map(Box::as_ref)
    }

    /// One of the messages that are kept, if there is one.
    pub(super) fn any_message(&self) -> Option<&OpenMessage> {
        self.messages.values().next().map(Box::as_ref)
    }

    pub(super) fn put_message(&mut self, id: MessageId, message: OpenMessage) {
        self.touched.insert(StateKind::Message(id));
        self.messages.insert(id, Box::new(message));
    }

    /// Keeps a message that was ordered just now. What the visitor says next answers this one, so a link ends, unless
    /// it was not ordered after all.
    pub(super) fn say(&mut self, id: MessageId, message: OpenMessage) {
        let was_ordered = !matches!(message.life, Life::Ended { .. });
        self.put_message(id, message);
        if was_ordered && self.linked_to.is_some() {
            self.forget(StateKind::LinkedTo);
        }
    }

    /// Ends a piece of state.
    pub(super) fn forget(&mut self, kind: StateKind) {
        self.touched.insert(kind);
        match kind {
            StateKind::Session => self.session = None,
            StateKind::Seen => self.seen = None,
            StateKind::Last => self.last = None,
            StateKind::OptOut => self.opt_out = None,
            StateKind::LinkedTo => self.linked_to = None,
            StateKind::Profile => self.known = None,
            StateKind::Line(number) => {
                self.lines.remove(&number);
            }
            StateKind::Message(id) => {
                self.messages.remove(&id);
            }
        }
    }

    fn put(&mut self, kind: StateKind, value: Option<StateValue>) {
        match (kind, value) {
            (_, None) => self.forget(kind),
            (StateKind::Session, Some(StateValue::Session(session))) => self.open(*session),
            (StateKind::Seen, Some(StateValue::Seen(seen))) => *self.seen_mut() = seen,
            (StateKind::Last, Some(StateValue::Last(last))) => {
                self.touched.insert(kind);
                self.last = Some(last);
            }
            (StateKind::OptOut, Some(StateValue::OptOut(opt_out))) => self.set_opt_out(Some(opt_out)),
            (StateKind::LinkedTo, Some(StateValue::LinkedTo(link))) => self.link(*link),
            (StateKind::Profile, Some(StateValue::Profile(known))) => *self.known_mut() = *known,
            (StateKind::Line(number), Some(StateValue::Line(line))) => self.put_line(number, *line),
            (StateKind::Message(id), Some(StateValue::Message(message))) => self.put_message(id, *message),
            (_, Some(_)) => {}
        }
    }

    fn value(&self, kind: StateKind) -> Option<StateValue> {
        match kind {
            StateKind::Session => self.session.clone().map(StateValue::Session),
            StateKind::Seen => self.seen.clone().map(StateValue::Seen),
            StateKind::Last => self.last.clone().map(StateValue::Last),
            StateKind::OptOut => self.opt_out.map(StateValue::OptOut),
            StateKind::LinkedTo => self.linked_to.clone().map(StateValue::LinkedTo),
            StateKind::Profile => self.known.clone().map(StateValue::Profile),
            StateKind::Line(number) => self.lines.get(&number).cloned().map(StateValue::Line),
            StateKind::Message(id) => self.messages.get(&id).cloned().map(StateValue::Message),
        }
    }

    fn wakes_at(&self, kind: StateKind) -> Option<Timestamp> {
        match kind {
            StateKind::Session => self.session.as_ref().map(|session| session.due().0),
            StateKind::Seen => self.seen.as_ref().and_then(Seen::ends_at),
            StateKind::Last => self.last.as_ref().map(Last::ends_at),
            // A line ends with its session.
            StateKind::OptOut | StateKind::Line(_) => None,
            StateKind::Profile => self.known.as_ref().map(|known| known.ends_at()),
            StateKind::LinkedTo => self.linked_to.as_ref().map(|link| link.until),
            StateKind::Message(id) => self.messages.get(&id).map(|message| message.life.wakes_at()),
        }
    }

    fn is_empty(&self) -> bool {
        self.session.is_none()
            && self.seen.is_none()
            && self.last.is_none()
            && self.opt_out.is_none()
            && self.linked_to.is_none()
            && self.known.is_none()
            && self.lines.is_empty()
            && self.messages.is_empty()
    }
}

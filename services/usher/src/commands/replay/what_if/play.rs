//! Plays a recording on both cores, joined without delay, under the time of the log.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct};
use usher_domain::desk::{DeskAct, DirectoryEntry, OfferAnswer, Presence, PresenceSaid};
use usher_domain::event::{Event, Fact, Subject};
use usher_domain::{
    Account, AgentId, Body, ConversationId, ConversationInput, Core, DeskInput, InputId, PlacementId, SessionId,
    Timestamp,
};
use usher_routing_core::conversation::{ConversationCore, Input as ConversationCoreInput};
use usher_routing_core::desk::{DeskCore, Input as DeskCoreInput};

use super::figures::Figures;
use super::recording::{Done, Input, Recording, under};

/// Both cores, and what is to come.
pub(super) struct Play<'a> {
    recording: &'a Recording,
    directory: Option<&'a [DeskInput]>,
    conversations: ConversationCore,
    desks: DeskCore,
    now: Timestamp,
    /// What people do in answer to the desk, in the order of time and of being noted.
    later: BTreeMap<(Timestamp, u64), Later>,
    noted: u64,
    /// Who has which session, under which placement; and how often somebody has got it.
    active: HashMap<SessionId, (AgentId, PlacementId, usize)>,
    /// The same of sessions that their agent has set aside.
    held: HashMap<SessionId, (AgentId, PlacementId, usize)>,
    times: HashMap<SessionId, usize>,
    accounts: HashMap<ConversationId, Account>,
    figures: Figures,
}

enum Later {
    /// As was done while the session was an agent's for this time.
    Done(SessionId, usize, Done),
    /// Its agent closes it.
    Closes(SessionId, usize),
    /// An agent answers an offer.
    Answers { session: SessionId, agent: AgentId, placement: PlacementId, accepts: bool },
    /// The workspace of who is new says again that they are there, and once more after this time.
    IsThere(Box<DeskInput>, Duration),
}

impl<'a> Play<'a> {
    /// The play of a recording, with this directory instead of those that were in force.
    pub(super) fn of(recording: &'a Recording, directory: Option<&'a [DeskInput]>) -> Self {
        let mut play = Self {
            recording,
            directory,
            conversations: ConversationCore::new(),
            desks: DeskCore::new(),
            now: recording.inputs.first().map_or(Timestamp::default(), |(at, _)| *at),
            later: BTreeMap::new(),
            noted: 0,
            active: HashMap::new(),
            held: HashMap::new(),
            times: HashMap::new(),
            accounts: HashMap::new(),
            figures: Figures::between(recording.from, recording.to),
        };
        play.begin();
        for (at, input) in &recording.inputs {
            play.until(*at);
            play.outside(input);
        }
        play
    }

    pub(super) fn figures(self) -> Figures {
        self.figures
    }

    /// The other directory is in force, and who is new in it is there.
    fn begin(&mut self) {
        let Some(directory) = self.directory else { return };
        let again_after = directory.iter().find_map(lease).map(|lease| lease / 3);
        for input in directory {
            self.step(Body::Desk(input.clone()));
        }
        let heard: BTreeSet<&AgentId> =
            self.recording.inputs.iter().filter_map(|(_, input)| who_is_there(input)).collect();
        for input in directory {
            if let DeskAct::Staged { entry: DirectoryEntry::Agent(record), .. } = &input.act
                && !heard.contains(&record.id)
            {
                // Of one instant, so that a repeat is a sign of life and no decision.
                let said = PresenceSaid::new(record.id.clone(), Presence::Online);
                let act = DeskAct::Presence(PresenceSaid { at: Some(self.now), ..said });
                let input = DeskInput { act, ..input.clone() };
                if let Some(after) = again_after {
                    self.note(after, Later::IsThere(Box::new(input.clone()), after));
                }
                self.step(Body::Desk(input));
            }
        }
    }

    /// Everything that happens before this instant, by itself or by people.
    fn until(&mut self, at: Timestamp) {
        loop {
            let due = [self.conversations.next_wakeup(), self.desks.next_wakeup()].into_iter().flatten().min();
            let people = self.later.first_key_value().map(|((time, _), _)| *time);
            let Some(next) = due.into_iter().chain(people).min().filter(|next| *next <= at) else { break };
            self.now = self.now.max(next);
            if due == Some(next) {
                self.tick();
            } else if let Some((_, later)) = self.later.pop_first() {
                self.happens(later);
            }
        }
        self.now = self.now.max(at);
    }

    fn tick(&mut self) {
        let now = self.now;
        if self.conversations.next_wakeup().is_some_and(|due| due <= now) {
            let bodies = self.conversations.step(ConversationCoreInput::Tick, now).bodies;
            self.hear(bodies);
        }
        if self.desks.next_wakeup().is_some_and(|due| due <= now) {
            let bodies = self.desks.step(DeskCoreInput::Tick, now).bodies;
            self.hear(bodies);
        }
    }

    fn outside(&mut self, input: &Input) {
        match input {
            Input::Impatience(input) => {
                let is_served = self.active.keys().any(|session| session.conversation == input.conversation);
                if !is_served {
                    self.step(Body::Conversation((**input).clone()));
                }
            }
            Input::As(body) => {
                if let Body::Conversation(ConversationInput {
                    act: ConversationAct::Visitor(said), conversation, ..
                }) = &**body
                {
                    self.accounts.entry(*conversation).or_insert_with(|| said.account.clone());
                }
                if !self.is_replaced(body) {
                    self.step((**body).clone());
                }
            }
        }
    }

    /// Whether it belongs to a directory in whose place there is another.
    fn is_replaced(&self, body: &Body) -> bool {
        let Body::Desk(DeskInput { tenant, desk, act, .. }) = body else { return false };
        let is_directory = matches!(act, DeskAct::Staged { .. } | DeskAct::Applied { .. });
        self.directory.is_some() && is_directory && (tenant, desk) == (&self.recording.at.0, &self.recording.at.1)
    }

    fn happens(&mut self, later: Later) {
        match later {
            Later::Done(session, time, Done::Agent(said)) => {
                let (id, AgentInput { account, act, .. }) = *said;
                self.agent(session, time, account, id, &act);
            }
            Later::Done(session, time, Done::Left(input)) => {
                if self.active.get(&session).is_some_and(|(_, _, now)| *now == time) {
                    self.step(Body::Conversation(*input));
                }
            }
            Later::Closes(session, time) => {
                let Some(account) = self.accounts.get(&session.conversation).cloned() else { return };
                let close = AgentAct::Close { placement: PlacementId { epoch: 0, turn: 0 } };
                let id = InputId::derive(&[b"closes", session.to_string().as_bytes()]);
                self.agent(session, time, account, id, &close);
            }
            Later::IsThere(input, after) => {
                self.step(Body::Desk((*input).clone()));
                self.note(after, Later::IsThere(input, after));
            }
            Later::Answers { session, agent, placement, accepts } => {
                let Some(account) = self.accounts.get(&session.conversation).cloned() else { return };
                let (tenant, desk) = (account.tenant.clone(), account.desk.clone());
                let key = placement.to_string();
                let id = InputId::derive(&[b"answers", session.to_string().as_bytes(), key.as_bytes()]);
                let answer = OfferAnswer { account, session, agent, placement, accepts };
                self.step(Body::Desk(DeskInput { tenant, desk, id, act: DeskAct::Answer(Box::new(answer)) }));
            }
        }
    }

    /// Whoever has the session for this time, or has set it aside, does it; nobody does when somebody else has it by now.
    fn agent(&mut self, session: SessionId, time: usize, account: Account, id: InputId, act: &AgentAct) {
        let whose = self.active.get(&session).or_else(|| self.held.get(&session));
        let Some((agent, placement, now)) = whose else { return };
        if *now != time {
            return;
        }
        // Under an id of its own for each time: the same may be done by a second agent.
        let id = InputId::derive(&[&id.bits().to_be_bytes(), &time.to_be_bytes()]);
        let (tenant, conversation, agent) = (account.tenant.clone(), session.conversation, agent.clone());
        let said = AgentInput { account, session, agent, act: under(act, *placement) };
        let act = ConversationAct::Agent(Box::new(said));
        self.step(Body::Conversation(ConversationInput { tenant, id, conversation, act }));
    }

    fn step(&mut self, body: Body) {
        self.hear(vec![body]);
    }

    /// Gives each core what is for it, until there is nothing more.
    fn hear(&mut self, bodies: Vec<Body>) {
        let mut waiting = VecDeque::from(bodies);
        while let Some(body) = waiting.pop_front() {
            match body {
                Body::Conversation(_) => {
                    let Ok(input) = <ConversationCore as Core>::input(body, 0) else { continue };
                    waiting.extend(self.conversations.step(input, self.now).bodies);
                }
                Body::Desk(_) => {
                    let Ok(input) = <DeskCore as Core>::input(body, 0) else { continue };
                    waiting.extend(self.desks.step(input, self.now).bodies);
                }
                Body::Event(event) => self.told(&event),
                _ => {}
            }
        }
    }

    fn told(&mut self, event: &Event) {
        let (tenant, desk) = &self.recording.at;
        if event.tenant == *tenant && event.subject == Subject::Desk(desk.clone()) {
            self.figures.take(&event.fact, self.now);
        }
        match &event.fact {
            Fact::SessionAssigned { session, agent, placement } => self.assigned(*session, agent, *placement),
            // Said before its agent leaves it.
            Fact::SessionOnHold { session, .. } => {
                let whose = self.active.get(session).cloned();
                self.held.extend(whose.map(|whose| (*session, whose)));
            }
            Fact::SessionClosed { session, .. } => drop(self.held.remove(session)),
            Fact::SessionLeft { session, .. } => drop(self.active.remove(session)),
            Fact::OfferMade { session, agent, placement, .. } => self.asked(*session, agent, *placement),
            _ => {}
        }
    }

    fn assigned(&mut self, session: SessionId, agent: &AgentId, placement: PlacementId) {
        if let Some((has, current, _)) = self.active.get_mut(&session).filter(|(has, _, _)| has == agent) {
            // The same agent only hears the new version.
            (*has, *current) = (agent.clone(), placement);
            return;
        }
        self.held.remove(&session);
        let times = self.times.entry(session).or_default();
        let time = *times;
        *times += 1;
        self.active.insert(session, (agent.clone(), placement, time));
        let recorded = self.recording.served.get(&session).and_then(|services| services.get(time));
        match recorded {
            Some(service) => {
                for (after, done) in &service.acts {
                    self.note(*after, Later::Done(session, time, done.clone()));
                }
            }
            None => self.note(self.recording.closes_after, Later::Closes(session, time)),
        }
    }

    fn asked(&mut self, session: SessionId, agent: &AgentId, placement: PlacementId) {
        let recorded = self.recording.answers.get(&(session, agent.clone()));
        let usual = Some((self.recording.answers_after, true));
        if let Some((after, accepts)) = recorded.copied().unwrap_or(usual) {
            self.note(after, Later::Answers { session, agent: agent.clone(), placement, accepts });
        }
    }

    fn note(&mut self, after: Duration, later: Later) {
        self.noted += 1;
        self.later.insert((self.now.plus(after), self.noted), later);
    }
}

/// How long a presence holds at the desk of this directory.
fn lease(input: &DeskInput) -> Option<Duration> {
    match &input.act {
        DeskAct::Staged { entry: DirectoryEntry::Desk(policy), .. } => policy.presence.lease,
        _ => None,
    }
}

/// Whose presence it is.
fn who_is_there(input: &Input) -> Option<&AgentId> {
    let Input::As(body) = input else { return None };
    let Body::Desk(DeskInput { act: DeskAct::Presence(said), .. }) = &**body else { return None };
    Some(&said.agent)
}

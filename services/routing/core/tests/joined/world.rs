//! Two cores and what is under way between them. Keeps, as the state topics would, what both have written, and holds
//! them to their promises at every step: capacity, one agent a session, and agreement whenever nothing is under way.

use std::collections::BTreeMap;
use std::fmt::Write;

use usher_domain::account::Survey;
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::delivery::Order;
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence};
use usher_domain::event::{Fact, Refusal};
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState};
use usher_domain::state::{conversation, desk};
use usher_domain::{
    Account, AccountId, AgentId, Body, ConversationId, ConversationInput, DeskId, DeskInput, Dialect, GroupId, InputId,
    Place, PlacementId, SessionId, Target, TenantId, Timestamp, VisitorId, Want,
};
use usher_routing_core::conversation::ConversationCore;
use usher_routing_core::desk::DeskCore;
use usher_routing_core::{conversation as conversations, desk as desks};

/// What a workspace was told last of a conversation: whose session, and what its commands must name.
pub(crate) type Told = (SessionId, AgentId, PlacementId);

/// Both cores, the topics between them, and what an onlooker knows.
#[derive(Clone)]
pub(crate) struct World {
    conversations: ConversationCore,
    desk: DeskCore,
    /// Written for the conversation core and not yet read by it.
    pub(crate) to_conversations: Vec<ConversationInput>,
    /// Written for the desk core and not yet read by it.
    pub(crate) to_desk: Vec<DeskInput>,
    sessions: BTreeMap<ConversationId, Session>,
    seats: BTreeMap<SessionId, SessionState>,
    agents: BTreeMap<AgentId, AgentState>,
    /// Sessions in the order of opening, for each conversation.
    opened: BTreeMap<u32, Vec<SessionId>>,
    /// Who has which session, as the events tell it.
    active: BTreeMap<SessionId, AgentId>,
    told: BTreeMap<u32, Told>,
    /// The reasons of all refusals so far.
    pub(crate) refusals: Vec<Refusal>,
    revision: u64,
    inputs: u32,
    /// Milliseconds of the log.
    pub(crate) now: i64,
}

/// An agent of the directory: name, capacity, groups.
pub(crate) type Line<'a> = (&'a str, u32, &'a [&'a str]);

fn visitor(number: u32) -> VisitorId {
    VisitorId::new(format!("visitor {number}"))
}

fn account() -> Account {
    Account {
        tenant: TenantId::new("tenant"),
        account: AccountId::new("account"),
        dialect: Dialect::Native,
        desk: DeskId::new("desk"),
        default_group: None,
        bot: None,
        survey: Survey::default(),
        collected: false,
    }
}

/// A target by `@agent`, `group`, or nothing.
pub(crate) fn target(text: &str) -> Target {
    match text.strip_prefix('@') {
        Some(name) => Target { agent: Some(AgentId::new(name)), group: None },
        None => Target { agent: None, group: (!text.is_empty()).then(|| GroupId::new(text)) },
    }
}

/// Conversations are numbered so that their ids have the same order: ties in line end as a test expects.
fn conversation(number: u32) -> ConversationId {
    ConversationId::from_bits(number.into())
}

fn number(conversation: ConversationId) -> u32 {
    u32::try_from(conversation.bits()).expect("a small number")
}

impl World {
    /// A desk with these agents, all online.
    pub(crate) fn new(groups: &[&str], agents: &[Line<'_>]) -> Self {
        let mut world = Self {
            conversations: ConversationCore::new(),
            desk: DeskCore::new(),
            to_conversations: Vec::new(),
            to_desk: Vec::new(),
            sessions: BTreeMap::new(),
            seats: BTreeMap::new(),
            agents: BTreeMap::new(),
            opened: BTreeMap::new(),
            active: BTreeMap::new(),
            told: BTreeMap::new(),
            refusals: Vec::new(),
            revision: 0,
            inputs: 0,
            now: 0,
        };
        world.directory(groups, agents);
        for (name, ..) in agents {
            world.presence(name, Presence::Online);
        }
        world
    }

    fn next_id(&mut self) -> InputId {
        self.inputs += 1;
        InputId::from_bits(self.inputs.into())
    }

    /// A visitor does something; the conversation core reads it at once.
    pub(crate) fn visitor(&mut self, who: u32, act: VisitorAct, tags: &[&str]) {
        let tags = tags.iter().map(|tag| (*tag).into()).collect();
        let profile = Profile { tags, ..Profile::default() };
        let input =
            VisitorInput { account: account(), visitor: visitor(who), profile, ext: None, ack: None, named: None, act };
        let input = self.input(who, ConversationAct::Visitor(Box::new(input)));
        self.step_conversations(input);
    }

    pub(crate) fn ask(&mut self, who: u32, to: &str) {
        self.visitor(who, VisitorAct::Ask { target: target(to) }, &[]);
    }

    pub(crate) fn leave(&mut self, who: u32) {
        self.visitor(who, VisitorAct::Leave, &[]);
    }

    /// The visitor's tags become known.
    pub(crate) fn promote(&mut self, who: u32) {
        self.visitor(who, VisitorAct::Typing, &["vip"]);
    }

    /// Whoever was last told to have the session hands it on; the command is under way.
    pub(crate) fn transfer(&mut self, who: u32, to: &str) {
        let Some((_, _, placement)) = self.told.get(&who).cloned() else { return };
        self.command(who, AgentAct::Transfer { target: target(to), placement });
    }

    /// Whoever was last told to have the session closes it; the command is under way.
    pub(crate) fn close(&mut self, who: u32) {
        let Some((_, _, placement)) = self.told.get(&who).cloned() else { return };
        self.command(who, AgentAct::Close { placement });
    }

    fn command(&mut self, who: u32, act: AgentAct) {
        let Some((session, agent, _)) = self.told.get(&who).cloned() else { return };
        let input = AgentInput { account: account(), session, agent, act };
        let input = self.input(who, ConversationAct::Agent(Box::new(input)));
        self.to_conversations.push(input);
    }

    fn input(&mut self, who: u32, act: ConversationAct) -> ConversationInput {
        ConversationInput { tenant: account().tenant, id: self.next_id(), conversation: conversation(who), act }
    }

    /// An agent says how they are; the desk core reads it at once.
    pub(crate) fn presence(&mut self, name: &str, presence: Presence) {
        self.desk_act(DeskAct::Presence { agent: AgentId::new(name), presence });
    }

    /// The next revision of the directory is published; the desk core reads it at once.
    pub(crate) fn directory(&mut self, groups: &[&str], agents: &[Line<'_>]) {
        self.revision += 1;
        let revision = self.revision;
        let groups = groups.iter().map(|name| DirectoryEntry::Group(GroupId::new(*name)));
        let entries: Vec<_> = groups.chain(agents.iter().map(entry)).collect();
        let count = entries.len() as u32;
        for entry in entries {
            self.desk_act(DeskAct::Staged { revision, entry });
        }
        self.desk_act(DeskAct::Applied { revision, count });
    }

    fn desk_act(&mut self, act: DeskAct) {
        let account = account();
        let input = DeskInput { tenant: account.tenant, desk: account.desk, id: self.next_id(), act };
        self.step_desk(input);
    }

    /// The desk core reads the record at `index`; with `again` it stays, to be read once more.
    pub(crate) fn desk_reads(&mut self, index: usize, again: bool) {
        let input = if again { self.to_desk[index].clone() } else { self.to_desk.remove(index) };
        self.step_desk(input);
    }

    /// The conversation core reads the record at `index`; with `again` it stays, to be read once more.
    pub(crate) fn conversations_read(&mut self, index: usize, again: bool) {
        let input = if again { self.to_conversations[index].clone() } else { self.to_conversations.remove(index) };
        self.step_conversations(input);
    }

    /// Both read everything, in order, until nothing is under way.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            if !self.to_desk.is_empty() {
                self.desk_reads(0, false);
            } else if !self.to_conversations.is_empty() {
                self.conversations_read(0, false);
            } else {
                return;
            }
        }
        panic!("the cores never fall silent: {}", self.view());
    }

    fn step_conversations(&mut self, input: ConversationInput) {
        let effects = self.conversations.step(conversations::Input::Act(input), Timestamp::from_millis(self.now));
        for (key, value) in effects.changes {
            if key.kind == conversation::StateKind::Session {
                match value {
                    Some(conversation::StateValue::Session(session)) => {
                        self.sessions.insert(key.conversation, *session)
                    }
                    _ => self.sessions.remove(&key.conversation),
                };
            }
        }
        self.take(effects.bodies);
    }

    fn step_desk(&mut self, input: DeskInput) {
        let effects = self.desk.step(desks::Input::Act(input), Timestamp::from_millis(self.now));
        assert_eq!(self.desk.next_wakeup(), None, "a small desk is settled in one step");
        for (key, value) in effects.changes {
            match (key.item, value) {
                (Item::Session(id), Some(desk::StateValue::Session(state))) => {
                    self.seats.insert(id, state);
                }
                (Item::Session(id), _) => {
                    self.seats.remove(&id);
                }
                (Item::Agent(id), Some(desk::StateValue::Agent(state))) => {
                    self.agents.insert(id, state);
                }
                (Item::Agent(id), _) => {
                    self.agents.remove(&id);
                }
                _ => {}
            }
        }
        self.take(effects.bodies);
    }

    /// Puts what a core wrote on its topic, and looks at what it tells.
    fn take(&mut self, bodies: Vec<Body>) {
        for body in bodies {
            match body {
                Body::Conversation(input) => self.to_conversations.push(input),
                Body::Desk(input) => self.to_desk.push(input),
                Body::Event(event) => self.look_at(event.fact),
                Body::Delivery(delivery) => {
                    if let (Some(session), Order::Assigned { agent, placement, .. }) =
                        (delivery.session, delivery.order)
                    {
                        self.told.insert(number(session.conversation), (session, agent.id, placement));
                    }
                }
                _ => {}
            }
        }
    }

    fn look_at(&mut self, fact: Fact) {
        match &fact {
            Fact::SessionOpened { session, .. } => {
                self.opened.entry(number(session.conversation)).or_default().push(*session);
            }
            Fact::SessionAssigned { session, agent, .. } => {
                let before = self.active.insert(*session, agent.clone());
                assert!(before.is_none_or(|before| before == *agent), "two agents have {session}");
            }
            Fact::SessionLeft { session, agent } => {
                let before = self.active.remove(session);
                assert_eq!(before.as_ref(), Some(agent), "{session} leaves who does not have it");
            }
            Fact::CommandRefused { reason, .. } => self.refusals.push(*reason),
            Fact::AssignmentDecided { agent, .. } => self.capacity_holds(agent),
            _ => {}
        }
    }

    fn capacity_holds(&self, agent: &AgentId) {
        let has = |state: &&SessionState| state.seat == Seat::Assigned(agent.clone());
        let load: u32 = self.seats.values().filter(has).map(|state| state.weight).sum();
        let state = self.agents.get(agent).expect("an agent of the directory");
        assert!(load <= state.record.capacity, "{agent} has {load}, more than the capacity, by a decision");
        assert_eq!(state.presence, Presence::Online, "{agent} got a session");
    }

    /// Whether nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.to_desk.is_empty() && self.to_conversations.is_empty()
    }

    /// When nothing is under way, both cores say the same of every session: none is lost, none is a ghost.
    pub(crate) fn agrees(&self) {
        let wants = self.sessions.values().filter_map(|session| wanted(session).map(|asked| (session, asked)));
        let mut known = self.seats.clone();
        for (session, (version, agent)) in wants {
            let seat = known.remove(&session.id).unwrap_or_else(|| panic!("{} is lost: {}", session.id, self.view()));
            let told = match &seat.seat {
                Seat::Waiting => None,
                Seat::Assigned(agent) => Some(agent),
            };
            let said = PlacementId { epoch: seat.epoch, turn: seat.turn };
            assert_eq!((said, told, seat.vip), (version, agent, session.vip), "the cores disagree: {}", self.view());
        }
        assert!(known.is_empty(), "ghosts: {}", self.view());
    }

    /// Who has the conversation's session, as the conversation core knows it.
    pub(crate) fn agent_of(&self, who: u32) -> Option<&str> {
        match &self.sessions.get(&conversation(who))?.phase {
            Phase::Active { agent, .. } => Some(agent.id.as_str()),
            _ => None,
        }
    }

    /// Who has the session at the desk; `None` when it waits or is not known.
    pub(crate) fn agent_at_desk(&self, who: u32) -> Option<&str> {
        let session = self.opened.get(&who)?.last()?;
        match &self.seats.get(session)?.seat {
            Seat::Assigned(agent) => Some(agent.as_str()),
            Seat::Waiting => None,
        }
    }

    /// How many sessions the desk knows.
    pub(crate) fn known_at_desk(&self) -> usize {
        self.seats.len()
    }

    /// Whether the conversation has a session.
    pub(crate) fn is_open(&self, who: u32) -> bool {
        self.sessions.contains_key(&conversation(who))
    }

    /// Whether a workspace was told of a session of this conversation.
    pub(crate) fn was_told(&self, who: u32) -> bool {
        self.told.contains_key(&who)
    }

    /// All that the future depends on, as a short text: equal texts have equal futures (as long as no command comes
    /// twice and time stands still).
    pub(crate) fn view(&self) -> String {
        let mut text = String::new();
        for session in self.sessions.values() {
            let _ = write!(text, "{}{} ", self.name(&session.id), if session.vip { "!" } else { "" });
            let _ = match (&session.phase, wanted(session)) {
                (Phase::Bot(_), _) | (_, None) => write!(text, "bot;"),
                (Phase::Waiting(asked) | Phase::Active { asked, .. }, Some((version, agent))) => {
                    write!(text, "{version} {} {:?};", show(&asked.target), agent.map(AgentId::as_str))
                }
            };
        }
        for (id, seat) in &self.seats {
            let vip = if seat.vip { "!" } else { "" };
            let to = show(&seat.target);
            let _ = write!(text, "|{}{vip} {}.{} {to} {:?}", self.name(id), seat.epoch, seat.turn, seat.seat);
        }
        for (id, agent) in &self.agents {
            let _ = write!(text, "|{id} {:?} {:?}", agent.presence, agent.assigned_at);
        }
        for (session, agent, placement) in self.told.values() {
            let _ = write!(text, "|{} {agent} {placement}", self.name(session));
        }
        text + &self.under_way()
    }

    /// What is under way, in its order.
    fn under_way(&self) -> String {
        let desk = self.to_desk.iter().map(|input| self.show_demand(input));
        let conversations = self.to_conversations.iter().map(|input| self.show_input(input));
        desk.chain(conversations).map(|line| format!("\n{line}")).collect()
    }

    /// Brings what is under way into one order of those that mean the same, so that equal worlds have equal views. Topics
    /// that keep their order keep it within each key; commands come from elsewhere and have none.
    pub(crate) fn sort_under_way(&mut self, keeps_order: bool) {
        let mut to_desk = std::mem::take(&mut self.to_desk);
        let mut to_conversations = std::mem::take(&mut self.to_conversations);
        if !keeps_order {
            to_desk.sort_by_cached_key(|input| self.show_demand(input));
        }
        to_conversations.sort_by_cached_key(|input| {
            let stays = keeps_order && is_placement(input);
            (input.conversation, if stays { String::new() } else { self.show_input(input) })
        });
        self.to_desk = to_desk;
        self.to_conversations = to_conversations;
    }

    fn show_demand(&self, input: &DeskInput) -> String {
        let DeskAct::Demand(demand) = &input.act else { return format!("{:?}", input.act) };
        let want = match &demand.want {
            Want::Agent { target, vip, .. } => format!("{} {vip}", show(target)),
            Want::Nobody => "nobody".to_owned(),
        };
        format!("> {} {} {want}", self.name(&demand.session), demand.epoch)
    }

    fn show_input(&self, input: &ConversationInput) -> String {
        match &input.act {
            ConversationAct::Placement(placement) => {
                let place = match &placement.place {
                    Place::Waiting { .. } => "waiting",
                    Place::Assigned(card) => card.id.as_str(),
                    Place::Refused(_) => "refused",
                };
                format!("< {} {} {place}", self.name(&placement.session), placement.version)
            }
            ConversationAct::Agent(command) => {
                format!("< {} {} {:?}", self.name(&command.session), command.agent, command.act)
            }
            other => format!("{other:?}"),
        }
    }

    /// A session by its conversation and how many came before it.
    fn name(&self, session: &SessionId) -> String {
        let who = number(session.conversation);
        let before = self.opened.get(&who).and_then(|opened| opened.iter().position(|other| other == session));
        format!("{who}/{}", before.unwrap_or(usize::MAX))
    }
}

/// Whether the desk core wrote it.
pub(crate) fn is_placement(input: &ConversationInput) -> bool {
    matches!(input.act, ConversationAct::Placement(_))
}

fn entry((name, capacity, groups): &Line<'_>) -> DirectoryEntry {
    DirectoryEntry::Agent(AgentRecord {
        id: AgentId::new(*name),
        name: (*name).to_owned(),
        avatar: String::new(),
        capacity: *capacity,
        groups: groups.iter().map(|group| GroupId::new(*group)).collect(),
    })
}

/// What a session wants of its desk, as far as it knows of it.
fn wanted(session: &Session) -> Option<(PlacementId, Option<&AgentId>)> {
    match &session.phase {
        Phase::Bot(_) => None,
        Phase::Waiting(asked) => Some((asked.version, None)),
        Phase::Active { asked, agent } => Some((asked.version, Some(&agent.id))),
    }
}

fn show(target: &Target) -> String {
    match target {
        Target { agent: Some(agent), .. } => format!("@{agent}"),
        Target { group: Some(group), .. } => group.to_string(),
        Target { .. } => "-".to_owned(),
    }
}

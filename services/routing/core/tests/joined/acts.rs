//! What visitors and agents do in a world, and what is published at its desk. Whoever reads it at once does so because
//! it may happen at any moment anyway; commands of agents are under way first.

use std::rc::Rc;
use std::time::Duration;

use usher_domain::content::Content;
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::desk::{DeskAct, DirectoryEntry, OfferAnswer, Presence, PresenceSaid};
use usher_domain::message::{Class, Terms, Unknown};
use usher_domain::policy::{DeskPolicy, LanePolicy, LimitsPolicy, PresencePolicy};
use usher_domain::supervision::{Supervision, SupervisionOrder, Warrant};
use usher_domain::{
    Account, AccountId, AgentId, ConversationId, ConversationInput, DeskId, DeskInput, Dialect, GroupId, InputId,
    PlacementId, SessionId, Target, TenantId, VisitorId,
};

use super::moves::WAITS;
use super::promises::{Line, entries};
use super::world::World;

pub(super) fn account() -> Account {
    Account::new(TenantId::new("tenant"), AccountId::new("account"), Dialect::Native, DeskId::new("desk"))
}

/// A target by `@agent`, `group`, or nothing.
pub(crate) fn target(text: &str) -> Target {
    match text.strip_prefix('@') {
        Some(name) => Target { agent: Some(AgentId::new(name)), group: None, ..Target::default() },
        None => Target { agent: None, group: (!text.is_empty()).then(|| GroupId::new(text)), ..Target::default() },
    }
}

/// Conversations are numbered so that their ids have the same order: ties in line end as a test expects.
pub(super) fn conversation_of(number: u32) -> ConversationId {
    ConversationId::from_bits(number.into())
}

impl World {
    fn next_id(&mut self) -> InputId {
        self.inputs += 1;
        InputId::from_bits(self.inputs.into())
    }

    /// A visitor does something; the conversation core reads it at once.
    pub(crate) fn visitor(&mut self, who: u32, act: VisitorAct, tags: &[&str]) {
        let profile = Profile { tags: tags.iter().map(|tag| (*tag).into()).collect(), ..Profile::default() };
        let visitor = VisitorId::new(format!("visitor {who}"));
        let input = VisitorInput { account: account(), visitor, profile, ext: None, ack: None, named: None, act };
        let input = self.input(who, ConversationAct::Visitor(Box::new(input)));
        self.step_conversation(&input);
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

    /// Whoever was last told to have the session says something; the command is under way.
    pub(crate) fn send(&mut self, who: u32) {
        let short = Duration::from_secs(10);
        let (class, unknown) = (Class::Service, Unknown::Silence);
        let terms = Terms { class, ttl: None, fallback: None, unknown, grace: short, revoke_grace: short };
        self.command(who, |_| AgentAct::Send { content: Content::Text("Hello".into()), terms });
    }

    /// Whoever was last told to have the session hands it on; the command is under way.
    pub(crate) fn transfer(&mut self, who: u32, to: &str) {
        self.command(who, |placement| AgentAct::Transfer { target: target(to), placement });
    }

    /// The visitor says something, which brings back what was set aside.
    pub(crate) fn writes(&mut self, who: u32) {
        self.visitor(who, VisitorAct::Message { content: Content::text("Hello"), ask: None }, &[]);
    }

    /// Whoever was last told to have the session sets it aside; the command is under way.
    pub(crate) fn hold(&mut self, who: u32) {
        self.command(who, |placement| AgentAct::Hold { placement });
    }

    /// Whoever was last told to have the session takes it up again; the command is under way.
    pub(crate) fn resume(&mut self, who: u32) {
        self.command(who, |_| AgentAct::Resume);
    }

    /// Whoever was last told to have the session closes it; the command is under way.
    pub(crate) fn close(&mut self, who: u32) {
        self.command(who, |placement| AgentAct::Close { placement });
    }

    /// An agent answers what they were last asked of a conversation; the answer is under way.
    pub(crate) fn answer(&mut self, who: u32, name: &str, accepts: bool) {
        let agent = AgentId::new(name);
        let Some((session, placement)) = self.asked.get(&(who, agent.clone())).copied() else { return };
        let answer = OfferAnswer { account: account(), session, agent, placement, accepts };
        let act = DeskAct::Answer(Box::new(answer));
        let account = account();
        let input = DeskInput { tenant: account.tenant, desk: account.desk, id: self.next_id(), act };
        self.to_desk.push(Rc::new(input));
    }

    /// A supervisor gives the conversation's session to an agent; the desk core reads it at once.
    pub(crate) fn force(&mut self, who: u32, name: &str) {
        let Some(session) = self.last_session(who) else { return };
        self.supervise(SupervisionOrder::Assign { session, agent: AgentId::new(name), placement: None });
    }

    /// A supervisor lets the conversation's session wait again; the desk core reads it at once.
    pub(crate) fn requeue(&mut self, who: u32) {
        let Some(session) = self.last_session(who) else { return };
        self.supervise(SupervisionOrder::Requeue { session, placement: None });
    }

    fn supervise(&mut self, order: SupervisionOrder) {
        let warrant = Warrant { by: "zhao".to_owned(), why: String::new().into() };
        self.desk_act(DeskAct::Supervision(Box::new(Supervision { warrant, order })));
    }

    fn last_session(&self, who: u32) -> Option<SessionId> {
        self.opened.get(&who)?.last().copied()
    }

    fn command(&mut self, who: u32, act: impl FnOnce(PlacementId) -> AgentAct) {
        let Some((session, agent, placement)) = self.told.get(&who).cloned() else { return };
        let input = AgentInput { account: account(), session, agent, act: act(placement) };
        let input = self.input(who, ConversationAct::Agent(Box::new(input)));
        self.to_conversations.push(Rc::new(input));
    }

    fn input(&mut self, who: u32, act: ConversationAct) -> ConversationInput {
        ConversationInput { tenant: account().tenant, id: self.next_id(), conversation: conversation_of(who), act }
    }

    /// An agent says how they are; the desk core reads it at once.
    pub(crate) fn presence(&mut self, name: &str, presence: Presence) {
        let lease = self.leases.filter(|_| name == "a").map(|_| WAITS);
        self.desk_act(DeskAct::Presence(PresenceSaid { lease, ..PresenceSaid::new(AgentId::new(name), presence) }));
    }

    /// The next revision of the directory is published; the desk core reads it at once.
    pub(crate) fn directory(&mut self, groups: &[&str], agents: &[Line<'_>]) {
        self.revision += 1;
        let revision = self.revision;
        let limits = LimitsPolicy { length_max: self.length_max, ..LimitsPolicy::default() };
        let lane = LanePolicy { offer: self.offers, limits, ..LanePolicy::default() };
        let presence = PresencePolicy { lease: None, loss: self.leases.unwrap_or_default() };
        let desk = DeskPolicy { lane: lane.clone(), presence, ..DeskPolicy::default() };
        let has_rules = self.offers.is_some() || self.leases.is_some() || self.length_max.is_some();
        let desk = has_rules.then(|| DirectoryEntry::Desk(Box::new(desk)));
        let mut entries: Vec<DirectoryEntry> = desk.into_iter().chain(entries(groups, agents)).collect();
        for entry in &mut entries {
            if let DirectoryEntry::Group(group) = entry {
                group.policy = lane.clone();
            }
        }
        let count = entries.len() as u32;
        for entry in entries {
            self.desk_act(DeskAct::Staged { revision, entry });
        }
        Rc::make_mut(&mut self.onlooker).employ(agents);
        self.desk_act(DeskAct::Applied { revision, count });
    }

    fn desk_act(&mut self, act: DeskAct) {
        let account = account();
        let input = DeskInput { tenant: account.tenant, desk: account.desk, id: self.next_id(), act };
        self.step_desk(&input);
    }
}

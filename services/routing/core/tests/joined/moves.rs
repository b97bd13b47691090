//! What may happen to two conversations and two agents of capacity 1: acts of visitors and agents while their budget
//! lasts, and reads of what is under way.

use std::time::Duration;

use usher_domain::ConversationInput;
use usher_domain::desk::Presence;

use super::view::is_placement;
use super::world::{Line, World};

pub(super) const AGENTS: &[Line<'static>] = &[("a", 1, &[]), ("b", 1, &[])];

/// How often each thing may still happen, over both conversations and agents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Budget {
    pub(crate) asks: u8,
    pub(crate) other_targets: u8,
    pub(crate) leaves: u8,
    pub(crate) promotions: u8,
    pub(crate) sends: u8,
    pub(crate) transfers: u8,
    pub(crate) closes: u8,
    pub(crate) holds: u8,
    pub(crate) resumes: u8,
    pub(crate) words: u8,
    pub(crate) presences: u8,
    pub(crate) removals: u8,
    pub(crate) forces: u8,
    pub(crate) requeues: u8,
    pub(crate) accepts: u8,
    pub(crate) declines: u8,
    pub(crate) timers: u8,
    pub(crate) repeats: u8,
}

pub(crate) const NOTHING: Budget = Budget {
    asks: 0,
    other_targets: 0,
    leaves: 0,
    promotions: 0,
    sends: 0,
    transfers: 0,
    closes: 0,
    holds: 0,
    resumes: 0,
    words: 0,
    presences: 0,
    removals: 0,
    forces: 0,
    requeues: 0,
    accepts: 0,
    declines: 0,
    timers: 0,
    repeats: 0,
};

/// Whether topics keep their order. A desk is one key, each conversation is one; commands come from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topics {
    InOrder,
    Shuffled,
}

/// One step of a history. Records are named by their index.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Ask(u32),
    AskForB(u32),
    Leave(u32),
    Promote(u32),
    Send(u32),
    TransferToB(u32),
    Close(u32),
    Hold(u32),
    Resume(u32),
    Write(u32),
    Presence(usize),
    RemoveB,
    Force(u32, usize),
    Requeue(u32),
    Accept(u32, usize),
    Decline(u32, usize),
    TimePasses,
    DeskReads { index: usize, again: bool },
    ConversationReads { index: usize, again: bool },
}

#[derive(Clone)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) left: Budget,
    pub(super) online: [bool; 2],
    /// How many steps it is from the start.
    pub(super) depth: u32,
}

/// How far the desk's clock goes on with the first step; with each that follows, half as far. So all steps together never
/// reach an instant by themselves that is later than another by at least one step, and the order of instants is all that
/// the future depends on.
const LEAD: i64 = 1 << 54;
/// How long the desk waits for anything, longer than all steps together.
pub(super) const WAITS: Duration = Duration::from_millis(1 << 55);

impl State {
    /// Equal keys have equal futures.
    pub(super) fn key(&self) -> (u64, Budget) {
        (self.world.digest(), self.left)
    }

    /// All that can happen next.
    pub(super) fn acts(&self, topics: Topics) -> Vec<Act> {
        let mut acts = Vec::new();
        self.acts_of_visitors(&mut acts);
        self.acts_of_agents(&mut acts);
        self.acts_of_supervisors(&mut acts);
        self.reads(topics, &mut acts);
        acts
    }

    fn acts_of_visitors(&self, acts: &mut Vec<Act>) {
        let left = &self.left;
        for who in [1, 2] {
            let open = self.world.is_open(who);
            acts.extend((left.asks > 0 && !open).then_some(Act::Ask(who)));
            acts.extend((left.other_targets > 0 && open).then_some(Act::AskForB(who)));
            acts.extend((left.leaves > 0 && open).then_some(Act::Leave(who)));
            acts.extend((left.promotions > 0 && open).then_some(Act::Promote(who)));
            acts.extend((left.words > 0 && open).then_some(Act::Write(who)));
        }
    }

    fn acts_of_agents(&self, acts: &mut Vec<Act>) {
        let left = &self.left;
        for who in [1, 2].into_iter().filter(|who| self.world.was_told(*who)) {
            acts.extend((left.sends > 0).then_some(Act::Send(who)));
            acts.extend((left.transfers > 0).then_some(Act::TransferToB(who)));
            acts.extend((left.closes > 0).then_some(Act::Close(who)));
            acts.extend((left.holds > 0).then_some(Act::Hold(who)));
            acts.extend((left.resumes > 0).then_some(Act::Resume(who)));
        }
        if left.presences > 0 {
            acts.extend([Act::Presence(0), Act::Presence(1)]);
        }
        acts.extend((left.removals > 0).then_some(Act::RemoveB));
        for (who, agent) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
            let was_asked = self.world.was_asked(who, AGENTS[agent].0);
            acts.extend((left.accepts > 0 && was_asked).then_some(Act::Accept(who, agent)));
            acts.extend((left.declines > 0 && was_asked).then_some(Act::Decline(who, agent)));
        }
        acts.extend((left.timers > 0 && self.world.has_timers()).then_some(Act::TimePasses));
    }

    fn acts_of_supervisors(&self, acts: &mut Vec<Act>) {
        for who in [1, 2].into_iter().filter(|who| self.world.is_open(*who)) {
            acts.extend(
                (self.left.forces > 0).then_some([Act::Force(who, 0), Act::Force(who, 1)]).into_iter().flatten(),
            );
            acts.extend((self.left.requeues > 0).then_some(Act::Requeue(who)));
        }
    }

    fn reads(&self, topics: Topics, acts: &mut Vec<Act>) {
        let again: &[bool] = if self.left.repeats > 0 { &[false, true] } else { &[false] };
        let readable = if topics == Topics::InOrder { 1 } else { usize::MAX };
        for index in 0..self.world.to_desk.len().min(readable) {
            acts.extend(again.iter().map(|again| Act::DeskReads { index, again: *again }));
        }
        let under_way = &self.world.to_conversations;
        for (index, input) in under_way.iter().enumerate() {
            let same_key = |other: &ConversationInput| other.conversation == input.conversation && is_placement(other);
            let waits = is_placement(input) && under_way[..index].iter().any(|other| same_key(other));
            if topics == Topics::Shuffled || !waits {
                acts.extend(again.iter().map(|again| Act::ConversationReads { index, again: *again }));
            }
        }
    }

    /// What follows when this happens. Panics when that breaks a promise.
    pub(super) fn after(&self, act: Act, topics: Topics) -> Self {
        let mut next = self.clone();
        next.depth += 1;
        next.world.now += 1;
        next.world.lead += LEAD >> next.depth;
        next.happen(act);
        next.world.sort_under_way(topics == Topics::InOrder);
        if next.world.is_quiet() {
            next.world.agrees();
        }
        next
    }

    fn happen(&mut self, act: Act) {
        let (world, left) = (&mut self.world, &mut self.left);
        let budget = match act {
            Act::Ask(_) => &mut left.asks,
            Act::AskForB(_) => &mut left.other_targets,
            Act::Leave(_) => &mut left.leaves,
            Act::Promote(_) => &mut left.promotions,
            Act::Send(_) => &mut left.sends,
            Act::TransferToB(_) => &mut left.transfers,
            Act::Close(_) => &mut left.closes,
            Act::Hold(_) => &mut left.holds,
            Act::Resume(_) => &mut left.resumes,
            Act::Write(_) => &mut left.words,
            Act::Presence(_) => &mut left.presences,
            Act::RemoveB => &mut left.removals,
            Act::Force(..) => &mut left.forces,
            Act::Requeue(_) => &mut left.requeues,
            Act::Accept(..) => &mut left.accepts,
            Act::Decline(..) => &mut left.declines,
            Act::TimePasses => &mut left.timers,
            Act::DeskReads { index, again } => return self.desk_reads(index, again),
            Act::ConversationReads { index, again } => return self.conversation_reads(index, again),
        };
        *budget -= 1;
        match act {
            Act::Ask(who) => world.ask(who, ""),
            Act::AskForB(who) => world.ask(who, "@b"),
            Act::Leave(who) => world.leave(who),
            Act::Promote(who) => world.promote(who),
            Act::Send(who) => world.send(who),
            Act::TransferToB(who) => world.transfer(who, "@b"),
            Act::Close(who) => world.close(who),
            Act::Hold(who) => world.hold(who),
            Act::Resume(who) => world.resume(who),
            Act::Write(who) => world.writes(who),
            Act::Presence(agent) => self.toggle(agent),
            Act::RemoveB => world.directory(&[], &AGENTS[..1]),
            Act::Force(who, agent) => world.force(who, AGENTS[agent].0),
            Act::Requeue(who) => world.requeue(who),
            Act::Accept(who, agent) => world.answer(who, AGENTS[agent].0, true),
            Act::Decline(who, agent) => world.answer(who, AGENTS[agent].0, false),
            Act::TimePasses => world.time_passes(),
            Act::DeskReads { .. } | Act::ConversationReads { .. } => {}
        }
    }

    fn toggle(&mut self, agent: usize) {
        let online = &mut self.online[agent];
        // Whoever was lost comes back.
        *online = !*online || self.world.is_offline(AGENTS[agent].0);
        let how = if *online { Presence::Online } else { Presence::Offline };
        self.world.presence(AGENTS[agent].0, how);
    }

    fn desk_reads(&mut self, index: usize, again: bool) {
        self.left.repeats -= u8::from(again);
        self.world.desk_reads(index, again);
    }

    fn conversation_reads(&mut self, index: usize, again: bool) {
        self.left.repeats -= u8::from(again);
        self.world.conversations_read(index, again);
    }

    /// Cores that know only what they wrote answer everything that can happen as those that wrote it.
    pub(super) fn goes_on_after_a_restart(&self, acts: &[Act], topics: Topics) {
        let mut running = self.clone();
        running.world.heard = Some(String::new());
        let mut restarted = running.clone();
        restarted.world = running.world.restarted();
        for act in acts {
            let (one, other) = (running.after(*act, topics), restarted.after(*act, topics));
            assert_eq!(one.world.heard, other.world.heard, "restored cores answer otherwise");
        }
    }

    /// The act in words.
    pub(super) fn show(&self, act: Act) -> String {
        let again = |again| if again { ", and will once more" } else { "" };
        match act {
            Act::Presence(agent) if self.online[agent] => format!("{} goes offline", AGENTS[agent].0),
            Act::Presence(agent) => format!("{} comes online", AGENTS[agent].0),
            Act::Force(who, agent) => format!("a supervisor gives {who} to {}", AGENTS[agent].0),
            Act::Accept(who, agent) => format!("{} accepts {who}", AGENTS[agent].0),
            Act::Decline(who, agent) => format!("{} declines {who}", AGENTS[agent].0),
            Act::DeskReads { index, again: more } => {
                format!("the desk reads: {}{}", self.world.show_demand(&self.world.to_desk[index]), again(more))
            }
            Act::ConversationReads { index, again: more } => {
                let input = &self.world.to_conversations[index];
                format!("a conversation reads: {}{}", self.world.show_input(input), again(more))
            }
            other => format!("{other:?}"),
        }
    }
}

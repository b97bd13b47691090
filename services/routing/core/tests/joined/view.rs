//! All that the future of a world depends on, in one order and in short names: equal views have equal futures, so that
//! an explorer visits each once. Ids are left out, since only repeats look at them, and instants too, since only their
//! order counts where nothing is due.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hasher};

use usher_domain::conversation::ConversationAct;
use usher_domain::desk::{DeskAct, Presence};
use usher_domain::state::conversation::Phase;
use usher_domain::state::desk::{AgentState, Seat};
use usher_domain::{AgentId, ConversationInput, DeskInput, Place, SessionId, Target, Timestamp, Want, Wish};

use super::link::Link;
use super::world::{World, agents, number, seats, wanted};

impl World {
    /// The view as a text.
    pub(crate) fn view(&self) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text);
        text
    }

    /// The view as a number. With a million states, two of them share one about once in forty million explorations.
    pub(crate) fn digest(&self) -> u64 {
        let mut sum = Sum(DefaultHasher::new());
        let _ = self.write(&mut sum);
        sum.0.finish()
    }

    fn write(&self, out: &mut impl Write) -> fmt::Result {
        for session in self.sessions() {
            let vip = if session.vip { "!" } else { "" };
            write!(out, "{}{vip} ", self.name(&session.id))?;
            if let Phase::OnHold { asked, agent, held } = &session.phase {
                write!(out, "{} on hold by {} {held} {};", asked.version, agent.id, To(&asked.target))?;
            }
            let Some((version, agent, asked)) = wanted(session) else { continue };
            write!(out, "{}", if asked.returns { "back " } else { "" })?;
            write!(out, "{version} {} {}", To(&asked.target), agent.map_or("-", AgentId::as_str))?;
            if let Phase::Offered { agents, .. } = &session.phase {
                write!(out, " {agents:?}")?;
            }
            out.write_char(';')?;
        }
        for (id, seat) in seats(&self.kept_by_desk) {
            let (vip, fell) = (if seat.vip { "!" } else { "" }, if seat.fell_to_default { "?" } else { "" });
            let to = To(&seat.target);
            write!(out, "|{}{vip} {}.{} {to}{fell} ", self.name(&id), seat.epoch, seat.turn)?;
            match &seat.seat {
                Seat::Offered(offer) => write!(out, "{:?}", offer.agents)?,
                other => write!(out, "{other:?}")?,
            }
        }
        let idle = self.idle();
        for agent in agents(&self.kept_by_desk) {
            let place = idle.get(&agent.record.id);
            write!(out, "|{} {:?} {place:?} {}", agent.record.id, agent.presence, agent.misses)?;
        }
        self.write_order_of_timers(out)?;
        for ((_, agent), (session, placement)) in &self.asked {
            write!(out, "|{agent}?{} {placement}", self.name(session))?;
        }
        for (session, agent, placement) in self.told.values() {
            write!(out, "|{} {agent} {placement}", self.name(session))?;
        }
        self.write_order_of_asking(out)?;
        self.onlooker.write(out, self.link != Link::Whole, |session| self.name(session))?;
        for input in &self.to_desk {
            write!(out, "\n{}", self.show_demand(input))?;
        }
        for input in &self.to_conversations {
            write!(out, "\n{}", self.show_input(input))?;
        }
        Ok(())
    }

    /// What the desk waits for, the first first. In a world that lasts equally long, each new timer comes last.
    fn write_order_of_timers(&self, out: &mut impl Write) -> fmt::Result {
        let mut timers = self.timers_of_agents();
        for (id, seat) in seats(&self.kept_by_desk) {
            if let Seat::Offered(offer) = &seat.seat {
                timers.push((offer.until, Some(id), None));
            }
            let exclusions = seat.extra.iter().flat_map(|extra| &extra.exclusions);
            timers.extend(exclusions.map(|exclusion| (exclusion.until, Some(id), Some(&exclusion.agent))));
        }
        timers.sort_unstable();
        let mut last = None;
        for (at, id, agent) in timers {
            let sign = if last.replace(at) == Some(at) { '=' } else { '@' };
            let name = id.map(|id| self.name(&id)).unwrap_or_default();
            write!(out, "{sign}{name} {}", agent.map_or("", AgentId::as_str))?;
        }
        Ok(())
    }

    /// An agent waits for one instant at most: as long as they are there, the end of the lease, else that of the hold.
    fn timers_of_agents(&self) -> Vec<(Timestamp, Option<SessionId>, Option<&AgentId>)> {
        let due = |agent| Some((AgentState::due(agent)?, None, Some(&agent.record.id)));
        agents(&self.kept_by_desk).filter_map(due).collect()
    }

    /// A session first asks when it opens: who stands before whom is who opened before whom.
    fn write_order_of_asking(&self, out: &mut impl Write) -> fmt::Result {
        let at_desk = seats(&self.kept_by_desk).map(|(id, _)| id);
        let mut asking: Vec<SessionId> = self.sessions().map(|session| session.id).chain(at_desk).collect();
        asking.extend(self.to_desk.iter().filter_map(|input| match &input.act {
            DeskAct::Demand(demand) => Some(demand.session),
            _ => None,
        }));
        asking.sort_by_key(|id| (id.opened_at, *id));
        asking.dedup();
        asking.iter().try_for_each(|id| write!(out, "<{}", self.name(id)))
    }

    /// The places of agents in the order of idling; who is offline and never had a session has none.
    fn idle(&self) -> BTreeMap<&AgentId, usize> {
        let with_place = agents(&self.kept_by_desk)
            .filter(|agent| agent.presence != Presence::Offline || agent.assigned_at.is_some());
        let mut order: Vec<(Timestamp, &AgentId)> =
            with_place.map(|agent| (agent.assigned_at.unwrap_or(agent.online_since), &agent.record.id)).collect();
        order.sort();
        order.into_iter().enumerate().map(|(place, (_, agent))| (agent, place)).collect()
    }

    /// Brings what is under way into one order of those that mean the same, so that equal worlds have equal views.
    /// Topics that keep their order keep it within each key; commands come from elsewhere and have none.
    pub(crate) fn sort_under_way(&mut self, keeps_order: bool) {
        if !keeps_order && self.to_desk.len() > 1 {
            let mut to_desk = std::mem::take(&mut self.to_desk);
            to_desk.sort_by_cached_key(|input| self.show_demand(input));
            self.to_desk = to_desk;
        }
        if self.to_conversations.len() > 1 {
            let mut to_conversations = std::mem::take(&mut self.to_conversations);
            to_conversations.sort_by_cached_key(|input| {
                let stays = keeps_order && is_placement(input);
                (input.conversation, if stays { String::new() } else { self.show_input(input) })
            });
            self.to_conversations = to_conversations;
        }
    }

    /// A record for the desk in short.
    pub(crate) fn show_demand(&self, input: &DeskInput) -> String {
        if let DeskAct::Answer(answer) = &input.act {
            let word = if answer.accepts { "accepts" } else { "declines" };
            return format!("{} {} {word} {}", self.name(&answer.session), answer.agent, answer.placement);
        }
        let DeskAct::Demand(demand) = &input.act else { return format!("{:?}", input.act) };
        let name = self.name(&demand.session);
        match &demand.want {
            Want::Agent(wish) => {
                let Wish { target, vip, .. } = &**wish;
                format!("{name} demand {} {}{}", demand.epoch, To(target), if *vip { " vip" } else { "" })
            }
            Want::Nobody | Want::SetAside => format!("{name} demand {} nobody", demand.epoch),
        }
    }

    /// A record for a conversation in short, and whether it was read before.
    pub(crate) fn show_input(&self, input: &ConversationInput) -> String {
        let again = if self.has_read(input) { " again" } else { "" };
        match &input.act {
            ConversationAct::Placement(placement) => {
                let place = match &placement.place {
                    Place::Waiting { .. } => "waiting",
                    Place::Offered { agents, .. } => {
                        &agents.iter().map(|card| card.id.as_str()).collect::<Vec<_>>().join("?")
                    }
                    Place::Assigned { agent, .. } => agent.id.as_str(),
                    Place::Refused { .. } => "refused",
                };
                format!("{} placement {} {place}", self.name(&placement.session), placement.version)
            }
            ConversationAct::Agent(command) => {
                use usher_domain::conversation::AgentAct::{Close, Hold, Send, Transfer};
                let (name, agent) = (self.name(&command.session), &command.agent);
                match &command.act {
                    Transfer { target, placement } => {
                        format!("{name} {agent} transfers {placement} to {}{again}", To(target))
                    }
                    Close { placement } => format!("{name} {agent} closes {placement}{again}"),
                    Hold { placement } => format!("{name} {agent} sets aside {placement}{again}"),
                    Send { .. } => format!("{name} {agent} sends{again}"),
                    other => format!("{name} {agent} {other:?}{again}"),
                }
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

/// A target as a test writes it.
struct To<'a>(&'a Target);

impl fmt::Display for To<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Target { agent: Some(agent), .. } => write!(f, "@{agent}"),
            Target { group: Some(group), .. } => write!(f, "{group}"),
            Target { .. } => f.write_str("-"),
        }
    }
}

/// A text of which only the sum is kept.
struct Sum(DefaultHasher);

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

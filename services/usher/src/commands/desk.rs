//! `usher desk …`: what a supervisor does at a terminal. A command is written to the topic of the core that obeys it, as
//! `usher directory apply` does (whoever reaches Kafka needs no key), and the core's own word on it is waited for and
//! printed. `show` folds the topic `events`, like `GET /v1/desks/{desk}`.

mod outcome;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use usher_broker::{Broker, SenderHandle};
use usher_domain::conversation::ConversationAct;
use usher_domain::desk::DeskAct;
use usher_domain::supervision::{MovedQueue, Supervision, SupervisionOrder, SupervisorClose, Warrant};
use usher_domain::{AgentId, Body, ConversationInput, DeskId, DeskInput, Envelope, GroupId, InputId, Target, TenantId};
use usher_runtime::topics::TopicNames;
use usher_runtime::worker::clock;
use usher_view::Keep;

use crate::cli::{DeskCommand, DeskName, FromArgs, ToArgs, WarrantArgs};
use crate::commands::explain;
use crate::topics;
use outcome::Outcomes;

/// How long a command may take to be obeyed.
const OUTCOME_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn run(command: DeskCommand) -> Result<()> {
    let (service, order) = match command {
        DeskCommand::Show { desk, minutes, within_s, service } => {
            let config = super::config(&service)?;
            let broker = super::reached(&config.kafka)?;
            let shown =
                show(&broker, &config.kafka.prefix, &desk, minutes.clamp(1, usher_view::MINUTES_MAX), within_s)?;
            return writeln!(std::io::stdout().lock(), "{shown}").context("standard output is closed");
        }
        DeskCommand::Assign { session, agent, placement, warrant } => {
            let agent = AgentId::new(agent);
            (warrant.clone(), desk_order(warrant, SupervisionOrder::Assign { session, agent, placement }))
        }
        DeskCommand::Requeue { session, placement, warrant } => {
            (warrant.clone(), desk_order(warrant, SupervisionOrder::Requeue { session, placement }))
        }
        DeskCommand::Drain { agent, warrant } => {
            let order = SupervisionOrder::Drain { agent: AgentId::new(agent), drains: true };
            (warrant.clone(), desk_order(warrant, order))
        }
        DeskCommand::Undrain { agent, warrant } => {
            let order = SupervisionOrder::Drain { agent: AgentId::new(agent), drains: false };
            (warrant.clone(), desk_order(warrant, order))
        }
        DeskCommand::Move { from, to, warrant } => {
            let order = SupervisionOrder::Move { from: queue(from), to: target(to) };
            (warrant.clone(), desk_order(warrant, order))
        }
        DeskCommand::Close { session, warrant } => {
            let desk = DeskId::new(warrant.desk.desk.as_str());
            let close = SupervisorClose { warrant: said(&warrant), desk, session };
            let act = ConversationAct::SupervisorClose(Box::new(close));
            let (tenant, id) = (TenantId::new(warrant.desk.tenant.as_str()), fresh());
            let conversation = session.conversation;
            let body = Body::Conversation(ConversationInput { tenant, id, conversation, act });
            (warrant, Order { id, body, moves: false })
        }
    };
    let config = super::config(&service.service)?;
    let broker = super::reached(&config.kafka)?;
    topics::check(&broker, &config.kafka.prefix)?;
    println!("{}", obey(&broker, &config.kafka.prefix, order, OUTCOME_WITHIN)?);
    Ok(())
}

/// One command on its way.
pub(super) struct Order {
    pub(super) id: InputId,
    pub(super) body: Body,
    /// Whether its end comes later than its beginning.
    pub(super) moves: bool,
}

/// Writes a command once, and waits for the core's word on it.
pub(super) fn obey<B: Broker>(broker: &B, prefix: &str, order: Order, within: Duration) -> Result<String> {
    let outcomes = Outcomes::listen(broker, prefix, order.id, order.moves)?;
    let envelope = Envelope { cause: None, traceparent: None, body: order.body };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Whoever gives the command once more gives another, with an id of its own.
    runtime
        .block_on(broker.sender()?.send(TopicNames::new(prefix).outgoing(&envelope)))
        .context("Kafka has not acknowledged the command; it may be obeyed all the same: look before you repeat it")?;
    outcomes.wait(within)
}

/// The desk in numbers, as JSON.
pub(super) fn show<B: Broker>(
    broker: &B,
    prefix: &str,
    desk: &DeskName,
    minutes: u32,
    within_s: u32,
) -> Result<serde_json::Value> {
    let (tenant, id) = (TenantId::new(desk.tenant.as_str()), DeskId::new(desk.desk.as_str()));
    let now = clock();
    match explain::view(broker, prefix, Keep::Nothing)?.counts(&tenant, &id, now, minutes, within_s) {
        Some(counts) => Ok(counts.json(now, minutes, within_s)),
        None => {
            bail!("nothing is said about desk `{id}` of `{tenant}`: its name is wrong, or nothing has happened there")
        }
    }
}

pub(super) fn desk_order(warrant: WarrantArgs, order: SupervisionOrder) -> Order {
    let (tenant, desk) = (TenantId::new(warrant.desk.tenant.as_str()), DeskId::new(warrant.desk.desk.as_str()));
    let (id, moves) = (fresh(), matches!(order, SupervisionOrder::Move { .. }));
    let act = DeskAct::Supervision(Box::new(Supervision { warrant: said(&warrant), order }));
    Order { id, body: Body::Desk(DeskInput { tenant, desk, id, act }), moves }
}

fn said(warrant: &WarrantArgs) -> Warrant {
    Warrant { by: warrant.by.clone(), why: warrant.reason.as_str().into() }
}

fn queue(from: FromArgs) -> MovedQueue {
    match from {
        FromArgs { from_agent: Some(agent), .. } => MovedQueue::Agent(AgentId::new(agent)),
        FromArgs { from_group: Some(group), .. } => MovedQueue::Group(GroupId::new(group)),
        FromArgs { from_default: true, .. } => MovedQueue::Default,
        FromArgs { .. } => MovedQueue::All,
    }
}

fn target(to: ToArgs) -> Target {
    Target { agent: to.to_agent.map(AgentId::new), group: to.to_group.map(GroupId::new), ..Target::default() }
}

fn fresh() -> InputId {
    InputId::from_bits(uuid::Uuid::new_v4().as_u128())
}

//! What the program says of commands that a desk obeys or refuses, on a broker in memory with routing at work.

use usher_broker::memory::MemoryBroker;
use usher_domain::desk::{Presence, PresenceSaid};
use usher_domain::{ConversationId, SessionId, Timestamp};
use usher_runtime::worker::Cadence;

use super::*;
use crate::cli::ServiceArgs;
use crate::commands::directory;
use crate::parts::Parts;
use crate::services::{self, Identity};

const PREFIX: &str = "p";

fn warrant() -> WarrantArgs {
    let desk = DeskName { tenant: "t".to_owned(), desk: "d".to_owned() };
    let service = ServiceArgs { config: None };
    WarrantArgs { desk, by: "mei".to_owned(), reason: "a busy day".to_owned(), service }
}

fn with_routing(story: impl FnOnce(&MemoryBroker)) {
    let broker = MemoryBroker::system();
    topics::apply(&broker, PREFIX).expect("new topics");
    let mut parts = Parts::new();
    let identity =
        Identity { prefix: PREFIX.to_owned(), name: "n".to_owned(), threads: 1, cadence: Cadence::default() };
    services::start_routing(&mut parts, &broker, &identity).expect("threads start");
    let yaml = "{tenant: t, desk: d, groups: [g], agents: [{agent: li, name: Li, capacity: 1}]}";
    let inputs = directory::inputs(usher_runtime::config::read_yaml("directory.yaml", yaml).expect("readable"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let sender = broker.sender().expect("a sender");
    let mut inputs = inputs.expect("a directory");
    let presence = DeskAct::Presence(PresenceSaid::new(AgentId::new("li"), Presence::Online));
    inputs.push(DeskInput { act: presence, id: fresh(), ..inputs[0].clone() });
    runtime.block_on(directory::publish(&sender, PREFIX, &inputs)).expect("written");
    story(&broker);
    parts.end(Duration::from_secs(15)).expect("all parts end");
}

fn say(broker: &MemoryBroker, order: Order) -> String {
    match obey(broker, PREFIX, order, Duration::from_secs(20)) {
        Ok(said) => said,
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_desks_word_on_a_command_is_printed() {
    with_routing(|broker| {
        let drain = |drains| SupervisionOrder::Drain { agent: AgentId::new("li"), drains };
        assert_eq!(say(broker, desk_order(warrant(), drain(false))), "undrain: refused, already");
        let queue = |to: &str| SupervisionOrder::Move {
            from: MovedQueue::All,
            to: Target { group: Some(GroupId::new(to)), ..Target::default() },
        };
        assert_eq!(say(broker, desk_order(warrant(), queue("nobody"))), "move: refused, unknown-group");
        let session =
            SessionId { conversation: ConversationId::from_bits(7), opened_at: Timestamp::default(), opened_by: 1 };
        let requeue = SupervisionOrder::Requeue { session, placement: None };
        assert_eq!(say(broker, desk_order(warrant(), requeue)), "requeue: refused, unknown-session");
        let counts = show(broker, PREFIX, &warrant().desk, 1, 20).expect("the desk has spoken");
        assert_eq!(counts["agents"]["online"], 1);
        assert_eq!(say(broker, desk_order(warrant(), drain(true))), "drain: done");
        let counts = show(broker, PREFIX, &warrant().desk, 1, 20).expect("the desk has spoken");
        assert_eq!((&counts["agents"]["online"], &counts["agents"]["offline"]), (&0.into(), &1.into()));
        assert_eq!(say(broker, desk_order(warrant(), drain(true))), "drain: refused, offline");
    });
}

#[test]
fn the_end_of_a_move_is_waited_for() {
    with_routing(|broker| {
        let to = Target { group: Some(GroupId::new("g")), ..Target::default() };
        let order = SupervisionOrder::Move { from: MovedQueue::Default, to };
        assert_eq!(say(broker, desk_order(warrant(), order)), "move: done, sessions 0");
    });
}

#[test]
fn silence_is_no_success() {
    let broker = MemoryBroker::system();
    topics::apply(&broker, PREFIX).expect("new topics");
    let order = desk_order(warrant(), SupervisionOrder::Drain { agent: AgentId::new("li"), drains: true });
    let said = obey(&broker, PREFIX, order, Duration::from_millis(50)).expect_err("nobody is there").to_string();
    assert!(said.contains("is routing running?"), "{said}");
}

#[test]
fn no_two_commands_have_one_id() {
    assert_ne!(fresh(), fresh(), "also in one millisecond of one process");
}

//! A second agent who reads along.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{AgentId, Place, PlacementId};

use super::stage::{Stage, agent, check, group, untimed, words};

fn consult(name: &'static str) -> AgentAct {
    AgentAct::Consult { agent: AgentId::new(name) }
}

fn whisper() -> AgentAct {
    AgentAct::Whisper { text: "sell".into() }
}

/// A session that Li has and Wang reads along.
fn consulted() -> Stage {
    let mut stage = Stage::active();
    stage.visitor(words("how much?"));
    stage.agent("li", consult("wang"));
    stage
}

const ENDS: [&str; 3] = [
    "consult of wang ended",
    "to desk of wang: wang reads along no longer",
    "to desk of li: wang reads along no longer",
];

#[test]
fn second_agent_is_told_what_was_said_and_the_first_stays() {
    let mut stage = Stage::active();
    stage.visitor(words("how much?"));
    check(stage.agent("li", consult("wang")), &["wang consulted by li", "to desk of wang: consulted by li, lines 1"]);
    assert_eq!(stage.send("li", untimed())[0], "ordered");
}

#[test]
fn what_both_sides_say_goes_to_both_agents() {
    let mut stage = consulted();
    check(
        stage.visitor(words("well?")),
        &[
            "to desk of li: visitor says well?",
            "to desk of wang: visitor says well?",
            "written down: visitor says well?",
        ],
    );
    check(
        stage.send("li", untimed()),
        &["ordered", "to visitor: li says hello", "written down: li says hello", "to desk of wang: li says hello"],
    );
}

#[test]
fn whispers_go_between_the_two() {
    check(consulted().agent("li", whisper()), &["to desk of wang: li whispers sell"]);
    check(consulted().agent("wang", whisper()), &["to desk of li: wang whispers sell"]);
}

#[test]
fn second_agent_speaks_to_nobody_else_and_moves_nothing() {
    let mut stage = consulted();
    assert_eq!(stage.send("wang", untimed())[0], "refused Send: not-assigned");
    let close = AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } };
    assert_eq!(stage.agent("wang", close)[0], "refused Close: not-assigned");
    assert_eq!(stage.agent("zhao", whisper())[0], "refused Whisper: not-assigned");
}

#[test]
fn either_of_the_two_ends_it() {
    for name in ["li", "wang"] {
        let mut stage = consulted();
        check(stage.agent(name, AgentAct::EndConsult), &ENDS);
        assert_eq!(stage.agent("li", whisper())[0], "refused Whisper: not-possible");
        assert_eq!(stage.agent("wang", whisper())[0], "refused Whisper: not-assigned");
    }
}

#[test]
fn another_takes_the_place_of_the_first() {
    let mut stage = consulted();
    let said = stage.agent("li", consult("zhao"));
    assert_eq!(said[..3], ENDS);
    assert_eq!(said[3..], ["zhao consulted by li", "to desk of zhao: consulted by li, lines 1"]);
}

#[test]
fn nobody_consults_themselves() {
    assert_eq!(Stage::active().agent("li", consult("li"))[0], "refused Consult: not-possible");
}

#[test]
fn it_ends_with_a_transfer_with_a_hold_with_another_agent_and_with_the_session() {
    let placement = PlacementId { epoch: 1, turn: 2 };
    let ends = |said: Vec<String>| assert!(ENDS.iter().all(|line| said.iter().any(|told| told == line)), "{said:?}");
    ends(consulted().agent("li", AgentAct::Transfer { target: group("service"), placement }));
    ends(consulted().agent("li", AgentAct::Hold { placement }));
    ends(consulted().place(1, 3, Place::assigned(agent("zhao"))));
    ends(consulted().visitor(VisitorAct::Leave));
}

#[test]
fn it_outlasts_a_new_placement_of_the_same_agent() {
    let mut stage = consulted();
    stage.place(1, 3, Place::assigned(agent("li")));
    check(stage.agent("wang", whisper()), &["to desk of li: wang whispers sell"]);
}

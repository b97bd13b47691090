//! What the program says of the sessions of a story on a broker in memory.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{PlacementId, SessionId};

use super::explain;
use crate::commands::replay::story::{PREFIX, Story, conversation, group};

const FULL: &str = "every agent of its line has as much as they can";

/// The lines without their instants.
fn lines(story: &Story, visitor: &str) -> Vec<String> {
    let session = *story.sessions(visitor).first().expect("a session was opened");
    let told = explain(&story.broker, PREFIX, session).expect("it is explained").to_string();
    let bare = |line: &str| line.split_once("Z  ").map_or(line, |(_, says)| says).to_owned();
    told.lines().skip(1).map(bare).collect()
}

#[test]
fn a_session_is_told_from_its_coming_to_its_end() {
    let story = Story::played();
    assert_eq!(
        lines(&story, "b"),
        [
            "comes in",
            "waits for group sales (demand 1)",
            "is next in its line",
            "goes to li: asked at 2023-11-14T22:13:21.000Z, first of 1 in its line; 1 free, longest idle of the group \
             (sales); directory 5 (placement 1.2)",
            "is li's (placement 1.2)",
            "is no longer li's",
            "is over: the agent closed it",
        ]
    );
}

#[test]
fn a_transfer_and_a_target_that_is_not_there_are_told() {
    let story = Story::played();
    assert_eq!(
        lines(&story, "vip"),
        [
            "comes in",
            "waits for group sales, as a VIP (demand 1)",
            "is next in its line",
            "goes to li: VIP, asked at 2023-11-14T22:13:22.000Z, first of 2 in its line; 1 free, longest idle of the \
             group (sales); directory 5 (placement 1.2)",
            "is li's (placement 1.2)",
            "li hands it on",
            "waits for group nobody, as a VIP (demand 2)",
            "asks for group nobody, whom the directory does not have: waits for anybody in no group",
            "is next in its line",
            "is over: the visitor left",
        ]
    );
}

#[test]
fn who_waits_hears_behind_whom_and_who_is_there() {
    let story = Story::begun();
    let vip = story.sessions("vip")[0];
    assert_eq!(
        lines(&story, "b")[3..],
        [
            format!("now: waits for group sales at place 2: {FULL}"),
            format!("  before it: {vip}, a VIP, asked at 2023-11-14T22:13:22.000Z"),
            "  agent li: online, sessions 1, has as much as they can".to_owned(),
        ]
    );
    assert_eq!(lines(&story, "vip")[3], format!("now: waits for group sales at place 1: {FULL}"));
    let told = explain(&story.broker, PREFIX, story.sessions("b")[0]).expect("it is explained").json();
    assert_eq!(told["waits"]["place"], 2);
    assert_eq!(told["waits"]["before"][0]["session"], vip.to_string());
    assert_eq!(told["story"][2]["fact"]["is"], "session_queued");
    assert_eq!(told["story"][2]["fact"]["position"], 1);
    assert_eq!(told["story"][0]["at"], "2023-11-14T22:13:21.000Z");
}

#[test]
fn only_who_waits_for_the_same_is_before_somebody() {
    let mut story = Story::begun();
    story.visitor("c", &["gold"], VisitorAct::Ask { target: group("elsewhere") });
    assert_eq!(lines(&story, "b")[3], format!("now: waits for group sales at place 2: {FULL}"));
    let nobody = "now: waits for anybody in no group at place 1: no agent of its line is there";
    assert_eq!(lines(&story, "c").last().map(String::as_str), Some(nobody));
}

#[test]
fn a_command_that_was_refused_is_told() {
    let mut story = Story::begun();
    story.agent("a", AgentAct::Close { placement: PlacementId { epoch: 9, turn: 9 } });
    assert_eq!(lines(&story, "a").last().map(String::as_str), Some("close refused: moved"));
}

#[test]
fn a_session_that_nobody_knows_is_said_to_be_unknown() {
    let story = Story::begun();
    let known = story.sessions("a")[0];
    let session = SessionId { conversation: conversation("nobody"), ..known };
    let refused = explain(&story.broker, PREFIX, session).expect_err("there is none").to_string();
    assert!(refused.contains("t.events.v1 says nothing about session"), "{refused}");
}

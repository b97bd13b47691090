//! What a visitor sees of an agent's attention: typing as often as the channel needs it, reading once a message.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::state::conversation::Session;
use usher_domain::{Dialect, InputId, MessageId, Place};

use super::stage::{Stage, agent, ask, check, untimed, words};

/// Li has the session, on this channel.
fn active(dialect: Dialect) -> Stage {
    let mut stage = Stage::new(dialect, None);
    stage.visitor(ask("sales"));
    stage.place(1, 1, Place::assigned(agent("li")));
    stage
}

/// What Li types at these seconds that reaches the visitor.
fn shown(stage: &mut Stage, seconds: &[i64]) -> Vec<i64> {
    let mut told = |second: &i64| {
        stage.at(*second);
        let effects = stage.agent("li", AgentAct::Typing);
        let is_told = effects == ["to visitor: typing"];
        assert!(is_told || effects == ["ignored Typing"], "{effects:?}");
        is_told.then_some(*second)
    };
    seconds.iter().filter_map(&mut told).collect()
}

#[test]
fn typing_is_told_at_most_every_10_s_where_the_channel_shows_it_for_a_while() {
    let seconds = [0, 1, 5, 9, 10, 12, 19, 20, 45, 46];
    assert_eq!(shown(&mut active(Dialect::Rbm), &seconds), [0, 10, 20, 45]);
    assert_eq!(shown(&mut active(Dialect::Native), &seconds), seconds, "each time");
}

#[test]
fn a_message_ends_what_is_shown_so_typing_is_told_again_at_once() {
    let mut stage = active(Dialect::Rbm);
    assert_eq!(shown(&mut stage, &[0, 1]), [0]);
    stage.send("li", untimed());
    assert_eq!(shown(&mut stage, &[2, 3]), [2]);
}

/// The visitor says something that the channel calls `named`; answers with our name of it.
fn says(stage: &mut Stage, named: Option<&str>) -> MessageId {
    stage.named = named.map(Into::into);
    stage.visitor(words("hi"));
    MessageId::from(InputId::derive(&[b"stage", &stage.inputs.to_be_bytes()]))
}

fn reads(messages: Vec<MessageId>) -> AgentAct {
    AgentAct::Read { messages }
}

#[test]
fn what_an_agent_has_read_is_told_once_by_the_channels_own_names() {
    let mut stage = active(Dialect::Rbm);
    let first = says(&mut stage, Some("a"));
    let second = says(&mut stage, Some("b"));
    let third = says(&mut stage, Some("c"));
    check(stage.agent("li", reads(vec![second, first])), &["to visitor: read 2 named a,b"]);
    check(stage.agent("li", reads(vec![second, third])), &["to visitor: read 1 named c"]);
    check(stage.agent("li", reads(vec![third])), &["ignored Read"]);
    check(stage.agent("wang", reads(vec![first])), &["ignored Read"]);
}

#[test]
fn a_channel_without_names_of_its_own_is_told_ours_and_one_without_reads_nothing() {
    let mut stage = active(Dialect::Native);
    let message = says(&mut stage, None);
    check(stage.agent("li", reads(vec![message])), &["to visitor: read 1"]);
    let mut stage = active(Dialect::Easemob);
    let message = says(&mut stage, None);
    check(stage.agent("li", reads(vec![message])), &["ignored Read"]);
}

#[test]
fn of_many_unread_messages_the_oldest_are_forgotten() {
    let mut stage = active(Dialect::Rbm);
    let messages: Vec<MessageId> = (0..=Session::UNREAD_MAX).map(|_| says(&mut stage, Some("m"))).collect();
    check(stage.agent("li", reads(vec![messages[0]])), &["ignored Read"]);
    check(stage.agent("li", reads(vec![messages[1]])), &["to visitor: read 1 named m"]);
}

#[test]
fn nobody_is_told_of_reading_without_an_agent() {
    let mut stage = Stage::new(Dialect::Rbm, None);
    stage.visitor(VisitorAct::Message { content: usher_domain::Content::text("hi"), ask: None });
    let refused = stage.agent("li", reads(vec![MessageId::from_bits(1)]));
    check(refused, &["ignored Read"]);
}

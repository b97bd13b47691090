//! From the bot to people, and what people are told of what came before.

use usher_domain::conversation::{AgentAct, BotAct, VisitorAct};
use usher_domain::delivery::{Briefing, Order};
use usher_domain::event::Fact;
use usher_domain::profile::{ProfileEdit, ProfileField};
use usher_domain::state::conversation::Session;
use usher_domain::{AgentId, Body, Content, Delivery, Dialect, Party, Place, PlacementId, Target};

use super::stage::{Stage, agent, ask, check, group, tapped, untimed, words};

/// What the last agent who was given the session was told.
fn briefed(stage: &Stage) -> Briefing {
    let assigned = |body: &Body| match body {
        Body::Delivery(delivery) => match &delivery.order {
            Order::Assigned { briefing, .. } => Some(briefing.as_ref().clone()),
            _ => None,
        },
        _ => None,
    };
    stage.bodies.iter().rev().find_map(assigned).expect("an agent was given the session")
}

fn lines(briefing: &Briefing) -> Vec<String> {
    let words = |content: &Content| content.as_sms_text().map(|text| text.as_str().to_owned()).unwrap_or_default();
    let who = |from: &Party| match from {
        Party::Visitor { .. } => "visitor",
        Party::Bot(_) => "bot",
        _ => "agent",
    };
    let line = |message: &usher_domain::Message| format!("{}: {}", who(&message.from), words(&message.content));
    briefing.lines.iter().map(|kept| line(&kept.message)).collect()
}

#[test]
fn bot_hands_over_to_whom_it_names_else_to_whom_the_account_names() {
    let to = |target: Target| BotAct::HandOver { target };
    let mut stage = Stage::with_bot();
    stage.visitor(words("hi"));
    check(stage.bot_act(to(group("service"))), &["waiting 1 for service", "desk: 1 wants service, asked at 0"]);
    check(
        stage.bot_act(to(Target::default())),
        &["refused HandOver: not-assigned", "to bot: refused HandOver: not-assigned"],
    );
    let mut other = Stage::with_bot();
    other.visitor(words("hi"));
    check(other.bot_act(to(Target::default())), &["waiting 1 for sales", "desk: 1 wants sales, asked at 0"]);
}

#[test]
fn choice_that_hands_over_asks_for_a_human() {
    let mut stage = Stage::with_bot();
    stage.visitor(words("hi"));
    let said = stage.visitor(tapped("usher:hand-over/service"));
    assert_eq!(said[..2], ["waiting 1 for service", "desk: 1 wants service, asked at 0"]);
    assert!(said[2].starts_with("to desk: visitor sends Suggestion"), "and the choice is heard: {said:?}");
    let mut other = Stage::with_bot();
    other.visitor(words("hi"));
    assert!(other.visitor(tapped("prices"))[0].starts_with("to bot: visitor sends"), "any other is the bot's");
}

#[test]
fn agent_is_told_all_that_was_said_by_visitor_bot_and_earlier_agents() {
    let mut stage = Stage::with_bot();
    stage.visitor(words("hi"));
    stage.bot();
    stage.visitor(ask("sales"));
    stage.visitor(words("anybody?"));
    stage.place(1, 2, Place::assigned(agent("li")));
    let so_far = ["visitor: hi", "bot: beep", "visitor: anybody?"];
    assert_eq!(lines(&briefed(&stage)), so_far);
    stage.send("li", untimed());
    let target = group("service");
    stage.agent("li", AgentAct::Transfer { target, placement: PlacementId { epoch: 1, turn: 2 } });
    stage.place(2, 1, Place::assigned(agent("wang")));
    let briefing = briefed(&stage);
    assert_eq!(lines(&briefing), [&so_far[..], &["agent: hello"]].concat());
    assert!(!briefing.truncated);
}

#[test]
fn what_was_not_sent_is_no_line_of_the_session() {
    let mut stage = Stage::active();
    stage.visitor(VisitorAct::Subscription { opted_out: true });
    stage.send("li", super::stage::timed(usher_domain::Class::Promotion));
    stage.send("li", untimed());
    stage.place(1, 3, Place::assigned(agent("wang")));
    assert_eq!(lines(&briefed(&stage)), ["agent: hello"]);
}

#[test]
fn next_session_begins_with_an_empty_page() {
    let mut stage = Stage::active();
    stage.visitor(words("old"));
    stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } });
    stage.visitor(words("new"));
    stage.place(1, 2, Place::assigned(agent("li")));
    assert_eq!(lines(&briefed(&stage)), ["visitor: new"]);
}

#[test]
fn only_the_last_hundred_messages_are_kept_and_it_is_said_so() {
    let mut stage = Stage::waiting();
    for number in 0..=Session::LINES_MAX {
        stage.visitor(words(if number == 0 { "first" } else { "next" }));
    }
    stage.place(1, 2, Place::assigned(agent("li")));
    let briefing = briefed(&stage);
    assert_eq!((briefing.lines.len(), briefing.truncated), (Session::LINES_MAX, true));
    assert!(lines(&briefing).iter().all(|line| line == "visitor: next"));
}

#[test]
fn long_messages_leave_room_for_fewer_and_one_too_long_for_all_is_not_kept() {
    let long = |bytes: usize| words(String::from_utf8(vec![b'x'; bytes]).expect("ASCII").leak());
    let mut stage = Stage::waiting();
    stage.visitor(long(100_000));
    stage.visitor(long(Session::LINES_BYTES_MAX - 100_000));
    stage.place(1, 2, Place::assigned(agent("li")));
    assert_eq!((briefed(&stage).lines.len(), briefed(&stage).truncated), (2, false), "just so many bytes");
    stage.visitor(words("y"));
    stage.place(1, 3, Place::assigned(agent("li")));
    assert_eq!((briefed(&stage).lines.len(), briefed(&stage).truncated), (2, true));
    stage.visitor(long(Session::LINES_BYTES_MAX + 1));
    stage.place(1, 4, Place::assigned(agent("li")));
    assert_eq!((briefed(&stage).lines.len(), briefed(&stage).truncated), (0, true));
}

#[test]
fn agent_takes_a_message_back_and_whoever_comes_next_does_not_read_it() {
    let mut stage = Stage::active_on(Dialect::Easemob);
    stage.send("li", untimed());
    let message = stage.message.expect("ordered");
    check(stage.agent("li", AgentAct::Recall { message }), &["recalled", "to visitor: revoke"]);
    stage.place(1, 3, Place::assigned(agent("wang")));
    assert_eq!(lines(&briefed(&stage)), [""; 0]);
}

#[test]
fn message_that_is_taken_back_falls_back_to_nothing() {
    let mut stage = Stage::active_on(Dialect::Rbm);
    stage.send("li", super::stage::timed(usher_domain::Class::Service));
    let message = stage.message.expect("ordered");
    check(stage.agent("li", AgentAct::Recall { message }), &["recalled", "Suppressed: Recalled", "to visitor: revoke"]);
    check(stage.at(600), &[]);
}

#[test]
fn only_what_was_said_in_the_session_can_be_taken_back_and_only_where_the_channel_can() {
    let refused =
        |reason: &str| [format!("refused Recall: {reason}"), format!("to desk of li: refused Recall: {reason}")];
    let mut stage = Stage::active_on(Dialect::Easemob);
    let unknown = AgentAct::Recall { message: usher_domain::MessageId::from_bits(7) };
    assert_eq!(stage.agent("li", unknown), refused("no-such-message"));
    stage.push(untimed());
    let message = stage.message.expect("pushed");
    assert_eq!(stage.agent("li", AgentAct::Recall { message }), refused("no-such-message"), "not said in the session");
    let mut huawei = Stage::active_on(Dialect::Huawei);
    huawei.send("li", untimed());
    let message = huawei.message.expect("ordered");
    assert_eq!(huawei.agent("li", AgentAct::Recall { message }), refused("not-possible"));
    let mut polled = Stage::new(Dialect::Huawei, None);
    polled.account.collected = true;
    polled.visitor(ask("sales"));
    polled.place(1, 2, Place::assigned(agent("li")));
    polled.send("li", untimed());
    let held = AgentAct::Recall { message: polled.message.expect("ordered") };
    check(polled.agent("li", held), &["recalled", "to visitor: revoke"]);
    let said = huawei.agent("wang", AgentAct::Recall { message });
    assert_eq!(said[0], "refused Recall: not-assigned");
}

#[test]
fn who_hands_a_session_on_does_not_get_it_back_unless_they_name_themselves() {
    let hands_on = |target| {
        let mut stage = Stage::active();
        stage.agent("li", AgentAct::Transfer { target, placement: PlacementId { epoch: 1, turn: 2 } })
    };
    let demands = |said: Vec<String>| said.into_iter().find(|line| line.starts_with("desk: ")).expect("a demand");
    assert_eq!(demands(hands_on(group("sales"))), "desk: 2 wants sales, asked at 0, moved at 0, not li");
    let li = Target { agent: Some(AgentId::new("li")), ..group("sales") };
    assert_eq!(demands(hands_on(li)), "desk: 2 wants li, sales, asked at 0, moved at 0");
}

fn writes(field: ProfileField, value: &str) -> AgentAct {
    let value = Some(value.into()).filter(|value: &usher_domain::content::Private| !value.is_empty());
    AgentAct::Profile { edits: vec![ProfileEdit { field, value }] }
}

#[test]
fn what_an_agent_writes_wins_over_what_the_visitors_side_tells_later() {
    let mut stage = Stage::active();
    stage.profile.nickname = Some("ming".into());
    let hears = |stage: &mut Stage| stage.visitor(words("hi"));
    assert_eq!(hears(&mut stage)[0], "to desk of li: profile nickname ming");
    check(
        stage.agent("li", writes(ProfileField::Nickname, "Mr Li")),
        &["profile written: [Nickname]", "to desk of li: profile nickname Mr Li"],
    );
    stage.profile.nickname = Some("xiaoming".into());
    stage.profile.email = Some("a@b.c".into());
    assert_eq!(hears(&mut stage)[0], "to desk of li: profile nickname Mr Li, email a@b.c");
    assert_eq!(hears(&mut stage)[0], "to desk of li: visitor says hi", "no news");
    stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } });
    hears(&mut stage);
    stage.place(1, 2, Place::assigned(agent("wang")));
    assert_eq!(briefed(&stage).profile.value(ProfileField::Nickname), Some("Mr Li"), "also in the next session");
}

#[test]
fn field_that_an_agent_empties_stays_empty() {
    let mut stage = Stage::active();
    stage.profile.phone = Some(super::stage::number(1));
    stage.visitor(words("hi"));
    stage.agent("li", writes(ProfileField::Phone, ""));
    stage.visitor(words("hi"));
    stage.place(1, 3, Place::assigned(agent("wang")));
    assert_eq!(briefed(&stage).profile.phone, None);
}

#[test]
fn fact_of_an_edit_names_the_fields_and_not_what_stands_there() {
    let mut stage = Stage::active();
    stage.agent("li", writes(ProfileField::Email, "a@b.c"));
    let fields = stage.bodies.iter().find_map(|body| match body {
        Body::Event(event) => match &event.fact {
            Fact::ProfileEdited { fields, .. } => Some(fields.clone()),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(fields, Some(vec![ProfileField::Email]));
}

#[test]
fn client_that_waits_for_an_acknowledgement_gets_one_each_time() {
    let mut stage = Stage::new(Dialect::Easemob, None);
    stage.ack = Some("id-1".into());
    let conversation = stage.conversation();
    let hi = stage.visitor_input(words("hi"));
    let id = usher_domain::InputId::derive(&[&conversation.bits().to_be_bytes(), b"id-1"]);
    assert_eq!(stage.act_as(id, hi.clone())[0], "to visitor: has come: id-1");
    stage.at(1);
    check(stage.act_as(id, hi), &["to visitor: has come: id-1", "repeated"]);
    let acks = |body: &&Body| matches!(body, Body::Delivery(delivery) if is_ack(delivery));
    let ids: Vec<_> = stage.bodies.iter().filter(acks).collect();
    assert_ne!(ids[0], ids[1], "each is a delivery of its own");
}

fn is_ack(delivery: &Delivery) -> bool {
    matches!(delivery.order, Order::Ack { .. })
}

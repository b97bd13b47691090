//! Opening, asking, speaking, commanding: the rows of the session table that a placement or a close does not make.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{AccountId, Content, Dialect, Place, PlacementId, Target};

use super::stage::{Stage, agent, ask, check, group, untimed, words};

fn current() -> PlacementId {
    PlacementId { epoch: 1, turn: 2 }
}

fn connect() -> VisitorAct {
    VisitorAct::Connect { context: None }
}

#[test]
fn connect_opens_with_the_bot() {
    check(Stage::with_bot().visitor(connect()), &["opened with bot", "to bot: connected"]);
}

#[test]
fn connect_without_a_bot_waits_for_the_accounts_group() {
    check(Stage::native().visitor(connect()), &["opened", "waiting 1 for sales", "desk: 1 wants sales, asked at 0"]);
}

#[test]
fn first_message_opens_with_the_bot_and_the_workspace_has_the_history() {
    check(
        Stage::with_bot().visitor(words("hi")),
        &["opened with bot", "to bot: visitor says hi", "to desk: visitor says hi", "written down: visitor says hi"],
    );
}

#[test]
fn what_stands_beside_a_message_goes_where_the_message_goes() {
    let mut stage = Stage::with_bot();
    stage.ext = Some(r#"{"order":7}"#.into());
    let said = r#"visitor says hi beside {"order":7}"#;
    check(
        stage.visitor(words("hi")),
        &["opened with bot", &format!("to bot: {said}"), &format!("to desk: {said}"), &format!("written down: {said}")],
    );
}

#[test]
fn first_message_without_a_bot_waits() {
    check(
        Stage::native().visitor(words("hi")),
        &[
            "opened",
            "waiting 1 for sales",
            "desk: 1 wants sales, asked at 0",
            "to desk: visitor says hi",
            "written down: visitor says hi",
        ],
    );
}

#[test]
fn first_ask_passes_the_bot_by() {
    check(
        Stage::with_bot().visitor(ask("service")),
        &["opened", "waiting 1 for service", "desk: 1 wants service, asked at 0"],
    );
}

#[test]
fn message_with_ask_is_an_ask_then_a_message() {
    let both = VisitorAct::Message { content: Content::text("help"), ask: Some(group("service")) };
    let mut stage = Stage::with_bot();
    stage.visitor(connect());
    check(
        stage.visitor(both.clone()),
        &[
            "waiting 1 for service",
            "desk: 1 wants service, asked at 0",
            "to desk: visitor says help",
            "written down: visitor says help",
        ],
    );
    check(stage.visitor(both), &["to desk: visitor says help", "written down: visitor says help"]);
}

#[test]
fn ask_for_nobody_goes_to_the_default_lane_when_the_account_names_no_group() {
    let mut stage = Stage::native();
    stage.account.default_group = None;
    check(
        stage.visitor(VisitorAct::Ask { target: Target::default() }),
        &["opened", "waiting 1 for anybody", "desk: 1 wants anybody, asked at 0"],
    );
}

#[test]
fn tags_at_the_opening_are_told_with_the_first_demand() {
    check(
        Stage::native().vip(ask("sales")),
        &["opened", "waiting 1 for sales, vip", "desk: 1 wants sales, vip, asked at 0"],
    );
}

#[test]
fn tags_while_the_bot_has_it_are_told_later() {
    let mut stage = Stage::with_bot();
    stage.visitor(connect());
    check(stage.vip(VisitorAct::Typing), &["promoted", "ignored Typing"]);
    check(stage.visitor(ask("sales")), &["waiting 1 for sales, vip", "desk: 1 wants sales, vip, asked at 0"]);
}

#[test]
fn tags_while_waiting_or_active_keep_the_epoch_and_are_told_once() {
    let promoted = ["promoted", "desk: 1 wants sales, vip, asked at 0", "ignored Connect"];
    let mut waiting = Stage::waiting();
    check(waiting.vip(connect()), &promoted);
    check(waiting.visitor(connect()), &["ignored Connect"]);
    let mut active = Stage::active();
    check(active.vip(connect()), &[&["to desk of li: profile tags 1"], &promoted[..]].concat());
    check(active.visitor(connect()), &["ignored Connect"]);
}

#[test]
fn without_a_session_leaving_typing_and_reading_are_ignored() {
    let mut stage = Stage::native();
    check(stage.visitor(VisitorAct::Leave), &["ignored Leave"]);
    check(stage.visitor(VisitorAct::Typing), &["ignored Typing"]);
    check(stage.visitor(VisitorAct::Read { messages: vec![] }), &["ignored Read"]);
}

#[test]
fn connect_in_a_session_is_ignored() {
    let mut with_bot = Stage::with_bot();
    with_bot.visitor(connect());
    for mut stage in [with_bot, Stage::waiting(), Stage::active()] {
        check(stage.visitor(connect()), &["ignored Connect"]);
    }
}

#[test]
fn ask_for_another_target_raises_the_epoch_and_keeps_the_first_asking() {
    let mut stage = Stage::waiting();
    stage.place(1, 1, Place::waiting(3));
    stage.at(5);
    check(stage.visitor(ask("service")), &["waiting 2 for service", "desk: 2 wants service, asked at 0"]);
    check(stage.place(1, 2, Place::assigned(agent("li"))), &["repeated"]);
    let first = stage.place(2, 1, Place::assigned(agent("li")));
    check(first, &["assigned li 2.1", "to desk of li: assigned 2.1", "to visitor: served by li"]);
}

#[test]
fn ask_for_what_one_has_is_ignored() {
    check(Stage::waiting().visitor(ask("sales")), &["ignored Ask"]);
    check(Stage::waiting().visitor(VisitorAct::Ask { target: Target::default() }), &["ignored Ask"]);
}

#[test]
fn ask_with_an_agent_is_ignored() {
    check(Stage::active().visitor(ask("service")), &["ignored Ask"]);
}

#[test]
fn bot_speaks_while_it_has_the_session() {
    let mut stage = Stage::with_bot();
    stage.visitor(connect());
    check(stage.bot(), &["ordered", "to visitor: bot says beep", "written down: bot says beep"]);
    stage.visitor(ask("sales"));
    check(stage.bot(), &["refused Send: not-assigned", "to bot: refused Send: not-assigned"]);
    stage.visitor(VisitorAct::Leave);
    check(stage.bot(), &["refused Send: closed", "to bot: refused Send: closed"]);
}

#[test]
fn visitor_speaks_to_the_agent_who_has_the_session() {
    check(Stage::active().visitor(words("hi")), &["to desk of li: visitor says hi", "written down: visitor says hi"]);
    check(Stage::waiting().visitor(words("hi")), &["to desk: visitor says hi", "written down: visitor says hi"]);
}

#[test]
fn agent_answers() {
    let mut stage = Stage::active();
    check(stage.send("li", untimed()), &["ordered", "to visitor: li says hello", "written down: li says hello"]);
}

#[test]
fn typing_and_reading_reach_the_other_side_only_with_an_agent() {
    let mut stage = Stage::active();
    check(stage.visitor(VisitorAct::Typing), &["to desk of li: typing"]);
    check(stage.agent("li", AgentAct::Typing), &["to visitor: typing"]);
    check(stage.agent("wang", AgentAct::Typing), &["ignored Typing"]);
    let read = VisitorAct::Read { messages: vec![] };
    check(stage.visitor(read.clone()), &["to desk of li: read 0"]);
    check(Stage::waiting().visitor(VisitorAct::Typing), &["ignored Typing"]);
    check(Stage::waiting().visitor(read), &["ignored Read"]);
}

#[test]
fn reading_is_a_receipt_too() {
    let mut stage = Stage::active();
    stage.send("li", untimed());
    let messages = vec![stage.message.expect("sent")];
    check(stage.visitor(VisitorAct::Read { messages }), &["to desk of li: read 1", "Channel is Read"]);
}

#[test]
fn commands_of_somebody_else_are_refused() {
    let mut stage = Stage::active();
    let refused = |command: &str| {
        [format!("refused {command}: not-assigned"), format!("to desk of wang: refused {command}: not-assigned")]
    };
    assert_eq!(stage.send("wang", untimed()), refused("Send"));
    assert_eq!(stage.agent("wang", AgentAct::Close { placement: current() }), refused("Close"));
    let transfer = AgentAct::Transfer { target: group("x"), placement: current() };
    assert_eq!(stage.agent("wang", transfer), refused("Transfer"));
}

#[test]
fn agents_have_no_say_while_the_bot_has_it() {
    let mut stage = Stage::with_bot();
    stage.visitor(connect());
    check(
        stage.agent("li", AgentAct::Close { placement: current() }),
        &["refused Close: not-assigned", "to desk of li: refused Close: not-assigned"],
    );
}

#[test]
fn nobody_may_send_before_being_assigned() {
    check(
        Stage::waiting().send("li", untimed()),
        &["refused Send: not-assigned", "to desk of li: refused Send: not-assigned"],
    );
}

#[test]
fn commands_under_another_placement_are_refused_as_moved() {
    let mut stage = Stage::active();
    let placement = PlacementId { epoch: 1, turn: 1 };
    let refused =
        |command: &str| [format!("refused {command}: moved"), format!("to desk of li: refused {command}: moved")];
    assert_eq!(stage.agent("li", AgentAct::Close { placement }), refused("Close"));
    assert_eq!(stage.agent("li", AgentAct::Transfer { target: group("x"), placement }), refused("Transfer"));
}

#[test]
fn transfer_sent_twice_acts_once() {
    let mut stage = Stage::active();
    let transfer = || AgentAct::Transfer { target: group("service"), placement: current() };
    check(
        stage.agent("li", transfer()),
        &[
            "left li",
            "to desk of li: left, Transferred",
            "waiting 2 for service",
            "desk: 2 wants service, asked at 0, moved at 0, not li",
            "to visitor: handed on to service",
        ],
    );
    check(stage.agent("li", transfer()), &["refused Transfer: moved", "to desk of li: refused Transfer: moved"]);
}

#[test]
fn commands_to_a_session_that_is_over_are_refused_as_closed() {
    let mut stage = Stage::active();
    stage.visitor(VisitorAct::Leave);
    let refused =
        |command: &str| [format!("refused {command}: closed"), format!("to desk of li: refused {command}: closed")];
    assert_eq!(stage.send("li", untimed()), refused("Send"));
    assert_eq!(stage.agent("li", AgentAct::Typing), refused("Typing"));
    stage.visitor(ask("sales"));
    let old = stage.session.expect("opened");
    stage.session = Some(usher_domain::SessionId { opened_by: 1, ..old });
    assert_eq!(stage.agent("li", AgentAct::Close { placement: current() }), refused("Close"));
}

#[test]
fn commands_of_another_account_find_no_session() {
    let mut stage = Stage::active();
    let conversation = stage.conversation();
    stage.account.account = AccountId::new("other");
    let input = usher_domain::conversation::AgentInput {
        account: stage.account.clone(),
        session: stage.session.expect("opened"),
        agent: agent("li").id,
        act: AgentAct::Close { placement: current() },
    };
    let act = usher_domain::conversation::ConversationAct::Agent(Box::new(input));
    let id = usher_domain::InputId::derive(&[b"foreign"]);
    let input = usher_domain::ConversationInput { tenant: stage.account.tenant.clone(), id, conversation, act };
    let effects =
        stage.core.step(crate::conversation::Input::Act(input), usher_domain::Timestamp::from_millis(stage.now));
    check(super::show::lines(&effects.bodies), &["refused Close: closed", "to desk of li: refused Close: closed"]);
}

#[test]
fn push_reaches_the_channel_in_any_state_and_opens_nothing() {
    let said = ["ordered", "to visitor: tenant says news", "written down: tenant says news"];
    let mut alone = Stage::new(Dialect::Huawei, Some("bot"));
    check(alone.push(untimed()), &said);
    check(alone.visitor(VisitorAct::Leave), &["ignored Leave"]);
    for mut stage in [Stage::waiting(), Stage::active()] {
        check(stage.push(untimed()), &said);
    }
}

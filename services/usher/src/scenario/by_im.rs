//! G comes by Easemob: the bot shows a menu, G taps the button that hands over, Wang has all that was said, and G tells what
//! they think of it.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use usher_domain::event::Fact;
use usher_stand_ins::Said;
use usher_stand_ins::scenario::{EASEMOB, WANG};

use super::World;

const G: &str = "g-visitor";
const WORDS: &str = "Do you have green tea?";
const ANSWER: &str = "We have, and it is fresh.";

pub(super) async fn play(world: &World) -> Result<()> {
    world.act("G comes by Easemob, and goes from the bot's menu to Wang");
    world.name(EASEMOB, G, "G");
    greeted(world).await?;
    handed_over(world).await?;
    asked(world).await
}

/// The visitor's client waits for an acknowledgement; the bot answers with a menu.
async fn greeted(world: &World) -> Result<()> {
    let easemob = &world.stand_ins.easemob;
    world.outside(&format!("G writes “{WORDS}”"));
    let words = json!({ "type": "txt", "msg": WORDS });
    let beside = json!({ "weichat": { "msg_id_for_ack": "g-1", "visitor": { "userNickname": "G", "email": "g@acme.example" } } });
    world.stand_ins.easemob_callback(&world.ingest).says(G, &words, &beside).await?;
    let ack = easemob.command(G, "KF-ACK").await?;
    ensure!(ack.weichat()["ack_for_msg_id"] == "g-1", "the acknowledgement should name what G sent");
    world.arrived("G's client has heard that it came");
    let told = world.stand_ins.bot.message(WORDS).await?;
    let menu = json!({ "kind": "menu", "title": "What else?", "choices": [
        { "postback": "prices", "label": "Prices" }, { "postback": "usher:hand-over", "label": "Somebody to talk to" },
    ] });
    world.native.bot_says(EASEMOB, told.session(), &Said::content(&menu)).await?;
    let is_menu = |message: &usher_stand_ins::ImMessage| message.0["ext"]["msgtype"]["choice"]["title"] == "What else?";
    easemob.to(G, "the bot's menu", is_menu).await?;
    world.arrived("G sees the bot's menu");
    Ok(())
}

/// The button is tapped twice, and hands over once.
async fn handed_over(world: &World) -> Result<()> {
    let callback = world.stand_ins.easemob_callback(&world.ingest);
    world.outside("G taps “Somebody to talk to”, twice");
    let told = world.stand_ins.bot.message(WORDS).await?;
    let tap = json!({ "weichat": { "ctrlArgs": { "id": "1", "serviceSessionId": told.session() } } });
    for _ in 0..2 {
        callback.says(G, &json!({ "type": "cmd", "action": "TransferToKf" }), &tap).await?;
    }
    let seat = world.stand_ins.workspace.seat(WANG, G).await?;
    let is_seat = |hook: &usher_stand_ins::Hook| hook.kind() == "session.assigned" && hook.session() == seat.session;
    let assigned = world.stand_ins.workspace.wait_for("what came before", is_seat).await?;
    let said = |line: &serde_json::Value| line["message"]["from"]["kind"].as_str().unwrap_or_default().to_owned();
    let transcript: Vec<String> =
        assigned.body["transcript"].as_array().context("no transcript")?.iter().map(said).collect();
    ensure!(transcript == ["visitor", "bot"], "Wang should have what G and the bot said, not {transcript:?}");
    ensure!(assigned.body["profile"]["email"] == "g@acme.example", "Wang should see who G is");
    world.arrived("Wang's workspace has G, and all that G and the bot said");
    world.native.send(&seat, &Said::text(ANSWER)).await?;
    let heard = world.stand_ins.easemob.message(G, ANSWER).await?;
    ensure!(heard.weichat()["agent"]["userNickname"] == "Wang", "G should see who writes");
    world.arrived(&format!("G reads “{ANSWER}”, from Wang"));
    world.outside("Wang closes G");
    world.native.close(&seat).await?;
    Ok(())
}

/// The invitation comes by itself, and the answer counts.
async fn asked(world: &World) -> Result<()> {
    let easemob = &world.stand_ins.easemob;
    let is_invitation = |message: &usher_stand_ins::ImMessage| message.weichat()["ctrlType"] == "inviteEnquiry";
    let invitation = easemob.to(G, "the invitation to a survey", is_invitation).await?;
    easemob.command(G, "ServiceSessionClosedEvent").await?;
    world.outside("G gives five stars");
    let mut args = invitation.weichat()["ctrlArgs"].clone();
    args["summary"] = json!("5");
    args["detail"] = json!("Quick!");
    let answer = json!({ "weichat": { "ctrlType": "enquiry", "ctrlArgs": args } });
    let callback = world.stand_ins.easemob_callback(&world.ingest);
    callback.says(G, &json!({ "type": "txt", "msg": " " }), &answer).await?;
    let counts = |fact: &Fact| matches!(fact, Fact::SurveyAnswered { session: Some(_), score: Some(5) });
    world.until("G's five stars did not count", counts).await?;
    let is_answer = |hook: &usher_stand_ins::Hook| hook.kind() == "survey" && hook.field("detail") == "Quick!";
    world.stand_ins.workspace.wait_for("G's words about it", is_answer).await?;
    world.arrived("Wang's workspace has G's five stars and “Quick!”");
    Ok(())
}

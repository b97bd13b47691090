//! Act three: Wang sends E a card with something to tap, as it is the same on every channel; by RBM it is a rich card with
//! suggestions. E taps, and Wang hears what was meant by it. On the way Google takes no token any more that it gave.

use anyhow::{Result, ensure};
use serde_json::json;
use usher_stand_ins::{Said, Seat};

use super::World;
use super::visitor_e::E;

const TITLE: &str = "A new card";
const LABELS: [&str; 3] = ["Open", "Send it", "Call us"];
const POSTBACK: &str = "order-card-7";

pub(super) async fn play(world: &World, wang: &Seat) -> Result<()> {
    world.act("Wang sends E a card with choices, and E taps");
    let rbm = &world.stand_ins.rbm;
    world.outside("Google calls back all tokens that it gave");
    let given = rbm.tokens_given();
    rbm.call_tokens_back();

    world.outside("Wang sends a card: a link, a choice, a number to dial");
    let card = json!({
        "kind": "card", "title": TITLE, "description": "It is free of charge.", "link": "https://acme.example/cards",
        "choices": [
            { "postback": POSTBACK, "label": LABELS[1] },
            { "postback": "call", "label": LABELS[2], "action": { "kind": "dial", "phone": "+15005550006" } },
        ],
    });
    world.native.send(wang, &Said::content(&card)).await?;
    let shown = rbm.wait_for("the rich card", |call| call.card_title() == Some(TITLE)).await?;
    ensure!(shown.labels() == LABELS, "the card shows {:?}, not {LABELS:?}", shown.labels());
    ensure!(rbm.tokens_given() > given, "a call was taken with a token that was called back");
    world.arrived(&format!("E's phone shows the card with {}", LABELS.map(|label| format!("[{label}]")).join(" ")));

    world.outside(&format!("E taps [{}]", LABELS[1]));
    world.google.tap(E, POSTBACK, Some(LABELS[1])).await?;
    let heard = world.stand_ins.workspace.message(LABELS[1]).await?;
    let content = &heard.body["message"]["content"];
    ensure!(content["kind"] == "suggestion" && content["postback"] == POSTBACK, "Wang heard {content}");
    world.arrived("Wang's workspace has the tap, with what was meant by it");
    Ok(())
}

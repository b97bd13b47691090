//! The tenant's server sends to a customer's page by Aliyun's interface. The first message waits until the page
//! is opened, the second comes to the open page.

use anyhow::{Context, Result};
use usher_domain::MessageId;
use usher_domain::event::{Fact, Status};
use usher_domain::receipt::Leg;
use usher_stand_ins::ChatPage;
use usher_stand_ins::scenario::CHAT;

use super::{PATIENCE, World};

const CUSTOMER: &str = "xiaoming01";
const COUPON: &str = "您的优惠券:八折";
const STOCK: &str = "仅剩 3 台";

pub(super) async fn play(world: &World) -> Result<()> {
    world.act("The shop's server sends to X's page by SendMessageChatText");
    world.name(CHAT, CUSTOMER, "X");
    let coupon = send(world, "custom", COUPON, "the coupon").await?;
    becomes(world, coupon, Status::Sent, "the coupon does not wait for the page").await?;

    world.outside("X opens the page");
    let token = world.native.stream_token(CHAT, CUSTOMER).await?;
    let page = ChatPage::open(&world.streams, &token).await?;
    page.message("custom", COUPON).await?;
    world.arrived(&format!("X's page shows “{COUPON}”, which waited for it"));
    becomes(world, coupon, Status::Delivered, "the coupon was shown and is not delivered").await?;

    let stock = send(world, "announcement", STOCK, "the announcement").await?;
    page.message("announcement", STOCK).await?;
    world.arrived(&format!("X's page shows “{STOCK}”"));
    becomes(world, stock, Status::Delivered, "the announcement was shown and is not delivered").await
}

async fn send(world: &World, kind: &str, text: &str, name: &str) -> Result<MessageId> {
    world.outside(&format!("the shop's server sends “{text}” ({kind})"));
    let reply = world.stand_ins.aliyun_server(&world.ingest).send(CUSTOMER, kind, text).await?;
    let id: MessageId = reply.field("RequestId").parse().context("ingest did not answer a RequestId")?;
    world.timeline.name_message(id, name);
    Ok(id)
}

/// Waits for a status: it is sent when it waits for the page, and delivered when the page has acknowledged it.
async fn becomes(world: &World, id: MessageId, wanted: Status, what: &str) -> Result<()> {
    let told = Fact::MessageStatus { message: id, leg: Leg::Channel, status: wanted };
    world.facts.wait_for(what, PATIENCE, |event| (event.fact == told).then_some(())).await
}

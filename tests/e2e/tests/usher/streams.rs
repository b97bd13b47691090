//! Two instances of delivery, a page at one whose mailbox is at the other: the owner is killed, then the front. Nothing is
//! lost, nothing shown twice, and what no page acknowledges in time becomes exactly one SMS.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use usher::scenario::Timing;
use usher_broker::{Broker, ReadFrom, ReaderHandle, partition_of};
use usher_domain::event::{Fact, Status};
use usher_domain::receipt::Leg;
use usher_domain::{AccountId, Body, ConversationId, MessageId, TenantId, VisitorId};
use usher_e2e::{Ingress, Kafka, Page, Service, System};
use usher_proto::topics::Topic;
use usher_stand_ins::Said;
use usher_stand_ins::scenario::{CHAT, TENANT};

use crate::PROGRAM;

/// How long a killed worker's partitions may take until another one has them: its session's time and the change.
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(60);
const PHONE: &str = "+8613900000042";
/// What the page is sent; all of it is personal.
const WORDS: [&str; 4] = ["before anything", "while nobody owns", "after the front died", "nobody is there any more"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Java, Node and deploy/kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn page_loses_nothing_and_shows_nothing_twice_when_owner_and_front_are_killed() -> Result<()> {
    let mut system = System::start(PROGRAM, "streams", Timing::DEMO).await?;
    let mut owner = system.processes.another_delivery().await?;
    let peer = owner.peer.to_string();
    let visitor = tokio::task::block_in_place(|| visitor_of(system.processes.kafka(), &peer))?;
    let front = system.world.streams.trim_start_matches("http://").parse()?;
    let ingress = Ingress::to(front).await?;
    let token = system.world.native.stream_token(CHAT, &visitor).await?;
    let url = ingress.url();
    let mut page = tokio::task::block_in_place(|| Page::open(&url, &token))?;

    sent(&system, &visitor, WORDS[0]).await?;
    shows(&mut page, WORDS[0])?;

    owner.child.kill()?;
    let began = Instant::now();
    sent(&system, &visitor, WORDS[1]).await?;
    shows(&mut page, WORDS[1])?;
    println!("{:.1} s from the owner's death until its mailboxes were told again", began.elapsed().as_secs_f32());
    owner.child.start_again()?;
    owner.ready().await?;

    ingress.lead_to(owner.streams);
    system.processes.child(Service::Delivery)?.kill()?;
    let began = Instant::now();
    sent(&system, &visitor, WORDS[2]).await?;
    shows(&mut page, WORDS[2])?;
    println!("{:.1} s from the front's death until the page was told again", began.elapsed().as_secs_f32());
    ensure!(page.shown() == &WORDS[..3], "the page has shown {:?}", page.shown());
    drop(page);

    let said = Said::text(WORDS[3]).ttl(Duration::from_secs(3)).fallback_to(PHONE);
    system.world.native.push(CHAT, &visitor, &said).await?;
    let sms = system
        .world
        .stand_ins
        .sms
        .wait_within(HANDED_OVER_WITHIN, "the SMS", |sms| sms.iter().find(|sms| sms.body == WORDS[3]).cloned());
    sms.await?;

    system.processes.child(Service::Delivery)?.start_again()?;
    system.processes.ready(Service::Delivery).await?;
    system.processes.at_rest().await?;
    let all = system.world.stand_ins.sms.all();
    ensure!(all.len() == 1, "{} SMS instead of the one for what nobody was shown", all.len());
    let personal = [&WORDS[..], &[visitor.as_str(), PHONE]].concat();
    owner.end(&personal)?;
    system.processes.end(&personal).await
}

/// Pushes words that are no SMS in any case in the time of this test, and waits until they count as delivered.
async fn sent(system: &System, visitor: &str, words: &str) -> Result<()> {
    let said = Said::text(words).ttl(Duration::from_secs(300)).fallback_to(PHONE);
    let reply = system.world.native.push(CHAT, visitor, &said).await?;
    let id: MessageId = reply.field("id").parse().context("no id was answered")?;
    let is = |fact: &Fact| matches!(fact, Fact::MessageStatus { message, leg: Leg::Channel, status: Status::Delivered } if *message == id);
    system.world.facts.wait_for(words, HANDED_OVER_WITHIN, |event| is(&event.fact).then_some(())).await
}

fn shows(page: &mut Page, words: &str) -> Result<()> {
    tokio::task::block_in_place(|| page.shows(words, HANDED_OVER_WITHIN))
}

/// A visitor whose mailbox is at the instance with this peer address, once both have some.
fn visitor_of(kafka: &Kafka, peer: &str) -> Result<String> {
    let mut reader = kafka.broker.reader(&Topic::MailboxOwners.name(&kafka.prefix), ReadFrom::Start)?;
    let (mut owners, end) = (BTreeMap::new(), Instant::now() + HANDED_OVER_WITHIN);
    while Instant::now() < end {
        for record in reader.poll(100, Duration::from_millis(100))? {
            if let Body::MailboxOwner(owner) = usher_proto::decode(&record.payload.unwrap_or_default())?.body {
                owners.insert(owner.partition, owner.address);
            }
        }
        let all_are_owned = owners.len() == usize::try_from(Topic::Mailboxes.partitions())?;
        if all_are_owned && let Some(visitor) = (0..500).map(name).find(|name| is_at(name, &owners, peer)) {
            return Ok(visitor);
        }
    }
    bail!("no mailbox came to the other delivery: {owners:?}")
}

fn name(number: usize) -> String {
    format!("pagevisitor{number}")
}

fn is_at(visitor: &str, owners: &BTreeMap<i32, String>, peer: &str) -> bool {
    let conversation = ConversationId::of(&TenantId::new(TENANT), &AccountId::new(CHAT), &VisitorId::new(visitor));
    let partition = partition_of(conversation.to_string().as_bytes(), Topic::Mailboxes.partitions());
    owners.get(&partition).is_some_and(|owner| owner == peer)
}

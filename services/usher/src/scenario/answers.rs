//! Act four: Wang answers six times. What the provider says, or does not say, of each answer decides whether an SMS
//! goes out instead: at most one for each, and none for what arrived.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use usher_domain::MessageId;
use usher_domain::event::{Fact, Outcome};
use usher_stand_ins::{Answer, Reaction, Said, Seat};

use super::visitor_e::E;
use super::{Moment, PATIENCE, World};

/// One answer and how it must end.
struct Case {
    class: &'static str,
    text: &'static str,
    /// What the provider does.
    provider: &'static str,
    outcome: Outcome,
}

const CASES: [Case; 6] = [
    Case {
        class: "transaction",
        text: "1: Your card is blocked.",
        provider: "no report; the revoke answers 200",
        outcome: Outcome::FellBack,
    },
    Case {
        class: "authentication",
        text: "2: Your code is 4711.",
        provider: "TTL_EXPIRATION_REVOKE_FAILED",
        outcome: Outcome::FellBackAtRisk,
    },
    Case {
        class: "promotion",
        text: "3: Try our gold card!",
        provider: "TTL_EXPIRATION_REVOKE_FAILED; the revoke answers 404",
        outcome: Outcome::Suppressed,
    },
    Case {
        class: "service",
        text: "4: A new card is on its way.",
        provider: "DELIVERED just before the deadline",
        outcome: Outcome::Delivered,
    },
    Case {
        class: "service",
        text: "5: It comes on Monday.",
        provider: "DELIVERED at once",
        outcome: Outcome::Delivered,
    },
    Case {
        class: "transaction",
        text: "6: The fee is refunded.",
        provider: "TTL_EXPIRATION_REVOKED",
        outcome: Outcome::FellBack,
    },
];

/// How long before its deadline answer 4 is reported as delivered.
const JUST_BEFORE: Duration = Duration::from_millis(700);

pub(super) async fn play(world: &World, wang: &Seat, at: &mut impl AsyncFnMut(Moment) -> Result<()>) -> Result<()> {
    world.act("Wang answers E six times, each with a deadline");
    let rbm = &world.stand_ins.rbm;
    let began = Instant::now();
    let mut ids = Vec::new();
    for (case, number) in CASES.iter().zip(1..) {
        world.outside(&format!("Wang answers “{}” ({}); the provider: {}", case.text, case.class, case.provider));
        let said = Said::text(case.text).class(case.class).ttl(world.timing.ttl);
        let reply = world.native.send(wang, &said).await?;
        let id: MessageId = reply.field("id").parse().context("ingest did not answer the message's id")?;
        world.timeline.name_message(id, &format!("answer {number}"));
        ids.push(id);
        if number == 3 {
            rbm.message(CASES[0].text).await?;
            at(Moment::AnswersUnderWay).await?;
        }
    }
    provider_reports(world, began).await?;
    for (case, id) in CASES.iter().zip(&ids) {
        outcome(world, case, *id).await?;
    }
    late_delivered(world, ids[1]).await?;
    phones(world).await
}

/// What the provider says of each answer once it has it.
async fn provider_reports(world: &World, began: Instant) -> Result<()> {
    let rbm = &world.stand_ins.rbm;
    let third = rbm.message(CASES[2].text).await?;
    rbm.script.always(move |call| call.revokes(&third), Reaction::Refuse(Answer::status(404)));
    for case in &CASES {
        rbm.message(case.text).await?;
    }
    for (index, event) in
        [(1, Reported::RevokeFailed), (2, Reported::RevokeFailed), (5, Reported::Revoked), (4, Reported::Delivered)]
    {
        report(world, index, event).await?;
    }
    let deadline = world.timing.ttl.saturating_sub(JUST_BEFORE);
    tokio::time::sleep_until((began + deadline).into()).await;
    report(world, 3, Reported::Delivered).await
}

/// A provider's event of a message.
#[derive(Clone, Copy)]
enum Reported {
    Delivered,
    Revoked,
    RevokeFailed,
}

async fn report(world: &World, index: usize, event: Reported) -> Result<()> {
    let id = world.stand_ins.rbm.message(CASES[index].text).await?;
    let answer = index + 1;
    match event {
        Reported::Delivered => {
            world.outside(&format!("RBM: DELIVERED of answer {answer}"));
            world.google.delivered(E, &id).await?;
        }
        Reported::Revoked => {
            world.outside(&format!("RBM: TTL_EXPIRATION_REVOKED of answer {answer}"));
            world.google.ttl_revoked(E, &id).await?;
        }
        Reported::RevokeFailed => {
            world.outside(&format!("RBM: TTL_EXPIRATION_REVOKE_FAILED of answer {answer}"));
            world.google.ttl_revoke_failed(E, &id).await?;
        }
    }
    Ok(())
}

async fn outcome(world: &World, case: &Case, id: MessageId) -> Result<()> {
    let timing = &world.timing;
    let patience = timing.ttl + timing.grace + timing.revoke_grace + PATIENCE;
    let what = format!("the answer “{}” has no outcome", case.text);
    let found = world.facts.wait_for(&what, patience, |event| match &event.fact {
        Fact::MessageOutcome { message, outcome, reason } if *message == id => Some((*outcome, *reason)),
        _ => None,
    });
    let (found, reason) = found.await?;
    ensure!(
        found == case.outcome,
        "the answer “{}” ended as {found:?} ({reason:?}), not {:?}",
        case.text,
        case.outcome
    );
    Ok(())
}

/// (2) was given up at the risk of a second copy, and the first one arrives after all: flagged, nothing more.
async fn late_delivered(world: &World, second: MessageId) -> Result<()> {
    world.stand_ins.sms.sms(CASES[1].text).await?;
    report(world, 1, Reported::Delivered).await?;
    let what = "the late DELIVERED of answer 2 was not flagged";
    world.until(what, |fact| matches!(fact, Fact::DuplicateDelivered { message } if *message == second)).await
}

/// The phones got an SMS for 1, 2 and 6, each once, and for nothing else.
async fn phones(world: &World) -> Result<()> {
    for case in &CASES {
        let count = match case.outcome {
            Outcome::FellBack | Outcome::FellBackAtRisk => {
                let sms = world.stand_ins.sms.sms(case.text).await?;
                world.stand_ins.sms.report(&sms, "delivered").await?;
                world.arrived(&format!("E's phone has the SMS “{}”", case.text));
                1
            }
            _ => 0,
        };
        let found = world.stand_ins.sms.count(|sms| sms.body == case.text && sms.to == E);
        if found != count {
            bail!("E should have {count} SMS for “{}” and has {found}", case.text);
        }
    }
    Ok(())
}

//! How long a visitor's message takes from ingest's 202 to the attempt at the workspace: three processes, three hops
//! over Kafka, an open loop at a modest rate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use usher::scenario::Timing;
use usher_e2e::System;
use usher_stand_ins::Person;

use crate::spread::Spread;

const MESSAGES: usize = 2_000;
const VISITORS: usize = 100;
/// One message each 5 ms: 200 a second.
const EVERY: Duration = Duration::from_millis(5);

pub(crate) fn measure() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<()> {
    let system = System::start(env!("CARGO_BIN_EXE_usher-process"), "hops", Timing::DEMO).await?;
    let attempted: Arc<Mutex<BTreeMap<String, Instant>>> = Arc::default();
    let seen = Arc::clone(&attempted);
    // A rule that never applies, only looks.
    system.world.stand_ins.workspace.script.always(
        move |hook| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(hook.text().to_owned()).or_insert_with(Instant::now);
            false
        },
        usher_stand_ins::Reaction::Take,
    );
    let began = Instant::now();
    let mut sends = Vec::with_capacity(MESSAGES);
    for n in 0..MESSAGES {
        tokio::time::sleep_until((began + EVERY * u32::try_from(n)?).into()).await;
        let native = system.world.native.clone();
        sends.push(tokio::spawn(async move {
            let person = Person::new("web", &format!("v{}", n % VISITORS));
            let sent = native.message(&person, &format!("message {n}")).await;
            sent.map(|_| Instant::now())
        }));
    }
    let mut accepted = Vec::with_capacity(MESSAGES);
    for send in sends {
        accepted.push(send.await??);
    }
    let last = format!("message {}", MESSAGES - 1);
    system.world.stand_ins.workspace.message(&last).await?;
    let attempted = attempted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let took = accepted
        .iter()
        .enumerate()
        .filter_map(|(n, accepted)| Some(attempted.get(&format!("message {n}"))?.saturating_duration_since(*accepted)));
    let took: Vec<Duration> = took.collect();
    ensure!(took.len() * 100 >= MESSAGES * 99, "{} of {MESSAGES} messages arrived", took.len());
    println!("HTTP accepted to delivery attempt, {} messages/s: {}", 1_000 / EVERY.as_millis(), Spread::of(took));
    system.processes.end(&[]).await
}

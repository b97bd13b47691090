//! Routing against the ceiling: how fast the conversation worker drains preloaded messages, beside a loop over the same
//! broker handle that decodes nothing, decides nothing and writes as many records of the same size to the same topics
//! under the same transactions. Pairs, interleaved; the ratio is what counts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use usher_broker::{
    Broker, Committed, Outgoing, Polled, Position, ReadFrom, ReaderHandle, SenderHandle, WorkerHandle, WorkerSpec,
};
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::{
    Account, AccountId, Body, Content, ConversationId, ConversationInput, DeskId, Dialect, Envelope, InputId, TenantId,
    VisitorId,
};
use usher_e2e::Kafka;
use usher_proto::topics::Topic;
use usher_routing::{ConversationPartition, Kind};
use usher_runtime::topics::{TopicNames, spec};
use usher_runtime::worker::{Cadence, Turn, Worker, clock};

const RECORDS: usize = 200_000;
const CONVERSATIONS: usize = 2_000;
const PAIRS: usize = 3;
/// The worker's own bounds, so that both commit alike.
const BATCH: usize = 2_500;
const GATHER: Duration = Duration::from_millis(5);

pub(crate) fn measure() -> Result<()> {
    println!("drain of {RECORDS} preloaded messages of {CONVERSATIONS} conversations, records/s:");
    let mut ratios = Vec::new();
    for pair in 0..PAIRS {
        let kafka = Kafka::find(&format!("drain-{pair}"))?;
        let topics: Vec<_> = Topic::ALL.into_iter().map(|topic| spec(topic, &kafka.prefix)).collect();
        kafka.broker.create_topics(&topics)?;
        preload(&kafka)?;
        let routing = route(&kafka)?;
        let output = Output::of(&kafka)?;
        let ceiling = pass_through(&kafka, &output)?;
        ratios.push(routing / ceiling);
        println!(
            "  pair {pair}: routing {routing:.0}, pass-through {ceiling:.0}, ratio {:.2} ({} records of {} bytes out per input)",
            routing / ceiling,
            output.total() / RECORDS,
            output.bytes / output.total().max(1)
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!("  median ratio {:.2}", ratios[ratios.len() / 2]);
    Ok(())
}

fn message(names: &TopicNames, n: usize) -> Outgoing {
    let account = Account::new(TenantId::new("acme"), AccountId::new("web"), Dialect::Native, DeskId::new("acme-desk"));
    let visitor = VisitorId::new(format!("visitor-{}", n % CONVERSATIONS));
    let act = VisitorAct::Message { content: Content::text(format!("{n:0>100}")), ask: None };
    let input = ConversationInput {
        tenant: account.tenant.clone(),
        id: InputId::derive(&[&n.to_be_bytes()]),
        conversation: ConversationId::of(&account.tenant, &account.account, &visitor),
        act: ConversationAct::Visitor(Box::new(VisitorInput {
            account,
            visitor,
            profile: Profile::default(),
            ext: None,
            ack: None,
            named: None,
            act,
        })),
    };
    names.outgoing(&Envelope { cause: None, traceparent: None, body: Body::Conversation(input) })
}

fn preload(kafka: &Kafka) -> Result<()> {
    let names = TopicNames::new(&kafka.prefix);
    let sender = kafka.broker.sender()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        for first in (0..RECORDS).step_by(1_000) {
            let sends: Vec<_> = (first..first + 1_000)
                .map(|n| {
                    let (sender, record) = (sender.clone(), message(&names, n));
                    tokio::spawn(async move {
                        // A busy broker may take longer than the sender waits; a second copy is recognised by its id.
                        while let Err(usher_broker::SendError::Unavailable(_) | usher_broker::SendError::Full) =
                            sender.send(record.clone()).await
                        {}
                    })
                })
                .collect();
            for send in sends {
                send.await?;
            }
        }
        Ok(())
    })
}

/// Records a second of the real worker, from its first committed transaction to its last.
fn route(kafka: &Kafka) -> Result<f64> {
    let identity = Kind::Conversation.spec(&kafka.prefix, "bench", 0);
    let handle = kafka.broker.worker(&identity)?;
    let mut worker =
        Worker::new(handle, identity, &kafka.prefix, Cadence::default(), |_| ConversationPartition::default());
    let (mut done, mut began) = (0, None);
    while done < RECORDS {
        let turn_began = Instant::now();
        if let Turn::Committed { records } = worker.turn(clock())? {
            began.get_or_insert(turn_began);
            done += records;
        }
    }
    Ok(done as f64 / began.map_or(1.0, |began: Instant| began.elapsed().as_secs_f64()))
}

/// What routing wrote: how many records to each topic, and their bytes.
struct Output {
    records: BTreeMap<String, usize>,
    bytes: usize,
}

impl Output {
    fn of(kafka: &Kafka) -> Result<Self> {
        let mut output = Self { records: BTreeMap::new(), bytes: 0 };
        for topic in [Topic::Deliveries, Topic::Transcripts, Topic::Events, Topic::Desks, Topic::ConversationsState] {
            let name = topic.name(&kafka.prefix);
            let mut reader = kafka.broker.reader(&name, ReadFrom::Start)?;
            loop {
                let records = reader.poll(5_000, Duration::from_secs(2))?;
                if records.is_empty() {
                    break;
                }
                *output.records.entry(name.clone()).or_default() += records.len();
                output.bytes +=
                    records.iter().filter_map(|record| record.payload.as_ref()).map(Vec::len).sum::<usize>();
            }
        }
        ensure!(output.total() >= RECORDS, "routing wrote {} records only", output.total());
        Ok(output)
    }

    fn total(&self) -> usize {
        self.records.values().sum()
    }
}

/// Records a second of the ceiling: the same handle, the same transactions, as many records of the mean size to the same
/// topics, spread evenly over the inputs.
fn pass_through(kafka: &Kafka, output: &Output) -> Result<f64> {
    let spec = WorkerSpec {
        name: format!("{}.ceiling", kafka.prefix),
        group: format!("{}.ceiling", kafka.prefix),
        input: Topic::Conversations.name(&kafka.prefix),
        state: None,
    };
    let mut worker = kafka.broker.worker(&spec)?;
    crate::commit::assign(&mut worker)?;
    let size = output.bytes / output.total().max(1);
    let mut written: BTreeMap<&String, usize> = output.records.keys().map(|topic| (topic, 0)).collect();
    let (mut done, mut began) = (0, None);
    while done < RECORDS {
        let mut offsets = BTreeMap::new();
        let mut taken = 0;
        let gathered = Instant::now();
        while taken < BATCH {
            let left = GATHER.saturating_sub(gathered.elapsed());
            let Polled::Records(records) = worker.poll(BATCH - taken, left)? else { break };
            if taken == 0 {
                began.get_or_insert_with(Instant::now);
                worker.begin()?;
            }
            for record in records {
                taken += 1;
                offsets.insert(record.partition, Position::at(record.offset + 1));
                for (topic, written) in &mut written {
                    let due = output.records[*topic] * (done + taken) / RECORDS;
                    while *written < due {
                        *written += 1;
                        worker.produce(Outgoing {
                            topic: (*topic).clone(),
                            partition: None,
                            key: record.key.clone(),
                            payload: Some(vec![b'x'; size]),
                            headers: Vec::new(),
                        })?;
                    }
                }
            }
        }
        if taken > 0 {
            let offsets: Vec<(i32, Position)> = offsets.into_iter().collect();
            let ended = worker.commit(&offsets)?;
            ensure!(ended == Committed::Done, "a commit ended as {ended:?}");
            done += taken;
        }
    }
    Ok(done as f64 / began.map_or(1.0, |began: Instant| began.elapsed().as_secs_f64()))
}

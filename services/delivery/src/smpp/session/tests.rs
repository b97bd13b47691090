//! One session before an SMSC of some lines, with a clock that stands still while anything is under way.

#![allow(clippy::unwrap_used, reason = "tests")]

use rusmppc::ConnectionBuilder;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use usher_dialects::accounts::{ChannelSettings, SmsSettings};
use usher_dialects::outbound::{Next, plan};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, Class, Content, ConversationId, Delivery, Dialect, Message, MessageId, Party, TenantId, VisitorId,
};

use super::super::sample;
use super::*;

/// What the SMSC does with a submit; those beyond are taken.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Take,
    Refuse(u32),
    Silence,
}

struct Stage {
    session: Session,
    submission: Submission,
    delivery: DeliveryId,
    /// The part number of each submit that came, or 0.
    submits: mpsc::UnboundedReceiver<u8>,
}

impl Stage {
    /// A message of as many parts.
    fn new(parts: usize, more: serde_json::Value, answers: &[Answer]) -> Self {
        let (submission, settings, delivery) = planned(parts, more);
        let session = Session::new(&settings);
        let (ours, theirs) = tokio::io::duplex(100_000);
        let (client, events) = ConnectionBuilder::new().connected(ours);
        let (sender, submits) = mpsc::unbounded_channel();
        let answers = answers.to_vec();
        tokio::spawn(async move {
            // The connection ends when nobody listens to it.
            let _events = events;
            serve(theirs, answers, sender).await;
        });
        session.is_bound_by(Some(client));
        Self { session, submission, delivery, submits }
    }

    async fn submit(&self, until: Option<Timestamp>) -> Attempted {
        self.session.submit(self.delivery, &self.submission, until).await
    }

    /// An attempt that goes on beside the test.
    fn begin(&self) -> tokio::task::JoinHandle<Attempted> {
        let (session, submission, delivery) = (self.session.clone(), self.submission.clone(), self.delivery);
        tokio::spawn(async move { session.submit(delivery, &submission, None).await })
    }

    fn submitted(&mut self) -> Vec<u8> {
        std::iter::from_fn(|| self.submits.try_recv().ok()).collect()
    }
}

async fn serve(mut stream: DuplexStream, answers: Vec<Answer>, submits: mpsc::UnboundedSender<u8>) -> Option<()> {
    let mut answers = answers.into_iter();
    for name in 1_u32.. {
        let length = stream.read_u32().await.ok()?;
        let mut pdu = vec![0; usize::try_from(length).ok()? - 4];
        stream.read_exact(&mut pdu).await.ok()?;
        let sequence = &pdu[8..12];
        // The header of a part: 05 00 03 ref n i.
        let number = pdu.windows(3).position(|octets| octets == [5, 0, 3]).map_or(0, |at| pdu[at + 5]);
        submits.send(number).ok()?;
        let (status, body) = match answers.next().unwrap_or(Answer::Take) {
            Answer::Take => (0, format!("{name}\0").into_bytes()),
            Answer::Refuse(status) => (status, Vec::new()),
            Answer::Silence => continue,
        };
        let length = u32::try_from(16 + body.len()).ok()?;
        let head = [length, 0x8000_0004, status].map(u32::to_be_bytes).concat();
        stream.write_all(&[head.as_slice(), sequence, &body].concat()).await.ok()?;
    }
    None
}

fn planned(parts: usize, more: serde_json::Value) -> (Submission, SmppSettings, DeliveryId) {
    let accounts = sample::accounts(more);
    let (tenant, account) = (TenantId::new("tenant"), AccountId::new("sms"));
    let ChannelSettings::Sms(SmsSettings::Smpp(settings)) = &accounts.account(&tenant, &account).unwrap().channel
    else {
        panic!("an SMPP account")
    };
    let settings = settings.clone();
    let id = MessageId::from_bits(7);
    let text = "a".repeat(if parts == 1 { 10 } else { parts * 153 });
    let message = Message { id, from: Party::Tenant, content: Content::text(text), ext: None, via: None };
    let visitor = VisitorId::new("+8613500000000");
    let delivery = Delivery {
        id: DeliveryId::from(id),
        tenant,
        account,
        conversation: Some(ConversationId::from_bits(1)),
        session: None,
        target: DeliveryTarget::Channel { dialect: Dialect::Sms, visitor },
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    };
    match plan(&delivery, &accounts, clock()) {
        Next::Submit(submission) => (*submission, settings, delivery.id),
        other => panic!("not submitted: {other:?}"),
    }
}

fn is_busy(attempted: &Attempted) -> bool {
    matches!(attempted.end, AttemptEnd::Busy { .. })
}

#[tokio::test(start_paused = true)]
async fn without_a_session_an_attempt_waits_a_little_and_costs_no_try() {
    let mut stage = Stage::new(1, json!({}), &[]);
    stage.session.is_bound_by(None);
    let began = Instant::now();
    let attempted = stage.submit(None).await;
    assert!(is_busy(&attempted), "{attempted:?}");
    assert_eq!(began.elapsed(), WAIT);
    assert!(stage.submitted().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_full_window_costs_no_try() {
    let mut stage = Stage::new(1, json!({ "window": 1 }), &[Answer::Silence]);
    let _unanswered = stage.begin();
    stage.submits.recv().await.unwrap();
    let attempted = stage.submit(None).await;
    assert!(is_busy(&attempted), "{attempted:?}");
    assert!(stage.submitted().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_smsc_that_asks_for_patience_costs_no_try_and_gets_nothing_for_a_while() {
    for status in [0x14, 0x58] {
        let mut stage = Stage::new(1, json!({}), &[Answer::Refuse(status)]);
        let attempted = stage.submit(None).await;
        let AttemptEnd::Busy { after, .. } = &attempted.end else { panic!("{attempted:?}") };
        assert_eq!(*after, Some(PATIENCE));
        let began = Instant::now();
        let attempted = stage.submit(None).await;
        assert!(matches!(attempted.end, AttemptEnd::Done(_)), "{attempted:?}");
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(stage.submitted().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_turn_comes_after_its_deadline_is_not_submitted() {
    let mut stage = Stage::new(1, json!({ "per_second": 1 }), &[]);
    let attempted = stage.submit(Some(clock().minus(Duration::from_secs(1)))).await;
    assert!(is_busy(&attempted), "{attempted:?}");
    assert!(stage.submitted().is_empty());
    let attempted = stage.submit(Some(clock().plus(Duration::from_secs(3_600)))).await;
    assert!(matches!(attempted.end, AttemptEnd::Done(_)), "{attempted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_refused_for_good_after_another_was_taken_is_no_proof() {
    for (status, is_about_us) in [(0x0b, false), (0x0a, true)] {
        let stage = Stage::new(2, json!({}), &[Answer::Take, Answer::Refuse(status)]);
        let attempted = stage.submit(None).await;
        let AttemptEnd::Begun(end) = &attempted.end else { panic!("{attempted:?}") };
        assert_eq!(matches!(**end, AttemptEnd::Rejected { .. }), is_about_us, "{end:?}");
        assert_eq!(matches!(**end, AttemptEnd::NotReachable { .. }), !is_about_us, "{end:?}");
        assert_eq!(attempted.beside.len(), 1, "its report must find it");
        assert_eq!(stage.session.begun().parts(stage.delivery), Parts::new(), "it is over");
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_aborted_attempt_has_brought_through_is_not_submitted_again_and_named_all_the_same() {
    let mut stage = Stage::new(3, json!({}), &[Answer::Take, Answer::Silence]);
    let attempt = stage.begin();
    assert_eq!((stage.submits.recv().await, stage.submits.recv().await), (Some(1), Some(2)));
    attempt.abort();
    assert!(attempt.await.unwrap_err().is_cancelled());
    let attempted = stage.submit(None).await;
    assert!(matches!(attempted.end, AttemptEnd::Done(_)), "{attempted:?}");
    assert_eq!(stage.submitted(), [2_u8, 3]);
    assert_eq!(attempted.beside.len(), 3);
    assert_eq!(stage.session.begun().parts(stage.delivery), Parts::new(), "it is over");
}

#[tokio::test(start_paused = true)]
async fn parts_wait_for_their_turn_without_going_out_twice() {
    let mut stage = Stage::new(2, json!({}), &[Answer::Take, Answer::Refuse(0x58)]);
    let attempted = stage.submit(None).await;
    assert!(matches!(&attempted.end, AttemptEnd::Begun(end) if matches!(**end, AttemptEnd::Busy { .. })));
    let attempted = stage.submit(None).await;
    assert!(matches!(attempted.end, AttemptEnd::Done(_)), "{attempted:?}");
    assert_eq!(stage.submitted(), [1_u8, 2, 2]);
}

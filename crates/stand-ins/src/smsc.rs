//! An SMSC: takes binds and submits over SMPP 3.4, names what it takes, reports on it, and brings what phones say. What it
//! answers to the next submits can be set.

mod pdu;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};

use crate::log::PATIENCE;
use pdu::{BIND_TRANSCEIVER, DELIVER_SM, ENQUIRE_LINK, Pdu, RESPONSE, SUBMIT_SM, UNBIND};
pub use pdu::{Bind, Deliver, Submit};

/// ESME_RINVPASWD.
const WRONG_PASSWORD: u32 = 0x0e;
/// TLVs of receipts.
const RECEIPTED_MESSAGE_ID: u16 = 0x001e;
const MESSAGE_STATE: u16 = 0x0427;

/// What becomes of a submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmscAnswer {
    /// It is taken under the next name.
    Take,
    /// It is taken, and a receipt with this state comes before the answer.
    ReportFirst(u8),
    /// It is taken, and the answer has no body.
    TakeUnnamed,
    /// It is refused with this status.
    Refuse(u32),
    /// It is taken, and the connection is cut instead of an answer.
    Cut,
    /// It is taken and never answered.
    Silence,
}

/// How the SMSC writes a name: the same number in its answers and in its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `1A`.
    Hex,
    /// `26`.
    Decimal,
    /// `0000000026`.
    PaddedDecimal,
    /// `0000001a`.
    PaddedHex,
}

impl Naming {
    fn of(self, number: u64) -> String {
        match self {
            Self::Hex => format!("{number:X}"),
            Self::Decimal => number.to_string(),
            Self::PaddedDecimal => format!("{number:010}"),
            Self::PaddedHex => format!("{number:08x}"),
        }
    }
}

/// An SMSC on 127.0.0.1.
#[derive(Debug, Clone)]
pub struct Smsc {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    password: String,
    book: Mutex<Book>,
    /// Counts everything that was taken, to wait on.
    seen: watch::Sender<u64>,
}

#[derive(Debug)]
struct Book {
    answers: VecDeque<SmscAnswer>,
    naming: (Naming, Naming),
    binds: Vec<Bind>,
    submits: Vec<Submit>,
    /// How often the other side asked whether the connection stands.
    enquired: u64,
    /// Connections that are bound, by their number.
    bound: BTreeMap<u64, mpsc::UnboundedSender<Outgoing>>,
    connections: u64,
    /// What was delivered and not answered before its connection ended: the next session is brought it again.
    unanswered: Vec<Delivering>,
}

/// A `deliver_sm`, and who is told the status of its answer.
#[derive(Debug)]
struct Delivering {
    body: Vec<u8>,
    answered: oneshot::Sender<u32>,
}

/// What a connection is asked to do.
#[derive(Debug)]
enum Outgoing {
    Pdu(Pdu),
    Deliver(Delivering),
    /// Octets that are no PDU.
    Octets(Vec<u8>),
    Cut,
}

impl Smsc {
    /// Listens at `at`; whoever binds must know the password.
    pub async fn start(at: SocketAddr, password: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(at).await?;
        let book = Book {
            answers: VecDeque::new(),
            naming: (Naming::Decimal, Naming::Decimal),
            binds: Vec::new(),
            submits: Vec::new(),
            enquired: 0,
            bound: BTreeMap::new(),
            connections: 0,
            unanswered: Vec::new(),
        };
        let state =
            Arc::new(State { password: password.to_owned(), book: Mutex::new(book), seen: watch::Sender::new(0) });
        let smsc = Self { address: listener.local_addr()?, state: Arc::clone(&state) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&state).serve(stream));
            }
        });
        Ok(smsc)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// What becomes of the next submits; those beyond are taken.
    pub fn will(&self, answers: &[SmscAnswer]) {
        self.state.book().answers.extend(answers.iter().cloned());
    }

    /// How names are written in answers, and in receipts.
    pub fn names(&self, answers: Naming, receipts: Naming) {
        self.state.book().naming = (answers, receipts);
    }

    /// Everything that was submitted, in order.
    pub fn submits(&self) -> Vec<Submit> {
        self.state.book().submits.clone()
    }

    /// All binds, also refused ones.
    pub fn binds(&self) -> Vec<Bind> {
        self.state.book().binds.clone()
    }

    /// How often it was asked whether the connection stands.
    pub fn enquired(&self) -> u64 {
        self.state.book().enquired
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        for connection in self.state.book().bound.values() {
            let _ = connection.send(Outgoing::Cut);
        }
    }

    /// Sends what is no PDU to all that are bound.
    pub fn garble(&self) {
        for connection in self.state.book().bound.values() {
            let _ = connection.send(Outgoing::Octets(vec![0; 16]));
        }
    }

    /// Waits until the condition holds.
    ///
    /// # Errors
    /// It does not within the patience of all stand-ins.
    pub async fn until(&self, what: &'static str, condition: impl Fn(&Self) -> bool) -> io::Result<()> {
        let mut seen = self.state.seen.subscribe();
        let waited = tokio::time::timeout(PATIENCE, async {
            while !condition(self) {
                // The sender lives in the state that `self` holds.
                let _ = seen.changed().await;
            }
        });
        waited.await.map_err(|_| io::Error::other(format!("the SMSC did not get {what}; it got {:?}", self.submits())))
    }

    /// Waits until somebody is bound.
    ///
    /// # Errors
    /// Nobody is within the patience of all stand-ins.
    pub async fn bound(&self) -> io::Result<()> {
        self.until("a bound session", |smsc| !smsc.state.book().bound.is_empty()).await
    }

    /// Reports on submit number `nth`, from 1: a receipt with TLVs and text. Answers with the status of its answer.
    pub async fn report(&self, nth: u64, state: u8) -> Option<u32> {
        self.deliver(receipt(self.receipt_name(nth), state, true)).await
    }

    /// Reports by the text alone.
    pub async fn report_by_text(&self, nth: u64, state: u8) -> Option<u32> {
        self.deliver(receipt(self.receipt_name(nth), state, false)).await
    }

    fn receipt_name(&self, nth: u64) -> String {
        self.state.book().naming.1.of(nth)
    }

    /// Brings something to one of those that are bound, and again to the next session when the connection ends before it
    /// is answered; `None`: nobody is bound, or it was never answered.
    pub async fn deliver(&self, deliver: Deliver) -> Option<u32> {
        self.deliver_body(deliver.body()).await
    }

    /// Brings a `deliver_sm` with this body, which may be anything.
    pub async fn deliver_body(&self, body: Vec<u8>) -> Option<u32> {
        let connection = self.state.book().bound.values().next()?.clone();
        let (answered, answer) = oneshot::channel();
        connection.send(Outgoing::Deliver(Delivering { body, answered })).ok()?;
        tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()
    }
}

/// A receipt as most SMSCs write it.
fn receipt(id: String, state: u8, with_tlvs: bool) -> Deliver {
    let stat = match state {
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        8 => "REJECTD",
        _ => "UNKNOWN",
    };
    let text =
        format!("id:{id} sub:001 dlvrd:001 submit date:2502251502 done date:2502251503 stat:{stat} err:000 text:Hello");
    let tlvs = vec![(RECEIPTED_MESSAGE_ID, format!("{id}\0").into_bytes()), (MESSAGE_STATE, vec![state])];
    Deliver {
        source: "12223334444".to_owned(),
        destination: "4915112345678".to_owned(),
        esm_class: 0x04,
        octets: text.into_bytes(),
        tlvs: if with_tlvs { tlvs } else { Vec::new() },
        ..Deliver::default()
    }
}

impl State {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self) {
        self.seen.send_modify(|count| *count += 1);
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        let (sender, outgoing) = mpsc::unbounded_channel();
        let number = {
            let mut book = self.book();
            book.connections += 1;
            book.connections
        };
        let waiting = Arc::new(Mutex::new(BTreeMap::new()));
        let writing = tokio::spawn(write_all(write, outgoing, Arc::clone(&waiting)));
        // Ends with the connection, or when it is cut.
        tokio::select! {
            _ = self.read_all(read, number, &sender, &waiting) => {}
            _ = writing => {}
        }
        let unanswered = std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut book = self.book();
        book.bound.remove(&number);
        book.unanswered.extend(unanswered.into_values());
        drop(book);
        self.saw();
    }

    async fn read_all(
        &self,
        mut read: OwnedReadHalf,
        number: u64,
        sender: &mpsc::UnboundedSender<Outgoing>,
        waiting: &Waiting,
    ) -> io::Result<()> {
        loop {
            let pdu = Pdu::read(&mut read).await?;
            let answer = |status, body| {
                let answer = Pdu { command: pdu.command | RESPONSE, status, sequence: pdu.sequence, body };
                let _ = sender.send(Outgoing::Pdu(answer));
            };
            match pdu.command {
                BIND_TRANSCEIVER => match self.bind(&pdu.body) {
                    true => {
                        answer(0, b"SMSC\0".to_vec());
                        let mut book = self.book();
                        book.bound.insert(number, sender.clone());
                        for again in book.unanswered.drain(..) {
                            let _ = sender.send(Outgoing::Deliver(again));
                        }
                    }
                    false => answer(WRONG_PASSWORD, Vec::new()),
                },
                SUBMIT_SM => self.submit(&pdu.body, sender, answer),
                ENQUIRE_LINK => {
                    self.book().enquired += 1;
                    answer(0, Vec::new());
                }
                UNBIND => answer(0, Vec::new()),
                command if command == DELIVER_SM | RESPONSE => {
                    let delivered = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&pdu.sequence);
                    if let Some(delivered) = delivered {
                        let _ = delivered.answered.send(pdu.status);
                    }
                }
                _ => {}
            }
            self.saw();
        }
    }

    fn bind(&self, body: &[u8]) -> bool {
        let Some(bind) = Bind::read(body) else { return false };
        let knows = bind.password == self.password;
        self.book().binds.push(bind);
        knows
    }

    fn submit(&self, body: &[u8], sender: &mpsc::UnboundedSender<Outgoing>, answer: impl Fn(u32, Vec<u8>)) {
        // ESME_RINVMSGLEN.
        let Some(submit) = Submit::read(body) else { return answer(0x01, Vec::new()) };
        let mut book = self.book();
        let what = book.answers.pop_front().unwrap_or(SmscAnswer::Take);
        if let SmscAnswer::Refuse(status) = what {
            // A refusal has no body (SMPP 3.4, 4.4.2).
            return answer(status, Vec::new());
        }
        book.submits.push(submit);
        let number = book.submits.len() as u64;
        let name = |naming: Naming| naming.of(number);
        let taken = || answer(0, format!("{}\0", name(book.naming.0)).into_bytes());
        match what {
            SmscAnswer::ReportFirst(state) => {
                let (answered, _) = oneshot::channel();
                let body = receipt(name(book.naming.1), state, true).body();
                let _ = sender.send(Outgoing::Deliver(Delivering { body, answered }));
                taken();
            }
            SmscAnswer::Cut => drop(sender.send(Outgoing::Cut)),
            SmscAnswer::TakeUnnamed => answer(0, Vec::new()),
            SmscAnswer::Silence => {}
            SmscAnswer::Take | SmscAnswer::Refuse(_) => taken(),
        }
    }
}

type Waiting = Arc<Mutex<BTreeMap<u32, Delivering>>>;

/// Writes until it is told to cut, or can not.
async fn write_all(mut write: OwnedWriteHalf, mut outgoing: mpsc::UnboundedReceiver<Outgoing>, waiting: Waiting) {
    let mut sequence = 0;
    while let Some(next) = outgoing.recv().await {
        let octets = match next {
            Outgoing::Pdu(pdu) => pdu.octets(),
            Outgoing::Octets(octets) => octets,
            Outgoing::Deliver(delivering) => {
                sequence += 1;
                let body = delivering.body.clone();
                waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(sequence, delivering);
                Pdu { command: DELIVER_SM, status: 0, sequence, body }.octets()
            }
            Outgoing::Cut => return,
        };
        if write.write_all(&octets).await.is_err() {
            return;
        }
    }
}

//! A TCP proxy before a Kafka that delivers one request late: it holds the request back, lets the client send it again
//! on another connection, and releases the first copy inside a later transaction.
//!
//! A request begins with its length (4 bytes), API key (2), version (2) and correlation id (4), an answer with its length
//! and the correlation id of its request: <https://kafka.apache.org/protocol>.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// API key of `AddOffsetsToTxn`.
pub(crate) const ADD_OFFSETS_TO_TXN: i16 = 25;
/// API key of `EndTxn`.
pub(crate) const END_TXN: i16 = 26;
/// API key of `TxnOffsetCommit`.
pub(crate) const TXN_OFFSET_COMMIT: i16 = 28;

/// How the client loses sight of the request that is held.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    /// Its connection breaks.
    Cut,
    /// Its connection stays and nothing comes back, until the client gives the request up.
    Stall,
}

/// Which request is held, and when it is released.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The first request of this kind is held.
    pub(crate) hold: i16,
    pub(crate) loss: Loss,
    /// It is released, and answered, before a request of this kind goes on…
    pub(crate) release_before: i16,
    /// …after so many of that kind have passed.
    pub(crate) passing: usize,
}

/// What the proxy is about.
#[derive(Default)]
struct Affair {
    plan: Option<Plan>,
    held: Option<Held>,
    /// The released request whose answer is not there yet.
    awaited: Option<Request>,
    late: usize,
}

/// A request on a connection of the proxy: connection, correlation id.
type Request = (u64, [u8; 4]);

struct Held {
    frame: Vec<u8>,
    request: Request,
    broker: TcpStream,
}

/// The proxy; it runs until the tests end.
#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    affair: Arc<(Mutex<Affair>, Condvar)>,
}

impl Proxy {
    /// Listens on a free port and leads to `upstream` on this machine.
    pub(crate) fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let proxy = Self { port: listener.local_addr().expect("bound").port(), affair: Arc::default() };
        let accepting = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A refused connection is what a client of a Kafka that is starting sees too.
                let Ok(broker) = TcpStream::connect(("127.0.0.1", upstream)) else { continue };
                let proxy = accepting.clone();
                thread::spawn(move || proxy.serve(&client, &broker));
            }
        });
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Holds the next request that fits. One affair at a time.
    pub(crate) fn arm(&self, plan: Plan) {
        let mut affair = self.affair.0.lock().expect("not poisoned");
        assert!(affair.held.is_none(), "a request is held already");
        affair.plan = Some(plan);
    }

    /// Whether nothing is planned or held.
    pub(crate) fn is_idle(&self) -> bool {
        let affair = self.affair.0.lock().expect("not poisoned");
        affair.plan.is_none() && affair.held.is_none()
    }

    /// How many requests were delivered late and answered by the broker.
    pub(crate) fn late(&self) -> usize {
        self.affair.0.lock().expect("not poisoned").late
    }

    fn serve(&self, client: &TcpStream, broker: &TcpStream) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let connection = NEXT.fetch_add(1, Ordering::Relaxed);
        let _ = (client.set_nodelay(true), broker.set_nodelay(true));
        let (answers, to_client) = (broker.try_clone().expect("a handle"), client.try_clone().expect("a handle"));
        let proxy = self.clone();
        thread::spawn(move || proxy.pass_answers(connection, &answers, &to_client));
        while let Some(frame) = frame(client) {
            let api = i16::from_be_bytes([frame[4], frame[5]]);
            self.release_if_due(api);
            if let Some(loss) = self.hold_if_planned(api, &frame, connection, broker) {
                match loss {
                    Loss::Cut => drop(client.shutdown(Shutdown::Both)),
                    Loss::Stall => while self::frame(client).is_some() {},
                }
                // The broker's side stays open: the late request goes that way.
                return;
            }
            if (&*broker).write_all(&frame).is_err() {
                break;
            }
        }
        let _ = broker.shutdown(Shutdown::Both);
    }

    fn pass_answers(&self, connection: u64, broker: &TcpStream, mut client: &TcpStream) {
        while let Some(frame) = frame(broker) {
            let request = (connection, correlation(&frame, 4));
            let mut affair = self.affair.0.lock().expect("not poisoned");
            if affair.awaited == Some(request) {
                affair.awaited = None;
                affair.late += 1;
                self.affair.1.notify_all();
            }
            drop(affair);
            // A client that is gone does not end this: the answer to a late request is still to come.
            let _ = client.write_all(&frame);
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn hold_if_planned(&self, api: i16, frame: &[u8], connection: u64, broker: &TcpStream) -> Option<Loss> {
        let mut affair = self.affair.0.lock().expect("not poisoned");
        let plan = affair.plan.filter(|plan| affair.held.is_none() && plan.hold == api)?;
        affair.held = Some(Held {
            frame: frame.to_vec(),
            request: (connection, correlation(frame, 8)),
            broker: broker.try_clone().expect("a handle"),
        });
        Some(plan.loss)
    }

    /// The request that makes it due waits until the broker has answered the late one.
    fn release_if_due(&self, api: i16) {
        let mut affair = self.affair.0.lock().expect("not poisoned");
        let is_held = affair.held.is_some();
        let Some(plan) = affair.plan.as_mut().filter(|plan| is_held && plan.release_before == api) else { return };
        if plan.passing > 0 {
            plan.passing -= 1;
            return;
        }
        affair.plan = None;
        let Some(mut held) = affair.held.take() else { return };
        affair.awaited = Some(held.request);
        held.broker.write_all(&held.frame).expect("the broker takes the late request");
        let answered = self.affair.1.wait_timeout_while(affair, Duration::from_secs(10), |a| a.awaited.is_some());
        let (affair, _) = answered.expect("not poisoned");
        assert!(affair.awaited.is_none(), "the broker answers the late request");
    }
}

/// One request or answer, with its length in front; `None` when the other side is gone.
fn frame(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut frame = vec![0; 4];
    stream.read_exact(&mut frame).ok()?;
    let length = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]);
    frame.resize(4 + usize::try_from(length).ok()?, 0);
    stream.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

fn correlation(frame: &[u8], at: usize) -> [u8; 4] {
    [frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]
}

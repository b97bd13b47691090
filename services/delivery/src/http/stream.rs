//! One client's stream, over a WebSocket or as server-sent events: what is said, when, and why it ends. A client that takes
//! nothing for a while is cut; nothing is piled up for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use metrics::{counter, gauge};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use usher_broker::SenderHandle;
use usher_dialects::condition::Condition;
use usher_dialects::pull::stream::{PROTOCOL, acknowledgement};
use usher_dialects::pull::{self, Pull};
use usher_domain::Timestamp;
use usher_runtime::worker::clock;

use super::follow::{Following, Told};
use super::keeper::Presence;
use super::{Http, fresh_connection};
use crate::mailbox::Waiting;
use crate::names;

/// How long a WebSocket may take to send one frame.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// A WebSocket whose client answers no ping for so many heartbeats is dead.
const SILENT_BEATS: u32 = 3;
/// Largest frame of a client: an acknowledgement.
const FRAME_BYTES_MAX: usize = 1024;

/// What a stream holds ready for what its client says.
const READ_BUFFER_BYTES: usize = 1024;

/// A client's stream: it is there from its making to its drop.
pub(super) struct Stream {
    following: Following,
    presence: Presence,
    /// What is said before everything else.
    hello: Option<String>,
    token_ends: Instant,
    beat: Interval,
    stopping: watch::Receiver<()>,
    _counted: Counted,
}

/// What a stream says next.
enum Word {
    /// A frame; of a message with its sequence number.
    Frame(String, Option<i64>),
    /// That it is still there.
    Beat,
    /// Why it ends.
    End(End),
}

/// Why a stream ends.
#[derive(Clone, Copy)]
enum End {
    /// This instance stops: come again.
    Stopping,
    /// The log could not be told of the client in time, so it may be shown nothing: come again.
    Lapsed,
    /// Come again with a new token.
    TokenEnded,
}

impl End {
    /// The code that says so on a WebSocket (RFC 6455 §7.4), and as data of the event `end`.
    const fn code(self) -> u16 {
        match self {
            Self::Stopping => 1001,
            Self::Lapsed => 1013,
            Self::TokenEnded => 4401,
        }
    }
}

impl Stream {
    /// A stream for whoever pulls, once the log knows of them.
    pub(super) async fn begin<S: SenderHandle>(
        http: &Arc<Http<S>>,
        pull: Pull,
        after: Option<i64>,
        until: Timestamp,
        transport: &'static str,
    ) -> Result<Self, Condition> {
        let unavailable = |reason: &str| {
            let retry_after = Duration::from_secs(1);
            Condition::Unavailable { reason: reason.to_owned(), retry_after }
        };
        let slot = Arc::clone(&http.streams).try_acquire_owned();
        let slot = slot.map_err(|_| unavailable("too many streams are open"))?;
        let conversation = pull.conversation;
        let presence = Presence::begin(http.log.clone(), pull, fresh_connection(), after, slot).await;
        let presence = presence.map_err(|_| unavailable("the broker is away"))?;
        let left = until.since(clock());
        let mut beat = interval_at(Instant::now() + http.heartbeat, http.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let hello = serde_json::json!({ "hello": {
            "heartbeat_ms": millis(http.heartbeat), "expires_in_ms": millis(left) } });
        Ok(Self {
            following: http.mailboxes.follow(conversation, presence.since(), after.unwrap_or(-1)),
            presence,
            hello: Some(hello.to_string()),
            token_ends: Instant::now() + left,
            beat,
            stopping: http.stopping.clone(),
            _counted: Counted::new(transport),
        })
    }

    /// What to say next. Called anew instead of waited for, nothing is lost.
    async fn next(&mut self) -> Word {
        if let Some(hello) = self.hello.take() {
            return Word::Frame(hello, None);
        }
        loop {
            tokio::select! {
                biased;
                _ = self.stopping.changed() => return Word::End(End::Stopping),
                () = sleep_until(self.token_ends) => return Word::End(End::TokenEnded),
                () = self.presence.lapsed() => return Word::End(End::Lapsed),
                _ = self.beat.tick() => return Word::Beat,
                told = self.following.next() => if let Some(word) = self.shown(told) { return word },
            }
        }
    }

    /// What waits, as a frame; nothing whose end has come by our own clock, for its end may have been told already.
    fn shown(&mut self, told: Told) -> Option<Word> {
        let Told::Waiting(Waiting { seq, delivery, payload, expires_at }) = told else { return None };
        if expires_at <= clock() || !self.presence.stands() {
            return None;
        }
        self.presence.sent(seq);
        counter!(names::SHOWN).increment(1);
        Some(Word::Frame(pull::frame(&pull::Waiting { seq, delivery, payload: &payload }), Some(seq)))
    }

    /// As server-sent events: a client acknowledges by calls of its own.
    pub(super) fn into_events(self) -> Response {
        let events = stream::unfold(Some(self), |stream| async move {
            let mut stream = stream?;
            let word = stream.next().await;
            let is_over = matches!(word, Word::End(_));
            Some((Ok::<_, Infallible>(event(word)), (!is_over).then_some(stream)))
        });
        // Some proxies gather an answer before they pass it on unless they are told.
        ([("x-accel-buffering", "no")], Sse::new(events)).into_response()
    }

    /// As a WebSocket.
    pub(super) fn into_web_socket(self, upgrade: WebSocketUpgrade) -> Response {
        let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX);
        // Usually 128 KiB for each stream, whether anything is said or not.
        let upgrade = upgrade.read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
        upgrade.on_upgrade(|socket| self.over(socket))
    }

    async fn over(mut self, mut socket: WebSocket) {
        let silent_max = self.beat.period() * SILENT_BEATS;
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                word = self.next() => {
                    let is_over = matches!(word, Word::End(_));
                    let is_dead = heard.elapsed() > silent_max;
                    if is_dead || !say(&mut socket, word).await || is_over {
                        return;
                    }
                }
                frame = socket.recv() => {
                    heard = Instant::now();
                    match self.hear(frame) {
                        Heard::Fine => {}
                        Heard::Gone => return,
                        Heard::Wrong => {
                            close(&mut socket, 1008, "a frame must be {\"ack\": <seq>}").await;
                            return;
                        }
                    }
                }
            }
        }
    }

    fn hear(&mut self, frame: Option<Result<Message, axum::Error>>) -> Heard {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Heard::Fine,
            Some(Ok(Message::Binary(_))) => return Heard::Wrong,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Heard::Gone,
        };
        match acknowledgement(text.as_bytes()) {
            Ok(up_to) => {
                self.presence.acknowledge(up_to);
                Heard::Fine
            }
            Err(_) => Heard::Wrong,
        }
    }
}

/// What a frame of a client was.
enum Heard {
    Fine,
    Gone,
    Wrong,
}

/// Says it on a WebSocket; `false`: the client takes nothing any more.
async fn say(socket: &mut WebSocket, word: Word) -> bool {
    match word {
        Word::Frame(text, _) => sent(socket, Message::Text(text.into())).await,
        // A page can not see a ping, so it is told in a frame of its own; the ping makes its browser answer.
        Word::Beat => {
            sent(socket, Message::Text("{}".into())).await && sent(socket, Message::Ping(Vec::new().into())).await
        }
        Word::End(end) => {
            close(socket, end.code(), "come again").await;
            false
        }
    }
}

async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SEND_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    sent(socket, Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

fn event(word: Word) -> Event {
    match word {
        Word::Frame(text, Some(seq)) => Event::default().id(seq.to_string()).data(text),
        Word::Frame(text, None) => Event::default().data(text),
        Word::Beat => Event::default().comment("beat"),
        Word::End(end) => Event::default().event("end").data(end.code().to_string()),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Counts a stream for as long as it is there.
struct Counted(&'static str);

impl Counted {
    fn new(transport: &'static str) -> Self {
        gauge!(names::STREAMS, "transport" => transport).increment(1);
        Self(transport)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(names::STREAMS, "transport" => self.0).decrement(1);
    }
}

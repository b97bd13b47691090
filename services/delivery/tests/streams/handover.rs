//! Owner and front, and what a client sees when one of them goes away: everything, once, in order.

use usher_domain::MailboxAct;
use usher_domain::receipt::Report;

use super::client::{Events, Socket, token};
use super::instance::{Ground, until, visitor_of};

#[tokio::test(flavor = "multi_thread")]
async fn client_of_another_instance_is_shown_what_the_owner_has() {
    let ground = Ground::new();
    let (one, other) = (ground.instance("one").await, ground.instance("other").await);
    let visitor = visitor_of(&one, &other).await;
    let before = ground.put(&visitor, "before").await;
    let mut socket = Socket::open(&other, &token(&ground, &visitor)).await;
    assert_eq!(socket.message().await.0, "before");
    let after = ground.put(&visitor, "after").await;
    let (text, seq) = socket.message().await;
    assert_eq!(text, "after");
    assert_eq!(ground.reports(), [], "nothing is acknowledged yet");
    socket.acknowledge(seq).await;
    until(|| ground.reports().len() == 2, "both receipts").await;
    assert_eq!(ground.reports(), [(before, Report::Delivered), (after, Report::Delivered)]);
    drop(socket);
    until(|| ground.told(|act| matches!(act, MailboxAct::Closed { .. })) == 1, "the client's end").await;
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_goes_on_when_the_owner_is_killed() {
    let ground = Ground::new();
    let (owner, front) = (ground.instance("owner").await, ground.instance("front").await);
    let visitor = visitor_of(&owner, &front).await;
    let mut socket = Socket::open(&front, &token(&ground, &visitor)).await;
    ground.put(&visitor, "one").await;
    assert_eq!(socket.message().await.0, "one");
    owner.kill().await;
    until(|| front.owns(&visitor), "the new owner").await;
    ground.put(&visitor, "two").await;
    let (text, seq) = socket.message().await;
    assert_eq!(text, "two", "and “one” not again, though it is not acknowledged");
    socket.acknowledge(seq).await;
    until(|| ground.reports().len() == 2, "both receipts").await;
    assert!(ground.reports().iter().all(|(_, report)| *report == Report::Delivered));
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_acknowledged_is_shown_by_the_next_front_under_the_same_id() {
    let ground = Ground::new();
    let (owner, front) = (ground.instance("owner").await, ground.instance("front").await);
    let visitor = visitor_of(&owner, &front).await;
    let token = token(&ground, &visitor);
    let mut socket = Socket::open(&front, &token).await;
    ground.put(&visitor, "one").await;
    let shown = socket.frame().await;
    front.kill().await;
    socket.end().await;
    let mut socket = Socket::open(&owner, &token).await;
    assert_eq!(socket.frame().await, shown);
    socket.acknowledge(shown["seq"].as_i64().expect("a number")).await;
    until(|| ground.reports().len() == 1, "the receipt").await;
    let mut socket = Socket::open(&owner, &token).await;
    ground.put(&visitor, "two").await;
    assert_eq!(socket.message().await.0, "two", "what is acknowledged is not shown again");
    owner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_word_of_a_former_owner_does_not_stay() {
    let ground = Ground::new();
    let (owner, front) = (ground.instance("owner").await, ground.instance("front").await);
    let visitor = visitor_of(&owner, &front).await;
    // A frozen process: its system takes the connection, and nobody ever answers.
    let frozen = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    ground.misplace(&visitor, frozen.local_addr().expect("bound")).await;
    let mut socket = Socket::open(&front, &token(&ground, &visitor)).await;
    let (asked, _) = frozen.accept().await.expect("the front asks there");
    ground.put(&visitor, "one").await;
    assert_eq!(socket.message().await.0, "one", "once the owner has said again that it is the one");
    drop(asked);
    owner.stop().await;
    front.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_that_stops_says_goodbye_and_tells_the_log() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let token = token(&ground, "visitor");
    let mut socket = Socket::open(&front, &token).await;
    let mut events = Events::open(&front, &token, None).await;
    events.line("data:").await;
    front.stop().await;
    assert_eq!(socket.end().await, Some(1001));
    assert_eq!(events.line("event:").await, "end");
    assert_eq!(events.line("data:").await, "1001");
    assert_eq!(ground.told(|act| matches!(act, MailboxAct::Closed { .. })), 2);
}

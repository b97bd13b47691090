//! What is told of a mailbox whose owner changes while its client takes nothing.

use usher_dialects::pull::Want;
use usher_domain::Timestamp;

use super::super::fakes::{FakeOwner, front, is_at, pull, until};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_out_when_the_owner_changes_while_the_client_takes_nothing() {
    let all = 2 * i64::try_from(AHEAD_MAX).expect("a small number");
    let (former, latter) = (FakeOwner::with(all).await, FakeOwner::with(all).await);
    let conversation = pull(Want::Stream { after: None, until: Timestamp::default() }).conversation;
    let (mailboxes, owners) = front();
    is_at(&owners, conversation, &former);
    let mut following = mailboxes.follow(conversation, 0, -1);
    until(|| following.told.len() == AHEAD_MAX, "as much as is told ahead").await;
    is_at(&owners, conversation, &latter);
    until(|| latter.asked() == 1, "the front asks the next owner").await;
    let mut told = Vec::new();
    while let Told::Waiting(waiting) = following.next().await {
        told.push(waiting.seq);
    }
    assert_eq!(told, (0..all).collect::<Vec<_>>());
}

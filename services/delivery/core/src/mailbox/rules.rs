//! What happens to a mailbox, row by row.

use std::collections::BTreeSet;
use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::mailbox::LEASE_MAX;
use usher_domain::receipt::Report;
use usher_domain::state::mailbox::{HeldState, MailboxState, Watch};
use usher_domain::{
    AccountId, ConnectionId, DeliveryId, Held, MailboxAct, MailboxInput, MessageId, TenantId, Timestamp, VisitorId,
};

use super::bounds::{BYTES_MAX, CLIENTS_MAX, HELD_FOR_MAX, HELD_MAX, LATE};
use super::contents::Mailbox;
use super::tell::Decisions;

/// Stands for all connections beyond those that are told apart.
const OTHERS: ConnectionId = ConnectionId::from_bits(0);

/// Whose mailbox it is, as its input says.
struct Owner {
    tenant: TenantId,
    account: AccountId,
    visitor: VisitorId,
}

impl Owner {
    fn state(self) -> MailboxState {
        let Self { tenant, account, visitor } = self;
        let (clients, told_each) = Default::default();
        MailboxState { tenant, account, visitor, clients, seen: None, told: None, told_each, watch: None }
    }
}

/// Carries out one input; `offset` is that of its record.
pub(super) fn act(mailbox: &mut Mailbox, input: MailboxInput, offset: i64, decisions: &mut Decisions) {
    let MailboxInput { tenant, account, visitor, act } = input;
    decisions.by(&tenant, &account);
    let owner = Owner { tenant, account, visitor };
    match act {
        MailboxAct::Put(held) => put(mailbox, owner, held, offset, decisions),
        MailboxAct::Withdraw { delivery, message } => withdraw(mailbox, delivery, message, decisions),
        MailboxAct::Seen { connection, lease } => seen(mailbox, owner, connection, lease, offset, decisions.now),
        MailboxAct::Polled { connection, lease } => {
            polled_again(mailbox, decisions);
            seen(mailbox, owner, connection, lease, offset, decisions.now);
        }
        MailboxAct::Told { up_to, sent } => told(mailbox, up_to, sent),
        MailboxAct::Closed { connection } => closed(mailbox, connection),
        MailboxAct::Acked { up_to, sent, after } => {
            let waiting_up_to = if sent.is_empty() { Some(up_to) } else { after };
            acked(mailbox, waiting_up_to, sent.into_iter().chain([up_to]).collect(), decisions);
        }
    }
}

/// Does what time alone does: things end, clients count as gone, and so does a visitor whom nobody heard of.
pub(super) fn fire(mailbox: &mut Mailbox, decisions: &mut Decisions) {
    let Some(state) = mailbox.state() else { return mailbox.clear() };
    decisions.by(&state.tenant, &state.account);
    while let Some(seq) = mailbox.first_ended(decisions.now) {
        expire(mailbox, seq, decisions);
    }
    let Some(state) = mailbox.state() else { return };
    let now = decisions.now;
    if state.clients.values().any(|until| *until <= now) {
        change(mailbox, |state| state.clients.retain(|_, until| *until > now));
    }
    let Some(state) = mailbox.state() else { return };
    if let Some(watch) = state.watch.as_ref().filter(|watch| watch.due <= now) {
        decisions.leave(state.visitor.clone(), watch);
        change(mailbox, |state| state.watch = None);
    }
}

fn put(mailbox: &mut Mailbox, owner: Owner, held: Held, seq: i64, decisions: &mut Decisions) {
    if mailbox.has(held.delivery) {
        return;
    }
    let now = decisions.now;
    if mailbox.state().is_none() || held.ends_watch || held.release.is_some() {
        watch(mailbox.state_mut(|| owner.state()), &held, now);
    }
    let is_there = mailbox.state().is_some_and(|state| is_there(state, now));
    if let Err(reason) = check(mailbox, &held, is_there) {
        return decisions.report(held.delivery, held.message, Report::NotReachable { reason: reason.to_owned() });
    }
    if held.expires_at <= now {
        return decisions.report(held.delivery, held.message, Report::TtlRevoked);
    }
    mailbox.put(
        seq,
        HeldState {
            delivery: held.delivery,
            message: held.message,
            payload: held.payload,
            expires_at: held.expires_at.min(now.plus(HELD_FOR_MAX)),
            shown: is_there,
            is_over: false,
        },
    );
}

/// Whether it can be taken in; else why not.
fn check(mailbox: &Mailbox, held: &Held, is_there: bool) -> Result<(), &'static str> {
    let (count, bytes) = mailbox.size();
    if held.only_if_connected && !is_there {
        Err("no client of the visitor is connected")
    } else if count >= HELD_MAX {
        Err("too much waits for the visitor already")
    } else if bytes + held.payload.as_str().len() > BYTES_MAX {
        Err("too many bytes wait for the visitor")
    } else {
        Ok(())
    }
}

/// Begins the watch for a visitor whose clients do not come any more, goes on with it, or ends it.
fn watch(state: &mut MailboxState, held: &Held, now: Timestamp) {
    if held.ends_watch {
        state.watch = None;
    } else if let Some(release) = held.release.clone() {
        let due = state.watch.as_ref().map_or_else(|| gone_at(state, release.after, now), |watch| watch.due);
        state.watch = Some(Watch { release, due });
    }
}

/// When a visitor counts as gone who is not heard of after `now`: never while a client is there.
fn gone_at(state: &MailboxState, after: Duration, now: Timestamp) -> Timestamp {
    state.clients.values().copied().fold(now.plus(after), Timestamp::max)
}

fn seen(mailbox: &mut Mailbox, owner: Owner, connection: ConnectionId, lease: Duration, offset: i64, now: Timestamp) {
    let state = mailbox.state_mut(|| owner.state());
    let is_one_more = !state.clients.contains_key(&connection) && state.clients.len() >= CLIENTS_MAX;
    let until = state.clients.entry(if is_one_more { OTHERS } else { connection }).or_default();
    *until = now.plus(lease.min(LEASE_MAX)).max(*until);
    state.seen = Some(offset);
    let after = state.watch.as_ref().map(|watch| watch.release.after);
    let due = after.map(|after| gone_at(state, after, now));
    if let (Some(watch), Some(due)) = (&mut state.watch, due) {
        watch.due = due;
    }
}

/// Whoever polls again has had the answer to the poll before.
fn polled_again(mailbox: &mut Mailbox, decisions: &mut Decisions) {
    let Some(MailboxState { told, told_each, .. }) = mailbox.state() else { return };
    let (waiting_up_to, sent) = (*told, told_each.iter().copied().chain(*told).collect::<BTreeSet<_>>());
    if sent.is_empty() {
        return;
    }
    change(mailbox, |state| {
        state.told = None;
        state.told_each.clear();
    });
    acked(mailbox, waiting_up_to, sent, decisions);
}

/// Kept for the next poll; of a mailbox of which nothing is known nothing was told either.
fn told(mailbox: &mut Mailbox, up_to: i64, sent: Vec<i64>) {
    if sent.is_empty() {
        return change(mailbox, |state| state.told = state.told.max(Some(up_to)));
    }
    let told = mailbox.state().map(|state| state.told_each.clone()).unwrap_or_default();
    // Of what is not in it any more nothing can be acknowledged.
    let told_each = told.into_iter().chain(sent).filter(|seq| mailbox.get(*seq).is_some()).collect();
    change(mailbox, |state| state.told_each = told_each);
}

fn closed(mailbox: &mut Mailbox, connection: ConnectionId) {
    if mailbox.state().is_some_and(|state| state.clients.contains_key(&connection)) {
        change(mailbox, |state| {
            state.clients.remove(&connection);
        });
    }
}

/// What the client was sent has reached the visitor, also what is over since. Where that is not known (`waiting_up_to`),
/// everything that waits has: it is shown in order. What is over has not, because a client that came later was not shown it.
fn acked(mailbox: &mut Mailbox, waiting_up_to: Option<i64>, sent: BTreeSet<i64>, decisions: &mut Decisions) {
    let Some(last) = waiting_up_to.max(sent.last().copied()) else { return };
    for seq in mailbox.up_to(last) {
        let is_over = mailbox.get(seq).is_some_and(|held| held.is_over);
        if sent.contains(&seq) || (Some(seq) <= waiting_up_to && !is_over) {
            let held = mailbox.take(seq);
            held.into_iter().for_each(|held| decisions.report(held.delivery, held.message, Report::Delivered));
        }
    }
}

/// Takes a message back. What a client may have been shown can not be taken back, whatever is done here: the answer is
/// the one that promises nothing.
fn withdraw(mailbox: &mut Mailbox, delivery: DeliveryId, message: MessageId, decisions: &mut Decisions) {
    let found = mailbox.held().find(|(_, held)| held.message == Some(message) && !held.is_over).map(|(seq, _)| seq);
    let shown = found.map(|seq| end(mailbox, seq, decisions.now));
    decisions.report(delivery, Some(message), Report::RevokeAnswered { revoked: shown == Some(false) });
}

fn expire(mailbox: &mut Mailbox, seq: i64, decisions: &mut Decisions) {
    let Some(held) = mailbox.get(seq) else { return };
    let (delivery, message, is_over) = (held.delivery, held.message, held.is_over);
    if is_over {
        mailbox.take(seq);
        return;
    }
    let shown = end(mailbox, seq, decisions.now);
    decisions.report(delivery, message, if shown { Report::TtlRevokeFailed } else { Report::TtlRevoked });
}

/// Nobody is shown it any more. Answers whether somebody may have been; such a message stays a while without its words,
/// so that an acknowledgement on its way still counts.
fn end(mailbox: &mut Mailbox, seq: i64, now: Timestamp) -> bool {
    let seen = mailbox.state().and_then(|state| state.seen);
    let Some(held) = mailbox.take(seq) else { return false };
    let shown = held.shown || seen.is_some_and(|seen| seen > seq);
    if shown && held.message.is_some() {
        let payload = Private::default();
        mailbox.put(seq, HeldState { payload, expires_at: now.plus(LATE), is_over: true, ..held });
    }
    shown
}

fn is_there(state: &MailboxState, now: Timestamp) -> bool {
    state.clients.values().any(|until| *until > now)
}

/// Changes what is known of a mailbox of which something is known.
fn change(mailbox: &mut Mailbox, change: impl FnOnce(&mut MailboxState)) {
    if let Some(state) = mailbox.known_mut() {
        change(state);
    }
}

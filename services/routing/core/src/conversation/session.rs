//! The life of a session: opening, waiting for an agent, being an agent's, closing. Knows nothing of deadlines or
//! receipts of messages.

use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{BotId, InputId, PlacementId, SessionId, Target, conversation::VisitorInput};

use super::out::Out;

mod ask;
mod close;
mod command;
mod letters;
mod place;
mod signs;
mod speak;

pub(super) use ask::{ask, promote, transfer};
pub(super) use close::close;
pub(super) use command::{is_of, may};
pub(super) use letters::{to_bot, to_visitor, to_workspace};
pub(super) use place::{Taken, take};
pub(super) use signs::{mark_read, note_unread, show_typing};
pub(super) use speak::hear;

/// Opens a session with the bot.
pub(super) fn open_with_bot(input: InputId, said: &VisitorInput, bot: BotId, out: &mut Out<'_>) -> Session {
    open(input, said, Phase::Bot(bot), out)
}

/// Opens a session that wants an agent at once.
pub(super) fn open_waiting(input: InputId, said: &VisitorInput, target: &Target, out: &mut Out<'_>) -> Session {
    let version = PlacementId { epoch: 1, turn: 0 };
    let asked = Asked { version, target: ask::or_default(target, &said.account), asked_at: out.now };
    let session = open(input, said, Phase::Waiting(asked), out);
    ask::announce(&session, out);
    session
}

fn open(input: InputId, said: &VisitorInput, phase: Phase, out: &mut Out<'_>) -> Session {
    let id = SessionId { conversation: out.conversation, opened_at: out.now, opened_by: input.short() };
    let with_bot = matches!(phase, Phase::Bot(_));
    out.event(&said.account.tenant, Fact::SessionOpened { session: id, with_bot });
    Session {
        id,
        account: said.account.clone(),
        visitor: said.visitor.clone(),
        nickname: said.profile.nickname.clone(),
        phone: said.profile.phone.clone(),
        vip: !said.profile.tags.is_empty(),
        phase,
        quiet_since: out.now,
        next_line: 0,
        truncated: false,
        typing_told: None,
        unread: Vec::new(),
        rated: false,
    }
}

/// The demand and its latest placement; `None` while the bot has the session.
fn asked(session: &Session) -> Option<&Asked> {
    match &session.phase {
        Phase::Bot(_) => None,
        Phase::Waiting(asked) | Phase::Active { asked, .. } => Some(asked),
    }
}

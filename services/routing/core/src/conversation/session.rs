//! The life of a session: opening, waiting for an agent, being an agent's, closing. Knows nothing of deadlines or
//! receipts of messages.

use usher_domain::event::Fact;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::{AgentId, BotId, InputId, PlacementId, SessionId, Target, conversation::VisitorInput};

use super::out::Out;

mod ask;
mod care;
mod close;
mod command;
mod consult;
mod hold;
mod letters;
mod offer;
mod place;
mod signs;
mod speak;

pub(super) use ask::{ask, is_refused, promote, transfer};
pub(super) use care::{answered, remind, reply_is_late};
pub(super) use close::{close, close_refused, served_group};
pub(super) use command::{is_of, may};
pub(super) use consult::{consult, consulted, end as end_consult, overhear, whisper};
pub(super) use hold::{hold, take_up};
pub(super) use letters::{by_workspace, to_bot, to_visitor, to_workspace};
pub(super) use place::{Taken, answer_unwanted, let_leave_message, overflow, take};
pub(super) use signs::{mark_read, note_unread, show_typing};
pub(super) use speak::hear;

/// What a session begins with.
pub(super) struct Opening<'a> {
    /// The input that opens it.
    pub(super) input: InputId,
    /// What the visitor did.
    pub(super) said: &'a VisitorInput,
    /// Who had the conversation last.
    pub(super) last_agent: Option<AgentId>,
}

/// Opens a session with the bot.
pub(super) fn open_with_bot(opening: Opening<'_>, bot: BotId, out: &mut Out<'_>) -> Session {
    open(opening, Phase::Bot(bot), out)
}

/// Opens a session that wants an agent at once.
pub(super) fn open_waiting(opening: Opening<'_>, target: &Target, out: &mut Out<'_>) -> Session {
    let version = PlacementId { epoch: 1, turn: 0 };
    let asked = Asked::new(version, ask::or_default(target, &opening.said.account), out.now);
    let session = open(opening, Phase::Waiting(asked), out);
    ask::announce(&session, out);
    session
}

fn open(opening: Opening<'_>, phase: Phase, out: &mut Out<'_>) -> Session {
    let Opening { input, said, last_agent } = opening;
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
        invited: false,
        last_agent,
    }
}

/// The demand and its latest placement; `None` while the bot has the session.
fn asked(session: &Session) -> Option<&Asked> {
    match &session.phase {
        Phase::Bot(_) => None,
        Phase::Waiting(asked)
        | Phase::Offered { asked, .. }
        | Phase::Active { asked, .. }
        | Phase::OnHold { asked, .. }
        | Phase::LeaveMessage(asked) => Some(asked),
    }
}

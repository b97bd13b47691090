//! What was said in the running session, kept for whoever takes it next: each line a piece of state of its own, the
//! oldest given up where they are too many or too long. All end with the session.

use usher_domain::delivery::{Briefing, Line};
use usher_domain::state::conversation::{Session, StateKind};
use usher_domain::{Message, MessageId, Timestamp};

use super::store::Conversation;

impl Conversation {
    /// Keeps what was said in the running session.
    pub(super) fn write_down(&mut self, message: Message, now: Timestamp) {
        let Some(session) = self.session_mut() else { return };
        let number = session.next_line;
        session.next_line += 1;
        self.put_line(number, Line { message, at: now });
        while self.has_too_many_lines() {
            let Some(oldest) = self.lines().next().map(|(number, _)| number) else { return };
            self.forget(StateKind::Line(oldest));
            if let Some(session) = self.session_mut() {
                session.truncated = true;
            }
        }
    }

    fn has_too_many_lines(&self) -> bool {
        let bytes: usize = self.lines().map(|(_, line)| bytes(line)).sum();
        bytes > Session::LINES_BYTES_MAX || self.lines().count() > Session::LINES_MAX
    }

    /// Gives up the line of a message that was taken back.
    pub(super) fn strike(&mut self, message: MessageId) {
        let struck = self.lines().find(|(_, line)| line.message.id == message).map(|(number, _)| number);
        if let Some(number) = struck {
            self.forget(StateKind::Line(number));
        }
    }

    /// What an agent must know who takes the running session.
    pub(super) fn briefing(&self) -> Briefing {
        Briefing {
            profile: self.profile(),
            lines: self.lines().map(|(_, line)| line.clone()).collect(),
            truncated: self.session().is_some_and(|session| session.truncated),
        }
    }
}

fn bytes(line: &Line) -> usize {
    line.message.content.said_bytes() + line.message.ext.as_ref().map_or(0, |ext| ext.as_str().len())
}

//! Answers to a survey. One belongs to the session that it names, else to the running one, else to the last as long as
//! that is remembered; an answer that belongs to none counts in no average. Of a session's valid answers the first counts:
//! whoever answers again tells the workspace more, and moves no average.

use usher_domain::conversation::{VisitorAct, VisitorInput};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::Fact;
use usher_domain::state::conversation::Phase;
use usher_domain::{AgentId, SessionId};

use super::out::{Behalf, Out};
use super::store::Conversation;

/// Takes an answer: the score is a public fact, the words go to the workspace of whoever served.
pub(super) fn answer(conversation: &mut Conversation, said: &VisitorInput, out: &mut Out<'_>) {
    let VisitorAct::Survey { session: named, score, detail } = &said.act else { return };
    let about = about(conversation, *named);
    let valid = score.parse::<u8>().ok().filter(|score| (1..=5).contains(score));
    let session = about.as_ref().map(|(session, _)| *session);
    let score = valid.filter(|_| session.is_some_and(|session| conversation.rate(session)));
    out.event(&said.account.tenant, Fact::SurveyAnswered { session, score });
    if let Some((session, agent)) = about {
        tell(said, session, agent, Order::Survey { score, detail: detail.clone() }, out);
    }
}

/// The session that an answer belongs to, and who has or had it.
fn about(conversation: &Conversation, named: Option<SessionId>) -> Option<(SessionId, Option<AgentId>)> {
    let running = conversation.session().map(|session| {
        let agent = match &session.phase {
            Phase::Active { agent, .. } => Some(agent.id.clone()),
            Phase::Bot(_) | Phase::Waiting(_) => None,
        };
        (session.id, agent)
    });
    let last = || conversation.last().map(|last| (last.session, last.agent.clone()));
    let fits = |(session, _): &(SessionId, _)| named.is_none_or(|named| *session == named);
    running.filter(fits).or_else(|| last().filter(fits))
}

fn tell(said: &VisitorInput, session: SessionId, agent: Option<AgentId>, order: Order, out: &mut Out<'_>) {
    let target = DeliveryTarget::Workspace { desk: said.account.desk.clone(), agent };
    out.deliver("survey", Behalf { account: &said.account, session: Some(session) }, target, order);
}

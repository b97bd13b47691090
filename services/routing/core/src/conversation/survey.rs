//! Answers to a survey. One belongs to the session that it names, else to the running one, else to the last as long as
//! that is remembered; an answer that belongs to none counts in no average. Of a session's valid answers the first counts:
//! whoever answers again tells the workspace more, and moves no average. The averages are the desk's, which hears of each
//! answer that counts.

use usher_domain::conversation::{VisitorAct, VisitorInput};
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::desk::Rating;
use usher_domain::event::Fact;
use usher_domain::state::conversation::{Last, Session};
use usher_domain::{AgentId, GroupId, SessionId, Timestamp};

use super::out::{Behalf, Out};
use super::session;
use super::store::Conversation;

/// Takes an answer: the score is a public fact, the words go to the workspace of whoever served.
pub(super) fn answer(conversation: &mut Conversation, said: &VisitorInput, out: &mut Out<'_>) {
    let VisitorAct::Survey { session: named, score, detail } = &said.act else { return };
    let about = about(conversation, *named, out.now);
    let valid = score.parse::<u8>().ok().filter(|score| (1..=5).contains(score));
    let session = about.as_ref().map(|served| served.session);
    // What is said before an agent has the session is about nobody, and must not stand in for what is said about them.
    let is_early = conversation.session().is_some_and(|now| Some(now.id) == session && now.phase.agent().is_none());
    let score = valid.filter(|_| !is_early && session.is_some_and(|session| conversation.rate(session)));
    out.event(&said.account.tenant, Fact::SurveyAnswered { session, score });
    let Some(Served { session, agent, group }) = about else { return };
    if let (Some(score), Some(agent)) = (score, agent.clone()) {
        out.rated(&said.account, Rating { session, agent, group, score });
    }
    tell(said, session, agent, Order::Survey { score, detail: detail.clone() }, out);
}

/// The agent asks the visitor what they think of the session; once is enough, else `false`.
pub(super) fn invite(session: &mut Session, out: &mut Out<'_>) -> bool {
    if session.invited || session.rated {
        return false;
    }
    session.invited = true;
    out.event(&session.account.tenant, Fact::SurveyInvited { session: session.id });
    session::to_visitor(session, "invitation", Order::Notice(Notice::Invitation), out);
    true
}

/// A session, and who has or had it.
struct Served {
    session: SessionId,
    agent: Option<AgentId>,
    group: Option<GroupId>,
}

/// The session that an answer belongs to.
fn about(conversation: &Conversation, named: Option<SessionId>, now: Timestamp) -> Option<Served> {
    let running = conversation.session().map(|session| Served {
        session: session.id,
        agent: session.phase.agent().map(|agent| agent.id.clone()),
        group: session::served_group(session).cloned(),
    });
    let last = || {
        let served =
            |last: &Last| Served { session: last.session, agent: last.agent.clone(), group: last.group.clone() };
        conversation.last_served(now).map(served)
    };
    let fits = |served: &Served| named.is_none_or(|named| served.session == named);
    running.filter(fits).or_else(|| last().filter(fits))
}

fn tell(said: &VisitorInput, session: SessionId, agent: Option<AgentId>, order: Order, out: &mut Out<'_>) {
    let target = DeliveryTarget::Workspace { desk: said.account.desk.clone(), agent };
    out.deliver("survey", Behalf { account: &said.account, session: Some(session) }, target, order);
}

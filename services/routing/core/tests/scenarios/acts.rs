//! What can happen in a scenario: one table, a line an act. `{visitor}` is a capital letter, `{agent}` a name in small
//! letters, `{span}` a length of time, `{word}` anything without a space, `{rest}` all that is left.

use std::time::Duration;

use usher_domain::content::Content;
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::desk::{DeskAct, OfferAnswer, Presence, PresenceSaid};
use usher_domain::message::{Class, Terms, Unknown};
use usher_domain::policy::{Compare, Label, Selector};
use usher_domain::supervision::{MovedQueue, Supervision, SupervisionOrder, SupervisorClose, Warrant};
use usher_domain::{
    Account, AccountId, AgentId, ConversationId, ConversationInput, DeskId, DeskInput, Dialect, GroupId, PlacementId,
    SessionId, Target, TenantId, Timestamp, VisitorId,
};

use super::directory;
use super::stage::{Record, START_MS, Stage};

/// What a line does with the words that stand where its pattern has braces.
type Act = fn(&mut Stage, &[&str]);

const ACTS: &[(&str, Act)] = &[
    // Visitors.
    ("{visitor} connects", |s, w| s.visitor(w[0], VisitorAct::Connect { context: None }, &[])),
    ("{visitor} asks for a human", |s, w| s.ask(w[0], "", &[])),
    ("{visitor} asks for a human as a VIP", |s, w| s.ask(w[0], "", &["vip"])),
    ("{visitor} asks for {word}", |s, w| s.ask(w[0], w[1], &[])),
    ("{visitor} asks for {word} as a VIP", |s, w| s.ask(w[0], w[1], &["vip"])),
    ("{visitor} asks for {word} {rest}", |s, w| s.ask(w[0], &format!("{} {}", w[1], w[2]), &[])),
    ("{visitor} is found to be a VIP", |s, w| s.visitor(w[0], VisitorAct::Typing, &["vip"])),
    ("{visitor} writes: {rest}", |s, w| s.writes(w[0], w[1])),
    ("{visitor} is typing", |s, w| s.visitor(w[0], VisitorAct::Typing, &[])),
    ("{visitor} gives {word} stars", |s, w| {
        let (score, detail) = (w[1].to_owned(), "".into());
        s.visitor(w[0], VisitorAct::Survey { session: None, score, detail }, &[]);
    }),
    ("{visitor} leaves", |s, w| s.visitor(w[0], VisitorAct::Leave, &[])),
    // Agents about a session.
    ("{agent} writes to {visitor}: {rest}", |s, w| {
        let content = Content::Text(w[2].into());
        s.agent(w[0], w[1], |_| AgentAct::Send { content, terms: terms() });
    }),
    ("{agent} is typing to {visitor}", |s, w| s.agent(w[0], w[1], |_| AgentAct::Typing)),
    ("{agent} closes {visitor}", |s, w| s.agent(w[0], w[1], |placement| AgentAct::Close { placement })),
    ("{agent} closes {visitor} by placement {word}", |s, w| {
        let placement = named(w[2]);
        s.agent(w[0], w[1], |_| AgentAct::Close { placement });
    }),
    ("{agent} transfers {visitor} to {rest}", |s, w| {
        let target = target(w[2]);
        s.agent(w[0], w[1], |placement| AgentAct::Transfer { target, placement });
    }),
    ("{agent} puts {visitor} on hold", |s, w| s.agent(w[0], w[1], |placement| AgentAct::Hold { placement })),
    ("{agent} resumes {visitor}", |s, w| s.agent(w[0], w[1], |_| AgentAct::Resume)),
    ("{agent} consults {agent} about {visitor}", |s, w| {
        let agent = AgentId::new(w[1]);
        s.agent(w[0], w[2], |_| AgentAct::Consult { agent });
    }),
    ("{agent} whispers about {visitor}: {rest}", |s, w| {
        let text = w[2].into();
        s.agent(w[0], w[1], |_| AgentAct::Whisper { text });
    }),
    ("{agent} ends the consult about {visitor}", |s, w| s.agent(w[0], w[1], |_| AgentAct::EndConsult)),
    ("{agent} invites {visitor} to a survey", |s, w| s.agent(w[0], w[1], |_| AgentAct::InviteSurvey)),
    // Agents about an offer.
    ("{agent} accepts {visitor}", |s, w| s.answer(w[0], w[1], None, true)),
    ("{agent} accepts {visitor} by placement {word}", |s, w| s.answer(w[0], w[1], Some(named(w[2])), true)),
    ("{agent} declines {visitor}", |s, w| s.answer(w[0], w[1], None, false)),
    ("{agent} declines {visitor} by placement {word}", |s, w| s.answer(w[0], w[1], Some(named(w[2])), false)),
    // How agents are.
    ("{agent} is online", |s, w| s.presence(PresenceSaid::new(AgentId::new(w[0]), Presence::Online))),
    ("{agent} is busy", |s, w| s.presence(PresenceSaid::new(AgentId::new(w[0]), Presence::Busy))),
    ("{agent} is away", |s, w| s.presence(PresenceSaid::new(AgentId::new(w[0]), Presence::Away))),
    ("{agent} is on a break", |s, w| s.presence(PresenceSaid::new(AgentId::new(w[0]), Presence::Break))),
    ("{agent} is offline", |s, w| s.presence(PresenceSaid::new(AgentId::new(w[0]), Presence::Offline))),
    ("{agent} is online for {span}", |s, w| {
        let lease = Some(span(w[1]).expect("a span"));
        s.presence(PresenceSaid { lease, ..PresenceSaid::new(AgentId::new(w[0]), Presence::Online) });
    }),
    ("{agent} was {word} at {span}", |s, w| {
        let at = Some(Timestamp::from_millis(START_MS).plus(span(w[2]).expect("a span")));
        let presence = Presence::named(w[1]).unwrap_or_else(|| panic!("no presence is called {}", w[1]));
        s.presence(PresenceSaid { at, ..PresenceSaid::new(AgentId::new(w[0]), presence) });
    }),
    ("{agent} drains", |s, w| {
        s.presence(PresenceSaid { drain: true, ..PresenceSaid::new(AgentId::new(w[0]), Presence::Online) });
    }),
    // Supervisors.
    ("the supervisor gives {visitor} to {agent}", |s, w| {
        let (session, agent) = (s.session(w[0]), AgentId::new(w[1]));
        s.supervise(SupervisionOrder::Assign { session, agent, placement: None });
    }),
    ("the supervisor requeues {visitor}", |s, w| {
        let session = s.session(w[0]);
        s.supervise(SupervisionOrder::Requeue { session, placement: None });
    }),
    ("the supervisor drains {agent}", |s, w| {
        s.supervise(SupervisionOrder::Drain { agent: AgentId::new(w[0]), drains: true });
    }),
    ("the supervisor undrains {agent}", |s, w| {
        s.supervise(SupervisionOrder::Drain { agent: AgentId::new(w[0]), drains: false });
    }),
    ("the supervisor moves all to {rest}", |s, w| {
        s.supervise(SupervisionOrder::Move { from: MovedQueue::All, to: target(w[0]) });
    }),
    ("the supervisor moves {word} to {rest}", |s, w| {
        s.supervise(SupervisionOrder::Move { from: MovedQueue::Group(GroupId::new(w[0])), to: target(w[1]) });
    }),
    ("the supervisor closes {visitor}", |s, w| {
        let (session, desk) = (s.session(w[0]), DeskId::new("desk"));
        s.converse(
            w[0],
            ConversationAct::SupervisorClose(Box::new(SupervisorClose { warrant: warrant(), desk, session })),
        );
    }),
    // Everything else.
    ("the same again", |s, _| {
        let last = s.last.clone().expect("something has happened before");
        s.send(last);
    }),
    ("{span} pass", |s, w| s.pass(span(w[0]).expect("a span"))),
    ("account: {rest}", |s, w| directory::account(s, None, w[0])),
    ("account of {visitor}: {rest}", |s, w| directory::account(s, Some(w[0]), w[1])),
];

/// Carries out one line, in which `; and at once` stands between things that come before anything is read.
pub(crate) fn carry_out(stage: &mut Stage, line: &str) {
    for act in line.split("; and at once ") {
        let found = ACTS.iter().find_map(|(pattern, does)| words(pattern, act).map(|words| (does, words)));
        let Some((does, words)) = found else {
            let known: Vec<_> = ACTS.iter().map(|(pattern, _)| format!("  {pattern}\n")).collect();
            panic!("nobody knows what this means: {act}\nKnown are:\n{}", known.concat());
        };
        does(stage, &words);
    }
    stage.settle();
}

/// The words of `line` where `pattern` has braces, if it is of that form.
fn words<'a>(pattern: &str, line: &'a str) -> Option<Vec<&'a str>> {
    let (mut found, mut rest) = (Vec::new(), line);
    for part in pattern.split(' ') {
        // `{rest}` takes all that is left, and there must be something.
        if part == "{rest}" {
            found.push(rest);
            return (!rest.is_empty()).then_some(found);
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let (kind, ending) = part.split_once('}').map_or((part, ""), |(kind, ending)| (kind, ending));
        if kind.starts_with('{') {
            let word = word.strip_suffix(ending)?;
            if !fits(kind, word) {
                return None;
            }
            found.push(word);
        } else if word != part {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(found)
}

fn fits(kind: &str, word: &str) -> bool {
    match kind {
        "{visitor" => word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase()),
        "{agent" => !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()),
        "{span" => span(word).is_some(),
        _ => !word.is_empty(),
    }
}

/// A length of time: `500ms`, `20s`, `5m`, `8h`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    Some(match &text[digits..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(60 * number),
        "h" => Duration::from_secs(3_600 * number),
        _ => return None,
    })
}

fn named(placement: &str) -> PlacementId {
    placement.parse().expect("a placement like 1.2")
}

/// `anybody`, `sales`, `@li`, `@li else sales`, each with `where lang = zh, level >= 2 for 30s` behind it.
pub(crate) fn target(text: &str) -> Target {
    let (whom, wanted) = text.split_once(" where ").unwrap_or((text, ""));
    let selectors = wanted.split(", ").filter(|wanted| !wanted.is_empty()).map(selector).collect();
    let (agent, group) = match whom.split_once(" else ") {
        Some((agent, group)) => (agent.strip_prefix('@'), group),
        None => (whom.strip_prefix('@'), if whom.starts_with('@') || whom == "anybody" { "" } else { whom }),
    };
    let group = (!group.is_empty()).then(|| GroupId::new(group));
    Target { agent: agent.map(AgentId::new), group, selectors }
}

fn selector(text: &str) -> Selector {
    let (wanted, within) = text.split_once(" for ").unwrap_or((text, ""));
    let [label, compare, value] = wanted.split(' ').collect::<Vec<_>>()[..] else { panic!("no selector: {text}") };
    let compare = match compare {
        "=" => Compare::Equal,
        "!=" => Compare::NotEqual,
        ">=" => Compare::AtLeast,
        "<=" => Compare::AtMost,
        other => panic!("nothing is compared by {other}"),
    };
    Selector { label: label.to_owned(), compare, value: label_value(value), within: span(within) }
}

/// A number where it is one, else a word.
pub(crate) fn label_value(text: &str) -> Label {
    text.parse().map_or_else(|_| Label::Text(text.to_owned()), Label::Number)
}

/// Conversations are numbered by their visitors' letters, so that ties in line end in the order of the alphabet.
pub(crate) fn conversation_of(visitor: &str) -> ConversationId {
    ConversationId::from_bits(visitor.bytes().map(u128::from).sum())
}

/// The visitor of a conversation.
pub(crate) fn visitor_of(conversation: ConversationId) -> String {
    u8::try_from(conversation.bits()).map_or_else(|_| conversation.to_string(), |byte| char::from(byte).to_string())
}

fn warrant() -> Warrant {
    Warrant { by: "mei".to_owned(), why: "a busy day".into() }
}

fn terms() -> Terms {
    let short = Duration::from_secs(10);
    let (class, unknown) = (Class::Service, Unknown::Silence);
    Terms { class, ttl: None, fallback: None, unknown, grace: short, revoke_grace: short }
}

/// The account where a scenario says nothing else.
pub(crate) fn usual_account() -> Account {
    Account::new(TenantId::new("tenant"), AccountId::new("account"), Dialect::Native, DeskId::new("desk"))
}

impl Stage {
    /// The account by which a visitor comes.
    pub(crate) fn account(&self, visitor: &str) -> Account {
        let own = self.accounts.get(visitor).or_else(|| self.accounts.get(""));
        own.cloned().unwrap_or_else(usual_account)
    }

    fn ask(&mut self, who: &str, whom: &str, tags: &[&str]) {
        self.visitor(who, VisitorAct::Ask { target: target(whom) }, tags);
    }

    fn supervise(&mut self, order: SupervisionOrder) {
        self.desk_act(DeskAct::Supervision(Box::new(Supervision { warrant: warrant(), order })));
    }

    /// The visitor's last session.
    fn session(&self, visitor: &str) -> SessionId {
        self.last_session(conversation_of(visitor)).unwrap_or_else(|| panic!("{visitor} has had no session"))
    }

    fn writes(&mut self, who: &str, text: &str) {
        self.visitor(who, VisitorAct::Message { content: Content::Text(text.into()), ask: None }, &[]);
    }

    fn visitor(&mut self, who: &str, act: VisitorAct, tags: &[&str]) {
        let profile = Profile { tags: tags.iter().map(|tag| (*tag).into()).collect(), ..Profile::default() };
        let visitor = VisitorId::new(format!("visitor {who}"));
        let account = self.account(who);
        let input = VisitorInput { account, visitor, profile, ext: None, ack: None, named: None, act };
        self.converse(who, ConversationAct::Visitor(Box::new(input)));
    }

    /// An agent does something about the session of which their workspace was told last; `act` gets the placement.
    fn agent(&mut self, agent: &str, visitor: &str, act: impl FnOnce(PlacementId) -> AgentAct) {
        let (session, placement) = self.known_or_last(agent, visitor);
        let input =
            AgentInput { account: self.account(visitor), session, agent: AgentId::new(agent), act: act(placement) };
        self.converse(visitor, ConversationAct::Agent(Box::new(input)));
    }

    fn known_or_last(&self, agent: &str, visitor: &str) -> (SessionId, PlacementId) {
        let conversation = conversation_of(visitor);
        let known = self.known(&AgentId::new(agent), conversation);
        let last = || self.last_session(conversation).map(|session| (session, PlacementId { epoch: 1, turn: 1 }));
        known.or_else(last).unwrap_or_else(|| panic!("{visitor} has had no session"))
    }

    fn converse(&mut self, visitor: &str, act: ConversationAct) {
        let (tenant, id) = (self.account(visitor).tenant, self.next_id());
        self.send(Record::Conversation(ConversationInput { tenant, id, conversation: conversation_of(visitor), act }));
    }

    /// An agent answers the offer of which their workspace was told last, or the one that is named.
    fn answer(&mut self, agent: &str, visitor: &str, named: Option<PlacementId>, accepts: bool) {
        let (session, placement) = self.known_or_last(agent, visitor);
        let placement = named.unwrap_or(placement);
        let (account, agent) = (self.account(visitor), AgentId::new(agent));
        self.desk_act(DeskAct::Answer(Box::new(OfferAnswer { account, session, agent, placement, accepts })));
    }

    fn presence(&mut self, said: PresenceSaid) {
        self.desk_act(DeskAct::Presence(said));
    }

    /// Something happens to the desk.
    pub(crate) fn desk_act(&mut self, act: DeskAct) {
        let Account { tenant, desk, .. } = usual_account();
        let id = self.next_id();
        self.send(Record::Desk(DeskInput { tenant, desk, id, act }));
    }
}

//! What the conversation core keeps survives its bytes, whatever it is; what is no state is refused by field.

use std::time::Duration;

use proptest::prelude::*;
use usher_domain::account::Survey;
use usher_domain::content::Private;
use usher_domain::conversation::Link;
use usher_domain::delivery::Line;
use usher_domain::event::{Outcome, Status};
use usher_domain::message::Unknown;
use usher_domain::policy::{Care, FirstReply, Inactivity};
use usher_domain::profile::{Profile, ProfileField};
use usher_domain::state::conversation::{
    Asked, Awaited, Instead, Known, Last, Life, OpenMessage, OptOut, Owner, Phase, Seen, SeenInput, Session, StateKey,
    StateKind, StateValue, Unread, Watch,
};
use usher_domain::{
    Account, AccountId, AgentCard, AgentId, BotId, Class, Content, ConversationId, DeskId, Dialect, GroupId, Message,
    MessageId, Party, PhoneNumber, PlacementId, SessionId, Target, TenantId, Timestamp, VisitorId,
};

use super::{decode_key, decode_value, encode_key, encode_value};

fn instant() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn span() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_millis)
}

fn word() -> impl Strategy<Value = String> {
    "[a-z售前 /%]{1,8}"
}

fn number() -> impl Strategy<Value = PhoneNumber> {
    "\\+[1-9][0-9]{6,14}".prop_map(|text| PhoneNumber::parse(&text).expect("E.164"))
}

fn session_id() -> impl Strategy<Value = SessionId> {
    (any::<u128>(), instant(), any::<u64>()).prop_map(|(bits, opened_at, opened_by)| SessionId {
        conversation: ConversationId::from_bits(bits),
        opened_at,
        opened_by,
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(Dialect::ALL.to_vec())
}

fn account() -> impl Strategy<Value = Account> {
    let ids = (word(), word(), word(), proptest::option::of(word()), proptest::option::of(word()));
    let survey = (any::<bool>(), span());
    (ids, dialect(), survey).prop_map(|((tenant, account, desk, group, bot), dialect, (invites, lasts))| Account {
        tenant: TenantId::new(tenant),
        account: AccountId::new(account),
        dialect,
        desk: DeskId::new(desk),
        default_group: group.map(GroupId::new),
        bot: bot.map(BotId::new),
        survey: Survey { invites, lasts },
        collected: invites,
        weight: 2,
        priority: 3,
        sms: None,
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    let names = (proptest::option::of(word()), proptest::option::of(word()));
    let moved = (proptest::option::of(instant()), proptest::option::of(word()), any::<bool>(), any::<bool>());
    (any::<u32>(), any::<u32>(), names, instant(), moved).prop_map(
        |(epoch, turn, (agent, group), asked_at, (moved_at, avoid, overflowed, returns))| Asked {
            version: PlacementId { epoch, turn },
            target: Target { agent: agent.map(AgentId::new), group: group.map(GroupId::new), ..Target::default() },
            asked_at,
            moved_at,
            avoid: avoid.map(AgentId::new),
            overflowed,
            returns,
        },
    )
}

fn watch() -> impl Strategy<Value = Watch> {
    let awaited = proptest::sample::select(vec![
        Awaited::Agent,
        Awaited::Visitor { reminded: false },
        Awaited::Visitor { reminded: true },
    ]);
    let care =
        (any::<bool>(), span(), proptest::option::of(span()), ".{0,4}").prop_map(|(both, within, after, text)| {
            let first_reply = both.then_some(FirstReply { within, requeues: both });
            Care { first_reply, inactivity: Some(Inactivity { reminds_after: after, text, closes_after: within }) }
        });
    (care, proptest::option::of(instant()), awaited, proptest::option::of(word())).prop_map(
        |(care, reply_by, awaited, consulted)| Watch {
            care,
            reply_by,
            awaited,
            consulted: consulted.map(AgentId::new),
        },
    )
}

fn card() -> impl Strategy<Value = AgentCard> {
    (word(), ".{0,4}", ".{0,4}").prop_map(|(id, name, avatar)| AgentCard { id: AgentId::new(id), name, avatar })
}

fn phase() -> impl Strategy<Value = Phase> {
    let asked_of = proptest::collection::vec(word().prop_map(AgentId::new), 0..3);
    let held = any::<(u32, u32)>().prop_map(|(epoch, turn)| PlacementId { epoch, turn });
    prop_oneof![
        word().prop_map(|bot| Phase::Bot(BotId::new(bot))),
        asked().prop_map(Phase::Waiting),
        (asked(), asked_of, instant()).prop_map(|(asked, agents, until)| Phase::Offered { asked, agents, until }),
        (asked(), card(), watch()).prop_map(|(asked, agent, watch)| Phase::Active { asked, agent, watch }),
        (asked(), card(), held).prop_map(|(asked, agent, held)| Phase::OnHold { asked, agent, held }),
        asked().prop_map(Phase::LeaveMessage),
    ]
}

fn session() -> impl Strategy<Value = Session> {
    let person = (word(), proptest::option::of(".{0,4}"), proptest::option::of(number()));
    let lines = any::<(u32, bool)>();
    let unread = (any::<u128>(), proptest::option::of(word()))
        .prop_map(|(id, named)| Unread { message: MessageId::from_bits(id), named: named.map(Private::from) });
    let unread = proptest::collection::vec(unread, 0..3);
    let typing = (proptest::option::of(instant()), unread, any::<bool>(), proptest::option::of(word()));
    (session_id(), account(), person, any::<bool>(), phase(), instant(), lines, typing).prop_map(
        |(
            id,
            account,
            (visitor, nickname, phone),
            vip,
            phase,
            quiet_since,
            (next_line, truncated),
            (typing_told, unread, rated, last_agent),
        )| Session {
            id,
            account,
            visitor: VisitorId::new(visitor),
            nickname: nickname.map(Private::from),
            phone,
            vip,
            phase,
            quiet_since,
            next_line,
            truncated,
            typing_told,
            unread,
            rated,
            invited: !rated,
            last_agent: last_agent.map(AgentId::new),
        },
    )
}

fn life() -> impl Strategy<Value = Life> {
    let outcomes =
        [Outcome::Delivered, Outcome::FellBack, Outcome::FellBackAtRisk, Outcome::Suppressed, Outcome::Failed];
    let outcome = proptest::sample::select(outcomes.to_vec());
    prop_oneof![
        (any::<bool>(), instant()).prop_map(|(settled, ends_at)| Life::Untimed { settled, ends_at }),
        instant().prop_map(|until| Life::Open { until }),
        (instant(), any::<bool>()).prop_map(|(until, revoked)| Life::Revoking { until, revoked }),
        (outcome, instant()).prop_map(|(outcome, ends_at)| Life::Ended { outcome, ends_at }),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    let all = [Status::Accepted, Status::Sent, Status::Expired, Status::Failed, Status::Delivered, Status::Read];
    proptest::sample::select(all.to_vec())
}

fn instead() -> impl Strategy<Value = Instead> {
    let content = (proptest::option::of(number()), proptest::option::of(".{0,8}"));
    let origin = proptest::option::of(account());
    (word(), content, span(), origin).prop_map(|(account, (to, text), ttl, origin)| Instead {
        account: AccountId::new(account),
        to,
        text: text.map(Private::from),
        ttl,
        origin,
    })
}

fn link() -> impl Strategy<Value = Link> {
    (any::<u128>(), account(), word(), instant()).prop_map(|(bits, account, visitor, until)| Link {
        conversation: ConversationId::from_bits(bits),
        account,
        visitor: VisitorId::new(visitor),
        until,
    })
}

fn message() -> impl Strategy<Value = OpenMessage> {
    let names = (word(), word(), word(), proptest::option::of(session_id()));
    let unknown = proptest::sample::select(vec![Unknown::Sms, Unknown::Silence]);
    let terms = (dialect(), proptest::sample::select(Class::ALL.to_vec()), unknown, span(), any::<bool>());
    let sms = (status(), proptest::option::of(word()), proptest::option::of(instead()));
    (names, terms, life(), status(), sms).prop_map(
        |((tenant, account, visitor, session), terms, life, status, (sms_status, sms_account, instead))| {
            let (dialect, class, unknown, revoke_grace, collected) = terms;
            OpenMessage {
                tenant: TenantId::new(tenant),
                account: AccountId::new(account),
                dialect,
                collected,
                visitor: VisitorId::new(visitor),
                session,
                class,
                unknown,
                revoke_grace,
                life,
                status,
                sms_status,
                sms_account: sms_account.map(AccountId::new),
                instead,
            }
        },
    )
}

fn known() -> impl Strategy<Value = Known> {
    let field = proptest::sample::select(ProfileField::ALL.to_vec());
    let value = proptest::option::of(word()).prop_map(|value| value.map(Private::from));
    let written = proptest::collection::btree_map(field, value, 0..4);
    (proptest::option::of(word()), proptest::option::of(number()), written, instant()).prop_map(
        |(email, phone, written, since)| {
            let told = Profile { email: email.map(Private::from), phone, ..Profile::default() };
            Known { told, written, since }
        },
    )
}

fn line() -> impl Strategy<Value = Line> {
    (any::<u128>(), word(), instant()).prop_map(|(bits, words, at)| {
        let (id, from) = (MessageId::from_bits(bits), Party::Tenant);
        Line { message: Message { id, from, content: Content::text(words), ext: None, via: None }, at }
    })
}

fn value() -> impl Strategy<Value = StateValue> {
    let input = (any::<u64>(), instant()).prop_map(|(id, at)| SeenInput { id, at });
    let owner = (word(), word())
        .prop_map(|(tenant, account)| Owner { tenant: TenantId::new(tenant), account: AccountId::new(account) });
    let last =
        (session_id(), proptest::option::of(owner), proptest::option::of(word()), instant(), span(), any::<bool>());
    prop_oneof![
        session().prop_map(|session| StateValue::Session(Box::new(session))),
        proptest::collection::vec(input, 0..4).prop_map(|inputs| StateValue::Seen(Seen { inputs })),
        last.prop_map(|(session, owner, agent, closed_at, lasts, rated)| {
            let group = agent.clone().filter(|_| rated).map(GroupId::new);
            let (agent, told_at) = (agent.map(AgentId::new), Some(closed_at).filter(|_| rated));
            StateValue::Last(Last { session, owner, agent, group, closed_at, lasts, rated, told_at })
        }),
        instant().prop_map(|since| StateValue::OptOut(OptOut { since })),
        link().prop_map(|link| StateValue::LinkedTo(Box::new(link))),
        known().prop_map(|known| StateValue::Profile(Box::new(known))),
        line().prop_map(|line| StateValue::Line(Box::new(line))),
        message().prop_map(|message| StateValue::Message(Box::new(message))),
    ]
}

proptest! {
    #[test]
    fn state_survives_its_bytes(value in value()) {
        prop_assert_eq!(decode_value(&encode_value(&value)).expect("our own bytes"), value);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode_key(&bytes);
        let _ = decode_value(&bytes);
    }
}

#[test]
fn keys_survive_their_bytes() {
    let conversation = ConversationId::from_bits(7);
    let message = StateKind::Message(MessageId::derive(&[b"m"]));
    for kind in [
        StateKind::Session,
        StateKind::Seen,
        StateKind::Last,
        StateKind::OptOut,
        StateKind::LinkedTo,
        StateKind::Profile,
        StateKind::Line(7),
        message,
    ] {
        let key = StateKey { conversation, kind };
        assert_eq!(decode_key(&encode_key(&key)), Ok(key));
    }
}

#[test]
fn refusals_name_the_field() {
    let error = decode_value(&[]).expect_err("no piece");
    assert_eq!(error.field(), "piece");
}

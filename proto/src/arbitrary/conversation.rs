//! Inputs of the conversation core.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::account::Survey;
use usher_domain::conversation::{
    AgentAct, AgentInput, BotAct, BotInput, ConversationAct, ConversationInput, Forwarded, Link, PushInput, VisitorAct,
    VisitorInput,
};
use usher_domain::profile::{Profile, ProfileEdit, ProfileField};
use usher_domain::{Account, Dialect};

use super::base::{
    account_id, agent_id, bot_id, conversation_id, desk_id, group_id, input_id, message_id, phone, private, session_id,
    span, tenant, text, timestamp, visitor,
};
use super::message::{content, terms};
use super::place::{placement, placement_id, receipt, target};
use super::supervision::supervisor_close;

/// Any input of a conversation.
pub fn conversation_input() -> BoxedStrategy<ConversationInput> {
    (tenant(), input_id(), conversation_id(), act())
        .prop_map(|(tenant, id, conversation, act)| ConversationInput { tenant, id, conversation, act })
        .boxed()
}

fn act() -> BoxedStrategy<ConversationAct> {
    prop_oneof![
        4 => visitor_input().prop_map(|input| ConversationAct::Visitor(Box::new(input))),
        3 => agent_input().prop_map(|input| ConversationAct::Agent(Box::new(input))),
        1 => bot_input().prop_map(|input| ConversationAct::Bot(Box::new(input))),
        1 => push_input().prop_map(|input| ConversationAct::Push(Box::new(input))),
        2 => placement().prop_map(ConversationAct::Placement),
        3 => receipt().prop_map(ConversationAct::Receipt),
        1 => link().prop_map(|link| ConversationAct::Linked(Box::new(link))),
        1 => forwarded().prop_map(|forwarded| ConversationAct::Forwarded(Box::new(forwarded))),
        1 => supervisor_close().prop_map(|close| ConversationAct::SupervisorClose(Box::new(close))),
    ]
    .boxed()
}

fn link() -> BoxedStrategy<Link> {
    (conversation_id(), account(), visitor(), timestamp())
        .prop_map(|(conversation, account, visitor, until)| Link { conversation, account, visitor, until })
        .boxed()
}

fn forwarded() -> BoxedStrategy<Forwarded> {
    (account_id(), visitor_input()).prop_map(|(via, said)| Forwarded { via, said }).boxed()
}

pub(super) fn dialect() -> BoxedStrategy<Dialect> {
    select(Dialect::ALL.to_vec()).boxed()
}

pub(super) fn account() -> BoxedStrategy<Account> {
    let survey = (any::<bool>(), span()).prop_map(|(invites, lasts)| Survey { invites, lasts });
    let numbers = any::<(bool, u32, u8)>();
    (tenant(), account_id(), dialect(), desk_id(), of(group_id()), of(bot_id()), survey, numbers, of(account_id()))
        .prop_map(|(tenant, account, dialect, desk, default_group, bot, survey, numbers, sms)| Account {
            tenant,
            account,
            dialect,
            desk,
            default_group,
            bot,
            survey,
            collected: numbers.0,
            weight: numbers.1,
            priority: numbers.2,
            sms,
        })
        .boxed()
}

pub(super) fn profile() -> BoxedStrategy<Profile> {
    let names = (of(private()), of(private()), of(phone()), vec(private(), 0..3));
    let more = (of(private()), of(private()), of(private()), of(private()), of(private()));
    (names, more)
        .prop_map(|((nickname, true_name, phone, tags), (qq, company, description, email, avatar))| Profile {
            nickname,
            true_name,
            phone,
            qq,
            company,
            description,
            email,
            tags,
            avatar,
        })
        .boxed()
}

fn edit() -> BoxedStrategy<ProfileEdit> {
    (profile_field(), of(private())).prop_map(|(field, value)| ProfileEdit { field, value }).boxed()
}

pub(super) fn profile_field() -> BoxedStrategy<ProfileField> {
    select(ProfileField::ALL.to_vec()).boxed()
}

fn visitor_input() -> BoxedStrategy<VisitorInput> {
    let act = prop_oneof![
        of(private()).prop_map(|context| VisitorAct::Connect { context }),
        (content(), of(target())).prop_map(|(content, ask)| VisitorAct::Message { content, ask }),
        target().prop_map(|target| VisitorAct::Ask { target }),
        Just(VisitorAct::Leave),
        Just(VisitorAct::Typing),
        vec(message_id(), 0..3).prop_map(|messages| VisitorAct::Read { messages }),
        (of(session_id()), text(), private()).prop_map(|(session, score, detail)| VisitorAct::Survey {
            session,
            score,
            detail
        }),
        any::<bool>().prop_map(|opted_out| VisitorAct::Subscription { opted_out }),
    ];
    (account(), visitor(), profile(), of(private()), of(private()), of(private()), act)
        .prop_map(|(account, visitor, profile, ext, ack, named, act)| VisitorInput {
            account,
            visitor,
            profile,
            ext,
            ack,
            named,
            act,
        })
        .boxed()
}

fn agent_input() -> BoxedStrategy<AgentInput> {
    let act = prop_oneof![
        (content(), terms()).prop_map(|(content, terms)| AgentAct::Send { content, terms }),
        (target(), placement_id()).prop_map(|(target, placement)| AgentAct::Transfer { target, placement }),
        placement_id().prop_map(|placement| AgentAct::Close { placement }),
        Just(AgentAct::Typing),
        vec(message_id(), 0..3).prop_map(|messages| AgentAct::Read { messages }),
        message_id().prop_map(|message| AgentAct::Recall { message }),
        vec(edit(), 0..3).prop_map(|edits| AgentAct::Profile { edits }),
        placement_id().prop_map(|placement| AgentAct::Hold { placement }),
        select(vec![AgentAct::Resume, AgentAct::EndConsult, AgentAct::InviteSurvey]),
        agent_id().prop_map(|agent| AgentAct::Consult { agent }),
        private().prop_map(|text| AgentAct::Whisper { text }),
    ];
    (account(), session_id(), agent_id(), act)
        .prop_map(|(account, session, agent, act)| AgentInput { account, session, agent, act })
        .boxed()
}

fn bot_input() -> BoxedStrategy<BotInput> {
    let act = prop_oneof![
        (content(), terms()).prop_map(|(content, terms)| BotAct::Say { content, terms }),
        target().prop_map(|target| BotAct::HandOver { target }),
    ];
    (account(), session_id(), act).prop_map(|(account, session, act)| BotInput { account, session, act }).boxed()
}

fn push_input() -> BoxedStrategy<PushInput> {
    (account(), visitor(), content(), of(private()), terms(), any::<bool>())
        .prop_map(|(account, visitor, content, ext, terms, archive)| PushInput {
            account,
            visitor,
            content,
            ext,
            terms,
            archive,
        })
        .boxed()
}

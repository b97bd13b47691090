//! Contents, messages, terms.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::content::{Choice, ChoiceAction, MediaKind};
use usher_domain::message::{Fallback, Unknown};
use usher_domain::{Class, Content, Message, Party, Terms};

use super::base::{account_id, bot_id, message_id, phone, private, span, text};
use super::place::agent_card;

pub(super) fn content() -> BoxedStrategy<Content> {
    use MediaKind::{Audio, File, Image, Video};
    let media =
        (select(vec![Image, Audio, Video, File]), private(), text(), of(private()), of(any::<u64>()), of(private()));
    let card = (private(), private(), of(private()), of(text()), of(private()), choices());
    prop_oneof![
        private().prop_map(Content::Text),
        media.prop_map(|(kind, location, format, name, bytes, secret)| Content::Media {
            kind,
            location,
            format,
            name,
            bytes,
            secret
        }),
        card.prop_map(|(title, description, media, media_format, link, choices)| Content::Card {
            title,
            description,
            media,
            media_format,
            link,
            choices
        }),
        (private(), choices()).prop_map(|(title, choices)| Content::Menu { title, choices }),
        (private(), private(), of(private())).prop_map(|(latitude, longitude, address)| Content::Location {
            latitude,
            longitude,
            address
        }),
        (private(), of(private())).prop_map(|(postback, text)| Content::Suggestion { postback, text }),
        (text(), private()).prop_map(|(kind, raw)| Content::Opaque { kind, raw }),
    ]
    .boxed()
}

fn choices() -> BoxedStrategy<Vec<Choice>> {
    let action = prop_oneof![
        private().prop_map(ChoiceAction::OpenLink),
        private().prop_map(ChoiceAction::Dial),
        (private(), private()).prop_map(|(latitude, longitude)| ChoiceAction::ShowPlace { latitude, longitude }),
        Just(ChoiceAction::SharePlace),
    ];
    let choice =
        (private(), private(), of(action)).prop_map(|(postback, label, action)| Choice { postback, label, action });
    prop::collection::vec(choice, 0..4).boxed()
}

fn party() -> BoxedStrategy<Party> {
    prop_oneof![
        of(private()).prop_map(|nickname| Party::Visitor { nickname }),
        agent_card().prop_map(Party::Agent),
        bot_id().prop_map(Party::Bot),
        Just(Party::Tenant),
        Just(Party::System),
    ]
    .boxed()
}

pub(super) fn message() -> BoxedStrategy<Message> {
    (message_id(), party(), content(), of(private()), of(account_id()))
        .prop_map(|(id, from, content, ext, via)| Message { id, from, content, ext, via })
        .boxed()
}

pub(super) fn class() -> BoxedStrategy<Class> {
    select(Class::ALL.to_vec()).boxed()
}

pub(super) fn terms() -> BoxedStrategy<Terms> {
    let fallback = (account_id(), of(phone()), span()).prop_map(|(account, to, ttl)| Fallback { account, to, ttl });
    let unknown = select(vec![Unknown::Sms, Unknown::Silence]);
    (class(), of(span()), of(fallback), unknown, span(), span())
        .prop_map(|(class, ttl, fallback, unknown, grace, revoke_grace)| Terms {
            class,
            ttl,
            fallback,
            unknown,
            grace,
            revoke_grace,
        })
        .boxed()
}

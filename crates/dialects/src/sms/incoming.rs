//! What a phone sends to an SMS account, whichever provider brings it: a message of the visitor, or the word by which
//! they want no more, or again. To which conversation it belongs in the end is the conversation core's to say.

use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::{Content, ConversationId, ConversationInput, InputId, PhoneNumber, TenantId, VisitorId};

use crate::accounts::{AccountSettings, ChannelSettings};

/// One SMS, or one part of it that is no text. `name` is what makes it this one at its provider (its id there, the
/// part), so a repeat has the same input id.
pub fn input(
    tenant: &TenantId,
    account: &AccountSettings,
    from: &PhoneNumber,
    content: Content,
    name: &[&[u8]],
) -> ConversationInput {
    let (account, act) = (account.stamp(tenant), meaning(account, content));
    let visitor = VisitorId::new(from.as_str());
    let conversation = ConversationId::of(tenant, &account.account, &visitor);
    let conversation_bits = conversation.bits().to_be_bytes();
    let id = InputId::derive(&[&[b"sms-in".as_slice(), &conversation_bits], name].concat());
    let said = VisitorInput { account, visitor, profile: Profile::default(), ext: None, ack: None, named: None, act };
    ConversationInput { tenant: tenant.clone(), id, conversation, act: ConversationAct::Visitor(Box::new(said)) }
}

/// A word of the account's lists changes what the visitor gets and is no message: nobody has to answer it.
fn meaning(account: &AccountSettings, content: Content) -> VisitorAct {
    let opted_out = match (&account.channel, &content) {
        (ChannelSettings::Sms(settings), Content::Text(text)) => settings.keywords().opted_out(text.as_str()),
        _ => None,
    };
    match opted_out {
        Some(opted_out) => VisitorAct::Subscription { opted_out },
        None => VisitorAct::Message { content, ask: None },
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::AccountId;

    use super::*;
    use crate::inbound::sample;

    fn heard(text: &str, name: &str) -> ConversationInput {
        let (accounts, tenant) = (sample::accounts(), TenantId::new("acme"));
        let account = accounts.account(&tenant, &AccountId::new("sms")).expect("an SMS account");
        let from = PhoneNumber::parse("+12223334444").expect("E.164");
        input(&tenant, account, &from, Content::text(text), &[name.as_bytes()])
    }

    fn act(text: &str) -> VisitorAct {
        match heard(text, "1").act {
            ConversationAct::Visitor(said) => said.act,
            other => panic!("not of the visitor: {other:?}"),
        }
    }

    #[test]
    fn sms_is_a_message_of_the_phone_to_the_account() {
        let input = heard("Hi", "1");
        let visitor = VisitorId::new("+12223334444");
        assert_eq!(input.conversation, ConversationId::of(&input.tenant, &AccountId::new("sms"), &visitor));
        assert_eq!(act("Hi"), VisitorAct::Message { content: Content::text("Hi"), ask: None });
        assert_eq!(heard("Hi", "1").id, input.id, "a repeat");
        assert_ne!(heard("Hi", "2").id, input.id, "the same words again");
    }

    #[test]
    fn words_that_stop_and_start_are_whole_texts_in_any_case() {
        for (opted_out, words) in [(true, ["STOP", " stop \n", "Unsubscribe", "td", "退订"]), (false, ["START"; 5])] {
            for word in words {
                assert_eq!(act(word), VisitorAct::Subscription { opted_out }, "{word}");
            }
        }
        for words in ["stop it", "don't stop", "S T O P", "退订吗", "STOP.", "starter"] {
            assert!(matches!(act(words), VisitorAct::Message { .. }), "{words}");
        }
    }
}

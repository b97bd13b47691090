//! `messageCode`: by what a receiver knows a repeat, and by what a READ names a message again.
//!
//! A message's code is its id, 32 hex digits; any other order's is its delivery's. Of what is told in parts the second has
//! the same with `-2` behind it, and so on: each code is one of its own, the same however often it is told, and leads back
//! to the whole. A code has no comma, as a READ joins codes by commas, and at most 64 characters.

use usher_domain::delivery::Order;
use usher_domain::{Delivery, MessageId};

/// The code of part number `at`, from 0.
pub(super) fn of(delivery: &Delivery, at: u32) -> String {
    let whole = match &delivery.order {
        Order::Message { message, .. } => message.id.to_string(),
        _ => delivery.id.to_string(),
    };
    if at == 0 { whole } else { format!("{whole}-{}", u64::from(at) + 1) }
}

/// The message to which a code leads, of the whole or of a part.
pub(super) fn message(code: &str) -> Option<MessageId> {
    // The whole first: an id may be written as a UUID, and the end of that is no part.
    code.parse().ok().or_else(|| {
        let (whole, part) = code.rsplit_once('-')?;
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| whole.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_domain::{Content, DeliveryId, Dialect};

    use super::*;
    use crate::outbound::rows::{message as saying, message_id, to_channel};

    #[test]
    fn every_parts_code_is_its_own_and_leads_to_the_message() {
        let delivery = to_channel("cec", Dialect::Huawei, saying(Content::text("Hi")));
        let codes = [0, 1, 9, u32::MAX].map(|at| of(&delivery, at));
        let id = message_id().to_string();
        assert_eq!(codes, [id.clone(), format!("{id}-2"), format!("{id}-10"), format!("{id}-4294967296")]);
        for code in codes {
            assert_eq!(message(&code), Some(message_id()), "{code}");
            assert!(code.len() <= 64 && !code.contains(','), "{code}");
        }
        let closed = to_channel("cec", Dialect::Huawei, Order::Closed);
        assert_eq!(of(&closed, 0), DeliveryId::from_bits(7).to_string(), "no message");
    }

    #[test]
    fn what_is_no_code_leads_nowhere_and_an_id_may_be_a_uuid() {
        let id = message_id();
        let uuid = id.hyphenated();
        for code in [uuid.clone(), format!("{uuid}-2"), id.to_string().to_uppercase()] {
            assert_eq!(message(&code), Some(id), "{code}");
        }
        for code in ["", "-", "-2", "theirs", "theirs-2", &format!("{id}-x"), &format!("{id}-+2"), &format!("{id}-2-3")]
        {
            assert_eq!(message(code), None, "{code}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            let _ = message(&text);
        }
    }
}

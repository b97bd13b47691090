//! What providers answer: any status with any body, to an order of each kind on each channel.

use usher_dialects::outbound::{Next, ProviderResponse, answered, plan};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, Class, Content, ConversationId, Delivery, DeliveryId, Dialect, Message, MessageId, Party, TenantId,
    VisitorId,
};

use super::chosen;
use crate::edge::{ACCOUNTS, NOW};

pub fn fuzz(data: &[u8]) {
    let channel = |dialect, account, visitor| {
        let target = DeliveryTarget::Channel { dialect, visitor: VisitorId::new(visitor) };
        (AccountId::new(account), target)
    };
    let targets = [
        channel(Dialect::Native, "web", "A"),
        channel(Dialect::Huawei, "aicc", "A"),
        channel(Dialect::Rbm, "rcs", "+12223334444"),
        channel(Dialect::Easemob, "im", "A"),
        channel(Dialect::Sms, "sms", "+12223334444"),
        channel(Dialect::Sms, "sms cn", "+8613512345678"),
        channel(Dialect::Aliyun, "ice", "A"),
    ];
    let places: Vec<usize> = (0..targets.len()).collect();
    let Some((place, rest)) = chosen(&places, data) else { return };
    let Some((status, body)) = chosen(&[200, 202, 400, 401, 403, 404, 409, 410, 413, 429, 500, 503, 302], rest) else {
        return;
    };
    let (account, target) = targets[place].clone();
    let delivery = order(account, target, body);
    let _ = plan(&delivery, &ACCOUNTS, NOW);
    for step in [1, 2] {
        let response = ProviderResponse { status, retry_after: None, body: body.to_vec() };
        if let Next::Done(outcome) = answered(&delivery, &ACCOUNTS, NOW, step, &response) {
            assert!(!format!("{outcome:?}").contains("12223334444"), "an outcome names nobody");
        }
    }
}

/// The provider's words are the message's too: what it says goes out to another channel one day.
fn order(account: AccountId, target: DeliveryTarget, words: &[u8]) -> Delivery {
    let message = Message {
        id: MessageId::from_bits(2),
        from: Party::Tenant,
        content: Content::text(String::from_utf8_lossy(words).into_owned()),
        ext: None,
        via: None,
    };
    Delivery {
        id: DeliveryId::from_bits(1),
        tenant: TenantId::new("acme"),
        account,
        conversation: Some(ConversationId::from_bits(3)),
        session: None,
        target,
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    }
}

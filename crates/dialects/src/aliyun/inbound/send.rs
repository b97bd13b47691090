//! `SendMessageChatText`: the tenant's server sends a text to the client of one customer.
//!
//! | parameter | what it is |
//! | --- | --- |
//! | `AIAgentId` | whose message it is: the account that has this agent |
//! | `ReceiverId` | the visitor: letters and digits in the vendor's page, at most 64 bytes; other characters are counted |
//! | `Type` | `announcement` or `custom` |
//! | `Text` | what is said, at most the account's `text_bytes_max` |
//! | `SessionId` | the business's own number for what belongs together |
//! | `Mode` | `online`: only where a client is connected now; `offline`, the default: it may come later |
//! | `NeedArchiving` | whether it goes to the transcripts; the default is that it does |

use serde_json::json;
use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, PushInput};
use usher_domain::{Body, Content, ConversationId, ConversationInput};

use super::parameters::Parameters;
use super::signature::{Claim, Kind};
use super::{Refusal, request_id};
use crate::accounts::{Accounts, Wish};
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, limits};

/// Notice: a receiver whose name the vendor's page would not take.
const ODD_RECEIVER: &str = "aliyun-receiver-not-alphanumeric";

/// Reads one call that is rightly signed.
pub(super) fn receive(
    parameters: &Parameters,
    claim: &Claim<'_>,
    kind: Kind,
    accounts: &Accounts,
) -> Result<Accepted, Condition> {
    let agent = limits::id("AIAgentId", parameters.needed("AIAgentId")?)?;
    let mut members = accounts.aliyun_key(claim.key);
    let found = members.find(|(_, _, settings)| settings.agent_ids.iter().any(|id| id == agent));
    let (tenant, account, settings) = found.ok_or_else(|| Refusal::NoSuchAgent.told())?;
    if kind == Kind::Parameter && !settings.allow_v1 {
        return Err(Refusal::OlderSignature.told());
    }
    let visitor = limits::visitor("ReceiverId", parameters.needed("ReceiverId")?, &account.channel)?;
    let text = limits::words("Text", parameters.needed("Text")?, settings.text_bytes_max)?;
    let beside = json!({
        "type": one_of(parameters, "Type", &["announcement", "custom"])?.ok_or_else(|| missing("Type"))?,
        "sessionId": limits::id("SessionId", parameters.needed("SessionId")?)?,
        "aiAgentId": agent,
        "mode": one_of(parameters, "Mode", &["offline", "online"])?.unwrap_or("offline"),
    });
    let stamp = account.stamp(tenant);
    let odd = !visitor.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric());
    let input = ConversationInput {
        tenant: tenant.clone(),
        id: claim.input_id(),
        conversation: ConversationId::of(tenant, &stamp.account, &visitor),
        act: ConversationAct::Push(Box::new(PushInput {
            account: stamp,
            visitor,
            content: Content::text(text),
            ext: Some(Private::new(json!({ "aliyun": beside }).to_string())),
            terms: account.terms(&Wish::default()),
            archive: flag(parameters, "NeedArchiving")?.unwrap_or(true),
        })),
    };
    let answer = Answer::json(200, &json!({ "RequestId": request_id(input.id) }));
    let accepted = Accepted::one(Body::Conversation(input), answer);
    Ok(if odd { accepted.noting(ODD_RECEIVER) } else { accepted })
}

fn missing(name: &str) -> Condition {
    Condition::invalid(name, super::MISSING)
}

/// A word of a closed list.
fn one_of<'w>(parameters: &Parameters, name: &str, words: &[&'w str]) -> Result<Option<&'w str>, Condition> {
    let Some(given) = parameters.value(name)? else { return Ok(None) };
    let known = words.iter().find(|word| **word == given);
    known.copied().map(Some).ok_or_else(|| Condition::invalid(name, format!("must be one of {}", words.join(", "))))
}

/// True or false in any case: clients write `True` and `true` (W1).
fn flag(parameters: &Parameters, name: &str) -> Result<Option<bool>, Condition> {
    let Some(given) = parameters.value(name)? else { return Ok(None) };
    match given.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(Condition::invalid(name, "must be true or false")),
    }
}

//! `ext.weichat`: what a client tells the customer service of its visitor and of whom they want. Only what routing knows is
//! read here; the whole goes to the workspace with the message.

use serde_json::Value;
use usher_domain::content::Private;
use usher_domain::conversation::Profile;
use usher_domain::{AgentId, GroupId, PhoneNumber, Target};

use crate::accounts::EasemobSettings;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, ID_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Most tags of one visitor; any makes them a VIP, so further ones change nothing.
const TAGS_MAX: usize = 32;
/// Longest answer to a survey's scale.
const SCORE_BYTES_MAX: usize = 32;

/// What routing knows of `ext.weichat`.
#[derive(Default)]
pub(super) struct Weichat {
    /// `visitor`.
    pub(super) profile: Profile,
    /// `agentUsername` and `queueName`.
    pub(super) target: Target,
    /// The answer to a survey: score and words.
    pub(super) survey: Option<(String, Private)>,
    /// `ctrlArgs` of a tap on "hand me over": session and id.
    pub(super) handover: Option<(String, String)>,
    /// `msg_id_for_ack`: the client's own id, under which it sends the same once more by another way.
    pub(super) ack: Option<String>,
}

/// Reads `weichat` of an `ext`.
pub(super) fn of(ext: Option<&Value>, settings: &EasemobSettings) -> Result<Weichat, Condition> {
    let Some(ext) = ext else { return Ok(Weichat::default()) };
    let Some(weichat) = Fields::of_inner(ext, "ext")?.object("weichat")? else { return Ok(Weichat::default()) };
    let ack = weichat.text_or_number("msg_id_for_ack")?;
    Ok(Weichat {
        profile: weichat.object("visitor")?.map(|visitor| profile(&visitor, settings)).transpose()?.unwrap_or_default(),
        target: target(&weichat)?,
        survey: survey(&weichat)?,
        handover: handover(&weichat)?,
        ack: ack.map(|id| limits::id(&weichat.path("msg_id_for_ack"), &id).map(str::to_owned)).transpose()?,
    })
}

/// The nickname, else the true name; one that is too long to be shown is left out here.
fn profile(visitor: &Fields<'_>, settings: &EasemobSettings) -> Result<Profile, Condition> {
    let shown = |name: &&str| name.len() <= NAME_BYTES_MAX && !name.contains('\0') && !name.trim().is_empty();
    let nickname = visitor.filled_text("userNickname")?.filter(shown);
    let name = nickname.or(visitor.filled_text("trueName")?.filter(shown));
    let phone = visitor.text_or_number("phone")?.and_then(|number| phone(&number, settings));
    Ok(Profile { nickname: name.map(Private::from), phone, tags: tags(visitor)? })
}

/// The number, with the account's prefix where it has none; `None` when that makes no E.164 number.
fn phone(number: &str, settings: &EasemobSettings) -> Option<PhoneNumber> {
    let number = number.trim();
    if number.starts_with('+') {
        return PhoneNumber::parse(number).ok();
    }
    PhoneNumber::parse(&format!("{}{number}", settings.phone_prefix.as_deref()?)).ok()
}

fn tags(visitor: &Fields<'_>) -> Result<Vec<Private>, Condition> {
    let texts = visitor.list("tags")?.iter().filter_map(Value::as_str);
    let filled = texts.filter(|tag| (1..=ID_BYTES_MAX).contains(&tag.len()));
    Ok(filled.take(TAGS_MAX).map(Private::from).collect())
}

fn target(weichat: &Fields<'_>) -> Result<Target, Condition> {
    let id = |name| weichat.filled_text(name)?.map(|text| limits::id(&weichat.path(name), text)).transpose();
    Ok(Target { agent: id("agentUsername")?.map(AgentId::new), group: id("queueName")?.map(GroupId::new) })
}

/// `ctrlType` `enquiry`. Ids are empty when the visitor began; a score that is no 1 to 5 is one all the same, and counts
/// in no average.
fn survey(weichat: &Fields<'_>) -> Result<Option<(String, Private)>, Condition> {
    if weichat.text("ctrlType")? != Some("enquiry") {
        return Ok(None);
    }
    let missing = || weichat.wrong("ctrlArgs", "is missing; it has inviteId, serviceSessionId, detail and summary");
    let answer = weichat.object("ctrlArgs")?.ok_or_else(missing)?;
    answer.text_or_number("inviteId")?;
    answer.text_or_number("serviceSessionId")?;
    let score = answer.text_or_number("summary")?.unwrap_or_default();
    if score.len() > SCORE_BYTES_MAX {
        return Err(answer.wrong("summary", format!("must have at most {SCORE_BYTES_MAX} bytes")));
    }
    let detail = answer.filled_text("detail")?;
    let detail = detail.map(|text| limits::words(&answer.path("detail"), text, TEXT_BYTES_MAX)).transpose()?;
    Ok(Some((score, Private::from(detail.unwrap_or_default()))))
}

fn handover(weichat: &Fields<'_>) -> Result<Option<(String, String)>, Condition> {
    let Some(args) = weichat.object("ctrlArgs")? else { return Ok(None) };
    let (session, id) = (args.text_or_number("serviceSessionId")?, args.text_or_number("id")?);
    Ok(session.zip(id))
}

//! `ext.weichat`: what a client tells the customer service of its visitor and of whom they want. Only what routing knows is
//! read here; the whole goes to the workspace with the message.

use serde_json::Value;
use usher_domain::content::Private;
use usher_domain::conversation::{Profile, VisitorAct};
use usher_domain::{AgentId, GroupId, PhoneNumber, Target};

use crate::accounts::EasemobSettings;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, ID_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Most tags of one visitor; any makes them a VIP, so further ones change nothing.
const TAGS_MAX: usize = 32;
/// Longest remark about a visitor, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 4_096;
/// Longest answer to a survey's scale.
const SCORE_BYTES_MAX: usize = 32;

/// What routing knows of `ext.weichat`.
#[derive(Default)]
pub(super) struct Weichat {
    /// `visitor`.
    pub(super) profile: Profile,
    /// `agentUsername` and `queueName`.
    pub(super) target: Target,
    /// The answer to a survey.
    pub(super) survey: Option<VisitorAct>,
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

/// The visitor's fields. One that is too long to be shown, or no text, is left out here: it goes along in `ext`.
fn profile(visitor: &Fields<'_>, settings: &EasemobSettings) -> Result<Profile, Condition> {
    let within = |name: &str, bytes_max: usize| {
        let text = visitor.text_or_number(name).ok().flatten();
        text.filter(|text| is_shown(text, bytes_max)).map(Private::from)
    };
    let short = |name: &str| within(name, NAME_BYTES_MAX);
    let phone = visitor.text_or_number("phone")?.and_then(|number| phone(&number, settings));
    Ok(Profile {
        nickname: short("userNickname").or_else(|| short("trueName")),
        true_name: short("trueName"),
        phone,
        qq: short("qq"),
        company: short("companyName"),
        description: within("description", DESCRIPTION_BYTES_MAX),
        email: short("email"),
        tags: tags(visitor)?,
        // The vendor's document has none for visitors.
        avatar: None,
    })
}

fn is_shown(text: &str, bytes_max: usize) -> bool {
    text.len() <= bytes_max && !text.contains('\0') && !text.trim().is_empty()
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
    Ok(Target {
        agent: id("agentUsername")?.map(AgentId::new),
        group: id("queueName")?.map(GroupId::new),
        ..Target::default()
    })
}

/// `ctrlType` `enquiry`. Ids are empty when the visitor began; a score that is no 1 to 5 is one all the same, and counts
/// in no average.
fn survey(weichat: &Fields<'_>) -> Result<Option<VisitorAct>, Condition> {
    if weichat.text("ctrlType")? != Some("enquiry") {
        return Ok(None);
    }
    let missing = || weichat.wrong("ctrlArgs", "is missing; it has inviteId, serviceSessionId, detail and summary");
    let answer = weichat.object("ctrlArgs")?.ok_or_else(missing)?;
    answer.text_or_number("inviteId")?;
    // A session that is none of ours, as another system would name it, is no session that they name.
    let session = answer.text_or_number("serviceSessionId")?.and_then(|text| text.parse().ok());
    let score = answer.text_or_number("summary")?.unwrap_or_default();
    if score.len() > SCORE_BYTES_MAX {
        return Err(answer.wrong("summary", format!("must have at most {SCORE_BYTES_MAX} bytes")));
    }
    let detail = answer.filled_text("detail")?;
    let detail = detail.map(|text| limits::words(&answer.path("detail"), text, TEXT_BYTES_MAX)).transpose()?;
    Ok(Some(VisitorAct::Survey { session, score, detail: Private::from(detail.unwrap_or_default()) }))
}

fn handover(weichat: &Fields<'_>) -> Result<Option<(String, String)>, Condition> {
    let Some(args) = weichat.object("ctrlArgs")? else { return Ok(None) };
    let (session, id) = (args.text_or_number("serviceSessionId")?, args.text_or_number("id")?);
    Ok(session.zip(id))
}

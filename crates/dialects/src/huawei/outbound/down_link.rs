//! What an order is as a `DownLinkMsg`: control type, media type, content and who says it (AICC, `pushMsg`).

use usher_domain::content::MediaKind;
use usher_domain::delivery::{Notice, Order};
use usher_domain::{Content, Dialect, Message, Party};

use crate::accounts::NoticeTexts;
use crate::outbound::SendOutcome;
use crate::outbound::limits::check_text;

/// The fields of a `DownLinkMsg` that depend on the order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DownLink {
    /// `controlType`.
    pub(super) control: &'static str,
    /// `mediaType`.
    pub(super) media: &'static str,
    /// `content`.
    pub(super) content: String,
    /// `sourceType`.
    pub(super) source: &'static str,
    /// `senderNickname` and `senderAvatar`.
    pub(super) sender: Option<(String, String)>,
}

/// Reads an order, or says why it is not pushed: typing and read have no form in the downlink.
pub(super) fn of(order: &Order, texts: &NoticeTexts) -> Result<DownLink, SendOutcome> {
    match order {
        Order::Message { message, .. } => of_message(message),
        Order::Notice(notice) => Ok(of_notice(notice, texts)),
        Order::Closed => Ok(disconnect("SYSTEM", &texts.closed)),
        Order::Typing | Order::Read { .. } => Err(SendOutcome::silent()),
        Order::Revoke { .. } => Err(SendOutcome::rejected("a Huawei channel can not take a message back")),
        Order::Connected { .. } | Order::Assigned { .. } | Order::Left { .. } | Order::Refused { .. } => {
            Err(SendOutcome::rejected("an order for a workspace or bot was addressed to a Huawei channel"))
        }
    }
}

fn of_message(message: &Message) -> Result<DownLink, SendOutcome> {
    let (media, content) = media_and_content(&message.content)?;
    let (source, sender) = match &message.from {
        Party::Agent(card) => ("AGENT", Some((card.name.clone(), card.avatar.clone()))),
        Party::Bot(bot) => ("ROBOT", Some((bot.to_string(), String::new()))),
        Party::Tenant | Party::System | Party::Visitor { .. } => ("SYSTEM", None),
    };
    Ok(DownLink { control: "CHAT", media, content, source, sender })
}

/// Files go as `objectKey,format`, as they do in the other direction.
fn media_and_content(content: &Content) -> Result<(&'static str, String), SendOutcome> {
    match content {
        Content::Text(text) => {
            check_text(Dialect::Huawei, text.as_str())?;
            Ok(("TEXT", text.as_str().to_owned()))
        }
        Content::Media { kind, location, format, .. } => {
            Ok((media_type(*kind), format!("{},{format}", location.as_str())))
        }
        Content::Menu { .. } => {
            let text = content.as_sms_text().unwrap_or_default();
            check_text(Dialect::Huawei, text.as_str())?;
            Ok(("TEXT", text.as_str().to_owned()))
        }
        Content::Card { .. } | Content::Location { .. } | Content::Suggestion { .. } | Content::Opaque { .. } => {
            Err(SendOutcome::not_reachable("a Huawei push carries text and files; this message is neither"))
        }
    }
}

const fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "IMAGE",
        MediaKind::Audio => "AUDIO",
        MediaKind::Video => "VIDEO",
        MediaKind::File => "DOCUMENT",
    }
}

fn of_notice(notice: &Notice, texts: &NoticeTexts) -> DownLink {
    match notice {
        Notice::Queued { position } => said(texts.queued.replace("{position}", &position.to_string())),
        Notice::Assigned { agent } => said(texts.assigned.replace("{agent}", &agent.name)),
        Notice::Transferred => said(texts.transferred.clone()),
        // The session is over with it, so the visitor's page must end it too.
        Notice::Refused => disconnect("SYSTEM", &texts.refused),
        Notice::Closed { by_agent: true } => disconnect("AGENT", &texts.closed),
        Notice::Closed { by_agent: false } => disconnect("SYSTEM", &texts.closed),
    }
}

/// A line in the chat that usher itself says.
fn said(content: String) -> DownLink {
    DownLink { control: "CHAT", media: "TEXT", content, source: "SYSTEM", sender: None }
}

/// The end of a session: an agent hung up (`AGENT`), or nobody said anything for too long (`SYSTEM`).
fn disconnect(source: &'static str, text: &str) -> DownLink {
    DownLink { control: "DISCONNECT", media: "TEXT", content: text.to_owned(), source, sender: None }
}

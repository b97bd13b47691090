//! What an order is as a `DownLinkMsg`, pushed or polled for: control type, media type, content and who says it (AICC,
//! `pushMsg` and `poll`).

use serde_json::{Value, json};
use usher_domain::content::{Choice, MediaKind, Private};
use usher_domain::delivery::{Notice, Order};
use usher_domain::{Content, Dialect, Message, Party, Timestamp, VisitorId};

use super::parts;
use crate::accounts::HuaweiSettings;
use crate::outbound::SendOutcome;
use crate::outbound::limits::check_text;

/// The fields of a `DownLinkMsg` that depend on the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DownLink {
    /// `controlType`.
    control: &'static str,
    /// `sourceType`.
    source: &'static str,
    /// `senderNickname` and `senderAvatar`.
    sender: Option<(String, String)>,
    /// What is said.
    said: Said,
    /// `isOfflineStatus`: whether the visitor may write on after the end.
    is_offline: bool,
}

/// The part that depends on the content.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// `mediaType`.
    media: &'static str,
    /// `content`.
    content: String,
    /// `mediaFileType`: of a file in our store, which the client fetches with `downloadFileStream`.
    file_type: Option<String>,
    /// `simQuestions`: what the visitor may want to say next, a JSON list of texts as a string.
    questions: Option<String>,
}

impl DownLink {
    /// Reads an order, or says why it does not go out: typing has no form in the downlink, and what was read is told by the
    /// names that the page gave its messages.
    pub(super) fn of(order: &Order, settings: &HuaweiSettings) -> Result<Self, SendOutcome> {
        match order {
            Order::Message { message, .. } => Self::of_message(message),
            Order::Notice(notice) => Self::of_notice(notice, settings).ok_or_else(SendOutcome::silent),
            Order::Closed => Ok(Self::ended("SYSTEM", &settings.notices.closed, settings.offline_messages)),
            Order::Read { named, .. } if !named.is_empty() => Ok(Self::read(named)),
            Order::Typing | Order::Read { .. } => Err(SendOutcome::silent()),
            Order::Revoke { .. } => Err(SendOutcome::rejected("a Huawei channel can not take a message back")),
            Order::Connected { .. }
            | Order::Assigned { .. }
            | Order::Offered(_)
            | Order::OfferWithdrawn { .. }
            | Order::MessageLeft { .. }
            | Order::Consulted { .. }
            | Order::ConsultEnded { .. }
            | Order::Whisper { .. }
            | Order::Left { .. }
            | Order::Profile(_)
            | Order::Survey { .. }
            | Order::Ack { .. }
            | Order::Refused { .. } => {
                Err(SendOutcome::rejected("an order for a workspace or bot was addressed to a Huawei channel"))
            }
        }
    }

    fn of_message(message: &Message) -> Result<Self, SendOutcome> {
        let said = Said::of(&message.content)?;
        let (source, sender) = match &message.from {
            Party::Agent(card) => ("AGENT", Some((card.name.clone(), card.avatar.clone()))),
            Party::Bot(bot) => ("ROBOT", Some((bot.to_string(), String::new()))),
            Party::Tenant | Party::System | Party::Visitor { .. } => ("SYSTEM", None),
        };
        Ok(Self { control: "CHAT", source, sender, said, is_offline: false })
    }

    /// `None`: it is not shown here.
    fn of_notice(notice: &Notice, settings: &HuaweiSettings) -> Option<Self> {
        let texts = &settings.notices;
        Some(match notice {
            Notice::Queued { position, wait } => Self::line(texts.queued(*position, *wait)),
            Notice::Assigned { agent } => Self::line(texts.assigned.replace("{agent}", &agent.name)),
            Notice::Transferred { .. } => Self::line(texts.transferred.clone()),
            // The session is over with it, so the visitor's page must end it too.
            Notice::Refused { text, .. } => {
                let text = if text.is_empty() { &texts.refused } else { text };
                Self::ended("SYSTEM", text, settings.offline_messages)
            }
            Notice::Closed { by_agent: true } => Self::ended("AGENT", &texts.closed, false),
            Notice::Closed { by_agent: false } => Self::ended("SYSTEM", &texts.closed, settings.offline_messages),
            Notice::LeaveMessage { text, .. } | Notice::Reminder { text } if text.is_empty() => return None,
            Notice::LeaveMessage { text, .. } | Notice::Reminder { text } => Self::line(text.clone()),
            // What the visitor would answer has no way in on this channel.
            Notice::Invitation => return None,
        })
    }

    /// A line in the chat that usher itself says.
    fn line(text: String) -> Self {
        Self { control: "CHAT", source: "SYSTEM", sender: None, said: Said::text(text), is_offline: false }
    }

    /// The end of a session: an agent hung up (`AGENT`), or nobody said anything for too long (`SYSTEM`).
    fn ended(source: &'static str, text: &str, is_offline: bool) -> Self {
        Self { control: "DISCONNECT", source, sender: None, said: Said::text(text.to_owned()), is_offline }
    }

    /// The agent has read these messages of the page; none of their names has a comma.
    fn read(named: &[Private]) -> Self {
        let names: Vec<&str> = named.iter().map(Private::as_str).collect();
        Self { control: "READ", source: "AGENT", sender: None, said: Said::text(names.join(",")), is_offline: false }
    }

    /// What is said, in order, with at most `most` characters of `content` each: words are parted, and so are the ids of a
    /// READ. All else is refused when it is longer. What the visitor may say next stands below the last part.
    pub(super) fn parts(self, most: usize) -> Result<Vec<Self>, SendOutcome> {
        let chars = self.said.content.chars().count();
        if chars <= most {
            return Ok(vec![self]);
        }
        let contents: Vec<String> = match (self.control, self.said.media) {
            ("READ", _) => parts::of_ids(&self.said.content, most),
            ("CHAT", "TEXT") => parts::of_text(&self.said.content, most).into_iter().map(str::to_owned).collect(),
            _ => {
                let problem =
                    format!("the content has {chars} characters, a poll takes at most {most} of what is no text");
                return Err(SendOutcome::not_reachable(problem));
            }
        };
        let last = contents.len() - 1;
        let part = |(at, content): (usize, String)| {
            let questions = if at == last { self.said.questions.clone() } else { None };
            Self { said: Said { content, questions, ..self.said.clone() }, ..self.clone() }
        };
        Ok(contents.into_iter().enumerate().map(part).collect())
    }

    /// The whole `DownLinkMsg`. A receiver knows a repeat by `messageCode`, here `code`.
    pub(super) fn message(self, code: String, visitor: &VisitorId, settings: &HuaweiSettings, now: Timestamp) -> Value {
        let Said { media, content, file_type, questions } = self.said;
        let (nickname, avatar) = self.sender.unwrap_or_default();
        let mut message = json!({
            "channel": settings.channel,
            "from": settings.channel_id,
            "to": visitor.as_str(),
            "controlType": self.control,
            "mediaType": media,
            "content": content,
            "simQuestions": questions,
            "senderNickname": nickname,
            "senderAvatar": avatar,
            "sourceType": self.source,
            "timestamp": now.millis(),
            "messageCode": code,
            "isOfflineStatus": self.is_offline,
        });
        if let Some(file_type) = file_type {
            message["mediaFileType"] = json!(file_type);
            // A file of the chat, not of the vendor's media library.
            message["contentType"] = json!("1");
        }
        message
    }
}

impl Said {
    fn text(content: String) -> Self {
        Self { media: "TEXT", content, file_type: None, questions: None }
    }

    fn of(content: &Content) -> Result<Self, SendOutcome> {
        match content {
            Content::Text(text) => words(text.as_str()),
            Content::Media { kind, location, format, .. } => {
                let is_ours = !location.as_str().contains("://");
                let file_type = is_ours.then(|| format.clone());
                let content = location.as_str().to_owned();
                Ok(Self { media: media_type(*kind), content, file_type, questions: None })
            }
            Content::Menu { title, choices } if !title.is_empty() => {
                Ok(Self { questions: questions(choices), ..words(title.as_str())? })
            }
            Content::Menu { .. } => words(content.as_sms_text().unwrap_or_default().as_str()),
            Content::Card { choices, .. } => {
                Ok(Self { media: "WEBCARD", questions: questions(choices), ..Self::text(card(content)) })
            }
            // Degrees, and a description, empty where nobody has told one.
            Content::Location { latitude, longitude, address } => {
                let address = address.as_ref().map(|address| address.as_str()).unwrap_or_default();
                let place = format!("{}/{}/{address}", latitude.as_str(), longitude.as_str());
                Ok(Self { media: "LOCATE", ..Self::text(place) })
            }
            Content::Suggestion { text: Some(text), .. } => words(text.as_str()),
            Content::Suggestion { text: None, .. } | Content::Opaque { .. } => {
                Err(SendOutcome::not_reachable("Huawei AICC has no form for this kind of message"))
            }
        }
    }
}

fn words(text: &str) -> Result<Said, SendOutcome> {
    check_text(Dialect::Huawei, text)?;
    Ok(Said::text(text.to_owned()))
}

/// The questions that a menu offers, in words: the vendor's clients send back what was tapped.
fn questions(choices: &[Choice]) -> Option<String> {
    let texts: Vec<String> = choices.iter().map(Choice::as_text).collect();
    (!texts.is_empty()).then(|| json!(texts).to_string())
}

/// A card as JSON in a string, the same in both directions.
fn card(content: &Content) -> String {
    let Content::Card { title, description, media, media_format, link, .. } = content else { return String::new() };
    let text = |part: &Option<_>| part.as_ref().map(Private::as_str).unwrap_or_default().to_owned();
    json!({
        "title": title.as_str(),
        "description": description.as_str(),
        "mediaFileId": text(media),
        "mediaFileType": media_format.as_deref().unwrap_or_default(),
        "redirectUrl": text(link),
    })
    .to_string()
}

const fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "IMAGE",
        MediaKind::Audio => "AUDIO",
        MediaKind::Video => "VIDEO",
        MediaKind::File => "DOCUMENT",
    }
}

//! How one queue works, as the file says it: a group's settings on top of those that it inherits.

use std::time::Duration;

use anyhow::Result;
use usher_domain::policy::{
    AT_ONCE_MAX, Care, Choice, Exception, FirstReply, Inactivity, LanePolicy, NoticePolicy, OfferPolicy, OrderPolicy,
    Ring, TransferPolicy,
};
use usher_domain::state::conversation::Session;
use usher_domain::{CalendarId, GroupId};

use super::fields::{Field, Settings, words_of};

/// What may be set of a queue.
pub(super) const KEYS: [&str; 14] = [
    "offer",
    "choice",
    "sticky",
    "order",
    "rings",
    "length_max",
    "wait_max",
    "calendar",
    "exceptions",
    "wrap_up",
    "transfer",
    "notices_every",
    "first_reply",
    "inactivity",
];

/// The least that makes sense of most spans.
const SECOND: Duration = Duration::from_secs(1);
/// Visitors are not told more often than so.
const NOTICES_EVERY_MIN: Duration = Duration::from_secs(10);

/// Takes a queue's settings out; where nothing is said, `base` holds.
pub(super) fn read(settings: &mut Settings, base: &LanePolicy) -> Result<LanePolicy> {
    let mut policy = base.clone();
    if let Some(field) = settings.take("offer") {
        policy.offer = unless_none(field, offer)?;
    }
    if let Some(field) = settings.take("choice") {
        policy.choice.by = choice(&field)?;
    }
    if let Some(field) = settings.take("sticky") {
        policy.choice.sticky = unless_none(field, |field| seconds(&field))?;
    }
    if let Some(field) = settings.take("order") {
        policy.order = order(field)?;
    }
    if let Some(field) = settings.take("rings") {
        policy.rings = unless_none(field, rings)?.unwrap_or_default();
    }
    if let Some(field) = settings.take("length_max") {
        policy.limits.length_max = unless_none(field, |field| field.number(0))?;
    }
    if let Some(field) = settings.take("wait_max") {
        policy.limits.wait_max = unless_none(field, |field| seconds(&field))?;
    }
    if let Some(field) = settings.take("calendar") {
        policy.calendar = unless_none(field, |field| field.name().map(CalendarId::new))?;
    }
    if let Some(field) = settings.take("exceptions") {
        exceptions(field, &mut policy)?;
    }
    if let Some(field) = settings.take("wrap_up") {
        policy.wrap_up = unless_none(field, |field| seconds(&field))?;
    }
    if let Some(field) = settings.take("transfer") {
        policy.transfer = transfer(&field)?;
    }
    if let Some(field) = settings.take("notices_every") {
        let every = unless_none(field, |field| field.span(NOTICES_EVERY_MIN))?;
        policy.notices = every.map(|every| NoticePolicy { every });
    }
    care(settings, &mut policy.care)?;
    Ok(policy)
}

fn unless_none<T>(field: Field, read: impl FnOnce(Field) -> Result<T>) -> Result<Option<T>> {
    if field.is_none() { Ok(None) } else { read(field).map(Some) }
}

fn seconds(field: &Field) -> Result<Duration> {
    field.span(SECOND)
}

fn offer(field: Field) -> Result<OfferPolicy> {
    let mut settings = field.settings()?;
    let mut offer = OfferPolicy::default();
    if let Some(field) = settings.take("within") {
        offer.within = field.span(SECOND)?;
    }
    if let Some(field) = settings.take("at_once") {
        offer.at_once = field.number(1)?;
        if offer.at_once > AT_ONCE_MAX {
            return field.wrong(&format!("must be at most {AT_ONCE_MAX}: each who is asked gives up a place for it"));
        }
    }
    if let Some(field) = settings.take("misses_max") {
        offer.misses_max = unless_none(field, |field| field.number(1))?;
    }
    if let Some(field) = settings.take("back_off") {
        offer.back_off = field.span(SECOND)?;
    }
    settings.end(&["within", "at_once", "misses_max", "back_off"])?;
    Ok(offer)
}

fn choice(field: &Field) -> Result<Choice> {
    match field.text()?.as_str() {
        "longest-idle" => Ok(Choice::LongestIdle),
        "least-loaded" => Ok(Choice::LeastLoaded),
        "highest-skill" => Ok(Choice::HighestSkill),
        _ => field.wrong("must be longest-idle, least-loaded or highest-skill"),
    }
}

fn order(field: Field) -> Result<OrderPolicy> {
    const WRONG: &str = "must be vip-first, priority, ageing: {vip: 10m, level: 5m}, or share: {vips: 3}";
    if field.is_scalar() {
        return match field.text()?.as_str() {
            "vip-first" => Ok(OrderPolicy::VipFirst),
            "priority" => Ok(OrderPolicy::Priority),
            _ => field.wrong(WRONG),
        };
    }
    let mut settings = field.clone().settings()?;
    let order = match (settings.take("ageing"), settings.take("share")) {
        (Some(ageing), None) => ageing_of(ageing)?,
        (None, Some(share)) => {
            let mut share = share.settings()?;
            let vips = share.needed("vips")?.number(1)?;
            share.end(&["vips"])?;
            OrderPolicy::Share { vips }
        }
        _ => return field.wrong(WRONG),
    };
    settings.end(&["ageing", "share"])?;
    Ok(order)
}

fn ageing_of(field: Field) -> Result<OrderPolicy> {
    let mut settings = field.settings()?;
    let mut shift = |key| settings.take(key).map_or(Ok(Duration::ZERO), |field| field.span(Duration::ZERO));
    let (vip, level) = (shift("vip")?, shift("level")?);
    settings.end(&["vip", "level"])?;
    Ok(OrderPolicy::Ageing { vip, level })
}

fn rings(field: Field) -> Result<Vec<Ring>> {
    let mut rings: Vec<Ring> = Vec::new();
    for field in field.list()? {
        let mut settings = field.clone().settings()?;
        let after = settings.needed("after")?.span(Duration::ZERO)?;
        let groups = settings.take("groups").map_or(Ok(Vec::new()), Field::list)?;
        let groups = groups.iter().map(|group| group.name().map(GroupId::new)).collect::<Result<Vec<_>>>()?;
        let anyone = settings.take("anyone").map_or(Ok(false), |field| field.flag())?;
        settings.end(&["after", "groups", "anyone"])?;
        if groups.is_empty() && !anyone {
            return field.wrong("asks nobody; name groups, or write anyone: true");
        }
        if rings.last().is_some_and(|before| before.after >= after) {
            return field.wrong("must be later than the ring before it");
        }
        rings.push(Ring { after, groups, anyone });
    }
    Ok(rings)
}

fn exceptions(field: Field, policy: &mut LanePolicy) -> Result<()> {
    let mut settings = field.settings()?;
    let table = &mut policy.exceptions;
    for (key, exception) in
        [("full", &mut table.full), ("too_long", &mut table.too_long), ("off_hours", &mut table.off_hours)]
    {
        if let Some(field) = settings.take(key) {
            *exception = exception_of(field)?;
        }
    }
    settings.end(&["full", "too_long", "off_hours"])
}

fn exception_of(field: Field) -> Result<Exception> {
    const WRONG: &str = "must be close, or one of close: TEXT, leave_message: TEXT, sms: TEXT, overflow: GROUP";
    if field.is_scalar() {
        return if field.text()? == "close" { Ok(Exception::default()) } else { field.wrong(WRONG) };
    }
    let mut entries = field.clone().settings()?.rest();
    let (Some((kind, said)), None) = (entries.next(), entries.next()) else { return field.wrong(WRONG) };
    match kind.as_str() {
        "close" => Ok(Exception::Close { text: said.name()? }),
        "leave_message" => Ok(Exception::LeaveMessage { text: said.name()? }),
        "sms" => Ok(Exception::Sms { text: said.name()? }),
        "overflow" => Ok(Exception::Overflow { group: GroupId::new(said.name()?) }),
        _ => field.wrong(WRONG),
    }
}

fn transfer(field: &Field) -> Result<TransferPolicy> {
    match field.text()?.as_str() {
        "keeps" => Ok(TransferPolicy::Keeps),
        "restarts" => Ok(TransferPolicy::Restarts),
        _ => field.wrong("must be keeps or restarts"),
    }
}

fn care(settings: &mut Settings, care: &mut Care) -> Result<()> {
    if let Some(field) = settings.take("first_reply") {
        care.first_reply = unless_none(field, first_reply)?;
    }
    if let Some(field) = settings.take("inactivity") {
        care.inactivity = unless_none(field, inactivity)?;
    }
    Ok(())
}

fn first_reply(field: Field) -> Result<FirstReply> {
    let mut settings = field.settings()?;
    let within = settings.needed("within")?.span(SECOND)?;
    let requeues = settings.take("requeues").map_or(Ok(false), |field| field.flag())?;
    settings.end(&["within", "requeues"])?;
    Ok(FirstReply { within, requeues })
}

fn inactivity(field: Field) -> Result<Inactivity> {
    let mut settings = field.clone().settings()?;
    let reminds_after = settings.take("reminds_after").map(|field| seconds(&field)).transpose()?;
    let text = settings.take("text").map_or(Ok(String::new()), |field| field.text())?;
    let closes_after = settings.needed("closes_after")?;
    let closes = closes_after.span(SECOND)?;
    settings.end(&["reminds_after", "text", "closes_after"])?;
    if closes > Session::IDLE {
        let idle = words_of(Session::IDLE);
        return closes_after.wrong(&format!("must be at most {idle}: after that a silent session is closed anyway"));
    }
    if reminds_after.is_some_and(|reminds| reminds >= closes) {
        return field.wrong("reminds_after must be earlier than closes_after");
    }
    Ok(Inactivity { reminds_after, text, closes_after: closes })
}

//! What people look at: desks in numbers and the stories of sessions, from the view that this process keeps of topic
//! `events`. Who may look at what, [`usher_dialects::look`] says.

use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;
use serde_json::json;
use usher_dialects::condition::Condition;
use usher_dialects::inbound::Answer;
use usher_dialects::look::{self, Look};
use usher_domain::InputId;
use usher_runtime::worker::clock;
use usher_view::{Counts, Shared};

use crate::Ingest;
use crate::edge::{respond, understand};

/// When a caller may look again while the topic is still being read.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Whether somebody wants to look at something.
pub(crate) fn is_about(head: &Parts) -> bool {
    look::pattern(head.uri.path()).is_some()
}

/// Shows it.
pub(crate) fn accept<S>(ingest: &Ingest<S>, head: &Parts, fresh: InputId) -> Result<Response, Condition> {
    let look = understand(ingest, head, fresh, &[], look::receive)?;
    let view = ingest.view.as_ref().ok_or_else(|| Condition::NotFound("nothing can be looked at here".to_owned()))?;
    match look {
        Look::Desk { tenant, desk, minutes, within_s } => {
            let now = clock();
            let (counts, last) = seen(view, |view| (view.counts(&tenant, &desk, now, minutes, within_s), view.seen()))?;
            // A desk that has said nothing yet is an empty one.
            let mut shown = counts.unwrap_or_else(Counts::default).json(now, minutes, within_s);
            shown["desk"] = json!(desk.to_string());
            shown["seen_ms"] = json!(last.map(usher_domain::Timestamp::millis));
            Ok(respond(Answer::json(200, &shown)))
        }
        Look::Session { tenant, session } => {
            let story = seen(view, |view| view.story(session, Some(&tenant)).map(|story| story.json()))?;
            let unknown = || Condition::NotFound("session: none that runs, or ended lately, has this name".to_owned());
            Ok(respond(Answer::json(200, &story.ok_or_else(unknown)?)))
        }
    }
}

fn seen<T>(view: &Shared, looks: impl FnOnce(&usher_view::View) -> T) -> Result<T, Condition> {
    view.look(looks).ok_or_else(|| Condition::Unavailable {
        reason: "what has happened is still being read, or can not be read now".to_owned(),
        retry_after: AGAIN_AFTER,
    })
}

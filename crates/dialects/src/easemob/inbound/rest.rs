//! The REST message call: a visitor's message by another way than IM, from a client that got no acknowledgement there, or
//! from a tenant's server in the visitor's name. Both forms of the vendor are read: what is said in the one as `msg` is
//! `type` and `body` in the other.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use usher_domain::{Body, VisitorId};

use super::token::{self, App, Served};
use super::{content, said, weichat};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, limits};

/// Most users of one call, as the vendor takes.
const TARGETS_MAX: usize = 600;
/// What a caller is told whose request may stand in the log although it was refused.
const WITHOUT_KEY: &str = "send ext.weichat.msg_id_for_ack to make a repeat safe";

/// Which of the two forms a call has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `target_type`, `target`, `msg`.
    Legacy,
    /// `to`, `type`, `body`.
    Current,
}

/// Reads one call; each user that it names gets the message.
pub(super) fn receive(request: &Request<'_>, accounts: &Accounts, form: Form) -> Result<Accepted, Condition> {
    let app = token::app_of(request, accounts)?;
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    let call = Call { fields, form, request };
    let targets = call.targets(&app)?;
    let mut accepted = Accepted::nothing(Answer::json(200, &Value::Null));
    let mut data = Map::new();
    for served in targets {
        let said = call.said(served)?;
        let visitor = limits::visitor("from", call.fields.needed_text("from")?, &served.account.channel)?;
        accepted.advice = (!said.has_key()).then_some(WITHOUT_KEY);
        let id = call.put(said, served, visitor, &mut accepted);
        data.insert(served.settings.user.clone(), json!(if form == Form::Legacy { "success" } else { &id }));
    }
    accepted.answer = Answer::json(200, &call.answer(&app, data));
    Ok(accepted)
}

struct Call<'a, 'r> {
    fields: Fields<'a>,
    form: Form,
    request: &'a Request<'r>,
}

impl<'a> Call<'a, '_> {
    /// The accounts whose users the call names; each once. A user who is no account's looks like one that is not there.
    fn targets<'s>(&self, app: &App<'s>) -> Result<Vec<Served<'s>>, Condition> {
        let name = if self.form == Form::Legacy { "target" } else { "to" };
        if self.form == Form::Legacy && self.fields.needed_text("target_type")? != "users" {
            return Err(self.fields.wrong("target_type", "must be users; groups and chat rooms are not served"));
        }
        let named = self.fields.list(name)?;
        if named.is_empty() || named.len() > TARGETS_MAX {
            return Err(self.fields.wrong(name, format!("must name 1 to {TARGETS_MAX} users")));
        }
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (at, user) in named.iter().enumerate() {
            let field = format!("{name}[{at}]");
            let user = user.as_str().ok_or_else(|| Condition::invalid(&*field, "must be a string"))?;
            let unknown = || Condition::NotFound(format!("{field}: there is no such service user"));
            let served = app.served_by(user).ok_or_else(unknown)?;
            if seen.insert(user) {
                found.push(served);
            }
        }
        Ok(found)
    }

    fn said(&self, served: Served<'_>) -> Result<said::Said, Condition> {
        let ext = self.fields.value("ext");
        let weichat = weichat::of(ext, served.settings)?;
        let body = match self.form {
            Form::Legacy => {
                let msg = self.part("msg")?;
                content::of(Fields::of_inner(msg, "msg")?.needed_text("type")?, msg, "msg")?
            }
            Form::Current => content::of(self.fields.needed_text("type")?, self.part("body")?, "body")?,
        };
        said::read(body, ext, weichat)
    }

    fn part(&self, name: &str) -> Result<&'a Value, Condition> {
        self.fields.value(name).ok_or_else(|| self.fields.wrong(name, "is missing; it must be an object"))
    }

    /// Adds the input to what is accepted; its id as text.
    fn put(&self, said: said::Said, served: Served<'_>, visitor: VisitorId, accepted: &mut Accepted) -> String {
        let fresh = self.request.fresh.bits().to_be_bytes();
        let input = said.input(served, visitor, &[b"fresh", &fresh]);
        let id = input.id.to_string();
        accepted.bodies.push(Body::Conversation(input));
        id
    }

    /// The vendor's envelope around an answer.
    fn answer(&self, app: &App<'_>, data: Map<String, Value>) -> Value {
        json!({
            "action": "post",
            "path": if self.form == Form::Legacy { "/messages" } else { "/messages/users" },
            "uri": self.request.path,
            "organization": app.org,
            "applicationName": app.app,
            "application": app.id(),
            "timestamp": self.request.now.millis(),
            "duration": 0,
            "data": data,
        })
    }
}

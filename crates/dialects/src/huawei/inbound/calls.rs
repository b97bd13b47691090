//! The two calls before a client may write: its application shows its secret, then asks for a token for one user.

use secrecy::ExposeSecret;
use serde_json::json;

use super::session::{app_of, channels};
use super::token::{self, ACCESS_LIFE, Token};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, limits, signature};

/// `tokenByAkSk`: `{"app_key","app_secret"}`.
pub(super) fn token_by_ak_sk(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    let app_key = fields.needed_text("app_key")?;
    let app_secret = fields.needed_text("app_secret")?;
    let wrong = || Condition::Unauthorised("app_key and app_secret do not fit together".to_owned());
    let channels = channels(accounts, app_key);
    let settings = channels.first().ok_or_else(wrong)?.settings;
    if !signature::same_secret(settings.app_secret.expose_secret(), app_secret) {
        return Err(wrong());
    }
    let token = token::seal(&settings.token_key, Token::Access { app_key: app_key.to_owned() }, request.now);
    let expires = ACCESS_LIFE.as_secs().to_string();
    Ok(answer(&json!({ "AccessToken": token, "ApplyType": "Bearer", "Expires": expires })))
}

/// `applyToken`: `{"userId","userName","channelId","locale"}`; name and locale are not needed here.
pub(super) fn apply_token(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let channels = app_of(request, accounts)?;
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    fields.text("userName")?;
    fields.text("locale")?;
    let id = fields.needed_text("channelId")?;
    let unknown = || Condition::NotFound("channelId: there is no such channel".to_owned());
    let settings = channels.iter().find(|channel| channel.settings.channel_id == id).ok_or_else(unknown)?.settings;
    let user = limits::id_within("userId", fields.needed_text("userId")?, settings.from_max)?;
    let (app_key, channel, user) = (settings.app_key.clone(), id.to_owned(), user.to_owned());
    let token = token::seal(&settings.token_key, Token::Messaging { app_key, channel, user }, request.now);
    Ok(answer(&json!({ "token": token, "resultCode": "0" })))
}

fn answer(body: &serde_json::Value) -> Accepted {
    Accepted::nothing(Answer::json(200, body))
}

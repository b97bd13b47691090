//! The token call, and the check of its tokens: signed for one application, not stored.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use usher_domain::{InputId, TenantId};

use crate::accounts::{AccountSettings, Accounts, EasemobSettings};
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, path, sealed, signature};

/// How long a token lives at most, as the vendor's do.
const LIFE_MAX: Duration = Duration::from_secs(60 * 24 * 3_600);
/// Stands in every token, so that it is none of another dialect's under the same key.
const KIND: &str = "easemob";

/// Kind, organisation, application, instant of expiry in milliseconds.
type Claims = (String, String, String, i64);

/// One account of an application.
#[derive(Clone, Copy)]
pub(super) struct Served<'a> {
    /// Whose it is.
    pub(super) tenant: &'a TenantId,
    /// The account.
    pub(super) account: &'a AccountSettings,
    /// Its channel.
    pub(super) settings: &'a EasemobSettings,
}

/// An application and its accounts; these have one client and one token key.
pub(super) struct App<'a> {
    /// The organisation.
    pub(super) org: &'a str,
    /// The application.
    pub(super) app: &'a str,
    /// At least one.
    served: Vec<Served<'a>>,
}

impl<'a> App<'a> {
    /// The application that the path names; `None` when it is not one of ours.
    fn of(path: &str, accounts: &'a Accounts) -> Option<Self> {
        let &[org, app, ..] = path::segments(path).as_slice() else { return None };
        let served = |(tenant, account, settings)| Served { tenant, account, settings };
        let served: Vec<_> = accounts.easemob_app(org, app).map(served).collect();
        let settings = served.first()?.settings;
        Some(Self { org: &settings.org, app: &settings.app, served })
    }

    /// The account whose service user this is.
    pub(super) fn served_by(&self, user: &str) -> Option<Served<'a>> {
        self.served.iter().copied().find(|served| served.settings.user == user)
    }

    /// What the vendor calls `application`: an id of the application.
    pub(super) fn id(&self) -> String {
        InputId::derive(&[b"easemob-application", self.org.as_bytes(), self.app.as_bytes()]).hyphenated()
    }

    fn settings(&self) -> &'a EasemobSettings {
        self.served[0].settings
    }
}

/// `{"grant_type":"client_credentials","client_id","client_secret","ttl"?}`, `ttl` in seconds.
pub(super) fn give(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    if fields.needed_text("grant_type")? != "client_credentials" {
        return Err(fields.wrong("grant_type", "must be client_credentials"));
    }
    let (id, secret) = (fields.needed_text("client_id")?, fields.needed_text("client_secret")?);
    let wrong = || Condition::Unauthorised("client_id and client_secret do not fit this application".to_owned());
    let app = App::of(request.path, accounts).ok_or_else(wrong)?;
    let settings = app.settings();
    let fits = signature::same_secret(settings.client_secret.expose_secret(), secret) && settings.client_id == id;
    if !fits {
        return Err(wrong());
    }
    let life = fields.count("ttl")?.filter(|seconds| *seconds > 0).map_or(LIFE_MAX, Duration::from_secs).min(LIFE_MAX);
    let claims: Claims = (KIND.to_owned(), app.org.to_owned(), app.app.to_owned(), request.now.plus(life).millis());
    let answer = json!({
        "access_token": sealed::seal(&settings.token_key, &claims),
        "expires_in": life.as_secs(),
        "application": app.id(),
    });
    Ok(Accepted::nothing(Answer::json(200, &answer)))
}

/// The application that the path names, once the token that came is one for it.
pub(super) fn app_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<App<'a>, Condition> {
    let unauthorised = |problem: &str| Condition::Unauthorised(problem.to_owned());
    let token = request.bearer().ok_or_else(|| unauthorised("Authorization: Bearer <access_token> is missing"))?;
    let unknown = "the access_token was not given for this application";
    let app = App::of(request.path, accounts).ok_or_else(|| unauthorised(unknown))?;
    let claims: Option<Claims> = sealed::open(&app.settings().token_key, token);
    let (kind, org, name, ends) = claims.ok_or_else(|| unauthorised(unknown))?;
    if kind != KIND || org != app.org || name != app.app {
        return Err(unauthorised(unknown));
    }
    if request.now.millis() >= ends {
        return Err(unauthorised("the access_token has expired: call token again"));
    }
    Ok(app)
}

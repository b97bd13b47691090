//! Who calls: an application by `x-app-key` and its access token, and within a chat one user of one of its channels by the
//! `ccmessaging-token`.
//!
//! A `ccmessaging-token` lives for an hour. One that ended less than another hour ago still counts, and is replaced in
//! the header `ccmessaging-token` of that answer; the client goes on with the new one. The vendor does so "during a
//! session" and says no more; an edge knows no sessions, so the time is ours.

use usher_domain::TenantId;

use super::token::{self, Refused, Token};
use crate::accounts::{AccountSettings, Accounts, HuaweiSettings};
use crate::condition::Condition;
use crate::inbound::{Answer, Request};

/// The header in which the token comes, and its replacement goes.
const CCMESSAGING_TOKEN: &str = "ccmessaging-token";

/// One account on one channel of an application.
#[derive(Clone, Copy)]
pub(in crate::huawei) struct Channel<'a> {
    pub(in crate::huawei) tenant: &'a TenantId,
    pub(in crate::huawei) account: &'a AccountSettings,
    pub(in crate::huawei) settings: &'a HuaweiSettings,
}

/// The channels of an application; they have one tenant, one secret and one token key.
pub(super) fn channels<'a>(accounts: &'a Accounts, app_key: &str) -> Vec<Channel<'a>> {
    let channel = |(tenant, account, settings)| Channel { tenant, account, settings };
    accounts.huawei_app(app_key).map(channel).collect()
}

/// The channels of the application whose key and access token the headers carry.
pub(super) fn app_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<Vec<Channel<'a>>, Condition> {
    let app_key = (request.header)("x-app-key").ok_or_else(|| unauthorised("x-app-key is missing"))?;
    let access = request.bearer().ok_or_else(|| unauthorised("Authorization: Bearer <AccessToken> is missing"))?;
    let channels = channels(accounts, app_key);
    let first = channels.first().ok_or_else(|| unauthorised("x-app-key and AccessToken do not fit together"))?;
    match token::open(&first.settings.token_key, access, request.now) {
        Ok((Token::Access { app_key: named }, _)) if named == app_key => Ok(channels),
        Ok(_) | Err(Refused::Forged) => Err(unauthorised("x-app-key and AccessToken do not fit together")),
        Err(Refused::Expired) => Err(unauthorised("the AccessToken has expired: call tokenByAkSk again")),
    }
}

/// A user who may write on a channel, as the three headers of a call within a chat show.
pub(in crate::huawei) struct Session<'a> {
    channels: Vec<Channel<'a>>,
    app_key: String,
    channel: String,
    user: String,
    /// The token that takes the place of the one that ended.
    renewed: Option<String>,
}

impl<'a> Session<'a> {
    /// Reads the headers.
    pub(in crate::huawei) fn of(request: &Request<'_>, accounts: &'a Accounts) -> Result<Self, Condition> {
        let channels = app_of(request, accounts)?;
        let text = (request.header)(CCMESSAGING_TOKEN).ok_or_else(|| unauthorised("ccmessaging-token is missing"))?;
        let key = &channels[0].settings.token_key;
        match token::open(key, text, request.now) {
            Ok((Token::Messaging { app_key, channel, user }, has_ended)) => {
                let token =
                    || Token::Messaging { app_key: app_key.clone(), channel: channel.clone(), user: user.clone() };
                let renewed = has_ended.then(|| token::seal(key, token(), request.now));
                Ok(Self { channels, app_key, channel, user, renewed })
            }
            Ok((Token::Access { .. }, _)) | Err(Refused::Forged) => {
                Err(unauthorised("the ccmessaging-token is not valid"))
            }
            Err(Refused::Expired) => Err(unauthorised("the ccmessaging-token has expired: call applyToken again")),
        }
    }

    /// The channel with this id, as field `field` names it: the token must have been given for it. Another
    /// application's looks like one that is not there.
    pub(super) fn channel_named(&self, field: &str, id: &str) -> Result<Channel<'a>, Condition> {
        let found = self.channels.iter().find(|channel| channel.settings.channel_id == id);
        let found = *found.ok_or_else(|| Condition::NotFound(format!("{field}: there is no such channel")))?;
        if self.app_key != found.settings.app_key || self.channel != id {
            let problem = format!("the ccmessaging-token was given for another channel than `{field}`");
            return Err(Condition::Unauthorised(problem));
        }
        Ok(found)
    }

    /// The channel that the token was given for.
    pub(in crate::huawei) fn channel(&self) -> Result<Channel<'a>, Condition> {
        let found = self.channels.iter().find(|channel| channel.settings.channel_id == self.channel);
        let is_ours = |channel: &&Channel<'a>| channel.settings.app_key == self.app_key;
        found.filter(is_ours).copied().ok_or_else(|| unauthorised("the ccmessaging-token is of another application"))
    }

    /// The token must have been given for this user, whom field `field` names.
    pub(in crate::huawei) fn must_be_of(&self, field: &str, user: &str) -> Result<(), Condition> {
        if self.user == user {
            return Ok(());
        }
        Err(Condition::Unauthorised(format!("the ccmessaging-token was given for another user than `{field}`")))
    }

    /// An answer, with the new token where the old one has ended.
    pub(in crate::huawei) fn answer(&self, mut answer: Answer) -> Answer {
        answer.headers.extend(self.renewed.clone().map(|token| (CCMESSAGING_TOKEN, token)));
        answer
    }
}

fn unauthorised(problem: &str) -> Condition {
    Condition::Unauthorised(problem.to_owned())
}

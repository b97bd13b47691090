//! Checks how the outside world is reached and recognised: addresses and secrets. A secret that is empty, as an unset
//! variable makes it, is one with which anybody could sign, so no such file is taken. Values are never told back: an
//! address may carry credentials too.

use secrecy::{ExposeSecret, SecretString};

use super::check::Problem;
use super::{ChannelSettings, TenantSettings, WebhookSettings, WrongAccounts, aliyun, easemob, huawei, rbm, sms};
use crate::native::outbound::is_signing_secret;

/// The workspaces and bots of a tenant.
pub(super) fn receivers(tenant: &TenantSettings) -> Result<(), WrongAccounts> {
    let wrong = |what: String, (key, problem): Problem| {
        WrongAccounts(format!("{what} of `{}`: {key}: {problem}", tenant.tenant))
    };
    for desk in &tenant.desks {
        webhook(&desk.workspace, ["workspace.url", "workspace.secret"])
            .map_err(|problem| wrong(format!("desk `{}`", desk.desk), problem))?;
    }
    for bot in &tenant.bots {
        webhook(&bot.webhook, ["webhook.url", "webhook.secret"])
            .map_err(|problem| wrong(format!("bot `{}`", bot.bot), problem))?;
    }
    Ok(())
}

/// The channel of an account.
pub(super) fn channel(channel: &ChannelSettings) -> Result<(), Problem> {
    match channel {
        ChannelSettings::Native { webhook: settings } => {
            webhook(settings, ["channel.webhook.url", "channel.webhook.secret"])
        }
        ChannelSettings::Huawei(settings) => huawei::channel(settings),
        ChannelSettings::Rbm(settings) => rbm::channel(settings),
        ChannelSettings::Sms(settings) => sms::channel(settings),
        ChannelSettings::Easemob(settings) => easemob::channel(settings),
        ChannelSettings::Aliyun(settings) => aliyun::channel(settings),
    }
}

fn webhook(settings: &WebhookSettings, [url_key, secret_key]: [&'static str; 2]) -> Result<(), Problem> {
    url(url_key, &settings.url)?;
    secret(secret_key, &settings.secret)?;
    if is_signing_secret(&settings.secret) {
        return Ok(());
    }
    Err((
        secret_key,
        "must be base64 with its padding (`whsec_` may stand before it): openssl rand -base64 32".to_owned(),
    ))
}

/// A secret that is filled.
pub(super) fn secret(key: &'static str, secret: &SecretString) -> Result<(), Problem> {
    if secret.expose_secret().trim().is_empty() {
        return Err((key, "must not be empty: is the variable or file that it refers to filled?".to_owned()));
    }
    Ok(())
}

/// An address of HTTP.
pub(super) fn url(key: &'static str, url: &str) -> Result<(), Problem> {
    if is_http(url) { Ok(()) } else { Err((key, "must be a URL: https://host/… or http://host/…".to_owned())) }
}

/// Whether it is `http` or `https` with a host; what else is wrong with it, a client says when it goes there.
fn is_http(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    known && !host.is_empty() && !host.starts_with(':') && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

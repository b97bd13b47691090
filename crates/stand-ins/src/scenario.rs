//! The names of the scenario that demo, end-to-end tests and samples share, and the accounts and directory files that
//! fit the stand-ins: tenant acme, one desk, Li (group 售前, capacity 1) and Wang (no group, capacity 3), one account
//! on each channel.

use std::time::Duration;

use serde_json::{Value, json};

use crate::signature;

/// The tenant.
pub const TENANT: &str = "acme";
/// Its desk.
pub const DESK: &str = "acme-desk";
/// The skill group.
pub const GROUP: &str = "售前";
/// The skill group whose agents are asked before a session is theirs.
pub const ASKED_GROUP: &str = "售后";
/// The agent of both groups, with capacity 1.
pub const LI: &str = "li";
/// The agent without a group, with capacity 3.
pub const WANG: &str = "wang";
/// The bot.
pub const BOT: &str = "helper";
/// The account on Huawei: with the bot, its group is 售前.
pub const HUAWEI: &str = "huawei";
/// The account on Huawei whose pages poll, without a bot.
pub const HUAWEI_PAGE: &str = "huawei-page";
/// The native account: a web page, without a bot.
pub const WEB: &str = "web";
/// The account on Easemob: with the bot; visitors are asked what they think of it.
pub const EASEMOB: &str = "easemob";
/// The account on RBM: with the bot.
pub const RBM: &str = "rbm";
/// The account that sends SMS.
pub const SMS: &str = "sms";
/// The account on Aliyun: its customers' pages collect what the tenant's server sends.
pub const CHAT: &str = "chat";
/// The tenant's key of the native API.
pub const API_KEY: &str = "acme-api-key";

pub(crate) const WEBHOOK_SECRET: &str = "whsec_YWNtZS13ZWJob29rLXNlY3JldC0wMDE=";
pub(crate) const HUAWEI_CHANNEL: &str = "1011577355744904195";
pub(crate) const HUAWEI_PAGE_CHANNEL: &str = "1011577355744904196";
pub(crate) const HUAWEI_APP_KEY: &str = "acme-app-key";
pub(crate) const HUAWEI_APP_SECRET: &str = "acme-app-secret";
const HUAWEI_TOKEN_KEY: &str = "acme-token-key-0123456789abcdef0123456789";
pub(crate) const HUAWEI_PUSH_TOKEN: &str = "acme-push-token";
pub(crate) const ALIYUN_KEY: &str = "LTAIacme";
pub(crate) const ALIYUN_SECRET: &str = "acme-access-key-secret";
pub(crate) const ALIYUN_AGENT: &str = "acme-shop-agent";
pub(crate) const EASEMOB_ORG: &str = "1122161011178276";
pub(crate) const EASEMOB_APP: &str = "acme-shop";
pub(crate) const EASEMOB_USER: &str = "kefu";
pub(crate) const EASEMOB_CALLBACK_SECRET: &str = "acme-callback-secret";
pub(crate) const EASEMOB_TOKEN: &str = "acme-easemob-token";
pub(crate) const RBM_AGENT: &str = "acme_agent";
pub(crate) const RBM_CLIENT_TOKEN: &str = "acme-client-token";
pub(crate) const SMS_ACCOUNT_SID: &str = "ACacme";
pub(crate) const SMS_AUTH_TOKEN: &str = "acme-sms-token";

/// How long the RBM account waits: `grace` (g) after a deadline for the channel's own word, `revoke_grace` (G) for
/// evidence after a revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graces {
    /// g.
    pub grace: Duration,
    /// G.
    pub revoke_grace: Duration,
}

impl Default for Graces {
    /// What holds where an account says nothing.
    fn default() -> Self {
        Self { grace: Duration::from_secs(10), revoke_grace: Duration::from_secs(30) }
    }
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Urls {
    pub(crate) ingest: String,
    pub(crate) workspace: String,
    pub(crate) bot: String,
    pub(crate) web: String,
    pub(crate) huawei_push: String,
    pub(crate) easemob: String,
    pub(crate) rbm: String,
    pub(crate) rbm_key_file: String,
    pub(crate) sms: String,
}

/// The accounts file. JSON is YAML too, and can not be indented wrongly.
pub(crate) fn accounts(urls: &Urls, graces: Graces) -> Value {
    let webhook = |url: &str| json!({ "url": url, "secret": WEBHOOK_SECRET });
    json!({ "tenants": [{
        "tenant": TENANT,
        "api_key_sha256": [signature::sha256_hex(API_KEY)],
        "desks": [{ "desk": DESK, "workspace": webhook(&urls.workspace) }],
        "bots": [{ "bot": BOT, "webhook": webhook(&urls.bot) }],
        "accounts": [
            huawei_account(urls),
            huawei_page_account(),
            { "account": WEB, "desk": DESK, "channel": { "dialect": "native", "webhook": webhook(&urls.web) } },
            easemob_account(urls),
            rbm_account(urls, graces),
            sms_account(urls),
            chat_account(graces),
        ],
    }] })
}

fn huawei_account(urls: &Urls) -> Value {
    json!({ "account": HUAWEI, "desk": DESK, "default_group": GROUP, "bot": BOT, "channel": {
        "dialect": "huawei",
        "channel_id": HUAWEI_CHANNEL,
        "app_key": HUAWEI_APP_KEY,
        "app_secret": HUAWEI_APP_SECRET,
        "token_key": HUAWEI_TOKEN_KEY,
        "push_url": urls.huawei_push,
        "push_auth": { "kind": "bearer", "token": HUAWEI_PUSH_TOKEN },
    } })
}

/// Of the same application, on a channel of its own.
fn huawei_page_account() -> Value {
    json!({ "account": HUAWEI_PAGE, "desk": DESK, "channel": {
        "dialect": "huawei",
        "channel_id": HUAWEI_PAGE_CHANNEL,
        "app_key": HUAWEI_APP_KEY,
        "app_secret": HUAWEI_APP_SECRET,
        "token_key": HUAWEI_TOKEN_KEY,
    } })
}

/// An SMS instead of what did not arrive in time.
fn fallback(graces: Graces) -> Value {
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    json!({
        "fallback_account": SMS,
        "grace_ms": ms(graces.grace),
        "revoke_grace_ms": ms(graces.revoke_grace),
    })
}

fn easemob_account(urls: &Urls) -> Value {
    json!({ "account": EASEMOB, "desk": DESK, "bot": BOT, "survey": { "invites": true }, "channel": {
        "dialect": "easemob",
        "org": EASEMOB_ORG,
        "app": EASEMOB_APP,
        "user": EASEMOB_USER,
        "client_id": "acme-client",
        "client_secret": "acme-client-secret",
        "token_key": "acme-easemob-token-key-0123456789abcdef",
        "callback_secret": EASEMOB_CALLBACK_SECRET,
        "base_url": urls.easemob,
        "token": EASEMOB_TOKEN,
        "agent_info": true,
    } })
}

fn rbm_account(urls: &Urls, graces: Graces) -> Value {
    json!({ "account": RBM, "desk": DESK, "bot": BOT, "defaults": fallback(graces), "channel": {
        "dialect": "rbm",
        "agent_id": RBM_AGENT,
        "client_token": RBM_CLIENT_TOKEN,
        "base_url": urls.rbm,
        "service_account": urls.rbm_key_file,
    } })
}

fn sms_account(urls: &Urls) -> Value {
    json!({ "account": SMS, "desk": DESK, "channel": {
        "dialect": "sms",
        "provider": "twilio",
        "base_url": urls.sms,
        "account_sid": SMS_ACCOUNT_SID,
        "auth_token": SMS_AUTH_TOKEN,
        "from": "acme",
        "callback_base_url": urls.ingest,
    } })
}

fn chat_account(graces: Graces) -> Value {
    json!({ "account": CHAT, "desk": DESK, "defaults": fallback(graces), "channel": {
        "dialect": "aliyun",
        "access_keys": [{ "id": ALIYUN_KEY, "secret": ALIYUN_SECRET }],
        "agent_ids": [ALIYUN_AGENT],
        "stream_key": "acme-stream-key-0123456789abcdef01234567",
    } })
}

/// The directory file of the desk.
pub(crate) fn directory() -> Value {
    let asked = json!({ "group": ASKED_GROUP, "offer": { "within": "60s" } });
    let both = json!([GROUP, ASKED_GROUP]);
    json!({ "tenant": TENANT, "desk": DESK, "groups": [GROUP, asked], "agents": [
        { "agent": LI, "name": "Li", "avatar": "https://acme.example/li.png", "capacity": 1, "groups": both },
        { "agent": WANG, "name": "Wang", "avatar": "https://acme.example/wang.png", "capacity": 3 },
    ] })
}

#[cfg(test)]
mod tests {
    use usher_dialects::accounts::{Accounts, AccountsFile};

    use super::*;

    #[test]
    fn usher_takes_the_accounts_of_the_scenario() {
        let url = "http://127.0.0.1:1".to_owned();
        let urls = Urls {
            ingest: url.clone(),
            workspace: url.clone(),
            bot: url.clone(),
            web: url.clone(),
            huawei_push: url.clone(),
            easemob: url.clone(),
            rbm: url.clone(),
            rbm_key_file: crate::rbm::key_file(&url),
            sms: url,
        };
        let file: AccountsFile =
            serde_json::from_value(accounts(&urls, Graces::default())).expect("the shape of an accounts file");
        let accounts = Accounts::check(file).expect("consistent");
        assert_eq!(accounts.accounts().count(), 7);
    }
}

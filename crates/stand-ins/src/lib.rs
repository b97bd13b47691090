//! The outside world of usher, for demo, tests and load: the vendors' servers, a workspace, a bot, a web page, and the
//! clients that call usher. Each server listens on 127.0.0.1, keeps a log of what it got that can be waited on, counts
//! attempts and effects per idempotency key, and behaves as it is told by a script.
//!
//! They share no code with usher: whoever plays the other side of a protocol with the same code also shares its
//! mistakes.

mod agent_page;
mod aliyun_server;
mod book;
mod bot;
mod chat_page;
mod client;
mod easemob;
mod hooks;
mod huawei_client;
mod huawei_push;
mod log;
mod native_client;
mod rbm;
mod rbm_webhook;
pub mod scenario;
mod script;
mod server;
mod signature;
mod sms;
mod sms_aliyun;
mod smsc;
mod web_channel;
mod workspace;

use std::io;

pub use agent_page::AgentPage;
pub use aliyun_server::AliyunServer;
pub use book::{Book, Entry};
pub use bot::Bot;
pub use chat_page::{ChatPage, Shown};
pub use client::{Refused, Reply};
pub use easemob::{Easemob, EasemobCallback, ImMessage};
pub use hooks::{Hook, HookReceiver};
pub use huawei_client::{HuaweiChannel, HuaweiClient};
pub use huawei_push::{DownLinkMsg, HuaweiPush, PushKey};
pub use log::{Line, Log, NotSeen, PATIENCE};
pub use native_client::{NativeClient, Person, Said};
pub use rbm::{RbmCall, RbmProvider};
pub use rbm_webhook::RbmWebhook;
pub use scenario::Graces;
pub use script::{Answer, Gate, Reaction, Script};
pub use server::{ANYWHERE, Server};
pub use sms::{Sms, SmsProvider};
pub use sms_aliyun::{AliyunSms, AliyunSmsProvider};
pub use smsc::{Bind, Deliver, Naming, Smsc, SmscAnswer, Submit};
pub use web_channel::WebChannel;
pub use workspace::{Seat, Workspace};

use scenario::Urls;

/// All servers of the scenario.
#[derive(Debug)]
pub struct StandIns {
    /// Where the agents sit.
    pub workspace: Workspace,
    /// The bot of the Huawei, Easemob and RBM accounts.
    pub bot: Bot,
    /// The page of the native account.
    pub web: WebChannel,
    /// The receiver of the Huawei account.
    pub huawei_push: HuaweiPush,
    /// Easemob's REST interface.
    pub easemob: Easemob,
    /// Google.
    pub rbm: RbmProvider,
    /// The SMS provider.
    pub sms: SmsProvider,
}

impl StandIns {
    /// Starts all, each at a free port.
    pub async fn start() -> io::Result<Self> {
        Ok(Self {
            workspace: Workspace::start(ANYWHERE, scenario::WEBHOOK_SECRET).await?,
            bot: Bot::start(ANYWHERE, scenario::WEBHOOK_SECRET).await?,
            web: WebChannel::start(ANYWHERE, scenario::WEBHOOK_SECRET).await?,
            huawei_push: HuaweiPush::start(ANYWHERE, scenario::HUAWEI_PUSH_TOKEN).await?,
            easemob: Easemob::start(ANYWHERE, scenario::EASEMOB_TOKEN).await?,
            rbm: RbmProvider::start(ANYWHERE, scenario::RBM_AGENT).await?,
            sms: SmsProvider::start(ANYWHERE, scenario::SMS_ACCOUNT_SID, scenario::SMS_AUTH_TOKEN).await?,
        })
    }

    /// The accounts file (YAML) that leads usher here; `ingest_url` is where usher itself is called back.
    pub fn accounts_yaml(&self, ingest_url: &str, graces: Graces) -> String {
        let urls = Urls {
            ingest: ingest_url.trim_end_matches('/').to_owned(),
            workspace: self.workspace.url(),
            bot: self.bot.url(),
            web: self.web.url(),
            huawei_push: self.huawei_push.url(),
            easemob: self.easemob.url(),
            rbm: self.rbm.url(),
            rbm_key_file: self.rbm.key_file(),
            sms: self.sms.url(),
        };
        pretty(&scenario::accounts(&urls, graces))
    }

    /// The directory file (YAML) of the scenario's desk.
    pub fn directory_yaml(&self) -> String {
        pretty(&scenario::directory())
    }

    /// The tenant's caller of the native API of the usher at `ingest_url`.
    pub fn native_client(&self, ingest_url: &str) -> NativeClient {
        NativeClient::new(ingest_url, scenario::API_KEY)
    }

    /// A visitor of the Huawei account.
    pub fn huawei_client(&self, ingest_url: &str, user: &str) -> HuaweiClient {
        HuaweiClient::new(ingest_url, huawei_channel(scenario::HUAWEI_CHANNEL), user)
    }

    /// A visitor of the Huawei account whose pages poll.
    pub fn huawei_page(&self, ingest_url: &str, user: &str) -> HuaweiClient {
        HuaweiClient::new(ingest_url, huawei_channel(scenario::HUAWEI_PAGE_CHANNEL), user)
    }

    /// Easemob, as it calls the Easemob account's webhook.
    pub fn easemob_callback(&self, ingest_url: &str) -> EasemobCallback {
        let appkey = format!("{}#{}", scenario::EASEMOB_ORG, scenario::EASEMOB_APP);
        let secret = scenario::EASEMOB_CALLBACK_SECRET;
        EasemobCallback::new(
            ingest_url,
            [scenario::TENANT, scenario::EASEMOB],
            secret,
            [scenario::EASEMOB_USER, &appkey],
        )
    }

    /// Google, as it calls the RBM account's webhook.
    pub fn rbm_webhook(&self, ingest_url: &str) -> RbmWebhook {
        let (tenant, account) = (scenario::TENANT, scenario::RBM);
        RbmWebhook::new(ingest_url, tenant, account, scenario::RBM_CLIENT_TOKEN, scenario::RBM_AGENT)
    }

    /// Where the SMS provider brings what phones write to the SMS account.
    pub fn sms_webhook(&self, ingest_url: &str) -> String {
        format!("{}/webhooks/sms/{}/{}", ingest_url.trim_end_matches('/'), scenario::TENANT, scenario::SMS)
    }

    /// The tenant's server, as it sends to pages of the Aliyun account.
    pub fn aliyun_server(&self, ingest_url: &str) -> AliyunServer {
        AliyunServer::new(ingest_url, scenario::ALIYUN_KEY, scenario::ALIYUN_SECRET, scenario::ALIYUN_AGENT)
    }

    /// A sentence for each thing that had more than one effect, anywhere.
    pub fn second_effects(&self) -> Vec<String> {
        let mut told = self.workspace.second_effects();
        told.extend(self.bot.second_effects());
        told.extend(self.web.second_effects());
        told.extend(self.huawei_push.second_effects());
        told.extend(self.easemob.second_effects());
        told.extend(self.rbm.second_effects());
        told.extend(self.sms.second_effects());
        told
    }
}

fn huawei_channel(channel_id: &str) -> HuaweiChannel {
    HuaweiChannel {
        channel_id: channel_id.to_owned(),
        app_key: scenario::HUAWEI_APP_KEY.to_owned(),
        app_secret: scenario::HUAWEI_APP_SECRET.to_owned(),
    }
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

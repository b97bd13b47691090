//! The accounts file: what ingest and delivery know of tenants, desks, bots and accounts. Ingest stamps on every input
//! what a core must know; delivery finds endpoints and credentials here. Secrets stand as references in the file
//! (`{ env: NAME }` or `{ file: PATH }`) and are resolved by the loader before they come here.

mod aliyun;
mod check;
mod easemob;
mod huawei;
mod rbm;
mod reach;
mod sms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use usher_domain::account::Survey;
use usher_domain::message::{Fallback, Unknown};
use usher_domain::{Account, AccountId, BotId, Class, DeskId, Dialect, GroupId, PhoneNumber, TenantId, Terms};

pub use aliyun::{AccessKey, AliyunSettings};
pub use easemob::{EasemobSettings, RestChannel};
pub use huawei::{HuaweiSettings, PushAuth};
pub use rbm::{RbmLabels, RbmSettings, ServiceAccount};
pub use sms::{AliyunSmsSettings, Alphabet, Keywords, ReceiptId, SmppSettings, SmsSettings, TwilioSettings};

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsFile {
    /// All tenants.
    pub tenants: Vec<TenantSettings>,
}

/// One tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// Its name.
    pub tenant: String,
    /// Bearer keys of the native API, each as the lower-case hex SHA-256 of the key.
    #[serde(default)]
    pub api_key_sha256: Vec<String>,
    /// Bearer keys of its supervisors, written alike: for the calls by which a desk is overruled, and for looking.
    #[serde(default)]
    pub supervisor_key_sha256: Vec<String>,
    /// Its desks, each with its workspace.
    pub desks: Vec<DeskSettings>,
    /// Its bots.
    #[serde(default)]
    pub bots: Vec<BotSettings>,
    /// Its accounts.
    pub accounts: Vec<AccountSettings>,
}

/// One desk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskSettings {
    /// Its name: unique among all tenants.
    pub desk: String,
    /// Where its agents sit.
    pub workspace: WebhookSettings,
}

/// One bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotSettings {
    /// Its name.
    pub bot: String,
    /// Where it listens.
    pub webhook: WebhookSettings,
}

/// A receiver of signed webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where to.
    pub url: String,
    /// Signing secret: base64, with or without the prefix `whsec_` (Standard Webhooks).
    pub secret: SecretString,
}

/// One account on a channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// Its name: unique inside its tenant.
    pub account: String,
    /// The desk that answers.
    pub desk: String,
    /// Where a visitor waits who names nobody.
    #[serde(default)]
    pub default_group: Option<String>,
    /// Who answers first.
    #[serde(default)]
    pub bot: Option<String>,
    /// What holds for a message that does not say otherwise.
    #[serde(default)]
    pub defaults: TermsSettings,
    /// How visitors are asked what they think of it.
    #[serde(default)]
    pub survey: SurveySettings,
    /// How much of an agent's capacity one of its sessions takes; at least 1.
    #[serde(default = "default_weight")]
    pub weight: u32,
    /// How urgent its sessions are, where a queue's order looks at it; higher is more urgent.
    #[serde(default)]
    pub priority: u8,
    /// The channel itself.
    pub channel: ChannelSettings,
}

const fn default_weight() -> u32 {
    Account::WEIGHT
}

/// Surveys of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveySettings {
    /// Whether visitors are invited when a session with an agent ends. Shown by native and Easemob channels only: no other
    /// has a way back for the answer.
    pub invites: bool,
    /// How long after a session's end an answer counts.
    pub lasts_ms: u64,
}

impl Default for SurveySettings {
    fn default() -> Self {
        let Survey { invites, lasts } = Survey::default();
        Self { invites, lasts_ms: u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// Defaults for messages of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TermsSettings {
    /// Time to live; none: such a message never falls back.
    pub ttl_ms: Option<u64>,
    /// `authentication`, `transaction`, `promotion` or `service`.
    pub class: String,
    /// The account that sends the SMS instead; none: fallback is off.
    pub fallback_account: Option<String>,
    /// How long that SMS may take.
    pub fallback_ttl_ms: u64,
    /// g: how much longer than the deadline we wait for a channel that ends messages by itself.
    pub grace_ms: u64,
    /// G: how long we wait for evidence after a revoke.
    pub revoke_grace_ms: u64,
    /// By class: `sms` or `silence` when a message's fate stays unknown. Default: promotion silent, others SMS.
    pub unknown: BTreeMap<String, String>,
}

impl Default for TermsSettings {
    fn default() -> Self {
        Self {
            ttl_ms: None,
            class: Class::Service.name().to_owned(),
            fallback_account: None,
            fallback_ttl_ms: 600_000,
            grace_ms: 10_000,
            revoke_grace_ms: 30_000,
            unknown: BTreeMap::new(),
        }
    }
}

/// What the sender of a message wishes; what is absent comes from the account.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Time to live.
    pub ttl: Option<Duration>,
    /// What it is for.
    pub class: Option<Class>,
    /// The number for the SMS.
    pub fallback_to: Option<PhoneNumber>,
}

/// The channel of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "dialect", rename_all = "lowercase")]
pub enum ChannelSettings {
    /// Our own: a signed webhook out.
    Native {
        /// The receiver.
        webhook: WebhookSettings,
    },
    /// Huawei Cloud AICC.
    Huawei(HuaweiSettings),
    /// Google RCS for Business.
    Rbm(RbmSettings),
    /// Short messages, by one of several kinds of providers.
    Sms(SmsSettings),
    /// Easemob IM.
    Easemob(EasemobSettings),
    /// Alibaba Cloud's message chat (IMS).
    Aliyun(AliyunSettings),
}

/// The words of notices on a channel that shows them as chat lines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoticeTexts {
    /// In line; `{position}` is the place, 1 is next.
    pub queued: String,
    /// The same where the queue can tell how long it will be; `{minutes}` is rounded up. `None`: as `queued`, or in our
    /// own words where these are.
    pub queued_for: Option<String>,
    /// Somebody has them now; `{agent}` is the name shown.
    pub assigned: String,
    /// They are being handed on.
    pub transferred: String,
    /// The desk will not take them.
    pub refused: String,
    /// The session is over.
    pub closed: String,
}

impl NoticeTexts {
    const QUEUED: &str = "You are number {position} in line.";
    const QUEUED_FOR: &str = "You are number {position} in line, about {minutes} min.";

    /// The place in line and, where the queue can tell, the minutes until it is the visitor's turn.
    pub(crate) fn queued(&self, position: u32, wait: Option<Duration>) -> String {
        let ours = (self.queued == Self::QUEUED).then_some(Self::QUEUED_FOR);
        let minutes = wait.map(|wait| wait.as_secs().div_ceil(60).max(1).to_string());
        let with_wait = self.queued_for.as_deref().or(ours).zip(minutes);
        let text = with_wait.map(|(text, minutes)| text.replace("{minutes}", &minutes));
        text.unwrap_or_else(|| self.queued.clone()).replace("{position}", &position.to_string())
    }
}

impl Default for NoticeTexts {
    fn default() -> Self {
        Self {
            queued: Self::QUEUED.to_owned(),
            queued_for: None,
            assigned: "You are talking to {agent}.".to_owned(),
            transferred: "We are handing you on to a colleague.".to_owned(),
            refused: "Nobody can answer you now. Please come back later.".to_owned(),
            closed: "This conversation is over.".to_owned(),
        }
    }
}

impl ChannelSettings {
    /// Which dialect it is.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Native { .. } => Dialect::Native,
            Self::Huawei(_) => Dialect::Huawei,
            Self::Rbm(_) => Dialect::Rbm,
            Self::Sms(_) => Dialect::Sms,
            Self::Easemob(_) => Dialect::Easemob,
            Self::Aliyun(_) => Dialect::Aliyun,
        }
    }

    /// Whether visitors' clients collect what is said to them.
    pub const fn is_collected(&self) -> bool {
        match self {
            Self::Huawei(settings) => settings.push_url.is_none(),
            Self::Aliyun(_) => true,
            _ => false,
        }
    }
}

/// What is wrong with an accounts file; names the place and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("accounts file: {0}")]
pub struct WrongAccounts(String);

/// Whose an account is, and its name there.
type AccountKey = (TenantId, AccountId);

/// An account with its tenant and the settings of its dialect.
type Member<'a, S> = (&'a TenantId, &'a AccountSettings, &'a S);

/// A checked accounts file with its indexes.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    tenants: BTreeMap<TenantId, TenantSettings>,
    by_key: BTreeMap<AccountKey, AccountSettings>,
    /// Accounts of Huawei applications, by `app_key`.
    by_app: BTreeMap<String, Vec<AccountKey>>,
    /// Accounts of Easemob applications.
    by_easemob_app: easemob::ByApp,
    /// Accounts with a REST channel of Easemob's customer service.
    by_rest_channel: easemob::ByRestChannel,
    /// Aliyun accounts by access key.
    by_aliyun_key: aliyun::ByKey,
}

impl Accounts {
    /// Checks every reference: desks, bots, SMS accounts, classes; names, keys and channels unique; secrets filled,
    /// addresses usable.
    ///
    /// # Errors
    /// The first thing wrong, with its place and the fix.
    pub fn check(file: AccountsFile) -> Result<Self, WrongAccounts> {
        check::api_keys(&file.tenants)?;
        let mut accounts = Self::default();
        let mut desks = BTreeMap::new();
        for tenant in file.tenants {
            let id = TenantId::new(tenant.tenant.as_str());
            reach::receivers(&tenant)?;
            for desk in &tenant.desks {
                if let Some(other) = desks.insert(desk.desk.clone(), id.clone()) {
                    return Err(WrongAccounts(format!("desk `{}` stands under `{other}` and `{id}`", desk.desk)));
                }
            }
            for account in &tenant.accounts {
                check::account(&tenant, account)?;
                let key = (id.clone(), AccountId::new(account.account.as_str()));
                if let ChannelSettings::Huawei(huawei) = &account.channel {
                    accounts.by_app.entry(huawei.app_key.clone()).or_default().push(key.clone());
                }
                if let ChannelSettings::Easemob(easemob) = &account.channel {
                    let app = (easemob.org.clone(), easemob.app.clone());
                    accounts.by_easemob_app.entry(app).or_default().push(key.clone());
                    easemob::note_rest_channel(&mut accounts.by_rest_channel, &key, easemob)?;
                }
                if let ChannelSettings::Aliyun(aliyun) = &account.channel {
                    for access_key in &aliyun.access_keys {
                        accounts.by_aliyun_key.entry(access_key.id.clone()).or_default().push(key.clone());
                    }
                }
                if accounts.by_key.insert(key, account.clone()).is_some() {
                    return Err(WrongAccounts(format!("account `{}` stands twice under `{id}`", account.account)));
                }
            }
            if accounts.tenants.insert(id.clone(), tenant).is_some() {
                return Err(WrongAccounts(format!("tenant `{id}` stands twice")));
            }
        }
        huawei::apps(&accounts)?;
        easemob::apps(&accounts)?;
        aliyun::keys(&accounts)?;
        Ok(accounts)
    }

    /// All tenants.
    pub fn tenants(&self) -> impl Iterator<Item = (&TenantId, &TenantSettings)> {
        self.tenants.iter()
    }

    /// One tenant.
    pub fn tenant(&self, tenant: &TenantId) -> Option<&TenantSettings> {
        self.tenants.get(tenant)
    }

    /// One account of a tenant.
    pub fn account(&self, tenant: &TenantId, account: &AccountId) -> Option<&AccountSettings> {
        self.by_key.get(&(tenant.clone(), account.clone()))
    }

    /// The accounts of a Huawei application: of one tenant, with one secret and one token key.
    pub fn huawei_app<'a>(&'a self, app_key: &str) -> impl Iterator<Item = Member<'a, HuaweiSettings>> + use<'a> {
        self.members(self.by_app.get(app_key), |channel| match channel {
            ChannelSettings::Huawei(settings) => Some(settings),
            _ => None,
        })
    }

    /// The accounts that an index names, each with the settings of its dialect.
    fn members<'a, S: 'a>(
        &'a self,
        keys: impl IntoIterator<Item = &'a Vec<AccountKey>> + 'a,
        settings: impl Fn(&'a ChannelSettings) -> Option<&'a S> + 'a,
    ) -> impl Iterator<Item = Member<'a, S>> + 'a {
        keys.into_iter().flatten().filter_map(move |key| self.member(key, &settings))
    }

    fn member<'a, S>(
        &'a self,
        key: &AccountKey,
        settings: impl Fn(&'a ChannelSettings) -> Option<&'a S>,
    ) -> Option<Member<'a, S>> {
        let ((tenant, _), account) = self.by_key.get_key_value(key)?;
        Some((tenant, account, settings(&account.channel)?))
    }

    /// All accounts with their tenants.
    pub fn accounts(&self) -> impl Iterator<Item = (&TenantId, &AccountSettings)> {
        self.by_key.iter().map(|((tenant, _), account)| (tenant, account))
    }

    /// The workspace of a tenant's desk.
    pub fn workspace(&self, tenant: &TenantId, desk: &DeskId) -> Option<&WebhookSettings> {
        let desks = &self.tenants.get(tenant)?.desks;
        desks.iter().find(|settings| settings.desk == desk.as_str()).map(|settings| &settings.workspace)
    }

    /// The webhook of a tenant's bot.
    pub fn bot(&self, tenant: &TenantId, bot: &BotId) -> Option<&WebhookSettings> {
        let bots = &self.tenants.get(tenant)?.bots;
        bots.iter().find(|settings| settings.bot == bot.as_str()).map(|settings| &settings.webhook)
    }
}

impl AccountSettings {
    /// What is stamped on inputs.
    pub fn stamp(&self, tenant: &TenantId) -> Account {
        Account {
            tenant: tenant.clone(),
            account: AccountId::new(self.account.as_str()),
            dialect: self.channel.dialect(),
            desk: DeskId::new(self.desk.as_str()),
            default_group: self.default_group.as_deref().map(GroupId::new),
            bot: self.bot.as_deref().map(BotId::new),
            survey: Survey { invites: self.survey.invites, lasts: Duration::from_millis(self.survey.lasts_ms) },
            collected: self.channel.is_collected(),
            weight: self.weight,
            priority: self.priority,
            sms: self.defaults.fallback_account.as_deref().map(AccountId::new),
        }
    }

    /// The terms of a message: what its sender wishes, else what holds for the account.
    pub fn terms(&self, wish: &Wish) -> Terms {
        let defaults = &self.defaults;
        let class = wish.class.or_else(|| Class::named(&defaults.class)).unwrap_or(Class::Service);
        Terms {
            class,
            ttl: wish.ttl.or(defaults.ttl_ms.map(Duration::from_millis)),
            fallback: defaults.fallback_account.as_deref().map(|account| Fallback {
                account: AccountId::new(account),
                to: wish.fallback_to.clone(),
                ttl: Duration::from_millis(defaults.fallback_ttl_ms),
            }),
            unknown: defaults.unknown_of(class),
            grace: Duration::from_millis(defaults.grace_ms),
            revoke_grace: Duration::from_millis(defaults.revoke_grace_ms),
        }
    }
}

impl TermsSettings {
    fn unknown_of(&self, class: Class) -> Unknown {
        match self.unknown.get(class.name()).map(String::as_str) {
            Some("silence") => Unknown::Silence,
            Some(_) => Unknown::Sms,
            None if class == Class::Promotion => Unknown::Silence,
            None => Unknown::Sms,
        }
    }
}

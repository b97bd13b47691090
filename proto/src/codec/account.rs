//! `account.proto`.

use std::time::Duration;

use usher_domain::account::Survey;
use usher_domain::{Account, AccountId, BotId, DeskId, Dialect, GroupId, TenantId};

use crate::error::DecodeError;
use crate::field::{byte, choice, name, optional_name, span_ms, text, unspecified};
use crate::wire;

impl From<&Account> for wire::Account {
    fn from(account: &Account) -> Self {
        Self {
            tenant: account.tenant.to_string(),
            account: account.account.to_string(),
            dialect: wire::Dialect::from(account.dialect).into(),
            desk: account.desk.to_string(),
            default_group: text(&account.default_group),
            bot: text(&account.bot),
            survey_invites: account.survey.invites,
            survey_lasts_ms: Some(span_ms(account.survey.lasts)),
            collected: account.collected,
            sms: text(&account.sms),
            weight: Some(account.weight),
            priority: account.priority.into(),
        }
    }
}

impl TryFrom<wire::Account> for Account {
    type Error = DecodeError;

    fn try_from(account: wire::Account) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", account.tenant, TenantId::new)?,
            account: name("account", account.account, AccountId::new)?,
            dialect: choice::<wire::Dialect, _>("dialect", account.dialect)?,
            desk: name("desk", account.desk, DeskId::new)?,
            default_group: optional_name("default_group", account.default_group, GroupId::new)?,
            bot: optional_name("bot", account.bot, BotId::new)?,
            survey: Survey {
                invites: account.survey_invites,
                lasts: account.survey_lasts_ms.map_or(Survey::default().lasts, Duration::from_millis),
            },
            collected: account.collected,
            sms: optional_name("sms", account.sms, AccountId::new)?,
            weight: account.weight.unwrap_or(Self::WEIGHT),
            priority: byte("priority", account.priority)?,
        })
    }
}

impl From<Dialect> for wire::Dialect {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Native => Self::Native,
            Dialect::Huawei => Self::Huawei,
            Dialect::Rbm => Self::Rbm,
            Dialect::Sms => Self::Sms,
            Dialect::Easemob => Self::Easemob,
            Dialect::Aliyun => Self::Aliyun,
        }
    }
}

impl TryFrom<wire::Dialect> for Dialect {
    type Error = DecodeError;

    fn try_from(dialect: wire::Dialect) -> Result<Self, DecodeError> {
        Ok(match dialect {
            wire::Dialect::Unspecified => return unspecified(),
            wire::Dialect::Native => Self::Native,
            wire::Dialect::Huawei => Self::Huawei,
            wire::Dialect::Rbm => Self::Rbm,
            wire::Dialect::Sms => Self::Sms,
            wire::Dialect::Easemob => Self::Easemob,
            wire::Dialect::Aliyun => Self::Aliyun,
        })
    }
}

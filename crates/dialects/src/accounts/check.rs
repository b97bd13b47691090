//! Checks an accounts file; a refusal names the place and the fix.

use std::collections::BTreeMap;

use usher_domain::Class;

use super::{AccountSettings, ChannelSettings, Member, SurveySettings, TenantSettings, WrongAccounts, reach};

/// Fewest bytes of a key that signs tokens: as many as its hash has.
pub(super) const TOKEN_KEY_BYTES_MIN: usize = 32;

/// Shortest time for which answers to a survey count.
const SURVEY_MS_MIN: u64 = 60 * 1_000;
/// Longest such time: what is remembered of a session ends with it.
const SURVEY_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;

/// A field, and what is wrong with it.
pub(super) type Problem = (&'static str, String);

/// Checks what one account says of itself and of its tenant.
pub(super) fn account(tenant: &TenantSettings, account: &AccountSettings) -> Result<(), WrongAccounts> {
    desk_and_bot(tenant, account)
        .and_then(|()| defaults(tenant, account))
        .and_then(|()| survey(&account.survey))
        .and_then(|()| weight(account.weight))
        .and_then(|()| reach::channel(&account.channel))
        .map_err(|problem| wrong(&tenant.tenant, &account.account, &problem))
}

/// A problem with its place.
pub(super) fn wrong(tenant: &str, account: &str, (field, problem): &Problem) -> WrongAccounts {
    WrongAccounts(format!("account `{account}` of `{tenant}`: {field}: {problem}"))
}

/// Accounts that share something on the vendor's side must be of one tenant, and none may `clash` with another: `fix` says
/// what they need, and in which field.
pub(super) fn apart<'a, S: 'a>(
    members: impl Iterator<Item = Member<'a, S>>,
    clash: impl Fn(&S, &S) -> bool,
    (field, fix): (&'static str, &str),
) -> Result<(), WrongAccounts> {
    let members: Vec<_> = members.collect();
    for (at, (tenant, account, settings)) in members.iter().enumerate() {
        let found =
            members[..at].iter().find(|(other_tenant, _, other)| tenant != other_tenant || clash(settings, other));
        if let Some((other_tenant, other, _)) = found {
            let problem = format!("clashes with account `{}` of `{other_tenant}`: {fix}", other.account);
            return Err(wrong(tenant.as_str(), &account.account, &(field, problem)));
        }
    }
    Ok(())
}

fn survey(survey: &SurveySettings) -> Result<(), Problem> {
    if (SURVEY_MS_MIN..=SURVEY_MS_MAX).contains(&survey.lasts_ms) {
        return Ok(());
    }
    Err(("survey.lasts_ms", format!("must be {SURVEY_MS_MIN} (a minute) to {SURVEY_MS_MAX} (30 days)")))
}

/// Sessions that weigh nothing would fill agents without end.
fn weight(weight: u32) -> Result<(), Problem> {
    if weight > 0 {
        return Ok(());
    }
    Err(("weight", "must be at least 1: so much of an agent's capacity each of its sessions takes".to_owned()))
}

fn desk_and_bot(tenant: &TenantSettings, account: &AccountSettings) -> Result<(), Problem> {
    if !tenant.desks.iter().any(|desk| desk.desk == account.desk) {
        return Err(("desk", format!("there is no desk `{}` under this tenant", account.desk)));
    }
    match &account.bot {
        Some(bot) if !tenant.bots.iter().any(|settings| &settings.bot == bot) => {
            Err(("bot", format!("there is no bot `{bot}` under this tenant")))
        }
        _ => Ok(()),
    }
}

fn defaults(tenant: &TenantSettings, account: &AccountSettings) -> Result<(), Problem> {
    let classes = "authentication, transaction, promotion or service";
    let defaults = &account.defaults;
    if Class::named(&defaults.class).is_none() {
        return Err(("defaults.class", format!("`{}` is not one of {classes}", defaults.class)));
    }
    if let Some(sms) = &defaults.fallback_account {
        let is_sms = |settings: &&AccountSettings| matches!(settings.channel, ChannelSettings::Sms(_));
        if !tenant.accounts.iter().filter(is_sms).any(|settings| &settings.account == sms) {
            return Err(("defaults.fallback_account", format!("there is no SMS account `{sms}` under this tenant")));
        }
    }
    for (class, policy) in &defaults.unknown {
        if Class::named(class).is_none() {
            return Err(("defaults.unknown", format!("`{class}` is not one of {classes}")));
        }
        if policy != "sms" && policy != "silence" {
            return Err(("defaults.unknown", format!("`{policy}` is neither sms nor silence")));
        }
    }
    Ok(())
}

/// API keys and supervisors' keys: each the hash of one key, each for one tenant and one of the two uses only.
pub(super) fn api_keys(tenants: &[TenantSettings]) -> Result<(), WrongAccounts> {
    let mut owners = BTreeMap::new();
    for tenant in tenants {
        let api = tenant.api_key_sha256.iter().map(|key| ("api_key_sha256", key));
        let supervisors = tenant.supervisor_key_sha256.iter().map(|key| ("supervisor_key_sha256", key));
        for (field, key) in api.chain(supervisors) {
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            if key.len() != 64 || !key.bytes().all(is_hex) {
                let fix = "must be the SHA-256 of a key, as 64 lower-case hex digits";
                return Err(WrongAccounts(format!("{field} of `{}`: {fix}", tenant.tenant)));
            }
            if let Some(other) = owners.insert(key, &tenant.tenant) {
                return Err(WrongAccounts(format!("`{other}` and `{}` have the same API key", tenant.tenant)));
            }
        }
    }
    Ok(())
}

//! What an SMS account says of its provider.

use secrecy::SecretString;
use serde::Deserialize;

use super::check::Problem;
use super::reach::{secret, url};

/// The provider of an SMS account.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "provider", rename_all = "lowercase")]
pub enum SmsSettings {
    /// Twilio's HTTP interface, or one like it.
    Twilio(TwilioSettings),
    /// An SMSC that speaks SMPP 3.4.
    Smpp(SmppSettings),
    /// Alibaba Cloud's SMS service.
    Aliyun(AliyunSmsSettings),
}

impl SmsSettings {
    /// The words by which a phone stops and starts what it gets.
    pub const fn keywords(&self) -> &Keywords {
        match self {
            Self::Twilio(settings) => &settings.keywords,
            Self::Smpp(settings) => &settings.keywords,
            Self::Aliyun(settings) => &settings.keywords,
        }
    }
}

/// What a phone sends to get nothing instead of messages and no promotion any more, and to get it again: the whole text,
/// whatever its case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keywords {
    /// Words that stop it.
    pub stop: Vec<String>,
    /// Words that start it again.
    pub start: Vec<String>,
}

impl Default for Keywords {
    /// The words that carriers and their rules know in English and Chinese.
    fn default() -> Self {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self { stop: owned(&["STOP", "STOPALL", "UNSUBSCRIBE", "TD", "退订"]), start: owned(&["START", "UNSTOP"]) }
    }
}

impl Keywords {
    /// Whether who writes this is out from now on; `None`: it is no word of ours.
    pub fn opted_out(&self, text: &str) -> Option<bool> {
        let said = text.trim().to_lowercase();
        let is_among = |words: &[String]| words.iter().any(|word| word.to_lowercase() == said);
        if is_among(&self.stop) { Some(true) } else { is_among(&self.start).then_some(false) }
    }

    fn check(&self) -> Result<(), Problem> {
        let mut words = self.stop.iter().chain(&self.start);
        if words.any(|word| word.is_empty() || word.trim() != word) {
            return Err(("channel.keywords", "a word must not be empty, nor have blanks around it".to_owned()));
        }
        if self.start.iter().any(|word| self.opted_out(word) == Some(true)) {
            return Err(("channel.keywords", "the same word must not both stop and start".to_owned()));
        }
        Ok(())
    }
}

/// A Twilio-style SMS provider account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a stand-in.
    pub base_url: String,
    /// `AccountSid`, user name of the calls.
    pub account_sid: String,
    /// Password of the calls, and key of the callbacks' signature.
    pub auth_token: SecretString,
    /// The sender: a number or a name.
    pub from: String,
    /// Our own public base URL as the provider sees it: callbacks come to it and are signed with it (W20).
    pub callback_base_url: String,
    /// Words by which a phone stops and starts what it gets.
    #[serde(default)]
    pub keywords: Keywords,
}

/// An account of Alibaba Cloud's SMS service (`dysmsapi`, version 2017-05-25), which sends by template only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunSmsSettings {
    /// `https://dysmsapi.aliyuncs.com`, or a stand-in; without a path.
    pub base_url: String,
    /// `AccessKeyId`, named in the signature.
    pub access_key_id: String,
    /// `AccessKeySecret`, key of the signature.
    pub access_key_secret: SecretString,
    /// `SignName`: the signature in the text, as it was approved.
    pub sign_name: String,
    /// `TemplateCode` of an approved template.
    pub template_code: String,
    /// The template's variable that stands for the words.
    #[serde(default = "default_text_param")]
    pub text_param: String,
    /// What the paths of reports and incoming SMS end with: they are not signed, so it is all that shows whose they are.
    pub callback_token: SecretString,
    /// Words by which a phone stops and starts what it gets.
    #[serde(default)]
    pub keywords: Keywords,
}

/// An account at an SMSC: every instance of delivery binds to it once, as transceiver.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppSettings {
    /// Host name or address of the SMSC.
    pub host: String,
    /// Its port.
    #[serde(default = "default_port")]
    pub port: u16,
    /// `system_id`, at most 15 characters.
    pub system_id: String,
    /// At most 8 characters.
    pub password: SecretString,
    /// `system_type`, at most 12 characters; most SMSCs want none.
    #[serde(default)]
    pub system_type: String,
    /// The sender: a number, a short code or a name.
    pub from: String,
    /// Type of number of `from`; default: 1 for a number with `+`, 5 for a name, 0 else (SMPP 3.4, 5.2.5).
    #[serde(default)]
    pub from_ton: Option<u8>,
    /// Numbering plan of `from`; default: 1 for a number, 0 for a name (5.2.6).
    #[serde(default)]
    pub from_npi: Option<u8>,
    /// Type of number of recipients: 1, international.
    #[serde(default = "one")]
    pub to_ton: u8,
    /// Numbering plan of recipients: 1, telephone.
    #[serde(default = "one")]
    pub to_npi: u8,
    /// How many submits may be unanswered at a time, per instance of delivery.
    #[serde(default = "default_window")]
    pub window: u16,
    /// How many submits a second the SMSC allows, per instance of delivery; none: as many as it answers.
    #[serde(default)]
    pub per_second: Option<u32>,
    /// How often a silent connection is asked whether it still stands.
    #[serde(default = "default_enquire_link_ms")]
    pub enquire_link_ms: u64,
    /// What the SMSC takes `data_coding` 0 for.
    #[serde(default)]
    pub default_alphabet: Alphabet,
    /// The country of senders whose number the SMSC calls national: digits, such as `49`.
    #[serde(default)]
    pub country_prefix: Option<String>,
    /// How the ids in its receipts are written, compared with those in its submit answers.
    #[serde(default)]
    pub receipt_id: ReceiptId,
    /// Words by which a phone stops and starts what it gets.
    #[serde(default)]
    pub keywords: Keywords,
}

/// What `data_coding` 0 stands for at an SMSC: its own default, which SMPP leaves open (5.2.19).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// GSM 03.38, a character in an octet.
    #[default]
    Gsm7,
    /// ISO 8859-1.
    Latin1,
}

/// How an id in a receipt becomes the one of the submit answer. Case and leading zeros never count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptId {
    /// They are the same text.
    #[default]
    AsIs,
    /// Receipts write in hex what answers write in decimal.
    HexToDecimal,
    /// Receipts write in decimal what answers write in hex.
    DecimalToHex,
}

fn default_text_param() -> String {
    "content".to_owned()
}

const fn default_port() -> u16 {
    2775
}

const fn default_window() -> u16 {
    10
}

const fn default_enquire_link_ms() -> u64 {
    30_000
}

const fn one() -> u8 {
    1
}

/// Checks how the provider is reached.
pub(super) fn channel(settings: &SmsSettings) -> Result<(), Problem> {
    settings.keywords().check()?;
    match settings {
        SmsSettings::Twilio(settings) => twilio(settings),
        SmsSettings::Smpp(settings) => smpp(settings),
        SmsSettings::Aliyun(settings) => aliyun(settings),
    }
}

fn twilio(settings: &TwilioSettings) -> Result<(), Problem> {
    secret("channel.auth_token", &settings.auth_token)?;
    url("channel.base_url", &settings.base_url)?;
    url("channel.callback_base_url", &settings.callback_base_url)
}

/// Fewest bytes of a token that stands in a path: nobody shall guess it.
const CALLBACK_TOKEN_BYTES_MIN: usize = 16;

fn aliyun(settings: &AliyunSmsSettings) -> Result<(), Problem> {
    use secrecy::ExposeSecret;
    secret("channel.access_key_secret", &settings.access_key_secret)?;
    url("channel.base_url", &settings.base_url)?;
    let named = [
        ("channel.access_key_id", &settings.access_key_id),
        ("channel.sign_name", &settings.sign_name),
        ("channel.template_code", &settings.template_code),
        ("channel.text_param", &settings.text_param),
    ];
    for (key, value) in named {
        if value.trim().is_empty() {
            return Err((key, "must not be empty".to_owned()));
        }
    }
    let token = settings.callback_token.expose_secret();
    let fits = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~=".contains(&byte));
    if token.len() < CALLBACK_TOKEN_BYTES_MIN || !fits {
        let fix = "must have at least 16 characters, letters, digits or - . _ ~ =, as it stands in a path";
        return Err(("channel.callback_token", fix.to_owned()));
    }
    Ok(())
}

fn smpp(settings: &SmppSettings) -> Result<(), Problem> {
    use secrecy::ExposeSecret;
    secret("channel.password", &settings.password)?;
    at_most("channel.system_id", &settings.system_id, 15)?;
    at_most("channel.password", settings.password.expose_secret(), 8)?;
    at_most("channel.system_type", &settings.system_type, 12)?;
    at_most("channel.from", &settings.from, 20)?;
    for (key, value) in [("channel.host", &settings.host), ("channel.system_id", &settings.system_id)] {
        if value.trim().is_empty() {
            return Err((key, "must not be empty".to_owned()));
        }
    }
    if settings.window == 0 || settings.per_second == Some(0) {
        return Err(("channel.window", "must be at least 1, and so must per_second where it is given".to_owned()));
    }
    let is_country = |prefix: &String| {
        (1..=3).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_digit()) && !prefix.starts_with('0')
    };
    if settings.country_prefix.as_ref().is_some_and(|prefix| !is_country(prefix)) {
        return Err(("channel.country_prefix", "must be one to three digits, such as \"49\"".to_owned()));
    }
    if settings.enquire_link_ms < 1_000 {
        return Err(("channel.enquire_link_ms", "must be at least 1000".to_owned()));
    }
    Ok(())
}

/// A C-Octet String of SMPP: ASCII, with room for the NUL after it.
fn at_most(key: &'static str, value: &str, limit: usize) -> Result<(), Problem> {
    if value.len() > limit || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err((key, format!("must have at most {limit} characters, all of them ASCII")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(field: &str, value: Value) -> Result<(), Problem> {
        let mut settings =
            json!({ "provider": "smpp", "host": "smsc", "system_id": "acme", "password": "pw", "from": "ACME" });
        settings[field] = value;
        channel(&serde_json::from_value(settings).expect("settings"))
    }

    #[test]
    fn what_does_not_fit_into_a_bind_is_refused_with_its_key() {
        let rows = [
            ("host", json!(" ")),
            ("system_id", json!("")),
            ("system_id", json!("x".repeat(16))),
            ("password", json!("")),
            ("password", json!("123456789")),
            ("system_type", json!("x".repeat(13))),
            ("from", json!("x".repeat(21))),
            ("from", json!("é")),
            ("window", json!(0)),
            ("enquire_link_ms", json!(999)),
            ("country_prefix", json!("+49")),
            ("country_prefix", json!("049")),
            ("country_prefix", json!("")),
        ];
        for (field, value) in rows {
            let problem = checked(field, value.clone()).expect_err("refused");
            assert_eq!(problem.0, format!("channel.{field}"), "{value}");
        }
        assert_eq!(checked("per_second", json!(0)).map_err(|problem| problem.0), Err("channel.window"));
        assert_eq!(checked("receipt_id", json!("hex_to_decimal")), Ok(()));
        assert_eq!(checked("password", json!("12345678")), Ok(()));
    }

    #[test]
    fn what_an_aliyun_account_lacks_is_refused_with_its_key() {
        let checked = |field: &str, value: Value| {
            let mut settings = json!({
                "provider": "aliyun", "base_url": "https://dysmsapi.aliyuncs.com", "access_key_id": "id",
                "access_key_secret": "secret", "sign_name": "s", "template_code": "t",
                "callback_token": "callback-token-0",
            });
            settings[field] = value;
            channel(&serde_json::from_value(settings).expect("settings"))
        };
        let fields = ["base_url", "access_key_id", "access_key_secret", "sign_name", "template_code", "text_param"];
        for field in fields.into_iter().chain(["callback_token"]) {
            assert_eq!(checked(field, json!("")).expect_err("refused").0, format!("channel.{field}"));
        }
        for token in ["callback-token-", "callback token 00", "callback/token/00", "callback-token-é"] {
            assert_eq!(checked("callback_token", json!(token)).expect_err("refused").0, "channel.callback_token");
        }
        assert_eq!(checked("text_param", json!("code")), Ok(()));
    }

    #[test]
    fn words_of_phones_are_whole_and_have_one_meaning() {
        let checked = |stop: &[&str], start: &[&str]| {
            checked("keywords", json!({ "stop": stop, "start": start })).map_err(|problem| problem.0)
        };
        assert_eq!(checked(&["FIN"], &["GO"]), Ok(()));
        assert_eq!(checked(&[], &[]), Ok(()), "nobody can stop anything");
        for (stop, start) in [(&["STOP"][..], &["stop"][..]), (&[""], &[]), (&[], &[" GO"])] {
            assert_eq!(checked(stop, start), Err("channel.keywords"), "{stop:?} {start:?}");
        }
    }

    #[test]
    fn an_account_without_a_provider_is_told_so() {
        let error = serde_json::from_value::<SmsSettings>(json!({ "host": "smsc" })).expect_err("no provider");
        assert!(error.to_string().contains("missing field `provider`"), "{error}");
    }
}

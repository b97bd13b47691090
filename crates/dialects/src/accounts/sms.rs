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
    /// Our own public base URL as the provider sees it, for status callbacks (W20).
    pub callback_base_url: String,
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
    /// How the ids in its receipts are written, compared with those in its submit answers.
    #[serde(default)]
    pub receipt_id: ReceiptId,
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
    match settings {
        SmsSettings::Twilio(settings) => twilio(settings),
        SmsSettings::Smpp(settings) => smpp(settings),
    }
}

fn twilio(settings: &TwilioSettings) -> Result<(), Problem> {
    secret("channel.auth_token", &settings.auth_token)?;
    url("channel.base_url", &settings.base_url)?;
    url("channel.callback_base_url", &settings.callback_base_url)
}

fn smpp(settings: &SmppSettings) -> Result<(), Problem> {
    use secrecy::ExposeSecret;
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

//! A Google RCS for Business agent: what its settings are, and what must be right about them.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::check::Problem;
use super::reach;
use crate::outbound::limits::RBM_LABEL_CHARS_MAX;
use crate::rbm::outbound::is_signing_key;

/// A Google RCS for Business agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RbmSettings {
    /// `agentId`.
    pub agent_id: String,
    /// Key of the webhook's signature and of its challenge.
    pub client_token: SecretString,
    /// `https://REGION-rcsbusinessmessaging.googleapis.com`, or a stand-in.
    pub base_url: String,
    /// Bearer token of the calls, where it is got elsewhere; else `service_account`.
    #[serde(default)]
    pub token: Option<SecretString>,
    /// Google's key file (JSON) of the service account that fetches tokens; else `token`.
    #[serde(default)]
    pub service_account: Option<ServiceAccount>,
    /// Ask before each message what the number's device can do: without RCS the SMS goes at once, without rich cards a card
    /// goes as text. One more call a message.
    #[serde(default)]
    pub check_capabilities: bool,
    /// The words on suggestions that usher adds itself.
    #[serde(default)]
    pub labels: RbmLabels,
    /// Answer the challenge with `secret: <secret>` as Google's old samples do, instead of the plain secret.
    #[serde(default)]
    pub prefixed_challenge: bool,
}

/// The words on suggestions that usher adds, at most 25 characters each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RbmLabels {
    /// On the link of a card.
    pub link: String,
    /// On a place.
    pub place: String,
}

impl Default for RbmLabels {
    fn default() -> Self {
        Self { link: "Open".to_owned(), place: "Map".to_owned() }
    }
}

/// The parts of Google's key file that a token call needs; it has more.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct ServiceAccount {
    /// Who calls.
    pub client_email: String,
    /// PEM of a PKCS #8 key (RSA).
    pub private_key: SecretString,
    /// Its name at Google, where the file has one.
    pub private_key_id: Option<String>,
    /// Where tokens are given.
    pub token_uri: String,
}

impl TryFrom<SecretString> for ServiceAccount {
    type Error = &'static str;

    fn try_from(text: SecretString) -> Result<Self, Self::Error> {
        #[derive(Deserialize)]
        struct KeyFile {
            client_email: String,
            private_key: SecretString,
            #[serde(default)]
            private_key_id: Option<String>,
            #[serde(default = "google")]
            token_uri: String,
        }
        let file: KeyFile = serde_json::from_str(text.expose_secret())
            .map_err(|_| "service_account must be Google's key file: JSON with client_email and private_key")?;
        let KeyFile { client_email, private_key, private_key_id, token_uri } = file;
        Ok(Self { client_email, private_key, private_key_id, token_uri })
    }
}

fn google() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

/// Checks one account by itself.
pub(super) fn channel(settings: &RbmSettings) -> Result<(), Problem> {
    reach::secret("channel.client_token", &settings.client_token)?;
    reach::url("channel.base_url", &settings.base_url)?;
    for (key, label) in
        [("channel.labels.link", &settings.labels.link), ("channel.labels.place", &settings.labels.place)]
    {
        if !(1..=RBM_LABEL_CHARS_MAX).contains(&label.chars().count()) {
            return Err((key, format!("must have 1 to {RBM_LABEL_CHARS_MAX} characters")));
        }
    }
    match (&settings.token, &settings.service_account) {
        (Some(token), None) => reach::secret("channel.token", token),
        (None, Some(account)) => service_account(account),
        _ => Err(("channel.token", "give this or `service_account`, one of them".to_owned())),
    }
}

fn service_account(account: &ServiceAccount) -> Result<(), Problem> {
    reach::url("channel.service_account", &account.token_uri)
        .map_err(|(key, problem)| (key, format!("its token_uri {problem}")))?;
    if is_signing_key(account) {
        return Ok(());
    }
    let problem = "its private_key must be the PEM of an RSA key in PKCS #8 (BEGIN PRIVATE KEY) of 2,048 bits or more";
    Err(("channel.service_account", problem.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is said of an account with these fields changed; `Ok`: it is good.
    fn said(changes: &Value) -> Result<(), String> {
        let mut channel = json!({
            "agent_id": "agent", "client_token": "token", "base_url": "https://rcs.example", "token": "t",
        });
        let fields = channel.as_object_mut().expect("an object");
        for (key, value) in changes.as_object().expect("an object") {
            fields.insert(key.clone(), value.clone());
        }
        fields.retain(|_, value| !value.is_null());
        let settings: RbmSettings = serde_json::from_value(channel).map_err(|error| error.to_string())?;
        super::channel(&settings).map_err(|(key, problem)| format!("{key}: {problem}"))
    }

    fn key_file(changes: &Value) -> Value {
        let mut file = json!({
            "client_email": "usher@acme.example", "private_key": include_str!("../rbm/sample_key.pem"),
            "token_uri": "https://oauth2.example/token",
        });
        for (key, value) in changes.as_object().expect("an object") {
            file[key] = value.clone();
        }
        json!(file.to_string())
    }

    #[test]
    fn an_agent_has_a_token_or_a_service_account() {
        assert_eq!(said(&json!({})), Ok(()));
        assert_eq!(said(&json!({ "token": null, "service_account": key_file(&json!({})) })), Ok(()));
        for changes in [json!({ "token": null }), json!({ "service_account": key_file(&json!({})) })] {
            let told = said(&changes).expect_err("one of them");
            assert!(told.contains("give this or `service_account`"), "{told}");
        }
    }

    #[test]
    fn what_can_not_be_used_is_refused_with_its_place_and_without_its_value() {
        let account = |changes: Value| json!({ "token": null, "service_account": key_file(&changes) });
        let rows = [
            (account(json!({ "private_key": "secret-nonsense" })), "PEM of an RSA key"),
            (account(json!({ "token_uri": "secret-nonsense" })), "token_uri must be a URL"),
            (json!({ "token": null, "service_account": "secret-nonsense" }), "Google's key file"),
            (json!({ "labels": { "link": "secret-nonsense-of-more-than-25-characters" } }), "channel.labels.link"),
            (json!({ "labels": { "place": "" } }), "channel.labels.place: must have 1 to 25 characters"),
            (json!({ "token": " " }), "channel.token: must not be empty"),
        ];
        for (changes, expected) in rows {
            let told = said(&changes).expect_err(expected);
            assert!(told.contains(expected) && !told.contains("secret-nonsense"), "{told}");
        }
    }
}

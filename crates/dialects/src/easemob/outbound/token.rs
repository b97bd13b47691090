//! Tokens for the vendor's REST calls: `POST {base_url}/{org}/{app}/token` with `client_credentials`.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::accounts::EasemobSettings;
use crate::outbound::{ProviderRequest, Token, TokenGrant};

/// The grant of an application: one token for all its users.
pub(super) fn grant(settings: &EasemobSettings) -> TokenGrant {
    let EasemobSettings { base_url, org, app, client_id, client_secret, .. } = settings.clone();
    let url = format!("{}/{org}/{app}/token", base_url.trim_end_matches('/'));
    let secret = client_secret.clone();
    TokenGrant::new(
        format!("easemob {url} {client_id}"),
        &secret,
        move |_| {
            let body = json!({
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret.expose_secret(),
            });
            Ok(ProviderRequest {
                method: "POST",
                url: url.clone(),
                headers: vec![("content-type", "application/json".to_owned())],
                body: body.to_string().into_bytes(),
                grant: None,
            })
        },
        Token::standard,
    )
}

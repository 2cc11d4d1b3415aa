//! Whom to ask: Google, or the stand-in.

use std::env;

use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use dataportability_scopes::Endpoint;
use dataportability_scopes::consent::{AUTHORIZATION_ENDPOINT, TokenEndpoint};

/// An app that knows only Google needs just the client id and `TokenEndpoint::google`.
pub(crate) struct Provider {
    pub(crate) client_id: ClientId,
    pub(crate) authorization: Endpoint,
    pub(crate) tokens: TokenEndpoint,
    pub(crate) api: Endpoint,
    /// What to tell the user about the archive jobs that can be tried out.
    pub(crate) hint: Option<&'static str>,
}

impl Provider {
    /// Google, if the environment has a client for it.
    pub(crate) fn google_from_env() -> Result<Option<Provider>, Box<dyn std::error::Error>> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let (id, secret) = match (
            variable("GOOGLE_CLIENT_ID"),
            variable("GOOGLE_CLIENT_SECRET"),
        ) {
            (Some(id), Some(secret)) => (ClientId::new(id), ClientSecret::new(secret)),
            (None, None) => return Ok(None),
            _ => {
                return Err(
                    "set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither".into(),
                );
            }
        };
        Ok(Some(Provider {
            tokens: TokenEndpoint::google(id.clone(), Some(secret)),
            client_id: id,
            authorization: AUTHORIZATION_ENDPOINT.parse()?,
            api: "https://dataportability.googleapis.com/".parse()?,
            hint: None,
        }))
    }
}

use std::string::String;
use std::time::SystemTime;

use oauth2::{ClientId, ClientSecret};

use super::authorization_response::AuthorizationResponse;
use super::exchange::ExchangeRequest;
use super::form::Form;
use super::refresh::{NoRefreshTokenError, RefreshRequest};
use super::revoke::RevokeRequest;
use super::tokens::Tokens;
use crate::endpoint::Endpoint;

/// Google's token endpoint.
pub const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";

/// Google's revocation endpoint.
pub const REVOCATION_ENDPOINT: &str = "https://oauth2.googleapis.com/revoke";

/// An OAuth client that exchanges codes for tokens, and refreshes and revokes tokens.
///
/// It does no I/O: each method returns a request for [`send`](crate::send) or
/// [`send_async`](crate::send_async).
///
/// Source: RFC 6749, sections 4.1.3, 5 and 6; RFC 7009; RFC 7636, section 4.5; "Using OAuth 2.0 for
/// Web Server Applications", Google Identity.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use std::convert::Infallible;
/// use std::time::SystemTime;
/// use dataportability_scopes::oauth2::{ClientId, ClientSecret, CsrfToken, PkceCodeVerifier};
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::consent::{ConsentRequest, PendingConsents, TokenClient};
/// use dataportability_scopes::{http, send};
///
/// let now = SystemTime::now();
/// let client_id = ClientId::new("1234.apps.googleusercontent.com".into());
/// let clips = ScopeSet::from_resources(&[Resource::YoutubeClips]);
/// let redirect_uri = "https://app.example.com/callback".parse()?;
/// let request = ConsentRequest::new(client_id.clone(), redirect_uri, clips);
/// # let (state, verifier) = (CsrfToken::new("xyz".into()), PkceCodeVerifier::new("a".repeat(43)));
/// # let consent = request.authorize_url_with(state, verifier, now)?.expect("nothing is granted");
/// # let mut pending = PendingConsents::default();
/// # pending.insert(consent.pending, now);
/// # let query = "state=xyz&code=4%2F0";
/// // … the user consents, and the callback comes …
/// let response = pending.complete(query, now)?;
///
/// let client = TokenClient::new(client_id, Some(ClientSecret::new("…".into())));
/// // In place of an HTTP client, a closure that always returns the same response.
/// let http = |_request| -> Result<_, Infallible> {
///     let body = br#"{"access_token": "ya29.a", "token_type": "Bearer", "expires_in": 3599}"#;
///     Ok(http::Response::new(body.to_vec()))
/// };
/// let exchanged = send(&client.exchange(&response, now), http)?;
/// assert_eq!(exchanged.tokens.grant.scopes(), clips);
/// assert!(exchanged.comparison.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenClient {
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    token_endpoint: Endpoint,
    revocation_endpoint: Endpoint,
}

impl TokenClient {
    /// Returns a client for Google's endpoints. An installed app may have no client secret.
    #[must_use]
    pub fn new(client_id: ClientId, client_secret: Option<ClientSecret>) -> TokenClient {
        TokenClient {
            client_id,
            client_secret,
            token_endpoint: Endpoint::from_static(TOKEN_ENDPOINT),
            revocation_endpoint: Endpoint::from_static(REVOCATION_ENDPOINT),
        }
    }

    /// Sets the token endpoint. Defaults to [`TOKEN_ENDPOINT`].
    #[must_use]
    pub fn token_endpoint(mut self, endpoint: Endpoint) -> TokenClient {
        self.token_endpoint = endpoint;
        self
    }

    /// Sets the revocation endpoint. Defaults to [`REVOCATION_ENDPOINT`].
    #[must_use]
    pub fn revocation_endpoint(mut self, endpoint: Endpoint) -> TokenClient {
        self.revocation_endpoint = endpoint;
        self
    }

    /// Returns the request that exchanges the code for tokens.
    ///
    /// `now` is the time from which the tokens' lifetimes are counted.
    #[must_use]
    pub fn exchange(&self, response: &AuthorizationResponse, now: SystemTime) -> ExchangeRequest {
        let form = self
            .form(&self.token_endpoint)
            .field("grant_type", "authorization_code")
            .secret("code", response.code().secret())
            .secret("code_verifier", response.code_verifier().secret())
            .field("redirect_uri", response.redirect_uri().as_str());
        ExchangeRequest {
            form,
            requested: response.requested().clone(),
            implied_grant: response.implied_grant(),
            now,
        }
    }

    /// Returns the request for a new access token.
    ///
    /// `now` is the time from which the tokens' lifetimes are counted.
    ///
    /// # Errors
    ///
    /// Fails if there is no refresh token.
    pub fn refresh(
        &self,
        tokens: &Tokens,
        now: SystemTime,
    ) -> Result<RefreshRequest, NoRefreshTokenError> {
        let refresh_token = tokens.refresh_token.as_ref().ok_or(NoRefreshTokenError)?;
        let form = self
            .form(&self.token_endpoint)
            .field("grant_type", "refresh_token")
            .secret("refresh_token", refresh_token.secret());
        Ok(RefreshRequest {
            form,
            before: tokens.clone(),
            now,
        })
    }

    /// Returns the request that revokes the tokens: the refresh token and all its access tokens,
    /// or the access token if there is no refresh token.
    ///
    /// To let the user export the same resources again, use
    /// [`ResetRequest`](crate::api::ResetRequest) instead.
    #[must_use]
    pub fn revoke(&self, tokens: &Tokens) -> RevokeRequest {
        let (token, hint): (&String, _) = match &tokens.refresh_token {
            Some(token) => (token.secret(), "refresh_token"),
            None => (tokens.access_token.secret(), "access_token"),
        };
        let form = self
            .form(&self.revocation_endpoint)
            .secret("token", token)
            .field("token_type_hint", hint);
        RevokeRequest { form }
    }

    fn form(&self, endpoint: &Endpoint) -> Form {
        let form = Form::new(endpoint).field("client_id", &self.client_id);
        match &self.client_secret {
            Some(secret) => form.secret("client_secret", secret.secret()),
            None => form,
        }
    }
}

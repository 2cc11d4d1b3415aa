//! Asking the user, the callback, and the tokens. Servers are scripts: no socket is opened.

mod callback;
mod client;
mod pending;
mod redirect_uri;
mod request;
mod tokens;

use std::time::{Duration, SystemTime};

use dataportability_scopes::call::HttpCall;
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet, Scopes};
use dataportability_scopes::consent::{
    AuthorizationResponse, CallbackError, ConsentRequest, ConsentUrl, Exchanged, OAuthClient,
    PendingConsents, Tokens,
};
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeVerifier};
use url::form_urlencoded;

use crate::fixtures::{ACCESS_TOKEN, at, response};
use crate::known::NEWER;

pub(crate) const CALLBACK: &str = "https://app.example.com/callback";
pub(crate) const CLIENT_ID: &str = "1234.apps.googleusercontent.com";
pub(crate) const CLIENT_SECRET: &str = "GOCSPX-Client/That+Is=S3cret";
pub(crate) const STATE: &str = "State/That+Is=S3cret~And-Long";
pub(crate) const VERIFIER: &str = "Verifier-That-Is-S3cret~And_Of.Unreserved-Characters";
pub(crate) const CODE: &str = "4/0Code+That=Is~S3cret";
pub(crate) const REFRESH_TOKEN: &str = "1//0Refresh+Token=That~Is-S3cret";

/// A frozen revision.
pub(crate) const REVISION: Revision = Revision::R2025_01_20;
pub(crate) const CLIPS: ScopeSet = ScopeSet::from_resources(&[Resource::YoutubeClips]);
pub(crate) const CLIPS_AND_HISTORY: ScopeSet =
    ScopeSet::from_resources(&[Resource::ChromeHistory, Resource::YoutubeClips]);

pub(crate) fn now() -> SystemTime {
    at(1_760_000_000)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn with_newer(scopes: ScopeSet) -> Scopes {
    Scopes::from(scopes) | NEWER.parse().unwrap()
}

pub(crate) fn client() -> OAuthClient {
    OAuthClient::new(CLIENT_ID, CALLBACK.parse().unwrap()).client_secret(CLIENT_SECRET)
}

/// The consent URL with a given `state`.
pub(crate) fn consent_with(
    request: ConsentRequest<'_>,
    state: &str,
    now: SystemTime,
) -> ConsentUrl {
    let verifier = PkceCodeVerifier::new(VERIFIER.into());
    let state = CsrfToken::new(state.into());
    let consent = request.revision(REVISION).authorize_url_with(state, verifier, now);
    consent.unwrap().expect("something to ask for")
}

pub(crate) fn consent(scopes: impl Into<Scopes>) -> ConsentUrl {
    consent_with(client().consent(scopes), STATE, now())
}

/// The pending consents of a session in which a consent for these scopes began.
pub(crate) fn pending(scopes: impl Into<Scopes>) -> PendingConsents {
    let mut pending = PendingConsents::default();
    pending.insert(consent(scopes).pending, now());
    pending
}

pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The query of a callback in which the user agreed.
pub(crate) fn agreed(state: &str) -> String {
    query(&[("state", state), ("code", CODE)])
}

/// Completes a consent for [`CLIPS_AND_HISTORY`] with a callback.
pub(crate) fn complete(
    parameters: &[(&str, &str)],
) -> Result<AuthorizationResponse, CallbackError> {
    pending(CLIPS_AND_HISTORY).complete(&query(parameters), now())
}

pub(crate) fn authorization_response() -> AuthorizationResponse {
    complete(&[("state", STATE), ("code", CODE)]).unwrap()
}

/// A token response with additional fields.
pub(crate) fn token_response(more: &str) -> String {
    format!(
        r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "Bearer", "expires_in": 3599{more}}}"#
    )
}

/// A token response with a refresh token and additional fields.
pub(crate) fn with_refresh_token(more: &str) -> String {
    token_response(&format!(r#", "refresh_token": "{REFRESH_TOKEN}"{more}"#))
}

/// What an exchange gets from a response of status 200.
pub(crate) fn exchanged(body: &str) -> Exchanged {
    let exchange = client().exchange(&authorization_response(), now());
    exchange.read_response(&response(200, body)).expect(body)
}

pub(crate) fn tokens(body: &str) -> Tokens {
    exchanged(body).tokens
}

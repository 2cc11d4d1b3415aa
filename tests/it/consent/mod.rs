//! Asking the user, the callback, and the tokens. Servers are scripts: no socket is opened.

mod callback;
mod conversions;
mod redirect_uri;
mod request;
mod secrets;
mod tokens;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
use dataportability_scopes::consent::{
    AccessType, AuthorizationResponse, CallbackError, ConsentRequest, ConsentUrl, PendingConsents,
    TokenClient,
};
use dataportability_scopes::grant::RequestedScopes;
use dataportability_scopes::http;
use dataportability_scopes::oauth2::{ClientId, ClientSecret, CsrfToken, PkceCodeVerifier};
use dataportability_scopes::url::form_urlencoded;

const CALLBACK: &str = "https://app.example.com/callback";
const CLIENT_ID: &str = "1234.apps.googleusercontent.com";
const CLIENT_SECRET: &str = "GOCSPX-Client/Secret+That=Is~Secret";
const STATE: &str = "State/That+Is=Secret~And-Long";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CODE: &str = "4/0Code+That=Is~Secret";
const ACCESS_TOKEN: &str = "ya29.Access/Token+That=Is~Secret";
const REFRESH_TOKEN: &str = "1//0Refresh+Token=That~Is-Secret";

/// Frozen revisions.
const REVISION: Revision = Revision::R2025_01_20;
const CLIPS: ScopeSet = ScopeSet::from_resources(&[Resource::YoutubeClips]);
const CLIPS_AND_HISTORY: ScopeSet =
    ScopeSet::from_resources(&[Resource::ChromeHistory, Resource::YoutubeClips]);
/// Newer than any list.
const UNLISTED: &str = "https://www.googleapis.com/auth/dataportability.zoo.animal_noises";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn request(scopes: impl Into<RequestedScopes>) -> ConsentRequest {
    let client_id = ClientId::new(CLIENT_ID.into());
    ConsentRequest::new(client_id, CALLBACK.parse().unwrap(), scopes).revision(REVISION)
}

fn with_unlisted(scopes: ScopeSet) -> RequestedScopes {
    RequestedScopes {
        scopes,
        unlisted: BTreeSet::from([UNLISTED.parse().unwrap()]),
    }
}

/// The consent URL with a given `state`.
fn consent_with(request: &ConsentRequest, state: &str) -> ConsentUrl {
    let verifier = PkceCodeVerifier::new(VERIFIER.into());
    let consent = request.authorize_url_with(CsrfToken::new(state.into()), verifier, now());
    consent.unwrap().expect("something to ask for")
}

fn consent(request: &ConsentRequest) -> ConsentUrl {
    consent_with(request, STATE)
}

/// The pending consents of a session in which a consent for these scopes began.
fn pending(scopes: impl Into<RequestedScopes>) -> PendingConsents {
    let request = request(scopes).access_type(AccessType::Offline);
    let mut pending = PendingConsents::default();
    pending.insert(consent(&request).pending, now());
    pending
}

fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Completes a consent for [`CLIPS_AND_HISTORY`] with a callback.
fn complete(parameters: &[(&str, &str)]) -> Result<AuthorizationResponse, CallbackError> {
    pending(CLIPS_AND_HISTORY).complete(&query(parameters), now())
}

fn authorization_response() -> AuthorizationResponse {
    complete(&[("state", STATE), ("code", CODE)]).unwrap()
}

fn client() -> TokenClient {
    TokenClient::new(
        ClientId::new(CLIENT_ID.into()),
        Some(ClientSecret::new(CLIENT_SECRET.into())),
    )
}

fn response(status: u16, body: impl Into<Vec<u8>>) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status.try_into().unwrap();
    response
}

/// A token response with additional fields.
fn token_response(more: &str) -> String {
    format!(
        r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "Bearer", "expires_in": 3599{more}}}"#
    )
}

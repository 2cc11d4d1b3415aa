use std::fmt::Debug;
use std::format;
use std::string::{String, ToString};
use std::time::SystemTime;
use std::vec::Vec;

use oauth2::{ClientId, ClientSecret};
use serde::Deserialize;

use super::callback::AuthorizationResponse;
use super::redirect_uri::{ParseRedirectUriError, RedirectUri};
use super::request::ConsentRequest;
use super::token_calls::{Exchanged, Form, FormCall, read_exchanged, read_refreshed, read_revoked};
use super::tokens::Tokens;
use crate::call::{Endpoint, Endpoints, HttpCall};
use crate::catalogue::Scopes;
use crate::grant::Access;

/// The app, as the Google Cloud console knows it: its client id and secret, its redirect URI, and
/// the addresses of Google.
///
/// Everything that needs one of these is made from this value, so none of them is given twice. It
/// does no I/O: its methods return calls for [`send`](crate::call::send).
///
/// `Debug` does not show the client secret.
///
/// Source: RFC 6749, sections 2.3, 4.1.3 and 6; "Using OAuth 2.0 for Web Server Applications" and
/// "OAuth 2.0 for iOS & Desktop Apps", Google Identity.
///
/// ```
/// use std::time::SystemTime;
///
/// use dataportability_scopes::http::Response;
/// use dataportability_scopes::{OAuthClient, PendingConsents, Resource, send};
///
/// let google = OAuthClient::new(
///     "1234.apps.googleusercontent.com",
///     "https://app.example.com/callback".parse()?,
/// )
/// .client_secret("…");
///
/// let now = SystemTime::now();
/// let consent = google.consent(Resource::YoutubeClips).authorize_url(now)?;
/// let consent = consent.expect("nothing is granted yet");
/// let mut pending = PendingConsents::default();
/// # let query = format!("state={}&code=4%2F0", consent.pending.state().secret());
/// pending.insert(consent.pending, now);
///
/// // … the user consents at `consent.url`, and the callback comes with its query …
/// let response = pending.complete(&query, now)?;
///
/// // In place of an HTTP client, a closure that always returns the same response.
/// let http = |_request| {
///     let body = br#"{"access_token": "ya29.a", "token_type": "Bearer", "expires_in": 3599}"#;
///     Response::builder().body(body.to_vec())
/// };
/// let exchanged = send(&google.exchange(&response, now), http)?;
/// assert!(exchanged.tokens.grant.covers(Resource::YoutubeClips));
/// assert!(exchanged.comparison.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct OAuthClient {
    pub(super) client_id: ClientId,
    client_secret: Option<ClientSecret>,
    pub(super) redirect_uri: RedirectUri,
    pub(super) endpoints: Endpoints,
}

impl OAuthClient {
    /// Returns a client of Google's. Add the [secret](Self::client_secret) if the client has one.
    #[must_use]
    pub fn new(client_id: impl Into<String>, redirect_uri: RedirectUri) -> OAuthClient {
        OAuthClient {
            client_id: ClientId::new(client_id.into()),
            client_secret: None,
            redirect_uri,
            endpoints: Endpoints::default(),
        }
    }

    /// Returns the client of a `client_secret_….json`, which the Google Cloud console offers for
    /// download: of a web application (`web`) or of a desktop app (`installed`).
    ///
    /// The redirect URI is the first one of the file that Google still accepts;
    /// [`with_redirect_uri`](Self::with_redirect_uri) sets another one.
    ///
    /// # Errors
    ///
    /// Fails with a [`ParseClientError`] if the text is not such a file. The error quotes nothing
    /// of it, since it has the client secret.
    ///
    /// ```
    /// use dataportability_scopes::OAuthClient;
    ///
    /// let file = r#"{"installed": {
    ///     "client_id": "1234.apps.googleusercontent.com",
    ///     "client_secret": "GOCSPX-…",
    ///     "redirect_uris": ["http://localhost"]
    /// }}"#;
    /// let google = OAuthClient::from_console_json(file)?.loopback_port(40_123)?;
    /// assert_eq!(google.redirect_uri().as_str(), "http://127.0.0.1:40123/");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_console_json(text: &str) -> Result<OAuthClient, ParseClientError> {
        read_console_json(text).map_err(|fault| ParseClientError { fault })
    }

    /// Sets the client secret. A desktop or mobile client may have none.
    #[must_use]
    pub fn client_secret(mut self, secret: impl Into<String>) -> OAuthClient {
        self.client_secret = Some(ClientSecret::new(secret.into()));
        self
    }

    /// Sets the redirect URI.
    #[must_use]
    pub fn with_redirect_uri(mut self, redirect_uri: RedirectUri) -> OAuthClient {
        self.redirect_uri = redirect_uri;
        self
    }

    /// Sets the redirect URI to a port of the user's own machine, `http://127.0.0.1:PORT/`. Google
    /// lets a desktop client use any port, so bind a free one first.
    ///
    /// Source: RFC 8252, section 7.3; "OAuth 2.0 for iOS & Desktop Apps", Google Identity.
    ///
    /// # Errors
    ///
    /// Fails for port 0, which only asks the operating system for a free one.
    pub fn loopback_port(self, port: u16) -> Result<OAuthClient, ParseRedirectUriError> {
        Ok(self.with_redirect_uri(format!("http://127.0.0.1:{port}/").parse()?))
    }

    /// Sets the addresses of all servers, such as those of a simulated Google in tests.
    #[must_use]
    pub fn endpoints(mut self, endpoints: Endpoints) -> OAuthClient {
        self.endpoints = endpoints;
        self
    }

    /// Returns the client id. The audience of a token, as
    /// [`token_info`](crate::grant::Access::token_info) returns it, should be equal.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Returns a request for the user's consent to these scopes.
    #[must_use]
    pub fn consent(&self, scopes: impl Into<Scopes>) -> ConsentRequest<'_> {
        ConsentRequest::new(self, scopes.into())
    }

    /// Returns the call that exchanges the code of a callback for tokens.
    ///
    /// `now` is the time from which the tokens' lifetimes are counted.
    ///
    /// A code can be exchanged once. If no response arrives, the same call may still succeed, and
    /// if it is refused then, the user has to consent again.
    ///
    /// Source: RFC 7636, section 4.5.
    #[must_use]
    pub fn exchange(
        &self,
        response: &AuthorizationResponse,
        now: SystemTime,
    ) -> impl HttpCall<Response = Exchanged> + Clone + Debug + use<> {
        let form = self
            .form(&self.endpoints.token)
            .field("grant_type", "authorization_code")
            .field("code", response.code().secret())
            .field("code_verifier", &response.stored.code_verifier)
            .field("redirect_uri", response.stored.redirect_uri.as_str());
        let (form, context) = (Some(form), (response.clone(), now));
        FormCall { name: "the token request", form, context, read: read_exchanged }
    }

    /// Returns the call that gets a new access token.
    ///
    /// What the response leaves out is carried over from these tokens: the grant, the refresh
    /// token, its expiry, and the access period.
    ///
    /// `now` is the time from which the tokens' lifetimes are counted. Without a refresh token
    /// there is nothing to send, and the error [needs a
    /// consent](crate::call::CallError::needs_consent).
    #[must_use]
    pub fn refresh(
        &self,
        tokens: &Tokens,
        now: SystemTime,
    ) -> impl HttpCall<Response = Tokens> + Clone + Debug + use<> {
        let form = tokens.refresh_token.as_ref().map(|token| {
            self.form(&self.endpoints.token)
                .field("grant_type", "refresh_token")
                .field("refresh_token", token.secret())
        });
        FormCall { name: "the refresh", form, context: (tokens.clone(), now), read: read_refreshed }
    }

    /// Returns the call that revokes the tokens: the refresh token and all its access tokens, or
    /// the access token if there is no refresh token.
    ///
    /// To let the user export the same resources again, use
    /// [`Access::reset`](crate::grant::Access::reset) instead.
    ///
    /// Tokens that are already expired or revoked count as revoked.
    ///
    /// Source: RFC 7009.
    #[must_use]
    pub fn revoke(&self, tokens: &Tokens) -> impl HttpCall<Response = ()> + Clone + Debug + use<> {
        let (token, hint) = match &tokens.refresh_token {
            Some(token) => (token.secret(), "refresh_token"),
            None => (tokens.access_token.secret(), "access_token"),
        };
        let form = self.form(&self.endpoints.revocation).field("token", token);
        let form = Some(form.field("token_type_hint", hint));
        FormCall { name: "the revocation", form, context: (), read: read_revoked }
    }

    /// Returns what calls of the API are made from.
    #[must_use]
    pub fn access<'a>(&'a self, tokens: &'a Tokens) -> Access<'a> {
        Access::new(&self.endpoints, tokens.access_token.secret(), &tokens.grant)
            .expires_at(tokens.expires_at)
    }

    fn form(&self, endpoint: &Endpoint) -> Form {
        let form = Form::new(endpoint).field("client_id", &self.client_id);
        match &self.client_secret {
            Some(secret) => form.field("client_secret", secret.secret()),
            None => form,
        }
    }
}

const NOT_A_CLIENT: &str = "not the JSON of an OAuth client: download it in the Google Cloud \
                            console, where it is called client_secret_….json";
const NO_REDIRECT_URI: &str = "the OAuth client has no redirect URI: add one in the Google Cloud \
                               console, and download the JSON again";

fn read_console_json(text: &str) -> Result<OAuthClient, String> {
    #[derive(Deserialize)]
    struct File {
        web: Option<Client>,
        installed: Option<Client>,
    }

    #[derive(Deserialize)]
    #[expect(clippy::struct_field_names, reason = "they are those of the file")]
    struct Client {
        client_id: String,
        client_secret: Option<String>,
        #[serde(default)]
        redirect_uris: Vec<String>,
    }

    let file: File = serde_json::from_str(text).map_err(|_| NOT_A_CLIENT)?;
    let client = file.web.or(file.installed).ok_or(NOT_A_CLIENT)?;
    let mut redirect_uris = client.redirect_uris.iter().map(|uri| uri.parse());
    let first: Result<_, ParseRedirectUriError> = redirect_uris.next().ok_or(NO_REDIRECT_URI)?;
    // Older files begin with `urn:ietf:wg:oauth:2.0:oob`.
    let redirect_uri = first
        .or_else(|error| redirect_uris.find_map(Result::ok).ok_or_else(|| error.to_string()))?;
    Ok(OAuthClient {
        client_secret: client.client_secret.map(ClientSecret::new),
        ..OAuthClient::new(client.client_id, redirect_uri)
    })
}

/// An error from reading a `client_secret_….json` of the Google Cloud console: it is another text,
/// or the client has no redirect URI, or the first breaks one of Google's rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct ParseClientError {
    fault: String,
}

/// Returns the link where a user can renew time-based access to an app in production, from 90 days
/// before the access ends. `project_number` is the number of the app's Google Cloud project.
///
/// Source: "Renewal" of the Data Portability user guide.
///
/// ```
/// use dataportability_scopes::consent::renewal_link;
///
/// assert_eq!(
///     renewal_link(1234),
///     "https://myaccount.google.com/connections/link?project_number=1234"
/// );
/// ```
#[must_use]
pub fn renewal_link(project_number: u64) -> String {
    format!("https://myaccount.google.com/connections/link?project_number={project_number}")
}

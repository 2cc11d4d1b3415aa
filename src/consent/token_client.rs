//! The code for tokens, and new tokens for old ones.

use std::borrow::Cow;
use std::boxed::Box;
use std::error::Error;
use std::format;
use std::string::String;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, AsyncHttpClient, Client, ClientId, ClientSecret, CodeTokenRequest, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeVerifier, RefreshToken, RequestTokenError,
    StandardRevocableToken, StandardTokenResponse, SyncHttpClient, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::callback::Returned;
use crate::endpoint::Endpoint;
use crate::excerpt::excerpt as printable;
use crate::catalogue::ScopeValueError;
use crate::grant::{Grant, GrantComparison};
use crate::redact;
use crate::catalogue::ScopeSet;

/// Google's token endpoint.
pub const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";

/// The token endpoint, and the client that asks it.
///
/// Requests go through any HTTP client that `oauth2` can use: a function from `HttpRequest` to
/// `HttpResponse` is one. It must not follow redirects.
///
/// Source: RFC 6749, sections 4.1.3, 5 and 6; RFC 7636, section 4.5; "Time-based access" of the
/// Data Portability user guide.
///
/// ```
/// use std::convert::Infallible;
/// use std::time::{Duration, SystemTime};
/// use dataportability_scopes::oauth2::{ClientId, ClientSecret, HttpRequest, RefreshToken};
/// use dataportability_scopes::http;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::consent::{Access, TokenEndpoint};
/// use dataportability_scopes::grant::Grant;
///
/// let endpoint = TokenEndpoint::google(
///     ClientId::new("1234.apps.googleusercontent.com".into()),
///     Some(ClientSecret::new("…".into())),
/// );
/// // In place of a real client, one that always answers the same.
/// let http = |_: HttpRequest| -> Result<_, Infallible> {
///     Ok(http::Response::new(
///         br#"{"access_token": "...", "token_type": "Bearer", "expires_in": 3599}"#.to_vec(),
///     ))
/// };
///
/// let now = SystemTime::now();
/// let before = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let tokens = endpoint.refresh(&RefreshToken::new("…".into()), &before, now, &http)?;
/// assert_eq!(tokens.grant, before);
/// assert!(tokens.refresh_token.is_some());
/// assert_eq!(tokens.expires_at, Some(now + Duration::from_secs(3599)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenEndpoint {
    client: TokenClient,
}

type TokenClient = Client<
    BasicErrorResponse,
    Response,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type Response = StandardTokenResponse<Expiry, BasicTokenType>;

/// What Google adds to the token response for time-based access.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Expiry {
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for Expiry {}

impl TokenEndpoint {
    /// Google's token endpoint. A client without a secret, as an installed app is, gives none.
    #[must_use]
    pub fn google(client_id: ClientId, client_secret: Option<ClientSecret>) -> TokenEndpoint {
        TokenEndpoint::new(&GOOGLE, client_id, client_secret)
    }

    /// Another token endpoint, as tests need it.
    #[must_use]
    pub fn new(
        endpoint: &Endpoint,
        client_id: ClientId,
        client_secret: Option<ClientSecret>,
    ) -> TokenEndpoint {
        let url = TokenUrl::from_url(endpoint.url().clone());
        let client = Client::new(client_id).set_token_uri(url);
        TokenEndpoint {
            client: match client_secret {
                Some(secret) => client.set_client_secret(secret),
                None => client,
            },
        }
    }

    /// Exchanges the code for tokens, with the code verifier and the redirect URI of the consent.
    ///
    /// `now` is what the times of expiry are reckoned from.
    ///
    /// # Errors
    ///
    /// A [`TokenError`] if the endpoint refuses, cannot be reached, or answers something else.
    pub fn exchange<C: SyncHttpClient>(
        &self,
        returned: &Returned,
        now: SystemTime,
        http_client: &C,
    ) -> Result<Consented, TokenError<C::Error>> {
        let secrets = secrets(returned);
        let request = self.code_request(returned);
        let response = request
            .request(http_client)
            .map_err(|error| token_error(error, &secrets))?;
        Consented::read(&response, returned, now)
    }

    /// [`exchange`](Self::exchange) through an asynchronous client.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn exchange_async<'c, C: AsyncHttpClient<'c>>(
        &'c self,
        returned: &Returned,
        now: SystemTime,
        http_client: &'c C,
    ) -> Result<Consented, TokenError<C::Error>> {
        let secrets = secrets(returned);
        let request = self.code_request(returned);
        let response = request
            .request_async(http_client)
            .await
            .map_err(|error| token_error(error, &secrets))?;
        Consented::read(&response, returned, now)
    }

    /// Has a new access token issued. `granted` is what the refresh token was granted: that is
    /// what the new token carries if the response does not say, and the refresh token stays as it
    /// is if the response brings no new one (RFC 6749, section 6).
    ///
    /// # Errors
    ///
    /// A [`TokenError`] if the endpoint refuses, cannot be reached, or answers something else.
    pub fn refresh<C: SyncHttpClient>(
        &self,
        refresh_token: &RefreshToken,
        granted: &Grant,
        now: SystemTime,
        http_client: &C,
    ) -> Result<Tokens, TokenError<C::Error>> {
        let request = self.client.exchange_refresh_token(refresh_token);
        let response = request
            .request(http_client)
            .map_err(|error| token_error(error, &[refresh_token.secret()]))?;
        Ok(Tokens::read(&response, granted, now)?.or_refreshed_by(refresh_token))
    }

    /// [`refresh`](Self::refresh) through an asynchronous client.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn refresh_async<'c, C: AsyncHttpClient<'c>>(
        &'c self,
        refresh_token: &'c RefreshToken,
        granted: &Grant,
        now: SystemTime,
        http_client: &'c C,
    ) -> Result<Tokens, TokenError<C::Error>> {
        let request = self.client.exchange_refresh_token(refresh_token);
        let response = request
            .request_async(http_client)
            .await
            .map_err(|error| token_error(error, &[refresh_token.secret()]))?;
        Ok(Tokens::read(&response, granted, now)?.or_refreshed_by(refresh_token))
    }

    fn code_request(
        &self,
        returned: &Returned,
    ) -> CodeTokenRequest<'_, BasicErrorResponse, Response> {
        self.client
            .exchange_code(returned.code.clone())
            .set_pkce_verifier(PkceCodeVerifier::new(
                returned.code_verifier.secret().clone(),
            ))
            .set_redirect_uri(Cow::Owned(returned.redirect_uri.as_oauth2().clone()))
    }
}

#[expect(
    clippy::expect_used,
    reason = "a constant, parsed by every test that asks Google's endpoint"
)]
static GOOGLE: LazyLock<Endpoint> = LazyLock::new(|| TOKEN_ENDPOINT.parse().expect("a URL"));

/// What came of a consent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Consented {
    /// The tokens.
    pub tokens: Tokens,
    /// What became of the scopes that were requested.
    pub decision: GrantComparison,
}

impl Consented {
    /// What a response without `scope` grants was told by the redirect, or else is as requested.
    fn read<E>(
        response: &Response,
        returned: &Returned,
        now: SystemTime,
    ) -> Result<Consented, TokenError<E>> {
        let requested = returned.requested;
        let as_requested = returned
            .grant()
            .cloned()
            .unwrap_or_else(|| requested.into());
        let tokens = Tokens::read(response, &as_requested, now)?;
        Ok(Consented {
            decision: tokens.grant.compare(requested),
            tokens,
        })
    }
}

/// Tokens, what they carry, and until when.
///
/// `Debug` does not show the tokens. Serialised, as to store them, they are there in clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tokens {
    /// What API calls carry.
    pub access_token: AccessToken,
    /// When the access token ends, if the response said so.
    pub expires_at: Option<SystemTime>,
    /// What new access tokens are issued for; only if it was asked for, with
    /// [`ConsentRequest::offline`](crate::consent::ConsentRequest::offline).
    pub refresh_token: Option<RefreshToken>,
    /// The scopes that the tokens carry.
    pub grant: Grant,
    /// When the refresh token ends, if the response said so. For a client in Testing that is after
    /// seven days, whatever the user chose.
    pub refresh_token_expires_at: Option<SystemTime>,
    /// For how long the user gave access; `None` where the response cannot tell: it has no refresh
    /// token of its own, as when one was refreshed, or one that ends within seven days, as for a
    /// client in Testing. `accessType.check` tells it for each resource.
    pub access: Option<Access>,
}

/// For how long the user gave access: the user's choice alone.
///
/// Source: "Time-based access" of the Data Portability user guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Access {
    /// For one export of each resource.
    OneTime,
    /// For exports of what is new, again and again.
    TimeBased {
        /// When the access ends, 30 or 180 days after the consent.
        until: SystemTime,
    },
}

/// How long a grant lasts at most while a client's publishing status is Testing.
const TESTING: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Tokens {
    fn read<E>(
        response: &Response,
        before: &Grant,
        now: SystemTime,
    ) -> Result<Tokens, TokenError<E>> {
        let (grant, malformed) = match response.scopes() {
            None => (before.clone(), None),
            Some(_) => match Grant::from_token_response(response, ScopeSet::EMPTY) {
                Ok(grant) => (grant, None),
                Err(error) => (Grant::default(), Some(error)),
            },
        };
        let after = |lifetime| now.checked_add(lifetime);
        let refresh_token_expires_in = response
            .extra_fields()
            .refresh_token_expires_in
            .map(Duration::from_secs);
        let tokens = Tokens {
            access_token: response.access_token().clone(),
            expires_at: response.expires_in().and_then(after),
            refresh_token: response.refresh_token().cloned(),
            refresh_token_expires_at: refresh_token_expires_in.and_then(after),
            grant,
            access: match refresh_token_expires_in {
                Some(lifetime) if lifetime > TESTING => {
                    after(lifetime).map(|until| Access::TimeBased { until })
                }
                Some(_) => None,
                None => response.refresh_token().map(|_| Access::OneTime),
            },
        };
        match malformed {
            None => Ok(tokens),
            Some(error) => Err(TokenError::Scope {
                error,
                tokens: tokens.into(),
            }),
        }
    }

    /// With the refresh token that is still good, if the response brought no new one.
    fn or_refreshed_by(mut self, refresh_token: &RefreshToken) -> Tokens {
        self.refresh_token
            .get_or_insert_with(|| refresh_token.clone());
        self
    }
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError<E> {
    /// The endpoint refused.
    #[error("the token endpoint refused with {error}{}", described(.description.as_deref()))]
    Refused {
        /// The error: `invalid_grant` for a code or token that is used up, expired, or not
        /// this client's.
        error: BasicErrorResponseType,
        /// What the endpoint says to a developer, cut if it is long.
        description: Option<String>,
    },
    /// The HTTP client failed.
    #[error("the token endpoint could not be asked: {0}")]
    Http(#[source] E),
    /// The answer is not a token response.
    #[error("the token endpoint answered something else than a token response")]
    Malformed,
    /// The `scope` of the response is not a scope value.
    #[error("the scope of the token response is malformed: {error}")]
    Scope {
        /// What is wrong with it.
        error: ScopeValueError,
        /// The tokens, which are good for what nobody can tell: their grant is empty.
        tokens: Box<Tokens>,
    },
}

/// What of a return must not be in an error.
fn secrets(returned: &Returned) -> [String; 2] {
    [
        returned.code.secret().clone(),
        returned.code_verifier.secret().clone(),
    ]
}

/// Without what `oauth2` keeps of a malformed answer: it may have tokens in it. An endpoint that
/// refuses may repeat what it was sent.
fn token_error<E: Error + 'static>(
    error: RequestTokenError<E, BasicErrorResponse>,
    secrets: &[impl AsRef<str>],
) -> TokenError<E> {
    let quoted = |text: &str| {
        let without = |text: String, secret: &_| redact::text(&text, AsRef::as_ref(secret));
        printable(&secrets.iter().fold(text.into(), without))
    };
    match error {
        RequestTokenError::ServerResponse(response) => TokenError::Refused {
            error: match response.error() {
                BasicErrorResponseType::Extension(error) => {
                    BasicErrorResponseType::Extension(quoted(error))
                }
                error => error.clone(),
            },
            description: response
                .error_description()
                .map(|description| quoted(description)),
        },
        RequestTokenError::Request(error) => TokenError::Http(error),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenError::Malformed,
    }
}

fn described(description: Option<&str>) -> String {
    description
        .map(|description| format!(": {description}"))
        .unwrap_or_default()
}

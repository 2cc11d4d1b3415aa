//! Asking the user: the request and its URL, the callback, and the tokens.
//!
//! 1. [`ConsentRequest::authorize_url`] returns the URL to redirect the browser to.
//! 2. [`PendingConsents`] keeps what the callback is checked against, and
//!    [completes](PendingConsents::complete) it.
//! 3. [`TokenClient`] exchanges the code for [`Tokens`], refreshes them, and revokes them.

mod access_type;
mod authorization_response;
mod authorization_url;
mod callback;
mod conversions;
mod exchange;
mod form;
mod pending_consents;
mod prompt;
mod redirect_uri;
mod refresh;
mod renewal_link;
mod request;
mod revoke;
mod token_client;
mod token_response;
mod tokens;

pub use access_type::AccessType;
pub use authorization_response::AuthorizationResponse;
pub use authorization_url::AuthorizationUrl;
pub use callback::{AuthorizationErrorCode, CallbackError};
pub use exchange::{ExchangeRequest, Exchanged};
pub use pending_consents::{PendingConsent, PendingConsents};
pub use prompt::Prompt;
pub use redirect_uri::{ParseRedirectUriError, RedirectUri, RedirectUriRule};
pub use refresh::{NoRefreshTokenError, RefreshRequest};
pub use renewal_link::renewal_link;
pub use request::{AUTHORIZATION_ENDPOINT, ConsentError, ConsentRequest, ConsentUrl};
pub use revoke::{RevokeError, RevokeRequest};
pub use token_client::{REVOCATION_ENDPOINT, TOKEN_ENDPOINT, TokenClient};
pub use token_response::{TokenError, TokenErrorCode, TokenScopeError};
pub use tokens::{AccessPeriod, ParseAccessPeriodError, Tokens};

//! Asking the user: the OAuth client, the consent URL, the callback, and the tokens.
//!
//! 1. [`OAuthClient`] is the app, as the Google Cloud console knows it.
//! 2. [`OAuthClient::consent`] asks for scopes. [`ConsentRequest::authorize_url`] returns the URL
//!    to redirect the browser to.
//! 3. [`PendingConsents`] keeps what the callback is checked against, and
//!    [completes](PendingConsents::complete) it.
//! 4. [`OAuthClient::exchange`] gets [`Tokens`], which the client refreshes and revokes.

mod callback;
mod client;
mod pending_consents;
mod redirect_uri;
mod request;
mod token_calls;
mod tokens;

pub use callback::{AuthorizationResponse, CallbackError};
pub use client::{OAuthClient, ParseClientError, renewal_link};
pub use pending_consents::{PendingConsent, PendingConsents};
pub use redirect_uri::{ParseRedirectUriError, RedirectUri};
pub use request::{AuthorizationUrl, ConsentError, ConsentRequest, ConsentUrl, Prompt};
pub use token_calls::Exchanged;
pub use tokens::{AccessPeriod, Tokens};

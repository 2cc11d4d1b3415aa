//! Asking the user: what to ask for, the URL, the way back, and the tokens.

mod batches;
mod callback;
mod conversions;
mod exchange;
mod pending;
mod redirect_uri;
mod request;

pub use callback::{AuthorizationError, CallbackError, Returned};
pub use exchange::{Access, Consented, TOKEN_ENDPOINT, TokenEndpoint, TokenError, Tokens};
pub use pending::PendingConsent;
pub use redirect_uri::{RedirectUri, RedirectUriError, RedirectUriRule};
pub use request::{
    AUTHORIZATION_ENDPOINT, Consent, ConsentError, ConsentRequest, ConsentUrl, Prompt,
};

//! Asking the user: what to ask for, the URL, the way back, and the tokens.

mod batches;
mod conversions;
mod pending;
mod redirect_uri;
mod request;

pub use pending::PendingConsent;
pub use redirect_uri::{ParseRedirectUriError, RedirectUri, RedirectUriRule};
pub use request::{
    AUTHORIZATION_ENDPOINT, Consent, ConsentError, ConsentRequest, ConsentUrl, Prompt,
};

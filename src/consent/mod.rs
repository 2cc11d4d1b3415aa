//! Asking the user: what to ask for, the URL, and the way back.

mod conversions;
mod pending;
mod redirect_uri;
mod request;

pub use pending::PendingConsent;
pub use redirect_uri::{RedirectUri, RedirectUriError, RedirectUriRule};
pub use request::{
    AUTHORIZATION_ENDPOINT, Consent, ConsentError, ConsentRequest, ConsentUrl, Prompt,
};

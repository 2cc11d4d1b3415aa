//! Scopes.
#![no_std]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "serde")]
mod api_error;
mod call;
mod catalogue;
#[cfg(feature = "consent")]
mod consent;
mod coverage;
#[cfg(feature = "drift")]
mod drift;
mod excerpt;
mod grant;
mod grants;
mod job_name;
mod method;
mod reset;
mod retry;
mod scope_set;
mod scope_value;
#[cfg(feature = "consent")]
mod send;
#[cfg(feature = "serde")]
mod strings;
#[cfg(feature = "consent")]
mod token_info;

#[cfg(feature = "serde")]
pub use api_error::{ApiError, Reason, Status};
pub use catalogue::{
    Category, CategorySource, Date, Listing, PREFIX, ParseDateError, ParseScopeError, Resource,
    Revision, SCOPE_TOKENS, Scope, Service, UnknownNameError,
};
#[cfg(feature = "consent")]
pub use consent::{
    AUTHORIZATION_ENDPOINT, Access, AuthorizationError, CallbackError, Consent, ConsentError,
    ConsentRequest, ConsentUrl, Consented, PendingConsent, Prompt, RedirectUri, RedirectUriError,
    RedirectUriRule, Returned, TOKEN_ENDPOINT, TokenEndpoint, TokenError, Tokens,
};
pub use coverage::NotCovered;
#[cfg(feature = "drift")]
pub use drift::{Drift, PublishedList, ReadListError};
pub use grant::{Decision, Grant};
pub use grants::Grants;
pub use job_name::{JobName, ParseJobNameError};
pub use method::{Authorized, Method, Refusal};
pub use reset::ResetRequest;
pub use retry::RetryRequest;
#[cfg(feature = "serde")]
pub use retry::{RetryResponse, RetryResponseError};
pub use scope_set::{Changes, ParseScopeSetError, ScopeSet, Scopes};
pub use scope_value::ScopeValueError;
#[cfg(feature = "consent")]
pub use send::CallError;
#[cfg(feature = "consent")]
pub use token_info::{TOKEN_INFO_ENDPOINT, TokenInfo, TokenInfoError, renewal_link};

#[cfg(feature = "std")]
pub use http;
#[cfg(feature = "consent")]
pub use oauth2;
#[cfg(feature = "consent")]
pub use url;

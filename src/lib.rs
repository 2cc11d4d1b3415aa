//! The OAuth scopes of Google's Data Portability API, for apps that let people bring their Google
//! data over.
//!
//! Such an app asks a user for scopes, reads what the user granted, and calls the API with it. This
//! crate is linked into that flow, so that no scope is a string that somebody pasted:
//!
//! - [`catalogue`]: every documented scope, and every published revision of Google's list;
//! - [`grant`]: what a token carries, unknown scopes included;
//! - [`consent`]: the smallest URL that asks for what is missing, the callback, and the tokens;
//! - [`api`]: which calls a grant allows, and the calls themselves;
//! - [`drift`]: whether Google's list has changed since.
//!
//! # Features
//!
//! All are on by default. Without them the catalogue, grants and method checks are `no_std` with
//! `alloc`, and neither `oauth2` nor `url` is compiled.
//!
//! | feature | what it adds |
//! |---|---|
//! | `serde` | serialisation of what a user stores, as strings |
//! | `http` | requests as `http::Request`, and reading the responses |
//! | `consent` | asking the user and getting tokens; with `oauth2` and `url`; implies `http` |
//! | `drift` | comparing a published list with the catalogue |
#![no_std]
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "http", feature = "drift"))]
extern crate std;

pub mod api;
pub mod catalogue;
#[cfg(feature = "consent")]
pub mod consent;
#[cfg(feature = "drift")]
pub mod drift;
#[cfg(feature = "http")]
mod endpoint;
mod excerpt;
pub mod grant;
#[cfg(feature = "http")]
pub mod http_call;
#[cfg(feature = "http")]
mod rfc3339;
#[cfg(feature = "serde")]
mod serde_string;

pub use api::ApiMethod;
pub use catalogue::{Resource, Revision, Scope, ScopeSet, Service};
#[cfg(feature = "consent")]
pub use consent::ConsentRequest;
#[cfg(feature = "http")]
pub use endpoint::{Endpoint, ParseEndpointError};
pub use grant::Grant;
#[cfg(feature = "http")]
pub use http_call::{send, send_async};

#[cfg(feature = "http")]
pub use http;
#[cfg(feature = "consent")]
pub use oauth2;
pub use phf;
#[cfg(feature = "consent")]
pub use url;

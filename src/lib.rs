//! The OAuth scopes of Google's Data Portability API, for apps that let people bring over their
//! Google data.
//!
//! Such an app asks a user for scopes, reads what the user granted, and calls the API with the
//! resulting token. This crate covers each step, with scopes as types instead of pasted strings:
//!
//! - [`catalogue`]: every documented scope, and every published revision of Google's list;
//! - [`grant`]: what a token carries, unknown scopes included;
//! - [`consent`]: the smallest URL that asks for what is missing, the callback, and the tokens;
//! - [`api`]: which calls a grant allows, and the calls themselves;
//! - [`drift`]: whether Google's list has changed since.
//!
//! It does not cover Google's other APIs: a grant keeps their scopes and names them, no more. It does
//! not sign users in: Google refuses these scopes together with `openid`. It does no I/O: its requests
//! go through any HTTP client.
//!
//! The [`guide`] goes from a button on a page to a downloaded archive. The
//! `dataportability-scopes` command looks up scopes without any code.
//!
//! # Ask for what is missing
//!
//! ```
//! # #[cfg(feature = "consent")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::SystemTime;
//!
//! use dataportability_scopes::oauth2::ClientId;
//! use dataportability_scopes::{ConsentRequest, Grant, Resource, ScopeSet};
//!
//! let wanted = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::ChromeHistory]);
//! # let listed = dataportability_scopes::Revision::NEWEST.scopes();
//! # if !wanted.is_subset(listed) { return Ok(()) }
//! // What the user granted before, as stored.
//! let grant: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
//!
//! let request = ConsentRequest::new(
//!     ClientId::new("1234.apps.googleusercontent.com".into()),
//!     "https://app.example.com/callback".parse()?,
//!     wanted,
//! );
//! let consent = request.already_granted(grant.scopes()).authorize_url(SystemTime::now())?;
//! let consent = consent.expect("browsing history is missing");
//! // Redirect to `consent.url`, and keep `consent.pending` in the session.
//! assert!(consent.url.as_str().starts_with("https://accounts.google.com/"));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "consent"))]
//! # fn main() {}
//! ```
//!
//! # What was granted, and what does it allow?
//!
//! ```
//! use dataportability_scopes::{ApiMethod, Grant, Resource, ScopeSet};
//!
//! // The `scope` of the token response, in any order.
//! let grant: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
//!
//! let requested = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::ChromeHistory]);
//! # let listed = dataportability_scopes::Revision::NEWEST.scopes();
//! # if !requested.is_subset(listed) { return Ok(()) }
//! let comparison = grant.compare(requested);
//! assert_eq!(comparison.declined, ScopeSet::from_resources(&[Resource::ChromeHistory]));
//!
//! // One listed scope allows the call; an export needs the scopes of all its resources.
//! assert!(ApiMethod::Retry.is_authorized_by(&grant));
//! assert!(!grant.covers(requested));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! All are on by default. Without them the catalogue, grants and method checks are `no_std` with
//! `alloc`, and neither `oauth2` nor `url` is compiled.
//!
//! | feature | what it adds |
//! |---|---|
//! | `serde` | serialisation of what a user stores, as strings |
//! | `http` | requests as `http::Request`, reading the responses, and exports; implies `serde` |
//! | `consent` | asking the user and getting tokens, with `oauth2` and `url`; implies `http` |
//! | `drift` | comparing a published list with the catalogue; implies `serde` |
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
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(feature = "http")]
pub mod http_call;
#[cfg(feature = "http")]
mod rfc3339;
#[cfg(feature = "http")]
mod secret_runs;
#[cfg(feature = "serde")]
mod serde_string;
#[cfg(feature = "http")]
mod stored_secret;

pub use api::ApiMethod;
pub use catalogue::{Resource, Revision, Scope, ScopeSet, Service};
#[cfg(feature = "consent")]
pub use consent::{ConsentRequest, PendingConsents, TokenClient, Tokens};
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

/// The examples of the README are tested like those of the documentation.
#[cfg(all(doctest, feature = "consent"))]
#[doc = include_str!("../README.md")]
struct Readme;

//! The OAuth scopes of Google's Data Portability API, for apps that let people bring over their
//! Google data.
//!
//! Such an app asks a user for scopes, reads what the user granted, and calls the API with the
//! resulting token. This crate covers each step, with scopes as types instead of pasted strings:
//!
//! - [`catalogue`]: every documented scope, and every published revision of Google's list;
//! - [`grant`]: what a token carries, unknown scopes included;
//! - [`consent`]: the smallest URL that asks for what is missing, the callback, and the tokens;
//! - [`api`]: which calls a grant allows, the calls themselves, and all exports of a person;
//! - [`drift`]: whether Google's list has changed since.
//!
//! It does not cover Google's other APIs: a grant keeps their scopes and names them, no more. It
//! does not sign users in: Google refuses these scopes together with `openid`. It does no I/O: its
//! calls go through any HTTP client.
//!
//! The [`guide`] goes from a button on a page to a downloaded archive. The
//! `dataportability-scopes` command looks up scopes without any code.
//!
//! # The six jobs
//!
//! **Is this a scope that I can ask for today?**
//!
//! ```
//! use dataportability_scopes::Scope;
//!
//! let token = "https://www.googleapis.com/auth/dataportability.youtube.clips";
//! assert!(Scope::find(token).is_some_and(Scope::is_listed));
//! assert!(Scope::find("https://www.googleapis.com/auth/dataportability.likes").is_none());
//! ```
//!
//! **The smallest consent URL.** One value is the OAuth client.
//!
#![cfg_attr(feature = "consent", doc = "```")]
#![cfg_attr(not(feature = "consent"), doc = "```ignore")]
//! use std::time::SystemTime;
//!
//! use dataportability_scopes::{Grant, OAuthClient, Resource};
//!
//! let google = OAuthClient::new(
//!     "1234.apps.googleusercontent.com",
//!     "https://app.example.com/callback".parse()?,
//! )
//! .client_secret("…");
//! // What the same account granted before, as stored.
//! let granted: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
//!
//! let consent = google
//!     .consent([Resource::YoutubeClips, Resource::ChromeHistory])
//!     .already_granted(&granted)
//!     .authorize_url(SystemTime::now())?
//!     .expect("browsing history is missing");
//! // Redirect to `consent.url`, and keep `consent.pending` in the session.
//! assert!(consent.url.as_str().starts_with("https://accounts.google.com/"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **The callback and the exchange**, and **what was declined**: see
//! [`OAuthClient`] and [`Exchanged`](consent::Exchanged).
//!
//! **May this token retry an archive job?**
//!
//! ```
//! use dataportability_scopes::{ApiMethod, Grant, Resource};
//!
//! // The `scope` of the token response, in any order.
//! let grant: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
//!
//! // One listed scope allows the call. An export needs the scopes of all its resources.
//! assert!(grant.allows(ApiMethod::Retry));
//! assert!(!grant.covers([Resource::YoutubeClips, Resource::ChromeHistory]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **The exports of a person**, from start to download: see [`Exports`](api::export::Exports).
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `consent` (default) | asking the user and getting tokens, with `oauth2` and `url`; implies `api` |
//! | `api` | the calls of the API and exports, for any HTTP client; implies `serde` |
//! | `serde` | stored forms of scopes, sets and grants, as strings |
//! | `drift` | comparing a published list with the catalogue; implies `serde` |
//!
//! Without features the catalogue, grants and method checks are `no_std` with `alloc`, and neither
//! `oauth2` nor `url` is compiled.
#![no_std]
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "api", feature = "drift"))]
extern crate std;

pub mod api;
#[cfg(feature = "api")]
pub mod call;
pub mod catalogue;
#[cfg(feature = "consent")]
pub mod consent;
#[cfg(feature = "drift")]
pub mod drift;
pub mod grant;
#[cfg(doc)]
pub mod guide;
mod text;

pub use api::ApiMethod;
#[cfg(feature = "api")]
pub use call::{CallError, Endpoints, send, send_async};
pub use catalogue::{Resource, Revision, Scope, ScopeSet, Scopes, Service};
#[cfg(feature = "consent")]
pub use consent::{OAuthClient, PendingConsents, Tokens};
pub use grant::Grant;

#[cfg(feature = "api")]
pub use http;
#[cfg(feature = "consent")]
pub use oauth2;
pub use phf;

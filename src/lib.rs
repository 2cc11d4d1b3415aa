//! The OAuth scopes of Google's Data Portability API, for apps that let people bring their Google
//! data over.
//!
//! Such an app asks a user for scopes, reads what the user granted, and calls the API with it. This
//! crate is linked into that flow, so that no scope is a string that somebody pasted:
//!
//! - the **catalogue** has every documented scope and every published revision of Google's list:
//!   [`Scope`], [`Resource`], [`Service`], [`Revision`], and sets of scopes, [`ScopeSet`];
//! - a **grant** is what a token carries, unknown scopes included: [`Grant`], [`Grants`];
//! - **methods** know whether a grant allows a call: [`Method`], [`RetryRequest`];
//! - **consent** goes there and back: [`ConsentRequest`] makes the smallest URL that asks for just
//!   what is missing, by Google's rules; [`PendingConsent`] checks the answer; [`TokenEndpoint`]
//!   exchanges the code;
//! - **drift** tells whether Google's list has moved on: [`PublishedList`].
//!
//! It is not for Google's other APIs, whose scopes it keeps and calls foreign; it does not sign
//! users in, since Google refuses these scopes together with `openid`; and it is no HTTP client: it
//! takes any that the crate [`oauth2`] can use.
//!
//! # Which resources can be had?
//!
//! ```
//! use dataportability_scopes::{Revision, Service};
//!
//! let maps = Service::Maps.scopes() & Revision::NEWEST.scopes();
//! for scope in maps {
//!     let resource = scope.resource();
//!     println!("{}: {}", resource.label(), resource.description());
//! }
//! # assert!(maps.len() > 5);
//! ```
//!
//! # Ask for what is missing
//!
//! ```
//! # #[cfg(feature = "consent")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::SystemTime;
//! use dataportability_scopes::oauth2::ClientId;
//! use dataportability_scopes::{Consent, ConsentRequest, Resource, ScopeSet};
//!
//! const NEEDED: ScopeSet = ScopeSet::of(&[Resource::YoutubeClips, Resource::ChromeHistory]);
//!
//! let held = ScopeSet::of(&[Resource::YoutubeClips]); // from the grants that you stored
//! let request = ConsentRequest::new(
//!     ClientId::new("1234.apps.googleusercontent.com".into()),
//!     "https://app.example.com/return".parse()?,
//!     NEEDED,
//! );
//! match request.held(held).begin(SystemTime::now())? {
//!     Consent::Ask(consent) => {
//!         let location = consent.url; // of the redirect; keep `consent.pending` in the session
//!         assert_eq!(location.host_str(), Some("accounts.google.com"));
//!     }
//!     Consent::NothingToAsk => println!("all is held already"),
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "consent"))]
//! # fn main() {}
//! ```
//!
//! # What was granted, and may it retry?
//!
//! ```
//! use dataportability_scopes::{Grant, Method, Resource, RetryRequest, ScopeSet};
//!
//! // The `scope` of the token response, whatever its order.
//! let grant: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
//!
//! let requested = ScopeSet::of(&[Resource::YoutubeClips, Resource::ChromeHistory]);
//! let decision = grant.decision_on(requested);
//! assert_eq!(decision.declined, ScopeSet::of(&[Resource::ChromeHistory]));
//!
//! assert!(Method::Retry.authorize(&grant).is_ok());
//! let request = RetryRequest::new(&"3f1c6f2e".parse()?, &grant)?;
//! assert_eq!(
//!     request.url(),
//!     "https://dataportability.googleapis.com/v1/archiveJobs/3f1c6f2e:retry"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! All are on by default. Without them the catalogue, sets, grants and method checks are `no_std`
//! with `alloc`, and neither `oauth2` nor `url` is compiled.
//!
//! | feature | what it adds |
//! |---|---|
//! | `consent` | consent, the way back, tokens, and calls that are sent; with `oauth2` and `url` |
//! | `drift` | [`PublishedList`] |
//! | `serde` | (de)serialisation as strings, the API's answers and errors |
//! | `std` | requests as `http::Request` |
//!
//! # Where the data comes from
//!
//! Each published state of Google's list is a file of `data/revisions/`, which `build.rs` checks and
//! compiles. What came, went and came back is derived from them. The file `data/README.md` tells how
//! a state is added; [`Revision::sources`] tells what each was read from.
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
mod changes;
#[cfg(feature = "consent")]
mod consent;
mod coverage;
#[cfg(feature = "drift")]
mod drift;
#[cfg(feature = "consent")]
mod endpoint;
mod excerpt;
mod grammar;
mod grant;
mod grants;
mod job_name;
mod method;
#[cfg(feature = "consent")]
mod redact;
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
pub use changes::Changes;
#[cfg(feature = "consent")]
pub use consent::{
    AUTHORIZATION_ENDPOINT, Access, AuthorizationError, CallbackError, Consent, ConsentError,
    ConsentRequest, ConsentUrl, Consented, PendingConsent, Prompt, RedirectUri, RedirectUriError,
    RedirectUriRule, Returned, TOKEN_ENDPOINT, TokenEndpoint, TokenError, Tokens,
};
pub use coverage::NotCovered;
#[cfg(feature = "drift")]
pub use drift::{Drift, PublishedList, ReadListError};
#[cfg(feature = "consent")]
pub use endpoint::{Endpoint, EndpointError};
pub use grammar::ScopeValueError;
pub use grant::{Decision, Grant};
pub use grants::Grants;
pub use job_name::{JobName, ParseJobNameError};
pub use method::{Authorized, Method, Refusal};
pub use reset::ResetRequest;
pub use retry::RetryRequest;
#[cfg(feature = "serde")]
pub use retry::{RetryResponse, RetryResponseError};
pub use scope_set::{ScopeSet, Scopes};
pub use scope_value::ParseScopeSetError;
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

/// The README's examples are tested as the documentation's are.
#[cfg(all(doctest, feature = "consent"))]
#[doc = include_str!("../README.md")]
struct Readme;

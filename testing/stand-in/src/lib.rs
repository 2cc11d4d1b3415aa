//! A simulated Google: the consent, the tokens and the six methods of the Data Portability API,
//! for trying and testing apps without an account.
//!
//! [`Google`] does no I/O and reads no clock: it takes a request and the time, and returns the
//! response. The same seed and the same requests give the same responses. It reads Google's rules
//! independently of the library whose tests use it, and its [`Audit`] counts the rules that a
//! client breaks.
//!
//! | what | where |
//! |---|---|
//! | authorization endpoint | `/o/oauth2/v2/auth` |
//! | token endpoint | `/token` |
//! | revocation endpoint | `/revoke` |
//! | token information | `/tokeninfo` |
//! | the API | `/v1/…` |
//! | archives, by signed URLs | `/archives/…` |
//! | what happened so far, for people | `/stand-in` |
//! | the audit as JSON | `/stand-in/audit` |
//!
//! Much about Google is reported and not documented, and some reports contradict each other: the
//! [`Premises`] choose between them, [`Faults`] and [`Events`] do the rest. [`rules`] says of each
//! rule where it comes from.
//!
//! # Example
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use stand_in::{Access, Config, Decision, Google, Granted};
//!
//! let config = Config::new(["myactivity.search"], "https://app.example/callback");
//! let mut google = Google::new(config);
//! let account = "ada@example.com".to_owned();
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
//! let callback = google.decide(
//!     "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=client\
//!      &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&state=af0ifjsldkj\
//!      &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.myactivity.search",
//!     &Decision { account, granted: Granted::All, access: Access::Days30 },
//!     now,
//! )?;
//! assert!(callback.starts_with("https://app.example/callback?state=af0ifjsldkj&iss="));
//! # Ok::<(), stand_in::AuthorizationError>(())
//! ```

mod api;
mod archive;
mod audit;
mod authorization;
mod authorization_request;
mod conduct;
mod config;
mod failure;
mod faults;
mod google;
mod initiate;
mod jobs;
mod pages;
mod parameters;
mod premises;
mod records;
mod reply;
mod rfc3339;
#[cfg(feature = "server")]
mod server;
mod tokens;

pub use crate::audit::{Audit, Counts, Finding, Rule};
pub use crate::authorization::{Access, Decision, Granted};
pub use crate::authorization_request::AuthorizationError;
pub use crate::config::{Client, Config, Resource, groups_of};
pub use crate::faults::{Faults, Rates, share};
pub use crate::google::Google;
pub use crate::premises::{DailyLimit, Events, Metadata, Premises, ProjectRefusal, RetryTime};
#[cfg(feature = "server")]
pub use crate::server::{Clock, Options, Server};

#[doc = include_str!("../RULES.md")]
pub mod rules {}

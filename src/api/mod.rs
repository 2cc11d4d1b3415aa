//! Calling the API: which grants allow which method, its six methods, and the exports of a person.
//!
//! Each method is a call that an [`Access`](crate::grant::Access) makes, an access token with what
//! it carries. A call that the token's scopes do not allow is not made: it is an error that says
//! what is missing. [`send`](crate::call::send) sends a call through any HTTP client.
//!
//! | method | call | response |
//! |---|---|---|
//! | `portabilityArchive.initiate` | [`access.initiate`] | [`Initiated`] |
//! | `archiveJobs.getPortabilityArchiveState` | [`access.state`] | [`ArchiveState`] |
//! | `archiveJobs.retry` | [`access.retry`] | [`JobId`], of the new job |
//! | `archiveJobs.cancel` | [`access.cancel`] | `()` |
//! | `authorization.reset` | [`access.reset`] | `()` |
//! | `accessType.check` | [`access.check_access_type`] | [`AccessTypes`] |
//!
//! [`ApiMethod`] and [`Grant::allows`](crate::grant::Grant::allows) need no feature. The rest needs
//! the feature `api`.
//!
//! [`export`] runs all exports of a person, from start to download, with these calls.
//!
#![cfg_attr(
    feature = "api",
    doc = "[`access.initiate`]: crate::grant::Access::initiate
[`access.state`]: crate::grant::Access::state
[`access.retry`]: crate::grant::Access::retry
[`access.cancel`]: crate::grant::Access::cancel
[`access.reset`]: crate::grant::Access::reset
[`access.check_access_type`]: crate::grant::Access::check_access_type"
)]

#[cfg(feature = "api")]
mod call;
#[cfg(feature = "api")]
pub mod export;
#[cfg(feature = "api")]
mod job;
mod method;
#[cfg(feature = "api")]
mod refusal;

#[cfg(feature = "api")]
pub use call::{ApiCall, Initiated, TimeRangeError};
#[cfg(feature = "api")]
pub use job::{AccessType, AccessTypes, ArchiveState, JobId, JobState, ParseJobIdError, SignedUrl};
pub use method::{ApiMethod, NotAuthorizedError};
#[cfg(feature = "api")]
pub use refusal::{Reason, Refusal, Status};

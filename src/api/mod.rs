//! Calling the API: its six methods, archive jobs, and an export from start to download.
//!
//! Each method has a request type. Constructing one requires a [`Grant`](crate::grant::Grant) that
//! allows the call, so that a call with too few scopes is never sent. A request has no access
//! token, and can be cloned and compared.
//!
//! | method | request | response | error |
//! |---|---|---|---|
//! | `portabilityArchive.initiate` | `InitiateRequest` | `InitiateResponse` | `InitiateError` |
//! | `archiveJobs.getPortabilityArchiveState` | [`ArchiveStateRequest`] | `ArchiveState` | `ArchiveStateError` |
//! | `archiveJobs.retry` | [`RetryRequest`] | `RetryResponse` | `RetryError` |
//! | `archiveJobs.cancel` | [`CancelRequest`] | `()` | `CancelError` |
//! | `authorization.reset` | [`ResetRequest`] | `()` | `ResetError` |
//! | `accessType.check` | [`CheckAccessTypeRequest`] | `AccessTypes` | `CheckAccessTypeError` |
//!
//! With the feature `http`, `with_token` turns a request into an `HttpCall`, which any HTTP client
//! can send. Without it, a request still has its `method`, `url` and `body`; `InitiateRequest`
//! needs the feature.
//!
//! # What errors and responses show
//!
//! Errors show nothing that a server wrote, except for the status and reason codes that this
//! version of the crate knows, so a server that repeats the access token cannot get it into a log.
//! If you need the rest of a response, take it from the HTTP client. Ids and names in a successful
//! response are refused if they repeat 12 or more characters of the access token,
//! plain, percent-encoded wholly or in part, in base64 or in hexadecimal, in upper or lower case.

mod access_type;
mod archive_state;
mod call;
mod cancel;
mod coverage;
#[cfg(feature = "http")]
mod error;
#[cfg(feature = "http")]
pub mod export;
#[cfg(feature = "http")]
mod initiate;
mod job_id;
mod method;
mod plan;
mod reset;
#[cfg(feature = "http")]
mod response;
mod retry;
#[cfg(feature = "http")]
mod unknown_name;

pub use access_type::CheckAccessTypeRequest;
#[cfg(feature = "http")]
pub use access_type::{AccessType, AccessTypes, CheckAccessTypeError};
pub use archive_state::ArchiveStateRequest;
#[cfg(feature = "http")]
pub use archive_state::{ArchiveState, ArchiveStateError, ParseSignedUrlError, SignedUrl, State};
pub use call::BASE_URL;
#[cfg(feature = "http")]
pub use call::WithToken;
#[cfg(feature = "http")]
pub use cancel::CancelError;
pub use cancel::CancelRequest;
pub use coverage::NotCoveredError;
#[cfg(feature = "http")]
pub use error::{ApiError, Reason, Status};
#[cfg(feature = "http")]
#[doc(no_inline)]
pub use export::{Export, Step};
#[cfg(feature = "http")]
pub use initiate::{InitiateError, InitiateRequest, InitiateResponse, TimeRangeError};
pub use job_id::{JobId, ParseJobIdError};
pub use method::{ApiMethod, Authorized, NotAuthorizedError};
pub use plan::ExportPlan;
#[cfg(feature = "http")]
pub use reset::ResetError;
pub use reset::ResetRequest;
#[cfg(feature = "http")]
pub use response::MalformedResponseError;
pub use retry::RetryRequest;
#[cfg(feature = "http")]
pub use retry::{RetryError, RetryResponse};
#[cfg(feature = "http")]
pub use unknown_name::{ParseUnknownNameError, UnknownName};

//! An export from start to download, as a value to store.
//!
//! An [`Export`] is the export of one resource group, since Google advises one archive job for
//! each. It returns what to do next and when, and records the results. It does no I/O and reads no
//! clock. It has no token, and stores no signed URL.
//!
//! # The loop
//!
//! [`Export::next`] returns a [`Step`]. It changes nothing, so a page can call it as well. For
//! [`Step::Call`], take the call from [`Export::begin`], **store the export, then send the call**,
//! and pass the result to [`Export::record`], whatever it is. On a server, store
//! [`Export::next_at`] beside the export, so that a scheduler can find the exports that are due.
//!
//! The page [`export`](crate::guide::export) of the guide has the whole loop. The time-out of the
//! HTTP client must be shorter than [`Export::CALL_TIMEOUT`].
//!
//! # The rules that it follows
//!
//! | rule | source |
//! |---|---|
//! | 5 to 60 minutes between two requests for the state of a job, growing | user guide, "methods" |
//! | at most three retries, each a new job | `archiveJobs.retry` |
//! | signed URLs are used for 6 hours, and then requested again | user guide, "methods" |
//! | an archive is kept for 14 days, and one-time access ends 14 days after the first call | user guide, "methods" |
//! | 24 hours between two exports with time-based access | quickstart for time-based access |
//! | one export with one-time access | quickstart |
//! | only a job in progress with time-based access is cancelled | `archiveJobs.cancel` |
//! | if a job already exists, the export continues with it: it *adopts* the job | error metadata of the quickstarts |
//! | a `Retry-After` in seconds is respected, and calls that fail are repeated with increasing waits | RFC 9110, section 10.2.3 |
//!
//! An export is given up if it has no job 7 days after its first call, if its job is in progress for 7
//! days, if a failed job cannot be retried within 14 days, or if its archive is not downloaded within
//! 14 days.
//!
//! # Crashes and lost responses
//!
//! [`Export::begin`] records that a call is in flight. If the app crashes then, or the response is
//! lost, it is unknown whether Google has acted on the call. After [`Export::CALL_TIMEOUT`] the call
//! counts as lost. Until then [`Export::next`] returns [`Step::WaitUntil`], so that a second process
//! does not send it too.
//!
//! **The call requested the state.** It is safe to request it again, after 5 minutes as always.
//!
//! **The call started a job.** The same call is sent again:
//!
//! - If Google never got the first one, the second one starts the job.
//! - If the job is in progress, Google responds `ALREADY_EXISTS_…` with its id, and it is adopted.
//! - If the job is already over, Google responds `RESOURCE_EXHAUSTED_…` with the ids of previous
//!   jobs. The one that the export does not know is the lost one, and it is adopted. If there is
//!   none, the export waits for 24 hours (time-based access), or asks for consent (one-time).
//!
//! So a job is started twice only if all responses are lost for 24 hours: Google then allows another
//! export, and nothing reports the first.
//!
//! **The call retried a job.** Sending it again could start a second job, and each retry uses up one
//! of three, so the retry is counted before the call is sent. To find out what happened, the export
//! calls `portabilityArchive.initiate`, which never starts a job while another is in progress:
//!
//! - The retry arrived and its job is in progress: `ALREADY_EXISTS_…` names it, and it is adopted.
//! - The retry arrived and its job is over: `RESOURCE_EXHAUSTED_…` names it among the previous jobs.
//!   It is the only one that the export does not know, and it is adopted.
//! - The retry did not arrive: with one-time access, or within 24 hours, the response names only jobs
//!   that the export knows. The failed job is retried again, if fewer than three retries are used.
//! - The retry did not arrive and Google allows an export, since 24 hours have passed: a new job is
//!   started, which serves the purpose of the retry.
//!
//! If Google names no job at all, an export with time-based access waits for 24 hours, and one with
//! one-time access asks for consent. Neither retries blindly.
//!
//! # What is stored
//!
//! An export serialises to self-describing formats such as JSON, with names as strings and times as
//! RFC 3339. A newer version of the crate reads what this one stores. This version ignores fields
//! that it does not know. It refuses a phase or a format that it does not know, so that it does not
//! start an export again that has already started.
//!
//! The job ids in it are not secrets. Signed URLs are secrets, so they are only kept in memory: an
//! export that is read back requests the state again, and gets fresh ones.

mod call;
mod cannot;
#[expect(
    clippy::module_inception,
    reason = "it has the type that the module is about"
)]
mod export;
mod pace;
mod step;
mod stored;

pub use call::{ExportCall, ExportCallError, ExportResponse};
pub use cannot::{
    CannotCancelError, CannotExportAgainError, CannotRetryError, CannotRetryReason,
    NothingToCallError,
};
pub use export::Export;
pub use step::{ConsentReason, GiveUpReason, Progress, Step};

//! An export from start to download, as a value to store.
//!
//! An [`Export`] is the export of one resource group, since Google advises one archive job for
//! each. It says what to do next and when, and takes in what came back. It does no I/O and reads no
//! clock. It holds no token and stores no signed URL.
//!
//! # The loop
//!
//! [`Export::next`] returns a [`Step`]. It changes nothing, so that a page can ask as well. For
//! [`Step::Call`], take the call from [`Export::begin`], **store the export, then send the call**,
//! and give the result to [`Export::record`], whatever it is. In a server, a scheduler stores
//! [`Export::next_at`] beside the export, and looks for what is due.
//!
//! The page [`export`](crate::guide::export) of the guide has the whole loop, in 45 lines. A client
//! must give up before [`Export::CALL_TIMEOUT`].
//!
//! # Which rules it keeps
//!
//! | rule | source |
//! |---|---|
//! | 5 to 60 minutes between two questions for the state of a job, growing | user guide, "methods" |
//! | at most three retries, each a new job | `archiveJobs.retry` |
//! | signed URLs are handed out for 6 hours, and then asked for again | user guide, "methods" |
//! | an archive is kept for 14 days, and one-time access ends 14 days after the first call | user guide, "methods" |
//! | 24 hours between two exports with time-based access | quickstart for time-based access |
//! | one export for a one-time access | quickstart |
//! | only a job in progress with time-based access is cancelled | `archiveJobs.cancel` |
//! | a job that is already there is adopted | error metadata of the quickstarts |
//! | `Retry-After` is respected, and calls that fail are repeated ever more slowly | RFC 9110, section 10.2.3 |
//!
//! An export without a job is given up 7 days after its first call, and so is one whose job is in
//! progress for 7 days. Every export ends.
//!
//! # Crashes and lost responses
//!
//! [`Export::begin`] writes down that a call is on its way. If the app crashes then, or the
//! response is lost, nobody knows whether Google has acted on it. A stored export whose call is
//! older than [`Export::CALL_TIMEOUT`] takes it as lost. Until then [`Export::next`] says to wait,
//! so that a second process does not send it too.
//!
//! **The state was asked for.** Asking again does no harm, and waits 5 minutes as always.
//!
//! **A job was to be started.** The same call is sent again:
//!
//! - If Google never got the first one, the second one starts the job.
//! - If the job is in progress, Google answers `ALREADY_EXISTS_…` with its id, and it is adopted.
//! - If the job is already over, Google answers `RESOURCE_EXHAUSTED_…` with the ids of previous
//!   jobs. One that the export does not know is the lost one, and it is adopted. If there is none,
//!   the export waits for the 24 hours (time-based access), or asks for consent (one-time).
//!
//! So a job is started twice only if all responses of 24 hours are lost, when Google allows another
//! export and nothing can tell of the first.
//!
//! **A job was to be retried.** Retrying once more could start a second job: Google promises nothing
//! else, and each retry uses up one of three. The count is raised before the call is sent. Then not
//! `archiveJobs.retry` but `portabilityArchive.initiate` finds out what happened, since that method
//! never starts a job beside another one:
//!
//! - The retry arrived and its job is in progress: `ALREADY_EXISTS_…` names it, and it is adopted.
//! - The retry arrived and its job is over: `RESOURCE_EXHAUSTED_…` names it among the previous jobs.
//!   It is the only one that the export does not know, and it is adopted.
//! - The retry did not arrive: with one-time access, or within 24 hours, the answer names only jobs
//!   that the export knows. The failed job is retried again, if fewer than three retries are spent.
//! - The retry did not arrive and Google allows an export, since 24 hours have passed: a new job is
//!   started. That is what the retry was for.
//!
//! If Google names no job at all, an export with time-based access waits for the 24 hours, and one
//! with one-time access asks for consent. Neither retries blindly.
//!
//! # What is stored
//!
//! An export serialises in formats that describe themselves, such as JSON: names as strings, times
//! as RFC 3339. A newer version of the crate reads what this one stores. This version ignores fields
//! that it does not know, and refuses a phase or a format that it does not know, rather than start
//! an export again that has already been started.
//!
//! The job ids in it are no secrets. Signed URLs are, so they are kept in memory only: an export that
//! is read back asks for the state again, and gets fresh ones.

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

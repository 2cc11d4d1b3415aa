use alloc::string::String;
use alloc::vec::Vec;

use crate::api::NotAuthorizedError;
use crate::grant::MissingScopesError;

/// An error from beginning a call when the next step of the export is not a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the next step of the export is not a call: see `Export::next`")]
pub struct NothingToCallError(());

impl NothingToCallError {
    pub(super) fn new() -> NothingToCallError {
        NothingToCallError(())
    }
}

/// An error from checking that the job of an export may be retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the job cannot be retried: {}", joined(.reasons))]
pub struct CannotRetryError {
    pub(super) reasons: Vec<CannotRetryReason>,
}

impl CannotRetryError {
    /// Returns all reasons, at least one.
    #[must_use]
    pub fn reasons(&self) -> &[CannotRetryReason] {
        &self.reasons
    }
}

/// Why the job of an export may not be retried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotRetryReason {
    /// The job has not failed, or there is none.
    #[error("only a failed job can be retried")]
    NotFailed,
    /// A retry has been sent, and its outcome is not known yet.
    #[error("the outcome of an earlier retry is not known yet")]
    Unresolved,
    /// Three retries have been sent. A new export needs 24 hours or a new consent.
    #[error(
        "all three retries have been used, so start a new export after 24 hours or a new consent"
    )]
    RetriesUsedUp,
    /// The 14 days are over for which Google keeps an archive, or for which one-time access lasts.
    #[error("the 14 days in which its archive could be downloaded are over")]
    ArchiveExpired,
    /// The grant does not allow the call.
    #[error(transparent)]
    NotAuthorized(NotAuthorizedError),
    /// The grant does not cover the resource.
    #[error(transparent)]
    MissingScope(MissingScopesError),
}

fn joined(reasons: &[CannotRetryReason]) -> String {
    let reasons: Vec<String> = reasons
        .iter()
        .map(alloc::string::ToString::to_string)
        .collect();
    reasons.join("; ")
}

/// An error from cancelling the job of an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotCancelError {
    /// No job is in progress.
    #[error("only a job that is in progress can be cancelled")]
    NotInProgress,
    /// The job has one-time access.
    #[error(
        "a job with one-time access cannot be cancelled: let it end, or reset the authorization"
    )]
    OneTimeAccess,
    /// The grant does not allow the call.
    #[error(transparent)]
    NotAuthorized(#[from] NotAuthorizedError),
}

/// An error from exporting the same resource group again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotExportAgainError {
    /// The export has not ended.
    #[error("the export has not ended: continue until it is downloaded or given up")]
    NotEnded,
    /// One-time access allows one export.
    #[error(
        "one-time access allows one export: reset the authorization, ask the user for consent \
         again, and make a new export"
    )]
    OneTimeAccess,
}

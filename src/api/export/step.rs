use alloc::vec::Vec;
use std::time::SystemTime;

use crate::api::{ApiMethod, SignedUrl};
use crate::grant::MissingScopesError;

/// What to do next with an [`Export`](super::Export).
///
/// The enum is exhaustive, so that the compiler finds a step that an app does not handle.
#[derive(Debug, Clone)]
pub enum Step {
    /// Send a call now: take it from [`Export::begin`](super::Export::begin), store the export,
    /// send the call, and give the result to [`Export::record`](super::Export::record).
    Call(ApiMethod),
    /// Do nothing until this time.
    WaitUntil(SystemTime),
    /// Download these files, then call [`Export::downloaded`](super::Export::downloaded).
    ///
    /// The URLs need no access token. If one is refused, call
    /// [`Export::download_again`](super::Export::download_again) for fresh ones.
    Download {
        /// The signed URLs of all files of the archive. They are secrets.
        urls: Vec<SignedUrl>,
        /// When they expire.
        until: SystemTime,
    },
    /// Google refused the access token: refresh it, then call
    /// [`Export::token_replaced`](super::Export::token_replaced).
    RefreshToken,
    /// Ask the user for consent: this export cannot continue with the user's present tokens.
    RequestConsent(ConsentReason),
    /// The archive has been downloaded.
    Done,
    /// The export has ended without an archive.
    GivenUp(GiveUpReason),
}

impl Step {
    /// Returns when to call [`Export::next`](super::Export::next) again: now if there is something to
    /// do, later if there is something to wait for, and `None` if nothing happens until the user acts.
    ///
    /// Store it in a column by which a scheduler finds the exports that are due.
    #[must_use]
    pub fn due(&self, now: SystemTime) -> Option<SystemTime> {
        match self {
            Step::Call(_) | Step::Download { .. } | Step::RefreshToken => Some(now),
            Step::WaitUntil(time) => Some(*time),
            Step::RequestConsent(_) | Step::Done | Step::GivenUp(_) => None,
        }
    }
}

/// Why an export needs the user's consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentReason {
    /// The grant does not cover the resource. The export continues with a grant that does.
    #[error(transparent)]
    MissingScope(MissingScopesError),
    /// Google refused an access token that had just been replaced. The export continues with a token
    /// of a new consent, after [`Export::token_replaced`](super::Export::token_replaced).
    #[error("Google no longer accepts the user's tokens: ask the user for consent again")]
    AccessEnded,
    /// Google says that the token does not cover the resource or the job. The export continues with a
    /// token of a new consent, after [`Export::token_replaced`](super::Export::token_replaced).
    #[error(
        "Google denies the token access to the resource: check that the API is enabled for the \
         project, and ask the user for consent again"
    )]
    PermissionDenied,
    /// The one export of a one-time access is used up, and its archive cannot be downloaded. Reset
    /// the authorization, ask the user for consent, and make a new export.
    #[error(
        "the one export that the user allowed is used up: reset the authorization, ask the user \
         for consent again, and make a new export"
    )]
    OneTimeAccessUsedUp,
}

impl ConsentReason {
    /// Returns whether to send a [`ResetRequest`](crate::api::ResetRequest) before the user is
    /// asked. It ends all access of the app to this user's data.
    #[must_use]
    pub fn needs_reset(&self) -> bool {
        matches!(self, ConsentReason::OneTimeAccessUsedUp)
    }
}

/// Why an export was given up.
///
/// Serialised as a string, such as `retries-used-up`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, serde::Serialize, serde::Deserialize,
)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// The job failed, and so did its three retries.
    #[error("the archive job failed, and no retry is left")]
    #[serde(rename = "retries-used-up")]
    RetriesUsedUp,
    /// The job was cancelled.
    #[error("the archive job was cancelled")]
    #[serde(rename = "cancelled")]
    Cancelled,
    /// The job was in progress for 7 days, or it failed and could not be retried within 14 days.
    #[error("the archive job did not complete in time")]
    #[serde(rename = "job-took-too-long")]
    JobTookTooLong,
    /// No job could be started for seven days.
    #[error("no archive job could be started within 7 days")]
    #[serde(rename = "not-started")]
    NotStarted,
    /// Google does not know the job, or no longer knows it.
    #[error("Google no longer knows the archive job")]
    #[serde(rename = "job-not-found")]
    JobNotFound,
    /// The archive was not downloaded while Google kept it, which is 14 days.
    #[error("the archive was not downloaded within 14 days")]
    #[serde(rename = "archive-expired")]
    ArchiveExpired,
    /// The job is complete, but three responses in a row had no URL.
    #[error("the archive job is complete, but there is nothing to download")]
    #[serde(rename = "no-urls")]
    NoUrls,
    /// Google refused the request as invalid. Sending it again does not help.
    #[error("Google refused the request as invalid: check the resource group and the time range")]
    #[serde(rename = "refused")]
    Refused,
    /// The newest revision does not list the resource, so that no job can be started for it.
    #[error("the newest revision of Google's list does not have the resource group")]
    #[serde(rename = "not-listed")]
    NotListed,
}

/// How far an export has come, for a page to show. The [`Step`] says what to do about it.
///
/// Prints in words, such as `in progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
#[non_exhaustive]
pub enum Progress {
    /// There is no job yet.
    #[strum(to_string = "not started")]
    NotStarted,
    /// The job is in progress.
    #[strum(to_string = "in progress")]
    InProgress,
    /// The job failed and will be retried.
    #[strum(to_string = "failed")]
    Failed,
    /// The archive can be downloaded.
    #[strum(to_string = "complete")]
    Complete,
    /// The archive has been downloaded.
    #[strum(to_string = "downloaded")]
    Downloaded,
    /// The export has ended without an archive.
    #[strum(to_string = "given up")]
    GivenUp,
}

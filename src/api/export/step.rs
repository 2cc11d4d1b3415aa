//! What an export does next, and why.

use std::time::SystemTime;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::call::ExportCall;
use crate::api::{JobId, SignedUrl};
use crate::catalogue::Scopes;

/// What to do next with the [`Exports`](super::Exports) of a person.
///
/// The enum is exhaustive, so that the compiler finds a step that an app does not handle.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Step {
    /// Store the exports, send this call, and give the result to
    /// [`Exports::record`](super::Exports::record). It is already recorded as begun.
    Send(ExportCall),
    /// Refresh the tokens, and give the result to
    /// [`Exports::record_refresh`](super::Exports::record_refresh).
    Refresh,
    /// Download these files, then call [`Exports::downloaded`](super::Exports::downloaded).
    ///
    /// To download beside further calls, call
    /// [`Exports::begin_download`](super::Exports::begin_download) first.
    Download(Archive),
    /// Do nothing until this time.
    WaitUntil(SystemTime, Wait),
    /// Ask the user for consent: no export can go on without.
    RequestConsent(ConsentReason),
    /// Every export has ended: it was downloaded or given up.
    Done,
}

/// The archive of a job, to download.
///
/// Serialized, it contains the signed URLs, which are secrets: store it sealed. Give it back with
/// [`Exports::restore`](super::Exports::restore), so that links last across a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Archive {
    /// The job.
    pub job: JobId,
    /// The resources that the job exports.
    pub resources: Scopes,
    /// The signed URLs of all files. They need no access token. They are secrets.
    pub files: Vec<SignedUrl>,
    /// When the URLs expire.
    #[serde(with = "crate::call::rfc3339")]
    pub until: SystemTime,
}

/// What an export waits for.
///
/// Printed in words, and serialized as a name such as `too-early`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, strum::Display, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Wait {
    /// Nothing: its next call can be made.
    #[strum(to_string = "its next call can be made")]
    Due,
    /// The archive job is running. Its state is requested again at this time.
    #[default]
    #[strum(to_string = "the archive job is running")]
    JobRunning,
    /// Google named a time before which it starts no job.
    #[strum(to_string = "Google starts no export before this time")]
    TooEarly,
    /// A call failed or was refused, and is sent again at this time.
    #[strum(to_string = "a call failed, and is sent again")]
    BackingOff,
    /// Google refuses the app's project: its API, billing or a quota. The operator has to act.
    #[strum(to_string = "Google refuses the app's project: check its API, billing and quotas")]
    ProjectNotReady,
    /// A call was sent, and its response is awaited.
    #[strum(to_string = "a response is awaited")]
    Response,
    /// Another export of the same person goes first.
    #[strum(to_string = "another export goes first")]
    AnotherExport,
}

/// Why the exports need the user's consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentReason {
    /// The grant does not cover these resources. They are exported with a grant that does.
    #[error("the grant does not cover all resources: ask the user for those it lacks")]
    MissingScopes(Scopes),
    /// Google no longer accepts the user's tokens. The exports go on with the tokens of a new
    /// consent, after [`Exports::consented`](super::Exports::consented).
    #[error("Google no longer accepts the user's tokens: ask the user for consent again")]
    AccessEnded,
    /// Google says that the token does not cover these resources, although the grant has them.
    #[error("Google denies the token access to the resources: ask the user for consent again")]
    PermissionDenied(Scopes),
    /// The one export of a one-time access is used up, and its archive cannot be downloaded. Reset
    /// the authorization with [`Access::reset`](crate::grant::Access::reset), ask the user for
    /// consent, and make new exports.
    #[error(
        "the one export that the user allowed is used up: reset the authorization, ask the user \
         for consent again, and export anew"
    )]
    OneTimeAccessUsedUp(Scopes),
}

/// Why an export was given up.
///
/// Serialized as a string, such as `retries-used-up`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GiveUpReason {
    /// The job failed, and so did its three retries.
    #[error("the archive job failed, and no retry is left")]
    RetriesUsedUp,
    /// The job was cancelled.
    #[error("the archive job was cancelled")]
    Cancelled,
    /// The job was in progress for 7 days, or it failed and could not be retried for as long.
    #[error("the archive job did not complete in time")]
    JobTookTooLong,
    /// Google refused to start a job for 7 days, without naming a time at which it would.
    /// [`Export::named_jobs`](super::Export::named_jobs) has the jobs that it named instead.
    #[error("no archive job could be started within 7 days")]
    NotStarted,
    /// Google refused the app's project for 30 days.
    #[error("Google refused the app's project for 30 days: check its API, billing and quotas")]
    ProjectNotReady,
    /// Google does not know the job, or no longer knows it.
    #[error("Google no longer knows the archive job")]
    JobNotFound,
    /// The archive was not downloaded while Google kept it, which is 14 days.
    #[error("the archive was not downloaded within 14 days")]
    ArchiveExpired,
    /// The job is complete, but for a day there were no files.
    #[error("the archive job is complete, but there is nothing to download")]
    NoFiles,
    /// Google refused the request as invalid. Sending it again does not help.
    #[error("Google refused the request as invalid: check the resource group and the time range")]
    Refused,
    /// The newest revision does not list the resource, so that no job can be started for it.
    #[error("the newest revision of Google's list does not have the resource group")]
    NotListed,
}

/// How far an export has come, for a page to show.
///
/// Printed in words, such as `in progress`.
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

//! All exports of a person, from start to download.
//!
//! [`Exports`] is what goes on with one grant: its exports, their jobs, and what Google last said.
//! It is a value to store, and it does no I/O. [`Exports::poll`] says what to do next:
//!
//! - [`Step::Send`]: a call, which is recorded as begun. **Store the exports, then send it**, and
//!   give the result to [`Exports::record`], whatever it is.
//! - [`Step::Refresh`]: one refresh for all exports.
//! - [`Step::Download`]: the files of one archive.
//! - [`Step::WaitUntil`]: nothing before a time. [`Wait`] says why, for pages and operators.
//! - [`Step::RequestConsent`]: no export can go on without the user.
//! - [`Step::Done`]: each export was downloaded, or given up for a reason.
//!
//! On a server, a row is a person's grant with its tokens and exports, and [`Exports::next_at`] is
//! a column by which a scheduler finds the rows that are due. The page
//! [`export`](crate::guide::export) of the guide has the whole loop. The time-out of the HTTP
//! client must be shorter than [`Exports::CALL_TIMEOUT`].
//!
//! Only one process at a time may go on with a row. An old copy that is stored over a newer one
//! mixes up no archives, but it does not know of later retries: Google may have to refuse one.
//!
//! # The rules, and where they come from
//!
//! Nothing here could be checked against Google. A rule is *documented* by Google, *reported* by
//! users of the API, or *guessed*. Where reports contradict each other, the exports go on under
//! each of them.
//!
//! | rule | known | source |
//! |---|---|---|
//! | 5 to 60 minutes between two requests for the state of a job, growing | documented | user guide, "methods" |
//! | at most three retries, each a new job | documented | `archiveJobs.retry` |
//! | only what failed is retried | documented | `archiveJobs.retry` |
//! | a lost retry is never repeated blindly | guessed | it may have started a job |
//! | signed URLs are used for 6 hours, and then requested again | documented | user guide, "methods" |
//! | an archive is kept for 14 days | documented | user guide, "methods" |
//! | one job for each resource group | documented | user guide, "methods" |
//! | one start in 24 hours for each group, or for each user and client: after the first refusal that names another group's job, the rest goes into one job | reported | three users, and one |
//! | one export with one-time access, then a reset and a new consent | documented | quickstart |
//! | no start before the time that Google names | documented | `timestamp_after_24hrs` |
//! | a time in the past is no permission: one call an hour while Google only says no | reported | one user, two days of refusals |
//! | of `previous_job_ids`, the most recent is the last | reported | one user |
//! | a job that 409 names is for the resources of the request | documented | error metadata of the quickstarts |
//! | a job that Google names is used only if its state can be read with the token | documented | user guide, "methods" |
//! | a job that was started when a call was lost is that call's, if nothing else is exported | guessed | `exportTime` is the time of the request |
//! | a 403 with a reason is about the project, one without is about the token | reported | `SERVICE_DISABLED`, billing, quotas |
//! | only what the API says in its own form ends an export | guessed | proxies answer in HTML |
//! | `Retry-After` holds for all calls of the person | documented | RFC 9110, section 10.2.3 |
//! | no wait is longer than 25 hours | guessed | a wrong clock |
//!
//! An export is given up if Google only said no for 7 days, without a time to wait for; if its job
//! was in progress for 7 days; if Google refused the project for 30 days; if a complete job had no
//! files for a day; or if its archive was not downloaded within 14 days. Time alone ends nothing:
//! it takes two answers in a row that come too late, so that a clock that is wrong once does no
//! harm.
//!
//! # Crashes and lost answers
//!
//! A call that was begun and has no result after [`Exports::CALL_TIMEOUT`] counts as lost: Google
//! may have acted on it or not.
//!
//! **It asked for the state.** The state is requested again, after 5 minutes as always.
//!
//! **It started a job.** The same call is sent again. If Google never got the first one, this one
//! starts the job. If the job is running, Google answers 409 and names it. If the job is over, or
//! the client is limited to one start a day, Google answers 429 and names earlier jobs. One of them
//! is used only if nothing else can have started it: the person has no other export, and the job
//! was started when the call was sent. While one start is unresolved, no other export starts a job.
//!
//! **It retried a job.** Each retry is counted before it is sent. What became of it shows when
//! `portabilityArchive.initiate` is called: it starts no job while one is running, and names it.
//! If Google names the failed job and nothing newer, the retry has not arrived.
//!
//! **In doubt** whose a job is, it is not used: the export waits as long as Google says, and starts
//! anew. [`Export::named_jobs`] has the jobs that Google named, and a caller who knows better can
//! [take one over](Exports::take_over).
//!
//! # What is stored
//!
//! Exports serialize to self-describing formats such as JSON, with names as strings and times in
//! the form of RFC 3339. A newer version of the crate reads what this one stores. This version
//! ignores fields that it does not know, and refuses a phase or a format that it does not know, so
//! that it does not start an export again that has already started.
//!
//! Job ids are no secrets. Signed URLs are, so they are only kept in memory. To have links after a
//! restart, store [`Exports::archives`] sealed, and give them to [`Exports::restore`]. Without
//! that, fresh links come with the next state of the job.

mod call;
mod exports;
mod machine;
mod pace;
mod poll;
mod record;
mod step;
mod unit;

use std::format;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use call::{ExportCall, ExportResponse};
pub use exports::Exports;
pub use step::{Archive, ConsentReason, GiveUpReason, Progress, Step, Wait};
pub use unit::Export;

/// The format of stored exports. Raise it if an older version of the crate must not continue what a
/// newer one has stored. Optional fields may be added without raising it.
const FORMAT: u32 = 2;

fn stored_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        other => Err(D::Error::custom(format!(
            "cannot read exports of format {other}: they were stored by another version of this \
             crate, or are damaged; update the crate rather than start the exports again"
        ))),
    }
}

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
//! and give the result to [`Export::record`], whatever it is. Everything else is one line a step.
//!
//! Below is all that an app needs from tokens to downloaded files. `app` stands for its own HTTP
//! client, database and clock. In a server, a scheduler takes the place of the loop: it stores
//! [`Export::next_at`] beside the export and looks for what is due.
//!
//! ```
//! # #[cfg(not(feature = "consent"))]
//! # fn main() {}
//! # #[cfg(feature = "consent")]
//! # mod example {
//! # use std::time::{Duration, SystemTime};
//! # use dataportability_scopes::{ConsentRequest, catalogue::Resource};
//! # use dataportability_scopes::consent::{AccessType, PendingConsents};
//! # use dataportability_scopes::oauth2::{ClientId, ClientSecret};
//! # use stand_in::{Access, Config, Decision, Google, Granted};
//! # type Error = Box<dyn std::error::Error>;
//! # struct App { google: Google, now: SystemTime, stored: String }
//! # impl App {
//! #     fn now(&self) -> SystemTime { self.now }
//! #     fn sleep_until(&mut self, time: SystemTime) { self.now = time; }
//! #     fn store(&mut self, export: &Export, _: &Tokens) -> Result<(), Error> {
//! #         self.stored = serde_json::to_string(export)?;
//! #         Ok(())
//! #     }
//! #     fn http(&mut self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, std::io::Error> {
//! #         self.google.send(&request, self.now).into_response().ok_or_else(|| std::io::ErrorKind::TimedOut.into())
//! #     }
//! # }
//! use dataportability_scopes::api::export::{Export, Step};
//! use dataportability_scopes::consent::{TokenClient, Tokens};
//! use dataportability_scopes::http::{Request, Response};
//! use dataportability_scopes::send;
//!
//! /// Exports a resource group, and returns the files of its archive.
//! fn export(
//!     app: &mut App,
//!     export: &mut Export,
//!     tokens: &mut Tokens,
//!     client: &TokenClient,
//! ) -> Result<Vec<Vec<u8>>, Error> {
//!     let mut files = Vec::new();
//!     loop {
//!         match export.next(&tokens.grant, app.now()) {
//!             Step::Call(_) => {
//!                 let call = export.begin(&tokens.grant, app.now())?;
//!                 app.store(export, tokens)?;
//!                 let call_with_token = call.with_token(tokens.access_token.secret());
//!                 let result = send(&call_with_token, |request| app.http(request));
//!                 export.record(&call, &result, app.now());
//!             }
//!             Step::WaitUntil(time) => app.sleep_until(time),
//!             Step::RefreshToken => {
//!                 let refresh = client.refresh(tokens, app.now())?;
//!                 *tokens = send(&refresh, |request| app.http(request))?;
//!                 export.token_replaced(app.now());
//!             }
//!             Step::Download { urls, .. } => {
//!                 for url in &urls {
//!                     let file = app.http(Request::get(url.as_str()).body(Vec::new())?)?;
//!                     if !file.status().is_success() {
//!                         return Err("a file of the archive cannot be downloaded".into());
//!                     }
//!                     files.push(file.into_body());
//!                 }
//!                 export.downloaded();
//!             }
//!             Step::RequestConsent(reason) => return Err(reason.into()),
//!             Step::GivenUp(reason) => return Err(reason.into()),
//!             Step::Done => return Ok(files),
//!         }
//!         app.store(export, tokens)?;
//!     }
//! }
//! # pub fn main() -> Result<(), Error> {
//! #     let resource = stand_in::Resource {
//! #         group: "youtube.clips".into(), label: String::new(), description: String::new(), time_filter: false,
//! #     };
//! #     let mut config = Config::new(vec![resource], "https://app.example/callback");
//! #     config.faults.api.lost_responses = 0.3;
//! #     config.faults.job_failure = 0.3;
//! #     config.faults.api.server_errors = 0.3;
//! #     let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_542_400);
//! #     let mut app = App { google: Google::new(config), now, stored: String::new() };
//! #     let clips = dataportability_scopes::ScopeSet::from_resources(&[Resource::YoutubeClips]);
//! #     let request = ConsentRequest::new(ClientId::new("client".into()), "https://app.example/callback".parse()?, clips)
//! #         .access_type(AccessType::Offline);
//! #     let consent = request.authorize_url(now)?.ok_or("nothing to ask")?;
//! #     let mut pending = PendingConsents::default();
//! #     pending.insert(consent.pending, now);
//! #     let decision = Decision { account: "ada@example.com".into(), granted: Granted::All, access: Access::Days30 };
//! #     let callback = app.google.decide(consent.url.as_str(), &decision, now)?;
//! #     let response = pending.complete_url(&callback, now)?;
//! #     let client = TokenClient::new(ClientId::new("client".into()), Some(ClientSecret::new("secret".into())));
//! #     let mut tokens = send(&client.exchange(&response, now), |request| app.http(request))?.tokens;
//! #     let mut clips = Export::new(Resource::YoutubeClips, 4, now);
//! #     let files = export(&mut app, &mut clips, &mut tokens, &client)?;
//! #     assert_eq!(files.len(), 1);
//! #     assert!(files[0].starts_with(b"PK"));
//! #     assert!(app.google.audit().is_clean());
//! #     Ok(())
//! # }
//! # }
//! # #[cfg(feature = "consent")]
//! # fn main() { example::main().unwrap() }
//! ```
//!
//! With an async client, use [`send_async`](crate::send_async) instead. A client must give up
//! before [`Export::CALL_TIMEOUT`].
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

//! What the clients did, and which rules they broke.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// The most findings that are kept word for word. All are counted.
const MAX_FINDINGS: usize = 1000;

/// What clients did, counted by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// What was done in total.
    pub total: Counts,
    /// What was done with the data of each account.
    pub accounts: BTreeMap<String, Counts>,
    /// The broken rules, the first thousand of them.
    pub violations: Vec<Finding>,
    /// What Google allows but a careful client avoids, and traces of lost responses and stopped
    /// clients. The first thousand of them.
    pub remarks: Vec<Finding>,
}

impl Audit {
    /// Returns whether no rule was broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    pub(crate) fn count(&mut self, account: Option<&str>, count: impl Fn(&mut Counts)) {
        count(&mut self.total);
        if let Some(account) = account {
            count(self.accounts.entry(account.to_owned()).or_default());
        }
    }

    pub(crate) fn find(&mut self, at: SystemTime, account: Option<&str>, rule: Rule, text: &str) {
        self.count(account, |counts| *counts.findings.entry(rule).or_default() += 1);
        let list = if rule.is_googles() { &mut self.violations } else { &mut self.remarks };
        if list.len() < MAX_FINDINGS {
            list.push(Finding { at, account: account.map(str::to_owned), rule, text: text.into() });
        }
    }
}

/// How often each thing was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Consents that were given.
    pub consents: u64,
    /// Codes that were exchanged.
    pub code_exchanges: u64,
    /// Access tokens that were refreshed.
    pub refreshes: u64,
    /// Requests to initiate a job that reached the API with a valid token.
    pub initiates: u64,
    /// Jobs that were started, retries included.
    pub jobs: u64,
    /// Requests for the state of a job.
    pub polls: u64,
    /// Retries that started a job.
    pub retries: u64,
    /// Jobs that were cancelled.
    pub cancellations: u64,
    /// Authorizations that were reset.
    pub resets: u64,
    /// Files that were downloaded.
    pub downloads: u64,
    /// Files that were downloaded, by resource group. A file of a combined job counts for each.
    pub downloads_of: BTreeMap<String, u64>,
    /// Calls of the API with a valid token, by day: the day's number since 1970.
    pub calls_by_day: BTreeMap<u64, u64>,
    /// Requests that were handled twice because of [`Rates::repeats`](crate::Rates::repeats).
    pub repeats: u64,
    /// Findings by rule. [`Counts::of`] reads it.
    pub findings: BTreeMap<Rule, u64>,
}

impl Counts {
    /// Returns how many findings there are for a rule.
    #[must_use]
    pub fn of(&self, rule: Rule) -> u64 {
        self.findings.get(&rule).copied().unwrap_or(0)
    }
}

/// A rule that a request broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// When.
    pub at: SystemTime,
    /// Whose data the request was about, if that is known.
    pub account: Option<String>,
    /// The rule.
    pub rule: Rule,
    /// What happened, without secrets.
    pub text: String,
}

/// A rule that requests can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// Starting an export again within 24 hours or while its job is in progress, or retrying a job
    /// twice, after the client has used the id of the job that is already there.
    Duplicate,
    /// Starting a second export of a resource group within 24 hours, where Google lets it.
    SecondJobInADay,
    /// A call before the time that Google had named for that person and method: in an error about
    /// the 24 hours, or as `Retry-After`. The first one is [`ReaskedOnce`](Rule::ReaskedOnce).
    CallDuringWait,
    /// A call that is refused less than an hour after the same one was, or any of the method if the
    /// refusal was about all of them. Refusals are those of the API that name neither a time to
    /// come nor a job, apart from 401. The first one is [`ReaskedOnce`](Rule::ReaskedOnce).
    RefusedAgain,
    /// Asking for the state of a running job less than 5 minutes after the last response.
    PollTooSoon,
    /// Retrying a fourth time.
    FourthRetry,
    /// Retrying a job that has not failed.
    RetryOfUnfailed,
    /// Cancelling a job with one-time access.
    ImpossibleCancel,
    /// Using a signed URL after its 6 hours.
    ExpiredUrl,
    /// Naming a resource group that does not exist.
    UnknownResource,
    /// Naming a whole scope where a resource group is expected.
    ScopeAsResource,
    /// Exporting a resource, or reading the state of its job, with a token that does not cover it.
    UncoveredResource,
    /// A time range together with a resource group that takes none, or one that ends before it
    /// starts.
    TimeRangeMisuse,
    /// Naming a job that does not exist.
    UnknownJob,
    /// Any other malformed request to the API.
    MalformedRequest,
    /// Requesting scopes of other APIs together with Data Portability scopes.
    MixedScopes,
    /// Requesting a scope that does not exist.
    UnknownScope,
    /// `include_granted_scopes=true`.
    IncrementalAuthorization,
    /// Requesting a scope that the account has already granted to the project.
    AlreadyGranted,
    /// An authorization URL that is too long.
    UrlTooLong,
    /// A redirect URI that is not registered.
    RedirectUriMismatch,
    /// Any other malformed authorization request or token request, or a wrong verifier or client
    /// secret.
    InvalidGrant,
    /// Exchanging a code that is used, has expired or does not exist. This also happens after a
    /// lost response.
    UnusableCode,
    /// An authorization request without `state`. Google allows it.
    MissingState,
    /// An authorization request without an S256 `code_challenge`. Google allows it.
    MissingPkce,
    /// Naming a resource group, or its scope, that Google has withdrawn.
    WithdrawnResource,
    /// Using an access token after its end. Google answers 401.
    EndedToken,
    /// Starting a job again after the response was lost.
    ReaskedAfterLoss,
    /// Exporting a resource again after its last job has failed. A client whose request to retry
    /// that job was lost finds out in this way whether the retry has started another.
    ReaskedAfterFailure,
    /// Starting a job again before using its id. The client may have stopped before it stored the
    /// response.
    ReaskedBeforeUse,
    /// A call during a wait or within an hour of a refusal, once. The client may have stopped
    /// before it stored the response.
    ReaskedOnce,
}

impl Rule {
    /// Returns whether this is a rule that no client may break. Otherwise it is a remark.
    #[must_use]
    pub fn is_googles(self) -> bool {
        !matches!(
            self,
            Rule::MissingState
                | Rule::MissingPkce
                | Rule::EndedToken
                | Rule::UnusableCode
                | Rule::WithdrawnResource
                | Rule::ReaskedAfterFailure
                | Rule::ReaskedAfterLoss
                | Rule::ReaskedBeforeUse
                | Rule::ReaskedOnce
        )
    }
}

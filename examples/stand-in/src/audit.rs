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
    /// The broken rules of Google's, the first thousand of them.
    pub violations: Vec<Finding>,
    /// What Google allows and a careful client avoids, or what looks like a crash of the client. The first thousand.
    pub remarks: Vec<Finding>,
}

impl Audit {
    /// Returns whether no rule of Google's was broken.
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

    pub(crate) fn find(
        &mut self,
        at: SystemTime,
        account: Option<&str>,
        rule: Rule,
        text: impl Into<String>,
    ) {
        self.count(account, |counts| {
            *counts.findings.entry(rule).or_default() += 1;
        });
        let list = if rule.is_googles() {
            &mut self.violations
        } else {
            &mut self.remarks
        };
        if list.len() < MAX_FINDINGS {
            list.push(Finding {
                at,
                account: account.map(str::to_owned),
                rule,
                text: text.into(),
            });
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
    /// A resource was to be exported again within 24 hours or while a job is in progress, or a job was
    /// to be retried twice, by a client that had already used the id of the job that was started for it.
    Duplicate,
    /// The state of a running job was asked for within 5 minutes of the last time.
    PollTooSoon,
    /// A job was to be retried a fourth time.
    FourthRetry,
    /// A job that has not failed was to be retried.
    RetryOfUnfailed,
    /// A job that is not in progress, or has one-time access, was to be cancelled.
    ImpossibleCancel,
    /// A signed URL was used after its 6 hours.
    ExpiredUrl,
    /// A resource group that does not exist was to be exported.
    UnknownResource,
    /// A whole scope was given where a resource group is expected.
    ScopeAsResource,
    /// A resource was to be exported, or a job to be read, with a token that does not cover it.
    UncoveredResource,
    /// A time range was given together with a resource group that takes none.
    TimeRangeMisuse,
    /// A job that does not exist was named.
    UnknownJob,
    /// A request to the API that is malformed in another way.
    MalformedRequest,
    /// Scopes of other APIs were requested together with Data Portability scopes.
    MixedScopes,
    /// A scope that does not exist was requested.
    UnknownScope,
    /// `include_granted_scopes=true`.
    IncrementalAuthorization,
    /// A scope that the project already has from the account was requested.
    AlreadyGranted,
    /// An authorization URL was too long.
    UrlTooLong,
    /// The redirect URI is not a registered one.
    RedirectUriMismatch,
    /// An authorization request or token request that is malformed in another way, or a verifier or client secret
    /// that is wrong.
    InvalidGrant,
    /// A code was exchanged that is used, has expired or does not exist. A client that lost the first response sees the same.
    UnusableCode,
    /// An authorization request had no `state`. Google allows that.
    MissingState,
    /// An authorization request had no `code_challenge` with S256. Google allows that.
    MissingPkce,
    /// An access token had ended when it was used. Google answers 401.
    EndedToken,
    /// A job was to be started again after the first response was lost.
    ReaskedAfterLoss,
    /// A job was to be started again before its id was ever used: the client may have been stopped
    /// before it could store the response.
    ReaskedBeforeUse,
}

impl Rule {
    /// Returns whether this is a rule of Google's. Otherwise it is a remark.
    #[must_use]
    pub fn is_googles(self) -> bool {
        !matches!(
            self,
            Rule::MissingState
                | Rule::MissingPkce
                | Rule::EndedToken
                | Rule::UnusableCode
                | Rule::ReaskedAfterLoss
                | Rule::ReaskedBeforeUse
        )
    }
}

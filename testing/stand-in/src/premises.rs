//! What is not settled about Google, and what happens at a given time.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Which of the reports about Google is true here. They contradict each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::Args))]
pub struct Premises {
    /// What the 24 hours between two exports count for
    #[cfg_attr(feature = "server", arg(long, value_name = "LIMIT", default_value = "per-group"))]
    pub daily_limit: DailyLimit,
    /// The time that an exhausted limit names
    #[cfg_attr(feature = "server", arg(long, value_name = "TIME", default_value = "right"))]
    pub retry_time: RetryTime,
    /// How the details of an error name jobs and times
    #[cfg_attr(feature = "server", arg(long, value_name = "KEYS", default_value = "documented"))]
    pub metadata: Metadata,
}

/// What the 24 hours between two exports count for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum DailyLimit {
    /// For each resource group (documented, and reported by three)
    #[default]
    PerGroup,
    /// For each person and OAuth client, whatever the groups (reported by one, in production): the
    /// error names jobs of other groups
    PerClient,
    /// For nothing: time-based access exports as often as it is asked (guessed). The audit counts
    /// an export within 24 hours all the same
    NotEnforced,
}

/// The time that an exhausted limit names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum RetryTime {
    /// The end of the 24 hours, as `timestamp_after_24hrs` (documented)
    #[default]
    Right,
    /// A time in the past that does not move, and no export before the job that the error names
    /// has been downloaded (reported)
    Past,
    /// None (guessed)
    Absent,
    /// The end of the 24 hours, in the message only (reported)
    InMessage,
}

/// How the details of an error name jobs and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Metadata {
    /// As `job_id`, `previous_job_ids` and `timestamp_after_24hrs` (documented)
    #[default]
    Documented,
    /// As other keys, because they changed before (reported; these keys are guessed)
    OtherKeys,
    /// Not at all: the message alone names the job (reported)
    Absent,
}

/// What happens at a given time, whatever clients do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    /// Every call of the API is refused because of the project, until the time.
    pub project_refusal: Option<(ProjectRefusal, SystemTime)>,
    /// The resource groups that Google withdraws, and when. Their jobs go on.
    pub withdrawn: BTreeMap<String, SystemTime>,
    /// The accounts whose owners remove all access that they gave before the time.
    pub revoked: BTreeMap<String, SystemTime>,
}

impl Events {
    pub(crate) fn is_withdrawn(&self, group: &str, now: SystemTime) -> bool {
        self.withdrawn.get(group).is_some_and(|at| *at <= now)
    }
}

/// Why Google refuses the calls of a project (`google.api.ErrorReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectRefusal {
    /// The API is not enabled yet (reported: every newcomer meets it).
    ServiceDisabled,
    /// Billing is not enabled (reported).
    BillingDisabled,
    /// A quota of the project is used up (reported).
    QuotaExceeded,
}

impl ProjectRefusal {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            ProjectRefusal::ServiceDisabled => "SERVICE_DISABLED",
            ProjectRefusal::BillingDisabled => "BILLING_DISABLED",
            ProjectRefusal::QuotaExceeded => "RESOURCE_QUOTA_EXCEEDED",
        }
    }
}

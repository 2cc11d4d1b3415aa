//! What a simulated Google is made with: clients, accounts, resource groups and limits.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::Faults;
use crate::premises::{Events, Premises};

/// The start of every scope of the Data Portability API; the resource group follows.
pub(crate) const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/dataportability.";

/// The columns are group, category, time filter, label and description.
const TABLE: &str = include_str!("../../../data/resources.tsv");

/// What a [`Google`](crate::Google) is made with.
///
/// [`Config::new`] fills in usual values; change the fields that matter to you.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The e-mail addresses of the accounts that can consent.
    pub accounts: Vec<String>,
    /// The resource groups that exist. Every other scope is unknown.
    pub resources: Vec<Resource>,
    /// The origin at which the simulated Google is reached, without a slash at the end. Signed
    /// URLs begin with it.
    pub base_url: String,
    /// The `iss` of the callback (RFC 9207), or `None` to leave it out.
    pub issuer: Option<String>,
    /// How long a job takes.
    pub job_duration: RangeInclusive<Duration>,
    /// The most files with data that an archive consists of. The first file is the index.
    pub archive_parts: u32,
    /// Whether the project is in Testing, where every grant ends after 7 days.
    pub testing: bool,
    /// How many times faster than real time the clock runs. The pages say it; time itself is an
    /// argument.
    pub clock_speed: u32,
    /// How long after its end a job is `COMPLETE` without files (reported).
    pub files_after: Duration,
    /// Which of the reports about Google is true.
    pub premises: Premises,
    /// What happens at a given time.
    pub events: Events,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// Decides job durations, job failures, faults, codes and tokens.
    pub seed: u64,
}

impl Config {
    /// Returns a configuration in which nothing goes wrong: jobs take 10 minutes to 2 hours and
    /// their archives have one file, one client with the id `client`, the secret `secret`
    /// and the given redirect URI, and the accounts `ada@example.com` and `grace@example.com`.
    #[must_use]
    pub fn new(groups: impl IntoIterator<Item: AsRef<str>>, redirect_uri: &str) -> Config {
        Config {
            clients: vec![Client {
                id: "client".to_owned(),
                secret: Some("secret".to_owned()),
                project: "1234567890".to_owned(),
                name: "Example app".to_owned(),
                redirect_uris: vec![redirect_uri.to_owned()],
            }],
            accounts: vec!["ada@example.com".to_owned(), "grace@example.com".to_owned()],
            resources: groups.into_iter().map(|it| Resource::new(it.as_ref())).collect(),
            base_url: "http://127.0.0.1:8090".to_owned(),
            issuer: Some("https://accounts.google.com".to_owned()),
            job_duration: Duration::from_secs(10 * 60)..=Duration::from_secs(2 * 60 * 60),
            archive_parts: 1,
            testing: false,
            clock_speed: 1,
            files_after: Duration::ZERO,
            premises: Premises::default(),
            events: Events::default(),
            faults: Faults::default(),
            seed: 0,
        }
    }
}

/// An app that is registered with the simulated Google.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The `client_secret`, or `None` for a client that has none.
    pub secret: Option<String>,
    /// The project that the client belongs to. Grants count per project.
    pub project: String,
    /// The name that users see.
    pub name: String,
    /// The registered redirect URIs. They are compared exactly.
    pub redirect_uris: Vec<String>,
}

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The name, such as `myactivity.search`.
    pub group: String,
    /// What users call it.
    pub label: String,
    /// What it contains, in a sentence.
    pub description: String,
    /// Whether an export can be limited to a time range.
    pub time_filter: bool,
}

impl Resource {
    /// Returns the scope that authorizes exports of the resource group.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{SCOPE_PREFIX}{}", self.group)
    }

    /// Looks a group up in the project's table. One that is not there is labelled with its name.
    fn new(group: &str) -> Resource {
        let mut rows = TABLE.lines().map(|row| row.split('\t').collect::<Vec<_>>());
        let row = rows.find(|row| row.first() == Some(&group)).unwrap_or_default();
        let cell = |column: usize| row.get(column).copied();
        Resource {
            group: group.to_owned(),
            label: cell(3).unwrap_or(group).to_owned(),
            description: cell(4).unwrap_or_default().to_owned(),
            time_filter: cell(2) == Some("yes"),
        }
    }
}

/// Returns the groups in the text of a revision: one scope a line, and comments.
pub fn groups_of(revision: &str) -> impl Iterator<Item = &str> {
    revision.lines().filter_map(|line| line.trim().strip_prefix(SCOPE_PREFIX))
}

use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::string::{String, ToString};
use std::time::SystemTime;
use std::vec::Vec;

use serde::Deserialize;
use serde_json::json;

use super::access_type::AccessType;
use super::call::{Call, WithToken, request_accessors};
use super::coverage::{self, NotCoveredError};
use super::error::{ApiError, Reason, Status};
use super::job_id::JobId;
use super::method::ApiMethod;
use super::response::{self, MalformedResponseError, error_accessors};
use crate::catalogue::{Revision, ScopeSet, UnlistedScope};
use crate::excerpt::some_of;
use crate::grant::{Grant, RequestedScopes};
use crate::http_call::{HttpCall, RequestError};
use crate::rfc3339;

/// A request to start an archive job, `portabilityArchive.initiate`.
///
/// Google advises one job for each resource group: this is faster, and if one fails the others
/// continue. Constructing a request requires a grant with the scopes of all resources.
///
/// Source: the reference page of `portabilityArchive.initiate`.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::ChromeHistory]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use std::time::{Duration, SystemTime};
/// use dataportability_scopes::api::InitiateRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let history = ScopeSet::from_resources(&[Resource::ChromeHistory]);
/// let request = InitiateRequest::new(history, &Grant::from(history))?
///     .time_range(Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600)), None)?;
/// assert_eq!(request.method(), "POST");
/// assert_eq!(
///     request.url(),
///     "https://dataportability.googleapis.com/v1/portabilityArchive:initiate"
/// );
/// assert_eq!(
///     request.body(),
///     r#"{"resources":["chrome.history"],"startTime":"2025-01-01T00:00:00Z"}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitiateRequest {
    call: Call,
    resources: RequestedScopes,
}

impl InitiateRequest {
    /// Returns a request to export `resources`, if `grant` allows it under the newest revision.
    ///
    /// A resource that is newer than the catalogue needs a grant that
    /// [vouches](Grant::vouching_for) for it.
    ///
    /// # Errors
    ///
    /// Fails if the grant does not cover all of the resources, or no resource is named.
    pub fn new(
        resources: impl Into<RequestedScopes>,
        grant: &Grant,
    ) -> Result<InitiateRequest, NotCoveredError> {
        InitiateRequest::new_in(Revision::NEWEST, resources, grant)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant does not cover all of the resources, or no resource is named.
    pub fn new_in(
        revision: Revision,
        resources: impl Into<RequestedScopes>,
        grant: &Grant,
    ) -> Result<InitiateRequest, NotCoveredError> {
        let resources = resources.into();
        let authorized = coverage::authorize(ApiMethod::Initiate, revision, &resources, grant)?;
        let mut call = Call::new(authorized, "/v1/portabilityArchive:initiate".to_owned());
        call.body = body(&resources, None, None);
        Ok(InitiateRequest { call, resources })
    }

    /// Sets the time range of the data. Without `start` it begins with the earliest data, and without
    /// `end` it goes up to the latest.
    ///
    /// Few resource groups take a time range, and the API refuses one for any other: see
    /// [`Resource::supports_time_filter`](crate::catalogue::Resource::supports_time_filter).
    ///
    /// # Errors
    ///
    /// Fails if a resource takes no time range, `start` is not before `end`, or a time is not
    /// within the years 1970 to 9999.
    pub fn time_range(
        mut self,
        start: Option<SystemTime>,
        end: Option<SystemTime>,
    ) -> Result<InitiateRequest, TimeRangeError> {
        if start.is_some() || end.is_some() {
            self.check_takes_time_range()?;
        }
        if let (Some(start), Some(end)) = (start, end) {
            if start >= end {
                return Err(TimeRangeError::StartNotBeforeEnd);
            }
        }
        let text = |time| rfc3339::format(time).ok_or(TimeRangeError::Year);
        let start = start.map(text).transpose()?;
        let end = end.map(text).transpose()?;
        self.call.body = body(&self.resources, start, end);
        Ok(self)
    }

    /// Returns the resources.
    #[must_use]
    pub fn resources(&self) -> &RequestedScopes {
        &self.resources
    }

    fn check_takes_time_range(&self) -> Result<(), TimeRangeError> {
        let resources: ScopeSet = self
            .resources
            .scopes
            .iter()
            .filter(|scope| !scope.resource().supports_time_filter())
            .collect();
        let unlisted = &self.resources.unlisted;
        if resources.is_empty() && unlisted.is_empty() {
            Ok(())
        } else {
            Err(TimeRangeError::NotTaken {
                resources,
                unlisted: unlisted.clone(),
            })
        }
    }
}

request_accessors!(InitiateRequest);

fn body(resources: &RequestedScopes, start: Option<String>, end: Option<String>) -> String {
    let listed = resources.scopes.iter().map(|scope| scope.resource().name());
    let unlisted = resources.unlisted.iter().map(UnlistedScope::resource_group);
    let names: Vec<&str> = listed.chain(unlisted).collect();
    let mut body = json!({ "resources": names });
    for (field, time) in [("startTime", start), ("endTime", end)] {
        if let (Some(time), Some(body)) = (time, body.as_object_mut()) {
            body.insert(field.to_owned(), time.into());
        }
    }
    body.to_string()
}

/// An error from setting the time range of an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeRangeError {
    /// Some resources take no time range, or are newer than the catalogue.
    #[error(
        "no time range is supported for {}: export without one, in a separate request",
        names(.resources, .unlisted)
    )]
    NotTaken {
        /// The resources of the catalogue.
        resources: ScopeSet,
        /// The resources that are newer than the catalogue, for which it is not known.
        unlisted: BTreeSet<UnlistedScope>,
    },
    /// The range is empty.
    #[error("the start of the time range is not before its end: swap them, or give only one")]
    StartNotBeforeEnd,
    /// A time cannot be written as RFC 3339.
    #[error("a time of the range is not within the years 1970 to 9999: leave it out")]
    Year,
}

fn names(resources: &ScopeSet, unlisted: &BTreeSet<UnlistedScope>) -> String {
    let listed = resources.iter().map(|scope| scope.resource().name());
    let unlisted = unlisted.iter().map(UnlistedScope::resource_group);
    some_of(listed.chain(unlisted), ToOwned::to_owned)
}

/// The response of `portabilityArchive.initiate`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitiateResponse {
    /// The job that was started.
    pub job: JobId,
    /// Its access type, if the response has it.
    pub access_type: Option<AccessType>,
}

impl HttpCall for WithToken<'_, InitiateRequest> {
    type Response = InitiateResponse;
    type Error = InitiateError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        self.request.call.to_request(self.token)
    }

    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<InitiateResponse, InitiateError> {
        let body: Body = response::read(response, self.token)?;
        let job = response::job_id("archiveJobId", body.archive_job_id.as_deref(), self.token)?;
        let access_type = body
            .access_type
            .filter(|name| !name.is_empty())
            .map(|name| response::name("accessType", &name, self.token))
            .transpose()?;
        Ok(InitiateResponse { job, access_type })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    archive_job_id: Option<String>,
    access_type: Option<String>,
}

/// An error from `portabilityArchive.initiate`.
///
/// Google's quickstarts list the reasons. [`ApiError::running_job`], [`ApiError::previous_jobs`] and
/// [`ApiError::retry_at`] say how to continue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitiateError {
    /// The API refused.
    #[error("{}", explain(.0))]
    Refused(#[source] ApiError),
    /// The response is not as documented. A job may have been started.
    #[error("the response of portabilityArchive.initiate is not as documented: {0}")]
    Malformed(MalformedResponseError),
}

error_accessors!(InitiateError);

const EXPORTED_TODAY: &str =
    "a resource was exported within the last 24 hours: wait, then start the export again";

fn explain(error: &ApiError) -> String {
    let text = match (error.code, error.reason, error.status) {
        (_, Some(Reason::AlreadyExistsOneTime), _) => {
            "a job with one-time access is running or has run for a resource: go on with that job, \
             or reset the authorization and ask the user again"
        }
        (_, Some(Reason::AlreadyExistsTimeBased), _) => {
            "a job is running for a resource: go on with that job"
        }
        (_, Some(Reason::ResourceExhaustedOneTime), _) => {
            "the one export of a one-time access is used up: download the archive of the previous \
             job, or reset the authorization and ask the user again"
        }
        (_, Some(Reason::ResourceExhaustedTimeBased), _) | (400, _, Status::FailedPrecondition) => {
            EXPORTED_TODAY
        }
        (400, _, Status::InvalidArgument) => {
            "the API did not accept the resources or the time range: \
             check that it lists the resources, and that they take a time range"
        }
        (403, None, _) => {
            "the access token does not cover all of the resources: \
             leave out those it lacks, or ask the user for them"
        }
        (409, ..) => "a job is running or has run for a resource: go on with that job",
        _ => return error.explain("start the export"),
    };
    text.to_owned()
}

use std::fmt;
use std::format;
use std::string::String;
use std::time::SystemTime;
use std::vec::Vec;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{
    AccessType, AccessTypes, ArchiveState, JobId, JobState, SignedUrl, read_resources,
};
use super::method::{ApiMethod, NotAuthorizedError};
use super::refusal;
use crate::call::{CallError, Endpoint, HttpCall, bearer, read_object, rfc3339};
use crate::catalogue::Scopes;
use crate::grant::{Access, MissingScopesError};
use crate::text::some_of;

/// A call of the API: an [`HttpCall`] with the response `R`, made by a method of [`Access`].
///
/// It holds the access token. `Debug` does not show it, and the `Authorization` header of the
/// request is marked as sensitive.
///
/// Source: RFC 6750, section 2.1.
#[derive(Clone)]
pub struct ApiCall<R> {
    method: ApiMethod,
    url: Endpoint,
    body: Body,
    access_token: String,
    read: Read<R>,
}

/// Reads a successful response.
type Read<R> = fn(&ApiCall<R>, &Response<Vec<u8>>) -> Result<R, CallError>;

/// The fields of the request to initiate. Other requests have an empty body.
#[derive(Debug, Clone, Default)]
struct Body {
    resources: Scopes,
    start_time: Option<String>,
    end_time: Option<String>,
}

impl Access<'_> {
    /// Returns the call that starts an archive job for `resources`, `portabilityArchive.initiate`.
    ///
    /// Google advises one job for each resource group: this is faster, and if one fails the others
    /// continue. A resource that is newer than the catalogue needs a grant that
    /// [vouches](crate::grant::Grant::vouching_for) for it.
    ///
    /// Source: the reference page of `portabilityArchive.initiate`.
    ///
    /// # Errors
    ///
    /// Fails if the grant does not cover all of the resources, or no resource is named.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use dataportability_scopes::call::HttpCall;
    /// use dataportability_scopes::grant::Access;
    /// use dataportability_scopes::{Endpoints, Grant, Resource, Scopes};
    ///
    /// let grant = Grant::from(Scopes::from(Resource::ChromeHistory));
    /// let endpoints = Endpoints::default();
    /// let access = Access::new(&endpoints, "ya29.a", &grant);
    ///
    /// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600);
    /// let call = access.initiate(Resource::ChromeHistory)?.time_range(Some(start), None)?;
    /// assert_eq!(
    ///     call.to_request()?.body(),
    ///     br#"{"resources":["chrome.history"],"startTime":"2025-01-01T00:00:00Z"}"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn initiate(
        &self,
        resources: impl Into<Scopes>,
    ) -> Result<ApiCall<Initiated>, MissingScopesError> {
        let resources = resources.into();
        self.grant().check_covers(&resources)?;
        Ok(self.initiate_unchecked(resources))
    }

    /// Same as [`initiate`](Self::initiate), for a caller that has checked the resources.
    pub(super) fn initiate_unchecked(&self, resources: Scopes) -> ApiCall<Initiated> {
        let read = |call: &ApiCall<Initiated>, response: &Response<Vec<u8>>| {
            let fields = call.read_fields(response)?;
            let access_type = fields.access_type.as_ref().and_then(|name| name.parse().ok());
            Ok(Initiated { job: call.read_job(response, fields)?, access_type })
        };
        let mut call = self.call(ApiMethod::Initiate, None, read);
        call.body.resources = resources;
        call
    }

    /// Returns the call that asks for the state of a job,
    /// `archiveJobs.getPortabilityArchiveState`.
    ///
    /// Google requires a token that carries the scopes of all resources of the job. Ask every 5 to
    /// 60 minutes.
    ///
    /// Source: the reference page of `archiveJobs.getPortabilityArchiveState`; "Call Data
    /// Portability API methods" of the user guide.
    ///
    /// # Errors
    ///
    /// Fails if the grant has no scope that allows the call.
    pub fn state(&self, job: &JobId) -> Result<ApiCall<ArchiveState>, NotAuthorizedError> {
        self.grant().check_allows(ApiMethod::GetState)?;
        Ok(self.state_unchecked(job))
    }

    pub(super) fn state_unchecked(&self, job: &JobId) -> ApiCall<ArchiveState> {
        self.call(ApiMethod::GetState, Some(job), ApiCall::read_state)
    }

    /// Returns the call that retries a failed job, `archiveJobs.retry`.
    ///
    /// The API starts a new job and returns its id. A job can be retried up to three times without
    /// a new consent, and only if it failed.
    ///
    /// Source: the reference page of `archiveJobs.retry`.
    ///
    /// # Errors
    ///
    /// Fails if the grant has no scope that allows the call.
    pub fn retry(&self, job: &JobId) -> Result<ApiCall<JobId>, NotAuthorizedError> {
        self.grant().check_allows(ApiMethod::Retry)?;
        Ok(self.retry_unchecked(job))
    }

    pub(super) fn retry_unchecked(&self, job: &JobId) -> ApiCall<JobId> {
        self.call(ApiMethod::Retry, Some(job), |call, response| {
            call.read_job(response, call.read_fields(response)?)
        })
    }

    /// Returns the call that cancels a job, `archiveJobs.cancel`. Only a job that is in progress
    /// and has time-based access can be cancelled.
    ///
    /// Source: the reference page of `archiveJobs.cancel`.
    ///
    /// # Errors
    ///
    /// Fails if the grant has no scope that allows the call.
    pub fn cancel(&self, job: &JobId) -> Result<ApiCall<()>, NotAuthorizedError> {
        self.grant().check_allows(ApiMethod::Cancel)?;
        Ok(self.call(ApiMethod::Cancel, Some(job), ApiCall::read_empty))
    }

    /// Returns the call that ends the app's access to the user's data, `authorization.reset`. The
    /// user can then be asked for the same scopes again, and export them again.
    ///
    /// Google revokes every scope that the user granted to the app, and with them all tokens.
    /// Archives that were not downloaded are lost.
    ///
    /// Source: the reference page of `authorization.reset`.
    ///
    /// # Errors
    ///
    /// Fails if the grant has no scope that allows the call.
    pub fn reset(&self) -> Result<ApiCall<()>, NotAuthorizedError> {
        self.grant().check_allows(ApiMethod::Reset)?;
        Ok(self.call(ApiMethod::Reset, None, ApiCall::read_empty))
    }

    /// Returns the call that asks for the access type of each resource that the token carries,
    /// `accessType.check`.
    ///
    /// Source: the reference page of `accessType.check`.
    ///
    /// # Errors
    ///
    /// Fails if the grant has no scope that allows the call.
    pub fn check_access_type(&self) -> Result<ApiCall<AccessTypes>, NotAuthorizedError> {
        self.grant().check_allows(ApiMethod::CheckAccessType)?;
        Ok(self.call(ApiMethod::CheckAccessType, None, |call, response| {
            let fields = call.read_fields(response)?;
            let read = |names: Option<Vec<String>>| {
                read_resources(&names.unwrap_or_default())
                    .ok_or_else(|| call.malformed(response, "it has a malformed resource name"))
            };
            Ok(AccessTypes {
                one_time: read(fields.one_time_resources)?,
                time_based: read(fields.time_based_resources)?,
            })
        }))
    }

    fn call<R>(&self, method: ApiMethod, job: Option<&JobId>, read: Read<R>) -> ApiCall<R> {
        let job = format!("archiveJobs/{}", job.map_or("", JobId::as_str));
        let (_, path) = method.route();
        let path = path.replace("{name=archiveJobs/*", &job).replace('}', "");
        ApiCall {
            method,
            url: self.api().join(&path),
            body: Body::default(),
            access_token: self.token().into(),
            read,
        }
    }
}

impl<R> ApiCall<R> {
    /// Returns the method that is called.
    pub(super) fn method(&self) -> ApiMethod {
        self.method
    }

    fn malformed(&self, response: &Response<Vec<u8>>, text: &'static str) -> CallError {
        CallError::malformed(self.method.id(), response, text)
    }

    /// Reads the fields of a successful response.
    fn read_fields(&self, response: &Response<Vec<u8>>) -> Result<Fields, CallError> {
        let not_json = "it is not a JSON object with the documented fields";
        let fields: Fields =
            read_object(response.body()).ok_or_else(|| self.malformed(response, not_json))?;
        if fields.error.is_some() {
            let text = "it has an error in spite of its successful status";
            return Err(self.malformed(response, text));
        }
        Ok(fields)
    }

    fn read_job(&self, response: &Response<Vec<u8>>, fields: Fields) -> Result<JobId, CallError> {
        let job = fields.archive_job_id.and_then(|id| id.parse().ok());
        job.ok_or_else(|| self.malformed(response, "it has no archiveJobId of the usual form"))
    }
}

impl ApiCall<()> {
    fn read_empty(&self, response: &Response<Vec<u8>>) -> Result<(), CallError> {
        self.read_fields(response).map(|_| ())
    }
}

impl ApiCall<ArchiveState> {
    fn read_state(&self, response: &Response<Vec<u8>>) -> Result<ArchiveState, CallError> {
        let malformed = |text| self.malformed(response, text);
        let url = self.url.as_str();
        let fields = self.read_fields(response)?;
        let is_other = |name: &String| !name.is_empty() && !url.ends_with(&format!("/{name}"));
        if fields.name.as_ref().is_some_and(is_other) {
            return Err(malformed("it has the state of another job"));
        }
        let state = fields.state.ok_or_else(|| malformed("it has no state"))?;
        let state = state.parse().unwrap_or(JobState::Unspecified);
        let mut urls = Vec::new();
        if state == JobState::Complete {
            let is_secure = self.url.uri().scheme() == Some(&Scheme::HTTPS);
            for url in fields.urls.unwrap_or_default() {
                if is_secure && url.to_ascii_lowercase().starts_with("http:") {
                    return Err(malformed(
                        "its links begin with http://, but the address of the API with https://: \
                         make both https://",
                    ));
                }
                let url = SignedUrl::read(&url);
                urls.push(url.ok_or_else(|| malformed("it has a URL that is not whole or safe"))?);
            }
        }
        let time = |text: Option<String>| text.and_then(|text| rfc3339::parse(&text));
        Ok(ArchiveState {
            state,
            urls,
            start_time: time(fields.start_time),
            export_time: time(fields.export_time),
        })
    }
}

impl ApiCall<Initiated> {
    /// Sets the time range of the data. Without `start` it begins with the earliest data, and
    /// without `end` it goes up to the latest.
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
    ) -> Result<ApiCall<Initiated>, TimeRangeError> {
        check_time_range(&self.body.resources, start, end)?;
        self.body.start_time = start.and_then(rfc3339::format);
        self.body.end_time = end.and_then(rfc3339::format);
        Ok(self)
    }
}

/// Checks that an export of the resources can be limited to a time range.
pub(super) fn check_time_range(
    resources: &Scopes,
    start: Option<SystemTime>,
    end: Option<SystemTime>,
) -> Result<(), TimeRangeError> {
    if start.is_none() && end.is_none() {
        return Ok(());
    }
    let takes_none = |resource: &Scopes| {
        let mut known = resource.known().into_iter();
        known.all(|scope| !scope.resource().supports_time_filter())
    };
    let resources: Scopes = resources.singles().filter(takes_none).collect();
    let can_be_written = |time: &SystemTime| rfc3339::format(*time).is_some();
    let fault = if !resources.is_empty() {
        let names = some_of(resources.names());
        format!("no time range is supported for {names}: export without one, in a separate request")
    } else if start.zip(end).is_some_and(|(start, end)| start >= end) {
        "the start of the time range is not before its end: swap them, or give only one".into()
    } else if !start.iter().chain(&end).all(can_be_written) {
        "a time of the range is not within the years 1970 to 9999: leave it out".into()
    } else {
        return Ok(());
    };
    Err(TimeRangeError { fault })
}

/// An error from setting the time range of an export: a resource takes none, or is newer than the
/// catalogue, or the range is empty, or RFC 3339 cannot write it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct TimeRangeError {
    fault: String,
}

impl<R> HttpCall for ApiCall<R> {
    type Response = R;

    fn name(&self) -> &'static str {
        self.method.id()
    }

    /// Sets the length of an empty body, which Google's servers require of a `POST`.
    fn to_request(&self) -> Result<Request<Vec<u8>>, CallError> {
        let authorization = bearer(self.name(), &self.access_token)?;
        let mut request = Request::new(self.body.to_json().into_bytes());
        *request.uri_mut() = self.url.uri().clone();
        let is_empty = request.body().is_empty();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        if !is_empty {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let (method, _) = self.method.route();
        if is_empty && method == Method::POST {
            headers.insert(CONTENT_LENGTH, 0.into());
        }
        *request.method_mut() = method;
        Ok(request)
    }

    fn read_response(&self, response: &Response<Vec<u8>>) -> Result<R, CallError> {
        if response.status().is_success() {
            (self.read)(self, response)
        } else {
            Err(refusal::refused(self.method, response))
        }
    }
}

impl<R> fmt::Debug for ApiCall<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCall")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field("resources", &self.body.resources)
            .finish_non_exhaustive()
    }
}

impl Body {
    fn to_json(&self) -> String {
        if self.resources.is_empty() {
            return String::new();
        }
        let mut body = json!({ "resources": self.resources.names().collect::<Vec<_>>() });
        for (field, time) in [("startTime", &self.start_time), ("endTime", &self.end_time)] {
            if let (Some(time), Some(body)) = (time, body.as_object_mut()) {
                body.insert(field.into(), time.as_str().into());
            }
        }
        format!("{body}")
    }
}

/// The response of `portabilityArchive.initiate`. It serializes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Initiated {
    /// The job that was started.
    pub job: JobId,
    /// Its access type, if the response has a known one.
    pub access_type: Option<AccessType>,
}

/// The fields of all responses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    error: Option<Value>,
    archive_job_id: Option<String>,
    access_type: Option<String>,
    name: Option<String>,
    state: Option<String>,
    urls: Option<Vec<String>>,
    start_time: Option<String>,
    export_time: Option<String>,
    one_time_resources: Option<Vec<String>>,
    time_based_resources: Option<Vec<String>>,
}

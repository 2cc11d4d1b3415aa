use alloc::format;

use super::call::{Call, request_accessors};
use super::coverage::{self, NotCoveredError};
use super::job_id::JobId;
use super::method::ApiMethod;
use crate::catalogue::Revision;
use crate::grant::{Grant, RequestedScopes};

/// A request for the state of an archive job, `archiveJobs.getPortabilityArchiveState`.
///
/// Constructing a request requires a grant with the scopes of all resources of the job. With the
/// feature `http`, `with_token` turns it into a call for any HTTP client.
///
/// Source: the reference page of `archiveJobs.getPortabilityArchiveState`; "Call Data Portability
/// API methods" of the user guide.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::ArchiveStateRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let clips = ScopeSet::from_resources(&[Resource::YoutubeClips]);
/// let request = ArchiveStateRequest::new(&"3f1c6f2e".parse()?, clips, &Grant::from(clips))?;
/// assert_eq!(request.method(), "GET");
/// assert_eq!(
///     request.url(),
///     "https://dataportability.googleapis.com/v1/archiveJobs/3f1c6f2e/portabilityArchiveState"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStateRequest {
    call: Call,
    job: JobId,
}

impl ArchiveStateRequest {
    /// Returns a request for the state of `job`, which exports `resources`, if `grant` allows it
    /// under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant does not cover all of the resources, or no resource is named.
    pub fn new(
        job: &JobId,
        resources: impl Into<RequestedScopes>,
        grant: &Grant,
    ) -> Result<ArchiveStateRequest, NotCoveredError> {
        ArchiveStateRequest::new_in(Revision::NEWEST, job, resources, grant)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant does not cover all of the resources, or no resource is named.
    pub fn new_in(
        revision: Revision,
        job: &JobId,
        resources: impl Into<RequestedScopes>,
        grant: &Grant,
    ) -> Result<ArchiveStateRequest, NotCoveredError> {
        let resources = resources.into();
        let authorized = coverage::authorize(ApiMethod::GetState, revision, &resources, grant)?;
        Ok(ArchiveStateRequest {
            call: Call::new(
                authorized,
                format!("/v1/{}/portabilityArchiveState", job.name()),
            ),
            job: job.clone(),
        })
    }

    /// Returns the job.
    #[must_use]
    pub fn job(&self) -> &JobId {
        &self.job
    }
}

request_accessors!(ArchiveStateRequest);

#[cfg(feature = "http")]
pub use sending::{ArchiveState, ArchiveStateError, ParseSignedUrlError, SignedUrl, State};

#[cfg(feature = "http")]
mod sending {
    use std::borrow::ToOwned;
    use std::fmt;
    use std::format;
    use std::str::FromStr;
    use std::string::String;
    use std::time::SystemTime;
    use std::vec::Vec;

    use http::Uri;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use subtle::ConstantTimeEq;

    use super::ArchiveStateRequest;
    use crate::api::call::WithToken;
    use crate::api::error::{ApiError, NO_JOB};
    use crate::api::response::{self, MalformedResponseError, error_accessors};
    use crate::api::unknown_name::{ParseUnknownNameError, UnknownName};
    use crate::http_call::{HttpCall, RequestError};
    use crate::stored_secret;

    /// The response of `archiveJobs.getPortabilityArchiveState`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct ArchiveState {
        /// The state of the job.
        pub state: State,
        /// The URLs of the parts of the archive, which are valid for six hours. Each request for the
        /// state returns fresh ones. Empty unless the job is complete, and possibly even then.
        pub urls: Vec<SignedUrl>,
        /// The start of the time range, if the request to initiate had one.
        pub start_time: Option<SystemTime>,
        /// The end of the time range, or the time of the request if it had none.
        pub export_time: Option<SystemTime>,
    }

    /// The state of an archive job.
    ///
    /// Parsed and serialised as the API's name, `IN_PROGRESS`. The API gives no cause for a failed
    /// or cancelled job.
    ///
    /// Source: the reference page of `archiveJobs.getPortabilityArchiveState`.
    ///
    /// ```
    /// use dataportability_scopes::api::State;
    ///
    /// assert_eq!("COMPLETE".parse(), Ok(State::Complete));
    /// assert!(matches!("COMPLETED".parse(), Ok(State::Other(_))));
    /// assert_eq!(State::InProgress.as_str(), "IN_PROGRESS");
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum State {
        /// The job is running.
        InProgress,
        /// The archive can be downloaded.
        Complete,
        /// The job failed. It can be retried, up to three times.
        Failed,
        /// The job was cancelled.
        Cancelled,
        /// A state that this version of the crate does not know, or `STATE_UNSPECIFIED`.
        Other(UnknownName),
    }

    impl State {
        /// Returns the API's name.
        #[must_use]
        pub fn as_str(&self) -> &str {
            match self {
                State::InProgress => "IN_PROGRESS",
                State::Complete => "COMPLETE",
                State::Failed => "FAILED",
                State::Cancelled => "CANCELLED",
                State::Other(name) => name.as_str(),
            }
        }
    }

    impl FromStr for State {
        type Err = ParseUnknownNameError;

        fn from_str(name: &str) -> Result<State, ParseUnknownNameError> {
            Ok(match name {
                "IN_PROGRESS" => State::InProgress,
                "COMPLETE" => State::Complete,
                "FAILED" => State::Failed,
                "CANCELLED" => State::Cancelled,
                other => State::Other(other.parse()?),
            })
        }
    }

    impl Serialize for State {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.as_str())
        }
    }

    impl<'de> Deserialize<'de> for State {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<State, D::Error> {
            crate::serde_string::deserialize(deserializer, "the state of an archive job")
        }
    }

    /// The URL of a part of an archive. Anyone who has it can download the part, for six hours.
    ///
    /// It is a secret: `Debug` does not show it, and there is no `Display`. It serialises as the
    /// URL, so store it only where secrets may be stored. A fresh one can be requested at any time.
    /// Comparing two of the same length takes constant time.
    ///
    /// ```
    /// use dataportability_scopes::api::SignedUrl;
    ///
    /// let url: SignedUrl = "https://storage.googleapis.com/a/b.zip?sig=7d20".parse()?;
    /// assert_eq!(url.as_str(), "https://storage.googleapis.com/a/b.zip?sig=7d20");
    /// assert_eq!(format!("{url:?}"), "SignedUrl(..)");
    /// # Ok::<(), dataportability_scopes::api::ParseSignedUrlError>(())
    /// ```
    #[derive(Clone)]
    pub struct SignedUrl(String);

    impl SignedUrl {
        /// Returns the URL.
        #[must_use]
        pub fn as_str(&self) -> &str {
            &self.0
        }

        fn is_https(&self) -> bool {
            let uri: Result<Uri, _> = self.0.parse();
            uri.is_ok_and(|uri| uri.scheme_str() == Some("https"))
        }
    }

    impl fmt::Debug for SignedUrl {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("SignedUrl(..)")
        }
    }

    impl PartialEq for SignedUrl {
        fn eq(&self, other: &SignedUrl) -> bool {
            self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
        }
    }

    impl Eq for SignedUrl {}

    impl FromStr for SignedUrl {
        type Err = ParseSignedUrlError;

        fn from_str(url: &str) -> Result<SignedUrl, ParseSignedUrlError> {
            let uri: Uri = url.parse().map_err(|_| ParseSignedUrlError(()))?;
            let known_scheme = matches!(uri.scheme_str(), Some("https" | "http"));
            let has_user = uri.authority().is_none_or(|it| it.as_str().contains('@'));
            if known_scheme && !has_user && uri.host().is_some_and(|host| !host.is_empty()) {
                Ok(SignedUrl(url.to_owned()))
            } else {
                Err(ParseSignedUrlError(()))
            }
        }
    }

    impl Serialize for SignedUrl {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for SignedUrl {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SignedUrl, D::Error> {
            let url: String = stored_secret::deserialize(deserializer, "a signed URL")?;
            url.parse().map_err(D::Error::custom)
        }
    }

    /// An error from parsing a [`SignedUrl`]. It does not quote the text, which may be a secret.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
    #[error("not a signed URL: give a whole URL without a user name, as the API returned it")]
    pub struct ParseSignedUrlError(());

    impl HttpCall for WithToken<'_, ArchiveStateRequest> {
        type Response = ArchiveState;
        type Error = ArchiveStateError;

        fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
            self.request.call.to_request(self.token)
        }

        fn read_response(
            &self,
            response: &http::Response<Vec<u8>>,
        ) -> Result<ArchiveState, ArchiveStateError> {
            let body: Body = response::read(response, self.token)?;
            let name = format!("{}/portabilityArchiveState", self.request.job.name());
            if body.name.is_some_and(|it| !it.is_empty() && it != name) {
                return Err(MalformedResponseError::invalid("name").into());
            }
            let state = body.state.ok_or(MalformedResponseError::missing("state"))?;
            let state: State = response::name("state", &state, self.token)?;
            let urls = if state == State::Complete {
                self.urls(&body.urls.unwrap_or_default())?
            } else {
                Vec::new()
            };
            Ok(ArchiveState {
                state,
                urls,
                start_time: response::time("startTime", body.start_time.as_deref())?,
                export_time: response::time("exportTime", body.export_time.as_deref())?,
            })
        }
    }

    impl WithToken<'_, ArchiveStateRequest> {
        /// Returns the URLs. They must begin with `https://`, unless the base URL does not.
        fn urls(&self, urls: &[String]) -> Result<Vec<SignedUrl>, MalformedResponseError> {
            let may_be = |url: &SignedUrl| self.request.call.insecure || url.is_https();
            urls.iter()
                .map(|url| {
                    let url = url.parse().ok().filter(may_be);
                    url.ok_or(MalformedResponseError::invalid("urls"))
                })
                .collect()
        }
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        name: Option<String>,
        state: Option<String>,
        urls: Option<Vec<String>>,
        start_time: Option<String>,
        export_time: Option<String>,
    }

    /// An error from `archiveJobs.getPortabilityArchiveState`.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum ArchiveStateError {
        /// The API refused.
        #[error("{}", explain(.0))]
        Refused(#[source] ApiError),
        /// The response is not as documented.
        #[error("the response of archiveJobs.getPortabilityArchiveState is not as documented: {0}")]
        Malformed(MalformedResponseError),
    }

    error_accessors!(ArchiveStateError);

    fn explain(error: &ApiError) -> String {
        match error.code {
            403 if error.reason.is_none() => {
                "the access token does not cover the resources of the job: \
                 use the token that started the job"
                    .to_owned()
            }
            404 => NO_JOB.to_owned(),
            _ => error.explain("return the state of the job"),
        }
    }
}

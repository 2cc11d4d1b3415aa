use super::call::{Call, request_accessors};
use super::method::{ApiMethod, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// A request for the access type of each resource that a token carries, `accessType.check`.
///
/// Constructing a request requires a grant that allows the call. With the feature `http`,
/// `with_token` turns it into a call for any HTTP client.
///
/// Source: the reference page of `accessType.check`.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::CheckAccessTypeRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let request = CheckAccessTypeRequest::new(&grant)?;
/// assert_eq!(request.url(), "https://dataportability.googleapis.com/v1/accessType:check");
/// # Ok::<(), dataportability_scopes::api::NotAuthorizedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAccessTypeRequest {
    call: Call,
}

impl CheckAccessTypeRequest {
    /// Returns a request to check the access type, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new(grant: &Grant) -> Result<CheckAccessTypeRequest, NotAuthorizedError> {
        CheckAccessTypeRequest::new_in(Revision::NEWEST, grant)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call, or the API did not
    /// have the method under this revision.
    pub fn new_in(
        revision: Revision,
        grant: &Grant,
    ) -> Result<CheckAccessTypeRequest, NotAuthorizedError> {
        let authorized = ApiMethod::CheckAccessType.authorize_in(revision, grant)?;
        Ok(CheckAccessTypeRequest {
            call: Call::new(authorized, "/v1/accessType:check".into()),
        })
    }
}

request_accessors!(CheckAccessTypeRequest);

#[cfg(feature = "http")]
pub use sending::{AccessType, AccessTypes, CheckAccessTypeError};

#[cfg(feature = "http")]
mod sending {
    use std::borrow::ToOwned;
    use std::collections::BTreeSet;
    use std::format;
    use std::str::FromStr;
    use std::string::String;
    use std::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::CheckAccessTypeRequest;
    use crate::api::call::WithToken;
    use crate::api::error::ApiError;
    use crate::api::response::{self, MalformedResponseError, error_accessors};
    use crate::api::unknown_name::{ParseUnknownNameError, UnknownName};
    use crate::catalogue::{Resource, SCOPE_PREFIX, Scope, ScopeSet, UnlistedScope};
    use crate::http_call::{HttpCall, RequestError};
    use crate::secret_runs::SecretRuns;

    /// How often a resource may be exported with one consent.
    ///
    /// The user chooses it. Parsed and serialised as the API's name, `ACCESS_TYPE_ONE_TIME`.
    ///
    /// Source: `accessType` in the response of `portabilityArchive.initiate`.
    ///
    /// ```
    /// use dataportability_scopes::api::AccessType;
    ///
    /// assert_eq!("ACCESS_TYPE_TIME_BASED".parse(), Ok(AccessType::TimeBased));
    /// assert_eq!(AccessType::OneTime.as_str(), "ACCESS_TYPE_ONE_TIME");
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum AccessType {
        /// One export.
        OneTime,
        /// Any number of exports, for 30 or 180 days.
        TimeBased,
        /// An access type that this version of the crate does not know, or
        /// `ACCESS_TYPE_UNSPECIFIED`.
        Other(UnknownName),
    }

    impl AccessType {
        /// Returns the API's name.
        #[must_use]
        pub fn as_str(&self) -> &str {
            match self {
                AccessType::OneTime => "ACCESS_TYPE_ONE_TIME",
                AccessType::TimeBased => "ACCESS_TYPE_TIME_BASED",
                AccessType::Other(name) => name.as_str(),
            }
        }
    }

    impl FromStr for AccessType {
        type Err = ParseUnknownNameError;

        fn from_str(name: &str) -> Result<AccessType, ParseUnknownNameError> {
            Ok(match name {
                "ACCESS_TYPE_ONE_TIME" => AccessType::OneTime,
                "ACCESS_TYPE_TIME_BASED" => AccessType::TimeBased,
                other => AccessType::Other(other.parse()?),
            })
        }
    }

    impl Serialize for AccessType {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.as_str())
        }
    }

    impl<'de> Deserialize<'de> for AccessType {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AccessType, D::Error> {
            crate::serde_string::deserialize(deserializer, "the name of an access type")
        }
    }

    /// The response of `accessType.check`: the access type of each resource that a token carries.
    ///
    /// A job is one-time if any of its resources is. It serialises with the API's field names, as
    /// lists of resource groups.
    ///
    /// Source: the reference page of `accessType.check`.
    ///
    /// ```
    /// use dataportability_scopes::api::{AccessType, AccessTypes};
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// let stored = r#"{"oneTimeResources":["maps.reviews"],"timeBasedResources":["youtube.clips"]}"#;
    /// let types: AccessTypes = serde_json::from_str(stored)?;
    /// assert_eq!(types.of(Resource::YoutubeClips), Some(AccessType::TimeBased));
    /// assert_eq!(types.of(Resource::ChromeHistory), None);
    /// assert_eq!(serde_json::to_string(&types)?, stored);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
    #[serde(try_from = "Body", into = "Body")]
    #[non_exhaustive]
    pub struct AccessTypes {
        /// The resources with one-time access.
        pub one_time: ScopeSet,
        /// The resources with time-based access.
        pub time_based: ScopeSet,
        /// The resources with one-time access that are newer than the catalogue.
        pub one_time_unlisted: BTreeSet<UnlistedScope>,
        /// The resources with time-based access that are newer than the catalogue.
        pub time_based_unlisted: BTreeSet<UnlistedScope>,
    }

    impl AccessTypes {
        /// Returns the access type of a resource, or `None` if the token does not carry its scope.
        ///
        /// A resource in both lists has one-time access.
        #[must_use]
        pub fn of(&self, resource: Resource) -> Option<AccessType> {
            if self.one_time.contains(resource.scope()) {
                Some(AccessType::OneTime)
            } else if self.time_based.contains(resource.scope()) {
                Some(AccessType::TimeBased)
            } else {
                None
            }
        }
    }

    /// The most names that a list may have. The catalogue has fewer than 128.
    const MAX_NAMES: usize = 1024;

    /// The response as the API writes it, and as it is stored.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Body {
        one_time_resources: Option<Vec<String>>,
        time_based_resources: Option<Vec<String>>,
    }

    impl From<AccessTypes> for Body {
        fn from(types: AccessTypes) -> Body {
            let names = |scopes: ScopeSet, unlisted: &BTreeSet<UnlistedScope>| {
                let listed = scopes.iter().map(|scope| scope.resource().name());
                let unlisted = unlisted.iter().map(UnlistedScope::resource_group);
                Some(listed.chain(unlisted).map(ToOwned::to_owned).collect())
            };
            Body {
                one_time_resources: names(types.one_time, &types.one_time_unlisted),
                time_based_resources: names(types.time_based, &types.time_based_unlisted),
            }
        }
    }

    impl TryFrom<Body> for AccessTypes {
        type Error = MalformedResponseError;

        fn try_from(body: Body) -> Result<AccessTypes, MalformedResponseError> {
            let (one_time, one_time_unlisted) =
                resources("oneTimeResources", body.one_time_resources)?;
            let (time_based, time_based_unlisted) =
                resources("timeBasedResources", body.time_based_resources)?;
            Ok(AccessTypes {
                one_time,
                time_based,
                one_time_unlisted,
                time_based_unlisted,
            })
        }
    }

    fn resources(
        field: &'static str,
        names: Option<Vec<String>>,
    ) -> Result<(ScopeSet, BTreeSet<UnlistedScope>), MalformedResponseError> {
        let names = names.unwrap_or_default();
        if names.len() > MAX_NAMES {
            return Err(MalformedResponseError::invalid(field));
        }
        let mut scopes = ScopeSet::EMPTY;
        let mut unlisted = BTreeSet::new();
        for name in names {
            let token = format!("{SCOPE_PREFIX}{name}");
            if let Some(scope) = Scope::find(&token) {
                scopes = scopes.with(scope);
            } else if let Ok(scope) = token.parse() {
                unlisted.insert(scope);
            } else {
                return Err(MalformedResponseError::invalid(field));
            }
        }
        Ok((scopes, unlisted))
    }

    impl HttpCall for WithToken<'_, CheckAccessTypeRequest> {
        type Response = AccessTypes;
        type Error = CheckAccessTypeError;

        fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
            self.request.call.to_request(self.token)
        }

        fn read_response(
            &self,
            response: &http::Response<Vec<u8>>,
        ) -> Result<AccessTypes, CheckAccessTypeError> {
            let body: Body = response::read(response, self.token)?;
            let types = AccessTypes::try_from(body)?;
            let token = SecretRuns::of([self.token]);
            for (field, unlisted) in [
                ("oneTimeResources", &types.one_time_unlisted),
                ("timeBasedResources", &types.time_based_unlisted),
            ] {
                if unlisted.iter().any(|it| token.meet(it.resource_group())) {
                    return Err(MalformedResponseError::token(field).into());
                }
            }
            Ok(types)
        }
    }

    /// An error from `accessType.check`.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum CheckAccessTypeError {
        /// The API refused.
        #[error("{}", .0.explain("check the access type"))]
        Refused(#[source] ApiError),
        /// The response is not as documented.
        #[error("the response of accessType.check is not as documented: {0}")]
        Malformed(MalformedResponseError),
    }

    error_accessors!(CheckAccessTypeError);
}

use super::call::{Call, request_accessors};
use super::method::{ApiMethod, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// A request to end an app's access, `authorization.reset`.
///
/// It revokes all scopes that the user granted to the app, with every access token and refresh
/// token. The user can then be asked again: for another export with one-time access, or for scopes
/// that Google otherwise refuses because they are already granted. The archives of earlier jobs can
/// no longer be downloaded.
///
/// Constructing a request requires a grant that allows the call. With the feature `http`,
/// `with_token` turns it into a call for any HTTP client.
///
/// Source: "Call Data Portability API methods" of the user guide.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::ResetRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let request = ResetRequest::new(&grant)?;
/// assert_eq!(request.url(), "https://dataportability.googleapis.com/v1/authorization:reset");
/// # Ok::<(), dataportability_scopes::api::NotAuthorizedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetRequest {
    call: Call,
}

impl ResetRequest {
    /// Returns a request to reset the authorization, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new(grant: &Grant) -> Result<ResetRequest, NotAuthorizedError> {
        ResetRequest::new_in(Revision::NEWEST, grant)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new_in(revision: Revision, grant: &Grant) -> Result<ResetRequest, NotAuthorizedError> {
        let authorized = ApiMethod::Reset.authorize_in(revision, grant)?;
        Ok(ResetRequest {
            call: Call::new(authorized, "/v1/authorization:reset".into()),
        })
    }
}

request_accessors!(ResetRequest);

#[cfg(feature = "http")]
pub use sending::ResetError;

#[cfg(feature = "http")]
mod sending {
    use std::borrow::ToOwned;
    use std::string::String;
    use std::vec::Vec;

    use super::ResetRequest;
    use crate::api::call::WithToken;
    use crate::api::error::ApiError;
    use crate::api::response::{self, MalformedResponseError, error_accessors};
    use crate::http_call::{HttpCall, RequestError};

    impl HttpCall for WithToken<'_, ResetRequest> {
        type Response = ();
        type Error = ResetError;

        fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
            self.request.call.to_request(self.token)
        }

        fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<(), ResetError> {
            let response::Empty {} = response::read(response, self.token)?;
            Ok(())
        }
    }

    /// An error from `authorization.reset`.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum ResetError {
        /// The API refused.
        #[error("{}", explain(.0))]
        Refused(#[source] ApiError),
        /// The response is not as documented. The authorization may have been reset.
        #[error("the response of authorization.reset is not as documented: {0}")]
        Malformed(MalformedResponseError),
    }

    error_accessors!(ResetError);

    fn explain(error: &ApiError) -> String {
        match error.code {
            401 => {
                "the access token is expired or revoked: refresh it, or let the user remove the \
                    app's access at https://myaccount.google.com/connections"
                    .to_owned()
            }
            _ => error.explain("reset the authorization"),
        }
    }
}

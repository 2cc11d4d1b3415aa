//! The call of `authorization.reset`.

use super::call::Call;
use super::method::{ApiMethod, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// The request that ends an app's access.
///
/// After it the user can be asked anew: for another export of data with one-time access, or for
/// scopes that Google refuses because they are already granted. Finished exports can no longer be
/// downloaded, and the token is of no more use. It can be had only with a grant that allows the
/// call.
///
/// Source: "Call Data Portability API methods" of the user guide.
///
/// ```
/// use dataportability_scopes::api::ResetRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let request = ResetRequest::new(&grant)?;
/// assert_eq!(request.method(), "POST");
/// assert_eq!(request.url(), "https://dataportability.googleapis.com/v1/authorization:reset");
/// # Ok::<(), dataportability_scopes::api::NotAuthorizedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetRequest {
    pub(crate) call: Call,
}

impl ResetRequest {
    /// The request, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// A [`NotAuthorizedError`] if the grant carries none of the scopes that would allow it.
    pub fn new(grant: &Grant) -> Result<ResetRequest, NotAuthorizedError> {
        ResetRequest::new_in(Revision::NEWEST, grant)
    }

    /// The request, if `grant` allows it under a revision.
    ///
    /// # Errors
    ///
    /// A [`NotAuthorizedError`] if the grant carries none of the scopes that would allow it.
    pub fn new_in(revision: Revision, grant: &Grant) -> Result<ResetRequest, NotAuthorizedError> {
        let call = Call::new(
            ApiMethod::Reset,
            "v1/authorization:reset".into(),
            revision,
            grant,
        )?;
        Ok(ResetRequest { call })
    }

    /// The HTTP method, `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.call.http_method()
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.call.url
    }
}

/// With an empty body; the token is the caller's to add.
#[cfg(feature = "http")]
impl TryFrom<&ResetRequest> for http::Request<alloc::vec::Vec<u8>> {
    type Error = http::Error;

    fn try_from(request: &ResetRequest) -> Result<Self, http::Error> {
        (&request.call).try_into()
    }
}

//! A call of the API that a grant allows, with an empty body.

use alloc::format;
use alloc::string::String;

use super::method::{ApiMethod, Authorized, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// What the API's addresses begin with.
const API: &str = "https://dataportability.googleapis.com/";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) url: String,
    pub(crate) path: String,
    pub(crate) authorized: Authorized,
}

impl Call {
    pub(crate) fn new(
        method: ApiMethod,
        path: String,
        revision: Revision,
        grant: &Grant,
    ) -> Result<Call, NotAuthorizedError> {
        let authorized = method.authorize_in(revision, grant)?;
        Ok(Call {
            url: format!("{API}{path}"),
            path,
            authorized,
        })
    }

    pub(crate) fn http_method(&self) -> &'static str {
        self.authorized.method().http_method()
    }
}

/// With the length of the empty body, which Google's servers ask of a `POST`.
#[cfg(feature = "http")]
impl TryFrom<&Call> for http::Request<alloc::vec::Vec<u8>> {
    type Error = http::Error;

    fn try_from(call: &Call) -> Result<Self, http::Error> {
        http::Request::builder()
            .method(call.http_method())
            .uri(&call.url)
            .header(http::header::CONTENT_LENGTH, 0)
            .body(alloc::vec::Vec::new())
    }
}

//! What the requests of all methods have in common.

use alloc::format;
use alloc::string::String;

use super::method::Authorized;

/// The base URL of the API, `https://dataportability.googleapis.com`.
pub const BASE_URL: &str = "https://dataportability.googleapis.com";

/// A call that a grant allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) authorized: Authorized,
    pub(super) url: String,
    /// Empty, or JSON.
    pub(super) body: String,
    /// Whether the caller chose a base URL without TLS, as in tests.
    pub(super) insecure: bool,
    /// Begins with a slash.
    path: String,
}

impl Call {
    pub(super) fn new(authorized: Authorized, path: String) -> Call {
        Call {
            authorized,
            url: format!("{BASE_URL}{path}"),
            body: String::new(),
            insecure: false,
            path,
        }
    }

    pub(super) fn http_method(&self) -> &'static str {
        self.authorized.method().http_method()
    }
}

#[cfg(feature = "http")]
mod sending {
    use core::fmt;
    use std::vec::Vec;

    use http::Request;
    use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};

    use super::{Call, format};
    use crate::endpoint::Endpoint;
    use crate::http_call::{RequestError, bearer};

    impl Call {
        pub(in crate::api) fn with_base_url(mut self, base: &Endpoint) -> Call {
            let base = base.as_str();
            self.insecure = !base
                .get(..8)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
            self.url = format!("{}{}", base.trim_end_matches('/'), self.path);
            self
        }

        /// Sets the length of an empty body, which Google's servers require of a `POST`.
        pub(in crate::api) fn to_request(
            &self,
            token: &str,
        ) -> Result<Request<Vec<u8>>, RequestError> {
            let mut request = Request::builder()
                .method(self.http_method())
                .uri(&self.url)
                .header(AUTHORIZATION, bearer(token)?);
            if !self.body.is_empty() {
                request = request.header(CONTENT_TYPE, "application/json");
            } else if self.http_method() == "POST" {
                request = request.header(CONTENT_LENGTH, 0);
            }
            request
                .body(self.body.clone().into_bytes())
                .map_err(|_| RequestError::url())
        }
    }

    /// A request of the API with the access token that authorises it: an
    /// [`HttpCall`](crate::http_call::HttpCall).
    ///
    /// Its `Debug` does not show the token, and the `Authorization` header of the request is marked
    /// as sensitive.
    ///
    /// Source: RFC 6750, section 2.1.
    ///
    /// ```
    /// # // Google still lists what the example asks for.
    /// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
    /// use dataportability_scopes::api::ResetRequest;
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    /// use dataportability_scopes::http_call::HttpCall;
    ///
    /// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// let call = ResetRequest::new(&grant)?.with_token("ya29.a0AfH6SMB");
    /// let request = call.to_request()?;
    /// assert_eq!(request.headers()["authorization"], "Bearer ya29.a0AfH6SMB");
    /// assert!(!format!("{call:?} {request:?}").contains("ya29"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Clone)]
    pub struct WithToken<'t, R> {
        pub(in crate::api) request: R,
        pub(in crate::api) token: &'t str,
    }

    impl<R: fmt::Debug> fmt::Debug for WithToken<'_, R> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("WithToken")
                .field("request", &self.request)
                .finish_non_exhaustive()
        }
    }
}

#[cfg(feature = "http")]
pub use sending::WithToken;

/// Implements what the requests of all methods have, over their field `call`.
macro_rules! request_accessors {
    ($request:ident) => {
        impl $request {
            /// Returns the HTTP method, `GET` or `POST`.
            #[must_use]
            pub fn method(&self) -> &'static str {
                self.call.http_method()
            }

            /// Returns the URL.
            #[must_use]
            pub fn url(&self) -> &str {
                &self.call.url
            }

            /// Returns the body, which is JSON or empty.
            #[must_use]
            pub fn body(&self) -> &str {
                &self.call.body
            }

            /// Returns which scopes of the grant allow the call.
            #[must_use]
            pub fn authorized(&self) -> $crate::api::Authorized {
                self.call.authorized
            }

            /// Sets the base URL, such as that of a fake server in tests. Defaults to
            /// [`BASE_URL`](crate::api::BASE_URL).
            #[cfg(feature = "http")]
            #[must_use]
            pub fn with_base_url(mut self, base: &$crate::Endpoint) -> $request {
                self.call = self.call.with_base_url(base);
                self
            }

            /// Adds the access token. The result can be sent with
            /// [`send`](crate::http_call::send) or [`send_async`](crate::http_call::send_async).
            #[cfg(feature = "http")]
            #[must_use]
            pub fn with_token(self, access_token: &str) -> $crate::api::WithToken<'_, $request> {
                $crate::api::WithToken {
                    request: self,
                    token: access_token,
                }
            }
        }
    };
}
pub(super) use request_accessors;

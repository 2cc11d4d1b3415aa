use std::fmt;
use std::string::String;
use std::vec::Vec;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use url::form_urlencoded;

use crate::endpoint::Endpoint;

/// A form to POST to a token or revocation endpoint, and the secrets in it.
#[derive(Clone)]
pub(super) struct Form {
    endpoint: Endpoint,
    body: String,
    secrets: Vec<String>,
}

impl Form {
    pub(super) fn new(endpoint: &Endpoint) -> Form {
        Form {
            endpoint: endpoint.clone(),
            body: String::new(),
            secrets: Vec::new(),
        }
    }

    pub(super) fn field(mut self, name: &str, value: &str) -> Form {
        self.body = form_urlencoded::Serializer::for_suffix(self.body, 0)
            .append_pair(name, value)
            .finish();
        self
    }

    pub(super) fn secret(mut self, name: &str, value: &str) -> Form {
        self.secrets.push(value.into());
        self.field(name, value)
    }

    pub(super) fn to_request(&self) -> http::Request<Vec<u8>> {
        let mut request = http::Request::new(self.body.clone().into_bytes());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        let headers = request.headers_mut();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    /// Returns the secrets in the form.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST {}", self.endpoint)
    }
}

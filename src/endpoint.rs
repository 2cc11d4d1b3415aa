//! Where requests go that carry secrets.

use std::fmt;
use std::str::FromStr;
use std::string::String;

use url::{Host, Url};

use crate::excerpt::excerpt;

/// The address of an authorization server or of an API, for requests that carry secrets: it begins
/// with `https://`, or its host is `localhost` or a loopback address, as in tests. It has no user
/// name, no query and no fragment, so that nothing comes into a request unseen.
///
/// Source: RFC 6749, sections 3.1 and 3.2; RFC 8252, section 8.3.
///
/// ```
/// use dataportability_scopes::Endpoint;
///
/// assert!("http://127.0.0.1:8080/token".parse::<Endpoint>().is_ok());
///
/// let error = "http://login.example.com/token".parse::<Endpoint>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"endpoint "http://login.example.com/token" must begin with https://, unless its host is localhost or a loopback address"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// The address in its parts.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(input: &str) -> Result<Endpoint, EndpointError> {
        let refuse = |why| EndpointError {
            input: excerpt(input),
            why,
        };
        let url = Url::parse(input).map_err(|_| refuse("must be a whole URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if url.host().is_some_and(|host| is_loopback(&host)) => {}
            _ => {
                return Err(refuse(
                    "must begin with https://, unless its host is localhost or a loopback address",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("must not have a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("must not have a query or a fragment"));
        }
        Ok(Endpoint { url })
    }
}

/// Whether a host is the user's own machine.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(domain) => *domain == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Why a text is not an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("endpoint {input:?} {why}")]
pub struct EndpointError {
    input: String,
    why: &'static str,
}

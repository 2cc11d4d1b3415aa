use std::fmt;
use std::format;
use std::net::IpAddr;
use std::str::FromStr;
use std::string::String;

use http::Uri;

/// The address of a server that receives secrets, such as a token endpoint.
///
/// It begins with `https://`, unless its host is `localhost` or a loopback address, as in tests. It
/// has no user name, no query and no fragment. It prints exactly as it was given.
///
/// Source: RFC 6749, sections 3.1 and 3.2; RFC 8252, section 8.3.
///
/// ```
/// use dataportability_scopes::call::Endpoint;
///
/// assert!("http://127.0.0.1:8080/token".parse::<Endpoint>().is_ok());
/// assert!("http://login.example.com/token".parse::<Endpoint>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    text: String,
    uri: Uri,
}

/// The longest address, in bytes. With a path behind it, a URL still fits into any request.
const MAX_LEN: usize = 2048;

impl Endpoint {
    /// Returns an endpoint that may also begin with `http://` for any host, such as a container in
    /// a test setup.
    ///
    /// Secrets then cross the network unencrypted: do not use this in production.
    ///
    /// # Errors
    ///
    /// Fails if the address is not a whole URL, or has a user name, a query or a fragment.
    pub fn insecure(input: &str) -> Result<Endpoint, ParseEndpointError> {
        Endpoint::check(input, |_| true)
    }

    /// Returns one of Google's own endpoints.
    pub(crate) fn from_static(text: &'static str) -> Endpoint {
        Endpoint { text: text.into(), uri: Uri::from_static(text) }
    }

    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the address of a path below this one, which begins with `/`.
    pub(crate) fn join(&self, path: &str) -> Endpoint {
        let text = format!("{}{path}", self.text.trim_end_matches('/'));
        // It is short, and its characters are those of this address and of a path.
        let uri = text.parse().unwrap_or_default();
        Endpoint { text, uri }
    }

    /// Returns the address as HTTP requests have it.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    fn check(input: &str, may_be_http: fn(&str) -> bool) -> Result<Endpoint, ParseEndpointError> {
        let refuse = |fault| ParseEndpointError { fault };
        if input.contains('#') {
            return Err(refuse("must not have a fragment"));
        }
        let whole = "must be a whole URL, such as https://oauth2.googleapis.com/token";
        if input.len() > MAX_LEN {
            return Err(refuse("must have at most 2048 bytes"));
        }
        let uri: Uri = input.parse().map_err(|_| refuse(whole))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(refuse(whole));
        };
        if authority.as_str().contains('@') {
            return Err(refuse("must not have a user name or password"));
        }
        let host = authority.host();
        let after_host = authority.as_str().strip_prefix(host).and_then(|it| it.strip_prefix(':'));
        if !is_host(host) || authority.as_str() != host && !after_host.is_some_and(is_port) {
            return Err(refuse(whole));
        }
        match scheme {
            "https" => {}
            "http" if may_be_http(host) => {}
            _ => {
                return Err(refuse(
                    "must begin with https://, unless its host is localhost or a loopback address",
                ));
            }
        }
        if uri.query().is_some() {
            return Err(refuse("must not have a query"));
        }
        Ok(Endpoint { text: input.into(), uri })
    }
}

/// Returns whether a host names the user's own machine. An IPv6 address is in brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || address.unwrap_or(host).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A name of letters, digits, `-` and `_`, or an address. A last label of digits would be read as
/// an IPv4 address in one of its short forms.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    let last = host.rsplit('.').next().unwrap_or(host);
    host.split('.').all(is_label) && !last.starts_with(|first: char| first.is_ascii_digit())
}

/// Returns whether a text is a port, from 1 to 65535.
pub(crate) fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Endpoint {
    type Err = ParseEndpointError;

    fn from_str(input: &str) -> Result<Endpoint, ParseEndpointError> {
        Endpoint::check(input, is_loopback)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.text).finish()
    }
}

/// Why a text is not an [`Endpoint`]. It does not quote the text, which may have a password or the
/// parameters of a callback in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint {fault}")]
pub struct ParseEndpointError {
    fault: &'static str,
}

crate::text::serde_as_string!(Endpoint, "the address of a server");

/// The addresses of all servers that an app talks to. [`Default`] is Google.
///
/// Give it once, to the OAuth client or to [`Access::new`](crate::grant::Access::new): each call
/// takes its address from there. Deserialized from a map, such as a section of a configuration
/// file. It must name all addresses, so that a test cannot send a token to Google because one
/// line is missing.
///
/// ```
/// use dataportability_scopes::Endpoints;
///
/// assert_eq!(Endpoints::default().token.as_str(), "https://oauth2.googleapis.com/token");
///
/// let simulator = Endpoints::at(&"http://127.0.0.1:8090".parse()?);
/// assert_eq!(simulator.token.as_str(), "http://127.0.0.1:8090/token");
/// # Ok::<(), dataportability_scopes::call::ParseEndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// The authorization endpoint, which the user's browser is sent to.
    pub authorization: Endpoint,
    /// The token endpoint.
    pub token: Endpoint,
    /// The revocation endpoint.
    pub revocation: Endpoint,
    /// The `tokeninfo` endpoint.
    pub token_info: Endpoint,
    /// The base URL of the API.
    pub api: Endpoint,
    /// The issuer that a callback may name in its parameter `iss` (RFC 9207).
    pub issuer: String,
}

impl Default for Endpoints {
    fn default() -> Endpoints {
        Endpoints {
            authorization: Endpoint::from_static("https://accounts.google.com/o/oauth2/v2/auth"),
            token: Endpoint::from_static("https://oauth2.googleapis.com/token"),
            revocation: Endpoint::from_static("https://oauth2.googleapis.com/revoke"),
            token_info: Endpoint::from_static("https://oauth2.googleapis.com/tokeninfo"),
            api: Endpoint::from_static("https://dataportability.googleapis.com"),
            issuer: "https://accounts.google.com".into(),
        }
    }
}

impl Endpoints {
    /// Returns the addresses of a simulated Google: Google's paths below one base URL, and Google's
    /// issuer.
    #[must_use]
    pub fn at(base: &Endpoint) -> Endpoints {
        Endpoints {
            authorization: base.join("/o/oauth2/v2/auth"),
            token: base.join("/token"),
            revocation: base.join("/revoke"),
            token_info: base.join("/tokeninfo"),
            api: base.join(""),
            ..Endpoints::default()
        }
    }
}

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::string::String;
use std::vec::Vec;

use oauth2::RedirectUrl;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::endpoint;
use crate::excerpt::excerpt;

/// A redirect URI that Google accepts for a web app: where the user's browser is sent with the
/// answer.
///
/// It goes to Google as it was given, byte for byte, since Google compares it so with what is
/// registered, case and trailing slash included.
///
/// Source: "Redirect URI validation rules" of Google's guide to OAuth 2.0 for web server
/// applications. That a host's top-level domain is in the public suffix list is told by the crate
/// `tld`: the list has all there are. That a URI must not redirect any further cannot be told.
///
/// ```
/// use dataportability_scopes::consent::{ParseRedirectUriError, RedirectUri};
///
/// let uri: RedirectUri = "https://app.example.com/oauth/return".parse()?;
/// assert_eq!(uri.as_str(), "https://app.example.com/oauth/return");
/// assert!("http://localhost:8080/".parse::<RedirectUri>().is_ok());
///
/// let error = "http://app.example.com/".parse::<RedirectUri>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"redirect URI "http://app.example.com/" breaks a rule of Google's: it must begin with https://, unless its host is localhost or a loopback address"#
/// );
/// # Ok::<(), ParseRedirectUriError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    uri: RedirectUrl,
}

impl RedirectUri {
    /// The URI as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.uri.as_str()
    }

    /// The URI as `oauth2` takes it.
    #[must_use]
    pub fn as_oauth2(&self) -> &RedirectUrl {
        &self.uri
    }

    /// The URI in its parts.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.uri.url()
    }
}

impl FromStr for RedirectUri {
    type Err = ParseRedirectUriError;

    fn from_str(input: &str) -> Result<RedirectUri, ParseRedirectUriError> {
        let refuse = |rule| ParseRedirectUriError {
            input: excerpt(input),
            rule,
        };
        if let Some(character) = input.chars().find(|c| !may_stand_in_uri(*c)) {
            return Err(refuse(match character {
                '*' => RedirectUriRule::Wildcard,
                '#' => RedirectUriRule::Fragment,
                character => RedirectUriRule::Character(character),
            }));
        }
        let uri = RedirectUrl::new(input.into()).map_err(|_| refuse(RedirectUriRule::Absolute))?;
        check(input, uri.url()).map_err(refuse)?;
        Ok(RedirectUri { uri })
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedirectUri").field(&self.as_str()).finish()
    }
}

/// RFC 3986, appendix A, less what Google excludes: `*`, and `#`, which begins a fragment.
fn may_stand_in_uri(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?[]@!$&'()+,;=%".contains(character)
}

fn check(input: &str, url: &Url) -> Result<(), RedirectUriRule> {
    let (scheme, rest) = input.split_once("://").ok_or(RedirectUriRule::Absolute)?;
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    if authority.contains('@') {
        return Err(RedirectUriRule::UserInfo);
    }
    let host = url.host().ok_or(RedirectUriRule::Absolute)?;
    match (scheme, is_loopback(&host)) {
        ("https", _) | ("http", true) => {}
        _ => return Err(RedirectUriRule::Scheme),
    }
    check_host(&host)?;
    check_authority(authority, url)?;
    check_percent_encoding(input)?;

    let decoded: Vec<u8> = percent_decode_str(rest).collect();
    if decoded.contains(&0) || decoded.windows(2).any(|bytes| bytes == [0xC0, 0x80]) {
        return Err(RedirectUriRule::Nul);
    }
    if decoded
        .windows(3)
        .any(|bytes| matches!(bytes, b"/.." | b"\\.."))
    {
        return Err(RedirectUriRule::Traversal);
    }
    match url
        .query_pairs()
        .find(|(name, _)| ANSWERED.contains(&&**name))
    {
        Some(_) => Err(RedirectUriRule::Parameter),
        None => Ok(()),
    }
}

/// The parameters that the answer brings.
const ANSWERED: [&str; 4] = ["code", "error", "scope", "state"];

fn is_loopback(host: &Host<&str>) -> bool {
    endpoint::is_loopback(&std::string::ToString::to_string(host))
}

fn check_host(host: &Host<&str>) -> Result<(), RedirectUriRule> {
    let domain = match host {
        _ if is_loopback(host) => return Ok(()),
        Host::Ipv4(address) => return Err(RedirectUriRule::Address(IpAddr::V4(*address))),
        Host::Ipv6(address) => return Err(RedirectUriRule::Address(IpAddr::V6(*address))),
        Host::Domain(domain) => domain.strip_suffix('.').unwrap_or(domain),
    };
    let is_or_is_below = |parent: &str| {
        let child = domain.strip_suffix(parent);
        child.is_some_and(|child| child.is_empty() || child.ends_with('.'))
    };
    if is_or_is_below("googleusercontent.com") {
        return Err(RedirectUriRule::GoogleUserContent);
    }
    if is_or_is_below("goo.gl") {
        return Err(RedirectUriRule::Shortener);
    }
    let top_level = domain.rsplit('.').next().unwrap_or(domain);
    if top_level == domain {
        return Err(RedirectUriRule::PublicSuffix);
    }
    Ok(())
}

/// A browser reads many forms of a host as the same; Google compares what is written.
fn check_authority(authority: &str, url: &Url) -> Result<(), RedirectUriRule> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let as_read = url
        .host_str()
        .is_some_and(|read| host.eq_ignore_ascii_case(read));
    let whole = host.split('.').all(|label| !label.is_empty());
    if as_read && whole && port.is_none_or(is_number) {
        Ok(())
    } else {
        Err(RedirectUriRule::Host)
    }
}

/// Every `%` is followed by two hexadecimal digits.
fn check_percent_encoding(input: &str) -> Result<(), RedirectUriRule> {
    let hex = |digit: Option<char>| digit.is_some_and(|digit| digit.is_ascii_hexdigit());
    for (_, after) in input
        .match_indices('%')
        .map(|(at, _)| input.split_at(at + 1))
    {
        let mut digits = after.chars();
        if !hex(digits.next()) || !hex(digits.next()) {
            return Err(RedirectUriRule::PercentEncoding);
        }
    }
    Ok(())
}

/// Why a text is not a [`RedirectUri`]: the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("redirect URI {input:?} breaks a rule of Google's: {rule}")]
pub struct ParseRedirectUriError {
    input: String,
    rule: RedirectUriRule,
}

impl ParseRedirectUriError {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> RedirectUriRule {
        self.rule
    }
}

/// A rule for redirect URIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectUriRule {
    /// It is a whole URI, with a scheme and a host.
    #[error("it must be a whole URI, as https://app.example.com/return is")]
    Absolute,
    /// HTTPS, except on the user's own machine.
    #[error("it must begin with https://, unless its host is localhost or a loopback address")]
    Scheme,
    /// A host has a name, except on the user's own machine.
    #[error("its host must be a name and not the address {0}")]
    Address(IpAddr),
    /// The host is a name below a top-level domain of the public suffix list.
    #[error("its host must be below a top-level domain of the public suffix list, as .com is")]
    PublicSuffix,
    /// The host and port are written plainly.
    #[error(
        "its host must be written plainly: no empty part, no encoding, no short form of an address"
    )]
    Host,
    /// The host does not shorten addresses.
    #[error("its host must not shorten addresses, as goo.gl does")]
    Shortener,
    /// No parameter that the answer brings as well.
    #[error("its query must not have code, error, scope or state, which the answer brings")]
    Parameter,
    /// The host is not Google's for content of its users.
    #[error("its host must not be googleusercontent.com")]
    GoogleUserContent,
    /// No user name and no password.
    #[error("it must not have a user name or password before the host")]
    UserInfo,
    /// No fragment.
    #[error("it must not have a fragment, which begins at #")]
    Fragment,
    /// No wildcard.
    #[error("it must not have a wildcard (*)")]
    Wildcard,
    /// No step up in the path.
    #[error("it must not step up in its path with /.. or \\.., encoded or not")]
    Traversal,
    /// Percent-encoding is whole.
    #[error("two hexadecimal digits must follow each %")]
    PercentEncoding,
    /// No NUL, however encoded.
    #[error("it must not have a NUL character")]
    Nul,
    /// Only the characters of a URI.
    #[error("the character {0:?} must not stand in a URI unencoded")]
    Character(char),
}

crate::serde_string::serde_as_string!(RedirectUri, "a redirect URI");

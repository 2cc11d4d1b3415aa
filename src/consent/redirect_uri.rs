use std::borrow::Cow;
use std::fmt;
use std::format;
use std::str::FromStr;
use std::string::{String, ToString};
use std::vec::Vec;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::call::{is_loopback, is_port};

/// A redirect URI that Google accepts for a web app: the address of the callback.
///
/// It is kept byte for byte as it was given, because Google compares it byte for byte with the
/// registered ones, case and trailing slash included.
///
/// Two of Google's rules are not checked: that the host's top-level domain is in the public suffix
/// list, and that the URI does not redirect any further.
///
/// Source: "Redirect URI validation rules", Google Identity.
///
/// ```
/// use dataportability_scopes::consent::{ParseRedirectUriError, RedirectUri};
///
/// let uri: RedirectUri = "https://app.example.com/oauth/callback".parse()?;
/// assert_eq!(uri.as_str(), "https://app.example.com/oauth/callback");
/// assert!("http://localhost:8080/".parse::<RedirectUri>().is_ok());
///
/// let error = "http://app.example.com/".parse::<RedirectUri>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the redirect URI breaks one of Google's rules: it must begin with https://, unless its host \
///      is localhost or a loopback address"
/// );
/// # Ok::<(), ParseRedirectUriError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Returns the URI as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectUri {
    type Err = ParseRedirectUriError;

    fn from_str(input: &str) -> Result<RedirectUri, ParseRedirectUriError> {
        check(input).map_err(|rule| ParseRedirectUriError { rule })?;
        Ok(RedirectUri(input.into()))
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A rule of Google's that is broken.
type Rule = Cow<'static, str>;

const WHOLE: Rule =
    Cow::Borrowed("it must be a whole URI, such as https://app.example.com/callback");
const HOST: Rule =
    Cow::Borrowed("its host must be labels of letters, digits and inner hyphens, joined by dots");

fn check(input: &str) -> Result<(), Rule> {
    if let Some(character) = input.chars().find(|c| !may_stand_in_uri(*c)) {
        return Err(match character {
            '*' => "it must not have a wildcard (*)".into(),
            '#' => "it must not have a fragment, which begins at #".into(),
            character => unencoded(character),
        });
    }
    let (scheme, rest) = input.split_once("://").ok_or(WHOLE)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path_and_query) = rest.split_at(end);
    if authority.contains('@') {
        return Err("it must not have a user name or password before the host".into());
    }
    if let Some(bracket) = path_and_query.chars().find(|c| matches!(c, '[' | ']')) {
        return Err(unencoded(bracket));
    }
    let host = check_port(authority)?;
    // Checked first, since what decodes international names may take long for a long one.
    if host.len() > 253 {
        return Err(HOST);
    }
    let uri = Url::parse(input).map_err(|_| WHOLE)?;
    let parsed = uri.host().ok_or(WHOLE)?;
    let is_loopback = is_loopback(&parsed.to_string());
    if scheme != "https" && !(scheme == "http" && is_loopback) {
        return Err(
            "it must begin with https://, unless its host is localhost or a loopback address"
                .into(),
        );
    }
    check_host(host, &parsed, is_loopback)?;
    check_percent_encoding(path_and_query)?;
    let mut parameters = uri.query_pairs();
    match parameters.find(|(name, _)| CALLBACK_PARAMETERS.contains(&&**name)) {
        Some(_) => {
            Err("its query must not have code, error, iss, scope or state, which the callback adds"
                .into())
        }
        None => Ok(()),
    }
}

/// RFC 3986, appendix A, without what Google excludes: `*`, and `#`, which begins a fragment.
fn may_stand_in_uri(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?[]@!$&'()+,;=%".contains(character)
}

fn unencoded(character: char) -> Rule {
    format!("the character {character:?} must be percent-encoded").into()
}

/// The parameters that the callback adds.
const CALLBACK_PARAMETERS: [&str; 5] = ["code", "error", "iss", "scope", "state"];

/// Returns the host of an authority whose port, if any, is written as a number.
fn check_port(authority: &str) -> Result<&str, Rule> {
    match authority.rsplit_once(':') {
        Some((_, port)) if port.ends_with(']') => Ok(authority),
        Some((host, port)) if is_port(port) => Ok(host),
        Some(_) => Err("its port must be a number from 1 to 65535".into()),
        None => Ok(authority),
    }
}

/// Checks the host both as it is written and as a browser normalizes it.
fn check_host(host: &str, parsed: &Host<&str>, is_loopback: bool) -> Result<(), Rule> {
    let domain = match parsed {
        _ if is_loopback => "",
        Host::Domain(domain) => domain.strip_suffix('.').unwrap_or(domain),
        Host::Ipv4(_) | Host::Ipv6(_) => {
            let address = parsed.to_string();
            let address = address.trim_matches(['[', ']']);
            return Err(format!("its host must be a name, not the address {address}").into());
        }
    };
    let is_or_is_below = |parent: &str| {
        let child = domain.strip_suffix(parent);
        child.is_some_and(|child| child.is_empty() || child.ends_with('.'))
    };
    if is_or_is_below("googleusercontent.com") {
        return Err("its host must not be googleusercontent.com".into());
    }
    if is_or_is_below("goo.gl") {
        return Err("its host must not be a URL shortener, such as goo.gl".into());
    }
    let is_label = |label: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = host.starts_with('[') || host.split('.').all(is_label);
    if !is_name || !host.eq_ignore_ascii_case(&parsed.to_string()) {
        return Err(HOST);
    }
    if !is_loopback && !host.contains('.') {
        return Err("its host must have a top-level domain, such as .com".into());
    }
    Ok(())
}

fn check_percent_encoding(path_and_query: &str) -> Result<(), Rule> {
    let is_hex = |digit: Option<char>| digit.is_some_and(|digit| digit.is_ascii_hexdigit());
    for after in path_and_query.split('%').skip(1) {
        let mut digits = after.chars();
        if !is_hex(digits.next()) || !is_hex(digits.next()) {
            return Err("two hexadecimal digits must follow each %".into());
        }
    }
    let decoded: Vec<u8> = percent_decode_str(path_and_query).collect();
    let steps_up = |bytes: &[u8]| matches!(bytes, b"/.." | b"\\..");
    if decoded.contains(&0) {
        return Err("it must not have a NUL character".into());
    }
    if core::str::from_utf8(&decoded).is_err() {
        return Err("its percent-encoded bytes must be UTF-8".into());
    }
    if decoded.windows(3).any(steps_up) {
        return Err("it must not step up in its path with /.. or \\.., encoded or not".into());
    }
    Ok(())
}

/// An error from parsing a [`RedirectUri`]: the rule that it breaks. It does not quote the text,
/// which may have a password or the parameters of a callback in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the redirect URI breaks one of Google's rules: {rule}")]
pub struct ParseRedirectUriError {
    rule: Rule,
}

crate::text::serde_as_string!(RedirectUri, "a redirect URI");

//! What just happened: each request and response of the flow, for users who want to learn it and
//! for the developer at the terminal.
//!
//! Only what is known to be no secret is shown. A server can repeat a secret under any name, and
//! the callback's query can come from anybody. So of what others write, only documented names are
//! shown, with documented codes, scopes and resources of the catalogue, times and small numbers.

use dataportability_scopes::api::{AccessType, JobState, Reason, Status};
use dataportability_scopes::call::OAuthErrorCode;
use dataportability_scopes::catalogue::SCOPE_PREFIX;
use dataportability_scopes::http::{HeaderMap, Request, Response, header};
use dataportability_scopes::{Resource, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use crate::terminal::tell_lines;

const MASK: &str = "••••••";
/// Stands for a part that is masked: a name, a scope, a resource.
const MASKED_PART: &str = "…";
/// A server may send thousands of members.
const MAX_FIELDS: usize = 200;

/// The parameters and members that the app itself writes, and whose values are no secrets.
const SENT: &str = "response_type client_id redirect_uri scope code_challenge_method access_type \
    prompt grant_type resources startTime endTime";

/// Names that are shown, besides those above: of the authorization request and its response, of the
/// token request and its response, of the API, and of its errors. Any other may be a secret that a
/// server repeats.
const NAMES: &str = "state code_challenge code iss authuser hd error client_secret code_verifier \
    access_token refresh_token id_token token token_type expires_in refresh_token_expires_in \
    error_description archiveJobId accessType name urls exportTime oneTimeResources \
    timeBasedResources message status details @type reason domain metadata job_id \
    previous_job_ids timestamp_after_24hrs";

fn is_one_of(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|it| it == name)
}

/// Other values of Google's that are documented.
const VALUES: &str = "prompt=none prompt=consent prompt=select_account token_type=Bearer \
    domain=dataportability.googleapis.com domain=googleapis.com \
    @type=type.googleapis.com/google.rpc.BadRequest @type=type.googleapis.com/google.rpc.DebugInfo \
    @type=type.googleapis.com/google.rpc.ErrorInfo @type=type.googleapis.com/google.rpc.Help";

/// A request, and its response unless none came. Each is its first line, and a line for each of its
/// headers, parameters or members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) title: String,
    pub(crate) request: String,
    pub(crate) response: Option<String>,
}

impl Exchange {
    pub(crate) fn print(&self) {
        let mut lines = vec![format!("{} {}", Timestamp::now().strftime("%H:%M:%S"), self.title)];
        let response = self.response.as_deref().unwrap_or("no response");
        for (mark, message) in [('>', &*self.request), ('<', response)] {
            let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
            lines.push(format!("  {mark} {first}"));
            lines.extend(rest.lines().map(|line| format!("      {line}")));
        }
        tell_lines(&lines);
    }
}

/// The browser is sent to this URL.
pub(crate) fn redirect_text(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    format!("GET {}{}", without_query(url), parameters(query.as_bytes(), &sent))
}

/// The browser comes back to the redirect URI with this query, which may be from anybody.
pub(crate) fn callback_text(query: &str, issuer: &str) -> String {
    let shown = |name: &str, value: &str| match name {
        "iss" => (issuer == value).then(|| issuer.to_owned()),
        // In OAuth `state` is a secret; in the API it is the job's.
        "state" => None,
        _ => received(name, value),
    };
    format!("GET /callback{}", parameters(query.as_bytes(), &shown))
}

pub(crate) fn request_text(request: &Request<Vec<u8>>) -> String {
    let url = request.uri().to_string();
    let authorization = match request.headers().get(header::AUTHORIZATION) {
        Some(_) => format!("\nAuthorization: {MASK}"),
        None => String::new(),
    };
    let body = body(request.headers(), request.body(), &sent);
    format!("{} {}{authorization}{body}", request.method(), without_query(&url))
}

pub(crate) fn response_text(response: &Response<Vec<u8>>) -> String {
    let body = body(response.headers(), response.body(), &received);
    format!("{}{body}", response.status())
}

/// An archive's URL is a secret as a whole.
pub(crate) fn download_text() -> String {
    format!("GET {MASK}")
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// Returns what is shown of the value with this name, or `None` if it is masked.
type Shown<'s> = &'s dyn Fn(&str, &str) -> Option<String>;

/// What is shown of what the app writes.
fn sent(name: &str, value: &str) -> Option<String> {
    match name {
        "scope" => scopes(value),
        _ => is_one_of(SENT, name).then(|| value.to_owned()),
    }
}

/// What is shown of what others write.
fn received(name: &str, value: &str) -> Option<String> {
    let known = match name {
        "scope" => return scopes(value),
        "error" => value.parse::<OAuthErrorCode>().ok()?.to_string(),
        "state" => value.parse::<JobState>().ok()?.to_string(),
        "accessType" => value.parse::<AccessType>().ok()?.to_string(),
        "oneTimeResources" | "resources" | "timeBasedResources" => {
            value.parse::<Resource>().ok()?.name().to_owned()
        }
        "status" => value.parse::<Status>().ok()?.to_string(),
        "reason" => value.parse::<Reason>().ok()?.to_string(),
        "startTime" | "endTime" | "exportTime" | "timestamp_after_24hrs" => {
            value.parse::<Timestamp>().ok()?.to_string()
        }
        _ => is_one_of(VALUES, &format!("{name}={value}")).then(|| value.to_owned())?,
    };
    Some(known)
}

fn shown_name(name: &str) -> &str {
    if is_one_of(SENT, name) || is_one_of(NAMES, name) { name } else { MASKED_PART }
}

fn body(headers: &HeaderMap, body: &[u8], shown: Shown) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    if content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
        return parameters(body, shown);
    }
    match serde_json::from_slice(body) {
        Ok(value) => {
            let mut lines = Vec::new();
            members("", "", &value, shown, &mut lines);
            lines.concat()
        }
        Err(_) if body.is_empty() => String::new(),
        Err(_) => format!("\nbody: {} bytes, not shown", body.len()),
    }
}

fn parameters(text: &[u8], shown: Shown) -> String {
    let pairs = form_urlencoded::parse(text).take(MAX_FIELDS);
    let lines = pairs.map(|(name, value)| line(shown_name(&name), shown(&name, &value)));
    lines.collect()
}

fn line(name: &str, value: Option<String>) -> String {
    format!("\n{name}: {}", value.unwrap_or_else(|| MASK.to_owned()))
}

/// Lists the members of a JSON value, each with its path. `name` is the last of the path.
fn members(path: &str, name: &str, value: &Value, shown: Shown, lines: &mut Vec<String>) {
    if lines.len() >= MAX_FIELDS {
        return;
    }
    let text = match value {
        Value::Object(object) => {
            for (name, value) in object {
                let dot = if path.is_empty() { "" } else { "." };
                members(&format!("{path}{dot}{}", shown_name(name)), name, value, shown, lines);
            }
            return;
        }
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let values = values.iter().take(MAX_FIELDS).filter_map(Value::as_str);
            let values: Vec<_> = values.map(|value| shown(name, value)).collect();
            values.iter().any(Option::is_some).then(|| {
                let values = values.iter().map(|it| it.as_deref().unwrap_or(MASKED_PART));
                values.collect::<Vec<_>>().join(" ")
            })
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                members(&format!("{path}[{index}]"), name, value, shown, lines);
            }
            return;
        }
        Value::Number(number) => {
            let most = match name {
                // A status code.
                "code" => 999,
                "expires_in" | "refresh_token_expires_in" => u64::from(u32::MAX),
                _ => 0,
            };
            number.as_u64().filter(|it| *it <= most).map(|it| it.to_string())
        }
        Value::String(text) => shown(name, text),
        Value::Null | Value::Bool(_) => None,
    };
    lines.push(line(path, text));
}

/// Shortens scopes to the names of their resource groups. Those that the catalogue lacks are
/// masked.
fn scopes(value: &str) -> Option<String> {
    let scopes: Vec<Option<Scope>> = value.split(' ').map(Scope::find).collect();
    let mut groups: Vec<_> = scopes.iter().flatten().map(|it| it.resource().name()).collect();
    if groups.is_empty() {
        return None;
    }
    groups.extend(scopes.contains(&None).then_some(MASKED_PART));
    Some(format!("{} (each after {SCOPE_PREFIX})", groups.join(" ")))
}

#[cfg(test)]
mod tests {
    use dataportability_scopes::http::{HeaderValue, Response, header};
    use serde_json::json;

    use super::{MASK, callback_text, response_text};

    const SECRETS: [&str; 3] = ["1//0Refresh-token", "ya29.a0Access_token", "GOCSPX-client-secret"];

    fn responded(body: &impl ToString, content_type: &str) -> String {
        let mut response = Response::new(body.to_string().into_bytes());
        let content_type = HeaderValue::from_str(content_type).unwrap();
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response_text(&response)
    }

    #[test]
    fn a_secret_that_a_response_repeats_is_masked_under_every_name_and_as_a_name() {
        let names = format!("{} {} unheard_of", super::SENT, super::NAMES);
        for secret in SECRETS {
            let prefix = super::SCOPE_PREFIX;
            for name in names.split_whitespace() {
                for value in [
                    json!(secret),
                    json!([secret, secret]),
                    json!([["x", secret], 1]),
                    json!({ secret: secret }),
                    json!(format!("{prefix}{secret} {prefix}chrome.bookmarks")),
                    json!(format!("invalid_grant {secret}")),
                    json!(format!("FAILED\n{secret}")),
                    json!(format!("type.googleapis.com/{secret}")),
                ] {
                    for body in [
                        json!({ name: value }),
                        json!({ "error": { name: value } }),
                        json!({ "error": { "details": [{ name: value, "x": 1 }] } }),
                        json!({ secret: { name: value } }),
                    ] {
                        let shown = responded(&body, "application/json");
                        assert!(!shown.contains(secret), "{body}: {shown}");
                    }
                }
                let form = format!("{name}={secret}&{secret}={name}");
                let shown = responded(&form, "application/x-www-form-urlencoded");
                assert!(!shown.contains(secret), "{form}: {shown}");
                let shown = callback_text(&form, "https://accounts.google.com");
                assert!(!shown.contains(secret), "{form}: {shown}");
            }
        }
    }

    #[test]
    fn documented_values_of_a_response_are_shown() {
        let bookmarks = "https://www.googleapis.com/auth/dataportability.chrome.bookmarks";
        let body = json!({
            "access_token": "ya29.x",
            "expires_in": 3599,
            "scope": format!("{bookmarks} openid"),
            "token_type": "Bearer",
        });
        let after = "(each after https://www.googleapis.com/auth/dataportability.)";
        assert_eq!(
            responded(&body, "application/json"),
            format!(
                "200 OK\naccess_token: {MASK}\nexpires_in: 3599\n\
                 scope: chrome.bookmarks … {after}\ntoken_type: Bearer"
            )
        );
        let body = json!({ "error": {
            "code": 409,
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ALREADY_EXISTS_TIME_BASED",
                "metadata": { "timestamp_after_24hrs": "2026-01-02T03:04:05Z" },
            }],
            "message": "A job is running.",
            "status": "ALREADY_EXISTS",
        }, "state": "COMPLETE", "oneTimeResources": ["chrome.bookmarks", "x"] });
        assert_eq!(
            responded(&body, "application/json"),
            format!(
                "200 OK\nerror.code: 409\n\
                 error.details[0].@type: type.googleapis.com/google.rpc.ErrorInfo\n\
                 error.details[0].metadata.timestamp_after_24hrs: 2026-01-02T03:04:05Z\n\
                 error.details[0].reason: ALREADY_EXISTS_TIME_BASED\n\
                 error.message: {MASK}\nerror.status: ALREADY_EXISTS\n\
                 oneTimeResources: chrome.bookmarks …\nstate: COMPLETE"
            )
        );
        let issuer = "https://accounts.google.com";
        let query = format!(
            "error=access_denied&state=COMPLETE&code=x&iss={issuer}&scope={bookmarks}\
             &prompt=consent"
        );
        assert_eq!(
            callback_text(&query, issuer),
            format!(
                "GET /callback\nerror: access_denied\nstate: {MASK}\ncode: {MASK}\niss: {issuer}\n\
                 scope: chrome.bookmarks {after}\nprompt: consent"
            )
        );
        let evil = callback_text("iss=https://evil.example", issuer);
        assert_eq!(evil, format!("GET /callback\niss: {MASK}"));
    }

    #[test]
    fn of_a_response_of_many_members_some_are_shown() {
        let body = format!("[{}{{}}]", r#"{"state": "COMPLETE"},"#.repeat(10_000));
        let shown = responded(&body, "application/json");
        assert_eq!(shown.lines().count(), 1 + super::MAX_FIELDS);
        let body = json!({ "resources": vec!["chrome.bookmarks"; 10_000] });
        let shown = responded(&body, "application/json");
        assert_eq!(shown.split(' ').count(), 2 + super::MAX_FIELDS);
    }
}

//! What just happened: each request and response of the flow, for users who want to learn it and
//! for the developer at the terminal.
//!
//! Only what is known to be no secret is shown. Everything else is masked, so that a parameter that
//! is new tomorrow is masked too.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use dataportability_scopes::catalogue::SCOPE_PREFIX;
use dataportability_scopes::http::{HeaderMap, Request, Response, header};
use dataportability_scopes::url::{Url, form_urlencoded};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::terminal::tell;

const MASK: &str = "••••••";

/// The parameters and members whose values are shown.
const SHOWN: &[&str] = &[
    // The authorization request and its response.
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "code_challenge_method",
    "access_type",
    "prompt",
    "iss",
    "error",
    // The token request and its response.
    "grant_type",
    "token_type",
    "expires_in",
    "refresh_token_expires_in",
    // The API.
    "resources",
    "startTime",
    "endTime",
    "archiveJobId",
    "accessType",
    "name",
    "state",
    "exportTime",
    "oneTimeResources",
    "timeBasedResources",
    // Its errors.
    "status",
    "reason",
    "domain",
    "job_id",
    "previous_job_ids",
    "timestamp_after_24hrs",
    "@type",
];

/// A request, and its response unless none came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) title: String,
    /// Seconds since 1970.
    pub(crate) at: u64,
    pub(crate) request: Message,
    pub(crate) response: Option<Message>,
}

/// A request or response: its first line, and its headers, parameters or members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) line: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Exchange {
    pub(crate) fn new(title: &str, request: Message, response: Option<Message>) -> Exchange {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Exchange {
            title: title.to_owned(),
            at: now.map_or(0, |since| since.as_secs()),
            request,
            response,
        }
    }

    pub(crate) fn print(&self) {
        let at = i64::try_from(self.at)
            .ok()
            .and_then(|at| Timestamp::from_second(at).ok());
        let at = at
            .map(|at| at.strftime("%H:%M:%S ").to_string())
            .unwrap_or_default();
        let mut text = format!("{at}{}\n  > {}\n", self.title, self.request.line);
        write_fields(&mut text, &self.request.fields);
        match &self.response {
            Some(response) => {
                let _ = writeln!(text, "  < {}", response.line);
                write_fields(&mut text, &response.fields);
            }
            None => text.push_str("  < no response\n"),
        }
        tell(text.trim_end());
    }
}

fn write_fields(text: &mut String, fields: &[(String, String)]) {
    for (name, value) in fields {
        let _ = writeln!(text, "      {name}: {value}");
    }
}

impl Message {
    /// The browser is sent to this URL.
    pub(crate) fn redirect(url: &str) -> Message {
        let query = url.split_once('?').map(|(_, query)| query);
        Message {
            line: format!("GET {}", without_query(url)),
            fields: parameters(query.unwrap_or_default().as_bytes()),
        }
    }

    /// The browser comes back to the redirect URI with this query.
    pub(crate) fn callback(query: &str) -> Message {
        Message {
            line: "GET /callback".to_owned(),
            fields: parameters(query.as_bytes()),
        }
    }

    pub(crate) fn request(request: &Request<Vec<u8>>) -> Message {
        let mut fields = Vec::new();
        if request.headers().contains_key(header::AUTHORIZATION) {
            fields.push(("Authorization".to_owned(), MASK.to_owned()));
        }
        fields.extend(body(request.headers(), request.body()));
        let url = request.uri().to_string();
        Message {
            line: format!("{} {}", request.method(), without_query(&url)),
            fields,
        }
    }

    pub(crate) fn response(response: &Response<Vec<u8>>) -> Message {
        Message {
            line: response.status().to_string(),
            fields: body(response.headers(), response.body()),
        }
    }

    /// An archive's URL is a secret as a whole, but for the host.
    pub(crate) fn download(signed_url: &str) -> Message {
        let host = signed_url
            .parse::<Url>()
            .ok()
            .map(|url| url.origin().ascii_serialization());
        Message {
            line: format!("GET {}/{MASK}", host.unwrap_or_default()),
            fields: Vec::new(),
        }
    }

    pub(crate) fn status(line: &impl ToString) -> Message {
        Message {
            line: line.to_string(),
            fields: Vec::new(),
        }
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn body(headers: &HeaderMap, body: &[u8]) -> Vec<(String, String)> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    if body.is_empty() {
        return Vec::new();
    }
    if content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
        return parameters(body);
    }
    let mut fields = Vec::new();
    match serde_json::from_slice(body) {
        Ok(value) => members("", &value, false, &mut fields),
        Err(_) => fields.push((
            "body".to_owned(),
            format!("{} bytes, not shown", body.len()),
        )),
    }
    fields
}

fn parameters(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text)
        .map(|(name, value)| shown_parameter(&name, &value))
        .collect()
}

fn shown_parameter(name: &str, value: &str) -> (String, String) {
    // In OAuth `state` is a secret; in the API it is the job's.
    let shown = SHOWN.contains(&name) && name != "state";
    let name: String = name.chars().take(40).collect();
    (
        name,
        if shown {
            scopes(value)
        } else {
            MASK.to_owned()
        },
    )
}

/// Lists the members of a JSON value, each with its path.
fn members(path: &str, value: &Value, shown: bool, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let dot = if path.is_empty() { "" } else { "." };
                let name_shown: String = name.chars().take(40).collect();
                let path = format!("{path}{dot}{name_shown}");
                members(&path, value, SHOWN.contains(&name.as_str()), fields);
            }
        }
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            let text = if shown {
                values.join(" ")
            } else {
                MASK.to_owned()
            };
            fields.push((path.to_owned(), text));
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                members(&format!("{path}[{index}]"), value, shown, fields);
            }
        }
        // A number is a status code or a number of seconds.
        Value::Number(number) if shown || path.ends_with("code") => {
            fields.push((path.to_owned(), number.to_string()));
        }
        Value::String(text) if shown => fields.push((path.to_owned(), scopes(text))),
        _ => fields.push((path.to_owned(), MASK.to_owned())),
    }
}

/// Shortens scopes to the names of their resource groups.
fn scopes(value: &str) -> String {
    if !value.contains(SCOPE_PREFIX) {
        return value.chars().take(400).collect();
    }
    let groups: Vec<&str> = value
        .split(' ')
        .map(|scope| scope.strip_prefix(SCOPE_PREFIX).unwrap_or(scope))
        .collect();
    format!("{} (each after {SCOPE_PREFIX})", groups.join(" "))
}

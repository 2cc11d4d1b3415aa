//! Errors of Google's: what each means, and what to do.

use super::Explanation;
use crate::finding::{Kind, Side, is_of_api};
use crate::scope_list::ScopeList;

/// What an error says somewhere in lower case, and what to do about it. The first that is found
/// counts.
const REMEDIES: [(&str, &str); 16] = [
    (
        "redirect_uri_mismatch",
        "the redirect URI is not one that is registered with the client: each character counts, \
         case and trailing slash included",
    ),
    (
        "rate_limit_exceeded|ratelimitexceeded",
        "the project of the client sends too many calls in a short time: wait a minute, and send \
         fewer",
    ),
    (
        "resource_exhausted_one_time",
        "one-time access is used up: take the archive of a job in previous_job_ids, or reset the \
         authorization and ask for consent again",
    ),
    (
        "resource_exhausted",
        "there was an export within the last 24 hours: wait until timestamp_after_24hrs, or take \
         the archive of a job in previous_job_ids, whose last one is the newest",
    ),
    (
        "already_exists",
        "a job for these resources already exists: go on with the one that job_id names",
    ),
    (
        "failed_precondition",
        "there was an export within the last 24 hours: wait, or use the archive of that job",
    ),
    (
        "service_disabled|has not been used in project",
        "the Data Portability API is not enabled in the project of the client: enable it, and wait \
         a few minutes; users can do nothing about it",
    ),
    (
        "billing",
        "billing is not enabled in the project of the client; users can do nothing about it",
    ),
    (
        "not authorized by the oauth token|permission_denied",
        "the token lacks a scope of a requested resource, or the user has taken access away: \
         compare what was granted with what the job asks for",
    ),
    (
        "unauthenticated|invalid_token|invalid value",
        "the access token is expired, revoked or not from Google: refresh it",
    ),
    (
        "invalid_grant",
        "the code or refresh token is used up, expired or revoked: send the user to a new consent; \
         grants of a client in Testing end after 7 days",
    ),
    ("invalid_client|unauthorized_client", "the client id or secret is wrong"),
    (
        "access_denied",
        "the user declined, or may not use the app: in Testing, only its test users can",
    ),
    ("invalid_scope", "Google refuses the whole request for one scope that it does not know"),
    (
        "internal_failure|temporarily_unavailable|unavailable|backenderror",
        "Google failed: try again later",
    ),
    (
        "invalid_argument",
        "an argument of the call is wrong: `resources` takes names such as youtube.clips, and a \
         time range works only if all of them support it",
    ),
];

/// Adds what an error means. Returns `false` if the text is no known error.
pub(super) fn explain(text: &str, explanation: &mut Explanation) -> bool {
    let lower = text.to_lowercase();
    if lower.contains("incremental auth") {
        explanation.find(
            Kind::IncludeGrantedScopes,
            "Incremental auth is not allowed: the request had include_granted_scopes, or asked for \
             a scope that the user has granted before; leave both out, or let the user remove the \
             app at https://myaccount.google.com/connections",
        );
        return true;
    }
    let remedy = REMEDIES.iter().find(|(words, _)| words.split('|').any(|it| lower.contains(it)));
    let Some((words, remedy)) = remedy else {
        return false;
    };
    if *words == "redirect_uri_mismatch" {
        explanation.find(Kind::RedirectUri, *remedy);
    } else {
        explanation.note(*remedy);
    }
    if *words == "invalid_scope" {
        let named = text.split(|c: char| c.is_whitespace() || "\"'\\,[](){}=".contains(c));
        let scopes = named.filter(|token| token.contains("/auth/") && is_of_api(token));
        let mut list = ScopeList::default();
        scopes.for_each(|token| list.push(token));
        explanation.add_scopes(&list, Side::Asked);
    }
    true
}

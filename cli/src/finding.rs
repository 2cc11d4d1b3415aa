//! What is wrong with a scope or the name of a resource, in the words of `explain` and `lint`.

use std::borrow::Cow;

use clap::ValueEnum;
use dataportability_scopes::catalogue::{
    ParseScopeError, Resource, Revision, SCOPE_PREFIX, Scope, Service,
};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::catalogue::{listed, listed_in_words};

/// A kind of finding. Its name is stable: configuration files and programs match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Kind {
    UnknownScope,
    WithdrawnScope,
    NewerScope,
    MalformedScope,
    OtherApi,
    IncludeGrantedScopes,
    NoState,
    NoPkce,
    ImplicitFlow,
    RepeatedParameter,
    RedirectUri,
    UnknownResource,
    UnknownState,
    UnknownPath,
    Separator,
}

impl Kind {
    /// Returns the name, such as `unknown_scope`.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What is wrong with the parameter `include_granted_scopes`.
pub(crate) const INCREMENTAL: &str = "Google refuses include_granted_scopes with scopes of this \
    API (\"Incremental auth is not allowed for the requested scopes\"); leave it out";

/// What is wrong with another `response_type` than `code`.
pub(crate) const IMPLICIT_FLOW: &str = "the implicit flow gives no refresh token, and exports take \
    hours or days; use response_type=code";

/// Something that is wrong, and what may be meant instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    pub(crate) suggestions: Vec<String>,
}

impl Finding {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Finding {
        Finding { kind, message: message.into(), suggestions: Vec::new() }
    }

    pub(crate) fn suggest(mut self, suggestions: impl IntoIterator<Item = String>) -> Finding {
        self.suggestions.extend(suggestions);
        self
    }

    /// Returns whether an unknown name is likely to be meant as that of a resource group.
    pub(crate) fn is_likely(&self, name: &str) -> bool {
        let service = name.split_once('.').map(|(service, _)| service);
        !self.suggestions.is_empty()
            || service.is_some_and(|service| service.parse::<Service>().is_ok())
            || self.message.contains("is not part of")
    }

    /// Returns the message with the suggestions.
    pub(crate) fn sentence(&self) -> String {
        match self.suggestions.as_slice() {
            [] => self.message.clone(),
            [one] => format!("{}; did you mean {one}?", self.message),
            [others @ .., last] => {
                format!("{}; did you mean {} or {last}?", self.message, others.join(", "))
            }
        }
    }
}

/// Whether a scope is to be asked for, or was granted by Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Asked,
    Granted,
}

/// Returns what is wrong with a scope token. A scope of another API has the finding
/// [`Kind::OtherApi`].
pub(crate) fn of_scope(token: &str, side: Side) -> Option<Finding> {
    if let Some(scope) = Scope::find(token) {
        return of_listed(scope, scope.as_str());
    }
    if let Ok(resource) = token.parse::<Resource>() {
        let message = format!("{token} is the name of a resource, not a scope");
        let scope = resource.scope().as_str().to_owned();
        return Some(Finding::new(Kind::MalformedScope, message).suggest([scope]));
    }
    if !is_of_api(token) {
        let message = format!(
            "{} is a scope of another API: Google refuses to mix it with scopes of this API",
            quoted(token)
        );
        return Some(Finding::new(Kind::OtherApi, message));
    }
    let shown = quoted(token);
    let group = token.strip_prefix(SCOPE_PREFIX).filter(|group| is_group(group));
    let (kind, mut message) = match group {
        None => (Kind::MalformedScope, malformed(token)),
        Some(group) if !group.contains('.') && group.parse::<Service>().is_ok() => {
            (Kind::UnknownScope, format!("{group} is a service: name one of its resource groups"))
        }
        Some(_) if side == Side::Granted => {
            let message =
                format!("{shown} is newer than this program's catalogue: install a newer version");
            return Some(Finding::new(Kind::NewerScope, message));
        }
        Some(_) => {
            let newest = Revision::NEWEST;
            let message = format!("{shown} is in no list that Google published up to {newest}");
            (Kind::UnknownScope, message)
        }
    };
    // Those that the newest list has come first.
    let suggestions = match percent_decoded(token).to_ascii_lowercase().parse::<Scope>() {
        Ok(scope) => vec![scope.resource()],
        Err(error) => {
            if let Some(hint) = not_included(&error) {
                message = format!("{message}; {hint}");
            }
            error.suggestions()
        }
    };
    let suggestions = suggestions.into_iter().map(|resource| resource.scope().to_string());
    Some(Finding::new(kind, message).suggest(suggestions))
}

/// Returns what is wrong with the name of a resource group, as the API's `resources` field takes
/// it.
pub(crate) fn of_resource(name: &str) -> Option<Finding> {
    let error = match name.parse::<Resource>() {
        Ok(resource) => return of_listed(resource.scope(), name),
        Err(error) => error,
    };
    let suggestions = error.suggestions().into_iter().map(|resource| resource.name().to_owned());
    let message = match not_included(&error) {
        _ if name.starts_with(SCOPE_PREFIX) => {
            "`resources` takes names of resource groups, not whole scopes".to_owned()
        }
        Some(hint) => format!("the API has no resource group {}; {hint}", quoted(name)),
        None => format!("the API has no resource group {}", quoted(name)),
    };
    Some(Finding::new(Kind::UnknownResource, message).suggest(suggestions))
}

/// Says when a scope was withdrawn, or that no list ever had it.
fn of_listed(scope: Scope, name: &str) -> Option<Finding> {
    if scope.is_listed_in(Revision::NEWEST) {
        return None;
    }
    let listed = listed(scope.resource());
    if listed.is_empty() {
        let message = format!("{name} is in no list that Google published");
        return Some(Finding::new(Kind::UnknownScope, message));
    }
    let listed = listed_in_words(&listed);
    let message = format!("{name} is withdrawn: listed {listed}; do not ask for it");
    Some(Finding::new(Kind::WithdrawnScope, message))
}

/// Returns whether a token is meant as a scope of this API, however it is spelled.
pub(crate) fn is_of_api(token: &str) -> bool {
    let token = token.to_ascii_lowercase().replace(['-', '_'], "");
    token.contains("dataportab")
}

/// Returns whether what follows the prefix has the form of a resource group.
fn is_group(group: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    group.len() <= 128
        && group.split('.').all(|segment| !segment.is_empty() && segment.bytes().all(is_letter))
}

/// Says what is wrong with the form of a scope.
fn malformed(token: &str) -> String {
    let shown = quoted(token);
    let lower = token.to_ascii_lowercase();
    let why = if token.trim_end_matches('.') == SCOPE_PREFIX.trim_end_matches('.') {
        "it names no resource group"
    } else if lower.contains("%3a") || lower.contains("%2f") {
        "it is percent-encoded"
    } else if token.ends_with(['/', '.', ',', ';']) && token.starts_with(SCOPE_PREFIX) {
        "a scope ends with the last letter of its resource group"
    } else if lower.starts_with(SCOPE_PREFIX) {
        "scopes are lowercase letters, with dots between the segments"
    } else {
        return format!("{shown} is malformed: scopes begin with {SCOPE_PREFIX}");
    };
    format!("{shown} is malformed: {why}")
}

/// Returns the end of an error about a product that is not part of the API, which only the text of
/// the error says.
pub(crate) fn not_included(error: &ParseScopeError) -> Option<String> {
    let error = error.to_string();
    let (_, hint) = error.rsplit_once("; ")?;
    hint.contains("is not part of the").then(|| hint.to_owned())
}

/// Returns a text between quotation marks, or its beginning if it is long.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// Decodes percent-encoding. What is not UTF-8 then stays as it is.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

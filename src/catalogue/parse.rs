//! Parsing: names and tokens become scopes, resources, services, revisions, categories and days,
//! and errors say what else may be meant.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::date::Date;
use super::hash::SCOPE_PREFIX;
use super::resource::{Category, Resource, Service};
use super::revision::Revision;
use super::scope::Scope;
use super::scope_set::ScopeSet;
use super::scope_value::invalid_byte;
use super::scopes::{NewerScope, Scopes};
use super::suggest::{self, did_you_mean};
use crate::text::excerpt;

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(token: &str) -> Result<Scope, ParseScopeError> {
        Scope::find(token).ok_or_else(|| ParseScopeError::of_token(token))
    }
}

impl FromStr for Resource {
    type Err = ParseScopeError;

    fn from_str(name: &str) -> Result<Resource, ParseScopeError> {
        named(name, Self::NAMES, Self::VARIANTS).ok_or_else(|| ParseScopeError::of_name(name))
    }
}

impl FromStr for Service {
    type Err = ParseNameError;

    fn from_str(name: &str) -> Result<Service, ParseNameError> {
        named(name, Self::NAMES, Self::VARIANTS).ok_or_else(|| {
            let mut error = ParseNameError::new("service", name, Self::NAMES);
            if error.suggestions.is_empty() {
                error.suggestions = suggest::services_of_product(&error.input);
            }
            error
        })
    }
}

impl FromStr for Revision {
    type Err = ParseNameError;

    fn from_str(name: &str) -> Result<Revision, ParseNameError> {
        named(name, Self::NAMES, Self::VARIANTS)
            .ok_or_else(|| ParseNameError::new("revision", name, Self::NAMES))
    }
}

impl FromStr for Category {
    type Err = ParseNameError;

    fn from_str(name: &str) -> Result<Category, ParseNameError> {
        match name {
            "sensitive" => Ok(Category::Sensitive),
            "restricted" => Ok(Category::Restricted),
            _ => Err(ParseNameError::new("category", name, &["sensitive", "restricted"])),
        }
    }
}

impl FromStr for Date {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Date, ParseNameError> {
        Date::from_iso(text).ok_or_else(|| ParseNameError::new("date", text, &[]))
    }
}

impl FromStr for Scopes {
    type Err = ParseScopeError;

    fn from_str(text: &str) -> Result<Scopes, ParseScopeError> {
        let word = |word: &str| -> Result<Scopes, ParseScopeError> {
            match name_or_token(word) {
                Ok(scope) => Ok(scope.into()),
                Err(error) => word.parse().map(NewerScope::into).map_err(|_| error),
            }
        };
        text.split_ascii_whitespace().map(word).collect()
    }
}

impl FromStr for ScopeSet {
    type Err = ParseScopeError;

    /// Parses scopes of the catalogue as [`Scopes`] does. A scope that is newer than the catalogue
    /// is an error.
    fn from_str(text: &str) -> Result<ScopeSet, ParseScopeError> {
        text.split_ascii_whitespace().map(name_or_token).collect()
    }
}

/// Reads the name of a resource group, or a scope token.
fn name_or_token(word: &str) -> Result<Scope, ParseScopeError> {
    if word.contains(['/', ':']) { word.parse() } else { word.parse().map(Resource::scope) }
}

/// Returns what has a name, if a table of names in byte order has it.
fn named<T: Copy>(name: &str, names: &[&str], values: &[T]) -> Option<T> {
    values.get(names.binary_search(&name).ok()?).copied()
}

/// An error from parsing a [`Scope`], the name of a [`Resource`], or a set of scopes, of which it
/// is the first word that is neither.
///
/// The message suggests what may have been meant, also for everyday names.
///
/// ```
/// use dataportability_scopes::catalogue::ParseScopeErrorKind;
/// use dataportability_scopes::{Resource, Scope};
///
/// let error = "https://www.googleapis.com/auth/dataportability.youtube.clip"
///     .parse::<Scope>()
///     .unwrap_err();
/// assert_eq!(error.kind(), ParseScopeErrorKind::Unknown);
/// assert_eq!(error.suggestions(), [Resource::YoutubeClips]);
///
/// let error = "youtube.watch_history".parse::<Resource>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"unknown resource "youtube.watch_history"; did you mean "myactivity.youtube"?"#
/// );
///
/// let error = "gmail.messages".parse::<Resource>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"unknown resource "gmail.messages"; Gmail is not part of the Data Portability API"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseScopeError {
    /// The text, or its beginning.
    input: String,
    kind: ParseScopeErrorKind,
    wanted: Wanted,
}

/// What is wrong with a text that should be a [`Scope`] or the name of a [`Resource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseScopeErrorKind {
    /// It is not a scope token: it is empty, or has a byte that RFC 6749, section 3.3, excludes.
    Malformed {
        /// The offset of the first byte that is not allowed; `None` if the text is empty.
        position: Option<usize>,
    },
    /// It is a scope token, but not of the Data Portability API.
    Foreign,
    /// It is the name of a resource where a whole scope token is needed.
    ResourceName(Resource),
    /// It is a whole scope token where the name of a resource is needed.
    ScopeToken(Scope),
    /// No documented list has it.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Scope,
    Name,
}

impl ParseScopeError {
    /// Returns the error for a text that is not the token of any scope.
    pub(crate) fn of_token(token: &str) -> ParseScopeError {
        use ParseScopeErrorKind::{Foreign, Malformed, ResourceName, Unknown};
        let position = invalid_byte(token);
        let kind = if position.is_some() || token.is_empty() {
            Malformed { position }
        } else if token.starts_with(SCOPE_PREFIX) {
            Unknown
        } else {
            named(token, Resource::NAMES, Resource::VARIANTS).map_or(Foreign, ResourceName)
        };
        ParseScopeError { input: excerpt(token), kind, wanted: Wanted::Scope }
    }

    /// Returns the error for a text that is not the name of any resource.
    pub(crate) fn of_name(name: &str) -> ParseScopeError {
        use ParseScopeErrorKind::{ScopeToken, Unknown};
        ParseScopeError {
            input: excerpt(name),
            kind: Scope::find(name).map_or(Unknown, ScopeToken),
            wanted: Wanted::Name,
        }
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn kind(&self) -> ParseScopeErrorKind {
        self.kind
    }

    /// Returns the resources that may have been meant, at most four, the best first.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Resource> {
        suggest::resources(&self.input).resources()
    }

    fn hint(&self) -> Option<String> {
        suggest::resources(&self.input).hint(match self.wanted {
            Wanted::Scope => |resource| resource.scope().to_string(),
            Wanted::Name => |resource| format!("{:?}", resource.name()),
        })
    }
}

impl fmt::Display for ParseScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = &self.input;
        match (self.kind, self.wanted) {
            (ParseScopeErrorKind::Malformed { position: None }, _) => {
                write!(f, "{input:?} is not a scope token: it is empty")
            }
            (ParseScopeErrorKind::Malformed { position: Some(at) }, _) => write!(
                f,
                "{input:?} is not a scope token: the byte at offset {at} is not allowed in one \
                 (RFC 6749, section 3.3)"
            ),
            (ParseScopeErrorKind::ResourceName(resource), _) => write!(
                f,
                "\"{resource}\" is the name of a resource, not a scope; did you mean {}?",
                resource.scope()
            ),
            (ParseScopeErrorKind::ScopeToken(scope), _) => write!(
                f,
                "{scope} is a scope, not the name of a resource; did you mean {:?}?",
                scope.resource().name()
            ),
            (ParseScopeErrorKind::Foreign, _) => write!(
                f,
                "{input:?} is not a Data Portability scope: those begin with {SCOPE_PREFIX}{}",
                self.hint().unwrap_or_default()
            ),
            (ParseScopeErrorKind::Unknown, Wanted::Scope) => {
                write!(f, "{input:?} is in no documented list of Data Portability scopes")?;
                // One of the right form is presumably newer than the crate.
                f.write_str(&match self.hint() {
                    _ if input.contains([',', '+']) => "; one space separates two scopes".into(),
                    Some(hint) => hint,
                    None if input.parse::<NewerScope>().is_err() => String::new(),
                    None => "; if Google lists it, update this crate or use `NewerScope`".into(),
                })
            }
            (ParseScopeErrorKind::Unknown, Wanted::Name) => {
                let form = "; a name is a scope without its prefix, such as \"youtube.clips\"";
                let hint = self.hint();
                write!(f, "unknown resource {input:?}{}", hint.as_deref().unwrap_or(form))
            }
        }
    }
}

impl core::error::Error for ParseScopeError {}

/// An error from parsing the name of a service, a revision, a category, a method and so on, or a
/// day.
///
/// The message suggests known names that are close. If nothing is close, it lists all known names.
///
/// ```
/// use dataportability_scopes::catalogue::Category;
/// use dataportability_scopes::Service;
///
/// let error = "yuotube".parse::<Service>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown service "yuotube"; did you mean "youtube"?"#);
/// assert_eq!(error.suggestions(), ["youtube"]);
///
/// let error = "secret".parse::<Category>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown category "secret"; use one of: sensitive, restricted"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseNameError {
    what: &'static str,
    input: String,
    known: &'static [&'static str],
    suggestions: Vec<&'static str>,
}

impl ParseNameError {
    pub(crate) fn new(what: &'static str, input: &str, known: &'static [&'static str]) -> Self {
        let input = excerpt(input);
        let suggestions = suggest::names(&input, known);
        ParseNameError { what, input, known, suggestions }
    }

    /// Returns the error for a code of a server, which may be newer than the crate.
    #[cfg(feature = "api")]
    pub(crate) fn of_code(input: &str) -> ParseNameError {
        ParseNameError::new("code", input, &[])
    }

    /// Returns the known names that may have been meant, the best first.
    #[must_use]
    pub fn suggestions(&self) -> &[&'static str] {
        &self.suggestions
    }
}

impl fmt::Display for ParseNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} {:?}", self.what, self.input)?;
        let suggestions: Vec<String> =
            self.suggestions.iter().map(|name| format!("{name:?}")).collect();
        if let Some(hint) = did_you_mean(&suggestions) {
            return f.write_str(&hint);
        }
        match (self.what, self.known) {
            ("date", _) => {
                f.write_str("; write a day of the calendar as YYYY-MM-DD, such as 2025-01-20")
            }
            (_, []) => Ok(()),
            (_, known) => write!(f, "; use one of: {}", known.join(", ")),
        }
    }
}

impl core::error::Error for ParseNameError {}

#[cfg(feature = "serde")]
mod stored {
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::name_or_token;
    use super::{Category, Date, NewerScope, Resource, Revision, Scope, ScopeSet, Scopes, Service};
    use crate::text::{deserialize, deserialize_words, serde_as_string};

    serde_as_string!(Scope, "a Data Portability scope");
    serde_as_string!(Service, "a service");
    serde_as_string!(Revision, "the day of a revision, YYYY-MM-DD");
    serde_as_string!(Category, "a category");
    serde_as_string!(Date, "a day, YYYY-MM-DD");

    /// Serializes as one string: the names of known resource groups and the tokens of newer scopes,
    /// with spaces between them. Deserializes from such a string, or from a list of such strings,
    /// with names or tokens. A name must be in the catalogue, so that a typo is an error. A format
    /// that is not self-describing, such as postcard, takes only the string.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Scopes};
    ///
    /// let scopes = Scopes::from([Resource::YoutubeClips, Resource::MapsReviews]);
    /// let stored = serde_json::to_string(&scopes)?;
    /// assert_eq!(stored, r#""maps.reviews youtube.clips""#);
    /// for text in [
    ///     &*stored,
    ///     r#"["youtube.clips", "maps.reviews"]"#,
    ///     r#"["https://www.googleapis.com/auth/dataportability.youtube.clips", "maps.reviews"]"#,
    /// ] {
    ///     assert_eq!(serde_json::from_str::<Scopes>(text)?, scopes);
    /// }
    ///
    /// let error = serde_json::from_str::<Scopes>(r#"["chrome.histroy"]"#).unwrap_err();
    /// assert!(error.to_string().contains(r#"did you mean "chrome.history"?"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    impl Serialize for Scopes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let known = self.known().into_iter().map(|scope| scope.resource().name());
            let words: Vec<&str> = known.chain(self.newer().map(NewerScope::as_str)).collect();
            serializer.serialize_str(&words.join(" "))
        }
    }

    impl Serialize for ScopeSet {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Scopes::from(*self).serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Scopes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
            deserialize_words(deserializer, "scopes or names of resource groups", str::parse)
        }
    }

    impl<'de> Deserialize<'de> for ScopeSet {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
            deserialize_words(deserializer, "scopes or names of resource groups", str::parse)
        }
    }

    impl Serialize for Resource {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.name())
        }
    }

    /// Accepts the name or the whole scope token, since configuration files have both.
    impl<'de> Deserialize<'de> for Resource {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let expecting = "the name of a resource group, or its scope";
            deserialize(deserializer, expecting, name_or_token).map(Scope::resource)
        }
    }
}

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::generated::TOKENS;
use super::hash::SCOPE_PREFIX;
use super::newer_scope::NewerScope;
use super::resource::Resource;
use super::revision::{Listing, Revision};
use super::scope_value;
use super::service::Service;
use super::suggest;
use crate::excerpt::excerpt;

/// The tokens of all scopes of any documented list, in the order of their resource groups, as
/// `phf`'s perfect-hash set: for code that works with strings.
///
/// [`Scope::find`] is faster at checking whether a token is a scope.
///
/// ```
/// use dataportability_scopes::catalogue::{Resource, SCOPE_TOKENS};
///
/// assert!(SCOPE_TOKENS.contains("https://www.googleapis.com/auth/dataportability.youtube.clips"));
/// assert!(SCOPE_TOKENS.iter().copied().eq(Resource::all().map(|it| it.scope().as_str())));
/// ```
pub use super::generated::SCOPE_TOKENS;

/// A scope of the Data Portability API, from any documented list.
///
/// Printed and parsed as the whole scope token,
/// `https://www.googleapis.com/auth/dataportability.youtube.clips`. Parsing is exact: letter
/// case, white space, a trailing slash and the host all matter.
///
/// ```
/// use dataportability_scopes::catalogue::{Resource, Scope, Service};
///
/// let scope: Scope =
///     "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
/// assert_eq!(scope, Resource::YoutubeClips.scope());
/// assert_eq!(scope.resource().name(), "youtube.clips");
/// assert_eq!(scope.service(), Service::Youtube);
/// # Ok::<(), dataportability_scopes::catalogue::ParseScopeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Resource);

impl Scope {
    pub(super) const fn new(resource: Resource) -> Scope {
        Scope(resource)
    }

    /// Returns every scope of any documented list, in the order of their resource groups.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, Scope};
    ///
    /// assert_eq!(Scope::all().len(), Resource::all().len());
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Scope> + DoubleEndedIterator + Clone {
        Resource::all().map(Scope)
    }

    /// Returns the scope of the resource group at this place in their order.
    pub(crate) fn at(index: u32) -> Option<Scope> {
        Resource::VARIANTS.get(index as usize).copied().map(Scope)
    }

    /// Returns the scope token.
    #[inline]
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "build.rs emits a token for each variant, in their order"
    )]
    pub const fn as_str(self) -> &'static str {
        TOKENS[self.0 as usize]
    }

    /// Returns the resource group.
    #[inline]
    #[must_use]
    pub const fn resource(self) -> Resource {
        self.0
    }

    /// Returns the service of the resource group.
    #[must_use]
    pub const fn service(self) -> Service {
        self.0.service()
    }

    /// Returns when it was listed, as unbroken runs of revisions, the oldest first. Google has
    /// withdrawn a scope and listed it again later. A scope that only a documentation page shows has
    /// no listing.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, Revision};
    ///
    /// let alerts = Resource::AlertsSubscriptions.scope().listings();
    /// assert_eq!(alerts[0].since, Revision::R2024_03_19);
    /// assert_eq!(alerts[0].until, Some(Revision::R2024_04_10));
    /// assert_eq!(alerts[1].since, Revision::R2024_08_27);
    /// ```
    #[must_use]
    pub const fn listings(self) -> &'static [Listing] {
        self.0.listings()
    }

    /// Returns whether a revision lists it.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, Revision};
    ///
    /// let clips = Resource::YoutubeClips.scope();
    /// assert!(clips.is_listed_in(Revision::R2025_01_20));
    /// assert!(!clips.is_listed_in(Revision::R2024_04_10));
    /// ```
    #[must_use]
    pub const fn is_listed_in(self, revision: Revision) -> bool {
        revision.scopes().contains(self)
    }

    /// Returns the revisions that list it, the oldest first.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, Revision};
    ///
    /// let trips = Resource::MapsPostTripFeedback.scope();
    /// assert_eq!(trips.revisions().next(), Some(Revision::R2024_03_19));
    /// assert!(!trips.revisions().any(|revision| revision == Revision::R2024_04_05));
    /// ```
    #[must_use]
    pub fn revisions(self) -> impl DoubleEndedIterator<Item = Revision> + Clone {
        Revision::all().filter(move |revision| self.is_listed_in(*revision))
    }
}

impl From<Resource> for Scope {
    fn from(resource: Resource) -> Scope {
        Scope(resource)
    }
}

impl From<Scope> for Resource {
    fn from(scope: Scope) -> Resource {
        scope.0
    }
}

impl AsRef<str> for Scope {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.0).finish()
    }
}

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(token: &str) -> Result<Scope, ParseScopeError> {
        Scope::find(token).ok_or_else(|| ParseScopeError::of(token))
    }
}

/// An error from parsing a [`Scope`].
///
/// ```
/// use dataportability_scopes::catalogue::{ParseScopeError, Resource, Scope};
///
/// let error = "https://www.googleapis.com/auth/dataportability.youtube.clip"
///     .parse::<Scope>()
///     .unwrap_err();
/// assert!(matches!(error, ParseScopeError::Unknown { .. }));
/// assert_eq!(error.suggestions(), [Resource::YoutubeClips.scope()]);
///
/// assert!(matches!("openid".parse::<Scope>(), Err(ParseScopeError::Foreign { .. })));
/// assert!(matches!("open id".parse::<Scope>(), Err(ParseScopeError::Malformed { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseScopeError {
    /// The text is not a scope token: it is empty, or has a byte that RFC 6749, section 3.3,
    /// excludes.
    #[error("{input:?} is not a scope token: {}", malformation(*.position))]
    Malformed {
        /// The text, or its beginning.
        input: String,
        /// The offset of the first byte that is not allowed; `None` if the text is empty.
        position: Option<usize>,
    },
    /// The text is the name of a resource, which is the scope without its prefix.
    #[error("{:?} is the name of a resource, not a scope; did you mean {}?", resource.name(), resource.scope())]
    ResourceName {
        /// The resource.
        resource: Resource,
    },
    /// The text is a scope token, but not of the Data Portability API.
    #[error(
        "{input:?} is not a Data Portability scope: those begin with {SCOPE_PREFIX}{}",
        hint(input)
    )]
    Foreign {
        /// The text, or its beginning.
        input: String,
    },
    /// The text begins as a Data Portability scope does, but no documented list has it.
    #[error(
        "{input:?} is in no documented list of Data Portability scopes{}",
        hint_or_newer(input)
    )]
    Unknown {
        /// The text, or its beginning.
        input: String,
    },
}

impl ParseScopeError {
    fn of(token: &str) -> ParseScopeError {
        let input = excerpt(token);
        match scope_value::invalid_byte(token) {
            Some(position) => ParseScopeError::Malformed {
                input,
                position: Some(position),
            },
            None if token.is_empty() => ParseScopeError::Malformed {
                input,
                position: None,
            },
            None if token.starts_with(SCOPE_PREFIX) => ParseScopeError::Unknown { input },
            None => match token.parse() {
                Ok(resource) => ParseScopeError::ResourceName { resource },
                Err(_) => ParseScopeError::Foreign { input },
            },
        }
    }

    /// Returns the scopes that may have been meant, at most four, the best first.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Scope> {
        let resources = match self {
            Self::ResourceName { resource } => [*resource].into(),
            Self::Malformed { input, .. } | Self::Foreign { input } | Self::Unknown { input } => {
                suggest::resources(input).resources()
            }
        };
        resources.into_iter().map(Resource::scope).collect()
    }
}

fn hint(input: &str) -> String {
    suggest::resources(input)
        .hint(|resource| resource.scope().to_string())
        .unwrap_or_default()
}

/// Without a suggestion, a scope of the right form is presumably newer than the crate.
fn hint_or_newer(input: &str) -> String {
    match hint(input) {
        hint if hint.is_empty() && input.parse::<NewerScope>().is_ok() => {
            "; if Google lists it, update this crate or use `NewerScope`".into()
        }
        hint => hint,
    }
}

fn malformation(position: Option<usize>) -> String {
    match position {
        None => "it is empty".into(),
        Some(position) => alloc::format!(
            "the byte at offset {position} is not allowed in one (RFC 6749, section 3.3)"
        ),
    }
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Scope, "a Data Portability scope");

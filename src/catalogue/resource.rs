use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::category::{Category, CategorySource};
use super::generated::RESOURCES;
use super::revision::Listing;
use super::scope::Scope;
use super::service::Service;
use super::suggest;
use crate::excerpt::excerpt;

/// A resource group: what one scope lets an app export.
///
/// Printed and parsed as the name that the API's `resources` field takes, which is the scope
/// without its [`SCOPE_PREFIX`](crate::catalogue::SCOPE_PREFIX). There is one variant for each scope
/// of any documented list, withdrawn ones included: check [`Scope::is_listed_in`] before you ask a
/// user for one.
///
/// Labels, descriptions, categories and time filters come from `data/resources.tsv`.
///
/// ```
/// use dataportability_scopes::catalogue::Resource;
///
/// let resource: Resource = "youtube.clips".parse()?;
/// assert_eq!(resource, Resource::YoutubeClips);
/// assert_eq!(resource.to_string(), "youtube.clips");
/// assert_eq!(
///     resource.scope().as_str(),
///     "https://www.googleapis.com/auth/dataportability.youtube.clips"
/// );
/// # Ok::<(), dataportability_scopes::catalogue::ParseResourceError>(())
/// ```
pub use super::generated::Resource;

#[derive(Debug)]
pub(super) struct ResourceRow {
    pub(super) service: Service,
    pub(super) label: &'static str,
    pub(super) description: &'static str,
    pub(super) category: Option<(Category, CategorySource)>,
    pub(super) supports_time_filter: bool,
    pub(super) listings: &'static [Listing],
}

#[expect(
    clippy::indexing_slicing,
    reason = "build.rs emits a row for each variant, in their order"
)]
impl Resource {
    /// Returns every resource group of any documented list, in the order of their names.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert!(Resource::all().any(|resource| resource == Resource::AlertsSubscriptions));
    /// assert!(Resource::all().is_sorted_by_key(Resource::name));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Resource> + DoubleEndedIterator + Clone {
        Self::VARIANTS.iter().copied()
    }

    /// Returns the name that the API's `resources` field takes, such as `youtube.clips`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Returns the scope that lets an app export it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        Scope::new(self)
    }

    /// Returns the service that it belongs to.
    #[must_use]
    pub const fn service(self) -> Service {
        RESOURCES[self as usize].service
    }

    /// Returns a few words in English that name it to a user.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert_eq!(Resource::MymapsMaps.label(), "Custom maps");
    /// assert_eq!(
    ///     Resource::MymapsMaps.description(),
    ///     "The maps that you made in My Maps, with their layers, places and notes."
    /// );
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        RESOURCES[self as usize].label
    }

    /// Returns a sentence in English that tells a user what the app receives.
    #[must_use]
    pub const fn description(self) -> &'static str {
        RESOURCES[self as usize].description
    }

    /// Returns Google's category of its scope, or `None` if it is not known.
    ///
    /// [`category_source`](Self::category_source) says how it is known.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Category, Resource};
    ///
    /// assert_eq!(Resource::ChromeHistory.category(), Some(Category::Restricted));
    /// assert_eq!(Resource::NestUser.category(), None);
    /// ```
    #[must_use]
    pub const fn category(self) -> Option<Category> {
        match RESOURCES[self as usize].category {
            Some((category, _)) => Some(category),
            None => None,
        }
    }

    /// Returns how [`category`](Self::category) is known, or `None` if it is not.
    #[must_use]
    pub const fn category_source(self) -> Option<CategorySource> {
        match RESOURCES[self as usize].category {
            Some((_, source)) => Some(source),
            None => None,
        }
    }

    /// Returns whether `portabilityArchive.initiate` takes a time range (`startTime` and `endTime`)
    /// for it. Google refuses a time range together with any other resource.
    ///
    /// Returns `false` if this is not known: exporting without a time range always works.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert!(Resource::ChromeHistory.supports_time_filter());
    /// assert!(!Resource::ChromeBookmarks.supports_time_filter());
    /// ```
    #[must_use]
    pub const fn supports_time_filter(self) -> bool {
        RESOURCES[self as usize].supports_time_filter
    }

    pub(super) const fn listings(self) -> &'static [Listing] {
        RESOURCES[self as usize].listings
    }
}

impl AsRef<str> for Resource {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Resource {
    type Err = ParseResourceError;

    fn from_str(name: &str) -> Result<Resource, ParseResourceError> {
        Self::NAMES
            .binary_search(&name)
            .ok()
            .and_then(|index| Self::VARIANTS.get(index).copied())
            .ok_or_else(|| ParseResourceError::of(name))
    }
}

/// An error from parsing the name of a [`Resource`].
///
/// The message suggests resources that may have been meant, also for everyday names.
///
/// ```
/// use dataportability_scopes::catalogue::Resource;
///
/// let error = "youtube.watch_history".parse::<Resource>().unwrap_err();
/// assert_eq!(error.suggestions(), [Resource::MyactivityYoutube]);
/// assert_eq!(
///     error.to_string(),
///     r#"unknown resource "youtube.watch_history"; did you mean "myactivity.youtube"?"#
/// );
///
/// let error = "photos.albums".parse::<Resource>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"unknown resource "photos.albums"; Google Photos is not part of the Data Portability API"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseResourceError {
    /// The text is a whole scope token, which the API's `resources` field does not take.
    #[error("{scope} is a scope, not the name of a resource; did you mean {:?}?", scope.resource().name())]
    Scope {
        /// The scope.
        scope: Scope,
    },
    /// No documented list has the name.
    #[error("unknown resource {input:?}{}", hint(input))]
    Unknown {
        /// The text, or its beginning.
        input: String,
    },
}

impl ParseResourceError {
    fn of(name: &str) -> ParseResourceError {
        match Scope::find(name) {
            Some(scope) => ParseResourceError::Scope { scope },
            None => ParseResourceError::Unknown {
                input: excerpt(name),
            },
        }
    }

    /// Returns the resources that may have been meant, at most four, the best first.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Resource> {
        match self {
            ParseResourceError::Scope { scope } => [scope.resource()].into(),
            ParseResourceError::Unknown { input } => suggest::resources(input).resources(),
        }
    }
}

fn hint(input: &str) -> String {
    suggest::resources(input)
        .hint(|resource| format!("{:?}", resource.name()))
        .unwrap_or_else(|| {
            "; a name is a scope without its prefix, such as \"youtube.clips\"".into()
        })
}

#[cfg(feature = "serde")]
impl serde::Serialize for Resource {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Accepts the name or the whole scope token, since configuration files have both.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Resource {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrToken(Resource);

        impl core::str::FromStr for NameOrToken {
            type Err = ParseResourceError;

            fn from_str(text: &str) -> Result<NameOrToken, ParseResourceError> {
                match Scope::find(text) {
                    Some(scope) => Ok(NameOrToken(scope.resource())),
                    None => text.parse().map(NameOrToken),
                }
            }
        }

        let expecting = "the name of a resource group, or its scope";
        crate::serde_string::deserialize(deserializer, expecting).map(|NameOrToken(it)| it)
    }
}

use strum::{VariantArray, VariantNames};

use super::category::{Category, CategorySource};
use super::generated::RESOURCES;
use super::name_error::ParseNameError;
use super::revision::Listing;
use super::scope::Scope;
use super::service::Service;

/// A resource group: what one scope lets an app export.
///
/// Printed and parsed as the name that the API's `resources` field takes, which is the scope
/// without its [`SCOPE_PREFIX`](crate::catalogue::SCOPE_PREFIX). There is one variant for each scope of any documented
/// list, withdrawn ones included: ask [`Scope::is_listed_in`] before you ask a user for it.
///
/// What is said of a resource comes from `data/resources.tsv`.
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
/// # Ok::<(), dataportability_scopes::catalogue::ParseNameError>(())
/// ```
pub use super::generated::Resource;

#[derive(Debug)]
pub(super) struct ResourceRow {
    pub(super) service: Service,
    pub(super) label: &'static str,
    pub(super) description: &'static str,
    pub(super) category: Category,
    pub(super) category_source: CategorySource,
    pub(super) time_filter: Option<bool>,
    pub(super) listings: &'static [Listing],
}

#[expect(
    clippy::indexing_slicing,
    reason = "build.rs emits a row for each variant, in their order"
)]
impl Resource {
    /// Every resource group of any documented list, in the order of their names.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert!(Resource::all().any(|resource| resource == Resource::AlertsSubscriptions));
    /// assert!(Resource::all().is_sorted_by_key(Resource::name));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Resource> + DoubleEndedIterator + Clone {
        <Self as VariantArray>::VARIANTS.iter().copied()
    }

    /// The resource group as the API's `resources` field takes it, `youtube.clips`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        <Self as VariantNames>::VARIANTS[self as usize]
    }

    /// The scope that lets an app export it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        Scope::new(self)
    }

    /// The service it belongs to.
    #[must_use]
    pub const fn service(self) -> Service {
        RESOURCES[self as usize].service
    }

    /// A few words to show to a user, in English.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert_eq!(Resource::MymapsMaps.label(), "Custom maps");
    /// assert_eq!(
    ///     Resource::MymapsMaps.description(),
    ///     "The maps you drew in My Maps, with their layers and places."
    /// );
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        RESOURCES[self as usize].label
    }

    /// A sentence to show to a user, in English: what is handed over.
    #[must_use]
    pub const fn description(self) -> &'static str {
        RESOURCES[self as usize].description
    }

    /// How Google classes its scope.
    #[must_use]
    pub const fn category(self) -> Category {
        RESOURCES[self as usize].category
    }

    /// How sure [`category`](Self::category) is.
    #[must_use]
    pub const fn category_source(self) -> CategorySource {
        RESOURCES[self as usize].category_source
    }

    /// Whether `startTime` and `endTime` of `portabilityArchive.initiate` narrow down what is
    /// exported; `None` for a group that is not described yet.
    ///
    /// This is second-hand knowledge: Google documents in no one place which resources take a time
    /// filter. See `data/resources.tsv`.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Resource;
    ///
    /// assert_eq!(Resource::ChromeHistory.time_filter(), Some(true));
    /// ```
    #[must_use]
    pub const fn time_filter(self) -> Option<bool> {
        RESOURCES[self as usize].time_filter
    }

    pub(super) const fn listings(self) -> &'static [Listing] {
        RESOURCES[self as usize].listings
    }
}

pub(super) fn unknown(input: &str) -> ParseNameError {
    ParseNameError::new("resource", input, <Resource as VariantNames>::VARIANTS)
}

#[cfg(feature = "serde")]
impl serde::Serialize for Resource {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Accepts the name, and the whole scope token as well: configuration files have both.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Resource {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrToken(Resource);

        impl core::str::FromStr for NameOrToken {
            type Err = ParseNameError;

            fn from_str(text: &str) -> Result<NameOrToken, ParseNameError> {
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

use core::fmt;

use super::generated::{RESOURCES, SERVICES};
use super::revision::Listing;
use super::scope::Scope;
use super::scope_set::ScopeSet;

/// A resource group: what one scope lets an app export.
///
/// Printed and parsed as the name that the API's `resources` field takes, which is the scope
/// without its [`SCOPE_PREFIX`](crate::catalogue::SCOPE_PREFIX). There is one variant for each
/// scope of any documented list, withdrawn ones included: check [`Scope::is_listed_in`] before you
/// ask a user for one.
///
/// Labels, descriptions, categories and time filters come from `data/resources.tsv`.
///
/// ```
/// use dataportability_scopes::Resource;
///
/// let resource: Resource = "youtube.clips".parse()?;
/// assert_eq!(resource, Resource::YoutubeClips);
/// assert_eq!(resource.to_string(), "youtube.clips");
/// assert_eq!(
///     resource.scope().as_str(),
///     "https://www.googleapis.com/auth/dataportability.youtube.clips"
/// );
/// # Ok::<(), dataportability_scopes::catalogue::ParseScopeError>(())
/// ```
pub use super::generated::Resource;

#[derive(Debug)]
pub(super) struct ResourceRow {
    pub(super) service: Service,
    pub(super) label: &'static str,
    pub(super) description: &'static str,
    pub(super) category: Option<Category>,
    pub(super) category_is_derived: bool,
    pub(super) supports_time_filter: bool,
    pub(super) listings: &'static [Listing],
}

#[expect(
    clippy::indexing_slicing,
    reason = "build.rs emits a row for each variant, in their order"
)]
impl Resource {
    /// Returns every resource group of any documented list, in the order of their names.
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
    /// use dataportability_scopes::Resource;
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
    #[must_use]
    pub const fn category(self) -> Option<Category> {
        RESOURCES[self as usize].category
    }

    /// Returns whether the [`category`](Self::category) is derived: Google says that the scope is
    /// sensitive or restricted, and its list of restricted scopes does not have it. Otherwise
    /// Google publishes the category, or it is not known.
    #[must_use]
    pub const fn category_is_derived(self) -> bool {
        RESOURCES[self as usize].category_is_derived
    }

    /// Returns whether `portabilityArchive.initiate` takes a time range (`startTime` and `endTime`)
    /// for it. Google refuses a time range together with any other resource.
    ///
    /// Returns `false` if this is not known: exporting without a time range always works.
    #[must_use]
    pub const fn supports_time_filter(self) -> bool {
        RESOURCES[self as usize].supports_time_filter
    }

    pub(super) const fn listings(self) -> &'static [Listing] {
        RESOURCES[self as usize].listings
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A Google service: the first segment of a resource group.
///
/// Printed and parsed as that segment, such as `youtube`. Product names come from
/// `data/services.tsv`.
///
/// ```
/// use dataportability_scopes::{Resource, Service};
///
/// let service: Service = "search_ugc".parse()?;
/// assert_eq!(service, Service::SearchUgc);
/// assert_eq!(service.to_string(), "search_ugc");
/// assert_eq!(Resource::SearchUgcMediaThumbs.service(), service);
/// # Ok::<(), dataportability_scopes::catalogue::ParseNameError>(())
/// ```
pub use super::generated::Service;

#[derive(Debug)]
pub(super) struct ServiceRow {
    pub(super) product_name: &'static str,
    pub(super) members: u128,
}

#[expect(
    clippy::indexing_slicing,
    reason = "build.rs emits a row for each variant, in their order"
)]
impl Service {
    /// Returns every service, in the order of their names.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Service> + DoubleEndedIterator + Clone {
        Self::VARIANTS.iter().copied()
    }

    /// Returns the first segment of its resource groups, such as `search_ugc`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Returns the name of the product, to show to a user.
    #[must_use]
    pub const fn product_name(self) -> &'static str {
        SERVICES[self as usize].product_name
    }

    /// Returns the scopes of this service, from any documented list.
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet::from_bits(SERVICES[self as usize].members)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Google's category of a scope, which decides how Google reviews an app that asks for it.
///
/// Ordered by how much the review demands. [`Resource::category`](super::Resource::category) is
/// `None` where the category is not known: treat such a scope as possibly restricted.
///
/// Source: `data/README.md` says what the categories were read from.
///
/// ```
/// use dataportability_scopes::catalogue::Category;
/// use dataportability_scopes::Resource;
///
/// assert_eq!(Resource::ChromeHistory.category(), Some(Category::Restricted));
/// assert!(Category::Sensitive < Category::Restricted);
/// assert_eq!("restricted".parse(), Ok(Category::Restricted));
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::AsRefStr, strum::Display,
)]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum Category {
    /// Google verifies the app.
    Sensitive,
    /// Google verifies the app and requires a security assessment.
    Restricted,
}

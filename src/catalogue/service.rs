use core::fmt;

use super::generated::SERVICES;
use super::scope_set::ScopeSet;

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
    ///
    /// ```
    /// use dataportability_scopes::Service;
    ///
    /// assert!(Service::all().any(|service| service == Service::Alerts));
    /// assert!(Service::all().is_sorted_by_key(Service::name));
    /// ```
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
    ///
    /// ```
    /// use dataportability_scopes::Service;
    ///
    /// assert_eq!(Service::Mymaps.product_name(), "My Maps");
    /// ```
    #[must_use]
    pub const fn product_name(self) -> &'static str {
        SERVICES[self as usize].product_name
    }

    /// Returns the scopes of this service, from any documented list.
    ///
    /// ```
    /// use dataportability_scopes::{Revision, Service};
    ///
    /// let listed = Service::Alerts.scopes() & Revision::R2025_01_20.scopes();
    /// assert_eq!(listed.len(), 1);
    /// ```
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet::from_bits(SERVICES[self as usize].members)
    }
}

impl AsRef<str> for Service {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

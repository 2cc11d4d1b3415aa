use strum::{VariantArray, VariantNames};

use super::generated::SERVICES;
use super::name_error::ParseNameError;
use super::scope_set::ScopeSet;

/// A Google service: the first segment of a resource group.
///
/// Printed and parsed as that segment. Its scopes are
/// [`Service::scopes`]; `data/services.tsv` has the product names.
///
/// ```
/// use dataportability_scopes::catalogue::{Resource, Service};
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
    /// Every service, in the order of their names.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Service;
    ///
    /// assert!(Service::all().any(|service| service == Service::Alerts));
    /// assert!(Service::all().is_sorted_by_key(Service::name));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Service> + DoubleEndedIterator + Clone {
        <Self as VariantArray>::VARIANTS.iter().copied()
    }

    /// The first segment of its resource groups, `search_ugc`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        <Self as VariantNames>::VARIANTS[self as usize]
    }

    /// What the product is called, to show to a user.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::Service;
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
    /// use dataportability_scopes::catalogue::{Revision, Service};
    ///
    /// let listed = Service::Alerts.scopes() & Revision::R2025_01_20.scopes();
    /// assert_eq!(listed.len(), 1);
    /// ```
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet::from_bits(SERVICES[self as usize].members)
    }
}

pub(super) fn unknown(input: &str) -> ParseNameError {
    ParseNameError::new("service", input, <Service as VariantNames>::VARIANTS)
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Service, "a service");

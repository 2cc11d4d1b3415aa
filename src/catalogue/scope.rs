use core::fmt;

use phf_shared::ptrhash;

use super::generated::{PILOTS, REMAP, SEED, SHORTEST, SLOTS, TOKENS};
use super::hash::{SCOPE_PREFIX, TAIL_LEN, hash};
use super::resource::Resource;
use super::revision::{Listing, Revision};

/// The tokens of all scopes of any documented list, in the order of their resource groups, as
/// `phf`'s perfect-hash set: for code that works with strings.
///
/// [`Scope::find`] is faster at checking whether a token is a scope.
///
/// ```
/// use dataportability_scopes::catalogue::SCOPE_TOKENS;
/// use dataportability_scopes::Resource;
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
/// use dataportability_scopes::{Resource, Scope};
///
/// let scope: Scope =
///     "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
/// assert_eq!(scope, Resource::YoutubeClips.scope());
/// assert_eq!(scope.resource().name(), "youtube.clips");
/// # Ok::<(), dataportability_scopes::catalogue::ParseScopeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Resource);

impl Scope {
    /// Returns the scope with this token, or `None` if no documented list has it.
    ///
    /// Same as [`str::parse`], but faster for a token that is not a scope, because it builds no
    /// error.
    #[inline]
    #[must_use]
    pub fn find(token: &str) -> Option<Scope> {
        // Most scopes of other APIs are shorter than any scope of this one: no need to hash them.
        if token.len() < SHORTEST {
            return None;
        }
        let (scope, _) = ending(token)?;
        is(token, scope).then_some(scope)
    }

    pub(super) const fn new(resource: Resource) -> Scope {
        Scope(resource)
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

    /// Returns when it was listed, as unbroken runs of revisions, the oldest first. Google has
    /// withdrawn a scope and listed it again later. A scope that only a documentation page shows
    /// has no listing.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Revision};
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

    /// Returns whether the [newest revision](Revision::NEWEST) lists it, so that an app can ask for
    /// it.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        self.is_listed_in(Revision::NEWEST)
    }

    /// Returns whether a revision lists it.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Revision};
    ///
    /// let clips = Resource::YoutubeClips.scope();
    /// assert!(clips.is_listed_in(Revision::R2025_01_20));
    /// assert!(!clips.is_listed_in(Revision::R2024_04_10));
    /// ```
    #[must_use]
    pub const fn is_listed_in(self, revision: Revision) -> bool {
        revision.scopes().contains(self)
    }
}

/// Returns the only scope that a text can end in, and its length. Confirm with [`is`].
///
/// The length comes from the table, so that a reader can go on with the text before the scope while
/// the scope is still being compared.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "the table gives indices below its length, for any tail"
)]
pub(crate) fn ending(text: &str) -> Option<(Scope, usize)> {
    let tail = text.as_bytes().last_chunk::<TAIL_LEN>()?;
    let slot = ptrhash::get_index(SEED, hash(tail, SEED), &PILOTS, &REMAP, SLOTS.len());
    let (resource, len) = SLOTS[slot as usize];
    Some((resource.scope(), usize::from(len)))
}

/// Returns whether a token is this scope.
///
/// The prefix and as many bytes at the end cover every scope that Google has published, and two
/// comparisons of a fixed length are faster than one of variable length. A longer scope is compared
/// whole.
#[inline]
pub(crate) fn is(token: &str, scope: Scope) -> bool {
    let scope = scope.as_str();
    if scope.len() > 2 * PREFIX_LEN {
        return token == scope;
    }
    token.len() == scope.len()
        && token.as_bytes().first_chunk::<PREFIX_LEN>() == SCOPE_PREFIX.as_bytes().first_chunk()
        && token.as_bytes().last_chunk::<PREFIX_LEN>() == scope.as_bytes().last_chunk()
}

const PREFIX_LEN: usize = SCOPE_PREFIX.len();

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

use phf_shared::ptrhash;

use super::generated::{PILOTS, REMAP, SEED, SHORTEST, SLOTS};
use super::hash::{SCOPE_PREFIX, TAIL_LEN, hash};
use super::scope::Scope;

impl Scope {
    /// Returns the scope with this token, or `None` if no documented list has it.
    ///
    /// Same as [`str::parse`], but faster for a token that is not a scope, because it builds no
    /// error.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Scope};
    ///
    /// let token = "https://www.googleapis.com/auth/dataportability.youtube.clips";
    /// assert_eq!(Scope::find(token), Some(Resource::YoutubeClips.scope()));
    /// assert_eq!(Scope::find("openid"), None);
    /// ```
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

use phf_shared::ptrhash;

use super::generated::{PILOTS, REMAP, SEED, SLOTS};
use super::hash::{PREFIX, TAIL_LEN, hash};
use super::scope::Scope;

impl Scope {
    /// The scope with this token, if there is one: what [`str::parse`] does, without an error to
    /// make for a miss.
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
        if token.starts_with(PREFIX) {
            ending(token).filter(|scope| scope.as_str() == token)
        } else {
            None
        }
    }
}

/// The only scope that `text` can end in. Whether it does is for the caller to compare.
#[inline]
#[expect(
    clippy::indexing_slicing,
    reason = "the table gives indices below its length, for any tail"
)]
pub(crate) fn ending(text: &str) -> Option<Scope> {
    let tail = text.as_bytes().last_chunk::<TAIL_LEN>()?;
    let slot = ptrhash::get_index(SEED, hash(tail, SEED), &PILOTS, &REMAP, SLOTS.len());
    Some(SLOTS[slot as usize].scope())
}

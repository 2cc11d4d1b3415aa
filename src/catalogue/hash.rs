//! The hash function of the perfect hash: one text for `build.rs` and the library.

/// What every Data Portability scope begins with; the rest of a scope is its resource group.
pub const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/dataportability.";

/// How many bytes [`hash`] reads: fewer than the prefix has, so that every scope has them.
pub(crate) const TAIL_LEN: usize = 32;

/// Hashes the last [`TAIL_LEN`] bytes of a scope: its resource group, or the end of a long one.
///
/// The bytes are taken as two pairs of words; each pair is multiplied to 128 bits and folded to 64.
/// `build.rs` refuses two scopes that end alike, looks for a seed, and proves that it finds every
/// scope. So all that is asked of the function is speed: a token that is no scope costs the one
/// comparison that refuses it.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a half of a pair or product is meant"
)]
pub(crate) fn hash(tail: &[u8; TAIL_LEN], seed: u64) -> u64 {
    tail.chunks_exact(16).fold(0, |sum, pair| {
        let pair = u128::from_le_bytes(pair.try_into().unwrap_or_default());
        let product = u128::from(pair as u64 ^ seed) * u128::from((pair >> 64) as u64 ^ !seed);
        sum.rotate_left(1) ^ product as u64 ^ (product >> 64) as u64
    })
}

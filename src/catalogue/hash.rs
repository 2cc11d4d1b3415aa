//! The hash function of the perfect hash, shared by `build.rs` and the library.

/// The prefix of every Data Portability scope. The rest of a scope is its resource group.
pub const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/dataportability.";

/// How many bytes [`hash`] reads: fewer than the prefix has, so that every scope is long enough.
pub(crate) const TAIL_LEN: usize = 32;

/// Hashes the last [`TAIL_LEN`] bytes of a scope: its resource group, or the end of a long one.
///
/// The bytes are taken as two pairs of words; each pair is multiplied to 128 bits and folded to 64.
/// `build.rs` refuses two scopes that end alike, looks for a seed, and proves that it finds every
/// scope. So the function only has to be fast: a token that is not a scope is refused by a single
/// comparison.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a half of a pair or product is meant")]
pub(crate) fn hash(tail: &[u8; TAIL_LEN], seed: u64) -> u64 {
    tail.chunks_exact(16).fold(0, |sum, pair| {
        let pair = u128::from_le_bytes(pair.try_into().unwrap_or_default());
        let product = u128::from(pair as u64 ^ seed) * u128::from((pair >> 64) as u64 ^ !seed);
        sum.rotate_left(1) ^ product as u64 ^ (product >> 64) as u64
    })
}

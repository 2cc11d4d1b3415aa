//! The perfect hash over all scopes: `phf`'s generator, this crate's hash function.

use phf_generator::ptrhash::{HashState, generate_hash_with_hash_fn};

use super::hash::{TAIL_LEN, hash};

/// Finds the table. Fails with two scopes that the hash function cannot tell apart.
pub(crate) fn generate(scopes: &[String]) -> Result<HashState, (usize, usize)> {
    let tails: Vec<&[u8; TAIL_LEN]> = scopes.iter().map(|scope| tail(scope)).collect();
    let mut order: Vec<usize> = (0..tails.len()).collect();
    order.sort_by_key(|&index| tails[index]);
    if let Some(pair) = order
        .windows(2)
        .find(|pair| tails[pair[0]] == tails[pair[1]])
    {
        return Err((pair[0].min(pair[1]), pair[0].max(pair[1])));
    }

    let state = generate_hash_with_hash_fn(&tails, |tail, seed| hash(tail, *seed));
    for (index, tail) in tails.iter().enumerate() {
        let slot = phf_shared::ptrhash::get_index(
            state.seed,
            hash(tail, state.seed),
            &state.pilots,
            &state.remap,
            state.map.len(),
        );
        assert_eq!(
            state.map[slot as usize], index,
            "phf's table misses {}",
            scopes[index]
        );
    }
    Ok(state)
}

/// Returns the last bytes of a scope. A scope is longer than its prefix, which is longer than the tail.
fn tail(scope: &str) -> &[u8; TAIL_LEN] {
    scope
        .as_bytes()
        .last_chunk()
        .expect("scopes are longer than their prefix")
}

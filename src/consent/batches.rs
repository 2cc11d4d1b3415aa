//! Too long a URL: the same request in several.

use std::cmp::Reverse;
use std::vec;
use std::vec::Vec;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use url::form_urlencoded;

use super::request::{ConsentError, ConsentRequest};
use crate::catalogue::{Scope, Service};
use crate::scope_set::ScopeSet;

impl ConsentRequest {
    /// Splits what is to be asked for into batches, so that no URL of [`begin`](Self::begin) is
    /// longer than `longest` bytes: as few batches as fit, and the scopes of a service together
    /// where they fit.
    ///
    /// Ask for one batch after the other, each with [`held`](Self::held) grown by what the last
    /// one granted. Google publishes no limit; its list of all scopes makes a URL of about 6,000
    /// bytes.
    ///
    /// Source: "Troubleshooting" of the Data Portability user guide, on URLs that are too long.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin), and [`ConsentError::TooLong`] if one scope alone does not fit.
    ///
    /// ```
    /// use dataportability_scopes::oauth2::ClientId;
    /// use dataportability_scopes::{ConsentRequest, Revision};
    ///
    /// let everything = Revision::NEWEST.scopes();
    /// let request = ConsentRequest::new(
    ///     ClientId::new("1234.apps.googleusercontent.com".into()),
    ///     "https://app.example.com/return".parse()?,
    ///     everything,
    /// );
    /// let batches = request.batches(2_000)?;
    /// assert_eq!(batches.len(), 4);
    /// assert_eq!(batches.into_iter().flatten().count(), everything.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batches(&self, longest: usize) -> Result<Vec<ScopeSet>, ConsentError> {
        let requested = self.requested()?;
        let sized = |scopes: ScopeSet| Unit {
            scopes,
            size: scopes.iter().map(encoded_len).sum(),
        };
        let room = (longest + 1).saturating_sub(self.url_len_without_scopes()?);
        let singles: Vec<Unit> = requested.iter().map(|scope| sized(scope.into())).collect();
        if let Some(unit) = singles.iter().find(|unit| unit.size > room) {
            return Err(ConsentError::TooLong {
                scopes: unit.scopes,
                longest,
            });
        }
        let mut count = sized(requested).size.div_ceil(room.max(1));
        while pack(&singles, room, count).is_none() {
            count += 1;
        }

        // Whole services first; the largest is broken up until the rest fits into as many batches.
        let mut whole: Vec<Unit> = Service::all()
            .map(|service| sized(service.scopes() & requested))
            .filter(|unit| unit.size > 0)
            .collect();
        whole.sort_by_key(|unit| unit.size);
        loop {
            let broken = |single: &&Unit| {
                !whole
                    .iter()
                    .any(|unit| single.scopes.is_subset_of(unit.scopes))
            };
            let units: Vec<Unit> = whole
                .iter()
                .chain(singles.iter().filter(broken))
                .copied()
                .collect();
            if let Some(batches) = pack(&units, room, count) {
                return Ok(batches);
            }
            whole.pop();
        }
    }

    fn url_len_without_scopes(&self) -> Result<usize, ConsentError> {
        let state = CsrfToken::new("A".repeat(RANDOM_LEN));
        let verifier = PkceCodeVerifier::new("A".repeat(RANDOM_LEN));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        Ok(self
            .url(ScopeSet::EMPTY, &state, &challenge)?
            .as_str()
            .len())
    }
}

/// The length of what `begin` draws at random: 32 bytes in base64url.
const RANDOM_LEN: usize = 43;

/// Scopes that are to stay together, and their length in a URL, each with a separator.
#[derive(Clone, Copy)]
struct Unit {
    scopes: ScopeSet,
    size: usize,
}

/// The length of a scope in a URL, with its separator.
fn encoded_len(scope: Scope) -> usize {
    form_urlencoded::byte_serialize(scope.as_str().as_bytes())
        .map(str::len)
        .sum::<usize>()
        + 1
}

/// Puts the units into `count` batches with this much room each, if a search finds how.
///
/// The largest go first, each into the first batch that has room: that alone is rarely more than
/// the fewest. Then what was placed last is moved, for a bounded number of steps.
fn pack(units: &[Unit], room: usize, count: usize) -> Option<Vec<ScopeSet>> {
    let mut units = units.to_vec();
    units.sort_by_key(|unit| Reverse(unit.size));
    let mut batches = vec![
        Unit {
            scopes: ScopeSet::EMPTY,
            size: 0
        };
        count
    ];
    let mut steps = 10_000;
    place(&units, room, &mut batches, &mut steps).then(|| {
        batches
            .iter()
            .map(|batch| batch.scopes)
            .filter(|scopes| !scopes.is_empty())
            .collect()
    })
}

#[expect(clippy::indexing_slicing, reason = "the index runs over the batches")]
fn place(units: &[Unit], room: usize, batches: &mut [Unit], steps: &mut usize) -> bool {
    let [unit, rest @ ..] = units else {
        return true;
    };
    let mut tried = Vec::new();
    for index in 0..batches.len() {
        let before = batches[index];
        // Batches that are equally full are equally good.
        if before.size + unit.size > room || tried.contains(&before.size) || *steps == 0 {
            continue;
        }
        *steps -= 1;
        tried.push(before.size);
        batches[index] = Unit {
            scopes: before.scopes | unit.scopes,
            size: before.size + unit.size,
        };
        if place(rest, room, batches, steps) {
            return true;
        }
        batches[index] = before;
    }
    false
}

//! Too long a URL: the same request in several.

use std::vec;
use std::vec::Vec;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use url::form_urlencoded;

use super::request::{ConsentError, ConsentRequest};
use crate::catalogue::ScopeSet;
use crate::catalogue::{Scope, Service};

impl ConsentRequest {
    /// Splits what is to be asked for into batches, so that no URL of [`begin`](Self::begin) is
    /// longer than `longest` bytes: the fewest that a bounded search finds, which for few scopes
    /// are the fewest there can be, and the scopes of a service together where that takes no more.
    ///
    /// Ask for one batch after the other: give it to [`needed`](Self::needed), and what the last one
    /// granted to [`held`](Self::held). Google publishes no limit; its list of all scopes makes a URL of about 6,000
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
    /// use dataportability_scopes::catalogue::Revision;
    /// use dataportability_scopes::consent::ConsentRequest;
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
        let room = longest
            .saturating_add(1)
            .saturating_sub(self.url_len_without_scopes()?);
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
            .filter(|unit| (1..=room).contains(&unit.size))
            .collect();
        whole.sort_by_key(|unit| unit.size);
        loop {
            let is_loose = |single: &&Unit| {
                !whole
                    .iter()
                    .any(|unit| single.scopes.is_subset(unit.scopes))
            };
            let loose = singles.iter().filter(is_loose);
            let units: Vec<Unit> = whole.iter().chain(loose).copied().collect();
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
#[derive(Clone, Copy, Default)]
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

/// Puts the units into this many batches, if one of three ways finds how. The first two are quick
/// and do for many units; the last tries all ways, and gives up when that takes too long.
fn pack(units: &[Unit], room: usize, count: usize) -> Option<Vec<ScopeSet>> {
    let mut units = units.to_vec();
    units.sort_by_key(|unit| unit.size);
    fill(units.clone(), room, count, Fill::Evenly)
        .or_else(|| fill(units.clone(), room, count, Fill::Full))
        .or_else(|| {
            let mut batches = vec![Unit::default(); count];
            let mut steps = 20_000;
            try_all(&units, room, &mut batches, &mut steps).then(|| {
                batches
                    .iter()
                    .map(|batch| batch.scopes)
                    .filter(|it| !it.is_empty())
                    .collect()
            })
        })
}

/// Puts each unit, the largest first, into each batch with room in turn.
#[expect(clippy::indexing_slicing, reason = "the index runs over the batches")]
fn try_all(units: &[Unit], room: usize, batches: &mut [Unit], steps: &mut usize) -> bool {
    let [rest @ .., unit] = units else {
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
        if try_all(rest, room, batches, steps) {
            return true;
        }
        batches[index] = before;
    }
    false
}

/// How far a batch is filled.
#[derive(Clone, Copy, PartialEq)]
enum Fill {
    /// To its share of what is left, rather with many small units than with few large ones.
    Evenly,
    /// As far as it goes, rather with few large units than with many small ones.
    Full,
}

/// Fills one batch after the other: with the largest unit that is left, and with those of the
/// others whose sizes sum up as wanted. The units are sorted by size.
#[expect(
    clippy::indexing_slicing,
    reason = "sums run from 0 and stay below their number"
)]
fn fill(mut units: Vec<Unit>, room: usize, count: usize, how: Fill) -> Option<Vec<ScopeSet>> {
    let mut batches = Vec::new();
    for batches_left in (1..=count).rev() {
        let Some(largest) = units.pop() else { break };
        let rest: usize = units.iter().map(|unit| unit.size).sum();
        let share = (largest.size + rest).div_ceil(batches_left);
        let (order, wanted): (Vec<Unit>, usize) = match how {
            Fill::Evenly => (units.clone(), share.saturating_sub(largest.size)),
            Fill::Full => (units.iter().rev().copied().collect(), rest),
        };
        // For each sum of sizes that fits, the scopes that first made it up.
        let mut sums = vec![None; rest.min(room.checked_sub(largest.size)?) + 1];
        sums[0] = Some(ScopeSet::EMPTY);
        for unit in order {
            for sum in (unit.size..sums.len()).rev() {
                if let (None, Some(scopes)) = (sums[sum], sums[sum - unit.size]) {
                    sums[sum] = Some(scopes | unit.scopes);
                }
            }
        }
        let (below, enough) = sums.split_at(wanted.min(sums.len()));
        let others = enough.iter().chain(below.iter().rev()).flatten().next()?;
        units.retain(|unit| !unit.scopes.is_disjoint(*others));
        batches.push(largest.scopes | *others);
    }
    units.is_empty().then_some(batches)
}

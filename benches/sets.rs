//! Operations on sets of scopes, compared with the same on a bare `u128`.

mod measure;

use dataportability_scopes::catalogue::{Revision, Scope, ScopeSet};

use measure::{Question, each, order};

const DRAWS: usize = 100_000;

/// Two sets and a scope, and the same as bits.
struct Case {
    sets: (ScopeSet, ScopeSet),
    scope: Scope,
    bits: (u128, u128),
    bit: u32,
}

fn main() {
    let cases = cases();
    let order = order(cases.len(), DRAWS);

    Question::new("sets", DRAWS, "operation")
        .way("or", || each(&cases, &order, |it| it.bits.0 | it.bits.1))
        .way("union", || each(&cases, &order, |it| it.sets.0 | it.sets.1))
        .way("and-not", || {
            each(&cases, &order, |it| it.bits.0 & !it.bits.1);
        })
        .way("difference", || {
            each(&cases, &order, |it| it.sets.0 - it.sets.1);
        })
        .way("is-zero", || {
            each(&cases, &order, |it| it.bits.0 & !it.bits.1 == 0);
        })
        .way("subset", || {
            each(&cases, &order, |it| it.sets.0.is_subset(it.sets.1));
        })
        .way("bit", || {
            each(&cases, &order, |it| it.bits.0 >> it.bit & 1 == 1);
        })
        .way("contains", || {
            each(&cases, &order, |it| it.sets.0.contains(it.scope));
        })
        .way("set-bit", || {
            each(&cases, &order, |it| it.bits.0 | 1 << it.bit);
        })
        .way("with", || {
            each(&cases, &order, |it| it.sets.0 | it.scope.into());
        })
        .way("count-ones", || {
            each(&cases, &order, |it| it.bits.0.count_ones());
        })
        .way("len", || each(&cases, &order, |it| it.sets.0.len()))
        .answer(&[
            ("union", "or"),
            ("difference", "and-not"),
            ("subset", "is-zero"),
            ("contains", "bit"),
            ("with", "set-bit"),
            ("len", "count-ones"),
        ]);
}

/// Random sets; every other one is a subset of its partner.
fn cases() -> Vec<Case> {
    let mut random = fastrand::Rng::with_seed(5);
    let all: Vec<Scope> = Revision::NEWEST.scopes().iter().collect();
    (0..1_000)
        .map(|index| {
            let first: ScopeSet = random.choose_multiple(&all, 20).into_iter().copied().collect();
            let more: ScopeSet = random.choose_multiple(&all, 20).into_iter().copied().collect();
            let second = if index % 2 == 0 { first | more } else { more };
            let scope = all[random.usize(..all.len())];
            let bit_of = |scope: Scope| scope.resource() as u32;
            let all_bits =
                |set: ScopeSet| set.iter().fold(0, |bits, scope| bits | 1_u128 << bit_of(scope));
            Case {
                sets: (first, second),
                scope,
                bits: (all_bits(first), all_bits(second)),
                bit: bit_of(scope),
            }
        })
        .collect()
}

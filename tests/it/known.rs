//! What the tests of every feature begin with.

use dataportability_scopes::catalogue::{Resource, ScopeSet, Scopes};
use dataportability_scopes::grant::Grant;

/// A scope that is newer than any list.
pub(crate) const NEWER: &str = "https://www.googleapis.com/auth/dataportability.zoo.animal_noises";

/// All scopes of the catalogue.
pub(crate) fn everything() -> ScopeSet {
    Resource::all().collect()
}

/// A grant of these scopes.
pub(crate) fn of(scopes: impl Into<Scopes>) -> Grant {
    scopes.into().into()
}

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::catalogue::{ParseUnlistedScopeError, Scope, ScopeSet, UnlistedScope};

/// Scopes that were newer than the catalogue when they were stored. It may have some of them now.
#[derive(Default, serde::Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct StoredUnlisted {
    pub(super) listed: ScopeSet,
    pub(super) unlisted: BTreeSet<UnlistedScope>,
}

impl TryFrom<Vec<String>> for StoredUnlisted {
    type Error = ParseUnlistedScopeError;

    fn try_from(tokens: Vec<String>) -> Result<StoredUnlisted, ParseUnlistedScopeError> {
        let mut scopes = StoredUnlisted::default();
        for token in tokens {
            match Scope::find(&token) {
                Some(scope) => scopes.listed = scopes.listed.with(scope),
                None => {
                    scopes.unlisted.insert(token.parse()?);
                }
            }
        }
        Ok(scopes)
    }
}

use alloc::format;
use core::fmt;

use crate::catalogue::{NewerScope, Revision, Scopes};
use crate::excerpt::some_of;

/// A grant compared with what was requested. Users may grant only a part.
///
/// It serializes, so that the page after the callback can show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct GrantComparison {
    /// Requested and granted.
    pub granted: Scopes,
    /// Requested and not granted. Do not ask for them again at once: a user who declines again
    /// would be stuck in a loop.
    pub declined: Scopes,
    /// Granted and not requested: granted earlier, or requested by other code.
    pub unrequested: Scopes,
}

impl GrantComparison {
    /// Returns whether everything that was requested was granted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.declined.is_empty()
    }
}

/// An error from checking that a grant covers the resources of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingScopesError {
    pub(super) revision: Revision,
    pub(super) missing: Scopes,
    /// The missing ones that the token carries.
    pub(super) not_vouched: Scopes,
}

impl MissingScopesError {
    /// Returns the scopes that the grant lacks, that the revision does not list, or that are newer
    /// than the catalogue and not vouched for. Empty if no resource was named.
    #[must_use]
    pub fn missing(&self) -> &Scopes {
        &self.missing
    }
}

impl fmt::Display for MissingScopesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.missing.is_empty() {
            return f.write_str("no resource is named: name at least one");
        }
        let revision = self.revision;
        write!(
            f,
            "the grant does not cover all resources under the revision {revision}; missing: "
        )?;
        let known = self.missing.known().into_iter().map(|scope| {
            let is_withdrawn = !scope.is_listed_in(revision);
            let note = if is_withdrawn { " (not in the revision)" } else { "" };
            (scope.resource().name(), note)
        });
        let newer = self.missing.newer().map(|scope: &NewerScope| {
            let is_carried = self.not_vouched.newer().any(|carried| carried == scope);
            let note = if is_carried {
                " (newer than the catalogue: use `Grant::vouching_for`)"
            } else {
                ""
            };
            (scope.resource_group(), note)
        });
        let missing = known.chain(newer).map(|(name, note)| format!("{name}{note}"));
        f.write_str(&some_of(missing))
    }
}

impl core::error::Error for MissingScopesError {}

use core::fmt;

use crate::catalogue::{Revision, ScopeSet};

/// An error from checking that a grant covers the resources of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingScopesError {
    pub(super) revision: Revision,
    pub(super) missing: ScopeSet,
}

impl MissingScopesError {
    /// Returns the revision that was checked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns the scopes that the grant lacks or the revision does not list. Empty if no resource
    /// was named.
    #[must_use]
    pub fn missing(&self) -> ScopeSet {
        self.missing
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
        for (index, scope) in self.missing.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", scope.resource())?;
            if !scope.is_listed_in(revision) {
                f.write_str(" (not in the revision)")?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for MissingScopesError {}

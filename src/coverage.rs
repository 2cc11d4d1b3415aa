//! Whether a grant covers resources: *all* their scopes, where a call needs only any one.

use core::fmt;

use crate::catalogue::Revision;
use crate::grant::Grant;
use crate::scope_set::ScopeSet;

impl Grant {
    /// Whether a job may export all of these resources under the newest revision. That is what
    /// `portabilityArchive.initiate` asks of a token for the resources it names, and
    /// `archiveJobs.getPortabilityArchiveState` for those of the job.
    ///
    /// Whether a *call* is let through is another question: see [`Method`](crate::Method).
    ///
    /// Source: "Call Data Portability API methods" of the user guide.
    ///
    /// # Errors
    ///
    /// A [`NotCovered`] that names what is missing. Naming no resource is covered by no grant.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, Revision, ScopeSet};
    ///
    /// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
    /// assert!(grant.check_covers(ScopeSet::of(&[Resource::YoutubeClips])).is_ok());
    ///
    /// let named = ScopeSet::of(&[Resource::YoutubeClips, Resource::YoutubePosts]);
    /// let error = grant.check_covers(named).unwrap_err();
    /// assert_eq!(error.missing(), ScopeSet::of(&[Resource::YoutubePosts]));
    /// assert_eq!(
    ///     error.to_string(),
    ///     format!(
    ///         "the grant does not cover all resources under the revision {}; missing: youtube.posts",
    ///         Revision::NEWEST
    ///     )
    /// );
    /// ```
    pub fn check_covers(&self, resources: ScopeSet) -> Result<(), NotCovered> {
        self.check_covers_under(Revision::NEWEST, resources)
    }

    /// [`check_covers`](Self::check_covers) under a revision.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check_covers_under(
        &self,
        revision: Revision,
        resources: ScopeSet,
    ) -> Result<(), NotCovered> {
        let missing = resources - self.covered_under(revision, resources);
        if missing.is_empty() && !resources.is_empty() {
            Ok(())
        } else {
            Err(NotCovered { revision, missing })
        }
    }

    /// Which resources of a wish list a job may export under the newest revision.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, ScopeSet};
    ///
    /// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
    /// let wishes = ScopeSet::of(&[Resource::YoutubeClips, Resource::YoutubePosts]);
    /// assert_eq!(grant.covered(wishes), ScopeSet::of(&[Resource::YoutubeClips]));
    /// ```
    #[must_use]
    pub fn covered(&self, wishes: ScopeSet) -> ScopeSet {
        self.covered_under(Revision::NEWEST, wishes)
    }

    /// Which resources of a wish list a job may export under a revision.
    #[must_use]
    pub fn covered_under(&self, revision: Revision, wishes: ScopeSet) -> ScopeSet {
        wishes & self.scopes() & revision.scopes()
    }
}

/// That a grant does not cover the resources of a job, and what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCovered {
    revision: Revision,
    missing: ScopeSet,
}

impl NotCovered {
    /// The revision that was asked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The scopes that the grant lacks or the revision does not list; none if no resource was
    /// named.
    #[must_use]
    pub fn missing(&self) -> ScopeSet {
        self.missing
    }
}

impl fmt::Display for NotCovered {
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

impl core::error::Error for NotCovered {}

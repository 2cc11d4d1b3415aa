use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::comparison::GrantComparison;
use super::missing_scopes::MissingScopesError;
use super::requested_scopes::RequestedScopes;
use crate::catalogue::{
    Revision, SCOPE_PREFIX, ScopeSet, ScopeValueError, UnlistedScope, read_scope_value,
};

/// The scopes that a token carries: known ones as a [`ScopeSet`], all others as text.
///
/// Parsed from the scope value of a token response, of a `tokeninfo` response, or of an
/// introspection response. The order of the tokens and repetitions do not matter. A scope that this
/// version of the crate does not know is not an error, since Google adds scopes: it is kept, and it
/// authorises nothing unless the caller [vouches for it](Self::vouching_for).
///
/// ```
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant: Grant = "openid https://www.googleapis.com/auth/dataportability.youtube.clips"
///     .parse()?;
/// assert_eq!(grant.scopes(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// assert!(grant.unrecognized().eq(["openid"]));
/// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
/// ```
///
/// # Errors
///
/// Parsing fails if the text does not follow the grammar of RFC 6749, section 3.3. The error says
/// at which offset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Grant {
    scopes: ScopeSet,
    unrecognized: BTreeSet<String>,
    vouched: BTreeSet<UnlistedScope>,
}

impl Grant {
    /// Parses the `scope` parameter of a token response. If the response has none, everything that
    /// was requested is granted (RFC 6749, section 5.1).
    ///
    /// # Errors
    ///
    /// Fails if `scope` is not a scope value.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let requested = ScopeSet::from_resources(&[Resource::YoutubeClips]);
    /// assert_eq!(Grant::from_scope_param(None, requested)?.scopes(), requested);
    ///
    /// let grant = Grant::from_scope_param(Some("openid"), requested)?;
    /// assert!(grant.scopes().is_empty());
    /// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
    /// ```
    pub fn from_scope_param(
        scope: Option<&str>,
        requested: impl Into<RequestedScopes>,
    ) -> Result<Grant, ScopeValueError> {
        match scope {
            Some(value) => value.parse(),
            None => Ok(requested.into().into()),
        }
    }

    /// Returns the known scopes.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.scopes
    }

    /// Returns the scope tokens that this version of the crate does not know, in byte order, each
    /// once.
    pub fn unrecognized(&self) -> impl Iterator<Item = &str> + Clone {
        self.unrecognized.iter().map(String::as_str)
    }

    /// Returns the Data Portability scopes that are newer than the catalogue.
    ///
    /// ```
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let new = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    /// let grant: Grant = format!("{new} openid").parse()?;
    /// assert!(grant.unlisted().eq([new.parse()?]));
    /// assert!(grant.other_apis().eq(["openid"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unlisted(&self) -> impl Iterator<Item = UnlistedScope> {
        self.unrecognized().filter_map(|token| token.parse().ok())
    }

    /// Returns the unrecognized tokens that do not begin with [`SCOPE_PREFIX`]: scopes of other
    /// APIs.
    pub fn other_apis(&self) -> impl Iterator<Item = &str> + Clone {
        self.unrecognized()
            .filter(|token| !token.starts_with(SCOPE_PREFIX))
    }

    /// Returns whether the token carries nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.unrecognized.is_empty()
    }

    /// Lets scopes that are newer than the catalogue count for calls of the API: the caller vouches
    /// that Google has them. A scope that the token does not carry is ignored.
    ///
    /// This is not stored: a grant that was printed or serialised reads back without it.
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    /// use dataportability_scopes::catalogue::UnlistedScope;
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let token = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    /// let grant: Grant = token.parse()?;
    /// assert!(!ApiMethod::Reset.is_authorized_by(&grant));
    ///
    /// let scope: UnlistedScope = token.parse()?;
    /// assert!(ApiMethod::Reset.is_authorized_by(&grant.vouching_for([scope])));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn vouching_for(mut self, scopes: impl IntoIterator<Item = UnlistedScope>) -> Grant {
        let carried: BTreeSet<UnlistedScope> = scopes
            .into_iter()
            .filter(|scope| self.carries(scope))
            .collect();
        self.vouched.extend(carried);
        self
    }

    /// Returns the scopes that the caller [vouches for](Self::vouching_for).
    #[must_use]
    pub fn vouched(&self) -> &BTreeSet<UnlistedScope> {
        &self.vouched
    }

    /// Compares the grant with what was requested.
    ///
    /// ```
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let grant = Grant::from(ScopeSet::from_resources(&[
    ///     Resource::YoutubeClips,
    ///     Resource::MapsReviews,
    /// ]));
    /// let requested = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::ChromeHistory]);
    ///
    /// let comparison = grant.compare(requested);
    /// assert_eq!(comparison.granted, ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// assert_eq!(comparison.declined, ScopeSet::from_resources(&[Resource::ChromeHistory]));
    /// assert_eq!(comparison.unrequested, ScopeSet::from_resources(&[Resource::MapsReviews]));
    /// assert!(!comparison.is_complete());
    /// ```
    #[must_use]
    pub fn compare(&self, requested: impl Into<RequestedScopes>) -> GrantComparison {
        let requested = requested.into();
        let (granted_unlisted, declined_unlisted) = requested
            .unlisted
            .into_iter()
            .partition(|scope| self.carries(scope));
        GrantComparison {
            granted: self.scopes() & requested.scopes,
            declined: requested.scopes - self.scopes(),
            unrequested: self.scopes() - requested.scopes,
            granted_unlisted,
            declined_unlisted,
        }
    }

    /// Returns whether a job may export all of these resources under the newest revision.
    ///
    /// Same as [`check_covers`](Self::check_covers), but without saying what is missing.
    #[must_use]
    pub fn covers(&self, resources: ScopeSet) -> bool {
        self.check_covers(resources).is_ok()
    }

    /// Checks that a job may export all of these resources under the newest revision.
    ///
    /// `portabilityArchive.initiate` requires this for the resources it names, and
    /// `archiveJobs.getPortabilityArchiveState` for those of the job. Whether the *call* is allowed
    /// is a separate check: see [`ApiMethod`](crate::api::ApiMethod).
    ///
    /// Source: "Call Data Portability API methods" of the user guide.
    ///
    /// # Errors
    ///
    /// Fails with a [`MissingScopesError`] that names what is missing. No grant covers an empty set.
    ///
    /// ```
    /// # // Google still lists what the example asks for.
    /// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips, dataportability_scopes::Resource::YoutubePosts]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return; }
    /// use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// assert!(grant.check_covers(ScopeSet::from_resources(&[Resource::YoutubeClips])).is_ok());
    ///
    /// let named = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::YoutubePosts]);
    /// let error = grant.check_covers(named).unwrap_err();
    /// assert_eq!(error.missing(), ScopeSet::from_resources(&[Resource::YoutubePosts]));
    /// assert_eq!(
    ///     error.to_string(),
    ///     format!(
    ///         "the grant does not cover all resources under the revision {}; missing: youtube.posts",
    ///         Revision::NEWEST
    ///     )
    /// );
    /// ```
    pub fn check_covers(&self, resources: ScopeSet) -> Result<(), MissingScopesError> {
        self.check_covers_in(Revision::NEWEST, resources)
    }

    /// Same as [`check_covers`](Self::check_covers), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails with a [`MissingScopesError`] that names what is missing.
    pub fn check_covers_in(
        &self,
        revision: Revision,
        resources: ScopeSet,
    ) -> Result<(), MissingScopesError> {
        let missing = resources - self.covered_in(revision, resources);
        if missing.is_empty() && !resources.is_empty() {
            Ok(())
        } else {
            Err(MissingScopesError { revision, missing })
        }
    }

    /// Returns which of these resources a job may export under the newest revision.
    ///
    /// ```
    /// # // Google still lists what the example asks for.
    /// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips, dataportability_scopes::Resource::YoutubePosts]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return; }
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// let wanted = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::YoutubePosts]);
    /// assert_eq!(grant.covered(wanted), ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// ```
    #[must_use]
    pub fn covered(&self, wanted: ScopeSet) -> ScopeSet {
        self.covered_in(Revision::NEWEST, wanted)
    }

    /// Same as [`covered`](Self::covered), but under a given revision.
    #[must_use]
    pub fn covered_in(&self, revision: Revision, wanted: ScopeSet) -> ScopeSet {
        wanted & self.scopes() & revision.scopes()
    }

    fn carries(&self, scope: &UnlistedScope) -> bool {
        self.unrecognized.contains(scope.as_str())
    }
}

impl From<ScopeSet> for Grant {
    fn from(scopes: ScopeSet) -> Grant {
        Grant {
            scopes,
            ..Grant::default()
        }
    }
}

impl From<RequestedScopes> for Grant {
    fn from(requested: RequestedScopes) -> Grant {
        let unlisted = requested.unlisted.iter();
        Grant {
            scopes: requested.scopes,
            unrecognized: unlisted.map(|scope| scope.as_str().to_owned()).collect(),
            vouched: BTreeSet::new(),
        }
    }
}

impl FromStr for Grant {
    type Err = ScopeValueError;

    fn from_str(value: &str) -> Result<Grant, ScopeValueError> {
        let mut unrecognized = BTreeSet::new();
        let scopes = read_scope_value(value, |token| {
            unrecognized.insert(token.to_owned());
        })?;
        Ok(Grant {
            scopes,
            unrecognized,
            vouched: BTreeSet::new(),
        })
    }
}

/// Prints the scope value: known scopes first, then the others.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scopes.fmt(f)?;
        for (index, token) in self.unrecognized().enumerate() {
            if index > 0 || !self.scopes.is_empty() {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Grant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Deserialises a scope value. Unlike a token response, a stored grant may be empty.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Grant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Stored(Grant);

        impl FromStr for Stored {
            type Err = ScopeValueError;

            fn from_str(value: &str) -> Result<Stored, ScopeValueError> {
                match value {
                    "" => Ok(Stored(Grant::default())),
                    value => value.parse().map(Stored),
                }
            }
        }

        crate::serde_string::deserialize(deserializer, "a scope value").map(|Stored(grant)| grant)
    }
}

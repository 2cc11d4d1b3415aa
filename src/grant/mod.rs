//! What a token carries: reading a scope value, comparing it with what was requested, and which
//! resources it covers.

#[cfg(feature = "api")]
mod access;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::catalogue::{
    NewerScope, Revision, ScopeValueError, Scopes, read_scope_value, write_words,
};
use crate::text::some_of;

#[cfg(feature = "consent")]
pub(crate) use access::Seconds;
#[cfg(feature = "api")]
pub use access::{Access, TokenInfo};

/// The scopes that a token carries: those of the Data Portability API, and all others as text.
///
/// Parsed from the scope value of a token response, of a `tokeninfo` response, or of an
/// introspection response. The order of the tokens and repetitions do not matter, and neither does
/// white space around the value. A scope that this version of the crate does not know is not an
/// error, since Google adds scopes: it is kept, and it authorizes nothing unless the caller
/// [vouches for it](Self::vouching_for).
///
/// Printed and serialized as a scope value. Deserialized from a scope value, or from a list of
/// scope tokens, which other libraries store.
///
/// ```
/// use dataportability_scopes::{Grant, Resource, Scopes};
///
/// let grant: Grant = "openid https://www.googleapis.com/auth/dataportability.youtube.clips"
///     .parse()?;
/// assert_eq!(grant.scopes(), &Scopes::from(Resource::YoutubeClips));
/// assert!(grant.others().eq(["openid"]));
/// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
/// ```
///
/// # Errors
///
/// Parsing fails if the text does not follow the grammar of RFC 6749, section 3.3. The error says
/// at which offset. It also fails if a comma, `+`, `%20` or a new line separates two scopes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Grant {
    scopes: Scopes,
    others: BTreeSet<String>,
    vouched: Scopes,
}

impl Grant {
    /// Returns the Data Portability scopes, those that are newer than the catalogue included. Those
    /// authorize nothing yet.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Returns all other tokens, in byte order, each once: scopes of other APIs, and what begins as
    /// a Data Portability scope does but does not have the form of one.
    pub fn others(&self) -> impl Iterator<Item = &str> + Clone {
        self.others.iter().map(String::as_str)
    }

    /// Returns whether the token carries nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.others.is_empty()
    }

    /// Lets scopes that are newer than the catalogue count for calls of the API: the caller vouches
    /// that Google has them. A scope that the token does not carry is ignored.
    ///
    /// This is not stored: a grant that was printed or serialized reads back without it.
    ///
    /// ```
    /// use dataportability_scopes::{ApiMethod, Grant, Scopes};
    ///
    /// let token = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    /// let grant: Grant = token.parse()?;
    /// assert!(!grant.allows(ApiMethod::Reset));
    ///
    /// let newer: Scopes = token.parse()?;
    /// assert!(grant.vouching_for(newer).allows(ApiMethod::Reset));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn vouching_for(mut self, newer: impl Into<Scopes>) -> Grant {
        let newer: Scopes = newer.into().newer().cloned().collect();
        self.vouched.extend([newer.intersection(&self.scopes)]);
        self
    }

    /// Returns the scopes that the caller [vouches for](Self::vouching_for).
    pub(crate) fn vouched(&self) -> &Scopes {
        &self.vouched
    }

    /// Compares the grant with what was requested.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, Scopes};
    ///
    /// let grant = Grant::from(Scopes::from([Resource::YoutubeClips, Resource::MapsReviews]));
    /// let comparison = grant.compare([Resource::YoutubeClips, Resource::ChromeHistory]);
    /// assert_eq!(comparison.granted, Resource::YoutubeClips.into());
    /// assert_eq!(comparison.declined, Resource::ChromeHistory.into());
    /// assert_eq!(comparison.unrequested, Resource::MapsReviews.into());
    /// assert!(!comparison.is_complete());
    /// ```
    #[must_use]
    pub fn compare(&self, requested: impl Into<Scopes>) -> GrantComparison {
        let requested = requested.into();
        GrantComparison {
            granted: requested.intersection(&self.scopes),
            declined: requested.difference(&self.scopes),
            unrequested: self.scopes.difference(&requested),
        }
    }

    /// Returns whether a job may export all of these resources under the newest revision.
    ///
    /// Same as [`check_covers`](Self::check_covers), but without saying what is missing.
    #[must_use]
    pub fn covers(&self, resources: impl Into<Scopes>) -> bool {
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
    /// Fails with a [`MissingScopesError`] that names what is missing. No grant covers an empty
    /// set.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, Scopes};
    ///
    /// let grant = Grant::from(Scopes::from(Resource::YoutubeClips));
    /// assert!(grant.check_covers(Resource::YoutubeClips).is_ok());
    /// let named = [Resource::YoutubeClips, Resource::YoutubePosts];
    /// let error = grant.check_covers(named).unwrap_err();
    /// assert_eq!(error.missing(), &Scopes::from(Resource::YoutubePosts));
    /// ```
    pub fn check_covers(&self, resources: impl Into<Scopes>) -> Result<(), MissingScopesError> {
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
        resources: impl Into<Scopes>,
    ) -> Result<(), MissingScopesError> {
        let resources = resources.into();
        let mut covered = self.vouched.clone();
        covered.extend([self.scopes.known() & revision.scopes()]);
        let missing = resources.difference(&covered);
        if missing.is_empty() && !resources.is_empty() {
            return Ok(());
        }
        let not_vouched = missing.intersection(&self.scopes);
        Err(MissingScopesError { revision, missing, not_vouched })
    }
}

impl From<Scopes> for Grant {
    fn from(scopes: Scopes) -> Grant {
        Grant { scopes, ..Grant::default() }
    }
}

/// The Data Portability scopes of a grant. Collect those of several grants into one set to leave
/// all of them out of a request.
impl From<&Grant> for Scopes {
    fn from(grant: &Grant) -> Scopes {
        grant.scopes.clone()
    }
}

impl FromStr for Grant {
    type Err = ScopeValueError;

    fn from_str(value: &str) -> Result<Grant, ScopeValueError> {
        let mut newer = BTreeSet::new();
        let mut others = BTreeSet::new();
        let trimmed = value.trim_ascii_end();
        let leading = trimmed.len() - trimmed.trim_ascii_start().len();
        let known = read_scope_value(trimmed.trim_ascii_start(), |token| {
            match token.parse::<NewerScope>() {
                Ok(scope) => newer.insert(scope),
                Err(_) => others.insert(token.to_owned()),
            };
        });
        let known = known.map_err(|error| error.behind(leading))?;
        let mut scopes = Scopes::from(known);
        scopes.extend(newer);
        Ok(Grant { scopes, others, vouched: Scopes::default() })
    }
}

/// Prints the scope value: Data Portability scopes first, then the others.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_words(f, self.scopes.tokens().chain(self.others()))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Grant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Unlike a token response, a stored grant may be empty.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Grant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_words(deserializer, "a scope value", |value| match value {
            "" => Ok(Grant::default()),
            value => value.parse(),
        })
    }
}

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
    revision: Revision,
    missing: Scopes,
    /// The missing ones that the token carries.
    not_vouched: Scopes,
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

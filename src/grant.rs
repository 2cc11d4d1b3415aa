//! What a token carries.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::catalogue::PREFIX;
use crate::grammar::ScopeValueError;
use crate::scope_set::ScopeSet;
use crate::scope_value;

/// The scopes that a token carries: known ones as a [`ScopeSet`], all others kept as they came.
///
/// Read from the scope value of a token response, of a `tokeninfo` answer or of an introspection.
/// The order of the tokens does not matter, nor does it if one comes twice. A scope that this
/// version of the crate does not know is no error: lists lag behind what Google grants. It is
/// kept and can be named, and it authorises nothing.
///
/// ```
/// use dataportability_scopes::{Grant, Resource, ScopeSet};
///
/// let grant: Grant = "openid https://www.googleapis.com/auth/dataportability.youtube.clips"
///     .parse()?;
/// assert_eq!(grant.scopes(), ScopeSet::of(&[Resource::YoutubeClips]));
/// assert!(grant.unrecognized().eq(["openid"]));
/// # Ok::<(), dataportability_scopes::ScopeValueError>(())
/// ```
///
/// # Errors
///
/// Parsing keeps to RFC 6749, section 3.3, and says at which offset a value does not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Grant {
    scopes: ScopeSet,
    unrecognized: BTreeSet<String>,
}

impl Grant {
    /// What a token response grants: its `scope`, or, where it left that out, what was requested
    /// (RFC 6749, section 5.1).
    ///
    /// # Errors
    ///
    /// If `scope` is not a scope value.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, ScopeSet};
    ///
    /// let requested = ScopeSet::of(&[Resource::YoutubeClips]);
    /// assert_eq!(Grant::from_response(None, requested)?.scopes(), requested);
    ///
    /// let grant = Grant::from_response(Some("openid"), requested)?;
    /// assert!(grant.scopes().is_empty());
    /// # Ok::<(), dataportability_scopes::ScopeValueError>(())
    /// ```
    pub fn from_response(
        scope: Option<&str>,
        requested: ScopeSet,
    ) -> Result<Grant, ScopeValueError> {
        match scope {
            Some(value) => value.parse(),
            None => Ok(requested.into()),
        }
    }

    /// The known scopes.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.scopes
    }

    /// The scope tokens that this version of the crate does not know, in byte order, each once.
    pub fn unrecognized(&self) -> impl Iterator<Item = &str> + Clone {
        self.unrecognized.iter().map(String::as_str)
    }

    /// The unrecognized tokens that begin as Data Portability scopes do: newer than the catalogue,
    /// or misspelt.
    ///
    /// ```
    /// use dataportability_scopes::Grant;
    ///
    /// let new = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    /// let grant: Grant = format!("{new} openid").parse()?;
    /// assert!(grant.unknown().eq([new]));
    /// assert!(grant.foreign().eq(["openid"]));
    /// # Ok::<(), dataportability_scopes::ScopeValueError>(())
    /// ```
    pub fn unknown(&self) -> impl Iterator<Item = &str> + Clone {
        self.unrecognized()
            .filter(|token| token.starts_with(PREFIX))
    }

    /// The unrecognized tokens that are scopes of something else.
    pub fn foreign(&self) -> impl Iterator<Item = &str> + Clone {
        self.unrecognized()
            .filter(|token| !token.starts_with(PREFIX))
    }

    /// Whether the token carries nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.unrecognized.is_empty()
    }

    /// What the user decided about a request.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Resource, ScopeSet};
    ///
    /// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips, Resource::MapsReviews]));
    /// let asked = ScopeSet::of(&[Resource::YoutubeClips, Resource::ChromeHistory]);
    ///
    /// let decision = grant.decision_on(asked);
    /// assert_eq!(decision.granted, ScopeSet::of(&[Resource::YoutubeClips]));
    /// assert_eq!(decision.declined, ScopeSet::of(&[Resource::ChromeHistory]));
    /// assert_eq!(decision.unasked, ScopeSet::of(&[Resource::MapsReviews]));
    /// ```
    #[must_use]
    pub fn decision_on(&self, requested: ScopeSet) -> Decision {
        Decision {
            granted: self.scopes & requested,
            declined: requested - self.scopes,
            unasked: self.scopes - requested,
        }
    }
}

/// What became of the scopes that were requested. Users may grant a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Requested and granted.
    pub granted: ScopeSet,
    /// Requested and not granted. Do not ask for them again at once: a user who said no would be
    /// sent round in circles.
    pub declined: ScopeSet,
    /// Granted and not requested: granted earlier, or by a request of other code.
    pub unasked: ScopeSet,
}

impl From<ScopeSet> for Grant {
    fn from(scopes: ScopeSet) -> Grant {
        Grant {
            scopes,
            unrecognized: BTreeSet::new(),
        }
    }
}

impl FromStr for Grant {
    type Err = ScopeValueError;

    fn from_str(value: &str) -> Result<Grant, ScopeValueError> {
        let mut unrecognized = BTreeSet::new();
        let scopes = scope_value::read(value, |token| {
            unrecognized.insert(token.to_owned());
        })?;
        Ok(Grant {
            scopes,
            unrecognized,
        })
    }
}

/// The scope value: known scopes first, then the others.
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

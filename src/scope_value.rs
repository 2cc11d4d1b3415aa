//! Scope values: reading one, and a set of scopes as one.

use core::fmt;
use core::str::FromStr;

use crate::catalogue::{ParseScopeError, Scope, ending, is};
use crate::grammar::{ScopeValueError, invalid_byte};
use crate::scope_set::ScopeSet;

/// The known scopes of a scope value; every other token is handed to `keep`.
///
/// It is read from its end: what stands before a token's end tells the only scope it can be, and
/// that scope's length tells where the token begins. So a known scope is read without looking for
/// a space, and needs no check of its bytes.
pub(crate) fn read<'value>(
    value: &'value str,
    mut keep: impl FnMut(&'value str),
) -> Result<ScopeSet, ScopeValueError> {
    let mut scopes = ScopeSet::EMPTY;
    let mut rest = Some(value);
    while let Some(unread) = rest {
        if let Some((before, scope)) = split_last_scope(unread) {
            scopes = scopes.with(scope);
            rest = before;
        } else {
            let (before, token) = split_last_token(unread);
            if token.is_empty() || invalid_byte(token).is_some() {
                return Err(ScopeValueError::first_in(value));
            }
            keep(token);
            rest = before;
        }
    }
    Ok(scopes)
}

/// The last token and what stands before the space before it.
fn split_last_token(value: &str) -> (Option<&str>, &str) {
    match value.rsplit_once(' ') {
        Some((before, token)) => (Some(before), token),
        None => (None, value),
    }
}

/// [`split_last_token`], if the last token is a known scope.
#[inline]
fn split_last_scope(value: &str) -> Option<(Option<&str>, Scope)> {
    let (scope, len) = ending(value)?;
    let (before, token) = value.split_at_checked(value.len().checked_sub(len)?)?;
    if !is(token, scope) {
        return None;
    }
    match before {
        "" => Some((None, scope)),
        before => Some((Some(before.strip_suffix(' ')?), scope)),
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for ScopeSet {
    type Err = ParseScopeSetError;

    /// Reads a scope value of known scopes, in any order, once or more each. The empty string, as
    /// the empty set is printed, is the empty set.
    fn from_str(value: &str) -> Result<ScopeSet, ParseScopeSetError> {
        if value.is_empty() {
            return Ok(ScopeSet::EMPTY);
        }
        let mut unrecognized = None;
        let scopes = read(value, |token| unrecognized = Some(token))?;
        match unrecognized.map(str::parse::<Scope>) {
            Some(Err(error)) => Err(error.into()),
            _ => Ok(scopes),
        }
    }
}

/// Why a text is not a [`ScopeSet`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseScopeSetError {
    /// It is not a scope value.
    #[error(transparent)]
    Grammar(#[from] ScopeValueError),
    /// A token in it, the first such, is not a known scope.
    #[error(transparent)]
    Scope(#[from] ParseScopeError),
}

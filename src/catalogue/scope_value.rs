//! Reading a scope value by the grammar of RFC 6749, section 3.3:
//! `scope = scope-token *( SP scope-token )`.

use alloc::string::String;

use super::hash::SCOPE_PREFIX;
use super::scope::{Scope, ending, is};
use super::scope_set::ScopeSet;

/// Returns the known scopes of a scope value, and passes every other token to `keep`.
///
/// The value is read from its end. The last bytes determine the only scope that the last token can
/// be, and its length determines where the token begins. So a known scope is read without looking
/// for a space, and its bytes need no check.
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
            let (before, token) =
                unread.rsplit_once(' ').map_or((None, unread), |(before, it)| (Some(before), it));
            if token.is_empty() || invalid_byte(token).is_some() || separator(token).is_some() {
                return Err(ScopeValueError::first_in(value));
            }
            keep(token);
            rest = before;
        }
    }
    Ok(scopes)
}

/// Returns the text before the last token, without the space between them, and the token, if it is
/// a known scope.
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

/// Returns the offset of the first byte that is not allowed in a scope token:
/// `1*( %x21 / %x23-5B / %x5D-7E )`.
pub(crate) fn invalid_byte(token: &str) -> Option<usize> {
    token.bytes().position(|byte| !matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// Whether the byte at this offset is white space within the token, such as a new line.
fn is_inner_white_space(token: &str, offset: usize) -> bool {
    let byte = token.as_bytes().get(offset);
    byte.is_some_and(u8::is_ascii_whitespace) && (1..token.len() - 1).contains(&offset)
}

/// Returns where in a token another scope begins, which something else than a space separates from
/// the one before: the offset and the length of the separator.
///
/// A scope is a URL, and no scope has a second `https://` in it.
fn separator(token: &str) -> Option<(usize, usize)> {
    const SEPARATORS: [&str; 6] = [",", "+", ";", "|", "%20", "%2C"];
    let (scheme, _) = SCOPE_PREFIX.split_once("www")?;
    let start = token.get(1..)?.find(scheme)? + 1;
    let before = token.get(..start)?;
    let len = SEPARATORS
        .iter()
        .find(|separator| before.ends_with(**separator))
        .map_or(0, |separator| separator.len());
    Some((start - len, len))
}

/// An error from reading a scope value: what is wrong, and where.
///
/// ```
/// use dataportability_scopes::catalogue::ScopeValueError;
/// use dataportability_scopes::Grant;
///
/// assert_eq!("openid  email".parse::<Grant>(), Err(ScopeValueError::EmptyToken { position: 7 }));
/// assert_eq!(
///     "openid \"email\"".parse::<Grant>().unwrap_err().to_string(),
///     "scope value has a byte at offset 7 that no scope token may have (RFC 6749, section 3.3)"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeValueError {
    /// The value is empty.
    #[error("scope value is empty: it must have at least one scope token (RFC 6749, section 3.3)")]
    Empty,
    /// A token is missing: there is a space at the beginning or the end, or two in a row.
    #[error(
        "scope value lacks a token at offset {position}: exactly one space separates two tokens (RFC 6749, section 3.3)"
    )]
    EmptyToken {
        /// The offset, in bytes, at which a token should begin.
        position: usize,
    },
    /// A byte is not allowed in a scope token.
    #[error(
        "scope value has a byte at offset {position} that no scope token may have (RFC 6749, section 3.3)"
    )]
    InvalidByte {
        /// The offset of the byte, from 0.
        position: usize,
    },
    /// Something else than a space separates two scopes, such as a comma, `+` or `%20`.
    #[error(
        "scope value has {separator:?} between two scopes at offset {position}: exactly one space \
         separates two tokens (RFC 6749, section 3.3)"
    )]
    Separator {
        /// What separates them. Empty if nothing does.
        separator: String,
        /// The offset of the separator, from 0.
        position: usize,
    },
}

impl ScopeValueError {
    /// Returns the error of a value that has `len` more bytes before it.
    pub(crate) fn behind(mut self, len: usize) -> ScopeValueError {
        match &mut self {
            ScopeValueError::Empty => {}
            ScopeValueError::EmptyToken { position }
            | ScopeValueError::InvalidByte { position }
            | ScopeValueError::Separator { position, .. } => *position += len,
        }
        self
    }

    /// Returns the first error in a value that is known to have one.
    pub(crate) fn first_in(value: &str) -> ScopeValueError {
        if value.is_empty() {
            return ScopeValueError::Empty;
        }
        let mut position = 0;
        for token in value.split(' ') {
            if token.is_empty() {
                break;
            }
            let found = match (invalid_byte(token), separator(token)) {
                (Some(offset), Some(found)) if found.0 < offset => Some(found),
                (Some(offset), _) if is_inner_white_space(token, offset) => Some((offset, 1)),
                (Some(offset), _) => {
                    return ScopeValueError::InvalidByte { position: position + offset };
                }
                (None, found) => found,
            };
            if let Some((offset, len)) = found {
                return ScopeValueError::Separator {
                    separator: token.get(offset..offset + len).unwrap_or_default().into(),
                    position: position + offset,
                };
            }
            position += token.len() + 1;
        }
        ScopeValueError::EmptyToken { position }
    }
}

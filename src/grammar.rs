//! The grammar of RFC 6749, section 3.3: `scope = scope-token *( SP scope-token )`.

/// The offset of the first byte that may not stand in a scope token:
/// `1*( %x21 / %x23-5B / %x5D-7E )`.
pub(crate) fn invalid_byte(token: &str) -> Option<usize> {
    token
        .bytes()
        .position(|byte| !matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// What is wrong with a scope value, and where.
///
/// ```
/// use dataportability_scopes::{Grant, ScopeValueError};
///
/// assert_eq!("openid  email".parse::<Grant>(), Err(ScopeValueError::EmptyToken { position: 7 }));
/// assert_eq!(
///     "openid \"email\"".parse::<Grant>().unwrap_err().to_string(),
///     "scope value has a byte at offset 7 that no scope token may have (RFC 6749, section 3.3)"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeValueError {
    /// There is nothing in it.
    #[error("scope value is empty: it must have at least one scope token (RFC 6749, section 3.3)")]
    Empty,
    /// A space does not stand between two tokens.
    #[error(
        "scope value lacks a token at offset {position}: one space stands between two tokens (RFC 6749, section 3.3)"
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
        /// The offset of the byte.
        position: usize,
    },
}

impl ScopeValueError {
    /// The first thing that is wrong with a value that is known to be wrong.
    pub(crate) fn first_in(value: &str) -> ScopeValueError {
        if value.is_empty() {
            return ScopeValueError::Empty;
        }
        let mut position = 0;
        for token in value.split(' ') {
            if token.is_empty() {
                break;
            }
            if let Some(offset) = invalid_byte(token) {
                return ScopeValueError::InvalidByte {
                    position: position + offset,
                };
            }
            position += token.len() + 1;
        }
        ScopeValueError::EmptyToken { position }
    }
}

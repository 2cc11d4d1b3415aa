//! What a token carries: reading a scope value, comparing it with what was requested, and which
//! resources it covers.

#[cfg(feature = "api")]
mod access;
mod comparison;
#[expect(clippy::module_inception, reason = "the file is named for its type")]
mod grant;

#[cfg(feature = "consent")]
pub(crate) use access::Seconds;
#[cfg(feature = "api")]
pub use access::{Access, TokenInfo};
pub use comparison::{GrantComparison, MissingScopesError};
pub use grant::Grant;

//! What a token carries: reading a scope value, comparing it with what was requested, and which
//! resources it covers.

mod comparison;
#[expect(clippy::module_inception, reason = "the file is named for its type")]
mod grant;
mod missing_scopes;
mod requested_scopes;
#[cfg(feature = "serde")]
mod stored_unlisted;
#[cfg(feature = "http")]
mod token_info;

pub use comparison::GrantComparison;
pub use grant::Grant;
pub use missing_scopes::MissingScopesError;
pub use requested_scopes::RequestedScopes;
#[cfg(feature = "http")]
pub use token_info::{TOKEN_INFO_ENDPOINT, TokenInfo, TokenInfoError, TokenInfoRequest};

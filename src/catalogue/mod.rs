//! What exists: every scope, resource group, service and revision, sets of scopes, and how to find
//! each from a string.

mod date;
mod find;
mod generated;
mod hash;
mod newer_scope;
mod parse;
mod resource;
mod revision;
mod scope;
mod scope_set;
mod scope_value;
mod scopes;
mod service;
#[cfg(feature = "serde")]
mod stored_scopes;
mod suggest;
mod words;

pub use date::Date;
pub use hash::SCOPE_PREFIX;
pub use newer_scope::{NewerScope, ParseNewerScopeError};
pub use parse::{ParseNameError, ParseScopeError, ParseScopeErrorKind};
pub use resource::{Category, Resource};
pub use revision::{Listing, Revision};
pub use scope::{SCOPE_TOKENS, Scope};
pub use scope_set::ScopeSet;
pub use scope_value::ScopeValueError;
pub(crate) use scope_value::read as read_scope_value;
pub use scopes::Scopes;
pub(crate) use scopes::write_words;
pub use service::Service;
#[cfg(feature = "serde")]
pub(crate) use stored_scopes::words as deserialize_words;
pub use suggest::{everyday_names, not_included};

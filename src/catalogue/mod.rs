//! What exists: every scope, resource group, service and revision, sets of scopes, and how to find
//! each from a string.

mod category;
mod date;
mod distance;
mod find;
mod generated;
mod hash;
mod name_error;
mod newer_scope;
mod resource;
mod revision;
mod scope;
pub mod scope_set;
mod scope_value;
mod scopes;
mod service;
#[cfg(feature = "serde")]
mod stored_scopes;
mod suggest;
mod words;

pub use category::{Category, CategorySource};
pub use date::{Date, ParseDateError};
pub use hash::SCOPE_PREFIX;
pub use name_error::ParseNameError;
pub use newer_scope::{NewerScope, ParseNewerScopeError};
pub use resource::{ParseResourceError, Resource};
pub use revision::{Changes, Listing, Revision};
pub use scope::{ParseScopeError, SCOPE_TOKENS, Scope};
#[doc(no_inline)]
pub use scope_set::ScopeSet;
pub use scope_value::ScopeValueError;
pub(crate) use scope_value::read as read_scope_value;
pub(crate) use scopes::write_words;
pub use scopes::{ParseScopesError, Scopes};
pub use service::Service;
#[cfg(feature = "serde")]
pub(crate) use stored_scopes::words as deserialize_words;

// Not in date.rs, which build.rs compiles as well.
#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Date, "a day, YYYY-MM-DD");

//! What exists: every scope, resource group, service and revision, sets of scopes, and how to find
//! each from a string.

mod category;
mod date;
mod distance;
mod find;
mod generated;
mod hash;
mod name_error;
mod resource;
mod revision;
mod scope;
pub mod scope_set;
mod scope_value;
mod service;
mod suggest;
mod unlisted_scope;
mod words;

pub use category::{Category, CategorySource};
pub use date::{Date, ParseDateError};
pub use hash::SCOPE_PREFIX;
pub use name_error::ParseNameError;
pub use resource::{ParseResourceError, Resource};
pub use revision::{Changes, Listing, Revision};
pub use scope::{ParseScopeError, SCOPE_TOKENS, Scope};
#[doc(no_inline)]
pub use scope_set::{ParseScopeSetError, ScopeSet};
pub use scope_value::ScopeValueError;
pub(crate) use scope_value::read as read_scope_value;
pub use service::Service;
pub use unlisted_scope::{ParseUnlistedScopeError, UnlistedScope};

// Not in date.rs, which build.rs compiles as well.
#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Date, "a day, YYYY-MM-DD");

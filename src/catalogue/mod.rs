//! What exists: every scope, resource group, service and revision, sets of scopes, and how to find
//! each from a string.

mod date;
mod find;
mod generated;
mod hash;
mod parse;
mod resource;
mod revision;
mod scope;
pub mod scope_set;
mod scope_value;
mod service;
mod suggest;
mod unlisted_scope;
mod words;

pub use date::Date;
pub use hash::SCOPE_PREFIX;
pub use parse::{ParseNameError, ParseScopeError, ParseScopeErrorKind};
pub use resource::{Category, Resource};
pub use revision::{Changes, Listing, Revision};
pub use scope::{SCOPE_TOKENS, Scope};
#[doc(no_inline)]
pub use scope_set::{ParseScopeSetError, ScopeSet};
pub use scope_value::ScopeValueError;
pub(crate) use scope_value::read as read_scope_value;
pub use service::Service;
pub use suggest::{everyday_names, not_included};
pub use unlisted_scope::{ParseUnlistedScopeError, UnlistedScope};

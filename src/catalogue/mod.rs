//! What exists: every scope, resource group, service and revision, and finding them from strings.

mod category;
mod date;
mod find;
mod generated;
mod hash;
mod nearest;
mod resource;
mod revision;
mod scope;
mod service;
mod unknown_name;

pub use category::{Category, CategorySource};
pub use date::{Date, ParseDateError};
pub(crate) use find::{ending, is};
pub use hash::PREFIX;
pub use resource::Resource;
pub use revision::{Listing, Revision};
pub use scope::{ParseScopeError, SCOPE_TOKENS, Scope};
pub use service::Service;
pub use unknown_name::UnknownNameError;

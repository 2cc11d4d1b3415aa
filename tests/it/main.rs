//! The tests of the library, in one program.
#![allow(missing_docs, reason = "tests are documented by their names")]

mod api;
#[cfg(feature = "api")]
mod call;
mod catalogue;
#[cfg(feature = "consent")]
mod consent;
mod data_files;
mod data_folder;
#[cfg(feature = "drift")]
mod drift;
#[cfg(feature = "api")]
mod endpoint;
#[cfg(all(feature = "consent", feature = "drift"))]
mod errors;
#[cfg(feature = "api")]
mod fixtures;
mod grant;
mod known;
mod lists;
mod made_up;
mod made_up_revision;
mod near_misses;
mod scopes;
#[cfg(feature = "consent")]
mod secrets;
#[cfg(feature = "consent")]
mod stored;
#[cfg(feature = "serde")]
mod strings;
mod suggestions;

//! The tests of the library, in one program.
#![allow(missing_docs, reason = "tests are documented by their names")]

#[cfg(feature = "http")]
mod api_error;
#[cfg(feature = "http")]
mod api_secrets;
#[cfg(feature = "http")]
mod calls;
mod catalogue;
#[cfg(feature = "consent")]
mod consent;
mod data_files;
mod data_folder;
#[cfg(feature = "drift")]
mod drift;
#[cfg(feature = "http")]
mod endpoint;
mod excerpts;
#[cfg(feature = "http")]
#[cfg(feature = "http")]
#[cfg(feature = "http")]
#[cfg(feature = "http")]
#[cfg(feature = "http")]
#[cfg(feature = "http")]
mod grant;
mod job_id;
mod lists;
mod made_up;
mod made_up_revision;
mod methods;
mod near_misses;
mod newer_scope;
#[cfg(feature = "http")]
mod requests;
#[cfg(feature = "http")]
mod responses;
mod scope_set;
mod stored_values;
#[cfg(feature = "serde")]
mod strings;
mod suggestions;
#[cfg(feature = "http")]
mod token_info;

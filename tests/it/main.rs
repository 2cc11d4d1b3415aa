//! The tests of the library, in one program.
#![allow(missing_docs, reason = "tests are documented by their names")]

mod catalogue;
#[cfg(feature = "consent")]
mod consent;
mod data_files;
#[cfg(feature = "drift")]
mod drift;
#[cfg(feature = "http")]
mod endpoint;
mod golden;
mod grant;
mod lists;
mod methods;
mod near_misses;
mod scope_set;
mod size;
#[cfg(feature = "serde")]
mod strings;
#[cfg(feature = "http")]
mod token_info;

//! The tests of the library, in one program.
#![allow(missing_docs, reason = "tests are documented by their names")]

mod catalogue;
mod data_files;
mod data_folder;
#[cfg(feature = "drift")]
mod drift;
mod grant;
mod lists;
mod made_up_revision;
mod methods;
mod near_misses;
mod scope_set;
mod size;
mod stored_values;
#[cfg(feature = "serde")]
mod strings;
mod suggestions;

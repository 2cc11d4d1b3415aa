//! From the files under `data/` to the Rust source of the catalogue.
//!
//! `build.rs` writes what this returns; the tests call it with files of their own.

mod catalogue;
mod describe;
mod document;
mod emit;
mod error;
mod finder;
mod identifier;
mod list;
mod names;
mod seen;
mod table;

#[path = "../src/catalogue/date.rs"]
#[expect(
    unreachable_pub,
    reason = "shared with the library, which uses all of it"
)]
mod date;
#[path = "../src/catalogue/hash.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod hash;

#[allow(unused_imports, reason = "the tests name it")]
pub(crate) use catalogue::Catalogue;
pub(crate) use catalogue::read;
pub(crate) use emit::emit;

//! How large the types and the tables are.

use std::mem::size_of;
use std::path::Path;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{
    Category, Resource, Revision, SCOPE_TOKENS, Scope, ScopeSet, Service,
};

use crate::data_files::data;

#[test]
fn a_scope_is_a_byte_and_a_set_is_two_registers() {
    assert_eq!(size_of::<Scope>(), 1);
    assert_eq!(size_of::<Option<Scope>>(), 1);
    assert_eq!(size_of::<Resource>(), 1);
    assert_eq!(size_of::<Service>(), 1);
    assert_eq!(size_of::<Revision>(), 1);
    assert_eq!(size_of::<Category>(), 1);
    assert_eq!(size_of::<ApiMethod>(), 1);
    assert_eq!(size_of::<ScopeSet>(), 16);
}

/// The tables are private, so this reads what `build.rs` writes.
#[test]
fn the_table_that_finds_scopes_takes_less_than_six_bytes_a_scope() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let source = data::emit(&data::read(&data).unwrap());
    let scopes = SCOPE_TOKENS.len();

    let finder = bytes(&source, "PILOTS") + bytes(&source, "REMAP") + bytes(&source, "SLOTS");
    assert!(finder < 6 * scopes, "{finder} bytes for {scopes} scopes");
    assert_eq!(bytes(&source, "TOKENS"), size_of::<&str>() * scopes);
}

/// The bytes of the static array `name`, by its declaration.
fn bytes(source: &str, name: &str) -> usize {
    let start = format!("static {name}: [");
    let declaration = source.lines().find_map(|line| {
        let (_, rest) = line.split_once(&start)?;
        rest.split_once(']')?.0.split_once("; ")
    });
    let (element, len) = declaration.expect("a declaration");
    let size = match element {
        "u8" => size_of::<u8>(),
        "u32" => size_of::<u32>(),
        "&str" => size_of::<&str>(),
        "(Resource, u16)" => size_of::<(Resource, u16)>(),
        other => panic!("{name} has elements of another type: {other}"),
    };
    size * len.parse::<usize>().unwrap()
}

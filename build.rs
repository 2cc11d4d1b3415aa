//! Compiles the lists under `data/` into `$OUT_DIR/catalogue.rs`.

use std::path::Path;
use std::{env, fs, process};

#[path = "build/mod.rs"]
mod data;

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/catalogue/date.rs");
    println!("cargo::rerun-if-changed=src/catalogue/hash.rs");
    println!("cargo::rerun-if-changed=src/catalogue/words.rs");

    let root = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let catalogue =
        data::read(&Path::new(&root).join("data")).unwrap_or_else(|error| refuse(&error));
    for warning in &catalogue.warnings {
        println!("cargo::warning={warning}");
    }

    let target = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("catalogue.rs");
    if let Err(error) = fs::write(&target, data::emit(&catalogue)) {
        refuse(&format!("{}: {error}", target.display()));
    }
}

fn refuse(error: &impl std::fmt::Display) -> ! {
    println!("cargo::error={error}");
    process::exit(1)
}

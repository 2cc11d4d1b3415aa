//! The library's tests under a list that is made up. It builds the project anew, so only
//! `.ci/made-up-revision` runs it.

#[path = "../build/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the build generates more from it")]
mod data;
#[path = "it/data_folder.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod data_folder;
#[path = "it/lists.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod lists;
#[path = "it/made_up.rs"]
mod made_up;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::data_folder::{copy_folder, remove_rows};
use crate::made_up::made_up;

/// The folders and files of the project that its tests need.
fn copy_project(to: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root).expect("the project") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if ["target", ".git"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to.join(&name));
        } else {
            fs::copy(entry.path(), to.join(&name)).expect("a file");
        }
    }
}

#[test]
fn every_test_of_the_library_holds_in_a_project_with_a_made_up_list() {
    let seed = match std::env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    println!("SEED={seed}");
    let copy = TempDir::new().expect("a folder");
    copy_project(copy.path());
    let (day, text) = made_up(seed);
    let list = copy.path().join(format!("data/revisions/{day}.txt"));
    fs::write(list, text).expect("a list");

    // Its rows are as the build asks.
    let warnings = data::read(&copy.path().join("data")).expect("the data").warnings;
    remove_rows(&copy.path().join("data"), warnings.iter());

    let target: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/made-up-revision");
    let status = Command::new(env!("CARGO"))
        // Not the examples of the documentation: one of a withdrawn scope has become false.
        .args(["test", "--no-fail-fast", "--all-features", "--lib", "--tests"])
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "run again with SEED={seed}");
}

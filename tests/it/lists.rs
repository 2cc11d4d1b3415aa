//! Reads the files under `data/` independently of build.rs.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The revisions: the day and the scopes of each, from the oldest to the newest.
pub(crate) fn revisions() -> Vec<(String, Vec<String>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(data().join("revisions"))
        .expect("data/revisions")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let day = file.file_stem().expect("a name").to_string_lossy();
            (day.into_owned(), scopes(file))
        })
        .collect()
}

/// The scopes that only documentation pages show.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn unpublished() -> Vec<String> {
    scopes(&data().join("unpublished.txt"))
}

/// Every scope of any file, in order.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn all() -> Vec<String> {
    let mut all: Vec<String> = revisions().into_iter().flat_map(|(_, scopes)| scopes).collect();
    all.extend(unpublished());
    all.sort();
    all.dedup();
    all
}

fn scopes(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("a list");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

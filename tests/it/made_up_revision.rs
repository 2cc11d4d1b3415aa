//! A later revision is one new file, whatever it adds and withdraws.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastrand::Rng;
use tempfile::TempDir;

use crate::data_files::data;
use crate::data_folder::{copy_folder, describe};
use crate::lists;

const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.";

/// A list that might come after the newest: its day and its text.
///
/// It lists what only a documentation page shows, withdraws scopes that have always been there,
/// brings others back, and adds groups to old services and to a new one.
fn made_up(seed: u64) -> (String, String) {
    let mut random = Rng::with_seed(seed);
    let (newest, listed) = lists::revisions().pop().expect("a list");
    let mut scopes: BTreeSet<String> = listed.into_iter().collect();
    for scope in lists::all() {
        if scopes.contains(&scope) {
            if random.u8(..8) == 0 {
                scopes.remove(&scope);
            }
        } else if random.bool() {
            scopes.insert(scope);
        }
    }
    for withdrawn in ["alerts.subscriptions", "chrome.history"] {
        scopes.remove(&format!("{SCOPE}{withdrawn}"));
    }
    scopes.insert(format!("{SCOPE}fitbit.device_events"));
    // Keeps a resource that takes a time range.
    scopes.insert(format!("{SCOPE}myactivity.search"));

    // Made-up words, so that they match nothing that a test looks for.
    let mut word = || -> String {
        let letters = b"qxzvwj";
        let letter = |_| char::from(letters[random.usize(..letters.len())]);
        (0..8).map(letter).collect()
    };
    for _ in 0..3 {
        scopes.insert(format!("{SCOPE}youtube.{}", word()));
        scopes.insert(format!("{SCOPE}nest.{}_{}", word(), word()));
    }
    let service = word();
    scopes.insert(format!("{SCOPE}{service}.{}", word()));
    scopes.insert(format!("{SCOPE}{service}.{}.{}", word(), word()));

    let year: u16 = newest[..4].parse().expect("a year");
    let mut text = format!(
        "# source: made up from {newest} with the seed {seed}\n# page: a page that is made up too\n# count: {}\n",
        scopes.len()
    );
    for scope in scopes {
        text += &scope;
        text.push('\n');
    }
    (format!("{}-02-28", year + 1), text)
}

#[test]
fn the_data_with_a_made_up_list_is_accepted_and_lists_what_its_file_lists() {
    for seed in 0..16 {
        let copy = TempDir::new().expect("a folder");
        copy_folder(&lists::data(), copy.path());
        describe(copy.path());
        let before = data::read(copy.path()).expect("the data");
        let (day, text) = made_up(seed);
        fs::write(copy.path().join(format!("revisions/{day}.txt")), &text).expect("a list");
        let after = data::read(copy.path()).unwrap_or_else(|error| panic!("{seed}: {error}"));

        let newest = after.revisions.last().expect("a list");
        assert_eq!(newest.date.to_string(), day);
        let listed: Vec<String> = after
            .groups
            .iter()
            .enumerate()
            .filter(|(index, _)| newest.members >> index & 1 == 1)
            .map(|(_, group)| group.scope())
            .collect();
        let written: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(listed, written, "{seed}");
        for old in &before.groups {
            let new = after.groups.iter().find(|group| group.name == old.name);
            let new = new.unwrap_or_else(|| panic!("{seed}: {} is gone", old.name));
            assert_eq!(new.variant, old.variant);
            assert_eq!(new.description, old.description);
        }
        assert!(data::emit(&after).contains(&format!("R{}", day.replace('-', "_"))));
    }
}

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
#[ignore = "compiles the project anew: run by .ci/made-up-revision"]
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

    let target: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/made-up-revision");
    let status = Command::new(env!("CARGO"))
        .args(["test", "--no-fail-fast", "--all-features"])
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "run again with SEED={seed}");
}

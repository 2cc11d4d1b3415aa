//! A later revision is one new file, whatever it adds and withdraws.

use std::fs;

use tempfile::TempDir;

use crate::data_files::data;
use crate::data_folder::{copy_folder, describe};
use crate::lists;
use crate::made_up::made_up;

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
            assert_eq!(new.details.description, old.details.description);
        }
        assert!(data::emit(&after).contains(&format!("R{}", day.replace('-', "_"))));
    }
}

//! Copies of the project's data folder, to be changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.";

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file");
        }
    }
}

/// Makes the data such that a later list may follow: it has a row for each group and service, and
/// its unpublished scopes are in no list.
pub(crate) fn describe(data: &Path) {
    let mut groups = BTreeSet::new();
    for entry in fs::read_dir(data.join("revisions")).expect("a folder") {
        let list = fs::read_to_string(entry.expect("an entry").path()).expect("a list");
        let listed = list.lines().filter_map(|line| line.strip_prefix(SCOPE));
        groups.extend(listed.map(str::to_owned));
    }
    forget_published(&data.join("unpublished.txt"), &groups);
    let services: BTreeSet<String> =
        groups.iter().map(|group| group.split('.').next().unwrap_or_default().to_owned()).collect();
    complete(&data.join("resources.tsv"), &groups, |group| {
        format!("unknown\tno\tThe group {group}\tWhat {group} exports.")
    });
    complete(&data.join("services.tsv"), &services, |service| format!("The product {service}"));
}

fn forget_published(list: &Path, published: &BTreeSet<String>) {
    let Ok(text) = fs::read_to_string(list) else {
        return;
    };
    let is_kept = |line: &&str| {
        let group = line.strip_prefix(SCOPE);
        group.is_none_or(|group| !published.contains(group)) && !line.starts_with("# count")
    };
    let mut lines: Vec<&str> = text.lines().filter(is_kept).collect();
    let header = lines.iter().filter(|line| line.starts_with('#')).count();
    let count = format!("# count: {}", lines.len() - header);
    lines.insert(header, &count);
    fs::write(list, lines.join("\n") + "\n").expect("a list");
}

/// Removes the rows that the build asks to remove: `data/…:line: …; remove the row`.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) fn remove_rows(data: &Path, warnings: impl Iterator<Item = impl AsRef<str>>) {
    let mut rows: BTreeSet<(String, usize)> = BTreeSet::new();
    for warning in warnings {
        let warning = warning.as_ref();
        let place = warning.split_once("data/").map(|(_, place)| place);
        let Some((file, rest)) = place.and_then(|place| place.split_once(':')) else {
            continue;
        };
        let Some((line, what)) = rest.split_once(':') else {
            continue;
        };
        if what.ends_with("; remove the row") {
            rows.insert((file.to_owned(), line.parse().expect("a line")));
        }
    }
    // From the end, so that the numbers of the other lines stay true.
    for (file, line) in rows.iter().rev() {
        let path = data.join(file);
        let text = fs::read_to_string(&path).expect("a table");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.remove(line - 1);
        fs::write(path, lines.join("\n") + "\n").expect("a table");
    }
}

fn complete(table: &Path, names: &BTreeSet<String>, row: impl Fn(&str) -> String) {
    let text = fs::read_to_string(table).expect("a table");
    let mut lines = text.lines();
    let heading = lines.next().expect("a heading");
    let mut rows: BTreeMap<&str, String> = lines
        .map(|line| line.split_once('\t').expect("two fields"))
        .map(|(name, rest)| (name, rest.to_owned()))
        .collect();
    for name in names {
        rows.entry(name).or_insert_with(|| row(name));
    }
    let rows: Vec<String> = rows.iter().map(|(name, rest)| format!("{name}\t{rest}\n")).collect();
    let rows = rows.concat();
    fs::write(table, format!("{heading}\n{rows}")).expect("a table");
}

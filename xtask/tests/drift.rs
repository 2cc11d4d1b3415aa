//! `cargo xtask drift`, in a copy of the files that it changes.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

const NEW: [&str; 3] = ["youtube.zyzzyvas", "zyzzyva.animal_noises", "zyzzyva.keepers"];
const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n### Data\n\n- One.\n\n### API\n\n- Two.\n";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder")
}

/// Returns a folder with the files of the project that a new revision changes.
fn copy() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let revisions = folder.path().join("data/revisions");
    fs::create_dir_all(&revisions).expect("a folder");
    for name in ["data/resources.tsv", "data/services.tsv"] {
        fs::copy(project().join(name), folder.path().join(name)).expect("a file");
    }
    fs::write(revisions.join(format!("{}.txt", Revision::NEWEST)), "").expect("a file");
    fs::write(folder.path().join("CHANGELOG.md"), CHANGELOG).expect("a file");
    folder
}

/// A day after that of the newest list.
fn day() -> String {
    let year: u32 = Revision::NEWEST.name()[..4].parse().expect("a year");
    format!("{}-01-02", year + 1)
}

fn list_file() -> String {
    format!("data/revisions/{}.txt", day())
}

/// Returns the scopes of the newest list less what is withdrawn, and more.
fn listed() -> BTreeSet<String> {
    let withdrawn = [Resource::AlertsSubscriptions, Resource::ChromeHistory];
    let newest = Revision::NEWEST.scopes();
    let kept = newest.iter().filter(|scope| !withdrawn.contains(&scope.resource()));
    let new = NEW.map(|name| format!("{SCOPE_PREFIX}{name}"));
    kept.map(|scope| scope.to_string()).chain(new).collect()
}

fn document(day: &str, tokens: impl IntoIterator<Item = String>) -> String {
    let scopes: Map<String, Value> = tokens.into_iter().map(|token| (token, json!({}))).collect();
    let revision = day.replace('-', "");
    let auth = json!({ "oauth2": { "scopes": scopes } });
    json!({ "name": "dataportability", "revision": revision, "auth": auth }).to_string()
}

fn drift(folder: &TempDir, document: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let file = folder.path().join("discovery.json");
    fs::write(&file, document).expect("a file");
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("drift")
        .arg(file)
        .arg("--project")
        .arg(folder.path())
        .args(args)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn text(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).expect(file)
}

#[test]
fn the_list_its_rows_and_its_entry_are_written_and_nothing_else_changes() {
    let folder = copy();
    let (status, output, errors) = drift(&folder, &document(&day(), listed()), &["--write"]);
    assert_eq!((status, errors.as_str()), (Some(0), ""));

    let tokens: Vec<String> = listed().into_iter().collect();
    let source = format!("discovery document of the API, revision {}", day().replace('-', ""));
    assert_eq!(
        text(&folder, &list_file()),
        format!("# source: {source}\n# count: {}\n{}\n", tokens.len(), tokens.join("\n"))
    );
    let resources = [
        "youtube.zyzzyvas\tunknown\tno\tZyzzyvas\tWhat Google lists as youtube.zyzzyvas.",
        "zyzzyva.animal_noises\tunknown\tno\tAnimal noises\t\
         What Google lists as zyzzyva.animal_noises.",
        "zyzzyva.keepers\tunknown\tno\tKeepers\tWhat Google lists as zyzzyva.keepers.",
    ];
    for (file, added) in
        [("data/resources.tsv", &resources[..]), ("data/services.tsv", &["zyzzyva\tZyzzyva"])]
    {
        let after = text(&folder, file);
        let (kept, new): (Vec<&str>, Vec<&str>) = after.lines().partition(|l| !added.contains(l));
        assert_eq!(new, added);
        assert_eq!(kept.join("\n") + "\n", fs::read_to_string(project().join(file)).expect(file));
        assert!(after.lines().skip(1).is_sorted_by_key(|line| line.split('\t').next()), "{file}");
    }
    let changelog = text(&folder, "CHANGELOG.md");
    assert!(changelog.lines().all(|line| line.chars().count() <= 100));
    let (before, after) = CHANGELOG.split_at(CHANGELOG.find("\n### API").expect("a section"));
    let entry = changelog.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    let entry = entry.expect("the rest as it was").replace("\n  ", " ");
    let start = format!("- The list of {}, with {} scopes; added: ", day(), tokens.len());
    assert!(entry.starts_with(&start), "{entry}");
    for name in NEW {
        assert!(entry.contains(&format!("`{name}`")), "{entry}");
        assert!(output.contains(&format!("\n  describe {name} in data/resources.tsv\n")));
    }
    assert!(output.contains("\n  name the product of zyzzyva in data/services.tsv\n"), "{output}");
}

#[test]
fn nothing_is_written_unless_it_is_asked_for_or_for_the_newest_list() {
    let folder = copy();
    let (status, output, _) = drift(&folder, &document(&day(), listed()), &[]);
    assert!(status == Some(0) && output.starts_with("Would write\n"), "{output}");
    let newest = Revision::NEWEST.scopes().iter().map(|scope| scope.to_string());
    let (status, output, _) = drift(&folder, &document(&day(), newest), &["--write"]);
    assert_eq!(status, Some(0));
    assert!(output.ends_with("Nothing to write.\n"), "{output}");
    assert_eq!(text(&folder, "CHANGELOG.md"), CHANGELOG);
    assert!(!folder.path().join(list_file()).exists());
}

#[test]
fn what_cannot_be_added_is_refused_and_nothing_is_written() {
    let older = || Revision::R2025_01_20.scopes().iter().map(|scope| scope.to_string());
    let page: Vec<String> = older().collect();
    let with = |token: &str| document(&day(), older().chain([token.to_owned()]));
    for (document, words) in [
        (document("2025-01-20", listed()), "give a newer document"),
        (page.join(" "), "the document has no date; give a discovery document"),
        (with("openid"), "\"openid\" is not a Data Portability scope"),
        (with(&format!("{SCOPE_PREFIX}zyzzyva/")), "does not end in a resource group"),
    ] {
        let folder = copy();
        let (status, output, errors) = drift(&folder, &document, &["--write"]);
        assert_eq!((status, output.as_str()), (Some(1), ""));
        assert!(errors.contains(words), "{errors}");
        assert_eq!(text(&folder, "CHANGELOG.md"), CHANGELOG);
    }
    let folder = copy();
    fs::remove_file(folder.path().join("CHANGELOG.md")).expect("a file");
    let (_, _, errors) = drift(&folder, &document(&day(), listed()), &["--write"]);
    assert!(errors.contains("CHANGELOG.md: "), "{errors}");
    assert!(!folder.path().join(list_file()).exists());

    // A second time, the program has not been built with the first.
    let folder = copy();
    drift(&folder, &document(&day(), listed()), &["--write"]);
    let (status, _, errors) = drift(&folder, &document(&day(), listed()), &["--write"]);
    assert_eq!(status, Some(1));
    assert!(errors.ends_with("; build it again from the project\n"), "{errors}");
}

//! `drift --write`: a new revision, in a copy of the project.

use std::fs;
use std::path::Path;

use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::drift::{document, document_of};
use crate::{Ran, finish, json, print, program, project};

/// A day after that of the newest list.
fn day() -> String {
    format!("{}-01-02", Revision::NEWEST.date().year() + 1)
}

/// The file of the new list.
fn list_file() -> String {
    format!("data/revisions/{}.txt", day())
}

const NEW: [&str; 3] = [
    "youtube.zyzzyvas",
    "zyzzyva.animal_noises",
    "zyzzyva.keepers",
];

/// Returns a folder with the files of the project that a new revision changes.
fn copy() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let revisions = folder.path().join("data/revisions");
    fs::create_dir_all(&revisions).expect("a folder");
    for entry in fs::read_dir(project().join("data/revisions")).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), revisions.join(entry.file_name())).expect("a file");
    }
    for name in ["data/resources.tsv", "data/services.tsv"] {
        fs::copy(project().join(name), folder.path().join(name)).expect("a file");
    }
    fs::write(folder.path().join("CHANGELOG.md"), CHANGELOG).expect("a file");
    folder
}

const CHANGELOG: &str = "\
# Changelog

Words.

## Unreleased

### Data

- The fourteen published states of the scope list.

### API

- Everything.
";

/// Returns the scopes of the newest list less what is withdrawn, and more.
fn listed() -> Vec<String> {
    let withdrawn = [Resource::AlertsSubscriptions, Resource::ChromeHistory];
    let kept = Revision::NEWEST
        .scopes()
        .iter()
        .filter(|scope| !withdrawn.contains(&scope.resource()));
    let mut listed: Vec<String> = kept.map(|scope| scope.to_string()).collect();
    listed.extend(NEW.map(|name| format!("{SCOPE_PREFIX}{name}")));
    listed.push(Resource::FitbitDeviceEvents.scope().to_string());
    listed.sort();
    listed.dedup();
    listed
}

fn new_document() -> String {
    let listed = listed();
    document_of(
        &day(),
        &listed.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

fn write(project: &Path, document: &str, args: &[&str]) -> Ran {
    let project = project.to_str().expect("a path");
    finish(
        program()
            .args(["drift", "-", "--write", "--project", project])
            .args(args),
        document.as_bytes(),
    )
}

/// Returns the text of a file of a folder.
fn text(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).expect(file)
}

#[test]
fn the_new_list_is_written_as_the_other_lists_are() {
    let folder = copy();
    let ran = write(folder.path(), &new_document(), &[]);
    assert_eq!((ran.status, ran.errors.as_str()), (0, ""));
    let listed = listed();
    assert_eq!(
        text(&folder, &list_file()),
        format!(
            "# source: discovery document of the API, revision {}\n# count: {}\n{}\n",
            day().replace('-', ""),
            listed.len(),
            listed.join("\n")
        )
    );
    // The same as a file of the project from the document of its day.
    for revision in Revision::all() {
        let written = fs::read_to_string(project().join(format!("data/revisions/{revision}.txt")))
            .expect("a file");
        let scopes: Vec<&str> = written
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(scopes, crate::tokens(revision.scopes()));
    }
}

#[test]
fn rows_to_fill_in_are_added_in_order_and_nothing_else_changes() {
    let folder = copy();
    write(folder.path(), &new_document(), &[]);
    for (file, added) in [
        (
            "data/resources.tsv",
            vec![
                "youtube.zyzzyvas\tunknown\tno\tZyzzyvas\tWhat Google lists as youtube.zyzzyvas.",
                "zyzzyva.animal_noises\tunknown\tno\tAnimal noises\tWhat Google lists as zyzzyva.animal_noises.",
                "zyzzyva.keepers\tunknown\tno\tKeepers\tWhat Google lists as zyzzyva.keepers.",
            ],
        ),
        ("data/services.tsv", vec!["zyzzyva\tZyzzyva"]),
    ] {
        let after = text(&folder, file);
        let (kept, new): (Vec<&str>, Vec<&str>) =
            after.lines().partition(|line| !added.contains(line));
        assert_eq!(new, added);
        assert_eq!(
            kept.join("\n") + "\n",
            fs::read_to_string(project().join(file)).expect(file)
        );
        let names = after
            .lines()
            .skip(1)
            .map(|line| line.split('\t').next().expect("a name"));
        assert!(names.is_sorted(), "{file}");
    }
}

#[test]
fn the_changelog_gets_an_entry_under_data() {
    let folder = copy();
    write(folder.path(), &new_document(), &[]);
    let count = listed().len();
    let fitbit = if Resource::FitbitDeviceEvents
        .scope()
        .is_listed_in(Revision::NEWEST)
    {
        ""
    } else {
        "`fitbit.device_events`, "
    };
    let withdrawn: Vec<String> = [Resource::AlertsSubscriptions, Resource::ChromeHistory]
        .iter()
        .filter(|resource| resource.scope().is_listed_in(Revision::NEWEST))
        .map(|resource| format!("`{resource}`"))
        .collect();
    let withdrawn = if withdrawn.is_empty() {
        String::new()
    } else {
        format!("; withdrawn: {}", withdrawn.join(", "))
    };
    let entry = format!(
        "- The list of {}, with {count} scopes; added: {fitbit}`youtube.zyzzyvas`, `zyzzyva.animal_noises`, `zyzzyva.keepers`{withdrawn}.",
        day()
    );
    let changelog = text(&folder, "CHANGELOG.md");
    assert!(changelog.lines().all(|line| line.chars().count() <= 120));
    let unwrapped = changelog.replace("\n  ", " ");
    let states = "- The fourteen published states of the scope list.\n";
    assert_eq!(
        unwrapped,
        CHANGELOG.replace(states, &format!("{states}{entry}\n"))
    );
}

#[test]
fn a_changelog_without_the_section_gets_it() {
    for (before, after) in [
        (
            "# Changelog\n\n## Unreleased\n\n### API\n\n- Everything.\n",
            "# Changelog\n\n## Unreleased\n\n### Data\n\nENTRY\n\n### API\n\n- Everything.\n",
        ),
        (
            "# Changelog\n\n## 1.0.0\n\n### Data\n\n- Old.\n",
            "# Changelog\n\n## Unreleased\n\n### Data\n\nENTRY\n\n## 1.0.0\n\n### Data\n\n- Old.\n",
        ),
        (
            "# Changelog\n\n## Unreleased\n\n### Data\n\n- One.\n\n## 1.0.0\n\n### Data\n\n- Old.\n",
            "# Changelog\n\n## Unreleased\n\n### Data\n\n- One.\nENTRY\n\n## 1.0.0\n\n### Data\n\n- Old.\n",
        ),
        (
            "# Changelog\n\n## Unreleased\n\n## 1.0.0\n",
            "# Changelog\n\n## Unreleased\n\n### Data\n\nENTRY\n\n## 1.0.0\n",
        ),
    ] {
        let folder = copy();
        fs::write(folder.path().join("CHANGELOG.md"), before).expect("a file");
        write(folder.path(), &new_document(), &[]);
        let changelog = text(&folder, "CHANGELOG.md");
        let start = changelog
            .find(&format!("- The list of {}", day()))
            .expect("an entry");
        let length = changelog[start..].find(".\n").expect("an end") + 1;
        let entry = &changelog[start..start + length];
        assert_eq!(changelog.replace(entry, "ENTRY"), after);
    }
}

#[test]
fn the_files_that_are_made_from_the_catalogue_have_the_new_list() {
    let folder = copy();
    write(folder.path(), &new_document(), &[]);
    let before = json(&print(&["catalogue"]).1);
    let after = json(&text(&folder, "catalogue.json"));
    let listed = listed();

    let mut revisions = before["revisions"].as_array().expect("revisions").clone();
    revisions.push(json!({
        "date": day(),
        "count": listed.len(),
        "sources": [format!("discovery document of the API, revision {}", day().replace('-', ""))],
        "pages": [],
    }));
    assert_eq!(after["revisions"], json!(revisions));

    let resources = after["resources"].as_array().expect("resources");
    assert_eq!(resources.len(), Resource::all().len() + NEW.len());
    assert!(
        resources
            .iter()
            .map(|entry| entry["resource"].as_str())
            .is_sorted()
    );
    for entry in resources {
        let name = entry["resource"].as_str().expect("a name");
        let stretches = entry["listed"].as_array().expect("stretches");
        let is_listed = stretches
            .last()
            .is_some_and(|listed| listed["until"].is_null());
        assert_eq!(
            is_listed,
            listed.contains(&format!("{SCOPE_PREFIX}{name}")),
            "{name}"
        );
        let Ok(resource) = name.parse::<Resource>() else {
            assert_eq!(stretches, &[json!({ "since": day(), "until": null })]);
            continue;
        };
        let mut expected = crate::list::entry(resource);
        let was_listed = resource.scope().is_listed_in(Revision::NEWEST);
        let stretches = expected["listed"].as_array_mut().expect("stretches");
        match stretches.last_mut() {
            Some(last) if was_listed && !is_listed => last["until"] = json!(day()),
            _ if is_listed && !was_listed => {
                stretches.push(json!({ "since": day(), "until": null }));
            }
            _ => {}
        }
        assert_eq!(entry, &expected);
    }
    let zyzzyva = resources
        .iter()
        .find(|entry| entry["resource"] == "zyzzyva.animal_noises")
        .expect("a resource");
    assert_eq!(
        *zyzzyva,
        json!({
            "resource": "zyzzyva.animal_noises",
            "scope": "https://www.googleapis.com/auth/dataportability.zyzzyva.animal_noises",
            "service": "zyzzyva",
            "product": "Zyzzyva",
            "label": "Animal noises",
            "description": "What Google lists as zyzzyva.animal_noises.",
            "category": "unknown",
            "category_source": "none",
            "time_filter": false,
            "listed": [{ "since": day(), "until": null }],
        })
    );
    let new = resources
        .iter()
        .find(|entry| entry["resource"] == "youtube.zyzzyvas")
        .expect("a resource");
    assert_eq!(new["product"], "YouTube");
    assert!(text(&folder, "RESOURCES.md").contains("\n## Zyzzyva\n"));
    assert!(
        text(&folder, "RESOURCES.svg")
            .contains(&format!("<title>zyzzyva.keepers: since {}</title>", day()))
    );
}

#[test]
fn what_is_written_and_what_is_left_to_do_is_printed() {
    let folder = copy();
    let path = |file: &str| folder.path().join(file).display().to_string();
    let files = [
        &list_file(),
        "data/resources.tsv",
        "data/services.tsv",
        "CHANGELOG.md",
        "catalogue.json",
        "RESOURCES.md",
        "RESOURCES.svg",
    ];
    let ran = write(folder.path(), &new_document(), &["--json"]);
    let printed = json(&ran.output);
    let expected = json!({
        "files": files.map(path),
        "new_resources": NEW,
        "new_services": ["zyzzyva"],
    });
    assert_eq!(printed["written"], expected);

    let folder = copy();
    let path = |file: &str| format!("  {}\n", folder.path().join(file).display());
    let ran = write(folder.path(), &new_document(), &[]);
    let (_, report) = ran.output.split_once("\n\n").expect("a report");
    let expected = format!(
        "Wrote\n{}\n\
         To do\n  \
         describe youtube.zyzzyvas in data/resources.tsv\n  \
         describe zyzzyva.animal_noises in data/resources.tsv\n  \
         describe zyzzyva.keepers in data/resources.tsv\n  \
         name the product of zyzzyva in data/services.tsv\n  \
         make the files again: cargo run -p dataportability-scopes-cli -- catalogue --write .\n  \
         run the tests: cargo test --workspace\n",
        files.map(path).concat()
    );
    assert_eq!(report, expected);
}

#[test]
fn a_list_without_new_scopes_leaves_the_tables_as_they_are() {
    let folder = copy();
    let scopes = Revision::NEWEST.scopes().iter().skip(1).collect();
    let ran = write(folder.path(), &document(&day(), scopes), &["--json"]);
    let files = json(&ran.output)["written"]["files"].clone();
    let names: Vec<&str> = files
        .as_array()
        .expect("files")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("data/services") || name.contains("data/resources")),
        "{names:?}"
    );
    assert_eq!(
        text(&folder, "data/resources.tsv"),
        fs::read_to_string(project().join("data/resources.tsv")).expect("a file")
    );
}

#[test]
fn the_newest_list_has_nothing_to_write() {
    let folder = copy();
    let ran = write(
        folder.path(),
        &document(&day(), Revision::NEWEST.scopes()),
        &[],
    );
    assert_eq!(
        (ran.status, ran.output.as_str()),
        (
            0,
            format!(
                "Identical to the revision {}.\nNothing to write.\n",
                Revision::NEWEST
            )
            .as_str()
        )
    );
    let ran = write(
        folder.path(),
        &document(&day(), Revision::NEWEST.scopes()),
        &["--json"],
    );
    assert_eq!(json(&ran.output)["written"], Value::Null);
    assert!(!folder.path().join("catalogue.json").exists());
}

#[test]
fn what_cannot_be_added_is_refused_and_nothing_is_written() {
    let newest = Revision::NEWEST;
    let older = Revision::R2025_01_20.scopes();
    let page = older.to_string();
    let strange = |token| {
        let mut tokens = crate::tokens(older);
        tokens.push(token);
        document_of(&day(), &tokens)
    };
    for (document, words) in [
        (
            document("2025-01-20", older),
            format!(
                "the document is of 2025-01-20, and the newest revision of {newest}; give a newer document"
            ),
        ),
        (
            page,
            "the document has no date; give a discovery document, which has one in its revision"
                .to_owned(),
        ),
        (
            strange("openid"),
            r#""openid" is not a Data Portability scope"#.to_owned(),
        ),
        (
            strange("https://www.googleapis.com/auth/dataportability.zyzzyva/"),
            "does not end in a resource group".to_owned(),
        ),
    ] {
        let folder = copy();
        let ran = write(folder.path(), &document, &[]);
        assert_eq!((ran.status, ran.output.as_str()), (2, ""));
        assert!(ran.errors.contains(&words), "{}", ran.errors);
        assert!(!folder.path().join("catalogue.json").exists());
        assert_eq!(text(&folder, "CHANGELOG.md"), CHANGELOG);
    }

    let folder = TempDir::new().expect("a folder");
    let ran = write(folder.path(), &new_document(), &[]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.errors
            .ends_with("; give the folder of the project with --project\n"),
        "{}",
        ran.errors
    );

    let folder = copy();
    fs::remove_file(folder.path().join("CHANGELOG.md")).expect("a file");
    let ran = write(folder.path(), &new_document(), &[]);
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("CHANGELOG.md: "), "{}", ran.errors);
    assert!(!folder.path().join(list_file()).exists());

    // A second time, the program has not been built with the first.
    let folder = copy();
    assert_eq!(write(folder.path(), &new_document(), &[]).status, 0);
    let ran = write(folder.path(), &new_document(), &[]);
    assert_eq!(
        (ran.status, ran.errors),
        (
            2,
            format!(
                "error: the project's newest revision is {}, and this program was built with {newest}; build it again from the project\n",
                day()
            )
        )
    );
}

#[test]
fn the_folder_of_the_project_is_the_current_one_unless_another_is_given() {
    let folder = copy();
    let ran = finish(
        program()
            .args(["drift", "-", "--write"])
            .current_dir(folder.path()),
        new_document().as_bytes(),
    );
    assert_eq!((ran.status, ran.errors.as_str()), (0, ""));
    assert!(folder.path().join(list_file()).exists());
    let ran = finish(
        program().args(["drift", "-", "--project", "."]),
        new_document().as_bytes(),
    );
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("--write"), "{}", ran.errors);
    let ran = finish(
        program().args(["drift", "-", "--write", "--revision", "newest"]),
        new_document().as_bytes(),
    );
    assert_eq!(ran.status, 2);
}

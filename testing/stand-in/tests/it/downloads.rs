//! Archives and signed URLs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use http::Response;
use serde_json::Value;
use stand_in::{Access, Config, Faults, Rule};
use zip::ZipArchive;

use crate::app::{ADA, App, DAY, HOUR, MINUTE, SEARCH, config, resources, rows, text};

/// An app with a job of the group that is complete.
fn complete(group: &str, access: Access) -> (App, String) {
    let mut app = App::of(&[group], access);
    let job = app.start(group);
    app.now += HOUR;
    (app, job)
}

/// The files in a file of an archive, by path.
fn unzip(response: Response<Vec<u8>>) -> BTreeMap<String, String> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["Content-Type"], "application/zip");
    let mut archive = ZipArchive::new(Cursor::new(response.into_body())).unwrap();
    let files = archive.len();
    let file = |index| {
        let mut file = archive.by_index(index).unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        (file.name().to_owned(), content)
    };
    (0..files).map(file).collect()
}

/// Downloads the archive of a job, checks that its index names its files, and returns the index,
/// the files and the groups that have some.
fn archive(app: &mut App, job: &str) -> (Value, BTreeMap<String, String>, BTreeSet<String>) {
    let urls = app.urls(job);
    let index = unzip(app.get(&urls[0]));
    assert_eq!(index.len(), 1);
    let index: Value = serde_json::from_str(&index["Portability/archive_browser.json"]).unwrap();
    let data: BTreeMap<_, _> = urls[1..].iter().flat_map(|url| unzip(app.get(url))).collect();
    let (mut paths, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for service in index["serviceStatus"].as_array().unwrap() {
        let folder = text(&service["folderName"]);
        let files = service["extractedFile"].as_array().unwrap();
        assert_eq!(service["extractedFileTotal"], files.len().to_string());
        for file in files {
            paths.insert(format!("Portability/{folder}/{}", text(&file["name"])));
            groups.insert(text(&file["resourceGroup"]));
        }
    }
    assert!(paths.iter().eq(data.keys()), "{index}");
    (index, data, groups)
}

#[test]
fn the_archive_of_every_group_is_an_index_and_the_files_that_it_names() {
    for resource in resources() {
        let (mut app, job) = complete(&resource.group, Access::OneTime);
        assert_eq!(app.state(&job).body["state"], "COMPLETE");
        let (index, data, groups) = archive(&mut app, &job);
        assert!(groups.iter().eq([&resource.group]));
        assert_eq!(index["serviceStatus"][0]["isIncomplete"], false);
        for (path, content) in &data {
            assert!(!content.is_empty(), "{path}");
            if content.starts_with(['{', '[']) {
                serde_json::from_str::<Value>(content).unwrap();
            }
        }
        let counts = &app.google.audit().accounts[ADA];
        assert_eq!(counts.downloads_of[&resource.group], counts.downloads);
        assert!(app.is_clean(), "{:?}", app.google.audit());
    }
}

#[test]
fn documented_groups_have_the_fields_of_the_schema_reference() {
    for [group, file, fields] in rows(include_str!("documented_files.tsv")) {
        let (mut app, job) = complete(group, Access::OneTime);
        let (_, data, _) = archive(&mut app, &job);
        let content = &data[&format!("Portability/{file}")];
        assert!(content.contains(&fields.replace("\\n", "\n")), "{file}: {content}");
    }
}

#[test]
fn a_combined_job_holds_the_data_of_all_its_groups_in_up_to_so_many_parts() {
    let all = ["chrome.history", "myactivity.maps", SEARCH, "youtube.comments"];
    let mut seen = BTreeSet::new();
    for seed in 0..20 {
        let faults = Faults { incomplete_archives: 1.0, ..Faults::default() };
        let config = Config { archive_parts: 3, faults, seed, ..config() };
        let mut app = App::configured(config, &all, Access::OneTime);
        let job = app.initiate(&all).job();
        app.now += HOUR;
        let (index, data, groups) = archive(&mut app, &job);
        assert!(groups.into_iter().eq(all));
        let services = index["serviceStatus"].as_array().unwrap();
        assert_eq!(services.len(), 3);
        assert!(services.iter().all(|service| service["isIncomplete"] == true));
        seen.insert(data.len());
    }
    assert!(seen.into_iter().eq([4, 8, 12]));
}

#[test]
fn there_are_urls_only_when_the_job_is_complete() {
    let mut app = App::of(&[SEARCH, "myactivity.maps", "myactivity.play"], Access::Days30);
    let running = app.start(SEARCH);
    app.google.fail_next_jobs(1);
    let failed = app.start("myactivity.maps");
    let cancelled = app.start("myactivity.play");
    app.cancel(&cancelled);
    assert!(app.state(&running).body.get("urls").is_none());
    app.now += HOUR;
    for (job, has_urls) in [(failed, false), (cancelled, false), (running, true)] {
        assert_eq!(app.state(&job).body.get("urls").is_some(), has_urls);
    }
}

#[test]
fn a_signed_url_expires_after_six_hours_and_a_fresh_one_works() {
    let (mut app, job) = complete(SEARCH, Access::OneTime);
    let old = app.urls(&job).remove(0);
    app.now = app.now + HOUR * 6 - MINUTE;
    assert_eq!(app.get(&old).status(), 200);
    app.now += MINUTE;
    assert_eq!(app.get(&old).status(), 403);
    assert_eq!(app.google.audit().accounts[ADA].of(Rule::ExpiredUrl), 1);
    let fresh = app.urls(&job).remove(0);
    assert_eq!(app.get(&fresh).status(), 200);
    assert_eq!(app.google.audit().total.downloads, 2);

    let (unsigned, _) = fresh.split_once("&Signature=").unwrap();
    for changed in [
        fresh.replace("Expires=1", "Expires=2"),
        fresh.replace("/1.zip", "/2.zip"),
        unsigned.to_owned(),
        format!("{unsigned}&Signature=x"),
    ] {
        assert_eq!(app.get(&changed).status(), 403, "{changed}");
    }
}

#[test]
fn an_archive_is_gone_after_14_days_or_a_reset() {
    let (mut app, job) = complete(SEARCH, Access::Days30);
    app.now = app.now + DAY * 14 - MINUTE;
    let url = app.urls(&job).remove(0);
    app.now += MINUTE;
    assert_eq!(app.get(&url).status(), 404);
    let state = app.state(&job).body;
    assert_eq!((&*text(&state["state"]), state.get("urls")), ("COMPLETE", None));

    let (mut app, job) = complete(SEARCH, Access::OneTime);
    let url = app.urls(&job).remove(0);
    app.reset();
    assert_eq!(app.get(&url).status(), 404);
}

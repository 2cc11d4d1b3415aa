//! Archives and signed URLs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use http::{Request, Response};
use serde_json::Value;
use stand_in::{Access, Config, Faults, Rule};
use zip::ZipArchive;

use crate::app::{ADA, App, DAY, HOUR, MINUTE, config, resources, text};

fn download(app: &mut App, url: &str) -> Response<Vec<u8>> {
    let path = url.strip_prefix("http://127.0.0.1:8090").unwrap();
    let request = Request::get(path).body(Vec::new()).unwrap();
    app.google.respond(&request, app.now)
}

fn urls(state: &Value) -> Vec<String> {
    state["urls"].as_array().unwrap().iter().map(text).collect()
}

/// Starts a job and returns its id and the refresh token.
fn start(app: &mut App, group: &str, access: Access) -> (String, String) {
    let tokens = app.consent(ADA, &[group], access);
    let job = app.start(&text(&tokens["access_token"]), group);
    (job, text(&tokens["refresh_token"]))
}

fn state(app: &mut App, (job, refresh_token): &(String, String)) -> Value {
    let token = text(&app.refresh(refresh_token).body["access_token"]);
    app.state(&token, job).body
}

/// The files in a file of an archive, by path.
fn unzip(response: Response<Vec<u8>>) -> BTreeMap<String, String> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["Content-Type"], "application/zip");
    let mut archive = ZipArchive::new(Cursor::new(response.into_body())).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            (file.name().to_owned(), content)
        })
        .collect()
}

/// The index and all other files of a job's archive.
fn archive(app: &mut App, job: &(String, String)) -> (Value, BTreeMap<String, String>) {
    let urls = urls(&state(app, job));
    let index = unzip(download(app, &urls[0]));
    assert_eq!(index.len(), 1);
    let index = serde_json::from_str(&index["Portability/archive_browser.json"]).unwrap();
    let data = urls[1..].iter().flat_map(|url| unzip(download(app, url)));
    (index, data.collect())
}

/// The paths that an index names, and the group of each.
fn indexed(index: &Value) -> BTreeMap<String, String> {
    let services = index["serviceStatus"].as_array().unwrap();
    let files = services.iter().flat_map(|service| {
        let folder = text(&service["folderName"]);
        let files = service["extractedFile"].as_array().unwrap();
        assert_eq!(service["extractedFileTotal"], files.len().to_string());
        files.iter().map(move |file| {
            let path = format!("Portability/{folder}/{}", text(&file["name"]));
            (path, text(&file["resourceGroup"]))
        })
    });
    files.collect()
}

#[test]
fn the_archive_of_every_group_is_an_index_and_the_files_that_it_names() {
    for resource in resources() {
        let mut app = App::new();
        let job = start(&mut app, &resource.group, Access::OneTime);
        app.now += HOUR;
        let (index, data) = archive(&mut app, &job);
        let indexed = indexed(&index);
        assert!(indexed.keys().eq(data.keys()), "{index}");
        assert!(indexed.values().all(|group| *group == resource.group));
        assert_eq!(index["serviceStatus"][0]["isIncomplete"], false);
        for (path, content) in &data {
            assert!(!content.is_empty(), "{path}");
            if content.starts_with(['{', '[']) {
                serde_json::from_str::<Value>(content).unwrap();
            }
        }
        let counts = &app.google.audit().accounts[ADA];
        assert_eq!(counts.downloads_of[&resource.group], counts.downloads);
    }
}

#[test]
fn documented_groups_have_the_fields_of_the_schema_reference() {
    for (group, path, fields) in [
        (
            "youtube.subscriptions",
            "YouTube and YouTube Music/subscriptions.csv",
            "Channel Id,Channel Url,Channel Title\nUC",
        ),
        (
            "youtube.comments",
            "YouTube and YouTube Music/comments.csv",
            "Comment ID,Channel ID,Comment Create Timestamp,",
        ),
        ("myactivity.search", "My Activity/Search/MyActivity.json", "\"header\":\"Search\""),
        ("myactivity.youtube", "My Activity/YouTube/MyActivity.json", "\"titleUrl\":"),
        ("chrome.history", "Chrome/History.json", "\"page_transition\":"),
        ("chrome.bookmarks", "Chrome/Bookmarks.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1>"),
        ("maps.reviews", "Maps (your places)/Reviews.json", "\"five_star_rating_published\":"),
        ("maps.starred_places", "Maps (your places)/Saved Places.json", "\"google_maps_url\":"),
        ("discover.follows", "Discover/Follows.csv", "followed_entity\nSlow Kitchen\n\"Bridges, E"),
        ("discover.not_interested", "Discover/Not Interested.csv", "entity_name,setting_value\n"),
    ] {
        let mut app = App::new();
        let job = start(&mut app, group, Access::OneTime);
        app.now += HOUR;
        let (_, data) = archive(&mut app, &job);
        let content = &data[&format!("Portability/{path}")];
        assert!(content.contains(fields), "{path}: {content}");
    }
}

#[test]
fn a_combined_job_holds_the_data_of_all_its_groups() {
    let groups = ["chrome.history", "myactivity.maps", "myactivity.search", "youtube.comments"];
    let faults = Faults { incomplete_archives: 1.0, ..Faults::default() };
    let mut app = App::with(Config { archive_parts: 3, faults, ..config() });
    let tokens = app.consent(ADA, &groups, Access::OneTime);
    let job = app.initiate(&text(&tokens["access_token"]), &groups).job();
    app.now += HOUR;
    let (index, data) = archive(&mut app, &(job, text(&tokens["refresh_token"])));
    let indexed = indexed(&index);
    assert!(indexed.keys().eq(data.keys()));
    let held: BTreeSet<&str> = indexed.values().map(String::as_str).collect();
    assert!(held.into_iter().eq(groups));
    assert_eq!(data.len() % groups.len(), 0);
    let services = index["serviceStatus"].as_array().unwrap();
    assert_eq!(services.len(), 3);
    assert!(services.iter().all(|service| service["isIncomplete"] == true));
}

#[test]
fn there_are_urls_only_when_the_job_is_complete() {
    let mut app = App::new();
    let running = start(&mut app, "myactivity.search", Access::OneTime);
    app.google.fail_next_jobs(1);
    let failed = start(&mut app, "myactivity.maps", Access::OneTime);
    let cancelled = start(&mut app, "myactivity.play", Access::Days30);
    let token = text(&app.refresh(&cancelled.1).body["access_token"]);
    app.cancel(&token, &cancelled.0);
    assert!(state(&mut app, &running).get("urls").is_none());
    app.now += HOUR;
    assert!(state(&mut app, &failed).get("urls").is_none());
    assert!(state(&mut app, &cancelled).get("urls").is_none());
    assert!(state(&mut app, &running).get("urls").is_some());
}

#[test]
fn an_archive_can_have_several_files() {
    let mut app = App::with(Config { archive_parts: 3, ..config() });
    let mut seen = [false; 5];
    for resource in resources() {
        let job = start(&mut app, &resource.group, Access::OneTime);
        app.now += HOUR;
        let urls = urls(&state(&mut app, &job));
        for url in &urls {
            assert_eq!(download(&mut app, url).status(), 200);
        }
        seen[urls.len()] = true;
    }
    assert_eq!(seen, [false, false, true, true, true]);
}

#[test]
fn a_signed_url_expires_after_six_hours_and_a_fresh_one_works() {
    let mut app = App::new();
    let job = start(&mut app, "myactivity.search", Access::OneTime);
    app.now += HOUR;
    let old = urls(&state(&mut app, &job)).remove(0);
    app.now = app.now + HOUR * 6 - MINUTE;
    assert_eq!(download(&mut app, &old).status(), 200);
    app.now += MINUTE;
    assert_eq!(download(&mut app, &old).status(), 403);
    assert_eq!(app.google.audit().accounts[ADA].of(Rule::ExpiredUrl), 1);
    let fresh = urls(&state(&mut app, &job)).remove(0);
    assert_eq!(download(&mut app, &fresh).status(), 200);
    assert_eq!(app.google.audit().total.downloads, 2);
}

#[test]
fn a_changed_url_is_refused() {
    let mut app = App::new();
    let job = start(&mut app, "myactivity.search", Access::OneTime);
    app.now += HOUR;
    let url = urls(&state(&mut app, &job)).remove(0);
    let (unsigned, _) = url.split_once("&Signature=").unwrap();
    for changed in [
        url.replace("Expires=1", "Expires=2"),
        url.replace("/1.zip", "/2.zip"),
        unsigned.to_owned(),
        format!("{unsigned}&Signature=x"),
    ] {
        assert_eq!(download(&mut app, &changed).status(), 403, "{changed}");
    }
}

#[test]
fn an_archive_is_gone_after_14_days() {
    let mut app = App::new();
    let job = start(&mut app, "myactivity.search", Access::Days30);
    app.now = app.now + HOUR + DAY * 14 - MINUTE;
    let url = urls(&state(&mut app, &job)).remove(0);
    app.now += MINUTE;
    assert_eq!(download(&mut app, &url).status(), 404);
    let state = state(&mut app, &job);
    assert_eq!(state["state"], "COMPLETE");
    assert!(state.get("urls").is_none());
}

#[test]
fn an_archive_is_gone_after_a_reset() {
    let mut app = App::new();
    let job = start(&mut app, "myactivity.search", Access::OneTime);
    app.now += HOUR;
    let url = urls(&state(&mut app, &job)).remove(0);
    let token = text(&app.refresh(&job.1).body["access_token"]);
    app.reset(&token);
    assert_eq!(download(&mut app, &url).status(), 404);
}

//! Archives and signed URLs.

use std::io::{Cursor, Read};

use http::{Request, Response};
use serde_json::Value;
use stand_in::{Access, Config, Rule};
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

#[test]
fn the_archive_of_every_resource_group_has_records() {
    for resource in resources() {
        let mut app = App::new();
        let job = start(&mut app, &resource.group, Access::OneTime);
        app.now += HOUR;
        let urls = urls(&state(&mut app, &job));
        assert_eq!(urls.len(), 1);
        let response = download(&mut app, &urls[0]);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["Content-Type"], "application/zip");
        let mut archive = ZipArchive::new(Cursor::new(response.into_body())).unwrap();
        let mut file = archive
            .by_name(&format!("{}/1.json", resource.group))
            .unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        let records: Vec<Value> = serde_json::from_str(&content).unwrap();
        assert_eq!(
            records[0]["title"],
            format!("Made-up record 1 of {}", resource.group)
        );
    }
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
    let mut app = App::with(Config {
        archive_parts: 3,
        ..config()
    });
    let mut seen = [false; 4];
    for resource in resources() {
        let job = start(&mut app, &resource.group, Access::OneTime);
        app.now += HOUR;
        let urls = urls(&state(&mut app, &job));
        for url in &urls {
            assert_eq!(download(&mut app, url).status(), 200);
        }
        seen[urls.len()] = true;
    }
    assert_eq!(seen, [false, true, true, true]);
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

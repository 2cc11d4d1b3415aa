//! The pages that a browser shows.

use http::{Request, Response};
use stand_in::{Access, Config, Rule};

use crate::app::{
    ADA, App, GRACE, PROJECT, SEARCH, STATE, authorization_url, changed_url, config, form,
    parameters, scope,
};

const GROUPS: [&str; 2] = ["chrome.history", SEARCH];

fn post(app: &mut App, path: &str, fields: &[(&str, &str)]) -> Response<Vec<u8>> {
    app.google.respond(&Request::post(path).body(form(fields).into_bytes()).unwrap(), app.now)
}

fn page(app: &mut App, url: &str, status: u16) -> String {
    let response = app.get(url);
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["Content-Type"], "text/html; charset=utf-8");
    assert!(response.headers().contains_key("Content-Security-Policy"));
    String::from_utf8(response.into_body()).unwrap()
}

fn location(response: &Response<Vec<u8>>) -> &str {
    assert_eq!(response.status(), 303);
    response.headers()["Location"].to_str().unwrap()
}

#[test]
fn the_consent_page_names_the_app_the_accounts_and_what_is_asked_for() {
    let mut app = App::with(Config { clock_speed: 600, ..config() });
    let page = page(&mut app, &authorization_url(&GROUPS), 200);
    assert!(page.contains("runs 600 times faster than real time"));
    for text in ["Example app", ADA, GRACE, "Select all", "30 days", "180 days"] {
        assert!(page.contains(text), "{text}");
    }
    for group in GROUPS {
        assert!(page.contains(&format!("value=\"{}\"", scope(group))));
    }
    for text in ["chrome.bookmarks", "<script"] {
        assert!(!page.contains(text), "{text}");
    }
}

#[test]
fn what_the_app_sends_is_escaped() {
    for (name, status) in [("state", 200), ("redirect_uri", 400)] {
        let url = changed_url(&GROUPS, &[(name, "\"><script>")]);
        assert!(!page(&mut App::new(), &url, status).contains("<script"));
    }
}

#[test]
fn the_decision_sends_the_user_back() {
    let url = authorization_url(&GROUPS);
    let (_, query) = url.split_once('?').unwrap();
    let history = scope("chrome.history");
    let both = format!("{history} {}", scope(SEARCH));
    let allow = ("decision", "allow");
    for (fields, granted) in [
        (vec![allow, ("all", "yes")], Some(&both)),
        (vec![allow, ("scope", &history)], Some(&history)),
        (vec![allow], None),
        (vec![("decision", "deny"), ("all", "yes")], None),
        (vec![("all", "yes")], None),
    ] {
        let mut app = App::new();
        let mut fields = fields;
        fields.extend([("request", query), ("account", GRACE), ("access", "180-days")]);
        let response = post(&mut app, "/o/oauth2/v2/auth", &fields);
        let parameters = parameters(location(&response));
        assert_eq!(parameters["state"], STATE);
        assert_eq!(parameters.get("scope"), granted);
        assert_eq!(parameters.contains_key("code"), granted.is_some());
        // A double click sends it again.
        let again = post(&mut app, "/o/oauth2/v2/auth", &fields);
        assert_eq!(location(&again), location(&response));
        if granted.is_some() {
            let tokens = app.exchange(&parameters["code"]).body;
            assert_eq!(tokens["refresh_token_expires_in"], 15_552_000);
            assert_eq!(app.google.audit().accounts[GRACE].consents, 1);
        } else {
            assert_eq!(parameters["error"], "access_denied");
        }
    }
}

#[test]
fn a_request_that_google_refuses_shows_an_error_page() {
    let mut app = App::new();
    let unknown = authorization_url(&["youtube.watch_history"]);
    assert!(page(&mut app, &unknown, 400).contains("Error 400: invalid_scope"));
    // As JSON.
    let audit: stand_in::Audit = serde_json::from_slice(app.get("/stand-in/audit").body()).unwrap();
    assert_eq!((&audit, audit.total.of(Rule::UnknownScope)), (app.google.audit(), 1));

    // Which account is asked is known before the decision only if the app names one.
    app.decide(&authorization_url(&GROUPS), ADA, Access::OneTime);
    for (hint, status) in [("", 200), (GRACE, 200), (ADA, 400)] {
        let url = changed_url(&GROUPS, &[("login_hint", hint)]);
        let incremental = "Incremental auth is not allowed for the requested scopes";
        assert_eq!(page(&mut app, &url, status).contains(incremental), status == 400);
    }
}

#[test]
fn a_request_without_prompt_cannot_be_answered() {
    let response = App::new().get(&changed_url(&GROUPS, &[("prompt", "none")]));
    let parameters = parameters(location(&response));
    assert_eq!(parameters["error"], "interaction_required");
    assert_eq!(parameters["state"], STATE);
}

#[test]
fn the_overview_shows_and_changes_what_happens() {
    let mut app = App::of(&GROUPS, Access::OneTime);
    let response = post(&mut app, "/stand-in", &[("do", "fail-next-job")]);
    assert_eq!(location(&response), "/stand-in");
    assert!(page(&mut app, "/stand-in", 200).contains("The next 1 to start will fail."));
    let job = app.start("chrome.history");
    let shown = page(&mut app, "/stand-in", 200);
    assert!(shown.contains(&job) && shown.contains("IN_PROGRESS"));
    assert!(shown.contains("Example app has access to 2 resource groups of ada@example.com."));
    let remove = [("do", "remove-access"), ("account", ADA), ("project", PROJECT)];
    post(&mut app, "/stand-in", &remove);
    assert!(page(&mut app, "/stand-in", 200).contains("No app has access."));
    assert_eq!(app.state(&job).status, 401);
}

#[test]
fn no_page_has_a_dead_link() {
    let mut app = App::of(&GROUPS, Access::OneTime);
    for (address, status) in [
        (authorization_url(&["chrome.bookmarks"]), 200),
        (authorization_url(&["other"]), 400),
        ("/stand-in".to_owned(), 200),
        ("/no/such/page".to_owned(), 404),
    ] {
        let page = page(&mut app, &address, status);
        let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let links: Vec<&str> = links.filter(|link| *link != "data:,").collect();
        assert!(!links.is_empty());
        for link in links {
            assert_eq!(app.get(link).status(), 200, "{link}");
        }
    }
    assert_eq!(location(&app.get("/")), "/stand-in");
}

//! The pages that a browser shows.

use http::{Request, Response};
use stand_in::{Access, Config, Rule};

use crate::app::{
    ADA, App, GRACE, STATE, authorization_request, authorization_url, config, parameters, scope,
    url,
};

fn get(app: &mut App, url: &str) -> Response<Vec<u8>> {
    let path = url.strip_prefix("http://127.0.0.1:8090").unwrap_or(url);
    let request = Request::get(path).body(Vec::new()).unwrap();
    app.google.respond(&request, app.now)
}

fn post(app: &mut App, path: &str, fields: &[(&str, &str)]) -> Response<Vec<u8>> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("Host", "127.0.0.1:8090")
        .header("Origin", "http://127.0.0.1:8090")
        .body(body.into_bytes())
        .unwrap();
    app.google.respond(&request, app.now)
}

fn page(response: &Response<Vec<u8>>) -> &str {
    assert_eq!(response.headers()["Content-Type"], "text/html; charset=utf-8");
    assert!(response.headers().contains_key("Content-Security-Policy"));
    std::str::from_utf8(response.body()).unwrap()
}

fn location(response: &Response<Vec<u8>>) -> &str {
    assert_eq!(response.status(), 303);
    response.headers()["Location"].to_str().unwrap()
}

const GROUPS: [&str; 2] = ["chrome.history", "myactivity.search"];

#[test]
fn the_consent_page_names_the_app_the_accounts_and_what_is_asked_for() {
    let mut app = App::new();
    let response = get(&mut app, &authorization_url(&GROUPS));
    assert_eq!(response.status(), 200);
    let page = page(&response);
    for text in ["Example app", ADA, GRACE, "Select all", "30 days", "180 days"] {
        assert!(page.contains(text), "{text}");
    }
    for group in GROUPS {
        assert!(page.contains(&format!("value=\"{}\"", scope(group))));
    }
    assert!(!page.contains("chrome.bookmarks"));
    assert!(!page.contains("<script"));
    assert!(!page.contains("faster"));
}

#[test]
fn a_faster_clock_is_told() {
    let mut app = App::with(Config { clock_speed: 600, ..config() });
    for address in [authorization_url(&GROUPS), "/stand-in".to_owned()] {
        let response = get(&mut app, &address);
        assert!(page(&response).contains("runs 600 times faster than real time"));
    }
}

#[test]
fn what_the_app_sends_is_escaped() {
    let mut app = App::new();
    let mut request = authorization_request(&GROUPS);
    request[3].1 = "\"><script>".to_owned();
    let response = get(&mut app, &url(&request));
    assert!(!page(&response).contains("<script"));
    request[2].1 = "https://app.example/<script>".to_owned();
    let response = get(&mut app, &url(&request));
    assert!(!page(&response).contains("<script"));
}

#[test]
fn the_decision_sends_the_user_back() {
    let url = authorization_url(&GROUPS);
    let (_, query) = url.split_once('?').unwrap();
    let history = scope("chrome.history");
    let both = format!("{history} {}", scope("myactivity.search"));
    let request = ("request", query);
    let allow = ("decision", "allow");
    for (fields, granted) in [
        (vec![request, allow, ("all", "yes")], Some(&both)),
        (vec![request, allow, ("scope", &history)], Some(&history)),
        (vec![request, allow], None),
        (vec![request, ("decision", "deny"), ("all", "yes")], None),
        (vec![request, ("all", "yes")], None),
    ] {
        let mut app = App::new();
        let mut fields = fields;
        fields.extend([("account", GRACE), ("access", "180-days")]);
        let response = post(&mut app, "/o/oauth2/v2/auth", &fields);
        let parameters = parameters(location(&response));
        assert_eq!(parameters["state"], STATE);
        assert_eq!(parameters.get("scope"), granted);
        assert_eq!(parameters.contains_key("code"), granted.is_some());
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
fn a_decision_from_another_site_is_refused() {
    let mut app = App::new();
    let url = authorization_url(&GROUPS);
    let (_, query) = url.split_once('?').unwrap();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("request", query), ("all", "yes"), ("decision", "allow"), ("account", ADA)])
        .finish();
    for path in ["/o/oauth2/v2/auth", "/stand-in"] {
        for origin in ["https://app.example", "null", "http://127.0.0.1:8091"] {
            let request = Request::post(path)
                .header("Host", "127.0.0.1:8090")
                .header("Origin", origin)
                .body(body.clone().into_bytes())
                .unwrap();
            assert_eq!(app.google.respond(&request, app.now).status(), 403);
        }
    }
    assert_eq!(app.google.audit().total.consents, 0);
}

#[test]
fn an_invalid_request_shows_an_error_page() {
    let mut app = App::new();
    let response = get(&mut app, &authorization_url(&["youtube.watch_history"]));
    assert_eq!(response.status(), 400);
    assert!(page(&response).contains("Error 400: invalid_scope"));
    assert_eq!(app.broken(Rule::UnknownScope), 1);
}

#[test]
fn what_the_named_account_granted_already_is_refused_before_the_choice() {
    let mut app = App::new();
    app.decide(&authorization_url(&GROUPS), ADA, Access::OneTime);
    let mut request = authorization_request(&GROUPS);
    assert_eq!(get(&mut app, &url(&request)).status(), 200);
    request.push(("login_hint", ADA.to_owned()));
    let response = get(&mut app, &url(&request));
    assert_eq!(response.status(), 400);
    assert!(page(&response).contains("Incremental auth is not allowed for the requested scopes"));
    request.pop();
    request.push(("login_hint", GRACE.to_owned()));
    assert_eq!(get(&mut app, &url(&request)).status(), 200);
}

#[test]
fn a_request_without_prompt_cannot_be_answered() {
    let mut app = App::new();
    let mut request = authorization_request(&GROUPS);
    request.push(("prompt", "none".to_owned()));
    let response = get(&mut app, &url(&request));
    let parameters = parameters(location(&response));
    assert_eq!(parameters["error"], "interaction_required");
    assert_eq!(parameters["state"], STATE);
}

#[test]
fn the_overview_shows_and_changes_what_happens() {
    let mut app = App::new();
    let token = app.token(ADA, &GROUPS, Access::OneTime);
    let response = post(&mut app, "/stand-in", &[("do", "fail-next-job")]);
    assert_eq!(location(&response), "/stand-in");
    let response = get(&mut app, "/stand-in");
    assert!(page(&response).contains("The next 1 to start will fail."));
    let job = app.start(&token, "chrome.history");
    let response = get(&mut app, "/stand-in");
    let shown = page(&response);
    assert!(shown.contains(&job) && shown.contains("IN_PROGRESS"));
    assert!(shown.contains("Example app has access to 2 resource groups of ada@example.com."));
    let remove = [("do", "remove-access"), ("account", ADA), ("project", "1234567890")];
    post(&mut app, "/stand-in", &remove);
    let response = get(&mut app, "/stand-in");
    assert!(page(&response).contains("No app has access."));
    assert_eq!(app.state(&token, &job).status, 401);
}

#[test]
fn no_page_has_a_dead_link() {
    let mut app = App::new();
    app.token(ADA, &GROUPS, Access::OneTime);
    for address in [
        authorization_url(&GROUPS),
        authorization_url(&["other"]),
        "/stand-in".to_owned(),
        "/no/such/page".to_owned(),
    ] {
        let response = get(&mut app, &address);
        let links: Vec<String> = page(&response)
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|link| *link != "data:,")
            .map(str::to_owned)
            .collect();
        assert!(!links.is_empty());
        for link in links {
            assert_eq!(get(&mut app, &link).status(), 200, "{link}");
        }
    }
    assert_eq!(get(&mut app, "/no/such/page").status(), 404);
    assert_eq!(location(&get(&mut app, "/")), "/stand-in");
}

#[test]
fn the_audit_is_readable_as_json() {
    let mut app = App::new();
    get(&mut app, &authorization_url(&["youtube.watch_history"]));
    let response = get(&mut app, "/stand-in/audit");
    let audit: stand_in::Audit = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(&audit, app.google.audit());
    let value: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(value["total"]["findings"]["unknown-scope"], 1);
}

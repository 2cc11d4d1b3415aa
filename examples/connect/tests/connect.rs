//! The example `connect`, walked from end to end over HTTP on loopback: no browser needed.

// The example is built from the same files, so that it need not be started as a program.
#[path = "../examples/connect/app.rs"]
mod app;
#[path = "../examples/connect/guard.rs"]
mod guard;
#[path = "../examples/connect/http_client.rs"]
mod http_client;
#[path = "../examples/connect/pages.rs"]
mod pages;
#[path = "../examples/connect/problem.rs"]
mod problem;
#[path = "../examples/connect/provider.rs"]
#[expect(dead_code, reason = "the tests have no client at Google")]
mod provider;
#[path = "../examples/connect/sessions.rs"]
mod sessions;
#[path = "../examples/connect/stand_in.rs"]
mod stand_in;

use std::collections::BTreeMap;

use dataportability_scopes::http::{Request, StatusCode, header};
use dataportability_scopes::oauth2::HttpResponse;
use dataportability_scopes::url::{Url, form_urlencoded};
use dataportability_scopes::catalogue::{Resource, ScopeSet};
use tokio::net::TcpListener;

use crate::http_client::http;

/// A browser, as far as the example asks for one: it keeps cookies and follows redirects.
struct Browser {
    app: Url,
    cookies: BTreeMap<String, String>,
}

/// A page, and where the browser ended up.
struct Page {
    url: Url,
    status: StatusCode,
    text: String,
}

impl Browser {
    /// A browser for an example that is served for it alone.
    async fn new() -> Browser {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let stand_in = stand_in::serve(&origin).await.unwrap();
        let router = app::router(&origin, stand_in).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Browser {
            app: Url::parse(&origin).unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    async fn get(&mut self, path: &str) -> Page {
        let url = self.app.join(path).unwrap();
        self.go(url, None).await
    }

    /// Sends a form from a page of the same site.
    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let url = self.app.join(path).unwrap();
        self.go(url, Some(form)).await
    }

    async fn go(&mut self, mut url: Url, form: Option<&[(&str, &str)]>) -> Page {
        let mut response = self.send(&url, form).await;
        while let Some(location) = response.headers().get(header::LOCATION) {
            url = url.join(location.to_str().unwrap()).unwrap();
            response = self.send(&url, None).await;
        }
        Page {
            url,
            status: response.status(),
            text: String::from_utf8(response.into_body()).unwrap(),
        }
    }

    async fn send(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> HttpResponse {
        let mut request = Request::builder().uri(url.as_str());
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let request = match form {
            None => request.body(Vec::new()),
            Some(form) => {
                let mut body = form_urlencoded::Serializer::new(String::new());
                request
                    .method("POST")
                    .header(header::ORIGIN, url.origin().ascii_serialization())
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body.extend_pairs(form).finish().into_bytes())
            }
        };
        let response = http(request.unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (cookie, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    /// Ticks resources, and ends up at the consent.
    async fn choose(&mut self, resources: &[&str]) -> Page {
        let form: Vec<_> = resources.iter().map(|name| ("resource", *name)).collect();
        self.post("/consent", &form).await
    }

    /// Allows what is named, of what a consent asks for.
    async fn allow(&mut self, consent: &Page, resources: &[Resource]) -> Page {
        let scopes = ScopeSet::from_resources(resources);
        let mut form = vec![
            ("request", consent.url.query().unwrap()),
            ("answer", "allow"),
        ];
        form.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        self.go(consent.url.clone(), Some(&form)).await
    }

    /// A browser that has been granted the bookmarks.
    async fn with_bookmarks() -> Browser {
        let mut browser = Browser::new().await;
        let consent = browser.choose(&["chrome.bookmarks"]).await;
        let result = browser.allow(&consent, &[Resource::ChromeBookmarks]).await;
        assert_eq!(result.heading(), "What you allowed");
        browser
    }
}

impl Page {
    fn heading(&self) -> &str {
        let (_, rest) = self.text.split_once("<h1>").unwrap();
        rest.split_once("</h1>").unwrap().0
    }

    /// The labels under a heading of the page of results.
    fn listed(&self, id: &str) -> Vec<&str> {
        let (_, rest) = self
            .text
            .split_once(&format!("<section aria-labelledby=\"{id}\">"))
            .unwrap();
        let (section, _) = rest.split_once("</section>").unwrap();
        let items = section.split("<li>").skip(1);
        items
            .map(|item| item.split_once("</li>").unwrap().0)
            .collect()
    }
}

#[tokio::test]
async fn every_scope_of_the_newest_revision_is_offered_once() {
    let page = Browser::new().await.get("/").await;
    for resource in Resource::all() {
        let offered = page.text.matches(&format!("value=\"{resource}\"")).count();
        let listed = dataportability_scopes::catalogue::Revision::NEWEST
            .scopes()
            .contains(resource.scope());
        assert_eq!(offered, usize::from(listed), "{resource}");
    }
}

#[tokio::test]
async fn a_part_is_granted_and_a_part_declined() {
    let mut browser = Browser::new().await;
    let consent = browser
        .choose(&["chrome.bookmarks", "chrome.history"])
        .await;
    assert_eq!(consent.heading(), "Hand over your data?");
    let result = browser.allow(&consent, &[Resource::ChromeBookmarks]).await;
    assert_eq!(result.url, browser.app.join("/result").unwrap());
    assert_eq!(result.listed("granted"), ["Bookmarks"]);
    assert_eq!(result.listed("declined"), ["Browsing history"]);
}

#[tokio::test]
async fn who_allows_nothing_has_declined() {
    let mut browser = Browser::new().await;
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let page = browser.allow(&consent, &[]).await;
    assert_eq!(page.heading(), "You declined");
    let result = browser.get("/result").await;
    assert_eq!(result.heading(), "Nothing allowed yet");
}

#[tokio::test]
async fn what_was_not_asked_for_cannot_be_granted() {
    let mut browser = Browser::new().await;
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let resources = [Resource::ChromeBookmarks, Resource::ChromeHistory];
    let result = browser.allow(&consent, &resources).await;
    assert_eq!(result.listed("granted"), ["Bookmarks"]);
    assert!(!result.text.contains("Browsing history"));
}

#[tokio::test]
async fn a_job_is_retried_three_times_and_no_more() {
    let mut browser = Browser::with_bookmarks().await;
    for retried in 1..=3 {
        let page = browser.post("/retry", &[("job", " failed-export ")]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(&format!("new-export-{retried}")));
    }
    let page = browser.post("/retry", &[("job", "failed-export")]).await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.text.contains(
        "The call was made too often, a job is retried at most three times: the API answered 429 RESOURCE_EXHAUSTED: \
         The job was retried three times. An export can be tried again three times."
    ));
}

#[tokio::test]
async fn a_retry_needs_a_session_with_a_token() {
    let page = Browser::new()
        .await
        .post("/retry", &[("job", "failed-export")])
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.heading(), "Session over");
}

#[tokio::test]
async fn what_is_held_is_not_asked_for_again() {
    let mut browser = Browser::with_bookmarks().await;
    let consent = browser
        .choose(&["chrome.bookmarks", "chrome.history"])
        .await;
    assert!(consent.text.contains("chrome.history"));
    assert!(!consent.text.contains("chrome.bookmarks"));

    let nothing = browser.choose(&["chrome.bookmarks"]).await;
    assert_eq!(nothing.heading(), "What you allowed");
}

#[tokio::test]
async fn after_a_reset_the_same_can_be_asked_for_again() {
    let mut browser = Browser::with_bookmarks().await;
    let ended = browser.post("/reset", &[]).await;
    assert_eq!(ended.heading(), "Access has ended");
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    assert_eq!(consent.heading(), "Hand over your data?");
}

#[tokio::test]
async fn the_session_has_a_new_name_after_the_return() {
    let mut browser = Browser::new().await;
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let before = browser.cookies.clone();
    browser.allow(&consent, &[Resource::ChromeBookmarks]).await;
    assert_ne!(browser.cookies, before);

    browser.cookies = before;
    assert_eq!(browser.get("/result").await.heading(), "Session over");
}

#[tokio::test]
async fn a_form_without_this_sites_origin_does_nothing() {
    let browser = Browser::with_bookmarks().await;
    let url = browser.app.join("/reset").unwrap();
    for origin in [None, Some("null"), Some("https://evil.example")] {
        let mut request = Request::builder()
            .method("POST")
            .uri(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in &browser.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let response = http(request.body(Vec::new()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin:?}");
    }
    let mut browser = browser;
    assert_eq!(browser.get("/result").await.heading(), "What you allowed");
}

#[tokio::test]
async fn each_wrong_return_has_a_page_that_says_what_to_do() {
    let mut browser = Browser::new().await;
    browser.choose(&["chrome.bookmarks"]).await;
    for (query, heading) in [
        ("state=forged&code=c", "This answer is not yours"),
        ("code=c", "The answer is damaged"),
        ("state=&code=c", "The answer is damaged"),
        ("state=a&state=b&code=c", "The answer is damaged"),
        ("", "The answer is damaged"),
    ] {
        let page = browser.get(&format!("/return?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(page.heading(), heading, "{query}");
    }
}

#[tokio::test]
async fn a_return_is_good_for_one_time() {
    let mut browser = Browser::new().await;
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let form = [
        ("request", consent.url.query().unwrap()),
        ("scope", Resource::ChromeBookmarks.scope().as_str()),
        ("answer", "allow"),
    ];
    let answer = browser.send(&consent.url, Some(&form)).await;
    let location = answer.headers()[header::LOCATION].to_str().unwrap();
    let returned = Url::parse(location).unwrap();
    assert_eq!(
        browser.go(returned.clone(), None).await.heading(),
        "What you allowed"
    );
    assert_eq!(
        browser.go(returned, None).await.heading(),
        "This answer has been used"
    );
}

#[tokio::test]
async fn what_the_user_typed_is_escaped() {
    let mut browser = Browser::with_bookmarks().await;
    let page = browser
        .post("/retry", &[("job", "<script>alert(1)</script>")])
        .await;
    assert!(page.text.contains("&lt;script&gt;"));
    assert!(!page.text.contains("<script>"));
}

#[tokio::test]
async fn no_resource_an_unknown_one_and_an_unknown_page_are_answered_in_words() {
    let mut browser = Browser::new().await;
    let page = browser.choose(&[]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("Tick at least one kind of data."));

    let page = browser.choose(&["chrome.dreams"]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.heading(), "This cannot be asked for");

    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.heading(), "Page not found");

    let page = browser.get("/consent").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_page_forbids_scripts_frames_and_caches() {
    let mut browser = Browser::new().await;
    for path in ["/", "/result", "/nowhere"] {
        let url = browser.app.join(path).unwrap();
        let response = browser.send(&url, None).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action"));
        assert!(policy.ends_with("frame-ancestors 'none'"));
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn another_host_name_leads_to_the_right_one() {
    let app = Browser::new().await.app;
    let port = app.port().unwrap();
    let request = Request::builder()
        .uri(app.as_str())
        .header(header::HOST, format!("localhost:{port}"))
        .body(Vec::new());
    let response = http(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    assert_eq!(Url::parse(location), Ok(app));
}

#[tokio::test]
async fn sessions_are_bounded_in_number() {
    let mut first = Browser::with_bookmarks().await;
    let mut other = Browser {
        app: first.app.clone(),
        cookies: BTreeMap::new(),
    };
    let url = first.app.join("/consent").unwrap();
    for _ in 0..1_000 {
        other.cookies.clear();
        other
            .send(&url, Some(&[("resource", "chrome.history")]))
            .await;
    }
    assert_eq!(first.get("/result").await.heading(), "Session over");
}

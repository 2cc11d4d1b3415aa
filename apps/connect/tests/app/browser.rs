//! A browser, as far as the app asks for one: it keeps cookies, follows redirects, sends forms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use url::{Url, form_urlencoded};

use crate::program::Program;

/// What is brought over if it does not matter.
pub(crate) const KIND: [&str; 1] = ["chrome.bookmarks"];
pub(crate) const ONE_TIME: &str = "one-time";
pub(crate) const DAYS_30: &str = "30-days";

/// Starts the app with its stand-in, and a browser.
pub(crate) fn start() -> (Program, Browser) {
    let program = Program::start();
    let browser = Browser::new(&program);
    (program, browser)
}

#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    app: String,
    /// By origin and name.
    cookies: BTreeMap<(String, String), String>,
}

/// A page, and where the browser ended up.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(program: &Program) -> Browser {
        Browser { client: client(), app: program.origin(), cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.follow(self.url(path), None).await
    }

    /// Sends a form of the app.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.follow(self.url(path), Some(form)).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&self.app).unwrap().join(path).unwrap()
    }

    /// Goes to an address, and on to where it redirects.
    pub(crate) async fn follow(&mut self, url: Url, form: Option<&[(&str, &str)]>) -> Page {
        let mut url = url;
        let mut response = self.send(&url, form).await;
        while let Some(location) = location(&response) {
            assert_eq!(response.status(), StatusCode::SEE_OTHER, "{url}");
            url = url.join(&location).unwrap();
            response = self.send(&url, None).await;
        }
        Page { url, status: response.status(), text: response.text().await.unwrap() }
    }

    /// Sends one request.
    pub(crate) async fn send(&mut self, url: &Url, form: Option<&[(&str, &str)]>) -> Response {
        let origin = url.origin().ascii_serialization();
        let cookies = self.cookies.iter().filter(|((at, _), _)| *at == origin);
        let cookies: Vec<String> =
            cookies.map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut request = match form {
            None => self.client.get(url.clone()),
            Some(form) => {
                let mut body = form_urlencoded::Serializer::new(String::new());
                self.client
                    .post(url.clone())
                    .header("origin", &origin)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body.extend_pairs(form).finish())
            }
        };
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (cookie, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            assert!(attributes.contains("HttpOnly; SameSite="), "{attributes}");
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert((origin.clone(), name.to_owned()), value.to_owned());
        }
        response
    }

    /// Returns the cookie of the app's session.
    pub(crate) fn session(&self) -> Option<String> {
        let key = (self.app.clone(), "connect".to_owned());
        self.cookies.get(&key).cloned()
    }

    /// Ticks resources, and ends up at the consent.
    pub(crate) async fn choose(&mut self, resources: &[&str]) -> Page {
        self.get("/").await;
        let form: Vec<_> = resources.iter().map(|name| ("r", *name)).collect();
        let page = self.post("/consent", &form).await;
        assert_eq!(page.url.path(), "/o/oauth2/v2/auth", "{}", page.text);
        page
    }

    /// Decides at the consent, and returns the callback without going there. There is none if
    /// Google shows "Access blocked".
    pub(crate) async fn decide(
        &mut self,
        consent: &Page,
        granted: &[&str],
        access: &str,
    ) -> Option<Url> {
        let scopes: Vec<String> = granted
            .iter()
            .map(|name| format!("https://www.googleapis.com/auth/dataportability.{name}"))
            .collect();
        let decision = if granted.is_empty() { "deny" } else { "allow" };
        let mut form = vec![
            ("request", consent.url.query().unwrap()),
            ("account", "ada@example.com"),
            ("access", access),
            ("decision", decision),
        ];
        form.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        let mut url = consent.url.clone();
        url.set_query(None);
        let response = self.send(&url, Some(&form)).await;
        Some(location(&response)?.parse().unwrap())
    }

    /// Chooses and allows, and returns the callback without going there.
    pub(crate) async fn callback(&mut self) -> Url {
        let consent = self.choose(&KIND).await;
        self.decide(&consent, &KIND, ONE_TIME).await.unwrap()
    }

    /// Decides at the consent, and ends up in the app.
    pub(crate) async fn allow(&mut self, consent: &Page, granted: &[&str], access: &str) -> Page {
        let callback = self.decide(consent, granted, access).await;
        self.follow(callback.expect("the callback"), None).await
    }

    /// Chooses and allows all of it.
    pub(crate) async fn bring(&mut self, resources: &[&str], access: &str) -> Page {
        let consent = self.choose(resources).await;
        let page = self.allow(&consent, resources, access).await;
        assert_eq!(page.url.path(), "/exports", "{}", page.text);
        page
    }

    /// Looks at the data until there is this text.
    pub(crate) async fn watch(&mut self, text: &str) -> Page {
        self.watch_at("/exports", text).await
    }

    /// Looks at a page until there is this text.
    pub(crate) async fn watch_at(&mut self, path: &str, text: &str) -> Page {
        let begun = Instant::now();
        loop {
            let page = self.get(path).await;
            if page.text.contains(text) {
                return page;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "there is no {text:?} in {}",
                page.text
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until something has arrived, and looks inside.
    pub(crate) async fn look_inside(&mut self) -> Page {
        let page = self.watch("Look inside").await;
        let archive = page.address("/archives/", "");
        self.get(&archive).await
    }
}

pub(crate) fn client() -> reqwest::Client {
    // Fails if there is one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The app is killed at times, and with it what a pool keeps.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0);
    client.redirect(Policy::none()).no_proxy().build().unwrap()
}

/// Returns where a response redirects to.
pub(crate) fn location(response: &Response) -> Option<String> {
    let location = response.headers().get("location")?;
    Some(location.to_str().unwrap().to_owned())
}

impl Page {
    pub(crate) fn heading(&self) -> &str {
        let (_, rest) = self.text.split_once("<h1>").unwrap();
        rest.split_once("</h1>").unwrap().0
    }

    /// Returns the heading of the notice, if there is one.
    pub(crate) fn notice(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("autofocus><h2>")?;
        Some(rest.split_once("</h2>").unwrap().0)
    }

    /// Returns where the link with this text leads.
    pub(crate) fn link(&self, text: &str) -> &str {
        let (before, _) = self.text.split_once(text).unwrap_or_else(|| panic!("no {text}"));
        let (_, link) = before.rsplit_once("href=\"").unwrap();
        link.split_once('"').unwrap().0
    }

    /// Returns the first address that begins with `before` and ends with `after`.
    pub(crate) fn address(&self, before: &str, after: &str) -> String {
        let addresses = self.text.split('"');
        let mut found = addresses.filter(|it| it.starts_with(before) && it.ends_with(after));
        found.next().unwrap_or_else(|| panic!("no {before}…{after}")).to_owned()
    }

    pub(crate) fn is_ticked(&self, id: &str) -> bool {
        let (_, rest) = self.text.split_once(&format!(" id=\"{id}\"")).unwrap();
        rest.split_once('>').unwrap().0.contains("checked")
    }
}

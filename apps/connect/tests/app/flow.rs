//! The flow, and the ways in which users leave it.

use dataportability_scopes::url::Url;
use dataportability_scopes::{Resource, Revision, Scope, Service};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::browser::Browser;
use crate::program::Program;

const ONE_TIME: &str = "one-time";
const DAYS_30: &str = "30-days";

#[tokio::test]
async fn a_user_gets_from_the_choice_to_the_file() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let page = browser
        .bring(&["chrome.bookmarks", "youtube.comments"], ONE_TIME)
        .await;
    assert_eq!(page.heading(), "Your exports");

    let page = browser.watch("Download<span").await;
    let file = page.address("/exports/", "/files/0");
    let url = Url::parse(&program.origin()).unwrap().join(&file).unwrap();
    let response = browser.send(&url, None).await;
    let disposition = response.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        disposition.starts_with("attachment; filename=\""),
        "{disposition}"
    );
    assert!(disposition.ends_with(".zip\""), "{disposition}");
    let file = response.bytes().await.unwrap();
    assert!(file.starts_with(b"PK"), "it is a ZIP archive");

    browser.watch("You have it").await;
    let audit = program.audit().await;
    assert_eq!(audit["violations"].as_array().unwrap().len(), 0, "{audit}");
    assert_eq!(audit["total"]["downloads"], 1);
    assert_eq!(audit["total"]["jobs"], 2);
}

#[tokio::test]
async fn everything_can_be_chosen_at_once_and_then_nothing_is_left() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.get("/").await;
    let services: Vec<&str> = Service::all().map(Service::name).collect();
    let form: Vec<_> = services.iter().map(|name| ("s", *name)).collect();
    let consent = browser.post("/consent", &form).await;
    let everything: Vec<&str> = Revision::NEWEST
        .scopes()
        .iter()
        .map(|scope| scope.resource().name())
        .collect();
    let page = browser.allow(&consent, &everything, ONE_TIME).await;
    assert_eq!(page.heading(), "Your exports");
    let page = browser.get("/").await;
    assert_eq!(page.heading(), "You allowed everything");
    assert!(!page.text.contains("<form"));
}

#[tokio::test]
async fn every_kind_of_data_is_offered_with_its_label_and_only_restricted_ones_are_marked() {
    use dataportability_scopes::catalogue::Category;
    let program = Program::start();
    let page = Browser::new(&program).get("/").await;
    let offered = Revision::NEWEST.scopes();
    for resource in Resource::all() {
        let id = format!("id=\"{resource}\"");
        assert_eq!(
            page.text.contains(&id),
            offered.contains(resource.scope()),
            "{resource}"
        );
    }
    let restricted = offered
        .iter()
        .filter(|scope| scope.resource().category() == Some(Category::Restricted));
    assert_eq!(
        page.text.matches("Especially private").count(),
        restricted.count()
    );
    for word in ["Sensitive", "unknown", "Restricted"] {
        assert!(!page.text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn what_a_user_leaves_out_at_google_is_told_and_not_exported() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser
        .choose(&["chrome.bookmarks", "chrome.history"])
        .await;
    let page = browser
        .allow(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    assert!(page.text.contains("You allowed 1 kind of data"));
    assert!(page.text.contains("You left out 1 kind of data"));
    assert!(page.text.contains("<h3>Bookmarks</h3>"));
    assert!(!page.text.contains("<h3>Browsing history</h3>"));
    // The link leads to the form with it ticked.
    let again = page.address("/?r=", "");
    assert!(browser.get(&again).await.is_ticked("chrome.history"));
}

#[tokio::test]
async fn a_user_who_declines_is_told_and_finds_the_ticks_again() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let page = browser.allow(&consent, &[], ONE_TIME).await;
    assert_eq!(page.notice(), Some("You declined"));
    assert!(page.is_ticked("chrome.bookmarks"));
    assert!(!page.is_ticked("chrome.history"));
    assert_eq!(browser.get("/exports").await.heading(), "No exports yet");
}

#[tokio::test]
async fn nothing_ticked_is_told_in_the_form_which_keeps_the_search() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let page = browser.post("/consent", &[("q", "maps & more")]).await;
    assert_eq!(page.url.path(), "/");
    assert_eq!(page.notice(), Some("Nothing is ticked"));
    assert!(page.text.contains("<title>Error: "));
    assert!(page.text.contains("value=\"maps &amp; more\""));
}

#[tokio::test]
async fn a_search_keeps_ticks_that_it_does_not_match() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let page = browser
        .get("/?r=youtube.comments&s=chrome&q=ALERTS+google")
        .await;
    assert!(
        page.text
            .contains("1 kind of data matches “ALERTS google”.")
    );
    assert!(page.is_ticked("youtube.comments"));
    assert!(page.is_ticked("all-chrome"));
    assert!(!page.is_ticked("alerts.subscriptions"));
    assert!(!page.text.contains("id=\"maps.reviews\""));
}

#[tokio::test]
async fn a_whole_service_can_be_ticked_only_while_the_search_shows_all_of_it() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    for service in Service::all() {
        let offered = service.scopes() & Revision::NEWEST.scopes();
        let whole = format!("id=\"all-{service}\"");
        let page = browser.get("/").await;
        assert_eq!(page.text.contains(&whole), offered.len() > 1, "{service}");
        for resource in offered.iter().map(Scope::resource) {
            let page = browser.get(&format!("/?q={resource}")).await;
            let shown = offered
                .iter()
                .filter(|scope| page.text.contains(&format!("id=\"{}\"", scope.resource())));
            let shown = shown.count();
            let all_shown = shown == offered.len() && shown > 1;
            assert_eq!(page.text.contains(&whole), all_shown, "{resource}");
            if shown < offered.len() {
                let count = format!("{shown} of {}<span", offered.len());
                assert!(page.text.contains(&count), "{resource}");
            }
        }
    }
}

#[tokio::test]
async fn consents_in_two_tabs_are_both_completed() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let first = browser.choose(&["chrome.bookmarks"]).await;
    let second = browser.choose(&["youtube.comments"]).await;
    browser.allow(&first, &["chrome.bookmarks"], ONE_TIME).await;
    let page = browser
        .allow(&second, &["youtube.comments"], ONE_TIME)
        .await;
    assert!(page.text.contains("<h3>Bookmarks</h3>"));
    assert!(page.text.contains("<h3>YouTube comments</h3>"));
}

#[tokio::test]
async fn a_second_click_on_continue_costs_nothing() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.get("/").await;
    let mut other = browser.clone();
    let (first, second) = tokio::join!(
        browser.post("/consent", &[("r", "chrome.bookmarks")]),
        other.post("/consent", &[("r", "chrome.bookmarks")]),
    );
    assert_ne!(first.url, second.url);
    let page = browser
        .allow(&second, &["chrome.bookmarks"], ONE_TIME)
        .await;
    assert_eq!(page.heading(), "Your exports");
}

#[tokio::test]
async fn a_second_callback_costs_nothing_even_if_the_first_response_is_lost() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let callback = browser
        .decide(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    // The browser drops the response of the first, with its cookie.
    let mut dropped = browser.clone();
    let (first, second) = tokio::join!(
        dropped.follow(callback.clone(), None),
        browser.follow(callback.clone(), None),
    );
    assert_eq!(first.heading(), "Your exports");
    assert_eq!(second.heading(), "Your exports");
    assert!(second.text.contains("<h3>Bookmarks</h3>"));
    let audit = program.audit().await;
    assert_eq!(audit["total"]["code_exchanges"], 1, "{audit}");
}

#[tokio::test]
async fn a_browser_that_hangs_up_during_the_callback_loses_nothing() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let callback = browser
        .decide(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    let mut stream = TcpStream::connect(("127.0.0.1", program.port()))
        .await
        .unwrap();
    let request = format!(
        "GET /callback?{} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncookie: connect={}\r\n\r\n",
        callback.query().unwrap(),
        program.port(),
        browser.session().unwrap(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // As soon as the app has begun.
    while !program.terminal().contains("Google sends the user back") {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let page = browser.follow(callback, None).await;
    assert_eq!(page.heading(), "Your exports");
    let audit = program.audit().await;
    assert_eq!(audit["total"]["code_exchanges"], 1, "{audit}");
}

#[tokio::test]
async fn the_session_has_a_new_name_once_it_has_tokens() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let before = browser.session().unwrap();
    browser
        .allow(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    assert_ne!(browser.session().unwrap(), before);
}

#[tokio::test]
async fn a_forged_callback_changes_nothing_and_the_right_one_still_counts() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    for query in [
        "state=forged&code=forged",
        "",
        "state=&code=x",
        "code=x",
        "state=a&state=b&code=c",
    ] {
        let page = browser.get(&format!("/callback?{query}")).await;
        assert!(page.notice().is_some(), "{query}");
        assert_eq!(page.url.path(), "/", "no code is left in the address");
    }
    let page = browser
        .allow(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    assert_eq!(page.heading(), "Your exports");
}

#[tokio::test]
async fn a_callback_from_anybody_writes_nothing_of_its_own_to_the_terminal() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.choose(&["chrome.bookmarks"]).await;
    for injected in ["%1b[2J%0aerror:+injected", "%e2%80%aeinjected", "injected"] {
        for name in ["error", "scope", "prompt", "iss", "state", injected] {
            browser.get(&format!("/callback?{name}={injected}")).await;
        }
    }
    let terminal = program.terminal();
    assert!(!terminal.contains("injected"), "{terminal}");
    let strange = |c: char| c.is_control() && c != '\n';
    assert!(!terminal.contains(strange), "{terminal:?}");
    assert!(!browser.get("/happened").await.text.contains("injected"));
}

#[tokio::test]
async fn a_callback_in_another_browser_is_refused() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let callback = browser
        .decide(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    let page = Browser::new(&program).follow(callback.clone(), None).await;
    assert_eq!(page.notice(), Some("That link does not work here"));
    // The owner's still counts.
    assert_eq!(
        browser.follow(callback, None).await.heading(),
        "Your exports"
    );
}

#[tokio::test]
async fn a_failed_export_offers_to_be_tried_again() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    program.stand_in_control("do=fail-next-job").await;
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    let page = browser.watch("Try again<span").await;
    assert!(page.text.contains("You can try again, 3 times at most."));
    let form = page.address("/exports/", "/try-again");
    let page = browser.post(&form, &[]).await;
    assert_eq!(page.notice(), None);
    browser.watch("Download<span").await;
    // The button of a page that was left open does nothing.
    let page = browser.post(&form, &[]).await;
    assert_eq!(page.notice(), Some("That is not possible now"));
    let audit = program.audit().await;
    assert_eq!(audit["total"]["retries"], 1, "{audit}");
    assert_eq!(audit["violations"].as_array().unwrap().len(), 0, "{audit}");
}

#[tokio::test]
async fn two_clicks_on_try_again_spend_one_retry() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    program.stand_in_control("do=fail-next-job").await;
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    let page = browser.watch("Try again<span").await;
    let form = page.address("/exports/", "/try-again");
    let mut other = browser.clone();
    tokio::join!(browser.post(&form, &[]), other.post(&form, &[]));
    browser.watch("Download<span").await;
    assert_eq!(program.audit().await["total"]["retries"], 1);
}

#[tokio::test]
async fn an_export_with_time_based_access_can_be_cancelled() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.bring(&["chrome.bookmarks"], DAYS_30).await;
    let page = browser.watch("Cancel<span").await;
    assert!(page.text.contains(", 30 days from now"), "{}", page.text);
    let page = browser
        .post(&page.address("/exports/", "/cancel"), &[])
        .await;
    assert!(page.text.contains("You cancelled it."), "{}", page.text);
    assert_eq!(program.audit().await["total"]["cancellations"], 1);
    // Google allows the next one a day after the last.
    let page = browser
        .post(&page.address("/exports/", "/again"), &[])
        .await;
    assert!(page.text.contains("Starts in "), "{}", page.text);
}

#[tokio::test]
async fn an_export_with_one_time_access_is_repeated_by_ending_the_access_first() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    let page = browser.watch("Download<span").await;
    browser.get(&page.address("/exports/", "/files/0")).await;
    let page = browser.watch("End access to export again").await;
    assert_eq!(page.address("/access/", ""), "/access/end");

    assert_eq!(browser.get("/access/end").await.heading(), "End access?");
    assert_eq!(
        browser.get("/exports").await.heading(),
        "Your exports",
        "asking ends nothing"
    );
    let page = browser.post("/access/end", &[]).await;
    assert_eq!(page.notice(), Some("Access has ended"));
    assert_eq!(browser.get("/exports").await.heading(), "No exports yet");
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    browser.watch("Download<span").await;
    let audit = program.audit().await;
    assert_eq!(audit["total"]["resets"], 1);
    assert_eq!(audit["violations"].as_array().unwrap().len(), 0, "{audit}");
}

#[tokio::test]
async fn an_export_goes_on_with_new_access_after_the_old_one_was_removed() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.bring(&["chrome.bookmarks"], DAYS_30).await;
    browser.watch("Running").await;
    program
        .stand_in_control("do=remove-access&account=ada%40example.com&project=1234567890")
        .await;
    let page = browser.watch("Give access again<span").await;
    assert!(
        page.text.contains("This access has ended."),
        "{}",
        page.text
    );
    let again = page.address("/?r=", "");
    assert!(browser.get(&again).await.is_ticked("chrome.bookmarks"));
    browser.bring(&["chrome.bookmarks"], DAYS_30).await;
    let page = browser.get("/exports").await;
    assert_eq!(
        page.text.matches("<h3>Bookmarks</h3>").count(),
        1,
        "{}",
        page.text
    );
}

#[tokio::test]
async fn nobody_else_sees_or_changes_an_export() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    let page = browser.watch("Download<span").await;
    let file = page.address("/exports/", "/files/0");
    let export = file.strip_suffix("/files/0").unwrap();
    let mut other = Browser::new(&program);
    other.bring(&["youtube.comments"], ONE_TIME).await;
    assert_eq!(other.get(&file).await.status, 404);
    for action in ["try-again", "again", "cancel"] {
        assert_eq!(
            other.post(&format!("{export}/{action}"), &[]).await.status,
            404
        );
    }
    assert!(!other.get("/exports").await.text.contains("Bookmarks"));
    assert!(!other.get("/happened").await.text.contains("Bookmarks"));
}

#[tokio::test]
async fn the_page_refreshes_itself_while_something_runs_unless_the_user_stops_that() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let header = async |browser: &mut Browser, path: &str| {
        let url = Url::parse(&program.origin()).unwrap().join(path).unwrap();
        let response = browser.send(&url, None).await;
        response
            .headers()
            .get("refresh")
            .map(|it| it.to_str().unwrap().to_owned())
    };
    assert_eq!(header(&mut browser, "/exports").await, None);
    browser.bring(&["chrome.bookmarks"], ONE_TIME).await;
    assert!(
        header(&mut browser, "/exports?notice=not-now")
            .await
            .unwrap()
            .ends_with("; url=/exports")
    );
    assert_eq!(header(&mut browser, "/exports?refresh=off").await, None);
    browser.watch("Download<span").await;
    assert_eq!(header(&mut browser, "/exports").await, None);
}

#[tokio::test]
async fn requests_and_responses_are_shown_and_no_secret_is() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    let consent = browser.choose(&["chrome.bookmarks"]).await;
    let callback = browser
        .decide(&consent, &["chrome.bookmarks"], ONE_TIME)
        .await;
    browser.follow(callback.clone(), None).await;
    let page = browser.watch("Download<span").await;
    browser.get(&page.address("/exports/", "/files/0")).await;
    let page = browser.get("/happened").await;
    let terminal = program.terminal();
    for text in [
        "Ask Google for access",
        "Google sends the user back",
        "Exchange the code for tokens",
        "Start the export: Bookmarks",
        "Ask for the state of the export: Bookmarks",
        "Download: Bookmarks",
        "scope: chrome.bookmarks",
        "grant_type: authorization_code",
        "code: ••••••",
        "access_token: ••••••",
        "urls: ••••••",
        "state: COMPLETE",
    ] {
        assert!(page.text.contains(text), "the page lacks {text}");
        assert!(terminal.contains(text), "the terminal lacks {text}");
    }

    // All secrets there are: those of the two URLs, and the tokens that the stand-in knows.
    let mut secrets: Vec<String> = Vec::new();
    for url in [&consent.url, &callback] {
        let pairs = url.query_pairs();
        let secret =
            pairs.filter(|(name, _)| matches!(&**name, "state" | "code" | "code_challenge"));
        secrets.extend(secret.map(|(_, value)| value.into_owned()));
    }
    let stand_in: serde_json::Value =
        serde_json::from_slice(&program.file("connect.db.stand-in.json")).unwrap();
    tokens(&stand_in, &mut secrets);
    assert!(secrets.len() >= 5, "{secrets:?}");
    let database = [program.file("connect.db"), program.file("connect.db-wal")].concat();
    let database = String::from_utf8_lossy(&database);
    for secret in secrets {
        for (place, text) in [
            ("page", &*page.text),
            ("terminal", &*terminal),
            ("database", &*database),
        ] {
            assert!(!text.contains(&secret), "a secret is in the {place}");
        }
    }
    assert!(
        !database.contains("X-Goog-Signature"),
        "a signed URL is in the database"
    );
}

/// Collects what the stand-in calls tokens: the keys of its tables, and values.
fn tokens(value: &serde_json::Value, secrets: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                if name.starts_with("ya29.") || name.starts_with("1//") || name.starts_with("4/") {
                    secrets.push(name.clone());
                }
                tokens(value, secrets);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| tokens(value, secrets)),
        _ => {}
    }
}

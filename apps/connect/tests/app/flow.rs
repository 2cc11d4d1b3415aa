//! The flow, and the ways in which users leave it.

use dataportability_scopes::{Resource, Revision};

use crate::browser::{Browser, DAYS_30, KIND, ONE_TIME, start};
use crate::program::Program;

#[tokio::test]
async fn a_user_gets_from_the_choice_to_a_look_at_the_data_and_a_copy_even_if_an_export_fails() {
    let (program, mut browser) = start();
    program.stand_in_control("do=fail-next-job").await;
    let page = browser.bring(&["chrome.bookmarks", "youtube.comments"], ONE_TIME).await;
    assert_eq!(page.heading(), "Your data");
    browser.watch("<strong>2 of 2 kinds of data are here.").await;
    let page = browser.get("/exports").await;
    let comments = page.link("Look inside<span class=\"hidden\"> YouTube comments").to_owned();
    let page = browser.get(&comments).await;
    assert!(page.text.contains("<dl class=\"entry\">"), "{}", page.text);

    let file = page.address("/archives/", "/1");
    for (path, name) in [(&*file, "-1.zip\""), ("/archives/all.zip", "\"all.zip\"")] {
        let response = browser.send(&browser.url(path), None).await;
        let disposition = response.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.ends_with(name), "{disposition}");
        let file = response.bytes().await.unwrap();
        assert!(file.starts_with(b"PK"), "it is a ZIP archive");
        assert!(file.len() > 100);
    }
    assert_eq!(program.audited("retries").await, 1);
}

#[tokio::test]
async fn every_kind_of_data_that_google_hands_over_is_offered() {
    let (_program, mut browser) = start();
    let page = browser.get("/").await;
    for resource in Resource::all() {
        let id = format!("id=\"{resource}\"");
        let offered = resource.scope().is_listed_in(Revision::NEWEST);
        assert_eq!(page.text.contains(&id), offered, "{resource}");
    }
}

#[tokio::test]
async fn what_a_page_says_by_its_address_and_no_link_makes_the_app_claim_anything() {
    let (_program, mut browser) = start();
    for (path, said, is_said) in [
        ("/", "YouTube activity is under <a href=\"#service-myactivity\">", true),
        ("/?q=gmail", "Gmail is not part of what Google hands over", true),
        ("/review?q=maps+%26+more", "autofocus><h2>Nothing is ticked", true),
        ("/review?q=maps+%26+more", "<title>Error: ", true),
        ("/review?q=maps+%26+more", "value=\"maps &amp; more\"", true),
        ("/review", "Nothing is ticked", false),
        ("/?notice=access-ended", "has ended", false),
        ("/exports?notice=lost", "was lost", false),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.text.contains(said), is_said, "{path}");
    }
}

#[tokio::test]
async fn before_google_each_kind_has_its_purpose_and_retention_and_privacy_are_said() {
    let (_program, mut browser) = start();
    for scope in Revision::NEWEST.scopes() {
        let resource = scope.resource();
        let page = browser.get(&format!("/review?r={resource}")).await;
        assert_eq!(page.heading(), "Before you go to Google", "{resource}");
        let label = resource.label().replace('&', "&amp;");
        let said = format!("<dd><strong>{label}</strong>. To ");
        assert!(page.text.contains(&said), "{resource}: {}", page.text);
        assert!(page.text.contains("for 30 days, then deletes it"), "{resource}");
        assert!(page.text.contains("Nobody but you sees it here"), "{resource}");
        let limited = page.text.contains("type=\"date\"");
        assert_eq!(limited, resource.supports_time_filter(), "{resource}");
    }
}

#[tokio::test]
async fn a_study_offers_its_kinds_under_its_name_without_the_developers_drawer() {
    let folder = tempfile::TempDir::new().unwrap();
    let settings = folder.path().join("study.toml");
    let text = "name = 'Sleep study'\ndeveloper-panel = false\nkeep-days = 7\n\
        kinds = ['youtube.subscriptions', 'myactivity.youtube', 'chrome.history']\n\
        [purposes]\nyoutube = 'To learn what you follow.'\n\
        'myactivity.youtube' = 'To see when you watch.'\n";
    std::fs::write(&settings, text).unwrap();
    let program = Program::start_with(&["--settings", settings.to_str().unwrap()]);
    let mut browser = Browser::new(&program);
    let page = browser.get("/").await;
    assert_eq!(page.text.matches("type=\"checkbox\"").count(), 3);
    assert!(page.text.contains("Sleep study"));
    assert!(!page.text.contains("Portage") && !page.text.contains("for developers"));
    let chosen = "r=youtube.subscriptions&r=myactivity.youtube&r=maps.reviews";
    let page = browser.get(&format!("/review?{chosen}")).await;
    for said in ["To learn what you follow.", "To see when you watch.", "study keeps", "7 days"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("maps.reviews"), "it is not on offer");
    assert_eq!(browser.get("/happened").await.status, 404);
}

#[tokio::test]
async fn a_second_click_on_continue_costs_nothing() {
    let program = Program::start();
    for _ in 0..10 {
        let mut browser = Browser::new(&program);
        browser.get("/").await;
        let mut other = browser.clone();
        let (first, second) = tokio::join!(
            browser.post("/consent", &[("r", "chrome.bookmarks")]),
            other.post("/consent", &[("r", "chrome.bookmarks")]),
        );
        assert_ne!(first.url, second.url);
        for consent in [first, second] {
            let page = browser.clone().allow(&consent, &[], ONE_TIME).await;
            assert_eq!(page.notice(), Some("You declined"), "it is of one session");
        }
    }
}

#[tokio::test]
async fn a_second_callback_costs_nothing_even_if_the_first_response_is_lost() {
    let (program, mut browser) = start();
    let callback = browser.callback().await;
    // The browser drops the response of the first, with its cookie.
    let mut dropped = browser.clone();
    let (first, second) = tokio::join!(
        dropped.follow(callback.clone(), None),
        browser.follow(callback.clone(), None),
    );
    assert_eq!(first.heading(), "Your data");
    assert_eq!(second.heading(), "Your data");
    assert!(second.text.contains("<h3>Bookmarks</h3>"));
    assert_eq!(program.audited("code_exchanges").await, 1);
}

#[tokio::test]
async fn a_browser_that_hangs_up_during_the_callback_loses_nothing() {
    let (program, mut browser) = start();
    let callback = browser.callback().await;
    let (mut hung_up, at) = (browser.clone(), callback.clone());
    let request = tokio::spawn(async move { hung_up.follow(at, None).await });
    // As soon as the app has begun.
    while !program.terminal().contains("Google sends the user back") {
        tokio::task::yield_now().await;
    }
    request.abort();
    let page = browser.follow(callback, None).await;
    assert_eq!(page.heading(), "Your data");
    assert_eq!(program.audited("code_exchanges").await, 1);
}

#[tokio::test]
async fn a_name_that_somebody_slipped_to_the_browser_is_of_no_use_after_the_callback() {
    let (_program, mut browser) = start();
    let consent = browser.choose(&KIND).await;
    let attacker = browser.clone();
    let before = browser.session().unwrap();
    browser.allow(&consent, &KIND, ONE_TIME).await;
    assert_ne!(browser.session().unwrap(), before);
    for path in ["/exports", "/", "/outcome", "/callback?state=x&code=y"] {
        let mut attacker = attacker.clone();
        let page = attacker.get(path).await;
        assert!(!page.text.contains("<h3>Bookmarks</h3>"), "{path}");
        assert_eq!(attacker.session(), Some(before.clone()), "{path}");
    }
}

#[tokio::test]
async fn a_callback_that_is_opened_in_advance_uses_nothing_up() {
    let (program, mut browser) = start();
    let callback = browser.callback().await;
    let cookie = format!("connect={}", browser.session().unwrap());
    let client = crate::browser::client();
    let head = client.head(callback.clone());
    let prefetch = client.get(callback.clone()).header("sec-purpose", "prefetch;prerender");
    for request in [head, prefetch] {
        let response = request.header("cookie", &cookie).send().await.unwrap();
        assert_eq!(response.status(), 503);
    }
    assert_eq!(program.audited("code_exchanges").await, 0);
    let page = browser.follow(callback, None).await;
    assert_eq!(page.heading(), "Your data");
}

#[tokio::test]
async fn a_forged_callback_changes_nothing_and_the_right_one_still_counts() {
    let (_program, mut browser) = start();
    let consent = browser.choose(&KIND).await;
    for query in
        ["state=forged&code=forged", "", "state=&code=x", "code=x", "state=a&state=b&code=c"]
    {
        let page = browser.get(&format!("/callback?{query}")).await;
        assert_eq!(page.heading(), "This answer is not for this browser", "{query}");
        assert_eq!(page.url.path(), "/outcome", "no code is left in the address");
    }
    let page = browser.allow(&consent, &KIND, ONE_TIME).await;
    assert_eq!(page.heading(), "Your data");
}

#[tokio::test]
async fn a_callback_from_anybody_writes_nothing_of_its_own_to_the_terminal() {
    let (program, mut browser) = start();
    browser.choose(&KIND).await;
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
async fn cancelling_asks_first() {
    let (program, mut browser) = start();
    browser.bring(&KIND, DAYS_30).await;
    let page = browser.watch("Cancel…").await;
    let cancel = page.address("/exports/", "/cancel");
    assert_eq!(browser.get(&cancel).await.heading(), "Cancel Bookmarks?");
    assert_eq!(program.audited("cancellations").await, 0);
    let page = browser.post(&cancel, &[]).await;
    // On a fast clock it may have arrived meanwhile.
    if page.notice().is_none() {
        assert!(page.text.contains("You cancelled it."), "{}", page.text);
        assert_eq!(program.audited("cancellations").await, 1);
    }
    assert_eq!(browser.get("/exports/1/no.such/cancel").await.status, 404);
}

#[tokio::test]
async fn what_has_arrived_is_deleted_when_the_user_says_so_and_stays_when_access_ends() {
    let (program, mut browser) = start();
    browser.bring(&["chrome.bookmarks", "youtube.comments"], ONE_TIME).await;
    let page = browser.watch("<strong>2 of 2 kinds of data are here.").await;
    let other = page.link("Look inside<span class=\"hidden\"> YouTube comments").to_owned();
    let look = page.link("Look inside<span class=\"hidden\"> Bookmarks");
    let end = page.address("/access/", "/end");
    let page = browser.get(look).await;
    let archive = page.url.path().to_owned();
    let files = || std::fs::read_dir(program.path("archives")).unwrap().count();
    assert_eq!(files(), 2);
    let delete = page.address("/archives/", "/delete");
    assert_eq!(browser.get(&delete).await.heading(), "Delete Bookmarks?");
    assert_eq!(files(), 2, "asking deletes nothing");
    let page = browser.post(&delete, &[]).await;
    assert_eq!(page.notice(), Some("Deleted"));
    assert_eq!(files(), 1);
    for elsewhere in [&*other, &format!("{other}/delete"), &end, "/", "/review?r=maps.reviews"] {
        assert_eq!(browser.get(elsewhere).await.notice(), None, "{elsewhere}");
    }
    assert_eq!(browser.get(&archive).await.status, 404);
    assert_eq!(browser.get(&end).await.heading(), "End access?");
    assert_eq!(program.audited("resets").await, 0);
    let page = browser.post(&end, &[]).await;
    assert_eq!(page.notice(), Some("Access has ended"));
    assert!(page.text.contains("What arrived before"), "{}", page.text);
    browser.bring(&KIND, ONE_TIME).await;
    browser.watch("Look inside").await;
    assert_eq!(program.audited("resets").await, 1);
}

#[tokio::test]
async fn nobody_else_sees_or_changes_what_is_not_theirs() {
    let (program, mut browser) = start();
    browser.bring(&KIND, DAYS_30).await;
    let page = browser.look_inside().await;
    let archive = page.url.path().to_owned();
    let mut other = Browser::new(&program);
    other.bring(&["youtube.comments"], ONE_TIME).await;
    for path in [&archive, &format!("{archive}/1"), &format!("{archive}/delete")] {
        assert_eq!(other.get(path).await.status, 404, "{path}");
    }
    for path in [
        &format!("{archive}/delete"),
        "/access/1/again",
        "/access/1/repeat",
        "/access/1/end",
        "/exports/1/chrome.bookmarks/cancel",
    ] {
        assert_eq!(other.post(path, &[]).await.status, 404, "{path}");
    }
    assert!(!other.get("/exports").await.text.contains("Bookmarks"));
    assert!(!other.get("/happened").await.text.contains("Bookmarks"));
    for odd in ["/archives/x", "/archives/99999999999999999999", "/access/x/end"] {
        let page = other.get(odd).await;
        assert_eq!((page.status.as_u16(), page.heading()), (404, "Page not found"), "{odd}");
    }
}

#[tokio::test]
async fn requests_and_responses_are_shown_and_no_secret_is() {
    let (program, mut browser) = start();
    let consent = browser.choose(&KIND).await;
    let callback = browser.decide(&consent, &KIND, ONE_TIME).await.unwrap();
    browser.follow(callback.clone(), None).await;
    browser.watch("Look inside").await;
    let page = browser.get("/happened").await;
    let terminal = program.terminal();
    for text in [
        "Ask Google for access",
        "Google sends the user back",
        "Exchange the code for tokens",
        "Start the export: Bookmarks",
        "Ask for the state of the export: Bookmarks",
        "Fetch the archive: Bookmarks",
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
        let is_secret = |name: &str| ["state", "code", "code_challenge"].contains(&name);
        let pairs = url.query_pairs().filter(|(name, _)| is_secret(name));
        secrets.extend(pairs.map(|(_, value)| value.into_owned()));
    }
    let stand_in = String::from_utf8(program.file("stand-in.json")).unwrap();
    let is_token = |text: &&str| ["ya29.", "1//", "4/"].iter().any(|it| text.starts_with(it));
    secrets.extend(stand_in.split('"').filter(is_token).map(str::to_owned));
    secrets.extend(browser.session());
    assert!(secrets.len() >= 5, "{secrets:?}");
    let database = program.database();
    for secret in secrets.iter().map(String::as_str).chain(["Signature="]) {
        assert!(!page.text.contains(secret), "a secret is in the page");
        assert!(!terminal.contains(secret), "a secret is in the terminal");
        assert!(!database.contains(secret), "a secret is in the database");
    }
}

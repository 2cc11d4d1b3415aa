//! Every notice names what happened and what helps. Obeyed, each leads to the data.

use url::Url;

use crate::browser::{Browser, DAYS_30, KIND, ONE_TIME, Page, start};
use crate::program::Program;

/// Does what the steps on a page say: removes the access at Google, and continues again.
async fn obey(program: &Program, browser: &mut Browser, page: &Page) {
    let connections = page.link("Connections of your Google account");
    assert_eq!(connections, format!("{}/stand-in", program.stand_in()));
    program.remove_access().await;
    let again = page.link("Continue again").to_owned();
    let review = browser.get(&again).await;
    arrive(browser, review).await;
}

/// Goes on from the summary until the data is there.
async fn arrive(browser: &mut Browser, review: Page) {
    assert_eq!(review.heading(), "Before you go to Google", "{}", review.text);
    let consent = browser.post("/consent", &[("r", KIND[0])]).await;
    assert_eq!(consent.url.path(), "/o/oauth2/v2/auth", "{}", consent.text);
    let page = browser.allow(&consent, &KIND, ONE_TIME).await;
    assert_eq!(page.heading(), "Your data", "{}", page.text);
    browser.look_inside().await;
}

#[tokio::test]
async fn a_user_who_declines_finds_the_ticks_again_and_goes_on() {
    let (_program, mut browser) = start();
    let consent = browser.choose(&KIND).await;
    let page = browser.allow(&consent, &[], ONE_TIME).await;
    assert_eq!(page.notice(), Some("You declined"));
    assert!(page.is_ticked(KIND[0]) && !page.is_ticked("chrome.history"));
    // It stays until it is closed.
    assert_eq!(browser.get("/").await.notice(), Some("You declined"));
    assert_eq!(browser.post("/notice/close", &[]).await.notice(), None);
    let review = browser.get(&format!("/review?r={}", KIND[0])).await;
    arrive(&mut browser, review).await;
}

#[tokio::test]
async fn an_answer_that_is_of_no_use_is_told_and_the_steps_lead_on() {
    for (answer, heading) in
        [("code=spoilt", "Google’s answer was lost"), ("error=server_error", "Google refused")]
    {
        let (program, mut browser) = start();
        let consent = browser.choose(&KIND).await;
        let (_, state) = consent.url.query_pairs().find(|(name, _)| name == "state").unwrap();
        let page = browser.get(&format!("/callback?{answer}&state={state}")).await;
        assert_eq!(page.heading(), heading);
        obey(&program, &mut browser, &page).await;
    }
}

#[tokio::test]
async fn a_callback_in_another_browser_is_told_and_the_steps_lead_on() {
    let (program, mut browser) = start();
    let callback = browser.callback().await;
    // One that has no session here, and one that has.
    let mut other = Browser::new(&program);
    let page = other.follow(callback.clone(), None).await;
    assert_eq!(page.heading(), "If it did not work");
    assert_eq!(page.link("Continue again"), "/review");
    let mut other = Browser::new(&program);
    other.choose(&KIND).await;
    let page = other.follow(callback, None).await;
    assert_eq!(page.heading(), "This answer is not for this browser");
    obey(&program, &mut other, &page).await;
}

#[tokio::test]
async fn a_second_browser_of_the_same_account_is_told_what_blocks_it_and_the_steps_lead_on() {
    let (program, mut first) = start();
    first.bring(&KIND, DAYS_30).await;
    let mut second = Browser::new(&program);
    let consent = second.choose(&KIND).await;
    // Google shows "Access blocked", and there is no callback. The user goes back.
    assert_eq!(second.decide(&consent, &KIND, ONE_TIME).await, None);
    let page = second.get("/").await;
    assert!(page.text.contains("You have not come back from Google"), "{}", page.text);
    let help = page.link("What to do about it").to_owned();
    let page = second.get(&help).await;
    assert!(page.text.contains("Google shows “Access blocked”"));
    obey(&program, &mut second, &page).await;
}

fn take_up_link(page: &Page) -> Url {
    let (_, rest) = page.text.split_once("<p class=\"secret\"><code>").unwrap();
    rest.split_once('<').unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn another_device_takes_up_the_data_with_a_link_that_works_once() {
    let (program, mut first) = start();
    first.bring(&KIND, ONE_TIME).await;
    first.watch("Look inside").await;
    let page = first.post("/devices/link", &[]).await;
    assert_eq!(page.url.path(), "/devices/link", "a reload makes no other");
    let link = take_up_link(&page);
    let token = link.path().rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(token.len(), 64, "256 bits");
    assert!(!program.database().contains(&token), "it is hashed");
    assert_eq!(first.follow(link.clone(), None).await.url.path(), "/exports", "it is its own");

    let mut second = Browser::new(&program);
    // Whatever opens it in advance uses nothing up.
    for _ in 0..2 {
        let page = second.follow(link.clone(), None).await;
        assert_eq!(page.heading(), "Take up your data here?");
    }
    let page = second.post("/devices/take-up", &[("token", &token)]).await;
    assert_eq!(page.notice(), Some("Your data is open on one more device"));
    second.look_inside().await;
    let mut third = Browser::new(&program);
    let page = third.post("/devices/take-up", &[("token", &token)]).await;
    assert_eq!(page.heading(), "This link is not good");

    // What is on a device already is not mixed with it.
    first.post("/devices/link", &[]).await;
    third.bring(&["youtube.comments"], ONE_TIME).await;
    let link = take_up_link(&first.get("/devices/link").await);
    let page = third.follow(link.clone(), None).await;
    assert_eq!(page.heading(), "This browser has data of its own");

    let page = first.post("/devices/end-others", &[]).await;
    assert_eq!(page.notice(), Some("Only this device is left"));
    assert_eq!(second.get("/exports").await.heading(), "Nothing here yet");
    let page = second.follow(link.clone(), None).await;
    assert_eq!(page.heading(), "This link is not good");
}

#[tokio::test]
async fn access_that_was_removed_at_google_is_told_and_what_is_given_again_goes_on_as_it_was() {
    let kinds = ["chrome.bookmarks", "youtube.comments", "youtube.clips"];
    for granted in [3, 2] {
        let (program, mut browser) = start();
        let account = ("account", "ada@example.com");
        let form: Vec<_> = kinds.map(|kind| ("r", kind)).into_iter().chain([account]).collect();
        browser.get("/").await;
        let consent = browser.post("/consent", &form).await;
        let page = browser.allow(&consent, &kinds, DAYS_30).await;
        browser.post(&page.address("/access/", "/repeat"), &[("days", "7")]).await;
        program.remove_access().await;
        let page = browser.watch("Give access again<span").await;
        assert!(page.text.contains("This access has ended."), "{}", page.text);
        let end = browser.get(page.link("Remove it from this page…")).await;
        assert_eq!(end.heading(), "Remove this access from the page?");
        let choice = page.address("/?r=", "").replace("&amp;", "&");
        let page = browser.get(&choice).await;
        assert!(kinds.iter().all(|kind| page.is_ticked(kind)), "{choice}");
        let review = browser.get(&choice.replace("/?", "/review?")).await;
        assert!(review.text.contains("value=\"ada@example.com\""), "{}", review.text);
        let consent = browser.post("/consent", &form).await;
        let page = browser.allow(&consent, &kinds[..granted], DAYS_30).await;
        assert!(!page.text.contains("Stopped"), "{}", page.text);
        assert!(page.text.contains("value=\"7\" selected"), "{}", page.text);
        if granted == kinds.len() {
            browser.watch("<strong>3 of 3 kinds of data are here.").await;
        } else {
            let choice = page.link("Choose it again").replace("&amp;", "&");
            assert!(browser.get(&choice).await.is_ticked(kinds[granted]), "{choice}");
            let consent = browser.post("/consent", &[("r", kinds[granted]), account]).await;
            browser.allow(&consent, &kinds[granted..], DAYS_30).await;
        }
        browser.look_inside().await;
        let page = browser.get("/exports").await;
        assert_eq!(page.text.matches("<h3>").count(), 3, "{}", page.text);
        for absent in ["You left out", "Give access again", "What arrived before"] {
            assert!(!page.text.contains(absent), "{absent}: {}", page.text);
        }
        assert!(program.audited("jobs").await >= 1);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_read_takes_nothing_else_along_and_the_link_leads_on() {
    let (mut program, mut browser) = start();
    browser.bring(&KIND, DAYS_30).await;
    program.kill();
    let db = rusqlite::Connection::open(program.path("connect.db")).unwrap();
    db.execute("UPDATE consent SET tokens = x'00'", []).unwrap();
    drop(db);
    program.start_again();
    let page = browser.watch("Give access again<span").await;
    let connections = page.link("connections of your Google account");
    assert_eq!(connections, format!("{}/stand-in", program.stand_in()));
    program.remove_access().await;
    browser.bring(&KIND, DAYS_30).await;
    browser.look_inside().await;
    let end = browser.get("/exports").await.address("/access/", "/end");
    let page = browser.post(&end, &[]).await;
    assert_eq!(page.notice(), Some("Access has ended"));
}

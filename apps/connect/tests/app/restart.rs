//! `kill -9` at any moment: sessions and exports go on, and nothing is lost, doubled or half shown.

use std::time::Duration;

use crate::browser::{DAYS_30, start};

#[tokio::test]
async fn whenever_the_app_is_killed_everything_arrives_and_no_rule_is_broken() {
    let (mut program, mut browser) = start();
    let resources = [
        "chrome.bookmarks",
        "chrome.history",
        "youtube.comments",
        "youtube.clips",
        "maps.reviews",
        "myactivity.search",
    ];
    let consent = browser.choose(&resources).await;
    // While the user is at Google.
    program.kill_and_restart();
    let callback = browser.decide(&consent, &resources, DAYS_30).await.unwrap();
    browser.follow(callback.clone(), None).await;
    // From the first moment on, while calls are being sent.
    for moment in [0, 1, 3, 10, 30, 100, 300, 1_000] {
        tokio::time::sleep(Duration::from_millis(moment)).await;
        program.kill_and_restart();
    }
    let begun = std::time::Instant::now();
    loop {
        let page = browser.get("/exports").await;
        assert_eq!(page.heading(), "Your data", "the session goes on");
        if page.text.matches("Look inside").count() == resources.len() {
            break;
        }
        // In doubt whose job it is, an export waits for a day of the stand-in: 144 seconds.
        assert!(begun.elapsed() < Duration::from_secs(240), "{}", page.text);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for archive in 1..=resources.len() {
        let page = browser.get(&format!("/archives/{archive}")).await;
        assert!(page.text.contains("<details class=\"file\""), "{}", page.text);
    }
    let folders = std::fs::read_dir(program.path("archives")).unwrap().count();
    assert_eq!(folders, resources.len(), "no part is left");
    assert!(program.audited("jobs").await >= 6);
    assert_eq!(browser.follow(callback, None).await.heading(), "Your data");
    assert_eq!(program.audited("code_exchanges").await, 1);
}

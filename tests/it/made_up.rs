//! A list that might come next.

use std::collections::BTreeSet;

use fastrand::Rng;

use crate::lists;

const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.";

/// Returns a list that might come after the newest: its day and its text.
///
/// It lists what only a documentation page shows, withdraws scopes that have always been there,
/// brings others back, and adds groups to old services and to a new one.
pub(crate) fn made_up(seed: u64) -> (String, String) {
    let mut random = Rng::with_seed(seed);
    let (newest, listed) = lists::revisions().pop().expect("a list");
    let mut scopes: BTreeSet<String> = listed.into_iter().collect();
    for scope in lists::all() {
        if scopes.contains(&scope) {
            if random.u8(..8) == 0 {
                scopes.remove(&scope);
            }
        } else if random.bool() {
            scopes.insert(scope);
        }
    }
    for withdrawn in ["alerts.subscriptions", "chrome.history"] {
        scopes.remove(&format!("{SCOPE}{withdrawn}"));
    }
    scopes.insert(format!("{SCOPE}fitbit.device_events"));
    // Keeps a resource that takes a time range.
    scopes.insert(format!("{SCOPE}myactivity.search"));

    // Made-up words, so that they match nothing that a test looks for, and sort before the zoo that
    // tests add at the end.
    let mut word = || -> String {
        let letters = b"qxvwj";
        let letter = |_| char::from(letters[random.usize(..letters.len())]);
        (0..8).map(letter).collect()
    };
    for _ in 0..3 {
        scopes.insert(format!("{SCOPE}youtube.{}", word()));
        scopes.insert(format!("{SCOPE}nest.{}_{}", word(), word()));
    }
    let service = word();
    scopes.insert(format!("{SCOPE}{service}.{}", word()));
    scopes.insert(format!("{SCOPE}{service}.{}.{}", word(), word()));

    // Every other time one that the API left out until then.
    if seed % 2 == 0 {
        scopes.insert(format!("{SCOPE}photos.{}", word()));
    }

    let year: u16 = newest[..4].parse().expect("a year");
    let mut text = format!(
        "# source: made up from {newest} with the seed {seed}\n# page: a page that is made up too\n# count: {}\n",
        scopes.len()
    );
    for scope in scopes {
        text += &scope;
        text.push('\n');
    }
    (format!("{}-02-28", year + 1), text)
}

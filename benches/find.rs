//! Finding a scope from its token, compared with the floor of comparing it with the right scope,
//! and with other tables of the same tokens.

mod measure;

use std::collections::HashMap;

use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX, SCOPE_TOKENS, Scope};

use measure::{Question, each, order};

const DRAWS: usize = 100_000;

/// Scopes of other APIs that tokens may carry.
const FOREIGN: &str = "openid email profile https://mail.google.com/";
/// More of them, after the address that they begin with.
const FOREIGN_NAMES: &str = "userinfo.email userinfo.profile calendar.events.readonly \
    cloud-platform contacts.readonly datastore drive.file drive.metadata.readonly \
    fitness.activity.read gmail.modify photoslibrary.readonly.appcreateddata youtube.readonly";

/// A token in memory of its own, as it comes from a request, and the scope that it is.
struct Case {
    token: String,
    scope: Scope,
}

fn main() {
    let hits: Vec<Case> = Revision::NEWEST
        .scopes()
        .iter()
        .map(|scope| Case { token: scope.to_string(), scope })
        .collect();
    let misses = misses(&hits);
    let named = FOREIGN_NAMES.split(' ');
    let named = named.map(|name| format!("https://www.googleapis.com/auth/{name}"));
    let foreign: Vec<String> = FOREIGN.split(' ').map(str::to_owned).chain(named).collect();

    let pairs = || hits.iter().map(|case| (case.scope.as_str(), case.scope));
    let std_map: HashMap<&str, Scope> = pairs().collect();
    let foldhash_map: hashbrown::HashMap<&str, Scope> = pairs().collect();
    let sorted: Vec<(&str, Scope)> = pairs().collect();
    assert!(sorted.is_sorted());

    let order_of_hits = order(hits.len(), DRAWS);
    let order_of_foreign = order(foreign.len(), DRAWS);

    Question::new("find", DRAWS, "lookup")
        .way("floor", || each(&hits, &order_of_hits, |case| case.token == case.scope.as_str()))
        .way("hit", || each(&hits, &order_of_hits, |case| Scope::find(&case.token)))
        .way("miss", || each(&misses, &order_of_hits, |token| Scope::find(token)))
        .way("foreign", || each(&foreign, &order_of_foreign, |token| Scope::find(token)))
        .way("std-hashmap", || {
            each(&hits, &order_of_hits, |case| std_map.get(case.token.as_str()).copied());
        })
        .way("foldhash", || {
            each(&hits, &order_of_hits, |case| foldhash_map.get(case.token.as_str()).copied());
        })
        .way("phf", || {
            each(&hits, &order_of_hits, |case| SCOPE_TOKENS.get_index(case.token.as_str()));
        })
        // A binary search over the names, which are shorter than the tokens.
        .way("parse-name", || {
            each(&hits, &order_of_hits, |case| {
                let name = case.token.strip_prefix(SCOPE_PREFIX)?;
                name.parse::<Resource>().ok()
            });
        })
        .way("binary-search", || {
            each(&hits, &order_of_hits, |case| {
                let index = sorted.binary_search_by_key(&case.token.as_str(), |pair| pair.0);
                index.ok().map(|index| sorted[index].1)
            });
        })
        .way("linear-scan", || {
            each(&hits, &order_of_hits, |case| {
                let found = sorted.iter().find(|pair| pair.0 == case.token);
                found.map(|pair| pair.1)
            });
        })
        .answer(&[
            ("hit", "floor"),
            ("hit", "std-hashmap"),
            ("hit", "foldhash"),
            ("hit", "phf"),
            ("hit", "parse-name"),
            ("hit", "binary-search"),
            ("hit", "linear-scan"),
            ("miss", "hit"),
            ("foreign", "hit"),
        ]);
}

/// Data Portability scopes that do not exist: each real one with another letter in one place.
fn misses(hits: &[Case]) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(5);
    let mut miss_for = |case: &Case| loop {
        let mut token = case.token.clone();
        let place = random.usize(SCOPE_PREFIX.len()..token.len());
        let letter = random.lowercase();
        token.replace_range(place..=place, letter.encode_utf8(&mut [0; 4]));
        if Scope::find(&token).is_none() {
            return token;
        }
    };
    hits.iter().map(&mut miss_for).collect()
}

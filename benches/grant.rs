//! Reading a token's scope value of all scopes into a grant, compared with the floor of comparing
//! each of its tokens with the right scope, and with other ways of reading it. Then deciding from
//! the value whether the token may retry a job, compared with only reading it.

mod measure;

use std::collections::HashSet;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Revision, Scope};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::oauth2;

use measure::{Question, each, order};

const VALUES: usize = 256;

/// A scope value, and where in it which scope is.
struct Value {
    text: &'static str,
    scopes: Vec<(&'static str, Scope)>,
}

/// Values of all scopes, each in an order of its own.
fn values(count: usize) -> Vec<Value> {
    let mut random = fastrand::Rng::with_seed(5);
    let mut scopes: Vec<Scope> = Revision::NEWEST.scopes().iter().collect();
    let mut value = || {
        random.shuffle(&mut scopes);
        let tokens: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let text: &str = tokens.join(" ").leak();
        Value { text, scopes: text.split(' ').zip(scopes.iter().copied()).collect() }
    };
    (0..count).map(|_| value()).collect()
}

fn main() {
    let values = values(VALUES);
    let order = order(VALUES, VALUES);

    Question::new("grant", VALUES, "scope value")
        .way("floor", || {
            each(&values, &order, |value| {
                let pairs = value.scopes.iter();
                pairs.filter(|(token, scope)| *token == scope.as_str()).count()
            });
        })
        .way("read", || each(&values, &order, |value| value.text.parse::<Grant>()))
        // Less than `oauth2` does when it reads a token response, where each token is made a JSON
        // value on the way.
        .way("oauth2", || {
            each(&values, &order, |value| {
                let tokens = value.text.split(' ').map(str::to_owned);
                tokens.map(oauth2::Scope::new).collect::<Vec<_>>()
            });
        })
        .way("hashset", || {
            each(&values, &order, |value| {
                let tokens = value.text.split(' ').map(str::to_owned);
                tokens.collect::<HashSet<String>>()
            });
        })
        .answer(&[("read", "floor"), ("read", "oauth2"), ("read", "hashset")]);

    Question::new("retry", VALUES, "scope value")
        .way("read", || each(&values, &order, |value| value.text.parse::<Grant>()))
        .way("answer", || {
            each(&values, &order, |value| {
                let grant = value.text.parse::<Grant>();
                grant.is_ok_and(|grant| grant.allows(ApiMethod::Retry))
            });
        })
        .answer(&[("answer", "read")]);
}

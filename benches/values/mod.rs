//! Scope values as tokens carry them.

use dataportability_scopes::catalogue::{Revision, Scope};

/// A scope value, and where in it which scope is.
pub(crate) struct Value {
    pub(crate) text: &'static str,
    pub(crate) scopes: Vec<(&'static str, Scope)>,
}

/// Values of all scopes, each in an order of its own.
pub(crate) fn values(count: usize) -> Vec<Value> {
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

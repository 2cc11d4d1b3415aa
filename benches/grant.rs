//! Reading a token's scope value of all scopes into a grant, compared with the floor of comparing
//! each of its tokens with the right scope, and with other ways of reading it.

mod measure;
mod values;

use std::collections::HashSet;

use dataportability_scopes::catalogue::SCOPE_TOKENS;
use dataportability_scopes::grant::Grant;
use dataportability_scopes::oauth2;

use measure::{Question, each, order};
use values::values;

const VALUES: usize = 256;

fn main() {
    let values = values(VALUES);
    let order = order(VALUES, VALUES);

    Question::new("grant", VALUES, "scope value")
        .way("copy", || {
            each(&values, &order, |value| value.text.to_owned());
        })
        .way("floor", || {
            each(&values, &order, |value| {
                let pairs = value.scopes.iter();
                pairs.filter(|(token, scope)| *token == scope.as_str()).count()
            });
        })
        .way("read", || {
            each(&values, &order, |value| value.text.parse::<Grant>());
        })
        .way("split-phf", || {
            each(&values, &order, |value| {
                let indices = value.text.split(' ').map(|token| SCOPE_TOKENS.get_index(token));
                indices.flatten().fold(0_u128, |set, index| set | 1 << index)
            });
        })
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
        .answer(&[
            ("read", "copy"),
            ("read", "floor"),
            ("read", "split-phf"),
            ("read", "oauth2"),
            ("read", "hashset"),
        ]);
}

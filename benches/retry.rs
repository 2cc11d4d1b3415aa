//! Deciding from a token's scope value whether it may retry a job, compared with only reading the
//! value.

mod measure;
mod values;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::grant::Grant;

use measure::{Question, each, order};
use values::values;

const VALUES: usize = 256;

fn main() {
    let values = values(VALUES);
    let order = order(VALUES, VALUES);
    assert!(values.iter().all(|value| value.scopes.len() > 1));

    Question::new("retry", VALUES, "scope value")
        .way("read", || {
            each(&values, &order, |value| value.text.parse::<Grant>());
        })
        .way("answer", || {
            each(&values, &order, |value| {
                let grant = value.text.parse::<Grant>();
                grant.is_ok_and(|grant| grant.allows(ApiMethod::Retry))
            });
        })
        .answer(&[("answer", "read")]);
}

use maud::{Markup, html};

use super::View;
use crate::exchanges::Exchange;

/// How many the panel names.
const LAST: usize = 4;

/// The drawer beside a page: what the app just did, in a line each.
pub(crate) fn happened_panel<'e>(
    newest_first: impl Iterator<Item = (i64, &'e Exchange)>,
) -> Markup {
    let last: Vec<_> = newest_first.take(LAST).collect();
    html! {
        aside aria-label="For developers" {
            details.happened id="happened" {
                summary { "What just happened, for developers" }
                @if last.is_empty() { p { "Nothing yet." } }
                ol {
                    @for (_, exchange) in &last {
                        li {
                            (exchange.title) br;
                            code {
                                (without_origin(&exchange.request))
                                @if let Some(response) = &exchange.response {
                                    " → " (response.lines().next().unwrap_or_default())
                                }
                            }
                        }
                    }
                }
                p { a href="/happened" { "See requests and responses" } }
            }
        }
    }
}

/// Returns the method and the path of a request.
fn without_origin(request: &str) -> String {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    match (line.split_once(' '), path) {
        (Some((method, _)), Some((_, path))) => format!("{method} /{path}"),
        _ => line.to_owned(),
    }
}

/// The page of all requests and responses.
pub(crate) fn happened_page<'e>(
    view: &View,
    newest_first: impl Iterator<Item = (i64, &'e Exchange)>,
) -> Markup {
    let all: Vec<_> = newest_first.collect();
    view.frame("What just happened", None).page(&html! {
        div.problem {
            p.lede {
                "Every request of the flow and its response, the newest first. Secrets are masked: "
                "codes, tokens, the state, the code verifier, the URLs of archives. So is what a "
                "server writes, unless it is documented: a code, a scope, a kind of data, a time."
            }
            @if all.is_empty() { p { "There is none yet." } }
            @for (id, exchange) in &all {
                div.exchange id=(format!("e{id}")) {
                    h2 { (exchange.title) }
                    h3 { "Request" }
                    pre { (exchange.request) }
                    @if let Some(response) = &exchange.response {
                        h3 { "Response" }
                        pre { (response) }
                    } @else { p { "No response came." } }
                }
            }
            p.actions {
                a href="/exports" { "Your data" }
                a href="/" { "Choose what to bring over" }
            }
        }
    })
}

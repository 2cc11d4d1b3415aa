//! What the user reads. `html!` escapes all that is put into it.

use std::time::SystemTime;

use axum::http::header;
use axum::response::IntoResponse;
use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::catalogue::{Category, Resource, Revision, Scope, ScopeSet, Service};
use dataportability_scopes::consent::{Access, Consented};
use maud::{DOCTYPE, Markup, html};

pub(crate) async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("style.css"))
}

/// The frame of every page.
pub(crate) fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Connect" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    }
}

/// What may be brought over and is not held yet, to tick.
pub(crate) fn choose(held: ScopeSet, wrong: Option<&str>) -> Markup {
    let offered = Revision::NEWEST.scopes() - held;
    page(
        "Bring your data over",
        &html! {
            @if let Some(wrong) = wrong {
                p.wrong role="alert" { (wrong) }
            }
            p {
                "Tick what you want to bring over from Google. Google will then ask you whether "
                "you agree, and you can still leave things out there. What Google calls restricted it "
                "guards more closely than what it calls sensitive."
            }
            @if !held.is_empty() {
                p { "You have allowed " (count(held)) " so far: " a href="/result" { "see what" } "." }
            }
            form method="post" action="/consent" {
                div.services {
                    @for (service, scopes) in by_service(offered) {
                        fieldset {
                            legend { (service.product_name()) }
                            @for resource in scopes.iter().map(Scope::resource) {
                                (choice("resource", resource.name(), resource, false))
                            }
                        }
                    }
                }
                p.send { button { "Continue to the consent" } }
            }
        },
    )
}

/// A box to tick, with what it stands for.
pub(crate) fn choice(name: &str, value: &str, resource: Resource, ticked: bool) -> Markup {
    let id = resource.name();
    let about = format!("{id}-about");
    html! {
        div.choice {
            input type="checkbox" id=(id) name=(name) value=(value) aria-describedby=(about)
                checked[ticked];
            div {
                label for=(id) { (resource.label()) }
                p id=(about) {
                    (resource.description()) " "
                    span.category { (category(resource.category())) }
                }
            }
        }
    }
}

/// Google's word for how it reviews apps that ask for this, in the user's terms.
fn category(category: Category) -> &'static str {
    match category {
        Category::Restricted => "Restricted",
        Category::Sensitive => "Sensitive",
        _ => "Category unknown",
    }
}

/// What became of a consent, and what can be done now.
pub(crate) fn result(last: &Consented, earlier: &[Consented], hint: Option<&str>) -> Markup {
    let decision = last.decision;
    let grant = &last.tokens.grant;
    let earlier = earlier.iter().fold(ScopeSet::EMPTY, |scopes, consented| {
        scopes | consented.tokens.grant.scopes()
    });
    page(
        "What you allowed",
        &html! {
            p { (period(last.tokens.access)) }
            div.outcomes {
                (outcome("granted", "Allowed", decision.granted, "You allowed nothing of what was asked."))
                (outcome("declined", "Declined", decision.declined, "You declined nothing."))
                @if !decision.unrequested.is_empty() {
                    (outcome("unrequested", "Also allowed, though not asked for", decision.unrequested, ""))
                }
                @if !earlier.is_empty() {
                    (outcome("earlier", "Allowed before", earlier, ""))
                }
            }
            @if !decision.declined.is_empty() {
                p { "You will not be asked again for what you declined, unless you tick it yourself." }
            }
            @let unrecognized: Vec<&str> = grant.unrecognized().collect();
            @if !unrecognized.is_empty() {
                h2 { "Not recognised" }
                ul { @for token in unrecognized { li { code { (token) } } } }
            }

            h2 { "Try a failed export again" }
            @match ApiMethod::Retry.authorize(grant) {
                Ok(_) => {
                    p { "What you allowed lets this app start a failed export again, up to three times." }
                    form method="post" action="/retry" {
                        label for="job" { "Name of the export" }
                        @if let Some(hint) = hint { p #hint { (hint) } }
                        input #job name="job" required autocomplete="off" autocapitalize="none"
                            spellcheck="false" aria-describedby=[hint.map(|_| "hint")];
                        button { "Try again" }
                    }
                }
                Err(_) => p { "What you allowed does not let this app start an export again." },
            }

            h2 { "What now?" }
            p { a href="/" { "Choose more" } }
            form method="post" action="/reset" {
                p { "You can also take back all that you allowed here. Exports that are ready can then no longer be fetched." }
                button.quiet { "End access" }
            }
        },
    )
}

fn period(access: Option<Access>) -> String {
    match access {
        Some(Access::OneTime) => "You gave access for one export.".to_owned(),
        Some(Access::TimeBased { until }) => {
            let left = until.duration_since(SystemTime::now()).unwrap_or_default();
            let days = left.as_secs().div_ceil(24 * 60 * 60);
            format!("You gave access for {days} days.")
        }
        _ => "The answer does not say for how long you gave access.".to_owned(),
    }
}

fn outcome(id: &str, title: &str, scopes: ScopeSet, none: &str) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            @if scopes.is_empty() {
                p { (none) }
            }
            @for (service, scopes) in by_service(scopes) {
                h3 { (service.product_name()) }
                ul {
                    @for scope in scopes { li { (scope.resource().label()) } }
                }
            }
        }
    }
}

pub(crate) fn retried(old: &JobId, new: &JobId) -> Markup {
    page(
        "The export was started again",
        &html! {
            p { "In place of " code { (old.id()) } " there is now the export " code { (new.id()) } "." }
            (back())
        },
    )
}

pub(crate) fn ended() -> Markup {
    page(
        "Access has ended",
        &html! {
            p { "This app can no longer fetch anything of yours." }
            p { a href="/" { "Begin again" } }
        },
    )
}

pub(crate) fn problem(title: &str, text: &str) -> Markup {
    page(title, &html! { p { (text) } (back()) })
}

fn back() -> Markup {
    html! {
        nav aria-label="Where to go from here" {
            ul.plain {
                li { a href="/result" { "See what you allowed" } }
                li { a href="/" { "Choose what to bring over" } }
            }
        }
    }
}

/// The scopes of each service that has any of them.
pub(crate) fn by_service(scopes: ScopeSet) -> impl Iterator<Item = (Service, ScopeSet)> {
    Service::all()
        .map(move |service| (service, service.scopes() & scopes))
        .filter(|(_, scopes)| !scopes.is_empty())
}

fn count(scopes: ScopeSet) -> String {
    match scopes.len() {
        1 => "one kind of data".to_owned(),
        count => format!("{count} kinds of data"),
    }
}

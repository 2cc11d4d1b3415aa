use std::time::SystemTime;

use dataportability_scopes::{Resource, Scope, ScopeSet, Service};
use maud::{Markup, html};

use super::notice::unanswered;
use super::services::{by_service, related};
use super::{Step, View, kinds, labels, wrong};

/// The page on which the user ticks what to bring over.
pub(crate) struct ChoosePage<'a> {
    pub(crate) view: &'a View<'a>,
    /// What may be asked for.
    pub(crate) offered: ScopeSet,
    /// What the user gave access to before.
    pub(crate) granted: ScopeSet,
    pub(crate) ticked: ScopeSet,
    pub(crate) search: &'a str,
    /// Whether it is for one more Google account.
    pub(crate) other_account: bool,
    /// Which account it is for, if the user has said so.
    pub(crate) account: &'a str,
    /// Whether the user wanted to go on without a tick.
    pub(crate) nothing_ticked: bool,
    /// When the user left for Google without coming back.
    pub(crate) left: Option<SystemTime>,
}

impl ChoosePage<'_> {
    pub(crate) fn markup(&self) -> Markup {
        let texts = &self.view.site.settings.texts;
        if self.offered.is_empty() {
            return self.view.frame("You allowed everything", Some(Step::Choose)).page(&html! {
                p.lede {
                    "Every kind of data on offer is on its way or here. There is nothing left "
                    "to choose."
                }
                (self.accounts())
                p.actions { a.button href="/exports" { "See your data" } }
            });
        }
        let frame = self.view.frame(&texts.choose_heading, Some(Step::Choose));
        frame.told().failed_if(self.nothing_ticked).page(&self.form())
    }

    fn form(&self) -> Markup {
        let site = self.view.site;
        let matching = self.matching();
        // Matches first. What is ticked is never out of sight.
        let also = (self.ticked & self.offered) - matching;
        html! {
            @if self.nothing_ticked {
                (wrong("Nothing is ticked", &html! {
                    "Tick at least one kind of data, then continue. "
                    a href="#data" { "Go to the list" }
                }))
            }
            @if let Some(left) = self.left {
                (unanswered(site, left.elapsed().unwrap_or_default()))
            }
            p.lede { (site.settings.texts.choose_lede) }
            (self.accounts())
            // One form, all of it a GET: searching and ticking a whole service keep the ticks.
            form method="get" action="/review" {
                @if self.other_account { input type="hidden" name="other" value="1"; }
                @if !self.account.is_empty() {
                    input type="hidden" name="account" value=(self.account);
                }
                div.search role="search" {
                    label for="search" { "Find a kind of data" }
                    input id="search" type="search" name="q" value=(self.search) autocomplete="off"
                        maxlength="100" autofocus[!self.search.is_empty() && !self.nothing_ticked];
                    // The first button is what the Enter key presses.
                    button.quiet formaction="/" { "Find" }
                }
                @if !self.search.is_empty() { (self.found(matching.len())) }
                div.services id="data" { (self.list(matching)) }
                @if !also.is_empty() {
                    h2 { "Also ticked" }
                    div.services { (self.list(also)) }
                }
                @if !(matching | also).is_empty() {
                    div.send {
                        button { "Continue" }
                        p { "Nothing happens yet: a summary comes first." }
                    }
                }
            }
        }
    }

    fn accounts(&self) -> Markup {
        html! {
            @if !self.account.is_empty() {
                p { "For the Google account " (self.account) "." }
            } @else if self.other_account {
                p { "For one more Google account. " a href="/" { "Back to the first one" } }
            } @else if !self.granted.is_empty() {
                p {
                    "You allowed " (kinds(self.granted.len())) " before; they are not listed "
                    "again. " a href="/?other=1" { "Bring over data of another Google account" }
                }
            }
        }
    }

    fn found(&self, matching: usize) -> Markup {
        html! {
            p.found role="status" {
                @if matching == 0 {
                    "Nothing matches “" (self.search) "”."
                    @if let Some(product) = not_included(self.search) {
                        " " (product) " is not part of what Google hands over to apps."
                    }
                } @else {
                    (kinds(matching)) @if matching == 1 { " matches “" } @else { " match “" }
                    (self.search) "”."
                }
                " "
                // A button, so that the ticks are kept.
                button.link name="q" value="" formaction="/" { "Show everything" }
            }
        }
    }

    fn list(&self, scopes: ScopeSet) -> Markup {
        html! {
            @for (service, tag, scopes) in by_service(scopes) {
                @if scopes.len() == 1 && service.scopes() & self.offered == scopes {
                    (self.lone(service, &tag, scopes))
                } @else {
                    (self.service(service, &tag, scopes))
                }
            }
        }
    }

    fn matching(&self) -> ScopeSet {
        let matches = |resource: &Resource| {
            let text = format!(
                "{} {} {} {}",
                resource.service().product_name(),
                resource.label(),
                resource.description(),
                resource.name(),
            )
            .to_lowercase();
            let words = self.search.to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        };
        let resources = self.offered.iter().map(Scope::resource);
        resources.filter(matches).collect()
    }

    /// A service that collapses.
    fn service(&self, service: Service, tag: &str, scopes: ScopeSet) -> Markup {
        let ticked = scopes & self.ticked;
        let open = !self.search.is_empty() || !ticked.is_empty();
        let offered = service.scopes() & self.offered;
        // Back to where the button was.
        let here = format!("/#service-{service}");
        html! {
            details.service id=(format!("service-{service}")) open[open] {
                summary {
                    span.tag aria-hidden="true" { (tag) }
                    span.name { (service.product_name()) }
                    span.sample aria-hidden="true" { (labels(offered)) }
                    span.count {
                        @if scopes != offered { (scopes.len()) " of " }
                        (offered.len()) span.hidden { " kinds of data" }
                    }
                }
                div.choices role="group" aria-label=(service.product_name()) {
                    // It ticks the boxes below, so that one can be left out again.
                    @if scopes == offered && scopes.len() > 1 {
                        p.whole {
                            @let all = ticked == scopes;
                            @let verb = if all { "none" } else { "all" };
                            button.link name=(verb) value=(service) formaction=(here)
                                data-tick=(verb) {
                                @if all { "Untick all of " } @else { "Tick all of " }
                                (service.product_name())
                            }
                        }
                    }
                    @for resource in scopes.iter().map(Scope::resource) {
                        (self.choice(resource, resource.label()))
                    }
                    @for other in related(service, self.offered - scopes) {
                        p.pointer {
                            (other.label()) " is under "
                            a href=(format!("#service-{}", other.service())) {
                                (other.service().product_name())
                            }
                            "."
                        }
                    }
                }
            }
        }
    }

    /// A service with one kind of data needs no opening.
    fn lone(&self, service: Service, tag: &str, scopes: ScopeSet) -> Markup {
        html! {
            @for resource in scopes.iter().map(Scope::resource) {
                div.service.lone id=(format!("service-{service}")) {
                    span.tag aria-hidden="true" { (tag) }
                    @let is_all = service.scopes().len() == 1;
                    @let name = if is_all { service.product_name() } else { resource.label() };
                    (self.choice(resource, name))
                }
            }
        }
    }

    fn choice(&self, resource: Resource, name: &str) -> Markup {
        let id = resource.name();
        let named = format!("{id}-name");
        let about = format!("{id}-about");
        let ticked = self.ticked.contains(resource.scope());
        html! {
            div.choice {
                input type="checkbox" id=(id) name="r" value=(id) checked[ticked]
                    aria-labelledby=(named) aria-describedby=(about);
                label for=(id) {
                    span.name id=(named) { (name) }
                    span.about id=(about) { (resource.description()) }
                }
            }
        }
    }
}

/// Returns the product that a search means, if its data is not part of the API.
fn not_included(search: &str) -> Option<String> {
    let error = search.parse::<Resource>().err()?.to_string();
    let (_, hint) = error.split_once("; ")?;
    let product = hint.strip_suffix(" is not part of the Data Portability API")?;
    Some(product.to_owned())
}

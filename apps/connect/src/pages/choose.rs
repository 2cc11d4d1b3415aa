use dataportability_scopes::catalogue::Category;
use dataportability_scopes::{Resource, Scope, ScopeSet, Service};
use maud::{Markup, html};

use super::services::{by_service, kinds};
use super::{APP_NAME, Footer, Frame, Notice, Step};

/// The page on which the user ticks what to bring over.
pub(crate) struct ChoosePage<'a> {
    /// What may be asked for.
    pub(crate) offered: ScopeSet,
    /// What the user gave access to before.
    pub(crate) granted: ScopeSet,
    pub(crate) ticked: ScopeSet,
    /// The services whose "all of this service" is ticked.
    pub(crate) whole_services: Vec<Service>,
    pub(crate) search: &'a str,
    pub(crate) notice: Option<Notice>,
    pub(crate) panel: Markup,
    pub(crate) footer: &'a Footer,
}

impl ChoosePage<'_> {
    pub(crate) fn markup(&self) -> Markup {
        let everything_granted = self.offered.is_empty();
        let heading = if everything_granted {
            "You allowed everything"
        } else {
            "Carry your data over"
        };
        let error = self.notice.is_some_and(Notice::is_error);
        let frame = Frame {
            heading,
            title_prefix: if error { "Error: " } else { "" },
            step: Some(Step::Choose),
            notice: self.notice,
            panel: Some(self.panel.clone()),
            footer: Some(self.footer),
        };
        frame.page(&if everything_granted {
            html! {
                p.lede { (APP_NAME) " may fetch every kind of data that Google hands over. There is nothing left to choose." }
                p.actions { a.button href="/exports" { "See your exports" } }
            }
        } else {
            self.form()
        })
    }

    fn form(&self) -> Markup {
        let shown = self.shown();
        let services = by_service(shown);
        html! {
            p.lede {
                "Tick what to bring over from Google to " (APP_NAME) ". Google then asks whether you agree, and "
                "you can still leave things out."
            }
            @if !self.granted.is_empty() {
                p { "You allowed " (kinds(self.granted.len())) " before. What you allowed is not listed again." }
            }
            // One form: its search is a GET that keeps the ticks, and only "Continue" is a POST.
            form method="get" action="/" {
                div.search role="search" {
                    label for="search" { "Find a kind of data" }
                    input id="search" type="search" name="q" value=(self.search) autocomplete="off" maxlength="100";
                    button.quiet { "Find" }
                }
                @if !self.search.is_empty() {
                    p.found role="status" {
                        @let matching = self.matching().len();
                        @if matching == 0 { "Nothing matches “" (self.search) "”." }
                        @else { (kinds(matching)) @if matching == 1 { " matches “" } @else { " match “" } (self.search) "”." }
                        " "
                        // A button, so that the ticks are kept.
                        button.link name="q" value="" formnovalidate { "Show everything" }
                    }
                }
                div.services id="data" {
                    @for (service, tag, scopes) in &services {
                        @if service.scopes() & self.offered == *scopes && scopes.len() == 1 {
                            (self.lone(*service, tag, *scopes))
                        } @else {
                            (self.service(*service, tag, *scopes))
                        }
                    }
                }
                @if !services.is_empty() {
                    div.send {
                        button formmethod="post" formaction="/consent" { "Continue to Google" }
                        p { "Nothing is handed over yet." }
                    }
                }
            }
        }
    }

    /// What matches the search, and what is ticked: no tick is out of sight.
    fn shown(&self) -> ScopeSet {
        let whole = self
            .whole_services
            .iter()
            .fold(ScopeSet::EMPTY, |scopes, it| scopes | it.scopes());
        (self.matching() | self.ticked | whole) & self.offered
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
        self.offered
            .iter()
            .map(Scope::resource)
            .filter(matches)
            .collect()
    }

    /// A service that collapses.
    fn service(&self, service: Service, tag: &str, scopes: ScopeSet) -> Markup {
        let whole = self.whole_services.contains(&service);
        let ticked = scopes & self.ticked;
        let open = !self.search.is_empty() || whole || !ticked.is_empty();
        let offered = service.scopes() & self.offered;
        let labels: Vec<&str> = offered
            .iter()
            .map(|scope| scope.resource().label())
            .collect();
        html! {
            details.service open[open] {
                summary {
                    span.tag aria-hidden="true" { (tag) }
                    span.name { (service.product_name()) }
                    span.sample aria-hidden="true" { (labels.join(", ")) }
                    span.count {
                        @if scopes != offered { (scopes.len()) " of " }
                        (offered.len()) span.hidden { " kinds of data" }
                    }
                }
                div.choices role="group" aria-label=(service.product_name()) {
                    // Nobody ticks what the search hides.
                    @if scopes == offered {
                        div.choice.whole {
                            input type="checkbox" id=(format!("all-{service}")) name="s" value=(service) checked[whole];
                            label for=(format!("all-{service}")) {
                                "All of " (service.product_name())
                            }
                        }
                    }
                    @for resource in scopes.iter().map(Scope::resource) {
                        (self.choice(resource, resource.label()))
                    }
                }
            }
        }
    }

    /// A service with one kind of data needs no opening.
    fn lone(&self, service: Service, tag: &str, scopes: ScopeSet) -> Markup {
        html! {
            @for resource in scopes.iter().map(Scope::resource) {
                div.service.lone {
                    span.tag aria-hidden="true" { (tag) }
                    (self.choice(resource, service.product_name()))
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
                    span.about id=(about) {
                        (resource.description())
                        @if resource.category() == Some(Category::Restricted) {
                            " " span.private { "Especially private" }
                        }
                    }
                }
            }
        }
    }
}

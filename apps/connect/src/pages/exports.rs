use std::time::{Duration, SystemTime};

use dataportability_scopes::{Resource, ScopeSet};
use maud::{Markup, html};
use url::form_urlencoded;

use super::devices::devices;
use super::services::{by_service, tag};
use super::{Ask, DAY, Step, View, count, kinds, labels, size};
use crate::store::{StoredArchive, StoredConsent};
use crate::time::duration;

pub(crate) use super::progress::describe;

/// Up to so many kinds are listed at once. More are folded by service.
const UNFOLDED: usize = 12;

/// After how many days exports can be repeated.
pub(crate) const REPEATS: [(u32, &str); 4] =
    [(0, "Not by itself"), (1, "Every day"), (7, "Every week"), (30, "Every 30 days")];

/// The page of what a user has brought over, and of the access they gave.
pub(crate) struct ExportsPage<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) kinds: Vec<Kind<'a>>,
    pub(crate) consents: &'a [StoredConsent],
    pub(crate) archives: &'a [StoredArchive],
    /// After how many seconds it is worth looking again.
    pub(crate) refresh: Option<u64>,
    pub(crate) devices: u32,
    pub(crate) link_left: Option<Duration>,
}

/// How far a kind of data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    NeedsYou,
    Ended,
    Here,
}

/// A kind of data that the user allowed, and how far it is.
pub(crate) struct Kind<'a> {
    pub(crate) consent: &'a StoredConsent,
    pub(crate) resource: Resource,
    pub(crate) state: State,
    /// A word for the tag, and a sentence.
    pub(crate) word: &'static str,
    pub(crate) text: Markup,
    pub(crate) actions: Markup,
    /// What has arrived of it, the newest first.
    pub(crate) archives: Vec<&'a StoredArchive>,
    /// When it was begun.
    pub(crate) begun: Option<SystemTime>,
}

impl ExportsPage<'_> {
    pub(crate) fn markup(&self) -> Markup {
        let texts = &self.view.site.settings.texts;
        if self.consents.is_empty() && self.archives.is_empty() {
            return self.view.frame("Nothing here yet", None).told().page(&html! {
                p.lede {
                    "You have not brought anything over in this browser. Choose what to carry "
                    "first."
                }
                p.actions {
                    a.button href="/" { "Choose what to bring over" }
                    a href="/help#device" { "It is on another device" }
                }
            });
        }
        let all_here = self.kinds.iter().all(|kind| kind.state == State::Here);
        let step = if all_here { Step::Look } else { Step::Arrive };
        self.view.frame(&texts.exports_heading, Some(step)).told().page(&html! {
            @if !self.kinds.is_empty() { (self.overall()) }
            p id="more" hidden {
                "There is more than this page shows. " a href="/exports" { "Show all of it" }
            }
            @for consent in self.consents { (self.of_consent(consent)) }
            (self.kept())
            p.actions id="all" data-live {
                @if !self.archives.is_empty() {
                    a href="/archives/all.zip" download {
                        "Download all of it, " (size(self.archives.iter().map(|it| it.bytes).sum()))
                    }
                }
            }
            p.actions { a.button.quiet href="/" { "Bring over more" } }
            (devices(self.devices, self.link_left))
        })
    }

    /// How much of it is here, for how long it has taken, and whether to wait.
    fn overall(&self) -> Markup {
        let in_state = |state| self.kinds.iter().filter(move |kind| kind.state == state);
        // What has arrived stays while it is exported again.
        let here = self.kinds.iter().filter(|kind| !kind.archives.is_empty()).count();
        let all = self.kinds.len();
        let needs = in_state(State::NeedsYou).count();
        let begun = in_state(State::Running).filter_map(|kind| kind.begun).min();
        let begun = begun.and_then(|begun| self.view.now.duration_since(begun).ok());
        html! {
            section.overall aria-label="Progress" {
                div id="overall" data-live {
                    progress max=(all) value=(here) aria-label="Kinds of data that are here" {}
                    p role="status" {
                        strong {
                            (here) " of " (kinds(all)) @if all == 1 { " is" } @else { " are" }
                            " here."
                        }
                        @if needs > 0 {
                            " " (needs) @if needs == 1 { " waits" } @else { " wait" } " for you."
                        }
                    }
                    @if in_state(State::Running).next().is_some() {
                        p {
                            @if let Some(begun) = begun { "Begun " (duration(begun)) " ago. " }
                            "It takes minutes to hours as a rule, and seven days at most. You may "
                            "close this page: it goes on by itself."
                        }
                    }
                }
                p.refreshing data-refresh=(self.refresh.unwrap_or(0)) {
                    @if self.refresh.is_some() { a href="/exports" { "Look again" } }
                }
            }
        }
    }

    fn of_consent(&self, consent: &StoredConsent) -> Markup {
        let own = |kind: &&Kind| kind.consent.id == consent.id;
        let own: Vec<&Kind> = self.kinds.iter().filter(own).collect();
        let id = format!("consent-{}", consent.id.0);
        let groups = by_service(own.iter().map(|kind| kind.resource).collect());
        html! {
            section aria-labelledby=(id) {
                h2 id=(id) {
                    @if consent.account.is_empty() {
                        "What you allowed " (self.view.zone.day(consent.given, self.view.now))
                    } @else { (consent.account) }
                }
                @if own.len() <= UNFOLDED {
                    ul.waybills {
                        @for kind in &own { (kind.row(self.view)) }
                    }
                } @else {
                    div.services {
                        @for (service, tag, scopes) in groups {
                            @let has = |kind: &&Kind| scopes.contains(kind.resource.scope());
                            @let kinds: Vec<&Kind> = own.iter().copied().filter(has).collect();
                            @let id = format!("{id}-{service}");
                            (folded(self.view, service.product_name(), &tag, &id, &kinds))
                        }
                    }
                }
                (self.access(consent, &own))
            }
        }
    }

    /// What has arrived by an access that has ended.
    fn kept(&self) -> Markup {
        let shown = |archive: &StoredArchive| {
            let mut kinds = self.kinds.iter();
            kinds.any(|kind| kind.archives.iter().any(|it| it.id == archive.id))
        };
        let kept: Vec<_> = self.archives.iter().filter(|it| !shown(it)).collect();
        html! {
            @if !kept.is_empty() {
                section aria-labelledby="kept" {
                    h2 id="kept" { "What arrived before" }
                    ul {
                        @for archive in kept {
                            li {
                                a href={ "/archives/" (archive.id.0) } {
                                    (labels(archive.resources))
                                }
                                ", " (size(archive.bytes)) ", arrived "
                                (self.view.zone.moment(archive.arrived, self.view.now))
                                // That time is the user's, even if the demo's clock is fast.
                                @let left = archive.delete_at.duration_since(SystemTime::now());
                                ". Kept for " (duration(left.unwrap_or_default())) " more."
                            }
                        }
                    }
                }
            }
        }
    }

    fn access(&self, consent: &StoredConsent, own: &[&Kind]) -> Markup {
        let (view, id) = (self.view, consent.id.0);
        let same = self.kinds.iter().filter(|kind| kind.consent.account == consent.account);
        let allowed: ScopeSet = same.map(|kind| kind.resource).collect();
        let declined = consent.comparison.declined.known() - allowed;
        let choose = choose_again(declined, &consent.account);
        let repeats = |left| REPEATS.into_iter().filter(move |(days, _)| DAY * *days < left);
        let again: ScopeSet = own.iter().map(|kind| kind.resource).collect();
        html! {
            div.access {
                p { (super::progress::period(consent, view)) }
                @if let Some(link) = super::progress::renewal(consent, view) {
                    p { a href=(link) target="_blank" rel="noopener" { "Renew it at Google" } }
                }
                @if let Some(left) = super::progress::time_left(consent, view) {
                    form.repeat method="post" action=(format!("/access/{id}/repeat")) {
                        label for=(format!("repeat-{id}")) { "Export it again" }
                        select id=(format!("repeat-{id}")) name="days" {
                            @for (days, text) in repeats(left) {
                                option value=(days) selected[days == consent.repeat_days] { (text) }
                            }
                        }
                        button.quiet { "Save" }
                    }
                    // A script brings it once it is possible.
                    div id=(format!("again-{id}")) data-live {
                        @if consent.exports.again(view.now).is_some() {
                            a href=(format!("/access/{id}/again")) { "Export it again now…" }
                        }
                    }
                }
                @if !declined.is_empty() {
                    details id=(format!("left-out-{id}")) {
                        summary { "You left out " (kinds(declined.len())) }
                        @for (service, _, scopes) in by_service(declined) {
                            p { (service.product_name()) ": " (labels(scopes)) }
                        }
                        p { a href=(choose) { "Choose it again" } }
                    }
                }
                p.actions {
                    @if consent.ended {
                        a href=(choose_again(again, &consent.account)) { "Give access again" }
                    }
                    a.danger-link href=(format!("/access/{id}/end")) {
                        @if consent.ended { "Remove it from this page…" }
                        @else { "End this access…" }
                    }
                }
            }
        }
    }
}

/// Returns the address of the form with these ticked, for the same account.
pub(super) fn choose_again(scopes: ScopeSet, account: &str) -> String {
    let mut query = form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2);
    query.extend_pairs(scopes.iter().map(|scope| ("r", scope.resource().name())));
    if !account.is_empty() {
        query.extend_pairs([("other", "1"), ("account", account)]);
    }
    query.finish()
}

/// The kinds of a service, folded. What waits for the user is not out of sight.
fn folded(view: &View, name: &str, tag: &str, id: &str, kinds: &[&Kind]) -> Markup {
    let here = kinds.iter().filter(|kind| kind.state == State::Here).count();
    let needs_you = kinds.iter().any(|kind| kind.state == State::NeedsYou);
    html! {
        details.service id=(id) open[needs_you] {
            summary {
                span.tag aria-hidden="true" { (tag) }
                span.name { (name) }
                span.count id={ (id) "-count" } data-live {
                    (here) " of " (kinds.len()) span.hidden { " are here" }
                }
            }
            ul.waybills { @for kind in kinds { (kind.row(view)) } }
        }
    }
}

impl Kind<'_> {
    /// A script swaps it when it has changed.
    fn row(&self, view: &View) -> Markup {
        let id = format!("kind-{}-{}", self.consent.id.0, self.resource);
        let class = match self.state {
            State::Running => "running",
            State::NeedsYou | State::Ended => "failed",
            State::Here => "ready",
        };
        html! {
            li.waybill.(class) id=(id) data-live {
                div.stub {
                    span.tag aria-hidden="true" { (tag(self.resource.service())) }
                    span.state { (self.word) }
                }
                div.body {
                    div {
                        h3 { (self.resource.label()) }
                        p { (self.resource.service().product_name()) ". " (self.text) }
                        @if self.archives.len() > 1 { (self.earlier(view, &id)) }
                    }
                    div.actions {
                        @if let Some(newest) = self.archives.first() {
                            a.button href={ "/archives/" (newest.id.0) } {
                                "Look inside" span.hidden { " " (self.resource.label()) }
                            }
                        }
                        (self.actions)
                    }
                }
            }
        }
    }

    /// What arrived before the newest stays until its time is over.
    fn earlier(&self, view: &View, id: &str) -> Markup {
        html! {
            details id={ (id) "-earlier" } {
                summary { (count(self.archives.len() - 1, "earlier export")) }
                p {
                    @for archive in self.archives.iter().skip(1) {
                        a href={ "/archives/" (archive.id.0) } {
                            (view.zone.day(archive.arrived, view.now)) ", " (size(archive.bytes))
                        }
                        " "
                    }
                }
            }
        }
    }
}

/// The page that asks before access is ended.
pub(crate) fn end_access_page(view: &View, consent: &StoredConsent) -> Markup {
    if consent.ended {
        let heading = "Remove this access from the page?";
        let remove = Ask { heading, yes: "Remove it", no: "Leave it" };
        let text = html! { p.lede { "It has ended. What has arrived stays." } };
        return view.ask(Step::Arrive, &remove, &text);
    }
    let end = Ask { heading: "End access?", yes: "End access", no: "Keep access" };
    view.ask(
        Step::Arrive,
        &end,
        &html! {
            p.lede {
                (view.site.settings.name) " will no longer be able to fetch anything"
                @if consent.account.is_empty() {
                    " of what you allowed " (view.zone.day(consent.given, view.now))
                } @else { " of " (consent.account) }
                "."
            }
            ul {
                li { "What is on its way does not arrive." }
                li { "What has arrived stays here until you delete it or its time is over." }
                li {
                    "All that this Google account allowed the app ends together. You can allow it "
                    "again at any time."
                }
            }
        },
    )
}

/// The page that asks before everything is exported again.
pub(crate) fn again_page(view: &View) -> Markup {
    let again = Ask { heading: "Export it again?", yes: "Export it again", no: "Leave it" };
    view.ask(
        Step::Arrive,
        &again,
        &html! {
            p.lede {
                "Google exports a kind of data once in 24 hours, so it may take a day until this "
                "begins. What has arrived stays."
            }
            p { "Kinds that take dates bring what is new since the last time." }
        },
    )
}

/// The page that asks before an export is cancelled.
pub(crate) fn cancel_page(view: &View, resource: Resource) -> Markup {
    let heading = format!("Cancel {}?", resource.label());
    let cancel = Ask { heading: &heading, yes: "Cancel the export", no: "Let it go on" };
    view.ask(
        Step::Arrive,
        &cancel,
        &html! {
            p.lede {
                "It does not arrive, and Google allows the next export of it a day after this one "
                "began."
            }
        },
    )
}

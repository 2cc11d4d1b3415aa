use std::time::SystemTime;

use dataportability_scopes::ScopeSet;
use dataportability_scopes::api::export::{ConsentReason, Export, GiveUpReason, Progress, Step};
use dataportability_scopes::api::{AccessType, ApiMethod};
use dataportability_scopes::consent::AccessPeriod;
use dataportability_scopes::grant::Grant;
use maud::{Markup, html};

use super::services::{by_service, kinds, tag};
use super::time::{date, date_time, duration, until};
use super::{APP_NAME, Footer, Frame, Notice, Step as FlowStep};
use crate::store::{ExportId, StoredConsent, StoredExport};

/// The page of a user's exports, and of the access they have given.
pub(crate) struct ExportsPage<'a> {
    pub(crate) rows: Vec<ExportRow>,
    pub(crate) consents: &'a [StoredConsent],
    pub(crate) now: SystemTime,
    pub(crate) notice: Option<Notice>,
    /// After how many seconds it is worth looking again.
    pub(crate) refresh: Option<u64>,
    pub(crate) refresh_is_off: bool,
    pub(crate) panel: Markup,
    pub(crate) footer: &'a Footer,
}

/// One export on the page.
pub(crate) struct ExportRow {
    description: Description,
    label: &'static str,
    service: &'static str,
    tag: String,
}

/// The order in which exports are listed: what the user can act on first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Ready,
    UserActs,
    OnTheWay,
    Ended,
}

impl Group {
    fn heading(self) -> &'static str {
        match self {
            Group::Ready => "Ready to download",
            Group::UserActs => "Waiting for you",
            Group::OnTheWay => "In progress",
            Group::Ended => "Finished",
        }
    }
}

impl ExportsPage<'_> {
    /// Returns the header `Refresh`, which makes a browser without scripts reload the page.
    ///
    /// The notice is left out: it is read once.
    pub(crate) fn refresh_header(&self) -> Option<String> {
        let seconds = self.refresh.filter(|_| !self.refresh_is_off)?;
        Some(format!("{seconds}; url=/exports"))
    }

    pub(crate) fn markup(&self) -> Markup {
        let heading = if self.consents.is_empty() {
            "No exports yet"
        } else {
            "Your exports"
        };
        let has = |group| self.rows.iter().any(|row| row.description.group == group);
        let step = if has(Group::Ready) || (has(Group::Ended) && !has(Group::OnTheWay)) {
            FlowStep::Download
        } else {
            FlowStep::Export
        };
        let error = self.notice.is_some_and(Notice::is_error);
        let frame = Frame {
            heading,
            title_prefix: if error { "Error: " } else { "" },
            step: Some(step),
            notice: self.notice,
            panel: Some(self.panel.clone()),
            footer: Some(self.footer),
        };
        frame.page(&html! {
            @if self.consents.is_empty() {
                p.lede { "You have not brought anything over. Choose what to carry first." }
                p.actions { a.button href="/" { "Choose what to bring over" } }
            } @else {
                (self.refreshing())
                @for group in [Group::Ready, Group::UserActs, Group::OnTheWay, Group::Ended] {
                    @if has(group) {
                        section aria-labelledby=(group.heading().replace(' ', "-")) {
                            h2 id=(group.heading().replace(' ', "-")) { (group.heading()) }
                            ul.waybills {
                                @for row in self.rows.iter().filter(|row| row.description.group == group) { (row.markup()) }
                            }
                        }
                    }
                }
                (self.access())
            }
        })
    }

    /// Says that the page reloads itself, and lets the user stop that.
    fn refreshing(&self) -> Markup {
        html! {
            @match (self.refresh, self.refresh_is_off) {
                (None, _) => p.refreshing { "No export is in progress." },
                (Some(seconds), false) => p.refreshing {
                    "This page refreshes every " (seconds) " seconds. "
                    a href="/exports?refresh=off" { "Stop refreshing" }
                },
                (Some(_), true) => p.refreshing {
                    a href="/exports?refresh=off" { "Refresh now" } ", or "
                    a href="/exports" { "let the page refresh by itself" } "."
                },
            }
        }
    }

    fn access(&self) -> Markup {
        html! {
            section aria-labelledby="access" {
                h2 id="access" { "Access you gave" }
                @for consent in self.consents { (self.consent(consent)) }
                p.actions {
                    a href="/" { "Choose more" }
                    a.danger-link href="/access/end" { "End access…" }
                }
            }
        }
    }

    fn consent(&self, consent: &StoredConsent) -> Markup {
        let declined = consent.comparison.declined;
        let link: Vec<String> = declined
            .iter()
            .map(|scope| format!("r={}", scope.resource()))
            .collect();
        html! {
            div.access {
                p { strong { (period(consent, self.now)) } }
                (listed("You allowed", consent.tokens.grant.scopes()))
                @if !declined.is_empty() {
                    (listed("You left out", declined))
                    p {
                        (APP_NAME) " does not ask for what you left out by itself. "
                        a href=(format!("/?{}", link.join("&"))) { "Choose it again" }
                    }
                }
            }
        }
    }
}

/// Returns for how long access was given.
fn period(consent: &StoredConsent, now: SystemTime) -> Markup {
    html! {
        @match consent.tokens.access_period {
            _ if consent.ended => "This access has ended.",
            Some(AccessPeriod::OneTime) => "One-time access: each kind of data can be exported once.",
            Some(AccessPeriod::TimeBased { until }) => {
                "Access until " (date(until))
                @if let Ok(left) = until.duration_since(now) { ", " (duration(left)) " from now" }
                "."
            }
            _ => "Google does not say for how long this access lasts.",
        }
    }
}

/// Says how many kinds of data there are, and lists them by service once it is opened.
fn listed(what: &str, scopes: ScopeSet) -> Markup {
    let labels = |scopes: &ScopeSet| -> Vec<&str> {
        scopes
            .iter()
            .map(|scope| scope.resource().label())
            .collect()
    };
    html! {
        details {
            summary { (what) " " (kinds(scopes.len())) }
            @for (service, _, scopes) in by_service(scopes) {
                p { (service.product_name()) ": " (labels(&scopes).join(", ")) }
            }
        }
    }
}

impl ExportRow {
    pub(crate) fn new(
        stored: &StoredExport,
        consent: &StoredConsent,
        now: SystemTime,
    ) -> ExportRow {
        let export = &stored.export;
        let resource = export.resource();
        ExportRow {
            description: describe(stored, consent, now),
            label: resource.label(),
            service: resource.service().product_name(),
            tag: tag(resource.service()),
        }
    }

    fn markup(&self) -> Markup {
        html! {
            li.waybill.(self.description.class) {
                div.stub {
                    span.tag aria-hidden="true" { (self.tag) }
                    span.state { (self.description.state) }
                }
                div.body {
                    div {
                        h3 { (self.label) }
                        p { (self.service) ". " (self.description.text) }
                    }
                    (self.description.actions)
                }
            }
        }
    }
}

/// What a row says and offers.
struct Description {
    group: Group,
    class: &'static str,
    state: &'static str,
    text: Markup,
    actions: Markup,
}

fn describe(stored: &StoredExport, consent: &StoredConsent, now: SystemTime) -> Description {
    let step = stored.export.next(&consent.tokens.grant, now);
    let progress = stored.export.progress(now);
    if let Some(stopped) = stopped(stored, consent, &step, progress) {
        return stopped;
    }
    match progress {
        Progress::NotStarted | Progress::InProgress => under_way(stored, consent, &step, now),
        Progress::Failed => failed(stored, &step, now),
        Progress::Complete => complete(stored),
        _ => ended(stored, consent, &step, now),
    }
}

/// Describes an export that cannot go on with the access that the user gave.
fn stopped(
    stored: &StoredExport,
    consent: &StoredConsent,
    step: &Step,
    progress: Progress,
) -> Option<Description> {
    let has_ended = matches!(progress, Progress::Downloaded | Progress::GivenUp);
    let lost = consent.ended && !has_ended && stored.archive.is_none();
    let end_access = html! { a.button.quiet href="/access/end" { "End access…" } };
    let (group, state, text, actions) = match step {
        _ if lost => (
            Group::UserActs,
            "Stopped",
            "Access ended before it was finished. Give access again, and it goes on.",
            ask_again(&stored.export),
        ),
        Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp) => (
            Group::Ended,
            "Used up",
            "One-time access allows one export. To export again, end the access and give it anew.",
            end_access,
        ),
        Step::RequestConsent(ConsentReason::PermissionDenied) => (
            Group::UserActs,
            "Denied",
            "Google does not let the app have this. To try again, end the access and give it anew.",
            end_access,
        ),
        Step::RequestConsent(_) => (
            Group::UserActs,
            "Stopped",
            "Google no longer accepts the access. Give access again, and the export goes on.",
            ask_again(&stored.export),
        ),
        _ => return None,
    };
    Some(Description {
        group,
        class: "failed",
        state,
        text: html! { (text) },
        actions,
    })
}

fn under_way(
    stored: &StoredExport,
    consent: &StoredConsent,
    step: &Step,
    now: SystemTime,
) -> Description {
    let started = stored
        .export
        .started_at()
        .filter(|_| stored.export.job().is_some());
    let (state, text) = match (started, step) {
        (Some(started), step) => (
            "Running",
            html! {
                "Google has been gathering it since " (date_time(started)) ". "
                @if let Step::WaitUntil(time) = step { "The app checks again " (until(*time, now)) "." }
            },
        ),
        (None, Step::WaitUntil(time)) => (
            "Waiting",
            html! { "Starts " (until(*time, now)) ", on " (date_time(*time)) "." },
        ),
        (None, _) => ("Starting", html! { "The app is asking Google to start." }),
    };
    Description {
        group: Group::OnTheWay,
        class: "running",
        state,
        text,
        actions: cancel(stored, consent, now),
    }
}

fn failed(stored: &StoredExport, step: &Step, now: SystemTime) -> Description {
    let left = Export::MAX_RETRIES.saturating_sub(stored.export.retries());
    if let Step::Call(ApiMethod::Retry) = step {
        return Description {
            group: Group::UserActs,
            class: "failed",
            state: "Failed",
            text: html! {
                "Google could not finish it. "
                @if left == 1 { "You can try once more." }
                @else { "You can try again, " (left) " times at most." }
            },
            actions: post(
                stored.id,
                "try-again",
                "Try again",
                "button",
                &stored.export,
            ),
        };
    }
    Description {
        group: Group::OnTheWay,
        class: "running",
        state: "Trying again",
        text: html! {
            "Google could not finish it. The app asks Google again"
            @if let Step::WaitUntil(time) = step { " " (until(*time, now)) }
            "."
        },
        actions: html! {},
    }
}

fn complete(stored: &StoredExport) -> Description {
    let Some(archive) = &stored.archive else {
        return Description {
            group: Group::OnTheWay,
            class: "running",
            state: "Complete",
            text: html! { "The link to the file is being fetched." },
            actions: html! {},
        };
    };
    Description {
        group: Group::Ready,
        class: "ready",
        state: "Ready",
        text: html! {
            @if let Some(started) = stored.export.started_at() {
                "Google keeps it until " (date(started + Export::ARCHIVE_LIFETIME)) " at least."
            }
        },
        actions: files(stored, archive.urls.len(), "Download"),
    }
}

fn ended(
    stored: &StoredExport,
    consent: &StoredConsent,
    step: &Step,
    now: SystemTime,
) -> Description {
    let export = &stored.export;
    let (class, state, text) = match step {
        Step::Done => (
            "downloaded",
            "Downloaded",
            html! {
                "You have it"
                @if let Some(time) = export.export_time().or(export.started_at()) { ", as of " (date_time(time)) }
                ". "
            },
        ),
        Step::GivenUp(GiveUpReason::Cancelled) => {
            ("failed", "Cancelled", html! { "You cancelled it. " })
        }
        Step::GivenUp(reason) => ("failed", "Ended", html! { (given_up(*reason)) " " }),
        _ => ("failed", "Ended", html! { "It has ended without a file. " }),
    };
    let archive = stored
        .archive
        .as_ref()
        .filter(|_| matches!(step, Step::Done));
    Description {
        group: Group::Ended,
        class,
        state,
        text: html! { (text) (once_a_day(export, now)) },
        actions: html! {
            @if let Some(archive) = archive { (files(stored, archive.urls.len(), "Download again")) }
            (once_more(stored, consent))
        },
    }
}

fn given_up(reason: GiveUpReason) -> &'static str {
    match reason {
        GiveUpReason::RetriesUsedUp => "It failed four times, which is as often as Google tries.",
        GiveUpReason::JobTookTooLong => "Google did not finish it in time.",
        GiveUpReason::NotStarted => "Google did not start it within seven days.",
        GiveUpReason::ArchiveExpired => {
            "It was not downloaded within 14 days, and Google has deleted it."
        }
        GiveUpReason::NoUrls => "Google finished it, but has no file for it.",
        GiveUpReason::JobNotFound => "Google no longer knows of it.",
        GiveUpReason::NotListed => "Google no longer hands this over.",
        _ => "Google refused it.",
    }
}

/// Says from when on an export with time-based access can be repeated.
fn once_a_day(export: &Export, now: SystemTime) -> Markup {
    let next = export.again(0, now).ok();
    let grant = Grant::from(ScopeSet::from(export.resource()));
    let at = next.and_then(|next| next.next_at(&grant, now));
    html! {
        @if let Some(at) = at.filter(|at| *at > now) {
            "The next export can start " (until(at, now)) ", on " (date(at)) "."
        }
    }
}

fn once_more(stored: &StoredExport, consent: &StoredConsent) -> Markup {
    let one_time = stored.export.access_type() == Some(&AccessType::OneTime);
    html! {
        @if consent.ended {
            (ask_again(&stored.export))
        } @else if one_time {
            a href="/access/end" { "End access to export again…" }
        } @else {
            (post(stored.id, "again", "Export again", "quiet", &stored.export))
        }
    }
}

fn ask_again(export: &Export) -> Markup {
    let resource = export.resource();
    html! {
        a.button.quiet href=(format!("/?r={resource}")) { "Give access again" span.hidden { " " (resource.label()) } }
    }
}

fn cancel(stored: &StoredExport, consent: &StoredConsent, now: SystemTime) -> Markup {
    let time_based = stored.export.access_type() == Some(&AccessType::TimeBased);
    html! {
        @if time_based && stored.export.cancel(&consent.tokens.grant, now).is_ok() {
            (post(stored.id, "cancel", "Cancel", "quiet", &stored.export))
        }
    }
}

fn files(stored: &StoredExport, count: usize, verb: &str) -> Markup {
    html! {
        p.actions {
            @for number in 0..count {
                a.button.quiet[verb != "Download"] href=(format!("/exports/{}/files/{number}", stored.id.0)) {
                    (verb) @if count > 1 { " part " (number + 1) }
                    span.hidden { " " (stored.export.resource().label()) }
                }
            }
        }
    }
}

/// A button of a form of its own.
fn post(id: ExportId, action: &str, text: &str, class: &str, export: &Export) -> Markup {
    html! {
        form method="post" action=(format!("/exports/{}/{action}", id.0)) {
            button class=(class) { (text) span.hidden { " " (export.resource().label()) } }
        }
    }
}

/// The page that asks before access is ended.
pub(crate) struct EndAccessPage<'a> {
    pub(crate) panel: Markup,
    pub(crate) footer: &'a Footer,
}

impl EndAccessPage<'_> {
    pub(crate) fn markup(&self) -> Markup {
        let frame = Frame {
            heading: "End access?",
            title_prefix: "",
            step: Some(FlowStep::Export),
            notice: None,
            panel: Some(self.panel.clone()),
            footer: Some(self.footer),
        };
        frame.page(&html! {
            p.lede { (APP_NAME) " will no longer be able to fetch anything of yours from Google." }
            ul {
                li { "Exports in progress stop." }
                li { "Exports that are ready but not downloaded are lost." }
                li { "What you have downloaded stays with you." }
                li { "You can give access again at any time, to the same data too." }
            }
            div.actions {
                form method="post" action="/access/end" { button.danger { "End access" } }
                a.button.quiet href="/exports" { "Keep access" }
            }
        })
    }
}

//! How far a kind of data is, in words.

use std::time::{Duration, SystemTime};

use dataportability_scopes::Resource;
use dataportability_scopes::api::AccessType;
use dataportability_scopes::api::export::{ConsentReason, Export, GiveUpReason, Progress, Wait};
use dataportability_scopes::consent::{AccessPeriod, renewal_link};
use maud::{Markup, html};

use super::exports::choose_again;
use super::{Kind, State, View, count, size};
use crate::store::{StoredArchive, StoredConsent, is_over};
use crate::time::duration;

/// Access can be renewed from so long before its end.
const RENEWABLE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Describes the kinds of data of a consent. `asks` is why it needs a new one, if it does.
pub(crate) fn describe<'a>(
    consent: &'a StoredConsent,
    asks: Option<&ConsentReason>,
    archives: &'a [StoredArchive],
    view: &View,
) -> Vec<Kind<'a>> {
    let mut kinds = Vec::new();
    for export in consent.exports.iter() {
        for scope in export.resources().known() {
            let resource = scope.resource();
            let (mut state, word, text, actions) = told(consent, &export, asks, resource, view);
            let of_kind =
                |it: &&StoredArchive| it.resources.contains(scope) && it.account == consent.account;
            let archives: Vec<_> = archives.iter().filter(of_kind).collect();
            let text = match archives.first() {
                Some(newest) if state == State::Here => arrived(newest, view),
                // What is here stays in sight while the next one is on its way.
                Some(newest) => html! { (arrived(newest, view)) " " (text) },
                None if state == State::Here => {
                    state = State::Ended;
                    html! { "It arrived, and is no longer kept here." }
                }
                None => text,
            };
            kinds.push(Kind {
                consent,
                resource,
                state,
                word,
                text,
                actions,
                archives,
                begun: export.started_at(),
            });
        }
    }
    kinds
}

fn arrived(archive: &StoredArchive, view: &View) -> Markup {
    html! {
        "Arrived " (view.zone.moment(archive.arrived, view.now)) ": "
        (count(archive.files, "file")) ", " (size(archive.bytes)) "."
    }
}

/// How far it is, a word for the tag, a sentence, and what the user can do.
type Told = (State, &'static str, Markup, Markup);

fn told(
    consent: &StoredConsent,
    export: &Export,
    asks: Option<&ConsentReason>,
    resource: Resource,
    view: &View,
) -> Told {
    let asks = asks.filter(|asks| concerns(asks, export));
    if let Some(ConsentReason::PermissionDenied(_)) = asks.filter(|_| !consent.ended) {
        // Google would not let the app ask again for what it has granted.
        let text = html! { "Google does not hand it over. End this access, and allow it anew." };
        let end = html! { a href={ "/access/" (consent.id.0) "/end" } { "End this access…" } };
        return (State::NeedsYou, "Denied", text, end);
    }
    if !is_over(export) && (consent.ended || asks.is_some()) {
        let text = html! { "Access ended before it arrived. Allow it again, and it goes on." };
        let again = html! {
            a.button.quiet href=(choose_again(consent.needed().known(), &consent.account)) {
                "Give access again" span.hidden { " " (resource.label()) }
            }
        };
        return (State::NeedsYou, "Stopped", text, again);
    }
    let waits = export.waits_until();
    let when = waits.map(|(until, _)| until).filter(|until| *until > view.now);
    let when = html! { @if let Some(when) = when { " " (view.zone.moment(when, view.now)) } };
    let running = |word, text: Markup| (State::Running, word, text);
    let (state, word, text) = match (export.progress(), waits.map(|(_, wait)| wait)) {
        (Progress::Downloaded, _) => (State::Here, "Here", html! {}),
        (Progress::GivenUp, _) => (State::Ended, "Ended", html! { (given_up(export.given_up())) }),
        (Progress::Complete, _) => {
            running("Fetching", html! { "Google has it ready; the app is fetching it." })
        }
        (_, Some(Wait::ProjectNotReady)) => {
            let text = html! {
                "Google does not let this app fetch anything yet. Its operator has to act; it goes "
                "on by itself then."
            };
            running("Waiting", text)
        }
        (Progress::Failed, _) => {
            let text = html! {
                "Google could not finish it. The app asks Google again" (when) ", three times at "
                "most."
            };
            running("Failed", text)
        }
        (Progress::InProgress, _) => {
            let since = export.started_at().and_then(|it| view.now.duration_since(it).ok());
            let since = duration(since.unwrap_or_default());
            let text = html! { "Google has been gathering it for " (since) "." };
            // It costs a day, so a page asks first.
            let cancel = html! {
                @if export.access_type() == Some(AccessType::TimeBased) {
                    a href={ "/exports/" (consent.id.0) "/" (resource) "/cancel" } {
                        "Cancel…" span.hidden { " " (resource.label()) }
                    }
                }
            };
            return (State::Running, "Running", text, cancel);
        }
        (_, Some(Wait::TooEarly)) => {
            running("Waiting", html! { "Google allows it again" (when) "." })
        }
        (_, Some(Wait::BackingOff)) => {
            running("Waiting", html! { "Google was not ready. The app asks again" (when) "." })
        }
        _ => {
            let text = html! { "The app asks Google for one kind of data after the other." };
            running("Starting", text)
        }
    };
    (state, word, text, html! {})
}

/// Returns whether the new consent is needed for this export.
fn concerns(asks: &ConsentReason, export: &Export) -> bool {
    match asks {
        ConsentReason::MissingScopes(scopes)
        | ConsentReason::PermissionDenied(scopes)
        | ConsentReason::OneTimeAccessUsedUp(scopes) => !scopes.is_disjoint(export.resources()),
        _ => true,
    }
}

fn given_up(reason: Option<GiveUpReason>) -> &'static str {
    let Some(reason) = reason else {
        return "One-time access allows one export. End the access, and allow it anew.";
    };
    match reason {
        GiveUpReason::Cancelled => "You cancelled it.",
        GiveUpReason::RetriesUsedUp => "It failed four times, which is as often as Google tries.",
        GiveUpReason::JobTookTooLong => "Google did not finish it in time.",
        GiveUpReason::NotStarted => "Google did not start it within seven days.",
        GiveUpReason::ProjectNotReady => "This app was not set up at Google in time.",
        GiveUpReason::ArchiveExpired => {
            "It could not be fetched within 14 days, and Google has deleted it."
        }
        GiveUpReason::NoFiles => "Google finished it, but has no file for it.",
        GiveUpReason::JobNotFound => "Google no longer knows of it.",
        GiveUpReason::NotListed => "Google no longer hands this over.",
        _ => "Google refused it.",
    }
}

fn until(consent: &StoredConsent) -> Option<SystemTime> {
    let tokens = consent.tokens.as_ref().filter(|_| !consent.ended)?;
    match tokens.access_period {
        Some(AccessPeriod::TimeBased { until }) => Some(until),
        Some(AccessPeriod::OneTime) => None,
        // In Testing, access ends after seven days, whatever the user chose.
        _ => tokens.refresh_token_expires_at,
    }
}

/// Returns for how long access was given.
pub(super) fn period(consent: &StoredConsent, view: &View) -> Markup {
    let tokens = consent.tokens.as_ref();
    html! {
        @match tokens.and_then(|tokens| tokens.access_period) {
            _ if tokens.is_none() => {
                "The app can no longer read the key to this access. Remove the access in the "
                a href=(view.site.connections_url) target="_blank" rel="noopener" {
                    "connections of your Google account"
                }
                ", and allow it again."
            }
            _ if consent.ended => "This access has ended.",
            Some(AccessPeriod::OneTime) => {
                "One-time access: each kind of data can be exported once."
            }
            _ => {
                @if let Some(until) = until(consent) {
                    "Access for " (duration(until.duration_since(view.now).unwrap_or_default()))
                    " more, until " (view.zone.full(until)) "."
                } @else {
                    "Google does not say for how long this access lasts."
                }
            }
        }
    }
}

/// Returns where access is renewed, when it can be.
pub(super) fn renewal(consent: &StoredConsent, view: &View) -> Option<String> {
    let left = until(consent)?.duration_since(view.now).ok()?;
    let project = view.site.settings.project_number?;
    (left <= RENEWABLE).then(|| renewal_link(project))
}

/// Returns how long exports can still be repeated, if they can.
pub(super) fn time_left(consent: &StoredConsent, view: &View) -> Option<Duration> {
    until(consent)?.duration_since(view.now).ok()
}

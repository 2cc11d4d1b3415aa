//! The pages that a browser shows.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::SystemTime;

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::archive::service_of;
use crate::audit::Finding;
use crate::authorization_request::{AuthorizationError, AuthorizationRequest};
use crate::config::{Config, Resource};
use crate::google::Google;
use crate::rfc3339::rfc3339;

pub(crate) const STYLE: &str = include_str!("style.css");

/// How many jobs and findings the overview lists.
const LATEST: usize = 100;

fn page(title: &str, content: &Markup) -> Markup {
    let title = html! { (title) };
    // The content comes last: it may have braces of its own.
    let page = include_str!("page.html").replace("{title}", &title.0);
    PreEscaped(page.replace("{content}", &content.0))
}

/// Says how fast the clock runs, if not at the speed of real time.
fn clock(config: &Config) -> Markup {
    let speed = config.clock_speed;
    html! {
        @if speed > 1 {
            p.clock { "The clock of this stand-in runs " (speed) " times faster than real time." }
        }
    }
}

/// The consent page.
pub(crate) fn consent(config: &Config, asked: &AuthorizationRequest, query: &str) -> Markup {
    let mut services: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for resource in config.resources.iter().filter(|it| asked.scopes.contains(&it.scope())) {
        services.entry(service_of(&resource.group)).or_default().push(resource);
    }
    let hint = asked.login_hint.as_ref().filter(|hint| config.accounts.contains(hint));
    let hinted = hint.or(config.accounts.first());
    let content = html! {
        (clock(config))
        p {
            "The app " strong { (asked.client.name) }
            " asks for the data below. Choose the account, what the app receives and for how long."
        }
        form method="post" action="/o/oauth2/v2/auth" {
            input type="hidden" name="request" value=(query);
            fieldset {
                legend { "Account" }
                @for (index, account) in config.accounts.iter().enumerate() {
                    (option("radio", "account", account, &format!("account-{index}"),
                        Some(account) == hinted, &html! { (account) }))
                }
            }
            fieldset.data {
                legend { "Data" }
                (option("checkbox", "all", "yes", "all", false, &html! {
                    strong { "Select all" } " (" (asked.scopes.len()) ")"
                }))
                p.everything { "Everything on the list is selected." }
                div.list {
                    @for (service, resources) in &services {
                        div.service role="group" aria-label=(service) {
                            @for resource in resources { (checkbox(resource)) }
                        }
                    }
                }
            }
            fieldset {
                legend { "For how long" }
                @for (access, label, checked) in [
                    ("one-time", "One time: one export", true),
                    ("30-days", "30 days: one export a day", false),
                    ("180-days", "180 days: one export a day", false),
                ] {
                    (option("radio", "access", access, access, checked, &html! { (label) }))
                }
            }
            div.decision {
                button name="decision" value="allow" { "Continue" }
                button.quiet name="decision" value="deny" { "Cancel" }
            }
        }
    };
    page(&format!("{} wants a copy of your data", asked.client.name), &content)
}

fn checkbox(resource: &Resource) -> Markup {
    let label = html! {
        strong { (resource.label) }
        @if !resource.description.is_empty() { span.description { (resource.description) } }
        code { (resource.group) }
    };
    option("checkbox", "scope", &resource.scope(), &resource.group, false, &label)
}

/// A radio button or check box. All of its label can be clicked.
fn option(kind: &str, name: &str, value: &str, id: &str, checked: bool, label: &Markup) -> Markup {
    html! {
        label.option for=(id) {
            input type=(kind) name=(name) value=(value) id=(id) checked[checked];
            span { (label) }
        }
    }
}

/// Shown instead of the consent page.
pub(crate) fn refused(error: &AuthorizationError) -> Markup {
    let content = html! {
        p { "You cannot continue, because the app sent an invalid request." }
        p.wrong { strong { "Error 400: " (error.error) } br; (error.reason) }
        p {
            "To go back to the app, use the browser's back button. If you are its developer, read "
            "what happened below."
        }
    };
    page("Access blocked: this request is invalid", &content)
}

pub(crate) fn not_found() -> Markup {
    page("Error 404: not found", &html! { p { "There is nothing at this address." } })
}

/// What happened so far.
pub(crate) fn overview(google: &Google, now: SystemTime) -> Markup {
    let content = html! {
        (clock(&google.config))
        p {
            "Now: " (time(now)) ". The same for programs: "
            a href="/stand-in/audit" { "the audit as JSON" } "."
        }
        h2 { "Access" }
        (access(google))
        h2 { "Jobs" }
        form method="post" action="/stand-in" {
            @match google.jobs_to_fail {
                0 => p { "Jobs end as usual." },
                jobs => p { "The next " (jobs) " to start will fail." },
            }
            button.quiet name="do" value="fail-next-job" { "Let the next job fail" }
        }
        (list("The latest archive jobs", jobs(google, now)))
        h2 { "Broken rules" }
        (list("The latest broken rules", google.audit.violations.iter().rev().map(finding)))
        h2 { "Remarks" }
        (list("The latest remarks", google.audit.remarks.iter().rev().map(finding)))
    };
    page("What happened so far", &content)
}

fn time(time: SystemTime) -> String {
    rfc3339(time).replace('T', " ").replace('Z', " UTC")
}

fn list(label: &str, lines: impl Iterator<Item = String>) -> Markup {
    let mut lines = lines.take(LATEST).peekable();
    html! {
        @if lines.peek().is_none() {
            p { "There are none." }
        } @else {
            ul aria-label=(label) { @for line in lines { li { (line) } } }
        }
    }
}

fn access(google: &Google) -> Markup {
    let app = |project: &str| {
        let client = google.config.clients.iter().find(|it| it.project == project);
        client.map_or("", |client| &client.name).to_owned()
    };
    let mut scopes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for consent in google.consents.values() {
        *scopes.entry((&consent.account, &consent.project)).or_default() += consent.scopes.len();
    }
    html! {
        @if scopes.is_empty() { p { "No app has access." } }
        @for ((account, project), scopes) in &scopes {
            form.access method="post" action="/stand-in" {
                input type="hidden" name="account" value=(account);
                input type="hidden" name="project" value=(project);
                p { (app(project)) " has access to " (scopes) " resource groups of " (account) "." }
                button.quiet name="do" value="remove-access" {
                    "Remove access" span.hidden { " of " (app(project)) " to " (account) }
                }
            }
        }
    }
}

fn jobs(google: &Google, now: SystemTime) -> impl Iterator<Item = String> {
    let mut jobs: Vec<_> = google.jobs.values().collect();
    jobs.sort_by_key(|job| Reverse(job.started));
    jobs.into_iter().map(move |job| {
        let (account, state, id) = (&job.account, json!(job.state(now)), &job.id);
        let (started, groups) = (time(job.started), job.export.resources.join(", "));
        let state = state.as_str().unwrap_or_default();
        format!("{started}: {state}, {groups} of {account}, job {id}, retry {}", job.retries)
    })
}

fn finding(finding: &Finding) -> String {
    // The name of a rule is that in the audit.
    let (at, text, rule) = (time(finding.at), &finding.text, json!(finding.rule));
    let account = finding.account.as_deref().unwrap_or("nobody known");
    format!("{at}: {}, {account}: {text}", rule.as_str().unwrap_or_default())
}

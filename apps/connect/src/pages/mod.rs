//! What the user reads. `html!` escapes everything that is put into it.

mod archive;
mod choose;
mod devices;
mod exports;
mod happened;
mod notice;
mod problem;
mod progress;
mod review;
mod services;

use std::time::SystemTime;

use app_runtime::Clock;
use dataportability_scopes::ScopeSet;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use archive::{archive_page, delete_page};
pub(crate) use choose::ChoosePage;
pub(crate) use devices::{link_page, take_up_page};
pub(crate) use exports::{
    ExportsPage, Kind, REPEATS, State, again_page, cancel_page, describe, end_access_page,
};
pub(crate) use happened::{happened_page, happened_panel};
pub(crate) use notice::{Notice, help_page, notice_page, waiting_page};
pub(crate) use problem::Problem;
pub(crate) use review::ReviewPage;

use crate::settings::Settings;
use crate::time::Zone;

/// What all pages have in common.
pub(crate) struct Site {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    /// Whom the app talks to.
    pub(crate) talks_to: String,
    /// Where people remove what they allowed.
    pub(crate) connections_url: String,
}

/// What a page has in common with the other pages of its user.
pub(crate) struct View<'a> {
    pub(crate) site: &'a Site,
    pub(crate) zone: Zone,
    /// By the clock that Google's side goes by.
    pub(crate) now: SystemTime,
    pub(crate) notice: Option<Notice>,
    pub(crate) panel: Option<Markup>,
    /// Where the form of the footer leads back to.
    pub(crate) path: &'static str,
}

/// The stage of the flow that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Choose,
    /// Google's page, and what is said about it.
    Allow,
    Arrive,
    Look,
}

/// A question, and its two answers.
struct Ask<'a> {
    heading: &'a str,
    yes: &'a str,
    no: &'a str,
}

/// The frame of a page.
pub(crate) struct Frame<'a> {
    view: &'a View<'a>,
    /// The heading, and with the app's name the title.
    heading: &'a str,
    step: Option<Step>,
    notice: Option<Notice>,
    failed: bool,
}

impl View<'_> {
    pub(crate) fn frame<'a>(&'a self, heading: &'a str, step: Option<Step>) -> Frame<'a> {
        Frame { view: self, heading, step, notice: None, failed: false }
    }

    /// Returns the frame of a page on which something is wrong, as its title says first.
    pub(crate) fn failed<'a>(&'a self, heading: &'a str, step: Option<Step>) -> Frame<'a> {
        self.frame(heading, step).failed_if(true)
    }

    /// Returns the page that asks before something is done. The button sends it to the address at
    /// which it is asked.
    fn ask(&self, step: Step, ask: &Ask, text: &Markup) -> Markup {
        self.frame(ask.heading, Some(step)).page(&html! {
            (text)
            div.actions {
                form method="post" { button.danger { (ask.yes) } }
                a.button.quiet href="/exports" { (ask.no) }
            }
        })
    }
}

impl Frame<'_> {
    /// Shows what happened before.
    fn told(mut self) -> Self {
        self.notice = self.view.notice;
        self.failed |= self.notice.is_some_and(Notice::is_error);
        self
    }

    pub(crate) fn failed_if(mut self, failed: bool) -> Self {
        self.failed |= failed;
        self
    }

    pub(crate) fn page(&self, content: &Markup) -> Markup {
        let site = self.view.site;
        let name = &site.settings.name;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { @if self.failed { "Error: " } (self.heading) " – " (name) }
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/style.css";
                    script src="/script.js" defer {}
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    header.top {
                        div.wrap {
                            // The app's mark: a canoe, carried.
                            a.brand href="/" { (PreEscaped(include_str!("mark.svg"))) (name) }
                            nav aria-label="Pages" {
                                @let here = self.step.filter(|step| *step >= Step::Arrive);
                                a href="/exports" aria-current=[here.map(|_| "page")] {
                                    "Your data"
                                }
                            }
                        }
                    }
                    @if let Some(step) = self.step { (trail(step)) }
                    div.wrap.columns {
                        main id="main" tabindex="-1" {
                            h1 { (self.heading) }
                            @if let Some(notice) = self.notice { (notice.markup(site)) }
                            (content)
                        }
                        @if let Some(panel) = &self.view.panel { (panel) }
                    }
                    footer {
                        div.wrap {
                            p { (site.settings.about) " " a href="/help" { "If it did not work" } }
                            (self.demo())
                            (self.view.zone.form(self.view.path))
                        }
                    }
                }
            }
        }
    }

    /// Explains a clock that is fast.
    fn demo(&self) -> Markup {
        let View { site, zone, now, .. } = self.view;
        let speed = site.clock.speed();
        html! {
            p { "It talks to " (site.talks_to) "." }
            @if speed != 1 {
                p.demo {
                    strong { "This is a demo. " }
                    "So that you need not wait for days, its clock runs " (speed) " times as fast "
                    "as yours: a day passes in " (crate::time::duration(site.clock.real(DAY)))
                    ". On it, it is " (zone.full(*now)) "."
                }
            }
        }
    }
}

pub(crate) const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// The steps of the flow.
fn trail(current: Step) -> Markup {
    let steps = [
        (Step::Choose, "Choose"),
        (Step::Allow, "Allow"),
        (Step::Arrive, "Arrive"),
        (Step::Look, "Look"),
    ];
    html! {
        nav.trail aria-label="Steps" {
            ol.wrap {
                @for (index, (step, name)) in steps.iter().enumerate() {
                    li.done[*step < current] aria-current=[(*step == current).then_some("step")] {
                        span.stop aria-hidden="true" {
                            @if *step < current { "✓" } @else { (index + 1) }
                        }
                        span { (name) @if *step < current { span.hidden { " (done)" } } }
                    }
                }
            }
        }
    }
}

/// A button of its own, which sends the browser to an address of the app by POST.
fn button(action: &str, class: &str, text: &str) -> Markup {
    html! { form method="post" action=(action) { button.(class) { (text) } } }
}

/// A box above a page's content that says what went wrong. It takes the focus.
fn wrong(heading: &str, text: &Markup) -> Markup {
    html! {
        div.notice.wrong role="alert" tabindex="-1" autofocus { h2 { (heading) } p { (text) } }
    }
}

/// Returns `1 kind of data`, `16 kinds of data`.
pub(crate) fn kinds(number: usize) -> String {
    count(number, "kind") + " of data"
}

/// Names kinds of data.
pub(crate) fn labels(scopes: ScopeSet) -> String {
    let labels = scopes.iter().map(|scope| scope.resource().label());
    labels.collect::<Vec<_>>().join(", ")
}

/// Returns `1 file`, `3 files`.
pub(crate) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// Returns `12 KB`, in units of a thousand as file managers have them.
pub(crate) fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes, "bytes");
    for larger in ["KB", "MB", "GB", "TB"] {
        if size >= 1000 {
            (size, unit) = (size.div_ceil(1000), larger);
        }
    }
    format!("{size} {unit}")
}

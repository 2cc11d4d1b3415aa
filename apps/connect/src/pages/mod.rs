//! What the user reads. `html!` escapes everything that is put into it.

mod choose;
mod exports;
mod happened;
mod notice;
mod problem;
mod services;
mod time;

use axum::http::header;
use axum::response::IntoResponse;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use choose::ChoosePage;
pub(crate) use exports::{EndAccessPage, ExportRow, ExportsPage};
pub(crate) use happened::{happened_page, happened_panel};
pub(crate) use notice::Notice;
pub(crate) use problem::Problem;

pub(crate) const APP_NAME: &str = "Portage";

/// What stands in the footer of every page: whom the app talks to.
#[derive(Debug, Clone)]
pub(crate) struct Footer {
    pub(crate) talks_to: String,
    pub(crate) clock_speed: u32,
}

/// The stage of the flow that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Choose,
    Export,
    Download,
}

/// The frame of a page.
pub(crate) struct Frame<'a> {
    /// The heading, and with the app's name the title.
    pub(crate) heading: &'a str,
    /// Stands before the heading in the title, where something went wrong.
    pub(crate) title_prefix: &'a str,
    pub(crate) step: Option<Step>,
    pub(crate) notice: Option<Notice>,
    pub(crate) panel: Option<Markup>,
    pub(crate) footer: Option<&'a Footer>,
}

impl Frame<'_> {
    pub(crate) fn page(&self, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title_prefix) (self.heading) " – " (APP_NAME) }
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/style.css";
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    header.top {
                        div.wrap {
                            a.brand href="/" { (mark()) (APP_NAME) }
                            nav aria-label="Pages" {
                                a href="/exports" aria-current=[self.is_exports().then_some("page")] { "Your exports" }
                            }
                        }
                    }
                    @if let Some(step) = self.step { (trail(step)) }
                    div.wrap.columns {
                        main id="main" tabindex="-1" {
                            h1 { (self.heading) }
                            @if let Some(notice) = self.notice { (notice.markup()) }
                            (content)
                        }
                        @if let Some(panel) = &self.panel { (panel) }
                    }
                    footer {
                        div.wrap {
                            p { (APP_NAME) " is a sample app for Google’s Data Portability API." }
                            @if let Some(footer) = self.footer {
                                p {
                                    "It talks to " (footer.talks_to) "."
                                    @if footer.clock_speed != 1 {
                                        " Its clock runs " (footer.clock_speed) " times as fast as yours."
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn is_exports(&self) -> bool {
        self.step.is_some_and(|step| step >= Step::Export)
    }
}

/// The steps of the flow.
fn trail(current: Step) -> Markup {
    let steps = [
        (Some(Step::Choose), "Choose"),
        // Google's page.
        (None, "Allow"),
        (Some(Step::Export), "Export"),
        (Some(Step::Download), "Download"),
    ];
    let place = steps
        .iter()
        .position(|(step, _)| *step == Some(current))
        .unwrap_or_default();
    html! {
        nav.trail aria-label="Steps" {
            ol.wrap {
                @for (index, (_, name)) in steps.iter().enumerate() {
                    li.done[index < place] aria-current=[(index == place).then_some("step")] {
                        span.stop aria-hidden="true" { @if index < place { "✓" } @else { (index + 1) } }
                        span { (name) @if index < place { span.hidden { " (done)" } } }
                    }
                }
            }
        }
    }
}

/// The app's mark: a canoe, carried.
fn mark() -> Markup {
    PreEscaped(include_str!("mark.svg").to_owned())
}

pub(crate) async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("style.css"))
}

pub(crate) async fn icon() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    (kind, include_str!("icon.svg"))
}

use std::time::Duration;

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{Site, Step, View, button};
use crate::time::duration;

/// What happened before this page. It is kept with the session, so that a reload shows the same,
/// and no link from elsewhere makes the app claim anything. `connect.toml` has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Notice {
    Declined,
    /// The code of the callback is of no use: Google has an access without tokens.
    Lost,
    /// The callback belongs to no request of this session.
    Foreign,
    /// Google answered with an error.
    Refused,
    AccessEnded,
    AccessNotEnded,
    NotNow,
    Failing,
    Deleted,
    TakenUp,
    DevicesEnded,
}

impl Notice {
    /// Returns the address of the one page that it stands on. On `/outcome`, it is all of the page,
    /// with what to do step by step.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Notice::Declined => "/",
            Notice::Lost | Notice::Foreign | Notice::Refused => "/outcome",
            _ => "/exports",
        }
    }

    /// Returns whether something went wrong.
    pub(crate) fn is_error(self) -> bool {
        matches!(self, Notice::AccessNotEnded | Notice::NotNow | Notice::Failing)
    }

    /// Takes the focus, so that it is read out first.
    pub(super) fn markup(self, site: &Site) -> Markup {
        let words = &site.settings.notices[&self];
        html! {
            @let role = if self.is_error() { "alert" } else { "status" };
            div.notice.wrong[self.is_error()] role=(role)
                tabindex="-1" autofocus {
                h2 { (words.heading) }
                p {
                    (words.text)
                    @if self == Notice::AccessNotEnded { " " (connections(site)) }
                }
                (button("/notice/close", "link", "Close this notice"))
            }
        }
    }
}

/// The link to where people see and remove what they allowed.
fn connections(site: &Site) -> Markup {
    html! {
        a href=(site.connections_url) target="_blank" rel="noopener" {
            "Connections of your Google account" span.hidden { " (opens a new tab)" }
        }
    }
}

/// How to come out of "Access blocked". Google's page has no link for that.
fn steps(site: &Site, again: &str) -> Markup {
    let name = &site.settings.name;
    html! {
        ol.steps {
            li {
                "Open the " (connections(site)) ", choose " (name) ", and remove its access. What "
                "is on its way to another browser then stops."
            }
            li { "Come back here, " (again) }
        }
        div.actions {
            a.button href="/review" { "Continue again" }
            a href="/exports" { "See your data" }
        }
    }
}

/// The page of a notice that has one.
pub(crate) fn notice_page(view: &View, notice: Notice) -> Markup {
    let words = &view.site.settings.notices[&notice];
    view.failed(&words.heading, Some(Step::Allow)).page(&html! {
        p.lede { (words.text) }
        @match notice {
            Notice::Lost => h2 { "What to do" },
            Notice::Foreign => {
                p {
                    "If your data is not under " a href="/exports" { "Your data" }
                    ", begin once more."
                }
                h2 { "If Google then shows “Access blocked”" }
            }
            _ => h2 { "If you gave this app access before" },
        }
        (steps(view.site, "and continue to Google again. What you ticked is still ticked."))
        (other_device(view.site))
    })
}

/// The page while a code waits to be exchanged.
pub(crate) fn waiting_page(view: &View) -> Markup {
    view.frame("You agreed; Google is out of reach", Some(Step::Allow)).page(&html! {
        p.lede role="status" {
            "Your answer is stored. The app fetches what you allowed by itself, as soon as Google "
            "can be reached. That works for ten minutes."
        }
        p { "You may close this page. Come back to this address in this browser." }
        div.actions { a.button href="/outcome" { "Look again" } }
    })
}

/// What to do about Google's dead ends. It claims nothing of the reader, for anybody can link to
/// it.
pub(crate) fn help_page(view: &View) -> Markup {
    let name = &view.site.settings.name;
    view.frame("If it did not work", None).page(&html! {
        (other_device(view.site))
        section id="blocked" {
            h2 { "Google shows “Access blocked”" }
            p {
                "This Google account gave " (name) " access before: in another browser, on another "
                "device, or before you deleted this browser’s cookies. Google does not let an app "
                "ask twice for the same, and an app that lost its key cannot get a second one."
            }
            (steps(view.site, "tick what you want, and continue to Google again."))
        }
        section id="back" {
            h2 { "You came back from Google, and nothing is here" }
            p {
                "Use one browser from beginning to end, and allow it cookies: it is known by "
                "nothing else. Then remove the access as above, and begin once more."
            }
        }
    })
}

fn other_device(site: &Site) -> Markup {
    let name = &site.settings.name;
    html! {
        section id="device" {
            h2 { "Your data is on another device" }
            p {
                "On that device, open " (name) ", go to “Your data”, and make a link under “On "
                "another device”. Open the link here: there is nothing to allow again."
            }
        }
    }
}

/// Says on the form that the user has left for Google and not come back.
pub(super) fn unanswered(site: &Site, since: Duration) -> Markup {
    html! {
        div.notice role="status" {
            h2 { "You have not come back from Google" }
            p {
                "You left " (duration(since)) " ago. If Google showed “Access blocked”, this "
                "account gave " (site.settings.name) " access before. "
                a href="/help#blocked" { "What to do about it" }
            }
            (button("/notice/close", "link", "Close this notice"))
        }
    }
}

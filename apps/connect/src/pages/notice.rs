use maud::{Markup, html};

/// What happened before this page: the query parameter `notice` of its address, so that a reload
/// shows the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    NothingTicked,
    Declined,
    Expired,
    NotOpen,
    Damaged,
    Refused,
    Unreachable,
    AccessEnded,
    AccessNotEnded,
    NotNow,
    Failing,
    FreshLink,
}

const ALL: [(Notice, &str); 12] = [
    (Notice::NothingTicked, "nothing-ticked"),
    (Notice::Declined, "declined"),
    (Notice::Expired, "expired"),
    (Notice::NotOpen, "not-open"),
    (Notice::Damaged, "damaged"),
    (Notice::Refused, "refused"),
    (Notice::Unreachable, "unreachable"),
    (Notice::AccessEnded, "access-ended"),
    (Notice::AccessNotEnded, "access-not-ended"),
    (Notice::NotNow, "not-now"),
    (Notice::Failing, "failing"),
    (Notice::FreshLink, "fresh-link"),
];

impl Notice {
    pub(crate) fn from_name(name: &str) -> Option<Notice> {
        ALL.iter()
            .find(|(_, it)| *it == name)
            .map(|(notice, _)| *notice)
    }

    pub(crate) fn name(self) -> &'static str {
        ALL.iter()
            .find(|(it, _)| *it == self)
            .map_or("", |(_, name)| name)
    }

    /// Returns the address of a page with this notice.
    pub(crate) fn on(self, path: &str) -> String {
        format!("{path}?notice={}", self.name())
    }

    /// Returns whether something went wrong.
    pub(crate) fn is_error(self) -> bool {
        !matches!(
            self,
            Notice::Declined | Notice::AccessEnded | Notice::FreshLink
        )
    }

    /// Returns what happened, and what to do.
    fn text(self) -> (&'static str, &'static str) {
        match self {
            Notice::NothingTicked => (
                "Nothing is ticked",
                "Tick at least one kind of data, then continue.",
            ),
            Notice::Declined => (
                "You declined",
                "Nothing was handed over. What you ticked is still ticked below.",
            ),
            Notice::Expired => (
                "That took too long",
                "Access has to be given within ten minutes. Nothing was handed over. Continue to try again.",
            ),
            Notice::NotOpen => (
                "That link does not work here",
                "It was used before, or did not start in this browser. Nothing was changed.",
            ),
            Notice::Damaged => (
                "The reply could not be read",
                "What came back from Google is not complete. Continue to try again.",
            ),
            Notice::Refused => (
                "Google refused",
                "No access was given. If you gave access to the same data before, remove it first in the \
                 settings of your Google account, under third-party connections.",
            ),
            Notice::Unreachable => (
                "Google could not be reached",
                "Your access could not be set up. Try again in a few minutes.",
            ),
            Notice::AccessEnded => (
                "Access has ended",
                "This app can no longer fetch anything of yours, and has forgotten your exports.",
            ),
            Notice::AccessNotEnded => (
                "Access could not be ended",
                "Google could not be reached or refused. Nothing was changed. Try again in a few minutes.",
            ),
            Notice::NotNow => (
                "That is not possible now",
                "The export has moved on since the page was shown. This is how it stands now.",
            ),
            Notice::Failing => (
                "That did not work",
                "Google could not be reached or did not respond as expected. Try again in a few minutes.",
            ),
            Notice::FreshLink => (
                "One moment",
                "The link to the file is too old. A new one is being fetched, which takes five minutes at most.",
            ),
        }
    }

    /// Takes the focus, so that it is read out first. The form's own error leads to its first field.
    pub(super) fn markup(self) -> Markup {
        let (title, text) = self.text();
        html! {
            div.notice.wrong[self.is_error()] role=(if self.is_error() { "alert" } else { "status" })
                tabindex="-1" autofocus {
                h2 { (title) }
                p {
                    (text)
                    @if self == Notice::NothingTicked { " " a href="#data" { "Go to the list" } }
                }
            }
        }
    }
}

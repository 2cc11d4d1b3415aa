use std::time::Duration;

use maud::{Markup, html};

use super::{Step, View, button};
use crate::time::duration;

/// The page with a link to another device, which is shown once.
pub(crate) fn link_page(view: &View, link: &str) -> Markup {
    view.frame("Your link", Some(Step::Arrive)).page(&html! {
        p.lede { "Open it on the other device within an hour. It works once." }
        p.secret { code { (link) } }
        p { "Whoever has the link sees your data: send it to nobody but yourself." }
        div.actions {
            a.button href="/exports" { "Back to your data" }
            (button("/devices/unlink", "quiet", "Make it useless"))
        }
    })
}

/// The page that asks before a device takes up data. Without a `token`, the link is not good.
pub(crate) fn take_up_page(view: &View, token: Option<&str>, has_own: bool) -> Markup {
    let name = &view.site.settings.name;
    let Some(token) = token else {
        return view.failed("This link is not good", None).page(&html! {
            p.lede { "It was used, made useless, or is more than an hour old." }
            p {
                "On the device that has your data, open " (name) ", go to “Your data”, and make a "
                "new one under “On another device”."
            }
        });
    };
    if has_own {
        return view.failed("This browser has data of its own", None).page(&html! {
            p.lede { "What is here and what the link leads to are not mixed." }
            p {
                "Open the link in another browser or a private window, within its hour."
            }
            div.actions { a.button href="/exports" { "See what is here" } }
        });
    }
    view.frame("Take up your data here?", None).page(&html! {
        p.lede { "This device will show the same as the one that made the link." }
        p {
            strong { "Only go on if you made the link yourself." }
            " Whoever made it sees what you bring over here from now on."
        }
        div.actions {
            form method="post" action="/devices/take-up" {
                input type="hidden" name="token" value=(token);
                button { "I made it: take up my data" }
            }
            a.button.quiet href="/" { "No" }
        }
    })
}

/// The part of the page of one's data that is about devices.
pub(super) fn devices(devices: u32, link_left: Option<Duration>) -> Markup {
    html! {
        section aria-labelledby="devices" {
            h2 id="devices" { "On another device" }
            p {
                @if devices > 1 { "Your data is open on " (devices) " devices." }
                @else {
                    "Your data shows in this browser only, since Google does not say who you are."
                }
            }
            @if let Some(left) = link_left {
                p { "A link that you made is good for " (duration(left)) " more." }
            }
            div.actions {
                (button("/devices/link", "quiet", "Make a link for another device"))
                @if link_left.is_some() {
                    (button("/devices/unlink", "quiet", "Make the link useless"))
                }
                @if devices > 1 {
                    (button("/devices/end-others", "quiet", "Close it on the other devices"))
                }
            }
        }
    }
}

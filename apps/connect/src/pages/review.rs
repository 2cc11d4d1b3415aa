use dataportability_scopes::{Resource, Scope, ScopeSet};
use maud::{Markup, html};

use super::services::by_service;
use super::{Step, View, kinds, wrong};
use crate::form::Form;

/// The summary before the user goes to Google.
pub(crate) struct ReviewPage<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) wanted: ScopeSet,
    /// What the user has filled in so far.
    pub(crate) form: &'a Form,
    /// Whether the dates that were sent are wrong.
    pub(crate) wrong_range: bool,
}

impl ReviewPage<'_> {
    pub(crate) fn markup(&self) -> Markup {
        let site = self.view.site;
        let (settings, name) = (&site.settings, &site.settings.name);
        let back: Vec<String> = self.resources().map(|it| format!("r={it}")).collect();
        let other = if self.form.other { "&other=1" } else { "" };
        let heading = &settings.texts.summary_heading;
        let frame = self.view.frame(heading, Some(Step::Allow));
        frame.failed_if(self.wrong_range).page(&html! {
            @if self.wrong_range {
                (wrong("That is no stretch of time", &html! {
                    "The first day comes before the last, and neither is in the future."
                }))
            }
            p.lede { (name) " asks for " (kinds(self.wanted.len())) ":" }
            dl.summary {
                @for (service, _, scopes) in by_service(self.wanted) {
                    dt { (service.product_name()) }
                    @for (purpose, labels) in self.purposes(scopes) {
                        dd { strong { (labels.join(", ")) } ". " (purpose) }
                    }
                }
            }
            p { a href=(format!("/?{}{other}", back.join("&"))) { "Change what you ticked" } }
            h2 { "What happens" }
            ol.steps {
                li {
                    "Google shows you its own page. You can leave things out there, and choose "
                    "whether " (name) " may fetch once, for 30 days or for 180 days."
                }
                li { "Google gathers your data. That takes minutes, mostly, and days at times." }
                li { (name) " fetches it, and you look through it here." }
            }
            p { (settings.retention) " " (settings.privacy) }
            form method="post" action="/consent" {
                @for resource in self.resources() {
                    input type="hidden" name="r" value=(resource);
                }
                @if self.form.other { input type="hidden" name="other" value="1"; }
                (self.range())
                div.field {
                    label for="account" { "Which Google account is it? (if you have several)" }
                    p.hint id="account-hint" {
                        "Its address, so that Google opens the right one and your data is labeled "
                        "with it."
                    }
                    input id="account" type="email" name="account" autocomplete="email"
                        maxlength="100" aria-describedby="account-hint"
                        value=(self.form.account);
                }
                div.send {
                    button { "Continue to Google" }
                    p { "Come back within an hour, with this browser." }
                }
            }
            details.blocked {
                summary { "If Google shows “Access blocked”" }
                p {
                    "Then this account gave " (name) " access before, in another browser or on "
                    "another device. " a href="/help#blocked" { "What to do about it" }
                }
            }
        })
    }

    fn resources(&self) -> impl Iterator<Item = Resource> {
        self.wanted.iter().map(Scope::resource)
    }

    /// Returns each purpose with the kinds of data that it is for.
    fn purposes(&self, scopes: ScopeSet) -> Vec<(&str, Vec<&'static str>)> {
        let mut purposes: Vec<(&str, Vec<&str>)> = Vec::new();
        for resource in scopes.iter().map(Scope::resource) {
            let purpose = self.view.site.settings.purpose(resource);
            match purposes.iter_mut().find(|(it, _)| *it == purpose) {
                Some((_, labels)) => labels.push(resource.label()),
                None => purposes.push((purpose, vec![resource.label()])),
            }
        }
        purposes
    }

    /// Offers a time range for what can have one.
    fn range(&self) -> Markup {
        let limited = self.resources().filter(|it| it.supports_time_filter());
        let labels: Vec<&str> = limited.map(Resource::label).collect();
        html! {
            @if !labels.is_empty() {
                fieldset.field {
                    legend { "Only a stretch of time (if you do not want all of it)" }
                    p.hint { "It applies to: " (labels.join(", ")) "." }
                    label { "From " input type="date" name="from" value=(self.form.from); }
                    " "
                    label { "to " input type="date" name="to" value=(self.form.to); }
                }
            }
        }
    }
}

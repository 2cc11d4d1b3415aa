//! The guide: how to check scopes, build an app, or get your own data. It has no code of its own.
//!
//! Where to begin:
//!
//! | you want to | begin with |
//! |---|---|
//! | check that your scopes exist, in code of any language | [Check scopes in CI](check_scopes) |
//! | let users bring their data to your web app | [A web app](web_app) |
//! | export your own data on your own machine | [Get your own data](own_data) |
//!
//! All pages:
//!
//! | page | contents |
//! |---|---|
//! | [`check_scopes`] | scopes that do not exist, found before users meet them |
//! | [`web_app`] | from a form to stored tokens and a refresh, with axum and reqwest |
//! | [`own_data`] | one person, one machine, no server |
//! | [`export`] | from tokens to downloaded archives |
//! | [`sessions`] | what to store, where, for how long, and what to encrypt |
//! | [`http_clients`] | how to send requests with reqwest, ureq, or a client of your own |
//! | [`desktop_clients`] | a callback on the user's own machine |
//! | [`archives`] | what an archive contains |
//! | [`errors`] | what an error means and what to do |
//! | [`incremental_authorization`] | the dead end of "incremental auth", and the ways out |
//! | [`newer_scopes`] | what to do when Google has a scope that the crate does not know |
//! | [`mistakes`] | common mistakes with this API, and what the crate does instead |
//! | [`going_live`] | what to set up with Google, and who can use it |

/// Includes a page of `docs/`. Its own links lead to files, for readers on a code host. Those of
/// `guide_links.md` come first, so they are the ones that count here.
///
/// The code of a page is tested with these features, or by `testing/http-clients`.
macro_rules! page {
    ($name:ident, $file:literal, $tested:meta) => {
        #[doc = include_str!("guide_links.md")]
        #[cfg_attr(any(not(doctest), $tested), doc = include_str!($file))]
        pub mod $name {}
    };
}

page!(check_scopes, "../docs/check_scopes.md", feature = "drift");
page!(web_app, "../docs/web_app.md", any());
page!(own_data, "../docs/own_data.md", feature = "consent");
page!(export, "../docs/export.md", any());
page!(sessions, "../docs/sessions.md", feature = "consent");
page!(http_clients, "../docs/http_clients.md", any());
page!(desktop_clients, "../docs/desktop_clients.md", any());
page!(archives, "../docs/archives.md", feature = "consent");
page!(errors, "../docs/errors.md", feature = "consent");
page!(incremental_authorization, "../docs/incremental_authorization.md", feature = "consent");
page!(newer_scopes, "../docs/newer_scopes.md", feature = "consent");
page!(mistakes, "../docs/mistakes.md", feature = "consent");
page!(going_live, "../docs/going_live.md", feature = "consent");

//! The guide: how to get from a button to a downloaded archive. It has no code of its own.
//!
//! | page | contents |
//! |---|---|
//! | [`web_app`] | from a button to stored tokens and a refresh, with axum and reqwest |
//! | [`http_clients`] | how to send requests with reqwest, ureq, or a client of your own |
//! | [`sessions`] | what to store, where, and for how long |
//! | [`export`] | from tokens to a downloaded archive |
//! | [`errors`] | what an error means and what to do |
//! | [`going_live`] | what to set up with Google, and who can use it |
//! | [`incremental_authorization`] | the dead end of "incremental auth", and the ways out |
//! | [`newer_scopes`] | what to do when Google has a scope that the crate does not know |
//! | [`mistakes`] | common mistakes with this API, and how the crate prevents them |

// The examples of these two need axum, reqwest and ureq: the package `http-clients` runs them.
#[cfg_attr(not(doctest), doc = include_str!("../docs/web_app.md"))]
pub mod web_app {}

#[cfg_attr(not(doctest), doc = include_str!("../docs/http_clients.md"))]
pub mod http_clients {}

#[doc = include_str!("../docs/sessions.md")]
pub mod sessions {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/export.md")]
pub mod export {}

#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("../docs/going_live.md")]
pub mod going_live {}

#[doc = include_str!("../docs/incremental_authorization.md")]
pub mod incremental_authorization {}

#[doc = include_str!("../docs/newer_scopes.md")]
pub mod newer_scopes {}

#[doc = include_str!("../docs/mistakes.md")]
pub mod mistakes {}

//! Exports: each rule by itself, and random histories against a Google that may answer anything.
#![cfg(feature = "api")]
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

mod google;
mod histories;
mod pace;
mod person;
mod refusals;
mod rules;
mod sources;
mod stored;
mod stories;

//! Runs the exports of many users from a PostgreSQL table.
//!
//! Start as many workers as you like against one database. They share nothing else: each takes a row
//! that is due, asks the [`Export`](dataportability_scopes::api::export::Export) in it what to do,
//! does it, and stores when it is due again. A worker can be killed at any time. Begin to read in
//! `work.rs`.

pub mod store;
pub mod work;

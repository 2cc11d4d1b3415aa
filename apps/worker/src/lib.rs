//! Runs the exports of many users from a PostgreSQL table.
//!
//! Start as many workers as you like against one database. They share nothing else: each takes a
//! person who is due, asks the [`Exports`](dataportability_scopes::api::export::Exports) of that
//! person what to do, does it, and stores when the person is due again. A worker can be killed at
//! any time. Begin to read in `work.rs`.

pub mod store;
pub mod work;

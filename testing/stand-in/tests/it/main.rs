//! Every rule of the simulated Google's.

mod api;
mod app;
mod authorization;
mod downloads;
mod faults;
mod pages;
mod reports;
mod robustness;
#[cfg(feature = "server")]
mod server;
mod tokens;

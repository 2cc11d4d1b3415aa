//! The app over HTTP on loopback, as a browser without scripts uses it.

mod browser;
mod flow;
mod guard;
mod program;
mod restart;

//! The app over HTTP on loopback, as a browser without scripts uses it.

mod browser;
mod flow;
mod google;
mod guard;
mod notices;
mod program;
mod restart;

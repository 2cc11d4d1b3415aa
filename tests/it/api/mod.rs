//! Calling the API. Servers are scripts: no socket is opened.

#[cfg(feature = "api")]
mod calls;
mod method;
#[cfg(feature = "api")]
mod refusal;
#[cfg(feature = "api")]
mod responses;

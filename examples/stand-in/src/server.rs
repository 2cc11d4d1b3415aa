//! Serves the simulated Google over HTTP.

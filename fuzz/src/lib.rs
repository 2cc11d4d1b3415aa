//! What the fuzz targets send, and what they compare the library with.

mod secrets;

use std::time::{Duration, SystemTime};

use dataportability_scopes::catalogue::Scopes;
use dataportability_scopes::consent::{OAuthClient, PendingConsents};
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeVerifier};

pub use secrets::Secrets;

pub const STATE: &str = "mC7-uQ2x~Zr9TbWd0pLk4s";
pub const VERIFIER: &str = "v3R.f1er~0123456789abcdefghijklmnopqrstuvwxyz_ABC";
pub const CODE: &str = "4/0AX4XfWh+Kq=s8Zc2vBn7LmQe6RtYu1Io3Pa5";

/// Returns the time of all calls.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Returns a session in which a consent for these scopes began.
pub fn pending(google: &OAuthClient, scopes: impl Into<Scopes>) -> PendingConsents {
    let (state, verifier) = (CsrfToken::new(STATE.into()), PkceCodeVerifier::new(VERIFIER.into()));
    let consent = google.consent(scopes).authorize_url_with(state, verifier, now());
    let consent = consent.expect("a request").expect("something to ask for");
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now());
    pending
}

/// What an error may take: the quoted input, an address, and the known names.
const MAX_ERROR_LEN: usize = 2_000;

/// Checks the text of an error, of whatever input.
pub fn assert_readable(text: &str) {
    assert!(!text.is_empty() && text.len() <= MAX_ERROR_LEN, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

//! What the fuzz targets send, and what they compare the library with.

mod consent;
mod listed;
mod secrets;

pub use consent::{CODE, STATE, VERIFIER, now, pending};
pub use listed::listed;
pub use secrets::Secrets;

/// What an error may take: the quoted input, an address, and the known names.
const MAX_ERROR_LEN: usize = 2_000;

/// Checks the text of an error, of whatever input.
pub fn assert_readable(text: &str) {
    assert!(!text.is_empty() && text.len() <= MAX_ERROR_LEN, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

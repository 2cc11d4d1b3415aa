//! Regular expressions that are part of the program.

use regex::Regex;

/// Compiles a pattern of the program's own.
#[expect(clippy::expect_used, reason = "a constant pattern, which tests run")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

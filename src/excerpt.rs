use alloc::borrow::ToOwned;
use alloc::string::String;

/// As much of an input as an error message quotes.
const LONGEST: usize = 160;

/// The input for an error to quote: the whole of it, or its beginning and `…`.
pub(crate) fn excerpt(input: &str) -> String {
    match input.char_indices().nth(LONGEST) {
        None => input.to_owned(),
        Some((end, _)) => input.get(..end).unwrap_or_default().to_owned() + "…",
    }
}

/// A text from outside for an error to print as it is: cut, and without control characters, which
/// could pass for something else in a log or a terminal.
#[cfg(feature = "serde")]
pub(crate) fn printable(text: &str) -> String {
    excerpt(text).replace(char::is_control, "\u{FFFD}")
}

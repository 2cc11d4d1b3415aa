use alloc::string::String;
use core::fmt::Write as _;

/// The most characters of an input that an error message quotes.
const MAX_LEN: usize = 160;

/// Returns the input for an error to quote: all of it, or its beginning and `…`. Quote it with
/// `{:?}`, which escapes control characters.
pub(crate) fn excerpt(input: &str) -> String {
    let mut characters = input.chars();
    let mut quoted: String = characters.by_ref().take(MAX_LEN).collect();
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted
}

/// The most names that an error lists.
const MOST_NAMED: usize = 5;

/// Returns the names for an error to list: `a, b and 3 more`.
pub(crate) fn some_of<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let mut listed = String::new();
    let mut more = 0;
    for (index, name) in names.enumerate() {
        if index >= MOST_NAMED {
            more += 1;
            continue;
        }
        if index > 0 {
            listed.push_str(", ");
        }
        listed.push_str(name.as_ref());
    }
    if more > 0 {
        // Writing to a string does not fail.
        let _ = write!(listed, " and {more} more");
    }
    listed
}

/// What an error may take: the quoted input, an address, and the known names.
const MAX_ERROR_LEN: usize = 2_000;

/// Checks the text of an error, of whatever input.
pub fn assert_readable(text: &str) {
    assert!(!text.is_empty() && text.len() <= MAX_ERROR_LEN, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

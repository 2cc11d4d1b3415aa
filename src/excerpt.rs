use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The most characters of an input that an error message quotes.
const MAX_LEN: usize = 160;

/// Returns the input for an error to quote: all of it, or its beginning and `…`. Characters that
/// would change how the message looks in a log or a terminal are replaced: control characters, those
/// that break lines or change the direction of the text, and those that do not show.
pub(crate) fn excerpt(input: &str) -> String {
    let mut characters = input.chars();
    let mut quoted: String = characters
        .by_ref()
        .take(MAX_LEN)
        .map(|c| if is_invisible(c) { '\u{FFFD}' } else { c })
        .collect();
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted
}

/// The most names that an error lists.
const MOST_NAMED: usize = 5;

/// Returns the names for an error to list, each as `written` writes it: `a, b and 3 more`.
pub(crate) fn some_of<T>(
    mut names: impl Iterator<Item = T>,
    written: impl Fn(T) -> String,
) -> String {
    let listed: Vec<String> = names.by_ref().take(MOST_NAMED).map(written).collect();
    let listed = listed.join(", ");
    match names.count() {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// Returns the URI for an error to quote, up to where its parameters may begin, since they may be
/// those of a callback. Returns `None` if it may hold a password.
#[cfg(feature = "http")]
pub(crate) fn excerpt_of_uri(input: &str) -> Option<String> {
    if input.contains(['@', '\u{FE6B}', '\u{FF20}']) {
        return None;
    }
    let begins_parameters = |(at, c): &(usize, char)| {
        let escape = input.get(*at..at + 3).unwrap_or_default();
        matches!(c, '?' | '#' | '&' | ';' | '=' | '\u{FF1F}')
            || ["%3F", "%23", "%26", "%3B", "%3D"]
                .iter()
                .any(|encoded| encoded.eq_ignore_ascii_case(escape))
    };
    let Some((at, _)) = input.char_indices().find(begins_parameters) else {
        return Some(excerpt(input));
    };
    let mut quoted = excerpt(input.get(..at).unwrap_or_default());
    if !quoted.ends_with('…') {
        quoted.push('…');
    }
    Some(quoted)
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

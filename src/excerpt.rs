use alloc::string::String;

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

/// Returns the URI for an error to quote, or `None` if it may hold a password.
#[cfg(feature = "http")]
pub(crate) fn excerpt_of_uri(input: &str) -> Option<String> {
    (!input.contains(['@', '\u{FE6B}', '\u{FF20}'])).then(|| excerpt(input))
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

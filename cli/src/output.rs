//! What a command prints, collected until it ends.

use std::fmt::{Display, Write};

use serde_json::Value;

/// A text for standard output. A command that fails prints nothing of it.
#[derive(Default)]
pub(crate) struct Output(String);

impl Output {
    /// Adds a text as it is.
    #[expect(clippy::expect_used, reason = "a String takes all that is written")]
    pub(crate) fn print(&mut self, text: impl Display) {
        write!(self.0, "{text}").expect("a String");
    }

    /// Adds a line.
    pub(crate) fn print_line(&mut self, line: impl Display) {
        self.print(format_args!("{line}\n"));
    }

    /// Adds an object on one line. What a terminal would not print as it stands is escaped.
    pub(crate) fn print_json(&mut self, object: &Value) {
        for character in object.to_string().chars() {
            if is_printed(character) {
                self.print(character);
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    self.print(format_args!("\\u{unit:04x}"));
                }
            }
        }
        self.print('\n');
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Returns whether `Debug` shows a character as it stands, which excludes controls and marks that turn
/// the direction of the text.
fn is_printed(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

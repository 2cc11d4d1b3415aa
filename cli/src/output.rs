//! What a command prints, collected until it ends.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use serde::Serialize;

use crate::terminal::fit;

/// A text for standard output. A command that fails prints nothing of it.
#[derive(Default)]
pub(crate) struct Output {
    text: String,
    /// Whether a program reads it, so that its lines are not broken.
    is_data: bool,
}

impl Output {
    /// Adds a text as it is.
    #[expect(clippy::expect_used, reason = "a String takes all that is written")]
    pub(crate) fn print(&mut self, text: impl Display) {
        write!(self.text, "{text}").expect("a String");
    }

    /// Adds a line.
    pub(crate) fn print_line(&mut self, line: impl Display) {
        self.print(format_args!("{line}\n"));
    }

    /// Adds an object on one line. What a terminal would not print as it stands is escaped.
    #[expect(clippy::expect_used, reason = "the program's own values are always JSON")]
    pub(crate) fn print_json(&mut self, object: &impl Serialize) {
        self.is_data = true;
        let json = serde_json::to_string(object).expect("JSON");
        if json.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.text.push_str(&json);
        } else {
            json.chars().for_each(|character| self.print_escaped(character));
        }
        self.print('\n');
    }

    fn print_escaped(&mut self, character: char) {
        if is_printed(character) {
            self.text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                self.print(format_args!("\\u{unit:04x}"));
            }
        }
    }

    /// Adds a text that a program reads.
    pub(crate) fn print_data(&mut self, text: &str) {
        self.is_data = true;
        self.print(text);
    }

    /// Returns the text, whose lines fit into a width unless a program reads them.
    pub(crate) fn fitted(&self, width: Option<usize>) -> Cow<'_, str> {
        match width {
            Some(width) if !self.is_data => fit(&self.text, width).into(),
            _ => Cow::Borrowed(&self.text),
        }
    }
}

/// Returns whether `Debug` shows a character as it stands, which excludes controls and marks that
/// turn the direction of the text.
fn is_printed(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

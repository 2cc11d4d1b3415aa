//! What a command prints or writes, collected until it ends.

use std::fmt::{Display, Write};

use serde_json::Value;

/// A text, for standard output or for a file. A command that fails prints nothing of it.
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

    /// Adds an object on one line.
    pub(crate) fn print_json(&mut self, object: &Value) {
        self.print_line(object);
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

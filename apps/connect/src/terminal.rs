//! What the developer reads. A terminal that was closed does not stop the app.

use std::fmt::Display;
use std::io::Write;

/// Writes a line to standard error.
pub(crate) fn tell(line: impl Display) {
    tell_lines(&[line]);
}

/// Writes lines to standard error, without those of others in between.
pub(crate) fn tell_lines(lines: &[impl Display]) {
    // A control character would change how the lines read.
    let lines = lines.iter().map(|it| it.to_string().replace(char::is_control, "\u{FFFD}") + "\n");
    let _ = std::io::stderr().write_all(lines.collect::<String>().as_bytes());
}

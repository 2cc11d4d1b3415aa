//! What the developer reads. A terminal that was closed does not stop the app.

use std::fmt::Display;
use std::io::Write;

/// Writes a line to standard error.
pub(crate) fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

//! Reading a data file line by line, and saying what is wrong with it and where.

use std::fmt;
use std::fs;
use std::path::Path;

/// What is wrong with a data file, and where: `data/…:line: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataError {
    file: String,
    line: usize,
    what: String,
}

impl DataError {
    pub(crate) fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        DataError { file: file.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl std::error::Error for DataError {}

/// Returns the text in quotes, or its beginning.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// Reads the numbered lines of a data file: UTF-8, each ended by LF, none blank.
///
/// `name` is the name of the file in errors: `data/…`, with forward slashes.
pub(crate) fn lines(path: &Path, name: &str) -> Result<Vec<(usize, String)>, DataError> {
    let first = |what: String| DataError::new(name, 1, what);
    let unreadable = |error| first(format!("cannot be read: {error}"));
    // A link to another list would be a revision that changes when the other does.
    if !fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        return Err(first("is a link or a folder; it must be a file".to_owned()));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(first("the file is empty".to_owned()));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(first(
            "begins with a byte order mark; save the file as UTF-8 without one".to_owned(),
        ));
    }
    let mut lines = Vec::new();
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let number = index + 1;
        let error = |what: String| DataError::new(name, number, what);
        let line = std::str::from_utf8(line).map_err(|_| error("is not UTF-8".to_owned()))?;
        if line.is_empty() {
            return Err(error("the line is blank; remove it".to_owned()));
        }
        if line.contains('\r') {
            return Err(error("has a carriage return; end lines with LF alone".to_owned()));
        }
        if let Some(character) = line.chars().find(|&c| !is_plain(c)) {
            return Err(error(format!(
                "has the character U+{:04X}, which may not show; use Latin letters and plain punctuation",
                u32::from(character)
            )));
        }
        lines.push((number, line.to_owned()));
    }
    Ok(lines)
}

/// Returns whether a character shows, looks like no other, and leaves the direction of the text as
/// it is. A list of what is allowed is short; Unicode has hundreds of characters that do not show.
fn is_plain(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | 'À'..='ɏ' | '–' | '—' | '‘' | '’' | '“' | '”' | '…')
}

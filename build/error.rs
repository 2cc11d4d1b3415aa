use std::fmt;
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
        DataError {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
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
    let bytes = std::fs::read(path)
        .map_err(|error| DataError::new(name, 1, format!("cannot be read: {error}")))?;
    if bytes.is_empty() {
        return Err(DataError::new(name, 1, "the file is empty"));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(DataError::new(
            name,
            1,
            "begins with a byte order mark; save the file as UTF-8 without one",
        ));
    }
    let mut lines = Vec::new();
    for (index, line) in bytes
        .strip_suffix(b"\n")
        .unwrap_or(&bytes)
        .split(|&b| b == b'\n')
        .enumerate()
    {
        let number = index + 1;
        let error = |what: String| DataError::new(name, number, what);
        let line = std::str::from_utf8(line).map_err(|_| error("is not UTF-8".to_owned()))?;
        if line.is_empty() {
            return Err(error("the line is blank; remove it".to_owned()));
        }
        if line.contains('\r') {
            return Err(error(
                "has a carriage return; end lines with LF alone".to_owned(),
            ));
        }
        if let Some(character) = line.chars().find(|&c| is_invisible(c)) {
            return Err(error(format!(
                "has the invisible character U+{:04X}; remove it",
                u32::from(character)
            )));
        }
        lines.push((number, line.to_owned()));
    }
    Ok(lines)
}

/// Returns whether a character is a control character other than the tab between fields, or one that
/// breaks lines or changes the direction of a text. An editor does not show them, and rustc refuses
/// some.
fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(
            c,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        )
}

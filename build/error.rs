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

/// The numbered lines of a data file: UTF-8, ended by LF.
///
/// `name` is what errors call the file, `data/…` with forward slashes.
pub(crate) fn lines(path: &Path, name: &str) -> Result<Vec<(usize, String)>, DataError> {
    let bytes = std::fs::read(path)
        .map_err(|error| DataError::new(name, 1, format!("cannot be read: {error}")))?;
    let mut lines = Vec::new();
    for (index, line) in bytes
        .strip_suffix(b"\n")
        .unwrap_or(&bytes)
        .split(|&b| b == b'\n')
        .enumerate()
    {
        let number = index + 1;
        let line =
            std::str::from_utf8(line).map_err(|_| DataError::new(name, number, "is not UTF-8"))?;
        if line.contains('\r') {
            return Err(DataError::new(
                name,
                number,
                "has a carriage return; end lines with LF alone",
            ));
        }
        lines.push((number, line.to_owned()));
    }
    Ok(lines)
}

//! A table that people edit: tab-separated, a heading, then rows in order of their first field.

use std::path::Path;

use super::error::{DataError, lines, quoted};

/// A row: its line and its `N` fields, none of them empty.
#[derive(Debug)]
pub(crate) struct Row<const N: usize> {
    pub(crate) line: usize,
    pub(crate) fields: [String; N],
}

pub(crate) fn read<const N: usize>(
    path: &Path,
    name: &str,
    heading: [&str; N],
) -> Result<Vec<Row<N>>, DataError> {
    let mut rows: Vec<Row<N>> = Vec::new();
    for (number, line) in lines(path, name)? {
        let error = |what: String| DataError::new(name, number, what);
        if number == 1 {
            if line != heading.join("\t") {
                return Err(error(format!(
                    "the heading is {}, but must be {:?}",
                    quoted(&line),
                    heading.join("\t")
                )));
            }
            continue;
        }
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let fields: [String; N] = fields
            .try_into()
            .map_err(|fields: Vec<_>| error(format!("has {} fields, not {N}", fields.len())))?;
        for (field, column) in fields.iter().zip(heading) {
            if field.is_empty() || field.trim() != field {
                return Err(error(format!(
                    "the field {column:?} is empty or has space around it"
                )));
            }
        }
        if let Some(before) = rows.last() {
            if before.fields[0] == fields[0] {
                return Err(error(format!("a second row for {}", fields[0])));
            }
            if before.fields[0] > fields[0] {
                return Err(error(format!(
                    "{} belongs before {}; keep rows in byte order",
                    fields[0], before.fields[0]
                )));
            }
        }
        rows.push(Row {
            line: number,
            fields,
        });
    }
    Ok(rows)
}

//! What is in an archive: its files, and the first entries of those that can be read.
//!
//! Archives come from outside. Names are shown and never used as paths; of each file only so much
//! is unpacked as a page shows.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use zip::ZipArchive;

/// What an archive's first file says about the others.
const INDEX: &str = "Portability/archive_browser.json";
/// How many entries of a file are shown.
pub(crate) const ENTRIES: usize = 3;
/// How many files are listed.
const MAX_FILES: usize = 500;
/// How much of a file is unpacked to count its entries, and of all files together.
const MAX_UNPACKED: u64 = 16 * 1024 * 1024;
const MAX_UNPACKED_IN_ALL: u64 = 4 * MAX_UNPACKED;
/// How much of one value is shown.
const MAX_TEXT: usize = 300;
/// How many values of an entry are shown.
const MAX_FIELDS: usize = 12;

/// What is in the files of an archive.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) files: Vec<Entry>,
    /// Whether there are more files than are listed.
    pub(crate) more: bool,
    /// Whether Google says that something is missing.
    pub(crate) incomplete: bool,
}

/// A file in an archive.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) preview: Option<Preview>,
}

/// The first entries of a file, each a list of names and values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    pub(crate) entries: Vec<Vec<(String, String)>>,
    /// How many there are, unless the file is too long to count them.
    pub(crate) count: Option<usize>,
}

/// Reads the archive whose files are these. Blocks.
pub(crate) fn contents<'p>(paths: impl Iterator<Item = &'p Path>) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut left = MAX_UNPACKED_IN_ALL;
    for path in paths {
        let mut archive = ZipArchive::new(File::open(path)?)?;
        for index in 0..archive.len() {
            let mut file = archive.by_index(index)?;
            if file.is_dir() {
                continue;
            }
            if contents.files.len() == MAX_FILES {
                contents.more = true;
                return Ok(contents);
            }
            let (name, bytes) = (file.name().to_owned(), file.size());
            let bound = MAX_UNPACKED.min(left);
            let mut bounded = (&mut file).take(bound);
            if name == INDEX {
                contents.incomplete |= is_incomplete(bounded);
                continue;
            }
            let extension = Path::new(&name).extension().and_then(|it| it.to_str());
            let preview = match extension.map(str::to_ascii_lowercase).as_deref() {
                Some("json" | "geojson") => json(&mut bounded),
                Some("csv") => csv(&mut bounded),
                _ => None,
            };
            left -= bound - bounded.limit();
            let name = name.strip_prefix("Portability/").unwrap_or(&name);
            contents.files.push(Entry { name: shortened(name), bytes, preview });
        }
    }
    Ok(contents)
}

/// Whether any part of the index says that it is incomplete, wherever that stands.
fn is_incomplete(index: impl Read) -> bool {
    fn says_so(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().any(|(name, value)| {
                (name == "isIncomplete" && *value == Value::Bool(true)) || says_so(value)
            }),
            Value::Array(values) => values.iter().any(says_so),
            _ => false,
        }
    }
    serde_json::from_reader(io::BufReader::new(index)).is_ok_and(|index| says_so(&index))
}

/// Reads a table: each row with the names of its columns.
fn csv(file: impl Read) -> Option<Preview> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let names = reader.headers().ok()?.clone();
    let mut entries = Vec::new();
    let mut count = 0;
    for record in reader.records() {
        let Ok(record) = record else {
            return preview(entries, None);
        };
        count += 1;
        if entries.len() < ENTRIES {
            let fields = names.iter().zip(record.iter()).take(MAX_FIELDS);
            let fields = fields.map(|(name, value)| (shortened(name), shortened(value)));
            entries.push(fields.collect());
        }
    }
    let is_whole = reader.position().byte() < MAX_UNPACKED;
    preview(entries, is_whole.then_some(count))
}

/// Reads a JSON array, or an object: the first member that is an array has the entries, and an
/// object without one is an entry.
fn json(mut file: impl Read) -> Option<Preview> {
    let mut text = Vec::new();
    // Of a file that cannot be read to its end, the first entries are shown all the same.
    let _ = file.read_to_end(&mut text);
    let mut rest = Rest(&text);
    if rest.skip(b'[') {
        return rest.entries();
    }
    let mut object = serde_json::Map::new();
    let mut more = rest.skip(b'{');
    while more {
        let name: String = rest.value()?;
        if !rest.skip(b':') {
            return None;
        }
        if rest.skip(b'[') {
            return rest.entries();
        }
        object.insert(name, rest.value()?);
        more = rest.skip(b',');
    }
    if !rest.skip(b'}') {
        return None;
    }
    preview(vec![fields(&Value::Object(object))], Some(1))
}

/// The rest of a JSON document. It is read value by value, so that a long one needs little memory.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Skips a token, and returns whether it was there.
    fn skip(&mut self, token: u8) -> bool {
        let rest = self.0.trim_ascii_start().strip_prefix(&[token]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn value<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut values = serde_json::Deserializer::from_slice(self.0).into_iter();
        let value = values.next()?.ok()?;
        self.0 = self.0.get(values.byte_offset()..)?;
        Some(value)
    }

    /// Reads the elements of an array, after its bracket.
    fn entries(&mut self) -> Option<Preview> {
        let mut entries = Vec::new();
        let mut count = 0;
        let mut more = !self.skip(b']');
        while more {
            if entries.len() < ENTRIES {
                let Some(entry) = self.value() else {
                    return preview(entries, None);
                };
                entries.push(fields(&entry));
            } else if self.value::<IgnoredAny>().is_none() {
                return preview(entries, None);
            }
            count += 1;
            more = self.skip(b',');
        }
        let whole = count == 0 || self.skip(b']');
        preview(entries, whole.then_some(count))
    }
}

fn preview(entries: Vec<Vec<(String, String)>>, count: Option<usize>) -> Option<Preview> {
    let is_empty = entries.iter().all(Vec::is_empty);
    (!is_empty || count == Some(0)).then_some(Preview { entries, count })
}

/// Returns the values of an entry with their paths: `snippet.title`.
fn fields(entry: &Value) -> Vec<(String, String)> {
    fn add(path: &str, value: &Value, fields: &mut Vec<(String, String)>) {
        if fields.len() >= MAX_FIELDS {
            return;
        }
        let join = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    add(&join(name), value, fields);
                }
            }
            Value::Array(values) if values.iter().any(|it| it.is_object() || it.is_array()) => {
                for (index, value) in values.iter().enumerate() {
                    add(&join(&(index + 1).to_string()), value, fields);
                }
            }
            Value::Array(values) => {
                let texts: Vec<String> = values.iter().map(text).collect();
                fields.push((shortened(path), shortened(&texts.join(", "))));
            }
            value => fields.push((shortened(path), shortened(&text(value)))),
        }
    }
    let mut fields = Vec::new();
    add("", entry, &mut fields);
    fields
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_TEXT).collect();
    short = short.replace(|c: char| c.is_control(), " ");
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::{Contents, ENTRIES, MAX_UNPACKED, contents, csv, json};

    fn read(files: &[(&str, &[u8])]) -> std::io::Result<Contents> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("1.zip");
        let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        contents([path.as_path()].into_iter())
    }

    fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let fields = fields.iter();
        fields.map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn the_first_entries_of_json_are_shown_and_all_are_counted() {
        let entry =
            r#"{"title": "T", "tags": ["a", "b"], "snippet": {"id": 1}, "x": [{"y": null}]}"#;
        let expected =
            pairs(&[("snippet.id", "1"), ("tags", "a, b"), ("title", "T"), ("x.1.y", "null")]);
        for document in [
            format!("[{}{entry}]", format!("{entry},").repeat(9)),
            format!(
                r#"{{"kind": "x", "n": 1, "items": [{}{entry}], "z": [1]}}"#,
                format!("{entry},").repeat(9)
            ),
        ] {
            let preview = json(document.as_bytes()).unwrap();
            assert_eq!(preview.count, Some(10), "{document}");
            let mut first = preview.entries[0].clone();
            first.sort();
            assert_eq!(first, expected);
            assert_eq!(preview.entries.len(), ENTRIES);
            let cut_off = json(&document.as_bytes()[..document.len() - 20]).unwrap();
            assert_eq!((cut_off.entries.len(), cut_off.count), (ENTRIES, None));
        }
        let one = json(br#"{"a": 1, "b": true, "c": {"d": "e"}}"#.as_slice()).unwrap();
        assert_eq!(one.entries[0].len(), 3);
        assert_eq!(json(b"[]".as_slice()).unwrap().count, Some(0));
        for odd in ["", "1", "{", "nonsense", "[[[["] {
            assert_eq!(json(odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn the_rows_of_a_table_are_shown_with_the_names_of_their_columns() {
        let table = "Channel Id,Title\nUC1,\"One, two\"\nUC2,Three\nUC3,4\nUC4\n";
        let preview = csv(table.as_bytes()).unwrap();
        assert_eq!(preview.count, Some(4));
        assert_eq!(preview.entries[0], pairs(&[("Channel Id", "UC1"), ("Title", "One, two")]));
        assert_eq!(csv(b"\xff\xfe\x00".as_slice()), None);
    }

    #[test]
    fn of_a_file_that_unpacks_without_end_only_a_part_is_unpacked() {
        let len = usize::try_from(MAX_UNPACKED).unwrap();
        let bomb = vec![b' '; len + 1];
        let read = read(&[("a.json", bomb.as_slice()), ("b.csv", bomb.as_slice())]).unwrap();
        assert_eq!(read.files.len(), 2);
        assert!(read.files[0].preview.is_none());
    }

    #[test]
    fn an_index_that_says_so_makes_the_archive_incomplete_and_is_not_listed() {
        let index = "Portability/archive_browser.json";
        for (text, incomplete) in [
            (r#"{"services": [{"name": "YouTube", "isIncomplete": true}]}"#, true),
            (r#"{"services": [{"name": "YouTube", "isIncomplete": false}]}"#, false),
            ("nonsense", false),
        ] {
            let files = [(index, text.as_bytes()), ("Portability/YouTube/x.bin", b"x")];
            let read = read(&files).unwrap();
            assert_eq!(read.incomplete, incomplete, "{text}");
            assert_eq!(read.files.len(), 1);
            assert_eq!(read.files[0].name, "YouTube/x.bin");
        }
    }
}

//! Whether the catalogue is out of date: compares a published list with the revisions.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::io::{self, Read};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::catalogue::{Date, Revision, SCOPE_PREFIX, Scope, ScopeSet};
use crate::text::excerpt;

/// A scope list that Google published, to compare with the revisions of the catalogue.
///
/// It is read from a discovery document or a saved reference page.
///
/// ```
/// use dataportability_scopes::drift::PublishedList;
/// use dataportability_scopes::{Resource, Revision, ScopeSet};
///
/// let page: String = Revision::R2025_01_20.scopes().iter().map(|scope| format!("<li>{scope}</li>")).collect();
/// let list = PublishedList::from_reader(page.as_bytes())?;
/// assert_eq!(list.compare().identical_to, Some(Revision::R2025_01_20));
///
/// let page = page + "<li>https://www.googleapis.com/auth/dataportability.youtube.dreams</li>";
/// let drift = PublishedList::from_reader(page.as_bytes())?.compare();
/// assert_eq!(drift.identical_to, None);
/// assert_eq!(drift.baseline, Revision::R2025_01_20);
/// assert_eq!(drift.added, ["https://www.googleapis.com/auth/dataportability.youtube.dreams"]);
/// assert_eq!(drift.removed, ScopeSet::EMPTY);
/// # Ok::<(), dataportability_scopes::drift::ReadListError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedList {
    known: ScopeSet,
    unknown: BTreeSet<String>,
    date: Option<Date>,
    methods_differ: BTreeSet<String>,
}

/// The differences between a published list and a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// The revision with the same scopes. If there are several, the last one up to the document's
    /// date, or the newest if the document has no date.
    pub identical_to: Option<Revision>,
    /// The revision that the list was compared with.
    pub baseline: Revision,
    /// The scope tokens of the list that the baseline does not have, in byte order.
    pub added: Vec<String>,
    /// The scopes of the baseline that the list does not have.
    pub removed: ScopeSet,
    /// The ids of the methods whose own list of scopes differs from the document's.
    pub methods_differ: Vec<String>,
}

impl PublishedList {
    /// The longest document that is read, in bytes: 16 MiB. Google's have less than 100 KiB.
    const MAX_LEN: u64 = 16 << 20;

    /// Reads a discovery document (JSON) or a saved reference page (text or HTML, in any language).
    ///
    /// On a page, every scope counts: in any order, with or without repetitions, and on whatever
    /// host a proxy put its address. A discovery document has a date, a page has none.
    ///
    /// # Errors
    ///
    /// Fails if the document cannot be read, is too long, is a broken discovery document or that of
    /// another API, or has no Data Portability scope. Also fails for a page with fewer scopes than
    /// the shortest revision, because such a page mentions scopes but does not show the list.
    pub fn from_reader(document: impl Read) -> Result<PublishedList, ReadListError> {
        let mut text = Vec::new();
        document.take(Self::MAX_LEN + 1).read_to_end(&mut text).map_err(|error| ReadListError {
            fault: "the document cannot be read".into(),
            source: Some(error),
        })?;
        let remedy = "; give a discovery document or a saved reference page";
        if text.len() as u64 > Self::MAX_LEN {
            let longest = Self::MAX_LEN >> 20;
            return Err(refuse(format!("the document is longer than {longest} MiB{remedy}")));
        }
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
        let is_json = text.trim_ascii_start().starts_with(b"{");
        let list =
            if is_json { from_discovery_document(text)? } else { list_of(scopes_on_page(text)) };
        let shortest = shortest_revision();
        let count = match list.len() {
            0 => {
                return Err(refuse(format!(
                    "the document has no Data Portability scope in it{remedy}"
                )));
            }
            count if is_json || count >= shortest => return Ok(list),
            1 => "1 scope".into(),
            count => format!("{count} scopes"),
        };
        Err(refuse(format!(
            "the document has only {count}, and every published list at least {shortest}{remedy}"
        )))
    }

    /// Returns the scope tokens of the list, in byte order.
    ///
    /// Tokens that are not in the catalogue are included. A very long one is shortened, and control
    /// characters are replaced.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        let known = self.known.iter().map(|scope| -> &str { scope.as_str() });
        let tokens: BTreeSet<_> = known.chain(self.unknown.iter().map(String::as_str)).collect();
        tokens.into_iter()
    }

    /// Returns the day of the discovery document's `revision`, or `None` if it has none.
    #[must_use]
    pub const fn date(&self) -> Option<Date> {
        self.date
    }

    /// Compares the list with the revision that differs least, or the newest of those.
    #[must_use]
    pub fn compare(&self) -> Drift {
        let nearest = self
            .identical()
            .or_else(|| Revision::all().rev().min_by_key(|revision| self.distance(*revision)));
        self.compare_to(nearest.unwrap_or(Revision::NEWEST))
    }

    /// Compares the list with a revision.
    #[must_use]
    pub fn compare_to(&self, revision: Revision) -> Drift {
        let listed = revision.scopes();
        Drift {
            identical_to: self.identical(),
            baseline: revision,
            added: self
                .tokens()
                .filter(|token| Scope::find(token).is_none_or(|scope| !listed.contains(scope)))
                .map(ToString::to_string)
                .collect(),
            removed: listed - self.known,
            methods_differ: self.methods_differ.iter().cloned().collect(),
        }
    }

    fn len(&self) -> usize {
        self.known.len() + self.unknown.len()
    }

    fn identical(&self) -> Option<Revision> {
        let identical = || Revision::all().rev().filter(|revision| self.distance(*revision) == 0);
        let by_then = |revision: &Revision| self.date.is_none_or(|date| revision.date() <= date);
        identical().find(by_then).or_else(|| identical().next())
    }

    /// Returns how many scopes differ.
    fn distance(&self, revision: Revision) -> usize {
        let listed = revision.scopes();
        (self.known - listed).len() + (listed - self.known).len() + self.unknown.len()
    }
}

fn shortest_revision() -> usize {
    let lengths = Revision::all().map(|revision| revision.scopes().len());
    lengths.min().unwrap_or_default()
}

fn list_of(tokens: impl Iterator<Item = String>) -> PublishedList {
    let mut list = PublishedList {
        known: ScopeSet::EMPTY,
        unknown: BTreeSet::new(),
        date: None,
        methods_differ: BTreeSet::new(),
    };
    for token in tokens {
        match Scope::find(&token) {
            Some(scope) => list.known = list.known.with(scope),
            None => {
                list.unknown.insert(printable(&token));
            }
        }
    }
    list
}

/// Returns each address of a scope as a scope token, whatever host and form it was rewritten to.
fn scopes_on_page(page: &[u8]) -> impl Iterator<Item = String> {
    const NAME: &[u8] = b"dataportability.";
    let starts = page.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    starts.filter_map(|(start, _)| {
        let (before, after) = (page.get(..start)?, page.get(start + NAME.len()..)?);
        // Checked first: what follows is then read only once, because no address holds another.
        let is_address = SLASHES.iter().any(|slash| {
            before.strip_suffix(*slash).is_some_and(|before| before.ends_with(b"auth"))
        });
        let group = if is_address { group(after) } else { String::new() };
        (!group.is_empty()).then(|| format!("{SCOPE_PREFIX}{group}"))
    })
}

/// A slash as it is, and as URLs, JSON and HTML encode it.
const SLASHES: [&[u8]; 6] = [b"/", b"%2F", b"%2f", b"\\/", b"&#47;", b"&#x2F;"];

/// Returns the resource group at the start of a text, without the `<wbr>` in it.
fn group(mut text: &[u8]) -> String {
    let mut group = Vec::new();
    loop {
        let end = text
            .iter()
            .position(|byte| !matches!(byte, b'.' | b'-' | b'_') && !byte.is_ascii_alphanumeric());
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        group.extend_from_slice(word);
        match rest.strip_prefix(b"<wbr>") {
            Some(rest) => text = rest,
            None => break,
        }
    }
    let group = String::from_utf8(group).unwrap_or_default();
    group.trim_end_matches(['.', '-', '_']).to_string()
}

/// Returns a name for a terminal, shortened and with its control characters escaped: anybody may
/// have written the document.
fn printable(name: &str) -> String {
    excerpt(name).escape_debug().to_string()
}

fn from_discovery_document(text: &[u8]) -> Result<PublishedList, ReadListError> {
    let document: Document = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        refuse(format!(
            "the document begins as JSON, but is not a complete discovery document: see line \
             {line}, column {column}"
        ))
    })?;
    if document.name != "dataportability" {
        return Err(refuse(format!(
            "the document's name is {:?} instead of \"dataportability\": give the discovery \
             document of the Data Portability API",
            excerpt(&document.name)
        )));
    }
    let scopes = document.auth.pointer("/oauth2/scopes").and_then(Value::as_object);
    let scopes: BTreeSet<String> = scopes.into_iter().flat_map(Map::keys).cloned().collect();
    let mut methods_differ = BTreeSet::new();
    let mut folders: Vec<Folder> = document.resources.into_values().collect();
    while let Some(folder) = folders.pop() {
        folders.extend(folder.resources.into_values());
        for method in folder.methods.into_values().filter(|method| method.scopes != scopes) {
            methods_differ.insert(printable(method.id.trim_start_matches("dataportability.")));
        }
    }
    let date = match document.revision.as_bytes() {
        [y @ .., _, _, _, _] if y.len() == 4 && document.revision.is_ascii() => {
            let (year, rest) = document.revision.split_at(4);
            let (month, day) = rest.split_at(2);
            format!("{year}-{month}-{day}").parse().ok()
        }
        _ => None,
    };
    Ok(PublishedList { date, methods_differ, ..list_of(scopes.into_iter()) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    name: String,
    revision: String,
    auth: Value,
    resources: BTreeMap<String, Folder>,
}

/// What a discovery document calls a resource: methods and further resources.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Folder {
    methods: BTreeMap<String, DocumentMethod>,
    resources: BTreeMap<String, Folder>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DocumentMethod {
    id: String,
    scopes: BTreeSet<String>,
}

/// An error from reading a published list. Its [`source`](core::error::Error::source) is that of
/// the reader, if that failed.
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct ReadListError {
    fault: String,
    source: Option<io::Error>,
}

fn refuse(fault: impl Into<String>) -> ReadListError {
    ReadListError { fault: fault.into(), source: None }
}

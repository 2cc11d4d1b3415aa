//! Whether the catalogue is out of date: a published list, held against the revisions.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::io::{self, Read};

use serde::Deserialize;

use crate::catalogue::ScopeSet;
use crate::catalogue::{Date, Revision, SCOPE_PREFIX, Scope};

/// A scope list as Google published it: read from a discovery document or a reference page, to be
/// compared with the revisions that the catalogue has.
///
/// ```
/// use dataportability_scopes::catalogue::Revision;
/// use dataportability_scopes::drift::PublishedList;
///
/// let page: String = Revision::NEWEST.scopes().iter().map(|scope| format!("<li>{scope}</li>")).collect();
/// let list = PublishedList::read(page.as_bytes())?;
/// assert_eq!(list.drift().equals, Some(Revision::NEWEST));
///
/// let page = page + "<li>https://www.googleapis.com/auth/dataportability.youtube.dreams</li>";
/// let drift = PublishedList::read(page.as_bytes())?.drift();
/// assert_eq!(drift.equals, None);
/// assert_eq!(drift.nearest, Revision::NEWEST);
/// assert_eq!(drift.added, ["https://www.googleapis.com/auth/dataportability.youtube.dreams"]);
/// # Ok::<(), dataportability_scopes::drift::ReadListError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedList {
    known: ScopeSet,
    unknown: BTreeSet<String>,
    dated: Option<Date>,
    methods_differ: BTreeSet<String>,
}

/// What differs between a published list and the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// The revision with the same scopes. Of several, the last that is not younger than the
    /// document, or the newest if that has no date.
    pub equals: Option<Revision>,
    /// The revision that was compared with: the nearest one, unless the caller chose.
    pub nearest: Revision,
    /// The scope tokens that are published and not in that revision, in byte order.
    pub added: Vec<String>,
    /// The scopes of that revision that are not published.
    pub removed: ScopeSet,
    /// The ids of the methods whose own list of scopes is not the document's.
    pub methods_differ: Vec<String>,
}

impl PublishedList {
    /// The longest document that is read, in bytes. Google's have less than 100 KiB.
    pub const LONGEST: u64 = 16 << 20;

    /// Reads a discovery document (JSON), or a saved reference page (text or HTML, in any
    /// language): on a page it looks for scopes, in any order, once or more each, whatever host
    /// their addresses were rewritten to.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is too long, is a broken or another API's discovery document, or has
    /// no scope in it.
    pub fn read(document: impl Read) -> Result<PublishedList, ReadListError> {
        let mut text = Vec::new();
        document.take(Self::LONGEST + 1).read_to_end(&mut text)?;
        if text.len() as u64 > Self::LONGEST {
            return Err(ReadListError::TooLong);
        }
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text);
        let list = match text.trim_ascii_start() {
            [b'{', ..] => from_discovery_document(text)?,
            _ => list_of(scopes_on_page(text)),
        };
        if list.known.is_empty() && list.unknown.is_empty() {
            return Err(ReadListError::NoScopes);
        }
        Ok(list)
    }

    /// What differs from the nearest revision; of several as near, from the newest.
    #[must_use]
    pub fn drift(&self) -> Drift {
        let nearest = self.equal().or_else(|| {
            Revision::all()
                .rev()
                .min_by_key(|revision| self.distance(*revision))
        });
        self.drift_from(nearest.unwrap_or(Revision::NEWEST))
    }

    /// What differs from a revision of the caller's choice.
    #[must_use]
    pub fn drift_from(&self, revision: Revision) -> Drift {
        let mut added: BTreeSet<String> = self.unknown.clone();
        added.extend(
            (self.known - revision.scopes())
                .iter()
                .map(|scope| scope.to_string()),
        );
        Drift {
            equals: self.equal(),
            nearest: revision,
            added: added.into_iter().collect(),
            removed: revision.scopes() - self.known,
            methods_differ: self.methods_differ.iter().cloned().collect(),
        }
    }

    fn equal(&self) -> Option<Revision> {
        let equal = || {
            Revision::all()
                .rev()
                .filter(|revision| self.distance(*revision) == 0)
        };
        let by_then = |revision: &Revision| self.dated.is_none_or(|dated| revision.date() <= dated);
        equal().find(by_then).or_else(|| equal().next())
    }

    /// How many scopes differ.
    fn distance(&self, revision: Revision) -> usize {
        let listed = revision.scopes();
        (self.known - listed).len() + (listed - self.known).len() + self.unknown.len()
    }
}

fn list_of(tokens: impl Iterator<Item = String>) -> PublishedList {
    let mut list = PublishedList {
        known: ScopeSet::EMPTY,
        unknown: BTreeSet::new(),
        dated: None,
        methods_differ: BTreeSet::new(),
    };
    for token in tokens {
        match Scope::find(&token) {
            Some(scope) => list.known = list.known.with(scope),
            None => {
                list.unknown.insert(token);
            }
        }
    }
    list
}

/// Each address of a scope, as a whole scope token, whatever host and form it was rewritten to.
fn scopes_on_page(page: &[u8]) -> impl Iterator<Item = String> {
    const NAME: &[u8] = b"dataportability.";
    let starts = page
        .windows(NAME.len())
        .enumerate()
        .filter(|(_, window)| *window == NAME);
    starts.filter_map(|(start, _)| {
        let (before, after) = (page.get(..start)?, page.get(start + NAME.len()..)?);
        // First of all, since an address cannot hold another: what follows is read only once.
        let is_address = SLASHES.iter().any(|slash| {
            before
                .strip_suffix(*slash)
                .is_some_and(|before| before.ends_with(b"auth"))
        });
        let group = if is_address {
            group(after)
        } else {
            String::new()
        };
        (!group.is_empty()).then(|| format!("{SCOPE_PREFIX}{group}"))
    })
}

/// A slash as it is, and as URLs, JSON and HTML encode it.
const SLASHES: [&[u8]; 6] = [b"/", b"%2F", b"%2f", b"\\/", b"&#47;", b"&#x2F;"];

/// The resource group that a text begins with, over places where a page may break the line.
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

fn from_discovery_document(text: &[u8]) -> Result<PublishedList, ReadListError> {
    let document: Document = serde_json::from_slice(text).map_err(ReadListError::Json)?;
    if document.name != "dataportability" {
        return Err(ReadListError::OtherApi {
            name: crate::excerpt::excerpt(&document.name),
        });
    }
    let scopes: BTreeSet<String> = document.auth.oauth2.scopes.into_keys().collect();
    let mut methods_differ = BTreeSet::new();
    let mut folders: Vec<Folder> = document.resources.into_values().collect();
    while let Some(folder) = folders.pop() {
        folders.extend(folder.resources.into_values());
        for method in folder
            .methods
            .into_values()
            .filter(|method| method.scopes != scopes)
        {
            methods_differ.insert(method.id.trim_start_matches("dataportability.").to_string());
        }
    }
    let dated = match document.revision.as_bytes() {
        [y @ .., _, _, _, _] if y.len() == 4 && document.revision.is_ascii() => {
            let (year, rest) = document.revision.split_at(4);
            let (month, day) = rest.split_at(2);
            format!("{year}-{month}-{day}").parse().ok()
        }
        _ => None,
    };
    Ok(PublishedList {
        dated,
        methods_differ,
        ..list_of(scopes.into_iter())
    })
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    name: String,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    resources: BTreeMap<String, Folder>,
}

#[derive(Default, Deserialize)]
struct Auth {
    #[serde(default)]
    oauth2: OAuth2,
}

#[derive(Default, Deserialize)]
struct OAuth2 {
    #[serde(default)]
    #[expect(
        clippy::zero_sized_map_values,
        reason = "what a map's entry holds is passed over"
    )]
    scopes: BTreeMap<String, serde::de::IgnoredAny>,
}

/// What a discovery document calls a resource: methods, and more of the same.
#[derive(Deserialize)]
struct Folder {
    #[serde(default)]
    methods: BTreeMap<String, DocumentMethod>,
    #[serde(default)]
    resources: BTreeMap<String, Folder>,
}

#[derive(Deserialize)]
struct DocumentMethod {
    #[serde(default)]
    id: String,
    #[serde(default)]
    scopes: BTreeSet<String>,
}

/// Why a document is not a published list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadListError {
    /// It cannot be read.
    #[error("the document cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is longer than [`PublishedList::LONGEST`].
    #[error("the document is longer than {} MiB: give a discovery document or a saved reference page", PublishedList::LONGEST >> 20)]
    TooLong,
    /// It begins as JSON and is no discovery document.
    #[error("the document begins as JSON but is no whole discovery document: {0}")]
    Json(serde_json::Error),
    /// It is the discovery document of another API, or other JSON.
    #[error("the document is of the API {name:?}, not of \"dataportability\"")]
    OtherApi {
        /// The name of the API; empty if there is none.
        name: String,
    },
    /// There is no Data Portability scope in it.
    #[error(
        "the document has no Data Portability scope in it: give a discovery document or a saved reference page"
    )]
    NoScopes,
}

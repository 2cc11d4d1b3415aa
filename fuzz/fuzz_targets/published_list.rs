//! A published list has exactly the scopes that its document has, and its date; each error is true
//! of the document; and the comparison with a revision adds up.
#![no_main]

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{Revision, SCOPE_PREFIX, Scope};
use dataportability_scopes::drift::PublishedList;
use dataportability_scopes_fuzz::assert_readable;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &[u8]| {
    let [form, text @ ..] = input else { return };
    // A page has to have as many scopes as a list, which no fuzzer writes: half of the inputs come
    // after those of a revision.
    let revision = Revision::all().nth(usize::from(*form & 127));
    let revision = revision.filter(|_| *form >= 128);
    let document = match revision {
        Some(revision) => [page(revision).as_bytes(), text].concat(),
        None => text.to_vec(),
    };
    let text = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&document);
    let text = String::from_utf8_lossy(text);
    // `None` for a page. A field that is not read may have half a surrogate pair, or a number that
    // is out of range.
    let json =
        text.trim_ascii_start().starts_with('{').then(|| serde_json::from_str::<Value>(&text).ok());
    let list = match PublishedList::from_reader(document.as_slice()) {
        Ok(list) => list,
        Err(error) => {
            let error = error.to_string();
            assert_readable(&error);
            assert_eq!(revision, None, "{error}");
            let count = tokens_on(&text).len();
            if error.starts_with("the document has no Data Portability scope") {
                match json {
                    Some(json) => {
                        assert!(json.as_ref().and_then(scopes_of).is_none_or(Map::is_empty));
                    }
                    None => assert_eq!(count, 0),
                }
            } else if error.starts_with(&format!("the document has only {count} scope")) {
                assert!(json.is_none() && Revision::all().all(|it| it.scopes().len() > count));
            } else {
                let is_of_json = error.contains(" begins as JSON,") || error.contains("'s name is");
                assert!(json.is_some() && is_of_json, "{error}");
            }
            return;
        }
    };
    let tokens: BTreeSet<&str> = list.tokens().collect();
    assert!(!tokens.is_empty());
    match &json {
        Some(Some(json)) => {
            let scopes = scopes_of(json).expect("scopes");
            assert!(tokens.len() <= scopes.len());
            for token in scopes.keys() {
                assert!(!is_kept(token) || tokens.contains(&**token), "{token}");
            }
            for token in &tokens {
                assert!(!is_kept(token) || scopes.contains_key(*token), "{token}");
            }
            let revision = json.get("revision").and_then(Value::as_str);
            match list.date() {
                Some(date) => {
                    let date = date.to_string().replace('-', "");
                    assert_eq!(Some(&*date), revision);
                }
                None => assert!(!revision.is_some_and(is_plain_day), "{revision:?}"),
            }
        }
        Some(None) => {}
        None => {
            assert!(tokens_on(&text).iter().eq(&tokens), "{tokens:?}");
            assert_eq!(list.date(), None);
        }
    }
    for revision in Revision::all() {
        let drift = list.compare_to(revision);
        assert_eq!(drift.baseline, revision);
        let listed: BTreeSet<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        let removed: BTreeSet<&str> = drift.removed.iter().map(Scope::as_str).collect();
        assert!(drift.added.iter().map(String::as_str).eq(tokens.difference(&listed).copied()));
        assert!(removed.iter().eq(listed.difference(&tokens)));
        if drift.identical_to == Some(revision) {
            assert_eq!(tokens, listed);
        }
        assert!(tokens != listed || drift.identical_to.is_some());
    }
    let nearest = list.compare();
    let distance =
        |drift: &dataportability_scopes::drift::Drift| drift.added.len() + drift.removed.len();
    assert!(Revision::all().all(|it| distance(&list.compare_to(it)) >= distance(&nearest)));
});

fn page(revision: Revision) -> String {
    let scopes = revision.scopes();
    scopes.iter().map(|scope| format!("<li>{scope}</li>\n")).collect()
}

fn scopes_of(document: &Value) -> Option<&Map<String, Value>> {
    document.get("auth")?.get("oauth2")?.get("scopes")?.as_object()
}

/// The most characters of a token that are kept.
const MAX_LEN: usize = 160;

/// Whether a token is kept as it is written, without escapes.
fn is_kept(token: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"'\"\\".contains(&byte);
    token.len() <= MAX_LEN && token.bytes().all(is_plain)
}

/// Whether a text is a day that every month has, without hyphens.
fn is_plain_day(text: &str) -> bool {
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && ("1000".."3000").contains(&&text[..4])
        && ("01"..="12").contains(&&text[4..6])
        && ("01"..="28").contains(&&text[6..])
}

/// Returns the tokens that stand on a page as addresses, once each slash is one and `<wbr>` is left
/// out, as they are kept.
fn tokens_on(page: &str) -> BTreeSet<String> {
    const NAME: &str = "dataportability.";
    const SLASHES: [&str; 6] = ["/", "%2F", "%2f", "\\/", "&#47;", "&#x2F;"];
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut tokens = BTreeSet::new();
    for (start, _) in page.match_indices(NAME) {
        let before = SLASHES.map(|slash| page[..start].strip_suffix(slash));
        if !before.iter().flatten().any(|it| it.ends_with("auth")) {
            continue;
        }
        let mut token = SCOPE_PREFIX.to_owned();
        for part in page[start + NAME.len()..].split("<wbr>") {
            let end = part.find(|c| !goes_on(c)).unwrap_or(part.len());
            token.push_str(&part[..end]);
            if end < part.len() {
                break;
            }
        }
        token.truncate(token.trim_end_matches(['.', '_', '-']).len());
        if token.len() <= SCOPE_PREFIX.len() {
            continue;
        }
        if token.len() > MAX_LEN {
            token.truncate(MAX_LEN);
            token.push('…');
        }
        tokens.insert(token);
    }
    tokens
}

//! A published list is recognised in every form that Google publishes it in, and nothing else is.

use std::fmt::Write;
use std::io::{self, Read};

use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet};
use dataportability_scopes::drift::{PublishedList, ReadListError};
use serde_json::json;

/// The longest document that is read.
const MAX_LEN: u64 = 16 << 20;

const NO_SCOPES: &str = "the document has no Data Portability scope";

fn read(document: &str) -> PublishedList {
    PublishedList::from_reader(document.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn error(document: &[u8]) -> ReadListError {
    PublishedList::from_reader(document).expect_err("an error")
}

/// Returns a page with the scopes in reverse order, each written as `address` returns it.
fn page(scopes: ScopeSet, address: impl Fn(Scope) -> String) -> String {
    let mut page = String::from(
        "Méthode : archiveJobs.retry\nPOST https://dataportability.googleapis.com/v1/{name=archiveJobs/*}:retry\n",
    );
    for scope in scopes.iter().rev() {
        writeln!(page, "  • {}", address(scope)).expect("a line");
    }
    page + "\nLast updated on 2024-01-01. See dataportability.googleapis.com."
}

/// Returns a discovery document whose methods list `scopes`, except for two that list `of_retry`.
fn discovery(date: &str, scopes: ScopeSet, of_retry: ScopeSet) -> String {
    let described: serde_json::Map<String, serde_json::Value> = scopes
        .iter()
        .map(|scope| (scope.to_string(), json!({ "description": scope.resource().label() })))
        .collect();
    let method = |id: &str, scopes: ScopeSet| {
        json!({
            "id": format!("dataportability.{id}"),
            "httpMethod": "POST",
            "scopes": scopes.iter().collect::<Vec<_>>(),
        })
    };
    json!({
        "kind": "discovery#restDescription",
        "name": "dataportability",
        "revision": date.replace('-', ""),
        "auth": { "oauth2": { "scopes": described } },
        "resources": {
            "archiveJobs": { "methods": {
                "retry": method("archiveJobs.retry", of_retry),
                "cancel": method("archiveJobs.cancel", scopes),
            }},
            "outer": { "resources": { "inner": { "methods": { "deep": method("outer.inner.deep", of_retry) }}}},
        },
    })
    .to_string()
}

#[test]
fn every_revision_is_recognised_on_a_page_in_every_form() {
    let forms: [fn(&str) -> String; 9] = [
        str::to_owned,
        |scope| scope.replace('/', "\\/"),
        |scope| scope.replace('/', "&#47;"),
        |scope| scope.replace('_', "_<wbr>").replace('.', ".<wbr>").replacen("<wbr>", "", 3),
        |scope| format!("<li><code dir=\"ltr\">{scope}</code></li>"),
        |scope| format!("`{scope}`, and again {scope}."),
        |scope| scope.replace("https://", "https://proxy.example.com:443/https/"),
        |scope| {
            "https://proxy.example.com/?u=".to_owned()
                + &scope.replace(':', "%3A").replace('/', "%2F")
        },
        |scope| format!(r#"["\u003cp\u003e{scope}\u003c/p\u003e\n"]"#),
    ];
    for revision in Revision::all() {
        for form in forms {
            let drift = read(&page(revision.scopes(), |scope| form(scope.as_str()))).compare();
            let equals = drift.identical_to.expect("recognised");
            assert_eq!(equals.scopes(), revision.scopes(), "{revision}");
            assert_eq!(drift.baseline, equals);
            assert!(drift.added.is_empty() && drift.removed.is_empty());
            assert!(drift.methods_differ.is_empty());
        }
    }
}

#[test]
fn every_revision_is_recognised_in_a_discovery_document() {
    for revision in Revision::all() {
        let scopes = revision.scopes();
        let document = format!("\u{feff}\n {}", discovery(revision.name(), scopes, scopes));
        let drift = read(&document).compare();
        assert_eq!(drift.identical_to, Some(revision));
        assert!(drift.methods_differ.is_empty());
    }
}

#[test]
fn of_two_identical_revisions_the_last_up_to_the_documents_date_counts() {
    let (early, late) = (Revision::R2024_04_05, Revision::R2024_08_27);
    assert_eq!(early.scopes(), late.scopes());
    let scopes = early.scopes();
    let equals = |document: &str| read(document).compare().identical_to;
    assert_eq!(equals(&discovery("2024-04-06", scopes, scopes)), Some(early));
    assert_eq!(equals(&discovery("2024-08-27", scopes, scopes)), Some(late));
    assert_eq!(equals(&discovery("2024-01-01", scopes, scopes)), Some(late));
    assert_eq!(equals(&discovery("soon", scopes, scopes)), Some(late));
    assert_eq!(equals(&page(scopes, |scope| scope.to_string())), Some(late));
}

/// A scope of the newest list. Without it, the list is still nearer to the newest revision than to
/// any other.
fn removable() -> Scope {
    let newest = Revision::NEWEST.scopes();
    let is_far_from = |list: ScopeSet, other: ScopeSet| {
        (list - other).len() + (other - list).len() > 1 || other == newest
    };
    let mut scopes = newest.iter();
    scopes
        .find(|scope| {
            let list = newest - (*scope).into();
            Revision::all().all(|other| is_far_from(list, other.scopes()))
        })
        .expect("a scope")
}

#[test]
fn additions_and_removals_are_against_the_nearest_revision_or_the_one_given() {
    let removed = removable();
    let scopes = Revision::NEWEST.scopes() - removed.into();
    let new = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    let list = read(&(page(scopes, |scope| scope.to_string()) + new));

    let drift = list.compare();
    assert_eq!(drift.identical_to, None);
    assert_eq!(drift.baseline, Revision::NEWEST);
    assert_eq!(drift.added, [new]);
    assert_eq!(drift.removed, removed.into());

    for revision in Revision::all() {
        let drift = list.compare_to(revision);
        assert_eq!((drift.identical_to, drift.baseline), (None, revision));
        let mut added: Vec<String> =
            (scopes - revision.scopes()).iter().map(|scope| scope.to_string()).collect();
        added.push(new.to_owned());
        added.sort();
        assert_eq!(drift.added, added);
        assert_eq!(drift.removed, revision.scopes() - scopes);
    }
}

#[test]
fn the_tokens_of_a_list_are_all_its_scopes_in_byte_order() {
    let new = "https://www.googleapis.com/auth/dataportability.maps.dreams";
    for revision in Revision::all() {
        let list = read(&(page(revision.scopes(), |scope| scope.to_string()) + new));
        let mut tokens: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        tokens.push(new);
        tokens.sort_unstable();
        assert!(list.tokens().eq(tokens));
    }
}

#[test]
fn the_date_is_that_of_the_discovery_documents_revision() {
    let scopes = Revision::R2025_01_20.scopes();
    let date = |document: &str| read(document).date();
    assert_eq!(date(&discovery("2025-01-20", scopes, scopes)), "2025-01-20".parse().ok());
    for none in ["", "soon", "2025-13-20", "20250120", "２025-01-20", "2025-01-200"] {
        let document = discovery("DATE", scopes, scopes).replace("DATE", none);
        let expected = (none == "20250120").then(|| "2025-01-20".parse().ok()).flatten();
        assert_eq!(date(&document), expected, "{none}");
    }
    assert_eq!(date(&page(scopes, |scope| scope.to_string())), None);
}

#[test]
fn a_page_with_fewer_scopes_than_any_revision_is_refused_and_a_discovery_document_is_not() {
    let shortest = Revision::all().map(|revision| revision.scopes().len()).min();
    let shortest = shortest.expect("a revision");
    let first = |count| Revision::NEWEST.scopes().iter().take(count).collect::<ScopeSet>();
    for count in 1..shortest {
        let scopes = if count == 1 { "1 scope".to_owned() } else { format!("{count} scopes") };
        let page = page(first(count), |scope| scope.to_string());
        assert_eq!(
            error(page.as_bytes()).to_string(),
            format!(
                "the document has only {scopes}, and every published list at least {shortest}; give a discovery document or a saved reference page"
            )
        );
        let document = discovery("2026-07-19", first(count), first(count));
        assert_eq!(read(&document).tokens().count(), count);
    }
    let page = page(first(shortest), |scope| scope.to_string());
    assert_eq!(read(&page).tokens().count(), shortest);
}

#[test]
fn what_a_document_names_is_shown_without_control_characters_and_shortened() {
    let scopes = Revision::R2025_01_20.scopes();
    let document = discovery("2025-01-20", scopes, ScopeSet::EMPTY);
    let long = "x".repeat(10_000);
    for (name, shown) in [
        (r"\u001b[2J", r"\u{1b}[2J"),
        (r"\u202e", r"\u{202e}"),
        (&long, &format!("{}…", &long[..160])),
    ] {
        let with = |what: &str| document.replace(what, name);
        let added = read(&with(Resource::YoutubeClips.scope().as_str()))
            .compare_to(Revision::R2025_01_20)
            .added;
        assert_eq!(added, [shown]);
        let methods = read(&with("dataportability.archiveJobs.retry")).compare().methods_differ;
        assert!(methods.contains(&shown.to_owned()), "{methods:?}");
        let document =
            with(r#""name":"dataportability""#).replace(name, &format!(r#""name":"{name}""#));
        let error = error(document.as_bytes()).to_string();
        assert!(error.starts_with(&format!("the document's name is \"{shown}\" instead")));
    }
}

#[test]
fn a_new_scope_of_any_form_is_added() {
    let page = page(Revision::NEWEST.scopes(), |scope| scope.to_string());
    for (new, group) in [
        ("https://www.googleapis.com/auth/dataportability.photos", "photos"),
        ("https://www.googleapis.com/auth/dataportability.youtube.<wbr>dreams", "youtube.dreams"),
        (r"https:\/\/www.googleapis.com\/auth\/dataportability.youtube.dreams", "youtube.dreams"),
        ("https://www.googleapis.com/auth/dataportability.youtube.dreams2", "youtube.dreams2"),
    ] {
        let drift = read(&format!("{page} {new}")).compare();
        assert_eq!(drift.identical_to, None, "{new}");
        assert_eq!(
            drift.added,
            [format!("https://www.googleapis.com/auth/dataportability.{group}")]
        );
    }
}

#[test]
fn long_repetitions_are_read_in_linear_time() {
    for word in [
        "dataportability.",
        "auth/dataportability.",
        "auth/dataportability.a<wbr>",
        "auth/dataportability.a.b ",
    ] {
        let page = word.repeat((1 << 20) / word.len());
        let _ = PublishedList::from_reader(page.as_bytes());
    }
}

#[test]
fn an_older_revision_is_recognised_when_compared_with_the_newest() {
    let old = Revision::R2025_01_20;
    let drift = read(&page(old.scopes(), |scope| scope.to_string())).compare_to(Revision::NEWEST);
    assert_eq!((drift.identical_to, drift.baseline), (Some(old), Revision::NEWEST));
    assert_eq!(drift.removed, Revision::NEWEST.scopes() - old.scopes());
    assert_eq!(drift.added.len(), (old.scopes() - Revision::NEWEST.scopes()).len());
}

#[test]
fn methods_whose_own_list_differs_are_named() {
    let scopes = Revision::NEWEST.scopes();
    let of_retry = scopes - removable().into();
    let drift = read(&discovery("2026-07-19", scopes, of_retry)).compare();
    assert_eq!(drift.identical_to, Some(Revision::NEWEST));
    assert_eq!(drift.methods_differ, ["archiveJobs.retry", "outer.inner.deep"]);
}

#[test]
fn every_other_document_is_refused_and_the_error_says_what_to_give() {
    for nothing in ["\n", "dataportability.googleapis.com", "auth/dataportability."] {
        assert!(error(nothing.as_bytes()).to_string().starts_with(NO_SCOPES));
    }
    let scopes = Revision::NEWEST.scopes();
    let whole = discovery("2026-07-19", scopes, scopes);
    for end in (1..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let text = error(&whole.as_bytes()[..end]).to_string();
        let begin = "the document begins as JSON, but is not a complete discovery document: see line 1, column ";
        assert!(text.starts_with(begin), "{end}");
    }
    for document in [r#"{"name": 7}"#.to_owned(), "{".repeat(1_000_000)] {
        let text = error(document.as_bytes()).to_string();
        assert!(text.starts_with("the document begins as JSON, but is not a complete"), "{text}");
    }
}

#[test]
fn noise_is_refused_and_reading_stops_at_the_limit() {
    let mut endless = io::repeat(0x80).take(2 * MAX_LEN);
    let too_long = PublishedList::from_reader(&mut endless).expect_err("too long");
    assert_eq!(
        too_long.to_string(),
        "the document is longer than 16 MiB; give a discovery document or a saved reference page"
    );
    assert!(endless.limit() > 0);

    let longest = usize::try_from(MAX_LEN).expect("a length");
    let mut document = vec![b' '; longest];
    assert!(error(&document).to_string().starts_with(NO_SCOPES));
    document.push(b' ');
    assert_eq!(error(&document).to_string(), too_long.to_string());
    fastrand::Rng::with_seed(7).fill(&mut document[..1 << 20]);
    assert!(error(&document[..1 << 20]).to_string().starts_with(NO_SCOPES));
}

#[test]
fn a_document_that_cannot_be_read_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = PublishedList::from_reader(Broken).expect_err("an error");
    assert_eq!(error.to_string(), "the document cannot be read");
    assert_eq!(
        std::error::Error::source(&error).expect("a source").to_string(),
        "the disk is gone"
    );
}

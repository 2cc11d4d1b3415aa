//! A published list is recognised in any form that Google publishes it in, and nothing else is.
#![cfg(feature = "drift")]

use crate::lists;

use std::fmt::Write;

use dataportability_scopes::catalogue::{Revision, Scope, ScopeSet};
use dataportability_scopes::drift::{PublishedList, ReadListError};
use serde_json::json;

fn read(document: &str) -> PublishedList {
    PublishedList::read(document.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn error(document: &[u8]) -> ReadListError {
    PublishedList::read(document).expect_err("an error")
}

/// A page of prose with the scopes in it, each address as `address` has it, in reverse order.
fn page(scopes: ScopeSet, address: impl Fn(Scope) -> String) -> String {
    let mut page = String::from(
        "Méthode : archiveJobs.retry\nPOST https://dataportability.googleapis.com/v1/{name=archiveJobs/*}:retry\n",
    );
    for scope in scopes.iter().rev() {
        writeln!(page, "  • {}", address(scope)).expect("a line");
    }
    page + "\nLast updated on 2024-01-01. See dataportability.googleapis.com."
}

/// A discovery document in which each method lists these scopes, but one that lists others.
fn discovery(date: &str, scopes: ScopeSet, of_retry: ScopeSet) -> String {
    let described: serde_json::Map<String, serde_json::Value> = scopes
        .iter()
        .map(|scope| {
            (
                scope.to_string(),
                json!({ "description": scope.resource().label() }),
            )
        })
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
    let forms: [fn(Scope) -> String; 9] = [
        |scope| scope.as_str().replace('/', "\\/"),
        |scope| scope.as_str().replace('/', "&#47;"),
        |scope| {
            scope
                .as_str()
                .replace('_', "_<wbr>")
                .replace('.', ".<wbr>")
                .replacen("<wbr>", "", 3)
        },
        |scope| scope.to_string(),
        |scope| format!("<li><code dir=\"ltr\">{scope}</code></li>"),
        |scope| format!("`{scope}`, and again {scope}."),
        |scope| {
            scope
                .as_str()
                .replace("https://", "https://proxy.example.com:443/https/")
        },
        |scope| {
            format!(
                "https://proxy.example.com/?u={}",
                scope
                    .as_str()
                    .replace("://", "%3A%2F%2F")
                    .replace('/', "%2F")
            )
        },
        |scope| format!(r#"["\u003cp\u003e{scope}\u003c/p\u003e\n"]"#),
    ];
    for revision in Revision::all() {
        for form in forms {
            let drift = read(&page(revision.scopes(), form)).drift();
            let equals = drift.equals.expect("recognised");
            assert_eq!(equals.scopes(), revision.scopes(), "{revision}");
            assert_eq!(drift.nearest, equals);
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
        let drift = read(&document).drift();
        assert_eq!(drift.equals, Some(revision));
        assert!(drift.methods_differ.is_empty());
    }
}

#[test]
fn of_two_equal_revisions_the_documents_date_tells_and_without_one_the_newer_is_meant() {
    let (early, late) = (Revision::R2024_04_05, Revision::R2024_08_27);
    assert_eq!(early.scopes(), late.scopes());
    let scopes = early.scopes();
    let equals = |document: &str| read(document).drift().equals;
    assert_eq!(
        equals(&discovery("2024-04-06", scopes, scopes)),
        Some(early)
    );
    assert_eq!(equals(&discovery("2024-08-27", scopes, scopes)), Some(late));
    assert_eq!(equals(&discovery("2024-01-01", scopes, scopes)), Some(late));
    assert_eq!(equals(&discovery("soon", scopes, scopes)), Some(late));
    assert_eq!(equals(&page(scopes, |scope| scope.to_string())), Some(late));
}

/// A scope of the newest list without which the list is still nearer to itself than to any other.
fn removable() -> Scope {
    let newest = Revision::NEWEST.scopes();
    let is_far_from = |list: ScopeSet, other: ScopeSet| {
        (list - other).len() + (other - list).len() > 1 || other == newest
    };
    let mut scopes = newest.iter();
    scopes
        .find(|scope| {
            let list = newest.without(*scope);
            Revision::all().all(|other| is_far_from(list, other.scopes()))
        })
        .expect("a scope")
}

#[test]
fn what_is_added_and_removed_is_told_against_the_nearest_revision_or_the_one_named() {
    let removed = removable();
    let scopes = Revision::NEWEST.scopes().without(removed);
    let new = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    let list = read(&(page(scopes, |scope| scope.to_string()) + new));

    let drift = list.drift();
    assert_eq!(drift.equals, None);
    assert_eq!(drift.nearest, Revision::NEWEST);
    assert_eq!(drift.added, [new]);
    assert_eq!(drift.removed, removed.into());

    let drift = list.drift_from(Revision::R2025_11_23);
    assert_eq!((drift.equals, drift.nearest), (None, Revision::R2025_11_23));
    let mut added: Vec<String> = (scopes - Revision::R2025_11_23.scopes())
        .iter()
        .map(|scope| scope.to_string())
        .collect();
    added.push(new.to_owned());
    added.sort();
    assert_eq!(drift.added, added);
}

#[test]
fn a_new_scope_of_any_form_is_told() {
    let page = page(Revision::NEWEST.scopes(), |scope| scope.to_string());
    for (new, group) in [
        (
            "https://www.googleapis.com/auth/dataportability.photos",
            "photos",
        ),
        (
            "https://www.googleapis.com/auth/dataportability.youtube.<wbr>dreams",
            "youtube.dreams",
        ),
        (
            r"https:\/\/www.googleapis.com\/auth\/dataportability.youtube.dreams",
            "youtube.dreams",
        ),
        (
            "https://www.googleapis.com/auth/dataportability.youtube.dreams2",
            "youtube.dreams2",
        ),
    ] {
        let drift = read(&format!("{page} {new}")).drift();
        assert_eq!(drift.equals, None, "{new}");
        assert_eq!(
            drift.added,
            [format!(
                "https://www.googleapis.com/auth/dataportability.{group}"
            )]
        );
    }
}

#[test]
fn repetitions_take_no_more_time_than_their_length() {
    for word in [
        "dataportability.",
        "auth/dataportability.",
        "auth/dataportability.a<wbr>",
        "auth/dataportability.a.b ",
    ] {
        let page = word.repeat((16 << 20) / word.len());
        let _ = PublishedList::read(page.as_bytes());
    }
}

#[test]
fn an_older_revision_is_recognised_when_compared_with_the_newest() {
    let old = Revision::R2025_01_20;
    let drift = read(&page(old.scopes(), |scope| scope.to_string())).drift_from(Revision::NEWEST);
    assert_eq!((drift.equals, drift.nearest), (Some(old), Revision::NEWEST));
    assert_eq!(drift.removed, Revision::NEWEST.scopes() - old.scopes());
    assert_eq!(
        drift.added.len(),
        (old.scopes() - Revision::NEWEST.scopes()).len()
    );
}

#[test]
fn methods_whose_own_list_differs_are_named() {
    let scopes = Revision::NEWEST.scopes();
    let of_retry = scopes.without(removable());
    let drift = read(&discovery("2026-07-19", scopes, of_retry)).drift();
    assert_eq!(drift.equals, Some(Revision::NEWEST));
    assert_eq!(
        drift.methods_differ,
        ["archiveJobs.retry", "outer.inner.deep"]
    );
}

#[test]
fn a_scope_list_file_of_the_project_is_recognised_too() {
    for (day, _) in lists::revisions() {
        let file =
            std::fs::read(lists::data().join(format!("revisions/{day}.txt"))).expect("a list");
        let equals = PublishedList::read(&file[..])
            .expect("a list")
            .drift()
            .equals
            .expect("recognised");
        assert_eq!(
            equals.scopes(),
            day.parse::<Revision>().expect("a revision").scopes()
        );
    }
}

#[test]
fn what_is_no_published_list_is_a_clear_error() {
    let text = |document: &str| error(document.as_bytes()).to_string();
    for nothing in [
        "",
        "\n",
        "dataportability.googleapis.com",
        "auth/dataportability.",
        "<html>openid</html>",
    ] {
        assert_eq!(
            text(nothing),
            "the document has no Data Portability scope in it: give a discovery document or a saved reference page"
        );
    }
    let scopes = Revision::NEWEST.scopes();
    let whole = discovery("2026-07-19", scopes, scopes);
    for end in (1..whole.len()).step_by(97).chain([whole.len() - 1]) {
        assert!(
            text(&whole[..end]).starts_with(
                "the document begins as JSON but is no whole discovery document: EOF while parsing"
            ),
            "{end}"
        );
    }
    assert_eq!(
        text(&whole.replace(r#""name":"dataportability""#, r#""name":"drive""#)),
        r#"the document is of the API "drive", not of "dataportability""#
    );
    assert_eq!(
        text("{}"),
        r#"the document is of the API "", not of "dataportability""#
    );
    assert_eq!(
        text(&json!({ "name": "dataportability" }).to_string()),
        "the document has no Data Portability scope in it: give a discovery document or a saved reference page"
    );
    assert!(matches!(
        error(r#"{"name": 7}"#.as_bytes()),
        ReadListError::Json(_)
    ));
    assert!(matches!(
        error("{".repeat(1_000_000).as_bytes()),
        ReadListError::Json(_)
    ));
}

#[test]
fn noise_is_no_list_and_no_more_of_it_is_read_than_a_list_can_be_long() {
    /// As many bytes as one asks for, counted.
    struct Noise(u64);
    impl std::io::Read for &mut Noise {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            for byte in buffer.iter_mut() {
                self.0 = self.0.wrapping_add(1);
                *byte = (self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8 | 0x80;
            }
            Ok(buffer.len())
        }
    }
    let mut endless = Noise(0);
    let error = PublishedList::read(&mut endless).expect_err("too long");
    assert_eq!(
        error.to_string(),
        "the document is longer than 16 MiB: give a discovery document or a saved reference page"
    );
    assert!(endless.0 < 2 * PublishedList::LONGEST);

    let mut noise = Noise(7);
    let mut some = vec![0; 1 << 20];
    std::io::Read::read_exact(&mut &mut noise, &mut some).expect("noise");
    assert!(matches!(
        PublishedList::read(&some[..]),
        Err(ReadListError::NoScopes)
    ));
}

#[test]
fn a_document_that_cannot_be_read_is_an_error() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let error = PublishedList::read(Broken).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "the document cannot be read: the disk is gone"
    );
}

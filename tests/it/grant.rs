//! A grant has everything that the scope value has, and nothing else.

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{
    Resource, Revision, SCOPE_PREFIX, Scope, ScopeSet, ScopeValueError,
};
use dataportability_scopes::grant::{Grant, RequestedScopes};
use proptest::prelude::*;

fn grant(value: &str) -> Grant {
    value
        .parse()
        .unwrap_or_else(|error| panic!("{value:?}: {error}"))
}

fn error(value: &str) -> ScopeValueError {
    value.parse::<Grant>().expect_err(value)
}

/// RFC 6749, section 3.3, to the letter: which tokens there are, or where the value is wrong.
fn by_the_letter(value: &str) -> Result<BTreeSet<&str>, usize> {
    let legal =
        |byte: u8| byte == 0x21 || (0x23..=0x5B).contains(&byte) || (0x5D..=0x7E).contains(&byte);
    let mut expect_token = true;
    for (position, byte) in value.bytes().enumerate() {
        match byte {
            b' ' if expect_token => return Err(position),
            b' ' => expect_token = true,
            byte if legal(byte) => expect_token = false,
            _ => return Err(position),
        }
    }
    if expect_token {
        Err(value.len())
    } else {
        Ok(value.split(' ').collect())
    }
}

fn position(error: ScopeValueError) -> usize {
    match error {
        ScopeValueError::EmptyToken { position } | ScopeValueError::InvalidByte { position } => {
            position
        }
        _ => 0,
    }
}

/// Known scopes, near misses of them, and noise.
fn any_token() -> impl Strategy<Value = String> {
    let known: Vec<String> = Scope::all().map(|scope| scope.to_string()).collect();
    let near = known.clone();
    prop_oneof![
        4 => prop::sample::select(known),
        1 => prop::sample::select(near).prop_map(|token| format!("x{token}")),
        1 => "[!#-\\[\\]-~]{1,80}",
        1 => "[a-z]{0,3}\"?[\\\\é\t]?",
        1 => Just(String::new()),
        1 => "[a-z_.]{1,30}".prop_map(|group| format!("{SCOPE_PREFIX}{group}")),
    ]
}

proptest! {
    #[test]
    fn a_scope_value_is_read_by_the_letter_of_the_grammar(tokens in prop::collection::vec(any_token(), 0..12)) {
        let value = tokens.join(" ");
        match (value.parse::<Grant>(), by_the_letter(&value)) {
            (Ok(grant), Ok(tokens)) => {
                let scopes = grant.scopes().iter().map(|scope| scope.to_string());
                let read: BTreeSet<String> =
                    grant.unrecognized().map(str::to_owned).chain(scopes).collect();
                let tokens: BTreeSet<String> = tokens.into_iter().map(str::to_owned).collect();
                prop_assert_eq!(read, tokens);
                prop_assert!(grant.scopes().iter().all(|scope| value.contains(scope.as_str())));
                prop_assert!(grant.unrecognized().all(|token| Scope::find(token).is_none()));
                prop_assert_eq!(grant.to_string().parse::<Grant>(), Ok(grant.clone()));
                let mut sorted: Vec<&str> = grant.unrecognized().filter(|token| token.starts_with(SCOPE_PREFIX)).chain(grant.other_apis()).collect();
                sorted.sort_unstable();
                prop_assert!(grant.unrecognized().eq(sorted));
            }
            (Err(error), Err(expected)) => prop_assert_eq!(position(error), expected, "{}", value),
            (read, expected) => prop_assert!(false, "{:?} {:?} {:?}", value, read, expected),
        }
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_a_panic(value in ".*") {
        prop_assert_eq!(value.parse::<Grant>().is_ok(), by_the_letter(&value).is_ok());
    }
}

#[test]
fn every_scope_is_read_alone_in_front_in_between_and_at_the_end() {
    for scope in Scope::all() {
        for (before, after) in [
            ("", ""),
            ("", " x"),
            ("x ", ""),
            ("x ", " y"),
            ("openid email ", " !"),
        ] {
            let grant = grant(&format!("{before}{scope}{after}"));
            assert_eq!(grant.scopes(), scope.into());
            assert_eq!(
                grant.unrecognized().count(),
                format!("{before}{after}").split_whitespace().count()
            );
        }
        let ends_alike = format!("x{scope}");
        assert!(grant(&ends_alike).scopes().is_empty());
        assert!(grant(&ends_alike).other_apis().eq([ends_alike.as_str()]));
        let goes_on = format!("{scope}.more");
        assert!(grant(&goes_on).scopes().is_empty());
        assert!(grant(&goes_on).unrecognized().eq([goes_on.as_str()]));
    }
}

#[test]
fn order_does_not_matter_and_duplicates_are_harmless() {
    for revision in Revision::all() {
        let mut tokens: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        tokens.reverse();
        tokens.extend(revision.scopes().iter().map(Scope::as_str));
        assert_eq!(grant(&tokens.join(" ")).scopes(), revision.scopes());
    }
    assert_eq!(grant("b a b"), grant("a b"));
}

#[test]
fn unknown_and_foreign_scopes_are_kept_apart() {
    let new = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
    let grant = grant(&format!(
        "openid {new} https://www.googleapis.com/auth/drive"
    ));
    assert!(grant.scopes().is_empty() && !grant.is_empty());
    assert!(
        grant
            .unrecognized()
            .filter(|token| token.starts_with(SCOPE_PREFIX))
            .eq([new])
    );
    assert!(
        grant
            .other_apis()
            .eq(["https://www.googleapis.com/auth/drive", "openid"])
    );
}

#[test]
fn an_error_says_at_which_offset_a_value_is_wrong() {
    assert_eq!(error(""), ScopeValueError::Empty);
    assert_eq!(error(" a"), ScopeValueError::EmptyToken { position: 0 });
    assert_eq!(error("a "), ScopeValueError::EmptyToken { position: 2 });
    assert_eq!(error("a  b"), ScopeValueError::EmptyToken { position: 2 });
    assert_eq!(error("a b\\"), ScopeValueError::InvalidByte { position: 3 });
    assert_eq!(
        error("a\tb \""),
        ScopeValueError::InvalidByte { position: 1 }
    );
    assert_eq!(
        error("").to_string(),
        "scope value is empty: it must have at least one scope token (RFC 6749, section 3.3)"
    );
    assert_eq!(
        error("a  b").to_string(),
        "scope value lacks a token at offset 2: exactly one space separates two tokens (RFC 6749, section 3.3)"
    );
    assert_eq!(
        error("a\n").to_string(),
        "scope value has a byte at offset 1 that no scope token may have (RFC 6749, section 3.3)"
    );
}

#[test]
fn a_response_without_scope_grants_what_was_requested() {
    let requested = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::MapsReviews]);
    let grant = Grant::from_scope_param(None, requested).expect("a grant");
    assert_eq!(grant, requested.into());
    assert_eq!(
        Grant::from_scope_param(Some(""), requested),
        Err(ScopeValueError::Empty)
    );
}

#[test]
fn granted_declined_and_unrequested_partition_what_was_requested_and_granted() {
    let sets: Vec<ScopeSet> = Revision::all()
        .map(Revision::scopes)
        .chain([ScopeSet::EMPTY])
        .collect();
    for &granted in &sets {
        for &requested in &sets {
            let decision = Grant::from(granted).compare(requested);
            assert_eq!(decision.granted | decision.declined, requested);
            assert_eq!(decision.granted | decision.unrequested, granted);
            assert!(
                decision
                    .granted
                    .is_disjoint(decision.declined | decision.unrequested)
            );
        }
    }
}

#[test]
fn a_value_of_any_size_is_read() {
    let scopes = Revision::NEWEST.scopes();
    let value = vec![scopes.to_string(); 2_000].join(" ");
    assert_eq!(grant(&value).scopes(), scopes);
    let noise: Vec<String> = (0..200_000).map(|n| format!("n{n}")).collect();
    assert_eq!(grant(&noise.join(" ")).unrecognized().count(), noise.len());
    assert_eq!(grant(&"x".repeat(20_000_000)).unrecognized().count(), 1);
    assert_eq!(
        error(&" ".repeat(20_000_000)),
        ScopeValueError::EmptyToken { position: 0 }
    );
}

#[cfg(feature = "consent")]
#[test]
fn a_response_as_oauth2_reads_it_gives_the_same_grant() {
    use dataportability_scopes::oauth2::basic::BasicTokenResponse;

    let requested = ScopeSet::from_resources(&[Resource::YoutubeClips]);
    let read = |scope: &str| {
        let body = format!(r#"{{"access_token": "t", "token_type": "bearer"{scope}}}"#);
        let response: BasicTokenResponse = serde_json::from_str(&body).expect("a response");
        Grant::from_token_response(&response, requested)
    };
    assert_eq!(read(""), Ok(requested.into()));
    for revision in Revision::all() {
        assert_eq!(
            read(&format!(r#", "scope": "{}""#, revision.scopes())),
            Ok(revision.scopes().into())
        );
    }
}

#[cfg(feature = "consent")]
#[test]
fn every_scope_converts_to_oauth2s_and_back() {
    use dataportability_scopes::oauth2;

    for scope in Scope::all() {
        let theirs = oauth2::Scope::from(scope);
        assert_eq!(theirs.as_str(), scope.as_str());
        assert_eq!(Scope::try_from(&theirs), Ok(scope));
    }
    assert!(Scope::try_from(&oauth2::Scope::new("openid".into())).is_err());
}

#[test]
fn a_grant_covers_the_listed_scopes_that_it_has_and_no_empty_set() {
    let newest = Revision::NEWEST.scopes();
    for scope in Scope::all() {
        let grant = Grant::from(ScopeSet::from(scope));
        for other in Scope::all() {
            let covers = grant.covers(other.into());
            assert_eq!(covers, other == scope && newest.contains(scope), "{other}");
            assert_eq!(covers, grant.check_covers(other.into()).is_ok());
        }
        assert!(!grant.covers(ScopeSet::EMPTY));
        assert!(!grant.covers(newest));
        let covered = newest & ScopeSet::from(scope);
        assert_eq!(grant.covered(ScopeSet::ALL), covered);
        for revision in Revision::all() {
            let listed = revision.scopes() & ScopeSet::from(scope);
            assert_eq!(grant.covered_in(revision, ScopeSet::ALL), listed);
        }
    }
    assert!(Grant::from(newest).covers(newest));
}

#[test]
fn unlisted_scopes_are_those_with_the_form_of_a_resource_group() {
    let newer = format!("{SCOPE_PREFIX}zoo.animal_noises");
    let grant: Grant = format!("openid {newer} {SCOPE_PREFIX}Zoo {SCOPE_PREFIX}x")
        .parse()
        .expect("a grant");
    assert!(grant.unlisted().map(|scope| scope.to_string()).eq([newer]));
    assert!(grant.other_apis().eq(["openid"]));
}

#[test]
fn requested_scopes_are_counted_and_made_from_resources() {
    for resource in Resource::all() {
        let mut requested = RequestedScopes::from(resource);
        assert_eq!(requested, RequestedScopes::from(resource.scope()));
        assert_eq!(requested.to_string(), resource.scope().as_str());
        assert_eq!(requested.len(), 1);
        for (index, animal) in ["cat", "dog", "fox"].into_iter().enumerate() {
            let newer = format!("{SCOPE_PREFIX}zoo.{animal}");
            requested.unlisted.insert(newer.parse().expect("a scope"));
            assert_eq!(requested.len(), 2 + index);
        }
        assert!(!requested.is_empty());
    }
    assert!(RequestedScopes::default().is_empty());
    assert_eq!(RequestedScopes::default().len(), 0);
}

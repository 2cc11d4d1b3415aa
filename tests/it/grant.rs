//! A grant has everything that the scope value has, and nothing else.

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{
    NewerScope, Resource, Revision, SCOPE_PREFIX, Scope, ScopeValueError, Scopes,
};
use dataportability_scopes::grant::Grant;
use proptest::prelude::*;

use crate::known::{NEWER, everything, of};

fn grant(value: &str) -> Grant {
    value.parse().unwrap_or_else(|error| panic!("{value:?}: {error}"))
}

/// RFC 6749, section 3.3, to the letter, with white space allowed around the value and a word for
/// what separates two scopes in place of a space: which tokens there are, or what is wrong where.
fn by_the_letter(value: &str) -> Result<BTreeSet<&str>, ScopeValueError> {
    let white = |c: char| c.is_ascii_whitespace();
    let start = value.len() - value.trim_start_matches(white).len();
    let trimmed = value.trim_matches(white);
    if trimmed.is_empty() {
        return Err(ScopeValueError::Empty);
    }
    let mut position = start;
    for token in trimmed.split(' ') {
        if token.is_empty() {
            return Err(ScopeValueError::EmptyToken { position });
        }
        for (offset, character) in token.char_indices() {
            let at = position + offset;
            let (before, rest) = token.split_at(offset);
            let separator =
                |text: &str| ScopeValueError::Separator { separator: text.into(), position: at };
            for text in [",", "+", ";", "|", "%20", "%2C", ""] {
                let second = rest.strip_prefix(text);
                let is_second = second.is_some_and(|second| second.starts_with("https://"));
                if is_second && (offset > 0 || !text.is_empty()) {
                    return Err(separator(text));
                }
            }
            let is_last = offset + character.len_utf8() == token.len();
            if white(character) && !before.is_empty() && !is_last {
                return Err(separator(&character.to_string()));
            }
            if !matches!(character, '!' | '#'..='[' | ']'..='~') {
                return Err(ScopeValueError::InvalidByte { position: at });
            }
        }
        position += token.len() + 1;
    }
    Ok(trimmed.split(' ').collect())
}

/// All tokens that a grant has.
fn tokens(grant: &Grant) -> BTreeSet<String> {
    let known = grant.scopes().known().into_iter().map(|it| it.to_string());
    let newer = grant.scopes().newer().map(ToString::to_string);
    known.chain(newer).chain(grant.others().map(Into::into)).collect()
}

/// Known scopes, near misses of them, and noise.
fn any_token() -> impl Strategy<Value = String> {
    let known: Vec<String> =
        Resource::all().map(Resource::scope).map(|scope| scope.to_string()).collect();
    let near = known.clone();
    prop_oneof![
        6 => prop::sample::select(known),
        1 => prop::sample::select(near).prop_map(|token| format!("x{token}")),
        1 => "[!#-\\[\\]-~]{1,80}",
        1 => "[a-z]{0,3}\"?[\\\\é\t]?",
        1 => Just(String::new()),
        1 => "[a-z_.]{1,30}".prop_map(|group| format!("{SCOPE_PREFIX}{group}")),
    ]
}

fn any_separator() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        20 => Just(" "),
        1 => prop::sample::select(&["", ",", "+", ";", "|", "%20", "%2C", "\n", "\t", ", ", "  "][..]),
    ]
}

proptest! {
    #[test]
    fn a_scope_value_is_read_by_the_letter_of_the_grammar(
        parts in prop::collection::vec((any_token(), any_separator()), 0..12),
        before in "[ \n]{0,2}",
    ) {
        let mut value = before;
        for (token, separator) in &parts {
            value += token;
            value += separator;
        }
        match (value.parse::<Grant>(), by_the_letter(&value)) {
            (Ok(grant), Ok(expected)) => {
                prop_assert_eq!(tokens(&grant), expected.into_iter().map(str::to_owned).collect());
                prop_assert!(grant.scopes().known().iter().all(|it| value.contains(it.as_str())));
                prop_assert!(grant.others().all(|token| token.parse::<Scope>().is_err()));
                prop_assert!(grant.others().all(|token| token.parse::<NewerScope>().is_err()));
                prop_assert!(grant.others().is_sorted());
                prop_assert_eq!(grant.to_string().parse(), Ok(grant));
            }
            (Err(error), Err(expected)) => prop_assert_eq!(error, expected, "{:?}", value),
            (read, expected) => prop_assert!(false, "{:?} {:?} {:?}", value, read, expected),
        }
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_a_panic(value in ".*") {
        prop_assert_eq!(value.parse::<Grant>().err(), by_the_letter(&value).err());
    }
}

#[test]
fn of_two_faults_in_one_token_the_first_is_named() {
    for separator in [",", "+", ";", "|", "%20", "%2C", ""] {
        for bad in ["\"", "\\", "\n", "é"] {
            for (before, after) in [("", bad), (bad, "")] {
                let value = format!("x {SCOPE_PREFIX}a{before}{separator}{SCOPE_PREFIX}b{after} y");
                assert_eq!(value.parse::<Grant>().err(), by_the_letter(&value).err(), "{value}");
            }
        }
    }
}

#[test]
fn order_repetitions_and_white_space_around_do_not_matter() {
    for revision in Revision::all() {
        let scopes = revision.scopes();
        let mut tokens: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
        tokens.reverse();
        tokens.extend(scopes.iter().map(Scope::as_str));
        let value = format!("\t {}\r\n", tokens.join(" "));
        assert_eq!(grant(&value), of(scopes));
    }
    assert_eq!(grant("b a b"), grant("a b"));
}

#[test]
fn granted_declined_and_unrequested_partition_what_was_requested_and_granted() {
    let newer: Scopes = NEWER.parse().unwrap();
    let sets: Vec<Scopes> = Revision::all()
        .map(|revision| Scopes::from(revision.scopes()))
        .chain([Scopes::default(), newer.clone()])
        .flat_map(|set| [set.clone() | newer.clone(), set])
        .collect();
    for granted in &sets {
        for requested in &sets {
            let decision = of(granted).compare(requested);
            assert_eq!(&(decision.granted.clone() | decision.declined.clone()), requested);
            assert_eq!(&(decision.granted.clone() | decision.unrequested.clone()), granted);
            assert!(decision.declined.is_disjoint(granted));
            assert!(decision.unrequested.is_disjoint(requested));
            assert_eq!(decision.is_complete(), requested.is_subset(granted));
        }
    }
}

#[test]
fn a_value_of_any_size_is_read() {
    let scopes = Revision::NEWEST.scopes();
    let value = vec![scopes.to_string(); 2_000].join(" ");
    assert_eq!(grant(&value), of(scopes));
    let noise: Vec<String> = (0..200_000).map(|n| format!("n{n}")).collect();
    assert_eq!(grant(&noise.join(" ")).others().count(), noise.len());
    assert_eq!(grant(&"x".repeat(20_000_000)).others().count(), 1);
    let spaces = " ".repeat(20_000_000);
    assert_eq!(spaces.parse::<Grant>(), Err(ScopeValueError::Empty));
}

#[test]
fn a_grant_covers_the_listed_scopes_that_it_has_and_no_empty_set() {
    for revision in Revision::all() {
        let listed = revision.scopes();
        for scope in Resource::all().map(Resource::scope) {
            let one = of(scope).check_covers_in(revision, scope);
            assert_eq!(one.is_ok(), listed.contains(scope), "{scope} {revision}");
            let others = of(listed - scope.into());
            match others.check_covers_in(revision, listed) {
                Ok(()) => assert!(!listed.contains(scope)),
                Err(error) => assert_eq!(error.missing(), &Scopes::from(scope)),
            }
        }
        assert!(of(everything()).check_covers_in(revision, listed).is_ok());
        assert!(of(everything()).check_covers_in(revision, Scopes::default()).is_err());
    }
    let newest = Revision::NEWEST.scopes();
    for scope in Resource::all().map(Resource::scope) {
        assert_eq!(of(everything()).covers(scope), newest.contains(scope));
    }
}

#[test]
fn a_newer_scope_is_covered_if_the_token_carries_it_and_the_caller_vouches_for_it() {
    let newer: Scopes = NEWER.parse().unwrap();
    assert!(!grant(NEWER).covers(&newer));
    assert!(grant(NEWER).vouching_for(&newer).covers(&newer));
    assert!(!grant("openid").vouching_for(&newer).covers(&newer));
    assert!(!grant("openid").vouching_for(&newer).allows(dataportability_scopes::ApiMethod::Reset));
    // Nobody vouches for a scope of the catalogue: the lists tell.
    let everything = grant(NEWER).vouching_for(everything());
    assert!(!everything.covers(&newer));
}

#[test]
fn one_union_of_several_grants_keeps_newer_scopes() {
    let grants = [grant("openid"), of(Resource::YoutubeClips), grant(NEWER)];
    let union: Scopes = grants.iter().collect();
    assert!(union.names().eq(["youtube.clips", "zoo.animal_noises"]));
}

#[cfg(feature = "serde")]
#[test]
fn a_stored_grant_is_a_scope_value_or_a_list_of_scopes() {
    use serde_json::{from_value, json};

    for revision in Revision::all() {
        let mut scopes = Scopes::from(revision.scopes());
        scopes.extend([NEWER.parse::<Scopes>().unwrap()]);
        let tokens: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        let listed = [&["openid", NEWER], &*tokens].concat();
        let grant = grant(&format!("{scopes} openid"));
        for stored in [json!(grant), json!(listed), json!(listed.join(" "))] {
            assert_eq!(from_value::<Grant>(stored).unwrap(), grant);
        }
    }
    for nothing in [json!(""), json!([])] {
        assert_eq!(from_value::<Grant>(nothing).unwrap(), Grant::default());
    }
    assert_eq!(json!(Grant::default()), json!(""));
    let wrong = json!([Resource::YoutubeClips.scope(), "a,https://b"]);
    let error = from_value::<Grant>(wrong).unwrap_err().to_string();
    assert!(error.starts_with("scope value has \",\" between two scopes"), "{error}");
}

#[cfg(feature = "consent")]
#[test]
fn a_token_response_of_oauth2s_own_client_is_read_as_strictly_as_any() {
    use dataportability_scopes::catalogue::ScopeSet;
    use dataportability_scopes::oauth2::basic::BasicTokenResponse;

    let requested = ScopeSet::from(Resource::YoutubeClips);
    let read = |scope: &str| {
        let body = format!(r#"{{"access_token": "t", "token_type": "bearer"{scope}}}"#);
        let response: BasicTokenResponse = serde_json::from_str(&body).expect("a response");
        Grant::from_token_response(&response, requested)
    };
    assert_eq!(read(""), Ok(of(requested)));
    for revision in Revision::all() {
        let scopes = revision.scopes();
        assert_eq!(read(&format!(r#", "scope": "{scopes}""#)), Ok(of(scopes)));
    }
    let lacks = ScopeValueError::EmptyToken { position: 2 };
    assert_eq!(read(r#", "scope": "a  b""#), Err(lacks));
    assert_eq!(read(r#", "scope": """#), Err(ScopeValueError::Empty));
}

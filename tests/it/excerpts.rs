//! What an error quotes of an input cannot change how the error reads, and is short.

use std::error::Error;
use std::str::FromStr;

use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::catalogue::{
    Category, Date, Resource, Revision, Scope, ScopeSet, Service, UnlistedScope,
};
use dataportability_scopes::grant::Grant;

/// Controls, line breaks, marks that turn the direction of the text, and characters that do not show.
fn misleading() -> impl Iterator<Item = char> {
    let ranges = [
        '\0'..='\x1F',
        '\x7F'..='\u{9F}',
        '\u{AD}'..='\u{AD}',
        '\u{61C}'..='\u{61C}',
        '\u{180E}'..='\u{180E}',
        '\u{200B}'..='\u{200F}',
        '\u{2028}'..='\u{202E}',
        '\u{2060}'..='\u{206F}',
        '\u{FEFF}'..='\u{FEFF}',
        '\u{FFF9}'..='\u{FFFB}',
        '\u{E0000}'..='\u{E007F}',
    ];
    ranges.into_iter().flatten()
}

fn refusal<T: FromStr<Err: Error>>(input: &str) -> Option<String> {
    let error = input.parse::<T>().err()?;
    assert!(error.source().is_none(), "{error}");
    Some(error.to_string())
}

/// What every parser says of an input that it refuses.
fn refusals(input: &str) -> Vec<String> {
    let parsers: &[fn(&str) -> Option<String>] = &[
        refusal::<Scope>,
        refusal::<Resource>,
        refusal::<Service>,
        refusal::<Category>,
        refusal::<Revision>,
        refusal::<Date>,
        refusal::<UnlistedScope>,
        refusal::<ScopeSet>,
        refusal::<Grant>,
        refusal::<ApiMethod>,
        refusal::<JobId>,
        #[cfg(feature = "http")]
        refusal::<dataportability_scopes::Endpoint>,
        #[cfg(feature = "http")]
        refusal::<dataportability_scopes::api::State>,
        #[cfg(feature = "http")]
        refusal::<dataportability_scopes::api::AccessType>,
        #[cfg(feature = "http")]
        refusal::<dataportability_scopes::api::SignedUrl>,
        #[cfg(feature = "consent")]
        refusal::<dataportability_scopes::consent::RedirectUri>,
        #[cfg(feature = "consent")]
        refusal::<dataportability_scopes::consent::AccessPeriod>,
        #[cfg(feature = "consent")]
        refusal::<dataportability_scopes::consent::Prompt>,
    ];
    parsers.iter().filter_map(|parser| parser(input)).collect()
}

#[test]
fn no_error_has_a_character_that_changes_how_it_reads() {
    for character in misleading() {
        let inputs = [
            format!("a{character}b"),
            format!("https://www.googleapis.com/auth/dataportability.youtube.{character}"),
            format!("https://app.example.com/{character}"),
        ];
        for error in inputs.iter().flat_map(|input| refusals(input)) {
            assert!(!error.contains(character), "{character:?} in {error:?}");
        }
    }
}

#[test]
fn an_input_of_any_size_is_refused_with_a_short_error() {
    for piece in [
        "a",
        "é ",
        "\u{202E}",
        ".",
        "xn--",
        "dataportability.",
        "/",
        "%",
        "%2e",
        "youtube clips ",
    ] {
        let input = piece.repeat(1_000_000 / piece.len());
        for error in refusals(&input) {
            assert!(error.len() < 2_000, "{}", error.len());
        }
    }
}

#[test]
fn what_misleads_is_replaced_and_every_other_character_is_quoted_as_it_is() {
    for character in misleading() {
        let error = format!("a{character}b").parse::<Service>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("unknown service \"a\u{FFFD}b\""),
            "{character:?}: {error}"
        );
    }
    for text in ["openid", "é", "日本語", "שלום", "🦀", "a~b"] {
        let error = text.parse::<Service>().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("unknown service \"{text}\"")),
            "{error}"
        );
    }
}

#[test]
fn of_a_long_input_the_first_160_characters_are_quoted() {
    for character in ["x", "é", "🦀"] {
        let quotes = |input: &str, quoted: &str| {
            let error = input.parse::<Service>().unwrap_err().to_string();
            error.starts_with(&format!("unknown service \"{quoted}\""))
        };
        let longest = character.repeat(160);
        assert!(quotes(&longest, &longest));
        assert!(quotes(&format!("{longest}x"), &format!("{longest}…")));
    }
}

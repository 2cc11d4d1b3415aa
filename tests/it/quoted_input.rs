//! An error quotes its input so that the message reads the same everywhere: short, on one line, and
//! in the order in which it was written.

use dataportability_scopes::catalogue::{Scope, Service};

/// What an error quotes of an input, which has no character that `Debug` escapes.
fn quoted(input: &str) -> String {
    let error = input.parse::<Scope>().expect_err(input).to_string();
    let (before, _) = error.split_once("\" is ").expect("a quoted input");
    before.strip_prefix('"').expect("a quotation").to_owned()
}

#[test]
fn characters_that_break_a_line_or_change_its_order_are_replaced() {
    let invisible = (0..=0x1F)
        .chain(0x7F..=0x9F)
        .chain([0x061C])
        .chain(0x200B..=0x200F)
        .chain(0x2028..=0x202E)
        .chain(0x2060..=0x206F)
        .chain([0xFEFF])
        .filter_map(char::from_u32);
    for character in invisible {
        assert_eq!(quoted(&format!("a{character}b")), "a\u{FFFD}b");
        let error = format!("a{character}b").parse::<Service>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("unknown service \"a\u{FFFD}b\"")
        );
    }
}

#[test]
fn every_other_character_is_quoted_as_it_is() {
    for text in ["openid", "é", "日本語", "שלום", "🦀", "a~b", "a\u{A0}b"] {
        let debug = format!("{text:?}");
        assert_eq!(quoted(text), debug.trim_matches('"'));
    }
}

#[test]
fn of_a_long_input_160_characters_are_quoted() {
    for character in ["x", "é", "🦀"] {
        assert_eq!(quoted(&character.repeat(160)), character.repeat(160));
        let longer = quoted(&character.repeat(161));
        assert_eq!(longer, character.repeat(160) + "…");
    }
}

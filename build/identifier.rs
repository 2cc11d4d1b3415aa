//! The names of the generated variants: each word in `PascalCase`, nothing dropped.

/// `search_ugc.media.thumbs` becomes `SearchUgcMediaThumbs`.
pub(crate) fn pascal_case(name: &str) -> String {
    name.split(['.', '_']).map(capitalised).collect()
}

/// `camera_event` becomes `Camera event`.
pub(crate) fn words(name: &str) -> String {
    capitalised(&name.replace(['.', '_'], " "))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// The only Rust keyword in `PascalCase`.
pub(crate) fn is_keyword(identifier: &str) -> bool {
    identifier == "Self"
}

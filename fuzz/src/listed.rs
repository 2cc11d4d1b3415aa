use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::{fs, iter};

/// Returns the scope tokens of all files under `data/`, read apart from what `build.rs` makes of
/// them.
pub fn listed() -> &'static BTreeSet<String> {
    static LISTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../data"));
        let revisions = fs::read_dir(data.join("revisions")).expect("data/revisions");
        revisions
            .map(|entry| entry.expect("an entry").path())
            .chain(iter::once(data.join("unpublished.txt")))
            .flat_map(|file| {
                let text = fs::read_to_string(file).expect("a list");
                let tokens = text.lines().filter(|line| !line.starts_with('#'));
                tokens.map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    });
    &LISTED
}

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Returns the scope tokens of all files under `data/`, read apart from what `build.rs` makes of
/// them.
pub fn listed() -> &'static BTreeSet<String> {
    static LISTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../data"));
        let revisions = fs::read_dir(data.join("revisions")).expect("data/revisions");
        let revisions = revisions.map(|entry| entry.expect("an entry").path());
        let files = revisions.chain([data.join("unpublished.txt")]);
        let texts = files.map(|file| fs::read_to_string(file).expect("a list")).collect::<String>();
        texts.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    });
    &LISTED
}

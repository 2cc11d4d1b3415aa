//! `SECURITY.md` names tests that exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Returns the texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let (promises, _) = page.split_once("### Bounds").expect("the bounds");
    let heads = ["| promise | tests |", "|---|---|"];
    let rows = promises
        .lines()
        .filter(|line| line.starts_with('|') && !heads.contains(line));
    let mut checked: BTreeMap<&str, usize> = BTreeMap::new();
    for line in rows {
        let cells: Vec<&str> = line.split('|').collect();
        let ["", _, tests, ""] = cells[..] else {
            panic!("not a promise and its tests: {line}");
        };
        let is_test = |name: &str| !name.contains('/');
        assert!(quoted(tests).any(is_test), "no test for {line}");
        let mut file: Option<(&str, String)> = None;
        for name in quoted(tests) {
            if name.contains('/') {
                // The published package has no command line.
                let is_packaged = !name.starts_with("cli/") || root.join("cli").exists();
                file = is_packaged.then(|| {
                    let text = fs::read_to_string(root.join(name)).expect(name);
                    (name, text)
                });
            } else if let Some((file, text)) = &file {
                let (before, _) = text
                    .split_once(&format!("fn {name}("))
                    .unwrap_or_else(|| panic!("no test {name} in {file}: {line}"));
                assert!(before.trim_end().ends_with("#[test]"), "{name} in {file}");
                *checked.entry(file).or_default() += 1;
            }
        }
    }
    assert!(checked.values().sum::<usize>() > 50, "{checked:?}");
}

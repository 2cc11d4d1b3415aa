//! The machine and the stand-in have their rules from the same kinds of sources, except where they
//! are meant to differ.

/// The cells of the rows of all tables in a text. Each line begins with `mark`.
fn rows<'text>(text: &'text str, mark: &'text str) -> impl Iterator<Item = Vec<&'text str>> {
    let rows = text.lines().filter_map(move |line| line.strip_prefix(mark)?.strip_prefix("| "));
    rows.map(|row| row.trim_end_matches(" |").split(" | ").collect())
}

/// The kind that a source names first: it may say more about a part of the rule.
fn kind(source: &str) -> &str {
    let kinds = ["documented", "reported", "guessed"].into_iter();
    let first = kinds.filter_map(|kind| source.find(kind).map(|at| (at, kind))).min();
    first.map_or("other", |(_, kind)| kind)
}

#[test]
fn a_rule_of_the_machine_and_of_the_stand_in_has_one_kind_of_source_unless_it_says_why_not() {
    let machine: Vec<_> = rows(include_str!("../../src/api/export/mod.rs"), "//! ").collect();
    let stand_in: Vec<_> = rows(include_str!("../../testing/stand-in/RULES.md"), "").collect();
    let find = |rules: &[Vec<&str>], beginning: &str, column: usize| -> String {
        let mut found = rules.iter().filter(|row| row[0].starts_with(beginning));
        let row = found.next().unwrap_or_else(|| panic!("no rule begins with {beginning:?}"));
        assert!(found.next().is_none(), "two rules begin with {beginning:?}");
        kind(row[column]).to_owned()
    };
    let pairs = include_str!("sources.tsv").lines().skip(1);
    let pairs: Vec<Vec<&str>> = pairs.map(|line| line.split('\t').collect()).collect();
    for pair in &pairs {
        let known = find(&machine, pair[0], 1);
        if let [_, other, ..] = pair[..] {
            let differs = pair.len() > 2;
            assert_eq!(known != find(&stand_in, other, 1), differs, "{pair:?}: {known}");
        }
    }
    // A new rule of the machine needs a row, even if the stand-in does not have it.
    for rule in machine.iter().filter(|rule| kind(rule[1]) != "other") {
        assert!(pairs.iter().any(|pair| rule[0].starts_with(pair[0])), "{rule:?}");
    }
}

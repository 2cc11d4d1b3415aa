//! build.rs refuses a data file that is wrong, and says where and how.

#[path = "../../build/mod.rs"]
pub(crate) mod data;

use std::fs;

use tempfile::TempDir;

use crate::data_folder::{copy_folder, describe};
use crate::lists;

/// A list to break. Its contents can be relied on: a published revision never changes.
const LIST: &str = "revisions/2026-07-19.txt";
/// A revision after the newest one, and one before that.
const NEXT: &str = "revisions/2099-12-31.txt";
const SECOND: &str = "revisions/2099-12-30.txt";
const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.";

/// The project's data, to be changed. It has a row for every group, so that a list may follow.
fn copy() -> TempDir {
    let copy = TempDir::new().expect("a folder");
    copy_folder(&lists::data(), copy.path());
    describe(copy.path());
    copy
}

/// A file of [`copy`], or nothing.
fn text(file: &str) -> String {
    fs::read_to_string(copy().path().join(file)).unwrap_or_default()
}

/// What the build reads when these files are written into a copy, or what it says is wrong.
fn read(files: &[(&str, &str)]) -> Result<data::Catalogue, String> {
    let copy = copy();
    for (file, text) in files {
        fs::write(copy.path().join(file), text).expect("a file");
    }
    data::read(copy.path()).map_err(|error| error.to_string())
}

/// What the build says of a file that is changed in this way.
fn refusal(file: &str, text: &str) -> String {
    read(&[(file, text)]).err().unwrap_or_else(|| panic!("{file} is accepted: {text}"))
}

fn accepted(files: &[(&str, &str)]) -> data::Catalogue {
    read(files).unwrap_or_else(|error| panic!("{error}"))
}

/// A list of these groups, with a header.
fn list<G: AsRef<str>>(groups: &[G]) -> String {
    let scopes: Vec<String> = groups.iter().map(|it| format!("{SCOPE}{}\n", it.as_ref())).collect();
    format!("# source: a test\n# count: {}\n{}", groups.len(), scopes.concat())
}

/// The number of the last line that begins so.
fn line_of(text: &str, beginning: &str) -> usize {
    text.lines().count()
        - text.lines().rev().position(|line| line.starts_with(beginning)).expect(beginning)
}

/// Checks a case of `data_faults.txt`, which says how it is written.
fn check_fault(rule: &str, case: &str) {
    let unescaped = |text: &str| text.replace("\\t", "\t").replace("\\s", " ");
    let part = |mark: char| -> Option<String> {
        let lines = case.lines().filter_map(|line| line.strip_prefix(mark));
        let lines = lines.map(|line| unescaped(line.strip_prefix(' ').unwrap_or(line)));
        lines.reduce(|text, line| text + "\n" + &line)
    };
    let file = case.lines().next().expect("a file");
    let groups = part('=').map(|groups| list(&groups.split_whitespace().collect::<Vec<_>>()));
    let changed = match (groups, part('-'), part('+')) {
        (Some(list), _, _) => list,
        (_, Some(old), Some(new)) => text(file).replace(&old, &new),
        (_, Some(old), None) => text(file).replace(&(old + "\n"), ""),
        (_, None, new) => new.expect("a change") + "\n",
    };
    let (_, said) = case.split_once("\n! ").expect("what is said");
    let (place, what) = said.trim_end().split_once(": ").expect("a place");
    let line = match place.parse() {
        Ok(line) => line,
        Err(_) if place == "end" => changed.lines().count(),
        Err(_) => line_of(&changed, &unescaped(place)),
    };
    assert_eq!(refusal(file, &changed), format!("data/{file}:{line}: {what}"), "{rule}");
}

#[test]
fn each_fault_is_refused_with_its_line_and_in_words_that_say_what_is_wrong() {
    let mut rule = "";
    for case in include_str!("data_faults.txt").split("\n\n").skip(1) {
        let case = match case.strip_prefix("# ").and_then(|rest| rest.split_once('\n')) {
            Some((heading, case)) => {
                rule = heading;
                case
            }
            None => case,
        };
        check_fault(rule, case);
    }
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    assert_eq!(data::emit(&accepted(&[])), data::emit(&accepted(&[])));
}

#[test]
fn malformed_scopes_are_refused() {
    for group in [
        "", "a", "a.", ".b", "a..b", "a.b/", "a.b ", "A.b", "a.b1", "a._b", "a.b_", "a.b__c", "a.í",
    ] {
        assert_eq!(
            refusal(LIST, &list(&[group])),
            format!(
                "data/revisions/2026-07-19.txt:3: \"{SCOPE}{group}\" is malformed: a resource group has two or more segments of lowercase letters, joined by dots"
            )
        );
    }
}

#[test]
fn a_file_that_an_editor_spoiled_is_refused_in_words_that_say_so() {
    const HIDDEN: &str = "\0\u{a0}\u{301}\u{180e}\u{2800}\u{3164}\u{fe0f}\u{e0041}\u{1b}\u{85}\
                          \u{ad}\u{61c}\u{200b}\u{2028}\u{202e}\u{2066}";
    for file in
        [LIST, "unpublished.txt", "resources.tsv", "services.tsv", "names.tsv", "not_included.tsv"]
    {
        let text = text(file);
        let last = text.lines().count();
        let with = |character| format!("{}{character}\n", text.trim_end());
        let hidden = HIDDEN.chars().map(|character| {
            let what = format!(
                "has the character U+{:04X}, which may not show; use Latin letters and plain punctuation",
                u32::from(character)
            );
            (with(character), last, what)
        });
        let spoiled = [
            (String::new(), 1, "the file is empty"),
            (
                format!("\u{feff}{text}"),
                1,
                "begins with a byte order mark; save the file as UTF-8 without one",
            ),
            (format!("{text}\n"), last + 1, "the line is blank; remove it"),
            (text.replacen('\n', "\n\n", 1), 2, "the line is blank; remove it"),
            (text.replace('\n', "\r\n"), 1, "has a carriage return; end lines with LF alone"),
        ];
        let spoiled = spoiled.map(|(text, line, what)| (text, line, what.to_owned()));
        for (text, line, what) in spoiled.into_iter().chain(hidden) {
            assert_eq!(refusal(file, &text), format!("data/{file}:{line}: {what}"));
        }
    }
    let copy = copy();
    fs::write(copy.path().join(LIST), b"# source: a test\n\xFF\n").expect("the file is changed");
    let error = data::read(copy.path()).err().expect("refused");
    assert_eq!(error.to_string(), "data/revisions/2026-07-19.txt:2: is not UTF-8");
}

#[test]
fn a_group_that_is_too_long_is_refused_and_not_quoted_whole() {
    let group = |len: usize| list(&[format!("a.{}", "b".repeat(len - 2))]);
    let said = refusal(NEXT, &group(70_000));
    let begin = format!("data/revisions/2099-12-31.txt:3: \"{SCOPE}a.bbb");
    assert!(said.starts_with(&begin) && said.len() < 400, "{said}");
    let end = "b…\" is too long: a resource group has at most 128 bytes, and this one has 70000";
    assert!(said.ends_with(end), "{said}");
    assert!(refusal(NEXT, &group(129)).ends_with("and this one has 129"));
    accepted(&[(NEXT, &group(128))]);
}

#[test]
fn more_groups_than_a_scope_set_holds_are_refused_and_as_many_are_not() {
    let name = |n: u8| format!("zoo.{}{}", char::from(b'a' + n / 26), char::from(b'a' + n % 26));
    // The heading is not a group.
    let groups = text("resources.tsv").lines().count() - 1;
    let room = u8::try_from(128 - groups).expect("a small number");
    let too_many: Vec<String> = (0..=room).map(name).collect();
    let (last, as_many) = too_many.split_last().expect("a group");
    assert_eq!(
        refusal(NEXT, &list(&too_many)),
        format!(
            "data/revisions/2099-12-31.txt:{}: {last} is one of 129 groups, and a scope set has room for 128",
            too_many.len() + 2
        )
    );
    accepted(&[(NEXT, &list(as_many))]);
}

#[test]
fn two_tables_do_not_have_names_with_the_same_words() {
    let (name, line) = ("watch history", line_of(&text("names.tsv"), "watch history\t"));
    assert_eq!(
        refusal("not_included.tsv", &format!("name\tproduct\n{name}\tThe Zoo\n")),
        format!(
            "data/not_included.tsv:2: the name {name:?} has the same words as {name:?} of data/names.tsv:{line}"
        )
    );
}

#[test]
fn an_everyday_name_that_a_list_gives_to_a_service_or_a_group_is_left_out_with_a_warning() {
    let catalogue = accepted(&[(NEXT, &list(&["playlist.names", "watch.history"]))]);
    for name in ["playlists", "watch history"] {
        let line = line_of(&text("names.tsv"), &format!("{name}\t"));
        let warning = format!(
            "data/names.tsv:{line}: {name} is what a list calls a service or a group; remove the row"
        );
        assert!(catalogue.warnings.contains(&warning), "{warning}");
        assert!(!data::emit(&catalogue).contains(&format!("({name:?}, &[")));
    }
}

#[test]
fn a_revision_that_lists_what_the_one_before_lists_is_refused() {
    let newest = lists::revisions().pop().map(|(day, _)| day).expect("a list");
    assert_eq!(
        refusal(NEXT, &text(&format!("revisions/{newest}.txt"))),
        format!(
            "data/revisions/2099-12-31.txt:1: lists the same scopes as data/revisions/{newest}.txt; remove one"
        )
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_another_file_is_refused() {
    let copy = copy();
    std::os::unix::fs::symlink("2026-07-19.txt", copy.path().join(NEXT)).expect("a link");
    let error = data::read(copy.path()).err().expect("refused");
    assert_eq!(
        error.to_string(),
        "data/revisions/2099-12-31.txt:1: is a link or a folder; it must be a file"
    );
}

#[test]
fn a_new_list_may_have_an_unpublished_scope_and_an_address_that_begins_with_https() {
    let unpublished = format!("# page: the user guide\n# count: 1\n{SCOPE}zoo.animals\n");
    let next = list(&["fitbit.device_events", "zoo.animals"]);
    let next = next.replace("a test", "https://example.com/");
    let warnings = accepted(&[("unpublished.txt", &unpublished), (NEXT, &next)]).warnings;
    assert_eq!(
        warnings[0],
        "data/unpublished.txt:3: zoo.animals is published: data/revisions/2099-12-31.txt:4 has it; remove it here"
    );
}

#[test]
fn the_list_of_unpublished_scopes_may_be_emptied_and_deleted_once_a_published_list_has_them() {
    let listed: Vec<String> = accepted(&[]).groups.into_iter().map(|group| group.name).collect();
    let next = list(&listed);
    accepted(&[(NEXT, &next)]);
    accepted(&[(NEXT, &next), ("unpublished.txt", "# page: the user guide\n# count: 0\n")]);
    let copy = copy();
    fs::write(copy.path().join(NEXT), &next).expect("a list");
    fs::remove_file(copy.path().join("unpublished.txt")).expect("deleted");
    assert!(data::read(copy.path()).is_ok(), "deleted");
}

#[test]
fn a_scope_does_not_vanish_when_the_list_of_unpublished_scopes_does() {
    let groups = accepted(&[]).groups;
    let is_lost = groups.iter().any(|group| group.listings.is_empty());
    let copy = copy();
    fs::remove_file(copy.path().join("unpublished.txt")).expect("deleted");
    let error = data::read(copy.path()).err().map(|error| error.to_string());
    assert_eq!(error.is_some(), is_lost);
    assert!(error.is_none_or(|error| error.contains(": no list has ")));
}

#[test]
fn a_new_list_that_has_what_the_api_left_out_is_accepted_with_a_warning() {
    let table = text("not_included.tsv");
    let rows = || table.lines().enumerate().skip(1);
    let (name, product) = rows()
        .filter_map(|(_, row)| row.split_once('\t'))
        .find(|(name, _)| !name.contains(' '))
        .expect("a row of one word");
    let group = format!("{name}.things");
    let catalogue = accepted(&[(NEXT, &list(&[&group]))]);
    let mut expected = vec![format!("data/resources.tsv does not describe {group} yet")];
    let of_product = rows().filter(|(_, row)| row.ends_with(&format!("\t{product}")));
    expected.extend(of_product.map(|(index, _)| {
        let line = index + 1;
        format!("data/not_included.tsv:{line}: a list has scopes of {product}; remove the row")
    }));
    assert_eq!(catalogue.warnings, expected);
    assert!(!data::emit(&catalogue).contains(&format!("{product:?})")));
}

#[test]
fn the_build_warns_only_of_what_the_newest_list_brought() {
    let catalogue = data::read(&lists::data()).expect("the data");
    let newest = catalogue.revisions.len() - 1;
    for warning in &catalogue.warnings {
        let brings = |group: &data::Group| {
            let (service, _) = group.name.split_once('.').expect("two segments");
            group.listings == [(newest, None)]
                && [&*group.name, service].iter().any(|name| warning.contains(name))
        };
        assert!(catalogue.groups.iter().any(brings), "{warning}");
    }
}

#[test]
fn a_new_revision_may_bring_groups_that_are_not_described_yet() {
    let next = text(LIST).replace("# count: 73", "# count: 74") + SCOPE + "zoo.animal_noises\n";
    let catalogue = accepted(&[(NEXT, &next)]);
    assert_eq!(
        catalogue.warnings.last().map(String::as_str),
        Some("data/resources.tsv does not describe zoo.animal_noises yet")
    );

    let source = data::emit(&catalogue);
    for emitted in [
        "R2099_12_31,",
        "ZooAnimalNoises,",
        r#"product_name: "Zoo""#,
        r#"label: "Animal noises""#,
        r#"description: "What Google lists as zoo.animal_noises.""#,
        "category: None",
        "supports_time_filter: false",
        "listings: &[Listing { since: Revision::R2099_12_31, until: None }]",
    ] {
        assert!(source.contains(emitted), "{emitted}");
    }
}

#[test]
fn a_row_that_was_not_filled_in_counts_as_none() {
    let row =
        "zoo.animal_noises\tunknown\tno\tAnimal noises\tWhat Google lists as zoo.animal_noises.\n";
    let resources = ("resources.tsv", &*(text("resources.tsv") + row));
    let services = ("services.tsv", &*(text("services.tsv") + "zoo\tZoo\n"));
    let (brings, keeps) =
        (list(&["zoo.animal_noises"]), list(&["youtube.clips", "zoo.animal_noises"]));
    let catalogue = accepted(&[resources, services, (NEXT, &brings)]);
    assert_eq!(
        catalogue.warnings.last().map(String::as_str),
        Some("data/resources.tsv does not describe zoo.animal_noises yet")
    );
    // The next revision requires the row.
    let error = read(&[resources, services, (SECOND, &brings), (NEXT, &keeps)]).err();
    let end =
        ": no description of zoo.animal_noises, which stands at data/revisions/2099-12-30.txt:3";
    assert!(error.expect("refused").ends_with(end));
}

#[test]
fn a_group_that_cannot_be_requested_says_so_first_in_its_documentation() {
    let row = "zoo.animal_noises\tunknown\tno\tNoise [*]\tIt's <loud>.\n";
    let source = data::emit(&accepted(&[
        ("resources.tsv", &(text("resources.tsv") + row)),
        ("services.tsv", &(text("services.tsv") + "zoo\tThe Zoo\n")),
        (SECOND, &list(&["alerts.subscriptions", "chrome.history", "zoo.animal_noises"])),
        (NEXT, &list(&["chrome.history"])),
    ]));
    for line in [
        r"    /// **Withdrawn on 2099-12-31.** `zoo.animal_noises`: Noise \[\*\]. It's \<loud\>.",
        "    /// **Withdrawn on 2099-12-31.** `alerts.subscriptions`: Google Alerts. The topics that Google Alerts watches for you, and how you want to be alerted.",
        "    /// - Scope token: `https://www.googleapis.com/auth/dataportability.zoo.animal_noises`",
        "    /// - Category: not known",
        "    /// - Time filter: not supported",
        "    /// - Listed: from 2099-12-30 until 2099-12-31",
        "    /// `zoo`: The Zoo.",
        "    /// Resources: [`zoo.animal_noises`](Resource::ZooAnimalNoises).",
        "    /// The list of 2099-12-31: 1 scopes.",
        "    /// Withdrawn: [`alerts.subscriptions`](Resource::AlertsSubscriptions), [`zoo.animal_noises`](Resource::ZooAnimalNoises).",
        "    /// The list of 2024-01-30: 18 scopes. The first list.",
    ] {
        assert!(source.lines().any(|emitted| emitted == line), "{line}");
    }
}

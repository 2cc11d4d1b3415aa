//! build.rs refuses a data file that is wrong, and says where and how.

#[path = "../../build/mod.rs"]
pub(crate) mod data;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::data_folder::{copy_folder, describe};
use crate::lists;

/// A list to break. Its contents can be relied on: a published revision never changes.
const LIST: &str = "revisions/2026-07-19.txt";
/// A revision after the newest one.
const NEXT: &str = "revisions/2099-12-31.txt";
const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.";

/// The project's data, to be changed. It has a row for every group, so that a list may follow.
fn copy() -> TempDir {
    let copy = TempDir::new().expect("a folder");
    copy_folder(&lists::data(), copy.path());
    describe(copy.path());
    copy
}

/// A file of [`copy`].
fn text(file: &str) -> String {
    fs::read_to_string(copy().path().join(file)).expect("a file")
}

/// The number of the line that begins so.
fn line_of(file: &str, beginning: &str) -> usize {
    let found = text(file).lines().position(|line| line.starts_with(beginning));
    found.expect(beginning) + 1
}

/// What the build says when a file is changed in this way.
fn refusal(file: &str, change: impl FnOnce(String) -> String) -> String {
    let copy = copy();
    let path = copy.path().join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, change(text)).expect("the file is changed");
    match data::read(copy.path()) {
        Ok(_) => panic!("{file} is accepted"),
        Err(error) => error.to_string(),
    }
}

/// A list of these groups, with a header.
fn list<G: AsRef<str>>(groups: &[G]) -> String {
    let mut text = format!("# source: a test\n# count: {}\n", groups.len());
    for group in groups {
        text = text + SCOPE + group.as_ref() + "\n";
    }
    text
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let emit = |folder: &Path| data::emit(&data::read(folder).expect("the data"));
    let (one, other) = (copy(), copy());
    assert_eq!(emit(one.path()), emit(other.path()));
}

#[test]
fn a_wrong_count_is_refused() {
    assert_eq!(
        refusal(LIST, |text| text.replace("# count: 73", "# count: 74")),
        "data/revisions/2026-07-19.txt:2: the count says 74, but 73 scopes follow"
    );
    assert_eq!(
        refusal(LIST, |text| text.replace("# count: 73", "# count: many")),
        r#"data/revisions/2026-07-19.txt:2: the count "many" is not a number"#
    );
    for count in ["+73", "073", "73.", "-1"] {
        assert_eq!(
            refusal(LIST, |text| text.replace("# count: 73", &format!("# count: {count}"))),
            format!("data/revisions/2026-07-19.txt:2: the count {count:?} is not a number")
        );
    }
    assert_eq!(
        refusal(LIST, |text| text.replace("# count: 73", "# count: 73\n# count: 73")),
        "data/revisions/2026-07-19.txt:3: the count is given twice"
    );
    assert_eq!(
        refusal(LIST, |text| text.replace("# count: 73\n", "")),
        r##"data/revisions/2026-07-19.txt:1: has no "# count: …" line"##
    );
}

#[test]
fn a_wrong_header_is_refused() {
    assert_eq!(
        refusal(LIST, |text| text.replace("# source:", "# sauce:")),
        r##"data/revisions/2026-07-19.txt:1: unknown header line "# sauce: discovery document of the API, revision 20260719"; there are "# source: …", "# page: …" and "# count: …""##
    );
    assert_eq!(
        refusal(LIST, |text| format!("# a remark\n{text}")),
        r##"data/revisions/2026-07-19.txt:1: unknown header line "# a remark"; there are "# source: …", "# page: …" and "# count: …""##
    );
    assert_eq!(
        refusal(LIST, |text| format!("# page: \n{text}")),
        r##"data/revisions/2026-07-19.txt:1: the header line "# page: " has no value"##
    );
    assert_eq!(
        refusal(LIST, |text| text + "# page: at the end\n"),
        "data/revisions/2026-07-19.txt:76: a header line after the first scope"
    );
    assert_eq!(
        refusal(LIST, |_| "# count: 0\n".into()),
        r##"data/revisions/2026-07-19.txt:1: has no "# source: …" or "# page: …" line that says where it is from"##
    );
    assert_eq!(
        refusal(LIST, |text| text.replace("# source:", "# page:")),
        r##"data/revisions/2026-07-19.txt:1: has no "# source: …" line that names the document it was read from"##
    );
    assert_eq!(
        refusal(LIST, |_| list::<&str>(&[])),
        "data/revisions/2026-07-19.txt:1: the list has no scope"
    );
}

#[test]
fn scopes_out_of_order_and_duplicates_are_refused() {
    assert_eq!(
        refusal(LIST, |_| list(&["youtube.posts", "youtube.clips"])),
        "data/revisions/2026-07-19.txt:4: youtube.clips belongs before youtube.posts; keep scopes in byte order"
    );
    assert_eq!(
        refusal(LIST, |_| list(&["youtube.clips", "youtube.clips"])),
        "data/revisions/2026-07-19.txt:4: youtube.clips is listed twice"
    );
}

#[test]
fn foreign_scopes_are_refused() {
    for foreign in [
        "openid",
        "http://www.googleapis.com/auth/dataportability.youtube.clips",
        "https://proxy.example.com:443/https/www.googleapis.com/auth/dataportability.youtube.clips",
        " https://www.googleapis.com/auth/dataportability.youtube.clips",
    ] {
        assert_eq!(
            refusal(LIST, |_| format!("# source: a test\n# count: 1\n{foreign}\n")),
            format!(
                "data/revisions/2026-07-19.txt:3: {foreign:?} is foreign: Data Portability scopes begin with {SCOPE}"
            )
        );
    }
}

#[test]
fn malformed_scopes_are_refused() {
    for group in [
        "",
        "youtube",
        "youtube.",
        ".clips",
        "youtube..clips",
        "youtube.clips/",
        "youtube.clips ",
        "Youtube.clips",
        "youtube.cl1ps",
        "youtube._clips",
        "youtube.clips_",
        "youtube.cl__ips",
        "youtube.clíps",
    ] {
        assert_eq!(
            refusal(LIST, |_| list(&[group])),
            format!(
                "data/revisions/2026-07-19.txt:3: \"{SCOPE}{group}\" is malformed: a resource group has two or more segments of lowercase letters, joined by dots"
            )
        );
    }
}

#[test]
fn two_groups_with_one_identifier_are_refused() {
    assert_eq!(
        refusal(NEXT, |_| list(&["youtube.live.chat"])),
        "data/revisions/2099-12-31.txt:3: youtube.live.chat and youtube.live_chat would both be named YoutubeLiveChat"
    );
    assert_eq!(
        refusal(NEXT, |_| list(&["a.b_c", "a_b.c"])),
        "data/revisions/2099-12-31.txt:4: a.b_c and a_b.c would both be named ABC"
    );
}

#[test]
fn a_keyword_is_refused() {
    assert_eq!(
        refusal(NEXT, |_| list(&["self.portrait"])),
        "data/revisions/2099-12-31.txt:3: self would be named Self, a keyword of Rust"
    );
}

#[test]
fn carriage_returns_and_other_bytes_that_are_not_text_are_refused() {
    assert_eq!(
        refusal(LIST, |text| text.replace('\n', "\r\n")),
        "data/revisions/2026-07-19.txt:1: has a carriage return; end lines with LF alone"
    );
    let copy = copy();
    fs::write(copy.path().join(LIST), b"# source: a test\n\xFF\n").expect("the file is changed");
    let error = data::read(copy.path()).err().expect("refused");
    assert_eq!(error.to_string(), "data/revisions/2026-07-19.txt:2: is not UTF-8");
}

#[test]
fn a_file_that_an_editor_spoiled_is_refused_in_words_that_say_so() {
    for file in
        [LIST, "unpublished.txt", "resources.tsv", "services.tsv", "names.tsv", "not_included.tsv"]
    {
        let lines = text(file).lines().count();
        let said = |line: usize, what: &str| format!("data/{file}:{line}: {what}");
        assert_eq!(refusal(file, |_| String::new()), said(1, "the file is empty"));
        assert_eq!(
            refusal(file, |text| format!("\u{feff}{text}")),
            said(1, "begins with a byte order mark; save the file as UTF-8 without one")
        );
        assert_eq!(
            refusal(file, |text| text + "\n"),
            said(lines + 1, "the line is blank; remove it")
        );
        assert_eq!(
            refusal(file, |text| text.replacen('\n', "\n\n", 1)),
            said(2, "the line is blank; remove it")
        );
        assert_eq!(
            refusal(file, |text| text.replace('\n', "\r\n")),
            said(1, "has a carriage return; end lines with LF alone")
        );
        for (character, code) in [
            ('\0', "0000"),
            ('\u{a0}', "00A0"),
            ('\u{301}', "0301"),
            ('\u{180e}', "180E"),
            ('\u{2800}', "2800"),
            ('\u{3164}', "3164"),
            ('\u{fe0f}', "FE0F"),
            ('\u{e0041}', "E0041"),
            ('\u{1b}', "001B"),
            ('\u{85}', "0085"),
            ('\u{ad}', "00AD"),
            ('\u{61c}', "061C"),
            ('\u{200b}', "200B"),
            ('\u{2028}', "2028"),
            ('\u{202e}', "202E"),
            ('\u{2066}', "2066"),
        ] {
            assert_eq!(
                refusal(file, |text| text.trim_end().to_owned() + &character.to_string() + "\n"),
                said(
                    lines,
                    &format!(
                        "has the character U+{code}, which may not show; use Latin letters and plain punctuation"
                    )
                )
            );
        }
    }
}

#[test]
fn a_group_that_is_too_long_is_refused_and_not_quoted_whole() {
    let group = |len: usize| format!("a.{}", "b".repeat(len - 2));
    let said = refusal(NEXT, |_| list(&[group(70_000)]));
    assert!(
        said.starts_with(&format!("data/revisions/2099-12-31.txt:3: \"{SCOPE}a.bbb")),
        "{said}"
    );
    assert!(
        said.ends_with(
            "bbb…\" is too long: a resource group has at most 128 bytes, and this one has 70000"
        ),
        "{said}"
    );
    assert!(said.len() < 400, "{said}");
    assert!(refusal(NEXT, |_| list(&[group(129)])).ends_with("and this one has 129"));
    let copy = copy();
    fs::write(copy.path().join(NEXT), list(&[group(128)])).expect("a list");
    assert!(data::read(copy.path()).is_ok());
}

#[test]
fn more_groups_than_a_scope_set_holds_are_refused_and_as_many_are_not() {
    let many = |count: u8| {
        let letters =
            |n: u8| [b'a' + n / 26, b'a' + n % 26].map(char::from).iter().collect::<String>();
        (0..count).map(|n| format!("zoo.{}", letters(n))).collect::<Vec<_>>()
    };
    // The heading is not a group.
    let groups = text("resources.tsv").lines().count() - 1;
    let room = u8::try_from(128 - groups).expect("a small number");
    let too_many = many(room + 1);
    let last = too_many.last().expect("a group");
    assert_eq!(
        refusal(NEXT, |_| list(&too_many)),
        format!(
            "data/revisions/2099-12-31.txt:{}: {last} is one of 129 groups, and a scope set has room for 128",
            too_many.len() + 2
        )
    );
    let copy = copy();
    fs::write(copy.path().join(NEXT), list(&many(room))).expect("a list");
    assert!(data::read(copy.path()).is_ok());
}

#[test]
fn two_scopes_that_end_alike_are_refused_since_the_perfect_hash_reads_the_end() {
    let end = "z".repeat(32);
    assert_eq!(
        refusal(NEXT, |_| list(&[format!("a.{end}"), format!("b.{end}")])),
        format!(
            "data/revisions/2099-12-31.txt:4: the perfect hash cannot tell b.{end} from a.{end}: their last 32 bytes are the same"
        )
    );
}

#[test]
fn a_file_that_is_not_named_by_its_day_is_refused() {
    assert_eq!(
        refusal("revisions/newest.txt", |_| list(&["youtube.clips"])),
        "data/revisions/newest.txt:1: the file is not named by the day of its list, as in 2025-01-20.txt"
    );
}

#[test]
fn a_resource_without_a_row_and_a_row_without_a_resource_are_refused() {
    let without = |text: String, group: &str| -> String {
        text.split_inclusive('\n').filter(|line| !line.starts_with(group)).collect()
    };
    let lines = |file| text(file).lines().count();
    assert_eq!(
        refusal("resources.tsv", |text| without(text, "youtube.clips\t")),
        format!(
            "data/resources.tsv:{}: no description of youtube.clips, which stands at data/revisions/2024-08-28.txt:54",
            lines("resources.tsv") - 1
        )
    );
    assert_eq!(
        refusal("resources.tsv", |text| text.replace("youtube.clips", "youtube.clipz")),
        format!(
            "data/resources.tsv:{}: no list has youtube.clipz",
            line_of("resources.tsv", "youtube.clips\t")
        )
    );
    assert_eq!(
        refusal("services.tsv", |text| without(text, "maps\t")),
        format!(
            "data/services.tsv:{}: no row for maps, which stands at data/revisions/2024-03-19.txt:15",
            lines("services.tsv") - 1
        )
    );
    assert_eq!(
        refusal("services.tsv", |text| text + "zoo\tThe Zoo\n"),
        format!("data/services.tsv:{}: no list has a scope of zoo", lines("services.tsv") + 1)
    );
}

#[test]
fn a_table_that_is_malformed_is_refused() {
    assert_eq!(
        refusal("resources.tsv", |text| text.replacen("group\t", "groups\t", 1)),
        r#"data/resources.tsv:1: the heading is "groups\tcategory\ttime_filter\tlabel\tdescription", but must be "group\tcategory\ttime_filter\tlabel\tdescription""#
    );

    // A change of one row, and what is said after the number of its line.
    let line = line_of("resources.tsv", "alerts.subscriptions\t");
    let with = |from: &str, to: &str| {
        let refusal = refusal("resources.tsv", |text| {
            let start = text.find("alerts.subscriptions\t").expect("a row");
            let (before, row) = text.split_at(start);
            format!("{before}{}", row.replacen(from, to, 1))
        });
        let place = format!("data/resources.tsv:{line}: ");
        refusal.strip_prefix(&place).expect(&refusal).to_owned()
    };
    assert_eq!(with("sensitive\tno\t", "sensitive\t"), "has 4 fields, not 5");
    assert_eq!(
        with("sensitive", "delicate"),
        r#"the category "delicate" must be restricted, sensitive, sensitive (derived) or unknown"#
    );
    assert_eq!(
        with("sensitive", "restricted (derived)"),
        r#"the category "restricted (derived)" must be restricted, sensitive, sensitive (derived) or unknown"#
    );
    assert_eq!(
        with("sensitive\tno", "sensitive\tperhaps"),
        r#"the time_filter "perhaps" must be yes or no"#
    );
    assert_eq!(
        with("Google Alerts", " Google Alerts"),
        r#"the field "label" is empty or has space around it"#
    );
    let row =
        text("resources.tsv").lines().nth(line - 1).map(|row| format!("{row}\n")).expect("a row");
    assert_eq!(
        refusal("resources.tsv", |text| text.replace(&row, &format!("{row}{row}"))),
        format!("data/resources.tsv:{}: a second row for alerts.subscriptions", line + 1)
    );
    assert_eq!(
        refusal("services.tsv", |text| text.replace("\nalerts\t", "\nchrome\t")),
        format!(
            "data/services.tsv:{}: businessmessaging belongs before chrome; keep rows in byte order",
            line_of("services.tsv", "businessmessaging\t")
        )
    );
}

#[test]
fn a_table_of_names_that_is_wrong_is_refused() {
    let with = |row: &str| {
        let heading = "name\tresources\n";
        let said = refusal("names.tsv", |_| format!("{heading}{row}\n"));
        said.strip_prefix("data/names.tsv:2: ").expect(&said).to_owned()
    };
    assert_eq!(with("ad history\tmyactivity.ads"), r#"no list has "myactivity.ads""#);
    assert_eq!(with("ad history\tmyactivity.play  myactivity.maps"), r#"no list has """#);
    assert_eq!(with("ad history\tmyactivity.play myactivity.play"), "names myactivity.play twice");
    assert_eq!(
        with(
            "ad history\tmyactivity.maps myactivity.play myactivity.search myactivity.shopping myactivity.youtube"
        ),
        "names 5 resources; name at most 4"
    );
    for name in ["Ad history", "ad  history", "ad history!"] {
        assert_eq!(
            with(&format!("{name}\tmyactivity.play")),
            format!(
                "the name {name:?} is not words of lowercase letters with one space between them"
            )
        );
    }
    assert_eq!(
        with("all my data\tmyactivity.play"),
        r#"the name "all my data" has no word that says what is meant"#
    );
    assert_eq!(
        refusal("not_included.tsv", |_| "name\tproduct\nAlbums\tThe Zoo\n".into()),
        r#"data/not_included.tsv:2: the name "Albums" is not words of lowercase letters with one space between them"#
    );
}

#[test]
fn two_names_with_the_same_words_are_refused_since_one_would_never_be_found() {
    let rows = "name\tresources\nhistory of watching\tmyactivity.youtube\n";
    assert_eq!(
        refusal("names.tsv", |_| format!("{rows}watching histories\tmyactivity.maps\n")),
        r#"data/names.tsv:3: the name "watching histories" has the same words as "history of watching" of data/names.tsv:2"#
    );
    let (name, line) = ("watch history", line_of("names.tsv", "watch history\t"));
    assert_eq!(
        refusal("not_included.tsv", |_| format!("name\tproduct\n{name}\tThe Zoo\n")),
        format!(
            "data/not_included.tsv:2: the name {name:?} has the same words as {name:?} of data/names.tsv:{line}"
        )
    );
}

#[test]
fn an_everyday_name_that_a_list_gives_to_a_service_or_a_group_is_left_out_with_a_warning() {
    let copy = copy();
    let next = list(&["playlist.names", "watch.history"]);
    fs::write(copy.path().join(NEXT), next).expect("a list");
    let catalogue = data::read(copy.path()).expect("the data");
    for name in ["playlists", "watch history"] {
        let line = line_of("names.tsv", &format!("{name}\t"));
        let warning = format!(
            "data/names.tsv:{line}: {name} is what a list calls a service or a group; remove the row"
        );
        assert!(catalogue.warnings.contains(&warning), "{warning}");
        assert!(!data::emit(&catalogue).contains(&format!("({name:?}, &[")));
    }
}

#[test]
fn two_groups_with_one_label_and_two_services_with_one_product_are_refused() {
    assert_eq!(
        refusal("resources.tsv", |text| text.replace("\tCustom dictionary\t", "\tBookMarks\t")),
        format!(
            r#"data/resources.tsv:{}: the label "BookMarks" is also that of chrome.bookmarks"#,
            line_of("resources.tsv", "chrome.dictionary\t")
        )
    );
    assert_eq!(
        refusal("services.tsv", |text| text.replace("\tDiscover\n", "\tChrome\n")),
        format!(
            r#"data/services.tsv:{}: the product "Chrome" is also that of chrome"#,
            line_of("services.tsv", "discover\t")
        )
    );
}

#[test]
fn a_revision_that_lists_what_the_one_before_lists_is_refused() {
    let newest = lists::revisions().pop().map(|(day, _)| day).expect("a list");
    let text = text(&format!("revisions/{newest}.txt"));
    assert_eq!(
        refusal(NEXT, |_| text),
        format!(
            "data/revisions/2099-12-31.txt:1: lists the same scopes as data/revisions/{newest}.txt; remove one"
        )
    );
}

#[test]
fn a_list_of_a_year_without_the_api_is_refused() {
    for day in ["0000-01-01", "2023-12-31", "2100-01-01", "9999-12-31"] {
        assert_eq!(
            refusal(&format!("revisions/{day}.txt"), |_| list(&["youtube.clips"])),
            format!("data/revisions/{day}.txt:1: the day of a list is in the years 2024 to 2099")
        );
    }
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
fn an_address_of_a_document_begins_with_https() {
    for (address, scheme) in [
        ("javascript:alert(1)", "javascript"),
        ("http://example.com/", "http"),
        ("DATA:text/html,x", "DATA"),
    ] {
        for key in ["page", "source"] {
            assert_eq!(
                refusal(LIST, |text| format!("# {key}: {address}\n{text}")),
                format!(
                    "data/revisions/2026-07-19.txt:1: {address:?} is an address of the scheme {scheme}; give one that begins with https://"
                )
            );
        }
    }
    let copy = copy();
    let next = format!("# page: https://example.com/\n{}", list(&["youtube.clips"]));
    fs::write(copy.path().join(NEXT), next).expect("a list");
    assert!(data::read(copy.path()).is_ok());
}

#[test]
fn a_scope_that_a_published_list_has_is_not_in_the_list_of_unpublished_scopes() {
    let unpublished = format!("# page: the user guide\n# count: 1\n{SCOPE}youtube.clips\n");
    let what =
        "youtube.clips is published: data/revisions/2024-08-28.txt:54 has it; remove it here";
    assert_eq!(
        refusal("unpublished.txt", |_| unpublished),
        format!("data/unpublished.txt:3: {what}")
    );
    // A new list is one new file.
    let copy = copy();
    let unpublished = format!("# page: the user guide\n# count: 1\n{SCOPE}zoo.animals\n");
    fs::write(copy.path().join("unpublished.txt"), unpublished).expect("a list");
    fs::write(copy.path().join(NEXT), list(&["fitbit.device_events", "zoo.animals"]))
        .expect("a list");
    let warnings = data::read(copy.path()).expect("the data").warnings;
    assert_eq!(
        warnings.first().map(String::as_str),
        Some(
            "data/unpublished.txt:3: zoo.animals is published: data/revisions/2099-12-31.txt:4 has it; remove it here"
        )
    );
}

#[test]
fn the_list_of_unpublished_scopes_may_be_emptied_and_deleted_once_a_published_list_has_them() {
    let copy = copy();
    let unpublished = copy.path().join("unpublished.txt");
    let listed: Vec<String> = data::read(copy.path())
        .expect("the data")
        .groups
        .into_iter()
        .map(|group| group.name)
        .collect();
    let next = list(&listed);
    fs::write(copy.path().join(NEXT), &next).expect("a list");
    assert!(data::read(copy.path()).is_ok(), "kept");
    fs::write(&unpublished, "# page: the user guide\n# count: 0\n").expect("a list");
    assert!(data::read(copy.path()).is_ok(), "emptied");
    fs::remove_file(&unpublished).expect("deleted");
    assert!(data::read(copy.path()).is_ok(), "deleted");
}

#[test]
fn a_scope_does_not_vanish_when_the_list_of_unpublished_scopes_does() {
    let never_published = |catalogue: &data::Catalogue| -> Vec<String> {
        let groups = catalogue.groups.iter();
        groups.filter(|group| group.listings.is_empty()).map(|group| group.name.clone()).collect()
    };
    let copy = copy();
    let lost = never_published(&data::read(copy.path()).expect("the data"));
    fs::remove_file(copy.path().join("unpublished.txt")).expect("deleted");
    match (lost.first(), data::read(copy.path())) {
        (None, read) => assert!(read.is_ok()),
        (Some(group), read) => {
            let error = read.err().expect("refused").to_string();
            assert!(error.contains(": no list has "), "{group}: {error}");
        }
    }
}

#[test]
fn a_new_list_that_has_what_the_api_left_out_is_accepted_with_a_warning() {
    let table = text("not_included.tsv");
    let rows = || table.lines().enumerate().skip(1);
    let (name, product) = rows()
        .filter_map(|(_, row)| row.split_once('\t'))
        .find(|(name, _)| !name.contains(' '))
        .expect("a row of one word");
    let copy = copy();
    let group = format!("{name}.things");
    fs::write(copy.path().join(NEXT), list(&[&group])).expect("a list");
    let catalogue = data::read(copy.path()).expect("the data");
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
    let copy = copy();
    let next = text(LIST).replace("# count: 73", "# count: 74") + SCOPE + "zoo.animal_noises\n";
    fs::write(copy.path().join(NEXT), next).expect("a list");
    let catalogue = data::read(copy.path()).expect("the data");
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
        "category: None,",
        "supports_time_filter: false,",
        "listings: &[Listing { since: Revision::R2099_12_31, until: None }]",
    ] {
        assert!(source.contains(emitted), "{emitted}");
    }
}

#[test]
fn a_row_that_was_not_filled_in_counts_as_none() {
    let row =
        "zoo.animal_noises\tunknown\tno\tAnimal noises\tWhat Google lists as zoo.animal_noises.\n";
    let copy = copy();
    let resources = text("resources.tsv") + row;
    fs::write(copy.path().join("resources.tsv"), resources).expect("a table");
    fs::write(copy.path().join("services.tsv"), text("services.tsv") + "zoo\tZoo\n")
        .expect("a table");
    fs::write(copy.path().join(NEXT), list(&["zoo.animal_noises"])).expect("a list");
    let catalogue = data::read(copy.path()).expect("the data");
    assert_eq!(
        catalogue.warnings.last().map(String::as_str),
        Some("data/resources.tsv does not describe zoo.animal_noises yet")
    );
    // The next revision requires the row.
    let before = copy.path().join("revisions/2099-12-30.txt");
    fs::copy(copy.path().join(NEXT), before).expect("a list");
    let next = list(&["youtube.clips", "zoo.animal_noises"]);
    fs::write(copy.path().join(NEXT), next).expect("a list");
    let error = data::read(copy.path()).err().expect("refused").to_string();
    assert!(
        error.ends_with(
            ": no description of zoo.animal_noises, which stands at data/revisions/2099-12-30.txt:3"
        ),
        "{error}"
    );
}

#[test]
fn a_group_that_cannot_be_requested_says_so_first_in_its_documentation() {
    let copy = copy();
    let next = list(&["chrome.history"]);
    fs::write(copy.path().join(NEXT), next).expect("a list");
    fs::write(
        copy.path().join("revisions/2099-12-30.txt"),
        list(&["alerts.subscriptions", "chrome.history", "zoo.animal_noises"]),
    )
    .expect("a list");
    let resources =
        text("resources.tsv") + "zoo.animal_noises\tunknown\tno\tNoise [*]\tIt's <loud>.\n";
    fs::write(copy.path().join("resources.tsv"), resources).expect("a table");
    let services = text("services.tsv") + "zoo\tThe Zoo\n";
    fs::write(copy.path().join("services.tsv"), services).expect("a table");
    let source = data::emit(&data::read(copy.path()).expect("the data"));
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

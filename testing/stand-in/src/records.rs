//! What archives hold: made-up records in the forms that Google's schema reference documents.
//!
//! The fields of a group are those of its page
//! (`developers.google.com/data-portability/schema-reference/…`) or, where the page names none or
//! is stored in other languages only, of exports that people published. Every other group is a
//! JSON list of titles and times, which is a guess. The forms are the files in `records/`: their
//! line with placeholders is repeated for each record.

use std::time::{Duration, SystemTime};

use crate::google::unix_seconds;
use crate::jobs::Export;
use crate::rfc3339::rfc3339;

/// How many records there are of a group in each part.
const RECORDS: u32 = 5;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The groups, or the first letters of their names, with file and form.
const FORMS: [(&str, &str, &str); 10] = [
    ("youtube.subscriptions", "subscriptions.csv", include_str!("records/subscriptions.csv")),
    ("youtube.comments", "comments.csv", include_str!("records/comments.csv")),
    ("chrome.history", "History.json", include_str!("records/history.json")),
    ("chrome.bookmarks", "Bookmarks.html", include_str!("records/bookmarks.html")),
    ("maps.reviews", "Reviews.json", include_str!("records/reviews.json")),
    ("maps.starred_places", "Saved Places.json", include_str!("records/saved_places.json")),
    ("discover.follows", "Follows.csv", include_str!("records/follows.csv")),
    ("discover.not_interested", "Not Interested.csv", include_str!("records/not_interested.csv")),
    ("myactivity.", "{product}/MyActivity.json", include_str!("records/activity.json")),
    ("", "{leaf}.json", include_str!("records/titles.json")),
];

/// What placeholders stand for, one text after the other: five a line, some as fields of CSV.
const TEXTS: &str = include_str!("records/texts.tsv");

/// The names that Google gives services in exports, and the products of My Activity.
const NAMES: &str = include_str!("records/names.tsv");

/// Returns the path and the content of a group's file in a part, counted from 1. The path is below
/// the folder of the service.
pub(crate) fn file(export: &Export, group: &str, part: u32) -> (String, String) {
    let (_, leaf) = group.split_once('.').unwrap_or((group, group));
    let found = FORMS.iter().find(|(start, ..)| group.starts_with(start));
    let (name, form) = found.map_or(("", ""), |(_, name, form)| (*name, *form));
    let of_group = |text: &str| {
        let text = text.replace("{product}", name_of(group, leaf));
        text.replace("{leaf}", leaf).replace("{group}", group)
    };
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let content = form.lines().map(|line| {
        if !["{n", "{search}", "{channel}"].iter().any(|it| line.contains(it)) {
            return format!("{line}\n");
        }
        let records = (1..=RECORDS).map(|index| {
            let number = part.saturating_sub(1) * RECORDS + index;
            let time = export.end.checked_sub(HOUR * number);
            record(line, number, time.max(export.start).unwrap_or(export.end))
        });
        let between = if extension == "json" { ",\n" } else { "\n" };
        records.collect::<Vec<_>>().join(between) + "\n"
    });
    let part = if part == 1 { String::new() } else { format!("({})", part - 1) };
    let path = of_group(&format!("{stem}{part}.{extension}"));
    (path, of_group(&content.collect::<String>()))
}

/// Fills in the placeholders of a record: its number, from 1 on over all parts, and its time.
fn record(line: &str, number: u32, time: SystemTime) -> String {
    let mut record = line
        .replace("{time}", rfc3339(time).trim_end_matches('Z'))
        .replace("{seconds}", &unix_seconds(time).to_string());
    for width in [1, 3, 10, 22, 24] {
        record = record.replace(&format!("{{n{width}}}"), &format!("{number:0width$}"));
    }
    for (placeholder, texts) in TEXTS.lines().filter_map(|line| line.split_once('\t')) {
        let text = texts.split('\t').cycle().nth(number.saturating_sub(1) as usize);
        record = record.replace(placeholder, text.unwrap_or_default());
    }
    record
}

/// The folder of a service: the name that Google gives it, as far as known.
pub(crate) fn folder_of(service: &str) -> &str {
    name_of(service, service)
}

fn name_of<'n>(key: &str, unknown: &'n str) -> &'n str {
    let mut names = NAMES.lines().filter_map(|line| line.split_once('\t'));
    names.find(|(it, _)| *it == key).map_or(unknown, |(_, name)| name)
}

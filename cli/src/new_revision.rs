//! `drift --write`: adds a published list to the project as a new revision.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dataportability_scopes::catalogue::{Date, Revision, SCOPE_PREFIX, Scope, UnlistedScope};
use dataportability_scopes::drift::PublishedList;
use serde_json::{Value, json};

use crate::catalogue::{Catalogue, Listed, ResourceEntry, RevisionEntry, write_file};
use crate::output::Output;
use crate::terminal::wrap;

/// The files that change with a new revision, not yet written.
pub(crate) struct NewRevision {
    files: Vec<(PathBuf, String)>,
    /// The resource groups and the services that a person has to describe.
    new_resources: Vec<String>,
    new_services: Vec<String>,
}

impl NewRevision {
    /// Works out what to write for a list that is newer than all revisions.
    pub(crate) fn new(list: &PublishedList, project: &Path) -> Result<NewRevision, String> {
        let date = check(list, project)?;
        let built_in = Catalogue::built_in();
        let catalogue = with_revision(Catalogue::built_in(), list, date);
        let is_new = |entry: &&ResourceEntry| {
            let known = built_in.resources.iter();
            !known.clone().any(|known| known.resource == entry.resource)
        };
        let is_new_service = |entry: &&ResourceEntry| {
            let known = built_in.resources.iter();
            !known.clone().any(|known| known.service == entry.service)
        };
        let new: Vec<&ResourceEntry> = catalogue.resources.iter().filter(is_new).collect();
        let new_services: BTreeSet<(&str, &str)> = new
            .iter()
            .copied()
            .filter(is_new_service)
            .map(|entry| (entry.service.as_str(), entry.product.as_str()))
            .collect();

        let mut files = vec![(revision_file(date), revision_text(list, date))];
        let mut change = |file: &str, change: &dyn Fn(&str) -> String| {
            let path = project.join(file);
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let changed = change(&text);
            if changed != text {
                files.push((file.into(), changed));
            }
            Ok::<(), String>(())
        };
        change("data/resources.tsv", &|text| {
            new.iter().fold(text.to_owned(), |text, entry| {
                with_row(&text, |column| match column {
                    "group" => &entry.resource,
                    "category" => entry.category,
                    "time_filter" => "no",
                    "label" => &entry.label,
                    _ => &entry.description,
                })
            })
        })?;
        change("data/services.tsv", &|text| {
            new_services
                .iter()
                .fold(text.to_owned(), |text, (service, product)| {
                    with_row(&text, |column| {
                        if column == "service" {
                            service
                        } else {
                            product
                        }
                    })
                })
        })?;
        let entry = changelog_entry(list, date);
        change("CHANGELOG.md", &|text| with_data_entry(text, &entry))?;
        for (name, content) in catalogue.files() {
            files.push((name.into(), content));
        }
        Ok(NewRevision {
            files: files
                .into_iter()
                .map(|(file, content)| (project.join(file), content))
                .collect(),
            new_resources: new.iter().map(|entry| entry.resource.clone()).collect(),
            new_services: new_services
                .iter()
                .map(|(service, _)| (*service).to_owned())
                .collect(),
        })
    }

    pub(crate) fn write(&self) -> Result<(), String> {
        let mut files = self.files.iter();
        files.try_for_each(|(path, content)| write_file(path, content))
    }

    pub(crate) fn print(&self, out: &mut Output) {
        out.print("\nWrote\n");
        for (path, _) in &self.files {
            out.print_line(format_args!("  {}", path.display()));
        }
        out.print("\nTo do\n");
        for resource in &self.new_resources {
            out.print_line(format_args!("  describe {resource} in data/resources.tsv"));
        }
        for service in &self.new_services {
            out.print_line(format_args!(
                "  name the product of {service} in data/services.tsv"
            ));
        }
        if !self.new_resources.is_empty() {
            out.print_line("  make the files again: cargo run -p dataportability-scopes-cli -- catalogue --write .");
        }
        out.print_line("  run the tests: cargo test --workspace");
    }

    pub(crate) fn to_json(&self) -> Value {
        let paths = self
            .files
            .iter()
            .map(|(path, _)| path.display().to_string());
        json!({
            "files": paths.collect::<Vec<_>>(),
            "new_resources": self.new_resources,
            "new_services": self.new_services,
        })
    }
}

/// Returns the date of the list, if it can be added to the project.
fn check(list: &PublishedList, project: &Path) -> Result<Date, String> {
    let Some(date) = list.date() else {
        return Err(
            "the document has no date; give a discovery document, which has one in its revision"
                .into(),
        );
    };
    let newest = Revision::NEWEST.date();
    if date <= newest {
        return Err(format!(
            "the document is of {date}, and the newest revision of {newest}; give a newer document"
        ));
    }
    for token in list.tokens().filter(|token| Scope::find(token).is_none()) {
        if let Err(error) = token.parse::<UnlistedScope>() {
            return Err(error.to_string());
        }
    }
    let revisions = project.join("data/revisions");
    let days = fs::read_dir(&revisions).map_err(|error| {
        format!(
            "{}: {error}; give the folder of the project with --project",
            revisions.display()
        )
    })?;
    let days = days
        .filter_map(Result::ok)
        .filter_map(|entry| entry.path().file_stem()?.to_str()?.parse::<Date>().ok());
    match days.max() {
        Some(day) if day == newest => Ok(date),
        Some(day) => Err(format!(
            "the project's newest revision is {day}, and this program was built with {newest}; build it again from the project"
        )),
        None => Err(format!("{} has no revision", revisions.display())),
    }
}

fn revision_file(date: Date) -> PathBuf {
    PathBuf::from(format!("data/revisions/{date}.txt"))
}

fn source(date: Date) -> String {
    let revision = date.to_string().replace('-', "");
    format!("discovery document of the API, revision {revision}")
}

fn revision_text(list: &PublishedList, date: Date) -> String {
    let tokens: Vec<&str> = list.tokens().collect();
    format!(
        "# source: {}\n# count: {}\n{}\n",
        source(date),
        tokens.len(),
        tokens.join("\n")
    )
}

/// Returns the catalogue as it is once the project is built with the new revision.
fn with_revision(mut catalogue: Catalogue, list: &PublishedList, date: Date) -> Catalogue {
    let names: BTreeSet<&str> = list
        .tokens()
        .filter_map(|token| token.strip_prefix(SCOPE_PREFIX))
        .collect();
    for entry in &mut catalogue.resources {
        let current = entry
            .listed
            .last_mut()
            .filter(|listed| listed.until.is_none());
        match (current, names.contains(entry.resource.as_str())) {
            (Some(listed), false) => listed.until = Some(date),
            (None, true) => entry.listed.push(Listed {
                since: date,
                until: None,
            }),
            _ => {}
        }
    }
    for name in &names {
        let place = catalogue
            .resources
            .binary_search_by(|entry| entry.resource.as_str().cmp(name));
        if let Err(place) = place {
            let entry = undescribed(name, date, &catalogue);
            catalogue.resources.insert(place, entry);
        }
    }
    catalogue.revisions.push(RevisionEntry {
        date,
        count: names.len(),
        sources: vec![source(date)],
        pages: Vec::new(),
    });
    catalogue
}

/// Returns a new resource group, with the words that `build.rs` has for it.
fn undescribed(name: &str, date: Date, catalogue: &Catalogue) -> ResourceEntry {
    let (service, leaf) = name.split_once('.').unwrap_or((name, name));
    let mut known = catalogue.resources.iter();
    let product = known
        .find(|entry| entry.service == service)
        .map_or_else(|| words(service), |entry| entry.product.clone());
    ResourceEntry {
        resource: name.to_owned(),
        scope: format!("{SCOPE_PREFIX}{name}"),
        service: service.to_owned(),
        product,
        label: words(leaf),
        description: format!("What Google lists as {name}."),
        category: "unknown",
        category_source: "none",
        time_filter: false,
        listed: vec![Listed {
            since: date,
            until: None,
        }],
    }
}

/// `camera_event` becomes `Camera event`.
fn words(name: &str) -> String {
    let words = name.replace(['.', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns a table with one more row, in the order of the first fields.
fn with_row<'row>(table: &str, field: impl Fn(&str) -> &'row str) -> String {
    let mut lines: Vec<&str> = table.lines().collect();
    let heading = lines.first().copied().unwrap_or_default();
    let fields: Vec<&str> = heading.split('\t').map(field).collect();
    let row = fields.join("\t");
    let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    let rows = lines.iter().skip(1);
    let place = 1 + rows.take_while(|line| first(line) < first(&row)).count();
    lines.insert(place.min(lines.len()), &row);
    lines.join("\n") + "\n"
}

fn changelog_entry(list: &PublishedList, date: Date) -> String {
    let drift = list.compare_to(Revision::NEWEST);
    let quoted = |token: &str| format!("`{}`", token.strip_prefix(SCOPE_PREFIX).unwrap_or(token));
    let added: Vec<String> = drift.added.iter().map(|token| quoted(token)).collect();
    let removed: Vec<String> = drift
        .removed
        .iter()
        .map(|scope| quoted(scope.as_str()))
        .collect();
    let mut entry = format!("The list of {date}, with {} scopes", list.tokens().count());
    for (what, names) in [("added", added), ("withdrawn", removed)] {
        if !names.is_empty() {
            entry = format!("{entry}; {what}: {}", names.join(", "));
        }
    }
    format!("- {}", wrap(&format!("{entry}."), 118).join("\n  "))
}

/// Returns the changelog with one more entry at the end of what is unreleased under *Data*.
fn with_data_entry(changelog: &str, entry: &str) -> String {
    const UNRELEASED: &str = "## Unreleased\n";
    const DATA: &str = "### Data\n";
    let Some(unreleased) = changelog.find(UNRELEASED) else {
        let first = changelog
            .find("\n## ")
            .map_or(changelog.len(), |newline| newline + 1);
        let (before, after) = changelog.split_at(first);
        return format!("{before}{UNRELEASED}\n{DATA}\n{entry}\n\n{after}");
    };
    let (before, section) = changelog.split_at(unreleased + UNRELEASED.len());
    let (section, after) = section.split_at(section.find("\n## ").unwrap_or(section.len()));
    let Some(data) = section.find(DATA) else {
        return format!("{before}\n{DATA}\n{entry}\n{section}{after}");
    };
    let (above, data) = section.split_at(data + DATA.len());
    let (data, below) = data.split_at(data.find("\n### ").unwrap_or(data.len()));
    format!("{before}{above}\n{}\n{entry}\n{below}{after}", data.trim())
}

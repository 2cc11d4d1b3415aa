//! `cargo xtask drift`: adds a published list to the project as a new revision.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use dataportability_scopes::catalogue::{Date, NewerScope, Revision, SCOPE_PREFIX, Scope, Service};
use dataportability_scopes::drift::PublishedList;

use crate::{read, write};

/// Show which files a new revision changes, and what is left to do.
#[derive(Args)]
pub(crate) struct DriftArgs {
    /// A discovery document; "-" reads standard input
    file: PathBuf,
    /// Change the files
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &DriftArgs, project: &Path) -> Result<()> {
    let list = if args.file.as_os_str() == "-" {
        PublishedList::from_reader(io::stdin().lock())
    } else {
        let file = File::open(&args.file).with_context(|| args.file.display().to_string());
        PublishedList::from_reader(file?)
    }?;
    let drift = list.compare();
    if drift.identical_to == Some(Revision::NEWEST) {
        println!("Identical to the revision {}. Nothing to write.", Revision::NEWEST);
        return Ok(());
    }
    let date = date(&list, project)?;
    let new: BTreeSet<&str> = list
        .tokens()
        .filter(|token| Scope::find(token).is_none())
        .filter_map(|token| token.strip_prefix(SCOPE_PREFIX))
        .collect();
    let new_services: BTreeSet<&str> = new
        .iter()
        .map(|name| service(name))
        .filter(|service| Service::all().all(|known| known.name() != *service))
        .collect();

    let change = |file: &str, change: &dyn Fn(&str) -> String| {
        let path = project.join(file);
        read(&path).map(|text| (path, change(&text)))
    };
    let mut files = vec![
        (project.join(format!("data/revisions/{date}.txt")), revision_file(&list, date)),
        change("CHANGELOG.md", &|text| with_data_entry(text, &changelog_entry(&list, date)))?,
    ];
    if !new.is_empty() {
        files.push(change("data/resources.tsv", &|text| with_rows(text, new.iter().map(row)))?);
    }
    if !new_services.is_empty() {
        files.push(change("data/services.tsv", &|text| {
            let rows = new_services.iter();
            with_rows(text, rows.map(|service| format!("{service}\t{}", words(service))))
        })?);
    }
    println!("{}", if args.write { "Wrote" } else { "Would write" });
    for (path, text) in &files {
        if args.write {
            write(path, text)?;
        }
        println!("  {}", path.display());
    }
    println!("To do");
    for resource in &new {
        println!("  describe {resource} in data/resources.tsv");
    }
    for service in &new_services {
        println!("  name the product of {service} in data/services.tsv");
    }
    println!("  make the generated files again: cargo xtask catalogue --write");
    println!("  run the tests: cargo test --workspace");
    Ok(())
}

/// Returns the date of the list, if it can be added to the project.
fn date(list: &PublishedList, project: &Path) -> Result<Date> {
    let date = list.date().context(
        "the document has no date; give a discovery document, which has one in its revision",
    )?;
    let newest = Revision::NEWEST.date();
    ensure!(
        date > newest,
        "the document is of {date}, and the newest revision of {newest}; give a newer document"
    );
    for token in list.tokens().filter(|token| Scope::find(token).is_none()) {
        token.parse::<NewerScope>()?;
    }
    let revisions = project.join("data/revisions");
    let names = fs::read_dir(&revisions).with_context(|| {
        format!("give the folder of the project with --project: {}", revisions.display())
    })?;
    let days = names
        .filter_map(Result::ok)
        .filter_map(|entry| entry.path().file_stem()?.to_str()?.parse::<Date>().ok());
    let day = days.max().unwrap_or(newest);
    ensure!(
        day == newest,
        "the project's newest revision is {day}, and this program was built with {newest}; build \
         it again from the project"
    );
    Ok(date)
}

fn revision_file(list: &PublishedList, date: Date) -> String {
    let tokens: Vec<&str> = list.tokens().collect();
    format!(
        "# source: discovery document of the API, revision {}\n# count: {}\n{}\n",
        date.to_string().replace('-', ""),
        tokens.len(),
        tokens.join("\n")
    )
}

/// Returns the row of a new resource group, with the words that the build asks to replace.
fn row(name: &&str) -> String {
    let leaf = name.split_once('.').map_or(*name, |(_, leaf)| leaf);
    format!("{name}\tunknown\tno\t{}\tWhat Google lists as {name}.", words(leaf))
}

fn service(name: &str) -> &str {
    name.split_once('.').map_or(name, |(service, _)| service)
}

/// `camera_event` becomes `Camera event`.
fn words(name: &str) -> String {
    let words = name.replace(['.', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns a table with more rows, in the order of the first fields.
fn with_rows(table: &str, new: impl Iterator<Item = String>) -> String {
    let (heading, rows) = table.split_once('\n').unwrap_or((table, ""));
    let mut rows: Vec<String> = rows.lines().map(str::to_owned).chain(new).collect();
    rows.sort_by(|one, other| one.split('\t').next().cmp(&other.split('\t').next()));
    format!("{heading}\n{}\n", rows.join("\n"))
}

fn changelog_entry(list: &PublishedList, date: Date) -> String {
    let drift = list.compare_to(Revision::NEWEST);
    let quoted = |token: &str| format!("`{}`", token.strip_prefix(SCOPE_PREFIX).unwrap_or(token));
    let added: Vec<String> = drift.added.iter().map(|token| quoted(token)).collect();
    let removed = drift.removed.iter().map(|scope| quoted(scope.as_str()));
    let mut entry = format!("The list of {date}, with {} scopes", list.tokens().count());
    for (what, names) in [("added", added), ("withdrawn", removed.collect())] {
        if !names.is_empty() {
            entry = format!("{entry}; {what}: {}", names.join(", "));
        }
    }
    let options =
        textwrap::Options::new(100).break_words(false).initial_indent("- ").subsequent_indent("  ");
    textwrap::fill(&format!("{entry}."), options)
}

/// Returns the changelog with one more entry at the end of what is unreleased under *Data*.
fn with_data_entry(changelog: &str, entry: &str) -> String {
    const UNRELEASED: &str = "## Unreleased\n";
    const DATA: &str = "### Data\n";
    let Some(unreleased) = changelog.find(UNRELEASED) else {
        let first = changelog.find("\n## ").map_or(changelog.len(), |newline| newline + 1);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changelog_without_the_section_gets_it() {
        let (head, data) = ("# Changelog\n\n", "### Data\n\nENTRY\n\n");
        for (before, after) in [
            ("## Unreleased\n\n### API\n\n- All.\n", "## Unreleased\n\nDATA### API\n\n- All.\n"),
            ("## 1.0.0\n\n- Old.\n", "## Unreleased\n\nDATA## 1.0.0\n\n- Old.\n"),
            (
                "## Unreleased\n\n### Data\n\n- One.\n\n## 1.0.0\n",
                "## Unreleased\n\n### Data\n\n- One.\nENTRY\n\n## 1.0.0\n",
            ),
            ("## Unreleased\n\n## 1.0.0\n", "## Unreleased\n\nDATA## 1.0.0\n"),
        ] {
            let (before, after) = (format!("{head}{before}"), format!("{head}{after}"));
            let after = after.replace("DATA", data);
            assert_eq!(with_data_entry(&before, "ENTRY"), after);
        }
    }
}

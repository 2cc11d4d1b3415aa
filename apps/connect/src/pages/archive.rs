use maud::{Markup, html};

use super::{Ask, Step, View, count, labels, size};
use crate::archive::{Contents, Entry};
use crate::store::StoredArchive;

/// The page on which the user looks through what has arrived.
pub(crate) fn archive_page(
    view: &View,
    archive: &StoredArchive,
    contents: Option<&Contents>,
) -> Markup {
    let labels = labels(archive.resources);
    let files = contents.map_or(0, |contents| contents.files.len());
    view.frame(&labels, Some(Step::Look)).page(&html! {
        p.lede {
            "Arrived " (view.zone.moment(archive.arrived, view.now)) ". "
            @if contents.is_some() { (count(files, "file")) ", " }
            (size(archive.bytes)) "."
            @if !archive.account.is_empty() { " From " (archive.account) "." }
        }
        @match contents {
            None => p.notice.wrong {
                "It cannot be read here. Download it to look at it elsewhere."
            },
            Some(contents) => {
                @if contents.incomplete {
                    div.notice.wrong {
                        h2 { "Something is missing" }
                        p {
                            "Google says that this archive is incomplete. Export it again to get "
                            "the rest."
                        }
                    }
                }
                @if contents.files.is_empty() {
                    p { "There is nothing in it: Google has no data of this kind." }
                }
                @for file in &contents.files { (entry(file)) }
                @if contents.more { p { "There are more files than are shown here." } }
            }
        }
        // The files themselves come second.
        h2 { "Keep a copy" }
        p.actions {
            @for number in 1..=archive.files {
                a.button.quiet href=(format!("/archives/{}/{number}", archive.id.0)) download {
                    "Download" @if archive.files > 1 { " part " (number) }
                }
            }
        }
        p.actions {
            a href="/exports" { "Your data" }
            a.danger-link href=(format!("/archives/{}/delete", archive.id.0)) { "Delete it…" }
        }
    })
}

fn entry(file: &Entry) -> Markup {
    html! {
        details.file open[file.preview.is_some()] {
            summary { span.name { (file.name) } span.count { (size(file.bytes)) } }
            @match &file.preview {
                None => p { "This kind of file is not shown here. It is in the download." },
                Some(preview) => {
                    @match preview.count {
                        Some(0) => p { "It is empty." },
                        Some(1) => p { "1 entry." },
                        Some(count) if count <= preview.entries.len() => p { (count) " entries." },
                        Some(count) => p {
                            "The first " (preview.entries.len()) " of " (count) " entries."
                        },
                        None => p { "The first entries." },
                    }
                    @for fields in &preview.entries {
                        dl.entry {
                            @for (name, value) in fields { dt { (name) } dd { (value) } }
                        }
                    }
                }
            }
        }
    }
}

/// The page that asks before something that has arrived is deleted.
pub(crate) fn delete_page(view: &View, archive: &StoredArchive) -> Markup {
    let heading = format!("Delete {}?", labels(archive.resources));
    let delete = Ask { heading: &heading, yes: "Delete", no: "Keep it" };
    view.ask(
        Step::Look,
        &delete,
        &html! {
            p.lede { "It is deleted here at once. Google’s own data is untouched." }
        },
    )
}

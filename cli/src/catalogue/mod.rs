//! `catalogue`: the whole catalogue as files.

mod chart;
mod entry;
mod json;
mod resources_page;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Revision};

use crate::Answer;
use crate::help::examples;
use crate::output::Output;
pub(crate) use entry::{Listed, ResourceEntry, RevisionEntry, listed, listed_in_words};

/// Print the whole catalogue as JSON.
///
/// It has one line for each revision of Google's list and for each resource group, in a stable
/// order. `catalogue.schema.json` in the project describes it.
#[derive(Args)]
#[command(after_help = examples(&["dataportability-scopes catalogue > catalogue.json"]))]
pub(crate) struct CatalogueArgs {
    /// Write catalogue.json, RESOURCES.md and RESOURCES.svg into this folder instead
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

pub(crate) fn run(args: &CatalogueArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let catalogue = Catalogue::built_in();
    match &args.write {
        None => out.print_data(&catalogue.to_json()),
        Some(folder) => {
            for (name, content) in catalogue.files() {
                write_file(&folder.join(name), &content)?;
                out.print_line(format_args!("wrote {}", folder.join(name).display()));
            }
        }
    }
    Ok(Answer::Yes)
}

pub(crate) fn write_file(path: &Path, content: &str) -> Result<(), String> {
    fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}

/// Every revision and every resource group, each in order.
pub(crate) struct Catalogue {
    pub(crate) revisions: Vec<RevisionEntry>,
    pub(crate) resources: Vec<ResourceEntry>,
}

impl Catalogue {
    /// Returns what this program was built with.
    pub(crate) fn built_in() -> Catalogue {
        Catalogue {
            revisions: Revision::all().map(RevisionEntry::new).collect(),
            resources: Resource::all().map(ResourceEntry::new).collect(),
        }
    }

    /// Returns the names and contents of the files that are made from the catalogue.
    pub(crate) fn files(&self) -> [(&'static str, String); 3] {
        [
            ("catalogue.json", self.to_json()),
            ("RESOURCES.md", self.to_page()),
            ("RESOURCES.svg", self.to_chart()),
        ]
    }

    /// Returns the services as the product names and their resource groups, in the order of the
    /// product names.
    fn products(&self) -> Vec<(&str, Vec<&ResourceEntry>)> {
        let mut products: Vec<(&str, Vec<&ResourceEntry>)> = Vec::new();
        for entry in &self.resources {
            match products.last_mut() {
                Some((product, entries)) if *product == entry.product => entries.push(entry),
                _ => products.push((&entry.product, vec![entry])),
            }
        }
        products.sort_by_key(|(product, _)| product.to_lowercase());
        products
    }
}

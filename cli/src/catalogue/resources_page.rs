//! `RESOURCES.md`.

use super::{Catalogue, ResourceEntry, listed_in_words};
use crate::output::Output;

impl Catalogue {
    /// Returns the page with the chart and a table for each service.
    pub(crate) fn to_page(&self) -> String {
        let products = self.products();
        let newest = self.revisions.last();
        let mut page = Output::default();
        page.print(format_args!(
            "# Resource groups\n\n\
             <!-- Made by `dataportability-scopes catalogue --write .`: edit data/ instead. -->\n\n\
             What an app can export through Google's Data Portability API: {} resource groups of {} services.\n",
            self.resources.len(),
            products.len()
        ));
        if let Some(newest) = newest {
            page.print(format_args!(
                "The newest list is that of {}. It has {} of them.\n\n![{}](RESOURCES.svg)\n",
                newest.date,
                newest.count,
                self.chart_title()
            ));
        }
        page.print(
            "\n- **Resource**: the name that the API's `resources` field takes. The scope is the name after \
             `https://www.googleapis.com/auth/dataportability.`\n\
             - **Category**: Google verifies an app that asks for a sensitive scope. For a restricted scope it asks for a \
             security assessment too. *Derived*: Google says that the scope is sensitive or restricted, and its list of restricted \
             scopes does not have it.\n\
             - **Time filter**: whether an export can be limited with a start time and an end time.\n\
             - **Listed**: the day of the first list that has the scope and, after *until*, of the first list that no longer \
             has it.\n",
        );
        for (product, entries) in products {
            page.print(format_args!(
                "\n## {}\n\n| Resource | Label | Category | Time filter | Listed |\n|---|---|---|---|---|\n",
                cell(product)
            ));
            for entry in entries {
                page.print(row(entry));
            }
        }
        page.into_string()
    }
}

fn row(entry: &ResourceEntry) -> String {
    format!(
        "| `{}` | {} | {} | {} | {} |\n",
        entry.resource,
        cell(&entry.label),
        entry.category_in_words(),
        if entry.time_filter { "yes" } else { "no" },
        listed_in_words(&entry.listed)
    )
}

/// Returns a text of the data as it stands in a table of Markdown.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '|' | '\\' | '*' | '_' | '`' | '<' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

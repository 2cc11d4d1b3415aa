//! The Rust source of the catalogue: enums, their names, and tables. No behaviour.

use std::fmt::{Arguments, Write};

use super::catalogue::{Catalogue, Category, Group};
use super::date::Date;
use super::document;

/// Returns what `build.rs` writes to `$OUT_DIR/catalogue.rs`. The same data gives the same text.
pub(crate) fn emit(catalogue: &Catalogue) -> String {
    let mut out = Source(String::new());
    out.enumeration(
        "Service",
        catalogue.services.iter().map(|service| Variant {
            identifier: service.variant.clone(),
            name: service.name.clone(),
            document: document::of_service(catalogue, service),
        }),
    );
    out.enumeration(
        "Resource",
        catalogue.groups.iter().map(|group| Variant {
            identifier: group.variant.clone(),
            name: group.name.clone(),
            document: document::of_group(catalogue, group),
        }),
    );
    out.enumeration(
        "Revision",
        catalogue
            .revisions
            .iter()
            .enumerate()
            .map(|(index, revision)| Variant {
                identifier: variant_of(revision.date),
                name: revision.date.to_string(),
                document: document::of_revision(catalogue, index),
            }),
    );
    out.tokens(&catalogue.groups);
    out.rows(catalogue);
    out.names(catalogue);
    out.finder(catalogue);
    out.0
}

/// A variant of an enum, the name that it prints and parses as, and its documentation.
struct Variant {
    identifier: String,
    name: String,
    document: Vec<String>,
}

/// `2025-01-20` becomes `R2025_01_20`.
fn variant_of(date: Date) -> String {
    format!("R{}", date.to_string().replace('-', "_"))
}

struct Source(String);

impl Source {
    fn line(&mut self, line: Arguments) {
        self.0
            .write_fmt(line)
            .and_then(|()| self.0.write_char('\n'))
            .expect("a String takes all that is written");
    }

    /// Writes an enum, its variants and their names.
    fn enumeration(&mut self, name: &str, variants: impl Iterator<Item = Variant>) {
        let variants: Vec<Variant> = variants.collect();
        self.line(format_args!(
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
             #[non_exhaustive]\n\
             #[repr(u8)]\n\
             pub enum {name} {{"
        ));
        for variant in &variants {
            for line in &variant.document {
                self.line(format_args!("    /// {line}"));
            }
            self.line(format_args!("    {},", variant.identifier));
        }
        self.line(format_args!("}}"));

        self.line(format_args!("impl {name} {{"));
        self.line(format_args!(
            "    pub(super) const VARIANTS: &'static [{name}] = &["
        ));
        for variant in &variants {
            self.line(format_args!("        {name}::{},", variant.identifier));
        }
        self.line(format_args!("    ];"));
        self.line(format_args!(
            "    pub(super) const NAMES: &'static [&'static str] = &["
        ));
        for variant in &variants {
            self.line(format_args!("        {:?},", variant.name));
        }
        self.line(format_args!("    ];\n}}"));
    }

    fn tokens(&mut self, groups: &[Group]) {
        self.line(format_args!(
            "pub(super) static TOKENS: [&str; {}] = [",
            groups.len()
        ));
        for group in groups {
            self.line(format_args!("    {:?},", group.scope()));
        }
        self.line(format_args!("];"));
        self.line(format_args!(
            "pub static SCOPE_TOKENS: phf::OrderedSet<&'static str> = phf::phf_ordered_set! {{"
        ));
        for group in groups {
            self.line(format_args!("    {:?},", group.scope()));
        }
        self.line(format_args!("}};"));
    }

    fn rows(&mut self, catalogue: &Catalogue) {
        let revision =
            |index: usize| format!("Revision::{}", variant_of(catalogue.revisions[index].date));

        self.line(format_args!(
            "pub(super) static RESOURCES: [ResourceRow; {}] = [",
            catalogue.groups.len()
        ));
        for group in &catalogue.groups {
            self.line(format_args!("    ResourceRow {{"));
            self.line(format_args!(
                "        service: Service::{},",
                catalogue.services[group.service].variant
            ));
            self.line(format_args!("        label: {:?},", group.label));
            self.line(format_args!(
                "        description: {:?},",
                group.description
            ));
            self.line(format_args!(
                "        category: {},",
                match group.category {
                    Category::Restricted => {
                        "Some((Category::Restricted, CategorySource::Published))"
                    }
                    Category::Sensitive => "Some((Category::Sensitive, CategorySource::Published))",
                    Category::SensitiveDerived => {
                        "Some((Category::Sensitive, CategorySource::Derived))"
                    }
                    Category::Unknown => "None",
                }
            ));
            self.line(format_args!(
                "        supports_time_filter: {},",
                group.supports_time_filter
            ));
            let listings: Vec<String> = group
                .listings
                .iter()
                .map(|&(since, until)| {
                    let until = until.map_or("None".to_owned(), |index| {
                        format!("Some({})", revision(index))
                    });
                    format!("Listing {{ since: {}, until: {until} }}", revision(since))
                })
                .collect();
            self.line(format_args!(
                "        listings: &[{}],",
                listings.join(", ")
            ));
            self.line(format_args!("    }},"));
        }
        self.line(format_args!("];"));

        self.line(format_args!(
            "pub(super) static SERVICES: [ServiceRow; {}] = [",
            catalogue.services.len()
        ));
        for service in &catalogue.services {
            self.line(format_args!(
                "    ServiceRow {{ product_name: {:?}, members: {:#x} }},",
                service.product, service.members
            ));
        }
        self.line(format_args!("];"));

        self.line(format_args!(
            "pub(super) static REVISIONS: [RevisionRow; {}] = [",
            catalogue.revisions.len()
        ));
        for row in &catalogue.revisions {
            let (date, members) = (row.date, row.members);
            self.line(format_args!("    RevisionRow {{"));
            self.line(format_args!(
                "        date: Date {{ year: {}, month: {}, day: {} }},",
                date.year(),
                date.month(),
                date.day()
            ));
            self.line(format_args!(
                "        sources: &{:?},\n        pages: &{:?},",
                row.sources, row.pages
            ));
            self.line(format_args!("        members: {members:#x},\n    }},"));
        }
        self.line(format_args!("];"));
    }

    fn names(&mut self, catalogue: &Catalogue) {
        self.line(format_args!(
            "pub(super) static NAMES: [(&str, &[Resource]); {}] = [",
            catalogue.names.len()
        ));
        for (name, meant) in &catalogue.names {
            let meant: Vec<String> = meant
                .iter()
                .map(|&index| format!("Resource::{}", catalogue.groups[index].variant))
                .collect();
            self.line(format_args!("    ({name:?}, &[{}]),", meant.join(", ")));
        }
        self.line(format_args!("];"));

        self.line(format_args!(
            "pub(super) static NOT_INCLUDED: [(&str, &str); {}] = [",
            catalogue.not_included.len()
        ));
        for row in &catalogue.not_included {
            self.line(format_args!("    ({:?}, {:?}),", row.name, row.product));
        }
        self.line(format_args!("];"));
    }

    fn finder(&mut self, catalogue: &Catalogue) {
        let finder = &catalogue.finder;
        self.line(format_args!(
            "pub(super) const SEED: u64 = {:#x};",
            finder.seed
        ));
        let shortest = catalogue
            .groups
            .iter()
            .map(|group| group.scope().len())
            .min();
        self.line(format_args!(
            "pub(super) const SHORTEST: usize = {};",
            shortest.unwrap_or_default()
        ));
        self.line(format_args!(
            "pub(super) static PILOTS: [u8; {}] = {:?};",
            finder.pilots.len(),
            finder.pilots
        ));
        self.line(format_args!(
            "pub(super) static REMAP: [u32; {}] = {:?};",
            finder.remap.len(),
            finder.remap
        ));
        self.line(format_args!(
            "pub(super) static SLOTS: [(Resource, u16); {}] = [",
            finder.map.len()
        ));
        for &index in &finder.map {
            let group = &catalogue.groups[index];
            self.line(format_args!(
                "    (Resource::{}, {}),",
                group.variant,
                group.scope().len()
            ));
        }
        self.line(format_args!("];"));
    }
}

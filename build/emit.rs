//! The Rust source of the catalogue: enums, their names, and tables. No behaviour.

use std::fmt::{Arguments, Write};

use super::catalogue::{Catalogue, Group};
use super::date::Date;

/// What `build.rs` writes to `$OUT_DIR/catalogue.rs`; the same data gives the same text.
pub(crate) fn emit(catalogue: &Catalogue) -> String {
    let mut out = Source(String::new());
    out.enumeration(
        "Service",
        "service",
        catalogue.services.iter().map(|service| {
            (
                service.variant.clone(),
                service.name.clone(),
                service.product.clone(),
            )
        }),
    );
    out.enumeration(
        "Resource",
        "resource",
        catalogue.groups.iter().map(|group| {
            (
                group.variant.clone(),
                group.name.clone(),
                group.label.clone(),
            )
        }),
    );
    out.enumeration(
        "Revision",
        "revision",
        catalogue.revisions.iter().map(|revision| {
            let scopes = format!("{} scopes", revision.members.count_ones());
            (variant_of(revision.date), revision.date.to_string(), scopes)
        }),
    );
    out.tokens(&catalogue.groups);
    out.rows(catalogue);
    out.finder(catalogue);
    out.0
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

    /// An enum of `(variant, name, what the name stands for)`.
    fn enumeration(
        &mut self,
        name: &str,
        what: &str,
        variants: impl Iterator<Item = (String, String, String)>,
    ) {
        self.line(format_args!(
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]"
        ));
        self.line(format_args!("#[derive(strum::AsRefStr, strum::Display, strum::EnumCount, strum::EnumString, strum::VariantArray, strum::VariantNames)]"));
        self.line(format_args!(
            "#[strum(parse_err_ty = super::ParseNameError, parse_err_fn = super::{what}::unknown)]"
        ));
        self.line(format_args!(
            "#[non_exhaustive]\n#[repr(u8)]\npub enum {name} {{"
        ));
        for (variant, name, meaning) in variants {
            self.line(format_args!(
                "    /// `{name}`: {meaning}\n    #[strum(serialize = {name:?})]\n    {variant},"
            ));
        }
        self.line(format_args!("}}"));
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
                "        category: Category::{},",
                match group.category.as_str() {
                    "sensitive" => "Sensitive",
                    "restricted" => "Restricted",
                    _ => "Unknown",
                }
            ));
            self.line(format_args!(
                "        category_source: CategorySource::{},",
                match group.category_source.as_str() {
                    "first-hand" => "FirstHand",
                    "second-hand" => "SecondHand",
                    _ => "None",
                }
            ));
            self.line(format_args!(
                "        time_filter: {:?},",
                group.time_filter
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
